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
 * Each line of the input is a request, "Operation {json}", to a service in memory that has one
 * table with two indexes. No request may be answered with a 5xx, and afterwards what the counters
 * say is what a scan finds, in the table and in each index.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct target {
    struct http_server *server;
    struct tables *tables;
    struct arena *arena;
    struct buf answer;
    int status;
};

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

static int call(struct target *target, struct text operation, struct text body)
{
    static const struct identity identity = {.account = "000000000000", .region = "eu-west-1"};

    arena_reset(target->arena);
    target->status = 0;
    tables_call(target->tables, &identity, operation, body, target->arena, answered, target);
    while (target->status == 0)
        uv_run((uv_loop_t *)http_server_loop(target->server), UV_RUN_ONCE);
    return target->status;
}

static int64_t answer_number(struct target *target, const char *path, const char *name)
{
    struct error err;
    const struct json *json = json_parse(buf_view(&target->answer), target->arena, &err);

    assert(json);
    return json_integer_member(path[0] ? json_at(json, path) : json, name, -1);
}

static int64_t scan_count(struct target *target, struct text request)
{
    int status = call(target, TEXT("Scan"), request);

    assert(status == 200);
    return answer_number(target, "", "Count");
}

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

static void check_counters(struct target *target)
{
    int64_t items, local, global;

    /* The table may have been deleted, or made again without indexes. */
    if (call(target, TEXT("DescribeTable"), TEXT("{\"TableName\":\"fuzz\"}")) != 200)
        return;
    items = answer_number(target, "Table", "ItemCount");
    local = answer_number(target, "Table.LocalSecondaryIndexes.0", "ItemCount");
    global = answer_number(target, "Table.GlobalSecondaryIndexes.0", "ItemCount");
    if (local < 0 || global < 0)
        return;
    assert(scan_count(target, TEXT("{\"TableName\":\"fuzz\",\"Select\":\"COUNT\"}")) == items);
    assert(scan_count(target, TEXT("{\"TableName\":\"fuzz\",\"Select\":\"COUNT\",\"IndexName\":"
                                   "\"local\"}")) == local);
    assert(scan_count(target, TEXT("{\"TableName\":\"fuzz\",\"Select\":\"COUNT\",\"IndexName\":"
                                   "\"global\"}")) == global);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_server_options server = {.handle = drop};
    struct text input = {(const char *)data, size}, line, operation;
    struct target target = {0};
    struct tables_options options = {.memory = true};
    struct error err;
    int status;

    target.server = http_server_new(&server, &err);
    options.server = target.server;
    target.tables = tables_new(&options, &err);
    target.arena = arena_new(64 << 20, &err);
    assert(target.server && target.tables && target.arena);
    buf_init(&target.answer, 64 << 20);
    status = call(&target, TEXT("CreateTable"), text_of(make_table));
    assert(status == 200);
    while (text_take_field(&input, '\n', &line)) {
        if (text_take_until(&line, ' ', &operation))
            status = call(&target, operation, line);
        assert(status < 500);
    }
    check_counters(&target);
    tables_free(target.tables);
    http_server_free(target.server);
    arena_free(target.arena);
    buf_done(&target.answer);
    return 0;
}
