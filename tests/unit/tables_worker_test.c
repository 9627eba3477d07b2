#include "tests/unit/tables_support.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/mem.h"
#include "endpoint/tables/registry.h"
#include "endpoint/tables/store.h"
#include "endpoint/tables/worker.h"
#include "endpoint/tables/write.h"
#include "endpoint/tables/writer.h"

/* A worker on a store of its own, without the service around it. */
struct bench {
    struct buf folder;
    struct store *writing, *working;
    struct registry *catalog;
    struct writer *writer;
    struct worker *worker;
};

static void take_list(void *user, struct request *list)
{
    (void)user;
    (void)list;
    fail_msg("an internal write was handed over as an answer");
}

static void take_nothing(void *user)
{
    (void)user;
}

static void take_frames(void *user, int frames)
{
    (void)user;
    (void)frames;
}

static void bench_open(struct bench *bench)
{
    struct writer_options options = {.deliver = take_list,
        .recorded = take_nothing,
        .frames = take_frames};
    struct error err = {0};
    struct buf path;

    buf_init(&bench->folder, 4096);
    buf_init(&path, 4096);
    assert_int_equal(file_make_temporary("worker-test", &bench->folder, &err), ERROR_NONE);
    buf_add_format(&path, "%s/tables.db", buf_string(&bench->folder));
    bench->writing = store_open(buf_string(&path), STORE_WRITER, false, &err);
    assert_non_null(bench->writing);
    bench->working = store_open(buf_string(&path), STORE_READER, false, &err);
    assert_non_null(bench->working);
    bench->catalog = registry_new(&err);
    options.store = bench->writing;
    options.catalog = bench->catalog;
    bench->writer = writer_new(&options, &err);
    bench->worker = worker_new(bench->working, bench->catalog, bench->writer, NULL, &err);
    assert_non_null(bench->worker);
    buf_done(&path);
}

static void bench_close(struct bench *bench)
{
    worker_stop(bench->worker);
    writer_free(bench->writer);
    worker_free(bench->worker);
    store_close(bench->working);
    store_close(bench->writing);
    registry_free(bench->catalog);
    file_remove_tree(buf_string(&bench->folder));
    buf_done(&bench->folder);
}

struct note {
    struct job job;
    char letter;
    struct buf *out; /* read after worker_stop */
    atomic_bool *held;
};

static void run_note(struct job *job, struct worker *worker)
{
    struct note *note = (struct note *)job;

    while (note->held && atomic_load(note->held) && !worker_is_stopping(worker))
        usleep(100);
    buf_add_char(note->out, note->letter);
    mem_free(note);
}

static bool submit_note(struct bench *bench, char letter, struct buf *out, atomic_bool *held)
{
    struct note *note = mem_new(1, sizeof *note);

    note->job.run = run_note;
    note->letter = letter;
    note->out = out;
    note->held = held;
    if (worker_submit(bench->worker, &note->job))
        return true;
    mem_free(note);
    return false;
}

static void jobs_run_in_the_order_they_came(void **state)
{
    struct bench bench = {0};
    struct buf out;

    buf_init(&out, 100);
    bench_open(&bench);
    assert_true(worker_is_idle(bench.worker));
    for (char c = 'a'; c <= 'z'; c++)
        assert_true(submit_note(&bench, c, &out, NULL));
    bench_close(&bench);
    assert_string_equal(buf_string(&out), "abcdefghijklmnopqrstuvwxyz");
    buf_done(&out);
    (void)state;
}

static void too_many_jobs_are_refused_and_those_taken_still_run(void **state)
{
    struct bench bench = {0};
    atomic_bool held = true;
    struct buf out;
    int taken = 0;

    buf_init(&out, 1000);
    bench_open(&bench);
    while (submit_note(&bench, 'x', &out, &held))
        taken++;
    assert_int_equal(taken, WORKER_QUEUE_LIMIT);
    assert_false(worker_is_idle(bench.worker));
    worker_stop(bench.worker); /* the first one waits no longer */
    assert_false(submit_note(&bench, 'y', &out, NULL));
    bench_close(&bench);
    assert_int_equal(out.length, WORKER_QUEUE_LIMIT);
    buf_done(&out);
    (void)state;
}

struct entry {
    struct job job;
    const char *key;
    enum error_code code;
    char text[480];
    bool seen;
};

static enum progress write_entry(struct request *request, struct write_context *context)
{
    const struct entry *entry = request->plan;
    struct buf sql;
    enum store_result result;

    if (!entry->key) {
        request_fail(request, MESSAGE_TABLE_MISSING, NULL);
        return PROGRESS_DONE;
    }
    buf_init(&sql, 1000);
    buf_add_format(&sql, "INSERT INTO meta VALUES('%s', '1')", entry->key);
    result = store_execute(context->store, buf_string(&sql));
    buf_done(&sql);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

static const struct operation entry_operation = {.name = "entry", .write = write_entry};

static void run_entry(struct job *job, struct worker *worker)
{
    struct entry *entry = (struct entry *)job;
    struct error err = {0};
    struct arena *arena = arena_new(100000, &err);
    struct sqlite3_stmt *statement;

    entry->code = worker_write(worker, &entry_operation, entry, arena, &err);
    snprintf(entry->text, sizeof entry->text, "%s", err.text);
    statement = store_prepare(worker_store(worker), "SELECT 1 FROM meta WHERE key = 'one'");
    entry->seen = store_step(worker_store(worker), statement) == STORE_ROW;
    sqlite3_finalize(statement);
    arena_free(arena);
}

static void a_write_of_a_job_is_committed_when_it_returns(void **state)
{
    struct entry good = {.key = "one"}, refused = {.key = NULL}, twice = {.key = "one"};
    struct bench bench = {0};

    good.job.run = refused.job.run = twice.job.run = run_entry;
    bench_open(&bench);
    assert_true(worker_submit(bench.worker, &good.job));
    assert_true(worker_submit(bench.worker, &refused.job));
    assert_true(worker_submit(bench.worker, &twice.job));
    worker_stop(bench.worker); /* what was taken is done first, writes included */
    assert_int_equal(good.code, ERROR_NONE);
    assert_true(good.seen);
    assert_int_equal(refused.code, ERROR_INVALID);
    assert_string_equal(refused.text, "Requested resource not found");
    assert_int_equal(twice.code, ERROR_IO);
    assert_string_equal(twice.text, "The request processing has failed: constraint failed");
    bench_close(&bench);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_run_in_the_order_they_came),
        cmocka_unit_test(too_many_jobs_are_refused_and_those_taken_still_run),
        cmocka_unit_test(a_write_of_a_job_is_committed_when_it_returns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
