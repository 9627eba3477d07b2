#include "console/statements/pages.h"

#include "base/json.h"
#include "base/thread.h"
#include "client/reply.h"
#include "client/service.h"
#include "console/statements/skim.h"

enum { REQUEST_LIMIT = 4 << 20, CALL_ARENA = 16 << 20 };

void page_init(struct page *page)
{
    *page = (struct page){0};
    reply_init(&page->reply);
}

void page_done(struct page *page)
{
    reply_done(&page->reply);
    page_init(page);
}

uint64_t page_capacity(struct text consumed, struct arena *arena)
{
    struct error why;

    return consumed.length > 0 ? reply_consumed_milli(json_parse(consumed, arena, &why)) : 0;
}

enum error_code page_damaged(const char *operation, const char *why, struct error *err)
{
    return error_set(err, ERROR_NETWORK, "%s: the answer is not what the service sends: %s",
        operation, why);
}

/*
 * Where the next page begins: absent or null at the end. A place that the page itself began at would
 * be read for ever.
 */
static const char *check_place(const struct read_page *asked, struct text place, struct text *out)
{
    *out = TEXT("");
    if (place.length == 0 || text_is(place, "null"))
        return NULL;
    if (place.data[0] != '{' || text_is(text_trim(text_slice(place, 1, place.length)), "}"))
        return "LastEvaluatedKey is no key";
    *out = place;
    return text_equal(place, asked->start) ? "LastEvaluatedKey is where the page began" : NULL;
}

/* The pieces of a Query or Scan answer. */
static enum error_code read_answer(const struct pages *feed, struct page *page, struct arena *arena,
    struct error *err)
{
    static const char *const name[] = {"LastEvaluatedKey", "Count", "ScannedCount",
        "ConsumedCapacity", "Items"};
    struct text body = buf_view(&page->reply.body), value[5];
    const char *operation = planner_operation(feed->plan), *why;
    int64_t count = 0, scanned = 0;

    /* The next call waits for the key, so it is looked for where it stands. */
    if (!skim_around(body, name[4], &page->items, name, value, 4) &&
        (!skim_members(body, name, value, 5) ||
            (value[4].data && !skim_array(value[4], &page->items))))
        return page_damaged(operation, "no object with a list of items", err);
    if (!text_to_integer(value[1], 0, INT64_MAX, &count))
        return page_damaged(operation, "Count is no number", err);
    if (value[2].length > 0 && !text_to_integer(value[2], 0, INT64_MAX, &scanned))
        return page_damaged(operation, "ScannedCount is no number", err);
    if (!page->items.data && !feed->plan->count_only)
        return page_damaged(operation, "Items is missing", err);
    if (feed->plan->count_only)
        page->items = (struct text){NULL, 0};
    why = check_place(&feed->next, value[0], &page->last_key);
    if (why)
        return page_damaged(operation, why, err);
    page->count = (uint64_t)count;
    page->scanned = (uint64_t)(value[2].length > 0 ? scanned : count);
    page->capacity_milli = page_capacity(value[3], arena);
    return ERROR_NONE;
}

/* One call; moves the feed behind the page. */
static enum error_code fetch(struct pages *feed, struct page *out, struct error *err)
{
    struct call_context context = job_context(feed->job);
    struct arena *arena = arena_new(CALL_ARENA, err);
    struct buf request;
    enum error_code code;

    if (feed->ahead || feed->plan->segments > 1)
        context.on_retry = NULL; /* what is reported is reported by the thread of the job */
    buf_init(&request, REQUEST_LIMIT);
    code = arena ? rate_wait(feed->rate, feed->job, err) : err->code;
    if (!code)
        code = planner_request(feed->plan, &feed->next, arena, &request, err);
    if (!code)
        code = connection_call(feed->plan->link->connection, &service_dynamodb,
            service_operation_string(&service_dynamodb, planner_operation(feed->plan)),
            buf_view(&request), &context, &out->reply, err);
    if (!code)
        code = read_answer(feed, out, arena, err);
    if (!code) {
        rate_book(feed->rate, out->capacity_milli);
        buf_clear(&feed->start);
        buf_add_text(&feed->start, out->last_key);
        feed->next.start = buf_view(&feed->start);
        feed->ended = out->last_key.length == 0;
        code = buf_check(&feed->start, "key", err);
    }
    buf_done(&request);
    arena_free(arena);
    return code;
}

/* The thread: keeps the slot filled until the end, a failure, or the consumer's stop. */
static void *fetch_ahead(void *user)
{
    struct pages *feed = user;
    enum error_code code = ERROR_NONE;
    bool stop = false;

    while (!code && !stop && !feed->ended) {
        struct page page;

        page_init(&page);
        code = fetch(feed, &page, &feed->err);
        pthread_mutex_lock(&feed->lock);
        while (feed->is_full && !feed->stop)
            pthread_cond_wait(&feed->moved, &feed->lock);
        stop = feed->stop;
        if (!code && !stop) {
            feed->slot = page;
            feed->is_full = true;
        }
        pthread_cond_broadcast(&feed->moved);
        pthread_mutex_unlock(&feed->lock);
        if (code || stop)
            page_done(&page);
    }
    pthread_mutex_lock(&feed->lock);
    feed->code = code;
    feed->is_over = true;
    pthread_cond_broadcast(&feed->moved);
    pthread_mutex_unlock(&feed->lock);
    return NULL;
}

enum error_code pages_init(struct pages *feed, struct job *job, const struct read_plan *plan,
    struct rate *rate, const struct read_page *first, bool ahead, struct error *err)
{
    struct error ignored;

    *feed = (struct pages){.job = job, .plan = plan, .rate = rate, .next = *first, .ahead = ahead};
    buf_init(&feed->start, REQUEST_LIMIT);
    buf_add_text(&feed->start, first->start);
    feed->next.start = buf_view(&feed->start);
    page_init(&feed->slot);
    if (buf_check(&feed->start, "key", err))
        return err->code;
    if (!ahead)
        return ERROR_NONE;
    pthread_mutex_init(&feed->lock, NULL);
    pthread_cond_init(&feed->moved, NULL);
    if (thread_start(&feed->thread, fetch_ahead, feed, "reading ahead", &ignored)) {
        pthread_mutex_destroy(&feed->lock);
        pthread_cond_destroy(&feed->moved);
        feed->ahead = false; /* one page after the other will do */
    }
    return ERROR_NONE;
}

bool pages_next(struct pages *feed, struct page *out, enum error_code *code, struct error *err)
{
    bool any;

    page_done(out);
    *code = ERROR_NONE;
    if (!feed->ahead) {
        if (feed->ended)
            return false;
        *code = fetch(feed, out, err);
        return *code == ERROR_NONE;
    }
    pthread_mutex_lock(&feed->lock);
    while (!feed->is_full && !feed->is_over)
        pthread_cond_wait(&feed->moved, &feed->lock);
    any = feed->is_full;
    if (any) {
        *out = feed->slot;
        page_init(&feed->slot);
        feed->is_full = false;
    } else if (feed->code) {
        *err = feed->err;
        *code = feed->code;
    }
    pthread_cond_broadcast(&feed->moved);
    pthread_mutex_unlock(&feed->lock);
    return any;
}

void pages_done(struct pages *feed)
{
    if (feed->ahead) {
        pthread_mutex_lock(&feed->lock);
        feed->stop = true;
        pthread_cond_broadcast(&feed->moved);
        pthread_mutex_unlock(&feed->lock);
        pthread_join(feed->thread, NULL);
        pthread_mutex_destroy(&feed->lock);
        pthread_cond_destroy(&feed->moved);
    }
    page_done(&feed->slot);
    buf_done(&feed->start);
}
