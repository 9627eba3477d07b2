#include "base/mem.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void mem_new_gives_zeroed_memory(void **state)
{
    unsigned char *block = mem_new(100, 3);

    assert_non_null(block);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(block[i], 0);
    mem_free(block);
    (void)state;
}

static void mem_new_of_nothing_is_a_block(void **state)
{
    long before = mem_live();
    void *a = mem_new(0, 8), *b = mem_new(8, 0);

    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(mem_live() - before, 2);
    mem_free(a);
    mem_free(b);
    assert_int_equal(mem_live(), before);
    (void)state;
}

static void mem_refuses_sizes_that_overflow(void **state)
{
    long before = mem_live();
    char *block = mem_copy("abc", 3);

    assert_null(mem_new(SIZE_MAX / 2, 3));
    assert_null(mem_new(SIZE_MAX, 1));
    assert_null(mem_resize(block, SIZE_MAX / 4 + 1, 4));
    assert_null(mem_copy("", SIZE_MAX));
    assert_string_equal(block, "abc");
    mem_free(block);
    assert_int_equal(mem_live(), before);
    (void)state;
}

static void mem_resize_keeps_the_content(void **state)
{
    long before = mem_live();
    char *block = mem_resize(NULL, 4, 1), *larger;

    assert_non_null(block);
    memcpy(block, "abcd", 4);
    larger = mem_resize(block, 100000, 1);
    assert_non_null(larger);
    assert_memory_equal(larger, "abcd", 4);
    assert_int_equal(mem_live() - before, 1);
    block = mem_resize(larger, 0, 1);
    assert_non_null(block);
    mem_free(block);
    assert_int_equal(mem_live(), before);
    (void)state;
}

static void mem_copy_adds_a_nul_and_keeps_nul_inside(void **state)
{
    char *copy = mem_copy("a\0b", 3), *empty = mem_copy(NULL, 0), *string = mem_copy_string("xyz");

    assert_memory_equal(copy, "a\0b\0", 4);
    assert_string_equal(empty, "");
    assert_string_equal(string, "xyz");
    mem_free(copy);
    mem_free(empty);
    mem_free(string);
    (void)state;
}

static void mem_free_of_nothing_is_harmless(void **state)
{
    long before = mem_live();

    mem_free(NULL);
    mem_free_secret(NULL, 10);
    assert_int_equal(mem_live(), before);
    mem_free_secret(mem_copy_string("secret"), 6);
    assert_int_equal(mem_live(), before);
    (void)state;
}

static void mem_fail_at_fails_exactly_the_nth_allocation(void **state)
{
    void *block[4];
    char *kept = mem_copy_string("kept");

    mem_fail_at(3);
    block[0] = mem_new(1, 1);
    block[1] = mem_copy("", 0);
    block[2] = mem_resize(kept, 1000, 1);
    block[3] = mem_new(1, 1);
    assert_non_null(block[0]);
    assert_non_null(block[1]);
    assert_null(block[2]);
    assert_non_null(block[3]);
    assert_string_equal(kept, "kept");
    mem_fail_at(1);
    mem_fail_at(0);
    mem_free(block[2] = mem_new(1, 1));
    assert_non_null(block[2]);
    mem_free(block[0]);
    mem_free(block[1]);
    mem_free(block[3]);
    mem_free(kept);
    (void)state;
}

enum { THREADS = 4, ROUNDS = 2000 };

static atomic_int failures;

static void *allocate_and_free(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        void *block = mem_new(1, 16);

        if (!block)
            atomic_fetch_add(&failures, 1);
        mem_free(block);
    }
    return unused;
}

static void mem_counts_right_when_threads_allocate(void **state)
{
    pthread_t thread[THREADS];
    long before = mem_live();

    atomic_store(&failures, 0);
    mem_fail_at(THREADS * ROUNDS / 2);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, allocate_and_free, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    mem_fail_at(0);
    assert_int_equal(atomic_load(&failures), 1);
    assert_int_equal(mem_live(), before);
    (void)state;
}

static void mem_grow_makes_room_for_one_more(void **state)
{
    size_t capacity = 0, grown = 0;
    int *list = NULL;

    for (size_t count = 0; count < 1000; count++) {
        size_t before = capacity;

        list = mem_grow(list, count, &capacity, sizeof *list);
        assert_non_null(list);
        assert_true(capacity > count);
        grown += capacity != before;
        list[count] = (int)count;
    }
    assert_true(grown <= 10);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(list[i], i);
    mem_fail_at(1);
    assert_null(mem_grow(list, capacity, &capacity, sizeof *list));
    mem_fail_at(0);
    assert_int_equal(list[999], 999);
    capacity = SIZE_MAX / 2 + 1;
    assert_null(mem_grow(list, capacity, &capacity, sizeof *list));
    mem_free(list);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mem_new_gives_zeroed_memory),
        cmocka_unit_test(mem_new_of_nothing_is_a_block),
        cmocka_unit_test(mem_refuses_sizes_that_overflow),
        cmocka_unit_test(mem_resize_keeps_the_content),
        cmocka_unit_test(mem_grow_makes_room_for_one_more),
        cmocka_unit_test(mem_copy_adds_a_nul_and_keeps_nul_inside),
        cmocka_unit_test(mem_free_of_nothing_is_harmless),
        cmocka_unit_test(mem_fail_at_fails_exactly_the_nth_allocation),
        cmocka_unit_test(mem_counts_right_when_threads_allocate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
