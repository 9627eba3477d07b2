#include "console/statements/diff_pairs.h"

#include "base/clock.h"
#include "console/statements/read.h"
#include "console/statements/write.h"

enum { WINDOW_ARENA = 512 << 20, ROW_ARENA = 64 << 20, CHECK_EVERY = 64, AFTER_FAILURE_MS = 100 };

enum error_code diff_pairs_init(struct diff_pairs *pairs, struct job *job,
    const struct diff_plan *plan, struct join *join, struct error *err)
{
    *pairs = (struct diff_pairs){.job = job, .plan = plan, .join = join};
    pairs->room = plan->side[0]->read->sample_milli > 0 ? DIFF_WINDOW : 1;
    diff_rows_init(&pairs->rows, job->sink);
    pairs->window = arena_new(WINDOW_ARENA, err);
    pairs->rows.arena = pairs->window ? arena_new(ROW_ARENA, err) : NULL;
    pairs->reader = pairs->rows.arena ? wire_reader_new(err) : NULL;
    return pairs->reader ? ERROR_NONE : err->code;
}

void diff_pairs_done(struct diff_pairs *pairs)
{
    wire_reader_free(pairs->reader);
    arena_free(pairs->window);
    arena_free(pairs->rows.arena);
    diff_rows_done(&pairs->rows);
    pairs->reader = NULL;
    pairs->window = pairs->rows.arena = NULL;
}

static enum error_code print_pair(struct diff_pairs *pairs, const struct value *const item[2],
    struct error *err)
{
    const struct catalog_table *table = pairs->plan->side[0]->table;
    uint64_t before = pairs->rows.count;
    enum error_code code;

    arena_reset(pairs->rows.arena);
    pairs->rows.key = write_item_key(pairs->rows.arena, table, item[0] ? item[0] : item[1], err);
    code = pairs->rows.key ? diff_rows_item(&pairs->rows, item[0], item[1], err) : err->code;
    if (!item[0] || !item[1])
        pairs->only[item[0] ? JOIN_LEFT : JOIN_RIGHT]++;
    else if (pairs->rows.count == before)
        pairs->equal++;
    else
        pairs->different++;
    return code;
}

/* Only what the condition lets through counts as there, and only the columns that are compared. */
static const struct value *see_as_read(const struct read_plan *plan, const struct value *item,
    struct arena *arena)
{
    const struct read *read = plan->read;

    if (read->where && !expression_holds(read->where, item, arena))
        return NULL;
    return read->what == READ_PATHS ? projection_apply(read->projection, item, arena) : item;
}

/* The partners that one side lacks, by their keys. */
static enum error_code look_up(struct diff_pairs *pairs, enum join_side side, struct error *err)
{
    const struct read_plan *plan = pairs->plan->side[side];
    const struct value *key[DIFF_WINDOW], *found[DIFF_WINDOW];
    size_t owner[DIFF_WINDOW], count = 0;
    uint64_t capacity = 0;
    enum error_code code;

    for (size_t i = 0; i < pairs->count; i++) {
        if (pairs->item[i][side])
            continue;
        owner[count] = i;
        key[count] = write_item_key(pairs->window, plan->table, pairs->item[i][1 - side], err);
        if (!key[count++])
            return err->code;
    }
    if (count == 0)
        return ERROR_NONE;
    code = read_batch(pairs->job, plan, true, key, count, pairs->window, found, &capacity, err);
    pairs->capacity_milli += capacity;
    for (size_t i = 0; !code && i < count; i++) {
        if (found[i])
            pairs->item[owner[i]][side] = see_as_read(plan, found[i], pairs->window);
    }
    return code;
}

static enum error_code flush(struct diff_pairs *pairs, struct error *err)
{
    bool looks_up = pairs->plan->side[0]->read->sample_milli > 0;
    enum error_code code = ERROR_NONE;

    for (int side = 0; looks_up && !code && side < 2; side++)
        code = look_up(pairs, (enum join_side)side, err);
    for (size_t i = 0; !code && i < pairs->count; i++)
        code = print_pair(pairs, pairs->item[i], err);
    pairs->count = 0;
    arena_reset(pairs->window);
    return code;
}

static const struct value *read_item(struct diff_pairs *pairs, struct text text, struct error *err)
{
    const struct value *item = NULL;
    struct text copy = arena_text(pairs->window, text);
    bool failed = false;

    err->code = ERROR_NONE;
    if (!copy.data)
        arena_failed(pairs->window, err);
    else if (!wire_reader_next(pairs->reader, &copy, pairs->window, &item, &failed, err) && !failed)
        error_set(err, ERROR_INTERNAL, "an item was lost on its way");
    return item;
}

static enum error_code add_pair(struct diff_pairs *pairs, const struct join_pair *pair,
    struct error *err)
{
    const struct value **item = pairs->item[pairs->count];

    for (int side = 0; side < 2; side++) {
        item[side] = NULL;
        if (!pair->item[side].data)
            continue;
        item[side] = read_item(pairs, pair->item[side], err);
        if (!item[side])
            return err->code;
    }
    pairs->count++;
    return pairs->count == pairs->room ? flush(pairs, err) : ERROR_NONE;
}

static enum error_code print_all(struct diff_pairs *pairs, struct rows_status *status,
    bool complete, struct error *err)
{
    uint64_t until = clock_monotonic() + AFTER_FAILURE_MS * CLOCK_MS;
    enum error_code code = join_finish(pairs->join, complete, err);
    struct join_pair pair;

    for (size_t seen = 1; !code && join_next(pairs->join, &pair, &code, err); seen++) {
        if (!complete && clock_monotonic() > until)
            break;
        if (complete || (pair.item[0].data && pair.item[1].data))
            code = add_pair(pairs, &pair, err);
        if (code || seen % CHECK_EVERY != 0)
            continue;
        status->count = pairs->rows.count;
        status->elapsed = clock_monotonic() - pairs->job->started;
        code = pairs->job->sink->page(pairs->job->sink, status, err);
        if (!code && complete)
            code = job_check(pairs->job, err);
    }
    return code ? code : flush(pairs, err);
}

enum error_code diff_pairs_print(struct diff_pairs *pairs, enum error_code failure,
    struct error *err)
{
    struct rows_status status = {.state = ROWS_LOADING};
    struct sink *sink = pairs->job->sink;
    struct error other;
    enum error_code code = diff_rows_begin(&pairs->rows, "diff", err);

    if (code)
        return code;
    code = print_all(pairs, &status, !failure, err);
    status.state = code || failure ? ROWS_FAILED : ROWS_COMPLETE;
    status.count = pairs->rows.count;
    status.elapsed = clock_monotonic() - pairs->job->started;
    if (code)
        status.error = *err;
    if (sink->end(sink, &status, code ? &other : err) && !code)
        code = err->code;
    return code;
}
