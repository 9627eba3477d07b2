#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "console/job.h"
#include "console/language/backslash.h"
#include "console/language/grammar.h"
#include "console/prompt_history.h"
#include "console/redirect.h"

/* \g and \watch run the last read again, \o sends rows elsewhere, \e edits a statement. */

struct repeat {
    const struct tree *again; /* the last read, parsed anew */
    struct text target;       /* file or |command; empty: as usual */
};

static struct repeat *new_repeat(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct repeat *repeat = arena_alloc(lexer->arena, 1, sizeof(*repeat));

    if (!repeat)
        arena_failed(lexer->arena, err);
    tree->node = repeat;
    return repeat;
}

/* A file may stand in quotes; a command is the rest of the line as it is. */
static bool parse_target(struct lexer *lexer, struct repeat *repeat, struct error *err)
{
    if (redirect_is_command(text_trim(lexer->input)))
        return backslash_line(lexer, NULL, &repeat->target, err);
    return backslash_rest(lexer, NULL, &repeat->target, err);
}

/* Parsed again, so that now() is the time of the repetition. */
static bool parse_last(struct lexer *lexer, struct tree *tree, struct repeat *repeat,
    struct error *err)
{
    struct text source = arena_text(lexer->arena, lexer->context->last_read);
    struct lexer inner;
    bool empty = true;

    if (!source.data)
        return grammar_memory(lexer, err);
    if (source.length > 0) {
        lexer_init(&inner, source, lexer->arena);
        inner.context = lexer->context;
        repeat->again = statement_parse(&inner, tree->input_name, &empty, err);
    }
    if (repeat->again)
        return true;
    if (source.length == 0)
        error_set(err, ERROR_USAGE, "there is no read that %s could repeat", tree->statement->name);
    err->line = 0; /* a place in the other statement */
    return false;
}

static bool parse_go(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct repeat *repeat = new_repeat(lexer, tree, err);

    return repeat && parse_target(lexer, repeat, err) && parse_last(lexer, tree, repeat, err);
}

static bool parse_output(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct repeat *repeat = new_repeat(lexer, tree, err);

    return repeat && parse_target(lexer, repeat, err);
}

/* 5 is 5s. */
static bool parse_watch(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct repeat *repeat = new_repeat(lexer, tree, err);
    int64_t seconds;

    if (!repeat)
        return false;
    tree->watch = true;
    tree->watch_every = 2 * CLOCK_SECOND;
    if (lexer->token.kind == TOKEN_NUMBER) {
        if (!parse_integer(lexer, "seconds", 1, 86400, &seconds, err))
            return false;
        tree->watch_every = (uint64_t)seconds * CLOCK_SECOND;
    } else if (!parse_at_end(lexer) &&
               !parse_duration(lexer, "seconds, or a duration such as 500ms", &tree->watch_every,
                   err)) {
        return false;
    }
    return parse_last(lexer, tree, repeat, err);
}

/* language.md 8.1: a shell only where a person types, or was meant. */
static enum error_code check_shell(const struct job *job, struct text target, struct error *err)
{
    if (!redirect_is_command(target) || strcmp(job->who, "prompt") == 0 ||
        job->settings.allow_shell)
        return ERROR_NONE;
    error_set(err, ERROR_REFUSED, "a script runs no shell command: %.*s",
        (int)(target.length < 200 ? target.length : 200), target.data);
    return error_hint(err, "--allow-shell lets it");
}

/* What is there is lost: asked as for an EXPORT over a file (7.1). */
static enum error_code plan_target(struct job *job, struct text target, struct plan *plan,
    struct error *err)
{
    char *path = arena_string(job->arena, target);
    struct stat about;

    if (!path)
        return arena_failed(job->arena, err);
    if (check_shell(job, target, err))
        return err->code;
    if (target.length == 0 || redirect_is_command(target) || stat(path, &about) != 0 ||
        !S_ISREG(about.st_mode) || about.st_size == 0)
        return ERROR_NONE;
    plan->risk = RISK_MANY;
    plan->risk_kind = "file";
    plan->risk_name = path;
    plan->question = arena_format(job->arena, "Replace the file %s?", path);
    plan_add(plan, PLAN_RISK, "overwrites %s", path);
    return plan->question ? ERROR_NONE : arena_failed(job->arena, err);
}

static enum error_code plan_repeat(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct repeat *repeat = tree->node;
    const struct statement *statement = repeat->again->statement;

    if (statement->plan && statement->plan(job, repeat->again, plan, err))
        return err->code;
    return plan_target(job, repeat->target, plan, err);
}

/* What redirect_run_to hands on. */
struct running {
    const struct tree *tree;
    struct plan *plan;
};

static enum error_code run_again(struct job *job, const void *user, struct error *err)
{
    const struct running *running = user;

    return running->tree->statement->run(job, running->tree, running->plan, err);
}

static enum error_code run_repeat(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct repeat *repeat = tree->node;
    struct running running = {repeat->again, plan};

    if (repeat->target.length == 0)
        return run_again(job, &running, err);
    return redirect_run_to(repeat->target, job, tree, run_again, &running, err);
}

static enum error_code plan_output(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct repeat *repeat = tree->node;

    plan_add(plan, PLAN_PLAN, "makes no call");
    return plan_target(job, repeat->target, plan, err);
}

static enum error_code run_output(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct repeat *repeat = tree->node;
    struct redirect *redirect = NULL;

    (void)plan;
    if (repeat->target.length > 0) {
        redirect = redirect_open(repeat->target, job->session->screen != NULL, err);
        if (!redirect)
            return err->code;
    }
    return redirect_set_session(job, redirect, err);
}

static bool parse_edit(struct lexer *lexer, struct tree *tree, struct error *err)
{
    int64_t *number = arena_alloc(lexer->arena, 1, sizeof(*number));

    if (!number)
        return grammar_memory(lexer, err);
    tree->node = number;
    return parse_at_end(lexer) ||
           parse_integer(lexer, "the number of an entry of the history", 1, INT64_MAX, number, err);
}

struct wanted {
    uint64_t number;
    struct arena *arena;
    struct text text;
    bool is_found;
};

static bool compare_entry(void *user, const struct prompt_history_entry *entry)
{
    struct wanted *wanted = user;

    wanted->is_found = entry->number == wanted->number;
    if (wanted->is_found)
        wanted->text = arena_text(wanted->arena, entry->text);
    return !wanted->is_found;
}

/* As \s numbers them. */
static enum error_code find_line(struct job *job, uint64_t number, struct text *out,
    struct error *err)
{
    struct wanted wanted = {.number = number, .arena = job->arena};

    if (prompt_history_read(compare_entry, &wanted, err))
        return err->code;
    if (!wanted.is_found) {
        error_set(err, ERROR_USAGE, "the history has no entry %llu", (unsigned long long)number);
        return error_hint(err, "\\s lists it");
    }
    *out = wanted.text;
    return out->data ? ERROR_NONE : arena_failed(job->arena, err);
}

static enum error_code run_edit(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct session_prompt *prompt = &job->session->prompt;
    const int64_t *number = tree->node;
    struct text text;

    (void)plan;
    if (!prompt->edit)
        return error_set(err, ERROR_USAGE, "\\e needs a prompt");
    if (*number > 0 && find_line(job, (uint64_t)*number, &text, err))
        return err->code;
    if (*number == 0)
        text = session_last_statement(job->session, job->arena);
    if (!text.data)
        return arena_failed(job->arena, err);
    return prompt->edit(prompt->user, text, err);
}

#define FAMILY "Session"
#define EXAMPLES (const char *const[])

const struct statement repeat_statement_table[] = {
    {
        .name = "\\e",
        .syntax = "[number]",
        .summary = "Edit the last statement, or an entry of the history, in $VISUAL or $EDITOR; "
                   "it comes back to the prompt",
        .family = FAMILY,
        .flags = STATEMENT_LOCAL | STATEMENT_INLINE,
        .example = EXAMPLES{"\\e", "\\e 12", NULL},
        .parse = parse_edit,
        .run = run_edit,
    },
    {
        .name = "\\g",
        .syntax = "[file | |command]",
        .summary = "Run the last read again, its rows into a file or a shell command",
        .family = FAMILY,
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"\\g", "\\g orders.jsonl", "\\g |sort | uniq -c", NULL},
        .parse = parse_go,
        .plan = plan_repeat,
        .run = run_repeat,
    },
    {
        .name = "\\o",
        .syntax = "[file | |command]",
        .summary = "Send the rows of the statements that follow to a file or a shell command, or "
                   "back",
        .family = FAMILY,
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"\\o report.csv", "\\o |gzip > report.gz", "\\o", NULL},
        .parse = parse_output,
        .plan = plan_output,
        .run = run_output,
    },
    {
        .name = "\\watch",
        .syntax = "[seconds]",
        .summary = "Run the last read again and again, every 2 seconds unless it says otherwise",
        .family = FAMILY,
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"\\watch", "\\watch 10", "\\watch 500ms", NULL},
        .parse = parse_watch,
        .plan = plan_repeat,
        .run = run_repeat,
    },
    {0},
};
