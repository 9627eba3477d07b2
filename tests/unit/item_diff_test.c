#include "client/item_diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/unit/plain_value.h"
#include "tests/unit/random_value.h"

enum { ARENA_LIMIT = 256 * 1024 * 1024 };

static struct item_diff *diff_of(struct arena *arena, const struct value *old,
    const struct value *new, size_t reserve)
{
    struct error err = {0};
    struct item_diff *diff = item_diff_new(arena, old, new, reserve, &err);

    if (!diff)
        fail_msg("%s", err.text);
    return diff;
}

/* The update and the condition in the language's words. */
static void expect(const char *old, const char *new, const char *update, const char *condition)
{
    struct arena *arena = new_arena();
    struct item_diff *diff = diff_of(arena, plain(arena, old), plain(arena, new), 0);
    struct buf text;

    buf_init(&text, 1 << 20);
    if (diff->update)
        update_add_text(&text, diff->update);
    assert_string_equal(buf_string(&text), update);
    buf_clear(&text);
    if (diff->condition)
        expression_add_text(&text, diff->condition);
    assert_string_equal(buf_string(&text), condition);
    buf_done(&text);
    arena_free(arena);
}

static void equal_images_differ_in_nothing(void **state)
{
    expect("{\"id\": \"a\", \"n\": 1}", "{\"id\": \"a\", \"n\": 1.0}", "", "");
    (void)state;
}

static void attributes_are_set_and_removed_on_their_old_values(void **state)
{
    expect("{\"id\": \"a\", \"st\": \"new\"}", "{\"id\": \"a\", \"st\": \"paid\"}",
        "SET st = 'paid'", "st = 'new'");
    expect("{\"id\": \"a\", \"err\": null}", "{\"id\": \"a\", \"n\": 1}", "SET n = 1 REMOVE err",
        "err = null AND attribute_not_exists(n)");
    expect("{\"id\": \"a\", \"n\": 1}", "{\"id\": \"a\", \"n\": \"1\"}", "SET n = '1'", "n = 1");
    (void)state;
}

static void of_maps_only_the_changed_leaves_are_sent(void **state)
{
    expect("{\"m\": {\"a\": 1, \"b\": {\"c\": 2, \"d\": 3}, \"z\": 0}}",
        "{\"m\": {\"a\": 1, \"b\": {\"c\": 5, \"e\": 6}, \"z\": 0}}",
        "SET m.b.c = 5, m.b.e = 6 REMOVE m.b.d",
        "m.b.c = 2 AND m.b.d = 3 AND attribute_not_exists(m.b.e)");
    expect("{\"id\": 1}", "{\"id\": 1, \"m\": {\"a\": 1}}", "SET m = {a: 1}",
        "attribute_not_exists(m)");
    expect("{\"m\": {\"a\": 1}}", "{\"m\": {}}", "REMOVE m.a", "m.a = 1");
    expect("{\"m\": {\"\": 1, \"a\": 1}}", "{\"m\": {\"\": 1, \"a\": 2}}", "SET m = {'': 1, a: 2}",
        "m = {'': 1, a: 1}");
    (void)state;
}

static void of_lists_elements_or_what_is_appended_are_sent(void **state)
{
    expect("{\"l\": [1, {\"q\": 1}, 3]}", "{\"l\": [1, {\"q\": 2}, 3]}", "SET l[1] = {q: 2}",
        "l[1] = {q: 1}");
    expect("{\"l\": [1]}", "{\"l\": [1, 2, 3]}", "SET l = list_append(l, [2, 3])", "size(l) = 1");
    expect("{\"l\": []}", "{\"l\": [1]}", "SET l = list_append(l, [1])", "size(l) = 0");
    expect("{\"l\": [1, 2]}", "{\"l\": [2]}", "SET l = [2]", "l = [1, 2]");
    expect("{\"l\": [1]}", "{\"l\": [2, 1]}", "SET l = [2, 1]", "l = [1]");
    (void)state;
}

static void of_sets_gains_or_losses_are_sent(void **state)
{
    expect("{\"s\": {\"$ss\": [\"a\"]}}", "{\"s\": {\"$ss\": [\"a\", \"b\"]}}", "ADD s <<'b'>>",
        "s = <<'a'>>");
    expect("{\"s\": {\"$ns\": [1, 2, 3]}}", "{\"s\": {\"$ns\": [2]}}", "DELETE s <<1, 3>>",
        "s = <<1, 2, 3>>");
    expect("{\"s\": {\"$ns\": [1, 2]}}", "{\"s\": {\"$ns\": [2, 3]}}", "SET s = <<2, 3>>",
        "s = <<1, 2>>");
    expect("{\"m\": {\"s\": {\"$ss\": [\"a\"]}}}", "{\"m\": {\"s\": {\"$ss\": [\"a\", \"b\"]}}}",
        "SET m.s = <<'a', 'b'>>", "m.s = <<'a'>>");
    expect("{\"s\": {\"$ss\": [\"a\"]}}", "{\"s\": {\"$ns\": [1]}}", "SET s = <<1>>",
        "s = <<'a'>>");
    (void)state;
}

static const struct value *numbered_map(struct arena *arena, size_t count, int from)
{
    struct value *map = value_new_container(arena, VALUE_M, count);

    for (size_t i = 0; i < count; i++) {
        map->name[i] = text_of(arena_format(arena, "attribute%04zu", i));
        map->element[map->count++] =
            *value_new_text(arena, VALUE_N, text_of(arena_format(arena, "%zu", i + (size_t)from)));
    }
    return map;
}

static const struct value *item_with(struct arena *arena, const char *name,
    const struct value *value)
{
    return value_with(arena, plain(arena, "{\"id\": \"a\"}"), text_of(name), value);
}

/* 40 changes in one map and 200 in another: only the larger one has to be sent as a whole. */
static void changes_beyond_the_limits_are_sent_as_the_value_that_holds_them(void **state)
{
    struct arena *arena = new_arena();
    const struct value *old = item_with(arena, "large", numbered_map(arena, 200, 0));
    const struct value *new = item_with(arena, "large", numbered_map(arena, 200, 1000));
    struct item_diff *diff;

    old = value_with(arena, old, TEXT("small"), numbered_map(arena, 40, 0));
    new = value_with(arena, new, TEXT("small"), numbered_map(arena, 40, 1000));
    diff = diff_of(arena, old, new, 0);
    assert_int_equal(diff->count, 41);
    assert_int_equal(diff->change[0].path->count, 1);
    assert_true(path_is_name(diff->change[0].path, TEXT("large")));
    assert_int_equal(diff->change[0].old->count, 200);
    assert_int_equal(diff->change[1].path->count, 2);
    assert_true(value_equal(update_apply(diff->update, old, arena, &(struct error){0}), new));
    arena_free(arena);
    (void)state;
}

static void more_attributes_than_an_expression_holds_are_refused(void **state)
{
    struct arena *arena = new_arena();
    struct error err = {0};

    assert_null(
        item_diff_new(arena, numbered_map(arena, 200, 0), numbered_map(arena, 200, 1000), 0, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_string_equal(err.text,
        "200 attributes change: more than one update may say (4 KB, 300 operators)");
    assert_non_null(
        item_diff_new(arena, numbered_map(arena, 90, 0), numbered_map(arena, 90, 1000), 0, &err));
    assert_null(item_diff_new(arena, numbered_map(arena, 90, 0), numbered_map(arena, 90, 1000),
        2000, &err));
    arena_free(arena);
    (void)state;
}

static size_t printed_bytes(struct arena *arena, const struct item_diff *diff)
{
    struct error err = {0};
    struct expression_printer *printer = expression_printer_new(arena, &err);
    struct buf text;
    size_t update, condition;

    assert_non_null(printer);
    buf_init(&text, 1 << 20);
    expression_print_update(printer, &text, diff->update);
    update = text.length;
    expression_print(printer, &text, diff->condition);
    condition = text.length - update;
    buf_done(&text);
    return update > condition ? update : condition;
}

static void a_diff_applied_to_the_old_image_gives_the_new_one(void **state)
{
    uint64_t seed = 20261121;

    for (int i = 0; i < 20000; i++) {
        struct arena *arena = new_arena();
        const struct value *old = random_item(&seed, arena);
        const struct value *new = random_item(&seed, arena);
        struct item_diff *diff;
        struct error err = {0};

        /* Images that have much in common are the usual case. */
        for (size_t k = 0; k < old->count; k++)
            if (random_below(&seed, 2) == 0)
                new = value_with(arena, new, old->name[k], &old->element[k]);
        diff = diff_of(arena, old, new, 0);
        if (diff->count == 0) {
            assert_true(value_equal(old, new));
        } else {
            assert_true(expression_holds(diff->condition, old, arena));
            assert_true(value_equal(update_apply(diff->update, old, arena, &err), new));
            assert_true(printed_bytes(arena, diff) <= ITEM_DIFF_BYTES);
        }
        arena_free(arena);
    }
    (void)state;
}

static void an_unchanged_item_is_told_by_its_smallest_attributes_first(void **state)
{
    struct arena *arena = new_arena();
    const struct value *item =
        plain(arena, "{\"big\": \"xxxxxxxxxx\", \"id\": \"a\", \"n\": true, \"mid\": \"xxxx\"}");
    struct expression *all = item_diff_unchanged(arena, item, 0), *some;
    struct buf text;

    buf_init(&text, 1 << 20);
    expression_add_text(&text, all);
    assert_string_equal(buf_string(&text),
        "id = 'a' AND n = true AND mid = 'xxxx' AND big = 'xxxxxxxxxx'");
    some = item_diff_unchanged(arena, numbered_map(arena, 500, 0), 0);
    assert_int_equal(some->kind, EXPRESSION_AND);
    assert_in_range(some->count, 90, 149);
    some = item_diff_unchanged(arena, plain(arena, "{\"id\": 1}"), 0);
    buf_clear(&text);
    expression_add_text(&text, some);
    assert_string_equal(buf_string(&text), "id = 1");
    buf_done(&text);
    arena_free(arena);
    (void)state;
}

static void a_diff_survives_every_failed_allocation(void **state)
{
    struct arena *kept = new_arena();
    const struct value *old = numbered_map(kept, 60, 0), *new = numbered_map(kept, 61, 5);
    struct item_diff *diff = NULL;

    for (long nth = 1; !diff && nth < 1000; nth++) {
        struct error err = {0};
        struct arena *arena = arena_new(ARENA_LIMIT, &err);

        mem_fail_at(nth);
        diff = item_diff_new(arena, old, new, 0, &err);
        mem_fail_at(0);
        assert_true(diff || err.code == ERROR_MEMORY);
        arena_free(arena);
    }
    assert_non_null(diff);
    arena_free(kept);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_images_differ_in_nothing),
        cmocka_unit_test(attributes_are_set_and_removed_on_their_old_values),
        cmocka_unit_test(of_maps_only_the_changed_leaves_are_sent),
        cmocka_unit_test(of_lists_elements_or_what_is_appended_are_sent),
        cmocka_unit_test(of_sets_gains_or_losses_are_sent),
        cmocka_unit_test(changes_beyond_the_limits_are_sent_as_the_value_that_holds_them),
        cmocka_unit_test(more_attributes_than_an_expression_holds_are_refused),
        cmocka_unit_test(a_diff_applied_to_the_old_image_gives_the_new_one),
        cmocka_unit_test(an_unchanged_item_is_told_by_its_smallest_attributes_first),
        cmocka_unit_test(a_diff_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
