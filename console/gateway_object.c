#include "console/gateway_object.h"

#include <string.h>

#include "client/mask.h"
#include "console/route_parts.h"

/* The states of gateway objects: read, written, compared, merged. */

enum { STATE_LIMIT = 8 << 20 };

static const char *const kind_table[GATEWAY_OBJECT_KINDS] = {
    [GATEWAY_OBJECT_ROUTE] = "route",
    [GATEWAY_OBJECT_SETTINGS] = "settings of route",
    [GATEWAY_OBJECT_STAGE] = "stage",
    [GATEWAY_OBJECT_API] = "api",
};

void gateway_object_add_name(struct buf *out, const struct gateway_object *object)
{
    buf_add_string(out, kind_table[object->kind]);
    if (object->name.length > 0)
        buf_add_format(out, " %.*s of", (int)object->name.length, object->name.data);
    buf_add_format(out, " %.*s", (int)object->of.length, object->of.data);
    if (object->stage.length > 0)
        buf_add_format(out, "/%.*s", (int)object->stage.length, object->stage.data);
}

void gateway_object_write(struct json_writer *writer, const struct gateway_object *object)
{
    json_begin_object(writer);
    json_pair_string(writer, "kind", kind_table[object->kind]);
    json_pair(writer, "api", object->api);
    json_pair(writer, "of", object->of);
    if (object->name.length > 0)
        json_pair(writer, "name", object->name);
    if (object->stage.length > 0)
        json_pair(writer, "stage", object->stage);
    json_end_object(writer);
}

enum error_code gateway_object_parse(const struct json *json, struct gateway_object *out,
    struct error *err)
{
    struct text kind = json_string_member(json, "kind");
    size_t at = 0;

    while (at < GATEWAY_OBJECT_KINDS && !text_is(kind, kind_table[at]))
        at++;
    *out = (struct gateway_object){.kind = (enum gateway_object_kind)at,
        .api = json_string_member(json, "api"),
        .of = json_string_member(json, "of"),
        .name = json_string_member(json, "name"),
        .stage = json_string_member(json, "stage")};
    if (at == GATEWAY_OBJECT_KINDS || out->api.length == 0 || out->of.length == 0 ||
        (out->name.length == 0) != (out->kind == GATEWAY_OBJECT_API) ||
        (out->stage.length == 0) != (out->kind != GATEWAY_OBJECT_SETTINGS))
        return error_set(err, ERROR_INVALID, "what it speaks of is not understood");
    return ERROR_NONE;
}

struct gateway_api *gateway_object_load(struct job *job, struct link **link,
    const struct gateway_object *object, struct error *err)
{
    const struct api_ref scope = {.api = object->api};
    struct text stage;
    struct gateway_api *api = gateway_find(job, &scope, link, &stage, err);
    bool needs_routes = object->kind == GATEWAY_OBJECT_ROUTE || object->kind == GATEWAY_OBJECT_API;
    enum error_code code = ERROR_NONE;

    if (!api)
        return NULL;
    if (needs_routes)
        code = gateway_read_routes(job, *link, api, err);
    if (!code && object->kind != GATEWAY_OBJECT_ROUTE)
        code = gateway_read_stages(job, *link, api, err);
    if (!code && object->kind == GATEWAY_OBJECT_API)
        code = gateway_read_api(job, *link, api, err);
    return code ? NULL : api;
}

/* Ids, dates, and what is told elsewhere: G18. */
static bool is_left_out(struct text name)
{
    static const char *const name_table[] = {"apiGatewayManaged", "apiId", "createdDate", "id",
        "integrationId", "lastDeploymentStatusMessage", "lastUpdatedDate", "rootResourceId",
        "routeId", "target"};

    for (size_t i = 0; i < sizeof name_table / sizeof *name_table; i++)
        if (text_is(name, name_table[i]))
            return true;
    return false;
}

/* "integration.request.header.Authorization" is called Authorization. */
static struct text last_part(struct text name)
{
    size_t at = name.length;

    while (at > 0 && name.data[at - 1] != '.')
        at--;
    return text_slice(name, at, name.length);
}

/* A static value of a mapping stands in quotes: 'Bearer ..'. A mapping is none. */
static bool is_mapping(struct text value)
{
    static const char *const source[] = {"method.", "integration.", "context.", "stageVariables.",
        "$request.", "$context.", "$stageVariables.", "$response."};

    for (size_t i = 0; i < sizeof source / sizeof *source; i++)
        if (text_starts_with(value, text_of(source[i])))
            return true;
    return false;
}

static bool holds_secret(struct text name, struct text value)
{
    struct buf quoted;
    bool is_secret;

    if (mask_is_secret(last_part(name)))
        return value.length > 0 && !is_mapping(value);
    buf_init(&quoted, STATE_LIMIT);
    json_add_string(&quoted, value);
    is_secret = quoted.failure || mask_finds_secret(buf_view(&quoted));
    buf_done(&quoted);
    return is_secret;
}

/* The members that count. Recursion ends with the depth of the tree. */
static void write_state(struct json_writer *writer, const struct json *node, bool is_top,
    bool for_file)
{
    bool is_object = node->kind == JSON_OBJECT;

    if (!is_object && node->kind != JSON_ARRAY) {
        if (for_file && node->kind == JSON_STRING && holds_secret(node->name, node->text))
            json_c_string(writer, GATEWAY_MASK);
        else
            json_tree(writer, node);
        return;
    }
    (is_object ? json_begin_object : json_begin_array)(writer);
    for (const struct json *one = node->first; one; one = one->next) {
        if (is_object && (one->kind == JSON_NULL || (is_top && is_left_out(one->name))))
            continue;
        if (is_object)
            json_name_text(writer, one->name);
        write_state(writer, one, false, for_file);
    }
    (is_object ? json_end_object : json_end_array)(writer);
}

static void write_member(struct json_writer *writer, const char *name, const struct json *node,
    bool for_file)
{
    json_name(writer, name);
    write_state(writer, node, true, for_file);
}

/* A method of v1: the cache of an integration is named after its resource, which is an id. */
static void write_method(struct json_writer *writer, const struct gateway_route *route,
    bool for_file)
{
    json_name(writer, "route");
    json_begin_object(writer);
    for (const struct json *one = route->method_json->first; one; one = one->next) {
        if (one->kind == JSON_NULL || is_left_out(one->name))
            continue;
        json_name_text(writer, one->name);
        if (!text_is(one->name, "methodIntegration") || one->kind != JSON_OBJECT) {
            write_state(writer, one, false, for_file);
            continue;
        }
        json_begin_object(writer);
        for (const struct json *part = one->first; part; part = part->next) {
            if (part->kind == JSON_NULL || (text_is(part->name, "cacheNamespace") &&
                                               text_equal(part->text, route->resource_id)))
                continue;
            json_name_text(writer, part->name);
            write_state(writer, part, false, for_file);
        }
        json_end_object(writer);
    }
    json_end_object(writer);
}

static void write_route(struct json_writer *writer, const struct gateway_route *route,
    bool for_file)
{
    json_begin_object(writer);
    if (json_member(route->method_json, "httpMethod")) { /* v1: it holds its integration */
        write_method(writer, route, for_file);
    } else {
        write_member(writer, "route", route->method_json, for_file);
        if (route->integration)
            write_member(writer, "integration", route->integration, for_file);
    }
    json_end_object(writer);
}

static const struct gateway_stage *stage_named(const struct gateway_api *api, struct text name)
{
    for (size_t i = 0; i < api->stage_count; i++)
        if (text_equal(api->stage[i].name, name))
            return &api->stage[i];
    return NULL;
}

void gateway_add_settings_key(struct buf *out, struct text route, char kind)
{
    struct text path = route, method = {0};

    if (kind != 'R' || !text_take_until(&path, ' ', &method)) {
        buf_add_text(out, route);
        return;
    }
    route_add_pointer_part(out, path);
    buf_add_char(out, '/');
    buf_add_text(out, method);
}

const struct json *gateway_object_settings(const struct gateway_api *api,
    const struct gateway_object *object)
{
    const struct gateway_stage *stage = stage_named(api, object->stage);
    bool rest = api->kind == 'R';
    const struct json *all =
        stage ? json_member(stage->json, rest ? "methodSettings" : "routeSettings") : NULL;
    const struct json *found = NULL;
    struct buf key;

    buf_init(&key, STATE_LIMIT);
    gateway_add_settings_key(&key, object->name, api->kind);
    if (!key.failure)
        found = json_member_text(all, buf_view(&key));
    /* v1 may leave out the slash that the path begins with. */
    if (!found && !key.failure && rest && key.length > 2)
        found = json_member_text(all, text_slice(buf_view(&key), 2, key.length));
    buf_done(&key);
    return found;
}

static void write_api(struct json_writer *writer, const struct gateway_api *api, bool for_file)
{
    json_begin_object(writer);
    if (api->json)
        write_member(writer, "api", api->json, for_file);
    json_name(writer, "routes");
    json_begin_array(writer);
    for (size_t i = 0; i < api->route_count; i++)
        write_route(writer, &api->route[i], for_file);
    json_end_array(writer);
    json_name(writer, "stages");
    json_begin_array(writer);
    for (size_t i = 0; i < api->stage_count; i++)
        write_state(writer, api->stage[i].json, true, for_file);
    json_end_array(writer);
    json_end_object(writer);
}

static enum error_code keep_text(struct arena *arena, struct buf *text, struct text *out,
    struct error *err)
{
    enum error_code code = buf_check(text, "state", err);

    *out = code ? TEXT("") : arena_text(arena, buf_view(text));
    buf_done(text);
    return code || out->data ? code : arena_failed(arena, err);
}

enum error_code gateway_route_state(struct arena *arena, const struct gateway_route *route,
    bool for_file, struct text *out, struct error *err)
{
    struct json_writer writer;
    struct buf text;

    buf_init(&text, STATE_LIMIT);
    json_writer_init(&writer, &text);
    if (route)
        write_route(&writer, route, for_file);
    return keep_text(arena, &text, out, err);
}

static const struct gateway_route *route_named(const struct gateway_api *api, struct text name)
{
    struct text method, path;
    struct error absent;

    if (!gateway_split_route(name, api->kind, &method, &path, &absent))
        return NULL;
    for (size_t i = 0; i < api->route_count; i++)
        if (text_equal(api->route[i].method, method) && text_equal(api->route[i].path, path))
            return &api->route[i];
    return NULL;
}

enum error_code gateway_object_state(struct arena *arena, const struct gateway_api *api,
    const struct gateway_object *object, bool for_file, struct text *out, struct error *err)
{
    const struct gateway_stage *stage;
    const struct json *settings;
    struct json_writer writer;
    struct buf text;

    buf_init(&text, STATE_LIMIT);
    json_writer_init(&writer, &text);
    switch (object->kind) {
    case GATEWAY_OBJECT_ROUTE:
        return gateway_route_state(arena, route_named(api, object->name), for_file, out, err);
    case GATEWAY_OBJECT_SETTINGS:
        settings = gateway_object_settings(api, object);
        if (settings)
            write_state(&writer, settings, true, for_file);
        break;
    case GATEWAY_OBJECT_STAGE:
        stage = stage_named(api, object->name);
        if (stage)
            write_state(&writer, stage->json, true, for_file);
        break;
    case GATEWAY_OBJECT_API:
    case GATEWAY_OBJECT_KINDS:
        write_api(&writer, api, for_file);
        break;
    }
    return keep_text(arena, &text, out, err);
}

enum error_code gateway_state_parse(struct arena *arena, struct text state, const struct json **out,
    struct error *err)
{
    *out = state.length > 0 ? json_parse(state, arena, err) : NULL;
    return state.length > 0 && !*out ? err->code : ERROR_NONE;
}

/* masks: a masked value in kept is equal to any string. */
static bool is_equal(const struct json *now, const struct json *kept, bool masks)
{
    const struct json *one, *other;

    if (!now || !kept)
        return now == kept;
    if (now->kind != kept->kind || now->count != kept->count)
        return false;
    if (now->kind == JSON_STRING)
        return (masks && text_is(kept->text, GATEWAY_MASK)) || text_equal(now->text, kept->text);
    if (now->kind == JSON_NUMBER)
        return text_equal(now->text, kept->text);
    for (one = now->first, other = kept->first; one && other;
         one = one->next, other = other->next) {
        bool is_moved = now->kind == JSON_OBJECT && !text_equal(one->name, other->name);

        if (!is_equal(one, is_moved ? json_member_text(kept, one->name) : other, masks))
            return false;
    }
    return true;
}

bool gateway_state_equal(const struct json *now, const struct json *kept)
{
    return is_equal(now, kept, true);
}

bool gateway_state_has_mask(const struct json *kept)
{
    for (const struct json *one = kept ? kept->first : NULL; one; one = one->next)
        if (gateway_state_has_mask(one))
            return true;
    return kept && kept->kind == JSON_STRING && text_is(kept->text, GATEWAY_MASK);
}

enum error_code gateway_fail_secret(struct error *err)
{
    error_set(err, ERROR_REFUSED,
        "what it was holds a secret, which no file may keep: it cannot be put back");
    return error_hint(err, "a statement that says the value puts it back");
}

/* A node of an object under way: a copy, since it stands among others there. */
static bool push(struct arena *arena, struct json *object, struct json **last,
    const struct json *node, struct text name)
{
    struct json *copy = arena_alloc(arena, 1, sizeof *copy);

    if (!copy)
        return false;
    *copy = *node;
    copy->name = name;
    copy->next = NULL;
    if (*last)
        (*last)->next = copy;
    else
        object->first = copy;
    *last = copy;
    object->count++;
    return true;
}

static enum error_code merge_members(struct arena *arena, const struct json *now,
    const struct json *base, const struct json *wanted, const struct json **out, struct error *err)
{
    struct json *object = arena_alloc(arena, 1, sizeof *object), *last = NULL;
    const struct json *const side[] = {now, base, wanted};

    if (!object)
        return arena_failed(arena, err);
    object->kind = JSON_OBJECT;
    for (size_t i = 0; i < sizeof side / sizeof *side; i++)
        for (const struct json *one = side[i]->first; one; one = one->next) {
            const struct json *merged;

            if ((i > 0 && json_member_text(now, one->name)) ||
                (i > 1 && json_member_text(base, one->name)))
                continue; /* had its turn */
            if (gateway_state_merge(arena, json_member_text(now, one->name),
                    json_member_text(base, one->name), json_member_text(wanted, one->name), &merged,
                    err))
                return err->code;
            if (merged && !push(arena, object, &last, merged, one->name))
                return arena_failed(arena, err);
        }
    *out = object;
    return ERROR_NONE;
}

enum error_code gateway_state_merge(struct arena *arena, const struct json *now,
    const struct json *base, const struct json *wanted, const struct json **out, struct error *err)
{
    *out = now;
    if (is_equal(base, wanted, false) || is_equal(now, wanted, false))
        return ERROR_NONE;
    if (now && base && wanted && now->kind == JSON_OBJECT && base->kind == JSON_OBJECT &&
        wanted->kind == JSON_OBJECT)
        return merge_members(arena, now, base, wanted, out, err);
    if (!gateway_state_equal(now, base))
        return error_set(err, ERROR_CONDITION, "it is not any more what was written");
    if (gateway_state_has_mask(wanted))
        return gateway_fail_secret(err);
    *out = wanted;
    return ERROR_NONE;
}

enum error_code gateway_live(struct job *job, struct link *link, struct gateway_api *api,
    const char **live, struct error *err)
{
    enum error_code code;

    *live = "after DEPLOY";
    if (api->kind == 'R')
        return ERROR_NONE;
    code = gateway_read_stages(job, link, api, err);
    for (size_t i = 0; code == ERROR_NONE && i < api->stage_count; i++)
        if (api->stage[i].auto_deploy)
            *live = "at once";
    return code;
}
