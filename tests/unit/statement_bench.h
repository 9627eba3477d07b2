#ifndef TESTS_UNIT_STATEMENT_BENCH_H
#define TESTS_UNIT_STATEMENT_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/service.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/session.h"
#include "console/statement.h"
#include "tests/faults/standin.h"

/*
 * Table statements against a catalogue of fixture tables and a stand-in that answers from a list.
 * Include standin.c behind it. Tables: orders (cust S, ts N; byStatus (status, ts) INCLUDE total;
 * byOwner (owner) KEYS_ONLY), cfg and acct (id S).
 */
struct statement_bench {
    struct standin *standin;
    struct session *session;
    struct buf home;
    struct sink sink;
    struct arena *arena;
    struct language_context context;
    struct buf rows;  /* "begin a,b", JSON lines, "end" */
    struct buf text;  /* what EXPLAIN and DESCRIBE print */
    struct buf json;  /* the same as JSON */
    struct buf notes; /* "note: ..", "footer: .." */
    struct buf asked; /* question, details, name */
    bool says_no;
    struct error err;
};

/* A test program has one at a time. */
static struct statement_bench bench;

static inline enum error_code bench_begin(struct sink *sink, const struct sink_shape *shape,
    struct error *err)
{
    (void)sink;
    buf_add_string(&bench.rows, "begin");
    for (size_t i = 0; i < shape->column_count; i++)
        buf_add_format(&bench.rows, "%s%.*s", i ? "," : " ", (int)shape->column[i].length,
            shape->column[i].data);
    buf_add_char(&bench.rows, '\n');
    return buf_check(&bench.rows, "rows", err);
}

static inline enum error_code bench_row(struct sink *sink, const struct value *item,
    struct error *err)
{
    struct json_writer writer;

    (void)sink;
    json_writer_init(&writer, &bench.rows);
    value_add_plain(&writer, item);
    buf_add_char(&bench.rows, '\n');
    return buf_check(&bench.rows, "rows", err);
}

static inline enum error_code bench_page(struct sink *sink, const struct rows_status *status,
    struct error *err)
{
    (void)sink, (void)status, (void)err;
    return ERROR_NONE;
}

static inline enum error_code bench_end(struct sink *sink, const struct rows_status *status,
    struct error *err)
{
    (void)sink;
    buf_add_string(&bench.rows, status->have_more ? "end more\n" : "end\n");
    return buf_check(&bench.rows, "rows", err);
}

static inline enum error_code bench_text(struct sink *sink, struct text text, struct text json,
    struct error *err)
{
    (void)sink;
    buf_add_text(&bench.text, text);
    buf_add_text(&bench.json, json);
    return buf_check(&bench.text, "text", err);
}

static inline void bench_report(struct job *job, enum job_report kind, const char *text)
{
    static const char *const name[] = {"progress", "footer", "note", "warning"};

    (void)job;
    if (kind != REPORT_PROGRESS)
        buf_add_format(&bench.notes, "%s: %s\n", name[kind], text);
}

static inline bool bench_ask(struct job *job, const struct question *question, struct error *err)
{
    (void)job;
    buf_add_format(&bench.asked, "%s|%s|%s\n", question->text,
        question->details ? question->details : "",
        question->type_name ? question->type_name : "y/N");
    if (bench.says_no)
        error_set(err, ERROR_REFUSED, "not confirmed");
    return !bench.says_no;
}

static const char bench_orders[] =
    "{\"TableName\":\"orders\",\"TableStatus\":\"ACTIVE\",\"ItemCount\":151000,"
    "\"TableSizeBytes\":48000000,"
    "\"TableArn\":\"arn:aws:dynamodb:eu-west-1:1:table/orders\","
    "\"BillingModeSummary\":{\"BillingMode\":\"PAY_PER_REQUEST\"},"
    "\"KeySchema\":[{\"AttributeName\":\"cust\",\"KeyType\":\"HASH\"},"
    "{\"AttributeName\":\"ts\",\"KeyType\":\"RANGE\"}],"
    "\"AttributeDefinitions\":[{\"AttributeName\":\"cust\",\"AttributeType\":\"S\"},"
    "{\"AttributeName\":\"ts\",\"AttributeType\":\"N\"},"
    "{\"AttributeName\":\"status\",\"AttributeType\":\"S\"},"
    "{\"AttributeName\":\"owner\",\"AttributeType\":\"S\"}],"
    "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"byStatus\",\"IndexStatus\":\"ACTIVE\","
    "\"ItemCount\":150000,\"IndexSizeBytes\":9000000,"
    "\"KeySchema\":[{\"AttributeName\":\"status\",\"KeyType\":\"HASH\"},"
    "{\"AttributeName\":\"ts\",\"KeyType\":\"RANGE\"}],"
    "\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"total\"]}},"
    "{\"IndexName\":\"byOwner\",\"IndexStatus\":\"ACTIVE\",\"ItemCount\":10,"
    "\"IndexSizeBytes\":1000,"
    "\"KeySchema\":[{\"AttributeName\":\"owner\",\"KeyType\":\"HASH\"}],"
    "\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}]}";

static inline void bench_table(const char *json)
{
    struct arena *arena = arena_new(1 << 20, &bench.err);
    struct json *table = json_parse(text_of(json), arena, &bench.err);

    assert_non_null(table);
    assert_int_equal(catalog_set_table(bench.session->link->catalog, table, text_of(json),
                         &bench.err),
        ERROR_NONE);
    arena_free(arena);
}

static inline void bench_simple_table(const char *name)
{
    char json[600];

    snprintf(json, sizeof json,
        "{\"TableName\":\"%s\",\"TableStatus\":\"ACTIVE\",\"ItemCount\":3,\"TableSizeBytes\":300,"
        "\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],"
        "\"AttributeDefinitions\":[{\"AttributeName\":\"id\",\"AttributeType\":\"S\"}]}",
        name);
    bench_table(json);
}

static inline int bench_open(void **state)
{
    (void)state;
    bench = (struct statement_bench){.sink = {.begin = bench_begin,
                                         .row = bench_row,
                                         .page = bench_page,
                                         .text = bench_text,
                                         .end = bench_end}};
    buf_init(&bench.home, 4096);
    buf_init(&bench.rows, SIZE_MAX);
    buf_init(&bench.text, SIZE_MAX);
    buf_init(&bench.json, SIZE_MAX);
    buf_init(&bench.notes, SIZE_MAX);
    buf_init(&bench.asked, SIZE_MAX);
    assert_int_equal(file_make_temporary("statement-bench", &bench.home, &bench.err), ERROR_NONE);
    setenv("HOME", buf_string(&bench.home), 1);
    setenv("XDG_CONFIG_HOME", buf_string(&bench.home), 1);
    setenv("XDG_STATE_HOME", buf_string(&bench.home), 1);
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIDBENCH", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_MAX_ATTEMPTS", "1", 1);
    unsetenv("AWS_SESSION_TOKEN");
    unsetenv("AWS_PROFILE");
    bench.arena = arena_new(512 << 20, &bench.err);
    bench.session = session_new(&bench.err);
    assert_non_null(bench.arena);
    assert_non_null(bench.session);
    bench.standin = standin_start(NULL);
    assert_int_equal(session_connect(bench.session, TEXT("local"), NULL, "eu-west-1",
                         standin_url(bench.standin), false, &bench.err),
        ERROR_NONE);
    standin_clear(bench.standin);
    bench_table(bench_orders);
    bench_simple_table("cfg");
    bench_simple_table("acct");
    return 0;
}

static inline int bench_close(void **state)
{
    (void)state;
    session_free(bench.session);
    standin_stop(bench.standin);
    arena_free(bench.arena);
    file_remove_tree(buf_string(&bench.home));
    buf_done(&bench.home);
    buf_done(&bench.rows);
    buf_done(&bench.text);
    buf_done(&bench.json);
    buf_done(&bench.notes);
    buf_done(&bench.asked);
    clock_fix(0);
    return 0;
}

static inline struct job bench_job(void)
{
    struct job job = {.number = ++bench.session->statements,
        .sink = &bench.sink,
        .arena = bench.arena,
        .allow_write = true,
        .who = "script",
        .started = clock_monotonic(),
        .ask = bench_ask,
        .report = bench_report};

    job_take_session(&job, bench.session);
    return job;
}

/* One statement; NULL with bench.err set. */
static inline struct tree *bench_parse(const char *source)
{
    struct lexer lexer;
    bool empty;

    lexer_init(&lexer, text_of(source), bench.arena);
    lexer.context = &bench.context;
    memset(&bench.err, 0, sizeof bench.err);
    return statement_parse(&lexer, "<test>", &empty, &bench.err);
}

/* The last error as "code LINE:COLUMN text | hint". */
static inline const char *bench_error(void)
{
    static char text[900];

    snprintf(text, sizeof text, "exit %d at %d:%d: %s%s%s", (int)bench.err.code, bench.err.line,
        bench.err.column, bench.err.text, bench.err.hint[0] ? " | " : "", bench.err.hint);
    return text;
}

static inline enum error_code bench_run(const char *source)
{
    struct job job = bench_job();
    struct tree *tree;
    enum error_code code;

    buf_clear(&bench.rows);
    buf_clear(&bench.text);
    buf_clear(&bench.json);
    buf_clear(&bench.notes);
    buf_clear(&bench.asked);
    tree = bench_parse(source);
    if (!tree)
        return bench.err.code;
    code = job_run(&job, tree, &bench.err);
    return code;
}

/* Body of the request that came as the nth one. */
static inline const char *bench_request(size_t index)
{
    static struct buf request;
    const char *body;

    if (!request.limit)
        buf_init(&request, SIZE_MAX);
    buf_clear(&request);
    standin_request(bench.standin, index, &request);
    body = strstr(buf_string(&request), "\r\n\r\n");
    return body ? body + 4 : "";
}

static inline void bench_answer(const char *body)
{
    standin_add(bench.standin, (struct standin_answer){.body = body});
}

static inline void bench_fault(int status, const char *body)
{
    standin_add(bench.standin, (struct standin_answer){.status = status, .body = body});
}

#endif
