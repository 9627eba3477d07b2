#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "console/prompt_history.h"

static struct buf folder;

static int make_home(void **state)
{
    struct error err;

    (void)state;
    buf_init(&folder, 4096);
    if (file_make_temporary("prompt-history-", &folder, &err))
        return -1;
    return setenv("XDG_STATE_HOME", buf_string(&folder), 1);
}

static int remove_home(void **state)
{
    (void)state;
    file_remove_tree(buf_string(&folder));
    buf_done(&folder);
    return 0;
}

static bool print(void *user, const struct prompt_history_entry *entry)
{
    struct buf *out = user;

    buf_add_format(out, "%llu %llu %lld [%.*s] %.*s;", (unsigned long long)entry->number,
        (unsigned long long)(entry->at / CLOCK_SECOND), (long long)entry->ms,
        (int)entry->profile.length, entry->profile.data, (int)entry->text.length, entry->text.data);
    return entry->number < 5;
}

static const char *read_all(struct buf *out)
{
    struct error err;

    buf_clear(out);
    assert_int_equal(prompt_history_read(print, out, &err), ERROR_NONE);
    return buf_string(out);
}

static void what_was_typed_is_kept_with_its_time_and_without_secrets(void **state)
{
    char name[] = "prod eu";
    struct link link = {.name = name};
    struct session session = {0};
    struct buf out, path;
    struct stat about;
    struct error err;

    buf_init(&out, 4096);
    buf_init(&path, 4096);
    assert_string_equal(read_all(&out), "");
    clock_fix(1700000000 * CLOCK_SECOND);
    prompt_history_add(&session, "SCAN orders", -1);
    session.link = &link;
    prompt_history_add(&session, " SCAN hidden", 1);
    prompt_history_add(&session, "\tSCAN hidden", 1);
    prompt_history_add(&session, "", 1);
    prompt_history_add(&session, "GET users\n  'u'", 12);
    prompt_history_add(&session, "PUT users {id: 'u', password: 'hunter2'}", 3);
    clock_fix(0);
    assert_string_equal(read_all(&out), "1 1700000000 -1 [] SCAN orders;"
                                        "2 1700000000 12 [prod eu] GET users\n  'u';"
                                        "3 1700000000 3 [prod eu] PUT users {id: 'u', "
                                        "password: '********'};");
    assert_int_equal(path_make(PATH_STATE, "history", false, &path, &err), ERROR_NONE);
    assert_int_equal(stat(buf_string(&path), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    buf_done(&path);
    buf_done(&out);
    (void)state;
}

static void a_file_of_another_shape_is_read_line_by_line(void **state)
{
    struct buf out, path;
    struct error err;

    buf_init(&out, 4096);
    buf_init(&path, 4096);
    assert_int_equal(path_make(PATH_STATE, "history", true, &path, &err), ERROR_NONE);
    assert_int_equal(file_write(buf_string(&path),
                         TEXT(
                             "SCAN a\nSCAN b\n#1700000000\nSCAN c\n#12x y\n#99999999999999999999 7 "
                             "p\nSCAN d\n#5 - p\nSCAN e\n#6 8 p\nSCAN f"),
                         0600, &err),
        ERROR_NONE);
    assert_string_equal(read_all(&out), "1 0 -1 [] SCAN a;2 0 -1 [] SCAN b;"
                                        "3 1700000000 -1 [] SCAN c;4 0 7 [p] SCAN d;"
                                        "5 5 -1 [p] SCAN e;");
    buf_done(&path);
    buf_done(&out);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_typed_is_kept_with_its_time_and_without_secrets,
            make_home, remove_home),
        cmocka_unit_test_setup_teardown(a_file_of_another_shape_is_read_line_by_line, make_home,
            remove_home),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
