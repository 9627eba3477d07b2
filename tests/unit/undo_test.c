#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "console/undo.h"
#include "console/undo_reader.h"

#define NOON (UINT64_C(1763726400) * CLOCK_SECOND) /* 2025-11-21T12:00:00Z */

static struct buf folder;
static struct session session;
static struct job job;
static char said[300];

static void report(struct job *one, enum job_report kind, const char *text)
{
    (void)one;
    if (kind == REPORT_WARNING)
        snprintf(said, sizeof said, "%s", text);
}

static int start(void **state)
{
    struct error err;

    (void)state;
    buf_init(&folder, 4096);
    if (file_make_temporary("undo-", &folder, &err))
        return -1;
    session = (struct session){.undo_files = 0};
    pthread_mutex_init(&session.lock, NULL);
    job = (struct job){.session = &session, .report = report};
    job.settings.undo_keep_ms = 86400000;
    job.settings.undo_max = 1;
    job.arena = arena_new(1 << 28, &err);
    said[0] = '\0';
    clock_fix(NOON);
    return setenv("XDG_STATE_HOME", buf_string(&folder), 1) || !job.arena ? -1 : 0;
}

static int stop(void **state)
{
    (void)state;
    clock_fix(0);
    arena_free(job.arena);
    pthread_mutex_destroy(&session.lock);
    file_remove_tree(buf_string(&folder));
    buf_done(&folder);
    return 0;
}

static void make_file(const char *id, const char *content)
{
    struct buf path;
    struct error err;

    buf_init(&path, 4096);
    assert_int_equal(undo_file_path(id, true, &path, &err), ERROR_NONE);
    assert_int_equal(file_write(buf_string(&path), text_of(content), 0600, &err), ERROR_NONE);
    buf_done(&path);
}

static bool list_one(void *user, const struct undo_header *header)
{
    struct buf *out = user;

    buf_add_format(out, "%s %lld [%.*s] [%.*s];", header->id, (long long)header->items,
        (int)header->statement.length, header->statement.data, (int)header->profile.length,
        header->profile.data);
    return true;
}

static const char *list_all(struct buf *out)
{
    struct error err;

    buf_clear(out);
    assert_int_equal(undo_file_list(job.arena, list_one, out, &err), ERROR_NONE);
    return buf_string(out);
}

#define HEADER "{\"undo\":1,\"statement\":\"S\",\"profile\":\"p\"}\n"

static void an_id_is_a_time_and_a_number_and_no_path(void **state)
{
    char id[UNDO_ID_SIZE];

    undo_file_make_id(id, NOON, 7);
    assert_string_equal(id, "20251121-120000-7");
    assert_true(undo_file_is_id(text_of(id)));
    assert_int_equal(undo_file_next(&session, NOON), 1);
    assert_int_equal(undo_file_next(&session, NOON + CLOCK_SECOND - 1), 2);
    assert_int_equal(undo_file_next(&session, NOON + CLOCK_SECOND), 1);
    assert_false(undo_file_is_id(TEXT("")));
    assert_false(undo_file_is_id(TEXT("20251121-120000")));
    assert_false(undo_file_is_id(TEXT("20251121-120000-")));
    assert_false(undo_file_is_id(TEXT("20251121-120000-x")));
    assert_false(undo_file_is_id(TEXT("../../../../../etc")));
    assert_true(undo_file_is_id(TEXT("20251121-120000-7.2")));
    assert_true(undo_file_is_id(TEXT("20251121-120000-7.12345")));
    assert_false(undo_file_is_id(TEXT("20251121-120000-7.")));
    assert_false(undo_file_is_id(TEXT("20251121-120000-7.0")));
    assert_false(undo_file_is_id(TEXT("20251121-120000-7.x")));
    assert_false(undo_file_is_id(TEXT("20251121-120000-7.2.3")));
    assert_false(undo_file_is_id(TEXT("20251121-120000-7.2/x")));
    assert_false(undo_file_is_id(TEXT("20251121-120000-7.99999999999999999999")));
    assert_false(undo_file_is_id(TEXT("20251121-120000-12345678901234567890")));
    (void)state;
}

static void files_are_listed_newest_first(void **state)
{
    struct buf out;

    buf_init(&out, 4096);
    assert_string_equal(list_all(&out), "");
    make_file("20251121-115959-3", HEADER "{\"call\":\"PutItem\"}\n{\"items\":1}\n");
    make_file("20251121-120000-9", HEADER "{\"items\":0}\n");
    make_file("20251121-120000-10", HEADER "{\"call\":\"PutItem\"}\n{\"call\":\"Pu");
    make_file("20251121-120001-1", "not a log\n");
    make_file("20251121-120002-1", "");
    make_file("notes", HEADER);
    assert_string_equal(list_all(&out),
        "20251121-120000-10 -1 [S] [p];20251121-120000-9 0 [S] [p];20251121-115959-3 1 [S] [p];");
    buf_done(&out);
    (void)state;
}

static void a_log_that_was_cut_is_read_up_to_its_last_whole_line(void **state)
{
    struct undo_reader reader;
    struct undo_header header;
    struct error err;

    make_file("20251121-120000-1", HEADER "{\"call\":\"PutItem\"}\n{\"call\":\"Pu");
    assert_int_equal(undo_reader_open(&reader, "20251121-120000-1", job.arena, &header, &err),
        ERROR_NONE);
    assert_non_null(undo_reader_next(&reader, job.arena, &err));
    assert_null(undo_reader_next(&reader, job.arena, &err));
    assert_int_equal(err.code, ERROR_NONE);
    undo_reader_close(&reader);
    make_file("20251121-120000-1", HEADER "{broken}\n");
    assert_int_equal(undo_reader_open(&reader, "20251121-120000-1", job.arena, &header, &err),
        ERROR_NONE);
    assert_null(undo_reader_next(&reader, job.arena, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    undo_reader_close(&reader);
    assert_int_equal(undo_reader_open(&reader, "20251121-120000-2", job.arena, &header, &err),
        ERROR_NOT_FOUND);
    (void)state;
}

static void what_is_old_or_too_much_goes(void **state)
{
    struct buf out, large;

    buf_init(&out, 4096);
    buf_init(&large, 2 << 20);
    buf_add_string(&large, HEADER);
    buf_add_repeat(&large, ' ', 700 * 1024);
    make_file("20251120-115959-1", HEADER);
    make_file("20251120-120000-1", HEADER);
    undo_file_prune(&job);
    assert_string_equal(list_all(&out), "20251120-120000-1 -1 [S] [p];");
    make_file("20251121-115957-1", HEADER);
    make_file("20251121-115958-1", buf_string(&large));
    make_file("20251121-115959-1", buf_string(&large));
    undo_file_prune(&job); /* now and then only */
    clock_fix(NOON + 3600 * CLOCK_SECOND);
    undo_file_prune(&job);
    assert_string_equal(list_all(&out), "20251121-115959-1 -1 [S] [p];");
    buf_done(&large);
    buf_done(&out);
    (void)state;
}

#define AT(second)                                                                                 \
    "{\"undo\":1,\"statement\":\"S\",\"profile\":\"p\",\"time\":\"2025-11-21T12:00:" second "Z\"}" \
    "\n"

static void the_statements_of_a_file_are_found_from_its_end(void **state)
{
    struct undo_reader reader;
    struct undo_header header;
    struct error err;
    struct buf out;

    buf_init(&out, 4096);
    make_file("20251121-120000-1", HEADER "{\"call\":\"a\"}\n{\"items\":1,\"from\":0}\n" HEADER
                                          "{\"call\":\"b\"}\n{\"call\":\"c\"}\n"
                                          "{\"items\":2,\"from\":75}\n");
    assert_int_equal(strlen(HEADER "{\"call\":\"a\"}\n{\"items\":1,\"from\":0}\n"), 75);
    assert_string_equal(list_all(&out),
        "20251121-120000-1.2 2 [S] [p];20251121-120000-1 1 [S] [p];");
    assert_int_equal(undo_reader_open(&reader, "20251121-120000-1", job.arena, &header, &err), 0);
    assert_int_equal(header.items, 1);
    assert_true(
        text_is(json_string_member(undo_reader_next(&reader, job.arena, &err), "call"), "a"));
    assert_null(undo_reader_next(&reader, job.arena, &err));
    undo_reader_close(&reader);
    assert_int_equal(undo_reader_open(&reader, "20251121-120000-1.2", job.arena, &header, &err), 0);
    assert_int_equal(header.items, 2);
    assert_true(
        text_is(json_string_member(undo_reader_next(&reader, job.arena, &err), "call"), "b"));
    assert_true(
        text_is(json_string_member(undo_reader_next(&reader, job.arena, &err), "call"), "c"));
    assert_null(undo_reader_next(&reader, job.arena, &err));
    undo_reader_close(&reader);
    assert_int_equal(undo_reader_open(&reader, "20251121-120000-1.3", job.arena, &header, &err),
        ERROR_NOT_FOUND);
    buf_done(&out);
    (void)state;
}

static void a_file_that_ends_early_or_lies_is_read_from_its_beginning(void **state)
{
    struct buf out;

    buf_init(&out, 4096);
    make_file("20251121-120000-1",
        HEADER "{\"call\":\"a\"}\n{\"items\":1,\"from\":0}\n" HEADER "{\"call\":\"b\"}\n{\"cal");
    assert_string_equal(list_all(&out),
        "20251121-120000-1.2 -1 [S] [p];20251121-120000-1 1 [S] [p];");
    make_file("20251121-120000-1", HEADER "{\"items\":1,\"from\":999999}\n");
    assert_string_equal(list_all(&out), "20251121-120000-1 1 [S] [p];");
    make_file("20251121-120000-1", "{\"items\":1,\"from\":0}\n");
    assert_string_equal(list_all(&out), "");
    make_file("20251121-120000-1", HEADER "{\"items\":1,\"from\":7}\n");
    assert_string_equal(list_all(&out), "20251121-120000-1 1 [S] [p];");
    buf_done(&out);
    (void)state;
}

static void statements_of_several_files_are_in_the_order_of_their_times(void **state)
{
    struct buf out;

    buf_init(&out, 4096);
    make_file("20251121-120001-1",
        AT("01") "{\"items\":0}\n" AT("30") "{\"items\":0,\"from\":83}\n");
    assert_int_equal(strlen(AT("01") "{\"items\":0}\n"), 83);
    make_file("20251121-120002-1",
        AT("02") "{\"items\":0}\n" AT("20") "{\"items\":0,\"from\":83}\n");
    make_file("20251121-115800-1", AT("00") "{\"items\":0}\n");
    assert_string_equal(list_all(&out),
        "20251121-120001-1.2 0 [S] [p];20251121-120002-1.2 0 [S] [p];20251121-120002-1 0 [S] [p];"
        "20251121-120001-1 0 [S] [p];20251121-115800-1 0 [S] [p];");
    buf_done(&out);
    (void)state;
}

static void nothing_is_kept_when_undo_keep_is_off(void **state)
{
    struct value key = {.type = VALUE_M};
    struct undo_write write = {.call = "PutItem", .table = "t", .key = &key, .item = &key};

    job.settings.undo_keep_ms = 0;
    assert_false(undo_is_kept(&job));
    undo_begin(&job, TEXT("PUT t {}"));
    assert_null(job.undo);
    undo_add(&job, NULL, &write, job.arena);
    undo_end(&job);
    (void)state;
}

static void a_statement_that_wrote_nothing_leaves_no_file(void **state)
{
    struct value key = {.type = VALUE_M};
    struct undo_write missing = {.call = "DeleteItem", .table = "t", .key = &key};
    struct buf out;

    buf_init(&out, 4096);
    undo_begin(&job, TEXT("DELETE FROM t 'a'"));
    undo_add(&job, NULL, &missing, job.arena);
    undo_end(&job);
    assert_string_equal(list_all(&out), "");
    assert_string_equal(said, "");
    buf_done(&out);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_id_is_a_time_and_a_number_and_no_path, start, stop),
        cmocka_unit_test_setup_teardown(files_are_listed_newest_first, start, stop),
        cmocka_unit_test_setup_teardown(a_log_that_was_cut_is_read_up_to_its_last_whole_line, start,
            stop),
        cmocka_unit_test_setup_teardown(what_is_old_or_too_much_goes, start, stop),
        cmocka_unit_test_setup_teardown(the_statements_of_a_file_are_found_from_its_end, start,
            stop),
        cmocka_unit_test_setup_teardown(a_file_that_ends_early_or_lies_is_read_from_its_beginning,
            start, stop),
        cmocka_unit_test_setup_teardown(statements_of_several_files_are_in_the_order_of_their_times,
            start, stop),
        cmocka_unit_test_setup_teardown(nothing_is_kept_when_undo_keep_is_off, start, stop),
        cmocka_unit_test_setup_teardown(a_statement_that_wrote_nothing_leaves_no_file, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
