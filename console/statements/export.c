#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "client/service.h"
#include "console/job_state.h"
#include "console/language/grammar.h"
#include "console/statement.h"
#include "console/statements/export_bucket.h"
#include "console/statements/export_file.h"
#include "console/statements/file_format.h"
#include "console/statements/places.h"
#include "console/statements/read.h"

/* EXPORT: a table, or what a read finds, into a file. */

enum { PATH_LIMIT = 16 * 1024, PROGRESS_MS = 200 };

struct export
{
    struct read *read;
    bool whole_table;
    struct text path; /* empty: standard output */
    struct token token;
    const char *format; /* NULL: what the name of the file says */
    bool resume;
    bool to_bucket; /* path is bucket/prefix, and the service writes it */
};

static bool parse_inner(struct lexer *lexer, struct export *export, struct error *err)
{
    struct tree inner = {.arena = lexer->arena};
    struct token at;

    lexer_take(lexer);
    at = lexer->token;
    inner.statement = statement_find(lexer);
    if (!inner.statement || (strcmp(inner.statement->name, "SELECT") != 0 &&
                                strcmp(inner.statement->name, "QUERY") != 0 &&
                                strcmp(inner.statement->name, "SCAN") != 0))
        return parse_expected(lexer, "SELECT, QUERY or SCAN", err);
    lexer_take(lexer);
    if (!inner.statement->parse(lexer, &inner, err))
        return false;
    export->read = inner.node;
    if (export->read->limit == READ_LIMIT_NOT_SAID)
        export->read->limit = READ_LIMIT_ALL;
    if (export->read->what == READ_NUMBER)
        return parse_fail(err, &at, "a count is no rows to export");
    return parse_need_sign(lexer, ")", err);
}

static bool parse_table(struct lexer *lexer, struct export *export, struct error *err)
{
    struct read *read = arena_alloc(lexer->arena, 1, sizeof *read);

    if (!read)
        return grammar_memory(lexer, err);
    grammar_skip_table(lexer, "TO");
    read->verb = READ_SCAN;
    read->what = READ_ALL;
    read->limit = READ_LIMIT_ALL;
    read->by_size = true;
    export->read = read;
    export->whole_table = true;
    if (!parse_table_ref(lexer, &read->table, err))
        return false;
    read->index = read->table.index;
    read->index_token = read->table.token;
    return true;
}

static bool parse_format(struct lexer *lexer, void *target, struct error *err)
{
    struct export *export = target;

    return file_format_parse(lexer, &export->format, err);
}

static bool parse_columns(struct lexer *lexer, void *target, struct error *err)
{
    struct export *export = target;

    if (export->read->what == READ_PATHS)
        return parse_fail(err, &lexer->last, "the read says already which attributes");
    if (!parse_need_sign(lexer, "(", err))
        return false;
    export->read->what = READ_PATHS;
    export->read->projection = parse_paths(lexer, err);
    return export->read->projection && parse_need_sign(lexer, ")", err);
}

static bool parse_segments(struct lexer *lexer, void *target, struct error *err)
{
    struct export *export = target;

    return parse_integer(lexer, "SEGMENTS", 1, 1000000, &export->read->segments, err);
}

static bool parse_rate(struct lexer *lexer, void *target, struct error *err)
{
    struct export *export = target;

    return read_parse_rate(lexer, "RCU", &export->read->rate, err);
}

static bool parse_sample(struct lexer *lexer, void *target, struct error *err)
{
    struct export *export = target;

    return read_parse_sample(lexer, &export->read->sample_milli, err);
}

static bool parse_resume(struct lexer *lexer, void *target, struct error *err)
{
    struct export *export = target;

    (void)lexer, (void)err;
    return export->resume = true;
}

static const struct grammar_option export_option_table[] = {
    {"AT", NULL, parse_rate},
    {"COLUMNS", NULL, parse_columns},
    {"FORMAT", NULL, parse_format},
    {"RESUME", NULL, parse_resume},
    {"SAMPLE", NULL, parse_sample},
    {"SEGMENTS", NULL, parse_segments},
    {.first = NULL},
};

static bool parse_target(struct lexer *lexer, struct export *export, struct error *err)
{
    if (!parse_need_word(lexer, "TO", err))
        return false;
    export->token = lexer->token;
    if (parse_at_word(lexer, "S3")) {
        lexer_take(lexer);
        export->to_bucket = true;
        if (!export->whole_table || export->read->index.length > 0)
            return parse_fail(err, &export->token, "the service exports whole tables only");
        return parse_string(lexer, "a bucket and a prefix such as 'bucket/prefix'", &export->path,
                   err) &&
               (parse_at_end(lexer) || parse_expected(lexer, "the end: S3 takes no options", err));
    }
    return parse_file_name(lexer, &export->path, err);
}

static bool parse_export(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct export *export = arena_alloc(lexer->arena, 1, sizeof *export);

    if (!export)
        return grammar_memory(lexer, err);
    tree->node = export;
    if (!(parse_at_sign(lexer, "(") ? parse_inner : parse_table)(lexer, export, err) ||
        !parse_target(lexer, export, err))
        return false;
    if (!grammar_options(lexer, export_option_table, export,
            "FORMAT, COLUMNS, RESUME or another option", err))
        return false;
    return !export->resume || export->path.length > 0 ||
           parse_fail(err, &export->token, "RESUME needs a file");
}

/* What run works on. */
struct export_plan {
    const struct export *export;
    struct read_plan *read;
    const char *path, *format;
    bool gzip;
    struct export_file file;
    struct job *job;
    uint64_t noted; /* monotonic, of the last progress line */
    const struct tree *tree;
    struct job_state state; /* what SHOW JOBS lists; its number is 0 before the first state */
    uint64_t state_noted;   /* file.saved then */
    uint64_t done;          /* rows of the runs before */
};

static const char *expand(struct job *job, struct text path)
{
    const char *whole;
    struct buf buf;

    buf_init(&buf, PATH_LIMIT);
    path_add_expanded(&buf, path);
    whole = buf.failure ? NULL : arena_string(job->arena, buf_view(&buf));
    buf_done(&buf);
    return whole;
}

static bool keeps_state(const struct export_plan *detail)
{
    return detail->path && places_fit(detail->read);
}

/* What is asked of the service, but for the size of a page. */
static void add_question(struct buf *out, const struct json *request)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    for (const struct json *one = request ? request->first : NULL; one; one = one->next) {
        if (text_is(one->name, "Limit"))
            continue;
        json_name_text(&writer, one->name);
        json_tree(&writer, one);
    }
    json_end_object(&writer);
}

/* Which export a state belongs to: table, calls, format, segments. */
static enum error_code identify(struct export_plan *detail, const struct plan *plan,
    struct error *err)
{
    uint8_t hash[CRYPTO_SHA256];
    struct buf text, hex;

    buf_init(&text, 16 << 20);
    buf_init(&hex, 256);
    buf_add_format(&text, "%s %s %llu ", detail->read->table->arn ? detail->read->table->arn : "",
        detail->format, (unsigned long long)detail->read->segments);
    if (plan->call)
        add_question(&text, json_parse(plan->call->request, detail->job->arena, err));
    crypto_sha256(buf_view(&text), hash);
    crypto_add_hex(&hex, hash, sizeof hash);
    detail->file.identity = arena_text(detail->job->arena, buf_view(&hex));
    buf_done(&text);
    buf_done(&hex);
    return detail->file.identity.data ? ERROR_NONE : arena_failed(detail->job->arena, err);
}

static enum error_code plan_file(struct export_plan *detail, struct plan *plan, struct error *err)
{
    const struct export *export = detail->export;
    struct job *job = detail->job;
    const char *place = export->path.length > 0 ? NULL : "standard output";

    if (!place) {
        detail->path = place = expand(job, export->path);
        if (!place)
            return arena_failed(job->arena, err);
        detail->format = file_format_of(export->path, &detail->gzip);
    } else if (job->session->is_interactive) {
        return parse_fail(err, &export->token, "the screen is no file: name one"), err->code;
    }
    if (export->format)
        detail->format = export->format;
    plan_add(plan, PLAN_RETURNS, "rows as %s%s to %s", detail->format,
        detail->gzip ? ", packed by gzip," : "", place);
    if (detail->path && file_exists(detail->path) && !export->resume) {
        plan->risk = RISK_MANY;
        plan->risk_kind = "file";
        plan->risk_name = detail->path;
        plan->question = arena_format(job->arena, "Overwrite the file %s?", detail->path);
        plan_add(plan, PLAN_RISK, "overwrites a file");
    }
    return ERROR_NONE;
}

/* One that goes on has the segments of its state, whatever the size of the table is by now. */
static enum error_code take_segments(struct export *export, struct job *job, struct error *err)
{
    const char *path;

    if (!export->resume || !export->whole_table || export->read->segments > 0)
        return ERROR_NONE;
    path = expand(job, export->path);
    if (!path)
        return arena_failed(job->arena, err);
    export->read->segments = (int64_t)export_file_segments(path, job->arena);
    return ERROR_NONE;
}

static enum error_code plan_export(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct export *export = tree->node;
    struct export_plan *detail = arena_alloc(job->arena, 1, sizeof *detail);

    if (export->to_bucket)
        return export_plan_bucket(job, &export->read->table, export->path, plan, err);
    if (!detail)
        return arena_failed(job->arena, err);
    plan->detail = detail;
    detail->export = export;
    detail->job = job;
    detail->tree = tree;
    detail->state.lock = -1;
    detail->format = "ddbjson";
    if (take_segments(export, job, err))
        return err->code;
    detail->read = planner_read(job, export->read, plan, err);
    if (!detail->read)
        return err->code;
    plan->link = detail->read->link;
    plan->stale_table = NULL; /* a file that is half written is not begun anew */
    return plan_file(detail, plan, err);
}

static void note_progress(struct export_plan *detail, const struct rows_status *status)
{
    uint64_t now = clock_monotonic(), seconds_left = 0, done = status->count;
    uint64_t total = detail->read->table->items;
    uint64_t ms = status->elapsed / CLOCK_MS + 1;
    struct buf line;

    if (now - detail->noted < PROGRESS_MS * CLOCK_MS)
        return;
    detail->noted = now;
    buf_init(&line, 1024);
    buf_add_format(&line, "export %s  ", detail->read->table->name);
    planner_add_thousands(&line, done);
    buf_add_string(&line, " items  ");
    planner_add_size(&line, detail->file.bytes);
    buf_add_string(&line, "  ");
    planner_add_thousands(&line, done * 1000 / ms);
    buf_add_string(&line, "/s  ");
    planner_add_thousands(&line, status->capacity_milli / ms);
    buf_add_string(&line, " RCU/s");
    if (detail->export->whole_table && total > done && done > 0) {
        seconds_left = (total - done) * ms / done / 1000;
        buf_add_format(&line, "  eta %02" PRIu64 ":%02" PRIu64, seconds_left / 60,
            seconds_left % 60);
    }
    job_note(detail->job, REPORT_PROGRESS, "%s", buf_string(&line));
    buf_done(&line);
}

/* SHOW JOBS lists an export that has a state. */
static void note_job(struct export_plan *detail, const struct job_state_counts *counts)
{
    const char *path = arena_format(detail->job->arena, "%s.state", detail->path);

    detail->state_noted = detail->file.saved;
    if (path)
        job_state_note_file(detail->job, detail->tree, detail->read->table, path, counts,
            &detail->state);
}

static enum error_code take_page(void *user, const struct rows_status *status, struct error *err)
{
    struct export_plan *detail = user;

    note_progress(detail, status);
    if (export_file_page(&detail->file, err))
        return err->code;
    if (detail->file.saved != detail->state_noted)
        note_job(detail, &(struct job_state_counts){.done = detail->done + status->count});
    return ERROR_NONE;
}

static enum error_code prepare_file(struct export_plan *detail, const struct plan *plan,
    struct error *err)
{
    struct export_file *file = &detail->file;
    struct arena *arena = detail->job->arena;

    file->path = detail->path;
    file->gzip = detail->gzip;
    file->descriptor = -1;
    file->cancel = &detail->job->cancel;
    if (!keeps_state(detail)) {
        if (!detail->export->resume)
            return ERROR_NONE;
        error_set(err, ERROR_USAGE, "this export keeps no state to go on from");
        return error_hint(err, "LIMIT, ORDER LOCAL BY, FETCH and several partitions begin anew");
    }
    file->segment_count = places_count(detail->read);
    file->places.place = arena_alloc(arena, file->segment_count, sizeof *file->places.place);
    file->places.page = take_page;
    file->places.user = detail;
    if (!file->places.place)
        return arena_failed(arena, err);
    detail->read->places = &file->places;
    return identify(detail, plan, err);
}

static enum error_code copy_rows(struct export_plan *detail, struct plan *plan, struct error *err)
{
    struct job *job = detail->job;
    struct sink *sink = job->sink;
    enum error_code code;

    job->sink = detail->file.sink;
    code = read_run(job, detail->read, plan, err);
    job->sink = sink;
    if (!code)
        code = export_file_finish(&detail->file, err);
    if (!code) {
        job_state_drop(&detail->state);
        return ERROR_NONE;
    }
    export_file_abandon(&detail->file);
    if (detail->file.segment_count == 0)
        return code;
    if (detail->state.record.number == 0)
        note_job(detail, &(struct job_state_counts){.done = detail->done});
    job_state_hint(&detail->state, err);
    if (!err->hint[0])
        error_hint(err, "the same statement with RESUME goes on from here");
    return code;
}

static enum error_code run_export(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct export *export = tree->node;
    struct export_plan *detail = plan->detail;
    struct output_options options = {.columns = "",
        .null_text = "",
        .headers = true,
        .typed = true};
    enum error_code code;

    if (export->to_bucket)
        return export_run_bucket(job, plan, err);
    options.format = detail->format;
    code = prepare_file(detail, plan, err);
    if (code)
        return code;
    code = export_file_open(&detail->file, &options, detail->export->resume, job->arena, err);
    detail->state_noted = detail->file.saved;
    if (!code && detail->export->resume) {
        note_job(detail, NULL);
        detail->done = detail->state.record.counts.done;
    }
    if (!code)
        code = copy_rows(detail, plan, err);
    export_file_close(&detail->file);
    job_state_leave(&detail->state);
    return code;
}

#define EXAMPLES (const char *const[])

const struct statement export_statement_table[] = {
    {
        .name = "EXPORT",
        .syntax = "[TABLE] table | (SELECT ...) TO 'file' | - | S3 'bucket/prefix' [FORMAT "
                  "csv|ddbjson|json|jsonl|tsv] "
                  "[COLUMNS (path, ...)] [SAMPLE p%] [SEGMENTS n] [AT rate] [RESUME]",
        .summary = "Write the items of a table or of a read to a file or a bucket",
        .family = "Moving data",
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"EXPORT TABLE orders TO 'orders.ddbjson.gz'",
            "EXPORT (SELECT * FROM orders WHERE cust = 'c1') TO 'c1.csv'",
            "EXPORT orders TO 'orders.jsonl' AT 200 RCU RESUME",
            "EXPORT TABLE orders TO S3 'backups/orders'", NULL},
        .parse = parse_export,
        .plan = plan_export,
        .run = run_export,
    },
    {.name = NULL},
};
