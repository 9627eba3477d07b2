#include "console/statements/script.h"

#include "base/buf.h"
#include "client/expression.h"
#include "console/job.h"
#include "console/language/backslash.h"
#include "console/language/parser.h"

/* \i, \if, \elif, \else, \endif. */

static struct script_control *new_control(struct lexer *lexer, struct tree *tree,
    enum script_word word, struct error *err)
{
    struct script_control *control = arena_alloc(lexer->arena, 1, sizeof(*control));

    if (!control)
        arena_failed(lexer->arena, err);
    else
        control->word = word;
    tree->node = control;
    return control;
}

/* The rest of the line is a path: blanks inside of it are its own, quotes around it are not. */
static bool parse_include(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct script_control *control = new_control(lexer, tree, SCRIPT_INCLUDE, err);

    return control && backslash_rest(lexer, "a file", &control->path, err);
}

/* [NOT] :name IS [NOT] MISSING; false when it is something else, and nothing is taken then. */
static bool take_known(struct lexer *lexer, struct script_control *control)
{
    struct lexer ahead = *lexer;
    const struct language_context *context = lexer->context;
    bool negated = false, is_known;

    while (parse_word(&ahead, "NOT"))
        negated = !negated;
    if (ahead.token.kind != TOKEN_PARAM)
        return false;
    is_known = context->parameters && map_get(context->parameters, ahead.token.text);
    lexer_take(&ahead);
    if (!parse_word(&ahead, "IS"))
        return false;
    if (!parse_word(&ahead, "NOT"))
        negated = !negated;
    if (!parse_word(&ahead, "MISSING") || !parse_at_end(&ahead))
        return false;
    control->known = is_known != negated ? KNOWN_YES : KNOWN_NO;
    *lexer = ahead;
    return true;
}

/* [NOT] literal or word, and nothing behind it. */
static bool at_truth(const struct lexer *lexer, bool *negated)
{
    struct lexer ahead = *lexer;

    *negated = false;
    while (parse_word(&ahead, "NOT"))
        *negated = !*negated;
    return (parse_at_literal(&ahead) || ahead.token.kind == TOKEN_DQ ||
               ahead.token.kind == TOKEN_WORD) &&
           (ahead.after.kind == TOKEN_END || ahead.after.kind == TOKEN_SEMICOLON);
}

/* on, off, yes and no are words here, as they are behind SET. */
static const struct value *take_truth(struct lexer *lexer, struct error *err)
{
    struct value *word;

    if (lexer->token.kind != TOKEN_WORD || parse_at_word(lexer, "true") ||
        parse_at_word(lexer, "false") || parse_at_word(lexer, "null"))
        return parse_literal(lexer, err);
    word = arena_alloc(lexer->arena, 1, sizeof(*word));
    if (!word)
        arena_failed(lexer->arena, err);
    else
        *word = (struct value){.type = VALUE_S, .text = lexer_take(lexer).text};
    return word;
}

static const struct path *find_path(const struct expression *expression)
{
    const struct path *path = expression->kind == EXPRESSION_PATH ? expression->path : NULL;

    for (size_t i = 0; i < expression->count && !path; i++)
        path = find_path(expression->operand[i]);
    return path;
}

/* There is no item a name could be looked up in. */
static bool refuse_path(const struct expression *condition, const struct token *at,
    struct error *err)
{
    const struct path *path = find_path(condition);
    struct buf name;

    if (!path)
        return true;
    buf_init(&name, 400);
    path_add(&name, path);
    parse_fail(err, at, "a condition of a script compares parameters and literals, found %s",
        buf_string(&name));
    error_hint(err, "a parameter is :name, a text stands in single quotes");
    buf_done(&name);
    return false;
}

static bool parse_branch(struct lexer *lexer, struct tree *tree, enum script_word word,
    struct error *err)
{
    struct script_control *control = new_control(lexer, tree, word, err);
    struct token at = lexer->token;

    if (!control)
        return false;
    if (take_known(lexer, control))
        return true;
    if (at_truth(lexer, &control->negated)) {
        while (parse_word(lexer, "NOT")) {
        }
        control->truth = take_truth(lexer, err);
        return control->truth != NULL;
    }
    control->condition = parse_condition(lexer, err);
    return control->condition && refuse_path(control->condition, &at, err);
}

static bool parse_if(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return parse_branch(lexer, tree, SCRIPT_IF, err);
}

static bool parse_elif(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return parse_branch(lexer, tree, SCRIPT_ELIF, err);
}

static bool parse_else(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return new_control(lexer, tree, SCRIPT_ELSE, err) != NULL;
}

static bool parse_endif(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return new_control(lexer, tree, SCRIPT_ENDIF, err) != NULL;
}

/* Nobody but a script comes here with one: RUN and the like take single statements. */
static enum error_code run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)job;
    (void)plan;
    return error_set(err, ERROR_USAGE, "%s belongs in a script", tree->statement->name);
}

const struct script_control *script_control(const struct tree *tree)
{
    return tree->statement->run == run ? tree->node : NULL;
}

/* true and false, also as the texts and numbers that options and environments hold. */
static bool read_truth(const struct value *value, bool *out)
{
    static const char *const true_table[] = {"true", "on", "yes", "1"};
    static const char *const false_table[] = {"false", "off", "no", "0"};

    if (value->type == VALUE_BOOL) {
        *out = value->boolean;
        return true;
    }
    for (size_t i = 0; i < sizeof(true_table) / sizeof(true_table[0]); i++) {
        *out = text_is_ignoring_case(value->text, true_table[i]);
        if (*out || text_is_ignoring_case(value->text, false_table[i]))
            return value->type == VALUE_S || value->type == VALUE_N;
    }
    return false;
}

enum error_code script_holds(const struct script_control *control, struct arena *arena, bool *holds,
    struct error *err)
{
    static const struct value no_item = {.type = VALUE_M};
    struct buf literal;

    if (control->known != KNOWN_UNASKED) {
        *holds = control->known == KNOWN_YES;
        return ERROR_NONE;
    }
    if (control->condition) {
        *holds = expression_holds(control->condition, &no_item, arena);
        expression_release(control->condition);
        return ERROR_NONE;
    }
    if (read_truth(control->truth, holds)) {
        *holds = *holds != control->negated;
        return ERROR_NONE;
    }
    buf_init(&literal, 400);
    value_add_literal(&literal, control->truth);
    error_set(err, ERROR_USAGE, "a condition is true or false, found %s", buf_string(&literal));
    error_hint(err, "true, on, yes and 1 are true; false, off, no and 0 are false");
    buf_done(&literal);
    return err->code;
}

#define FAMILY "Session"
enum { FLAGS = STATEMENT_LOCAL | STATEMENT_INLINE };

const struct statement script_statement_table[] = {
    {
        .name = "\\elif",
        .syntax = "condition",
        .summary = "Run the statements up to the next branch when no branch before did and this "
                   "condition holds",
        .family = FAMILY,
        .flags = FLAGS,
        .example = (const char *const[]){"\\elif :env = 'test'", NULL},
        .parse = parse_elif,
        .run = run,
    },
    {
        .name = "\\else",
        .syntax = "",
        .summary = "Run the statements up to \\endif when no branch before did",
        .family = FAMILY,
        .flags = FLAGS,
        .example = (const char *const[]){"\\else", NULL},
        .parse = parse_else,
        .run = run,
    },
    {
        .name = "\\endif",
        .syntax = "",
        .summary = "End the branches of an \\if",
        .family = FAMILY,
        .flags = FLAGS,
        .example = (const char *const[]){"\\endif", NULL},
        .parse = parse_endif,
        .run = run,
    },
    {
        .name = "\\i",
        .syntax = "file",
        .summary = "Run the statements of a file, all parsed before the first one runs",
        .family = FAMILY,
        .flags = FLAGS,
        .example = (const char *const[]){"\\i setup.gh", "\\i 'my scripts/report.gh'", NULL},
        .parse = parse_include,
        .run = run,
    },
    {
        .name = "\\if",
        .syntax = "condition",
        .summary = "Run the statements up to \\elif, \\else or \\endif only when a condition over "
                   "parameters and literals holds",
        .family = FAMILY,
        .flags = FLAGS,
        .example = (const char *const[]){"\\if :env = 'prod'", "\\if :verbose",
            "\\if :limit IS MISSING", "\\if NOT :count BETWEEN 1 AND 10", NULL},
        .parse = parse_if,
        .run = run,
    },
    {0},
};
