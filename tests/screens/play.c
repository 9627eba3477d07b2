#include "tests/screens/play.h"

#include "tests/screens/stage.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"

enum { STAGE_WORDS = 16 };

struct play play_start(const struct play_options *options)
{
    static char program[] = "/proc/self/exe", word[] = "--stage";
    char *argv[STAGE_WORDS] = {program, word};
    struct screen_options_pty pty = {.columns = options->columns,
        .rows = options->rows,
        .term = options->term,
        .locale = options->locale,
        .variable = options->variable};
    struct play play = {0};
    struct buf log;
    struct error err;
    int count = 2;

    buf_init(&play.folder, 4096);
    buf_init(&play.log, 1 << 20);
    buf_init(&log, 4096);
    assert_int_equal(file_make_temporary("screens", &play.folder, &err), ERROR_NONE);
    buf_add_format(&log, "log=%s/statements", buf_string(&play.folder));
    argv[count++] = log.data;
    for (size_t i = 0; options->stage && options->stage[i]; i++)
        argv[count++] = (char *)(uintptr_t)options->stage[i];
    pty.folder = buf_string(&play.folder);
    play.screen = screen_start(&pty, argv, &err);
    assert_non_null(play.screen);
    buf_done(&log);
    if (!options->cold) {
        assert_true(screen_wait_text(play.screen, "carts", PLAY_PATIENCE));
        assert_true(screen_wait_quiet(play.screen, 60));
    }
    return play;
}

/* What follows an Esc in the same read belongs to it: a person is slower than that. */
void play_keys(struct play *play, const char *keys)
{
    const char *escape;
    struct buf part;

    buf_init(&part, 1 << 20);
    while ((escape = strstr(keys, "<Esc>"))) {
        buf_clear(&part);
        buf_add(&part, keys, (size_t)(escape - keys) + strlen("<Esc>"));
        assert_true(screen_keys(play->screen, buf_string(&part)));
        (void)screen_wait_quiet(play->screen, 60);
        keys = escape + strlen("<Esc>");
    }
    if (*keys)
        assert_true(screen_keys(play->screen, keys));
    (void)screen_wait_quiet(play->screen, 60);
    buf_done(&part);
}

void play_expect(struct play *play, const char *text)
{
    assert_true(screen_wait_text(play->screen, text, PLAY_PATIENCE));
}

void play_expect_gone(struct play *play, const char *text)
{
    assert_true(screen_wait_gone(play->screen, text, PLAY_PATIENCE));
}

bool play_has_statement(struct play *play, const char *line)
{
    struct buf path;
    struct error ignored;
    struct text rest, one = {0};
    bool found = false;

    buf_init(&path, 4096);
    buf_add_format(&path, "%s/statements", buf_string(&play->folder));
    buf_clear(&play->log);
    if (!file_exists(buf_string(&path)) ||
        file_read(buf_string(&path), &play->log, &ignored) != ERROR_NONE) {
        buf_done(&path);
        return false;
    }
    buf_done(&path);
    rest = buf_view(&play->log);
    while (text_take_field(&rest, '\n', &one))
        found = found || text_is(one, line);
    return found;
}

void play_expect_statement(struct play *play, const char *line)
{
    for (int i = 0; i < PLAY_PATIENCE / 20; i++) {
        if (play_has_statement(play, line))
            return;
        (void)screen_wait_quiet(play->screen, 20);
    }
    fprintf(stderr, "never emitted: %s\nbut:\n%s", line, buf_string(&play->log));
    assert_true(play_has_statement(play, line));
}

int play_row_of(struct play *play, const char *text)
{
    char row[8192];
    int columns, rows;

    screen_size(play->screen, &columns, &rows);
    for (int i = 0; i < rows; i++) {
        screen_row(play->screen, i, row, sizeof row);
        if (strstr(row, text))
            return i;
    }
    fail_msg("no row holds '%s'", text);
    return -1;
}

void play_wait_exit(struct play *play)
{
    for (int i = 0; i < PLAY_PATIENCE / 10; i++) {
        siginfo_t info = {0};

        if (waitid(P_PID, (id_t)screen_child(play->screen), &info, WEXITED | WNOHANG | WNOWAIT) ==
                0 &&
            info.si_pid != 0) {
            (void)screen_wait_quiet(play->screen, 20);
            return;
        }
        (void)screen_wait_quiet(play->screen, 10);
        (void)poll(NULL, 0, 10); /* the terminal may be closed, and quiet, before the end */
    }
    fail_msg("the program did not end");
}

int play_end(struct play *play)
{
    int status = screen_end(play->screen, PLAY_PATIENCE);

    file_remove_tree(buf_string(&play->folder));
    buf_done(&play->folder);
    buf_done(&play->log);
    return status;
}

void play_quit(struct play *play)
{
    assert_true(screen_keys(play->screen, "ZZ"));
    assert_int_equal(play_end(play), 0);
}
