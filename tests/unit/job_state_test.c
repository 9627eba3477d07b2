#include "console/job_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "console/language/parser.h"

/* A session without a server: what is asked for stays on the disk of this test. */
struct bench {
    struct buf home;
    struct session *session;
    struct job job;
};

static struct catalog_table table = {.name = (char *)(uintptr_t) "tab",
    .arn = (char *)(uintptr_t) "arn:aws:dynamodb:us-east-1:0:table/tab",
    .id = (char *)(uintptr_t) "1"};
static const struct catalog_table *const tables[] = {&table};

static int set_up(void **state)
{
    static struct bench bench;
    struct error err = {0};

    bench = (struct bench){.session = NULL};
    buf_init(&bench.home, 4096);
    assert_int_equal(file_make_temporary("jobs", &bench.home, &err), 0);
    setenv("HOME", buf_string(&bench.home), 1);
    setenv("XDG_STATE_HOME", buf_string(&bench.home), 1);
    setenv("XDG_CONFIG_HOME", buf_string(&bench.home), 1);
    bench.session = session_new(&err);
    assert_non_null(bench.session);
    bench.job.arena = arena_new(64 << 20, &err);
    assert_non_null(bench.job.arena);
    job_take_session(&bench.job, bench.session);
    bench.job.who = "prompt";
    *state = &bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    session_free(bench->session);
    arena_free(bench->job.arena);
    file_remove_tree(buf_string(&bench->home));
    buf_done(&bench->home);
    return 0;
}

static struct tree *parse(struct bench *bench, const char *text)
{
    struct language_context *context = arena_alloc(bench->job.arena, 1, sizeof *context);
    struct error err = {0};
    struct lexer lexer;
    struct tree *tree;
    bool empty;

    *context = session_language(bench->session);
    context->is_attribute = NULL;
    lexer_init(&lexer, text_of(text), bench->job.arena);
    lexer.context = context;
    tree = statement_parse(&lexer, "<test>", &empty, &err);
    if (!tree)
        fail_msg("%s: %s", text, err.text);
    return tree;
}

/* A job of the statement that stopped after 3 of 7 items; its number. */
static uint64_t leave_job(struct bench *bench, const char *text)
{
    const struct job_state_counts counts = {.total = 7, .done = 3, .rejected = 1};
    struct job_state state;
    struct error err = {0};

    assert_int_equal(job_state_new(&bench->job, parse(bench, text), tables, 1, NULL, &state, &err),
        0);
    assert_int_equal(job_state_save(&state, &counts, TEXT("{\"at\":3}"), &err), 0);
    job_state_leave(&state);
    return state.record.number;
}

/* The number of the job that the statement would go on with; 0: none. */
static uint64_t found(struct bench *bench, const char *text)
{
    const struct tree *tree = parse(bench, text);
    struct error err = {0};
    struct plan plan;
    uint64_t number;

    plan_init(&plan, bench->job.arena);
    if (!job_state_resume(&bench->job, &tree, &plan, &number, &err))
        return number;
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    return 0;
}

static void a_statement_finds_its_job_however_it_is_written(void **state)
{
    struct bench *bench = *state;
    uint64_t number = leave_job(bench, "UPDATE MANY tab SET n = n + 1 WHERE a = 'x' AT 50 WCU");

    assert_int_equal(number, 1);
    assert_int_equal(found(bench, "UPDATE MANY tab SET n = n + 1 WHERE a = 'x' RESUME"), 1);
    assert_int_equal(found(bench, "EXPLAIN UPDATE  MANY tab /* so */ SET n = n + 1 WHERE a = 'x' "
                                  "RESUME AT 9 RCU, 1 WCU REJECTS TO 'x.rej'"),
        1);
    assert_int_equal(found(bench, "UPDATE MANY tab SET n = n + 2 WHERE a = 'x' RESUME"), 0);
    assert_int_equal(found(bench, "UPDATE MANY tab SET n = n + 1 WHERE a = 'y' RESUME"), 0);
    assert_int_equal(found(bench, "UPDATE MANY other SET n = n + 1 WHERE a = 'x' RESUME"), 0);
}

static void a_state_keeps_what_it_was_given(void **state)
{
    struct bench *bench = *state;
    struct job_state_record record;
    struct error err = {0};
    uint64_t number = leave_job(bench, "TRUNCATE tab MAX 9 RESUME AT 5 WCU");

    assert_int_equal(job_state_read(number, bench->job.arena, &record, &err), 0);
    assert_true(text_is(record.name, "TRUNCATE"));
    assert_true(text_is(record.statement, "TRUNCATE tab MAX 9  AT 5 WCU"));
    assert_int_equal(record.counts.total, 7);
    assert_int_equal(record.counts.done, 3);
    assert_int_equal(record.counts.rejected, 1);
    assert_int_equal(json_integer_member(record.place, "at", 0), 3);
}

static void parameters_and_time_come_back(void **state)
{
    struct bench *bench = *state;
    const struct value one = {.type = VALUE_N, .text = TEXT("1")};
    const struct value other = {.type = VALUE_S, .text = TEXT("it's")};
    const char *text = "UPDATE MANY tab SET n = n + :by, at = now() WHERE s = :s";
    struct job_state_record record;
    struct error err = {0};
    const struct tree *tree;
    uint64_t number;

    clock_fix(UINT64_C(1795292210) * CLOCK_SECOND);
    assert_int_equal(session_set_parameter(bench->session, TEXT("by"), &one, &err), 0);
    assert_int_equal(session_set_parameter(bench->session, TEXT("s"), &other, &err), 0);
    number = leave_job(bench, text);
    clock_advance(100 * CLOCK_SECOND);
    assert_int_equal(job_state_read(number, bench->job.arena, &record, &err), 0);
    assert_true(text_is(record.parameters, "{\"s\":{\"S\":\"it's\"},\"by\":{\"N\":\"1\"}}"));
    tree = job_state_parse(&bench->job, &record, NULL, &err);
    assert_non_null(tree);
    assert_int_equal(tree->now, UINT64_C(1795292210) * CLOCK_SECOND);
    assert_int_equal(found(bench,
                         "UPDATE MANY tab SET n = n + :by, at = now() WHERE s = :s RESUME"),
        number);
    /* Another value makes it another statement. */
    assert_int_equal(session_set_parameter(bench->session, TEXT("s"), &one, &err), 0);
    assert_int_equal(found(bench,
                         "UPDATE MANY tab SET n = n + :by, at = now() WHERE s = :s RESUME"),
        0);
    clock_fix(0);
}

static void a_job_is_run_once_at_a_time(void **state)
{
    struct bench *bench = *state;
    struct job_state first, second;
    struct error err = {0};
    uint64_t number = leave_job(bench, "TRUNCATE tab");

    assert_int_equal(job_state_take(&bench->job, number, tables, 1, &first, &err), 0);
    assert_true(job_state_is_running(number));
    assert_int_equal(job_state_take(&bench->job, number, tables, 1, &second, &err),
        ERROR_CONDITION);
    assert_string_equal(err.text, "job 1 is running");
    assert_int_equal(job_state_forget(number, &err), ERROR_CONDITION);
    job_state_leave(&first);
    assert_false(job_state_is_running(number));
    assert_int_equal(job_state_forget(number, &err), 0);
    assert_int_equal(found(bench, "TRUNCATE tab RESUME"), 0);
}

static void a_table_made_anew_is_another_one(void **state)
{
    struct bench *bench = *state;
    struct job_state taken;
    struct error err = {0};
    uint64_t number = leave_job(bench, "TRUNCATE tab");

    table.id = (char *)(uintptr_t) "2";
    assert_int_equal(job_state_take(&bench->job, number, tables, 1, &taken, &err), ERROR_CONDITION);
    table.id = (char *)(uintptr_t) "1";
    assert_string_equal(err.text, "job 1 is about another table");
    assert_int_equal(job_state_take(&bench->job, number, tables, 1, &taken, &err), 0);
    job_state_drop(&taken);
}

static void beginning_anew_gives_the_stopped_one_up(void **state)
{
    struct bench *bench = *state;
    struct job_state_record *record;
    struct error err = {0};
    uint64_t last;
    size_t count;

    assert_int_equal(leave_job(bench, "TRUNCATE tab"), 1);
    assert_int_equal(leave_job(bench, "TRUNCATE tab MAX 5"), 2);
    assert_int_equal(leave_job(bench, "TRUNCATE tab"), 3);
    assert_int_equal(job_state_list(bench->job.arena, &record, &count, &last, &err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(last, 3);
    assert_int_equal(record[0].number, 2);
    assert_int_equal(record[1].number, 3);
}

static void damaged_states_hide_no_others(void **state)
{
    struct bench *bench = *state;
    struct job_state_record *record;
    struct error err = {0};
    struct buf path;
    uint64_t last;
    size_t count;

    assert_int_equal(leave_job(bench, "TRUNCATE tab"), 1);
    buf_init(&path, 4096);
    buf_add_format(&path, "%s/gatehouse/jobs/7.state", buf_string(&bench->home));
    assert_int_equal(file_write(buf_string(&path), TEXT("{\"version\":1,"), 0600, &err), 0);
    buf_done(&path);
    assert_int_equal(job_state_list(bench->job.arena, &record, &count, &last, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(last, 7);
    assert_int_equal(job_state_read(7, bench->job.arena, &record[0], &err), ERROR_INVALID);
    assert_string_equal(err.text, "the state of job 7 is not understood");
    assert_int_equal(job_state_read(9, bench->job.arena, &record[0], &err), ERROR_NOT_FOUND);
    assert_string_equal(err.text, "there is no stopped job 9");
}

static void running_jobs_are_listed_stopped_and_slowed_by_number(void **state)
{
    struct bench *bench = *state;
    struct jobs *jobs = &bench->session->jobs;
    struct job panel = {.who = "panel"}, looks = {.who = "prompt"};
    struct tree tree = {.source = TEXT("SCAN tab")};
    struct jobs_view *view;
    struct error err = {0};
    size_t count;

    jobs_enter(jobs, &bench->job, &tree);
    jobs_enter(jobs, &panel, &tree);
    jobs_enter(jobs, &looks, &tree);
    jobs_note(jobs, &bench->job, "half of it");
    assert_int_equal(jobs_list(jobs, &looks, 5, bench->job.arena, &view, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(view[0].number, 5);
    assert_true(text_is(view[0].statement, "SCAN tab"));
    assert_true(text_is(view[0].progress, "half of it"));
    assert_int_equal(jobs_claim(jobs, 1), 6);
    assert_false(jobs_set_rates(jobs, 6, 1000, 1000));
    assert_true(jobs_set_rates(jobs, 5, 2000, 0));
    assert_int_equal(bench->job.rate_milli[JOB_READS], 2000);
    assert_int_equal(bench->job.rate_milli[JOB_WRITES], 0);
    assert_false(jobs_cancel(jobs, 0));
    assert_true(jobs_cancel(jobs, 5));
    assert_true(bench->job.cancel);
    jobs_leave(jobs, &bench->job);
    assert_false(jobs_cancel(jobs, 5));
    jobs_leave(jobs, &panel);
    jobs_leave(jobs, &looks);
    assert_null(jobs->running);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_statement_finds_its_job_however_it_is_written),
        TEST(a_state_keeps_what_it_was_given),
        TEST(parameters_and_time_come_back),
        TEST(a_job_is_run_once_at_a_time),
        TEST(a_table_made_anew_is_another_one),
        TEST(beginning_anew_gives_the_stopped_one_up),
        TEST(damaged_states_hide_no_others),
        TEST(running_jobs_are_listed_stopped_and_slowed_by_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
