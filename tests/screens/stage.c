#include "tests/screens/stage.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "panels/screen.h"

#define AT (UINT64_C(1795261327) * CLOCK_SECOND) /* 2026-11-21T11:42:07Z */

struct stage {
    const struct stage_options *options;
    struct screen *screen;
    struct catalog *catalog;
    struct rows *items, *results, *item;
    struct series *series;
    struct loglines *log;
    struct journal *journal;
    struct screen_status status;
    bool quit, asked;
    char pending[2048]; /* the statement that was asked about */
    unsigned next;
};

static const char hostile_text[] = "a\033[31mred\033]0;t\007\xc2\x9b"
                                   "1m\xe2\x80\xaertl\xff\xfe\x01\x7f\r\n\t\xf0\x9f\x91\xa9"
                                   "\xe2\x80\x8d\xf0\x9f\x92\xbb\xee\x80\x80z";

static const char *choose(const struct stage *stage, const char *harmless)
{
    return stage->options->hostile ? hostile_text : harmless;
}

static void must(enum error_code code, const struct error *err)
{
    if (code) {
        fprintf(stderr, "stage: %s\n", err->text);
        _exit(3);
    }
}

static const char orders_json[] =
    "{\"TableName\":\"orders\",\"TableStatus\":\"ACTIVE\",\"TableArn\":\"arn:aws:dynamodb:eu-west-"
    "1:"
    "1:table/orders\",\"ItemCount\":1203441,\"TableSizeBytes\":406847488,"
    "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"},"
    "{\"AttributeName\":\"sk\",\"AttributeType\":\"S\"},{\"AttributeName\":\"status\","
    "\"AttributeType\":\"S\"},{\"AttributeName\":\"updated\",\"AttributeType\":\"S\"}],"
    "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"sk\","
    "\"KeyType\":\"RANGE\"}],\"BillingModeSummary\":{\"BillingMode\":\"PAY_PER_REQUEST\"},"
    "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"by-status\",\"IndexStatus\":\"ACTIVE\","
    "\"KeySchema\":[{\"AttributeName\":\"status\",\"KeyType\":\"HASH\"},{\"AttributeName\":"
    "\"updated\",\"KeyType\":\"RANGE\"}],\"Projection\":{\"ProjectionType\":\"ALL\"}}]}";

static void describe_table(struct stage *stage, const char *name, uint64_t items, uint64_t bytes)
{
    struct error err;
    struct arena *arena = arena_new(1 << 20, &err);
    char source[1024];
    struct json *json;

    if (!strcmp(name, "orders"))
        snprintf(source, sizeof source, "%s", orders_json);
    else
        snprintf(source, sizeof source,
            "{\"TableName\":\"%s\",\"TableStatus\":\"%s\",\"ItemCount\":%llu,"
            "\"TableSizeBytes\":%llu,\"AttributeDefinitions\":[{\"AttributeName\":\"id\","
            "\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":"
            "\"HASH\"}],\"ProvisionedThroughput\":{\"ReadCapacityUnits\":12,"
            "\"WriteCapacityUnits\":6}}",
            name, strcmp(name, "events") ? "ACTIVE" : "UPDATING", (unsigned long long)items,
            (unsigned long long)bytes);
    json = json_parse(text_of(source), arena, &err);
    must(json ? catalog_set_table(stage->catalog, json, text_of(source), &err) : err.code, &err);
    arena_free(arena);
}

static const struct {
    const char *name;
    uint64_t items, bytes;
} table_fixtures[] = {
    {"carts", 88000, 14680064},
    {"customers", 310422, 96468992},
    {"events", 9970000, 6657199309},
    {"idempotency-keys", 12000, 1887436},
    {"orders", 1203441, 406847488},
    {"rate-limits", 4000, 314572},
    {"sessions", 4100000, 1181116006},
};

enum { TABLES = sizeof table_fixtures / sizeof *table_fixtures };

static void list_tables(struct stage *stage)
{
    struct text name[TABLES + 1];
    size_t count = 0;
    struct error err;

    for (size_t i = 0; i < TABLES; i++)
        name[count++] = text_of(table_fixtures[i].name);
    if (stage->options->hostile)
        name[count++] = text_of(hostile_text);
    must(catalog_set_tables(stage->catalog, name, count, &err), &err);
}

static char *own(const char *text)
{
    return mem_copy_string(text);
}

/* Everything of it is freed again by free_api: the catalog copies. */
static struct catalog_api make_api(const struct stage *stage, bool details)
{
    static const struct {
        const char *method, *path, *target, *type;
        int timeout;
    } routes[] = {
        {"GET", "/orders", "URL http://orders.internal:8080/v1/orders", "HTTP_PROXY", 29000},
        {"POST", "/orders", "URL http://orders.internal:8080/v1/orders", "HTTP_PROXY", 10000},
        {"GET", "/orders/{id}", "URL http://orders.internal:8080/v1/orders/{id}", "HTTP_PROXY",
            29000},
        {"DELETE", "/orders/{id}", "TABLE DeleteItem", "AWS", 29000},
        {"GET", "/health", "MOCK 200", "MOCK", 29000},
        {"ANY", "/{proxy+}", "URL http://web.internal/{proxy}", "HTTP_PROXY", 29000},
    };
    struct catalog_api api = {.id = own("a1b2c3"),
        .name = own("shop-api"),
        .kind = 'R',
        .endpoint = own("http://127.0.0.1/a1b2c3")};

    if (!details)
        return api;
    api.routes_known = true;
    api.route_count = sizeof routes / sizeof *routes;
    api.route = mem_new(api.route_count + 1, sizeof *api.route);
    for (size_t i = 0; i < api.route_count; i++)
        api.route[i] = (struct catalog_route){.method = own(routes[i].method),
            .path = own(routes[i].path),
            .id = own("r1"),
            .target = own(routes[i].target),
            .target_type = own(routes[i].type),
            .timeout_ms = routes[i].timeout,
            .authorization = own("NONE"),
            .json = own("{}")};
    if (stage->options->hostile)
        api.route[api.route_count++] = (struct catalog_route){.method = own("GET"),
            .path = own(hostile_text),
            .id = own("r9"),
            .target = own(hostile_text),
            .authorization = own(hostile_text),
            .json = own("{}")};
    api.stage_count = 2;
    api.stage = mem_new(2, sizeof *api.stage);
    api.stage[0] = (struct catalog_stage){.name = own("prod"),
        .deployment = own("d-7fk2"),
        .undeployed = 0,
        .updated = AT};
    api.stage[1] = (struct catalog_stage){.name = own("staging"),
        .deployment = own("d-6c9a"),
        .undeployed = 2,
        .updated = AT};
    return api;
}

static void free_api(struct catalog_api *api)
{
    for (size_t i = 0; i < api->route_count; i++) {
        mem_free(api->route[i].method);
        mem_free(api->route[i].path);
        mem_free(api->route[i].id);
        mem_free(api->route[i].target);
        mem_free(api->route[i].target_type);
        mem_free(api->route[i].authorization);
        mem_free(api->route[i].json);
    }
    for (size_t i = 0; i < api->stage_count; i++) {
        mem_free(api->stage[i].name);
        mem_free(api->stage[i].deployment);
    }
    mem_free(api->route);
    mem_free(api->stage);
    mem_free(api->id);
    mem_free(api->name);
    mem_free(api->endpoint);
}

static void list_apis(struct stage *stage)
{
    struct catalog_api apis[3] = {make_api(stage, false),
        {.id = own("b2"),
            .name = own(choose(stage, "admin-api")),
            .kind = 'H',
            .endpoint = own("")},
        {.id = own("c3"), .name = own("chat-ws"), .kind = 'W', .endpoint = own("")}};
    struct error err;

    must(catalog_set_apis(stage->catalog, apis, 3, &err), &err);
    for (int i = 0; i < 3; i++)
        free_api(&apis[i]);
}

static void show_api(struct stage *stage)
{
    struct catalog_api api = make_api(stage, true);
    struct error err;

    must(catalog_set_api(stage->catalog, &api, &err), &err);
    free_api(&api);
}

static struct value *text_value(struct arena *arena, const char *text)
{
    return value_new_text(arena, VALUE_S, text_of(text));
}

static struct value *number_value(struct arena *arena, const char *text)
{
    return value_new_text(arena, VALUE_N, text_of(text));
}

static struct value *set_of(struct arena *arena, enum value_type type, const char *a, const char *b)
{
    enum value_type member = type == VALUE_SS ? VALUE_S : type == VALUE_NS ? VALUE_N : VALUE_B;
    struct value *set = value_new_container(arena, type, 2);
    const char *part[2] = {a, b};

    for (size_t i = 0; i < 2; i++) {
        if (!part[i])
            continue;
        set->element[set->count++] = (struct value){.type = member, .text = text_of(part[i])};
    }
    return set;
}

static void put(struct value *map, const char *name, const struct value *value)
{
    map->name[map->count] = text_of(name);
    map->element[map->count++] = *value;
}

static const struct {
    const char *pk, *sk, *status, *total, *updated;
} order_fixtures[] = {
    {"CUST#0000117", "ORDER#000918273", "OPEN", "118.20", "2026-11-21T11:41:55Z"},
    {"CUST#0000117", "ORDER#000918301", "OPEN", "12.00", "2026-11-21T11:41:58Z"},
    {"CUST#0000118", "ORDER#000918330", "PAID", "940.75", "2026-11-21T11:42:01Z"},
    {"CUST#0000131", "ORDER#000918344", "OPEN", "7.50", "2026-11-21T11:42:02Z"},
    {"CUST#0000140", "ORDER#000918402", "SHIPPED", "88.10", "2026-11-21T11:42:03Z"},
    {"CUST#0000152", "ORDER#000918411", "OPEN", "301.00", "2026-11-21T11:42:04Z"},
    {"CUST#0000160", "ORDER#000918502", "OPEN", "64.99", "2026-11-21T11:42:05Z"},
    {"CUST#0000171", "ORDER#000918510", "OPEN", "222.22", "2026-11-21T11:42:06Z"},
};

static struct value *order(struct stage *stage, struct arena *arena, size_t index, bool all_types)
{
    size_t fixture = index % (sizeof order_fixtures / sizeof *order_fixtures);
    struct value *item = value_new_container(arena, VALUE_M, 16), *map, *list;
    char *sk = arena_format(arena, "ORDER#%09zu", 918273 + index);

    put(item, "pk", text_value(arena, order_fixtures[fixture].pk));
    put(item, "sk", text_value(arena, stage->options->rows ? sk : order_fixtures[fixture].sk));
    put(item, "status", text_value(arena, choose(stage, order_fixtures[fixture].status)));
    put(item, "total",
        number_value(arena, stage->options->rows ? arena_format(arena, "%zu", index * 7919 % 10007)
                                                 : order_fixtures[fixture].total));
    put(item, "updated", text_value(arena, order_fixtures[fixture].updated));
    if (all_types) {
        map = value_new_container(arena, VALUE_M, 2);
        put(map, "src", text_value(arena, "web"));
        put(map, "v", number_value(arena, "3"));
        list = value_new_container(arena, VALUE_L, 2);
        list->element[list->count++] = *number_value(arena, "1");
        list->element[list->count++] = *value_new_null(arena);
        put(item, "big", number_value(arena, "12345678901234567890123456789012345678"));
        put(item, "bin", value_new_text(arena, VALUE_B, text_make("\0\1\2\3", 4)));
        put(item, "bins", set_of(arena, VALUE_BS, "\1\2", "\3"));
        put(item, "empty", text_value(arena, ""));
        put(item, "flag", value_new_bool(arena, true));
        put(item, "lines", list);
        put(item, "meta", map);
        put(item, "none", value_new_null(arena));
        put(item, "nums", set_of(arena, VALUE_NS, "1", "2.5"));
        put(item, "tags", set_of(arena, VALUE_SS, "eu", "vip"));
        put(item, "wide", text_value(arena, "\xe6\x97\xa5\xe6\x9c\xac \xc3\xa9"));
    }
    value_sort(item);
    return item;
}

static struct rows *make_rows(struct stage *stage, size_t count, bool all_types, bool more)
{
    static const struct text keys[] = {{"pk", 2}, {"sk", 2}};
    struct error err;
    struct rows *rows = rows_new(&err);
    struct arena *arena = arena_new(1 << 20, &err);
    struct rows_status status = {.state = more ? ROWS_STOPPED : ROWS_COMPLETE,
        .count = count,
        .scanned = count,
        .pages = 1,
        .capacity_milli = 29500,
        .elapsed = 54 * CLOCK_MS,
        .have_more = more};

    rows_set_keys(rows, keys, 2);
    for (size_t i = 0; i < count; i++) {
        must(rows_append(rows, order(stage, arena, i, all_types && i < 3), &err), &err);
        arena_reset(arena);
    }
    rows_set_status(rows, &status);
    arena_free(arena);
    return rows;
}

/* Another page behind those on view. */
static void add_rows(struct stage *stage, struct rows *rows, size_t count)
{
    struct rows_status status = rows_status(rows);
    struct arena *arena;
    struct error err;

    arena = arena_new(1 << 20, &err);
    for (size_t i = 0; i < count; i++) {
        must(rows_append(rows, order(stage, arena, status.count + i, false), &err), &err);
        arena_reset(arena);
    }
    status.pages++;
    status.capacity_milli *= 2;
    rows_set_status(rows, &status);
    arena_free(arena);
}

static void fill_series(struct stage *stage)
{
    static const char *const names[] = {"GET /orders", "POST /orders", "GET /orders/{id}",
        "DELETE /orders/{id}", "ANY /{proxy+}", "all"};
    static const uint64_t rates[] = {98, 40, 210, 1, 63, 412};
    static const uint32_t p99[] = {38000, 212000, 9000, 11000, 22000, 48000};
    uint64_t now = clock_wall() / CLOCK_SECOND;
    struct error err;

    for (size_t line = 0; line < 6; line++) {
        struct series_slot total = {.at = now * CLOCK_SECOND,
            .count = rates[line] * 60,
            .s2 = rates[line] * 59,
            .s5 = line == 1 ? 19 : 0,
            .p50 = p99[line] / 10,
            .p90 = p99[line] / 4,
            .p95 = p99[line] / 3,
            .p99 = p99[line],
            .p999 = p99[line] * 2,
            .max = p99[line] * 4};

        for (uint64_t i = 0; i < 120; i++) {
            struct series_slot slot = total;

            if (i == 60)
                continue; /* a gap */
            slot.at = (now - 119 + i) * CLOCK_SECOND;
            slot.count = rates[line] + i % 7;
            slot.s2 = slot.count - (i % 40 == 0 ? 1 : 0);
            slot.s5 = i % 40 == 0 ? 1 : 0;
            must(series_put(stage->series, names[line], &slot, &err), &err);
        }
        must(series_put_total(stage->series, names[line], &total, &err), &err);
    }
    series_set_title(stage->series, "shop-api/prod  gatehouse 1s");
}

static void fill_log(struct stage *stage, unsigned count)
{
    static const struct {
        int status;
        const char *method, *path;
        uint32_t latency;
    } lines[] = {
        {200, "GET", "/orders/9", 3000},
        {200, "GET", "/orders", 6000},
        {201, "POST", "/orders", 19000},
        {404, "GET", "/orders/x", 2000},
        {502, "POST", "/orders", 204000},
        {200, "GET", "/orders/7", 3000},
        {101, "WS", "/chat", 8000},
    };
    struct error err;

    for (unsigned i = 0; i < count; i++) {
        size_t at = stage->next++ % (sizeof lines / sizeof *lines);
        struct logline line = {.at = AT + (uint64_t)stage->next * CLOCK_SECOND,
            .status = lines[at].status,
            .latency_us = lines[at].latency};
        char text[256];

        snprintf(line.method, sizeof line.method, "%s", lines[at].method);
        snprintf(line.path, sizeof line.path, "%s", choose(stage, lines[at].path));
        snprintf(line.request_id, sizeof line.request_id, "req-%04u", stage->next);
        snprintf(text, sizeof text, "%s %s %d ip 10.0.0.%u", lines[at].method,
            choose(stage, lines[at].path), lines[at].status, stage->next % 250);
        line.text = text;
        must(loglines_add(stage->log, &line, &err), &err);
    }
    loglines_set_title(stage->log, "shop-api/prod");
}

static void fill_journal(struct stage *stage)
{
    struct journal_entry entry = {.is_statement = true, .statement = 1};
    static char statement[] = "SCAN orders EXAMINE 50", body[] = "{\"TableName\":\"orders\"}",
                answer[] = "{\"Count\":8}";

    snprintf(entry.who, sizeof entry.who, "key");
    entry.text = statement;
    (void)journal_add(stage->journal, &entry);
    entry = (struct journal_entry){.statement = 1,
        .elapsed = 54 * CLOCK_MS,
        .status = 200,
        .sent_bytes = 120,
        .received_bytes = 4711,
        .capacity_milli = 29500,
        .request = body,
        .response = answer};
    snprintf(entry.service, sizeof entry.service, "dynamodb");
    snprintf(entry.operation, sizeof entry.operation, "%.39s", choose(stage, "Scan"));
    snprintf(entry.request_id, sizeof entry.request_id, "REQ0001");
    (void)journal_add(stage->journal, &entry);
    entry.status = 400;
    entry.capacity_milli = 0;
    snprintf(entry.operation, sizeof entry.operation, "DescribeTable");
    snprintf(entry.error, sizeof entry.error, "%s", choose(stage, "AccessDeniedException"));
    (void)journal_add(stage->journal, &entry);
}

static const char *const target_names[] = {"MESSAGE", "RESULTS", "ITEMS", "ITEM", "METRICS", "LOG",
    "QUIET"};

static void note(struct stage *stage, const char *line)
{
    struct error ignored;
    char text[4096];

    if (!stage->options->log)
        return;
    snprintf(text, sizeof text, "%s\n", line);
    if (file_append(stage->options->log, text_of(text), 0600, &ignored))
        _exit(3);
}

static bool starts(const char *statement, const char *words)
{
    return !strncmp(statement, words, strlen(words));
}

/* What was shown may go once the screen has the new rows. */
static void show_rows(struct stage *stage, enum screen_target target, struct rows **place,
    struct rows *rows, const char *statement)
{
    struct rows *before = *place;

    *place = rows;
    screen_show_rows(stage->screen, target, rows, statement);
    rows_free(before);
}

static void answer_reads(struct stage *stage, const char *statement, enum screen_target target)
{
    size_t count = stage->options->rows ? stage->options->rows : 8;

    if (starts(statement, "NEXT") && stage->items) {
        add_rows(stage, stage->items, count);
        screen_show_rows(stage->screen, TARGET_ITEMS, stage->items, statement);
    } else if (starts(statement, "SCAN ") || starts(statement, "SELECT ") ||
               starts(statement, "QUERY ")) {
        show_rows(stage, TARGET_ITEMS, &stage->items, make_rows(stage, count, true, true),
            statement);
        screen_message(stage->screen, MESSAGE_OK, "8 rows  54 ms  29.5 RCU  more: >");
    } else if (starts(statement, "GET ")) {
        show_rows(stage, TARGET_ITEM, &stage->item, make_rows(stage, 1, true, false), statement);
    } else if (starts(statement, "DESCRIBE ") && target == TARGET_QUIET) {
        for (size_t i = 0; i < TABLES; i++) {
            const char *name = statement + strlen("DESCRIBE ");

            if (!strcmp(name, table_fixtures[i].name))
                describe_table(stage, name, table_fixtures[i].items, table_fixtures[i].bytes);
        }
    } else if (starts(statement, "DESCRIBE ")) {
        screen_show_text(stage->screen, statement,
            TEXT("table    orders\nstatus   ACTIVE\nkeys     pk S HASH, sk S RANGE\n"));
    } else if (starts(statement, "SHOW ") && target != TARGET_QUIET) {
        show_rows(stage, TARGET_RESULTS, &stage->results, make_rows(stage, 3, false, false),
            statement);
    }
}

static void answer_settings(struct stage *stage, const char *statement)
{
    char word[3][128] = {"", "", ""};
    size_t at = 0;
    struct error err;

    for (int i = 0; i < 3 && statement[at]; i++) {
        size_t length = strcspn(statement + at, " ");

        snprintf(word[i], sizeof word[i], "%.*s", (int)length, statement + at);
        at += length + (statement[at + length] == ' ');
    }
    if (!strcmp(word[0], "SET")) {
        if (screen_set(stage->screen, word[1], word[2], &err))
            screen_message(stage->screen, MESSAGE_ERROR, err.text);
    } else if (!strcmp(word[0], "LAYOUT")) {
        (void)screen_do(stage->screen, "layout", word[1]);
    } else if (!strcmp(word[0], "DO") &&
               !screen_do(stage->screen, word[1], word[2][0] ? word[2] : NULL)) {
        screen_message(stage->screen, MESSAGE_ERROR, "no such action");
    } else if (!strcmp(word[0], "QUIT")) {
        stage->quit = true;
    }
}

static void emit(void *user, const char *statement, enum screen_target target, const char *who)
{
    struct stage *stage = user;
    char line[4096];

    snprintf(line, sizeof line, "%s %s: %s", target_names[target], who, statement);
    note(stage, line);
    if (starts(statement, "SHOW TABLES") && target == TARGET_QUIET)
        list_tables(stage);
    else if (starts(statement, "SHOW APIS") && target == TARGET_QUIET)
        list_apis(stage);
    else if ((starts(statement, "SHOW ROUTES OF") || starts(statement, "SHOW STAGES OF")) &&
             target == TARGET_QUIET)
        show_api(stage);
    else if (starts(statement, "WATCH "))
        screen_show_series(stage->screen, stage->series, statement);
    else if (starts(statement, "TAIL "))
        screen_show_log(stage->screen, stage->log, statement);
    else if (starts(statement, "ALTER ") || starts(statement, "DROP ") ||
             starts(statement, "DEPLOY ")) {
        snprintf(stage->pending, sizeof stage->pending, "%s", statement);
        screen_ask(stage->screen, "Change the route POST /orders of shop-api?",
            "- timeout  10000\n+ timeout  3000\n",
            starts(statement, "DROP TABLE") ? "orders" : NULL);
    } else if (starts(statement, "LOGS")) {
        fill_log(stage, 100);
    } else if (starts(statement, "CRASH")) {
        (void)raise(SIGSEGV);
    } else {
        answer_reads(stage, statement, target);
        answer_settings(stage, statement);
    }
    screen_wake(stage->screen); /* as a job does that has changed something */
}

static bool cancel(void *user, enum screen_target target)
{
    (void)target;
    note(user, "cancel");
    return true;
}

static void answer(void *user, bool yes)
{
    struct stage *stage = user;

    note(stage, yes ? "answer yes" : "answer no");
    screen_message(stage->screen, yes ? MESSAGE_OK : MESSAGE_NOTE, yes ? "done" : "not done");
}

static int check(void *user, const char *line, char *message, size_t size, int *column)
{
    int open = 0;

    (void)user;
    for (const char *c = line; *c; c++)
        open += *c == '(' ? 1 : *c == ')' ? -1 : 0;
    if (open > 0)
        return 0;
    if (starts(line, "BAD")) {
        snprintf(message, size, "no statement begins with BAD");
        *column = 1;
        return -1;
    }
    return 1;
}

static size_t complete(void *user, const char *line, size_t cursor, size_t *start,
    struct screen_candidate *out, size_t capacity)
{
    static const struct screen_candidate all[] = {
        {"SCAN", "keyword", "Items of a table in no order"},
        {"SELECT", "keyword", "Items by condition"},
        {"SET", "keyword", "Change a setting"},
        {"SHOW", "keyword", "List things"},
        {"customers", "table", "310k items"},
        {"orders", "table", "1.20M items"},
        {"orders.by-status", "index", "status, updated"},
    };
    size_t count = 0;

    (void)user;
    *start = cursor;
    while (*start > 0 && line[*start - 1] != ' ')
        (*start)--;
    for (size_t i = 0; i < sizeof all / sizeof *all && count < capacity; i++)
        if (!strncasecmp(all[i].text, line + *start, cursor - *start))
            out[count++] = all[i];
    return count;
}

static void hint(void *user, const char *line, size_t cursor, char *out, size_t size)
{
    (void)user;
    (void)cursor;
    snprintf(out, size, starts(line, "SCAN ") ? "table [WHERE condition] [EXAMINE n]" : "");
}

static const char *help(void *user, const char *word)
{
    (void)user;
    return !strcmp(word, "SCAN") ? "SCAN table [WHERE condition]\nReads items in no order.\n"
                                 : NULL;
}

static void quit(void *user)
{
    struct stage *stage = user;

    stage->quit = true;
}

static void on_fatal(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};

    screen_emergency_restore();
    (void)sigaction(number, &action, NULL);
    (void)raise(number);
}

static void catch_signals(void)
{
    static const int numbers[] = {SIGSEGV, SIGABRT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)sigaction(numbers[i], &action, NULL);
}

static void set_status(struct stage *stage)
{
    struct screen_status *status = &stage->status;

    snprintf(status->environment, sizeof status->environment, "prod");
    snprintf(status->profile, sizeof status->profile, "%s", choose(stage, "prod-eu"));
    snprintf(status->region, sizeof status->region, "eu-west-1");
    snprintf(status->account, sizeof status->account, "402111223377");
    status->read_only = stage->options->read_only;
    status->read_write_until = stage->options->read_only ? 0 : AT + 900 * CLOCK_SECOND;
    status->tables = (struct journal_health){.latency_ms = 11};
    status->gateway = (struct journal_health){.latency_ms = 4};
    status->changed = AT;
    screen_set_status(stage->screen, status);
}

static void run(struct stage *stage)
{
    screen_set_catalog(stage->screen, stage->catalog);
    set_status(stage);
    while (!stage->quit) {
        struct pollfd ready[2] = {{.fd = screen_descriptor(stage->screen), .events = POLLIN},
            {.fd = screen_wake_descriptor(stage->screen), .events = POLLIN}};

        screen_turn(stage->screen);
        if (stage->quit)
            break;
        if (poll(ready, 2, screen_timeout(stage->screen)) < 0 && errno != EINTR)
            break;
        if (ready[0].revents & POLLHUP)
            break;
    }
    screen_free(stage->screen);
}

int stage_run(const struct stage_options *stage_options)
{
    struct stage stage = {.options = stage_options};
    struct screen_options options = {.callbacks = {&stage, emit, cancel, answer, check, complete,
                                         hint, help, quit},
        .theme = stage.options->theme,
        .glyphs = stage.options->glyphs,
        .color = stage.options->color,
        .keys = stage.options->keys,
        .clipboard = stage.options->clipboard,
        .theme_folder = "themes",
        .vi_mode = stage.options->vi_mode};
    struct buf history;
    struct error err;

    (void)setlocale(LC_ALL, "");
    (void)setlocale(LC_NUMERIC, "C");
    buf_init(&history, 4096);
    buf_add_format(&history, "%s/history", getenv("HOME") ? getenv("HOME") : ".");
    options.history = buf_string(&history);
    stage.catalog = catalog_new(&err);
    stage.series = series_new(CLOCK_SECOND, &err);
    stage.log = loglines_new(&err);
    stage.journal = options.journal = journal_new(1000, &err);
    fill_series(&stage);
    fill_log(&stage, 40);
    fill_journal(&stage);
    catch_signals();
    stage.screen = screen_new(&options, &err);
    if (stage.screen)
        run(&stage);
    else
        fprintf(stderr, "no screen: %s\n", err.text);
    rows_free(stage.items);
    rows_free(stage.results);
    rows_free(stage.item);
    series_free(stage.series);
    loglines_free(stage.log);
    journal_free(stage.journal);
    catalog_free(stage.catalog);
    buf_done(&history);
    return stage.screen ? 0 : 2;
}

bool stage_main(int argc, char *const argv[], int *status)
{
    struct stage_options options = {0};
    struct {
        const char *name;
        const char **value;
    } texts[] = {{"log=", &options.log}, {"theme=", &options.theme}, {"glyphs=", &options.glyphs},
        {"color=", &options.color}, {"keys=", &options.keys}, {"clipboard=", &options.clipboard}};

    if (argc < 2 || strcmp(argv[1], "--stage") != 0)
        return false;
    for (int i = 2; i < argc; i++) {
        struct text word = text_of(argv[i]);
        int64_t rows = 0;

        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            if (starts(argv[i], texts[t].name))
                *texts[t].value = argv[i] + strlen(texts[t].name);
        if (starts(argv[i], "rows=") &&
            text_to_integer(text_slice(word, 5, word.length), 0, 100000000, &rows))
            options.rows = (size_t)rows;
        options.vi_mode = options.vi_mode || text_is(word, "vi");
        options.read_only = options.read_only || text_is(word, "ro");
        options.hostile = options.hostile || text_is(word, "hostile");
    }
    *status = stage_run(&options);
    return true;
}
