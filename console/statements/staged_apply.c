#include "console/statements/staged_apply.h"

#include "base/clock.h"
#include "client/reply.h"
#include "client/service.h"
#include "console/statements/stage.h"
#include "console/undo.h"

/* APPLY STAGED: each change by itself, in order; a conflict stays and the others go on. */

enum {
    TEXT_LIMIT = 1 << 20,
    SHOWN = 20, /* changes in the question */
    CHANGE_ARENA = 256 << 20,
    NOTE_EVERY = 200000000 /* ns */
};

static void add_change_lines(struct buf *out, struct job *job, const struct staged_change *change)
{
    struct value *nothing = value_new_container(job->arena, VALUE_M, 0);
    struct error ignored;
    struct item_diff *diff = NULL;

    buf_add_format(out, "%llu %c ", (unsigned long long)change->number, staged_mark(change));
    staged_add_name(out, job->arena, change);
    buf_add_char(out, '\n');
    if (change->reference.length > 0)
        change = staged_images(change, job->arena);
    if (nothing && change->base && change->wanted)
        diff = item_diff_changes(job->arena, change->base, change->wanted, &ignored);
    for (size_t i = 0; diff && i < diff->count && i < SHOWN; i++) {
        buf_add_string(out, "  ");
        item_change_add_text(out, &diff->change[i]);
        buf_add_char(out, '\n');
    }
}

/* What the question shows: the first changes, line by line. */
static const char *make_lines(struct job *job, const struct staged_choice *choice)
{
    const char *lines;
    struct buf text;

    buf_init(&text, TEXT_LIMIT);
    for (size_t i = 0; i < choice->count && i < SHOWN; i++)
        add_change_lines(&text, job, choice->change[i]);
    if (choice->count > SHOWN)
        buf_add_format(&text, "and %zu more; SHOW STAGED lists them\n", choice->count - SHOWN);
    lines = text.failure ? "" : arena_string(job->arena, buf_view(&text));
    buf_done(&text);
    return lines;
}

/* Asked once for all of them, by the strongest class. */
static enum error_code add_risk(struct job *job, const struct staged_choice *choice,
    struct plan *plan, struct error *err)
{
    const struct staged_change *only = choice->change[0];
    struct buf name;

    for (size_t i = 0; i < choice->count; i++)
        if (choice->change[i]->risk > plan->risk)
            plan->risk = choice->change[i]->risk;
    plan->diff = make_lines(job, choice);
    if (choice->count > 1) {
        plan->risk_kind = "count";
        plan->risk_name = arena_format(job->arena, "%zu", choice->count);
        plan->question = arena_format(job->arena, "Apply %zu staged changes?", choice->count);
    } else {
        buf_init(&name, TEXT_LIMIT);
        staged_add_name(&name, job->arena, only);
        plan->question = arena_format(job->arena, "Apply the staged change of %s?",
            name.failure ? "one object" : buf_string(&name));
        buf_done(&name);
        plan->risk_kind =
            only->kind == STAGED_ITEM ? "table" : arena_string(job->arena, only->risk_kind);
        plan->risk_name = only->kind == STAGED_ITEM ? only->table->name
                                                    : arena_string(job->arena, only->risk_name);
    }
    plan_add(plan, PLAN_RISK, "%zu staged change%s", choice->count, choice->count == 1 ? "" : "s");
    return plan->diff && plan->risk_kind && plan->risk_name && plan->question
               ? ERROR_NONE
               : arena_failed(job->arena, err);
}

static enum error_code add_item_call(struct job *job, const struct staged_change *change,
    struct plan *plan, struct error *err)
{
    struct staged_call call;

    if (staged_compile(change, undo_is_kept(job), job->arena, &call, err))
        return err->code;
    plan_add_call(plan, &service_dynamodb, call.operation, "1", NULL, call.request);
    return ERROR_NONE;
}

static enum error_code add_statement_calls(struct job *job, const struct tree *tree, void *user,
    struct error *err)
{
    struct plan *plan = user, inner;

    plan_init(&inner, job->arena);
    if (tree->statement->plan(job, tree, &inner, err))
        return err->code;
    for (const struct plan_call *call = inner.call; call; call = call->next)
        plan_add_call(plan, call->service, call->operation->name, call->count, call->live,
            call->request);
    return ERROR_NONE;
}

/* The gate wants to know which operations there are, a person their requests too. */
static enum error_code add_calls(struct job *job, const struct staged_node *node,
    const struct staged_choice *choice, struct plan *plan, struct error *err)
{
    enum error_code code = ERROR_NONE;
    struct error ignored;
    struct text request = TEXT("");

    if (node->atomic) {
        if (plan->is_shown)
            code = staged_atomic_request(job, choice, TEXT(""), &request, err);
        if (!code)
            plan_add_call(plan, &service_dynamodb, "TransactWriteItems", "1", NULL, request);
        return code;
    }
    for (size_t i = 0; !code && i < choice->count; i++) {
        const struct staged_change *change = choice->change[i];

        if (change->reference.length > 0) {
            if (!node->dry_run)
                code = staged_plan_restore(job, change, plan, err);
        } else if (change->kind == STAGED_OBJECT) {
            /* What cannot be planned any more is a conflict or failure of the run. */
            if (!node->dry_run &&
                stage_each(job, change->statement, add_statement_calls, plan, &ignored))
                plan_add(plan, PLAN_NOTE, "change %llu: %s", (unsigned long long)change->number,
                    ignored.text);
        } else if (node->dry_run) {
            plan_add_call(plan, &service_dynamodb, "GetItem", "1", NULL, TEXT(""));
        } else if (plan->is_shown) {
            code = add_item_call(job, change, plan, err);
        } else {
            plan_add_call(plan, &service_dynamodb, "PutItem", "1", NULL, TEXT(""));
        }
    }
    return code;
}

enum error_code staged_plan_apply(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct staged_node *node = tree->node;
    struct staged_choice *choice = arena_alloc(job->arena, 1, sizeof *choice);
    uint64_t units = 0;
    enum error_code code;

    if (!choice)
        return arena_failed(job->arena, err);
    plan->detail = choice;
    code = staged_choose(job, node, plan, choice, err);
    if (code)
        return code;
    if (choice->count == 0) {
        plan_add(plan, PLAN_PLAN, "nothing: no change is staged");
        return ERROR_NONE;
    }
    for (size_t i = 0; i < choice->count; i++)
        units += staged_cost(choice->change[i]);
    plan_add(plan, PLAN_PLAN, "%s %zu staged change%s%s", node->dry_run ? "check" : "apply",
        choice->count, choice->count == 1 ? "" : "s", node->atomic ? ", all or none" : "");
    if (!node->dry_run && units > 0)
        plan_add(plan, PLAN_COST, "%llu WCU, and more for indexes",
            (unsigned long long)(node->atomic ? 2 * units : units));
    if (node->atomic)
        code = staged_check_atomic(choice, err);
    if (!code)
        code = add_calls(job, node, choice, plan, err);
    if (!code && !node->dry_run)
        code = add_risk(job, choice, plan, err);
    return code;
}

static bool same_image(const struct value *a, const struct value *b)
{
    return a && b ? value_equal(a, b) : a == b;
}

/* It is still the change that was sent, and not one that was merged into it meanwhile. */
static bool is_same(const struct staged_change *a, const struct staged_change *b)
{
    if (a->kind != b->kind)
        return false;
    return a->kind == STAGED_OBJECT
               ? text_equal(a->statement, b->statement) && text_equal(a->goal, b->goal)
               : same_image(a->base, b->base) && same_image(a->wanted, b->wanted);
}

static enum error_code save(struct applying *applying, struct error *err)
{
    struct staged_list *list;
    enum error_code code;

    if (applying->saved_count == applying->done_count)
        return ERROR_NONE;
    list = staged_open(applying->link, true, err);
    if (!list)
        return err->code;
    for (size_t i = applying->saved_count; i < applying->done_count; i++) {
        const struct staged_change *there = staged_numbered(list, applying->done[i]);

        for (size_t k = 0; there && k < applying->choice->count; k++)
            if (applying->choice->change[k]->number == applying->done[i] &&
                is_same(applying->choice->change[k], there)) {
                staged_remove(list, applying->done[i]);
                break;
            }
    }
    code = staged_save(list, err);
    staged_close(list);
    applying->saved_count = applying->done_count;
    applying->saved = clock_monotonic();
    return code;
}

void staged_done(struct applying *applying, const struct staged_change *change)
{
    applying->done[applying->done_count++] = change->number;
}

static enum error_code read_sides(struct applying *applying, const struct staged_change *change,
    const struct value **theirs, const struct value **there, struct error *err)
{
    struct job *job = applying->job;
    const struct value *key =
        catalog_key_of(job->arena, change->table, change->base ? change->base : change->wanted);
    enum error_code code;

    *theirs = *there = NULL;
    if (!key)
        return arena_failed(job->arena, err);
    code = stage_read_item(job, applying->link, change->table, key, theirs, err);
    if (code || staged_mark(change) != '>')
        return code;
    key = catalog_key_of(job->arena, change->table, change->wanted);
    return key ? stage_read_item(job, applying->link, change->table, key, there, err)
               : arena_failed(job->arena, err);
}

static enum error_code send(struct applying *applying, const struct staged_change *change,
    struct error *err)
{
    struct job *job = applying->job;
    struct call_context context = job_context(job);
    const struct json *answer;
    struct staged_call call;
    struct reply reply;
    enum error_code code = staged_compile(change, undo_is_kept(job), job->arena, &call, err);

    if (code)
        return code;
    reply_init(&reply);
    answer = connection_call_json(applying->link->connection, &service_dynamodb, call.operation,
        call.request, &context, &reply, job->arena, err);
    if (answer) {
        applying->capacity_milli += reply_units_milli(answer);
        staged_keep_old(applying, change, json_member(answer, "Attributes"));
    }
    reply_done(&reply);
    return answer ? ERROR_NONE : err->code;
}

/* Failures that the next change would meet as well. */
static bool ends_all(enum error_code code)
{
    return code != ERROR_INVALID && code != ERROR_NOT_FOUND && code != ERROR_LIMIT &&
           code != ERROR_CONDITION && code != ERROR_USAGE;
}

static enum error_code fail(struct applying *applying, const struct staged_change *change,
    const struct error *why, struct error *err)
{
    struct buf name;

    applying->failed++;
    if (applying->first.code == ERROR_NONE)
        applying->first = *why;
    applying->stop = applying->stop || ends_all(why->code);
    buf_init(&name, TEXT_LIMIT);
    staged_add_name(&name, applying->job->arena, change);
    job_note(applying->job, REPORT_WARNING, "change %llu, %s: %s",
        (unsigned long long)change->number, name.failure ? "" : buf_string(&name), why->text);
    buf_done(&name);
    return staged_row(applying, change, "failed", err);
}

/* What the table holds decides: done already by a call whose answer was lost, or a conflict. */
static enum error_code look_again(struct applying *applying, const struct staged_change *change,
    const struct error *why, struct error *err)
{
    const struct value *theirs, *there;
    enum staged_verdict verdict;
    struct error second;
    enum error_code code = read_sides(applying, change, &theirs, &there, &second);

    if (!code)
        code = staged_judge(change, theirs, there, applying->job->arena, &verdict, &second);
    if (code)
        return fail(applying, change, &second, err);
    if (verdict == STAGED_ALREADY) {
        applying->already++;
        staged_done(applying, change);
        return staged_row(applying, change, "already", err);
    }
    if (why && why->code != ERROR_CONDITION && verdict == STAGED_FITS)
        return fail(applying, change, why, err);
    if (verdict == STAGED_FITS && applying->node->dry_run) {
        applying->applied++;
        return staged_row(applying, change, "fits", err);
    }
    applying->conflicts++;
    return staged_conflict(applying, change, staged_mark(change) == '>' && !theirs ? there : theirs,
        err);
}

static enum error_code apply_item(struct applying *applying, const struct staged_change *change,
    struct error *err)
{
    struct error why = {.code = ERROR_NONE};
    enum error_code code;

    if (applying->node->dry_run)
        return look_again(applying, change, NULL, err);
    code = send(applying, change, &why);
    if (code == ERROR_CONDITION || code == ERROR_INVALID)
        return look_again(applying, change, &why, err);
    if (code)
        return fail(applying, change, &why, err);
    applying->applied++;
    staged_done(applying, change);
    return staged_row(applying, change, "applied", err);
}

static void note_progress(struct applying *applying, size_t at)
{
    uint64_t now = clock_monotonic();

    if (now - applying->noted < NOTE_EVERY)
        return;
    applying->noted = now;
    job_note(applying->job, REPORT_PROGRESS, "%zu of %zu changes  %zu conflicts", at,
        applying->choice->count, applying->conflicts);
}

/* Each change has memory of its own. */
static enum error_code apply_each(struct applying *applying, struct error *err)
{
    struct job *job = applying->job;
    struct arena *whole = job->arena, *each = arena_new(CHANGE_ARENA, err);
    enum error_code code = each ? ERROR_NONE : err->code;

    for (size_t i = 0; !code && i < applying->choice->count; i++) {
        const struct staged_change *change = applying->choice->change[i];
        struct error why;

        arena_reset(each);
        job->arena = each;
        note_progress(applying, i);
        if (!applying->stop && job_check(job, &why)) {
            applying->first = why;
            applying->stop = true;
        }
        if (applying->stop) {
            applying->not_sent++;
            code = staged_row(applying, change, "not sent", err);
        } else if (change->reference.length > 0) {
            code = staged_apply_restore(applying, change, err);
        } else if (change->kind == STAGED_OBJECT) {
            code = staged_apply_object(applying, change, err);
        } else {
            code = apply_item(applying, change, err);
        }
        job->arena = whole;
        if (!code && clock_monotonic() - applying->saved > CLOCK_SECOND)
            code = save(applying, err);
    }
    arena_free(each);
    return code;
}

static void report(const struct applying *applying)
{
    uint64_t tenths = (applying->capacity_milli + 50) / 100;
    struct buf text;

    buf_init(&text, 512);
    buf_add_format(&text, "%zu %s", applying->applied,
        applying->node->dry_run ? "would be applied" : "applied");
    if (applying->already > 0)
        buf_add_format(&text, "  %zu already so", applying->already);
    if (applying->conflicts > 0)
        buf_add_format(&text, "  %zu conflict%s", applying->conflicts,
            applying->conflicts == 1 ? "" : "s");
    if (applying->failed > 0)
        buf_add_format(&text, "  %zu failed", applying->failed);
    if (applying->not_sent > 0)
        buf_add_format(&text, "  %zu not sent", applying->not_sent);
    if (tenths > 0)
        buf_add_format(&text, "  %llu", (unsigned long long)(tenths / 10));
    if (tenths % 10)
        buf_add_format(&text, ".%llu", (unsigned long long)(tenths % 10));
    buf_add_string(&text, tenths > 0 ? " WCU" : "");
    buf_add_format(&text, "  %llu ms",
        (unsigned long long)((clock_monotonic() - applying->started) / CLOCK_MS));
    job_note(applying->job, REPORT_FOOTER, "%s", buf_string(&text));
    buf_done(&text);
}

static enum error_code conclude(const struct applying *applying, struct error *err)
{
    size_t left = applying->conflicts + applying->failed + applying->not_sent;
    size_t good = applying->applied + applying->already;

    if (applying->first.code == ERROR_CANCELLED) {
        *err = applying->first;
        return err->code;
    }
    if (left == 0)
        return ERROR_NONE;
    if (good > 0) {
        error_set(err, ERROR_PARTIAL, "%zu of %zu staged changes %s; the rest stays staged", good,
            applying->choice->count, applying->node->dry_run ? "fit" : "are applied");
        return ERROR_PARTIAL;
    }
    if (applying->first.code) {
        *err = applying->first;
        return err->code;
    }
    error_set(err, ERROR_CONDITION, "%zu staged change%s in conflict with what is there now",
        applying->conflicts, applying->conflicts == 1 ? " is" : "s are");
    return error_hint(err, "nothing was written; they stay staged, DISCARD STAGED drops them");
}

enum error_code staged_run_apply(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    static const char *const column[] = {"number", "mark", "object", "result", "path", "base",
        "mine", "theirs"};
    const struct staged_choice *choice = plan->detail;
    struct applying applying = {.job = job,
        .whole = plan,
        .link = plan->link,
        .node = tree->node,
        .choice = choice,
        .started = clock_monotonic()};
    struct error second;
    enum error_code code;

    if (choice->count == 0) {
        job_note(job, REPORT_NOTE, "no change is staged");
        return ERROR_NONE;
    }
    applying.saved = applying.started;
    applying.done = arena_alloc(job->arena, choice->count, sizeof *applying.done);
    if (!applying.done)
        return arena_failed(job->arena, err);
    /* The account may have become known since the file was read. */
    stage_learn_account(job, plan->link);
    if (!staged_read(plan->link, job->arena, err))
        return err->code;
    code = listing_begin(&applying.listing, job, "staged changes", column,
        sizeof column / sizeof *column, err);
    if (!code)
        code = applying.node->atomic ? staged_apply_atomic(&applying, err)
                                     : apply_each(&applying, err);
    if (save(&applying, &second) && !code) {
        *err = second;
        code = err->code;
    }
    if (!code)
        code = listing_end(&applying.listing, err);
    report(&applying);
    return code ? code : conclude(&applying, err);
}
