#include "client/expression.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "console/language/parser.h"

static bool may_repeat(const char *clauses)
{
    struct error err = {0};
    struct arena *arena = arena_new(1 << 20, &err);
    struct language_context context = {0};
    const struct update *update;
    struct lexer lexer;
    bool may;

    assert_non_null(arena);
    lexer_init(&lexer, text_of(clauses), arena);
    lexer.context = &context;
    update = parse_update(&lexer, &err);
    if (!update)
        fail_msg("%s: %s", clauses, err.text);
    may = update_may_repeat(update);
    arena_free(arena);
    return may;
}

static void what_leaves_the_same_item_may_repeat(void **state)
{
    (void)state;
    assert_true(may_repeat("SET a = 1"));
    assert_true(may_repeat("SET a = b, c = 'x' REMOVE d"));
    assert_true(may_repeat("SET a = if_not_exists(a, 5)"));
    assert_true(may_repeat("SET m.a = 1 REMOVE m.b"));
    assert_true(may_repeat("ADD s <<'x'>>"));
    assert_true(may_repeat("DELETE s <<'x'>>"));
}

static void amounts_count_twice(void **state)
{
    (void)state;
    assert_false(may_repeat("SET n = n + 1"));
    assert_false(may_repeat("SET n = 10 - n"));
    assert_false(may_repeat("SET n = if_not_exists(n, 0) + 1"));
    assert_false(may_repeat("SET l = list_append(l, [1])"));
    assert_false(may_repeat("ADD n 1"));
}

static void what_reads_its_own_change_comes_out_different(void **state)
{
    (void)state;
    assert_false(may_repeat("SET old = n, n = 7"));
    assert_false(may_repeat("SET a = b, b = a"));
    assert_false(may_repeat("SET a = b REMOVE b"));
    assert_false(may_repeat("SET a = m.b REMOVE m"));
    assert_false(may_repeat("SET a = a.b"));
}

static void list_elements_move(void **state)
{
    (void)state;
    assert_false(may_repeat("REMOVE l[0]"));
    assert_false(may_repeat("SET l[9] = 'x'"));
    assert_true(may_repeat("SET l[0].a = 1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leaves_the_same_item_may_repeat),
        cmocka_unit_test(amounts_count_twice),
        cmocka_unit_test(what_reads_its_own_change_comes_out_different),
        cmocka_unit_test(list_elements_move),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
