#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static void error_set_fills_every_field_and_returns_the_code(void **state)
{
    struct error err;

    memset(&err, 'x', sizeof err);
    assert_int_equal(error_set(&err, ERROR_USAGE, "no table named %s", "orders"), ERROR_USAGE);
    assert_int_equal(err.code, ERROR_USAGE);
    assert_string_equal(err.text, "no table named orders");
    assert_string_equal(err.hint, "");
    assert_int_equal(err.line, 0);
    assert_int_equal(err.column, 0);
    (void)state;
}

static void error_set_at_keeps_the_place(void **state)
{
    struct error err;

    assert_int_equal(error_set_at(&err, ERROR_INVALID, 3, 14, "bad %d", 7), ERROR_INVALID);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 14);
    assert_string_equal(err.text, "bad 7");
    assert_string_equal(err.hint, "");
    (void)state;
}

static void error_hint_stays_until_the_next_error(void **state)
{
    struct error err;

    error_set(&err, ERROR_ACCESS, "denied");
    assert_int_equal(error_hint(&err, "try %s", "LOGIN"), ERROR_ACCESS);
    assert_string_equal(err.hint, "try LOGIN");
    assert_string_equal(err.text, "denied");
    error_set(&err, ERROR_IO, "other");
    assert_string_equal(err.hint, "");
    (void)state;
}

static void error_wrap_puts_a_place_in_front_and_keeps_the_hint(void **state)
{
    struct error err;

    error_set_at(&err, ERROR_USAGE, 2, 5, "a colon was expected");
    error_hint(&err, "names end in a colon");
    assert_int_equal(error_wrap(&err, "%s.json", "shop"), ERROR_USAGE);
    assert_string_equal(err.text, "shop.json: a colon was expected");
    assert_string_equal(err.hint, "names end in a colon");
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 5);
    (void)state;
}

static void error_wrap_cuts_what_does_not_fit(void **state)
{
    struct error err;
    char place[600];

    memset(place, 'p', sizeof place);
    place[sizeof place - 1] = '\0';
    error_set(&err, ERROR_IO, "reason");
    error_wrap(&err, "%s", place);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_null(strchr(err.text, ':'));

    place[sizeof err.text - 5] = '\0';
    error_set(&err, ERROR_IO, "reason");
    error_wrap(&err, "%s", place);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_string_equal(err.text + sizeof err.text - 5, ": re");
    (void)state;
}

static void error_text_shows_control_characters_instead_of_sending_them(void **state)
{
    struct error err;

    error_set(&err, ERROR_INVALID, "a%sb", "\x1b[2J\n\x7f");
    assert_string_equal(err.text, "a^[[2J^J^?b");
    error_hint(&err, "%s", "\r");
    assert_string_equal(err.hint, "^M");
    (void)state;
}

static void error_text_shows_bidi_and_zero_width_characters(void **state)
{
    struct error err;

    error_set(&err, ERROR_INVALID, "x%sy%sz", "\xe2\x80\xae", "\xe2\x80\x8b");
    assert_string_equal(err.text, "x\\u{202e}y\\u{200b}z");
    error_wrap(&err, "%s", "\xe2\x81\xa6");
    assert_string_equal(err.text, "\\u{2066}: x\\u{202e}y\\u{200b}z");
    (void)state;
}

static void error_text_shows_invalid_utf8_and_keeps_valid_text(void **state)
{
    struct error err;

    error_set(&err, ERROR_INVALID, "%s", "caf\xc3\xa9 \xff\xc3(");
    assert_string_equal(err.text, "caf\xc3\xa9 \\xff\\xc3(");
    (void)state;
}

static void error_text_is_cut_at_a_character(void **state)
{
    struct error err;
    char name[1000];

    for (size_t shift = 0; shift < 3; shift++) {
        size_t fits = sizeof err.text - 1 - shift;

        memset(name, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof name; i += 3)
            memcpy(name + i, "\xe2\x82\xac", 3);
        name[sizeof name - 1] = '\0';
        name[shift + 999 / 3 * 3 - 3] = '\0';
        error_set(&err, ERROR_INVALID, "%s", name);
        assert_int_equal(strlen(err.text), shift + fits / 3 * 3);
        assert_memory_equal(err.text, name, strlen(err.text));
    }
    (void)state;
}

static void error_text_of_many_escapes_is_cut_and_stays_printable(void **state)
{
    struct error err;
    char bytes[600];

    memset(bytes, 0xff, sizeof bytes);
    bytes[sizeof bytes - 1] = '\0';
    error_set(&err, ERROR_INVALID, "%s", bytes);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_memory_equal(err.text, "\\xff\\xff", 8);
    for (const char *c = err.text; *c; c++)
        assert_in_range(*c, 0x20, 0x7e);
    (void)state;
}

static void error_set_may_quote_the_error_itself(void **state)
{
    struct error err;

    error_set(&err, ERROR_INVALID, "inner");
    error_set(&err, ERROR_PARTIAL, "outer: %s", err.text);
    assert_string_equal(err.text, "outer: inner");
    (void)state;
}

static void error_set_needs_no_memory(void **state)
{
    struct error err;

    mem_fail_at(1);
    error_set(&err, ERROR_INVALID, "%s", "caf\xc3\xa9\x01\xfe");
    mem_fail_at(0);
    assert_string_equal(err.text, "caf\xc3\xa9^A\\xfe");
    assert_int_equal(error_memory(&err), ERROR_MEMORY);
    assert_string_equal(err.text, "out of memory");
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_set_fills_every_field_and_returns_the_code),
        cmocka_unit_test(error_set_at_keeps_the_place),
        cmocka_unit_test(error_hint_stays_until_the_next_error),
        cmocka_unit_test(error_wrap_puts_a_place_in_front_and_keeps_the_hint),
        cmocka_unit_test(error_wrap_cuts_what_does_not_fit),
        cmocka_unit_test(error_text_shows_control_characters_instead_of_sending_them),
        cmocka_unit_test(error_text_shows_bidi_and_zero_width_characters),
        cmocka_unit_test(error_text_shows_invalid_utf8_and_keeps_valid_text),
        cmocka_unit_test(error_text_is_cut_at_a_character),
        cmocka_unit_test(error_text_of_many_escapes_is_cut_and_stays_printable),
        cmocka_unit_test(error_set_may_quote_the_error_itself),
        cmocka_unit_test(error_set_needs_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
