#include "panels/canvas.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"

static struct glyphs glyphs;

static struct surface start(int width, int height, const char *set)
{
    struct surface surface;
    struct error err;

    assert_true(glyphs_choose(&glyphs, set, "auto", true, "xterm-256color"));
    surface_init(&surface, &glyphs);
    assert_int_equal(surface_resize(&surface, width, height, &err), ERROR_NONE);
    return surface;
}

static void assert_row(const struct surface *surface, int row, const char *expected)
{
    struct buf text;

    buf_init(&text, 4096);
    surface_add_row(surface, row, &text);
    assert_string_equal(buf_string(&text), expected);
    buf_done(&text);
}

/* Columns of every row add up to the width, and right halves follow wide cells. */
static void assert_sound(const struct surface *surface)
{
    for (int row = 0; row < surface->height; row++) {
        const struct cell *cell = surface->cell + (size_t)row * (size_t)surface->width;

        for (int i = 0; i < surface->width; i++) {
            if (cell[i].columns == 2)
                assert_true(i + 1 < surface->width && cell[i + 1].columns == 0);
            if (cell[i].columns == 0)
                assert_true(i > 0 && cell[i - 1].columns == 2);
        }
    }
}

static void text_is_cut_with_a_sign(void **state)
{
    struct surface surface = start(10, 2, "ascii");
    struct canvas canvas = canvas_of(&surface);

    assert_int_equal(canvas_string(&canvas, 0, 0, 10, ROLE_TEXT, "short"), 5);
    assert_int_equal(canvas_string(&canvas, 1, 2, 20, ROLE_TEXT, "longer than that"), 8);
    assert_row(&surface, 0, "short");
    assert_row(&surface, 1, "  longer ~");
    surface_done(&surface);
    (void)state;
}

static void nothing_is_drawn_outside(void **state)
{
    struct surface surface = start(10, 3, "ascii");
    struct canvas canvas = canvas_of(&surface), part = canvas_part(&canvas, 1, 2, 1, 4);

    canvas_string(&part, 0, 0, 100, ROLE_TEXT, "abcdefgh");
    canvas_string(&part, 1, 0, 4, ROLE_TEXT, "below");
    canvas_string(&part, -1, 0, 4, ROLE_TEXT, "above");
    canvas_string(&part, 0, -1, 4, ROLE_TEXT, "left");
    canvas_string(&part, 0, 9, 4, ROLE_TEXT, "right");
    assert_row(&surface, 0, "");
    assert_row(&surface, 1, "  abc~");
    assert_row(&surface, 2, "");
    part = canvas_part(&canvas, 5, 5, 5, 5);
    assert_int_equal(part.height, 0);
    part = canvas_part(&canvas, -1, -1, 3, 3);
    assert_int_equal(part.height, 2);
    assert_int_equal(part.width, 2);
    surface_done(&surface);
    (void)state;
}

static void wide_characters_are_never_halved(void **state)
{
    struct surface surface = start(7, 4, "unicode");
    struct canvas canvas = canvas_of(&surface);

    canvas_string(&canvas, 0, 0, 7, ROLE_TEXT, "日本語");
    assert_row(&surface, 0, "日本語");
    canvas_string(&canvas, 1, 0, 5, ROLE_TEXT, "日本語");
    assert_row(&surface, 1, "日本…");
    canvas_string(&canvas, 2, 0, 4, ROLE_TEXT, "日本語");
    assert_row(&surface, 2, "日 …");
    canvas_string(&canvas, 3, 0, 7, ROLE_TEXT, "日本語");
    canvas_string(&canvas, 3, 1, 1, ROLE_TEXT, "x");
    assert_row(&surface, 3, " x本語");
    canvas_string(&canvas, 3, 2, 1, ROLE_TEXT, "y");
    assert_row(&surface, 3, " xy 語");
    assert_sound(&surface);
    surface_done(&surface);
    (void)state;
}

static void dangerous_text_is_escaped_and_dim(void **state)
{
    struct surface surface = start(60, 1, "unicode");
    struct canvas canvas = canvas_of(&surface);

    canvas_text(&canvas, 0, 0, 60, ROLE_TITLE,
        text_make("a\033b\r\xff\xe2\x80\xae\xc2\x9bz\0", 12));
    assert_row(&surface, 0, "a^[b^M\\xff\\u{202e}\\u{9b}z^@");
    assert_int_equal(surface.cell[0].role, ROLE_TITLE);
    assert_int_equal(surface.cell[1].role, ROLE_DIM);
    assert_int_equal(surface.cell[3].role, ROLE_TITLE);
    surface_done(&surface);
    (void)state;
}

static void marks_stay_with_their_base(void **state)
{
    struct surface surface = start(10, 1, "unicode");
    struct canvas canvas = canvas_of(&surface);

    assert_int_equal(canvas_string(&canvas, 0, 0, 10, ROLE_TEXT, "e\xcc\x81x"), 2);
    assert_int_equal(surface.cell[0].code[0], 'e');
    assert_int_equal(surface.cell[0].code[1], 0x301);
    assert_int_equal(surface.cell[1].code[0], 'x');
    surface_done(&surface);
    (void)state;
}

static void paths_are_cut_in_the_middle_and_numbers_at_the_right(void **state)
{
    struct surface surface = start(12, 3, "ascii");
    struct canvas canvas = canvas_of(&surface);

    canvas_middle(&canvas, 0, 0, 12, ROLE_TEXT, TEXT("CUST#0000000118"));
    assert_row(&surface, 0, "CUST#0~00118");
    canvas_right(&canvas, 1, 0, 12, ROLE_TEXT, TEXT("940.75"));
    assert_row(&surface, 1, "      940.75");
    canvas_right(&canvas, 2, 0, 6, ROLE_TEXT, TEXT("123456789"));
    assert_row(&surface, 2, "12345~");
    surface_done(&surface);
    (void)state;
}

static void lines_scroll_sideways_by_columns(void **state)
{
    struct surface surface = start(8, 2, "unicode");
    struct canvas canvas = canvas_of(&surface);

    canvas_scrolled(&canvas, 0, 0, 8, ROLE_TEXT, TEXT("0123456789abcdef"), 4);
    assert_row(&surface, 0, "456789ab");
    canvas_scrolled(&canvas, 1, 0, 8, ROLE_TEXT, TEXT("日本語x"), 3);
    assert_sound(&surface);
    surface_done(&surface);
    (void)state;
}

static void frames_hold_title_tabs_and_foot(void **state)
{
    struct surface surface = start(30, 3, "ascii");
    struct canvas canvas = canvas_of(&surface), inside;
    struct canvas_frame frame = {.focused = true,
        .title = "1 Tables",
        .others = "2 routes",
        .foot = "1/7",
        .sides = true};

    inside = canvas_framed(&canvas, &frame);
    assert_row(&surface, 0, "+=[1 Tables]=======[2 routes]+");
    assert_row(&surface, 1, "|                            |");
    assert_row(&surface, 2, "+=======================[1/7]+");
    assert_int_equal(inside.top, 1);
    assert_int_equal(inside.left, 1);
    assert_int_equal(inside.height, 1);
    assert_int_equal(inside.width, 28);
    surface_clear(&surface);
    frame.sides = false;
    frame.focused = false;
    inside = canvas_framed(&canvas, &frame);
    assert_row(&surface, 0, "- 1 Tables -------------- 1/7");
    assert_int_equal(inside.height, 2);
    surface_done(&surface);
    (void)state;
}

static void every_size_takes_a_frame(void **state)
{
    struct canvas_frame frame = {.title = "a long title",
        .others = "b c d",
        .foot = "1/100",
        .sides = true};

    for (int width = 1; width < 20; width++) {
        for (int height = 1; height < 4; height++) {
            struct surface surface = start(width, height, "unicode");
            struct canvas canvas = canvas_of(&surface), inside = canvas_framed(&canvas, &frame);

            canvas_string(&inside, 0, 0, 10, ROLE_TEXT, "日本");
            assert_sound(&surface);
            surface_done(&surface);
        }
    }
    (void)state;
}

static void a_surface_has_at_least_one_cell_and_a_limit(void **state)
{
    struct surface surface = start(0, 0, "ascii");
    struct error err;

    assert_int_equal(surface.width, 1);
    assert_int_equal(surface.height, 1);
    assert_int_equal(surface_resize(&surface, 10000, 10000, &err), ERROR_LIMIT);
    mem_fail_at(1);
    assert_int_equal(surface_resize(&surface, 20, 20, &err), ERROR_MEMORY);
    mem_fail_at(0);
    assert_int_equal(surface.width, 1);
    surface_done(&surface);
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_with_a_sign),
        cmocka_unit_test(nothing_is_drawn_outside),
        cmocka_unit_test(wide_characters_are_never_halved),
        cmocka_unit_test(dangerous_text_is_escaped_and_dim),
        cmocka_unit_test(marks_stay_with_their_base),
        cmocka_unit_test(paths_are_cut_in_the_middle_and_numbers_at_the_right),
        cmocka_unit_test(lines_scroll_sideways_by_columns),
        cmocka_unit_test(frames_hold_title_tabs_and_foot),
        cmocka_unit_test(every_size_takes_a_frame),
        cmocka_unit_test(a_surface_has_at_least_one_cell_and_a_limit),
    };

    (void)setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
