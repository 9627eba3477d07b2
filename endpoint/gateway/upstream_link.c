#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "endpoint/gateway/upstream_internal.h"

void link_list_add(struct upstream_link **list, struct upstream_link *link)
{
    link->previous = NULL;
    link->next = *list;
    if (link->next)
        link->next->previous = link;
    *list = link;
}

void link_list_remove(struct upstream_link **list, struct upstream_link *link)
{
    if (link->previous)
        link->previous->next = link->next;
    else
        *list = link->next;
    if (link->next)
        link->next->previous = link->previous;
    link->next = link->previous = NULL;
}

static void on_closed(uv_handle_t *handle)
{
    struct upstream_link *link = handle->data;

    link->host->upstream->open_handles--;
    if (--link->handles > 0)
        return;
    link->host->link_count--;
    link->host->upstream->link_count--;
    buf_done(&link->head);
    buf_done(&link->body);
    mem_free(link);
}

void link_close(struct upstream_link *link)
{
    if (link->state == LINK_CLOSING)
        return;
    if (link->state == LINK_IDLE) {
        link_list_remove(&link->host->idle, link);
        link->host->idle_count--;
    } else if (link->state == LINK_WAITING) {
        link_list_remove(&link->host->waiting, link);
    }
    link->state = LINK_CLOSING;
    if (link->has_tcp)
        uv_close((uv_handle_t *)&link->tcp, on_closed);
    uv_close((uv_handle_t *)&link->timer, on_closed);
}

static void open_tcp(struct upstream_link *link)
{
    struct upstream *upstream = link->host->upstream;

    uv_tcp_init(upstream->loop, &link->tcp);
    uv_unref((uv_handle_t *)&link->tcp);
    link->tcp.data = link;
    link->has_tcp = true;
    link->handles++;
    upstream->open_handles++;
}

struct upstream_link *link_new(struct upstream_host *host)
{
    struct upstream_link *link = mem_new(1, sizeof *link);

    if (!link)
        return NULL;
    link->host = host;
    host->link_count++;
    host->upstream->link_count++;
    buf_init(&link->head, UPSTREAM_HEAD);
    buf_init(&link->body, 0);
    uv_timer_init(host->upstream->loop, &link->timer);
    uv_unref((uv_handle_t *)&link->timer);
    link->timer.data = link;
    link->handles = 1;
    host->upstream->open_handles++;
    return link;
}

/* The link is put away before the caller hears: the caller may send again at once. */
void link_finish(struct upstream_link *link, enum upstream_result result, const char *why)
{
    struct upstream_host *host = link->host;
    struct upstream_call *call = link->call;
    struct http_header header[UPSTREAM_HEADERS];
    struct upstream_answer answer = {.result = result, .why = why, .header = header};

    link->call = NULL;
    call->link = NULL;
    if (result == UPSTREAM_ANSWERED) {
        answer.status = link->parser.status_code;
        answer.header_count = link->header_count;
        for (size_t i = 0; i < link->header_count; i++) {
            header[i].name =
                text_make(link->head.data + link->place[i].name, link->place[i].name_length);
            header[i].value = link->place[i].value_length > 0
                                  ? text_trim(text_make(link->head.data + link->place[i].value,
                                        link->place[i].value_length))
                                  : TEXT("");
        }
        answer.body = link->body.length > 0 ? buf_view(&link->body) : link->span;
    }
    uv_timer_stop(&link->timer);
    if (result == UPSTREAM_ANSWERED && link->keeps_alive && !link->is_writing &&
        host->idle_count < UPSTREAM_IDLE && !host->upstream->is_ending) {
        link->state = LINK_BUSY; /* its memory holds the answer until done returns */
        call->done(call, &answer);
        if (link->state == LINK_CLOSING)
            return;
        link->state = LINK_IDLE;
        link->idle_since = clock_monotonic();
        host->idle_count++;
        link_list_add(&host->idle, link);
        return;
    }
    link_close(link); /* freed by the loop later, so the answer holds */
    call->done(call, &answer);
}

static void on_deadline(uv_timer_t *timer)
{
    struct upstream_link *link = timer->data;

    if (link->call)
        link_finish(link, UPSTREAM_TIMED_OUT, "no answer in time");
}

/* A kept connection may have been closed by the other side just now: one more try is fair. */
static bool repeat(struct upstream_link *link)
{
    struct upstream_call *call = link->call;
    struct upstream_link *fresh;

    if (!link->is_used || link->got_bytes || !call->may_repeat ||
        link->host->upstream->link_count >= UPSTREAM_LINKS)
        return false;
    fresh = link_new(link->host);
    if (!fresh)
        return false;
    uv_timer_start(&fresh->timer, on_deadline, uv_timer_get_due_in(&link->timer), 0);
    link->call = NULL;
    uv_timer_stop(&link->timer);
    link_close(link);
    fresh->call = call;
    call->link = fresh;
    link_connect(fresh);
    return true;
}

static void lose(struct upstream_link *link, const char *why)
{
    if (link->state == LINK_IDLE || !link->call)
        link_close(link);
    else if (!repeat(link))
        link_finish(link, UPSTREAM_REFUSED, why);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct upstream_link *link = handle->data;

    (void)suggested;
    *out = uv_buf_init(link->host->upstream->space, UPSTREAM_READ);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *data)
{
    struct upstream_link *link = stream->data;
    enum upstream_parsed parsed;

    if (length == 0 || link->state == LINK_CLOSING)
        return;
    if (link->state == LINK_IDLE || !link->call) { /* closed, or talking out of turn */
        link_close(link);
        return;
    }
    if (length < 0) {
        parsed = length == UV_EOF ? link_parse_end(link) : PARSED_BROKEN;
        if (parsed == PARSED_WHOLE)
            link_finish(link, UPSTREAM_ANSWERED, NULL);
        else
            lose(link,
                length == UV_EOF ? "closed before the answer was whole" : uv_strerror((int)length));
        return;
    }
    parsed = link_parse(link, data->base, (size_t)length);
    if (parsed == PARSED_WHOLE)
        link_finish(link, UPSTREAM_ANSWERED, NULL);
    else if (parsed == PARSED_BROKEN)
        link_finish(link, link->broken,
            link->broken == UPSTREAM_TOO_LARGE ? "the answer is too large"
                                               : "the answer is not well-formed HTTP");
}

static void on_written(uv_write_t *write, int status)
{
    struct upstream_link *link = write->data;

    link->is_writing = false;
    if (link->state == LINK_CLOSING || !link->call)
        return;
    if (status < 0 && !link->got_bytes)
        lose(link, uv_strerror(status));
}

/* What the first write leaves over is written from where it is: the caller keeps it. */
static int write_rest(struct upstream_link *link, uv_buf_t *part, unsigned count, size_t written)
{
    unsigned first = 0;

    while (first < count && written >= part[first].len)
        written -= part[first++].len;
    if (first == count)
        return 0;
    part[first].base += written;
    part[first].len -= written;
    link->write.data = link;
    link->is_writing = true;
    return uv_write(&link->write, (uv_stream_t *)&link->tcp, part + first, count - first,
        on_written);
}

static uv_buf_t to_buf(struct text text)
{
    union {
        const char *in;
        char *out;
    } data = {text.data};

    return (uv_buf_t){.base = data.out, .len = text.length};
}

void link_send(struct upstream_link *link)
{
    struct upstream_call *call = link->call;
    uv_buf_t part[2] = {to_buf(call->head), to_buf(call->body)};
    unsigned count = call->body.length > 0 ? 2 : 1;
    int written;

    link->state = LINK_BUSY;
    link_parse_reset(link);
    written = uv_try_write((uv_stream_t *)&link->tcp, part, count);
    if (written == UV_EAGAIN)
        written = 0;
    if (written >= 0)
        written = write_rest(link, part, count, (size_t)written);
    if (written >= 0 && !link->is_reading) {
        written = uv_read_start((uv_stream_t *)&link->tcp, on_alloc, on_read);
        link->is_reading = written >= 0;
    }
    if (written < 0)
        lose(link, uv_strerror(written));
}

static void on_connected(uv_connect_t *connect, int status);

static void connect_next(struct upstream_link *link)
{
    struct upstream_host *host = link->host;
    int code = UV_ECONNREFUSED;

    while (link->address < host->address_count) {
        if (!link->has_tcp)
            open_tcp(link);
        link->connect.data = link;
        code = uv_tcp_connect(&link->connect, &link->tcp,
            (const struct sockaddr *)&host->address[link->address], on_connected);
        if (code == 0)
            return;
        link->address++;
    }
    link_finish(link, UPSTREAM_REFUSED, uv_strerror(code));
}

/* A socket that failed to connect cannot be used again. */
static void on_stale_closed(uv_handle_t *handle)
{
    struct upstream_link *link = handle->data;

    link->host->upstream->open_handles--;
    link->handles--;
    link->has_tcp = false;
    if (link->state == LINK_CLOSING || !link->call) {
        if (link->handles == 0) {
            link->handles = 1;
            link->host->upstream->open_handles++;
            on_closed((uv_handle_t *)&link->timer);
        }
        return;
    }
    connect_next(link);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct upstream_link *link = connect->data;

    if (link->state == LINK_CLOSING || !link->call)
        return;
    if (status == 0) {
        uv_tcp_nodelay(&link->tcp, 1);
        link_send(link);
        return;
    }
    link->address++;
    if (link->address >= link->host->address_count) {
        link->host->resolved_at = 0; /* the name may have moved */
        link_finish(link, UPSTREAM_REFUSED, uv_strerror(status));
        return;
    }
    link->has_tcp = false; /* link_close must not close it again */
    uv_close((uv_handle_t *)&link->tcp, on_stale_closed);
}

void link_connect(struct upstream_link *link)
{
    link->state = LINK_CONNECTING;
    link->address = 0;
    connect_next(link);
}

void link_begin(struct upstream_link *link, struct upstream_call *call)
{
    link->is_used = link->state == LINK_IDLE;
    link->call = call;
    call->link = link;
    uv_update_time(link->host->upstream->loop); /* the handler may have taken long */
    uv_timer_start(&link->timer, on_deadline, call->timeout_ms, 0);
}
