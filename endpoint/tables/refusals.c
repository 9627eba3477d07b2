#include "endpoint/tables/refusals.h"

#include <string.h>

#include "base/json.h"

enum { CODES_LIMIT = 16 * 1024, REASONS_LIMIT = 256 * 1024 };

/* Where the actions of a transaction stand. */
struct transaction_record {
    const char *operation, *actions;
};

static const struct transaction_record transaction_table[] = {
    {"TransactWriteItems", "TransactItems"},
    {"TransactGetItems", "TransactItems"},
    {"ExecuteTransaction", "TransactStatements"},
};

static const struct json *find_actions(const struct request *request)
{
    for (size_t i = 0; i < sizeof transaction_table / sizeof transaction_table[0]; i++)
        if (strcmp(request->operation->name, transaction_table[i].operation) == 0)
            return request_get(request->body, transaction_table[i].actions);
    return NULL;
}

bool refusal_is_transaction(const struct request *request)
{
    return find_actions(request) != NULL;
}

/* {"Put": {"TableName": ..}}; a statement names its table in its text, which is not looked into. */
static bool is_on(const struct json *action, struct text table)
{
    struct text name, tail;

    for (const struct json *node = action->first; node; node = node->next) {
        name = request_text(node, "TableName");
        if (text_equal(name, table))
            return true;
        while (text_take_until(&name, '/', &tail))
            continue; /* arn:..:table/name */
        if (text_equal(name, table))
            return true;
    }
    return false;
}

/* The cancellation: code and message at one action, None at the others. Always false. */
static bool cancel(struct request *request, struct text table, const char *code,
    enum message message)
{
    const struct json *actions = find_actions(request), *hit = actions->first;
    struct json_writer writer;
    struct buf codes, list;

    for (const struct json *at = actions->first; at && table.length > 0; at = at->next)
        if (is_on(at, table)) {
            hit = at;
            break;
        }
    buf_init(&codes, CODES_LIMIT);
    buf_init(&list, REASONS_LIMIT);
    json_writer_init(&writer, &list);
    json_begin_array(&writer);
    for (const struct json *at = actions->first; at; at = at->next) {
        buf_add_string(&codes, at == actions->first ? "" : ", ");
        buf_add_string(&codes, at == hit ? code : "None");
        json_begin_object(&writer);
        json_pair_string(&writer, "Code", at == hit ? code : "None");
        if (at == hit)
            json_pair_string(&writer, "Message", message_template(message, MESSAGE_CURRENT));
        json_end_object(&writer);
    }
    json_end_array(&writer);
    request_fail(request, MESSAGE_TRANSACT_CANCELED, ARGUMENTS(buf_view(&codes)));
    request->fault.reasons_name = TEXT("CancellationReasons");
    request->fault.reasons = arena_text(request->arena, buf_view(&list));
    if (!request->fault.reasons.data || list.failure)
        request->fault.reasons_name = text_make(NULL, 0);
    buf_done(&codes);
    buf_done(&list);
    return false;
}

/* [{"reason": "TableReadProvisionedThroughputExceeded", "resource": arn}] */
static void add_reason(struct request *request, const struct table *table,
    const struct table_index *index, enum refusal_direction direction)
{
    const char *reason = arena_format(request->arena, "%s%s%s", index ? "Index" : "Table",
        direction == REFUSAL_READ ? "Read" : "Write",
        table->on_demand ? "MaxOnDemandThroughputExceeded" : "ProvisionedThroughputExceeded");
    struct json_writer writer;
    struct buf list, arn;

    buf_init(&list, REASONS_LIMIT);
    buf_init(&arn, CODES_LIMIT);
    buf_add_text(&arn, table->arn);
    if (index) {
        buf_add_string(&arn, "/index/");
        buf_add_text(&arn, index->name);
    }
    json_writer_init(&writer, &list);
    json_begin_array(&writer);
    json_begin_object(&writer);
    json_pair_string(&writer, "reason", reason ? reason : "");
    json_pair(&writer, "resource", buf_view(&arn));
    json_end_object(&writer);
    json_end_array(&writer);
    request->fault.reasons = arena_text(request->arena, buf_view(&list));
    if (request->fault.reasons.data && !list.failure)
        request->fault.reasons_name = TEXT("ThrottlingReasons");
    buf_done(&arn);
    buf_done(&list);
}

bool refusal_throttled(struct request *request, const struct table *table,
    const struct table_index *index, enum refusal_direction direction)
{
    enum message message = !table             ? MESSAGE_RATE_EXCEEDED
                           : table->on_demand ? MESSAGE_THROUGHPUT_MAXIMUM
                           : index            ? MESSAGE_THROUGHPUT_INDEX_EXCEEDED
                                              : MESSAGE_THROUGHPUT_EXCEEDED;

    if (table && refusal_is_transaction(request))
        return cancel(request, table->name,
            table->on_demand ? "ThrottlingError" : "ProvisionedThroughputExceeded", message);
    request_fail(request, message, NULL);
    if (table)
        add_reason(request, table, index, direction);
    return false;
}

bool refusal_conflict(struct request *request, struct text table)
{
    if (refusal_is_transaction(request))
        return cancel(request, table, "TransactionConflict", MESSAGE_TRANSACT_CONFLICT);
    return request_fail(request, MESSAGE_TRANSACT_CONFLICT, NULL);
}
