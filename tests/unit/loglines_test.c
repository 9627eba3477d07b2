#include "client/loglines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static void a_line_comes_back_as_it_went_in(void **state)
{
    struct error err = {0};
    struct loglines *lines = loglines_new(&err);
    char text[] = "GET /pets/3 200";
    struct logline line = {.at = 17,
        .status = 200,
        .latency_us = 1200,
        .method = "GET",
        .path = "/pets/3",
        .request_id = "r-1",
        .text = text};
    struct logline out;
    uint64_t version = loglines_version(lines), first;
    size_t count;

    assert_false(loglines_copy(lines, 1, true, &out));
    loglines_range(lines, &first, &count);
    assert_int_equal(first, 1);
    assert_int_equal(count, 0);
    assert_int_equal(loglines_add(lines, &line, &err), ERROR_NONE);
    assert_true(loglines_version(lines) != version);
    assert_true(loglines_copy(lines, 1, true, &out));
    assert_int_equal(out.number, 1);
    assert_int_equal(out.at, 17);
    assert_int_equal(out.status, 200);
    assert_int_equal(out.latency_us, 1200);
    assert_string_equal(out.method, "GET");
    assert_string_equal(out.path, "/pets/3");
    assert_string_equal(out.request_id, "r-1");
    assert_string_equal(out.text, "GET /pets/3 200");
    mem_free(out.text);
    assert_true(loglines_copy(lines, 1, false, &out));
    assert_null(out.text);
    assert_false(loglines_copy(lines, 0, true, &out));
    assert_false(loglines_copy(lines, 2, true, &out));
    loglines_free(lines);
    loglines_free(NULL);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void a_line_without_text_has_an_empty_one(void **state)
{
    struct error err = {0};
    struct loglines *lines = loglines_new(&err);
    struct logline line = {.at = 1}, out;

    assert_int_equal(loglines_add(lines, &line, &err), ERROR_NONE);
    assert_true(loglines_copy(lines, 1, true, &out));
    assert_string_equal(out.text, "");
    assert_string_equal(out.path, "");
    mem_free(out.text);
    loglines_free(lines);
    (void)state;
}

static void the_ring_keeps_a_hundred_thousand_lines(void **state)
{
    struct error err = {0};
    struct loglines *lines = loglines_new(&err);
    char text[32];
    struct logline line = {.text = text}, out;
    uint64_t first;
    size_t count;

    for (int i = 1; i <= 100010; i++) {
        snprintf(text, sizeof text, "line %d", i);
        line.at = (uint64_t)i;
        assert_int_equal(loglines_add(lines, &line, &err), ERROR_NONE);
    }
    loglines_range(lines, &first, &count);
    assert_int_equal(count, 100000);
    assert_int_equal(first, 11);
    assert_false(loglines_copy(lines, 10, true, &out));
    assert_true(loglines_copy(lines, 11, true, &out));
    assert_string_equal(out.text, "line 11");
    mem_free(out.text);
    assert_true(loglines_copy(lines, 100010, true, &out));
    assert_string_equal(out.text, "line 100010");
    mem_free(out.text);
    loglines_free(lines);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void the_ring_keeps_32_mib(void **state)
{
    struct error err = {0};
    struct loglines *lines = loglines_new(&err);
    size_t length = 8 * 1024 * 1024, count;
    char *text = mem_new(5 * length + 1, 1);
    struct logline line = {.text = text}, out;
    uint64_t first;

    memset(text, 'x', length);
    for (int i = 0; i < 5; i++)
        assert_int_equal(loglines_add(lines, &line, &err), ERROR_NONE);
    loglines_range(lines, &first, &count);
    assert_int_equal(count, 3);
    assert_int_equal(first, 3);
    memset(text, 'y', 5 * length);
    assert_int_equal(loglines_add(lines, &line, &err), ERROR_NONE);
    loglines_range(lines, &first, &count);
    assert_int_equal(count, 1);
    assert_true(loglines_copy(lines, 6, true, &out));
    assert_in_range(strlen(out.text), 32 * 1024 * 1024 - 200, 32 * 1024 * 1024);
    mem_free(out.text);
    mem_free(text);
    loglines_free(lines);
    (void)state;
}

static void the_title_is_kept_and_cut_to_the_room_given(void **state)
{
    struct error err = {0};
    struct loglines *lines = loglines_new(&err);
    char title[7];

    loglines_set_title(lines, "web/prod access");
    loglines_title(lines, title, sizeof title);
    assert_string_equal(title, "web/pr");
    loglines_free(lines);
    (void)state;
}

static void lines_survive_every_failed_allocation(void **state)
{
    struct logline line = {.at = 1};
    bool done = false;

    for (long nth = 1; !done; nth++) {
        struct error err = {0};
        struct loglines *lines;

        mem_fail_at(nth);
        lines = loglines_new(&err);
        done = lines && !loglines_add(lines, &line, &err);
        mem_fail_at(0);
        if (!done)
            assert_int_equal(err.code, ERROR_MEMORY);
        loglines_free(lines);
        assert_int_equal(mem_live(), 0);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(a_line_comes_back_as_it_went_in),
        cmocka_unit_test(a_line_without_text_has_an_empty_one),
        cmocka_unit_test(the_ring_keeps_a_hundred_thousand_lines),
        cmocka_unit_test(the_ring_keeps_32_mib),
        cmocka_unit_test(the_title_is_kept_and_cut_to_the_room_given),
        cmocka_unit_test(lines_survive_every_failed_allocation),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
