#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "console/job_state.h"
#include "console/language/grammar.h"
#include "console/listing.h"
#include "console/statements/read.h"

/* SHOW JOBS, CANCEL JOB, RESUME JOB, SET JOB: what runs here, and what stopped and can go on. */

struct job_node {
    uint64_t number;
    struct rate_said reads, writes;
    const struct tree *inner; /* of RESUME JOB: the statement that goes on; set by the plan */
};

static bool parse_nothing(struct lexer *lexer, struct tree *tree, struct error *err)
{
    (void)lexer, (void)tree, (void)err;
    return true;
}

static bool parse_job(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct job_node *node = arena_alloc(lexer->arena, 1, sizeof *node);
    int64_t number;

    if (!node)
        return grammar_memory(lexer, err);
    tree->node = node;
    if (!parse_integer(lexer, "the number of a job", 1, INT64_MAX, &number, err))
        return false;
    node->number = (uint64_t)number;
    return true;
}

static bool parse_rates(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct job_node *node;
    struct token at;

    if (!parse_job(lexer, tree, err) || !parse_need_word(lexer, "AT", err))
        return false;
    node = tree->node;
    at = lexer->token;
    if (!read_parse_rates(lexer, &node->reads, &node->writes, err))
        return false;
    return (node->reads.percent_milli == 0 && node->writes.percent_milli == 0) ||
           parse_fail(err, &at, "say the rate of a running job in RCU and WCU");
}

enum {
    JOB_NUMBER,
    JOB_STATE,
    JOB_STATEMENT,
    JOB_CONNECTION,
    JOB_DONE,
    JOB_TOTAL,
    JOB_REJECTED,
    JOB_SAVED,
    JOB_PROGRESS,
    JOB_COLUMNS
};
static const char *const job_column_table[] = {"job", "state", "statement", "connection", "done",
    "total", "rejected", "saved", "progress"};

static enum error_code list_running(struct listing *listing, const struct jobs_view *view,
    struct error *err)
{
    listing_integer(listing, JOB_NUMBER, (int64_t)view->number);
    listing_string(listing, JOB_STATE, "running");
    listing_text(listing, JOB_STATEMENT, view->statement);
    listing_text(listing, JOB_CONNECTION, view->connection);
    listing_text(listing, JOB_PROGRESS, view->progress);
    return listing_row(listing, err);
}

static enum error_code list_stopped(struct listing *listing, const struct job_state_record *record,
    struct error *err)
{
    enum error_code code;
    struct buf time;

    buf_init(&time, 64);
    clock_add_iso(&time, record->saved, false);
    listing_integer(listing, JOB_NUMBER, (int64_t)record->number);
    listing_string(listing, JOB_STATE,
        job_state_is_running(record->number) ? "elsewhere" : "stopped");
    listing_text(listing, JOB_STATEMENT, record->statement);
    listing_text(listing, JOB_CONNECTION, record->connection);
    listing_integer(listing, JOB_DONE, (int64_t)record->counts.done);
    if (record->counts.total > 0)
        listing_integer(listing, JOB_TOTAL, (int64_t)record->counts.total);
    listing_integer(listing, JOB_REJECTED, (int64_t)record->counts.rejected);
    listing_text(listing, JOB_SAVED, buf_view(&time));
    code = listing_row(listing, err);
    buf_done(&time);
    return code;
}

static bool is_running_here(const struct jobs_view *view, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++)
        if (view[i].number == number)
            return true;
    return false;
}

/* The file beside which its state lay is gone: there is nothing to go on with. */
static bool is_stale(const struct job_state_record *record, struct arena *arena)
{
    const char *file = record->file.length > 0 ? arena_string(arena, record->file) : NULL;

    return file && !file_exists(file);
}

static enum error_code run_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct job_state_record *record;
    struct jobs_view *view = NULL;
    struct listing listing;
    size_t stopped = 0, running = 0;
    uint64_t last;
    enum error_code code = job_state_list(job->arena, &record, &stopped, &last, err);

    (void)tree, (void)plan;
    if (!code)
        code = jobs_list(&job->session->jobs, job, last + 1, job->arena, &view, &running, err);
    if (!code)
        code = listing_begin(&listing, job, "jobs", job_column_table, JOB_COLUMNS, err);
    for (size_t i = 0; !code && i < running; i++)
        code = list_running(&listing, &view[i], err);
    for (size_t i = 0; !code && i < stopped; i++)
        if (!is_running_here(view, running, record[i].number) && !is_stale(&record[i], job->arena))
            code = list_stopped(&listing, &record[i], err);
    return code ? code : listing_end(&listing, err);
}

static enum error_code fail_unknown(uint64_t number, struct error *err)
{
    error_set(err, ERROR_NOT_FOUND, "there is no job %llu", (unsigned long long)number);
    return error_hint(err, "SHOW JOBS lists them");
}

/* A running one is asked to stop; a stopped one is given up. */
static enum error_code run_cancel(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct job_node *node = tree->node;
    struct job_state_record record;

    (void)plan;
    if (jobs_cancel(&job->session->jobs, node->number))
        return ERROR_NONE;
    if (job_state_read(node->number, job->arena, &record, err))
        return err->code == ERROR_NOT_FOUND ? fail_unknown(node->number, err) : err->code;
    if (job_state_is_running(node->number))
        return error_set(err, ERROR_CONDITION, "job %llu is run by another gatehouse",
            (unsigned long long)node->number);
    if (job_state_forget(node->number, err))
        return err->code;
    job_note(job, REPORT_NOTE, "job %llu is given up", (unsigned long long)node->number);
    return ERROR_NONE;
}

static enum error_code run_rates(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct job_node *node = tree->node;
    struct job_state_record record;

    (void)plan;
    if (jobs_set_rates(&job->session->jobs, node->number, node->reads.milli, node->writes.milli))
        return ERROR_NONE;
    if (job_state_read(node->number, job->arena, &record, err))
        return err->code == ERROR_NOT_FOUND ? fail_unknown(node->number, err) : err->code;
    error_set(err, ERROR_CONDITION, "job %llu does not run here", (unsigned long long)node->number);
    return error_hint(err, "the same statement with another AT and RESUME goes on at that rate");
}

/* The connection of the job: the current one when it has that name, else it is opened. */
static enum error_code choose_link(struct job *job, const struct job_state_record *record,
    struct error *err)
{
    struct link *link = job_link(job, TEXT(""), err);

    if (!link)
        return err->code;
    if (record->connection.length == 0 || text_is(record->connection, link->name))
        return ERROR_NONE;
    link = job_link(job, record->connection, err);
    if (!link)
        return err->code;
    job->link = link;
    return ERROR_NONE;
}

/* Names of files in the statement are as seen from there. */
static enum error_code check_folder(const struct job_state_record *record, struct arena *arena,
    struct error *err)
{
    char folder[4096];

    if (record->file.length == 0)
        return ERROR_NONE;
    if (is_stale(record, arena))
        return error_set(err, ERROR_NOT_FOUND, "%.*s is gone: job %llu cannot go on",
            (int)record->file.length, record->file.data, (unsigned long long)record->number);
    if (getcwd(folder, sizeof folder) && text_is(record->folder, folder))
        return ERROR_NONE;
    return error_set(err, ERROR_USAGE, "job %llu belongs to the folder %.*s: go on with it there",
        (unsigned long long)record->number, (int)record->folder.length, record->folder.data);
}

static enum error_code plan_resume(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct job_node *node = tree->node;
    struct job_state_record record;

    if (job_state_read(node->number, job->arena, &record, err)) {
        if (err->code == ERROR_NOT_FOUND)
            error_hint(err, "SHOW JOBS lists them");
        return err->code;
    }
    if (job_state_is_running(node->number))
        return error_set(err, ERROR_CONDITION, "job %llu is running",
            (unsigned long long)node->number);
    if (check_folder(&record, job->arena, err) || choose_link(job, &record, err))
        return err->code;
    node->inner = job_state_parse(job, &record, NULL, err);
    if (!node->inner)
        return err->code;
    return node->inner->statement->plan(job, node->inner, plan, err);
}

static enum error_code run_resume(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct job_node *node = tree->node;

    return node->inner->statement->run(job, node->inner, plan, err);
}

#define EXAMPLES (const char *const[])
#define FAMILY "Jobs"

const struct statement job_statement_table[] = {
    {
        .name = "CANCEL JOB",
        .syntax = "n",
        .summary = "Stop a running job, or give up one that is stopped",
        .family = FAMILY,
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"CANCEL JOB 3", NULL},
        .parse = parse_job,
        .run = run_cancel,
    },
    {
        .name = "RESUME JOB",
        .syntax = "n",
        .summary = "Go on with a job that stopped: COPY, EXPORT, IMPORT, MANY or TRUNCATE",
        .family = FAMILY,
        .flags = STATEMENT_WRITE,
        .example = EXAMPLES{"RESUME JOB 3", NULL},
        .parse = parse_job,
        .plan = plan_resume,
        .run = run_resume,
    },
    {
        .name = "SET JOB",
        .syntax = "n AT rate, ...",
        .summary = "Change the rate of a running job",
        .family = FAMILY,
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"SET JOB 3 AT 200 RCU, 50 WCU", NULL},
        .parse = parse_rates,
        .run = run_rates,
    },
    {
        .name = "SHOW JOBS",
        .syntax = "",
        .summary = "List what is running, and what stopped and can be gone on with",
        .family = FAMILY,
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"SHOW JOBS", NULL},
        .parse = parse_nothing,
        .run = run_show,
    },
    {.name = NULL},
};
