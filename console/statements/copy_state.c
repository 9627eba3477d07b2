#include "console/statements/copy_state.h"

#include "base/mem.h"
#include "console/statements/places.h"

enum { KEY_LIMIT = 64 * 1024, STATE_LIMIT = 64 << 20 };

static enum error_code load(struct copy_state *state, struct copy_plan *plan, struct error *err)
{
    const struct job_state_record *record = &state->state.record;
    const struct json *list = json_member(record->place, "segments");

    if (places_load(state->places.place, state->count, list, err) ||
        places_load(state->settled, state->count, list, err))
        return err->code;
    state->rows = (uint64_t)json_integer_member(record->place, "rows", 0);
    state->done = record->counts.done;
    state->rejected = record->counts.rejected;
    plan->target.read_before = state->rows;
    return ERROR_NONE;
}

static enum error_code make_places(struct copy_state *state, struct job *job,
    const struct copy_plan *plan, struct error *err)
{
    size_t count = places_count(plan->read);

    state->places.place = arena_alloc(job->arena, count, sizeof *state->settled);
    state->settled = arena_alloc(job->arena, count, sizeof *state->settled);
    if (!state->places.place || !state->settled)
        return arena_failed(job->arena, err);
    state->count = count;
    places_init(state->places.place, count);
    places_init(state->settled, count);
    return ERROR_NONE;
}

enum error_code copy_state_begin(struct copy_state *state, struct job *job, struct copy_plan *plan,
    struct error *err)
{
    const struct catalog_table *table[] = {plan->read->table, plan->target.table};
    struct error why;

    *state = (struct copy_state){.state = {.lock = -1}};
    state->end = &state->first;
    if (!places_fit(plan->read)) {
        if (plan->resumes == 0)
            return ERROR_NONE;
        return error_set(err, ERROR_USAGE, "this copy keeps no state to go on from");
    }
    if (make_places(state, job, plan, err))
        return err->code;
    if (plan->resumes > 0) {
        if (job_state_take(job, plan->resumes, table, 2, &state->state, err) ||
            load(state, plan, err))
            return err->code;
    } else if (job_state_new(job, plan->tree, table, 2, NULL, &state->state, &why)) {
        job_note(job, REPORT_WARNING, "this could not be gone on with after a stop: %s", why.text);
        return ERROR_NONE;
    }
    plan->read->places = &state->places;
    if (!plan->target.rejects)
        plan->target.rejects = job_state_path(&state->state, "rej", err);
    return plan->target.rejects ? copy_state_save(state, NULL, true, err) : err->code;
}

/* Pages without rows end at one place: only the last one of a segment counts. */
static struct copy_page *find_same(struct copy_state *state, uint64_t bytes)
{
    for (struct copy_page *page = state->first; page; page = page->next)
        if (page->bytes == bytes && page->segment == state->places.segment)
            return page;
    return NULL;
}

enum error_code copy_state_page(struct copy_state *state, uint64_t bytes, uint64_t rows,
    struct error *err)
{
    const struct read_place *place = &state->places.place[state->places.segment];
    struct copy_page *page = find_same(state, bytes);

    if (!page) {
        page = mem_new(1, sizeof *page);
        if (!page)
            return error_memory(err);
        buf_init(&page->key, KEY_LIMIT);
        page->bytes = bytes;
        page->segment = state->places.segment;
        *state->end = page;
        state->end = &page->next;
    }
    page->rows = rows;
    page->ended = place->ended;
    buf_clear(&page->key);
    buf_add_text(&page->key, buf_view(&place->key));
    return buf_check(&page->key, "key", err);
}

static void drop_first(struct copy_state *state)
{
    struct copy_page *page = state->first;

    state->first = page->next;
    if (!state->first)
        state->end = &state->first;
    buf_done(&page->key);
    mem_free(page);
}

/* Takes the pages that are acknowledged out of the queue. */
static enum error_code settle(struct copy_state *state, uint64_t acknowledged, struct error *err)
{
    while (state->first && state->first->bytes <= acknowledged) {
        const struct copy_page *page = state->first;
        struct read_place *place = &state->settled[page->segment];

        place->ended = page->ended;
        buf_clear(&place->key);
        buf_add_text(&place->key, buf_view(&page->key));
        if (buf_check(&place->key, "key", err))
            return err->code;
        state->rows = page->rows;
        drop_first(state);
    }
    return ERROR_NONE;
}

enum error_code copy_state_save(struct copy_state *state, struct import_crew *crew, bool at_once,
    struct error *err)
{
    struct job_state_counts counts = {.done = state->done, .rejected = state->rejected};
    struct json_writer writer;
    enum error_code code;
    struct buf place;

    if (state->state.record.number == 0 || (!at_once && !job_state_is_due(&state->state)))
        return ERROR_NONE;
    if (crew) {
        counts.done += import_written(crew);
        counts.rejected += import_rejected(crew);
        if (settle(state, import_acknowledged(crew), err))
            return err->code;
    }
    buf_init(&place, STATE_LIMIT);
    json_writer_init(&writer, &place);
    json_begin_object(&writer);
    json_name(&writer, "segments");
    places_save(state->settled, state->count, &writer);
    json_pair_integer(&writer, "rows", (int64_t)state->rows);
    json_end_object(&writer);
    code = buf_check(&place, "state of the copy", err);
    if (!code)
        code = job_state_save(&state->state, &counts, buf_view(&place), err);
    buf_done(&place);
    return code;
}

void copy_state_end(struct copy_state *state, struct import_crew *crew, enum error_code code,
    struct error *err)
{
    struct error why;

    if (!code) {
        job_state_drop(&state->state);
        return;
    }
    job_state_hint(&state->state, err);
    if (copy_state_save(state, crew, true, &why))
        job_note(state->state.job, REPORT_WARNING, "%s", why.text);
    job_state_leave(&state->state);
}

void copy_state_free(struct copy_state *state)
{
    while (state->first)
        drop_first(state);
    places_done(state->places.place, state->count);
    places_done(state->settled, state->count);
    job_state_leave(&state->state);
}
