#include "base/crypto.h"
#include "client/reply.h"
#include "client/service.h"
#include "console/statements/staged_apply.h"
#include "console/transaction.h"

/* APPLY STAGED ATOMIC: one TransactWriteItems, all or none. */

enum { ITEM_BYTES = 4 << 20, REQUEST_LIMIT = 64 << 20 };

static size_t action_count(const struct staged_change *change)
{
    return staged_mark(change) == '>' ? 2 : 1;
}

enum error_code staged_check_atomic(const struct staged_choice *choice, struct error *err)
{
    size_t actions = 0, bytes = 0;

    for (size_t i = 0; i < choice->count; i++) {
        const struct staged_change *change = choice->change[i];

        if (change->kind != STAGED_ITEM) {
            error_set(err, ERROR_INVALID, "change %llu is of %.*s: a transaction holds items only",
                (unsigned long long)change->number, (int)change->object.length,
                change->object.data);
            return error_hint(err, "APPLY STAGED without ATOMIC, or with the numbers of the items");
        }
        actions += action_count(change);
        bytes += change->wanted ? value_item_size(change->wanted) : 0;
    }
    if (actions > TRANSACTION_LIMIT)
        return error_set(err, ERROR_INVALID, "%zu actions are more than a transaction holds (%d)",
            actions, TRANSACTION_LIMIT);
    if (bytes > ITEM_BYTES)
        return error_set(err, ERROR_INVALID, "the items take %zu bytes; a transaction holds 4 MB",
            bytes);
    return ERROR_NONE;
}

enum error_code staged_atomic_request(struct job *job, const struct staged_choice *choice,
    struct text token, struct text *request, struct error *err)
{
    struct json_writer writer;
    enum error_code code = ERROR_NONE;
    struct buf out;
    size_t count = 0;

    buf_init(&out, REQUEST_LIMIT);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_name(&writer, "TransactItems");
    json_begin_array(&writer);
    for (size_t i = 0; !code && i < choice->count; i++)
        code = staged_add_actions(choice->change[i], job->arena, &writer, &count, err);
    json_end_array(&writer);
    json_pair_string(&writer, "ReturnConsumedCapacity", "TOTAL");
    if (token.length > 0)
        json_pair(&writer, "ClientRequestToken", token);
    json_end_object(&writer);
    if (!code)
        code = buf_check(&out, "transaction", err);
    *request = code ? TEXT("") : arena_text(job->arena, buf_view(&out));
    if (!code && !request->data)
        code = arena_failed(job->arena, err);
    buf_done(&out);
    return code;
}

static enum error_code say_done(struct applying *applying, struct error *err)
{
    enum error_code code = ERROR_NONE;

    applying->applied = applying->choice->count;
    for (size_t i = 0; !code && i < applying->choice->count; i++) {
        staged_keep_old(applying, applying->choice->change[i], NULL);
        staged_done(applying, applying->choice->change[i]);
        code = staged_row(applying, applying->choice->change[i], "applied", err);
    }
    return code;
}

/* The reason why an action was not done, with the item it met; false when it was not to blame. */
static bool is_to_blame(const struct json *reason, const struct json **item)
{
    struct text code = json_string_member(reason, "Code");

    *item = json_member(reason, "Item");
    return code.length > 0 && !text_is(code, "None");
}

static enum error_code say_reasons(struct applying *applying, const struct reply *reply,
    struct error *err)
{
    struct job *job = applying->job;
    struct text body = arena_text(job->arena, buf_view(&reply->body));
    const struct json *json = body.data ? json_parse(body, job->arena, err) : NULL;
    const struct json *list = json_member(json, "CancellationReasons");
    const struct json *reason = list ? list->first : NULL;
    enum error_code code = ERROR_NONE;

    if (!json)
        return body.data ? err->code : arena_failed(job->arena, err);
    for (size_t i = 0; !code && i < applying->choice->count; i++) {
        const struct staged_change *change = applying->choice->change[i];
        const struct value *theirs = NULL;
        bool blamed = false;

        for (size_t k = 0; !code && k < action_count(change) && reason;
             k++, reason = reason->next) {
            const struct json *item;

            if (!is_to_blame(reason, &item))
                continue;
            blamed = true;
            if (item && item->first)
                theirs = value_from_wire_item(item, job->arena, err);
            if (item && item->first && !theirs)
                code = err->code;
        }
        if (code)
            break;
        applying->conflicts += blamed;
        applying->not_sent += !blamed;
        code = blamed ? staged_conflict(applying, change, theirs, err)
                      : staged_row(applying, change, "not sent", err);
    }
    return code;
}

enum error_code staged_apply_atomic(struct applying *applying, struct error *err)
{
    struct call_context context = job_context(applying->job);
    struct text request;
    struct reply reply;
    struct buf token;
    enum error_code code;

    buf_init(&token, 64);
    crypto_add_uuid(&token);
    code = staged_atomic_request(applying->job, applying->choice, buf_view(&token), &request, err);
    buf_done(&token);
    if (code)
        return code;
    reply_init(&reply);
    code = connection_call(applying->link->connection, &service_dynamodb,
        service_operation_string(&service_dynamodb, "TransactWriteItems"), request, &context,
        &reply, err);
    if (!code) {
        applying->capacity_milli = reply_capacity_milli(buf_view(&reply.body));
        code = say_done(applying, err);
    } else if (code == ERROR_CONDITION) {
        code = say_reasons(applying, &reply, err);
    }
    reply_done(&reply);
    return code;
}
