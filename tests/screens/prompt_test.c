/* One object per test beside the harness. */
#include "tests/screens/play.c"

#include <sys/stat.h>

static struct play start(const char *const *stage)
{
    return play_start(&(struct play_options){.stage = stage});
}

static void a_statement_runs_once_and_is_remembered(void **state)
{
    struct play play = start(NULL);

    play_keys(&play, ":SHOW PROFILES");
    play_expect(&play, " : SHOW PROFILES");
    assert_false(play_has_statement(&play, "MESSAGE prompt: SHOW PROFILES"));
    play_keys(&play, "<Enter>");
    play_expect_statement(&play, "MESSAGE prompt: SHOW PROFILES");
    play_keys(&play, ":SCAN orders<Enter>:<Up><Up>");
    play_expect(&play, " : SHOW PROFILES");
    play_keys(&play, "<Down>");
    play_expect(&play, " : SCAN orders");
    play_keys(&play, "<Esc>");
    play_quit(&play);
    (void)state;
}

static void lines_are_edited_with_the_keys_of_readline(void **state)
{
    struct play play = start(NULL);

    play_keys(&play, ":abc def<C-a>X<C-e>Y<Left><Left><BS>");
    play_expect(&play, " : Xabc dfY");
    play_keys(&play, "<A-b><C-k>");
    play_expect(&play, " : Xabc");
    play_expect_gone(&play, "dfY");
    play_keys(&play, "<C-y><C-u>");
    play_expect_gone(&play, "Xabc");
    play_keys(&play, "日本<Left>é");
    play_expect(&play, " : 日é本");
    play_keys(&play, "<Esc>");
    play_quit(&play);
    (void)state;
}

static void esc_keeps_the_text_for_the_next_time(void **state)
{
    struct play play = start(NULL);

    play_keys(&play, ":SELECT * FROM or<Esc>");
    play_expect_gone(&play, "SELECT * FROM or");
    play_keys(&play, ":");
    play_expect(&play, " : SELECT * FROM or");
    play_keys(&play, "<C-c>");
    play_expect_gone(&play, "SELECT * FROM or");
    play_keys(&play, "<C-c>");
    play_expect(&play, "ENTER open");
    play_keys(&play, ":");
    play_expect_gone(&play, "SELECT * FROM or");
    play_keys(&play, "<Esc>");
    play_quit(&play);
    (void)state;
}

static void the_history_is_searched_backwards(void **state)
{
    struct play play = start(NULL);

    play_keys(&play, ":SHOW PROFILES<Enter>:SCAN orders<Enter>:<C-r>PROF");
    play_expect(&play, "(reverse-i-search)`PROF': SHOW PROFILES");
    play_keys(&play, "<Esc>");
    play_expect_gone(&play, "reverse-i-search");
    play_keys(&play, "<Esc>:<C-r>SCAN<Enter>");
    play_expect_gone(&play, "reverse-i-search");
    play_quit(&play);
    (void)state;
}

static void the_history_masks_secrets_and_forgets_what_begins_with_a_blank(void **state)
{
    struct play play = start(NULL);

    play_keys(&play, ":SHOW PROFILES<Enter>");
    play_keys(&play, ":INVOKE 'GET /' OF a HEADERS {Authorization: 'Bearer x'}<Enter>");
    play_keys(&play, ": SCAN hidden<Enter>");
    play_expect_statement(&play, "MESSAGE prompt:  SCAN hidden");
    play_keys(&play, ":<Up>");
    play_expect(&play, "INVOKE 'GET /' OF a HEADERS {Authorization: '********'}");
    play_keys(&play, "<Up>");
    play_expect(&play, " : SHOW PROFILES");
    play_keys(&play, "<Esc>");
    play_quit(&play);
    (void)state;
}

static void tab_completes_and_the_popup_never_runs_anything(void **state)
{
    struct play play = start(NULL);

    play_keys(&play, ":s<Tab>");
    play_expect(&play, "SELECT  keyword  Items by condition");
    play_keys(&play, "c");
    play_expect_gone(&play, "SELECT  keyword");
    play_keys(&play, "<Tab>");
    play_expect(&play, " : SCAN");
    play_keys(&play, "or<Tab>");
    play_expect(&play, " : SCAN orders");
    play_expect(&play, "orders.by-status");
    play_keys(&play, "<Tab><Tab>");
    play_expect(&play, ">orders.by-status");
    play_keys(&play, "<S-Tab><Enter>");
    play_expect(&play, " : SCAN orders");
    play_expect_gone(&play, "orders.by-status");
    assert_false(play_has_statement(&play, "MESSAGE prompt: SCAN orders"));
    play_keys(&play, "<C-u>zzz<Tab>");
    play_expect(&play, "nothing fits here");
    play_keys(&play, "<C-u>s<Tab>");
    play_expect(&play, "SELECT  keyword");
    play_keys(&play, "<Esc>");
    play_expect_gone(&play, "SELECT  keyword");
    play_expect(&play, " : s");
    play_keys(&play, "<Esc>");
    play_quit(&play);
    (void)state;
}

static void an_incomplete_statement_gets_another_line(void **state)
{
    struct play play = start(NULL);

    play_keys(&play, ":SHOW (<Enter>PROFILES");
    play_expect(&play, "   PROFILES");
    assert_int_equal(play_row_of(&play, " : SHOW (") + 1, play_row_of(&play, "   PROFILES"));
    play_keys(&play, "<Up>X<Down><End>)<Enter>");
    play_expect_statement(&play, "MESSAGE prompt: SHOW (X");
    play_expect_statement(&play, "PROFILES)");
    play_quit(&play);
    (void)state;
}

static void a_wrong_statement_stays_with_its_error(void **state)
{
    struct play play = start(NULL);
    int row, column;
    bool visible;

    play_keys(&play, ":BAD thing<Enter>");
    play_expect(&play, "error  no statement begins with BAD");
    play_expect(&play, " : BAD thing");
    screen_cursor(play.screen, &row, &column, &visible);
    assert_int_equal(column, 3);
    assert_false(play_has_statement(&play, "MESSAGE prompt: BAD thing"));
    play_keys(&play, "<Esc>");
    play_quit(&play);
    (void)state;
}

static void the_hint_says_what_comes_next(void **state)
{
    struct play play = start(NULL);

    play_keys(&play, ":SCAN ");
    play_expect(&play, "table [WHERE condition] [EXAMINE n]");
    play_keys(&play, "<F1>");
    play_expect(&play, "no help for ''");
    play_keys(&play, "<Esc>");
    play_quit(&play);
    (void)state;
}

static void a_paste_never_runs_wherever_it_goes(void **state)
{
    struct play play = start(NULL);

    play_keys(&play, "<Paste>DROP TABLE orders\nDROP TABLE carts\n</Paste>");
    play_expect(&play, "pasted 3 lines into the prompt: ENTER runs them, ESC drops them");
    play_expect(&play, " : DROP TABLE orders");
    play_expect(&play, "   DROP TABLE carts");
    play_keys(&play, "<Esc>:<C-u><Esc>");
    play_keys(&play, ":a<Paste>b\033[31mc\td\x01</Paste>e");
    play_expect(&play, " : ab^[[31mc d^Ae");
    play_keys(&play, "<Esc>2<Paste>q</Paste>");
    play_expect(&play, "into the prompt");
    play_keys(&play, "<Esc>");
    assert_false(play_has_statement(&play, "MESSAGE prompt: DROP TABLE orders"));
    play_quit(&play);
    (void)state;
}

static void ten_thousand_pasted_bytes_arrive_whole(void **state)
{
    struct play play = start(NULL);
    struct buf keys;

    buf_init(&keys, 1 << 20);
    buf_add_string(&keys, ":<Paste>SELECT '");
    buf_add_repeat(&keys, 'x', 10000);
    buf_add_string(&keys, "END'</Paste>");
    play_keys(&play, buf_string(&keys));
    play_expect(&play, "xxxEND'");
    play_keys(&play, "<Enter>");
    play_expect(&play, "1/8+");
    buf_done(&keys);
    play_quit(&play);
    (void)state;
}

static void vi_mode_shows_its_state_and_esc_leaves_in_two_steps(void **state)
{
    static const char *const stage[] = {"vi", NULL};
    struct play play = start(stage);
    char row[512];

    play_keys(&play, ":SCAN orders");
    screen_row(play.screen, play_row_of(&play, " : SCAN"), row, sizeof row);
    assert_non_null(strstr(row, "                I"));
    play_keys(&play, "<Esc>");
    play_expect(&play, " : SCAN orders");
    screen_row(play.screen, play_row_of(&play, " : SCAN"), row, sizeof row);
    assert_non_null(strstr(row, "                N"));
    play_keys(&play, "0cwSHOW");
    play_keys(&play, "<Esc>");
    play_expect(&play, " : SHOW orders");
    play_keys(&play, "<Esc>");
    play_expect_gone(&play, " : SHOW orders");
    play_quit(&play);
    (void)state;
}

static void a_lone_esc_is_not_taken_for_alt(void **state)
{
    struct play play = start(NULL);

    play_keys(&play, ":abc<Esc>");
    play_expect_gone(&play, " : abc");
    play_keys(&play, "j");
    play_expect(&play, "tables > customers");
    play_quit(&play);
    (void)state;
}

static void a_sequence_that_came_too_late_does_not_act(void **state)
{
    struct play play = start(NULL);

    play_keys(&play, "jj<Esc>");
    play_keys(&play, "[A");
    play_expect(&play, "tables > events");
    play_keys(&play, "k");
    play_expect(&play, "tables > customers");
    play_quit(&play);
    (void)state;
}

static void small_screens_edit_in_the_message_line(void **state)
{
    struct play play = play_start(&(struct play_options){.columns = 40, .rows = 10});
    char row[256];

    play_keys(&play, ":SELECT * FROM orders WHERE status = 'OPEN' AND total > 1");
    screen_row(play.screen, 8, row, sizeof row);
    assert_non_null(strstr(row, "AND total > 1"));
    play_keys(&play, "<Home>");
    screen_row(play.screen, 8, row, sizeof row);
    assert_int_equal(strncmp(row, " : SELECT * FROM orders", 23), 0);
    play_keys(&play, "<Enter>");
    play_expect_statement(&play,
        "MESSAGE prompt: SELECT * FROM orders WHERE status = 'OPEN' AND total > 1");
    play_quit(&play);
    (void)state;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_runs_once_and_is_remembered),
        cmocka_unit_test(lines_are_edited_with_the_keys_of_readline),
        cmocka_unit_test(esc_keeps_the_text_for_the_next_time),
        cmocka_unit_test(the_history_is_searched_backwards),
        cmocka_unit_test(the_history_masks_secrets_and_forgets_what_begins_with_a_blank),
        cmocka_unit_test(tab_completes_and_the_popup_never_runs_anything),
        cmocka_unit_test(an_incomplete_statement_gets_another_line),
        cmocka_unit_test(a_wrong_statement_stays_with_its_error),
        cmocka_unit_test(the_hint_says_what_comes_next),
        cmocka_unit_test(a_paste_never_runs_wherever_it_goes),
        cmocka_unit_test(ten_thousand_pasted_bytes_arrive_whole),
        cmocka_unit_test(vi_mode_shows_its_state_and_esc_leaves_in_two_steps),
        cmocka_unit_test(a_lone_esc_is_not_taken_for_alt),
        cmocka_unit_test(a_sequence_that_came_too_late_does_not_act),
        cmocka_unit_test(small_screens_edit_in_the_message_line),
    };
    int status;

    if (stage_main(argc, argv, &status))
        return status;
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
