#ifndef TESTS_UNIT_GATEWAY_BACKEND_H
#define TESTS_UNIT_GATEWAY_BACKEND_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/unit/raw_client.h"

/*
 * A backend in a thread of its own that answers by its path, well or badly:
 * /echo.. says what came · /chunked · /head · /gone resets · /short closes early · /extra sends more
 * than it said · /both has two lengths · /garbage is not HTTP · /huge has 11 MB · /slow never
 * answers · /continue sends 100 first · /close ends the connection · /status/N
 */
struct backend {
    int listener;
    uint16_t port;
    pthread_t thread;
    atomic_bool is_ending;
    atomic_int connections, requests;
};

static inline void backend_answer(int client, const char *status, const char *headers,
    struct text body)
{
    struct buf out;

    buf_init(&out, 64 * 1024 * 1024);
    buf_add_format(&out, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, headers,
        body.length);
    buf_add_text(&out, body);
    raw_send_bytes(client, out.data, out.length);
    buf_done(&out);
}

static inline void backend_raw(int client, const char *bytes)
{
    raw_send(client, bytes);
}

static inline bool backend_starts(struct text target, const char *prefix)
{
    return text_starts_with(target, text_of(prefix));
}

static inline void backend_huge(int client)
{
    static char part[65536];
    size_t left = 11 * 1024 * 1024;

    raw_send(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (; left > 0; left -= sizeof part)
        if (!raw_send(client, "10000\r\n") || !raw_send_bytes(client, part, sizeof part) ||
            !raw_send(client, "\r\n"))
            return;
    raw_send(client, "0\r\n\r\n");
}

/* False: the connection is to be closed. */
static inline bool backend_serve(struct backend *backend, int client, struct text request)
{
    const struct linger at_once = {.l_onoff = 1};
    struct text rest = request, verb, target = TEXT("");

    text_take_until(&rest, ' ', &verb);
    text_take_until(&rest, ' ', &target);
    atomic_fetch_add(&backend->requests, 1);
    if (backend_starts(target, "/echo")) {
        backend_answer(client, "200 OK",
            "Content-Type: text/plain\r\nX-Back: 1\r\nX-Back: 2\r\nServer: b\r\n", request);
    } else if (backend_starts(target, "/chunked")) {
        backend_raw(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
                            "6\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n");
    } else if (backend_starts(target, "/head")) {
        backend_raw(client, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nX-Head: 1\r\n\r\n");
    } else if (backend_starts(target, "/gone")) {
        setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return false;
    } else if (backend_starts(target, "/short")) {
        backend_raw(client, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
        return false;
    } else if (backend_starts(target, "/extra")) {
        backend_raw(client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n");
    } else if (backend_starts(target, "/both")) {
        backend_raw(client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: "
                            "chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    } else if (backend_starts(target, "/garbage")) {
        backend_raw(client, "SSH-2.0-server\r\n");
    } else if (backend_starts(target, "/badchunk")) {
        backend_raw(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n");
    } else if (backend_starts(target, "/huge")) {
        backend_huge(client);
    } else if (backend_starts(target, "/slow")) {
        return true;
    } else if (backend_starts(target, "/continue")) {
        backend_raw(client, "HTTP/1.1 100 Continue\r\n\r\n");
        backend_answer(client, "200 OK", "", TEXT("after"));
    } else if (backend_starts(target, "/close")) {
        backend_raw(client, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
        return false;
    } else if (backend_starts(target, "/once")) {
        backend_answer(client, "200 OK", "", TEXT("once"));
        return false; /* although the answer keeps the connection */
    } else if (backend_starts(target, "/status/")) {
        char status[32];

        snprintf(status, sizeof status, "%.3s Some", target.data + 8);
        backend_answer(client, status, "Content-Type: application/json\r\nX-Reason: r\r\n",
            TEXT("{\"error\":{\"code\":17}}"));
    } else {
        backend_answer(client, "404 Not Found", "", TEXT("no such test"));
    }
    return true;
}

struct backend_client {
    struct backend *backend;
    int client;
};

static inline void *backend_connection(void *user)
{
    struct backend_client *own = user;
    const struct timeval patience = {.tv_usec = 20000};
    struct buf in;

    buf_init(&in, 32 * 1024 * 1024);
    setsockopt(own->client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (!atomic_load(&own->backend->is_ending)) {
        size_t end = text_find(buf_view(&in), TEXT("\r\n\r\n"), 0), length;
        bool stays;

        if (end != SIZE_MAX) {
            length = raw_content_length(buf_view(&in), 0, end);
            length = end + 4 + (length == SIZE_MAX ? 0 : length);
            if (in.length >= length) {
                stays =
                    backend_serve(own->backend, own->client, text_slice(buf_view(&in), 0, length));
                buf_drop(&in, length);
                if (!stays)
                    break;
                continue;
            }
        }
        if (!raw_read_some(own->client, &in) && errno != EAGAIN && errno != EWOULDBLOCK)
            break;
        if (in.failure)
            break;
        errno = 0;
    }
    buf_done(&in);
    close(own->client);
    mem_free(own);
    return NULL;
}

static inline void *backend_accept(void *user)
{
    struct backend *backend = user;
    pthread_t threads[256];
    size_t count = 0;
    int client;

    while (count < 256 && (client = accept(backend->listener, NULL, NULL)) >= 0) {
        struct backend_client *own = mem_new(1, sizeof *own);

        *own = (struct backend_client){backend, client};
        atomic_fetch_add(&backend->connections, 1);
        if (pthread_create(&threads[count], NULL, backend_connection, own) == 0)
            count++;
    }
    while (count > 0)
        pthread_join(threads[--count], NULL);
    return NULL;
}

static inline void backend_open(struct backend *backend)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;

    memset(backend, 0, sizeof *backend);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    backend->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(backend->listener, (const struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(backend->listener, 64), 0);
    getsockname(backend->listener, (struct sockaddr *)&address, &length);
    backend->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&backend->thread, NULL, backend_accept, backend), 0);
}

static inline void backend_close(struct backend *backend)
{
    atomic_store(&backend->is_ending, true);
    shutdown(backend->listener, SHUT_RDWR);
    pthread_join(backend->thread, NULL);
    close(backend->listener);
}

#endif
