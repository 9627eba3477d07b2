#include "endpoint/tables/collection.h"

#include "client/value.h"

#define GIGABYTE (INT64_C(1024) * 1024 * 1024)

bool collection_wanted(const struct request *request)
{
    return text_is(request_text(request->body, "ReturnItemCollectionMetrics"), "SIZE");
}

void collection_add(struct json_writer *writer, const struct item_write *write)
{
    struct text hash = write->current->key.attribute[0].name;
    int64_t gigabytes = write->collection_bytes / GIGABYTE;

    json_begin_object(writer);
    json_name(writer, "ItemCollectionKey");
    json_begin_object(writer);
    json_name_text(writer, hash);
    value_add_wire(writer, value_get(write->key_item, hash));
    json_end_object(writer);
    json_name(writer, "SizeEstimateRangeGB");
    json_begin_array(writer);
    json_double(writer, (double)gigabytes);
    json_double(writer, (double)gigabytes + 1);
    json_end_array(writer);
    json_end_object(writer);
}
