#include "console/safety.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "client/mask.h"
#include "console/statement.h"
#include "console/undo.h"

enum { QUESTION_LENGTH = 100 };

static bool is_production(const char *environment)
{
    return environment && strcmp(environment, "prod") == 0;
}

enum safety_grade safety_grade(enum plan_risk risk, const char *confirm, const char *environment)
{
    /* language.md 7.1, by risk class; RISK_NONE is never asked. */
    static const struct {
        const char *confirm;
        enum safety_grade grade[4];
    } grade_table[] = {
        {"off", {SAFETY_FREE, SAFETY_FREE, SAFETY_FREE, SAFETY_YES_NO}},
        {"risky", {SAFETY_FREE, SAFETY_FREE, SAFETY_YES_NO, SAFETY_NAME}},
        {"all", {SAFETY_FREE, SAFETY_YES_NO, SAFETY_YES_NO, SAFETY_NAME}},
        {"prod", {SAFETY_FREE, SAFETY_YES_NO, SAFETY_NAME, SAFETY_NAME}},
    };
    const char *row = is_production(environment) ? "prod" : confirm;

    for (size_t i = 0; i < sizeof(grade_table) / sizeof(grade_table[0]); i++)
        if (strcmp(grade_table[i].confirm, row) == 0)
            return grade_table[i].grade[risk];
    return SAFETY_NAME;
}

static const struct profile *profile_of(const struct job *job, const struct plan *plan)
{
    const struct link *link = plan && plan->link ? plan->link : job->link;

    return link ? connection_profile(link->connection) : NULL;
}

static void add_place(struct buf *out, const struct job *job, const struct plan *plan)
{
    struct link *link = plan && plan->link ? plan->link : job->link;
    const char *account;

    if (!link)
        return;
    account = connection_account(link->connection);
    buf_add_format(out, "profile %s  region %s", connection_name(link->connection),
        connection_region(link->connection));
    if (account[0])
        buf_add_format(out, "  account %s", account);
    buf_add_char(out, '\n');
}

enum error_code safety_ask(struct job *job, const struct plan *plan, enum plan_risk risk,
    const char *text, const char *details, const char *kind, const char *name, struct error *err)
{
    const struct profile *profile = profile_of(job, plan);
    enum safety_grade grade =
        safety_grade(risk, job->settings.confirm, profile ? profile->environment : "");
    struct question question = {.risk = risk, .text = text};
    struct buf lines;
    enum error_code code;

    if (grade == SAFETY_FREE)
        return ERROR_NONE;
    buf_init(&lines, 64 * 1024);
    add_place(&lines, job, plan);
    if (details && details[0])
        buf_add_string(&lines, details);
    undo_add_limits(plan, &lines);
    question.details = buf_string(&lines);
    question.environment = profile ? profile->environment : NULL;
    if (grade == SAFETY_NAME) {
        question.kind = kind;
        question.type_name = name ? name : profile ? profile->name : "yes";
    }
    code = buf_check(&lines, "question", err);
    if (!code && !job->ask(job, &question, err))
        code = err->code;
    buf_done(&lines);
    return code;
}

static void add_cost(struct buf *out, const struct plan *plan)
{
    for (const struct plan_line *line = plan->line; line; line = line->next)
        if (line->label == PLAN_COST || line->label == PLAN_NOTE)
            buf_add_format(out, "%s  %s\n", line->label == PLAN_COST ? "cost" : "note", line->text);
}

/* What the gate of the connection would say, before a person is asked for nothing. */
static enum error_code check_mode(const struct plan *plan, struct error *err)
{
    if (!plan->link || !connection_is_read_only(plan->link->connection))
        return ERROR_NONE;
    for (const struct plan_call *call = plan->call; call; call = call->next)
        if (call->operation && !(call->operation->access & OPERATION_READ))
            return connection_refuse(plan->link->connection, call->operation->name, err);
    return ERROR_NONE;
}

/* A question for statements that have none of their own: their text without secrets, cut. */
static void add_statement(struct buf *out, const struct tree *tree)
{
    struct text text = text_trim(tree->body.length > 0 ? tree->body : tree->source);
    size_t length = 0;
    struct buf shown;

    buf_init(&shown, 2 * LEXER_STATEMENT_LIMIT);
    if (text.length > 0)
        mask_add_statement(&shown, text);
    else
        buf_add_string(&shown, tree->statement->name);
    text = buf_view(&shown);
    while (length < text.length && (length < QUESTION_LENGTH || (text.data[length] & 0xc0) == 0x80))
        length++;
    buf_add_string(out, "Run ");
    buf_add_text(out, text_slice(text, 0, length));
    buf_add_string(out, length < text.length ? " ..?" : "?");
    buf_done(&shown);
}

enum error_code safety_confirm(struct job *job, const struct tree *tree, const struct plan *plan,
    struct error *err)
{
    struct buf sentence, details;
    enum error_code code;

    /* The permission is taken here, for this connection: it holds until the statement ends. */
    job->allow_write = plan->link && !connection_is_read_only(plan->link->connection);
    if (plan->risk == RISK_NONE)
        return ERROR_NONE;
    if (check_mode(plan, err))
        return err->code;
    /* Where nobody can be asked the answer is known before anything is read. */
    if (plan->asks_itself && job->ask != safety_answer)
        return ERROR_NONE;
    buf_init(&sentence, 64 * 1024);
    buf_init(&details, 64 * 1024);
    if (plan->question)
        buf_add_string(&sentence, plan->question);
    else
        add_statement(&sentence, tree);
    if (plan->diff && plan->diff[0]) {
        buf_add_string(&details, plan->diff);
        if (details.data && details.data[details.length - 1] != '\n')
            buf_add_char(&details, '\n');
    }
    add_cost(&details, plan);
    code = buf_check(&details, "question", err);
    if (!code)
        code = safety_ask(job, plan, plan->risk, buf_string(&sentence), buf_string(&details),
            plan->risk_kind, plan->risk_name, err);
    buf_done(&details);
    buf_done(&sentence);
    return code;
}

/* --i-mean table=orders answers for the table of that name only. */
static bool is_meant(const struct session *session, const struct question *question)
{
    for (const char *const *entry = session->i_mean; entry && *entry; entry++) {
        struct text rest = text_of(*entry), kind;

        if (text_take_until(&rest, '=', &kind) && text_is(rest, question->type_name) &&
            text_is(kind, question->kind ? question->kind : "profile"))
            return true;
    }
    return false;
}

bool safety_answer(struct job *job, const struct question *question, struct error *err)
{
    const struct session *session = job->session;
    const struct profile *profile = profile_of(job, NULL);
    bool in_production = is_production(question->environment ? question->environment
                                       : profile             ? profile->environment
                                                             : "");
    const char *kind = question->kind ? question->kind : "profile";

    if (!question->type_name) {
        if (session->yes)
            return true;
        error_set(err, ERROR_REFUSED, "not confirmed: %s", question->text);
        error_hint(err, "nobody can be asked here; --yes answers");
        return false;
    }
    if (is_meant(session, question) || (session->yes && !in_production))
        return true;
    error_set(err, ERROR_REFUSED, "not confirmed: %s (the %s name %s would have to be typed)",
        question->text, kind, question->type_name);
    error_hint(err, "nobody can be asked here; %s--i-mean %s=%s answers",
        in_production ? "" : "--yes or ", kind, question->type_name);
    return false;
}
