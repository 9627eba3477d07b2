#include "base/editor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/file.h"

/* What the editor finds and does; its path is kept for afterwards. */
static struct buf folder, seen;
static char path[4096];
static const char *typed;
static int status;

static int edit(void *user, char *const arguments[], struct error *err)
{
    struct stat about;
    size_t last = 0;

    (void)user;
    while (arguments[last + 1])
        last++;
    snprintf(path, sizeof path, "%s", arguments[last]);
    assert_string_equal(arguments[0], "an editor");
    assert_string_equal(arguments[1], "-w");
    assert_int_equal(last, 2);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    buf_clear(&seen);
    assert_int_equal(file_read(path, &seen, err), ERROR_NONE);
    if (typed)
        assert_int_equal(file_replace(path, text_of(typed), 0600, err), ERROR_NONE);
    if (status < 0)
        error_set(err, ERROR_IO, "cannot start");
    return status;
}

static int open_folder(void **state)
{
    struct error err;

    (void)state;
    buf_init(&folder, 4096);
    buf_init(&seen, 4096);
    typed = NULL;
    status = 0;
    setenv("VISUAL", "'an editor' -w", 1);
    return file_make_temporary("editor", &folder, &err) ||
           setenv("XDG_RUNTIME_DIR", buf_string(&folder), 1);
}

static int close_folder(void **state)
{
    (void)state;
    file_remove_tree(buf_string(&folder));
    buf_done(&folder);
    buf_done(&seen);
    return 0;
}

/* What is edited; each test frees it. */
static struct buf text;

static enum error_code edit_text(size_t limit, const char *suffix, const char *new_text, int ends,
    struct error *err)
{
    buf_init(&text, limit);
    buf_add_string(&text, "before");
    typed = new_text;
    status = ends;
    return editor_edit(suffix, &text, edit, NULL, err);
}

static void what_was_typed_takes_the_place_of_the_text(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(edit_text(64, ".json", "after", 0, &err), ERROR_NONE);
    assert_string_equal(buf_string(&seen), "before");
    assert_string_equal(buf_string(&text), "after");
    assert_string_equal(path + strlen(path) - 5, ".json");
    assert_int_equal(strncmp(path, buf_string(&folder), folder.length), 0);
    assert_false(file_exists(path));
    buf_done(&text);
}

static void an_editor_that_fails_changes_nothing(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(edit_text(64, ".gh", "after", 1, &err), ERROR_CANCELLED);
    assert_string_equal(err.text, "an editor ended with status 1: nothing is changed");
    status = -1;
    assert_int_equal(editor_edit(".gh", &text, edit, NULL, &err), ERROR_IO);
    assert_string_equal(err.text, "cannot start");
    assert_string_equal(buf_string(&text), "before");
    assert_false(file_exists(path));
    buf_done(&text);
}

static void a_text_that_is_too_long_stays_in_its_file(void **state)
{
    struct error err = {0};

    (void)state;
    assert_int_not_equal(edit_text(16, ".gh", "much longer than sixteen bytes", 0, &err),
        ERROR_NONE);
    assert_non_null(strstr(err.hint, path));
    assert_string_equal(buf_string(&text), "before");
    assert_true(file_exists(path));
    buf_done(&text);
}

static void a_kept_text_is_the_users_alone(void **state)
{
    struct error err;
    struct stat about;
    struct buf kept;

    (void)state;
    buf_init(&kept, 4096);
    assert_int_equal(editor_keep(".json", TEXT("{\"a\":"), &kept, &err), ERROR_NONE);
    assert_string_equal(buf_string(&kept) + kept.length - 9, ".json.rej");
    assert_int_equal(stat(buf_string(&kept), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    buf_clear(&seen);
    assert_int_equal(file_read(buf_string(&kept), &seen, &err), ERROR_NONE);
    assert_string_equal(buf_string(&seen), "{\"a\":");
    buf_done(&kept);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_folder, close_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_typed_takes_the_place_of_the_text),
        TEST(an_editor_that_fails_changes_nothing),
        TEST(a_text_that_is_too_long_stays_in_its_file),
        TEST(a_kept_text_is_the_users_alone),
    };

    return cmocka_run_group_tests_name("editor", tests, NULL, NULL);
}
