#include "console/gateway_keep.h"
#include "console/statements/staged_apply.h"

/* APPLY STAGED of what UNDO puts back: an object of a gateway, merged with what is there now. */

struct restore {
    struct gateway_object object;
    struct gateway_api *api; /* NULL: it is gone, and the object with it */
    struct link *link;
    const struct json *now, *target;
    struct text state; /* now, as a file may hold it */
};

/* Reads the object; *restore->target is what it has to become. */
static enum error_code prepare(struct job *job, const struct staged_change *change,
    struct restore *restore, struct error *err)
{
    struct arena *arena = job->arena;
    const struct json *reference = json_parse(change->reference, arena, err), *base, *goal;
    struct text state = {0};

    *restore = (struct restore){.state = TEXT("")};
    if (!reference || gateway_object_parse(reference, &restore->object, err) ||
        gateway_state_parse(arena, change->state, &base, err) ||
        gateway_state_parse(arena, change->goal, &goal, err))
        return err->code;
    restore->api = gateway_object_load(job, &restore->link, &restore->object, err);
    if (!restore->api && err->code == ERROR_NOT_FOUND && goal)
        error_set(err, ERROR_NOT_FOUND, "API %.*s is not there any more, id %.*s",
            (int)restore->object.of.length, restore->object.of.data,
            (int)restore->object.api.length, restore->object.api.data);
    if (!restore->api && (err->code != ERROR_NOT_FOUND || goal))
        return err->code;
    if (restore->api &&
        (gateway_object_state(arena, restore->api, &restore->object, false, &state, err) ||
            gateway_object_state(arena, restore->api, &restore->object, true, &restore->state,
                err) ||
            gateway_state_parse(arena, state, &restore->now, err)))
        return err->code;
    return gateway_state_merge(arena, restore->now, base, goal, &restore->target, err);
}

static bool is_done(const struct restore *restore)
{
    return gateway_state_equal(restore->now, restore->target);
}

static enum error_code compile(struct job *job, const struct restore *restore, struct plan *plan,
    struct gateway_steps *steps, struct error *err)
{
    plan_init(plan, job->arena);
    plan->link = restore->link;
    gateway_steps_init(steps, job->arena);
    return gateway_object_restore(job, plan, restore->api, &restore->object, restore->now,
        restore->target, steps, err);
}

enum error_code staged_plan_restore(struct job *job, const struct staged_change *change,
    struct plan *plan, struct error *err)
{
    struct gateway_steps steps;
    struct restore restore;
    struct plan inner;
    enum error_code code = prepare(job, change, &restore, err);

    if (!code && !is_done(&restore))
        code = compile(job, &restore, &inner, &steps, err);
    if (code == ERROR_MEMORY || code == ERROR_CANCELLED)
        return code;
    if (code)
        plan_add(plan, PLAN_NOTE, "change %llu: %s", (unsigned long long)change->number, err->text);
    else if (!is_done(&restore))
        gateway_plan_steps(plan, &steps);
    return ERROR_NONE;
}

/* What the service says now, against what was sent (language.md G16). */
static void read_back(struct job *job, const struct staged_change *change, struct restore *restore,
    struct gateway_keep *keep)
{
    const struct json *now = NULL;
    struct error why = {.code = ERROR_NONE};
    struct text state = TEXT("");
    struct gateway_api *api;

    if (restore->object.kind ==
        GATEWAY_OBJECT_API) { /* it is gone; panels and completion know it */
        gateway_keep_after(keep, NULL);
        if (gateway_read_apis(job, restore->link, &why))
            job_note(job, REPORT_WARNING, "%s", why.text);
        return;
    }
    api = gateway_object_load(job, &restore->link, &restore->object, &why);
    if (!api && why.code != ERROR_NOT_FOUND)
        return;
    gateway_keep_after(keep, api);
    if (api && (gateway_object_state(job->arena, api, &restore->object, false, &state, &why) ||
                   gateway_state_parse(job->arena, state, &now, &why)))
        return;
    if (!gateway_state_equal(now, restore->target))
        job_note(job, REPORT_WARNING, "%.*s: taken, but read back differently",
            (int)change->object.length, change->object.data);
}

static enum error_code send(struct applying *applying, const struct staged_change *change,
    struct restore *restore, struct error *err)
{
    struct job *job = applying->job;
    struct gateway_steps steps;
    struct gateway_keep keep;
    struct plan plan;
    struct error ignored;
    enum error_code code = compile(job, restore, &plan, &steps, err);

    if (code)
        return code;
    gateway_keep_init(&keep, job, restore->link, "UNDO");
    if (restore->object.kind == GATEWAY_OBJECT_API) {
        keep.why = "the routes, stages and deployments of the API went with it";
        keep.is_all = applying->choice->count == 1;
    }
    gateway_keep_before(&keep, restore->api, &restore->object);
    code = gateway_run_steps(job, restore->link, &steps, err);
    if (!code) {
        read_back(job, change, restore, &keep);
        return code;
    }
    restore->api = gateway_object_load(job, &restore->link, &restore->object, &ignored);
    if (restore->api)
        gateway_keep_after(&keep, restore->api);
    return code;
}

enum error_code staged_apply_restore(struct applying *applying, const struct staged_change *change,
    struct error *err)
{
    struct error why = {.code = ERROR_NONE};
    struct restore restore;
    enum error_code code = prepare(applying->job, change, &restore, &why);

    if (code == ERROR_CONDITION) {
        applying->conflicts++;
        applying->stop = !applying->node->dry_run;
        return staged_restore_conflict(applying, change, restore.state, err);
    }
    if (!code && is_done(&restore)) {
        applying->already++;
        staged_done(applying, change);
        return staged_row(applying, change, "already", err);
    }
    if (!code && applying->node->dry_run) {
        applying->applied++;
        return staged_row(applying, change, "fits", err);
    }
    if (!code)
        code = send(applying, change, &restore, &why);
    if (code)
        return staged_fail_object(applying, change, &why, err);
    applying->applied++;
    staged_done(applying, change);
    return staged_row(applying, change, "applied", err);
}
