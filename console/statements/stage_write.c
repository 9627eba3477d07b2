#include "console/language/planner.h"
#include "console/statements/many.h"
#include "console/statements/read.h"
#include "console/statements/stage.h"

/*
 * Writes of items as changes from one image to another: the items are read as they are, the write
 * is worked out here on what they would be after the changes staged so far, then all of it is put
 * on the list at once.
 */
enum { TEXT_LIMIT = 1 << 20, BATCH = 100 /* keys of one BatchGetItem */ };

struct staging {
    struct job *job;
    const struct write_plan *plan;
    struct staged_list *list;
    enum plan_risk risk;
    bool is_many; /* an item that does not match any more is left out */
    size_t count;
    const struct value **key;
    const struct value **image; /* as the table holds them */
    size_t added, merged, cancelled, unchanged, left_out;
    enum staged_outcome outcome;
    uint64_t number; /* of the last change */
};

static bool make_room(struct staging *staging, size_t count, struct error *err)
{
    staging->key = arena_alloc(staging->job->arena, count + 1, sizeof *staging->key);
    staging->image = arena_alloc(staging->job->arena, count + 1, sizeof *staging->image);
    if (!staging->key || !staging->image)
        arena_failed(staging->job->arena, err);
    return staging->key && staging->image;
}

static enum error_code read_images(struct staging *staging, struct error *err)
{
    struct job *job = staging->job;
    const struct read read = {.consistent = true, .what = READ_ALL};
    const struct read_plan plan = {.read = &read,
        .link = staging->plan->link,
        .table = staging->plan->table};
    enum error_code code = ERROR_NONE;
    uint64_t capacity = 0;

    if (staging->count == 1)
        return stage_read_item(job, plan.link, plan.table, staging->key[0], &staging->image[0],
            err);
    for (size_t i = 0; !code && i < staging->count; i += BATCH) {
        size_t count = staging->count - i < BATCH ? staging->count - i : BATCH;

        code = job_check(job, err);
        if (!code)
            code = read_batch(job, &plan, true, &staging->key[i], count, job->arena,
                &staging->image[i], &capacity, err);
    }
    return code;
}

static enum error_code fail_item(const struct staging *staging, size_t at, const char *why,
    const struct value *view, struct error *err)
{
    struct buf name, reasons;

    buf_init(&name, TEXT_LIMIT);
    buf_init(&reasons, TEXT_LIMIT);
    value_add_literal(&name, staging->key[at]);
    if (view)
        write_add_reasons(staging->job->arena, staging->plan->condition, view, &reasons);
    error_set(err, ERROR_CONDITION, "%s %s: %s", staging->plan->table->name,
        name.failure ? "" : buf_string(&name), why);
    if (reasons.length > 0 && !reasons.failure)
        error_hint(err, "%s", buf_string(&reasons));
    buf_done(&name);
    buf_done(&reasons);
    return ERROR_CONDITION;
}

/* What the write makes of the view; *wanted NULL: deleted. *skip: this item is left out. */
static enum error_code work_out(struct staging *staging, size_t at, const struct value *view,
    const struct value **wanted, bool *skip, struct error *err)
{
    const struct write_plan *plan = staging->plan;
    const struct write *write = plan->write;
    struct arena *arena = staging->job->arena;
    struct value *nothing = value_new_container(arena, VALUE_M, 0);

    if (!nothing)
        return arena_failed(arena, err);
    *wanted = NULL;
    *skip = staging->is_many && !view;
    if (*skip)
        return ERROR_NONE;
    if (write->verb == WRITE_UPDATE && !view)
        return fail_item(staging, at, "no such item", NULL, err);
    if (write->verb == WRITE_INSERT && view && write->conflict != CONFLICT_REPLACE) {
        *skip = write->conflict == CONFLICT_SKIP;
        return *skip ? ERROR_NONE : fail_item(staging, at, "exists already", NULL, err);
    }
    if (plan->condition && !expression_holds(plan->condition, view ? view : nothing, arena)) {
        *skip = staging->is_many;
        return *skip ? ERROR_NONE
                     : fail_item(staging, at, "the condition does not hold", view ? view : nothing,
                           err);
    }
    if (write->verb == WRITE_DELETE)
        return ERROR_NONE;
    if (write->item_count > 0)
        *wanted = write->item[at];
    else
        *wanted = update_apply(write->update, view ? view : staging->key[at], arena, err);
    return *wanted ? ERROR_NONE : err->code;
}

static enum error_code stage_one(struct staging *staging, size_t at, struct error *err)
{
    const struct write_plan *plan = staging->plan;
    struct staged_item item = {.table = plan->table,
        .key = staging->key[at],
        .base = staging->image[at],
        .condition = plan->condition,
        .risk = staging->risk};
    const struct value *view;
    uint64_t number = 0;
    bool skip = false;
    enum error_code code = staged_view(staging->list, plan->table, item.key, item.base, &view, err);

    if (!code)
        code = work_out(staging, at, view, &item.wanted, &skip, err);
    if (code)
        return code;
    if (skip) {
        staging->left_out++;
        return ERROR_NONE;
    }
    /* At the prompt a PUT that replaces an item is class 2. */
    if (plan->asks_first && item.base && item.wanted)
        item.risk = RISK_MANY;
    code = staged_put_item(staging->list, &item, &staging->outcome, &number, err);
    if (code)
        return code;
    staging->added += staging->outcome == STAGED_ADDED;
    staging->merged += staging->outcome == STAGED_MERGED;
    staging->cancelled += staging->outcome == STAGED_CANCELLED;
    staging->unchanged += staging->outcome == STAGED_UNCHANGED;
    if (number > 0)
        staging->number = number;
    return ERROR_NONE;
}

void stage_report(struct job *job, enum staged_outcome outcome, uint64_t number, size_t waiting)
{
    if (outcome == STAGED_CANCELLED)
        job_note(job, REPORT_NOTE,
            "this and the change staged before are opposite: neither is left");
    else if (outcome == STAGED_UNCHANGED)
        job_note(job, REPORT_NOTE, "the item would stay as it is: nothing is staged");
    else
        job_note(job, REPORT_NOTE, "%s change %llu; %zu staged, nothing is sent",
            outcome == STAGED_MERGED ? "merged into" : "staged as", (unsigned long long)number,
            waiting);
}

static void report(const struct staging *staging, size_t waiting)
{
    if (staging->count == 1 && !staging->is_many) {
        if (staging->left_out)
            job_note(staging->job, REPORT_NOTE, "exists already: nothing is staged");
        else
            stage_report(staging->job, staging->outcome, staging->number, waiting);
        return;
    }
    job_note(staging->job, REPORT_NOTE,
        "%zu item%s: %zu staged, %zu merged, %zu cancelled, %zu unchanged, %zu left out; %zu "
        "staged in all, nothing is sent",
        staging->count, staging->count == 1 ? "" : "s", staging->added, staging->merged,
        staging->cancelled, staging->unchanged, staging->left_out, waiting);
}

static enum error_code stage_all(struct staging *staging, struct error *err)
{
    struct link *link = staging->plan->link;
    enum error_code code;

    if (staging->plan->write->returns != RETURN_NOTHING) {
        error_set(err, ERROR_USAGE, "a staged write returns nothing, for nothing is sent");
        return error_hint(err, "without RETURN; SHOW STAGED shows the change");
    }
    stage_learn_account(staging->job, link);
    code = read_images(staging, err);
    if (code)
        return code;
    staging->list = staged_open(link, true, err);
    if (!staging->list)
        return err->code;
    for (size_t i = 0; !code && i < staging->count; i++)
        code = stage_one(staging, i, err);
    if (!code)
        code = staged_save(staging->list, err);
    if (!code)
        report(staging, staged_count(staging->list));
    staged_close(staging->list);
    return code;
}

enum error_code stage_write(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct write_plan *detail = plan->detail;
    const struct write *write = detail->write;
    struct staging staging = {.job = job, .plan = detail, .risk = plan->risk, .count = 1};

    (void)tree;
    if (write->item_count > STAGE_ITEMS)
        return error_set(err, ERROR_REFUSED, "%zu items are more than STAGE takes at once (%d)",
            write->item_count, STAGE_ITEMS);
    if (write->item_count > 0)
        staging.count = write->item_count;
    if (!make_room(&staging, staging.count, err))
        return err->code;
    staging.key[0] = detail->key;
    for (size_t i = 0; i < write->item_count; i++) {
        staging.key[i] = write_item_key(job->arena, detail->table, write->item[i], err);
        if (!staging.key[i])
            return err->code;
    }
    return stage_all(&staging, err);
}

/* The keys that a read finds; no more than are allowed. */
struct key_sink {
    struct sink sink; /* first member */
    struct staging *staging;
};

static enum error_code take_key(struct sink *sink, const struct value *item, struct error *err)
{
    struct staging *staging = ((struct key_sink *)(void *)sink)->staging;
    const struct value *key;

    if (staging->count > STAGE_ITEMS)
        return ERROR_NONE; /* one too many is enough to know */
    key = write_item_key(staging->job->arena, staging->plan->table, item, err);
    if (!key)
        return err->code;
    staging->key[staging->count] = value_copy(staging->job->arena, key);
    if (!staging->key[staging->count++])
        return arena_failed(staging->job->arena, err);
    return ERROR_NONE;
}

static enum error_code find_keys(struct staging *staging, const struct many_plan *plan,
    struct plan *whole, struct error *err)
{
    struct key_sink sink = {.sink = sink_quiet, .staging = staging};
    struct job *job = staging->job;
    struct sink *before = job->sink;
    struct read_plan read = *plan->read;
    const struct many *many = plan->many;
    enum error_code code;

    if (read.limit == 0 || read.limit > STAGE_ITEMS + 1)
        read.limit = STAGE_ITEMS + 1;
    sink.sink.row = take_key;
    job->sink = &sink.sink;
    code = read_run(job, &read, whole, err);
    job->sink = before;
    if (code)
        return code;
    if (many->most > 0 && staging->count > (size_t)many->most) {
        error_set(err, ERROR_REFUSED, "more than %lld items match; nothing is staged",
            (long long)many->most);
        return error_hint(err, "MAX says how many are expected at most");
    }
    if (staging->count <= STAGE_ITEMS)
        return ERROR_NONE;
    error_set(err, ERROR_REFUSED, "more than %d items match; STAGE takes no more at once",
        STAGE_ITEMS);
    return error_hint(err, "LIMIT %d takes the first of them; without STAGE there is no limit",
        STAGE_ITEMS);
}

enum error_code stage_many(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct many_plan *detail = plan->detail;
    struct staging staging = {.job = job,
        .plan = detail->write,
        .risk = plan->risk,
        .is_many = true};
    enum error_code code;

    (void)tree;
    if (detail->many->no_check)
        return error_set(err, ERROR_USAGE,
            "NOCHECK writes without conditions; a staged change has "
            "one");
    if (!make_room(&staging, STAGE_ITEMS + 1, err))
        return err->code;
    code = find_keys(&staging, detail, plan, err);
    if (code)
        return code;
    if (staging.count == 0) {
        job_note(job, REPORT_NOTE, "nothing found: nothing is staged");
        return job->settings.fail_empty ? error_set(err, ERROR_MISSING, "nothing found")
                                        : ERROR_NONE;
    }
    return stage_all(&staging, err);
}
