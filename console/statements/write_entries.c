#include "console/statements/write_entries.h"

void write_batch_begin(struct json_writer *writer, struct buf *out, const char *table)
{
    buf_clear(out);
    json_writer_init(writer, out);
    json_begin_object(writer);
    json_name(writer, "RequestItems");
    json_begin_object(writer);
    json_name(writer, table);
    json_begin_array(writer);
}

void write_batch_open(struct json_writer *writer, bool deletes)
{
    json_begin_object(writer);
    json_name(writer, deletes ? "DeleteRequest" : "PutRequest");
    json_begin_object(writer);
    json_name(writer, deletes ? "Key" : "Item");
}

void write_batch_close(struct json_writer *writer)
{
    json_end_object(writer);
    json_end_object(writer);
}

void write_batch_add(struct json_writer *writer, bool deletes, struct text json)
{
    write_batch_open(writer, deletes);
    json_raw(writer, json);
    write_batch_close(writer);
}

enum error_code write_batch_end(struct json_writer *writer, struct buf *out, struct error *err)
{
    json_end_array(writer);
    json_end_object(writer);
    json_pair_string(writer, "ReturnConsumedCapacity", "TOTAL");
    json_end_object(writer);
    return buf_check(out, "request", err);
}
