#include "console/demo_traffic.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "client/http.h"
#include "console/demo_data.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { WORKERS = 4, PAUSE_MS = 100, FIRST_PAUSE_MS = 8, FIRST_REQUESTS = 400, LOOK_MS = 20 };
#define LONGEST (4 * 3600 * CLOCK_SECOND)

struct demo_traffic {
    struct http_pool *pool;
    char *socket, *rest, *http;
    pthread_t worker[WORKERS];
    int started;
    atomic_bool stop;
    atomic_uint next, done; /* requests begun and ended */
    uint64_t end;
};

enum traffic_api { TO_REST, TO_HTTP };

/* How often a request of each kind is made, in a hundred. */
static const struct {
    unsigned share;
    enum traffic_api api;
    const char *method, *path; /* %s: customer, %ld: time, %u: a number */
    const char *body;
} request_table[] = {
    {26, TO_REST, "GET", "/orders/%s/%ld", NULL},
    {16, TO_REST, "GET", "/orders/%s", NULL},
    {8, TO_REST, "POST", "/orders",
        "{\"cust\":\"%s\",\"ts\":\"%ld\",\"status\":\"open\",\"total\":\"%u.50\"}"},
    {10, TO_REST, "GET", "/health", NULL},
    {14, TO_REST, "GET", "/catalog/item/%u", NULL},
    {3, TO_REST, "GET", "/catalog/item/%u?delay=350", NULL},
    {2, TO_REST, "GET", "/catalog/item/%u?status=503", NULL},
    {2, TO_REST, "GET", "/slow?delay=900", NULL},
    {3, TO_REST, "GET", "/orders/nobody/%u", NULL},
    {2, TO_REST, "GET", "/absent/%u", NULL},
    {12, TO_HTTP, "GET", "/pets/%u", NULL},
    {2, TO_HTTP, "GET", "/pets/%u?status=404", NULL},
};

/* %s the customer, %ld the time, %u the number; anything else as it stands. */
static void fill(char *out, size_t size, const char *format, const char *customer, long at,
    unsigned number)
{
    size_t length = 0;

    while (*format && length + 40 < size) {
        size_t room = size - length;
        int added = 1;

        if (*format != '%')
            out[length] = *format++;
        else if (format[1] == 's') {
            added = snprintf(out + length, room, "%s", customer);
            format += 2;
        } else if (format[1] == 'u') {
            added = snprintf(out + length, room, "%u", number);
            format += 2;
        } else {
            added = snprintf(out + length, room, "%ld", at);
            format += 3;
        }
        length += (size_t)added;
    }
    out[length] = 0;
}

static void send_one(struct demo_traffic *traffic, unsigned number)
{
    static const struct http_header json_header = {{"Content-Type", 12}, {"application/json", 16}};
    unsigned dice = number * 37 % 100, kind = 0;
    char customer[16], path[160], url[240], body[160];
    struct http_response response;
    struct http_request request = {.unix_socket = traffic->socket,
        .url = url,
        .timeout_ms = 5000,
        .cancel = &traffic->stop};
    struct error ignored;
    long at;

    while (dice >= request_table[kind].share)
        dice -= request_table[kind++].share;
    demo_order_key(number, customer, sizeof customer, &at);
    fill(path, sizeof path, request_table[kind].path, customer, at, number % 1000);
    snprintf(url, sizeof url, "http://localhost/_aws/execute-api/%s/%s%s",
        request_table[kind].api == TO_REST ? traffic->rest : traffic->http,
        request_table[kind].api == TO_REST ? "prod" : "$default", path);
    request.method = request_table[kind].method;
    if (request_table[kind].body) {
        fill(body, sizeof body, request_table[kind].body, customer, at, number % 900);
        request.body = text_of(body);
        request.header = &json_header;
        request.header_count = 1;
    }
    http_response_init(&response);
    if (http_send(traffic->pool, &request, &response, &ignored))
        ignored.code = ERROR_NONE; /* what fails is part of the picture */
    http_response_done(&response);
}

static void pause_ms(long milliseconds)
{
    const struct timespec pause = {0, milliseconds * 1000000L};

    nanosleep(&pause, NULL);
}

static void *work(void *user)
{
    struct demo_traffic *traffic = user;

    while (!atomic_load(&traffic->stop) && clock_monotonic() < traffic->end) {
        unsigned number = atomic_fetch_add(&traffic->next, 1);

        send_one(traffic, number);
        atomic_fetch_add(&traffic->done, 1);
        pause_ms(number < FIRST_REQUESTS ? FIRST_PAUSE_MS : PAUSE_MS);
    }
    return NULL;
}

void demo_traffic_wait(const struct demo_traffic *traffic, unsigned requests, unsigned limit_ms)
{
    uint64_t limit = clock_monotonic() + limit_ms * CLOCK_MS;

    while (atomic_load(&traffic->done) < requests && clock_monotonic() < limit)
        pause_ms(LOOK_MS);
}

struct demo_traffic *demo_traffic_start(const char *socket, const char *rest, const char *http,
    struct error *err)
{
    struct demo_traffic *traffic = mem_new(1, sizeof *traffic);

    if (!traffic) {
        error_memory(err);
        return NULL;
    }
    traffic->end = clock_monotonic() + LONGEST;
    traffic->socket = mem_copy_string(socket);
    traffic->rest = mem_copy_string(rest);
    traffic->http = mem_copy_string(http);
    traffic->pool = http_pool_new(NULL, err);
    if (!traffic->pool)
        goto fail;
    if (!traffic->socket || !traffic->rest || !traffic->http) {
        error_memory(err);
        goto fail;
    }
    while (traffic->started < WORKERS && !thread_start(&traffic->worker[traffic->started], work,
                                             traffic, "the demo's traffic", err))
        traffic->started++;
    if (traffic->started)
        return traffic;
fail:
    demo_traffic_stop(traffic);
    return NULL;
}

void demo_traffic_stop(struct demo_traffic *traffic)
{
    if (!traffic)
        return;
    atomic_store(&traffic->stop, true);
    for (int i = 0; i < traffic->started; i++)
        pthread_join(traffic->worker[i], NULL);
    http_pool_free(traffic->pool);
    mem_free(traffic->socket);
    mem_free(traffic->rest);
    mem_free(traffic->http);
    mem_free(traffic);
}
