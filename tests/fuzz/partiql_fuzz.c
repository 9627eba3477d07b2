#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "endpoint/http_server.h"
#include "endpoint/tables/tables.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <uv.h>

/*
 * Each line of the input is a statement, run alone, in a batch and in a transaction, with as many
 * parameters as the first byte of the line says. No statement may be answered with a 5xx, what one
 * answers is JSON, and afterwards the items in the table are as many as the counters say.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINE_LIMIT = 16 * 1024 };

struct target {
    struct http_server *server;
    struct tables *tables;
    struct arena *arena;
    struct buf request, answer;
    int status;
};

static const char *const parameter_table[] = {"{\"S\":\"a\"}", "{\"N\":\"1\"}", "{\"SS\":[\"a\"]}",
    "{\"M\":{\"h\":{\"S\":\"b\"},\"r\":{\"N\":\"2\"}}}", "{\"B\":\"AAE=\"}",
    "{\"L\":[{\"NULL\":true}]}", "{\"BOOL\":false}"};

static const char make_table[] =
    "{\"TableName\":\"fuzz\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":["
    "{\"AttributeName\":\"h\",\"AttributeType\":\"S\"},"
    "{\"AttributeName\":\"r\",\"AttributeType\":\"N\"},"
    "{\"AttributeName\":\"g\",\"AttributeType\":\"B\"}],\"KeySchema\":["
    "{\"AttributeName\":\"h\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"r\",\"KeyType\":"
    "\"RANGE\"}],\"LocalSecondaryIndexes\":[{\"IndexName\":\"local\",\"KeySchema\":["
    "{\"AttributeName\":\"h\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"g\",\"KeyType\":"
    "\"RANGE\"}],\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}],\"GlobalSecondaryIndexes\":"
    "[{\"IndexName\":\"global\",\"KeySchema\":[{\"AttributeName\":\"g\",\"KeyType\":\"HASH\"},"
    "{\"AttributeName\":\"r\",\"KeyType\":\"RANGE\"}],\"Projection\":{\"ProjectionType\":"
    "\"ALL\"}}]}";

static void drop(void *user, struct exchange *exchange)
{
    (void)user;
    exchange_drop(exchange);
}

static void answered(void *user, int status, struct text body)
{
    struct target *target = user;

    buf_clear(&target->answer);
    buf_add_text(&target->answer, body);
    target->status = status;
}

static int64_t call(struct target *target, const char *operation, const char *member)
{
    static const struct identity identity = {.account = "000000000000", .region = "eu-west-1"};
    const struct json *json;
    struct error err;

    arena_reset(target->arena);
    target->status = 0;
    tables_call(target->tables, &identity, text_of(operation), buf_view(&target->request),
        target->arena, answered, target);
    while (target->status == 0)
        uv_run((uv_loop_t *)http_server_loop(target->server), UV_RUN_ONCE);
    assert(target->status == 200 || target->status == 400);
    json = json_parse(buf_view(&target->answer), target->arena, &err);
    assert(json);
    return member ? json_integer_member(json, member, -1) : 0;
}

static void add_statement(struct target *target, struct text statement, uint8_t parameters)
{
    const size_t kinds = sizeof parameter_table / sizeof *parameter_table;

    buf_add_string(&target->request, "{\"Statement\":");
    json_add_string(&target->request, statement);
    for (uint8_t i = 0; i < parameters % 4; i++) {
        buf_add_string(&target->request, i ? "," : ",\"Parameters\":[");
        buf_add_string(&target->request, parameter_table[(parameters / 4u + i) % kinds]);
    }
    buf_add_string(&target->request, parameters % 4 ? "]" : "");
}

static void run(struct target *target, struct text statement, uint8_t parameters)
{
    buf_clear(&target->request);
    add_statement(target, statement, parameters);
    buf_add_string(&target->request, ",\"Limit\":3}");
    call(target, "ExecuteStatement", NULL);
    buf_clear(&target->request);
    buf_add_string(&target->request, "{\"Statements\":[");
    add_statement(target, statement, parameters);
    buf_add_string(&target->request, "}]}");
    call(target, "BatchExecuteStatement", NULL);
    buf_clear(&target->request);
    buf_add_string(&target->request, "{\"TransactStatements\":[");
    add_statement(target, statement, parameters);
    buf_add_string(&target->request, "}]}");
    call(target, "ExecuteTransaction", NULL);
}

static void check_counters(struct target *target)
{
    static const char *const places[] = {"Table", "Table.LocalSecondaryIndexes.0",
        "Table.GlobalSecondaryIndexes.0"};
    static const char *const indexes[] = {"", ",\"IndexName\":\"local\"",
        ",\"IndexName\":\"global\""};
    int64_t items, found;

    for (size_t i = 0; i < 3; i++) {
        const struct json *json;
        struct error err;

        buf_clear(&target->request);
        buf_add_string(&target->request, "{\"TableName\":\"fuzz\"}");
        call(target, "DescribeTable", NULL);
        json = json_parse(buf_view(&target->answer), target->arena, &err);
        items = json_integer_member(json_at(json, places[i]), "ItemCount", -1);
        buf_clear(&target->request);
        buf_add_format(&target->request, "{\"TableName\":\"fuzz\",\"Select\":\"COUNT\"%s}",
            indexes[i]);
        found = call(target, "Scan", "Count");
        assert(items == found);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_server_options server = {.handle = drop};
    struct text input = {(const char *)data, size}, line;
    struct target target = {0};
    struct tables_options options = {.memory = true};
    struct error err;

    target.server = http_server_new(&server, &err);
    options.server = target.server;
    target.tables = tables_new(&options, &err);
    target.arena = arena_new(64 << 20, &err);
    assert(target.server && target.tables && target.arena);
    buf_init(&target.answer, 64 << 20);
    buf_init(&target.request, 16 << 20);
    buf_add_string(&target.request, make_table);
    call(&target, "CreateTable", NULL);
    assert(target.status == 200);
    while (text_take_field(&input, '\n', &line))
        if (line.length > 0 && line.length < LINE_LIMIT)
            run(&target, text_slice(line, 1, line.length), (uint8_t)line.data[0]);
    check_counters(&target);
    tables_free(target.tables);
    http_server_free(target.server);
    arena_free(target.arena);
    buf_done(&target.answer);
    buf_done(&target.request);
    return 0;
}
