#include "base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"

static struct buf folder;

static int make_folder(void **state)
{
    struct error err;

    (void)state;
    buf_init(&folder, 4096);
    return file_make_temporary("gatehouse-test", &folder, &err) ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    file_remove_tree(buf_string(&folder));
    if (file_exists(buf_string(&folder)))
        return -1;
    buf_done(&folder);
    return 0;
}

/* A path in the folder of this test; valid until the second next call. */
static const char *in_folder(const char *name)
{
    static char paths[2][512];
    static int turn;
    struct buf path;

    turn = !turn;
    buf_init(&path, sizeof paths[0] - 1);
    buf_add_format(&path, "%s/%s", buf_string(&folder), name);
    memcpy(paths[turn], buf_string(&path), path.length + 1);
    buf_done(&path);
    return paths[turn];
}

static void expect_content(const char *path, struct text expected)
{
    struct error err = {0};
    struct buf content;

    buf_init(&content, 1000000);
    if (file_read(path, &content, &err))
        fail_msg("%s", err.text);
    assert_true(text_equal(buf_view(&content), expected));
    buf_done(&content);
}

static mode_t mode_of(const char *path)
{
    struct stat about;

    assert_int_equal(stat(path, &about), 0);
    return about.st_mode & 0777;
}

static void file_write_creates_and_replaces(void **state)
{
    struct error err;
    const char *path = in_folder("a");

    assert_int_equal(file_write(path, TEXT("one\0two"), 0640, &err), ERROR_NONE);
    expect_content(path, TEXT("one\0two"));
    assert_int_equal(mode_of(path), 0640);
    assert_int_equal(file_replace(path, TEXT("three"), 0600, &err), ERROR_NONE);
    expect_content(path, TEXT("three"));
    assert_int_equal(file_write(path, text_of(NULL), 0600, &err), ERROR_NONE);
    expect_content(path, TEXT(""));
    assert_int_equal(mode_of(path), 0600);
    (void)state;
}

static void file_write_keeps_a_link_a_link(void **state)
{
    struct error err;
    struct stat about;

    assert_int_equal(file_write(in_folder("real"), TEXT("old"), 0600, &err), ERROR_NONE);
    assert_int_equal(symlink("real", in_folder("link")), 0);
    assert_int_equal(file_write(in_folder("link"), TEXT("new"), 0600, &err), ERROR_NONE);
    expect_content(in_folder("real"), TEXT("new"));
    assert_int_equal(lstat(in_folder("link"), &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    (void)state;
}

static void file_write_that_fails_leaves_nothing_beside_the_file(void **state)
{
    struct error err = {0};
    const char *path = in_folder("taken");

    assert_int_equal(file_make_folder(path, &err), ERROR_NONE);
    assert_int_equal(file_write(path, TEXT("x"), 0600, &err), ERROR_IO);
    assert_non_null(strstr(err.text, "cannot write /"));
    assert_non_null(strstr(err.text, "/taken: Is a directory"));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(buf_string(&folder)), 0); /* only an empty folder can be removed */
    (void)state;
}

static void file_read_names_the_path_and_the_reason(void **state)
{
    struct error err = {0};
    struct buf content;

    buf_init(&content, 100);
    assert_int_equal(file_read("/nonexistent/\x1b[31m", &content, &err), ERROR_IO);
    assert_string_equal(err.text, "cannot read /nonexistent/^[[31m: No such file or directory");
    assert_int_equal(file_read("/", &content, &err), ERROR_IO);
    assert_string_equal(err.text, "cannot read /: Is a directory");
    buf_done(&content);
    (void)state;
}

static void file_read_stops_at_the_limit_of_the_buffer(void **state)
{
    struct error err = {0};
    const char *path = in_folder("big");
    struct buf content;
    char *data = mem_new(100000, 1);

    memset(data, 'x', 100000);
    assert_int_equal(file_write(path, text_make(data, 100000), 0600, &err), ERROR_NONE);
    buf_init(&content, 100000);
    assert_int_equal(file_read(path, &content, &err), ERROR_NONE);
    assert_int_equal(content.length, 100000);
    buf_done(&content);
    buf_init(&content, 99999);
    assert_int_equal(file_read(path, &content, &err), ERROR_LIMIT);
    buf_done(&content);
    assert_null(strstr(err.text, "cannot"));
    assert_non_null(strstr(err.text, "/big: too large (limit 99999 bytes)"));
    mem_free(data);
    (void)state;
}

static void file_read_adds_to_what_the_buffer_holds(void **state)
{
    struct error err;
    struct buf content;

    assert_int_equal(file_write(in_folder("a"), TEXT("tail"), 0600, &err), ERROR_NONE);
    buf_init(&content, 8);
    buf_add_string(&content, "head");
    assert_int_equal(file_read(in_folder("a"), &content, &err), ERROR_NONE);
    assert_string_equal(buf_string(&content), "headtail");
    buf_done(&content);
    (void)state;
}

static void file_read_survives_every_failed_allocation(void **state)
{
    long before = mem_live();
    const char *path = in_folder("a");
    struct error err;
    enum error_code code;
    char data[50000];

    memset(data, 'x', sizeof data);
    assert_int_equal(file_write(path, text_make(data, sizeof data), 0600, &err), ERROR_NONE);
    for (long nth = 1;; nth++) {
        struct buf content;

        buf_init(&content, 100000);
        mem_fail_at(nth);
        code = file_read(path, &content, &err);
        mem_fail_at(0);
        if (!code)
            assert_int_equal(content.length, sizeof data);
        else
            assert_int_equal(code, ERROR_MEMORY);
        buf_done(&content);
        assert_int_equal(mem_live(), before);
        if (!code)
            break;
    }
    mem_fail_at(1);
    assert_int_equal(file_write(path, TEXT("y"), 0600, &err), ERROR_MEMORY);
    mem_fail_at(0);
    assert_int_equal(mem_live(), before);
    (void)state;
}

static void file_descriptors_are_read_to_the_end(void **state)
{
    struct error err = {0};
    struct buf content;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(file_write_all(ends[1], TEXT("through a pipe"), &err), ERROR_NONE);
    close(ends[1]);
    buf_init(&content, 100);
    assert_int_equal(file_read_descriptor(ends[0], &content, &err), ERROR_NONE);
    assert_string_equal(buf_string(&content), "through a pipe");
    close(ends[0]);
    assert_int_equal(file_read_descriptor(ends[0], &content, &err), ERROR_IO);
    assert_string_equal(err.text, "cannot read the input: Bad file descriptor");
    assert_int_equal(file_write_all(ends[0], TEXT("x"), &err), ERROR_IO);
    assert_string_equal(err.text, "cannot write the output: Bad file descriptor");
    buf_done(&content);
    (void)state;
}

static void file_append_adds_and_creates_with_the_mode(void **state)
{
    struct error err = {0};
    const char *path = in_folder("log");

    assert_int_equal(file_append(path, TEXT("one\n"), 0600, &err), ERROR_NONE);
    assert_int_equal(file_append(path, TEXT("two\n"), 0644, &err), ERROR_NONE);
    expect_content(path, TEXT("one\ntwo\n"));
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(file_append("/nonexistent/x", TEXT("y"), 0600, &err), ERROR_IO);
    assert_string_equal(err.text, "cannot write /nonexistent/x: No such file or directory");
    (void)state;
}

static void file_errors_name_a_full_disk(void **state)
{
    struct error err = {0};

    if (!file_exists("/dev/full"))
        skip();
    assert_int_equal(file_append("/dev/full", TEXT("x"), 0600, &err), ERROR_IO);
    assert_string_equal(err.text, "cannot write /dev/full: No space left on device");
    assert_string_equal(err.hint, "free some space on that disk and try again");
    (void)state;
}

static void file_make_folder_creates_missing_parents_privately(void **state)
{
    struct error err = {0};
    const char *path = in_folder("a/b//c/");

    assert_int_equal(file_make_folder(path, &err), ERROR_NONE);
    assert_int_equal(file_make_folder(path, &err), ERROR_NONE);
    assert_true(file_exists(path));
    assert_int_equal(mode_of(in_folder("a")), 0700);
    assert_int_equal(mode_of(in_folder("a/b/c")), 0700);
    assert_int_equal(file_write(in_folder("f"), TEXT(""), 0600, &err), ERROR_NONE);
    assert_int_equal(file_make_folder(in_folder("f/g"), &err), ERROR_IO);
    assert_non_null(strstr(err.text, "/f/g: Not a directory"));
    assert_int_equal(file_make_folder(in_folder("f"), &err), ERROR_IO);
    assert_non_null(strstr(err.text, "/f: Not a directory"));
    (void)state;
}

static void file_make_temporary_gives_private_folders_of_different_names(void **state)
{
    struct error err;
    struct buf other;

    assert_int_equal(mode_of(buf_string(&folder)), 0700);
    buf_init(&other, 4096);
    assert_int_equal(file_make_temporary("gatehouse-test", &other, &err), ERROR_NONE);
    assert_false(text_equal(buf_view(&other), buf_view(&folder)));
    file_remove_tree(buf_string(&other));
    assert_false(file_exists(buf_string(&other)));
    buf_done(&other);
    (void)state;
}

static void file_remove_tree_does_not_follow_links(void **state)
{
    struct error err;

    assert_int_equal(file_make_folder(in_folder("kept"), &err), ERROR_NONE);
    assert_int_equal(file_write(in_folder("kept/file"), TEXT("x"), 0600, &err), ERROR_NONE);
    assert_int_equal(file_make_folder(in_folder("gone/deep/er"), &err), ERROR_NONE);
    assert_int_equal(file_write(in_folder("gone/deep/file"), TEXT("x"), 0600, &err), ERROR_NONE);
    assert_int_equal(symlink("../../kept", in_folder("gone/deep/link")), 0);
    assert_int_equal(symlink("kept", in_folder("link")), 0);
    assert_int_equal(mkfifo(in_folder("gone/fifo"), 0600), 0);
    file_remove_tree(in_folder("gone"));
    assert_false(file_exists(in_folder("gone")));
    file_remove_tree(in_folder("link"));
    assert_false(file_exists(in_folder("link")));
    assert_true(file_exists(in_folder("kept/file")));
    file_remove_tree(in_folder("kept/file"));
    assert_false(file_exists(in_folder("kept/file")));
    file_remove_tree("/nonexistent/x");
    (void)state;
}

static void set(const char *variable, const char *value)
{
    assert_int_equal(value ? setenv(variable, value, 1) : unsetenv(variable), 0);
}

static void expect_path(enum path_kind kind, const char *name, const char *expected)
{
    struct error err = {0};
    struct buf path;

    buf_init(&path, 4096);
    if (path_make(kind, name, false, &path, &err))
        fail_msg("%s", err.text);
    assert_string_equal(buf_string(&path), expected);
    buf_done(&path);
}

static void path_follows_the_environment_and_then_home(void **state)
{
    struct error err = {0};
    struct buf path;

    set("HOME", "/home/ada");
    set("XDG_CONFIG_HOME", "/etc/xdg-test");
    expect_path(PATH_CONFIG, "config", "/etc/xdg-test/gatehouse/config");
    set("XDG_CONFIG_HOME", "relative");
    expect_path(PATH_CONFIG, "config", "/home/ada/.config/gatehouse/config");
    set("XDG_CONFIG_HOME", NULL);
    set("XDG_STATE_HOME", NULL);
    set("XDG_DATA_HOME", "");
    set("XDG_CACHE_HOME", NULL);
    expect_path(PATH_CONFIG, NULL, "/home/ada/.config/gatehouse");
    expect_path(PATH_STATE, "undo/1.jsonl", "/home/ada/.local/state/gatehouse/undo/1.jsonl");
    expect_path(PATH_DATA, NULL, "/home/ada/.local/share/gatehouse");
    expect_path(PATH_CACHE, NULL, "/home/ada/.cache/gatehouse");
    set("HOME", NULL);
    buf_init(&path, 4096);
    assert_int_equal(path_make(PATH_STATE, NULL, false, &path, &err), ERROR_IO);
    assert_string_equal(err.text, "no home folder: HOME is not set");
    assert_string_equal(err.hint, "set HOME or XDG_STATE_HOME");
    buf_done(&path);
    (void)state;
}

static void path_creates_the_folder_of_a_file(void **state)
{
    struct error err = {0};
    struct buf path;

    set("XDG_STATE_HOME", buf_string(&folder));
    buf_init(&path, 4096);
    assert_int_equal(path_make(PATH_STATE, "undo/1.jsonl", true, &path, &err), ERROR_NONE);
    assert_string_equal(buf_string(&path), in_folder("gatehouse/undo/1.jsonl"));
    assert_true(file_exists(in_folder("gatehouse/undo")));
    assert_false(file_exists(buf_string(&path)));
    buf_clear(&path);
    set("XDG_STATE_HOME", in_folder("second"));
    assert_int_equal(path_make(PATH_STATE, NULL, true, &path, &err), ERROR_NONE);
    assert_true(file_exists(in_folder("second/gatehouse")));
    buf_done(&path);
    (void)state;
}

static void path_of_the_runtime_folder_must_be_private(void **state)
{
    char before[512] = "";
    struct error err = {0};
    struct buf path;

    if (getenv("TMPDIR"))
        memcpy(before, getenv("TMPDIR"), strlen(getenv("TMPDIR")) + 1);
    set("TMPDIR", buf_string(&folder));
    set("XDG_RUNTIME_DIR", NULL);
    buf_init(&path, 4096);
    assert_int_equal(path_make(PATH_RUNTIME, "socket", false, &path, &err), ERROR_NONE);
    assert_true(text_ends_with(buf_view(&path), TEXT("/socket")));
    buf_cut(&path, path.length - 7);
    assert_int_equal(mode_of(buf_string(&path)), 0700);

    assert_int_equal(chmod(buf_string(&path), 0755), 0);
    buf_clear(&path);
    assert_int_equal(path_make(PATH_RUNTIME, "socket", true, &path, &err), ERROR_IO);
    assert_non_null(strstr(err.text, " is not a private folder of this user"));
    assert_string_equal(err.hint, "set XDG_RUNTIME_DIR to a folder of your own");

    assert_int_equal(rmdir(buf_string(&path)), 0);
    assert_int_equal(symlink("/", buf_string(&path)), 0);
    buf_clear(&path);
    assert_int_equal(path_make(PATH_RUNTIME, "socket", true, &path, &err), ERROR_IO);

    set("XDG_RUNTIME_DIR", "/run/user/1");
    expect_path(PATH_RUNTIME, "socket", "/run/user/1/gatehouse/socket");
    set("TMPDIR", before[0] ? before : NULL);
    buf_done(&path);
    (void)state;
}

static void path_expands_a_leading_tilde_only(void **state)
{
    struct buf path;

    set("HOME", "/home/ada");
    buf_init(&path, 4096);
    path_add_expanded(&path, TEXT("~|"));
    buf_cut(&path, 1);
    path_add_expanded(&path, TEXT("|"));
    path_add_expanded(&path, TEXT("~"));
    path_add_expanded(&path, TEXT("|"));
    path_add_expanded(&path, TEXT("~/x"));
    path_add_expanded(&path, TEXT("~bob/x"));
    path_add_expanded(&path, TEXT("/a/~"));
    assert_string_equal(buf_string(&path), "~|/home/ada|/home/ada/x~bob/x/a/~");
    buf_done(&path);
    (void)state;
}

struct logged {
    int calls;
    enum log_level level;
    char line[300];
};

static void remember(enum log_level level, const char *line, void *user)
{
    struct logged *logged = user;
    size_t length = strlen(line) < sizeof logged->line ? strlen(line) : sizeof logged->line - 1;

    logged->calls++;
    logged->level = level;
    memcpy(logged->line, line, length);
    logged->line[length] = '\0';
}

static void log_lines_reach_the_sink_safe_and_stop_with_it(void **state)
{
    struct logged logged = {0};
    char longer[5000];

    log_line(LOG_ERROR, "nobody listens");
    log_set_sink(remember, &logged);
    log_line(LOG_WARNING, "user %s at %d", "a\nb\x1b[0m\xff", 7);
    assert_int_equal(logged.calls, 1);
    assert_int_equal(logged.level, LOG_WARNING);
    assert_string_equal(logged.line, "user a^Jb^[[0m\\xff at 7");
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    log_line(LOG_DEBUG, "%s", longer);
    assert_int_equal(logged.calls, 2);
    log_set_sink(NULL, NULL);
    log_line(LOG_NOTE, "gone");
    assert_int_equal(logged.calls, 2);
    (void)state;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(file_write_creates_and_replaces),
        IN_FOLDER(file_write_keeps_a_link_a_link),
        IN_FOLDER(file_write_that_fails_leaves_nothing_beside_the_file),
        cmocka_unit_test(file_read_names_the_path_and_the_reason),
        IN_FOLDER(file_read_stops_at_the_limit_of_the_buffer),
        IN_FOLDER(file_read_adds_to_what_the_buffer_holds),
        IN_FOLDER(file_read_survives_every_failed_allocation),
        cmocka_unit_test(file_descriptors_are_read_to_the_end),
        IN_FOLDER(file_append_adds_and_creates_with_the_mode),
        cmocka_unit_test(file_errors_name_a_full_disk),
        IN_FOLDER(file_make_folder_creates_missing_parents_privately),
        IN_FOLDER(file_make_temporary_gives_private_folders_of_different_names),
        IN_FOLDER(file_remove_tree_does_not_follow_links),
        cmocka_unit_test(path_follows_the_environment_and_then_home),
        IN_FOLDER(path_creates_the_folder_of_a_file),
        IN_FOLDER(path_of_the_runtime_folder_must_be_private),
        cmocka_unit_test(path_expands_a_leading_tilde_only),
        cmocka_unit_test(log_lines_reach_the_sink_safe_and_stop_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
