#ifndef TESTS_UNIT_TABLES_SUPPORT_H
#define TESTS_UNIT_TABLES_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include <uv.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "endpoint/http_server.h"
#include "endpoint/tables/tables.h"

/*
 * The table service without sockets: tables_call on a server that listens nowhere, its loop
 * driven by the test. Requests and expected answers are written with ' for ".
 */
struct shop {
    struct buf folder;
    bool memory;
    struct tables_settings settings; /* of the next shop_start */
    struct fault_rules *faults;      /* likewise; NULL: none */
    struct http_server *server;
    struct tables *tables;
    struct identity identity;
    struct arena *arena;
    struct buf request, answer, wanted;
    int status;
    bool answered;
};

static inline void shop_handle(void *user, struct exchange *exchange)
{
    (void)user;
    exchange_drop(exchange);
}

static inline void shop_start(struct shop *shop)
{
    struct error err = {0};
    struct http_server_options server = {.handle = shop_handle};
    struct tables_options options = {.folder = buf_string(&shop->folder),
        .memory = shop->memory,
        .settings = shop->settings,
        .faults = shop->faults};

    shop->server = http_server_new(&server, &err);
    if (!shop->server)
        fail_msg("%s", err.text);
    options.server = shop->server;
    shop->tables = tables_new(&options, &err);
    if (!shop->tables)
        fail_msg("%s", err.text);
}

static inline void shop_stop(struct shop *shop)
{
    tables_free(shop->tables);
    http_server_free(shop->server);
    shop->tables = NULL;
    shop->server = NULL;
}

static inline void shop_open(struct shop *shop, bool memory)
{
    struct error err = {0};

    *shop = (struct shop){.memory = memory};
    memcpy(shop->identity.account, "000000000000", 13);
    memcpy(shop->identity.region, "eu-west-1", 10);
    buf_init(&shop->folder, 4096);
    buf_init(&shop->request, 32 * 1024 * 1024);
    buf_init(&shop->answer, 64 * 1024 * 1024);
    buf_init(&shop->wanted, 1024 * 1024);
    shop->arena = arena_new(64 * 1024 * 1024, &err);
    assert_non_null(shop->arena);
    assert_int_equal(file_make_temporary("tables-test", &shop->folder, &err), ERROR_NONE);
    shop_start(shop);
}

static inline void shop_close(struct shop *shop)
{
    if (shop->server)
        shop_stop(shop); /* without tables, too */
    file_remove_tree(buf_string(&shop->folder));
    arena_free(shop->arena);
    buf_done(&shop->folder);
    buf_done(&shop->request);
    buf_done(&shop->answer);
    buf_done(&shop->wanted);
}

static inline void shop_answered(void *user, int status, struct text body)
{
    struct shop *shop = user;

    shop->answered = true;
    shop->status = status;
    buf_clear(&shop->answer);
    buf_add_text(&shop->answer, body);
}

static inline void add_quoted(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_add_char(out, *text == '\'' ? '"' : *text);
}

/* The body stands in shop->request already. */
static inline const char *send_request(struct shop *shop, const char *operation)
{
    arena_reset(shop->arena);
    shop->answered = false;
    tables_call(shop->tables, &shop->identity, text_of(operation), buf_view(&shop->request),
        shop->arena, shop_answered, shop);
    for (int i = 0; i < 1000000 && !shop->answered; i++)
        uv_run((uv_loop_t *)http_server_loop(shop->server), UV_RUN_ONCE);
    assert_true(shop->answered);
    return buf_string(&shop->answer);
}

static inline const char *call(struct shop *shop, const char *operation, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline const char *call(struct shop *shop, const char *operation, const char *format, ...)
{
    va_list list;
    size_t length;

    buf_clear(&shop->request);
    va_start(list, format);
    buf_add_format_list(&shop->request, format, list);
    va_end(list);
    length = shop->request.length;
    for (size_t i = 0; i < length; i++)
        if (shop->request.data[i] == '\'')
            shop->request.data[i] = '"';
    return send_request(shop, operation);
}

static inline const char *wanted(struct shop *shop, const char *text)
{
    buf_clear(&shop->wanted);
    add_quoted(&shop->wanted, text);
    return buf_string(&shop->wanted);
}

/* The answer is exactly this, with status 200. */
static inline void expect(struct shop *shop, const char *answer)
{
    assert_string_equal(buf_string(&shop->answer), wanted(shop, answer));
    assert_int_equal(shop->status, 200);
}

/* The answer is this exception; type without its prefix. */
static inline void expect_fault(struct shop *shop, const char *type, const char *message)
{
    struct error err = {0};
    const struct json *json = json_parse(buf_view(&shop->answer), shop->arena, &err);
    struct text name = json_string_member(json, "__type");
    struct text said = json_string_member(json, "message");
    const char *text = buf_string(&shop->answer);

    if (!json || !text_ends_with(name, text_of(type)))
        fail_msg("wanted %s: %s\n     got %s", type, message, text);
    if (!text_equal(said, text_of(message)))
        fail_msg("wanted %s\n     got %.*s", message, (int)said.length, said.data);
    assert_int_equal(shop->status, 400);
}

#define EXPECT_CALL(shop, operation, body, answer)                                                 \
    do {                                                                                           \
        call(shop, operation, "%s", body);                                                         \
        expect(shop, answer);                                                                      \
    } while (0)

#define EXPECT_FAULT(shop, operation, body, type, message)                                         \
    do {                                                                                           \
        call(shop, operation, "%s", body);                                                         \
        expect_fault(shop, type, message);                                                         \
    } while (0)

#define EXPECT_INVALID(shop, operation, body, message)                                             \
    EXPECT_FAULT(shop, operation, body, "ValidationException", message)

/* A member of the answer, by path; NULL when it is not there. */
static inline const struct json *answer_at(struct shop *shop, const char *path)
{
    struct error err = {0};
    const struct json *json = json_parse(buf_view(&shop->answer), shop->arena, &err);

    assert_non_null(json);
    return path[0] ? json_at(json, path) : json;
}

static inline int64_t answer_integer(struct shop *shop, const char *name)
{
    return json_integer_member(answer_at(shop, ""), name, -1);
}

#endif
