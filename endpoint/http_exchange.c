#include "endpoint/http_internal.h"

#include "base/mem.h"

char *http_take_block(struct http_server *server)
{
    struct http_spare *spare = server->spare_block;

    if (!spare)
        return mem_resize(NULL, HTTP_BLOCK, 1);
    server->spare_block = spare->next;
    server->spare_block_count--;
    return (char *)spare;
}

void http_give_block(struct http_server *server, char *block)
{
    struct http_spare *spare = (struct http_spare *)(void *)block;

    if (!block)
        return;
    if (server->spare_block_count == HTTP_SPARE_BLOCKS) {
        mem_free(block);
        return;
    }
    spare->next = server->spare_block;
    server->spare_block = spare;
    server->spare_block_count++;
}

static struct exchange *new_exchange(struct http_server *server)
{
    struct exchange *exchange = mem_new(1, sizeof *exchange);
    struct error err;

    if (!exchange)
        return NULL;
    exchange->arena = arena_new(HTTP_ARENA_LIMIT, &err);
    if (!exchange->arena) {
        mem_free(exchange);
        return NULL;
    }
    exchange->server = server;
    return exchange;
}

static void free_exchange(struct exchange *exchange)
{
    buf_done(&exchange->body);
    arena_free(exchange->arena);
    mem_free(exchange);
}

struct exchange *exchange_take(struct http_server *server)
{
    struct exchange *exchange = server->spare_exchange;

    if (exchange) {
        server->spare_exchange = exchange->next;
        server->spare_exchange_count--;
    } else {
        exchange = new_exchange(server);
        if (!exchange)
            return NULL;
    }
    exchange->head.header = exchange->header;
    exchange->identity = (struct identity){0};
    exchange->body.limit = server->limits.body;
    exchange->body_is_apart = false;
    exchange->left = 0;
    exchange->chunk = (struct http_chunk){0};
    exchange->gone = NULL;
    exchange->previous = NULL;
    exchange->next = server->exchange_list;
    if (exchange->next)
        exchange->next->previous = exchange;
    server->exchange_list = exchange;
    return exchange;
}

void exchange_release(struct exchange *exchange)
{
    struct http_server *server = exchange->server;

    if (exchange->previous)
        exchange->previous->next = exchange->next;
    else
        server->exchange_list = exchange->next;
    if (exchange->next)
        exchange->next->previous = exchange->previous;
    http_give_block(server, exchange->block);
    exchange->block = NULL;
    exchange->connection = NULL;
    if (server->spare_exchange_count == HTTP_SPARE_EXCHANGES) {
        free_exchange(exchange);
        return;
    }
    if (exchange->body.capacity > HTTP_KEEP_BODY)
        buf_done(&exchange->body);
    buf_clear(&exchange->body);
    arena_reset(exchange->arena);
    exchange->next = server->spare_exchange;
    server->spare_exchange = exchange;
    server->spare_exchange_count++;
}

void exchange_free_spares(struct http_server *server)
{
    while (server->exchange_list)
        exchange_release(server->exchange_list);
    while (server->spare_exchange) {
        struct exchange *exchange = server->spare_exchange;

        server->spare_exchange = exchange->next;
        free_exchange(exchange);
    }
    while (server->spare_block) {
        struct http_spare *spare = server->spare_block;

        server->spare_block = spare->next;
        mem_free(spare);
    }
    while (server->spare_out_count > 0)
        buf_done(&server->spare_out[--server->spare_out_count]);
    server->spare_exchange_count = 0;
    server->spare_block_count = 0;
}

const struct exchange_request *exchange_request(const struct exchange *exchange)
{
    return &exchange->request;
}

struct text exchange_header(const struct exchange *exchange, const char *name)
{
    struct text wanted = text_of(name);

    for (size_t i = 0; i < exchange->request.header_count; i++)
        if (text_equal_ignoring_case(exchange->request.header[i].name, wanted))
            return exchange->request.header[i].value;
    return (struct text){NULL, 0};
}

void exchange_set_body(struct exchange *exchange, struct text body)
{
    exchange->request.body = body;
}

struct arena *exchange_arena(struct exchange *exchange)
{
    return exchange->arena;
}

struct identity *exchange_identity(struct exchange *exchange)
{
    return &exchange->identity;
}

struct http_server *exchange_server(const struct exchange *exchange)
{
    return exchange->server;
}

bool exchange_is_gone(const struct exchange *exchange)
{
    return !exchange->connection;
}

static void answer(struct exchange *exchange, int status, const struct http_header *header,
    size_t header_count, struct text body, bool close)
{
    if (exchange->connection)
        http_connection_answer(exchange->connection, status, header, header_count, body, close);
    else
        exchange_release(exchange);
}

void exchange_reply(struct exchange *exchange, int status, const struct http_header *header,
    size_t header_count, struct text body)
{
    answer(exchange, status, header, header_count, body, false);
}

void exchange_reply_and_close(struct exchange *exchange, int status,
    const struct http_header *header, size_t header_count, struct text body)
{
    answer(exchange, status, header, header_count, body, true);
}

void exchange_drop(struct exchange *exchange)
{
    exchange->gone = NULL;
    if (exchange->connection)
        http_connection_close(exchange->connection);
    exchange_release(exchange);
}

void exchange_hold(struct exchange *exchange, void (*gone)(void *user), void *user)
{
    if (!exchange->connection) {
        gone(user);
        exchange_release(exchange);
        return;
    }
    exchange->gone = gone;
    exchange->gone_user = user;
}
