#ifndef TESTS_UNIT_SERVER_BENCH_H
#define TESTS_UNIT_SERVER_BENCH_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "endpoint/http_server.h"
#include "tests/unit/raw_client.h"

/* A server on a free loopback port, run by a thread of its own. */
struct server_bench {
    struct http_server *server;
    pthread_t thread;
    bool is_running;
};

static inline void server_bench_open(struct server_bench *bench,
    void (*handle)(void *user, struct exchange *exchange), void *user)
{
    const struct http_server_options options = {.listen = "127.0.0.1:0",
        .handle = handle,
        .user = user};
    struct error err = {0};

    bench->is_running = false;
    bench->server = http_server_new(&options, &err);
    assert_string_equal(err.text, "");
    assert_non_null(bench->server);
}

static inline void *server_bench_run(void *server)
{
    http_server_run(server);
    return NULL;
}

static inline void server_bench_start(struct server_bench *bench)
{
    assert_int_equal(pthread_create(&bench->thread, NULL, server_bench_run, bench->server), 0);
    bench->is_running = true;
}

static inline void server_bench_stop(struct server_bench *bench)
{
    if (bench->is_running) {
        http_server_stop(bench->server);
        pthread_join(bench->thread, NULL);
    }
    bench->is_running = false;
}

/* Sends one request on a connection of its own and reads the answer to its end; the status. */
static inline int server_bench_ask(struct server_bench *bench, const char *method,
    const char *target, const char *headers, struct text body, struct buf *answer)
{
    int client = raw_connect(http_server_port(bench->server));
    struct buf request;

    assert_true(client >= 0);
    buf_init(&request, SIZE_MAX);
    buf_add_format(&request,
        "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "Content-Length: %zu\r\n%s\r\n",
        method, target, body.length, headers);
    buf_add_text(&request, body);
    buf_clear(answer);
    assert_true(raw_send_bytes(client, request.data, request.length));
    assert_true(raw_read_to_end(client, answer));
    buf_done(&request);
    close(client);
    return raw_status(answer, 0);
}

#endif
