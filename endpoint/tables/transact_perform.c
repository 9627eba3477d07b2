#include "endpoint/tables/transact.h"

#include "endpoint/tables/registry.h"
#include "endpoint/tables/transact_tokens.h"

/* The units of reading the items that the transaction wrote when it came first. */
static enum progress count_reads(struct request *request, struct transaction *transaction,
    struct write_context *context)
{
    enum progress progress = PROGRESS_DONE;
    struct buf json;

    buf_init(&json, TABLE_JSON_LIMIT);
    for (size_t i = 0; i < transaction->table_count; i++)
        transaction->table[i].usage = (struct usage){0};
    for (size_t i = 0; i < transaction->count && progress == PROGRESS_DONE; i++) {
        const struct transact_action *action = &transaction->action[i];
        struct table *current = registry_find_id(context->catalog, action->table->id);
        struct store_row row = {0};

        buf_clear(&json);
        if (!current)
            request_fail(request, MESSAGE_TABLE_MISSING, NULL);
        else if (store_get(context->store, current->id, action->write.key, &json, &row) ==
                 STORE_FAILED)
            progress = PROGRESS_BROKEN;
        usage_add(&transaction->table[action->place].usage, 0,
            2 * capacity_read((uint64_t)row.size, true));
        table_release(current);
    }
    buf_done(&json);
    return progress;
}

static enum progress replay(struct request *request, struct transaction *transaction,
    struct write_context *context, transact_answer *answer)
{
    enum progress progress = count_reads(request, transaction, context);

    if (progress == PROGRESS_BROKEN || request->fault.set)
        return progress;
    for (size_t i = 0; i < transaction->table_count; i++) {
        request->use[i].read_milli = usage_total(&transaction->table[i].usage);
        request->use[i].write_milli = 0;
    }
    answer(request, transaction, CAPACITY_READS);
    return PROGRESS_DONE;
}

static enum progress perform(struct request *request, struct transaction *transaction,
    const struct token *token, struct write_context *context, transact_answer *answer)
{
    enum progress progress = transact_write(request, transaction, context);

    if (progress == PROGRESS_DONE && !request->fault.set) {
        if (token->text.data &&
            token_keep(request, token, context->store, context->now_ms) == STORE_FAILED)
            progress = PROGRESS_BROKEN;
        else
            answer(request, transaction, CAPACITY_WRITES);
    }
    transact_release(transaction);
    return progress;
}

enum progress transact_perform(struct request *request, struct transaction *transaction,
    const struct token *token, struct write_context *context, transact_answer *answer)
{
    enum token_state state = TOKEN_NEW;

    if (token->text.data)
        state = token_look_up(request, token, context->store, context->now_ms);
    switch (state) {
    case TOKEN_NEW:
        return perform(request, transaction, token, context, answer);
    case TOKEN_SAME:
        return replay(request, transaction, context, answer);
    case TOKEN_OTHER:
        request_fail(request, MESSAGE_TOKEN_MISMATCH, NULL);
        return PROGRESS_DONE;
    case TOKEN_FAILED:
        break;
    }
    return PROGRESS_BROKEN;
}
