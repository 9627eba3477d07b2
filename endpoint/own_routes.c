#include "endpoint/own_routes.h"

#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/utf8.h"
#include "endpoint/reply.h"
#include "endpoint/tables/fault_rules.h"

enum {
    ECHO_DELAY_LIMIT = 5000,
    HEADERS_LIMIT = 32 * 1024,
    ECHO_SIZE_LIMIT = 1024 * 1024,
    ECHO_LIMIT = 64 * 1024 * 1024
};

static void answer_health(struct exchange *exchange)
{
    struct json_writer writer;
    struct buf body;

    buf_init(&body, 1024);
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_pair_string(&writer, "status", "ok");
    json_pair_integer(&writer, "pid", getpid());
    json_pair_string(&writer, "version", GATEHOUSE_VERSION);
    json_pair_integer(&writer, "port", http_server_port(exchange_server(exchange)));
    json_end_object(&writer);
    reply_plain(exchange, 200, "application/json", buf_view(&body));
    buf_done(&body);
}

/* Headers of one name become one member, as a list. */
static void write_headers(struct json_writer *writer, const struct exchange_request *request)
{
    struct buf list;

    json_begin_object(writer);
    buf_init(&list, HEADERS_LIMIT);
    for (size_t i = 0; i < request->header_count; i++) {
        struct text name = request->header[i].name;
        bool is_first = true;

        for (size_t j = 0; j < i; j++)
            is_first &= !text_equal_ignoring_case(request->header[j].name, name);
        if (!is_first)
            continue;
        buf_clear(&list);
        buf_add_text(&list, request->header[i].value);
        for (size_t j = i + 1; j < request->header_count; j++) {
            if (!text_equal_ignoring_case(request->header[j].name, name))
                continue;
            buf_add_string(&list, ", ");
            buf_add_text(&list, request->header[j].value);
        }
        json_name_text(writer, name);
        json_string(writer, buf_view(&list));
    }
    buf_done(&list);
    json_end_object(writer);
}

static void write_body(struct json_writer *writer, struct text body)
{
    struct buf encoded;

    json_name(writer, "body");
    if (utf8_is_valid(body)) {
        json_string(writer, body);
        return;
    }
    buf_init(&encoded, ECHO_LIMIT);
    crypto_add_base64(&encoded, body);
    json_string(writer, buf_view(&encoded));
    json_pair_bool(writer, "isBase64Encoded", true);
    buf_done(&encoded);
}

static void write_echo(struct buf *out, const struct exchange_request *request)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair(&writer, "method", request->method);
    json_pair(&writer, "path", request->path);
    json_pair(&writer, "query", request->query);
    json_name(&writer, "headers");
    write_headers(&writer, request);
    write_body(&writer, request->body);
    json_end_object(&writer);
}

/* What the query asks for. */
struct echo {
    struct exchange *exchange;
    int64_t status, delay, size;
};

static bool read_echo(struct text query, struct echo *echo, const char **why)
{
    struct text field, name;

    while (text_take_field(&query, '&', &field)) {
        if (!text_take_until(&field, '=', &name))
            continue;
        if (text_is(name, "status") && !text_to_integer(field, 200, 599, &echo->status))
            *why = "status is a number from 200 to 599";
        if (text_is(name, "delay") && !text_to_integer(field, 0, ECHO_DELAY_LIMIT, &echo->delay))
            *why = "delay is a number of milliseconds from 0 to 5000";
        if (text_is(name, "size") && !text_to_integer(field, 0, ECHO_SIZE_LIMIT, &echo->size))
            *why = "size is a number of bytes from 0 to 1048576";
    }
    return !*why;
}

static void answer_echo(void *user)
{
    struct echo *echo = user;
    struct buf body;

    buf_init(&body, ECHO_LIMIT);
    if (echo->size >= 0)
        buf_add_repeat(&body, 'x', (size_t)echo->size);
    else
        write_echo(&body, exchange_request(echo->exchange));
    if (body.failure)
        reply_rest_error(echo->exchange, 500, "InternalServerError", TEXT("out of memory"));
    else
        reply_plain(echo->exchange, (int)echo->status,
            echo->size >= 0 ? "text/plain" : "application/json", buf_view(&body));
    buf_done(&body);
}

static void handle_echo(struct exchange *exchange)
{
    struct echo *echo = arena_alloc(exchange_arena(exchange), 1, sizeof *echo);
    const char *why = NULL;

    if (!echo) {
        reply_rest_error(exchange, 500, "InternalServerError", TEXT("out of memory"));
        return;
    }
    *echo = (struct echo){.exchange = exchange, .status = 200, .size = -1};
    if (!read_echo(exchange_request(exchange)->query, echo, &why))
        reply_rest_error(exchange, 400, "BadRequestException", text_of(why));
    else if (echo->delay == 0 || !http_server_after(exchange_server(exchange),
                                     (uint64_t)echo->delay, answer_echo, echo))
        answer_echo(echo);
}

static void answer_rules(const struct fault_rules *rules, struct exchange *exchange)
{
    struct json_writer writer;
    struct buf body;

    buf_init(&body, ECHO_LIMIT);
    json_writer_init(&writer, &body);
    fault_rules_write(rules, &writer);
    reply_plain(exchange, 200, "application/json", buf_view(&body));
    buf_done(&body);
}

static void handle_faults(const struct dispatch *dispatch, struct exchange *exchange)
{
    const struct exchange_request *request = exchange_request(exchange);
    struct fault_rules *rules = dispatch->faults;
    struct error err;

    if (!request->over_unix && !dispatch->admin_on_tcp) {
        reply_rest_error(exchange, 403, "AccessDeniedException",
            TEXT("fault rules are set on the unix socket, over TCP only with admin-on-tcp on"));
    } else if (text_is(request->method, "GET")) {
        answer_rules(rules, exchange);
    } else if (text_is(request->method, "DELETE")) {
        fault_rules_clear(rules);
        answer_rules(rules, exchange);
    } else if (!text_is(request->method, "POST")) {
        reply_rest_error(exchange, 405, "MethodNotAllowedException",
            TEXT("faults takes GET, POST and DELETE"));
    } else if (fault_rules_set(rules, request->body, &err)) {
        reply_rest_error(exchange, err.code == ERROR_MEMORY ? 500 : 400,
            err.code == ERROR_MEMORY ? "InternalServerError" : "BadRequestException",
            text_of(err.text));
    } else {
        answer_rules(rules, exchange);
    }
}

void own_routes_handle(const struct dispatch *dispatch, struct exchange *exchange)
{
    struct text path = exchange_request(exchange)->path;

    if (text_is(path, "/_gatehouse/health"))
        answer_health(exchange);
    else if (text_is(path, "/_gatehouse/lease"))
        lease_hold(dispatch->lease, exchange);
    else if (text_is(path, "/_gatehouse/echo") || text_starts_with(path, TEXT("/_gatehouse/echo/")))
        handle_echo(exchange);
    else if (text_is(path, "/_gatehouse/faults"))
        handle_faults(dispatch, exchange);
    else
        reply_rest_error(exchange, 404, "NotFoundException",
            TEXT("below /_gatehouse/ there are health, lease, echo and faults"));
}
