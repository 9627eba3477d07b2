#ifndef ENDPOINT_HTTP_INTERNAL_H
#define ENDPOINT_HTTP_INTERNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "endpoint/http_chunk.h"
#include "endpoint/http_head.h"
#include "endpoint/http_server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <uv.h>

/*
 * What the files http_*.c share; nobody else includes this but their tests (for the limits).
 *
 * 1. A connection handles one request at a time; what is pipelined behind it waits in its block,
 *    so answers leave in order. Beyond one block nothing is read.
 * 2. The texts of a request point into the block (or into exchange.body); the block is neither
 *    moved nor given back while an exchange exists. A connection that closes leaves its block to
 *    the exchange that is still with its handler.
 * 3. Answers given while http_connection_process runs are corked: one write for all of them. A handler
 *    is only ever called from there, never from inside exchange_reply.
 * 4. Memory of a connection is freed in its close callback and nowhere else.
 */
enum {
    HTTP_BLOCK = 32 * 1024,
    HTTP_SPARE_BLOCKS = 64,
    HTTP_SPARE_EXCHANGES = 64,
    HTTP_COPY_LIMIT = 16 * 1024,    /* larger bodies are written from where they are */
    HTTP_QUEUE_LIMIT = 1024 * 1024, /* bytes waiting for a client before reading pauses */
    HTTP_KEEP_BODY = 64 * 1024,     /* body memory a spare exchange may keep */
    HTTP_ARENA_LIMIT = 64 * 1024 * 1024
};

/* Tests shorten these before the first connection. Sources: gateway.md 22, tables.md 21. */
struct http_limits {
    unsigned head_ms, body_ms, idle_ms, write_ms;
    unsigned linger_ms; /* waiting for the client to close after our last answer */
    unsigned grace_ms;  /* of requests in flight at a stop */
    unsigned rate_ms;   /* from then on a body must have come with 1 KB/s */
    size_t connections, per_address;
    size_t body;
};
struct http_limits *http_server_limits(struct http_server *server);

enum http_connection_state {
    HTTP_CONNECTION_IDLE,   /* between requests */
    HTTP_CONNECTION_HEAD,   /* some bytes of a head */
    HTTP_CONNECTION_BODY,   /* exchange has its head */
    HTTP_CONNECTION_BUSY,   /* exchange is with the handler */
    HTTP_CONNECTION_ENDING, /* the last answer is being written */
    HTTP_CONNECTION_LINGER, /* shut down; what comes is thrown away until the client closes */
    HTTP_CONNECTION_CLOSED
};

struct http_connection {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    struct http_server *server;
    struct http_connection *next, *previous; /* all of the server */
    struct http_connection *next_ready;
    enum http_connection_state state;
    bool over_unix, is_ready, is_corked, is_reading, eof, is_counted;
    uint64_t deadline;       /* uv_now in ms; 0 = none */
    uint64_t started;        /* monotonic ns: first byte of the request */
    uint64_t body_since;     /* uv_now when the body began */
    uint64_t write_deadline; /* while something is queued */
    size_t queued;           /* bytes waiting when write_deadline was set */
    char *block;             /* HTTP_BLOCK bytes, or NULL */
    size_t start, end;       /* unread bytes of it */
    size_t scanned;          /* of those, looked at for the end of a head */
    size_t base;             /* chunked: where bytes are read to, behind the head */
    struct exchange *exchange;
    struct buf out; /* corked answers; memory is lent by the server */
    uv_shutdown_t shutdown;
    char peer[64];
};

struct exchange {
    struct exchange_request request;
    struct identity identity;
    struct http_head head;
    struct http_server *server;
    struct http_connection *connection; /* NULL: the client has gone */
    struct exchange *next, *previous;
    char *block; /* of a connection that has gone */
    struct buf body;
    bool body_is_apart; /* in body, not in the block */
    uint64_t left;      /* bytes of the body still to come, by Content-Length */
    struct http_chunk chunk;
    struct arena *arena;
    void (*gone)(void *user); /* held */
    void *gone_user;
    struct http_header header[HTTP_HEADER_LIMIT];
};

struct http_post {
    void (*run)(void *user);
    void *user;
};
struct http_post_list {
    struct http_post *post;
    size_t count, capacity;
};

/* A block while it is spare. */
struct http_spare {
    struct http_spare *next;
};

struct http_delay;

struct http_server {
    void (*handle)(void *user, struct exchange *exchange);
    void *user;
    struct http_limits limits;
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t sweep, grace, retry;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
    bool has_loop, has_wake, has_timers, has_tcp, has_pipe;
    unsigned open_handles; /* ours, connections too: freed when 0 */
    char *socket_path;     /* unlinked at the end when it is still ours */
    dev_t socket_device;
    ino_t socket_inode;
    uint16_t port;
    atomic_bool stop_asked;
    bool is_stopping, is_running;

    struct http_connection *connection_list, *ready_list;
    size_t connection_count;
    struct map *address_map; /* peer -> count as a pointer */
    struct exchange *exchange_list, *spare_exchange;
    struct http_spare *spare_block;
    size_t spare_exchange_count, spare_block_count;
    struct buf spare_out[8];
    size_t spare_out_count;
    struct http_delay *delay_list;

    pthread_mutex_t post_lock;
    struct http_post_list posted, running; /* posted under the lock, running on the loop */
    pthread_t loop_thread;

    uint64_t date_second;
    char date[32];
    char discard[4096];
};

/* http_connection.c */
void http_connection_open(struct http_server *server, struct http_connection *connection);
void http_connection_process(struct http_connection *connection);
void http_connection_close(struct http_connection *connection);
void http_connection_check_deadline(struct http_connection *connection, uint64_t now);
/* The answer to connection->exchange, which is released. */
void http_connection_answer(struct http_connection *connection, int status,
    const struct http_header *header, size_t header_count, struct text body, bool close);
/* Called for each connection when the server begins to stop. */
void http_connection_stop(struct http_connection *connection);

void http_connection_settle(struct http_connection *connection); /* what it waits for now */
void http_connection_drop_block(struct http_connection *connection);
void http_connection_leave_exchange(struct http_connection *connection, bool is_busy);
uint64_t http_connection_in(const struct http_connection *connection, unsigned ms); /* uv_now + */

/* http_output.c */
struct http_answer;
void http_output_cork(struct http_connection *connection);
void http_output_uncork(struct http_connection *connection);
void http_output_answer(struct http_connection *connection, const struct http_answer *answer,
    struct text body);
/* Bytes waiting, and until when. */
void http_output_note_queue(struct http_connection *connection);
/* Everything is written: shuts down and waits for the client to close. */
void http_output_end(struct http_connection *connection);
/* Framing refused: the rest of the input cannot be trusted. */
void http_output_refuse(struct http_connection *connection, int status, const char *why);
void http_output_refuse_body(struct http_connection *connection); /* 413 */

/* http_exchange.c */
struct exchange *exchange_take(struct http_server *server); /* NULL: out of memory */
void exchange_release(struct exchange *exchange);
void exchange_free_spares(struct http_server *server);
char *http_take_block(struct http_server *server); /* NULL: out of memory */
void http_give_block(struct http_server *server, char *block);

/* http_server.c */
void http_server_forget(struct http_server *server, struct http_connection *connection);
void http_server_closed(uv_handle_t *handle); /* for handles of the server itself */
struct text http_server_date(struct http_server *server);

#endif
