#include "endpoint/gateway/stages.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "endpoint/gateway/draft.h"
#include "endpoint/gateway/snapshot.h"

enum { STAGE_ARENA = 16 * 1024 * 1024, KEY_LIMIT = 512 };

struct stages {
    struct map *map; /* "api/stage" -> struct live_stage */
};

struct stages *stages_new(void)
{
    struct stages *stages = mem_new(1, sizeof *stages);

    if (!stages)
        return NULL;
    stages->map = map_new();
    if (!stages->map) {
        mem_free(stages);
        return NULL;
    }
    return stages;
}

void stages_release(struct live_stage *stage)
{
    if (!stage || --stage->users > 0)
        return;
    definition_release(stage->definition);
    definition_release(stage->canary);
    mem_free(stage->bucket);
    arena_free(stage->arena);
    mem_free(stage);
}

void stages_free(struct stages *stages)
{
    struct text key;
    void *value;

    if (!stages)
        return;
    for (size_t at = 0; map_next(stages->map, &at, &key, &value);)
        stages_release(value);
    map_free(stages->map);
    mem_free(stages);
}

void stages_forget(struct stages *stages, const struct gateway_store *store)
{
    struct text key;
    void *value;

    for (size_t at = 0; map_next(stages->map, &at, &key, &value);) {
        struct live_stage *stage = value;

        if (gateway_store_find(store, GATEWAY_STAGE, stage->api_id, stage->name))
            continue;
        map_remove(stages->map, key);
        stages_release(stage);
        at = 0; /* the map has changed: from the start */
    }
}

static struct definition *load(struct gateway_store *store, const struct record *api,
    struct text deployment, struct error *err)
{
    struct definition *definition = NULL;
    struct buf text;

    buf_init(&text, SNAPSHOT_LIMIT);
    if (gateway_store_read_snapshot(store, api->id, deployment, &text, err) == ERROR_NONE)
        definition = definition_new(buf_view(&text), err);
    buf_done(&text);
    return definition;
}

static struct definition *compile_working(struct gateway_store *store, const struct record *api,
    struct error *err)
{
    struct arena *arena = arena_new(SNAPSHOT_LIMIT, err);
    struct definition *definition = NULL;
    struct snapshot snapshot;

    if (arena && snapshot_make(store, api, arena, &snapshot, err) == ERROR_NONE)
        definition = definition_new(snapshot.json, err);
    arena_free(arena);
    return definition;
}

/* The same deployment as before needs no compiling. */
static struct definition *take_over(const struct live_stage *before, struct text deployment)
{
    if (!before || deployment.length == 0)
        return NULL;
    if (before->definition && text_equal(before->deployment, deployment))
        return definition_keep(before->definition);
    if (before->canary && text_equal(before->canary_deployment, deployment))
        return definition_keep(before->canary);
    return NULL;
}

static void set_definitions(struct live_stage *stage, struct gateway_store *store,
    const struct record *api, const struct live_stage *before, double percent)
{
    struct error err = {0};

    stage->is_draft = stage->deployment.length == 0;
    stage->definition = take_over(before, stage->deployment);
    if (!stage->definition)
        stage->definition = stage->is_draft ? compile_working(store, api, &err)
                                            : load(store, api, stage->deployment, &err);
    if (!stage->definition)
        snprintf(stage->why, sizeof stage->why, "%.250s", err.text);
    if (stage->canary_deployment.length == 0)
        return;
    stage->canary_percent = percent;
    stage->canary = take_over(before, stage->canary_deployment);
    if (!stage->canary)
        stage->canary = load(store, api, stage->canary_deployment, &err);
}

/* "~1pets~1{id}/GET" of REST names a method as "/pets/{id}"; HTTP uses route keys. */
static bool names_method(struct text key, const struct definition_method *method)
{
    struct text verb = key;
    size_t slash = key.length, at = 0, out = 0;

    while (slash > 0 && key.data[slash - 1] != '/')
        slash--;
    if (slash == 0)
        return false;
    verb = text_slice(key, slash, key.length);
    if (!text_equal(verb, method->verb))
        return false;
    for (slash--; at < slash; at++) {
        char c = key.data[at];

        if (c == '~' && at + 1 < slash && (key.data[at + 1] == '1' || key.data[at + 1] == '0'))
            c = key.data[++at] == '1' ? '/' : '~';
        if (at == 0 && c != '/' && out == 0)
            out = 1; /* written without the leading slash */
        if (out >= method->resource.length || method->resource.data[out] != c)
            return false;
        out++;
    }
    return out == method->resource.length;
}

static const struct json *rest_settings(const struct json *tree,
    const struct definition_method *method)
{
    const struct json *map = json_member(tree, "methodSettings");

    for (const struct json *one = map ? map->first : NULL; one; one = one->next)
        if (names_method(one->name, method))
            return one;
    return json_member(map, "*/*");
}

static const struct json *http_settings(const struct json *tree,
    const struct definition_method *method)
{
    const struct json *found =
        json_member_text(json_member(tree, "routeSettings"), method->resource);

    return found ? found : json_member(tree, "defaultRouteSettings");
}

static bool set_buckets(struct live_stage *stage, const struct json *tree)
{
    const struct definition *definition = stage->definition;
    uint64_t now = clock_monotonic();

    if (!definition || definition->method_count == 0)
        return true;
    stage->bucket = mem_new(definition->method_count, sizeof *stage->bucket);
    if (!stage->bucket)
        return false;
    for (size_t i = 0; i < definition->method_count; i++) {
        const struct json *settings = definition->is_http
                                          ? http_settings(tree, definition->method[i])
                                          : rest_settings(tree, definition->method[i]);

        limits_bucket_init(&stage->bucket[i],
            json_double_member(settings, "throttlingRateLimit", -1),
            json_integer_member(settings, "throttlingBurstLimit", -1), now);
    }
    return true;
}

/* Overrides of the canary over the variables of the stage. */
static const struct json *merge(struct draft *draft, const struct json *variables,
    const struct json *overrides)
{
    struct json *merged = variables ? draft_copy(draft, variables) : draft_object(draft);

    for (const struct json *one = overrides ? overrides->first : NULL; one; one = one->next)
        draft_set_text(draft, merged, one->name, draft_copy(draft, one));
    return merged;
}

static bool fill(struct live_stage *stage, struct gateway_store *store, const struct record *api,
    const struct record *record, const struct live_stage *before)
{
    struct draft draft = {.arena = stage->arena};
    const struct json *canary = json_member(record->tree, "canarySettings");
    const struct json *variables = json_member(record->tree, "variables");
    bool is_rest = text_is(text_of(api->kind), GATEWAY_REST);

    if (!is_rest)
        variables = json_member(record->tree, "stageVariables");
    stage->account = arena_text(stage->arena, api->account);
    stage->api_id = arena_text(stage->arena, api->id);
    stage->api_name = arena_text(stage->arena, json_string_member(api->tree, "name"));
    stage->name = arena_text(stage->arena, record->id);
    stage->deployment = arena_text(stage->arena, json_string_member(record->tree, "deploymentId"));
    stage->canary_deployment = arena_text(stage->arena, json_string_member(canary, "deploymentId"));
    stage->variables = variables ? draft_copy(&draft, variables) : NULL;
    if (canary)
        stage->canary_variables =
            merge(&draft, variables, json_member(canary, "stageVariableOverrides"));
    set_definitions(stage, store, api, before, json_double_member(canary, "percentTraffic", 0));
    return stage->name.data && stage->canary_deployment.data && !draft.failed &&
           set_buckets(stage, record->tree);
}

static struct live_stage *make(struct gateway_store *store, const struct record *api,
    const struct record *record, const struct live_stage *before, struct error *err)
{
    struct live_stage *stage = mem_new(1, sizeof *stage);

    if (!stage) {
        error_memory(err);
        return NULL;
    }
    stage->users = 1;
    stage->stage_version = record->version;
    stage->api_version = api->version;
    stage->store_version = gateway_store_version(store);
    stage->arena = arena_new(STAGE_ARENA, err);
    if (stage->arena && fill(stage, store, api, record, before))
        return stage;
    error_memory(err);
    stages_release(stage);
    return NULL;
}

static bool is_current(const struct live_stage *stage, struct gateway_store *store,
    const struct record *api, const struct record *record)
{
    return stage && stage->stage_version == record->version && stage->api_version == api->version &&
           (!stage->is_draft || stage->store_version == gateway_store_version(store));
}

struct live_stage *stages_find(struct stages *stages, struct gateway_store *store,
    const struct record *api, struct text name, struct error *err)
{
    const struct record *record = gateway_store_find(store, GATEWAY_STAGE, api->id, name);
    struct live_stage *stage, *fresh;
    char space[KEY_LIMIT];
    struct text key;

    if (!record || api->id.length + 1 + name.length > KEY_LIMIT) {
        error_set(err, ERROR_NOT_FOUND, "no such stage");
        return NULL;
    }
    memcpy(space, api->id.data, api->id.length);
    space[api->id.length] = '/';
    memcpy(space + api->id.length + 1, name.data, name.length);
    key = text_make(space, api->id.length + 1 + name.length);
    stage = map_get(stages->map, key);
    if (is_current(stage, store, api, record)) {
        stage->users++;
        return stage;
    }
    fresh = make(store, api, record, stage, err);
    if (!fresh)
        return NULL;
    if (!map_set(stages->map, key, fresh)) {
        stages_release(fresh);
        error_memory(err);
        return NULL;
    }
    stages_release(stage);
    fresh->users++;
    return fresh;
}
