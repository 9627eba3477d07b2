#ifndef ENDPOINT_HTTP_SERVER_H
#define ENDPOINT_HTTP_SERVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * HTTP/1.1 on a 0600 unix socket and, when asked, on TCP: libuv and llhttp, limits, time-outs,
 * pipelining (answers in order), graceful stop. One loop thread: everything here runs on it but
 * http_server_post and http_server_stop, which any thread may call.
 * Framing refusals and limits: gateway.md 22, tables.md 1.1 and 21.
 */
struct http_server;
struct exchange; /* one request and its answer */
struct uv_loop_s;

struct http_server_options {
    const char *unix_socket; /* path, or NULL; a stale one is replaced */
    const char *listen;      /* "127.0.0.1:8000", "[::1]:0", or NULL */
    void (*handle)(void *user, struct exchange *exchange);
    void *user;
};

/* Binds and listens; ERROR_IO names the address and what is wrong (in use, permission). */
struct http_server *http_server_new(const struct http_server_options *options,
    struct error *err) MUST_CHECK;
/* Runs the loop until http_server_stop; requests in flight get up to 2 s to end. */
void http_server_run(struct http_server *server);
void http_server_stop(struct http_server *server); /* any thread; safe in a signal handler */
void http_server_free(struct http_server *server);
uint16_t http_server_port(const struct http_server *server); /* TCP port bound, 0 = none */
struct uv_loop_s *http_server_loop(struct http_server *server);
/* Run on the loop thread soon; any thread. */
void http_server_post(struct http_server *server, void (*run)(void *user), void *user);
/*
 * Runs what has been posted so far; loop thread only. For an owner that ends before the server and
 * has joined the threads that post for it.
 */
void http_server_run_posted(struct http_server *server);
/*
 * Run on the loop thread once after the delay; false when out of memory. What is still waiting
 * when the server is freed is not run.
 */
bool http_server_after(struct http_server *server, uint64_t delay_ms, void (*run)(void *user),
    void *user);

/* Everything here is valid until the exchange is answered. The body is not decompressed. */
struct exchange_request {
    struct text method, target; /* as sent */
    struct text path, query;    /* target split at '?'; still percent-encoded */
    struct text protocol;       /* "HTTP/1.1" or "HTTP/1.0" */
    const struct http_header *header;
    size_t header_count;
    struct text body;
    uint64_t started; /* monotonic, first byte */
    bool over_unix;
    char peer[64]; /* "127.0.0.1", "unix" */
};
const struct exchange_request *exchange_request(const struct exchange *exchange);
/* First header of that name in any case, trimmed; data NULL when absent. */
struct text exchange_header(const struct exchange *exchange, const char *name);
/* What the service sees in place of the body that came (decoded); kept by the exchange's arena. */
void exchange_set_body(struct exchange *exchange, struct text body);
/* For the life of the request; at most 64 MB. */
struct arena *exchange_arena(struct exchange *exchange);
/* Who asked, filled by auth before a service sees the exchange. */
struct identity {
    char account[16], region[32], access_key[132], service[32];
};
struct identity *exchange_identity(struct exchange *exchange);

/*
 * Answers; the exchange is gone afterwards. Headers and body are copied before this returns.
 * Date, Content-Length, Connection are added. HEAD sends no body.
 */
void exchange_reply(struct exchange *exchange, int status, const struct http_header *header,
    size_t header_count, struct text body);
/* Answers and closes the connection behind it. */
void exchange_reply_and_close(struct exchange *exchange, int status,
    const struct http_header *header, size_t header_count, struct text body);
/* Closes without an answer. */
void exchange_drop(struct exchange *exchange);
/* The client has gone: the answer will be dropped, but must still be given. */
bool exchange_is_gone(const struct exchange *exchange);
struct http_server *exchange_server(const struct exchange *exchange);
/*
 * Keeps the connection open without an answer, for the time being or for good; gone(user) when the
 * client closes first, or half of it: the exchange is over when gone returns. Answering ends it.
 */
void exchange_hold(struct exchange *exchange, void (*gone)(void *user), void *user);

#endif
