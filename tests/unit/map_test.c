#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/mem.h"

static void map_without_entries_finds_nothing(void **state)
{
    struct map *map = map_new();
    struct text key;
    void *value;
    size_t at = 0;

    assert_null(map_get(map, TEXT("a")));
    assert_null(map_remove(map, TEXT("a")));
    assert_int_equal(map_count(map), 0);
    assert_false(map_next(map, &at, &key, &value));
    map_free(map);
    map_free(NULL);
    (void)state;
}

static void map_replaces_and_keeps_the_place(void **state)
{
    int one, two, three;
    struct map *map = map_new();
    struct text key;
    void *value;
    size_t at = 0;

    assert_true(map_set(map, TEXT("a"), &one));
    assert_true(map_set(map, TEXT("a\0"), &two));
    assert_true(map_set(map, text_of(NULL), &two));
    assert_true(map_set(map, TEXT("a"), &three));
    assert_int_equal(map_count(map), 3);
    assert_ptr_equal(map_get(map, TEXT("a")), &three);
    assert_ptr_equal(map_get(map, TEXT("a\0")), &two);
    assert_ptr_equal(map_get(map, TEXT("")), &two);
    assert_true(map_next(map, &at, &key, &value));
    assert_true(text_is(key, "a"));
    assert_ptr_equal(value, &three);
    map_free(map);
    (void)state;
}

static void map_copies_its_keys(void **state)
{
    char key[] = "key";
    struct map *map = map_new();

    assert_true(map_set(map, text_of(key), key));
    key[0] = 'x';
    assert_ptr_equal(map_get(map, TEXT("key")), key);
    assert_null(map_get(map, TEXT("xey")));
    map_free(map);
    (void)state;
}

enum { MANY = 5000 };

static struct text name_of(char name[16], int i)
{
    return text_make(name, (size_t)snprintf(name, 16, "key-%d", i));
}

static void map_walks_in_order_of_insertion_after_removals(void **state)
{
    static int values[MANY];
    struct map *map = map_new();
    struct text key;
    void *value;
    size_t at = 0;
    char name[16];
    int expected = 1;

    for (int i = 0; i < MANY; i++)
        assert_true(map_set(map, name_of(name, i), &values[i]));
    for (int i = 0; i < MANY; i += 2)
        assert_ptr_equal(map_remove(map, name_of(name, i)), &values[i]);
    assert_int_equal(map_count(map), MANY / 2);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(map_get(map, name_of(name, i)), i % 2 ? &values[i] : NULL);
    for (; map_next(map, &at, &key, &value); expected += 2) {
        assert_true(text_equal(key, name_of(name, expected)));
        assert_ptr_equal(value, &values[expected]);
    }
    assert_int_equal(expected, MANY + 1);
    map_free(map);
    (void)state;
}

static void map_that_is_filled_and_emptied_does_not_grow_for_ever(void **state)
{
    struct map *map = map_new();
    char name[16];
    int value;

    for (int i = 0; i < 100000; i++) {
        assert_true(map_set(map, name_of(name, i), &value));
        assert_ptr_equal(map_remove(map, name_of(name, i)), &value);
        assert_null(map_get(map, name_of(name, i)));
    }
    assert_int_equal(map_count(map), 0);
    map_free(map);
    (void)state;
}

static void map_survives_every_failed_allocation(void **state)
{
    long before = mem_live();
    bool done = false;

    for (long nth = 1; !done; nth++) {
        struct map *map;
        char name[16];
        int value;

        mem_fail_at(nth);
        map = map_new();
        done = map != NULL;
        for (int i = 0; done && i < 20; i++)
            done = map_set(map, name_of(name, i), &value);
        mem_fail_at(0);
        if (map) {
            /* What was in before the failure is still there, and the map still works. */
            assert_true(map_set(map, TEXT("late"), &value));
            for (size_t i = 0; i + 1 < map_count(map); i++)
                assert_ptr_equal(map_get(map, name_of(name, (int)i)), &value);
        }
        map_free(map);
        assert_int_equal(mem_live(), before);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_without_entries_finds_nothing),
        cmocka_unit_test(map_replaces_and_keeps_the_place),
        cmocka_unit_test(map_copies_its_keys),
        cmocka_unit_test(map_walks_in_order_of_insertion_after_removals),
        cmocka_unit_test(map_that_is_filled_and_emptied_does_not_grow_for_ever),
        cmocka_unit_test(map_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
