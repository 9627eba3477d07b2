#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "console/gateway_object.h"
#include "console/route_parts.h"

static struct arena *arena;

static int start(void **state)
{
    struct error err;

    (void)state;
    arena = arena_new(1 << 24, &err);
    return arena ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct json *tree(const char *text)
{
    struct error err;
    const struct json *json = *text ? json_parse(text_of(text), arena, &err) : NULL;

    assert_true(json || !*text);
    return json;
}

static void assert_patch(const char *now, const char *wanted, const char *expect)
{
    static const char *const skip[] = {"skipped", NULL};
    struct buf out;

    buf_init(&out, 4096);
    route_add_patch(&out, "", tree(now), tree(wanted), skip);
    assert_string_equal(buf_string(&out), expect);
    buf_done(&out);
}

static void a_patch_says_only_what_differs(void **state)
{
    (void)state;
    assert_patch("{}", "{}", "");
    assert_patch("{\"a\":1,\"b\":\"x\"}", "{\"b\":\"x\",\"a\":1}", "");
    assert_patch("{\"a\":1}", "{\"a\":2}", "{\"op\":\"replace\",\"path\":\"/a\",\"value\":\"2\"}");
    assert_patch("{\"a\":true}", "{\"a\":false}",
        "{\"op\":\"replace\",\"path\":\"/a\",\"value\":\"false\"}");
    assert_patch("{}", "{\"a\":\"x\\\"\"}",
        "{\"op\":\"replace\",\"path\":\"/a\",\"value\":\"x\\\"\"}");
    assert_patch("{\"a\":\"x\"}", "{}", "{\"op\":\"replace\",\"path\":\"/a\",\"value\":\"\"}");
    assert_patch("{\"skipped\":1}", "{\"skipped\":2}", "");
}

static void maps_and_lists_are_patched_entry_by_entry(void **state)
{
    (void)state;
    assert_patch("{\"m\":{\"a/b~c\":\"1\",\"gone\":\"2\"}}",
        "{\"m\":{\"a/b~c\":\"3\",\"new\":\"4\"}}",
        "{\"op\":\"replace\",\"path\":\"/m/a~1b~0c\",\"value\":\"3\"},"
        "{\"op\":\"remove\",\"path\":\"/m/gone\"},"
        "{\"op\":\"add\",\"path\":\"/m/new\",\"value\":\"4\"}");
    assert_patch("{}", "{\"m\":{\"a\":true}}",
        "{\"op\":\"add\",\"path\":\"/m/a\",\"value\":\"true\"}");
    assert_patch("{\"m\":{\"a\":true}}", "{}", "{\"op\":\"remove\",\"path\":\"/m/a\"}");
    assert_patch("{\"l\":[\"a\",\"b\"]}", "{\"l\":[\"b\",\"c\"]}",
        "{\"op\":\"remove\",\"path\":\"/l\",\"value\":\"a\"},"
        "{\"op\":\"add\",\"path\":\"/l\",\"value\":\"c\"}");
}

static void a_request_says_what_is_not_said_elsewhere(void **state)
{
    static const char *const skip[] = {"uri", NULL};
    const struct json *object = tree("{\"httpMethod\":\"GET\",\"uri\":\"u\",\"x\":null,"
                                     "\"integrationResponses\":{},\"n\":{\"a\":[1]}}");

    (void)state;
    assert_string_equal(route_copy_members(arena, object, true),
        ",\"integrationHttpMethod\":\"GET\",\"uri\":\"u\",\"n\":{\"a\":[1]}");
    assert_string_equal(route_copy_members(arena, object, false),
        ",\"uri\":\"u\",\"n\":{\"a\":[1]}");
    assert_string_equal(route_copy_but(arena, tree("{\"uri\":1,\"b\":2}"), skip), ",\"b\":2");
    assert_string_equal(route_copy_changed(arena, tree("{\"a\":1,\"b\":2}"),
                            tree("{\"a\":1,\"b\":3,\"c\":4}")),
        ",\"b\":3,\"c\":4");
    assert_string_equal(route_copy_changed(arena, NULL, NULL), "");
}

static void assert_state(const char *method, bool for_file, const char *expect)
{
    const struct json *json = tree(method);
    const struct gateway_route route = {.resource_id = TEXT("r1"),
        .method_json = json,
        .integration = json_member(json, "methodIntegration")};
    struct error err;
    struct text state;

    assert_int_equal(gateway_route_state(arena, &route, for_file, &state, &err), ERROR_NONE);
    assert_string_equal(arena_string(arena, state), expect);
}

static void a_state_has_no_ids_and_nothing_that_is_null(void **state)
{
    (void)state;
    assert_state("{\"httpMethod\":\"GET\",\"authorizerId\":null,\"methodIntegration\":{"
                 "\"uri\":\"u\",\"cacheNamespace\":\"r1\",\"credentials\":null}}",
        false, "{\"route\":{\"httpMethod\":\"GET\",\"methodIntegration\":{\"uri\":\"u\"}}}");
    assert_state("{\"httpMethod\":\"GET\",\"methodIntegration\":{\"cacheNamespace\":\"mine\"}}",
        false,
        "{\"route\":{\"httpMethod\":\"GET\",\"methodIntegration\":{\"cacheNamespace\":\"mine\"}}}");
    assert_state("{\"routeId\":\"q1\",\"routeKey\":\"GET /\",\"target\":\"integrations/i1\"}",
        false, "{\"route\":{\"routeKey\":\"GET /\"}}");
}

#define HEADERS(value)                                                                             \
    "{\"httpMethod\":\"GET\",\"methodIntegration\":{\"requestParameters\":{"                       \
    "\"integration.request.header.Authorization\":\"" value "\"}}}"

static void secrets_are_masked_in_a_state_for_a_file(void **state)
{
    (void)state;
    assert_state(HEADERS("'Bearer abc'"), true, "{\"route\":" HEADERS("********") "}");
    assert_state(HEADERS("'Bearer abc'"), false, "{\"route\":" HEADERS("'Bearer abc'") "}");
    assert_state(HEADERS("method.request.header.Authorization"), true,
        "{\"route\":" HEADERS("method.request.header.Authorization") "}");
    assert_state("{\"httpMethod\":\"GET\",\"methodIntegration\":{\"uri\":\"https://u:p@x/\","
                 "\"credentials\":\"arn:aws:iam::1:role/r\"}}",
        true,
        "{\"route\":{\"httpMethod\":\"GET\",\"methodIntegration\":{\"uri\":\"********\","
        "\"credentials\":\"arn:aws:iam::1:role/r\"}}}");
}

static void settings_are_found_with_and_without_the_slash(void **state)
{
    const struct gateway_object object = {.kind = GATEWAY_OBJECT_SETTINGS,
        .name = TEXT("GET /a/{b}"),
        .stage = TEXT("prod")};
    struct gateway_stage stage = {.name = TEXT("prod")};
    struct gateway_api api = {.kind = 'R', .stage_count = 1, .stage = &stage};

    (void)state;
    stage.json = tree("{\"methodSettings\":{\"~1a~1{b}/GET\":{\"x\":1}}}");
    assert_int_equal(json_integer_member(gateway_object_settings(&api, &object), "x", 0), 1);
    stage.json = tree("{\"methodSettings\":{\"a~1{b}/GET\":{\"x\":2}}}");
    assert_int_equal(json_integer_member(gateway_object_settings(&api, &object), "x", 0), 2);
    stage.json = tree("{\"methodSettings\":{\"*/*\":{\"x\":3}}}");
    assert_null(gateway_object_settings(&api, &object));
    api.kind = 'H';
    stage.json = tree("{\"routeSettings\":{\"GET /a/{b}\":{\"x\":4}}}");
    assert_int_equal(json_integer_member(gateway_object_settings(&api, &object), "x", 0), 4);
}

static void an_object_survives_its_way_through_a_file(void **state)
{
    static const char *const bad_table[] = {"{}", "[]",
        "{\"kind\":\"route\",\"api\":\"a\",\"of\":\"b\"}",
        "{\"kind\":\"api\",\"api\":\"a\",\"of\":\"b\",\"name\":\"c\"}",
        "{\"kind\":\"settings of route\",\"api\":\"a\",\"of\":\"b\",\"name\":\"c\"}",
        "{\"kind\":\"route\",\"api\":\"\",\"of\":\"b\",\"name\":\"c\"}"};
    const struct gateway_object object = {.kind = GATEWAY_OBJECT_SETTINGS,
        .api = TEXT("a1"),
        .of = TEXT("my \"shop\""),
        .name = TEXT("GET /x"),
        .stage = TEXT("prod")};
    struct gateway_object back;
    struct json_writer writer;
    struct error err;
    struct buf out, name;

    (void)state;
    buf_init(&out, 4096);
    buf_init(&name, 4096);
    json_writer_init(&writer, &out);
    gateway_object_write(&writer, &object);
    assert_int_equal(gateway_object_parse(tree(buf_string(&out)), &back, &err), ERROR_NONE);
    assert_true(text_is(back.api, "a1"));
    gateway_object_add_name(&name, &back); /* its texts are those of the tree */
    assert_string_equal(buf_string(&name), "settings of route GET /x of my \"shop\"/prod");
    buf_done(&out);
    buf_done(&name);
    for (size_t i = 0; i < sizeof bad_table / sizeof *bad_table; i++) {
        assert_int_equal(gateway_object_parse(tree(bad_table[i]), &back, &err), ERROR_INVALID);
        assert_string_equal(err.text, "what it speaks of is not understood");
    }
}

int main(void)
{
    static const struct CMUnitTest test_table[] = {
        cmocka_unit_test(a_patch_says_only_what_differs),
        cmocka_unit_test(maps_and_lists_are_patched_entry_by_entry),
        cmocka_unit_test(a_request_says_what_is_not_said_elsewhere),
        cmocka_unit_test(a_state_has_no_ids_and_nothing_that_is_null),
        cmocka_unit_test(secrets_are_masked_in_a_state_for_a_file),
        cmocka_unit_test(settings_are_found_with_and_without_the_slash),
        cmocka_unit_test(an_object_survives_its_way_through_a_file),
    };

    return cmocka_run_group_tests(test_table, start, stop);
}
