#include "console/statements/diff_join.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static enum error_code add(struct join *join, enum join_side side, const char *key,
    const char *item, struct error *err)
{
    bool met;

    return join_add(join, side, text_of(key), text_of(item), &met, err);
}

static void assert_pair(struct join *join, const char *left, const char *right)
{
    struct join_pair pair;
    enum error_code code;
    struct error err;

    assert_true(join_next(join, &pair, &code, &err));
    assert_true(left ? pair.item[0].data && text_is(pair.item[0], left) : !pair.item[0].data);
    assert_true(right ? pair.item[1].data && text_is(pair.item[1], right) : !pair.item[1].data);
}

static void assert_end(struct join *join)
{
    struct join_pair pair;
    enum error_code code = ERROR_IO;
    struct error err;

    assert_false(join_next(join, &pair, &code, &err));
    assert_int_equal(code, ERROR_NONE);
}

static void join_of_nothing_has_no_pairs(void **state)
{
    struct error err;
    struct join *join = join_new(1000, 1000, &err);

    assert_non_null(join);
    assert_int_equal(join_finish(join, true, &err), ERROR_NONE);
    assert_end(join);
    join_free(join);
    join_free(NULL);
    (void)state;
}

static void join_gives_what_differs_or_is_alone_by_key(void **state)
{
    struct error err;
    struct join *join = join_new(10000, 10000, &err);
    bool met;

    assert_int_equal(add(join, JOIN_LEFT, "d", "left only", &err), ERROR_NONE);
    assert_int_equal(add(join, JOIN_LEFT, "c", "old", &err), ERROR_NONE);
    assert_int_equal(add(join, JOIN_RIGHT, "b", "same", &err), ERROR_NONE);
    assert_int_equal(add(join, JOIN_RIGHT, "a", "right only", &err), ERROR_NONE);
    assert_int_equal(join_add(join, JOIN_RIGHT, TEXT("c"), TEXT("new"), &met, &err), ERROR_NONE);
    assert_true(met);
    assert_int_equal(join_add(join, JOIN_LEFT, TEXT("b"), TEXT("same"), &met, &err), ERROR_NONE);
    assert_true(met);
    assert_int_equal(join_add(join, JOIN_LEFT, TEXT("e"), TEXT(""), &met, &err), ERROR_NONE);
    assert_false(met);
    assert_int_equal(join_finish(join, true, &err), ERROR_NONE);
    assert_int_equal(join_equal(join), 1);
    assert_int_equal(join_different(join), 1);
    assert_pair(join, NULL, "right only");
    assert_pair(join, "old", "new");
    assert_pair(join, "left only", NULL);
    assert_pair(join, "", NULL);
    assert_end(join);
    join_free(join);
    (void)state;
}

static void join_that_is_not_complete_gives_pairs_only(void **state)
{
    struct error err;
    struct join *join = join_new(10000, 10000, &err);

    assert_int_equal(add(join, JOIN_LEFT, "a", "1", &err), ERROR_NONE);
    assert_int_equal(add(join, JOIN_LEFT, "b", "1", &err), ERROR_NONE);
    assert_int_equal(add(join, JOIN_RIGHT, "b", "2", &err), ERROR_NONE);
    assert_int_equal(join_finish(join, false, &err), ERROR_NONE);
    assert_pair(join, "1", "2");
    assert_end(join);
    join_free(join);
    (void)state;
}

static void join_takes_the_last_of_an_item_that_comes_twice(void **state)
{
    struct error err;
    struct join *join = join_new(10000, 10000, &err);

    assert_int_equal(add(join, JOIN_LEFT, "a", "1", &err), ERROR_NONE);
    assert_int_equal(add(join, JOIN_LEFT, "a", "2", &err), ERROR_NONE);
    assert_int_equal(add(join, JOIN_RIGHT, "a", "3", &err), ERROR_NONE);
    assert_int_equal(join_finish(join, true, &err), ERROR_NONE);
    assert_pair(join, "2", "3");
    assert_end(join);
    join_free(join);
    (void)state;
}

enum { COUNT = 20000 };

/* Left: all but every 1000th; right: all but those 500 further, in another order, some changed. */
static enum error_code add_both(struct join *join, struct error *err)
{
    char key[16], item[64];
    enum error_code code = ERROR_NONE;

    for (size_t i = 0; !code && i < COUNT; i++) {
        size_t left = i * 7919 % COUNT, right = i * 104729 % COUNT;

        snprintf(key, sizeof key, "%06zu", left);
        snprintf(item, sizeof item, "item %zu", left);
        if (left % 1000 != 0)
            code = add(join, JOIN_LEFT, key, item, err);
        snprintf(key, sizeof key, "%06zu", right);
        snprintf(item, sizeof item, right % 100 == 7 ? "other %zu" : "item %zu", right);
        if (!code && right % 1000 != 500)
            code = add(join, JOIN_RIGHT, key, item, err);
    }
    return code ? code : join_finish(join, true, err);
}

/* The orders have nothing in common, and memory holds a hundredth of the items. */
static void join_finds_the_same_whatever_the_order_and_the_memory(void **state)
{
    struct error err;
    struct join *join = join_new(20000, 20000, &err);
    size_t different = 0, only[2] = {0, 0}, pairs = 0;
    struct join_pair pair;
    enum error_code code;

    assert_int_equal(add_both(join, &err), ERROR_NONE);
    while (join_next(join, &pair, &code, &err)) {
        pairs++;
        only[0] += !pair.item[1].data;
        only[1] += !pair.item[0].data;
        different +=
            pair.item[0].data && pair.item[1].data && !text_equal(pair.item[0], pair.item[1]);
    }
    assert_int_equal(code, ERROR_NONE);
    assert_int_equal(only[0], COUNT / 1000);
    assert_int_equal(only[1], COUNT / 1000);
    assert_int_equal(different, COUNT / 100);
    assert_int_equal(join_equal(join) + pairs, COUNT);
    join_free(join);
    (void)state;
}

static enum error_code join_some(struct error *err)
{
    struct join *join = join_new(2000, 4000, err);
    enum error_code code = join ? ERROR_NONE : err->code;
    struct join_pair pair;
    char key[16];

    for (size_t i = 0; !code && i < 1500; i++) {
        snprintf(key, sizeof key, "%06zu", i * 7 % 1500);
        code = add(join, JOIN_LEFT, key, "the item", err);
    }
    if (!code)
        code = join_finish(join, true, err);
    while (!code && join_next(join, &pair, &code, err))
        continue;
    join_free(join);
    return code;
}

static void join_survives_every_failed_allocation(void **state)
{
    struct error err;
    enum error_code code = ERROR_MEMORY;
    long before = mem_live(), tried = 0;

    for (long nth = 1; nth < 5000 && (code || nth < 100); nth++, tried++) {
        mem_fail_at(nth);
        code = join_some(&err);
        mem_fail_at(0);
        assert_true(code == ERROR_NONE || code == ERROR_MEMORY);
        assert_int_equal(mem_live(), before);
    }
    assert_int_equal(code, ERROR_NONE);
    (void)state;
}

/* Keys of a number and a binary: their bytes are in the order of their values. */
static void join_keys_are_in_the_order_of_their_values(void **state)
{
    static const struct {
        const char *number;
        struct text bytes;
    } row_table[] = {{"-1E10", {"", 0}}, {"-2", {"zz", 2}}, {"0", {"a", 1}}, {"0.0", {"a\0", 2}},
        {"0", {"a\0\0", 3}}, {"-0", {"a\0\1", 3}}, {"0", {"a\1", 2}}, {"1E-130", {"", 0}},
        {"9.5", {"", 0}}, {"10", {"\0", 1}}};
    struct catalog_key key[] = {{.name = (char[]){"n"}, .type = 'N'},
        {.name = (char[]){"b"}, .type = 'B', .is_range = true}};
    struct buf last, now;
    struct error err;

    buf_init(&last, 1000);
    buf_init(&now, 1000);
    for (size_t i = 0; i < sizeof row_table / sizeof *row_table; i++) {
        struct value part[2] = {{.type = VALUE_B, .text = row_table[i].bytes},
            {.type = VALUE_N, .text = text_of(row_table[i].number)}};
        struct text name[2] = {TEXT("b"), TEXT("n")};
        struct value item = {.type = VALUE_M, .count = 2, .element = part, .name = name};

        buf_clear(&now);
        assert_int_equal(join_add_key(&now, key, 2, &item, &err), ERROR_NONE);
        assert_true(i == 0 || text_compare(buf_view(&last), buf_view(&now)) < 0);
        buf_clear(&last);
        buf_add_text(&last, buf_view(&now));
    }
    buf_clear(&now);
    assert_int_equal(join_add_key(&now, key, 2, &(struct value){.type = VALUE_M}, &err),
        ERROR_INVALID);
    assert_string_equal(err.text, "an item came without its key attribute n");
    buf_done(&last);
    buf_done(&now);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(join_of_nothing_has_no_pairs),
        cmocka_unit_test(join_gives_what_differs_or_is_alone_by_key),
        cmocka_unit_test(join_that_is_not_complete_gives_pairs_only),
        cmocka_unit_test(join_takes_the_last_of_an_item_that_comes_twice),
        cmocka_unit_test(join_finds_the_same_whatever_the_order_and_the_memory),
        cmocka_unit_test(join_survives_every_failed_allocation),
        cmocka_unit_test(join_keys_are_in_the_order_of_their_values),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
