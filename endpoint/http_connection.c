#include "endpoint/http_internal.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "endpoint/http_write.h"

uint64_t http_connection_in(const struct http_connection *connection, unsigned ms)
{
    return uv_now(&connection->server->loop) + ms;
}

void http_connection_drop_block(struct http_connection *connection)
{
    http_give_block(connection->server, connection->block);
    connection->block = NULL;
    connection->start = connection->end = connection->scanned = 0;
}

static void free_closed(uv_handle_t *handle)
{
    struct http_connection *connection = handle->data;

    connection->server->open_handles--;
    mem_free(connection);
}

/* The exchange stays with its handler, or goes when it has none. */
void http_connection_leave_exchange(struct http_connection *connection, bool is_busy)
{
    struct exchange *exchange = connection->exchange;

    connection->exchange = NULL;
    if (!exchange)
        return;
    exchange->connection = NULL;
    if (is_busy) {
        exchange->block = connection->block;
        connection->block = NULL;
    }
    if (exchange->gone) {
        void (*gone)(void *user) = exchange->gone;
        void *user = exchange->gone_user;

        gone(user);
        exchange_release(exchange);
    } else if (!is_busy) {
        exchange_release(exchange);
    }
}

void http_connection_close(struct http_connection *connection)
{
    bool is_busy = connection->state == HTTP_CONNECTION_BUSY;

    if (connection->state == HTTP_CONNECTION_CLOSED)
        return;
    connection->state = HTTP_CONNECTION_CLOSED;
    uv_close(&connection->handle, free_closed);
    http_connection_leave_exchange(connection, is_busy);
    http_connection_drop_block(connection);
    buf_done(&connection->out);
    http_server_forget(connection->server, connection);
}

static struct text unread(const struct http_connection *connection)
{
    return text_make(connection->block + connection->start, connection->end - connection->start);
}

/* To the front of the block; only while no exchange points into it. */
static void move_to_front(struct http_connection *connection)
{
    assert(!connection->exchange);
    if (connection->start == 0)
        return;
    memmove(connection->block, connection->block + connection->start,
        connection->end - connection->start);
    connection->end -= connection->start;
    connection->start = 0;
}

static void fill_request(struct http_connection *connection, struct exchange *exchange)
{
    const struct http_head *head = &exchange->head;

    exchange->request.method = head->method;
    exchange->request.target = head->target;
    exchange->request.path = head->path;
    exchange->request.query = head->query;
    exchange->request.protocol = head->is_http_1_0 ? TEXT("HTTP/1.0") : TEXT("HTTP/1.1");
    exchange->request.header = head->header;
    exchange->request.header_count = head->header_count;
    exchange->request.body = TEXT("");
    exchange->request.started = connection->started;
    exchange->request.over_unix = connection->over_unix;
    memcpy(exchange->request.peer, connection->peer, sizeof exchange->request.peer);
}

/* The head is done: where its body will be. False when it was refused. */
static bool begin_body(struct http_connection *connection)
{
    struct exchange *exchange = connection->exchange;
    uint64_t length = exchange->head.content_length;
    size_t here = connection->end - connection->start;

    if (length > connection->server->limits.body) {
        http_output_refuse_body(connection);
        return false;
    }
    connection->state = HTTP_CONNECTION_BODY;
    connection->base = connection->start;
    connection->body_since = uv_now(&connection->server->loop);
    connection->deadline = http_connection_in(connection, connection->server->limits.body_ms);
    if (exchange->head.is_chunked) {
        exchange->body_is_apart = true;
    } else if (length > HTTP_BLOCK - connection->start) {
        exchange->body_is_apart = true;
        exchange->body.limit = (size_t)length;
        buf_add(&exchange->body, connection->block + connection->start, here);
        connection->start = connection->end = connection->base;
        exchange->left = length - here;
    }
    if (exchange->head.expects_continue && here < length + exchange->head.is_chunked)
        buf_add_string(&connection->out, "HTTP/1.1 100 Continue\r\n\r\n");
    return true;
}

static bool parse_head(struct http_connection *connection, size_t length)
{
    struct exchange *exchange = exchange_take(connection->server);
    const char *why;
    int status;

    if (!exchange) {
        http_output_refuse(connection, 503, "out of memory");
        return true;
    }
    if (connection->start + HTTP_HEAD_LIMIT >= HTTP_BLOCK)
        move_to_front(connection); /* leaves room behind the head */
    connection->exchange = exchange;
    exchange->connection = connection;
    status = http_head_parse(text_make(connection->block + connection->start, length),
        &exchange->head, &why);
    connection->start += length;
    connection->scanned = 0;
    if (status) {
        http_output_refuse(connection, status, why);
        return true;
    }
    fill_request(connection, exchange);
    return begin_body(connection);
}

/* True when there is more to do. */
static bool read_head(struct http_connection *connection)
{
    struct http_limits *limits = &connection->server->limits;

    /* An empty line in front of a request is allowed (RFC 9112, 2.2). */
    while (connection->scanned == 0 && text_starts_with(unread(connection), TEXT("\r\n")))
        connection->start += 2;
    if (connection->start == connection->end) {
        connection->state = HTTP_CONNECTION_IDLE;
        return false;
    }
    if (connection->state == HTTP_CONNECTION_IDLE) {
        connection->state = HTTP_CONNECTION_HEAD;
        connection->deadline = http_connection_in(connection, limits->head_ms);
        connection->started = clock_monotonic();
    }
    if (text_is(unread(connection), "\r")) {
        move_to_front(connection);
        return false;
    }
    switch (http_head_scan(unread(connection), &connection->scanned)) {
    case HTTP_SCAN_FOUND:
        return parse_head(connection, connection->scanned);
    case HTTP_SCAN_BAD:
        http_output_refuse(connection, 400,
            "every line of a head ends in CR LF and none continues another");
        return false;
    case HTTP_SCAN_TOO_LARGE:
        http_output_refuse(connection, 431, "the head is larger than 16384 bytes");
        return false;
    case HTTP_SCAN_MORE:
        break;
    }
    move_to_front(connection);
    return false;
}

static void dispatch(struct http_connection *connection)
{
    struct exchange *exchange = connection->exchange;
    struct http_server *server = connection->server;

    if (exchange->body_is_apart)
        exchange->request.body = buf_view(&exchange->body);
    connection->state = HTTP_CONNECTION_BUSY;
    connection->deadline = 0;
    server->handle(server->user, exchange);
}

/* True when the request is complete and was handled. */
static bool read_chunks(struct http_connection *connection)
{
    struct exchange *exchange = connection->exchange;
    struct text input = unread(connection);
    enum http_chunk_result result = http_chunk_decode(&exchange->chunk, &input, &exchange->body);

    connection->start = connection->end - input.length;
    if (exchange->body.failure == ERROR_LIMIT) {
        http_output_refuse_body(connection);
        return false;
    }
    if (exchange->body.failure) {
        http_output_refuse(connection, 503, "out of memory");
        return false;
    }
    switch (result) {
    case HTTP_CHUNK_COMPLETE:
        dispatch(connection);
        return true;
    case HTTP_CHUNK_BAD:
        http_output_refuse(connection, 400, "the chunked body is malformed");
        return false;
    case HTTP_CHUNK_NEEDS_MORE:
        connection->start = connection->end = connection->base;
        break;
    }
    return false;
}

static bool read_body(struct http_connection *connection)
{
    struct exchange *exchange = connection->exchange;
    size_t length = (size_t)exchange->head.content_length;

    if (exchange->head.is_chunked)
        return read_chunks(connection);
    if (exchange->body_is_apart) {
        if (exchange->body.failure)
            http_output_refuse(connection, 503, "out of memory");
        if (exchange->body.failure || exchange->left > 0)
            return false;
    } else {
        if (connection->end - connection->start < length)
            return false;
        exchange->request.body = text_make(connection->block + connection->start, length);
        connection->start += length;
    }
    dispatch(connection);
    return true;
}

static bool take_step(struct http_connection *connection)
{
    if (connection->queued > HTTP_QUEUE_LIMIT)
        return false; /* goes on when the client has taken its answers */
    switch (connection->state) {
    case HTTP_CONNECTION_IDLE:
    case HTTP_CONNECTION_HEAD:
        return read_head(connection);
    case HTTP_CONNECTION_BODY:
        return read_body(connection);
    case HTTP_CONNECTION_BUSY:
    case HTTP_CONNECTION_ENDING:
    case HTTP_CONNECTION_LINGER:
    case HTTP_CONNECTION_CLOSED:
        break;
    }
    return false;
}

void http_connection_process(struct http_connection *connection)
{
    if (connection->is_corked || connection->state == HTTP_CONNECTION_CLOSED)
        return;
    http_output_cork(connection);
    while (take_step(connection))
        continue;
    http_output_uncork(connection);
}

void http_connection_answer(struct http_connection *connection, int status,
    const struct http_header *header, size_t header_count, struct text body, bool close)
{
    struct exchange *exchange = connection->exchange;
    bool was_corked = connection->is_corked;
    struct http_answer answer = {.status = status,
        .header = header,
        .header_count = header_count,
        .body_length = body.length,
        .date = http_server_date(connection->server),
        .to_head = text_is(exchange->head.method, "HEAD"),
        .to_http_1_0 = exchange->head.is_http_1_0,
        .close = close || !exchange->head.keep_alive || connection->server->is_stopping};

    assert(connection->state == HTTP_CONNECTION_BUSY);
    exchange->gone = NULL;
    if (!was_corked)
        http_output_cork(connection);
    http_output_answer(connection, &answer, body);
    if (connection->state == HTTP_CONNECTION_CLOSED) { /* it has left the exchange */
        exchange_release(exchange);
        connection->is_corked = was_corked;
        return;
    }
    connection->exchange = NULL;
    exchange_release(exchange);
    connection->state = answer.close ? HTTP_CONNECTION_ENDING : HTTP_CONNECTION_IDLE;
    if (!was_corked)
        http_output_uncork(connection);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct http_connection *connection = handle->data;
    struct exchange *exchange = connection->exchange;

    (void)suggested;
    *out = uv_buf_init(NULL, 0);
    if (connection->state == HTTP_CONNECTION_LINGER ||
        connection->state == HTTP_CONNECTION_ENDING) {
        *out = uv_buf_init(connection->server->discard, sizeof connection->server->discard);
    } else if (connection->state == HTTP_CONNECTION_BODY && exchange->left > 0) {
        size_t room = exchange->left < HTTP_KEEP_BODY ? (size_t)exchange->left : HTTP_KEEP_BODY;
        char *data = buf_reserve(&exchange->body, room);

        if (data)
            *out = uv_buf_init(data, (unsigned)room);
    } else {
        if (!connection->block)
            connection->block = http_take_block(connection->server);
        if (connection->block)
            *out = uv_buf_init(connection->block + connection->end,
                (unsigned)(HTTP_BLOCK - connection->end));
    }
}

static void on_end(struct http_connection *connection)
{
    connection->eof = true;
    connection->is_reading = false;
    uv_read_stop(&connection->stream);
    switch (connection->state) {
    case HTTP_CONNECTION_IDLE:
    case HTTP_CONNECTION_HEAD:
    case HTTP_CONNECTION_BODY:
        if (connection->queued > 0)
            connection->state = HTTP_CONNECTION_ENDING; /* of an answer that is still being sent */
        else
            http_connection_close(connection);
        break;
    case HTTP_CONNECTION_BUSY:
        if (connection->exchange->gone)
            http_connection_close(connection);
        break; /* it may have closed its half only: the answer is given */
    case HTTP_CONNECTION_LINGER:
        http_connection_close(connection);
        break;
    case HTTP_CONNECTION_ENDING:
    case HTTP_CONNECTION_CLOSED:
        break;
    }
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *given)
{
    struct http_connection *connection = stream->data;

    (void)given;
    if (count == 0)
        return;
    if (count == UV_EOF) {
        on_end(connection);
        return;
    }
    if (count < 0) {
        http_connection_close(connection);
        return;
    }
    if (connection->state == HTTP_CONNECTION_LINGER || connection->state == HTTP_CONNECTION_ENDING)
        return;
    if (connection->state == HTTP_CONNECTION_BODY && connection->exchange->left > 0) {
        buf_added(&connection->exchange->body, (size_t)count);
        connection->exchange->left -= (size_t)count;
    } else {
        connection->end += (size_t)count;
    }
    if (connection->state == HTTP_CONNECTION_BUSY)
        http_connection_settle(connection);
    else
        http_connection_process(connection);
}

static bool can_read(const struct http_connection *connection)
{
    switch (connection->state) {
    case HTTP_CONNECTION_LINGER:
        return true;
    case HTTP_CONNECTION_ENDING:
        return false;
    case HTTP_CONNECTION_BODY:
        return connection->exchange->left > 0 || connection->end < HTTP_BLOCK;
    case HTTP_CONNECTION_IDLE:
    case HTTP_CONNECTION_HEAD:
    case HTTP_CONNECTION_BUSY:
        return connection->end < HTTP_BLOCK && connection->queued <= HTTP_QUEUE_LIMIT;
    case HTTP_CONNECTION_CLOSED:
        break;
    }
    return false;
}

static void make_ready(struct http_connection *connection)
{
    struct http_server *server = connection->server;

    if (connection->is_ready)
        return;
    connection->is_ready = true;
    connection->next_ready = server->ready_list;
    server->ready_list = connection;
    uv_async_send(&server->wake);
}

/* After every step: what the connection waits for now. */
void http_connection_settle(struct http_connection *connection)
{
    bool wants_to_read;

    if (connection->state == HTTP_CONNECTION_IDLE && connection->start == connection->end) {
        if (connection->eof)
            connection->state = HTTP_CONNECTION_ENDING;
        else
            connection->deadline =
                http_connection_in(connection, connection->server->limits.idle_ms);
        http_connection_drop_block(connection);
    } else if (connection->state == HTTP_CONNECTION_IDLE &&
               connection->queued <= HTTP_QUEUE_LIMIT) {
        make_ready(connection); /* the next request is here already */
    } else if (connection->eof && connection->state != HTTP_CONNECTION_BUSY &&
               connection->state != HTTP_CONNECTION_IDLE) {
        connection->state = HTTP_CONNECTION_ENDING; /* the rest of a request will never come */
    }
    if (connection->state == HTTP_CONNECTION_ENDING && connection->queued == 0)
        http_output_end(connection);
    wants_to_read = !connection->eof && can_read(connection);
    if (wants_to_read == connection->is_reading)
        return;
    connection->is_reading = wants_to_read;
    if (!wants_to_read)
        uv_read_stop(&connection->stream);
    else if (uv_read_start(&connection->stream, on_alloc, on_read))
        http_connection_close(connection);
}

void http_connection_open(struct http_server *server, struct http_connection *connection)
{
    connection->server = server;
    connection->handle.data = connection;
    connection->state = HTTP_CONNECTION_IDLE;
    buf_init(&connection->out, SIZE_MAX);
    http_connection_settle(connection);
}

/* At least 1 KB/s once the first seconds are over. */
static bool is_too_slow(const struct http_connection *connection, uint64_t now)
{
    uint64_t elapsed = now - connection->body_since;
    uint64_t received = connection->exchange->body_is_apart ? connection->exchange->body.length
                                                            : connection->end - connection->start;

    return elapsed > connection->server->limits.rate_ms && received < elapsed * 1024 / 1000;
}

void http_connection_check_deadline(struct http_connection *connection, uint64_t now)
{
    enum http_connection_state state = connection->state;
    bool is_late = connection->deadline > 0 && now >= connection->deadline;

    if (connection->write_deadline > 0) {
        if (uv_stream_get_write_queue_size(&connection->stream) != connection->queued)
            http_output_note_queue(connection);
        else if (now >= connection->write_deadline)
            http_connection_close(connection);
        return;
    }
    if (state == HTTP_CONNECTION_BODY && is_too_slow(connection, now))
        is_late = true;
    if (!is_late)
        return;
    if (state == HTTP_CONNECTION_HEAD || state == HTTP_CONNECTION_BODY) {
        http_output_cork(connection);
        http_output_refuse(connection, 408, "the request took too long to arrive");
        http_output_uncork(connection);
    } else if (state != HTTP_CONNECTION_BUSY) {
        http_connection_close(connection);
    }
}

void http_connection_stop(struct http_connection *connection)
{
    bool is_held = connection->state == HTTP_CONNECTION_BUSY && connection->exchange->gone;

    if (connection->state == HTTP_CONNECTION_LINGER || connection->state == HTTP_CONNECTION_IDLE ||
        is_held)
        http_connection_close(connection);
}
