#include "panels/glyphs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "base/width.h"

static struct glyphs choose(const char *setting, const char *graph, bool utf8, const char *term)
{
    struct glyphs glyphs;

    assert_true(glyphs_choose(&glyphs, setting, graph, utf8, term));
    return glyphs;
}

static void the_codeset_and_the_terminal_decide(void **state)
{
    assert_string_equal(choose("auto", "auto", true, "xterm").sign[GLYPH_CUT], "…");
    assert_string_equal(choose("auto", "auto", false, "xterm").sign[GLYPH_CUT], "~");
    assert_true(choose("auto", "auto", false, "xterm").ascii);
    assert_string_equal(choose("auto", "auto", true, "vt100").sign[GLYPH_VERTICAL], "|");
    assert_false(choose("auto", "auto", true, "vt100").ascii);
    assert_string_equal(choose("auto", "auto", true, "linux").sign[GLYPH_VERTICAL], "│");
    assert_string_equal(choose("auto", "auto", true, "linux").sign[GLYPH_ASCENDING], "^");
    assert_string_equal(choose("auto", "auto", true, "linux").eighth[7], "█");
    (void)state;
}

static void the_setting_wins_but_never_over_the_codeset(void **state)
{
    assert_string_equal(choose("ascii", "auto", true, "xterm").sign[GLYPH_VERTICAL], "|");
    assert_string_equal(choose("unicode", "auto", true, "vt220").sign[GLYPH_VERTICAL], "│");
    assert_string_equal(choose("unicode", "auto", false, "xterm").sign[GLYPH_VERTICAL], "|");
    assert_string_equal(choose("auto", "ascii", true, "xterm").spark[6], "#");
    assert_string_equal(choose("auto", "ascii", true, "xterm").sign[GLYPH_VERTICAL], "│");
    (void)state;
}

static void unknown_words_are_refused(void **state)
{
    struct glyphs glyphs;

    assert_false(glyphs_choose(&glyphs, "fancy", "auto", true, "xterm"));
    assert_false(glyphs_choose(&glyphs, "auto", "fancy", true, "xterm"));
    (void)state;
}

static void each_glyph_takes_one_column(void **state)
{
    struct glyphs sets[2] = {choose("unicode", "auto", true, "xterm"),
        choose("ascii", "auto", true, "xterm")};

    for (size_t set = 0; set < 2; set++) {
        for (int i = 0; i < GLYPH_COUNT; i++)
            assert_int_equal(width_text(text_of(sets[set].sign[i]), false), 1);
        for (int i = 0; i < 7; i++)
            assert_int_equal(width_text(text_of(sets[set].spark[i]), false), 1);
        for (int i = 0; i < 8; i++)
            assert_int_equal(width_text(text_of(sets[set].eighth[i]), false), 1);
    }
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_codeset_and_the_terminal_decide),
        cmocka_unit_test(the_setting_wins_but_never_over_the_codeset),
        cmocka_unit_test(unknown_words_are_refused),
        cmocka_unit_test(each_glyph_takes_one_column),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
