#include "console/saved.h"

#include "base/map.h"
#include "client/mask.h"
#include "console/job.h"
#include "console/language/grammar.h"
#include "console/language/parser.h"
#include "console/listing.h"
#include "console/statement.h"

/* SAVE QUERY, RUN, SHOW SAVED. A statement that RUN reads takes the place of RUN itself. */

static bool parse_saved_name(struct lexer *lexer, struct text *name, struct error *err)
{
    struct token at = lexer->token;

    if (!parse_name(lexer, "the name of a saved statement", name, err))
        return false;
    if (!saved_check_name(*name, err))
        return true;
    err->line = at.line;
    err->column = at.column;
    return false;
}

static bool parse_save(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct text *name = arena_alloc(lexer->arena, 1, sizeof *name);

    if (!name) {
        arena_failed(lexer->arena, err);
        return false;
    }
    tree->node = name;
    return parse_saved_name(lexer, name, err);
}

static enum error_code plan_save(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct text *name = tree->node;

    plan_add(plan, PLAN_PLAN, "a file of the folder saved; no call");
    if (!saved_exists(*name))
        return ERROR_NONE;
    plan->risk = RISK_MANY;
    plan->risk_kind = "query";
    plan->risk_name = arena_string(job->arena, *name);
    plan->question = arena_format(job->arena, "Replace the saved statement %.*s?",
        (int)name->length, name->data);
    plan_add(plan, PLAN_RISK, "overwrites a file");
    return plan->risk_name && plan->question ? ERROR_NONE : arena_failed(job->arena, err);
}

static enum error_code run_save(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct text *name = tree->node;
    struct text last = session_last_statement(job->session, job->arena);
    enum error_code code;

    (void)plan;
    if (!last.data)
        return arena_failed(job->arena, err);
    if (last.length == 0) {
        error_set(err, ERROR_USAGE, "there is no statement to save yet");
        return error_hint(err, "run a read or a write first");
    }
    if (last.data[0] == '\\' || text_equal_ignoring_case(text_slice(last, 0, 4), TEXT("RUN ")))
        return error_set(err, ERROR_USAGE, "neither RUN nor a command of the prompt is saved");
    if (mask_finds_secret(last)) {
        error_set(err, ERROR_REFUSED, "the last statement holds a secret, which no file may");
        return error_hint(err, "put a parameter in its place");
    }
    code = saved_write(*name, last, err);
    if (!code)
        job_note(job, REPORT_NOTE, "saved as %.*s", (int)name->length, name->data);
    return code;
}

/* The parameters of the session, with those of RUN before them; NULL without memory. */
static struct map *copy_parameters(const struct language_context *context)
{
    struct map *map = map_new();
    struct text name;
    void *value;
    size_t at = 0;

    while (map && context->parameters && map_next(context->parameters, &at, &name, &value))
        if (!map_set(map, name, value)) {
            map_free(map);
            map = NULL;
        }
    return map;
}

/* The names are kept as tokens, for what is said of them later. */
static bool parse_binding(struct lexer *lexer, struct map *bindings, struct grammar_list *names,
    struct error *err)
{
    const struct value *value;
    struct token *token = arena_alloc(lexer->arena, 1, sizeof *token);
    struct text name;

    if (!token)
        return grammar_memory(lexer, err);
    *token = lexer->token;
    if (!grammar_push(lexer, names, token, err) ||
        !parse_name(lexer, "the name of a parameter", &name, err) ||
        !parse_need_sign(lexer, "=", err))
        return false;
    value = parse_literal(lexer, err);
    if (!value)
        return false;
    if (map_set(bindings, name, (void *)(uintptr_t)value))
        return true;
    error_memory(err);
    return false;
}

static bool take_inner(struct tree *tree, const struct tree *inner, struct error *err)
{
    if ((inner->explain || inner->analyze || inner->watch) &&
        (tree->explain || tree->analyze || tree->watch)) {
        error_set(err, ERROR_USAGE, "EXPLAIN, ANALYZE and WATCH do not nest");
        return false;
    }
    if (!statement_takes_prefix(inner->statement, tree, err))
        return false;
    tree->statement = inner->statement;
    tree->node = inner->node;
    tree->is_saved = true;
    if (inner->explain || inner->analyze || inner->watch) {
        tree->explain = inner->explain;
        tree->explain_aws = inner->explain_aws;
        tree->explain_curl = inner->explain_curl;
        tree->explain_json = inner->explain_json;
        tree->analyze = inner->analyze;
        tree->watch = inner->watch;
        tree->watch_every = inner->watch_every;
        tree->watch_times = inner->watch_times;
    }
    return true;
}

/* Parses what was read; missing parameters are the caller's to complain about. */
static bool parse_inner(struct lexer *outer, struct text source, struct tree *tree,
    struct error *err)
{
    struct lexer lexer;
    struct tree *inner;
    bool empty = false;

    if (source.length > 0 && source.data[0] == '\\') {
        error_set(err, ERROR_REFUSED, "commands of the prompt do not run from a file");
        return false;
    }
    lexer_init(&lexer, source, outer->arena);
    lexer.context = outer->context;
    inner = statement_parse(&lexer, tree->input_name, &empty, err);
    if (!inner) {
        if (empty)
            error_set(err, ERROR_USAGE, "it is empty");
        return false;
    }
    if (lexer.token.kind == TOKEN_SEMICOLON)
        lexer_take(&lexer);
    if (lexer.token.kind != TOKEN_END) {
        error_set(err, ERROR_USAGE, "a file of saved statements holds one");
        return false;
    }
    return take_inner(tree, inner, err);
}

static bool load(struct lexer *lexer, struct tree *tree, struct text name,
    const struct map *bindings, const struct token *at, struct error *err)
{
    struct language_context *context = lexer->context;
    const struct map *before = context->parameters;
    struct buf content;
    bool fine = false;

    buf_init(&content, LEXER_STATEMENT_LIMIT);
    if (context->in_saved) {
        error_set(err, ERROR_USAGE, "a saved statement runs no other");
    } else if (!saved_read(name, &content, err)) {
        struct text source = arena_text(lexer->arena, buf_view(&content));

        context->in_saved = true;
        context->parameters = bindings;
        if (!source.data)
            arena_failed(lexer->arena, err);
        else
            fine = parse_inner(lexer, source, tree, err);
        context->parameters = before;
        context->in_saved = false;
        if (!fine) {
            error_wrap(err, "saved statement %.*s", (int)name.length, name.data);
            if (context->missing_count > 0)
                error_hint(err, "RUN %.*s WITH %.*s = LITERAL gives one", (int)name.length,
                    name.data, (int)context->missing[0].length, context->missing[0].data);
        }
    } else if (err->code == ERROR_NOT_FOUND) {
        fine = true; /* a script may save it before; what is missing in the end says run_missing */
    }
    buf_done(&content);
    if (!fine) {
        err->line = at->line;
        err->column = at->column;
    }
    return fine;
}

/* A parameter that the statement does not have is a slip of the finger. */
static bool check_used(const struct lexer *lexer, struct text name,
    const struct grammar_list *names, struct error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        const struct token *token = names->item[i];
        const struct language_used *used = lexer->context->used;

        while (used && !text_equal(used->name, token->text))
            used = used->before;
        if (!used)
            return parse_fail(err, token, "the saved statement %.*s has no parameter :%.*s",
                (int)name.length, name.data, (int)token->text.length, token->text.data);
    }
    return true;
}

/* separator: "," for RUN .. WITH a = 1, b = 2; "" for \run x a=1 b=2. */
static bool parse_run_with(struct lexer *lexer, struct tree *tree, bool is_command,
    struct error *err)
{
    struct token at = lexer->token;
    struct text *name = arena_alloc(lexer->arena, 1, sizeof *name);
    struct map *bindings = copy_parameters(lexer->context);
    struct grammar_list names = {0};
    bool fine = name && bindings;

    if (!name)
        arena_failed(lexer->arena, err);
    else if (!bindings)
        error_memory(err);
    tree->node = name;
    fine = fine && parse_saved_name(lexer, name, err);
    if (fine && !is_command && parse_word(lexer, "WITH")) {
        do
            fine = parse_binding(lexer, bindings, &names, err);
        while (fine && parse_sign(lexer, ","));
    }
    while (fine && is_command && !parse_at_end(lexer))
        fine = parse_binding(lexer, bindings, &names, err);
    /* A binding that is itself missing is said by the caller. */
    fine =
        fine && (lexer->context->missing_count > 0 || load(lexer, tree, *name, bindings, &at, err));
    map_free(bindings);
    return fine && (!tree->is_saved || check_used(lexer, *name, &names, err));
}

static bool parse_run(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return parse_run_with(lexer, tree, false, err);
}

static bool parse_run_command(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return parse_run_with(lexer, tree, true, err);
}

/* Reached only when the file was not there as the statement was parsed. */
static enum error_code plan_missing(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct text *name = tree->node;
    struct buf content;
    enum error_code code;

    (void)job, (void)plan;
    buf_init(&content, LEXER_STATEMENT_LIMIT);
    code = saved_read(*name, &content, err);
    buf_done(&content);
    if (!code)
        code = error_set(err, ERROR_NOT_FOUND,
            "the saved statement %.*s was made after this was read; say it again",
            (int)name->length, name->data);
    return code;
}

static enum error_code run_missing(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    return plan_missing(job, tree, plan, err);
}

static bool parse_nothing(struct lexer *lexer, struct tree *tree, struct error *err)
{
    (void)lexer, (void)tree, (void)err;
    return true;
}

struct showing {
    struct job *job;
    struct listing listing;
    enum error_code code;
    struct error *err;
};

static bool show_name(void *user, struct text name)
{
    struct showing *showing = user;
    struct buf content;

    buf_init(&content, LEXER_STATEMENT_LIMIT);
    showing->code = saved_read(name, &content, showing->err);
    if (!showing->code) {
        listing_text(&showing->listing, 0, arena_text(showing->job->arena, name));
        listing_text(&showing->listing, 1, arena_text(showing->job->arena, buf_view(&content)));
        showing->code = listing_row(&showing->listing, showing->err);
    }
    buf_done(&content);
    return !showing->code;
}

static enum error_code run_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    static const char *const column_table[] = {"name", "statement"};
    struct showing showing = {.job = job, .err = err};
    enum error_code code = listing_begin(&showing.listing, job, "saved", column_table, 2, err);

    (void)tree, (void)plan;
    if (!code)
        code = saved_list(show_name, &showing, err);
    if (!code)
        code = showing.code;
    return code ? code : listing_end(&showing.listing, err);
}

#define FAMILY "Session"
#define EXAMPLES (const char *const[])
enum { RUN_FLAGS = STATEMENT_READ | STATEMENT_WRITE };

const struct statement saved_statement_table[] = {
    {
        .name = "RUN",
        .syntax = "name [WITH parameter = literal, ...]",
        .summary = "Run a saved statement, its parameters bound",
        .family = FAMILY,
        .flags = RUN_FLAGS,
        .example = EXAMPLES{"RUN stuck", "RUN `by-status` WITH st = 'open', n = 5", NULL},
        .parse = parse_run,
        .plan = plan_missing,
        .run = run_missing,
    },
    {
        .name = "SAVE QUERY",
        .syntax = "name",
        .summary = "Keep the last read or write under a name, for RUN",
        .family = FAMILY,
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"SAVE QUERY stuck", NULL},
        .parse = parse_save,
        .plan = plan_save,
        .run = run_save,
    },
    {
        .name = "SHOW SAVED",
        .syntax = "",
        .summary = "List the saved statements",
        .family = FAMILY,
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"SHOW SAVED", NULL},
        .parse = parse_nothing,
        .run = run_show,
    },
    {
        .name = "\\run",
        .syntax = "name [parameter=literal ...]",
        .summary = "Run a saved statement, as RUN does",
        .family = FAMILY,
        .flags = RUN_FLAGS,
        .example = EXAMPLES{"\\run stuck", "\\run stuck st='open' n=5", NULL},
        .parse = parse_run_command,
        .plan = plan_missing,
        .run = run_missing,
    },
    {.name = NULL},
};
