#include "endpoint/tables/transfer.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "endpoint/tables/store_internal.h"

enum {
    LIST_LIMIT = 25, /* of a page */
    ARN_LIMIT = 1024,
    ARN_MIN = 37,
    DESCRIPTION_LIMIT = 16 * 1024 * 1024
};

#define TOKEN_MS (UINT64_C(8) * 3600 * 1000)
#define KEPT_MS (INT64_C(90) * 24 * 3600 * 1000)

static const char *const export_summary[] = {"ExportArn", "ExportStatus", "ExportType", NULL};
static const char *const import_summary[] = {"ImportArn", "ImportStatus", "TableArn",
    "S3BucketSource", "InputFormat", "StartTime", "EndTime", NULL};

const struct transfer_family transfer_family_table[] = {
    [TRANSFER_EXPORT] = {"ExportStatus", "ExportArn", "export", 300, MESSAGE_EXPORT_NOT_FOUND,
        MESSAGE_EXPORT_CONFLICT, MESSAGE_EXPORT_LIMIT, "ExportSummaries", "MaxResults",
        "maxResults", export_summary},
    [TRANSFER_IMPORT] = {"ImportStatus", "ImportArn", "import", 50, MESSAGE_IMPORT_NOT_FOUND,
        MESSAGE_IMPORT_CONFLICT, MESSAGE_IMPORT_LIMIT, "ImportSummaryList", "PageSize", "pageSize",
        import_summary},
};

struct text transfer_new_arn(enum transfer_kind kind, struct text table_arn, uint64_t ms,
    struct arena *arena)
{
    struct text arn;
    struct buf buf;

    buf_init(&buf, ARN_LIMIT);
    buf_add_text(&buf, table_arn);
    buf_add_format(&buf, "/%s/%014llu-", transfer_family_table[kind].word, (unsigned long long)ms);
    crypto_add_id(&buf, 8, "0123456789abcdef");
    arn = buf.failure ? text_make(NULL, 0) : arena_text(arena, buf_view(&buf));
    buf_done(&buf);
    return arn;
}

struct member {
    struct text name;
    const struct json *json;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *first = a, *second = b;

    return text_compare(first->name, second->name);
}

bool transfer_hash(const struct json *body, struct arena *arena, uint8_t out[TRANSFER_HASH])
{
    struct member *member = arena_alloc(arena, body->count + 1, sizeof *member);
    struct json_writer writer;
    struct buf canonical;
    size_t count = 0;
    bool written;

    if (!member)
        return false;
    for (const struct json *node = body->first; node; node = node->next)
        if (!text_is(node->name, "ClientToken") && node->kind != JSON_NULL)
            member[count++] = (struct member){node->name, node};
    qsort(member, count, sizeof *member, compare_members);
    buf_init(&canonical, DESCRIPTION_LIMIT);
    json_writer_init(&writer, &canonical);
    json_begin_object(&writer);
    for (size_t i = 0; i < count; i++) {
        json_name_text(&writer, member[i].name);
        json_tree(&writer, member[i].json);
    }
    json_end_object(&writer);
    written = !canonical.failure;
    crypto_sha256(buf_view(&canonical), out);
    buf_done(&canonical);
    return written;
}

static void bind_text(sqlite3_stmt *statement, int at, struct text text)
{
    if (text.data)
        sqlite3_bind_text64(statement, at, text.data, text.length, SQLITE_STATIC, SQLITE_UTF8);
    else
        sqlite3_bind_null(statement, at);
}

/* Kind, account and region as parameters 1 to 3. */
static sqlite3_stmt *prepare_own(struct store *store, const char *sql, enum transfer_kind kind,
    struct text account, struct text region)
{
    sqlite3_stmt *statement = store_prepare(store, sql);

    if (!statement)
        return NULL;
    sqlite3_bind_int(statement, 1, (int)kind);
    bind_text(statement, 2, account);
    bind_text(statement, 3, region);
    return statement;
}

static enum store_result count_running(struct store *store, const struct transfer *transfer,
    int64_t *count)
{
    sqlite3_stmt *statement = prepare_own(store,
        "SELECT count(*) FROM transfers WHERE kind = ?1 AND account = ?2 AND region = ?3 AND "
        "running = 1",
        transfer->kind, transfer->account, transfer->region);
    enum store_result result = statement ? store_step(store, statement) : STORE_FAILED;

    if (result == STORE_ROW)
        *count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return result;
}

/* STORE_ROW: the token was used; *same says whether by the same request. */
static enum store_result find_token(struct store *store, const struct transfer *transfer,
    uint64_t now_ms, bool *same, struct buf *json)
{
    sqlite3_stmt *statement = prepare_own(store,
        "SELECT hash, json FROM transfers WHERE kind = ?1 AND account = ?2 AND region = ?3 AND "
        "token = ?4 AND (running = 1 OR until_ms > ?5) ORDER BY id DESC LIMIT 1",
        transfer->kind, transfer->account, transfer->region);
    enum store_result result = STORE_FAILED;

    if (!statement)
        return STORE_FAILED;
    bind_text(statement, 4, transfer->token);
    sqlite3_bind_int64(statement, 5, (int64_t)now_ms);
    result = store_step(store, statement);
    if (result == STORE_ROW) {
        *same = text_equal(store_column(statement, 0),
            text_make((const char *)transfer->hash, TRANSFER_HASH));
        buf_add_text(json, store_column(statement, 1));
    }
    sqlite3_finalize(statement);
    return result;
}

bool transfer_admit(struct request *request, struct store *store, const struct transfer *transfer,
    uint64_t now_ms, struct buf *json, bool *failed)
{
    const struct transfer_family *family = &transfer_family_table[transfer->kind];
    enum store_result result = STORE_DONE;
    int64_t running = 0;
    bool same = false;

    *failed = false;
    if (transfer->token.data)
        result = find_token(store, transfer, now_ms, &same, json);
    if (result == STORE_ROW)
        return same ? false : request_fail(request, family->conflict, ARGUMENTS(transfer->token));
    if (result == STORE_FAILED || count_running(store, transfer, &running) == STORE_FAILED) {
        *failed = true;
        return false;
    }
    return running < family->running_limit ||
           request_fail(request, family->too_many,
               ARGUMENTS(request_number(request, family->running_limit)));
}

enum store_result transfer_add(struct store *store, const struct transfer *transfer,
    uint64_t now_ms, int64_t *id)
{
    sqlite3_stmt *statement = prepare_own(store,
        "INSERT INTO transfers(kind, account, region, arn, table_id, table_arn, running, token, "
        "hash, until_ms, json) VALUES(?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10)",
        transfer->kind, transfer->account, transfer->region);
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    bind_text(statement, 4, transfer->arn);
    sqlite3_bind_int64(statement, 5, transfer->table);
    bind_text(statement, 6, transfer->table_arn);
    bind_text(statement, 7, transfer->token);
    sqlite3_bind_blob64(statement, 8, transfer->hash, TRANSFER_HASH, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 9, (int64_t)(now_ms + TOKEN_MS));
    bind_text(statement, 10, transfer->json);
    result = store_step(store, statement);
    sqlite3_finalize(statement);
    *id = store_last_id(store);
    return result;
}

/* Descriptions are kept as long as the service keeps them. */
static enum store_result drop_old(struct store *store, uint64_t now_ms)
{
    sqlite3_stmt *statement =
        store_prepare(store, "DELETE FROM transfers WHERE running = 0 AND until_ms < ?1");
    enum store_result result = STORE_FAILED;

    if (statement) {
        sqlite3_bind_int64(statement, 1, (int64_t)now_ms - KEPT_MS);
        result = store_step(store, statement);
    }
    sqlite3_finalize(statement);
    return result;
}

enum store_result transfer_recover(struct store *store)
{
    uint64_t now_ms = clock_wall() / CLOCK_MS;
    sqlite3_stmt *statement = store_prepare(store,
        "UPDATE transfers SET running = 0, json = json_set(json, CASE kind WHEN 0 THEN "
        "'$.ExportStatus' ELSE '$.ImportStatus' END, 'FAILED', '$.EndTime', ?1, '$.FailureCode', "
        "'InternalFailure', '$.FailureMessage', 'The server ended before it was done') "
        "WHERE running = 1");
    enum store_result result = STORE_FAILED;

    if (statement) {
        sqlite3_bind_double(statement, 1, (double)now_ms / 1000);
        result = store_step(store, statement);
    }
    sqlite3_finalize(statement);
    return result == STORE_FAILED ? STORE_FAILED : drop_old(store, now_ms);
}

enum store_result transfer_read(struct store *store, int64_t id, struct buf *json, int64_t *table)
{
    sqlite3_stmt *statement =
        store_prepare(store, "SELECT json, table_id FROM transfers WHERE id = ?1");
    enum store_result result = STORE_FAILED;

    if (statement) {
        sqlite3_bind_int64(statement, 1, id);
        result = store_step(store, statement);
    }
    if (result == STORE_ROW) {
        buf_add_text(json, store_column(statement, 0));
        *table = sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    return result;
}

enum store_result transfer_find(struct store *store, enum transfer_kind kind, struct text account,
    struct text region, struct text arn, struct buf *json)
{
    sqlite3_stmt *statement = prepare_own(store,
        "SELECT json FROM transfers WHERE kind = ?1 AND account = ?2 AND region = ?3 AND arn = ?4",
        kind, account, region);
    enum store_result result = STORE_FAILED;

    if (statement) {
        bind_text(statement, 4, arn);
        result = store_step(store, statement);
    }
    if (result == STORE_ROW)
        buf_add_text(json, store_column(statement, 0));
    sqlite3_finalize(statement);
    return result;
}

static void add_summary(struct json_writer *writer, const struct transfer_family *family,
    const struct json *description)
{
    json_begin_object(writer);
    for (size_t i = 0; family->summary[i]; i++) {
        const struct json *member = json_member(description, family->summary[i]);

        if (!member)
            continue;
        json_name(writer, family->summary[i]);
        json_tree(writer, member);
    }
    json_end_object(writer);
}

/* The newest first, below the number before; *last: the number of the last one. */
static enum store_result add_page(struct request *request, struct store *store,
    enum transfer_kind kind, int64_t before, struct json_writer *writer, int64_t *last, bool *more)
{
    const struct transfer_family *family = &transfer_family_table[kind];
    size_t limit = (size_t)request_integer(request->body, family->page_size, LIST_LIMIT);
    sqlite3_stmt *statement = prepare_own(store,
        "SELECT id, json FROM transfers WHERE kind = ?1 AND account = ?2 AND region = ?3 AND "
        "(?4 IS NULL OR table_arn = ?4) AND (?5 = 0 OR id < ?5) ORDER BY id DESC LIMIT ?6",
        kind, request->account, request->region);
    enum store_result result;
    struct error err;

    if (!statement)
        return STORE_FAILED;
    bind_text(statement, 4, request_text(request->body, "TableArn"));
    sqlite3_bind_int64(statement, 5, before);
    sqlite3_bind_int64(statement, 6, (int64_t)limit + 1);
    *more = false;
    for (size_t i = 0; (result = store_step(store, statement)) == STORE_ROW; i++) {
        const struct json *json;

        *more = i == limit;
        if (*more)
            break;
        json = json_parse(arena_text(request->arena, store_column(statement, 1)), request->arena,
            &err);
        if (!json) {
            request_exhausted(request);
            break;
        }
        *last = sqlite3_column_int64(statement, 0);
        add_summary(writer, family, json);
    }
    sqlite3_finalize(statement);
    return result == STORE_FAILED ? STORE_FAILED : STORE_DONE;
}

bool transfer_prepare_list(struct request *request, enum transfer_kind kind)
{
    const struct transfer_family *family = &transfer_family_table[kind];
    struct text token = request_text(request->body, "NextToken");
    int64_t before;

    request_check_range(request, request->body, family->page_size, family->member_of_it, 1,
        LIST_LIMIT);
    if (!request_members_hold(request))
        return false;
    return !token.data || text_to_integer(token, 1, INT64_MAX, &before) ||
           request_fail(request, MESSAGE_TAGS_TOKEN, NULL);
}

enum progress transfer_read_list(struct request *request, struct store *store,
    enum transfer_kind kind)
{
    struct text token = request_text(request->body, "NextToken");
    int64_t before = 0, last = 0;
    struct json_writer writer;
    bool more = false;

    if (token.data)
        text_to_integer(token, 1, INT64_MAX, &before);
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, transfer_family_table[kind].summaries);
    json_begin_array(&writer);
    if (add_page(request, store, kind, before, &writer, &last, &more) == STORE_FAILED)
        return PROGRESS_BROKEN;
    json_end_array(&writer);
    if (more)
        json_pair(&writer, "NextToken", request_number(request, last));
    json_end_object(&writer);
    return PROGRESS_DONE;
}

bool transfer_prepare_describe(struct request *request, enum transfer_kind kind)
{
    const char *name = transfer_family_table[kind].arn;
    const char *member = kind == TRANSFER_EXPORT ? "exportArn" : "importArn";
    struct text arn = request_text(request->body, name);

    if (!arn.data)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(text_of(member)));
    else if (arn.length < ARN_MIN)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(arn, text_of(member), request_number(request, ARN_MIN)));
    else if (arn.length > ARN_LIMIT)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(arn, text_of(member), request_number(request, ARN_LIMIT)));
    return request_members_hold(request);
}

enum progress transfer_read_describe(struct request *request, struct store *store,
    enum transfer_kind kind, const char *member)
{
    const struct transfer_family *family = &transfer_family_table[kind];
    struct text arn = request_text(request->body, family->arn);
    enum store_result result;
    struct json_writer writer;
    struct buf json;

    buf_init(&json, DESCRIPTION_LIMIT);
    result = transfer_find(store, kind, request->account, request->region, arn, &json);
    if (result == STORE_DONE)
        request_fail(request, family->not_found, ARGUMENTS(arn));
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, member);
    json_raw(&writer, buf_view(&json));
    json_end_object(&writer);
    buf_done(&json);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

void transfer_start(struct request *request, enum transfer_kind kind, int64_t id,
    void (*run)(struct job *job, struct worker *worker))
{
    bool wanted = id > 0 && !request->fault.set;
    struct transfer_job *job = wanted ? mem_new(1, sizeof *job) : NULL;

    if (job) {
        *job = (struct transfer_job){.job = {.run = run}, .id = id, .buckets = request->buckets};
        if (!worker_submit(request->worker, &job->job)) {
            mem_free(job);
            job = NULL;
        }
    }
    /* What is written down as running has failed by the next start. */
    if (wanted && !job)
        request_fail(request, transfer_family_table[kind].too_many,
            ARGUMENTS(request_number(request, transfer_family_table[kind].running_limit)));
    request_deliver(request);
}

struct finish_plan {
    int64_t id;
    struct text json;
};

static enum progress write_finish(struct request *request, struct write_context *context)
{
    const struct finish_plan *plan = request->plan;
    sqlite3_stmt *statement = store_prepare(context->store,
        "UPDATE transfers SET running = 0, until_ms = ?2, json = ?3 WHERE id = ?1");
    enum store_result result = STORE_FAILED;

    if (statement) {
        sqlite3_bind_int64(statement, 1, plan->id);
        sqlite3_bind_int64(statement, 2, (int64_t)(context->now_ms + TOKEN_MS));
        bind_text(statement, 3, plan->json);
        result = store_step(context->store, statement);
    }
    sqlite3_finalize(statement);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

enum error_code transfer_finish(struct worker *worker, int64_t id, struct text json,
    struct arena *arena, struct error *err)
{
    static const struct operation finish = {.name = "FinishTransfer", .write = write_finish};
    struct finish_plan plan = {id, json};

    return worker_write(worker, &finish, &plan, arena, err);
}
