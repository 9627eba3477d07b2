#include "base/width.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "base/width_table.h"

#define assert_drawn(source, expected, wanted) check_drawn(source, expected, wanted, false)
#define assert_drawn_ascii(source, expected, wanted) check_drawn(source, expected, wanted, true)

static void check_drawn(struct text source, const char *expected, size_t columns, bool ascii)
{
    struct text rest = source;
    struct width_unit unit;
    struct buf out;

    buf_init(&out, 4096);
    while (width_next(&rest, ascii, &unit))
        buf_add(&out, unit.bytes, unit.length);
    assert_string_equal(buf_string(&out), expected);
    buf_clear(&out);
    assert_int_equal(width_add(&out, source, SIZE_MAX, "~", ascii), columns);
    assert_int_equal(width_text(source, ascii), columns);
    buf_done(&out);
}

static void check_cut(const char *source, size_t columns, const char *expected, size_t used)
{
    struct buf out;

    buf_init(&out, 4096);
    buf_add_string(&out, "|");
    assert_int_equal(width_add(&out, text_of(source), columns, "~", false), used);
    assert_string_equal(buf_string(&out) + 1, expected);
    assert_true(used <= columns);
    buf_done(&out);
}

static void check_safe(struct text source, const char *expected)
{
    struct buf out;

    buf_init(&out, 4096);
    text_add_safe(&out, source);
    assert_string_equal(buf_string(&out), expected);
    buf_done(&out);
}

static void the_table_is_sorted_and_has_no_overlaps(void **state)
{
    (void)state;
    assert_true(width_table_count > 1000);
    for (size_t i = 0; i < width_table_count; i++) {
        assert_true(width_table[i].first <= width_table[i].last);
        assert_int_not_equal(width_table[i].kind, WIDTH_ONE);
        if (i)
            assert_true(width_table[i].first > width_table[i - 1].last);
    }
    assert_int_equal(width_table[width_table_count - 1].last, 0x10ffff);
}

static void code_points_take_zero_one_or_two_columns(void **state)
{
    static const struct {
        uint32_t code_point;
        int columns;
    } table[] = {
        {' ', 1}, {'~', 1}, {0xe9, 1}, {0x416, 1}, {0x300, 0}, /* combining grave */
        {0x20dd, 0},                                           /* enclosing circle, Me */
        {0x200d, 0},                                           /* joiner, Cf */
        {0xfe0f, 0},                                           /* VS16 */
        {0x1100, 2},                                           /* Hangul choseong */
        {0x3000, 2},                                           /* ideographic space, F */
        {0x4e00, 2}, {0x9fff, 2}, {0xac00, 2}, {0xd7a3, 2}, {0xff21, 2},
        {0xff61, 1},                                           /* halfwidth */
        {0x1f600, 2}, {0x20000, 2}, {0x1f1e6, 1}, {0x0903, 1}, /* Mc */
        {0x2764, 1},                                           /* heart without VS16 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(width_of(table[i].code_point), table[i].columns);
}

static void dangerous_code_points_have_no_width(void **state)
{
    static const uint32_t table[] = {0, 0x1b, 0x1f, 0x7f, 0x80, 0x9b, 0x9f, 0x61c, 0x200b, 0x200e,
        0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0xfeff, 0xd800, 0xdfff,
        0xe000, 0xf8ff, 0x378, 0xfffe, 0xffff, 0xe0001, 0xe0041, 0xe007f, 0xf0000, 0x10ffff,
        0x110000, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(width_of(table[i]), -1);
}

static void ambiguous_characters_follow_the_setting(void **state)
{
    (void)state;
    assert_int_equal(width_of(0xa7), 1);
    width_set_ambiguous(2);
    assert_int_equal(width_of(0xa7), 2);
    assert_int_equal(width_of(0x2026), 2);
    assert_int_equal(width_of(0x301), 0); /* ambiguous, but a mark */
    assert_int_equal(width_of('a'), 1);
    assert_drawn(TEXT("\u00a7 1"), "\u00a7 1", 4);
    width_set_ambiguous(7); /* nonsense is the default */
    assert_int_equal(width_of(0xa7), 1);
}

static void an_empty_text_has_no_units(void **state)
{
    struct text text = {0};
    struct width_unit unit;

    (void)state;
    assert_false(width_next(&text, false, &unit));
    assert_drawn(text, "", 0);
    check_safe(text, "");
}

static void controls_are_drawn_with_carets(void **state)
{
    (void)state;
    assert_drawn(TEXT("a\tb\nc\0d"), "a^Ib^Jc^@d", 10);
    assert_drawn(TEXT("\x1b[31m\x7f\x1f"), "^[[31m^?^_", 10);
}

static void invisible_and_unknown_characters_are_escaped(void **state)
{
    (void)state;
    assert_drawn(TEXT("\xc2\x85"), "\\u{85}", 6);
    assert_drawn(TEXT("a\u202eb"), "a\\u{202e}b", 10);
    assert_drawn(TEXT("\u2028\u2029"), "\\u{2028}\\u{2029}", 16);
    assert_drawn(TEXT("a\u200bb\u2060c\ufeff"), "a\\u{200b}b\\u{2060}c\\u{feff}", 27);
    assert_drawn(TEXT("\u00ad\u2061\ufff9"), "\\u{ad}\\u{2061}\\u{fff9}", 22);
    assert_drawn(TEXT("\ue000\U0010ffff"), "\\u{e000}\\u{10ffff}", 18);
    assert_drawn(TEXT("\u0378"), "\\u{378}", 7);
    assert_drawn(TEXT("x\U000e0041"), "x\\u{e0041}", 10);
}

static void invalid_bytes_are_escaped_one_by_one(void **state)
{
    (void)state;
    assert_drawn(TEXT("a\xff\x80"), "a\\xff\\x80", 9);
    assert_drawn(TEXT("\xed\xa0\x80"), "\\xed\\xa0\\x80", 12); /* a surrogate */
    assert_drawn(TEXT("\xc0\xaf"), "\\xc0\\xaf", 8);           /* overlong */
    assert_drawn(TEXT("\xe2\x82"), "\\xe2\\x82", 8);           /* cut off */
}

static void marks_stay_with_their_base_and_lonely_ones_are_escaped(void **state)
{
    (void)state;
    assert_drawn(TEXT("e\u0301a"), "e\u0301a", 2);
    assert_drawn(TEXT("\u0301a"), "\\u{301}a", 8);
    assert_drawn(TEXT("\n\u0301"), "^J\\u{301}", 9);
    assert_drawn(TEXT("\u4e00\u0301"), "\u4e00\u0301", 2);
}

static void at_most_four_marks_are_drawn(void **state)
{
    struct text text = TEXT("a\u0300\u0301\u0302\u0303\u0304\u0305z");
    struct width_unit unit;

    (void)state;
    assert_true(width_next(&text, false, &unit));
    assert_int_equal(unit.length, 9);
    assert_int_equal(unit.columns, 1);
    assert_int_equal(unit.source.length, 13);
    assert_true(text_is(text, "z"));
}

static void a_stream_gets_clusters_whole(void **state)
{
    static const struct {
        const char *source;
        size_t columns;
    } table[] = {
        {"\U0001f468\u200d\U0001f469\u200d\U0001f467", 2},
        {"\U0001f1e9\U0001f1ea", 1},
        {"\U0001f44d\U0001f3fd", 2},
        {"e\u0301\u0302\u0303\u0304\u0305\u0306", 1},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        buf_clear(&out);
        assert_int_equal(width_add(&out, text_of(table[i].source), SIZE_MAX, "~", false),
            table[i].columns);
        assert_string_equal(buf_string(&out), table[i].source);
    }
    buf_done(&out);
}

static void disputed_clusters_are_drawn_as_their_first_character(void **state)
{
    (void)state;
    assert_drawn(TEXT("\U0001f468\u200d\U0001f469\u200d\U0001f467!"), "\U0001f468!", 3);
    assert_drawn(TEXT("\U0001f44d\U0001f3fd."), "\U0001f44d.", 3);
    assert_drawn(TEXT("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7"), "\U0001f1e9\U0001f1eb", 2);
    assert_drawn(TEXT("\u2764\ufe0f"), "\u2764", 1);
    assert_drawn(TEXT("1\ufe0f\u20e3"), "1", 1);
    assert_drawn(TEXT("\U0001f3f3\ufe0f\u200d\U0001f308"), "\U0001f3f3", 1);
}

static void modifiers_and_joiners_hide_nothing_after_letters(void **state)
{
    (void)state;
    assert_drawn(TEXT("a\U0001f3fd"), "a\U0001f3fd", 3);
    assert_drawn(TEXT("a\u200db"), "a\\u{200d}b", 10);
    assert_drawn(TEXT("\u0915\u094d\u200d\u0937"), "\u0915\u094d\u200d\u0937", 2);
    assert_drawn(TEXT("\u0915\u200d\U0001f600"), "\u0915\u200d\U0001f600", 3);
}

static void a_unit_says_what_it_stands_for(void **state)
{
    struct text text = TEXT("\xff\u200b");
    struct width_unit unit;

    (void)state;
    assert_true(width_next(&text, false, &unit));
    assert_true(unit.escaped);
    assert_int_equal(unit.columns, 4);
    assert_true(text_equal(unit.source, TEXT("\xff")));
    assert_true(width_next(&text, false, &unit));
    assert_true(unit.escaped);
    assert_int_equal(unit.columns, 8);
    assert_true(text_equal(unit.source, TEXT("\u200b")));
    assert_false(width_next(&text, false, &unit));
}

static void ascii_output_has_no_byte_above_126(void **state)
{
    (void)state;
    assert_drawn_ascii(TEXT("caf\u00e9 \u4e00"), "caf\\u{e9} \\u{4e00}", 18);
    assert_drawn_ascii(TEXT("e\u0301\U0001f600"), "e\\u{301}\\u{1f600}", 17);
    assert_drawn_ascii(TEXT("~\x7f\xff"), "~^?\\xff", 7);
}

static void a_text_that_fits_is_not_cut(void **state)
{
    (void)state;
    check_cut("abcd", 4, "abcd", 4);
    check_cut("\u65e5\u672c", 4, "\u65e5\u672c", 4);
    check_cut("", 0, "", 0);
}

static void a_cut_text_ends_in_the_mark_and_halves_nothing(void **state)
{
    (void)state;
    check_cut("abcde", 4, "abc~", 4);
    check_cut("\u65e5\u672c\u8a9e", 4, "\u65e5~", 3);
    check_cut("\u65e5\u672c\u8a9e", 5, "\u65e5\u672c~", 5);
    check_cut("e\u0301e\u0301e\u0301", 2, "e\u0301~", 2);
    check_cut("a\nb", 2, "a~", 2);
    check_cut("abc", 1, "~", 1);
    check_cut("\u65e5", 1, "~", 1);
    check_cut("abc", 0, "", 0);
}

static void a_cut_without_a_mark_uses_all_columns(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    assert_int_equal(width_add(&out, TEXT("abcde"), 3, "", false), 3);
    assert_string_equal(buf_string(&out), "abc");
    buf_done(&out);
}

static void messages_keep_harmless_text_whole(void **state)
{
    (void)state;
    check_safe(TEXT("plain"), "plain");
    check_safe(TEXT("cafe\u0301 \U0001f44d\U0001f3fd"), "cafe\u0301 \U0001f44d\U0001f3fd");
    check_safe(TEXT("a\nb\x1b]0;x\x07"), "a^Jb^[]0;x^G");
    check_safe(TEXT("a\u202eb\xff"), "a\\u{202e}b\\xff");
}

static void every_byte_sequence_is_drawn_with_harmless_characters(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        char source[24];
        struct text text = {source, sizeof source};
        struct width_unit unit;
        size_t taken = 0;

        for (size_t i = 0; i < sizeof source; i++) {
            seed = seed * 1664525 + 1013904223;
            /* Half of the bytes begin or continue the blocks where the trouble is. */
            source[i] = "\xe2\x80\xf0\x9f\xcc\x81\xef\xb8"[seed >> 24 & 7];
            if (seed >> 23 & 1)
                source[i] = (char)(seed >> 14);
        }
        while (width_next(&text, false, &unit)) {
            struct text drawn = {unit.bytes, unit.length};
            uint32_t code_point;

            assert_true(unit.length && unit.length <= sizeof unit.bytes && unit.columns);
            assert_ptr_equal(unit.source.data, source + taken);
            taken += unit.source.length;
            while (drawn.length) {
                size_t length = utf8_decode(drawn, &code_point);

                assert_true(length && width_of(code_point) >= 0);
                drawn = text_slice(drawn, length, drawn.length);
            }
        }
        assert_int_equal(taken, sizeof source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sorted_and_has_no_overlaps),
        cmocka_unit_test(code_points_take_zero_one_or_two_columns),
        cmocka_unit_test(dangerous_code_points_have_no_width),
        cmocka_unit_test(ambiguous_characters_follow_the_setting),
        cmocka_unit_test(an_empty_text_has_no_units),
        cmocka_unit_test(controls_are_drawn_with_carets),
        cmocka_unit_test(invisible_and_unknown_characters_are_escaped),
        cmocka_unit_test(invalid_bytes_are_escaped_one_by_one),
        cmocka_unit_test(marks_stay_with_their_base_and_lonely_ones_are_escaped),
        cmocka_unit_test(at_most_four_marks_are_drawn),
        cmocka_unit_test(a_stream_gets_clusters_whole),
        cmocka_unit_test(disputed_clusters_are_drawn_as_their_first_character),
        cmocka_unit_test(modifiers_and_joiners_hide_nothing_after_letters),
        cmocka_unit_test(a_unit_says_what_it_stands_for),
        cmocka_unit_test(ascii_output_has_no_byte_above_126),
        cmocka_unit_test(a_text_that_fits_is_not_cut),
        cmocka_unit_test(a_cut_text_ends_in_the_mark_and_halves_nothing),
        cmocka_unit_test(a_cut_without_a_mark_uses_all_columns),
        cmocka_unit_test(messages_keep_harmless_text_whole),
        cmocka_unit_test(every_byte_sequence_is_drawn_with_harmless_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
