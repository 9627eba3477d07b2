#include <string.h>

#include "console/statements/stage.h"
#include "console/statements/staged_apply.h"
#include "console/statements/tables.h"

/* CREATE, ALTER and DROP as staged changes: the statement, and the object as it was. */

enum { TEXT_LIMIT = 1 << 20 };

/* :path.id, :body ..: of the request that a route answers (language.md 2.5). */
static bool stands_for_request(struct text name)
{
    static const char *const word[] = {"path", "query", "header", "body", "context", "stage"};

    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (text_is(name, word[i]))
            return true;
    return false;
}

/* The text is run again later, when parameters may have other values. */
static enum error_code check_text(struct job *job, const struct tree *tree, struct error *err)
{
    bool is_route = text_ends_with(text_of(tree->statement->name), TEXT(" ROUTE"));
    struct lexer lexer;

    lexer_init(&lexer, tree->source, job->arena);
    while (!parse_at_end(&lexer)) {
        struct token token = lexer_take(&lexer);

        if ((token.kind == TOKEN_PARAM && !(is_route && stands_for_request(token.text))) ||
            token.kind == TOKEN_PARAMNAME || text_is(token.source, "?"))
            return error_set(err, ERROR_USAGE,
                "a staged %s is kept as its text: say the value instead of %.*s",
                tree->statement->name, (int)token.source.length, token.source.data);
    }
    return ERROR_NONE;
}

static char mark_of(const struct statement *statement)
{
    return strncmp(statement->name, "CREATE", 6) == 0 ? '+'
           : strncmp(statement->name, "DROP", 4) == 0 ? '-'
                                                      : '~';
}

/* "ALTER TABLE t ..;", behind what is staged of the table before. */
static struct text join(struct job *job, const struct staged_change *before,
    const struct tree *tree, char mark)
{
    struct buf text;
    struct text copy;

    buf_init(&text, TEXT_LIMIT);
    if (before && mark == '~') {
        buf_add_text(&text, before->statement);
        buf_add_char(&text, '\n');
    }
    buf_add_text(&text, tree->source);
    buf_add_char(&text, ';');
    copy = text.failure ? (struct text){NULL, 0} : arena_text(job->arena, buf_view(&text));
    buf_done(&text);
    return copy;
}

/* What the change makes of one that is staged of the same table already. */
static enum error_code merge(struct job *job, struct staged_list *list,
    const struct staged_change *before, struct staged_change *change, uint64_t *number,
    struct error *err)
{
    *number = before->number;
    if (!text_equal(before->state, change->state)) {
        error_set(err, ERROR_CONDITION,
            "change %llu is staged of %.*s, which is not any more what it was",
            (unsigned long long)before->number, (int)before->object.length, before->object.data);
        return error_hint(err, "DISCARD STAGED %llu drops it", (unsigned long long)before->number);
    }
    if (before->mark == '+' && change->mark == '-') {
        staged_remove(list, before->number);
        job_note(job, REPORT_NOTE,
            "this and the change staged before are opposite: neither is "
            "left");
        return staged_save(list, err);
    }
    if (before->reference.length > 0) {
        error_set(err, ERROR_CONDITION, "what UNDO puts back of %.*s is staged as change %llu",
            (int)change->object.length, change->object.data, (unsigned long long)before->number);
        return error_hint(err, "APPLY STAGED %llu or DISCARD STAGED %llu first",
            (unsigned long long)before->number, (unsigned long long)before->number);
    }
    if (before->mark == '-' || change->mark == '+') {
        return error_set(err, ERROR_CONDITION,
            "%.*s is staged to be %s (change %llu); apply or "
            "discard that first",
            (int)change->object.length, change->object.data,
            before->mark == '-' ? "dropped" : "made", (unsigned long long)before->number);
    }
    if (change->mark == '~')
        change->mark = before->mark;
    if (before->risk > change->risk)
        change->risk = before->risk;
    return staged_replace_object(list, before->number, change, err);
}

static enum error_code put(struct job *job, struct link *link, const struct tree *tree,
    struct staged_change *change, struct error *err)
{
    struct staged_list *list = staged_open(link, true, err);
    const struct staged_change *before = list ? staged_object(list, change->object) : NULL;
    uint64_t number = 0;
    enum error_code code = list ? ERROR_NONE : err->code;
    size_t count;

    if (code)
        return code;
    change->statement = join(job, before, tree, change->mark);
    if (!change->statement.data)
        code = arena_failed(job->arena, err);
    else if (before)
        code = merge(job, list, before, change, &number, err);
    else
        code = staged_add_object(list, change, &number, err);
    count = staged_count(list);
    if (!code && staged_object(list, change->object)) {
        code = staged_save(list, err);
        if (!code)
            job_note(job, REPORT_NOTE, "%s change %llu; %zu staged, nothing is sent",
                before ? "merged into" : "staged as", (unsigned long long)number, count);
    }
    staged_close(list);
    return code;
}

enum error_code stage_object(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct staged_change change = {.kind = STAGED_OBJECT, .risk = plan->risk};
    struct object_state now;
    enum error_code code = check_text(job, tree, err);

    if (code)
        return code;
    if (plan->risk == RISK_NONE) {
        job_note(job, REPORT_NOTE, "nothing would be done: nothing is staged");
        return ERROR_NONE;
    }
    stage_learn_account(job, plan->link);
    code = tree->statement->state(job, tree, &now, err);
    if (code)
        return code;
    change.mark = mark_of(tree->statement);
    change.risk_kind = text_of(plan->risk_kind ? plan->risk_kind : "");
    change.risk_name = text_of(plan->risk_name ? plan->risk_name : "");
    change.object = now.object;
    change.state = now.state;
    if (change.mark == '+' && change.state.length > 0)
        return error_set(err, ERROR_CONDITION, "%.*s exists already", (int)now.object.length,
            now.object.data);
    return put(job, now.link, tree, &change, err);
}

enum error_code stage_each(struct job *job, struct text source,
    enum error_code (
        *each)(struct job *job, const struct tree *tree, void *user, struct error *err),
    void *user, struct error *err)
{
    struct language_context context = {.dialect = DIALECT_GATEHOUSE};
    enum error_code code = ERROR_NONE;
    struct lexer lexer;

    lexer_init(&lexer, source, job->arena);
    lexer.context = &context;
    while (!code && lexer.token.kind != TOKEN_END) {
        bool empty;
        struct tree *tree = statement_parse(&lexer, "<staged>", &empty, err);

        if (!tree && !empty)
            code = err->code;
        else if (tree && !tree->statement->state)
            code = error_set(err, ERROR_INVALID, "%s cannot be staged", tree->statement->name);
        else if (tree)
            code = each(job, tree, user, err);
        if (!code && lexer.token.kind == TOKEN_SEMICOLON)
            lexer_take(&lexer);
    }
    return code;
}

/* One statement of a staged change, without a question: APPLY STAGED has asked. */
static enum error_code run_one(struct job *job, const struct tree *tree, void *user,
    struct error *err)
{
    struct plan plan;
    enum error_code code;

    (void)user;
    plan_init(&plan, job->arena);
    code = tree->statement->plan(job, tree, &plan, err);
    if (!code && plan.refusal)
        code = error_set(err, plan.refusal, "%s", plan.refused ? plan.refused : "refused");
    return code ? code : tree->statement->run(job, tree, &plan, err);
}

static enum error_code run_text(struct job *job, struct text source, struct error *err)
{
    struct sink quiet = sink_quiet, *before = job->sink;
    enum error_code code;

    job->sink = &quiet;
    code = stage_each(job, source, run_one, NULL, err);
    job->sink = before;
    return code;
}

/* The state of what the first statement speaks of. */
static enum error_code read_state(struct job *job, const struct tree *tree, void *user,
    struct error *err)
{
    struct object_state *state = user;

    return state->link ? ERROR_NONE : tree->statement->state(job, tree, state, err);
}

enum error_code staged_fail_object(struct applying *applying, const struct staged_change *change,
    const struct error *why, struct error *err)
{
    applying->failed++;
    applying->stop = true;
    applying->first = *why;
    job_note(applying->job, REPORT_WARNING, "change %llu, %.*s: %s",
        (unsigned long long)change->number, (int)change->object.length, change->object.data,
        why->text);
    return staged_row(applying, change, "failed", err);
}

/* It is there already, or gone already, as the change wants it. */
static bool is_made(const struct staged_change *change, struct text state)
{
    return change->mark == '-' && state.length == 0;
}

enum error_code staged_apply_object(struct applying *applying, const struct staged_change *change,
    struct error *err)
{
    struct job *job = applying->job;
    struct object_state now = {.link = NULL};
    struct error why;
    enum error_code code = stage_each(job, change->statement, read_state, &now, &why);

    if (!code && is_made(change, now.state)) {
        applying->already++;
        staged_done(applying, change);
        return staged_row(applying, change, "already", err);
    }
    if (!code && (now.link != applying->link || !text_equal(now.state, change->state))) {
        applying->conflicts++;
        applying->stop = !applying->node->dry_run;
        return staged_object_conflict(applying, change, now.state, err);
    }
    if (!code && applying->node->dry_run) {
        applying->applied++;
        return staged_row(applying, change, "fits", err);
    }
    if (!code)
        code = run_text(job, change->statement, &why);
    if (code)
        return staged_fail_object(applying, change, &why, err);
    applying->applied++;
    staged_done(applying, change);
    return staged_row(applying, change, "applied", err);
}
