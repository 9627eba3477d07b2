#include "console/demo_data.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/json.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    BATCH = 25, /* items a BatchWriteItem takes (API Reference) */
    CUSTOMERS = 400,
    ORDERS = 3000,
    DEVICES = 24,
    READINGS = 100, /* per device */
    SHOP_USERS = 120,
    SHOP_ORDERS = 8,         /* per user */
    FIRST_ORDER = 1792000000 /* 2026-10-14, epoch seconds */
};

/* Small and fixed: the demo shows the same data everywhere. */
static uint32_t draw(uint32_t seed, uint32_t below)
{
    uint64_t x = seed * UINT64_C(0x9E3779B97F4A7C15) + UINT64_C(0xD1B54A32D192ED03);

    x ^= x >> 32;
    x *= UINT64_C(0xD6E8FEB86659FD93);
    x ^= x >> 29;
    return (uint32_t)(x % below);
}

static const char *const given_table[] = {"Ada", "Björn", "Chloé", "Dmitri", "Eleni", "Farah",
    "Günther", "Hana", "Ines", "José", "Karla", "Łukasz", "Mei", "Noor", "Ólafur", "Priya"};
static const char *const family_table[] = {"Lovelace", "Ångström", "Martin", "Petrov", "Pappas",
    "Haddad", "Weiß", "Tanaka", "Silva", "García", "Novák", "Kowalski", "Chen", "Rahman"};
static const char *const city_table[] = {"Lisboa", "Oslo", "Kraków", "東京", "Montréal", "Nairobi",
    "Köln", "Αθήνα"};
static const char *const status_table[] = {"open", "open", "paid", "paid", "paid", "sent", "void"};
static const char *const owner_table[] = {"ann", "bob", "cem", "dee", "eve"};
static const char *const tag_table[] = {"eu", "gift", "rush", "vip", "b2b"};

#define PICK(table, seed) (table)[draw((seed), sizeof(table) / sizeof *(table))]

static void begin(struct json_writer *writer, const char *name, const char *type)
{
    json_name(writer, name);
    json_begin_object(writer);
    json_name(writer, type);
}

static void put_text(struct json_writer *writer, const char *name, const char *type,
    const char *text)
{
    begin(writer, name, type);
    json_c_string(writer, text);
    json_end_object(writer);
}

static void put_number(struct json_writer *writer, const char *name, long value)
{
    char text[32];

    snprintf(text, sizeof text, "%ld", value);
    put_text(writer, name, "N", text);
}

static void put_money(struct json_writer *writer, const char *name, uint32_t cents)
{
    char text[32];

    snprintf(text, sizeof text, "%u.%02u", cents / 100, cents % 100);
    put_text(writer, name, "N", text);
}

static void put_bool(struct json_writer *writer, const char *name, bool value)
{
    begin(writer, name, "BOOL");
    json_bool(writer, value);
    json_end_object(writer);
}

static void put_null(struct json_writer *writer, const char *name)
{
    begin(writer, name, "NULL");
    json_bool(writer, true);
    json_end_object(writer);
}

static void put_set(struct json_writer *writer, const char *name, const char *type,
    const char *const *member, size_t count)
{
    begin(writer, name, type);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        json_c_string(writer, member[i]);
    json_end_array(writer);
    json_end_object(writer);
}

static void put_binary(struct json_writer *writer, const char *name, uint32_t seed)
{
    struct buf base64;
    char bytes[24];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)draw(seed + (uint32_t)i * 7919, 256);
    buf_init(&base64, 64);
    crypto_add_base64(&base64, text_make(bytes, sizeof bytes));
    put_text(writer, name, "B", buf_string(&base64));
    buf_done(&base64);
}

static void customer_id(char *out, size_t size, uint32_t n)
{
    snprintf(out, size, "c%04u", n % CUSTOMERS + 1);
}

static long order_time(uint32_t n)
{
    return FIRST_ORDER + (long)n * 977 + (long)draw(n, 600);
}

void demo_order_key(unsigned n, char *customer, size_t size, long *at)
{
    uint32_t order = n % ORDERS;

    customer_id(customer, size, draw(order + 11, CUSTOMERS));
    *at = order_time(order);
}

static void put_order(struct json_writer *writer, uint32_t n)
{
    char customer[16];
    long at;
    uint32_t lines = 1 + draw(n + 3, 4);

    demo_order_key(n, customer, sizeof customer, &at);
    put_text(writer, "cust", "S", customer);
    put_number(writer, "ts", at);
    put_text(writer, "status", "S", PICK(status_table, n + 5));
    put_text(writer, "owner", "S", PICK(owner_table, n + 6));
    put_money(writer, "total", 500 + draw(n + 7, 90000));
    put_bool(writer, "paid", draw(n + 8, 3) > 0);
    if (draw(n + 9, 4) == 0) {
        const char *tags[] = {tag_table[draw(n, 2)], tag_table[2 + draw(n, 3)]};

        put_set(writer, "tags", "SS", tags, 2);
    }
    begin(writer, "lines", "L");
    json_begin_array(writer);
    for (uint32_t i = 0; i < lines; i++) {
        char sku[16];

        snprintf(sku, sizeof sku, "%c-%03u", 'A' + (char)draw(n + i, 6), draw(n * 5 + i, 1000));
        json_begin_object(writer);
        json_name(writer, "M");
        json_begin_object(writer);
        put_text(writer, "sku", "S", sku);
        put_number(writer, "qty", 1 + (long)draw(n + i * 3, 5));
        json_end_object(writer);
        json_end_object(writer);
    }
    json_end_array(writer);
    json_end_object(writer);
}

static void put_address(struct json_writer *writer, uint32_t n)
{
    char zip[16];

    snprintf(zip, sizeof zip, "%05u", draw(n + 21, 100000));
    begin(writer, "address", "M");
    json_begin_object(writer);
    put_text(writer, "city", "S", PICK(city_table, n + 22));
    put_text(writer, "zip", "S", zip);
    begin(writer, "geo", "M");
    json_begin_object(writer);
    put_money(writer, "lat", draw(n + 23, 9000));
    put_money(writer, "lon", draw(n + 24, 18000));
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
}

static void put_customer(struct json_writer *writer, uint32_t n)
{
    static const char *const binary_table[] = {"AAECAw==", "/////w=="};
    static const char *const number_table[] = {"3", "7.5", "1000000"};
    char id[16], name[80];

    customer_id(id, sizeof id, n);
    snprintf(name, sizeof name, "%s %s", PICK(given_table, n), PICK(family_table, n + 1));
    put_text(writer, "id", "S", id);
    put_text(writer, "name", "S", name);
    put_number(writer, "points", (long)draw(n + 31, 5000));
    put_text(writer, "limit", "N", n % 50 == 0 ? "12345678901234567890123456789012345678" : "250");
    put_bool(writer, "active", draw(n + 32, 10) > 0);
    put_binary(writer, "avatar", n);
    put_address(writer, n);
    put_set(writer, "roles", "SS", tag_table, 1 + draw(n + 33, 5));
    put_set(writer, "levels", "NS", number_table, 1 + draw(n + 34, 3));
    put_set(writer, "keys", "BS", binary_table, 1 + draw(n + 35, 2));
    begin(writer, "visits", "L");
    json_begin_array(writer);
    for (uint32_t i = 0; i < draw(n + 36, 4); i++) {
        json_begin_object(writer);
        json_pair_string(writer, "S", PICK(city_table, n + 37 + i));
        json_end_object(writer);
    }
    json_end_array(writer);
    json_end_object(writer);
    if (draw(n + 38, 5) == 0)
        put_null(writer, "referrer");
    if (draw(n + 39, 6) == 0)
        put_text(writer, "note", "S", "");
    if (n % 97 == 0) /* what hostile data looks like on the screen */
        put_text(writer, "note", "S", "tab\there, escape \033[31mred\033[0m, end");
}

static void put_reading(struct json_writer *writer, uint32_t n)
{
    char device[16];
    uint32_t step = n % READINGS;

    snprintf(device, sizeof device, "dev-%02u", n / READINGS + 1);
    put_text(writer, "device", "S", device);
    put_number(writer, "at", FIRST_ORDER + (long)step * 900);
    put_money(writer, "celsius", 1500 + draw(n + 41, 1200));
    put_number(writer, "humidity", 30 + (long)draw(n + 42, 50));
    put_text(writer, "quality", "S", draw(n + 43, 20) ? "good" : "suspect");
    put_number(writer, "expires", FIRST_ORDER + (long)step * 900 + 90L * 86400);
}

static void put_shop(struct json_writer *writer, uint32_t n)
{
    uint32_t user = n / (SHOP_ORDERS + 1), order = n % (SHOP_ORDERS + 1);
    char partition[32], sort[48], name[80];

    snprintf(partition, sizeof partition, "USER#u%03u", user + 1);
    if (order == 0) {
        snprintf(name, sizeof name, "%s %s", PICK(given_table, user + 3),
            PICK(family_table, user + 4));
        put_text(writer, "pk", "S", partition);
        put_text(writer, "sk", "S", "PROFILE");
        put_text(writer, "type", "S", "User");
        put_text(writer, "name", "S", name);
        return;
    }
    snprintf(sort, sizeof sort, "ORDER#2026-10-%02u#%04u", 1 + draw(n, 28), n);
    put_text(writer, "pk", "S", partition);
    put_text(writer, "sk", "S", sort);
    put_text(writer, "type", "S", "Order");
    put_text(writer, "gsi1pk", "S", PICK(status_table, n + 51));
    put_text(writer, "gsi1sk", "S", sort);
    put_money(writer, "total", 300 + draw(n + 52, 40000));
}

static const struct {
    const char *name;
    size_t count;
    void (*put)(struct json_writer *writer, uint32_t n);
} table_table[] = {
    {"orders", ORDERS, put_order},
    {"customers", CUSTOMERS, put_customer},
    {"readings", DEVICES *READINGS, put_reading},
    {"shop", SHOP_USERS *(SHOP_ORDERS + 1), put_shop},
};

static enum error_code load_batch(struct connection *connection, size_t table, size_t from,
    struct buf *input, struct error *err)
{
    struct call_context context = {.who = "demo", .allow_write = true};
    struct json_writer writer;
    struct reply reply;
    enum error_code code;

    buf_clear(input);
    json_writer_init(&writer, input);
    json_begin_object(&writer);
    json_name(&writer, "RequestItems");
    json_begin_object(&writer);
    json_name(&writer, table_table[table].name);
    json_begin_array(&writer);
    for (size_t i = from; i < from + BATCH && i < table_table[table].count; i++) {
        json_begin_object(&writer);
        json_name(&writer, "PutRequest");
        json_begin_object(&writer);
        json_name(&writer, "Item");
        json_begin_object(&writer);
        table_table[table].put(&writer, (uint32_t)i);
        json_end_object(&writer);
        json_end_object(&writer);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    json_end_object(&writer);
    code = buf_check(input, "the demo's items", err);
    if (code)
        return code;
    reply_init(&reply);
    code = connection_call(connection, &service_dynamodb,
        service_operation_string(&service_dynamodb, "BatchWriteItem"), buf_view(input), &context,
        &reply, err);
    if (code == ERROR_NONE &&
        text_find(buf_view(&reply.body), TEXT("\"UnprocessedItems\":{}"), 0) == SIZE_MAX)
        code = error_set(err, ERROR_PARTIAL, "the endpoint left items of %s unwritten",
            table_table[table].name);
    reply_done(&reply);
    return code;
}

enum error_code demo_load(struct connection *connection, demo_loaded *loaded, void *user,
    struct error *err)
{
    struct buf input;
    enum error_code code = ERROR_NONE;

    buf_init(&input, 4 << 20);
    for (size_t table = 0; table < sizeof table_table / sizeof *table_table; table++)
        for (size_t from = 0; code == ERROR_NONE && from < table_table[table].count;
             from += BATCH) {
            size_t done = from + BATCH;

            code = load_batch(connection, table, from, &input, err);
            if (done > table_table[table].count)
                done = table_table[table].count;
            loaded(user, table_table[table].name, done, table_table[table].count);
        }
    buf_done(&input);
    return code;
}
