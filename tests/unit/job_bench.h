#ifndef TESTS_UNIT_JOB_BENCH_H
#define TESTS_UNIT_JOB_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/session.h"
#include "console/statement.h"
#include "tests/faults/standin.h"

/*
 * One gateway statement after another against a stand-in that answers from a list: what is asserted
 * are the requests that reached it, the rows, the text and the notes. Include standin.c behind it.
 */
struct job_bench {
    struct standin *standin;
    struct session *session;
    struct buf home;
    struct sink sink;
    struct arena *arena;
    const struct text *column;
    size_t column_count;
    struct buf requests; /* "METHOD path body" per line */
    struct buf rows;     /* JSON lines */
    struct buf text;     /* what EXPLAIN and DESCRIBE print */
    struct buf notes;    /* "note: ..", "footer: .." */
    struct buf asked;    /* the question, details and name of what was asked */
    bool answer_no;
};

/* The bench that the sink and the reports belong to: a test program has one at a time. */
static struct job_bench *job_bench_current;

static inline enum error_code job_bench_begin(struct sink *sink, const struct sink_shape *shape,
    struct error *err)
{
    (void)sink, (void)shape, (void)err;
    return ERROR_NONE;
}

static inline enum error_code job_bench_row(struct sink *sink, const struct value *item,
    struct error *err)
{
    struct job_bench *bench = job_bench_current;
    struct json_writer writer;

    (void)sink;
    json_writer_init(&writer, &bench->rows);
    value_add_plain(&writer, item);
    buf_add_char(&bench->rows, '\n');
    return buf_check(&bench->rows, "rows", err);
}

static inline enum error_code job_bench_page(struct sink *sink, const struct rows_status *status,
    struct error *err)
{
    (void)sink, (void)status, (void)err;
    return ERROR_NONE;
}

static inline enum error_code job_bench_text(struct sink *sink, struct text text, struct text json,
    struct error *err)
{
    (void)sink, (void)json;
    buf_add_text(&job_bench_current->text, text);
    return buf_check(&job_bench_current->text, "text", err);
}

static inline void job_bench_report(struct job *job, enum job_report kind, const char *text)
{
    static const char *const name_table[] = {"progress", "footer", "note", "warning"};

    (void)job;
    if (kind != REPORT_PROGRESS)
        buf_add_format(&job_bench_current->notes, "%s: %s\n", name_table[kind], text);
}

static inline bool job_bench_ask(struct job *job, const struct question *question,
    struct error *err)
{
    struct job_bench *bench = job_bench_current;

    (void)job;
    buf_add_format(&bench->asked, "%s|%s|%s\n", question->text,
        question->details ? question->details : "",
        question->type_name ? question->type_name : "y/N");
    if (bench->answer_no)
        error_set(err, ERROR_REFUSED, "not confirmed");
    return !bench->answer_no;
}

static inline int job_bench_open_at(void **state, bool is_local)
{
    static struct job_bench bench;
    struct error err = {0};
    struct buf endpoint;

    bench = (struct job_bench){.sink = {.begin = job_bench_begin,
                                   .row = job_bench_row,
                                   .page = job_bench_page,
                                   .text = job_bench_text,
                                   .end = job_bench_page}};
    job_bench_current = &bench;
    buf_init(&bench.home, 4096);
    buf_init(&bench.requests, SIZE_MAX);
    buf_init(&bench.rows, SIZE_MAX);
    buf_init(&bench.text, SIZE_MAX);
    buf_init(&bench.notes, SIZE_MAX);
    buf_init(&bench.asked, SIZE_MAX);
    assert_int_equal(file_make_temporary("job-bench", &bench.home, &err), ERROR_NONE);
    setenv("HOME", buf_string(&bench.home), 1);
    setenv("XDG_CONFIG_HOME", buf_string(&bench.home), 1);
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIDBENCH", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_MAX_ATTEMPTS", "1", 1);
    unsetenv("AWS_PROFILE");
    bench.arena = arena_new(64 << 20, &err);
    bench.session = session_new(&err);
    assert_non_null(bench.arena);
    assert_non_null(bench.session);
    buf_init(&endpoint, 4096);
    buf_add_format(&endpoint, "unix:%s/s", buf_string(&bench.home));
    bench.standin = standin_start(is_local ? buf_string(&endpoint) + 5 : NULL);
    assert_int_equal(session_connect(bench.session, TEXT("local"), NULL, "eu-west-1",
                         is_local ? buf_string(&endpoint) : standin_url(bench.standin), false,
                         &err),
        ERROR_NONE);
    buf_done(&endpoint);
    *state = &bench;
    return 0;
}

static inline int job_bench_open(void **state)
{
    return job_bench_open_at(state, false);
}

/* The stand-in is taken for the embedded endpoint. */
static inline int job_bench_open_local(void **state)
{
    return job_bench_open_at(state, true);
}

static inline int job_bench_close(void **state)
{
    struct job_bench *bench = *state;

    session_free(bench->session);
    standin_stop(bench->standin);
    arena_free(bench->arena);
    file_remove_tree(buf_string(&bench->home));
    buf_done(&bench->home);
    buf_done(&bench->requests);
    buf_done(&bench->rows);
    buf_done(&bench->text);
    buf_done(&bench->notes);
    buf_done(&bench->asked);
    return 0;
}

/* The next answer; body must outlive the statement. */
static inline void job_bench_answer(struct job_bench *bench, int status, const char *body)
{
    standin_add(bench->standin, (struct standin_answer){.status = status, .body = body});
}

static inline void job_bench_collect(struct job_bench *bench)
{
    struct buf request;

    buf_init(&request, SIZE_MAX);
    for (size_t i = 0; i < standin_requests(bench->standin); i++) {
        struct text whole, line, method = {NULL, 0}, target = {NULL, 0};
        size_t end;

        buf_clear(&request);
        standin_request(bench->standin, i, &request);
        whole = buf_view(&request);
        end = text_find(whole, TEXT("\r\n\r\n"), 0);
        assert_true(end != SIZE_MAX);
        assert_true(text_take_until(&whole, '\r', &line));
        assert_true(text_take_until(&line, ' ', &method) && text_take_until(&line, ' ', &target));
        buf_add_text(&bench->requests, method);
        buf_add_char(&bench->requests, ' ');
        buf_add_text(&bench->requests, target);
        whole = text_slice(buf_view(&request), end + 4, request.length);
        if (whole.length)
            buf_add_char(&bench->requests, ' ');
        buf_add_text(&bench->requests, whole);
        buf_add_char(&bench->requests, '\n');
    }
    buf_done(&request);
    standin_clear(bench->standin);
}

/* Runs one statement; what it did is in the bufs. With a number of answers still there it ends. */
static inline enum error_code job_bench_run(struct job_bench *bench, const char *statement,
    struct error *err)
{
    struct language_context context = {0};
    struct lexer lexer;
    struct tree *tree;
    bool empty = false;
    enum error_code code;
    struct job job = {.number = ++bench->session->statements,
        .sink = &bench->sink,
        .arena = bench->arena,
        .allow_write = true,
        .who = "script",
        .started = clock_monotonic(),
        .ask = job_bench_ask,
        .report = job_bench_report};

    arena_reset(bench->arena);
    buf_clear(&bench->requests);
    buf_clear(&bench->rows);
    buf_clear(&bench->text);
    buf_clear(&bench->notes);
    buf_clear(&bench->asked);
    *err = (struct error){0};
    job_take_session(&job, bench->session);
    atomic_init(&job.cancel, false);
    context = session_language(bench->session);
    context.now = clock_wall();
    lexer_init(&lexer, text_of(statement), bench->arena);
    lexer.context = &context;
    tree = statement_parse(&lexer, "<test>", &empty, err);
    code = tree ? job_run(&job, tree, err) : err->code;
    job_bench_collect(bench);
    return code;
}

/* Runs it and asserts that it went well. */
static inline void job_bench_good(struct job_bench *bench, const char *statement)
{
    struct error err;
    enum error_code code = job_bench_run(bench, statement, &err);

    if (code)
        fail_msg("%s: %s", statement, err.text);
}

#endif
