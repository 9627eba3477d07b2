#include "base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static struct arena *arena_of(size_t limit)
{
    struct error err;
    struct arena *arena = arena_new(limit, &err);

    assert_non_null(arena);
    return arena;
}

static void arena_memory_is_zeroed_aligned_and_separate(void **state)
{
    struct arena *arena = arena_of(10000000);
    unsigned char *last = NULL;

    for (size_t size = 1; size < 3000; size += 7) {
        unsigned char *block = arena_alloc(arena, 1, size);

        assert_non_null(block);
        assert_int_equal((uintptr_t)block % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(block[i], 0);
        memset(block, 0xaa, size);
        if (last)
            assert_int_equal(last[0], 0xaa);
        last = block;
    }
    arena_free(arena);
    arena_free(NULL);
    (void)state;
}

static void arena_gives_zeroed_memory_again_after_reset(void **state)
{
    struct arena *arena = arena_of(1000000);
    unsigned char *block = arena_alloc(arena, 1, 1000);

    memset(block, 0xff, 1000);
    assert_non_null(arena_alloc(arena, 1, 500000));
    arena_reset(arena);
    assert_int_equal(arena_used(arena), 0);
    assert_ptr_equal(arena_alloc(arena, 1, 1000), block);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(block[i], 0);
    arena_free(arena);
    (void)state;
}

static void arena_reset_keeps_one_block_only(void **state)
{
    long before = mem_live();
    struct arena *arena = arena_of(10000000);

    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 1000; j++)
            assert_non_null(arena_alloc(arena, 1, 1000));
        assert_non_null(arena_alloc(arena, 1, 300000));
        assert_true(mem_live() > before + 1);
        arena_reset(arena);
        assert_int_equal(mem_live(), before + 1);
    }
    arena_free(arena);
    assert_int_equal(mem_live(), before);
    (void)state;
}

static void arena_copies_texts(void **state)
{
    struct arena *arena = arena_of(100000);
    struct text copy = arena_text(arena, TEXT("a\0b"));

    assert_true(text_equal(copy, TEXT("a\0b")));
    copy = arena_text(arena, text_of(NULL));
    assert_non_null(copy.data);
    assert_int_equal(copy.length, 0);
    assert_string_equal(arena_string(arena, TEXT("abc")), "abc");
    assert_string_equal(arena_string(arena, text_of(NULL)), "");
    assert_string_equal(arena_format(arena, "%s-%d", "x", 12), "x-12");
    assert_string_equal(arena_format(arena, "%s", ""), "");
    assert_int_equal(strlen(arena_format(arena, "%09000d", 1)), 9000);
    arena_free(arena);
    (void)state;
}

static void arena_refuses_more_than_its_limit(void **state)
{
    struct error err;
    struct arena *arena = arena_of(10000);

    assert_non_null(arena_alloc(arena, 100, 99));
    assert_null(arena_alloc(arena, 1, 200));
    assert_int_equal(arena_failed(arena, &err), ERROR_LIMIT);
    assert_string_equal(err.text, "needs more than 10000 bytes of memory");
    assert_non_null(arena_alloc(arena, 1, 64));
    assert_true(arena_used(arena) <= 10000);
    assert_null(arena_alloc(arena, SIZE_MAX / 2, 3));
    assert_null(arena_alloc(arena, 1, SIZE_MAX));
    assert_null(arena_text(arena, text_make("", SIZE_MAX)).data);
    assert_null(arena_string(arena, text_make("", SIZE_MAX)));
    assert_null(arena_format(arena, "%020000d", 1));
    arena_reset(arena);
    assert_non_null(arena_alloc(arena, 1, 200));
    arena_free(arena);
    (void)state;
}

static void arena_reports_missing_memory(void **state)
{
    struct error err = {0};
    struct arena *arena;

    mem_fail_at(1);
    assert_null(arena_new(1000, &err));
    assert_int_equal(err.code, ERROR_MEMORY);
    mem_fail_at(0);

    arena = arena_of(1000000);
    mem_fail_at(1);
    assert_null(arena_alloc(arena, 1, 100000));
    mem_fail_at(0);
    assert_int_equal(arena_failed(arena, &err), ERROR_MEMORY);
    assert_string_equal(err.text, "out of memory");
    assert_non_null(arena_alloc(arena, 1, 100000));
    arena_free(arena);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_aligned_and_separate),
        cmocka_unit_test(arena_gives_zeroed_memory_again_after_reset),
        cmocka_unit_test(arena_reset_keeps_one_block_only),
        cmocka_unit_test(arena_copies_texts),
        cmocka_unit_test(arena_refuses_more_than_its_limit),
        cmocka_unit_test(arena_reports_missing_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
