#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "endpoint/gateway/router.h"

/* What a route is added as and answers with: its own text "GET /pets". */
struct router_case {
    const char *request, *route, *variables;
};

struct table {
    const char *const *route;
    size_t route_count;
    const struct router_case *row;
    size_t row_count;
    bool is_http;
};

static struct router *build(const struct table *table, struct arena *arena)
{
    struct router *router = router_new(arena);

    assert_non_null(router);
    for (size_t i = 0; i < table->route_count; i++) {
        struct text path = text_of(table->route[i]), verb;

        assert_true(text_take_until(&path, ' ', &verb));
        assert_true(router_add(router, path, verb, arena_string(arena, text_of(table->route[i]))));
    }
    return router;
}

static void check(const struct table *table)
{
    struct error err = {0};
    struct arena *arena = arena_new(1024 * 1024, &err);
    struct router *router = build(table, arena);

    for (size_t i = 0; i < table->row_count; i++) {
        const struct router_case *row = &table->row[i];
        struct text path = text_of(row->request), verb;
        struct router_match match;
        struct buf found;
        bool good;

        buf_init(&found, 4096);
        assert_true(text_take_until(&path, ' ', &verb));
        good = table->is_http ? router_find_http(router, verb, path, &match)
                              : router_find_rest(router, verb, path, &match);
        if (!good) {
            assert_null(row->route);
            buf_done(&found);
            continue;
        }
        assert_non_null(row->route);
        assert_string_equal((const char *)match.value, row->route);
        for (size_t at = 0; at < match.variable_count; at++)
            buf_add_format(&found, "%s%.*s=%.*s", at > 0 ? " " : "",
                (int)match.variable[at].name.length, match.variable[at].name.data,
                (int)match.variable[at].value.length, match.variable[at].value.data);
        assert_string_equal(buf_string(&found), row->variables);
        buf_done(&found);
    }
    arena_free(arena);
    assert_int_equal(mem_live(), 0);
}

#define CHECK(routes, rows, http)                                                                  \
    check(&(struct table){routes, sizeof(routes) / sizeof *(routes), rows,                         \
        sizeof(rows) / sizeof *(rows), http})

static void a_rest_resource_without_the_verb_falls_back(void **state)
{
    static const char *const routes[] = {"ANY /{proxy+}", "GET /jobs/{type}", "POST /admin",
        "OPTIONS /r"};
    static const struct router_case rows[] = {
        {"GET /jobs/a", "GET /jobs/{type}", "type=a"},
        {"POST /jobs/a", "ANY /{proxy+}", "proxy=jobs/a"},
        {"GET /jobs", "ANY /{proxy+}", "proxy=jobs"},
        {"PUT /jobs", "ANY /{proxy+}", "proxy=jobs"},
        {"GET /admin", "ANY /{proxy+}", "proxy=admin"},
        {"POST /admin", "POST /admin", ""},
        {"GET /r", "ANY /{proxy+}", "proxy=r"},
        {"OPTIONS /r", "OPTIONS /r", ""},
        {"GET /", NULL, ""},
    };

    CHECK(routes, rows, false);
    (void)state;
}

static void a_rest_path_without_resource_is_not_found(void **state)
{
    static const char *const routes[] = {"GET /pets", "ANY /any"};
    static const struct router_case rows[] = {
        {"GET /", NULL, ""},
        {"POST /pets", NULL, ""},
        {"GET /x", NULL, ""},
        {"GET /pets/1", NULL, ""},
        {"HEAD /pets", NULL, ""},
        {"TRACE /any", NULL, ""},
        {"ANY /any", NULL, ""},
        {"HEAD /any", "ANY /any", ""},
        {"GET /pets/", "GET /pets", ""},
        {"GET /pets//", NULL, ""},
        {"GET //pets", NULL, ""},
        {"GET /%70ets", "GET /pets", ""},
        {"GET /p%65ts/", "GET /pets", ""},
        {"GET /pets%2f", NULL, ""},
    };

    CHECK(routes, rows, false);
    (void)state;
}

static void static_comes_before_variable_before_greedy(void **state)
{
    static const char *const routes[] = {"GET /a/b", "GET /a/{x}", "GET /a/{x}/{y+}", "GET /{z+}",
        "GET /a/{x}/c", "ANY /a/b", "GET /"};
    static const struct router_case rows[] = {
        {"GET /a/b", "GET /a/b", ""},
        {"POST /a/b", "ANY /a/b", ""},
        {"GET /a/q", "GET /a/{x}", "x=q"},
        {"GET /a/q/c", "GET /a/{x}/c", "x=q"},
        {"GET /a/q/d", "GET /a/{x}/{y+}", "x=q y=d"},
        {"GET /a/b/d/e", "GET /a/{x}/{y+}", "x=b y=d/e"},
        {"GET /a//c", "GET /{z+}", "z=a//c"},
        {"GET /q", "GET /{z+}", "z=q"},
        {"GET /a%20b", "GET /{z+}", "z=a%20b"},
        {"GET /", "GET /", ""},
    };

    CHECK(routes, rows, false);
    (void)state;
}

static void http_routes_have_the_documented_priority(void **state)
{
    static const char *const routes[] = {"GET /pets/dog/1", "GET /pets/dog/{id}",
        "GET /pets/{proxy+}", "ANY /{proxy+}"};
    static const struct router_case rows[] = {
        {"GET /pets/dog/1", "GET /pets/dog/1", ""},
        {"GET /pets/dog/2", "GET /pets/dog/{id}", "id=2"},
        {"GET /pets/cat/1", "GET /pets/{proxy+}", "proxy=cat/1"},
        {"POST /test/5", "ANY /{proxy+}", "proxy=test/5"},
        {"POST /pets/dog/1", "ANY /{proxy+}", "proxy=pets/dog/1"},
        {"GET /", NULL, ""},
    };

    CHECK(routes, rows, true);
    (void)state;
}

static void a_full_match_comes_before_a_greedy_one_of_http(void **state)
{
    static const char *const routes[] = {"GET /pets/{proxy+}", "GET /{a}/{b}", "GET /x/{id}",
        "POST /x/{name}", "ANY /x/y"};
    static const struct router_case rows[] = {
        {"GET /pets/1", "GET /{a}/{b}", "a=pets b=1"},
        {"GET /pets/1/2", "GET /pets/{proxy+}", "proxy=1/2"},
        {"GET /x/1", "GET /x/{id}", "id=1"},
        {"POST /x/1", "POST /x/{name}", "name=1"},
        {"GET /x/y", "ANY /x/y", ""},
        {"GET /x/1/", NULL, ""},
    };

    CHECK(routes, rows, true);
    (void)state;
}

static void paths_that_cannot_be_served_are_refused(void **state)
{
    struct error err = {0};
    struct arena *arena = arena_new(1024 * 1024, &err);
    struct router *router = router_new(arena);
    char deep[512] = "";

    for (int i = 0; i < ROUTER_VARIABLES + 1; i++)
        memcpy(deep + 4 * i, "/{a}", 5);
    assert_false(router_add(router, text_of(deep), TEXT("GET"), arena));
    assert_false(router_add(router, TEXT("pets"), TEXT("GET"), arena));
    assert_false(router_add(router, TEXT(""), TEXT("GET"), arena));
    assert_false(router_add(router, TEXT("/pets"), TEXT("FETCH"), arena));
    assert_int_equal(router_verb(TEXT("GET")), 0);
    assert_int_equal(router_verb(TEXT("ANY")), ROUTER_ANY);
    assert_int_equal(router_verb(TEXT("get")), -1);
    arena_free(arena);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rest_resource_without_the_verb_falls_back),
        cmocka_unit_test(a_rest_path_without_resource_is_not_found),
        cmocka_unit_test(static_comes_before_variable_before_greedy),
        cmocka_unit_test(http_routes_have_the_documented_priority),
        cmocka_unit_test(a_full_match_comes_before_a_greedy_one_of_http),
        cmocka_unit_test(paths_that_cannot_be_served_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
