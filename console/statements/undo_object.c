#include "console/statements/undo_object.h"

#include "console/gateway_object.h"

enum { STATE_LIMIT = 16 << 20 };

struct undo_entry {
    struct undo_entry *before;
    struct text call, reference, old, wrote, why;
    bool is_written;
    bool secrets_changed; /* and nothing else has */
};

/* One UNDO of objects under way. */
struct restoring {
    struct job *job;
    struct staged_list *list;
    const char *id;
};

bool undo_line_is_object(const struct json *line)
{
    return json_member(line, "object") != NULL;
}

/* The member as a text of its own; empty for null. */
static enum error_code take(struct arena *arena, const struct json *line, const char *name,
    struct text *out, struct error *err)
{
    const struct json *member = json_member(line, name);
    struct json_writer writer;
    struct buf text;
    enum error_code code;

    *out = TEXT("");
    if (!member || member->kind == JSON_NULL)
        return ERROR_NONE;
    buf_init(&text, STATE_LIMIT);
    json_writer_init(&writer, &text);
    json_tree(&writer, member);
    code = buf_check(&text, "state", err);
    if (!code)
        *out = arena_text(arena, buf_view(&text));
    buf_done(&text);
    return code || out->data ? code : arena_failed(arena, err);
}

enum error_code undo_objects_take(struct job *job, struct undo_objects *objects,
    const struct json *line, struct error *err)
{
    struct undo_entry *entry = objects->last;
    struct text reference;

    if (take(job->arena, line, "object", &reference, err))
        return err->code;
    while (entry && (entry->is_written || !text_equal(entry->reference, reference)))
        entry = entry->before;
    if (!entry) {
        entry = arena_alloc(job->arena, 1, sizeof *entry);
        if (!entry)
            return arena_failed(job->arena, err);
        entry->before = objects->last;
        entry->reference = reference;
        objects->last = entry;
        objects->count++;
    }
    entry->is_written = json_member(line, "wrote") != NULL;
    entry->secrets_changed = json_bool_member(line, "secrets_changed", false);
    entry->call = arena_text(job->arena, json_string_member(line, "call"));
    entry->why = arena_text(job->arena, json_string_member(line, "why"));
    if (take(job->arena, line, "old", &entry->old, err) ||
        take(job->arena, line, "wrote", &entry->wrote, err))
        return err->code;
    return entry->call.data && entry->why.data ? ERROR_NONE : arena_failed(job->arena, err);
}

/* The process ended before it could say what has become of it. */
static enum error_code read_wrote(struct restoring *at, const struct gateway_object *object,
    const char *name, struct text *wrote, struct error *err)
{
    struct link *link;
    struct gateway_api *api = gateway_object_load(at->job, &link, object, err);

    *wrote = TEXT("");
    if (!api)
        return err->code == ERROR_NOT_FOUND && object->kind == GATEWAY_OBJECT_API ? ERROR_NONE
                                                                                  : err->code;
    job_note(at->job, REPORT_WARNING,
        "%s: the log does not say what was written; what is there now is taken for it", name);
    return gateway_object_state(at->job->arena, api, object, true, wrote, err);
}

static const char *name_of(struct arena *arena, const struct gateway_object *object)
{
    const char *name;
    struct buf text;

    buf_init(&text, STATE_LIMIT);
    gateway_object_add_name(&text, object);
    name = text.failure ? NULL : arena_string(arena, buf_view(&text));
    buf_done(&text);
    return name;
}

static void set_risk(struct arena *arena, const struct gateway_object *object,
    struct staged_change *change)
{
    bool is_stage = object->kind == GATEWAY_OBJECT_STAGE;
    bool is_route = object->kind == GATEWAY_OBJECT_ROUTE;
    bool is_settings = object->kind == GATEWAY_OBJECT_SETTINGS;

    change->risk = change->goal.length > 0 || is_route || is_settings ? RISK_MANY : RISK_DESTROY;
    change->risk_kind = is_stage ? TEXT("stage") : TEXT("api");
    change->risk_name = object->of;
    if (is_stage)
        change->risk_name = text_of(arena_format(arena, "%.*s/%.*s", (int)object->of.length,
            object->of.data, (int)object->name.length, object->name.data));
    change->mark = change->state.length == 0 ? '+' : change->goal.length == 0 ? '-' : '~';
}

static enum error_code fail_staged(const struct staged_change *before, struct error *err)
{
    error_set(err, ERROR_CONDITION, "change %llu is staged of %.*s and does not fit this",
        (unsigned long long)before->number, (int)before->object.length, before->object.data);
    return error_hint(err, "APPLY STAGED %llu or DISCARD STAGED %llu first",
        (unsigned long long)before->number, (unsigned long long)before->number);
}

/* Behind what UNDO has staged of the object already: what that makes of it is changed further. */
static enum error_code chain(struct restoring *at, const struct staged_change *before,
    struct staged_change *change, bool *cancels, struct error *err)
{
    struct arena *arena = at->job->arena;
    const struct json *now, *base, *goal, *first, *target;
    struct json_writer writer;
    struct buf text;

    /* Another statement, or an API of the same name. */
    if (!text_equal(before->reference, change->reference))
        return fail_staged(before, err);
    if (gateway_state_parse(arena, before->goal, &now, err) ||
        gateway_state_parse(arena, before->state, &first, err) ||
        gateway_state_parse(arena, change->state, &base, err) ||
        gateway_state_parse(arena, change->goal, &goal, err))
        return err->code;
    if (gateway_state_merge(arena, now, base, goal, &target, err))
        return err->code == ERROR_CONDITION ? fail_staged(before, err) : err->code;
    *cancels = gateway_state_equal(first, target);
    buf_init(&text, STATE_LIMIT);
    json_writer_init(&writer, &text);
    if (target)
        json_tree(&writer, target);
    change->state = before->state;
    change->goal = text.failure ? (struct text){NULL, 0} : arena_text(arena, buf_view(&text));
    buf_done(&text);
    if (text_ends_with(before->statement, change->statement))
        change->statement = before->statement;
    else
        change->statement = text_of(arena_format(arena, "%.*s\n%.*s", (int)before->statement.length,
            before->statement.data, (int)change->statement.length, change->statement.data));
    return change->goal.data ? ERROR_NONE : arena_failed(arena, err);
}

static enum error_code put(struct restoring *at, const struct gateway_object *object,
    struct staged_change *change, uint64_t *number, struct error *err)
{
    const struct staged_change *before = staged_object(at->list, change->object);
    bool cancels = false;
    enum error_code code = before ? chain(at, before, change, &cancels, err) : ERROR_NONE;

    if (code)
        return code;
    set_risk(at->job->arena, object, change);
    if (change->mark == '+' && object->kind == GATEWAY_OBJECT_ROUTE && !cancels)
        job_note(at->job, REPORT_NOTE, "%.*s is made again: it gets new ids",
            (int)change->object.length, change->object.data);
    *number = before ? before->number : 0;
    if (before && cancels) {
        job_note(at->job, REPORT_NOTE,
            "%.*s: this and change %llu, staged before, are opposite: neither is left",
            (int)change->object.length, change->object.data, (unsigned long long)*number);
        staged_remove(at->list, *number);
        *number = 0;
        return ERROR_NONE;
    }
    return before ? staged_replace_object(at->list, *number, change, err)
                  : staged_add_object(at->list, change, number, err);
}

static enum error_code fail_why(const struct undo_entry *entry, const char *name, const char *id,
    struct error *err)
{
    error_set(err, ERROR_REFUSED, "%.*s of %s cannot be undone: %.*s", (int)entry->call.length,
        entry->call.data, name, (int)entry->why.length, entry->why.data);
    return error_hint(err, "what it was is in the undo log, id %s", id);
}

/* What is masked in both states stays as it is; another secret is not known any more. */
static enum error_code check_secrets(struct restoring *at, const char *name, struct text wrote,
    struct text old, struct error *err)
{
    const struct json *base, *goal, *target;

    if (gateway_state_parse(at->job->arena, wrote, &base, err) ||
        gateway_state_parse(at->job->arena, old, &goal, err))
        return err->code;
    if (gateway_state_merge(at->job->arena, base, base, goal, &target, err))
        return err->code == ERROR_REFUSED ? error_wrap(err, "%s", name) : err->code;
    if (gateway_state_has_mask(base))
        job_note(at->job, REPORT_WARNING,
            "%s: secrets were left out of the log, they stay as they are now", name);
    return ERROR_NONE;
}

static enum error_code stage_entry(struct restoring *at, const struct undo_entry *entry,
    uint64_t *number, struct error *err)
{
    struct arena *arena = at->job->arena;
    const struct json *reference = json_parse(entry->reference, arena, err);
    struct staged_change change = {.kind = STAGED_OBJECT,
        .reference = entry->reference,
        .state = entry->wrote,
        .goal = entry->old};
    struct gateway_object object;
    const char *name;
    enum error_code code = reference ? gateway_object_parse(reference, &object, err) : err->code;

    *number = 0;
    if (code)
        return error_wrap(err, "undo %s", at->id);
    name = name_of(arena, &object);
    change.statement = text_of(arena_format(arena, "UNDO '%s';", at->id));
    if (!name)
        return arena_failed(arena, err);
    change.object = text_of(name);
    if (!entry->is_written)
        code = read_wrote(at, &object, name, &change.state, err);
    if (code)
        return code;
    if (text_equal(change.state, change.goal)) {
        if (!entry->secrets_changed)
            return ERROR_NONE;
        gateway_fail_secret(err);
        return error_wrap(err, "%s", name);
    }
    if (entry->why.length > 0)
        return fail_why(entry, name, at->id, err);
    code = check_secrets(at, name, change.state, change.goal, err);
    return code ? code : put(at, &object, &change, number, err);
}

enum error_code undo_objects_stage(struct job *job, const struct undo_objects *objects,
    struct staged_list *list, const char *id, void (*added)(void *user, uint64_t number),
    void *user, struct error *err)
{
    struct restoring at = {.job = job, .list = list, .id = id};
    enum error_code code = ERROR_NONE;
    size_t refused = 0;

    for (const struct undo_entry *entry = objects->last; !code && entry; entry = entry->before) {
        uint64_t number = 0;

        code = stage_entry(&at, entry, &number, err);
        if (code == ERROR_REFUSED && ++refused < objects->count) {
            job_note(job, REPORT_WARNING, "%s", err->text);
            code = ERROR_NONE;
        }
        if (!code && number > 0)
            added(user, number);
    }
    return code;
}
