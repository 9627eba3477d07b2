#include "client/catalog.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"

static const char orders[] =
    "{\"TableName\":\"orders\",\"TableArn\":\"arn:aws:dynamodb:eu-west-1:1:table/orders\","
    "\"TableStatus\":\"ACTIVE\",\"ItemCount\":12,\"TableSizeBytes\":3400,"
    "\"AttributeDefinitions\":[{\"AttributeName\":\"ts\",\"AttributeType\":\"N\"},"
    "{\"AttributeName\":\"cust\",\"AttributeType\":\"S\"},"
    "{\"AttributeName\":\"blob\",\"AttributeType\":\"B\"}],"
    "\"KeySchema\":[{\"AttributeName\":\"ts\",\"KeyType\":\"RANGE\"},"
    "{\"AttributeName\":\"cust\",\"KeyType\":\"HASH\"}],"
    "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":7},"
    "\"StreamSpecification\":{\"StreamEnabled\":true},\"DeletionProtectionEnabled\":true,"
    "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"byBlob\",\"KeySchema\":"
    "[{\"AttributeName\":\"blob\",\"KeyType\":\"HASH\"}],"
    "\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"total\",\"st\"]},"
    "\"IndexStatus\":\"CREATING\",\"Backfilling\":true,\"ItemCount\":3,\"IndexSizeBytes\":90}],"
    "\"LocalSecondaryIndexes\":[{\"IndexName\":\"local\",\"KeySchema\":"
    "[{\"AttributeName\":\"cust\",\"KeyType\":\"HASH\"},"
    "{\"AttributeName\":\"blob\",\"KeyType\":\"RANGE\"}],"
    "\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}]}";

static enum error_code set_table(struct catalog *catalog, const char *source, struct error *err)
{
    struct arena *arena = arena_new(1 << 20, err);
    const struct json *table = arena ? json_parse(text_of(source), arena, err) : NULL;
    enum error_code code =
        table ? catalog_set_table(catalog, table, text_of(source), err) : err->code;

    arena_free(arena);
    return code;
}

static void a_new_catalog_knows_nothing(void **state)
{
    struct error err = {0};
    struct catalog *catalog = catalog_new(&err);
    const struct catalog_snapshot *snapshot = catalog_snapshot(catalog);
    size_t matches = 9;

    assert_int_equal(snapshot->table_count, 0);
    assert_int_equal(snapshot->api_count, 0);
    assert_false(snapshot->tables_known);
    assert_false(snapshot->apis_known);
    assert_null(catalog_find_table(snapshot, TEXT("orders")));
    assert_null(catalog_find_api(snapshot, TEXT("shop"), &matches));
    assert_int_equal(matches, 0);
    catalog_forget_table(catalog, TEXT("orders"));
    catalog_forget_api(catalog, TEXT("a1"));
    catalog_set_table_failure(catalog, TEXT("orders"), "denied");
    catalog_release(catalog, snapshot);
    catalog_release(catalog, NULL);
    catalog_free(catalog);
    catalog_free(NULL);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void a_description_is_read_whole(void **state)
{
    struct error err = {0};
    struct catalog *catalog = catalog_new(&err);
    const struct catalog_snapshot *snapshot;
    const struct catalog_table *table;
    const struct catalog_index *index;

    assert_int_equal(set_table(catalog, orders, &err), ERROR_NONE);
    snapshot = catalog_snapshot(catalog);
    table = catalog_find_table(snapshot, TEXT("orders"));
    assert_non_null(table);
    assert_string_equal(table->arn, "arn:aws:dynamodb:eu-west-1:1:table/orders");
    assert_string_equal(table->status, "ACTIVE");
    assert_int_equal(table->key_count, 2);
    assert_string_equal(table->key[0].name, "cust");
    assert_int_equal(table->key[0].type, 'S');
    assert_false(table->key[0].is_range);
    assert_string_equal(table->key[1].name, "ts");
    assert_int_equal(table->key[1].type, 'N');
    assert_true(table->key[1].is_range);
    assert_false(table->on_demand);
    assert_int_equal(table->read_units, 5);
    assert_int_equal(table->write_units, 7);
    assert_int_equal(table->items, 12);
    assert_int_equal(table->bytes, 3400);
    assert_true(table->stream);
    assert_true(table->protected_);
    assert_string_equal(table->table_class, "STANDARD");
    assert_string_equal(table->json, orders);
    assert_true(table->described > 0);
    assert_null(table->ttl);
    assert_null(table->failure);
    assert_int_equal(table->index_count, 2);
    index = catalog_find_index(table, TEXT("byBlob"));
    assert_false(index->is_local);
    assert_string_equal(index->projection, "INCLUDE");
    assert_int_equal(index->include_count, 2);
    assert_string_equal(index->include[1], "st");
    assert_string_equal(index->status, "CREATING");
    assert_true(index->backfilling);
    assert_int_equal(index->items, 3);
    assert_int_equal(index->bytes, 90);
    index = catalog_find_index(table, TEXT("local"));
    assert_true(index->is_local);
    assert_string_equal(index->status, "ACTIVE");
    assert_int_equal(index->key[1].type, 'B');
    assert_null(catalog_find_index(table, TEXT("other")));
    catalog_release(catalog, snapshot);
    catalog_free(catalog);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void a_description_without_a_name_is_refused(void **state)
{
    struct error err = {0};
    struct catalog *catalog = catalog_new(&err);

    assert_int_equal(set_table(catalog, "{\"TableStatus\":\"ACTIVE\"}", &err), ERROR_NETWORK);
    assert_string_equal(err.text, "the answer describes no table: it has no TableName");
    catalog_free(catalog);
    (void)state;
}

static void a_listing_keeps_what_is_known_and_drops_what_is_gone(void **state)
{
    struct error err = {0};
    struct catalog *catalog = catalog_new(&err);
    const struct text first[] = {TEXT("zeta"), TEXT("orders"), TEXT("cust"), TEXT("zeta")};
    const struct text second[] = {TEXT("orders"), TEXT("new")};
    const struct catalog_snapshot *snapshot;

    assert_int_equal(set_table(catalog, orders, &err), ERROR_NONE);
    assert_int_equal(catalog_set_tables(catalog, first, 4, &err), ERROR_NONE);
    snapshot = catalog_snapshot(catalog);
    assert_true(snapshot->tables_known);
    assert_int_equal(snapshot->table_count, 3);
    assert_string_equal(snapshot->table[0]->name, "cust");
    assert_string_equal(snapshot->table[1]->name, "orders");
    assert_string_equal(snapshot->table[2]->name, "zeta");
    assert_true(snapshot->table[1]->described > 0);
    assert_int_equal(snapshot->table[0]->described, 0);
    assert_string_equal(snapshot->table[0]->status, "");
    catalog_release(catalog, snapshot);
    assert_int_equal(catalog_set_tables(catalog, second, 2, &err), ERROR_NONE);
    snapshot = catalog_snapshot(catalog);
    assert_int_equal(snapshot->table_count, 2);
    assert_string_equal(snapshot->table[0]->name, "new");
    assert_int_equal(snapshot->table[1]->key_count, 2);
    catalog_release(catalog, snapshot);
    catalog_forget_table(catalog, TEXT("orders"));
    snapshot = catalog_snapshot(catalog);
    assert_int_equal(snapshot->table_count, 1);
    catalog_release(catalog, snapshot);
    assert_int_equal(catalog_set_tables(catalog, NULL, 0, &err), ERROR_NONE);
    catalog_free(catalog);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void a_snapshot_does_not_change_after_it_was_taken(void **state)
{
    struct error err = {0};
    struct catalog *catalog = catalog_new(&err);
    const struct catalog_snapshot *before, *same, *after;

    assert_int_equal(set_table(catalog, orders, &err), ERROR_NONE);
    before = catalog_snapshot(catalog);
    same = catalog_snapshot(catalog);
    assert_ptr_equal(before, same);
    assert_true(before->version == catalog_version(catalog));
    catalog_set_table_ttl(catalog, TEXT("orders"), TEXT("expires"));
    catalog_set_table_failure(catalog, TEXT("orders"), "AccessDeniedException");
    assert_true(before->version != catalog_version(catalog));
    after = catalog_snapshot(catalog);
    assert_null(before->table[0]->ttl);
    assert_string_equal(after->table[0]->ttl, "expires");
    assert_string_equal(after->table[0]->failure, "AccessDeniedException");
    assert_string_equal(after->table[0]->key[0].name, "cust");
    assert_string_equal(after->table[0]->index[0].include[0], "total");
    catalog_release(catalog, after);
    /* A new description ends the failure, but says nothing of the time to live. */
    assert_int_equal(set_table(catalog, orders, &err), ERROR_NONE);
    after = catalog_snapshot(catalog);
    assert_null(after->table[0]->failure);
    assert_string_equal(after->table[0]->ttl, "expires");
    catalog_set_table_ttl(catalog, TEXT("orders"), TEXT(""));
    catalog_release(catalog, after);
    after = catalog_snapshot(catalog);
    assert_null(after->table[0]->ttl);
    catalog_release(catalog, same);
    assert_string_equal(before->table[0]->name, "orders");
    catalog_free(catalog);
    assert_string_equal(before->table[0]->name, "orders");
    catalog_release(NULL, before);
    catalog_release(NULL, after);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static char id_a[] = "a1", id_b[] = "b2", id_c[] = "c3", shop[] = "shop", web[] = "web";
static char get[] = "GET", pets[] = "/pets", prod[] = "prod", deployment[] = "d1";

static void an_api_is_found_by_id_first_then_by_name(void **state)
{
    struct error err = {0};
    struct catalog *catalog = catalog_new(&err);
    struct catalog_api list[] = {{.id = id_c, .name = id_a, .kind = 'W'},
        {.id = id_b, .name = shop, .kind = 'H'}, {.id = id_a, .name = shop, .kind = 'R'}};
    const struct catalog_snapshot *snapshot;
    size_t matches;

    assert_int_equal(catalog_set_apis(catalog, list, 3, &err), ERROR_NONE);
    snapshot = catalog_snapshot(catalog);
    assert_true(snapshot->apis_known);
    assert_int_equal(snapshot->api_count, 3);
    assert_string_equal(snapshot->api[0]->id, "c3");
    assert_string_equal(snapshot->api[1]->id, "a1");
    assert_string_equal(snapshot->api[2]->id, "b2");
    assert_string_equal(catalog_find_api(snapshot, TEXT("a1"), &matches)->name, "shop");
    assert_int_equal(matches, 1);
    assert_non_null(catalog_find_api(snapshot, TEXT("shop"), &matches));
    assert_int_equal(matches, 2);
    assert_null(catalog_find_api(snapshot, TEXT("sho"), &matches));
    assert_int_equal(matches, 0);
    catalog_release(catalog, snapshot);
    catalog_free(catalog);
    (void)state;
}

static void a_listing_of_apis_keeps_routes_and_stages(void **state)
{
    struct error err = {0};
    struct catalog *catalog = catalog_new(&err);
    struct catalog_route route = {.method = get, .path = pets, .timeout_ms = 29000};
    struct catalog_stage stage = {.name = prod, .deployment = deployment, .undeployed = -1};
    struct catalog_api full = {.id = id_a,
        .name = shop,
        .kind = 'R',
        .routes_known = true,
        .route_count = 1,
        .route = &route,
        .stage_count = 1,
        .stage = &stage};
    struct catalog_api listed = {.id = id_a, .name = web, .kind = 'R', .created = 17};
    struct catalog_api emptied = {.id = id_a, .name = web, .kind = 'R', .routes_known = true};
    const struct catalog_snapshot *snapshot;

    assert_int_equal(catalog_set_api(catalog, &full, &err), ERROR_NONE);
    assert_int_equal(catalog_set_apis(catalog, &listed, 1, &err), ERROR_NONE);
    snapshot = catalog_snapshot(catalog);
    assert_int_equal(snapshot->api_count, 1);
    assert_string_equal(snapshot->api[0]->name, "web");
    assert_int_equal(snapshot->api[0]->created, 17);
    assert_true(snapshot->api[0]->routes_known);
    assert_string_equal(snapshot->api[0]->route[0].path, "/pets");
    assert_string_equal(snapshot->api[0]->route[0].target, "");
    assert_int_equal(snapshot->api[0]->route[0].timeout_ms, 29000);
    assert_int_equal(snapshot->api[0]->stage_count, 1);
    assert_string_equal(snapshot->api[0]->stage[0].deployment, "d1");
    assert_int_equal(snapshot->api[0]->stage[0].undeployed, -1);
    catalog_release(catalog, snapshot);
    assert_int_equal(catalog_set_api(catalog, &emptied, &err), ERROR_NONE);
    snapshot = catalog_snapshot(catalog);
    assert_int_equal(snapshot->api_count, 1);
    assert_int_equal(snapshot->api[0]->route_count, 0);
    assert_int_equal(snapshot->api[0]->stage_count, 0);
    catalog_release(catalog, snapshot);
    catalog_forget_api(catalog, TEXT("a1"));
    snapshot = catalog_snapshot(catalog);
    assert_int_equal(snapshot->api_count, 0);
    catalog_release(catalog, snapshot);
    catalog_free(catalog);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

struct seen {
    char all[256];
};

static void see(void *user, struct text path)
{
    struct seen *seen = user;
    size_t length = strlen(seen->all);

    assert_true(length + path.length + 2 < sizeof seen->all);
    memcpy(seen->all + length, path.data, path.length);
    memcpy(seen->all + length + path.length, " ", 2);
}

static void attributes_of_items_become_paths(void **state)
{
    struct error err = {0};
    struct catalog *catalog = catalog_new(&err);
    struct value leaf[2] = {{.type = VALUE_S}, {.type = VALUE_N}};
    struct text leaf_name[2] = {TEXT("b c"), TEXT("zip")};
    struct value element[2] = {{.type = VALUE_M, .count = 2, .element = leaf, .name = leaf_name},
        {.type = VALUE_N}};
    struct text name[2] = {TEXT("address"), TEXT("n")};
    struct value item = {.type = VALUE_M, .count = 2, .element = element, .name = name};
    struct seen seen = {{0}};
    uint64_t version;

    catalog_note_item(catalog, TEXT("orders"), &item);
    version = catalog_version(catalog);
    catalog_note_item(catalog, TEXT("orders"), &item);
    assert_true(catalog_version(catalog) == version);
    catalog_attributes(catalog, TEXT("orders"), see, &seen);
    assert_string_equal(seen.all, "address address.`b c` address.zip n ");
    seen = (struct seen){{0}};
    catalog_attributes(catalog, TEXT("other"), see, &seen);
    assert_string_equal(seen.all, "");
    catalog_free(catalog);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

struct reader {
    struct catalog *catalog;
    atomic_bool stop;
    bool broken;
};

static void *read_until_stopped(void *user)
{
    struct reader *reader = user;

    while (!atomic_load(&reader->stop)) {
        const struct catalog_snapshot *snapshot = catalog_snapshot(reader->catalog);
        const struct catalog_table *table = catalog_find_table(snapshot, TEXT("orders"));

        if (table && (strcmp(table->name, "orders") != 0 ||
                         (table->described && strcmp(table->key[0].name, "cust") != 0)))
            reader->broken = true;
        catalog_release(reader->catalog, snapshot);
    }
    return NULL;
}

static void readers_and_writers_do_not_disturb_each_other(void **state)
{
    struct error err = {0};
    struct reader reader = {.catalog = catalog_new(&err)};
    const struct text name[] = {TEXT("cust"), TEXT("orders")};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, read_until_stopped, &reader), 0);
    for (int i = 0; i < 500; i++) {
        assert_int_equal(catalog_set_tables(reader.catalog, name, 2, &err), ERROR_NONE);
        assert_int_equal(set_table(reader.catalog, orders, &err), ERROR_NONE);
        catalog_forget_table(reader.catalog, TEXT("orders"));
    }
    atomic_store(&reader.stop, true);
    pthread_join(thread, NULL);
    assert_false(reader.broken);
    catalog_free(reader.catalog);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void a_catalog_survives_every_failed_allocation(void **state)
{
    const struct text name[] = {TEXT("cust"), TEXT("orders")};
    struct catalog_api api = {.id = id_a, .name = shop, .kind = 'R'};
    bool done = false;

    for (long nth = 1; !done; nth++) {
        struct error err = {0};
        struct catalog *catalog;
        const struct catalog_snapshot *snapshot = NULL;

        mem_fail_at(nth);
        catalog = catalog_new(&err);
        done = catalog && !catalog_set_tables(catalog, name, 2, &err) &&
               !set_table(catalog, orders, &err) && !catalog_set_api(catalog, &api, &err) &&
               (snapshot = catalog_snapshot(catalog));
        mem_fail_at(0);
        if (!done && err.code)
            assert_int_equal(err.code, ERROR_MEMORY);
        catalog_release(catalog, snapshot);
        catalog_free(catalog);
        assert_int_equal(mem_live(), 0);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(a_new_catalog_knows_nothing),
        cmocka_unit_test(a_description_is_read_whole),
        cmocka_unit_test(a_description_without_a_name_is_refused),
        cmocka_unit_test(a_listing_keeps_what_is_known_and_drops_what_is_gone),
        cmocka_unit_test(a_snapshot_does_not_change_after_it_was_taken),
        cmocka_unit_test(an_api_is_found_by_id_first_then_by_name),
        cmocka_unit_test(a_listing_of_apis_keeps_routes_and_stages),
        cmocka_unit_test(attributes_of_items_become_paths),
        cmocka_unit_test(readers_and_writers_do_not_disturb_each_other),
        cmocka_unit_test(a_catalog_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
