#include "console/statements/staged.h"

#include "base/file.h"
#include "console/language/grammar.h"
#include "console/listing.h"
#include "console/staged_request.h"
#include "console/statements/tables.h"

/* The list of staged changes: what is in it, and what is taken out of it. */

enum { TEXT_LIMIT = STAGED_BYTES };

static bool add_number(struct lexer *lexer, struct staged_node *node, struct grammar_list *list,
    struct error *err)
{
    uint64_t *number = arena_alloc(lexer->arena, 1, sizeof *number);
    int64_t value;

    if (!number)
        return grammar_memory(lexer, err);
    if (!parse_integer(lexer, "the number of a staged change", 1, INT64_MAX, &value, err))
        return false;
    *number = (uint64_t)value;
    node->number_count++;
    return grammar_push(lexer, list, number, err);
}

/* [n, ...] */
static struct staged_node *parse_numbers(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct staged_node *node = arena_alloc(lexer->arena, 1, sizeof *node);
    struct grammar_list list = {0};

    if (!node) {
        grammar_memory(lexer, err);
        return NULL;
    }
    tree->node = node;
    if (lexer->token.kind != TOKEN_NUMBER && lexer->token.kind != TOKEN_PARAM)
        return node;
    do {
        if (!add_number(lexer, node, &list, err))
            return NULL;
    } while (parse_sign(lexer, ","));
    node->number = arena_alloc(lexer->arena, list.count, sizeof *node->number);
    if (!node->number) {
        grammar_memory(lexer, err);
        return NULL;
    }
    for (size_t i = 0; i < list.count; i++)
        node->number[i] = *(const uint64_t *)list.item[i];
    return node;
}

static bool parse_show(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct staged_node *node = arena_alloc(lexer->arena, 1, sizeof *node);

    tree->node = node;
    return node || grammar_memory(lexer, err);
}

static bool parse_discard(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return parse_numbers(lexer, tree, err) != NULL;
}

static bool parse_apply(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct staged_node *node = parse_numbers(lexer, tree, err);

    if (!node)
        return false;
    if (parse_word(lexer, "ATOMIC"))
        return node->atomic = true;
    if (parse_word(lexer, "DRY"))
        return node->dry_run = parse_need_word(lexer, "RUN", err);
    return true;
}

static bool parse_plan(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct staged_node *node = arena_alloc(lexer->arena, 1, sizeof *node);

    if (!node)
        return grammar_memory(lexer, err);
    tree->node = node;
    return parse_file_name(lexer, &node->output, err);
}

static bool is_meant(const struct staged_node *node, uint64_t number)
{
    for (size_t i = 0; i < node->number_count; i++)
        if (node->number[i] == number)
            return true;
    return node->number == NULL;
}

static enum error_code fail_number(uint64_t number, struct error *err)
{
    error_set(err, ERROR_NOT_FOUND, "no change %llu is staged", (unsigned long long)number);
    return error_hint(err, "SHOW STAGED lists them");
}

enum error_code staged_choose(struct job *job, const struct staged_node *node, struct plan *plan,
    struct staged_choice *out, struct error *err)
{
    struct staged_list *list;

    *out = (struct staged_choice){NULL, 0};
    plan->link = job_link(job, TEXT(""), err);
    list = plan->link ? staged_read(plan->link, job->arena, err) : NULL;
    if (!list)
        return err->code;
    for (size_t i = 0; i < node->number_count; i++)
        if (!staged_numbered(list, node->number[i]))
            return fail_number(node->number[i], err);
    out->change = arena_alloc(job->arena, staged_count(list) + 1, sizeof *out->change);
    if (!out->change)
        return arena_failed(job->arena, err);
    for (size_t i = 0; i < staged_count(list); i++)
        if (is_meant(node, staged_at(list, i)->number))
            out->change[out->count++] = staged_at(list, i);
    return ERROR_NONE;
}

enum {
    SHOW_NUMBER,
    SHOW_MARK,
    SHOW_OBJECT,
    SHOW_PATH,
    SHOW_OLD,
    SHOW_NEW,
    SHOW_CONDITION,
    SHOW_COST,
    SHOW_CLASS,
    SHOW_COLUMNS
};
static const char *const show_column[] = {"number", "mark", "object", "path", "old", "new",
    "condition", "cost", "class"};

static struct text keep(struct job *job, struct buf *text)
{
    struct text copy = arena_text(job->arena, text->failure ? TEXT("") : buf_view(text));

    buf_clear(text);
    return copy.data ? copy : TEXT("");
}

static void set_head(struct listing *listing, const struct staged_change *change)
{
    char mark = staged_mark(change);
    struct buf text;

    buf_init(&text, TEXT_LIMIT);
    staged_add_name(&text, listing->job->arena, change);
    listing_integer(listing, SHOW_NUMBER, (int64_t)change->number);
    listing_text(listing, SHOW_MARK, arena_text(listing->job->arena, text_make(&mark, 1)));
    listing_text(listing, SHOW_OBJECT, keep(listing->job, &text));
    buf_done(&text);
}

/* What is said of a change once, in its first row. */
static enum error_code set_rest(struct listing *listing, const struct staged_change *change,
    struct error *err)
{
    struct job *job = listing->job;
    enum error_code code = ERROR_NONE;
    struct buf text;

    buf_init(&text, TEXT_LIMIT);
    if (change->kind == STAGED_ITEM) {
        code = staged_add_condition(change, job->arena, &text, err);
        listing_text(listing, SHOW_CONDITION, keep(job, &text));
        buf_add_format(&text, "%llu WCU", (unsigned long long)staged_cost(change));
        listing_text(listing, SHOW_COST, keep(job, &text));
    } else {
        buf_add_string(&text, change->state.length == 0  ? "it is absent"
                              : change->goal.length == 0 ? "it is as it was"
                                                         : "what changes is as it was");
        listing_text(listing, SHOW_CONDITION, keep(job, &text));
        if (change->reference.length == 0)
            listing_text(listing, SHOW_NEW, change->statement);
    }
    listing_integer(listing, SHOW_CLASS, change->risk);
    buf_done(&text);
    return code;
}

static enum error_code show_change(struct listing *listing, const struct staged_change *change,
    struct error *err)
{
    struct arena *arena = listing->job->arena;
    struct value *nothing = value_new_container(arena, VALUE_M, 0);
    struct item_diff *diff;
    enum error_code code;

    set_head(listing, change);
    code = set_rest(listing, change, err);
    if (code || (change->kind == STAGED_OBJECT && change->reference.length == 0))
        return code ? code : listing_row(listing, err);
    if (change->kind == STAGED_OBJECT)
        change = staged_images(change, arena);
    diff = nothing ? item_diff_changes(arena, change->base ? change->base : nothing,
                         change->wanted ? change->wanted : nothing, err)
                   : NULL;
    if (!diff)
        return nothing ? err->code : arena_failed(arena, err);
    for (size_t i = 0; !code && i < diff->count; i++) {
        struct buf path;

        if (i > 0)
            set_head(listing, change);
        buf_init(&path, TEXT_LIMIT);
        path_add(&path, diff->change[i].path);
        listing_text(listing, SHOW_PATH, keep(listing->job, &path));
        buf_done(&path);
        listing_value(listing, SHOW_OLD, diff->change[i].old);
        listing_value(listing, SHOW_NEW, diff->change[i].new);
        code = listing_row(listing, err);
    }
    return code;
}

enum error_code staged_show(struct job *job, const struct staged_node *node, struct plan *plan,
    struct error *err)
{
    struct staged_choice choice;
    struct listing listing;
    enum error_code code = staged_choose(job, node, plan, &choice, err);

    if (!code)
        code = listing_begin(&listing, job, "staged changes", show_column, SHOW_COLUMNS, err);
    for (size_t i = 0; !code && i < choice.count; i++)
        code = show_change(&listing, choice.change[i], err);
    return code ? code : listing_end(&listing, err);
}

/* A file that is not understood goes as a whole, when that is what is said. */
static enum error_code run_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    return staged_show(job, tree->node, plan, err);
}

static enum error_code discard_file(struct job *job, struct link *link, struct error *err)
{
    struct error why = *err;
    enum error_code code = staged_drop(link, err);

    if (!code)
        job_note(job, REPORT_WARNING, "the file is removed: %s", why.text);
    return code;
}

static enum error_code run_discard(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct staged_node *node = tree->node;
    struct link *link = job_link(job, TEXT(""), err);
    struct staged_list *list = link ? staged_open(link, true, err) : NULL;
    enum error_code code = ERROR_NONE;
    size_t before, left;

    plan->link = link;
    if (!list && link && !node->number &&
        (err->code == ERROR_INVALID || err->code == ERROR_REFUSED))
        return discard_file(job, link, err);
    if (!list)
        return err->code;
    before = left = staged_count(list);
    for (size_t i = 0; !code && i < node->number_count; i++)
        if (!staged_numbered(list, node->number[i]))
            code = fail_number(node->number[i], err);
    for (size_t i = before; !code && i > 0; i--)
        if (is_meant(node, staged_at(list, i - 1)->number))
            staged_remove(list, staged_at(list, i - 1)->number);
    left = staged_count(list);
    if (!code)
        code = staged_save(list, err);
    staged_close(list);
    if (!code)
        job_note(job, REPORT_NOTE, "%zu change%s discarded, %zu staged", before - left,
            before - left == 1 ? "" : "s", left);
    return code;
}

static bool goes_to_screen(const struct staged_node *node)
{
    return node->output.length == 0;
}

static enum error_code plan_script(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct staged_node *node = tree->node;
    const char *path = arena_string(job->arena, node->output);
    struct staged_choice *choice = arena_alloc(job->arena, 1, sizeof *choice);
    enum error_code code;

    if (!path || !choice)
        return arena_failed(job->arena, err);
    plan->detail = choice;
    code = staged_choose(job, node, plan, choice, err);
    if (code)
        return code;
    plan_add(plan, PLAN_PLAN, "%zu staged change%s as statements to %s", choice->count,
        choice->count == 1 ? "" : "s", path);
    if (goes_to_screen(node) || !file_exists(path))
        return ERROR_NONE;
    plan->risk = RISK_MANY;
    plan->risk_kind = "file";
    plan->risk_name = path;
    plan->question = arena_format(job->arena, "Overwrite the file %s?", path);
    plan_add(plan, PLAN_RISK, "overwrites a file");
    return plan->question ? ERROR_NONE : arena_failed(job->arena, err);
}

static enum error_code add_script(struct job *job, const struct staged_choice *choice,
    const struct link *link, struct buf *out, struct error *err)
{
    enum error_code code = ERROR_NONE;

    buf_add_format(out, "-- %zu staged change%s of profile %s, region %s\n", choice->count,
        choice->count == 1 ? "" : "s", connection_name(link->connection),
        connection_region(link->connection));
    for (size_t i = 0; !code && i < choice->count; i++)
        code = staged_add_statement(choice->change[i], job->arena, out, err);
    return code ? code : buf_check(out, "script", err);
}

static enum error_code run_script(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct staged_node *node = tree->node;
    const struct staged_choice *choice = plan->detail;
    const char *path = arena_string(job->arena, node->output);
    enum error_code code = ERROR_NONE;
    struct buf script;

    if (!path)
        return arena_failed(job->arena, err);
    buf_init(&script, TEXT_LIMIT);
    code = add_script(job, choice, plan->link, &script, err);
    if (!code && goes_to_screen(node))
        code = job->sink->text(job->sink, buf_view(&script), TEXT(""), err);
    else if (!code)
        code = file_write(path, buf_view(&script), 0600, err);
    if (!code && !goes_to_screen(node))
        job_note(job, REPORT_NOTE, "%zu change%s written to %s; they stay staged", choice->count,
            choice->count == 1 ? "" : "s", path);
    buf_done(&script);
    return code;
}

#define EXAMPLES (const char *const[])

const struct statement staged_statement_table[] = {
    {
        .name = "APPLY STAGED",
        .syntax = "[n, ...] [ATOMIC | DRY RUN]",
        .summary = "Send the staged changes, each on the condition that nobody else was there",
        .family = "Staged changes",
        .flags = STATEMENT_WRITE,
        .example =
            EXAMPLES{"APPLY STAGED", "APPLY STAGED 1, 3 ATOMIC", "APPLY STAGED DRY RUN", NULL},
        .parse = parse_apply,
        .plan = staged_plan_apply,
        .run = staged_run_apply,
    },
    {
        .name = "DISCARD STAGED",
        .syntax = "[n, ...]",
        .summary = "Forget staged changes; nothing is sent",
        .family = "Staged changes",
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"DISCARD STAGED", "DISCARD STAGED 2", NULL},
        .parse = parse_discard,
        .run = run_discard,
    },
    {
        .name = "PLAN STAGED TO",
        .syntax = "'file' | -",
        .summary = "Write the staged changes as a script of statements with their conditions",
        .family = "Staged changes",
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"PLAN STAGED TO 'changes.gh'", "PLAN STAGED TO -", NULL},
        .parse = parse_plan,
        .plan = plan_script,
        .run = run_script,
    },
    {
        .name = "SHOW STAGED",
        .syntax = "",
        .summary = "List the changes that wait: old and new values, condition, cost, class",
        .family = "Staged changes",
        .flags = STATEMENT_LOCAL,
        .example = EXAMPLES{"SHOW STAGED", NULL},
        .parse = parse_show,
        .run = run_show,
    },
    {.name = NULL},
};
