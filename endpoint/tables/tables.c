#include "endpoint/tables/tables.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "endpoint/reply.h"
#include "endpoint/tables/answer.h"
#include "endpoint/tables/backup.h"
#include "endpoint/tables/backup_file.h"
#include "endpoint/tables/checkpoint.h"
#include "endpoint/tables/fault_rules.h"
#include "endpoint/tables/operations.h"
#include "endpoint/tables/readers.h"
#include "endpoint/tables/registry.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/restore.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/stores.h"
#include "endpoint/tables/throttle.h"
#include "endpoint/tables/transfer.h"
#include "endpoint/tables/waits.h"
#include "endpoint/tables/worker.h"
#include "endpoint/tables/writer.h"
#include "endpoint/telemetry/telemetry.h"

enum { ANSWER_LIMIT = 64 * 1024 * 1024, JOINED_LIMIT = 64 * 1024, PATH_LIMIT = 4096 };

/*
 * 1. A request is in exactly one place: with the loop thread, held back by a fault rule, with the
 *    writer, with a job of the worker, with the readers, in waits, or in done. under_way holds all.
 * 2. What is posted to the loop is the wake, never a request: it outlives the service, so a call
 *    that comes after tables_free finds nobody home.
 */
struct wake {
    struct tables *tables; /* NULL once the service is gone; loop thread */
    pthread_mutex_t lock;
    size_t posted; /* calls still to come; the last one frees */
};

struct tables {
    struct http_server *server;
    struct telemetry *telemetry;
    struct stores stores;
    struct registry *catalog;
    struct tables_settings settings;
    struct fault_rules *faults; /* NULL: none */
    struct throttle *throttle;  /* NULL: nothing is enforced */
    struct buf buckets;         /* folder of exports and imports; empty in memory mode */
    struct writer *writer;
    struct worker *worker;
    struct backup_shelf *shelf;
    struct readers *readers;
    struct checkpoint *checkpoint;
    struct wake *wake;
    struct waits *waits;
    pthread_mutex_t lock;
    struct request *done, *done_last; /* from the writer and the readers; under the lock */
    struct request *under_way;
    bool submitted; /* the writer is to be told, once what came with it is in the queue too */
};

static void free_wake(struct wake *wake)
{
    pthread_mutex_destroy(&wake->lock);
    mem_free(wake);
}

static void run_wake(void *user);

static void post_wake(struct tables *tables)
{
    struct wake *wake = tables->wake;
    bool post;

    pthread_mutex_lock(&wake->lock);
    post = wake->posted == 0;
    wake->posted++;
    if (!post)
        wake->posted--; /* one on its way is enough */
    pthread_mutex_unlock(&wake->lock);
    if (post)
        http_server_post(tables->server, run_wake, wake);
}

static void record_use(const struct request *request, const struct table_use *use, int status)
{
    telemetry_record_table(request->tables->telemetry,
        &(struct telemetry_table){
            .table = use->table->name,
            .operation = text_of(request->operation->name),
            .latency_us = (clock_monotonic() - request->started) / 1000,
            .read_milli = use->read_milli,
            .write_milli = use->write_milli,
            .failed = status != 200,
        });
}

static void record(const struct request *request, int status)
{
    const struct table_use single = {request->table, request->read_milli, request->write_milli};

    if (!request->tables->telemetry)
        return;
    if (request->table)
        record_use(request, &single, status);
    for (size_t i = 0; i < request->use_count; i++)
        record_use(request, &request->use[i], status);
}

/* What the request holds goes; its answer, and what is in the arena, stay. */
static void leave(struct request *request)
{
    if (request->newer)
        request->newer->older = request->older;
    else
        request->tables->under_way = request->older;
    if (request->older)
        request->older->newer = request->newer;
    request_release(request);
    buf_done(&request->joined);
    arena_free(request->scratch);
}

/* Its client went while it waited: there is nobody to answer. */
static void drop(struct request *request)
{
    leave(request);
    buf_done(&request->out);
}

/* Answers, and with that ends, the request: its arena may be gone afterwards. */
static void finish(struct request *request)
{
    struct exchange *exchange = request->exchange;
    bool is_made = request->is_made && !request->fault.set;
    struct reply_body made = request->made;
    struct buf out;
    int status = 200;

    if (request->out.failure && !request->fault.set)
        request_exhausted(request);
    if (request->fault.set)
        status = answer_fault(&request->fault, &request->out);
    record(request, status);
    throttle_charge_rest(request->tables->throttle, request);
    leave(request);
    out = request->out;
    if (exchange && request->loses_answer)
        exchange_drop(exchange);
    else if (exchange && is_made)
        reply_dynamodb_body(exchange, status, &made);
    else if (exchange)
        reply_dynamodb(exchange, status, buf_view(&out));
    else
        request->answer(request->user, status, buf_view(&out));
    reply_body_done(&made);
    buf_done(&out);
}

static void append(struct request **first, struct request **last, struct request *list)
{
    if (*first)
        (*last)->next = list;
    else
        *first = list;
    while (list->next)
        list = list->next;
    *last = list;
}

/* Rows of a deleted table go slice by slice, too: what a long read saw of them is no answer. */
static bool is_dropped(const struct request *request)
{
    struct table *table;

    if (!request->table || request->wanted > 0)
        return false; /* a stream outlives its table */
    table = registry_find_id(request->catalog, request->table->id);
    table_release(table);
    return !table;
}

/* After a slice: answers, waits, or lets a reader go on. */
static void go_on(struct request *request)
{
    if (request->progress == PROGRESS_WAIT && waits_park(request->tables->waits, request))
        return;
    if (request->sliced && is_dropped(request))
        request_fail(request, MESSAGE_TABLE_MISSING, NULL);
    request->sliced = request->progress == PROGRESS_AGAIN;
    if (request->progress != PROGRESS_AGAIN || request->fault.set)
        finish(request);
    else if (request->exchange && exchange_is_gone(request->exchange))
        finish(request); /* nobody is listening any more */
    else
        readers_submit(request->tables->readers, request);
}

static void begin_read(struct request *request)
{
    const struct read_slice slice = {.rows = SLICE_LOOP_ROWS, .bytes = SLICE_LOOP_BYTES};

    readers_slice(request, request->tables->stores.reading, slice);
    go_on(request);
}

static struct request *take_done(struct tables *tables)
{
    struct request *list;

    pthread_mutex_lock(&tables->lock);
    list = tables->done;
    tables->done = tables->done_last = NULL;
    pthread_mutex_unlock(&tables->lock);
    return list;
}

static void finish_done(struct tables *tables)
{
    struct request *next;

    for (struct request *at = take_done(tables); at; at = next) {
        next = at->next;
        go_on(at);
    }
}

static void run_wake(void *user)
{
    struct wake *wake = user;
    struct tables *tables = wake->tables;

    pthread_mutex_lock(&wake->lock);
    wake->posted--;
    pthread_mutex_unlock(&wake->lock);
    if (!tables) {
        free_wake(wake);
        return;
    }
    if (tables->submitted) {
        tables->submitted = false;
        writer_kick(tables->writer);
    }
    finish_done(tables);
    waits_wake(tables->waits);
}

/* On the writer thread, a reader thread, and by request_deliver on any. */
static void deliver(void *user, struct request *list)
{
    struct tables *tables = user;

    pthread_mutex_lock(&tables->lock);
    append(&tables->done, &tables->done_last, list);
    pthread_mutex_unlock(&tables->lock);
    post_wake(tables);
}

void request_deliver(struct request *request)
{
    request->next = NULL;
    deliver(request->tables, request);
}

/* On the writer thread: a chore may have made records that somebody waits for. */
static void note_records(void *user)
{
    post_wake(user);
}

static void note_frames(void *user, int frames)
{
    struct tables *tables = user;

    checkpoint_note(tables->checkpoint, frames);
}

/* Everything up to the point where the request is performed; false when it is refused. */
static bool prepare(struct request *request, struct text operation, struct text body)
{
    struct json *tree = NULL;
    struct error err;

    request->operation = operation_find(operation);
    request->body_size = body.length;
    if (body.length > 0) {
        request->body = tree = json_parse(body, request->arena, &err);
        if (!tree && err.code == ERROR_MEMORY)
            return request_exhausted(request);
        if (!tree)
            return request_fail(request, MESSAGE_TYPE_NONE, NULL);
    }
    if (!request->operation)
        return request_fail(request, MESSAGE_UNKNOWN_OPERATION, NULL);
    if (!tree || tree->kind != JSON_OBJECT)
        return request_fail(request, MESSAGE_TYPE_NONE, NULL);
    return shape_check(request, tree, request->operation->shape) &&
           request->operation->prepare(request);
}

/* The request is in order, or its fault is recorded. */
static void perform(struct request *request)
{
    struct tables *tables = request->tables;

    if (request->fault.set) {
        finish(request);
    } else if (request->operation->read) {
        begin_read(request);
    } else if (tables->stores.read_only) {
        request_fail(request, MESSAGE_READ_ONLY, NULL);
        finish(request);
    } else if (!writer_submit(tables->writer, request)) {
        request_fail(request, MESSAGE_QUEUE_FULL, NULL);
        finish(request);
    } else if (!tables->submitted) {
        tables->submitted = true;
        post_wake(tables);
    }
}

/* A request that met a fault rule. */
struct held_back {
    struct request *request;
    struct fault_hit hit;
};

static void run_held_back(void *user)
{
    const struct held_back *held = user;
    struct request *request = held->request;

    if (held->hit.answer == FAULT_ANSWER_DROP)
        request_fail(request, MESSAGE_INTERNAL, ARGUMENTS(TEXT("dropped")));
    request->loses_answer = held->hit.answer == FAULT_ANSWER_DROP;
    fault_rules_apply(request, &held->hit);
    perform(request);
}

/* True when a rule has taken the request. */
static bool meet_fault(struct request *request)
{
    struct held_back *held = arena_alloc(request->arena, 1, sizeof *held);

    if (!held || !fault_rules_meet(request->tables->faults, request, &held->hit))
        return false;
    held->request = request;
    if (held->hit.delay_ms == 0 ||
        !http_server_after(request->tables->server, held->hit.delay_ms, run_held_back, held))
        run_held_back(held);
    return true;
}

static void start(struct tables *tables, struct request *request, const struct identity *identity,
    struct text operation, struct text body)
{
    request->tables = tables;
    request->catalog = tables->catalog;
    request->settings = &tables->settings;
    request->read_only = tables->stores.read_only;
    request->worker = tables->worker;
    request->buckets = tables->buckets.length > 0 ? buf_string(&tables->buckets) : NULL;
    request->account = arena_text(request->arena, text_of(identity->account));
    request->region = arena_text(request->arena, text_of(identity->region));
    request->started = clock_monotonic();
    buf_init(&request->out, ANSWER_LIMIT);
    buf_init(&request->joined, JOINED_LIMIT);
    request->older = tables->under_way;
    if (request->older)
        request->older->newer = request;
    tables->under_way = request;
    if (!request->account.data || !request->region.data)
        request_exhausted(request);
    else
        prepare(request, operation, body);
    if (!request->fault.set && tables->throttle)
        throttle_admit(tables->throttle, request);
    if (request->fault.set || !tables->faults || !meet_fault(request))
        perform(request);
}

void tables_handle(struct tables *tables, struct exchange *exchange, struct text operation)
{
    struct arena *arena = exchange_arena(exchange);
    struct request *request = arena_alloc(arena, 1, sizeof *request);

    if (!request) {
        reply_dynamodb_error(exchange, 500, fault_type(FAULT_INTERNAL), TEXT("out of memory"));
        return;
    }
    request->arena = arena;
    request->exchange = exchange;
    request->host = exchange_header(exchange, "host");
    request->accept_encoding = exchange_header(exchange, "accept-encoding");
    start(tables, request, exchange_identity(exchange), operation,
        exchange_request(exchange)->body);
}

void tables_call(struct tables *tables, const struct identity *identity, struct text operation,
    struct text body, struct arena *arena, tables_answer *answer, void *user)
{
    struct request *request = arena_alloc(arena, 1, sizeof *request);

    if (!request) {
        answer(user, 500,
            TEXT("{\"__type\":\"com.amazonaws.dynamodb.v20120810#"
                 "InternalServerError\",\"message\":\"out of memory\"}"));
        return;
    }
    request->arena = arena;
    request->answer = answer;
    request->user = user;
    start(tables, request, identity, operation, body);
}

static enum error_code load(struct tables *tables, struct error *err)
{
    struct stores *stores = &tables->stores;
    struct store *store = stores->read_only ? stores->reading : stores->writing;

    if (registry_load(tables->catalog, store, err))
        return error_wrap(err, "%s", buf_string(&stores->path));
    if (!stores->read_only && transfer_recover(store) == STORE_FAILED)
        return error_set(err, ERROR_IO, "%s: %s", buf_string(&stores->path), store_failure(store));
    return ERROR_NONE;
}

/* Backups that were being made when the server was killed. */
static void forget_unfinished(struct tables *tables)
{
    if (backup_delete_unfinished(tables->stores.writing) == STORE_FAILED)
        log_line(LOG_ERROR, "tables: unfinished backups stay: %s",
            store_failure(tables->stores.writing));
    backup_shelf_clean(tables->shelf);
}

/* What a medium that can be written needs besides. */
static enum error_code start_writing(struct tables *tables, const struct tables_options *options,
    struct error *err)
{
    struct stores *stores = &tables->stores;

    tables->checkpoint = checkpoint_new(
        &(struct checkpoint_options){
            .store = stores->checkpointing,
            .verify = stores->unclean && !options->memory,
            .frames = CHECKPOINT_FRAMES,
            .frames_most = CHECKPOINT_FRAMES_MOST,
        },
        err);
    if (!tables->checkpoint)
        return err->code;
    tables->shelf = backup_shelf_new(options->memory ? NULL : options->folder, err);
    if (!tables->shelf)
        return err->code;
    forget_unfinished(tables);
    tables->writer = writer_new(
        &(struct writer_options){
            .store = stores->writing,
            .catalog = tables->catalog,
            .settings = &tables->settings,
            .throttle = tables->throttle,
            .deliver = deliver,
            .recorded = note_records,
            .frames = note_frames,
            .user = tables,
        },
        err);
    if (!tables->writer)
        return err->code;
    tables->worker =
        worker_new(stores->working, tables->catalog, tables->writer, tables->shelf, err);
    if (!tables->worker)
        return err->code;
    restore_resume(tables->worker);
    return ERROR_NONE;
}

static enum error_code open_all(struct tables *tables, const struct tables_options *options,
    struct error *err)
{
    struct stores *stores = &tables->stores;

    if (!options->memory)
        buf_add_format(&tables->buckets, "%s/buckets", options->folder);
    if (stores_open(stores, options->memory ? NULL : options->folder, err) || load(tables, err))
        return err->code;
    tables->readers = readers_new(
        &(struct readers_options){
            .store = stores->scanning,
            .count = stores->scanning_count,
            .deliver = deliver,
            .user = tables,
        },
        err);
    if (!tables->readers)
        return err->code;
    return stores->read_only ? ERROR_NONE : start_writing(tables, options, err);
}

struct tables *tables_new(const struct tables_options *options, struct error *err)
{
    const struct waits_options waits = {.server = options->server,
        .again = begin_read,
        .gone = drop};
    struct tables *tables = mem_new(1, sizeof *tables);
    enum error_code code;

    if (!tables) {
        error_memory(err);
        return NULL;
    }
    tables->server = options->server;
    tables->telemetry = options->telemetry;
    tables->settings = options->settings;
    tables->faults = options->faults;
    buf_init(&tables->buckets, PATH_LIMIT);
    pthread_mutex_init(&tables->lock, NULL);
    tables->wake = mem_new(1, sizeof *tables->wake);
    if (tables->wake) {
        tables->wake->tables = tables;
        pthread_mutex_init(&tables->wake->lock, NULL);
    }
    code = tables->wake ? ERROR_NONE : error_memory(err);
    if (!code && options->settings.enforce_throughput) {
        tables->throttle = throttle_new(err);
        code = tables->throttle ? ERROR_NONE : err->code;
    }
    if (!code) {
        tables->waits = waits_new(&waits, err);
        code = tables->waits ? ERROR_NONE : err->code;
    }
    if (!code) {
        tables->catalog = registry_new(err);
        code = tables->catalog ? open_all(tables, options, err) : err->code;
    }
    if (!code)
        return tables;
    tables_free(tables);
    return NULL;
}

static void close_wake(struct wake *wake)
{
    bool last;

    if (!wake)
        return;
    pthread_mutex_lock(&wake->lock);
    wake->tables = NULL;
    last = wake->posted == 0;
    pthread_mutex_unlock(&wake->lock);
    if (last)
        free_wake(wake);
}

void tables_free(struct tables *tables)
{
    struct request *waiting;

    if (!tables)
        return;
    worker_stop(tables->worker); /* it may wait for the writer */
    writer_free(tables->writer);
    worker_free(tables->worker);
    readers_free(tables->readers);
    for (struct request *at = take_done(tables), *next; at; at = next) {
        next = at->next;
        if (at->progress != PROGRESS_AGAIN)
            finish(at);
    }
    while (tables->waits && (waiting = waits_take(tables->waits)))
        finish(waiting); /* without records */
    waits_free(tables->waits);
    while (tables->under_way) { /* long reads between two slices */
        request_fail(tables->under_way, MESSAGE_INTERNAL, ARGUMENTS(TEXT("the server has ended")));
        finish(tables->under_way);
    }
    checkpoint_free(tables->checkpoint);
    stores_close(&tables->stores, tables->writer != NULL);
    backup_shelf_free(tables->shelf);
    registry_free(tables->catalog);
    throttle_free(tables->throttle);
    close_wake(tables->wake);
    pthread_mutex_destroy(&tables->lock);
    buf_done(&tables->buckets);
    mem_free(tables);
}
