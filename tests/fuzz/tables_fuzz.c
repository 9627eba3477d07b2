#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "client/value.h"
#include "endpoint/http_server.h"
#include "endpoint/tables/tables.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <uv.h>

/*
 * Each line of the input is a request, "Operation {json}", to a service in memory that has one
 * table with two indexes. No request may be answered with a 5xx, and afterwards the items and
 * bytes of the counters are those that a scan finds, each index has the rows that the items give,
 * and four segments hold what the whole has.
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

/* What a scan finds: all of it, and the items that have the key of the indexes. */
struct found {
    int64_t items, bytes, indexed;
};

static void count_items(struct target *target, const struct json *list, struct found *found)
{
    for (const struct json *node = list->first; node; node = node->next) {
        struct error err;
        const struct value *item = value_from_wire_item(node, target->arena, &err);

        assert(item);
        found->items++;
        found->bytes += (int64_t)value_item_size(item);
        found->indexed += value_get(item, TEXT("g")) != NULL;
    }
}

/* options: members behind the name of the table. */
static struct found scan(struct target *target, const char *options)
{
    struct found found = {0};
    struct buf request, start;
    const struct json *answer, *last;

    buf_init(&request, 1 << 20);
    buf_init(&start, 1 << 20);
    do {
        struct json_writer writer;
        struct error err;
        int status;

        buf_clear(&request);
        buf_add_format(&request, "{\"TableName\":\"fuzz\"%s%s}", options, buf_string(&start));
        status = call(target, TEXT("Scan"), buf_view(&request));
        assert(status == 200);
        answer = json_parse(buf_view(&target->answer), target->arena, &err);
        assert(answer);
        count_items(target, json_member(answer, "Items"), &found);
        last = json_member(answer, "LastEvaluatedKey");
        buf_clear(&start);
        if (last) {
            buf_add_string(&start, ",\"ExclusiveStartKey\":");
            json_writer_init(&writer, &start);
            json_tree(&writer, last);
        }
    } while (last);
    buf_done(&request);
    buf_done(&start);
    return found;
}

static void check_segments(struct target *target, const struct found *whole)
{
    struct found sum = {0};

    for (int segment = 0; segment < 4; segment++) {
        char options[64];
        struct found part;

        snprintf(options, sizeof options, ",\"TotalSegments\":4,\"Segment\":%d", segment);
        part = scan(target, options);
        sum.items += part.items;
        sum.bytes += part.bytes;
    }
    assert(sum.items == whole->items && sum.bytes == whole->bytes);
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

/* Not deleted and made again with other indexes. */
static bool is_as_made(struct target *target)
{
    int status = call(target, TEXT("DescribeTable"), TEXT("{\"TableName\":\"fuzz\"}"));
    struct error err;
    const struct json *table = json_parse(buf_view(&target->answer), target->arena, &err);
    const struct json *local = json_at(table, "Table.LocalSecondaryIndexes.0");
    const struct json *global = json_at(table, "Table.GlobalSecondaryIndexes.0");

    return status == 200 && text_is(json_string_member(local, "IndexName"), "local") &&
           text_is(json_string_member(global, "IndexName"), "global") &&
           text_is(json_string_member(json_at(global, "KeySchema.0"), "AttributeName"), "g") &&
           text_is(json_string_member(json_at(local, "KeySchema.1"), "AttributeName"), "g") &&
           text_is(json_string_member(json_at(global, "Projection"), "ProjectionType"), "ALL") &&
           json_at(global, "KeySchema.1") && !json_at(global, "KeySchema.2") &&
           !json_at(table, "Table.GlobalSecondaryIndexes.1") &&
           text_is(json_string_member(json_at(global, "KeySchema.1"), "AttributeName"), "r");
}

/* The writer fills an index or deletes what has expired: nothing stands still. */
static bool is_changing(struct target *target)
{
    struct text answer = buf_view(&target->answer);

    if (text_find(answer, TEXT("\"IndexStatus\":\"CREATING\""), 0) != SIZE_MAX)
        return true;
    call(target, TEXT("DescribeTimeToLive"), TEXT("{\"TableName\":\"fuzz\"}"));
    return text_find(buf_view(&target->answer), TEXT("ENABLED\",\"AttributeName\""), 0) != SIZE_MAX;
}

static void check_counters(struct target *target)
{
    int64_t items, bytes, local, global, global_bytes;
    struct found table, index;

    /* The table may have been deleted, or made again without indexes. */
    if (call(target, TEXT("DescribeTable"), TEXT("{\"TableName\":\"fuzz\"}")) != 200)
        return;
    items = answer_number(target, "Table", "ItemCount");
    bytes = answer_number(target, "Table", "TableSizeBytes");
    local = answer_number(target, "Table.LocalSecondaryIndexes.0", "ItemCount");
    global = answer_number(target, "Table.GlobalSecondaryIndexes.0", "ItemCount");
    global_bytes = answer_number(target, "Table.GlobalSecondaryIndexes.0", "IndexSizeBytes");
    if (local < 0 || global < 0 || is_changing(target))
        return;
    table = scan(target, "");
    assert(table.items == items && table.bytes == bytes);
    check_segments(target, &table);
    index = scan(target, ",\"IndexName\":\"local\"");
    assert(index.items == local);
    index = scan(target, ",\"IndexName\":\"global\",\"Limit\":3");
    assert(index.items == global);
    if (is_as_made(target)) {
        assert(local == table.indexed && global == table.indexed);
        assert(index.bytes == global_bytes);
    }
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
