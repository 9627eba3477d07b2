#include "endpoint/tables/answer.h"

#include "base/json.h"
#include "endpoint/tables/store.h"

int answer_fault(const struct fault *fault, struct buf *out)
{
    struct json_writer writer;

    buf_clear(out);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_string(&writer, "__type", fault_type(fault->kind));
    if (fault->message.length > 0) {
        /* SDKs look for either; the service spells it with a capital here. */
        if (fault->kind == FAULT_SERIALIZATION || fault->kind == FAULT_TRANSACTION_CANCELED ||
            fault->kind == FAULT_TRANSACTION_IN_PROGRESS || fault->kind == FAULT_TOKEN_MISMATCH)
            json_pair(&writer, "Message", fault->message);
        json_pair(&writer, "message", fault->message);
    }
    if (fault->item.data) {
        json_name(&writer, "Item");
        json_raw(&writer, fault->item);
    }
    if (fault->reasons_name.data) {
        json_name_text(&writer, fault->reasons_name);
        json_raw(&writer, fault->reasons);
    }
    json_end_object(&writer);
    return fault_status(fault->kind);
}

void answer_broken(struct request *request, const struct store *store)
{
    request->fault.set = false;
    if (store_is_full(store))
        request_fail(request, MESSAGE_NO_SPACE, NULL);
    else if (store_is_read_only(store))
        request_fail(request, MESSAGE_READ_ONLY, NULL);
    else
        request_fail(request, MESSAGE_INTERNAL, ARGUMENTS(text_of(store_failure(store))));
}
