#include <string.h>

#include "base/json.h"
#include "base/thread.h"
#include "client/reply.h"
#include "client/service.h"
#include "console/statements/read_rows.h"
#include "console/statements/skim.h"

/* Calls of a read, in each of the ways the planner knows. */

enum { THREAD_LIMIT = 32 };

static bool may_go_ahead(const struct read_rows *rows)
{
    const struct read_plan *plan = rows->plan;

    return plan->limit == 0 && plan->examine == 0 && plan->read->pages == 0 &&
           rows->job->settings.max_rcu == 0;
}

/* What is still wanted, for the next call; 0: no bound. */
static int64_t next_limit(const struct read_rows *rows)
{
    const struct read_plan *plan = rows->plan;
    uint64_t count = plan->read->what == READ_NUMBER ? rows->number : rows->status.count;
    int64_t wanted = plan->limit > 0 ? plan->limit - (int64_t)count : 0;
    int64_t examine = plan->examine > 0 ? plan->examine - (int64_t)rows->status.scanned : 0;

    return planner_call_limit(rows->job, plan, wanted, examine);
}

/* The rows of the page are with the sink. */
static enum error_code note_page(struct read_rows *rows, size_t segment, const struct page *page,
    struct error *err)
{
    struct read_places *places = rows->plan->places;
    struct read_place *place;

    if (!places)
        return ERROR_NONE;
    place = &places->place[segment];
    buf_clear(&place->key);
    buf_add_text(&place->key, page->last_key);
    place->ended = page->last_key.length == 0;
    places->segment = segment;
    return buf_check(&place->key, "key", err) ? err->code
                                              : places->page(places->user, &rows->status, err);
}

/* All pages of one partition, segment or table. */
static enum error_code run_pages(struct read_rows *rows, const struct read_page *first,
    struct error *err)
{
    struct pages feed;
    struct page page;
    enum error_code code;

    page_init(&page);
    code = pages_init(&feed, rows->job, rows->plan, &rows->rate, first, may_go_ahead(rows), err);
    while (!code) {
        if (!feed.ahead)
            feed.next.limit = next_limit(rows);
        if (!pages_next(&feed, &page, &code, err))
            break;
        code = read_rows_page(rows, &page, err);
        if (!code)
            code = note_page(rows, 0, &page, err);
        if (code || read_rows_have_enough(rows))
            break;
    }
    pages_done(&feed);
    page_done(&page);
    return code;
}

static struct text start_text(const struct read_plan *plan, struct arena *arena, struct error *err)
{
    struct json_writer writer;
    struct buf buf;
    struct text text = TEXT("");

    if (!plan->start)
        return text;
    buf_init(&buf, 64 * 1024);
    json_writer_init(&writer, &buf);
    value_add_wire_item(&writer, plan->start);
    text = arena_text(arena, buf_view(&buf));
    if (buf_check(&buf, "START", err))
        text.data = NULL;
    else if (!text.data)
        arena_failed(arena, err);
    buf_done(&buf);
    return text;
}

/* Which of the partitions START belongs to; partition_count when to none. */
static size_t start_partition(const struct read_plan *plan)
{
    const struct value *value =
        plan->start ? value_get_string(plan->start, plan->key[0].name) : NULL;

    for (size_t i = 0; value && i < plan->partition_count; i++) {
        if (value_equal(plan->partition[i], value))
            return i;
    }
    return plan->start ? plan->partition_count : 0;
}

static enum error_code run_partitions(struct read_rows *rows, struct error *err)
{
    const struct read_plan *plan = rows->plan;
    struct read_page first = {.limit = next_limit(rows)};
    enum error_code code = ERROR_NONE;

    first.start = start_text(plan, rows->job->arena, err);
    if (!first.start.data)
        return err->code;
    if (plan->places && plan->places->place[0].ended)
        return ERROR_NONE;
    if (plan->places)
        first.start = buf_view(&plan->places->place[0].key);
    if (plan->partition_count == 0)
        return run_pages(rows, &first, err);
    first.partition = start_partition(plan);
    if (first.partition == plan->partition_count)
        return error_set(err, ERROR_USAGE, "START is in none of the partitions that are read");
    for (; !code && first.partition < plan->partition_count; first.partition++) {
        rows->partition = first.partition;
        code = run_pages(rows, &first, err);
        first.start = TEXT("");
        if (read_rows_have_enough(rows)) {
            rows->is_partial =
                rows->resume.length == 0 && first.partition + 1 < plan->partition_count;
            break;
        }
    }
    return code;
}

struct cursor {
    struct pages feed;
    struct page page;
    struct text rest;    /* of the page */
    struct arena *arena; /* of item */
    const struct value *item, *key;
    bool is_open;
};

static enum error_code advance(struct read_rows *rows, struct cursor *cursor, struct error *err)
{
    struct text text, attribute = rows->plan->read->order->part[0].name;
    const struct json *json;
    enum error_code code = ERROR_NONE;

    cursor->item = NULL;
    while (!skim_next(&cursor->rest, &text)) {
        cursor->feed.next.limit = next_limit(rows);
        if (!pages_next(&cursor->feed, &cursor->page, &code, err))
            return code;
        code = read_rows_begin(rows, err);
        read_rows_book(rows, cursor->page.scanned, cursor->page.capacity_milli);
        if (!code)
            code = read_rows_check(rows, false, err);
        if (code)
            return code;
        cursor->rest = cursor->page.items;
    }
    arena_reset(cursor->arena);
    json = json_parse(text, cursor->arena, err);
    cursor->item = json ? value_from_wire_item(json, cursor->arena, err) : NULL;
    if (!cursor->item)
        return err->code;
    cursor->key = value_get(cursor->item, attribute);
    return ERROR_NONE;
}

/* The cursor whose item comes first, or NULL at the end. */
static struct cursor *first_cursor(struct cursor *cursor, size_t count, bool descending)
{
    struct cursor *best = NULL;

    for (size_t i = 0; i < count; i++) {
        bool ordered;
        int order;

        if (!cursor[i].item || !cursor[i].key)
            continue;
        order = best ? value_compare(cursor[i].key, best->key, &ordered) : -1;
        if (!best || (descending ? order > 0 : order < 0))
            best = &cursor[i];
    }
    return best;
}

static enum error_code merge(struct read_rows *rows, struct cursor *cursor, struct error *err)
{
    size_t count = rows->plan->partition_count;
    enum error_code code = ERROR_NONE;

    while (!code && !rows->stopped) {
        struct cursor *next = first_cursor(cursor, count, rows->plan->read->descending);

        if (!next)
            break;
        arena_reset(rows->item);
        code = read_rows_item(rows, next->item, err);
        if (!code)
            code = advance(rows, next, err);
    }
    rows->is_partial = rows->stopped && first_cursor(cursor, count, false) != NULL;
    return code;
}

static enum error_code run_merged(struct read_rows *rows, struct error *err)
{
    size_t count = rows->plan->partition_count;
    struct cursor *cursor = arena_alloc(rows->job->arena, count, sizeof *cursor);
    enum error_code code = cursor ? ERROR_NONE : arena_failed(rows->job->arena, err);

    for (size_t i = 0; !code && i < count; i++) {
        struct read_page first = {.partition = i, .start = TEXT("")};

        page_init(&cursor[i].page);
        cursor[i].arena = arena_new(16 << 20, err);
        code = cursor[i].arena ? pages_init(&cursor[i].feed, rows->job, rows->plan, &rows->rate,
                                     &first, false, err)
                               : err->code;
        cursor[i].is_open = true;
        if (!code)
            code = advance(rows, &cursor[i], err);
    }
    if (!code)
        code = merge(rows, cursor, err);
    for (size_t i = 0; cursor && i < count; i++) {
        if (!cursor[i].is_open)
            continue;
        pages_done(&cursor[i].feed);
        page_done(&cursor[i].page);
        arena_free(cursor[i].arena);
    }
    return code;
}

struct crew {
    struct read_rows *rows;
    uint64_t next; /* segment nobody has taken yet; under the lock of the rows */
    bool stop;
    enum error_code code;
    struct error err;
};

static bool take_segment(struct crew *crew, uint64_t *out)
{
    bool any;

    pthread_mutex_lock(&crew->rows->lock);
    any = !crew->stop && crew->next < crew->rows->plan->segments;
    *out = crew->next;
    crew->next += any;
    pthread_mutex_unlock(&crew->rows->lock);
    return any;
}

/* A page goes through under the lock; true: go on. */
static bool take_page(struct crew *crew, size_t segment, const struct page *page)
{
    struct read_rows *rows = crew->rows;
    bool go_on;

    pthread_mutex_lock(&rows->lock);
    if (!crew->stop) {
        if (rows->plan->segment_items)
            rows->plan->segment_items[segment] += page->scanned;
        crew->code = read_rows_page(rows, page, &crew->err);
        if (!crew->code)
            crew->code = note_page(rows, segment, page, &crew->err);
        crew->stop = crew->code || rows->stopped;
    }
    go_on = !crew->stop;
    pthread_mutex_unlock(&rows->lock);
    return go_on;
}

static void work_segment(struct crew *crew, uint64_t segment)
{
    struct read_rows *rows = crew->rows;
    struct read_page first = {.segment = segment, .start = TEXT("")};
    struct pages feed;
    struct page page;
    struct error err;
    enum error_code code;

    if (!planner_samples(rows->plan->read, segment) ||
        (rows->plan->places && rows->plan->places->place[segment].ended))
        return;
    if (rows->plan->places)
        first.start = buf_view(&rows->plan->places->place[segment].key);
    first.limit = planner_call_limit(rows->job, rows->plan, rows->plan->limit, 0);
    page_init(&page);
    code = pages_init(&feed, rows->job, rows->plan, &rows->rate, &first, false, &err);
    while (!code && pages_next(&feed, &page, &code, &err)) {
        if (!take_page(crew, (size_t)segment, &page))
            break;
    }
    if (code) {
        pthread_mutex_lock(&rows->lock);
        if (!crew->stop) {
            crew->code = code;
            crew->err = err;
            crew->stop = true;
        }
        pthread_mutex_unlock(&rows->lock);
    }
    pages_done(&feed);
    page_done(&page);
}

static void *work(void *user)
{
    struct crew *crew = user;
    uint64_t segment;

    while (take_segment(crew, &segment))
        work_segment(crew, segment);
    return NULL;
}

static enum error_code run_segments(struct read_rows *rows, struct error *err)
{
    struct crew crew = {.rows = rows};
    size_t wanted =
        rows->plan->segments < THREAD_LIMIT ? (size_t)rows->plan->segments : THREAD_LIMIT;

    thread_crew(work, &crew, 0, wanted);
    if (crew.code)
        *err = crew.err;
    return crew.code;
}

static enum error_code run_get(struct read_rows *rows, struct error *err)
{
    const struct read_plan *plan = rows->plan;
    struct call_context context = job_context(rows->job);
    struct reply reply;
    struct buf request;
    const struct json *answer = NULL, *json;
    const struct value *item;
    enum error_code code;

    reply_init(&reply);
    buf_init(&request, 4 << 20);
    code = planner_request(plan, &(struct read_page){0}, rows->item, &request, err);
    if (!code) {
        answer = connection_call_json(plan->link->connection, &service_dynamodb, "GetItem",
            buf_view(&request), &context, &reply, rows->item, err);
        code = answer ? ERROR_NONE : err->code;
    }
    if (!code) {
        rows->whole->stale_table = NULL;
        rows->status.capacity_milli = reply_units_milli(answer);
        json = json_member(answer, "Item");
        if (json) {
            item = value_from_wire_item(json, rows->item, err);
            code = item ? read_rows_begin(rows, err) : err->code;
            if (!code)
                code = read_rows_item(rows, item, err);
        } else if (plan->is_get) {
            struct buf key;

            buf_init(&key, 400);
            value_add_literal(&key, plan->item_key[0]);
            code = error_set(err, ERROR_MISSING, "%s has no item %s", plan->table->name,
                key.failure ? "with this key" : buf_string(&key));
            buf_done(&key);
        }
    }
    buf_done(&request);
    reply_done(&reply);
    return code;
}

static enum error_code run_chunk(struct read_rows *rows, size_t first, size_t count,
    struct error *err)
{
    const struct read_plan *plan = rows->plan;
    const struct value *const *key = (const struct value *const *)(plan->item_key + first);
    const struct value *found[READ_BATCH_KEYS];
    struct arena *arena = arena_new(256 << 20, err);
    uint64_t capacity = 0;
    enum error_code code = arena ? rate_wait(&rows->rate, rows->job, err) : err->code;

    if (!code)
        code = read_batch(rows->job, plan, false, key, count, arena, found, &capacity, err);
    rate_book(&rows->rate, capacity);
    if (!code)
        code = read_rows_begin(rows, err);
    rows->status.capacity_milli += capacity;
    for (size_t i = 0; !code && i < count && !rows->stopped; i++) {
        if (!found[i]) {
            rows->missing++;
            continue;
        }
        arena_reset(rows->item);
        code = read_rows_item(rows, found[i], err);
        if (rows->stopped && first + i + 1 < plan->item_key_count)
            read_rows_stop_at(rows, key[i]);
    }
    if (!code)
        code = read_rows_check(rows, rows->stopped || first + count == plan->item_key_count, err);
    arena_free(arena);
    return code;
}

static enum error_code run_batch(struct read_rows *rows, struct error *err)
{
    const struct read_plan *plan = rows->plan;
    size_t first = 0;
    enum error_code code = ERROR_NONE;

    if (plan->start) {
        while (first < plan->item_key_count && !value_equal(plan->item_key[first], plan->start))
            first++;
        if (first == plan->item_key_count)
            return error_set(err, ERROR_USAGE, "START is none of the keys that are read");
        first++;
    }
    while (!code && first < plan->item_key_count && !rows->stopped) {
        size_t left = plan->item_key_count - first;
        size_t count = left < READ_BATCH_KEYS ? left : READ_BATCH_KEYS;

        if (plan->limit > 0 && !plan->local && !plan->read->filter_local &&
            !plan->read->order_local && plan->read->what != READ_NUMBER &&
            count > (size_t)plan->limit - rows->status.count)
            count = (size_t)plan->limit - rows->status.count;
        code = run_chunk(rows, first, count, err);
        first += count;
    }
    return code;
}

enum error_code read_run(struct job *job, struct read_plan *plan, struct plan *whole,
    struct error *err)
{
    struct read_rows rows;
    enum error_code code = read_rows_init(&rows, job, plan, whole, err);

    if (!code) {
        switch (plan->access) {
        case READ_NOTHING:
            break;
        case READ_GET:
            code = run_get(&rows, err);
            break;
        case READ_BATCH:
            code = run_batch(&rows, err);
            break;
        case READ_BY_QUERY:
            code = plan->merges ? run_merged(&rows, err) : run_partitions(&rows, err);
            break;
        case READ_BY_SCAN:
            code = plan->segments > 1 ? run_segments(&rows, err) : run_partitions(&rows, err);
            break;
        }
        code = read_rows_end(&rows, code, err);
    }
    read_rows_done(&rows);
    return code;
}
