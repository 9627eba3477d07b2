#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "console/statements/partitions.h"

static void add(struct partitions *partitions, const char *key, uint64_t bytes)
{
    struct error err = {0};

    assert_int_equal(partitions_add(partitions, text_of(key), bytes, &err), ERROR_NONE);
}

static void the_largest_come_first_and_equal_ones_by_key(void **state)
{
    struct error err = {0};
    struct partitions *partitions = partitions_new(&err);
    struct partition out[3];

    (void)state;
    assert_int_equal(partitions_largest(partitions, out, 3), 0);
    add(partitions, "'b'", 10);
    add(partitions, "'a'", 4);
    add(partitions, "'a'", 6);
    add(partitions, "'c'", 30);
    add(partitions, "'d'", 1);
    add(partitions, "'b'", 0);
    assert_int_equal(partitions_largest(partitions, out, 3), 3);
    assert_string_equal(out[0].key, "'c'");
    assert_int_equal(out[0].bytes, 30);
    assert_int_equal(out[0].items, 1);
    assert_string_equal(out[1].key, "'a'");
    assert_int_equal(out[1].items, 2);
    assert_string_equal(out[2].key, "'b'");
    assert_int_equal(out[2].bytes, 10);
    assert_int_equal(partitions_largest(partitions, out, 1), 1);
    assert_string_equal(out[0].key, "'c'");
    partitions_free(partitions);
}

static void many_small_ones_do_not_push_out_a_large_one(void **state)
{
    struct error err = {0};
    struct partitions *partitions = partitions_new(&err);
    struct partition out[2];
    char key[32];

    (void)state;
    for (int i = 0; i < 4 * PARTITION_LIMIT; i++) {
        snprintf(key, sizeof key, "'p%d'", i);
        add(partitions, key, 10);
        if (i % 100 == 0)
            add(partitions, "'large'", 50);
    }
    assert_int_equal(partitions_largest(partitions, out, 2), 2);
    assert_string_equal(out[0].key, "'large'");
    assert_int_equal(out[0].items, 4 * PARTITION_LIMIT / 100);
    assert_int_equal(out[0].bytes, 50 * 4 * PARTITION_LIMIT / 100);
    assert_int_equal(out[1].bytes, 10);
    partitions_free(partitions);
}

/* To the first time that half of them is forgotten, and behind it. */
static bool fill(struct error *err)
{
    struct partitions *partitions = partitions_new(err);
    char key[32];
    bool fine = partitions != NULL;

    for (int i = 0; fine && i < PARTITION_LIMIT + 2; i++) {
        snprintf(key, sizeof key, "'p%d'", i);
        fine = !partitions_add(partitions, text_of(key), 1, err);
    }
    partitions_free(partitions);
    return fine;
}

static void no_memory_is_an_error_and_nothing_leaks(void **state)
{
    struct error err = {0};
    bool fine = false;
    long nth = 1;

    (void)state;
    for (; !fine; nth += nth < 50 ? 1 : 997) {
        mem_fail_at(nth);
        fine = fill(&err);
        mem_fail_at(0);
        assert_true(fine || err.code == ERROR_MEMORY);
        assert_int_equal(mem_live(), 0);
    }
    assert_true(nth > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_come_first_and_equal_ones_by_key),
        cmocka_unit_test(many_small_ones_do_not_push_out_a_large_one),
        cmocka_unit_test(no_memory_is_an_error_and_nothing_leaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
