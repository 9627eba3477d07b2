#include "panels/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct layout parse(const char *text, int width, int height)
{
    struct layout layout;
    struct error err = {.code = ERROR_NONE};

    assert_int_equal(layout_parse(text_of(text), width, height, &layout, &err), ERROR_NONE);
    layout_compute(&layout, (struct layout_area){0, 0, height, width});
    return layout;
}

static void assert_area(const struct layout *layout, const char *name, int top, int left,
    int height, int width)
{
    int leaf = layout_find(layout, name);
    struct layout_area area;

    assert_true(leaf >= 0);
    area = layout->node[leaf].area;
    assert_int_equal(area.top, top);
    assert_int_equal(area.left, left);
    assert_int_equal(area.height, height);
    assert_int_equal(area.width, width);
}

static void assert_text(const struct layout *layout, const char *expected)
{
    struct buf text;

    buf_init(&text, 4096);
    layout_add_text(&text, layout);
    assert_string_equal(buf_string(&text), expected);
    buf_done(&text);
}

static void assert_problem(const char *text, const char *problem)
{
    struct layout layout;
    struct error err = {.code = ERROR_NONE};

    assert_int_equal(layout_parse(text_of(text), 100, 30, &layout, &err), ERROR_USAGE);
    assert_string_equal(err.text, problem);
}

static void fixed_sizes_come_first_and_the_rest_is_shared(void **state)
{
    struct layout layout = parse("cols(26: a, rows(b, 12: c), d)", 100, 30);

    assert_area(&layout, "a", 0, 0, 30, 26);
    assert_area(&layout, "b", 0, 26, 18, 37);
    assert_area(&layout, "c", 18, 26, 12, 37);
    assert_area(&layout, "d", 0, 63, 30, 37);
    layout = parse("rows(25%: a, b)", 100, 40);
    assert_area(&layout, "a", 0, 0, 10, 100);
    assert_area(&layout, "b", 10, 0, 30, 100);
    (void)state;
}

static void the_last_condition_that_holds_wins(void **state)
{
    const char *text = "cols(a, b); w>=160 and h>=40: rows(a, b); w<80 or h<20: tabs";
    struct layout layout = parse(text, 100, 30);

    assert_text(&layout, "cols(a, b)");
    layout = parse(text, 160, 40);
    assert_text(&layout, "rows(a, b)");
    layout = parse(text, 160, 39);
    assert_text(&layout, "cols(a, b)");
    layout = parse(text, 79, 30);
    assert_int_equal(layout.node[0].kind, LAYOUT_TABS);
    assert_int_equal(layout_find(&layout, "a"), 1);
    assert_true(layout_find(&layout, "journal") > 0);
    (void)state;
}

static void a_text_is_printed_as_it_is_read(void **state)
{
    struct layout layout =
        parse("cols(26: rows(tables, routes), rows(tabs(items, item), 30%: metrics))", 100, 30);

    assert_text(&layout, "cols(26: rows(tables, routes), rows(tabs(items, item), 30%: metrics))");
    (void)state;
}

static void mistakes_are_named_with_their_place(void **state)
{
    assert_problem("", "layout: cols, rows, tabs or the name of a panel expected at the end");
    assert_problem("cols(a", "layout: , or ) expected at the end");
    assert_problem("cols a", "layout: ( expected at 'a'");
    assert_problem("cols(0: a)", "layout: a size such as 26: or 30%: expected at ': a)'");
    assert_problem("cols(a); x<3: b", "layout: w or h expected at '<3: b'");
    assert_problem("cols(a); w=3: b", "layout: < <= > or >= expected at ': b'");
    assert_problem("a b", "layout: ; or the end expected at 'b'");
    (void)state;
}

static void too_many_nodes_are_refused(void **state)
{
    struct layout layout;
    struct error err = {.code = ERROR_NONE};
    struct buf text;

    buf_init(&text, 65536);
    for (int i = 0; i < LAYOUT_NODES + 1; i++)
        buf_add_string(&text, "cols(");
    assert_int_equal(layout_parse(buf_view(&text), 100, 30, &layout, &err), ERROR_LIMIT);
    buf_done(&text);
    (void)state;
}

static void what_has_no_room_becomes_tabs_and_comes_back(void **state)
{
    struct layout layout = parse("cols(26: a, rows(b, c))", 100, 30);

    layout_compute(&layout, (struct layout_area){0, 0, 30, 20});
    assert_int_equal(layout_group(&layout, layout_find(&layout, "b")), 0);
    assert_area(&layout, "a", 0, 0, 30, 20);
    assert_area(&layout, "c", 0, 0, 30, 20);
    layout_compute(&layout, (struct layout_area){0, 0, 5, 100});
    assert_area(&layout, "a", 0, 0, 5, 26);
    assert_area(&layout, "b", 0, 26, 5, 74);
    assert_area(&layout, "c", 0, 26, 5, 74);
    layout_compute(&layout, (struct layout_area){0, 0, 30, 100});
    assert_area(&layout, "a", 0, 0, 30, 26);
    assert_area(&layout, "b", 0, 26, 15, 74);
    (void)state;
}

static void leaves_never_fall_below_their_minimum(void **state)
{
    struct layout layout = parse("cols(90: a, b)", 100, 30);

    assert_area(&layout, "a", 0, 0, 30, 88);
    assert_area(&layout, "b", 0, 88, 30, 12);
    for (int width = 24; width < 130; width++) {
        layout_compute(&layout, (struct layout_area){2, 0, 10, width});
        assert_int_equal(layout.node[1].area.width + layout.node[2].area.width, width);
        assert_true(layout.node[2].area.width >= LAYOUT_MIN_WIDTH);
    }
    (void)state;
}

static void digits_go_to_visible_panels_first(void **state)
{
    struct layout layout = parse("cols(rows(a, b), rows(tabs(c, d, e), f))", 100, 30);
    static const char *const expected[] = {"a", "b", "c", "f", "d", "e"};
    int leaf[LAYOUT_NODES];

    assert_int_equal(layout_numbered(&layout, leaf, LAYOUT_NODES), 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(layout.node[leaf[i]].name, expected[i]);
    (void)state;
}

static void neighbours_are_found_by_shared_edges(void **state)
{
    struct layout layout = parse("cols(26: rows(a, b), rows(c, 12: cols(d, e)))", 100, 30);
    int a = layout_find(&layout, "a"), c = layout_find(&layout, "c"), d = layout_find(&layout, "d");

    assert_int_equal(layout_neighbour(&layout, a, 0, 1), c);
    assert_int_equal(layout_neighbour(&layout, a, 1, 0), layout_find(&layout, "b"));
    assert_int_equal(layout_neighbour(&layout, a, 0, -1), -1);
    assert_int_equal(layout_neighbour(&layout, c, 0, -1), a);
    assert_int_equal(layout_neighbour(&layout, d, 0, 1), layout_find(&layout, "e"));
    assert_int_equal(layout_neighbour(&layout, d, -1, 0), c);
    (void)state;
}

static void splits_are_resized_closed_and_made(void **state)
{
    struct layout layout = parse("cols(a, tabs(b, c))", 100, 30);
    struct layout_area all = {0, 0, 30, 100};

    assert_true(layout_resize(&layout, layout_find(&layout, "a"), 0, 10));
    layout_compute(&layout, all);
    assert_area(&layout, "a", 0, 0, 30, 60);
    assert_false(layout_resize(&layout, layout_find(&layout, "a"), 0, 40));
    assert_false(layout_resize(&layout, layout_find(&layout, "a"), 1, 0));
    layout_equalize(&layout);
    layout_compute(&layout, all);
    assert_area(&layout, "a", 0, 0, 30, 50);
    assert_true(layout_split(&layout, layout_find(&layout, "a"), true, "x"));
    assert_text(&layout, "cols(rows(a, x), tabs(b, c))");
    assert_true(layout_split(&layout, layout.node[layout_find(&layout, "b")].parent, false, "y"));
    assert_text(&layout, "cols(rows(a, x), cols(tabs(b, c), y))");
    assert_true(layout_close(&layout, layout_find(&layout, "a")));
    assert_text(&layout, "cols(x, cols(tabs(b, c), y))");
    assert_true(layout_close(&layout, layout_find(&layout, "b")));
    assert_true(layout_close(&layout, layout_find(&layout, "x")));
    assert_text(&layout, "cols(c, y)");
    assert_true(layout_close(&layout, layout_find(&layout, "y")));
    assert_text(&layout, "c");
    assert_false(layout_close(&layout, layout_find(&layout, "c")));
    (void)state;
}

static void every_preset_is_read_at_every_size(void **state)
{
    static const int sizes[][2] = {{1, 1}, {20, 5}, {40, 10}, {80, 24}, {100, 30}, {300, 100}};

    for (int number = 1; number <= 9; number++) {
        assert_int_equal(layout_preset_number(layout_preset_name(number)), number);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct layout layout = parse(layout_preset(number), sizes[i][0], sizes[i][1]);
            int leaf[LAYOUT_NODES];

            assert_true(layout_leaves(&layout, leaf, LAYOUT_NODES) > 0);
        }
    }
    assert_null(layout_preset(0));
    assert_null(layout_preset(10));
    assert_int_equal(layout_preset_number("nothing"), 0);
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_sizes_come_first_and_the_rest_is_shared),
        cmocka_unit_test(the_last_condition_that_holds_wins),
        cmocka_unit_test(a_text_is_printed_as_it_is_read),
        cmocka_unit_test(mistakes_are_named_with_their_place),
        cmocka_unit_test(too_many_nodes_are_refused),
        cmocka_unit_test(what_has_no_room_becomes_tabs_and_comes_back),
        cmocka_unit_test(leaves_never_fall_below_their_minimum),
        cmocka_unit_test(digits_go_to_visible_panels_first),
        cmocka_unit_test(neighbours_are_found_by_shared_edges),
        cmocka_unit_test(splits_are_resized_closed_and_made),
        cmocka_unit_test(every_preset_is_read_at_every_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
