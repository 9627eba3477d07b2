#include "client/journal_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "client/journal.h"

#define NOON (UINT64_C(1795262400) * CLOCK_SECOND) /* 2026-11-21T12:00:00Z */
#define DAY (24 * 3600 * CLOCK_SECOND)

static struct buf folder;

static int start(void **state)
{
    struct error err;

    (void)state;
    buf_init(&folder, 4096);
    clock_fix(NOON);
    return file_make_temporary("journal-", &folder, &err) ||
                   setenv("XDG_STATE_HOME", buf_string(&folder), 1)
               ? -1
               : 0;
}

static int stop(void **state)
{
    (void)state;
    clock_fix(0);
    file_remove_tree(buf_string(&folder));
    buf_done(&folder);
    return 0;
}

/* Good until the next call. */
static const char *path_of(const char *name)
{
    static char path[4096];

    snprintf(path, sizeof path, "%s/gatehouse/journal/%s", buf_string(&folder), name);
    return path;
}

static void make_file(const char *name, const char *content)
{
    struct error err;
    char *slash;
    char parent[4096];

    snprintf(parent, sizeof parent, "%s", path_of(name));
    slash = strrchr(parent, '/');
    *slash = '\0';
    assert_int_equal(file_make_folder(parent, &err), ERROR_NONE);
    assert_int_equal(file_write(path_of(name), text_of(content), 0600, &err), ERROR_NONE);
}

static void append(const char *lines, uint64_t keep, uint64_t bytes)
{
    const struct journal_limits limits = {.keep = keep, .bytes = bytes};
    struct error err;

    assert_int_equal(journal_file_append(text_of(lines), &limits, &err), ERROR_NONE);
}

static bool is_there(const char *name)
{
    return file_exists(path_of(name));
}

static void the_first_line_of_a_day_makes_its_file_for_the_user_alone(void **state)
{
    struct stat about;
    struct buf content;
    struct error err;

    buf_init(&content, 4096);
    append("one\n", DAY, 1);
    append("two\n", DAY, 1);
    assert_int_equal(file_read(path_of("2026-11-21.jsonl"), &content, &err), ERROR_NONE);
    assert_string_equal(buf_string(&content), "one\ntwo\n");
    assert_int_equal(stat(path_of("2026-11-21.jsonl"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    buf_done(&content);
    (void)state;
}

static void a_new_day_ends_the_days_that_are_too_old(void **state)
{
    make_file("2026-11-11.jsonl", "x");
    make_file("2026-11-12.jsonl", "x");
    append("today\n", 9 * DAY, 0);
    assert_false(is_there("2026-11-11.jsonl"));
    assert_true(is_there("2026-11-12.jsonl"));
    assert_true(is_there("2026-11-21.jsonl"));
    (void)state;
}

static void the_oldest_days_beyond_the_size_go_and_never_this_one(void **state)
{
    make_file("2026-11-18.jsonl", "1234567890");
    make_file("2026-11-19.jsonl", "1234567890");
    make_file("2026-11-20.jsonl", "1234567890");
    append("1234567890", 0, 30);
    assert_false(is_there("2026-11-18.jsonl"));
    assert_true(is_there("2026-11-19.jsonl"));
    assert_true(is_there("2026-11-20.jsonl"));
    clock_fix(NOON + DAY);
    append("more than all days may take together", 0, 30);
    assert_false(is_there("2026-11-20.jsonl"));
    assert_false(is_there("2026-11-21.jsonl"));
    assert_true(is_there("2026-11-22.jsonl"));
    (void)state;
}

static void without_limits_every_day_stays(void **state)
{
    make_file("1999-01-01.jsonl", "x");
    append("today\n", 0, 0);
    assert_true(is_there("1999-01-01.jsonl"));
    (void)state;
}

static void what_is_no_day_stays(void **state)
{
    make_file("2001-01-01.jsonl.old", "x");
    make_file("notes", "x");
    make_file("2001-01-0x.jsonl", "x");
    make_file("2001-01-02.jsonl/inside", "x");
    make_file("2027-01-01.jsonl", "written by a clock that was ahead");
    append("today\n", DAY, 1);
    assert_true(is_there("2001-01-01.jsonl.old"));
    assert_true(is_there("notes"));
    assert_true(is_there("2001-01-0x.jsonl"));
    assert_true(is_there("2001-01-02.jsonl/inside"));
    assert_true(is_there("2027-01-01.jsonl"));
    (void)state;
}

static void a_day_that_goes_on_removes_nothing(void **state)
{
    append("first\n", DAY, 0);
    make_file("2001-01-01.jsonl", "x");
    append("second\n", DAY, 0);
    assert_true(is_there("2001-01-01.jsonl"));
    (void)state;
}

static void a_journal_keeps_its_files_within_its_limits(void **state)
{
    const struct journal_limits limits = {.keep = DAY};
    struct error err = {0};
    struct journal *journal = journal_new(10, &err);
    char text[] = "PUT orders {id: 'a'}";
    struct journal_entry entry = {.is_statement = true, .is_write = true, .text = text};

    make_file("2026-01-01.jsonl", "x");
    journal_keep(journal, &limits);
    journal_add(journal, &entry);
    assert_false(journal_failed(journal, &err));
    assert_true(is_there("2026-11-21.jsonl"));
    assert_false(is_there("2026-01-01.jsonl"));
    journal_free(journal);
    (void)state;
}

static void every_failed_allocation_is_an_error_or_an_old_day_more(void **state)
{
    const struct journal_limits limits = {.keep = DAY};
    bool done = false;

    for (long nth = 1; !done; nth++) {
        struct error err = {0};
        enum error_code code;

        make_file("2026-01-01.jsonl", "x");
        mem_fail_at(nth);
        code = journal_file_append(TEXT("today\n"), &limits, &err);
        mem_fail_at(0);
        assert_true(!code || code == ERROR_MEMORY);
        assert_false(is_there(".jsonl"));
        done = !code && !is_there("2026-01-01.jsonl");
        file_remove_tree(path_of("2026-11-21.jsonl"));
        assert_true(nth < 100);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test_setup_teardown(the_first_line_of_a_day_makes_its_file_for_the_user_alone,
            start, stop),
        cmocka_unit_test_setup_teardown(a_new_day_ends_the_days_that_are_too_old, start, stop),
        cmocka_unit_test_setup_teardown(the_oldest_days_beyond_the_size_go_and_never_this_one,
            start, stop),
        cmocka_unit_test_setup_teardown(without_limits_every_day_stays, start, stop),
        cmocka_unit_test_setup_teardown(what_is_no_day_stays, start, stop),
        cmocka_unit_test_setup_teardown(a_day_that_goes_on_removes_nothing, start, stop),
        cmocka_unit_test_setup_teardown(a_journal_keeps_its_files_within_its_limits, start, stop),
        cmocka_unit_test_setup_teardown(every_failed_allocation_is_an_error_or_an_old_day_more,
            start, stop),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
