#include "console/transaction.h"

#include <pthread.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/value.h"

enum {
    MEMORY_LIMIT = 64 * 1024 * 1024,
    REQUEST_LIMIT = 16 * 1024 * 1024,
    LABEL_LIMIT = 200,
    TOKEN_LIMIT = 36 /* ClientRequestToken */
};

struct action {
    struct text json;     /* {"Put":{..}} */
    struct text identity; /* table and key, equal for one item */
    struct text label;
};

struct transaction {
    pthread_mutex_t lock;
    bool open, broken;
    enum transaction_kind kind;
    struct arena *arena; /* holds what is below; reset when it ends */
    struct link *link;   /* of the first action */
    struct text token;
    size_t count;
    struct action action[TRANSACTION_LIMIT];
};

struct transaction *transaction_new(struct error *err)
{
    struct transaction *transaction = mem_new(1, sizeof *transaction);

    if (!transaction) {
        error_memory(err);
        return NULL;
    }
    transaction->arena = arena_new(MEMORY_LIMIT, err);
    if (!transaction->arena) {
        mem_free(transaction);
        return NULL;
    }
    pthread_mutex_init(&transaction->lock, NULL);
    return transaction;
}

void transaction_free(struct transaction *transaction)
{
    if (!transaction)
        return;
    pthread_mutex_destroy(&transaction->lock);
    arena_free(transaction->arena);
    mem_free(transaction);
}

bool transaction_is_open(struct transaction *transaction)
{
    bool open;

    pthread_mutex_lock(&transaction->lock);
    open = transaction->open;
    pthread_mutex_unlock(&transaction->lock);
    return open;
}

size_t transaction_count(struct transaction *transaction)
{
    size_t count;

    pthread_mutex_lock(&transaction->lock);
    count = transaction->count;
    pthread_mutex_unlock(&transaction->lock);
    return count;
}

enum error_code transaction_begin(struct transaction *transaction, enum transaction_kind kind,
    struct text token, struct error *err)
{
    enum error_code code = ERROR_NONE;
    struct buf made;

    buf_init(&made, 64);
    pthread_mutex_lock(&transaction->lock);
    if (transaction->open) {
        code = error_set(err, ERROR_USAGE, "a transaction is open, with %zu action%s",
            transaction->count, transaction->count == 1 ? "" : "s");
        error_hint(err, "COMMIT sends it, ROLLBACK drops it");
    } else if (token.length > TOKEN_LIMIT) {
        code = error_set(err, ERROR_USAGE, "a token has 1 to %d characters", TOKEN_LIMIT);
    } else {
        if (token.length == 0) {
            crypto_add_uuid(&made);
            token = buf_view(&made);
        }
        transaction->kind = kind;
        transaction->token = arena_text(transaction->arena, token);
        transaction->open = transaction->token.data != NULL;
        if (!transaction->open)
            code = error_memory(err);
    }
    pthread_mutex_unlock(&transaction->lock);
    buf_done(&made);
    return code;
}

static const struct {
    const char *operation, *action;
    enum transaction_kind kind;
} action_table[] = {
    {"PutItem", "Put", TRANSACTION_WRITE},
    {"UpdateItem", "Update", TRANSACTION_WRITE},
    {"DeleteItem", "Delete", TRANSACTION_WRITE},
    {"GetItem", "Get", TRANSACTION_READ},
};
enum { ACTION_COUNT = sizeof action_table / sizeof *action_table };

/* The members that an action shares with the operation of its own. */
static const char *const member_table[] = {"TableName", "Key", "Item", "UpdateExpression",
    "ConditionExpression", "ProjectionExpression", "ExpressionAttributeNames",
    "ExpressionAttributeValues", "ReturnValuesOnConditionCheckFailure"};

static void write_action(struct buf *out, const char *action, const struct json *request)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_name(&writer, action);
    json_begin_object(&writer);
    for (size_t i = 0; i < sizeof member_table / sizeof *member_table; i++) {
        const struct json *member = json_member(request, member_table[i]);

        if (!member)
            continue;
        json_name(&writer, member_table[i]);
        json_tree(&writer, member);
    }
    json_end_object(&writer);
    json_end_object(&writer);
}

void transaction_write_action(struct buf *out, const char *operation, const struct json *request)
{
    for (size_t i = 0; i < ACTION_COUNT; i++)
        if (text_is(text_of(operation), action_table[i].operation))
            write_action(out, action_table[i].action, request);
}

static enum error_code check(struct transaction *transaction, const struct plan *plan,
    enum transaction_kind kind, struct text identity, struct error *err)
{
    if (transaction->kind != TRANSACTION_UNDECIDED && transaction->kind != kind)
        return error_set(err, ERROR_USAGE, "the transaction %s",
            kind == TRANSACTION_READ ? "writes: GET cannot be part of it"
                                     : "reads: only GET can be part of it");
    if (transaction->link && transaction->link != plan->link)
        return error_set(err, ERROR_USAGE, "the transaction is one of another connection");
    for (size_t i = 0; i < transaction->count; i++) {
        if (!text_equal(transaction->action[i].identity, identity))
            continue;
        error_set(err, ERROR_USAGE, "action %zu is about the same item", i + 1);
        return error_hint(err, "a transaction has one action on each item");
    }
    if (transaction->count == TRANSACTION_LIMIT)
        return error_set(err, ERROR_USAGE, "a transaction has at most %d actions",
            TRANSACTION_LIMIT);
    return ERROR_NONE;
}

static enum error_code add(struct transaction *transaction, const struct plan *plan, size_t which,
    const struct json *request, struct text label, struct error *err)
{
    struct text table = json_string_member(request, "TableName");
    struct action *action = &transaction->action[transaction->count];
    struct arena *arena = transaction->arena;
    enum error_code code;
    struct buf json, identity;

    buf_init(&json, REQUEST_LIMIT);
    buf_init(&identity, REQUEST_LIMIT);
    buf_add_text(&identity, table);
    buf_add_char(&identity, ' ');
    value_add_literal(&identity, plan->item_key);
    code = check(transaction, plan, action_table[which].kind, buf_view(&identity), err);
    if (code)
        goto out;
    write_action(&json, plan->action ? plan->action : action_table[which].action, request);
    code = buf_check(&json, "action", err);
    if (code)
        goto out;
    action->json = arena_text(arena, buf_view(&json));
    action->identity = arena_text(arena, buf_view(&identity));
    action->label = arena_text(arena, text_slice(label, 0, LABEL_LIMIT));
    if (!action->json.data || !action->identity.data || !action->label.data) {
        code = arena_failed(arena, err);
        goto out;
    }
    transaction->kind = action_table[which].kind;
    transaction->link = plan->link;
    transaction->count++;
out:
    buf_done(&json);
    buf_done(&identity);
    return code;
}

enum error_code transaction_add(struct transaction *transaction, const struct plan *plan,
    struct text label, struct error *err)
{
    const struct plan_call *call = plan->call;
    const struct json *request;
    enum error_code code;
    size_t which = 0;

    while (call && which < ACTION_COUNT &&
           !text_is(text_of(call->operation->name), action_table[which].operation))
        which++;
    if (!call || call->next || which == ACTION_COUNT || !plan->item_key) {
        error_set(err, ERROR_USAGE, "this cannot be part of a transaction");
        return error_hint(err, "what can: GET, PUT, INSERT, UPDATE, UPSERT, DELETE of one item, "
                               "CHECK");
    }
    request = json_parse(call->request, plan->arena, err);
    if (!request)
        return err->code;
    pthread_mutex_lock(&transaction->lock);
    code = add(transaction, plan, which, request, label, err);
    pthread_mutex_unlock(&transaction->lock);
    return code;
}

void transaction_break(struct transaction *transaction)
{
    pthread_mutex_lock(&transaction->lock);
    transaction->broken = transaction->open;
    pthread_mutex_unlock(&transaction->lock);
}

static void write_request(const struct transaction *transaction, struct buf *out)
{
    bool writes = transaction->kind == TRANSACTION_WRITE;
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_name(&writer, "TransactItems");
    json_begin_array(&writer);
    for (size_t i = 0; i < transaction->count; i++)
        json_raw(&writer, transaction->action[i].json);
    json_end_array(&writer);
    json_pair_string(&writer, "ReturnConsumedCapacity", "TOTAL");
    if (writes)
        json_pair(&writer, "ClientRequestToken", transaction->token);
    json_end_object(&writer);
}

enum error_code transaction_request(struct transaction *transaction, struct arena *arena,
    struct text *request, enum transaction_kind *kind, struct link **link, size_t *count,
    struct error *err)
{
    enum error_code code = ERROR_NONE;
    struct buf out;

    buf_init(&out, MEMORY_LIMIT);
    pthread_mutex_lock(&transaction->lock);
    if (!transaction->open) {
        code = error_set(err, ERROR_USAGE, "no transaction is open");
        error_hint(err, "BEGIN opens one");
    } else if (transaction->broken) {
        code = error_set(err, ERROR_REFUSED,
            "a statement since BEGIN failed: nothing of the transaction is sent");
    } else {
        write_request(transaction, &out);
        *kind = transaction->kind;
        *link = transaction->link;
        *count = transaction->count;
        code = buf_check(&out, "transaction", err);
    }
    pthread_mutex_unlock(&transaction->lock);
    if (!code) {
        *request = arena_text(arena, buf_view(&out));
        if (!request->data)
            code = arena_failed(arena, err);
    }
    buf_done(&out);
    return code;
}

struct text transaction_label(struct transaction *transaction, size_t index, struct arena *arena)
{
    struct text label = TEXT("");

    pthread_mutex_lock(&transaction->lock);
    if (index < transaction->count)
        label = arena_text(arena, transaction->action[index].label);
    pthread_mutex_unlock(&transaction->lock);
    return label.data ? label : TEXT("");
}

size_t transaction_end(struct transaction *transaction)
{
    size_t count;

    pthread_mutex_lock(&transaction->lock);
    count = transaction->count;
    transaction->count = 0;
    transaction->open = transaction->broken = false;
    transaction->kind = TRANSACTION_UNDECIDED;
    transaction->link = NULL;
    arena_reset(transaction->arena);
    pthread_mutex_unlock(&transaction->lock);
    return count;
}
