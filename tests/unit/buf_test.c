#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static void buf_starts_empty_and_without_memory(void **state)
{
    struct buf buf;

    buf_init(&buf, 100);
    assert_null(buf.data);
    assert_string_equal(buf_string(&buf), "");
    assert_int_equal(buf_view(&buf).length, 0);
    assert_non_null(buf_view(&buf).data);
    buf_cut(&buf, 0);
    buf_drop(&buf, 10);
    buf_clear(&buf);
    buf_done(&buf);
    buf_done(&buf);
    (void)state;
}

static void buf_grows_and_stays_terminated(void **state)
{
    struct error err;
    struct buf buf;

    buf_init(&buf, 1000000);
    for (int i = 0; i < 10000; i++) {
        buf_add_char(&buf, (char)('a' + i % 26));
        assert_int_equal(buf.data[buf.length], 0);
    }
    assert_int_equal(buf.length, 10000);
    assert_int_equal(buf.data[9999], 'a' + 9999 % 26);
    assert_int_equal(buf_check(&buf, "x", &err), ERROR_NONE);
    buf_done(&buf);
    (void)state;
}

static void buf_adds_every_kind_of_content(void **state)
{
    struct buf buf;

    buf_init(&buf, 1000);
    buf_add(&buf, "a\0b", 3);
    buf_add_text(&buf, TEXT("<t>"));
    buf_add_string(&buf, "str");
    buf_add_repeat(&buf, '-', 3);
    buf_add_integer(&buf, 0);
    buf_add_integer(&buf, INT64_MIN);
    buf_add_integer(&buf, INT64_MAX);
    buf_add_format(&buf, "%s=%d", "k", 5);
    buf_add_utf8(&buf, 0x20ac);
    assert_true(text_equal(buf_view(&buf),
        TEXT("a\0b<t>str---0-92233720368547758089223372036854775807k=5\xe2\x82\xac")));
    buf_done(&buf);
    (void)state;
}

static void buf_format_longer_than_the_room_is_whole(void **state)
{
    struct buf buf;

    buf_init(&buf, 10000);
    buf_add_string(&buf, "x");
    buf_add_format(&buf, "%0500d", 7);
    assert_int_equal(buf.length, 501);
    assert_int_equal(buf.data[0], 'x');
    assert_int_equal(buf.data[499], '0');
    assert_int_equal(buf.data[500], '7');
    buf_done(&buf);
    (void)state;
}

static void buf_holds_exactly_its_limit(void **state)
{
    struct error err;
    struct buf buf;

    buf_init(&buf, 5);
    buf_add_string(&buf, "12345");
    assert_int_equal(buf_check(&buf, "name", &err), ERROR_NONE);
    assert_string_equal(buf_string(&buf), "12345");
    buf_add_string(&buf, "6");
    assert_int_equal(buf_check(&buf, "name", &err), ERROR_LIMIT);
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_string_equal(err.text, "name: too large (limit 5 bytes)");
    assert_string_equal(buf_string(&buf), "");
    buf_done(&buf);
    (void)state;
}

static void buf_format_respects_the_limit(void **state)
{
    struct error err;
    struct buf buf;

    buf_init(&buf, 5);
    buf_add_string(&buf, "ab");
    buf_add_format(&buf, "%s", "cde");
    assert_string_equal(buf_string(&buf), "abcde");
    buf_cut(&buf, 2);
    buf_add_format(&buf, "%s", "cdef");
    assert_int_equal(buf_check(&buf, "x", &err), ERROR_LIMIT);
    assert_true(text_is(buf_view(&buf), "ab"));
    assert_int_equal(buf.data[2], 0);
    buf_done(&buf);
    (void)state;
}

static void buf_remembers_its_first_failure_until_cleared(void **state)
{
    struct error err;
    struct buf buf;

    buf_init(&buf, 4);
    buf_add_string(&buf, "abc");
    buf_add_string(&buf, "long");
    buf_add_char(&buf, 'd');
    buf_add_format(&buf, "e");
    assert_null(buf_reserve(&buf, 1));
    assert_int_equal(buf.length, 3);
    assert_int_equal(buf_check(&buf, "x", &err), ERROR_LIMIT);
    buf_clear(&buf);
    buf_add_string(&buf, "wxyz");
    assert_int_equal(buf_check(&buf, "x", &err), ERROR_NONE);
    assert_string_equal(buf_string(&buf), "wxyz");
    buf_done(&buf);
    (void)state;
}

static void buf_of_limit_zero_takes_nothing(void **state)
{
    struct error err;
    struct buf buf;

    buf_init(&buf, 0);
    buf_add(&buf, NULL, 0);
    assert_int_equal(buf_check(&buf, "x", &err), ERROR_NONE);
    buf_add_char(&buf, 'a');
    assert_int_equal(buf_check(&buf, "x", &err), ERROR_LIMIT);
    buf_done(&buf);
    buf_init(&buf, SIZE_MAX);
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_int_equal(buf_check(&buf, "x", &err), ERROR_LIMIT);
    buf_done(&buf);
    (void)state;
}

static void buf_reserve_gives_room_that_is_counted_later(void **state)
{
    struct buf buf;
    char *room;

    buf_init(&buf, 1000);
    buf_add_string(&buf, "ab");
    room = buf_reserve(&buf, 500);
    assert_non_null(room);
    assert_int_equal(buf.length, 2);
    memcpy(room, "cdef", 4);
    buf_added(&buf, 3);
    assert_string_equal(buf_string(&buf), "abcde");
    buf_done(&buf);
    assert_non_null(buf_reserve(&buf, 0));
    buf_added(&buf, 0);
    assert_string_equal(buf_string(&buf), "");
    buf_done(&buf);
    (void)state;
}

static void buf_drop_takes_from_the_front_and_cut_from_the_end(void **state)
{
    struct buf buf;

    buf_init(&buf, 100);
    buf_add_string(&buf, "abcdef");
    buf_drop(&buf, 2);
    assert_string_equal(buf_string(&buf), "cdef");
    buf_cut(&buf, 3);
    assert_string_equal(buf_string(&buf), "cde");
    buf_cut(&buf, 10);
    assert_string_equal(buf_string(&buf), "cde");
    buf_drop(&buf, 10);
    assert_string_equal(buf_string(&buf), "");
    assert_int_equal(buf.length, 0);
    buf_done(&buf);
    (void)state;
}

static enum error_code fill(struct buf *buf, struct error *err)
{
    buf_add_string(buf, "head ");
    buf_add_repeat(buf, 'x', 200);
    buf_add_format(buf, "%0300d", 1);
    buf_add_integer(buf, 42);
    buf_add_utf8(buf, 0xe9);
    return buf_check(buf, "text", err);
}

static void buf_obeys_a_limit_that_was_lowered(void **state)
{
    struct error err;
    struct buf buf;

    buf_init(&buf, 1000);
    buf_add_repeat(&buf, 'x', 500);
    buf_clear(&buf);
    buf.limit = 3; /* the memory is still there */
    buf_add(&buf, "ab", 2);
    buf_add_char(&buf, 'c');
    assert_int_equal(buf_check(&buf, "x", &err), ERROR_NONE);
    buf_add_char(&buf, 'd');
    assert_string_equal(buf.data, "abc");
    assert_int_equal(buf_check(&buf, "x", &err), ERROR_LIMIT);
    buf_cut(&buf, 0);
    buf_add(&buf, "e", 1); /* there is room, but it has failed */
    buf_add_char(&buf, 'f');
    assert_int_equal(buf.length, 0);
    buf_clear(&buf);
    buf_add(&buf, "wxyz", 4);
    assert_int_equal(buf_check(&buf, "x", &err), ERROR_LIMIT);
    assert_int_equal(buf.length, 0);
    buf_done(&buf);
    (void)state;
}

static void buf_survives_every_failed_allocation(void **state)
{
    long before = mem_live(), failures = 0;
    enum error_code code;

    for (long nth = 1;; nth++) {
        struct error err = {0};
        struct buf buf;

        buf_init(&buf, 10000);
        mem_fail_at(nth);
        code = fill(&buf, &err);
        mem_fail_at(0);
        if (code) {
            assert_int_equal(code, ERROR_MEMORY);
            assert_string_equal(err.text, "out of memory");
            assert_string_equal(buf_string(&buf), "");
            failures++;
        } else {
            assert_int_equal(buf.length, 5 + 200 + 300 + 2 + 2);
        }
        buf_done(&buf);
        assert_int_equal(mem_live(), before);
        if (!code)
            break;
    }
    assert_true(failures >= 2);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf_starts_empty_and_without_memory),
        cmocka_unit_test(buf_grows_and_stays_terminated),
        cmocka_unit_test(buf_adds_every_kind_of_content),
        cmocka_unit_test(buf_format_longer_than_the_room_is_whole),
        cmocka_unit_test(buf_holds_exactly_its_limit),
        cmocka_unit_test(buf_format_respects_the_limit),
        cmocka_unit_test(buf_remembers_its_first_failure_until_cleared),
        cmocka_unit_test(buf_of_limit_zero_takes_nothing),
        cmocka_unit_test(buf_reserve_gives_room_that_is_counted_later),
        cmocka_unit_test(buf_drop_takes_from_the_front_and_cut_from_the_end),
        cmocka_unit_test(buf_obeys_a_limit_that_was_lowered),
        cmocka_unit_test(buf_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
