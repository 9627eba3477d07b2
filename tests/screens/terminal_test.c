/* One object per test beside the harness. */
#include "tests/screens/play.c"

static struct text raw_of(const struct play *play)
{
    const struct buf *raw = screen_raw(play->screen);

    return text_make(raw->data, raw->length);
}

static void the_first_picture_is_small_and_a_move_is_smaller(void **state)
{
    struct play play = play_start(&(struct play_options){.cold = true});
    size_t bytes;
    int large = 0;

    assert_true(screen_wait_text(play.screen, "? help", PLAY_PATIENCE));
    assert_true(screen_wait_quiet(play.screen, 10));
    bytes = screen_bytes(play.screen);
    assert_true(bytes <= 5000);
    play_expect(&play, "carts");
    play_keys(&play, "jjjj<Enter>");
    play_keys(&play, "jk");
    for (int i = 0; i < 4; i++) {
        (void)screen_bytes(play.screen);
        play_keys(&play, "j");
        bytes = screen_bytes(play.screen);
        assert_in_range(bytes, 1, 300);
    }
    play_keys(&play, ":");
    for (int i = 0; i < 10; i++) {
        (void)screen_bytes(play.screen);
        play_keys(&play, "x");
        large += screen_bytes(play.screen) > 24;
    }
    assert_in_range(large, 0, 2); /* a tick of the clock may fall into one of them */
    play_keys(&play, "<Esc>");
    play_quit(&play);
    (void)state;
}

static void nothing_is_written_while_nothing_changes(void **state)
{
    struct play play = play_start(&(struct play_options){0});

    play_keys(&play, "jj");
    (void)screen_bytes(play.screen);
    /* A byte ends this wait at once; two of the waits of the console's loop fit into it. */
    assert_true(screen_wait_quiet(play.screen, 2500));
    assert_int_equal(screen_bytes(play.screen), 0);
    play_quit(&play);
    (void)state;
}

static void keys_are_answered_at_once(void **state)
{
    static const char *const stage[] = {"rows=1000", NULL};
    struct play play = play_start(&(struct play_options){.stage = stage});
    double all[60];
    int slow = 0;

    play_keys(&play, "jjjj<Enter>");
    for (int i = 0; i < 60; i++) {
        all[i] = screen_answer_ms(play.screen, "j", 2000);
        assert_true(all[i] >= 0);
        slow += all[i] > 30; /* three times the bar of 10 ms: the machine is shared */
        (void)screen_wait_quiet(play.screen, 5);
    }
    assert_in_range(slow, 0, 3);
    play_quit(&play);
    (void)state;
}

static void every_size_is_survived_and_the_state_comes_back(void **state)
{
    static const struct {
        int columns, rows;
    } sizes[] = {{40, 10}, {20, 5}, {5, 2}, {1, 1}, {300, 100}, {80, 24}, {100, 30}};
    struct play play = play_start(&(struct play_options){0});

    play_keys(&play, "jjjj<Enter>jjj/OPEN<Enter>");
    play_expect(&play, "/OPEN");
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            assert_true(screen_resize(play.screen, sizes[i].columns, sizes[i].rows));
            (void)screen_wait_quiet(play.screen, 80);
            if (sizes[i].columns == 5)
                assert_true(screen_has(play.screen, "too"));
        }
    }
    play_expect(&play, "[3 orders]");
    play_expect(&play, "3/6 of 8+");
    play_expect(&play, "/OPEN");
    play_quit(&play);
    (void)state;
}

static void a_resize_in_the_middle_of_a_search_keeps_the_prompt(void **state)
{
    struct play play = play_start(&(struct play_options){0});

    play_keys(&play, ":SHOW TABLES<Enter>:<C-r>TAB");
    play_expect(&play, "(reverse-i-search)`TAB': SHOW TABLES");
    assert_true(screen_resize(play.screen, 60, 20));
    play_expect(&play, "(reverse-i-search)`TAB': SHOW TABLES");
    assert_true(screen_resize(play.screen, 1, 1));
    (void)screen_wait_quiet(play.screen, 50);
    assert_true(screen_resize(play.screen, 100, 30));
    play_expect(&play, "(reverse-i-search)`TAB': SHOW TABLES");
    play_keys(&play, "<C-c>");
    play_keys(&play, "<Esc>");
    play_quit(&play);
    (void)state;
}

/* No byte of the data may reach the terminal as a control. */
static void assert_no_foreign_control(struct text raw)
{
    static const char *const never[] = {"\033]0;t", "\033[31mred", "\xe2\x80\xae", "\xc2\x9b",
        "\xff", "\xfe", "\xee\x80\x80", "\xe2\x80\x8d"};

    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_true(text_find(raw, text_of(never[i]), 0) == SIZE_MAX);
    for (size_t i = 0; i < raw.length; i++) {
        unsigned char c = (unsigned char)raw.data[i];

        assert_true(c >= 0x20 || strchr("\a\b\t\n\r\033\016\017", (char)c));
        assert_true(c != 0x7f);
    }
}

static void hostile_data_is_shown_and_never_sent(void **state)
{
    static const char *const stage[] = {"hostile", NULL};
    struct play play = play_start(&(struct play_options){.stage = stage});
    static const char *const walk[] = {"G<Enter>", "kk<Enter>", "$zhhhhz", "<Enter>", "t", "t",
        "9z", "<Enter>", "<Esc>z", "2GgF", "G<Enter>", "gl5", "gl6t", "/a<Enter>", "<Esc>", "gl1gm",
        "<Esc>", "go", "<Esc>", "?", "<Esc>"};

    play_expect(&play, "a^[[31mred");
    for (size_t i = 0; i < sizeof walk / sizeof *walk; i++) {
        char row[8192];

        play_keys(&play, walk[i]);
        for (int line = 0; line < 30; line++)
            screen_row(play.screen, line, row, sizeof row);
    }
    assert_no_foreign_control(raw_of(&play));
    play_keys(&play, "gl1");
    play_keys(&play, "1");
    play_expect(&play, "a^[[31mred^[]0;t^G\\u{9b}1m\\u{202e}rtl");
    play_quit(&play);
    (void)state;
}

static void wide_characters_keep_the_columns(void **state)
{
    struct play play = play_start(&(struct play_options){0});
    struct screen_cell cell;
    int row, edge;

    play_keys(&play, "jjjj<Enter>z$");
    play_expect(&play, "日本 é");
    row = play_row_of(&play, "日本 é");
    for (edge = 99; edge > 0; edge--)
        if (screen_cell(play.screen, row, edge).character)
            break;
    cell = screen_cell(play.screen, row, edge);
    assert_int_equal(edge, 99);
    assert_int_equal(cell.character, 0x2503); /* the frame stands where it stands in other rows */
    play_quit(&play);
    (void)state;
}

static void the_c_locale_gets_ascii_only(void **state)
{
    struct play play = play_start(&(struct play_options){.locale = "C"});
    struct text raw;

    play_keys(&play, "jjjj<Enter>");
    play_expect(&play, "+=[3 orders]==");
    play_keys(&play, "z$");
    play_expect(&play, "\\u{65e5}\\u{672c} \\u{e9}");
    play_keys(&play, "<Enter>t");
    play_keys(&play, "gl5");
    play_keys(&play, "?");
    play_keys(&play, "<Esc>");
    raw = raw_of(&play);
    for (size_t i = 0; i < raw.length; i++)
        assert_true((unsigned char)raw.data[i] < 0x80);
    play_quit(&play);
    (void)state;
}

/* Parameters of every SGR sequence that set a colour. */
static bool sets_colour(struct text raw)
{
    for (size_t at = 0; (at = text_find(raw, TEXT("\033["), at)) != SIZE_MAX; at += 2) {
        struct text list, one = {0};
        size_t end = at + 2;

        while (end < raw.length &&
               ((raw.data[end] >= '0' && raw.data[end] <= '9') || raw.data[end] == ';'))
            end++;
        if (end == raw.length || raw.data[end] != 'm')
            continue;
        list = text_slice(raw, at + 2, end);
        while (text_take_field(&list, ';', &one)) {
            int64_t number;

            if (text_to_integer(one, 30, 49, &number) || text_to_integer(one, 90, 107, &number))
                return true;
        }
    }
    return false;
}

static void no_color_sends_no_colour_and_states_stay_readable(void **state)
{
    static const char *const variable[] = {"NO_COLOR=1", NULL};
    struct play play = play_start(&(struct play_options){.variable = variable});

    play_keys(&play, "jjjj<Enter>");
    play_expect(&play, "3 orders");
    play_keys(&play, "<Space>j");
    play_expect(&play, "* CUST#0000117");
    play_keys(&play, "gl5");
    play_keys(&play, "gl1");
    play_expect(&play, "[PROD]");
    play_expect(&play, "502!");
    assert_false(sets_colour(raw_of(&play)));
    play_quit(&play);
    play = play_start(&(struct play_options){0});
    assert_true(sets_colour(raw_of(&play)));
    play_quit(&play);
    (void)state;
}

static void other_terminals_show_the_same(void **state)
{
    static const struct {
        const char *term;
        const char *frame; /* start of the tables panel */
    } terms[] = {{"vt100", "+=[1 Tables 7]"}, {"vt220", "+=[1 Tables 7]"},
        {"linux", "┏━[1 Tables 7]"}, {"screen", "┏━[1 Tables 7]"},
        {"tmux-256color", "┏━[1 Tables 7]"}, {"xterm", "┏━[1 Tables 7]"},
        {"xterm-mono", "+=[1 Tables 7]"}, {"rxvt", "┏━[1 Tables 7]"}};

    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct play play = play_start(&(struct play_options){.term = terms[i].term});

        play_expect(&play, terms[i].frame);
        play_keys(&play, "jjjj<Enter>");
        play_expect(&play, "940.75");
        play_expect(&play, "? help");
        play_quit(&play);
    }
    (void)state;
}

static void a_terminal_without_a_cursor_gets_no_byte_of_a_screen(void **state)
{
    static const char *const terms[] = {"dumb", "nonsense", ""};

    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct play play = play_start(&(struct play_options){.term = terms[i], .cold = true});

        play_expect(&play, "no screen: ");
        play_wait_exit(&play);
        assert_true(text_find(raw_of(&play), TEXT("\033"), 0) == SIZE_MAX);
        assert_int_equal(play_end(&play), 2);
    }
    (void)state;
}

static void the_terminal_is_given_back(void **state)
{
    static const struct {
        const char *keys;
        int signal;
        int status;
    } ways[] = {{"ZZ", 0, 0}, {"ZQ", 0, 0}, {NULL, SIGTERM, 256 + SIGTERM},
        {NULL, SIGHUP, 256 + SIGHUP}, {NULL, SIGSEGV, 256 + SIGSEGV},
        {NULL, SIGABRT, 256 + SIGABRT}};

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct play play = play_start(&(struct play_options){0});

        assert_true(screen_modes(play.screen) & SCREEN_ALTERNATE);
        assert_true(screen_modes(play.screen) & SCREEN_PASTE);
        assert_false(screen_is_restored(play.screen));
        if (ways[i].keys)
            assert_true(screen_keys(play.screen, ways[i].keys));
        else
            assert_int_equal(kill(screen_child(play.screen), ways[i].signal), 0);
        play_wait_exit(&play);
        assert_true(screen_is_restored(play.screen));
        assert_int_equal(play_end(&play), ways[i].status);
    }
    (void)state;
}

static void the_editor_gets_the_terminal_and_gives_it_back(void **state)
{
    static const char *const variable[] = {"EDITOR=sh -c \"tty; exit 0\"", NULL};
    struct play play = play_start(&(struct play_options){.variable = variable});

    play_keys(&play, "2jjjjjE");
    play_expect(&play, "nothing is changed");
    play_expect(&play, "1 Tables 7");
    assert_true(screen_modes(play.screen) & SCREEN_PASTE);
    assert_true(text_find(raw_of(&play), TEXT("/dev/pts/"), 0) != SIZE_MAX);
    play_quit(&play);
    (void)state;
}

static void a_stopped_console_goes_on_where_it_was(void **state)
{
    struct play play = play_start(&(struct play_options){0});

    play_keys(&play, "jj");
    assert_int_equal(kill(screen_child(play.screen), SIGSTOP), 0);
    assert_int_equal(kill(screen_child(play.screen), SIGCONT), 0);
    play_keys(&play, "j");
    play_expect(&play, "tables > idempotency-keys");
    play_quit(&play);
    (void)state;
}

static void random_keys_never_end_it_nor_write(void **state)
{
    static const char letters[] = "jkhlgGzwxyesSdDiIcCtTnNuUpPrRfFoO0123456789/:;?\\<>()[]{}^$*, ";
    uint32_t random = 12345;
    struct play play = play_start(&(struct play_options){0});

    for (int round = 0; round < 30; round++) {
        char keys[64];
        int length = 0;

        for (; length < 40; length++) {
            random = random * 1664525 + 1013904223;
            keys[length] = letters[(random >> 16) % (sizeof letters - 1)];
            if (keys[length] == 'Z' || keys[length] == '<')
                keys[length] = 'j';
        }
        keys[length] = '\0';
        assert_true(screen_keys(play.screen, keys));
        (void)screen_wait_quiet(play.screen, 15);
        for (int i = 0; i < 3; i++)
            play_keys(&play, "<Esc>");
        if (round % 5 == 4)
            assert_true(screen_resize(play.screen, 30 + 13 * (round % 7), 8 + 5 * (round % 5)));
    }
    for (int i = 0; i < 4; i++)
        play_keys(&play, "<Esc>");
    assert_true(screen_resize(play.screen, 100, 30));
    play_expect(&play, "? help");
    assert_false(play_has_statement(&play, "MESSAGE key: DELETE FROM orders"));
    (void)play_end(&play);
    (void)state;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_picture_is_small_and_a_move_is_smaller),
        cmocka_unit_test(nothing_is_written_while_nothing_changes),
        cmocka_unit_test(keys_are_answered_at_once),
        cmocka_unit_test(every_size_is_survived_and_the_state_comes_back),
        cmocka_unit_test(a_resize_in_the_middle_of_a_search_keeps_the_prompt),
        cmocka_unit_test(hostile_data_is_shown_and_never_sent),
        cmocka_unit_test(wide_characters_keep_the_columns),
        cmocka_unit_test(the_c_locale_gets_ascii_only),
        cmocka_unit_test(no_color_sends_no_colour_and_states_stay_readable),
        cmocka_unit_test(other_terminals_show_the_same),
        cmocka_unit_test(a_terminal_without_a_cursor_gets_no_byte_of_a_screen),
        cmocka_unit_test(the_terminal_is_given_back),
        cmocka_unit_test(the_editor_gets_the_terminal_and_gives_it_back),
        cmocka_unit_test(a_stopped_console_goes_on_where_it_was),
        cmocka_unit_test(random_keys_never_end_it_nor_write),
    };
    int status;

    if (stage_main(argc, argv, &status))
        return status;
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
