#include "console/job.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "console/analyze.h"
#include "console/explain.h"
#include "console/redirect.h"
#include "console/safety.h"
#include "console/transaction.h"
#include "console/undo.h"

enum { NAP_MS = 20, REPEAT_LIMIT = 256 << 20 };

void job_take_session(struct job *job, struct session *session)
{
    job->session = session;
    job->settings = session->settings;
    job->link = session->link;
}

struct link *job_link(struct job *job, struct text name, struct error *err)
{
    if (name.length > 0)
        return session_link(job->session, name, err);
    if (!job->link)
        job->link = session_link(job->session, name, err);
    return job->link;
}

enum error_code job_check(struct job *job, struct error *err)
{
    long limit = job->settings.timeout_ms;

    if (atomic_load(&job->cancel))
        return error_set(err, ERROR_CANCELLED, "interrupted");
    if (limit > 0 && clock_monotonic() - job->started > (uint64_t)limit * CLOCK_MS)
        return error_set(err, ERROR_NETWORK, "not done within %ld ms (--timeout)", limit);
    return ERROR_NONE;
}

/* In naps: the cancel flag is set by signal handlers and other threads without a wake-up. */
enum error_code job_wait(struct job *job, uint64_t nanoseconds, struct error *err)
{
    uint64_t start = clock_monotonic();
    enum error_code code = job_check(job, err);

    while (!code && clock_monotonic() - start < nanoseconds) {
        uint64_t left = nanoseconds - (clock_monotonic() - start);
        uint64_t nap = left < NAP_MS * CLOCK_MS ? left : NAP_MS * CLOCK_MS;
        struct timespec time = {.tv_nsec = (long)nap};

        nanosleep(&time, NULL);
        if (clock_is_fixed())
            break; /* a clock that stands would never let it end */
        code = job_check(job, err);
    }
    return code;
}

static void note_retry(void *user, unsigned attempt, const char *why)
{
    struct job *job = user;

    job_note(job, REPORT_PROGRESS, "attempt %u: %s", attempt, why);
}

/* What --mfa-code says serves once; then it is up to a person. */
static bool ask_code(void *user, const char *question, char *out, size_t size, struct error *err)
{
    struct job *job = user;

    if (session_take_code(job->session, out, size))
        return true;
    if (job->ask_code)
        return job->ask_code(job, question, out, size, err);
    error_set(err, ERROR_ACCESS, "%s: --mfa-code has served already", question);
    error_hint(err, "a code is good for one session of one role");
    return false;
}

struct call_context job_context(struct job *job)
{
    long limit = job->settings.timeout_ms;
    bool can_ask = job->ask_code || job->session->start.mfa_code;

    return (struct call_context){
        .cancel = &job->cancel,
        .statement = job->number,
        .who = job->who,
        .deadline = limit > 0 ? job->started + (uint64_t)limit * CLOCK_MS : 0,
        .allow_write = job->allow_write,
        .on_retry = note_retry,
        .ask_code = can_ask ? ask_code : NULL,
        .user = job,
        .capacity = job->capacity,
    };
}

void job_note(struct job *job, enum job_report kind, const char *format, ...)
{
    char text[2048];
    va_list list;

    if (!job->report)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (kind == REPORT_PROGRESS)
        jobs_note(&job->session->jobs, job, text);
    job->report(job, kind, text);
}

static enum error_code refuse(const struct plan *plan, struct error *err)
{
    error_set(err, plan->refusal, "%s", plan->refused ? plan->refused : "out of memory");
    if (plan->refused_hint)
        error_hint(err, "%s", plan->refused_hint);
    return plan->refusal;
}

/* Whether EXPLAIN shows this failure of the plan as what the run would answer. */
static bool is_refusal(enum error_code code)
{
    return code == ERROR_USAGE || code == ERROR_NOT_FOUND || code == ERROR_REFUSED ||
           code == ERROR_INVALID;
}

/* What could not be known when the statement was parsed: its table has been described now. */
static void warn(struct job *job, const struct tree *tree, struct link *link)
{
    bool is_elsewhere = tree->is_saved || tree->body.length == 0; /* places are of another text */

    for (size_t i = 0; i < tree->warning_count; i++) {
        const struct language_warning *one = &tree->warning[i];

        if (one->name.length == 0 ||
            !language_warning_holds(link_knows_attribute, link, one->name, one->except))
            continue;
        job->about_line = is_elsewhere ? tree->line : one->line;
        job->about_column = is_elsewhere ? tree->column : one->column;
        job_note(job, REPORT_WARNING, "%s", one->text);
        job->about_line = job->about_column = 0;
    }
}

static bool has_plan(const struct plan *plan)
{
    for (const struct plan_line *line = plan->line; line; line = line->next) {
        if (line->label == PLAN_PLAN)
            return true;
    }
    return false;
}

static enum error_code explain(struct job *job, const struct tree *tree, struct error *err)
{
    struct error said = {.code = ERROR_NONE};
    struct plan plan;
    enum error_code code = ERROR_NONE;

    plan_init(&plan, job->arena);
    plan.is_shown = true;
    if (tree->statement->plan)
        code = tree->statement->plan(job, tree, &plan, err);
    else
        plan_add(&plan, PLAN_PLAN, "%s makes no call", tree->statement->name);
    warn(job, tree, plan.link);
    if (is_refusal(code)) {
        char place[32] = "";

        if (err->line > 0)
            snprintf(place, sizeof place, "%d:%d: ", err->line, err->column);
        said = *err; /* its place is shown by the message itself */
        plan_refuse(&plan, code, err->hint, "%s%s", place, err->text);
        if (!has_plan(&plan))
            plan_add(&plan, PLAN_PLAN, "none");
        code = ERROR_NONE;
    }
    if (!code)
        code = explain_print(job, tree, &plan, err);
    if (code || !plan.refusal || !job->settings.dry_run)
        return code;
    /* --dry-run answers with the exit code of the refusal. */
    if (!said.code)
        return refuse(&plan, err);
    *err = said;
    return said.code;
}

/* Between BEGIN and COMMIT statements about one item are collected, not run. */
static bool is_action(const struct job *job, const struct tree *tree)
{
    return (tree->statement->flags & STATEMENT_ACTION) &&
           transaction_is_open(job->session->transaction);
}

static enum error_code add_action(struct job *job, const struct tree *tree, const struct plan *plan,
    struct error *err)
{
    struct transaction *transaction = job->session->transaction;
    enum error_code code = transaction_add(transaction, plan, tree->source, err);

    if (!code)
        job_note(job, REPORT_NOTE, "action %zu of the transaction", transaction_count(transaction));
    return code;
}

/* What makes calls of its own has no place in a transaction. */
static enum error_code check_transaction(const struct job *job, const struct tree *tree,
    struct error *err)
{
    const unsigned calls = STATEMENT_READ | STATEMENT_WRITE;
    unsigned flags = tree->statement->flags;

    if (!(flags & calls) || (flags & STATEMENT_ENDS) || tree->explain ||
        ((flags & STATEMENT_ACTION) && !tree->watch && !tree->analyze) ||
        !transaction_is_open(job->session->transaction))
        return ERROR_NONE;
    error_set(err, ERROR_USAGE, "%s%s cannot be part of a transaction",
        tree->watch     ? "WATCH "
        : tree->analyze ? "ANALYZE "
                        : "",
        tree->statement->name);
    return error_hint(err, "COMMIT sends the open one, ROLLBACK drops it");
}

static enum error_code plan_and_run(struct job *job, const struct tree *tree, const char **stale,
    struct link **link, struct error *err)
{
    struct plan plan;
    enum error_code code = ERROR_NONE;

    plan_init(&plan, job->arena);
    if (tree->statement->plan)
        code = tree->statement->plan(job, tree, &plan, err);
    warn(job, tree, plan.link);
    if (!code && plan.refusal)
        code = refuse(&plan, err);
    if (!code && is_action(job, tree)) {
        code = add_action(job, tree, &plan, err);
        goto out;
    }
    if (!code && job->settings.stage && plan.is_single && tree->statement->stage) {
        code = tree->statement->stage(job, tree, &plan, err);
        goto out;
    }
    if (!code)
        code = safety_confirm(job, tree, &plan, err);
    if (!code) {
        if (tree->statement->flags & STATEMENT_WRITE)
            undo_begin(job, tree->source);
        code = tree->statement->run(job, tree, &plan, err);
        undo_end(job);
    }
out:
    *stale = code == ERROR_INVALID || code == ERROR_NOT_FOUND ? plan.stale_table : NULL;
    *link = plan.link;
    return code;
}

static enum error_code run_once(struct job *job, const struct tree *tree, struct error *err)
{
    struct error first;
    const char *stale;
    struct link *link;
    enum error_code code = plan_and_run(job, tree, &stale, &link, err);

    if (!stale || !link)
        return code;
    /* The service contradicts what the catalogue knew: look again, once. */
    first = *err;
    catalog_forget_table(link->catalog, text_of(stale));
    code = plan_and_run(job, tree, &stale, &link, err);
    if (code == ERROR_NOT_FOUND && first.code == ERROR_INVALID)
        *err = first;
    return code ? err->code : ERROR_NONE;
}

/* Parsed anew each time, so that now() is the time of the round. */
static enum error_code run_round(struct job *job, const struct tree *tree, struct error *err)
{
    struct language_context context = *tree->language;
    struct lexer lexer;
    struct tree *again;
    bool empty;
    enum error_code code;

    lexer_init(&lexer, tree->source, job->arena);
    lexer.context = &context;
    again = statement_parse(&lexer, tree->input_name, &empty, err);
    code = again ? run_once(job, again, err) : err->code;
    if (code && err->line > 0) { /* a place in the statement becomes one in the input */
        err->column += err->line == 1 ? tree->column - 1 : 0;
        err->line += tree->line - 1;
    }
    return code;
}

/* What another round may not meet again. A first round that fails is no watch. */
static bool may_pass(enum error_code code, uint64_t times)
{
    return code == ERROR_MISSING ||
           (times > 0 &&
               (code == ERROR_NETWORK || code == ERROR_THROTTLED || code == ERROR_ACCESS ||
                   code == ERROR_NOT_FOUND || code == ERROR_INVALID || code == ERROR_PARTIAL));
}

/* Each time has memory of its own: WATCH may go on for days. The status is that of the last one. */
static enum error_code repeat(struct job *job, const struct tree *tree, struct error *err)
{
    struct arena *whole = job->arena, *each = arena_new(REPEAT_LIMIT, err);
    enum error_code code = each ? ERROR_NONE : err->code;

    for (uint64_t times = 0; !code; times++) {
        if (times > 0 && job_wait(job, tree->watch_every, err)) {
            code = err->code;
            break;
        }
        arena_reset(each);
        job->arena = each;
        code = run_round(job, tree, err);
        job->arena = whole;
        if (tree->watch_times > 0 && times + 1 == tree->watch_times)
            break;
        if (code && may_pass(code, times)) {
            job_note(job, REPORT_WARNING, "%s", err->text);
            code = ERROR_NONE;
        }
    }
    arena_free(each);
    return code;
}

/* What the statements behind it are parsed and planned with: --dry-run must obey it too. */
static bool steers(const struct tree *tree)
{
    return (tree->statement->flags & STATEMENT_INLINE) &&
           (tree->statement->flags & STATEMENT_LOCAL) &&
           !(tree->statement->flags & STATEMENT_SCREEN);
}

static enum error_code run_as_said(struct job *job, const void *user, struct error *err)
{
    const struct tree *tree = user;

    if (tree->explain || (job->settings.dry_run && !steers(tree)))
        return explain(job, tree, err);
    if (tree->analyze)
        return analyze_run(job, tree, run_once, err);
    return tree->watch ? repeat(job, tree, err) : run_once(job, tree, err);
}

enum error_code job_run(struct job *job, const struct tree *tree, struct error *err)
{
    enum error_code code = job_check(job, err);

    if (!code && !job->settings.dry_run)
        code = check_transaction(job, tree, err);
    if (code)
        return code;
    jobs_enter(&job->session->jobs, job, tree);
    code = redirect_run_session(job, tree, run_as_said, tree, err);
    jobs_leave(&job->session->jobs, job);
    /* A script goes on without the transaction that it could not commit. */
    if (code && (tree->statement->flags & STATEMENT_ENDS) && !tree->explain &&
        !job->session->is_interactive)
        transaction_end(job->session->transaction);
    if (code && (err->line == 0 || tree->is_saved)) {
        err->line = tree->line;
        err->column = tree->column;
    }
    return code;
}
