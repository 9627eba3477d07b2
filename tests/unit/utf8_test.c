#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void utf8_round_trips_every_code_point(void **state)
{
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char bytes[4];
        uint32_t back = 0;
        size_t length;

        if (c == 0xd800)
            c = 0xe000;
        length = utf8_encode(c, bytes);
        if (length != (c < 0x80         ? 1u
                          : c < 0x800   ? 2u
                          : c < 0x10000 ? 3u
                                        : 4u) ||
            utf8_decode(text_make(bytes, length), &back) != length || back != c)
            fail_msg("U+%04X does not round trip", (unsigned)c);
        if (length > 1 && utf8_decode(text_make(bytes, length - 1), &back) != 0)
            fail_msg("U+%04X is accepted without its end", (unsigned)c);
    }
    (void)state;
}

static void utf8_encode_replaces_what_is_no_character(void **state)
{
    static const uint32_t bad[] = {0xd800, 0xdfff, 0x110000, UINT32_MAX};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char bytes[4];

        assert_int_equal(utf8_encode(bad[i], bytes), 3);
        assert_memory_equal(bytes, "\xef\xbf\xbd", 3);
    }
    (void)state;
}

static void utf8_decode_refuses_what_is_not_strict(void **state)
{
    static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3(",
        "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xe2\x82(", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x98(", "\xfe", "\xff"};
    uint32_t code_point;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(utf8_decode(text_of(bad[i]), &code_point), 0);
        assert_false(utf8_is_valid(text_of(bad[i])));
    }
    (void)state;
}

static void utf8_finds_the_first_invalid_byte_wherever_it_is(void **state)
{
    char text[40];

    assert_int_equal(utf8_find_invalid(TEXT("")), SIZE_MAX);
    assert_int_equal(utf8_find_invalid(TEXT("a\0\xf0\x9f\x98\x80z")), SIZE_MAX);
    for (size_t length = 1; length <= sizeof text; length++) {
        for (size_t at = 0; at < length; at++) {
            memset(text, 'a', sizeof text);
            text[at] = (char)0xff;
            assert_int_equal(utf8_find_invalid(text_make(text, length)), at);
        }
    }
    assert_int_equal(utf8_find_invalid(TEXT("12345678\xe2\x82")), 8);
    (void)state;
}

static void utf8_count_takes_an_invalid_byte_as_one(void **state)
{
    assert_int_equal(utf8_count(TEXT("")), 0);
    assert_int_equal(utf8_count(TEXT("caf\xc3\xa9")), 4);
    assert_int_equal(utf8_count(TEXT("\xf0\x9f\x98\x80\0")), 2);
    assert_int_equal(utf8_count(TEXT("\xe2\x82")), 2);
    assert_int_equal(utf8_count(TEXT("\xff\xfe.")), 3);
    assert_int_equal(utf8_count(TEXT("twelve ascii\xc3\xa9 and more of it\xff, then")), 35);
    assert_int_equal(utf8_count(TEXT("\xc3\xa9"
                                     "12345678\xc3\xa9"
                                     "1234567\xe2\x82")),
        19);
    (void)state;
}

static void utf8_lower_folds_latin_greek_and_cyrillic(void **state)
{
    static const uint32_t pairs[][2] = {{'A', 'a'}, {'Z', 'z'}, {'@', '@'}, {'[', '['},
        {0xc9, 0xe9}, {0xd7, 0xd7}, {0xde, 0xfe}, {0xdf, 0xdf}, {0xe9, 0xe9}, {0x100, 0x101},
        {0x101, 0x101}, {0x130, 0x130}, {0x139, 0x13a}, {0x178, 0xff}, {0x17d, 0x17e}, {0x17f, 's'},
        {0x391, 0x3b1}, {0x3a3, 0x3c3}, {0x3c2, 0x3c3}, {0x386, 0x3ac}, {0x401, 0x451},
        {0x410, 0x430}, {0x42f, 0x44f}, {0x4c0, 0x4cf}, {0x1e9e, 0xdf}, {0x1ef8, 0x1ef9},
        {0x1f08, 0x1f00}, {0x4e00, 0x4e00}, {0x1f600, 0x1f600}};

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_int_equal(utf8_lower(pairs[i][0]), pairs[i][1]);
    for (uint32_t c = 0; c < 0x2100; c++)
        assert_int_equal(utf8_lower(utf8_lower(c)), utf8_lower(c));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_round_trips_every_code_point),
        cmocka_unit_test(utf8_encode_replaces_what_is_no_character),
        cmocka_unit_test(utf8_decode_refuses_what_is_not_strict),
        cmocka_unit_test(utf8_finds_the_first_invalid_byte_wherever_it_is),
        cmocka_unit_test(utf8_count_takes_an_invalid_byte_as_one),
        cmocka_unit_test(utf8_lower_folds_latin_greek_and_cyrillic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
