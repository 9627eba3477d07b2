#include "endpoint/http_internal.h"

#include <string.h>

#include "base/mem.h"
#include "endpoint/http_write.h"

/* What a slow client did not take at once. */
struct write {
    uv_write_t request;
    struct http_connection *connection;
    char data[];
};

void http_output_cork(struct http_connection *connection)
{
    struct http_server *server = connection->server;

    connection->is_corked = true;
    if (!connection->out.data && server->spare_out_count > 0)
        connection->out = server->spare_out[--server->spare_out_count];
}

static void give_out_back(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    size_t places = sizeof server->spare_out / sizeof *server->spare_out;

    if (connection->out.capacity > 4 * HTTP_COPY_LIMIT || server->spare_out_count == places ||
        !connection->out.data) {
        buf_done(&connection->out);
        return;
    }
    buf_clear(&connection->out);
    server->spare_out[server->spare_out_count++] = connection->out;
    connection->out.data = NULL;
    connection->out.length = connection->out.capacity = 0;
}

void http_output_note_queue(struct http_connection *connection)
{
    connection->queued = uv_stream_get_write_queue_size(&connection->stream);
    connection->write_deadline =
        connection->queued > 0 ? http_connection_in(connection, connection->server->limits.write_ms)
                               : 0;
}

static void on_written(uv_write_t *request, int status)
{
    struct write *write = (struct write *)(void *)request;
    struct http_connection *connection = write->connection;

    mem_free(write);
    if (connection->state == HTTP_CONNECTION_CLOSED)
        return;
    if (status < 0) {
        http_connection_close(connection);
        return;
    }
    http_output_note_queue(connection);
    if (connection->queued > 0)
        return;
    if (connection->state == HTTP_CONNECTION_ENDING)
        http_connection_settle(connection);
    else
        http_connection_process(connection);
}

static void queue_write(struct http_connection *connection, struct text first, struct text second)
{
    size_t length = first.length + second.length;
    struct write *write = mem_resize(NULL, 1, sizeof *write + length);
    uv_buf_t part;

    if (!write) {
        http_connection_close(connection);
        return;
    }
    write->connection = connection;
    if (first.length > 0)
        memcpy(write->data, first.data, first.length);
    if (second.length > 0)
        memcpy(write->data + first.length, second.data, second.length);
    part = uv_buf_init(write->data, (unsigned)length);
    if (uv_write(&write->request, &connection->stream, &part, 1, on_written)) {
        mem_free(write);
        http_connection_close(connection);
        return;
    }
    http_output_note_queue(connection);
}

/* Tries the kernel first; the rest is copied and queued. */
static void send_parts(struct http_connection *connection, struct text first, struct text second)
{
    uv_buf_t part[2];
    unsigned count = 0;
    size_t used;
    int written = 0;

    if (first.length + second.length == 0 || connection->state == HTTP_CONNECTION_CLOSED)
        return;
    if (connection->queued == 0) {
        if (first.length > 0)
            part[count++] = (uv_buf_t){(char *)(uintptr_t)first.data, first.length};
        if (second.length > 0)
            part[count++] = (uv_buf_t){(char *)(uintptr_t)second.data, second.length};
        written = uv_try_write(&connection->stream, part, count);
        if (written < 0 && written != UV_EAGAIN) {
            http_connection_close(connection);
            return;
        }
    }
    used = written > 0 ? (size_t)written : 0;
    if (used == first.length + second.length)
        return;
    queue_write(connection, text_slice(first, used, first.length),
        used > first.length ? text_slice(second, used - first.length, second.length) : second);
}

static void flush(struct http_connection *connection, struct text behind)
{
    if (connection->out.failure) { /* an answer is incomplete: nothing more can be sent */
        http_connection_close(connection);
        return;
    }
    send_parts(connection, buf_view(&connection->out), behind);
    buf_clear(&connection->out);
}

void http_output_uncork(struct http_connection *connection)
{
    connection->is_corked = false;
    if (connection->state == HTTP_CONNECTION_CLOSED)
        return;
    flush(connection, TEXT(""));
    give_out_back(connection);
    if (connection->state != HTTP_CONNECTION_CLOSED)
        http_connection_settle(connection);
}

void http_output_answer(struct http_connection *connection, const struct http_answer *answer,
    struct text body)
{
    if (!http_write_head(&connection->out, answer))
        return;
    if (body.length <= HTTP_COPY_LIMIT)
        buf_add_text(&connection->out, body);
    else
        flush(connection, body);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct http_connection *connection = request->data;

    if (status < 0 || connection->eof || connection->server->is_stopping)
        http_connection_close(connection);
}

/*
 * Everything is written. Closing now could reset the connection and take the answer from a client
 * that is still sending: half is closed, the rest is read and thrown away for a while.
 */
void http_output_end(struct http_connection *connection)
{
    connection->state = HTTP_CONNECTION_LINGER;
    connection->deadline = http_connection_in(connection, connection->server->limits.linger_ms);
    http_connection_drop_block(connection);
    connection->shutdown.data = connection;
    if (uv_shutdown(&connection->shutdown, &connection->stream, on_shutdown))
        http_connection_close(connection);
}

/* Framing refused: the rest of the input cannot be trusted. */
void http_output_refuse(struct http_connection *connection, int status, const char *why)
{
    struct http_header header = {TEXT("Content-Type"), TEXT("text/plain; charset=utf-8")};
    struct http_answer answer = {.status = status,
        .header = &header,
        .header_count = 1,
        .date = http_server_date(connection->server),
        .body_length = strlen(why) + 1,
        .close = true};

    http_connection_leave_exchange(connection, false);
    connection->state = HTTP_CONNECTION_ENDING;
    connection->deadline = 0;
    http_output_answer(connection, &answer, text_of(why));
    buf_add_char(&connection->out, '\n');
}

/* tables.md 1.1: an empty chunked body, as the service sends it. */
void http_output_refuse_body(struct http_connection *connection)
{
    http_connection_leave_exchange(connection, false);
    connection->state = HTTP_CONNECTION_ENDING;
    connection->deadline = 0;
    buf_add_string(&connection->out, "HTTP/1.1 413 Content Too Large\r\nDate: ");
    buf_add_text(&connection->out, http_server_date(connection->server));
    buf_add_string(&connection->out,
        "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n");
}
