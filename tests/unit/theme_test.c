#include "panels/theme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct theme *parse(const char *source, struct buf *warnings)
{
    struct error err;
    struct theme *theme = theme_parse(text_of(source), "t", NULL, NULL, warnings, &err);

    assert_non_null(theme);
    return theme;
}

static void every_role_has_a_name_of_its_own(void **state)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        assert_non_null(theme_role_section((enum role)i));
        assert_non_null(theme_role_name((enum role)i));
        for (int j = 0; j < i; j++)
            assert_false(
                text_is(text_of(theme_role_name((enum role)i)), theme_role_name((enum role)j)) &&
                text_is(text_of(theme_role_section((enum role)i)),
                    theme_role_section((enum role)j)));
    }
    (void)state;
}

static void the_terminal_theme_keeps_the_terminals_colours(void **state)
{
    struct error err;
    struct theme *theme = theme_load("terminal", NULL, NULL, NULL, &err);
    struct theme_style style;

    assert_non_null(theme);
    assert_string_equal(theme_name(theme), "terminal");
    for (int role = 0; role < ROLE_COUNT; role++) {
        style = theme_style(theme, (enum role)role, THEME_256);
        assert_true(style.background == THEME_DEFAULT);
        assert_true(style.foreground < 16);
    }
    style = theme_style(theme, ROLE_STATUS_5XX, THEME_16);
    assert_int_equal(style.foreground, 1);
    assert_true(style.attributes & THEME_BOLD);
    theme_free(theme);
    (void)state;
}

static void mono_has_no_colour_and_states_differ(void **state)
{
    struct error err;
    struct theme *theme = theme_load("mono", NULL, NULL, NULL, &err);

    assert_non_null(theme);
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct theme_style style = theme_style(theme, (enum role)role, THEME_MONO);

        assert_int_equal(style.foreground, THEME_DEFAULT);
        assert_int_equal(style.background, THEME_DEFAULT);
    }
    assert_true(theme_style(theme, ROLE_CURSOR_ROW, THEME_MONO).attributes & THEME_REVERSE);
    assert_true(theme_style(theme, ROLE_STATUS_4XX, THEME_MONO).attributes !=
                theme_style(theme, ROLE_STATUS_5XX, THEME_MONO).attributes);
    theme_free(theme);
    (void)state;
}

static void a_palette_has_a_column_for_each_depth(void **state)
{
    struct theme *theme = parse("name = dusk\n[palette]\nbg = #1c1c1c 234 default\n"
                                "ok = #afffaf 157 green plain\nerr = #ff5f5f 203 red+bold "
                                "reverse+bold\n[status]\n5xx = err underline\n",
        NULL);
    struct theme_style style = theme_style(theme, ROLE_STATUS_5XX, THEME_256);

    assert_string_equal(theme_name(theme), "dusk");
    assert_int_equal(style.foreground, 203);
    assert_int_equal(style.background, 234);
    assert_int_equal(style.attributes, THEME_UNDERLINE);
    style = theme_style(theme, ROLE_STATUS_5XX, THEME_16);
    assert_int_equal(style.foreground, 1);
    assert_int_equal(style.background, THEME_DEFAULT);
    assert_int_equal(style.attributes, THEME_UNDERLINE | THEME_BOLD);
    style = theme_style(theme, ROLE_STATUS_5XX, THEME_MONO);
    assert_int_equal(style.attributes, THEME_UNDERLINE | THEME_BOLD | THEME_REVERSE);
    style = theme_style(theme, ROLE_STATUS_5XX, THEME_DIRECT);
    assert_int_equal(style.foreground, 0xff5f5f);
    theme_free(theme);
    (void)state;
}

static void missing_depths_are_computed(void **state)
{
    struct theme *theme =
        parse("[palette]\nok = #ff0000\n[ui]\ntitle = ok on #000080 bold\n", NULL);
    struct theme_style style = theme_style(theme, ROLE_TITLE, THEME_256);

    assert_int_equal(style.foreground, 196);
    assert_int_equal(style.background, 18);
    assert_int_equal(theme_style(theme, ROLE_TITLE, THEME_16).foreground, 9);
    assert_int_equal(theme_nearest_256(0xffffff), 231);
    assert_int_equal(theme_nearest_16(0x000000), 0);
    theme_free(theme);
    (void)state;
}

static void mistakes_are_warnings_and_the_rest_loads(void **state)
{
    struct buf warnings;
    struct theme *theme;

    buf_init(&warnings, 4096);
    theme = parse("name = x\nwhat = y\n[nowhere]\na = b\n[ui]\ntitel = ok\ntitle = nocolour bold\n"
                  "no equals\n[palette]\nodd = 999 #12345\n",
        &warnings);
    assert_string_equal(buf_string(&warnings), "t:2: unknown key: what\n"
                                               "t:3: unknown section: [nowhere]\n"
                                               "t:6: unknown role (did you mean title?): titel\n"
                                               "t:7: unknown colour or attribute: nocolour\n"
                                               "t:8: no '=': no equals\n"
                                               "t:10: not a colour: 999\n");
    assert_true(theme_style(theme, ROLE_TITLE, THEME_256).attributes & THEME_BOLD);
    buf_done(&warnings);
    theme_free(theme);
    (void)state;
}

static void a_theme_must_exist_and_end_somewhere(void **state)
{
    struct error err;

    assert_null(theme_load("nothing", NULL, "themes", NULL, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_string_equal(err.text, "no theme named nothing");
    assert_null(theme_load("./tests/data/none.theme", NULL, NULL, NULL, &err));
    assert_int_equal(err.code, ERROR_IO);
    (void)state;
}

static void the_row_of_the_cursor_can_be_a_marker(void **state)
{
    struct theme *theme = parse("[ui]\ncursor.row = marker\n", NULL);

    assert_true(theme_has_marker_cursor(theme));
    theme_free(theme);
    theme = parse("[ui]\ncursor.row = reverse\n", NULL);
    assert_false(theme_has_marker_cursor(theme));
    assert_true(theme_style(theme, ROLE_CURSOR_ROW, THEME_256).attributes & THEME_REVERSE);
    theme_free(theme);
    (void)state;
}

/* part to the power of 2.4, without a library: its fifth root by Newton, to the twelfth. */
static double power_2_4(double part)
{
    double root = 0.9, square;

    for (int i = 0; i < 60; i++)
        root -= (root * root * root * root * root - part) / (5 * root * root * root * root);
    square = root * root * root * root * root * root;
    return square * square;
}

static double luminance(int32_t rgb)
{
    static const double weight[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;

    for (int i = 0; i < 3; i++) {
        double part = (double)(rgb >> (16 - 8 * i) & 255) / 255;

        sum += weight[i] * (part <= 0.03928 ? part / 12.92 : power_2_4((part + 0.055) / 1.055));
    }
    return sum;
}

/* WCAG 2: (lighter + 0.05) / (darker + 0.05). */
static double contrast(int32_t a, int32_t b)
{
    double first = luminance(a), second = luminance(b);

    return first > second ? (first + 0.05) / (second + 0.05) : (second + 0.05) / (first + 0.05);
}

static void shipped_themes_are_readable_and_exact_in_256_colours(void **state)
{
    static const char *const names[] = {"gate-dark", "gate-light"};

    for (size_t i = 0; i < 2; i++) {
        struct error err;
        struct buf warnings;
        struct theme *theme;

        buf_init(&warnings, 4096);
        theme = theme_load(names[i], NULL, "themes", &warnings, &err);
        assert_non_null(theme);
        assert_string_equal(buf_string(&warnings), "");
        for (int role = 0; role < ROLE_COUNT; role++) {
            struct theme_style style = theme_style(theme, (enum role)role, THEME_DIRECT);
            struct theme_style indexed = theme_style(theme, (enum role)role, THEME_256);

            assert_true(style.foreground >= 0 && style.background >= 0);
            assert_true(contrast(style.foreground, style.background) >= 4.5);
            assert_int_equal(theme_nearest_256((uint32_t)style.foreground), indexed.foreground);
        }
        theme_free(theme);
        buf_done(&warnings);
    }
    (void)state;
}

static void the_files_of_built_in_themes_say_the_same(void **state)
{
    static const char *const names[] = {"terminal", "mono"};
    static const enum theme_depth depths[] = {THEME_MONO, THEME_16, THEME_256};

    for (size_t i = 0; i < 2; i++) {
        struct error err;
        struct theme *own = theme_load(names[i], NULL, NULL, NULL, &err);
        struct theme *file = theme_load(names[i], NULL, "themes", NULL, &err);

        assert_non_null(own);
        assert_non_null(file);
        for (int role = 0; role < ROLE_COUNT; role++) {
            for (size_t d = 0; d < 3; d++) {
                struct theme_style a = theme_style(own, (enum role)role, depths[d]);
                struct theme_style b = theme_style(file, (enum role)role, depths[d]);

                assert_int_equal(a.foreground, b.foreground);
                assert_int_equal(a.background, b.background);
                assert_int_equal(a.attributes, b.attributes);
            }
        }
        theme_free(own);
        theme_free(file);
    }
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_has_a_name_of_its_own),
        cmocka_unit_test(the_terminal_theme_keeps_the_terminals_colours),
        cmocka_unit_test(mono_has_no_colour_and_states_differ),
        cmocka_unit_test(a_palette_has_a_column_for_each_depth),
        cmocka_unit_test(missing_depths_are_computed),
        cmocka_unit_test(mistakes_are_warnings_and_the_rest_loads),
        cmocka_unit_test(a_theme_must_exist_and_end_somewhere),
        cmocka_unit_test(the_row_of_the_cursor_can_be_a_marker),
        cmocka_unit_test(shipped_themes_are_readable_and_exact_in_256_colours),
        cmocka_unit_test(the_files_of_built_in_themes_say_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
