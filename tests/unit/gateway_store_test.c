#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "endpoint/gateway/gateway_store.h"
#include "endpoint/gateway/limits.h"
#include "endpoint/gateway/mapping.h"

static char folder[4096];

static int make_folder(void **state)
{
    struct error err = {0};
    struct buf name;

    buf_init(&name, sizeof folder - 1);
    assert_int_equal(file_make_temporary("gateway-store", &name, &err), 0);
    snprintf(folder, sizeof folder, "%s", buf_string(&name));
    buf_done(&name);
    (void)state;
    return 0;
}

static int drop_folder(void **state)
{
    file_remove_tree(folder);
    assert_int_equal(mem_live(), 0);
    (void)state;
    return 0;
}

static enum error_code put(struct gateway_store *store, const char *id, const char *json,
    struct error *err)
{
    const struct gateway_store_put record = {.kind = GATEWAY_STAGE,
        .account = TEXT("1"),
        .region = TEXT("r"),
        .api = TEXT("a"),
        .id = text_of(id),
        .json = text_of(json)};

    return gateway_store_put(store, &record, err);
}

static const char *get(struct gateway_store *store, const char *id)
{
    const struct record *record = gateway_store_find(store, GATEWAY_STAGE, TEXT("a"), text_of(id));
    static char text[256];

    snprintf(text, sizeof text, "%.*s", record ? (int)record->json.length : 8,
        record ? record->json.data : "(absent)");
    return text;
}

static void documents_are_there_after_a_restart(void **state)
{
    struct error err = {0};
    struct gateway_store *store = gateway_store_new(folder, &err);
    const struct record *record;
    struct buf text;

    assert_non_null(store);
    assert_int_equal(gateway_store_begin(store, &err), 0);
    assert_int_equal(put(store, "one", "{\"n\":1}", &err), 0);
    assert_int_equal(put(store, "two", "{\"n\":2}", &err), 0);
    assert_int_equal(put(store, "one", "{\"n\":3}", &err), 0);
    assert_int_equal(gateway_store_put_snapshot(store, TEXT("a"), TEXT("d"), TEXT("{}"),
                         TEXT("hash"), &err),
        0);
    assert_int_equal(gateway_store_commit(store, &err), 0);
    gateway_store_free(store);
    store = gateway_store_new(folder, &err);
    assert_non_null(store);
    assert_string_equal(get(store, "one"), "{\"n\":3}");
    record = gateway_store_next(store, GATEWAY_STAGE, TEXT("a"), 0);
    assert_true(text_is(record->id, "one")); /* in the order of creation */
    record = gateway_store_next(store, GATEWAY_STAGE, TEXT("a"), record->sequence);
    assert_true(text_is(record->id, "two"));
    assert_null(gateway_store_next(store, GATEWAY_STAGE, TEXT("a"), record->sequence));
    buf_init(&text, 1024);
    assert_int_equal(gateway_store_read_hash(store, TEXT("a"), TEXT("d"), &text, &err), 0);
    assert_string_equal(buf_string(&text), "hash");
    assert_int_equal(gateway_store_read_snapshot(store, TEXT("a"), TEXT("x"), &text, &err),
        ERROR_NOT_FOUND);
    buf_done(&text);
    gateway_store_free(store);
    (void)state;
}

static void a_rollback_leaves_everything_as_it_was(void **state)
{
    struct error err = {0};
    struct gateway_store *store = gateway_store_new(folder, &err);

    assert_int_equal(gateway_store_begin(store, &err), 0);
    assert_int_equal(put(store, "kept", "{\"n\":1}", &err), 0);
    assert_int_equal(gateway_store_commit(store, &err), 0);
    assert_int_equal(gateway_store_begin(store, &err), 0);
    assert_int_equal(put(store, "kept", "{\"n\":2}", &err), 0);
    assert_int_equal(put(store, "new", "{}", &err), 0);
    assert_int_equal(put(store, "new", "{\"n\":1}", &err), 0);
    assert_int_equal(gateway_store_remove(store, GATEWAY_STAGE, TEXT("a"), TEXT("kept"), &err), 0);
    assert_string_equal(get(store, "kept"), "(absent)");
    assert_string_equal(get(store, "new"), "{\"n\":1}");
    assert_int_equal(gateway_store_count(store, GATEWAY_STAGE, TEXT("a")), 1);
    gateway_store_rollback(store);
    assert_string_equal(get(store, "kept"), "{\"n\":1}");
    assert_string_equal(get(store, "new"), "(absent)");
    assert_int_equal(gateway_store_begin(store, &err), 0);
    assert_int_equal(gateway_store_remove(store, GATEWAY_STAGE, TEXT("a"), TEXT("kept"), &err), 0);
    assert_int_equal(put(store, "kept", "{\"n\":3}", &err), 0);
    assert_int_equal(gateway_store_commit(store, &err), 0);
    assert_string_equal(get(store, "kept"), "{\"n\":3}");
    assert_int_equal(gateway_store_begin(store, &err), 0);
    assert_int_equal(gateway_store_remove_all(store, TEXT("a"), &err), 0);
    assert_int_equal(gateway_store_commit(store, &err), 0);
    assert_int_equal(gateway_store_count(store, GATEWAY_STAGE, TEXT("a")), 0);
    gateway_store_free(store);
    (void)state;
}

static void change_file(const char *sql)
{
    char path[4200];
    sqlite3 *db;

    snprintf(path, sizeof path, "%s/gateway.db", folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void foreign_newer_and_broken_files_are_refused(void **state)
{
    struct error err = {0};
    struct gateway_store *store = gateway_store_new(folder, &err);
    struct buf path;

    gateway_store_free(store);
    change_file("PRAGMA user_version = 99");
    assert_null(gateway_store_new(folder, &err));
    assert_non_null(
        strstr(err.text, "gateway.db: written by a newer gatehouse (version 99, here 1)"));
    change_file(
        "PRAGMA user_version = 1; INSERT INTO doc VALUES(1,'1','r','stage','a','x','{',0,0)");
    assert_null(gateway_store_new(folder, &err));
    assert_non_null(strstr(err.text, "document x"));
    change_file("UPDATE doc SET kind = 'mystery', json = '{}'");
    assert_null(gateway_store_new(folder, &err));
    assert_non_null(strstr(err.text, "unknown kind of document mystery"));
    change_file("PRAGMA application_id = 7");
    assert_null(gateway_store_new(folder, &err));
    assert_non_null(strstr(err.text, "a SQLite file of another program"));
    buf_init(&path, 4200);
    buf_add_format(&path, "%s/gateway.db", folder);
    assert_int_equal(file_write(buf_string(&path), TEXT("this is not a database, not at all"), 0600,
                         &err),
        0);
    buf_done(&path);
    assert_null(gateway_store_new(folder, &err));
    assert_non_null(strstr(err.text, "not a gateway file of gatehouse"));
    assert_null(gateway_store_new("/nothere/at/all", &err));
    assert_int_equal(err.code, ERROR_IO);
    (void)state;
}

static void a_store_survives_every_failed_allocation(void **state)
{
    struct error err = {0};
    struct gateway_store *store = gateway_store_new(folder, &err);
    bool done = false;

    assert_int_equal(gateway_store_begin(store, &err), 0);
    assert_int_equal(put(store, "one", "{\"n\":1}", &err), 0);
    assert_int_equal(gateway_store_commit(store, &err), 0);
    for (long nth = 1; !done; nth++) {
        mem_fail_at(nth);
        done = gateway_store_begin(store, &err) == ERROR_NONE &&
               put(store, "one", "{\"n\":2}", &err) == ERROR_NONE &&
               put(store, "two", "{\"n\":2}", &err) == ERROR_NONE &&
               gateway_store_commit(store, &err) == ERROR_NONE;
        mem_fail_at(0);
        gateway_store_rollback(store);
        assert_string_equal(get(store, "one"), done ? "{\"n\":2}" : "{\"n\":1}");
        assert_string_equal(get(store, "two"), done ? "{\"n\":2}" : "(absent)");
    }
    gateway_store_free(store);
    store = NULL;
    for (long nth = 1; !store; nth++) {
        mem_fail_at(nth);
        store = gateway_store_new(folder, &err);
        mem_fail_at(0);
        assert_true(store || (err.code == ERROR_MEMORY && mem_live() == 0));
    }
    assert_string_equal(get(store, "two"), "{\"n\":2}");
    gateway_store_free(store);
    (void)state;
}

static void buckets_give_rate_and_burst(void **state)
{
    struct limits_bucket bucket;
    unsigned taken = 0;

    limits_bucket_init(&bucket, 10.5, 5, 0);
    for (int i = 0; i < 100; i++)
        taken += limits_bucket_take(&bucket, 0);
    assert_int_equal(taken, 5);
    taken = 0;
    for (uint64_t now = 0; now <= 10 * CLOCK_SECOND; now += CLOCK_MS)
        taken += limits_bucket_take(&bucket, now);
    assert_int_equal(taken, 105);
    assert_true(limits_bucket_take(&bucket, UINT64_MAX / 2));
    limits_bucket_init(&bucket, 0, 1, 0);
    assert_true(limits_bucket_take(&bucket, 0));
    assert_false(limits_bucket_take(&bucket, UINT64_MAX / 2));
    limits_bucket_init(&bucket, -1, -1, 0);
    for (int i = 0; i < 100; i++)
        assert_true(limits_bucket_take(&bucket, 0));
    limits_bucket_init(&bucket, 1e12, INT64_MAX, 0);
    assert_true(limits_bucket_take(&bucket, CLOCK_SECOND));
    (void)state;
}

static void mapping_expressions_are_read_or_refused(void **state)
{
    static const struct {
        enum mapping_side side;
        bool is_http;
        const char *target, *source;
        bool good;
    } table[] = {
        {MAPPING_REQUEST, false, "integration.request.path.a", "method.request.path.b", true},
        {MAPPING_REQUEST, false, "integration.request.header.a", "'static'", true},
        {MAPPING_REQUEST, false, "integration.request.querystring.a", "method.request.body.x[0]",
            true},
        {MAPPING_REQUEST, false, "integration.request.header.a",
            "method.request.multivaluequerystring.x", true},
        {MAPPING_REQUEST, false, "integration.request.header.a", "context.requestId", true},
        {MAPPING_REQUEST, false, "integration.request.header.a", "stageVariables.x", true},
        {MAPPING_REQUEST, false, "integration.request.header.", "'x'", false},
        {MAPPING_REQUEST, false, "method.response.header.a", "'x'", false},
        {MAPPING_REQUEST, false, "integration.request.header.a", "x", false},
        {MAPPING_REQUEST, false, "integration.request.header.a", "integration.response.body",
            false},
        {MAPPING_REQUEST, false, "integration.request.header.a", "method.request.path.", false},
        {MAPPING_REQUEST, false, "integration.request.header.a", "method.request.body.[", false},
        {MAPPING_RESPONSE, false, "method.response.header.a", "integration.response.header.b",
            true},
        {MAPPING_RESPONSE, false, "method.response.header.a", "integration.response.body.$.a",
            true},
        {MAPPING_RESPONSE, false, "method.response.header.a", "method.request.path.b", false},
        {MAPPING_REQUEST, true, "overwrite:header.x", "$request.header.y", true},
        {MAPPING_REQUEST, true, "append:querystring.x", "a-${context.stage}-b", true},
        {MAPPING_REQUEST, true, "remove:header.x", "''", true},
        {MAPPING_REQUEST, true, "overwrite:path", "$request.path", true},
        {MAPPING_REQUEST, true, "append:path", "$request.path", false},
        {MAPPING_REQUEST, true, "overwrite:header.Authorization", "x", false},
        {MAPPING_REQUEST, true, "overwrite:header.X-Amzn-Anything", "x", false},
        {MAPPING_REQUEST, true, "overwrite:header.a b", "x", false},
        {MAPPING_REQUEST, true, "overwrite:header.x", "$response.header.y", false},
        {MAPPING_REQUEST, true, "overwrite:header.x", "$request.body..a", false},
        {MAPPING_REQUEST, true, "overwrite:header.x", "${context.a", false},
        {MAPPING_REQUEST, true, "set:header.x", "a", false},
        {MAPPING_RESPONSE, true, "overwrite:statuscode", "$response.body.code", true},
        {MAPPING_RESPONSE, true, "overwrite:path", "x", false},
        {MAPPING_RESPONSE, true, "append:querystring.x", "x", false},
    };
    struct error err = {0};
    struct arena *arena = arena_new(1024 * 1024, &err);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct text target = text_of(table[i].target), source = text_of(table[i].source);
        struct mapping mapping;
        enum error_code code =
            table[i].is_http
                ? mapping_parse_http(table[i].side, target, source, arena, &mapping, &err)
                : mapping_parse_rest(table[i].side, target, source, arena, &mapping, &err);

        if ((code == ERROR_NONE) != table[i].good)
            print_error("%s <- %s\n", table[i].target, table[i].source);
        assert_int_equal(code == ERROR_NONE, table[i].good);
        assert_true(table[i].good || code == ERROR_USAGE);
    }
    arena_free(arena);
    (void)state;
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(documents_are_there_after_a_restart),
        FOLDER_TEST(a_rollback_leaves_everything_as_it_was),
        FOLDER_TEST(foreign_newer_and_broken_files_are_refused),
        FOLDER_TEST(a_store_survives_every_failed_allocation),
        cmocka_unit_test(buckets_give_rate_and_burst),
        cmocka_unit_test(mapping_expressions_are_read_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
