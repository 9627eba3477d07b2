#include "endpoint/tables/transact.h"

/*
 * Up to here, what is found out about items is kept between the two steps in the arena of the
 * request; of the actions after that only the verdict is.
 */
enum { KEPT_LIMIT = 8 * 1024 * 1024, SCRATCH_LIMIT = 64 * 1024 * 1024 };
/* Old items of failed conditions, as they are shown in the reasons. */
enum { REASONS_LIMIT = 48 * 1024 * 1024 };

struct transaction *transact_new(struct request *request, size_t count)
{
    struct transaction *transaction = arena_alloc(request->arena, 1, sizeof *transaction);

    if (transaction) {
        transaction->count = count;
        transaction->action = arena_alloc(request->arena, count + 1, sizeof *transaction->action);
    }
    if (!transaction || !transaction->action) {
        request_exhausted(request);
        return NULL;
    }
    return transaction;
}

bool transact_check_distinct(struct request *request, const struct transaction *transaction)
{
    for (size_t i = 1; i < transaction->count; i++) {
        const struct transact_action *action = &transaction->action[i];

        for (size_t j = 0; j < i && action->write.key.data; j++) {
            const struct transact_action *other = &transaction->action[j];

            if (other->write.key.data && other->table->id == action->table->id &&
                text_equal(other->write.key, action->write.key))
                return request_fail(request, MESSAGE_TRANSACT_DUPLICATES, NULL);
        }
    }
    return true;
}

bool transact_collect_tables(struct request *request, struct transaction *transaction)
{
    transaction->table =
        arena_alloc(request->arena, transaction->count + 1, sizeof *transaction->table);
    request->use = arena_alloc(request->arena, transaction->count + 1, sizeof *request->use);
    if (!transaction->table || !request->use)
        return request_exhausted(request);
    for (size_t i = 0; i < transaction->count; i++) {
        struct transact_action *action = &transaction->action[i];
        size_t place = 0;

        while (place < transaction->table_count &&
               transaction->table[place].table->id != action->table->id)
            place++;
        action->place = place;
        if (place < transaction->table_count)
            continue;
        transaction->table[place] =
            (struct transact_table){.table = action->table, .sent = action->sent};
        request->use[place].table = action->table;
        transaction->table_count++;
    }
    request->use_count = transaction->table_count;
    return true;
}

/* The code of a cancellation, or NULL: such a fault refuses the whole request. */
static const char *reason_code(const struct fault *fault)
{
    if (fault->id == MESSAGE_REQUEST_SIZE)
        return NULL;
    switch (fault->kind) {
    case FAULT_VALIDATION:
        return "ValidationError";
    case FAULT_CONDITION:
        return "ConditionalCheckFailed";
    case FAULT_DUPLICATE_ITEM:
        return "DuplicateItem";
    case FAULT_COLLECTION_SIZE:
        return "ItemCollectionSizeLimitExceeded";
    case FAULT_THROTTLING:
        return "ThrottlingError";
    default:
        return NULL;
    }
}

struct reasons {
    struct buf codes, list;
    struct json_writer writer;
    size_t count;
    bool any; /* one that is not None */
};

static void reasons_init(struct reasons *reasons)
{
    *reasons = (struct reasons){.count = 0};
    buf_init(&reasons->codes, 64 * 1024);
    buf_init(&reasons->list, REASONS_LIMIT);
    json_writer_init(&reasons->writer, &reasons->list);
    json_begin_array(&reasons->writer);
}

static void reasons_done(struct reasons *reasons)
{
    buf_done(&reasons->codes);
    buf_done(&reasons->list);
}

static void add_reason(struct reasons *reasons, const struct fault *fault)
{
    const char *code = fault->set ? reason_code(fault) : "None";

    if (!code)
        code = "ResourceNotFound"; /* of transact_cancel_all: the only other one there is */
    reasons->any = reasons->any || fault->set;
    if (reasons->count++ > 0)
        buf_add_string(&reasons->codes, ", ");
    buf_add_string(&reasons->codes, code);
    json_begin_object(&reasons->writer);
    json_pair_string(&reasons->writer, "Code", code);
    if (fault->set)
        json_pair(&reasons->writer, "Message", fault->message);
    if (fault->set && fault->item.data) {
        json_name(&reasons->writer, "Item");
        json_raw(&reasons->writer, fault->item);
    }
    json_end_object(&reasons->writer);
}

/* Records the cancellation. Always false. */
static bool cancel(struct request *request, struct reasons *reasons)
{
    struct text list;

    json_end_array(&reasons->writer);
    list = reasons->list.failure ? text_make(NULL, 0)
                                 : arena_text(request->arena, buf_view(&reasons->list));
    request->fault = (struct fault){.set = false};
    if (!list.data) {
        request->fault = (struct fault){.set = true,
            .id = MESSAGE_REQUEST_SIZE,
            .kind = message_kind(MESSAGE_REQUEST_SIZE),
            .message = text_of(message_template(MESSAGE_REQUEST_SIZE, MESSAGE_CURRENT))};
        return false;
    }
    request_fail(request, MESSAGE_TRANSACT_CANCELED, ARGUMENTS(buf_view(&reasons->codes)));
    request->fault.reasons_name = TEXT("CancellationReasons");
    request->fault.reasons = list;
    return false;
}

bool transact_cancel(struct request *request, const struct transaction *transaction, size_t at)
{
    static const struct fault none = {.set = false};
    struct fault fault = request->fault;
    struct reasons reasons;

    if (!reason_code(&fault))
        return false;
    reasons_init(&reasons);
    for (size_t i = 0; i < transaction->count; i++)
        add_reason(&reasons, i == at ? &fault : &none);
    cancel(request, &reasons);
    reasons_done(&reasons);
    return false;
}

bool transact_cancel_all(struct request *request, const struct fault *fault, size_t count)
{
    struct reasons reasons;

    reasons_init(&reasons);
    for (size_t i = 0; i < count; i++)
        add_reason(&reasons, &fault[i]);
    cancel(request, &reasons);
    reasons_done(&reasons);
    return false;
}

static void release_current(struct transact_action *action)
{
    table_release(action->write.current);
    action->write.current = NULL;
}

void transact_release(struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->count; i++)
        release_current(&transaction->action[i]);
}

/* The two arenas of a run: of the request, and one for large items that is emptied after each. */
struct memory {
    struct arena *kept, *scratch;
};

/* Checks one action. Its fault, if any, is in the request and good until the scratch is emptied. */
static enum progress check_action(struct request *request, struct transact_action *action,
    struct memory *memory, struct write_context *context)
{
    enum progress progress;
    struct error err;

    release_current(action);
    if (action->large && !memory->scratch) {
        memory->scratch = arena_new(SCRATCH_LIMIT, &err);
        if (!memory->scratch) {
            request_exhausted(request);
            return PROGRESS_DONE;
        }
    }
    request->arena = action->large ? memory->scratch : memory->kept;
    progress = item_write_check(request, &action->write, context);
    if (action->insert && request->fault.set && request->fault.kind == FAULT_CONDITION) {
        request->fault = (struct fault){.set = false};
        request_fail(request, MESSAGE_PARTIQL_DUPLICATE, NULL);
    }
    request->arena = memory->kept;
    return progress;
}

static enum progress check_all(struct request *request, struct transaction *transaction,
    struct memory *memory, struct write_context *context)
{
    size_t used = arena_used(memory->kept);
    enum progress progress = PROGRESS_DONE;
    bool refused = false;
    struct reasons reasons;

    reasons_init(&reasons);
    for (size_t i = 0; i < transaction->count && progress == PROGRESS_DONE && !refused; i++) {
        struct transact_action *action = &transaction->action[i];

        action->large = arena_used(memory->kept) - used > KEPT_LIMIT;
        progress = check_action(request, action, memory, context);
        if (progress == PROGRESS_BROKEN)
            break;
        refused = request->fault.set && !reason_code(&request->fault);
        if (refused) {
            request->fault.message = arena_text(request->arena, request->fault.message);
        } else {
            add_reason(&reasons, &request->fault);
            request->fault = (struct fault){.set = false};
        }
        if (action->large)
            arena_reset(memory->scratch);
    }
    if (progress == PROGRESS_DONE && !refused && reasons.any)
        cancel(request, &reasons);
    reasons_done(&reasons);
    return progress;
}

/*
 * Large items are checked again, as nothing of the first check is left; what was right then is
 * right now, but for the collection that earlier actions may have filled.
 */
static enum progress store_action(struct request *request, struct transact_action *action,
    struct memory *memory, struct write_context *context, struct usage *usage)
{
    if (action->check_only) {
        usage_add(usage, 0, capacity_write(0));
        return PROGRESS_DONE;
    }
    if (action->large) {
        arena_reset(memory->scratch);
        if (check_action(request, action, memory, context) == PROGRESS_BROKEN ||
            (request->fault.set && request->fault.kind != FAULT_COLLECTION_SIZE))
            return PROGRESS_BROKEN;
        request->fault = (struct fault){.set = false};
    }
    return item_write_store(&action->write, context, usage);
}

static void double_usage(struct usage *usage)
{
    for (int slot = 0; slot < TABLE_SLOT_COUNT; slot++)
        usage->milli[slot] *= 2;
}

enum progress transact_write(struct request *request, struct transaction *transaction,
    struct write_context *context)
{
    struct memory memory = {.kept = request->arena};
    enum progress progress;

    for (size_t i = 0; i < transaction->table_count; i++)
        transaction->table[i].usage = (struct usage){0};
    progress = check_all(request, transaction, &memory, context);
    for (size_t i = 0; i < transaction->count && progress == PROGRESS_DONE && !request->fault.set;
         i++) {
        struct transact_action *action = &transaction->action[i];

        progress = store_action(request, action, &memory, context,
            &transaction->table[action->place].usage);
    }
    for (size_t i = 0; i < transaction->table_count; i++) {
        double_usage(&transaction->table[i].usage);
        request->use[i].write_milli = usage_total(&transaction->table[i].usage);
    }
    arena_free(memory.scratch);
    return progress;
}

void transact_add_consumed(struct request *request, struct json_writer *writer,
    const struct transaction *transaction, enum capacity_kind kind)
{
    enum capacity_mode mode = capacity_mode(request);

    if (mode == CAPACITY_NONE)
        return;
    json_name(writer, "ConsumedCapacity");
    json_begin_array(writer);
    for (size_t i = 0; i < transaction->table_count; i++) {
        const struct transact_table *table = &transaction->table[i];

        capacity_add_kind(writer, mode, kind, table->table, table->sent, &table->usage);
    }
    json_end_array(writer);
}
