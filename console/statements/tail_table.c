#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "client/service.h"
#include "console/language/grammar.h"
#include "console/language/planner.h"
#include "console/statement.h"
#include "console/statements/tables.h"

/*
 * TAIL: the changes of a table as they come, from its stream. All shards are read, a child after
 * its parent, so the changes of one item keep their order.
 */

enum {
    SHARD_LIMIT = 10000,
    REQUEST_LIMIT = 64 * 1024,
    RECORD_ARENA = 64 << 20,
    CURSOR_LIMIT = 8 * 1024,
    IDLE_MS = 500 /* between rounds that brought nothing; a shard allows 5 reads a second */
};

enum tail_from { TAIL_LATEST, TAIL_START, TAIL_TIME };

struct tail {
    struct table_ref table;
    enum tail_from from;
    uint64_t since; /* TAIL_TIME, wall ns */
    struct expression *where;
    int64_t limit; /* 0: not said */
};

static bool parse_from(struct lexer *lexer, void *target, struct error *err)
{
    struct tail *tail = target;
    struct token at = lexer->token;
    struct text text;

    if (parse_word(lexer, "LATEST"))
        return true;
    tail->from = TAIL_START;
    if (parse_word(lexer, "START"))
        return true;
    tail->from = TAIL_TIME;
    if (!parse_string(lexer, "LATEST, START or a time", &text, err))
        return false;
    return clock_parse_iso(text, &tail->since) ||
           parse_fail(err, &at, "a time such as '2026-01-01T00:00:00Z'");
}

static bool parse_where(struct lexer *lexer, void *target, struct error *err)
{
    struct tail *tail = target;

    tail->where = parse_condition(lexer, err);
    return tail->where != NULL;
}

static bool parse_limit(struct lexer *lexer, void *target, struct error *err)
{
    struct tail *tail = target;

    return parse_integer(lexer, "LIMIT", 1, INT64_MAX, &tail->limit, err);
}

static const struct grammar_option tail_option_table[] = {
    {"FROM", NULL, parse_from},
    {"LIMIT", NULL, parse_limit},
    {"WHERE", NULL, parse_where},
    {.first = NULL},
};

static bool parse_tail(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct tail *tail = arena_alloc(lexer->arena, 1, sizeof *tail);

    if (!tail)
        return grammar_memory(lexer, err);
    tree->node = tail;
    grammar_skip_table(lexer, NULL);
    if (!parse_table_ref(lexer, &tail->table, err))
        return false;
    if (!grammar_options(lexer, tail_option_table, tail, "FROM, WHERE or LIMIT", err))
        return false;
    return true;
}

static enum error_code plan_tail(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct tail *tail = tree->node;
    const struct json *answer;
    struct text arn;

    plan->link = planner_link(job, &tail->table, err);
    if (!plan->link)
        return err->code;
    answer = table_send(job, plan->link, "DescribeTable", tail->table.table, TEXT(""), err);
    if (!answer)
        return err->code;
    arn = json_string_member(json_member(answer, "Table"), "LatestStreamArn");
    if (arn.length == 0) {
        error_set(err, ERROR_INVALID, "table %.*s has no stream", (int)tail->table.table.length,
            tail->table.table.data);
        return error_hint(err, "ALTER TABLE .. SET STREAM NEW_AND_OLD gives it one");
    }
    plan->detail = arena_string(job->arena, arn);
    if (!plan->detail)
        return arena_failed(job->arena, err);
    plan_add(plan, PLAN_PLAN, "GetRecords of every shard of the table's stream, until stopped");
    if (tail->where)
        plan_add(plan, PLAN_LOCAL, "WHERE is evaluated here");
    plan_add_call(plan, &service_streams, "DescribeStream", "1 or more", NULL, TEXT(""));
    plan_add_call(plan, &service_streams, "GetShardIterator", "1 or more", NULL, TEXT(""));
    plan_add_call(plan, &service_streams, "GetRecords", "1 or more", NULL, TEXT(""));
    return ERROR_NONE;
}

enum shard_state { SHARD_WAITING, SHARD_READING, SHARD_ENDED };

struct shard {
    struct text id, parent; /* in the arena of the job */
    enum shard_state state;
    bool is_new;         /* made after the tail began: read from its start */
    bool is_closed;      /* when it was described */
    struct buf iterator; /* empty: to be asked for */
    struct buf sequence; /* of the last record seen; empty: none */
};

struct tailing {
    struct job *job;
    const struct tail *tail;
    struct link *link;
    const char *arn;
    struct arena *arena; /* of one answer */
    struct shard *shard; /* SHARD_LIMIT of them */
    size_t count;
    uint64_t rows, seen;
    bool enough;
};

static const struct json *send(struct tailing *tailing, const char *operation,
    const struct buf *body, struct error *err)
{
    struct call_context context = job_context(tailing->job);
    const struct json *answer = NULL;
    struct reply reply;
    struct text copy;

    reply_init(&reply);
    if (!connection_call(tailing->link->connection, &service_streams,
            service_operation_string(&service_streams, operation), buf_view(body), &context, &reply,
            err)) {
        copy = arena_text(tailing->arena, buf_view(&reply.body));
        answer = copy.data ? json_parse(copy, tailing->arena, err) : NULL;
        if (!copy.data)
            arena_failed(tailing->arena, err);
    }
    reply_done(&reply);
    return answer;
}

static struct shard *find_shard(struct tailing *tailing, struct text id)
{
    for (size_t i = 0; i < tailing->count; i++)
        if (text_equal(tailing->shard[i].id, id))
            return &tailing->shard[i];
    return NULL;
}

static enum error_code add_shard(struct tailing *tailing, const struct json *one, bool is_new,
    struct error *err)
{
    struct text id = json_string_member(one, "ShardId");
    const struct json *range = json_member(one, "SequenceNumberRange");
    struct shard *shard = find_shard(tailing, id);

    if (shard)
        return ERROR_NONE;
    if (tailing->count == SHARD_LIMIT)
        return error_set(err, ERROR_LIMIT, "the stream has more than %d shards", SHARD_LIMIT);
    shard = &tailing->shard[tailing->count];
    *shard = (struct shard){.is_new = is_new,
        .id = arena_text(tailing->job->arena, id),
        .parent = arena_text(tailing->job->arena, json_string_member(one, "ParentShardId")),
        .is_closed = json_string_member(range, "EndingSequenceNumber").length > 0};
    if (!shard->id.data || !shard->parent.data)
        return arena_failed(tailing->job->arena, err);
    buf_init(&shard->iterator, CURSOR_LIMIT);
    buf_init(&shard->sequence, CURSOR_LIMIT);
    /* From now on only: what is closed already brings nothing new. */
    if (!is_new && tailing->tail->from == TAIL_LATEST && shard->is_closed)
        shard->state = SHARD_ENDED;
    tailing->count++;
    return ERROR_NONE;
}

/* All pages of DescribeStream; shards not known yet are added. */
static enum error_code list_shards(struct tailing *tailing, bool is_new, struct error *err)
{
    struct text after = TEXT("");
    enum error_code code = ERROR_NONE;
    struct buf body;

    buf_init(&body, REQUEST_LIMIT);
    do {
        const struct json *answer, *list;
        struct json_writer writer;

        buf_clear(&body);
        json_writer_init(&writer, &body);
        json_begin_object(&writer);
        json_pair_string(&writer, "StreamArn", tailing->arn);
        if (after.length > 0)
            json_pair(&writer, "ExclusiveStartShardId", after);
        json_end_object(&writer);
        answer = json_member(send(tailing, "DescribeStream", &body, err), "StreamDescription");
        if (!answer) {
            code = err->code;
            break;
        }
        list = json_member(answer, "Shards");
        for (const struct json *one = list ? list->first : NULL; one && !code; one = one->next)
            code = add_shard(tailing, one, is_new, err);
        after = json_string_member(answer, "LastEvaluatedShardId");
    } while (!code && after.length > 0);
    buf_done(&body);
    return code;
}

static enum error_code open_iterator(struct tailing *tailing, struct shard *shard,
    struct error *err)
{
    bool latest = tailing->tail->from == TAIL_LATEST && !shard->is_new;
    struct json_writer writer;
    const struct json *answer;
    struct text iterator;
    struct buf body;

    buf_init(&body, REQUEST_LIMIT);
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_pair_string(&writer, "StreamArn", tailing->arn);
    json_pair(&writer, "ShardId", shard->id);
    json_pair_string(&writer, "ShardIteratorType",
        shard->sequence.length > 0 ? "AFTER_SEQUENCE_NUMBER"
        : latest                   ? "LATEST"
                                   : "TRIM_HORIZON");
    if (shard->sequence.length > 0)
        json_pair(&writer, "SequenceNumber", buf_view(&shard->sequence));
    json_end_object(&writer);
    answer = send(tailing, "GetShardIterator", &body, err);
    buf_done(&body);
    if (!answer)
        return err->code;
    iterator = json_string_member(answer, "ShardIterator");
    buf_clear(&shard->iterator);
    buf_add_text(&shard->iterator, iterator);
    shard->state = iterator.length > 0 ? SHARD_READING : SHARD_ENDED;
    return buf_check(&shard->iterator, "iterator", err);
}

static bool add_member(struct value *row, const char *name, const struct value *value)
{
    if (!value)
        return false;
    row->name[row->count] = text_of(name);
    row->element[row->count++] = *value;
    return true;
}

static const struct value *image(struct tailing *tailing, const struct json *change,
    const char *name, struct error *err)
{
    const struct json *json = json_member(change, name);

    return json ? value_from_wire_item(json, tailing->arena, err) : NULL;
}

/* {at, event, keys, old, new, ttl}: what WHERE sees and what is printed. */
static const struct value *make_row(struct tailing *tailing, const struct json *record,
    uint64_t *at, struct error *err)
{
    const struct json *change = json_member(record, "dynamodb");
    double seconds = json_double_member(change, "ApproximateCreationDateTime", 0);
    struct value *row = value_new_container(tailing->arena, VALUE_M, 6);
    struct buf time;

    if (!row) {
        arena_failed(tailing->arena, err);
        return NULL;
    }
    *at = (uint64_t)(seconds * 1000) * CLOCK_MS;
    buf_init(&time, 64);
    clock_add_iso(&time, *at, false);
    err->code = ERROR_NONE;
    add_member(row, "at",
        &(struct value){.type = VALUE_S, .text = arena_text(tailing->arena, buf_view(&time))});
    buf_done(&time);
    add_member(row, "event",
        &(struct value){.type = VALUE_S, .text = json_string_member(record, "eventName")});
    add_member(row, "keys", image(tailing, change, "Keys", err));
    add_member(row, "new", image(tailing, change, "NewImage", err));
    add_member(row, "old", image(tailing, change, "OldImage", err));
    if (json_member(record, "userIdentity"))
        add_member(row, "ttl", &(struct value){.type = VALUE_BOOL, .boolean = true});
    return err->code ? NULL : row;
}

static enum error_code take_record(struct tailing *tailing, struct shard *shard,
    const struct json *record, struct error *err)
{
    const struct json *change = json_member(record, "dynamodb");
    const struct value *row;
    enum error_code code;
    uint64_t at = 0;

    buf_clear(&shard->sequence);
    buf_add_text(&shard->sequence, json_string_member(change, "SequenceNumber"));
    row = make_row(tailing, record, &at, err);
    if (!row)
        return err->code;
    tailing->seen++;
    if ((tailing->tail->from == TAIL_TIME && at < tailing->tail->since) ||
        (tailing->tail->where && !expression_holds(tailing->tail->where, row, tailing->arena)))
        return ERROR_NONE;
    code = tailing->job->sink->row(tailing->job->sink, row, err);
    tailing->rows++;
    tailing->enough = tailing->tail->limit > 0 && tailing->rows >= (uint64_t)tailing->tail->limit;
    return code;
}

/* One GetRecords; *moved when it brought records. */
static enum error_code read_shard(struct tailing *tailing, struct shard *shard, bool *moved,
    struct error *err)
{
    const struct json *answer, *list;
    struct json_writer writer;
    struct text next;
    enum error_code code = ERROR_NONE;
    struct buf body;

    buf_init(&body, REQUEST_LIMIT);
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_pair(&writer, "ShardIterator", buf_view(&shard->iterator));
    json_end_object(&writer);
    answer = send(tailing, "GetRecords", &body, err);
    buf_done(&body);
    if (!answer && err->code == ERROR_INVALID && strstr(err->text, "ExpiredIterator")) {
        buf_clear(&shard->iterator); /* 15 minutes without a call: go on where it was */
        return open_iterator(tailing, shard, err);
    }
    if (!answer)
        return err->code;
    list = json_member(answer, "Records");
    for (const struct json *one = list ? list->first : NULL; one && !code && !tailing->enough;
         one = one->next) {
        code = take_record(tailing, shard, one, err);
        *moved = true;
    }
    next = json_string_member(answer, "NextShardIterator");
    buf_clear(&shard->iterator);
    buf_add_text(&shard->iterator, next);
    if (next.length == 0)
        shard->state = SHARD_ENDED;
    return code ? code : buf_check(&shard->iterator, "iterator", err);
}

static bool may_begin(struct tailing *tailing, const struct shard *shard)
{
    const struct shard *parent =
        shard->parent.length > 0 ? find_shard(tailing, shard->parent) : NULL;

    return !parent || parent->state == SHARD_ENDED;
}

/* Every shard once. *open: how many may still bring something. */
static enum error_code read_round(struct tailing *tailing, bool *moved, size_t *open,
    struct error *err)
{
    enum error_code code = ERROR_NONE;
    bool ended = false;

    *open = 0;
    for (size_t i = 0; i < tailing->count && !code && !tailing->enough; i++) {
        struct shard *shard = &tailing->shard[i];

        arena_reset(tailing->arena);
        if (shard->state == SHARD_WAITING && may_begin(tailing, shard))
            code = open_iterator(tailing, shard, err);
        if (!code && shard->state == SHARD_READING) {
            code = read_shard(tailing, shard, moved, err);
            ended = ended || shard->state == SHARD_ENDED;
        }
        *open += shard->state != SHARD_ENDED;
        if (!code)
            code = job_check(tailing->job, err);
    }
    if (!code && ended) { /* its children, when there are any */
        arena_reset(tailing->arena);
        code = list_shards(tailing, true, err);
        for (size_t i = 0; i < tailing->count; i++)
            *open += tailing->shard[i].state == SHARD_WAITING;
    }
    return code;
}

static enum error_code follow(struct tailing *tailing, struct error *err)
{
    struct rows_status status = {.state = ROWS_LOADING};
    enum error_code code = list_shards(tailing, false, err);
    size_t open = 1;

    while (!code && !tailing->enough && open > 0) {
        bool moved = false;

        code = read_round(tailing, &moved, &open, err);
        if (!code && moved) {
            status.count = tailing->rows;
            code = tailing->job->sink->page(tailing->job->sink, &status, err);
        } else if (!code && !tailing->enough && open > 0) {
            code = job_wait(tailing->job, IDLE_MS * CLOCK_MS, err);
        }
    }
    if (!code && !tailing->enough)
        job_note(tailing->job, REPORT_NOTE, "the stream has ended");
    return code;
}

static enum error_code run_tail(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    static const struct text column[] = {{"at", 2}, {"event", 5}, {"keys", 4}, {"old", 3},
        {"new", 3}, {"ttl", 3}};
    struct sink_shape shape = {.column = column, .column_count = 6, .title = "changes"};
    struct rows_status status = {.state = ROWS_COMPLETE};
    struct tailing tailing = {.job = job,
        .tail = tree->node,
        .link = plan->link,
        .arn = plan->detail};
    enum error_code code;

    tailing.arena = arena_new(RECORD_ARENA, err);
    tailing.shard = arena_alloc(job->arena, SHARD_LIMIT, sizeof *tailing.shard);
    code = !tailing.arena ? err->code : !tailing.shard ? arena_failed(job->arena, err) : ERROR_NONE;
    if (!code)
        code = job->sink->begin(job->sink, &shape, err);
    if (!code)
        code = follow(&tailing, err);
    status.count = tailing.rows;
    if (!code)
        code = job->sink->end(job->sink, &status, err);
    job_note(job, REPORT_FOOTER, "%llu change%s  %llu seen", (unsigned long long)tailing.rows,
        tailing.rows == 1 ? "" : "s", (unsigned long long)tailing.seen);
    for (size_t i = 0; i < tailing.count; i++) {
        buf_done(&tailing.shard[i].iterator);
        buf_done(&tailing.shard[i].sequence);
    }
    arena_free(tailing.arena);
    return code;
}

#define EXAMPLES (const char *const[])

const struct statement tail_statement_table[] = {
    {
        .name = "TAIL",
        .syntax = "[TABLE] table [FROM LATEST|START|'time'] [WHERE condition] [LIMIT n]",
        .summary = "Print the changes of a table as they come, from its stream",
        .family = "Reading tables",
        .flags = STATEMENT_READ | STATEMENT_REPEATS,
        .example = EXAMPLES{"TAIL orders FROM START WHERE event = 'REMOVE' LIMIT 10",
            "TAIL orders WHERE new.total > 100", NULL},
        .parse = parse_tail,
        .plan = plan_tail,
        .run = run_tail,
    },
    {.name = NULL},
};
