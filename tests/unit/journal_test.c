#include "client/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"

#define NOON (UINT64_C(1795262400) * CLOCK_SECOND)

static char request[] = "{\"TableName\":\"orders\"}";
static char response[] = "{\"Item\":{}}";

static struct journal_entry make_call(const char *service, int status, uint64_t elapsed_ms)
{
    struct journal_entry entry = {.status = status, .elapsed = elapsed_ms * CLOCK_MS};

    snprintf(entry.service, sizeof entry.service, "%s", service);
    snprintf(entry.operation, sizeof entry.operation, "GetItem");
    entry.request = request;
    entry.response = response;
    return entry;
}

static void an_entry_is_copied_with_number_and_time(void **state)
{
    struct error err = {0};
    struct journal *journal = journal_new(10, &err);
    struct journal_entry entry = make_call("dynamodb", 200, 3), out;
    uint64_t version = journal_version(journal);

    clock_fix(NOON);
    assert_false(journal_copy(journal, 0, true, &out));
    assert_int_equal(journal_add(journal, &entry), 1);
    assert_int_equal(journal_add(journal, &entry), 2);
    assert_true(journal_version(journal) != version);
    assert_int_equal(journal_count(journal), 2);
    assert_true(journal_copy(journal, 0, true, &out));
    assert_int_equal(out.number, 1);
    assert_true(out.at == NOON);
    assert_string_equal(out.operation, "GetItem");
    assert_string_equal(out.request, "{\"TableName\":\"orders\"}");
    assert_ptr_not_equal(out.request, request);
    assert_string_equal(out.response, "{\"Item\":{}}");
    journal_entry_done(&out);
    journal_entry_done(&out);
    assert_true(journal_copy(journal, 1, false, &out));
    assert_null(out.request);
    assert_null(out.response);
    assert_false(journal_copy(journal, 2, true, &out));
    journal_free(journal);
    journal_free(NULL);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void a_run_that_nobody_watches_keeps_few_requests_and_no_answers(void **state)
{
    struct error err = {0};
    struct journal *journal = journal_new(100, &err);
    struct journal_entry entry = make_call("dynamodb", 200, 3), out;
    struct journal_entry statement = {.text = request, .is_statement = true};

    assert_true(journal_keeps_answers(journal));
    journal_keep_requests(journal, 3 * strlen(request));
    assert_false(journal_keeps_answers(journal));
    for (int i = 0; i < 10; i++)
        journal_add(journal, &entry);
    journal_add(journal, &statement);
    assert_int_equal(journal_count(journal), 11);
    for (size_t i = 0; i < 10; i++) {
        assert_true(journal_copy(journal, i, true, &out));
        assert_null(out.response);
        assert_true((out.request != NULL) == (i >= 7));
        journal_entry_done(&out);
    }
    assert_true(journal_copy(journal, 10, true, &out));
    assert_true(out.is_statement);
    assert_null(out.text);
    journal_free(journal);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void the_oldest_entries_make_room(void **state)
{
    struct error err = {0};
    struct journal *journal = journal_new(3, &err);
    struct journal_entry entry = make_call("dynamodb", 200, 3), out;

    for (int i = 0; i < 8; i++)
        journal_add(journal, &entry);
    assert_int_equal(journal_count(journal), 3);
    assert_true(journal_copy(journal, 0, false, &out));
    assert_int_equal(out.number, 6);
    assert_true(journal_copy(journal, 2, false, &out));
    assert_int_equal(out.number, 8);
    assert_false(journal_copy(journal, 3, false, &out));
    journal_free(journal);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void bodies_of_the_oldest_go_when_all_are_too_large(void **state)
{
    struct error err = {0};
    struct journal *journal = journal_new(100, &err);
    struct journal_entry entry = make_call("dynamodb", 200, 3), out;
    char *large = mem_new(1024 * 1024 + 1, 1);

    memset(large, 'x', 1024 * 1024);
    entry.request = large;
    entry.response = NULL;
    for (int i = 0; i < 40; i++)
        journal_add(journal, &entry);
    for (size_t i = 0; i < 40; i++) {
        assert_true(journal_copy(journal, i, true, &out));
        assert_int_equal(out.request != NULL, i >= 8);
        journal_entry_done(&out);
    }
    mem_free(large);
    journal_free(journal);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void a_statement_keeps_its_text_and_is_no_call(void **state)
{
    struct error err = {0};
    struct journal *journal = journal_new(10, &err);
    char text[] = "GET orders 'c1'";
    struct journal_entry entry = {.is_statement = true, .text = text, .service = "dynamodb"}, out;

    journal_add(journal, &entry);
    assert_true(journal_copy(journal, 0, false, &out));
    assert_string_equal(out.text, "GET orders 'c1'");
    journal_entry_done(&out);
    assert_true(journal_health(journal, "dynamodb").latency_ms < 0);
    journal_free(journal);
    (void)state;
}

static void health_is_a_weighted_mean_of_the_own_calls(void **state)
{
    struct error err = {0};
    struct journal *journal = journal_new(10, &err);
    struct journal_entry entry = make_call("dynamodb", 200, 10);

    assert_true(journal_health(journal, "dynamodb").latency_ms == -1);
    journal_add(journal, &entry);
    assert_true(journal_health(journal, "dynamodb").latency_ms == 10);
    entry = make_call("dynamodb", 400, 20);
    journal_add(journal, &entry);
    assert_true(journal_health(journal, "dynamodb").latency_ms == 12);
    assert_false(journal_health(journal, "dynamodb").failed);
    entry = make_call("dynamodb", 0, 5000);
    journal_add(journal, &entry);
    assert_true(journal_health(journal, "dynamodb").latency_ms == 12);
    assert_true(journal_health(journal, "dynamodb").failed);
    entry = make_call("dynamodb", 503, 12);
    journal_add(journal, &entry);
    assert_true(journal_health(journal, "dynamodb").failed);
    entry = make_call("dynamodb", 200, 900);
    entry.retries = 2;
    journal_add(journal, &entry);
    assert_false(journal_health(journal, "dynamodb").failed);
    assert_true(journal_health(journal, "dynamodb").latency_ms == 12);
    assert_true(journal_health(journal, "logs").latency_ms == -1);
    journal_free(journal);
    (void)state;
}

static void throttling_shows_for_ten_seconds(void **state)
{
    struct error err = {0};
    struct journal *journal = journal_new(10, &err);

    clock_fix(NOON);
    assert_false(journal_health(journal, "apigateway").throttled);
    journal_note_throttle(journal, "apigateway");
    assert_true(journal_health(journal, "apigateway").throttled);
    assert_true(journal_health(journal, "apigateway").latency_ms == -1);
    clock_advance(9 * CLOCK_SECOND);
    assert_true(journal_health(journal, "apigateway").throttled);
    clock_advance(2 * CLOCK_SECOND);
    assert_false(journal_health(journal, "apigateway").throttled);
    journal_free(journal);
    (void)state;
}

static void a_journal_without_memory_still_counts(void **state)
{
    struct error err = {0};
    struct journal *journal = NULL;
    struct journal_entry entry = make_call("dynamodb", 200, 10), out;

    for (long nth = 1; !journal; nth++) {
        mem_fail_at(nth);
        journal = journal_new(10, &err);
        mem_fail_at(0);
        if (!journal)
            assert_int_equal(err.code, ERROR_MEMORY);
    }
    mem_fail_at(1);
    assert_int_equal(journal_add(journal, &entry), 1);
    mem_fail_at(0);
    assert_false(journal_copy(journal, 0, true, &out));
    assert_int_equal(journal_add(journal, &entry), 2);
    assert_true(journal_copy(journal, 1, false, &out));
    journal_free(journal);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(an_entry_is_copied_with_number_and_time),
        cmocka_unit_test(a_run_that_nobody_watches_keeps_few_requests_and_no_answers),
        cmocka_unit_test(the_oldest_entries_make_room),
        cmocka_unit_test(bodies_of_the_oldest_go_when_all_are_too_large),
        cmocka_unit_test(a_statement_keeps_its_text_and_is_no_call),
        cmocka_unit_test(health_is_a_weighted_mean_of_the_own_calls),
        cmocka_unit_test(throttling_shows_for_ten_seconds),
        cmocka_unit_test(a_journal_without_memory_still_counts),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
