#include <string.h>

#include "base/file.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/session.h"
#include "console/statement.h"
#include "panels/screen.h"

/* What acts on the screen alone: DO, LAYOUT, DUMP SCREEN. */

struct screen_node {
    struct text action, argument;
};

static struct screen_node *new_node(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct screen_node *node = arena_alloc(lexer->arena, 1, sizeof(*node));

    if (!node)
        arena_failed(lexer->arena, err);
    tree->node = node;
    return node;
}

/* A word, number or text as it stands. */
static bool take_argument(struct lexer *lexer, struct text *out)
{
    struct token token = lexer->token;

    if (parse_at_end(lexer))
        return false;
    lexer_take(lexer);
    *out = token.kind == TOKEN_SQ || token.kind == TOKEN_DQ || token.kind == TOKEN_BTICK
               ? token.text
               : token.source;
    return true;
}

/* focus, grid.sort-up: names joined by dots */
static bool parse_do(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct screen_node *node = new_node(lexer, tree, err);
    struct token first = lexer->token, last = first;

    if (!node || !parse_name(lexer, "an action", &node->action, err))
        return false;
    while (parse_sign(lexer, ".")) {
        last = lexer->token;
        if (!parse_name(lexer, "an action", &node->action, err))
            return false;
    }
    node->action = text_slice(lexer->input, first.offset, last.offset + last.source.length);
    take_argument(lexer, &node->argument);
    return true;
}

static bool parse_layout(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct screen_node *node = new_node(lexer, tree, err);

    if (!node)
        return false;
    node->action = TEXT("layout");
    return take_argument(lexer, &node->argument) || parse_expected(lexer, "a layout", err);
}

static bool parse_dump(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct screen_node *node = new_node(lexer, tree, err);

    return node && parse_need_word(lexer, "TO", err) &&
           parse_string(lexer, "a file", &node->argument, err);
}

static enum error_code need_screen(const struct job *job, const struct tree *tree,
    struct error *err)
{
    if (job->session->screen)
        return ERROR_NONE;
    return error_set(err, ERROR_USAGE, "%s needs a screen", tree->statement->name);
}

static enum error_code run_do(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct screen_node *node = tree->node;
    const char *action = arena_string(job->arena, node->action);
    const char *argument = node->argument.data ? arena_string(job->arena, node->argument) : NULL;

    (void)plan;
    if (!action || (node->argument.data && !argument))
        return arena_failed(job->arena, err);
    if (need_screen(job, tree, err))
        return err->code;
    if (screen_do(job->session->screen, action, argument))
        return ERROR_NONE;
    if (strcmp(action, "layout") == 0)
        return error_set(err, ERROR_USAGE, "there is no layout %s", argument);
    return error_set(err, ERROR_USAGE, "there is no action %s", action);
}

static enum error_code run_dump(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct screen_node *node = tree->node;
    const char *path = arena_string(job->arena, node->argument);
    struct buf out;
    enum error_code code;

    (void)plan;
    if (!path)
        return arena_failed(job->arena, err);
    if (need_screen(job, tree, err))
        return err->code;
    buf_init(&out, 16 * 1024 * 1024);
    screen_dump(job->session->screen, &out);
    code = buf_check(&out, "screen", err);
    if (!code)
        code = file_write(path, buf_view(&out), 0600, err);
    if (!code)
        job_note(job, REPORT_FOOTER, "screen written to %s", path);
    buf_done(&out);
    return code;
}

#define FAMILY "Screen"
enum { FLAGS = STATEMENT_LOCAL | STATEMENT_INLINE | STATEMENT_SCREEN };

const struct statement screen_statement_table[] = {
    {
        .name = "DO",
        .syntax = "action [argument]",
        .summary = "Do what a key of the screen does",
        .family = FAMILY,
        .flags = FLAGS,
        .example = (const char *const[]){"DO zoom", "DO focus 2", NULL},
        .parse = parse_do,
        .run = run_do,
    },
    {
        .name = "DUMP SCREEN",
        .syntax = "TO file",
        .summary = "Write the screen to a file as text",
        .family = FAMILY,
        .flags = FLAGS,
        .example = (const char *const[]){"DUMP SCREEN TO 'screen.txt'", NULL},
        .parse = parse_dump,
        .run = run_dump,
    },
    {
        .name = "LAYOUT",
        .syntax = "number|name",
        .summary = "Arrange the panels",
        .family = FAMILY,
        .flags = FLAGS,
        .example = (const char *const[]){"LAYOUT 1", "LAYOUT browse", NULL},
        .parse = parse_layout,
        .run = run_do,
    },
    {0},
};
