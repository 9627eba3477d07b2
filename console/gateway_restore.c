#include "console/gateway_object.h"
#include "console/route_parts.h"

/* Stages, settings and APIs are put back as they were; routes in route_restore.c. */

struct restoring {
    struct arena *arena;
    struct gateway_api *api;
    const struct gateway_object *object;
    struct gateway_steps *steps;
};

static enum error_code fail_unrestorable(const char *what, struct error *err)
{
    error_set(err, ERROR_INVALID, "no call puts %s back", what);
    return error_hint(err, "the file of the undo log holds what it was");
}

/* "\"restApiId\":..,\"stageName\":..": the member that names the API differs between v1 and v2. */
static char *stage_members(const struct restoring *at, struct text stage)
{
    return arena_format(at->arena, "\"%s\":%s,\"stageName\":%s",
        at->api->kind == 'R' ? "restApiId" : "apiId", gateway_quoted(at->arena, at->api->id),
        gateway_quoted(at->arena, stage));
}

static bool add_step(struct restoring *at, const char *operation, const char *members,
    const char *rest)
{
    return gateway_add_step(at->steps, at->api->service, operation, "at once", "{%s%s}", members,
        rest);
}

/* UpdateStage of v1 with these operations; nothing for none. */
static bool add_patch(struct restoring *at, const char *members, const struct buf *there,
    const struct buf *back)
{
    if (there->failure || back->failure)
        return false;
    return there->length == 0 ||
           (gateway_add_step(at->steps, at->api->service, "UpdateStage", "at once",
                "{%s,\"patchOperations\":[%s]}", members, buf_string(there)) &&
               (back->length == 0 ||
                   gateway_add_undo(at->steps, "UpdateStage", "{%s,\"patchOperations\":[%s]}",
                       members, buf_string(back))));
}

/* Where UpdateStage of v1 patches what GetStage tells of a route (API Reference, "Patch
   Operations", UpdateStage). */
static const struct {
    const char *member, *path;
} patch_table[] = {
    {"metricsEnabled", "/metrics/enabled"},
    {"loggingLevel", "/logging/loglevel"},
    {"dataTraceEnabled", "/logging/dataTrace"},
    {"throttlingBurstLimit", "/throttling/burstLimit"},
    {"throttlingRateLimit", "/throttling/rateLimit"},
    {"cachingEnabled", "/caching/enabled"},
    {"cacheTtlInSeconds", "/caching/ttlInSeconds"},
    {"cacheDataEncrypted", "/caching/dataEncrypted"},
    {"requireAuthorizationForCacheControl", "/caching/requireAuthorizationForCacheControl"},
    {"unauthorizedCacheControlHeaderStrategy", "/caching/unauthorizedCacheControlHeaderStrategy"},
};

/* rest: of the path behind the key, with its slash, or "". */
static void begin_operation(struct buf *out, const char *operation, struct text key,
    const char *rest)
{
    struct buf path;

    buf_init(&path, 64 << 10);
    buf_add_format(&path, "/%.*s%s", (int)key.length, key.data, rest);
    buf_add_format(out, "%s{\"op\":\"%s\",\"path\":", out->length > 0 ? "," : "", operation);
    json_add_string(out, buf_view(&path));
    buf_done(&path);
}

/* key: "~1pets/GET". A route that had no settings loses them all. */
static void add_settings(struct buf *out, struct text key, const struct json *now,
    const struct json *wanted)
{
    if (!wanted && now) {
        begin_operation(out, "remove", key, "");
        buf_add_char(out, '}');
        return;
    }
    for (size_t i = 0; i < sizeof patch_table / sizeof *patch_table; i++) {
        const struct json *value = json_member(wanted, patch_table[i].member);

        if (!value || gateway_state_equal(json_member(now, patch_table[i].member), value))
            continue;
        begin_operation(out, "replace", key, patch_table[i].path);
        buf_add_string(out, ",\"value\":");
        route_add_patch_value(out, value);
        buf_add_char(out, '}');
    }
}

static enum error_code restore_settings_rest(struct restoring *at, const struct json *now,
    const struct json *wanted, struct error *err)
{
    char *members = stage_members(at, at->object->stage);
    struct buf key, there, back;
    bool good;

    buf_init(&key, 16 << 10);
    buf_init(&there, 64 << 10);
    buf_init(&back, 64 << 10);
    gateway_add_settings_key(&key, at->object->name, 'R');
    add_settings(&there, buf_view(&key), now, wanted);
    add_settings(&back, buf_view(&key), wanted, now);
    good = members && !key.failure && add_patch(at, members, &there, &back);
    buf_done(&key);
    buf_done(&there);
    buf_done(&back);
    return good ? ERROR_NONE : arena_failed(at->arena, err);
}

static char *settings_input(const struct restoring *at, const struct json *settings)
{
    char *members = route_copy_changed(at->arena, NULL, settings);

    return members ? arena_format(at->arena, ",\"routeSettings\":{%s:{%s}}",
                         gateway_quoted(at->arena, at->object->name), members + (members[0] == ','))
                   : NULL;
}

static enum error_code restore_settings_http(struct restoring *at, const struct json *now,
    const struct json *wanted, struct error *err)
{
    char *members = stage_members(at, at->object->stage);
    char *key =
        arena_format(at->arena, ",\"routeKey\":%s", gateway_quoted(at->arena, at->object->name));
    char *there = settings_input(at, wanted), *back = settings_input(at, now);

    if (!members || !key || !there || !back ||
        !add_step(at, wanted ? "UpdateStage" : "DeleteRouteSettings", members,
            wanted ? there : key) ||
        !gateway_add_undo(at->steps, now ? "UpdateStage" : "DeleteRouteSettings", "{%s%s}", members,
            now ? back : key))
        return arena_failed(at->arena, err);
    return ERROR_NONE;
}

/* Told by the service, or changed by operations of their own. */
static const char *const fixed_table[] = {"stageName", "methodSettings", "tags",
    "cacheClusterStatus", "webAclArn", NULL};

static enum error_code change_stage_rest(struct restoring *at, const struct json *now,
    const struct json *wanted, struct error *err)
{
    char *members = stage_members(at, at->object->name);
    struct buf there, back;
    bool good;

    buf_init(&there, 1 << 20);
    buf_init(&back, 1 << 20);
    route_add_patch(&there, "", now, wanted, fixed_table);
    route_add_patch(&back, "", wanted, now, fixed_table);
    good = members && add_patch(at, members, &there, &back);
    buf_done(&there);
    buf_done(&back);
    return good ? ERROR_NONE : arena_failed(at->arena, err);
}

static enum error_code change_stage_http(struct restoring *at, const struct json *now,
    const struct json *wanted, struct error *err)
{
    char *members = stage_members(at, at->object->name);
    char *there = route_copy_changed(at->arena, now, wanted);
    char *back = route_copy_changed(at->arena, wanted, now);

    if (!members || !there || !back ||
        (there[0] && (!add_step(at, "UpdateStage", members, there) ||
                         !gateway_add_undo(at->steps, "UpdateStage", "{%s%s}", members, back))))
        return arena_failed(at->arena, err);
    return ERROR_NONE;
}

static enum error_code add_all_settings(struct restoring *at, const struct json *settings,
    const char *members, struct error *err)
{
    struct buf there, back;
    bool good;

    buf_init(&there, 1 << 20);
    buf_init(&back, 1);
    for (const struct json *one = settings ? settings->first : NULL; one; one = one->next)
        add_settings(&there, one->name, NULL, one);
    good = add_patch(at, members, &there, &back);
    buf_done(&there);
    buf_done(&back);
    return good ? ERROR_NONE : arena_failed(at->arena, err);
}

static enum error_code make_stage(struct restoring *at, const struct json *wanted,
    struct error *err)
{
    /* v1 takes the settings of routes only when the stage is there; v2 has no member of that name. */
    static const char *const told_table[] = {"stageName", "methodSettings", "cacheClusterStatus",
        "webAclArn", NULL};
    char *members = stage_members(at, at->object->name);
    char *rest = route_copy_but(at->arena, wanted, told_table);

    if (!members || !rest || !add_step(at, "CreateStage", members, rest) ||
        !gateway_add_undo(at->steps, "DeleteStage", "{%s}", members))
        return arena_failed(at->arena, err);
    return add_all_settings(at, json_member(wanted, "methodSettings"), members, err);
}

static enum error_code restore_stage(struct restoring *at, const struct json *now,
    const struct json *wanted, struct error *err)
{
    char *members = stage_members(at, at->object->name);
    enum error_code code = ERROR_NONE;

    if (!members)
        return arena_failed(at->arena, err);
    if (!now)
        return make_stage(at, wanted, err);
    if (!wanted)
        return add_step(at, "DeleteStage", members, "") ? ERROR_NONE : arena_failed(at->arena, err);
    code = (at->api->kind == 'R' ? change_stage_rest : change_stage_http)(at, now, wanted, err);
    return code || at->steps->count > 0 ? code : fail_unrestorable("this of a stage", err);
}

static enum error_code restore_api(struct restoring *at, const struct json *wanted,
    struct error *err)
{
    bool rest = at->api->kind == 'R';

    if (wanted)
        return fail_unrestorable("an API", err);
    return gateway_add_step(at->steps, at->api->service, rest ? "DeleteRestApi" : "DeleteApi",
               "at once", "{\"%s\":%s}", rest ? "restApiId" : "apiId",
               gateway_quoted(at->arena, at->api->id))
               ? ERROR_NONE
               : arena_failed(at->arena, err);
}

static enum error_code restore_route(struct job *job, struct plan *plan, struct restoring *at,
    const struct json *wanted, struct error *err)
{
    struct route_spec spec = {.target = ROUTE_TARGET_NONE};
    struct route_change change = {.job = job,
        .plan = plan,
        .api = at->api,
        .spec = &spec,
        .steps = at->steps};
    struct error absent;
    enum error_code code;

    if (!gateway_split_route(at->object->name, at->api->kind, &spec.method, &spec.path, err))
        return err->code;
    code = gateway_live(job, plan->link, at->api, &change.live, err);
    if (code)
        return code;
    change.route = gateway_find_route(at->api, spec.method, spec.path, &absent);
    return at->api->kind == 'R' ? route_rest_restore(&change, wanted, err)
                                : route_http_restore(&change, wanted, err);
}

enum error_code gateway_object_restore(struct job *job, struct plan *plan, struct gateway_api *api,
    const struct gateway_object *object, const struct json *now, const struct json *wanted,
    struct gateway_steps *steps, struct error *err)
{
    struct restoring at = {.arena = plan->arena, .api = api, .object = object, .steps = steps};

    switch (object->kind) {
    case GATEWAY_OBJECT_ROUTE:
        return restore_route(job, plan, &at, wanted, err);
    case GATEWAY_OBJECT_SETTINGS:
        return api->kind == 'R' ? restore_settings_rest(&at, now, wanted, err)
                                : restore_settings_http(&at, now, wanted, err);
    case GATEWAY_OBJECT_STAGE:
        return restore_stage(&at, now, wanted, err);
    case GATEWAY_OBJECT_API:
    case GATEWAY_OBJECT_KINDS:
        break;
    }
    return restore_api(&at, wanted, err);
}
