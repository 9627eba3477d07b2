/* One object per test beside the harness. */
#include "tests/screens/play.c"

static struct play start(int columns, int rows)
{
    return play_start(&(struct play_options){.columns = columns, .rows = rows});
}

static void the_first_picture_shows_all_panels_of_the_main_layout(void **state)
{
    struct play play = start(100, 30);
    char row[512];

    play_expect(&play, "[1 Tables 7]");
    play_expect(&play, "[2 Gateway 3]");
    play_expect(&play, "[3 Items]");
    play_expect(&play, "[4 Metrics shop-api/prod");
    play_expect(&play, "[5 Log tail shop-api/prod]");
    screen_row(play.screen, 0, row, sizeof row);
    assert_string_equal(row, " gatehouse  [PROD]  prod-eu  eu-west-1  RW till 11:57  4021..77  "
                             "ddb 11ms  gw 4ms         11:42:07Z");
    screen_row(play.screen, 29, row, sizeof row);
    assert_string_equal(row, " ENTER open  / filter  D describe  c count  Q query  i new  x actions"
                             "  yy copy  R again      ? help");
    play_expect_statement(&play, "QUIET panel: SHOW TABLES");
    play_expect_statement(&play, "QUIET panel: SHOW APIS");
    play_expect_statement(&play, "QUIET panel: DESCRIBE orders");
    play_expect_statement(&play,
        "METRICS panel: WATCH EVERY 1s SHOW METRICS OF shop-api/prod BY ROUTE");
    play_expect_statement(&play, "LOG panel: TAIL LOGS OF shop-api/prod");
    play_quit(&play);
    (void)state;
}

static void a_table_opens_with_one_page_and_its_cells_are_told_apart(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "jjjj<Enter>");
    play_expect_statement(&play, "ITEMS key: SCAN orders EXAMINE 50");
    play_expect(&play, "3 orders");
    play_expect(&play, "1/8+  stopped at 8 rows  29.5 RCU  more: >");
    play_keys(&play, "z$");
    play_expect(&play, "日本 é");
    play_expect(&play, "{eu,vip}");
    play_keys(&play, "hhhhh");
    play_expect(&play, "{..2}");
    play_expect(&play, "NULL");
    play_expect(&play, "{1,2.5}");
    play_keys(&play, "hh");
    play_expect(&play, "[..2]");
    play_expect(&play, "yes");
    play_expect(&play, "\"\"");
    play_keys(&play, "hh");
    play_expect(&play, "<4B>");
    play_expect(&play, "{<2B>,<1B>}");
    play_keys(&play, ">");
    play_expect_statement(&play, "ITEMS key: NEXT");
    play_expect(&play, "/16+  stopped at 16 rows  59 RCU  more: >");
    play_keys(&play, "^yk");
    play_expect(&play, "copied the key, 33 B");
    play_keys(&play, "R");
    play_expect(&play, "1/8+");
    play_quit(&play);
    (void)state;
}

static void a_filter_narrows_while_it_is_typed_and_esc_clears_it(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "jjjj<Enter>");
    play_expect(&play, "SHIPPED");
    play_keys(&play, "/status=OPEN total>100");
    play_expect(&play, "1/3 of 8+");
    play_expect_gone(&play, "SHIPPED");
    play_keys(&play, "<Enter>");
    play_expect(&play, "/status=OPEN total>100");
    play_keys(&play, "<Esc>");
    play_expect(&play, "SHIPPED");
    play_expect(&play, "1/8+");
    play_keys(&play, "/nothing<Enter>");
    play_expect(&play, "0 of 8 rows match /nothing - ESC clears the filter");
    play_quit(&play);
    (void)state;
}

static void rows_sort_by_value_and_the_cursor_stays_on_its_row(void **state)
{
    struct play play = start(100, 30);
    int first, second;

    play_keys(&play, "jjjj<Enter>");
    play_expect(&play, "940.75");
    assert_true(play_row_of(&play, "118.20") < play_row_of(&play, "940.75"));
    play_keys(&play, "lllS");
    play_expect(&play, "total ▼");
    assert_true(play_row_of(&play, "940.75") < play_row_of(&play, "301.00"));
    assert_true(play_row_of(&play, "301.00") < play_row_of(&play, "88.10"));
    assert_true(play_row_of(&play, "88.10") < play_row_of(&play, "7.50"));
    screen_cursor(play.screen, &first, &second, &(bool){false});
    assert_int_equal(first, play_row_of(&play, "118.20"));
    play_keys(&play, "s");
    assert_true(play_row_of(&play, "7.50") < play_row_of(&play, "940.75"));
    play_keys(&play, "s");
    assert_true(play_row_of(&play, "118.20") < play_row_of(&play, "940.75"));
    play_quit(&play);
    (void)state;
}

static void an_item_is_shown_in_three_forms(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "jjjj<Enter><Enter>");
    play_expect_statement(&play,
        "ITEM key: GET orders 'CUST#0000117', 'ORDER#000918273' CONSISTENT");
    play_expect(&play, "6 item  plain JSON");
    play_expect(&play, "\"big\": 12345678901234567890123456789012345678,");
    play_expect(&play, "\"bins\": <<b64'AQI=', b64'Aw=='>>,");
    play_keys(&play, "t");
    play_expect(&play, "\"nums\": {\"NS\":[\"1\",\"2.5\"]},");
    play_keys(&play, "t");
    play_expect(&play, "meta.src                    S     \"web\"");
    play_keys(&play, "t<Esc>");
    play_expect(&play, "[3 orders]");
    play_quit(&play);
    (void)state;
}

static void keys_prefill_writes_but_never_send_them(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "jjjj<Enter>");
    play_expect(&play, "3 orders");
    play_keys(&play, "lll");
    play_keys(&play, "c");
    play_expect(&play, ": UPDATE orders 'CUST#0000117', 'ORDER#000918273' SET total = 118.20");
    play_keys(&play, "<Esc>i");
    play_expect(&play, ": PUT orders {pk: '', sk: ''}");
    play_keys(&play, "<Esc>d");
    play_expect(&play, "Delete this item?");
    play_expect(&play, "DELETE FROM orders 'CUST#0000117', 'ORDER#000918273'");
    play_keys(&play, "<Enter>");
    play_expect(&play, "nothing is done");
    assert_false(play_has_statement(&play,
        "MESSAGE key: DELETE FROM orders 'CUST#0000117', 'ORDER#000918273'"));
    play_keys(&play, "d");
    play_expect(&play, "Delete this item?");
    play_keys(&play, "y");
    play_expect_statement(&play,
        "MESSAGE key: DELETE FROM orders 'CUST#0000117', 'ORDER#000918273'");
    play_quit(&play);
    (void)state;
}

static void digits_and_tab_move_the_focus_and_z_zooms(void **state)
{
    struct play play = start(100, 30);
    int row, column;
    bool visible;

    play_keys(&play, "2");
    play_expect(&play, "apis > admin-api");
    play_keys(&play, "<Tab>");
    play_expect(&play, "prod-eu > Items");
    play_keys(&play, "9");
    play_expect(&play, "9 Journal 3");
    play_expect(&play, "dynamodb.DescribeTable");
    play_keys(&play, "5z");
    play_expect(&play, "[ZOOM z]");
    play_expect_gone(&play, "1 Tables");
    screen_cursor(play.screen, &row, &column, &visible);
    assert_true(visible);
    assert_int_equal(column, 1);
    play_keys(&play, "z");
    play_expect(&play, "1 Tables");
    play_keys(&play, "0");
    play_expect(&play, "journal of statements");
    play_quit(&play);
    (void)state;
}

static void every_layout_fits_every_size(void **state)
{
    static const struct {
        int columns, rows;
    } sizes[] = {{100, 30}, {80, 24}, {40, 10}, {200, 50}};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct play play = start(sizes[i].columns, sizes[i].rows);

        for (char number = '1'; number <= '9'; number++) {
            char keys[] = {'g', 'l', number, '\0'};

            play_keys(&play, keys);
            play_keys(&play, "<Tab><Tab><Tab><Tab>");
            play_expect(&play, "? help");
        }
        play_keys(&play, ":DO focus tables<Enter>");
        play_keys(&play, "gl1");
        play_expect(&play, sizes[i].columns >= 60 ? "[1 Tables 7]" : "Tables 7");
        play_quit(&play);
    }
    (void)state;
}

static void panels_can_be_split_resized_and_closed(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "3gz|");
    play_expect(&play, "item  plain JSON");
    play_keys(&play, "gzLgzLgzHgz=");
    play_expect(&play, "1 Tables 7");
    play_keys(&play, "gzx");
    play_keys(&play, "gzx");
    play_keys(&play, "gl1");
    play_expect(&play, "1 Tables 7");
    play_expect(&play, "4 Metrics");
    play_quit(&play);
    (void)state;
}

static void a_route_is_changed_in_a_form_and_reviewed(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "2jjjjj<Enter>");
    play_expect(&play, "8 POST /orders  shop-api");
    play_keys(&play, "<Enter><C-u>http://new.internal/o'k<Enter>");
    play_expect(&play, "+ target      http://new.internal/o'k");
    play_keys(&play, "j<Enter><C-u>3500<Enter>");
    play_expect(&play, "~ timeout ms  10000 → 3500");
    play_keys(&play, "jl");
    play_expect(&play, "~ authorizer  NONE → IAM");
    play_keys(&play, "w");
    play_expect_statement(&play, "MESSAGE key: ALTER ROUTE 'POST /orders' OF shop-api -> URL "
                                 "'http://new.internal/o''k' TIMEOUT 3500ms AUTH IAM");
    play_expect(&play, "Change the route POST /orders of shop-api?");
    play_keys(&play, "y");
    play_expect_statement(&play, "answer yes");
    play_keys(&play, "U");
    play_expect_gone(&play, "+ timeout ms");
    play_keys(&play, "j<Enter><C-u>7<Enter>w");
    play_quit(&play);
    (void)state;
}

static void a_bad_field_is_named_and_nothing_is_sent(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "2jjjjj<Enter>j<Enter><C-u>7<Enter>");
    play_expect(&play, "E the timeout is 50 ms or more");
    play_keys(&play, "w");
    play_expect(&play, "error  the timeout is 50 ms or more");
    play_keys(&play, "u");
    play_expect_gone(&play, "E the timeout");
    play_keys(&play, "w");
    play_expect(&play, "nothing is changed");
    play_quit(&play);
    (void)state;
}

static void a_route_is_changed_in_the_editor(void **state)
{
    static const char *const variable[] = {"EDITOR=sed -i s/10s/4s/", NULL};
    static const char *const failing[] = {"EDITOR=false", NULL};
    struct play play = play_start(&(struct play_options){.variable = variable});

    play_keys(&play, "2jjjjjE");
    play_expect(&play, "Change the route");
    play_expect_statement(&play, "MESSAGE key: ALTER ROUTE 'POST /orders' OF shop-api");
    play_expect_statement(&play, "  -> URL 'http://orders.internal:8080/v1/orders'");
    play_expect_statement(&play, "  TIMEOUT 4s");
    play_keys(&play, "n");
    play_quit(&play);
    play = play_start(&(struct play_options){.variable = failing});
    play_keys(&play, "2jjjjjE");
    play_expect(&play, "false ended with status 1: nothing is changed");
    play_expect(&play, "1 Tables");
    play_quit(&play);
    (void)state;
}

static void deploy_asks_for_the_stage_and_the_console_confirms(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "2jjD");
    play_expect(&play, "deploy to");
    play_keys(&play, "2");
    play_expect_statement(&play, "MESSAGE key: DEPLOY shop-api TO staging");
    play_expect(&play, "[confirm]");
    play_keys(&play, "<Esc>");
    play_expect_statement(&play, "answer no");
    play_quit(&play);
    (void)state;
}

static void a_name_must_be_typed_exactly(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "jjjjd");
    play_expect_statement(&play, "MESSAGE key: DROP TABLE orders");
    play_expect(&play, "type orders >");
    play_keys(&play, "<Paste>orders</Paste>");
    play_expect(&play, "a paste is no answer");
    play_keys(&play, "order<Enter>");
    play_expect(&play, "that is another name");
    play_keys(&play, "orders<Enter>");
    play_expect_statement(&play, "answer yes");
    play_quit(&play);
    (void)state;
}

static void metrics_show_percentiles_rates_and_classes(void **state)
{
    struct play play = start(100, 30);

    play_expect(&play, "p99     48ms");
    play_expect(&play, "worst POST /orders p99 212ms");
    play_keys(&play, "gl5");
    play_expect(&play, "ROUTE");
    play_expect(&play, "p99.9");
    assert_true(play_row_of(&play, "POST /orders") < play_row_of(&play, "GET /orders/{id}"));
    play_expect(&play, "22222225");
    play_keys(&play, "3<Space>");
    play_expect(&play, "PAUSED +0");
    play_keys(&play, "sS");
    play_expect(&play, "routes by");
    play_quit(&play);
    (void)state;
}

static void the_log_follows_stops_and_filters(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "gl6");
    play_expect(&play, "following");
    play_keys(&play, "1k");
    play_expect(&play, "39/40  G follows");
    play_keys(&play, ":LOGS<Enter>");
    play_expect(&play, "39/140  G follows");
    play_keys(&play, "G");
    play_expect(&play, "following");
    play_keys(&play, "E");
    play_expect(&play, "G follows");
    play_keys(&play, "/status>=500<Enter>");
    play_expect(&play, "hidden");
    play_expect_gone(&play, " 201 ");
    play_keys(&play, "<Esc><Space>:LOGS<Enter>");
    play_expect(&play, "PAUSED +100");
    play_quit(&play);
    (void)state;
}

static void the_journal_shows_calls_and_their_bodies(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "9z");
    play_expect(&play, "SCAN orders EXAMINE 50");
    play_expect(&play, "AccessDeniedException");
    play_expect(&play, "dynamodb.Scan");
    play_keys(&play, "k<Enter>");
    play_expect(&play, "{\"TableName\":\"orders\"}");
    play_expect(&play, "request id  REQ0001");
    play_keys(&play, "<Esc>ggr");
    play_expect(&play, ": SCAN orders EXAMINE 50");
    play_keys(&play, "<Esc>");
    play_quit(&play);
    (void)state;
}

static void help_palette_and_menus_run_what_they_list(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "?");
    play_expect(&play, "help: Tables");
    play_expect(&play, "Read one page of the table into the items grid");
    play_keys(&play, "describe");
    play_expect(&play, "Keys, indexes, capacity, stream");
    play_keys(&play, "<Esc>;show prof<Enter>");
    play_expect_statement(&play, "RESULTS key: SHOW PROFILES");
    play_keys(&play, "1x");
    play_expect(&play, "1 SCAN one page");
    play_keys(&play, "3");
    play_expect_statement(&play, "RESULTS key: DESCRIBE carts");
    play_expect(&play, "keys     pk S HASH, sk S RANGE");
    play_keys(&play, "goorders");
    play_keys(&play, "<Enter>");
    play_expect_statement(&play, "ITEMS key: SCAN orders EXAMINE 50");
    play_keys(&play, "g");
    play_expect(&play, "ESC leaves");
    play_keys(&play, "<Esc>");
    play_expect_gone(&play, "ESC leaves");
    play_quit(&play);
    (void)state;
}

static void copies_leave_by_osc_52_and_are_complete(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "jjjj<Enter>yk");
    play_expect(&play, "copied the key, 33 B (OSC 52)");
    /* 'CUST#0000117', 'ORDER#000918273' */
    assert_true(
        text_find(text_make(screen_raw(play.screen)->data, screen_raw(play.screen)->length),
            TEXT("\033]52;c;J0NVU1QjMDAwMDExNycsICdPUkRFUiMwMDA5MTgyNzMn\033\\"), 0) != SIZE_MAX);
    play_keys(&play, "ys");
    play_expect(&play, "copied the statement, 22 B (OSC 52)");
    play_keys(&play, "<Space><Space>yt");
    play_expect(&play, "copied rows as TSV");
    play_quit(&play);
    (void)state;
}

static void the_cursor_of_the_tree_stays_on_its_route(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "2jjjjj");
    play_expect(&play, "apis > shop-api > POST /orders");
    play_keys(&play, "gF");
    play_expect(&play, "apis > shop-api > POST /orders");
    play_keys(&play, "/post<Enter>");
    play_expect(&play, "apis > shop-api > POST /orders");
    play_expect_gone(&play, "/health");
    play_keys(&play, "<Esc>");
    play_expect(&play, "apis > shop-api > POST /orders");
    play_keys(&play, "h");
    play_expect_gone(&play, "apis > shop-api > POST /orders");
    play_quit(&play);
    (void)state;
}

static void themes_change_at_once_and_unknown_ones_are_named(void **state)
{
    struct play play = start(100, 30);

    assert_int_equal(screen_cell(play.screen, 5, 50).background, -1);
    play_keys(&play, ":SET theme gate-dark<Enter>");
    assert_int_equal(screen_cell(play.screen, 5, 50).background, 234);
    play_keys(&play, ":SET theme gate-light<Enter>");
    assert_int_equal(screen_cell(play.screen, 5, 50).background, 231);
    play_keys(&play, ":SET theme nothing<Enter>");
    play_expect(&play, "no theme named nothing");
    assert_int_equal(screen_cell(play.screen, 5, 50).background, 231);
    play_keys(&play, ":SET glyphs ascii<Enter>");
    play_expect(&play, "+=[1 Tables 7]=");
    play_keys(&play, ":SET cursor marker<Enter>j");
    assert_false(screen_cell(play.screen, play_row_of(&play, ">   customers"), 10).reverse);
    play_keys(&play, ":SET cursor bar<Enter>");
    assert_true(screen_cell(play.screen, play_row_of(&play, ">   customers"), 10).reverse);
    play_quit(&play);
    (void)state;
}

static void a_bad_setting_costs_a_message_not_the_screen(void **state)
{
    static const char *const stage[] = {"theme=nothing", "glyphs=fancy", NULL};
    struct play play = play_start(&(struct play_options){.stage = stage});

    play_expect(&play, "warn  glyphs are auto, unicode or ascii");
    play_quit(&play);
    (void)state;
}

static void a_question_is_not_answered_where_it_cannot_be_read(void **state)
{
    struct play play = start(100, 30);

    play_keys(&play, "2jjjD1");
    play_expect(&play, "[confirm]");
    assert_true(screen_resize(play.screen, 12, 3));
    play_expect(&play, "Change the");
    play_keys(&play, "y");
    assert_false(play_has_statement(&play, "answer yes"));
    assert_true(screen_resize(play.screen, 100, 30));
    play_expect(&play, "[confirm]");
    play_keys(&play, "y");
    play_expect_statement(&play, "answer yes");
    play_quit(&play);
    (void)state;
}

static void the_mouse_is_off_until_it_is_wanted(void **state)
{
    struct play play = start(100, 30);

    assert_false(screen_modes(play.screen) & SCREEN_MOUSE);
    play_keys(&play, "M");
    play_expect(&play, "mouse on");
    assert_true(screen_modes(play.screen) & SCREEN_MOUSE);
    play_keys(&play, "\033[<lt>0;10;9M\033[<lt>0;10;9m");
    play_expect(&play, "tables > orders");
    play_keys(&play, "\033[<lt>0;40;20M");
    play_expect(&play, "apis > metrics");
    play_keys(&play, "M");
    assert_false(screen_modes(play.screen) & SCREEN_MOUSE);
    play_quit(&play);
    (void)state;
}

static void a_hundred_thousand_rows_sort_while_keys_answer(void **state)
{
    static const char *const stage[] = {"rows=100000", NULL};
    struct play play = play_start(&(struct play_options){.stage = stage});
    double slowest = 0;

    play_keys(&play, "jjjj<Enter>");
    play_expect(&play, "1/100000+");
    assert_true(screen_keys(play.screen, "lllS"));
    for (int i = 0; i < 20; i++) {
        double ms = screen_answer_ms(play.screen, "j", 1000);

        slowest = ms > slowest ? ms : slowest;
    }
    assert_true(slowest < 200); /* 10 where the machine is not shared; never the sort itself */
    for (int i = 0; i < 100 && !screen_has(play.screen, "10006"); i++)
        play_keys(&play, "gg"); /* the cursor stays on its row when the sort is ready */
    play_expect(&play, "10006");
    play_quit(&play);
    (void)state;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_picture_shows_all_panels_of_the_main_layout),
        cmocka_unit_test(a_table_opens_with_one_page_and_its_cells_are_told_apart),
        cmocka_unit_test(a_filter_narrows_while_it_is_typed_and_esc_clears_it),
        cmocka_unit_test(rows_sort_by_value_and_the_cursor_stays_on_its_row),
        cmocka_unit_test(an_item_is_shown_in_three_forms),
        cmocka_unit_test(keys_prefill_writes_but_never_send_them),
        cmocka_unit_test(digits_and_tab_move_the_focus_and_z_zooms),
        cmocka_unit_test(every_layout_fits_every_size),
        cmocka_unit_test(panels_can_be_split_resized_and_closed),
        cmocka_unit_test(a_route_is_changed_in_a_form_and_reviewed),
        cmocka_unit_test(a_bad_field_is_named_and_nothing_is_sent),
        cmocka_unit_test(a_route_is_changed_in_the_editor),
        cmocka_unit_test(deploy_asks_for_the_stage_and_the_console_confirms),
        cmocka_unit_test(a_name_must_be_typed_exactly),
        cmocka_unit_test(metrics_show_percentiles_rates_and_classes),
        cmocka_unit_test(the_log_follows_stops_and_filters),
        cmocka_unit_test(the_journal_shows_calls_and_their_bodies),
        cmocka_unit_test(help_palette_and_menus_run_what_they_list),
        cmocka_unit_test(copies_leave_by_osc_52_and_are_complete),
        cmocka_unit_test(the_cursor_of_the_tree_stays_on_its_route),
        cmocka_unit_test(themes_change_at_once_and_unknown_ones_are_named),
        cmocka_unit_test(a_bad_setting_costs_a_message_not_the_screen),
        cmocka_unit_test(a_question_is_not_answered_where_it_cannot_be_read),
        cmocka_unit_test(the_mouse_is_off_until_it_is_wanted),
        cmocka_unit_test(a_hundred_thousand_rows_sort_while_keys_answer),
    };
    int status;

    if (stage_main(argc, argv, &status))
        return status;
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
