#include "endpoint/tables/waits.h"

#include <uv.h>

#include "base/mem.h"

struct waits {
    struct waits_options options;
    uv_timer_t timer;
    struct request *first, *last;
    struct request *cursor; /* of the walk under way: the next one to look at */
};

static void unlink_request(struct waits *waits, struct request *request)
{
    if (waits->cursor == request)
        waits->cursor = request->wait_next;
    if (request->wait_previous)
        request->wait_previous->wait_next = request->wait_next;
    else
        waits->first = request->wait_next;
    if (request->wait_next)
        request->wait_next->wait_previous = request->wait_previous;
    else
        waits->last = request->wait_previous;
    request->wait_next = request->wait_previous = NULL;
}

static void link_request(struct waits *waits, struct request *request)
{
    request->wait_previous = waits->last;
    if (waits->last)
        waits->last->wait_next = request;
    else
        waits->first = request;
    waits->last = request;
}

static bool has_news(const struct request *request)
{
    return atomic_load(&request->table->counters->sequence) >= request->wanted;
}

/* Calls again for those that are late, or have news; what it parks anew comes last. */
static void walk(struct waits *waits, uint64_t now_ms, bool late)
{
    struct request *request;

    for (waits->cursor = waits->first; (request = waits->cursor);) {
        waits->cursor = request->wait_next;
        if (late ? now_ms < request->wait_until_ms : !has_news(request))
            continue;
        unlink_request(waits, request);
        waits->options.again(request);
    }
}

static void on_timer(uv_timer_t *timer);

static void plan_timer(struct waits *waits)
{
    uint64_t now_ms = uv_now(waits->timer.loop), first_ms = UINT64_MAX;

    for (const struct request *at = waits->first; at; at = at->wait_next)
        if (at->wait_until_ms < first_ms)
            first_ms = at->wait_until_ms;
    if (waits->first)
        uv_timer_start(&waits->timer, on_timer, first_ms > now_ms ? first_ms - now_ms : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct waits *waits = timer->data;

    walk(waits, uv_now(timer->loop), true);
    plan_timer(waits);
}

static void on_gone(void *user)
{
    struct request *request = user;
    struct waits *waits = request->waits;

    unlink_request(waits, request);
    waits->options.gone(request);
}

struct waits *waits_new(const struct waits_options *options, struct error *err)
{
    struct waits *waits = mem_new(1, sizeof *waits);

    if (!waits) {
        error_memory(err);
        return NULL;
    }
    waits->options = *options;
    uv_timer_init(http_server_loop(options->server), &waits->timer);
    waits->timer.data = waits;
    return waits;
}

static void free_waits(uv_handle_t *handle)
{
    mem_free(handle->data);
}

void waits_free(struct waits *waits)
{
    if (waits)
        uv_close((uv_handle_t *)&waits->timer, free_waits);
}

static int64_t asked_ms(const struct request *request)
{
    struct text header = exchange_header(request->exchange, "x-gatehouse-wait-ms");
    int64_t ms = 0;

    if (!header.data || !text_to_integer(header, 0, INT64_MAX, &ms))
        return 0;
    return ms < WAITS_LIMIT_MS ? ms : WAITS_LIMIT_MS;
}

bool waits_park(struct waits *waits, struct request *request)
{
    uint64_t now_ms = uv_now(waits->timer.loop);
    int64_t ms = request->exchange && !request->wait_until_ms ? asked_ms(request) : 0;

    if (ms > 0)
        request->wait_until_ms = now_ms + (uint64_t)ms;
    if (!request->exchange || !request->table || request->wait_until_ms <= now_ms ||
        exchange_is_gone(request->exchange))
        return false;
    request->waits = waits;
    link_request(waits, request);
    exchange_hold(request->exchange, on_gone, request);
    if (!uv_is_active((const uv_handle_t *)&waits->timer) ||
        uv_timer_get_due_in(&waits->timer) > request->wait_until_ms - now_ms)
        uv_timer_start(&waits->timer, on_timer, request->wait_until_ms - now_ms, 0);
    return true;
}

void waits_wake(struct waits *waits)
{
    walk(waits, 0, false);
}

struct request *waits_take(struct waits *waits)
{
    struct request *request = waits->first;

    if (request)
        unlink_request(waits, request);
    return request;
}
