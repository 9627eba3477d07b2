#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/expression_parse.h"
#include "tests/unit/plain_value.h"
#include "tests/unit/random_value.h"

enum { ARENA_LIMIT = 64 * 1024 * 1024 };

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const char *const ITEM =
    "{\"n\":5,\"s\":\"x\",\"l\":[0,1,2,3],\"m\":{\"a\":1,\"k\":{\"deep\":[10,20]}},"
    "\"ss\":{\"$ss\":[\"a\",\"b\"]},\"ns\":{\"$ns\":[1,2]},\"u\":null}";
static const char *const VALUES =
    "{\":1\":1,\":2\":2.50,\":9\":9,\":s\":\"new\",\":l\":[7,8],\":e\":[],\":m\":{\"x\":1},"
    "\":ss\":{\"$ss\":[\"b\",\"c\"]},\":ab\":{\"$ss\":[\"a\",\"b\"]},\":ns\":{\"$ns\":[2.0,3]},"
    "\":bs\":{\"$bs\":[\"AA==\"]},\":big\":99999999999999999999999999999999999999,"
    "\":tiny\":0.1}";

static const char *plain_text(struct arena *arena, const struct value *value)
{
    struct json_writer writer;
    struct buf out;
    const char *text;

    buf_init(&out, ARENA_LIMIT);
    json_writer_init(&writer, &out);
    value_add_plain(&writer, value);
    text = arena_string(arena, buf_view(&out));
    buf_done(&out);
    return text;
}

static struct update *update_of(struct arena *arena, const char *source)
{
    struct error err = {0};
    struct placeholders placeholders = {.values = plain(arena, VALUES)};
    struct update *update = expression_parse_update(text_of(source), &placeholders, arena, &err);

    if (!update)
        fail_msg("%s: %s", source, err.text);
    return update;
}

static const char *apply(struct arena *arena, const char *source, const char *item)
{
    struct error err = {0};
    struct value *result = update_apply(update_of(arena, source), plain(arena, item), arena, &err);

    if (!result)
        fail_msg("%s: %s", source, err.text);
    return plain_text(arena, result);
}

struct expectation {
    const char *item, *update, *result;
};

static void check(const struct expectation *table, size_t count)
{
    struct arena *arena = new_arena();

    for (size_t i = 0; i < count; i++) {
        const char *result = apply(arena, table[i].update, table[i].item);

        if (strcmp(result, table[i].result) != 0)
            fail_msg("%s: %s\n%s, expected\n%s", table[i].item, table[i].update, result,
                table[i].result);
    }
    arena_free(arena);
}

static void set_writes_attributes_members_and_elements(void **state)
{
    static const struct expectation table[] = {
        {"{}", "SET a = :1", "{\"a\":1}"},
        {"{\"b\":1}", "SET a = :1, c = :s", "{\"a\":1,\"b\":1,\"c\":\"new\"}"},
        {"{\"a\":{\"x\":1}}", "SET a.y = :s", "{\"a\":{\"x\":1,\"y\":\"new\"}}"},
        {"{\"a\":{\"x\":1}}", "SET a.x = :s", "{\"a\":{\"x\":\"new\"}}"},
        {"{\"a\":{\"x\":[{\"k\":1}]}}", "SET a.x[0].k = :9", "{\"a\":{\"x\":[{\"k\":9}]}}"},
        {"{\"l\":[1,2]}", "SET l[1] = :9", "{\"l\":[1,9]}"},
        {"{\"a\":1,\"b\":2}", "SET a = b, b = a", "{\"a\":2,\"b\":1}"},
        {"{\"a\":1}", "SET b = a, a = :9", "{\"a\":9,\"b\":1}"},
        {"{\"a\":1}", "SET a = :m", "{\"a\":{\"x\":1}}"},
    };

    check(table, COUNT(table));
    (void)state;
}

static void set_past_the_end_appends_in_order(void **state)
{
    static const struct expectation table[] = {
        {"{\"l\":[1]}", "SET l[1] = :9", "{\"l\":[1,9]}"},
        {"{\"l\":[1]}", "SET l[100] = :9, l[50] = :s", "{\"l\":[1,\"new\",9]}"},
        {"{\"l\":[]}", "SET l[0] = :9", "{\"l\":[9]}"},
        {"{\"l\":[0,1,2]}", "SET l[9] = :9, l[1] = :s REMOVE l[0], l[2]", "{\"l\":[\"new\",9]}"},
        {"{\"l\":[1]}", "ADD l[7] :1, l[0] :1", "{\"l\":[2,1]}"},
    };

    check(table, COUNT(table));
    (void)state;
}

static void remove_uses_the_old_indexes(void **state)
{
    static const struct expectation table[] = {
        {"{\"a\":1,\"b\":2}", "REMOVE a", "{\"b\":2}"},
        {"{\"a\":1}", "REMOVE b", "{\"a\":1}"},
        {"{\"l\":[0,1,2,3]}", "REMOVE l[0], l[1]", "{\"l\":[2,3]}"},
        {"{\"l\":[0,1,2,3]}", "REMOVE l[2], l[0]", "{\"l\":[1,3]}"},
        {"{\"l\":[0]}", "REMOVE l[0]", "{\"l\":[]}"},
        {"{\"l\":[0]}", "REMOVE l[5]", "{\"l\":[0]}"},
        {"{\"m\":{\"a\":1,\"b\":{\"c\":2}}}", "REMOVE m.b.c, m.a", "{\"m\":{\"b\":{}}}"},
        {"{\"l\":[[1,2],[3]]}", "REMOVE l[0][1], l[1]", "{\"l\":[[1]]}"},
    };

    check(table, COUNT(table));
    (void)state;
}

static void right_sides_are_worked_out_on_the_old_item(void **state)
{
    static const struct expectation table[] = {
        {"{\"n\":5}", "SET n = n + :1", "{\"n\":6}"},
        {"{\"n\":5}", "SET n = n - :2", "{\"n\":2.5}"},
        {"{\"n\":5}", "SET a = :9 - n, b = n + n", "{\"a\":4,\"b\":10,\"n\":5}"},
        {"{\"n\":5}", "SET n = (n + :1) - (n - :1)", "{\"n\":2}"},
        {"{}", "SET n = if_not_exists(n, :1) + :1", "{\"n\":2}"},
        {"{\"n\":5}", "SET n = if_not_exists(n, :1) + :1", "{\"n\":6}"},
        {"{\"a\":3}", "SET n = if_not_exists(b, if_not_exists(a, :1))", "{\"a\":3,\"n\":3}"},
        {"{\"l\":[1]}", "SET l = list_append(l, :l)", "{\"l\":[1,7,8]}"},
        {"{\"l\":[1]}", "SET l = list_append(:l, l)", "{\"l\":[7,8,1]}"},
        {"{}", "SET l = list_append(if_not_exists(l, :e), :l)", "{\"l\":[7,8]}"},
        {"{\"l\":[1]}", "SET b = l[0] REMOVE l[0]", "{\"b\":1,\"l\":[]}"},
        {"{\"n\":1.50}", "SET n = n + :tiny", "{\"n\":1.6}"},
    };

    check(table, COUNT(table));
    (void)state;
}

static void add_counts_and_joins(void **state)
{
    static const struct expectation table[] = {
        {"{\"n\":5}", "ADD n :2", "{\"n\":7.5}"},
        {"{}", "ADD n :1", "{\"n\":1}"},
        {"{}", "ADD t :ss", "{\"t\":{\"$ss\":[\"b\",\"c\"]}}"},
        {"{\"t\":{\"$ss\":[\"a\",\"b\"]}}", "ADD t :ss", "{\"t\":{\"$ss\":[\"a\",\"b\",\"c\"]}}"},
        {"{\"t\":{\"$ns\":[1,2]}}", "ADD t :ns", "{\"t\":{\"$ns\":[1,2,3]}}"},
        {"{\"m\":{\"n\":1}}", "ADD m.n :1, m.o :1", "{\"m\":{\"n\":2,\"o\":1}}"},
    };

    check(table, COUNT(table));
    (void)state;
}

static void delete_takes_members_and_the_last_one_takes_the_attribute(void **state)
{
    static const struct expectation table[] = {
        {"{\"t\":{\"$ss\":[\"a\",\"b\",\"z\"]}}", "DELETE t :ss",
            "{\"t\":{\"$ss\":[\"a\",\"z\"]}}"},
        {"{\"t\":{\"$ss\":[\"a\",\"b\"]},\"u\":1}", "DELETE t :ab", "{\"u\":1}"},
        {"{\"t\":{\"$ns\":[1,2,3]}}", "DELETE t :ns", "{\"t\":{\"$ns\":[1]}}"},
        {"{\"u\":1}", "DELETE t :ss", "{\"u\":1}"},
        {"{\"l\":[{\"$ss\":[\"b\"]},5]}", "DELETE l[0] :ss", "{\"l\":[5]}"},
        {"{\"t\":{\"$ss\":[\"z\"]}}", "DELETE t :ss", "{\"t\":{\"$ss\":[\"z\"]}}"},
    };

    check(table, COUNT(table));
    (void)state;
}

static void updates_that_do_not_fit_the_item_fail(void **state)
{
    static const char path[] =
        "The document path provided in the update expression is invalid for update";
    static const char missing[] =
        "The provided expression refers to an attribute that does not exist in the item";
    static const char type[] = "An operand in the update expression has an incorrect data type";
    static const struct {
        const char *update, *error;
    } table[] = {
        {"SET gone.a = :1", path},
        {"SET gone[0] = :1", path},
        {"SET s.a = :1", path},
        {"SET s[0] = :1", path},
        {"SET l.a = :1", path},
        {"SET m[0] = :1", path},
        {"SET l[9].a = :1", path},
        {"SET m.k.nix.a = :1", path},
        {"REMOVE gone.a", path},
        {"REMOVE n[0]", path},
        {"ADD gone.a :1", path},
        {"DELETE gone.a :ss", path},
        {"SET a = gone", missing},
        {"SET a = gone + :1", missing},
        {"SET a = :1 + gone", missing},
        {"SET a = list_append(gone, :l)", missing},
        {"SET a = if_not_exists(gone, gone2)", missing},
        {"SET a = m.nix", missing},
        {"SET a = l[4]", missing},
        {"SET a = s + :1", type},
        {"SET a = :1 - l", type},
        {"SET a = u + :1", type},
        {"SET a = list_append(s, :l)", type},
        {"SET a = list_append(:l, n)", type},
        {"ADD s :1", type},
        {"ADD n :ss", type},
        {"ADD ns :ss", type},
        {"ADD ss :bs", type},
        {"ADD u :1", type},
        {"DELETE n :ss", type},
        {"DELETE ss :ns", type},
        {"SET a = gone, gone.a = :1", missing},
        {"SET a = :big + :tiny", "Number overflow. Attempting to store a number with magnitude "
                                 "larger than supported range"},
    };
    struct arena *arena = new_arena();
    const struct value *item = plain(arena, ITEM);
    const char *before = plain_text(arena, item);

    for (size_t i = 0; i < COUNT(table); i++) {
        struct error err = {0};

        if (update_apply(update_of(arena, table[i].update), item, arena, &err))
            fail_msg("%s: applied", table[i].update);
        assert_int_equal(err.code, ERROR_INVALID);
        assert_string_equal(err.text, table[i].error);
    }
    assert_string_equal(plain_text(arena, item), before);
    arena_free(arena);
    (void)state;
}

static void an_update_without_actions_changes_nothing(void **state)
{
    struct arena *arena = new_arena();
    struct update nothing = {0};
    struct error err = {0};
    const struct value *item = plain(arena, ITEM);

    assert_true(value_equal(update_apply(&nothing, item, arena, &err), item));
    assert_null(update_touched(&nothing, item, arena));
    arena_free(arena);
    (void)state;
}

static void touched_paths_come_with_the_structure_around_them(void **state)
{
    static const struct {
        const char *update, *old, *new;
    } table[] = {
        {"SET n = :9, s = :s", "{\"n\":5,\"s\":\"x\"}", "{\"n\":9,\"s\":\"new\"}"},
        {"SET m.k.deep[1] = :9", "{\"m\":{\"k\":{\"deep\":[20]}}}",
            "{\"m\":{\"k\":{\"deep\":[9]}}}"},
        {"SET l[3] = :9, l[1] = :s", "{\"l\":[1,3]}", "{\"l\":[\"new\",9]}"},
        {"REMOVE n", "{\"n\":5}", NULL},
        {"SET fresh = :1", NULL, "{\"fresh\":1}"},
        {"ADD ss :ss DELETE ns :ns", "{\"ns\":{\"$ns\":[1,2]},\"ss\":{\"$ss\":[\"a\",\"b\"]}}",
            "{\"ns\":{\"$ns\":[1]},\"ss\":{\"$ss\":[\"a\",\"b\",\"c\"]}}"},
    };
    struct arena *arena = new_arena();
    const struct value *item = plain(arena, ITEM);

    for (size_t i = 0; i < COUNT(table); i++) {
        struct update *update = update_of(arena, table[i].update);
        struct error err = {0};
        struct value *after = update_apply(update, item, arena, &err);
        struct value *old = update_touched(update, item, arena);
        struct value *new = after ? update_touched(update, after, arena) : NULL;

        assert_non_null(after);
        assert_int_equal(old != NULL, table[i].old != NULL);
        assert_int_equal(new != NULL, table[i].new != NULL);
        if (old)
            assert_string_equal(plain_text(arena, old), table[i].old);
        if (new)
            assert_string_equal(plain_text(arena, new), table[i].new);
    }
    arena_free(arena);
    (void)state;
}

static void projections_keep_structure_and_pack_lists(void **state)
{
    static const struct {
        const char *projection, *result;
    } table[] = {
        {"n", "{\"n\":5}"},
        {"s, n", "{\"n\":5,\"s\":\"x\"}"},
        {"m.k", "{\"m\":{\"k\":{\"deep\":[10,20]}}}"},
        {"m.k.deep[1], m.a", "{\"m\":{\"a\":1,\"k\":{\"deep\":[20]}}}"},
        {"l[2], l[0]", "{\"l\":[0,2]}"},
        {"l[3], l[9], l[1]", "{\"l\":[1,3]}"},
        {"gone", "{}"},
        {"m.nix", "{}"},
        {"m.nix, n", "{\"n\":5}"},
        {"m.k.nix.x, s.a, l[9], n[0], ss.a", "{}"},
        {"u", "{\"u\":null}"},
    };
    struct arena *arena = new_arena();
    const struct value *item = plain(arena, ITEM);

    for (size_t i = 0; i < COUNT(table); i++) {
        struct placeholders none = {0};
        struct error err = {0};
        struct projection *projection =
            expression_parse_projection(text_of(table[i].projection), &none, arena, &err);

        assert_non_null(projection);
        assert_string_equal(plain_text(arena, projection_apply(projection, item, arena)),
            table[i].result);
    }
    arena_free(arena);
    (void)state;
}

static void the_examples_of_updates_print_as_documented(void **state)
{
    static const struct {
        const char *source, *printed;
    } table[] = {
        {"SET total2 = total2 + :1, st = :s REMOVE err ADD tags :ss",
            "SET #total2 = #total2 + :0, #st = :1 REMOVE #err ADD #tags :2"},
        {"SET n = if_not_exists(n, :1) + :1", "SET #n = if_not_exists(#n, :0) + :1"},
        {"SET line = list_append(if_not_exists(line, :e), :l)",
            "SET #line = list_append(if_not_exists(#line, :0), :1)"},
        {"SET line[0].q = :1, seen = :s DELETE tags :ss",
            "SET #line[0].#q = :0, #seen = :1 DELETE #tags :2"},
        {"SET n = (n + :1) - a", "SET #n = (#n + :0) - #a"},
    };
    struct arena *arena = new_arena();

    for (size_t i = 0; i < COUNT(table); i++) {
        struct error err = {0};
        struct expression_printer *printer = expression_printer_new(arena, &err);
        struct buf out;

        assert_non_null(printer);
        buf_init(&out, 1000);
        expression_print_update(printer, &out, update_of(arena, table[i].source));
        assert_string_equal(buf_string(&out), table[i].printed);
        buf_done(&out);
    }
    arena_free(arena);
    (void)state;
}

/* After SET of a path that is there, it holds the value and nothing else has changed. */
static void random_sets_change_one_place_only(void **state)
{
    static const char *const path[] = {"a", "b", "c.a", "a[0]", "b[1]", "c.b[0]", "d", "e.ab"};
    uint64_t seed = 31337;
    int applied = 0;

    for (int round = 0; round < 5000; round++) {
        struct arena *arena = new_arena();
        const struct value *item = random_item(&seed, arena);
        const char *target = path[random_below(&seed, COUNT(path))];
        struct update *update = update_of(arena, arena_format(arena, "SET %s = :s", target));
        struct update *undo;
        struct error err = {0};
        struct value *after = update_apply(update, item, arena, &err);
        const struct value *old = path_lookup(update->action[0].path, item);

        if (old) {
            assert_non_null(after);
            assert_string_equal(plain_text(arena, path_lookup(update->action[0].path, after)),
                "\"new\"");
            undo = update_of(arena, arena_format(arena, "SET %s = :s", target));
            undo->action[0].operand = expression_new_value(arena, old);
            assert_true(value_equal(update_apply(undo, after, arena, &err), item));
            applied++;
        }
        arena_free(arena);
    }
    assert_true(applied > 1000);
    (void)state;
}

static void an_update_of_many_paths_is_quick_and_right(void **state)
{
    struct arena *arena = new_arena();
    struct error err = {0};
    struct placeholders none = {0};
    struct update *update;
    struct value *after;
    struct buf source;

    buf_init(&source, 5000);
    buf_add_string(&source, "REMOVE q");
    for (int i = 0; source.length < 4080; i++)
        buf_add_format(&source, ",x%d", i);
    update = expression_parse_update(buf_view(&source), &none, arena, &err);
    assert_non_null(update);
    after =
        update_apply(update, plain(arena, "{\"a\":1,\"x7\":2,\"x99\":3,\"xx\":4}"), arena, &err);
    assert_non_null(after);
    assert_string_equal(plain_text(arena, after), "{\"a\":1,\"xx\":4}");
    buf_done(&source);
    arena_free(arena);
    (void)state;
}

static void every_limit_of_memory_is_reported(void **state)
{
    struct arena *arena = new_arena();
    struct update *update = update_of(arena, "SET n = n + :1, l = list_append(l, :l), m.k.x = :m "
                                             "REMOVE s ADD ss :ss DELETE ns :ns");
    const struct value *item = plain(arena, ITEM);
    bool done = false;

    for (size_t limit = 0; !done; limit += 16) {
        struct error err = {0};
        struct arena *small = arena_new(limit, &err);
        bool good;

        assert_non_null(small);
        good = update_apply(update, item, small, &err);
        done = good;
        assert_true(good || err.code == ERROR_LIMIT);
        arena_free(small);
        assert_true(limit < 100000);
    }
    arena_free(arena);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_writes_attributes_members_and_elements),
        cmocka_unit_test(set_past_the_end_appends_in_order),
        cmocka_unit_test(remove_uses_the_old_indexes),
        cmocka_unit_test(right_sides_are_worked_out_on_the_old_item),
        cmocka_unit_test(add_counts_and_joins),
        cmocka_unit_test(delete_takes_members_and_the_last_one_takes_the_attribute),
        cmocka_unit_test(updates_that_do_not_fit_the_item_fail),
        cmocka_unit_test(an_update_without_actions_changes_nothing),
        cmocka_unit_test(touched_paths_come_with_the_structure_around_them),
        cmocka_unit_test(projections_keep_structure_and_pack_lists),
        cmocka_unit_test(the_examples_of_updates_print_as_documented),
        cmocka_unit_test(random_sets_change_one_place_only),
        cmocka_unit_test(an_update_of_many_paths_is_quick_and_right),
        cmocka_unit_test(every_limit_of_memory_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
