#include "client/catalog_copy.h"

#include <stdio.h>

static char empty_string[1];

static bool copy_string(char **out, const char *from, struct arena *arena)
{
    *out = from && *from ? arena_string(arena, text_of(from)) : empty_string;
    return *out != NULL;
}

static bool copy_optional(char **out, const char *from, struct arena *arena)
{
    *out = from ? arena_string(arena, text_of(from)) : NULL;
    return *out || !from;
}

static bool copy_text(char **out, struct text from, struct arena *arena)
{
    *out = from.length > 0 ? arena_string(arena, from) : empty_string;
    return *out != NULL;
}

static bool copy_keys(struct catalog_key **out, const struct catalog_key *from, size_t count,
    struct arena *arena)
{
    *out = arena_alloc(arena, count, sizeof **out);
    if (!*out)
        return false;
    for (size_t i = 0; i < count; i++) {
        (*out)[i] = from[i];
        if (!copy_string(&(*out)[i].name, from[i].name, arena))
            return false;
    }
    return true;
}

static bool copy_index(struct catalog_index *out, const struct catalog_index *from,
    struct arena *arena)
{
    *out = *from;
    out->include = arena_alloc(arena, from->include_count, sizeof *out->include);
    if (!out->include || !copy_string(&out->name, from->name, arena) ||
        !copy_keys(&out->key, from->key, from->key_count, arena))
        return false;
    for (size_t i = 0; i < from->include_count; i++)
        if (!copy_string(&out->include[i], from->include[i], arena))
            return false;
    return true;
}

bool catalog_copy_table(struct catalog_table *out, const struct catalog_table *from,
    struct arena *arena)
{
    *out = *from;
    out->index = arena_alloc(arena, from->index_count, sizeof *out->index);
    if (!out->index || !copy_string(&out->name, from->name, arena) ||
        !copy_string(&out->arn, from->arn, arena) ||
        !copy_string(&out->status, from->status, arena) ||
        !copy_string(&out->table_class, from->table_class, arena) ||
        !copy_optional(&out->ttl, from->ttl, arena) || !copy_optional(&out->id, from->id, arena) ||
        !copy_optional(&out->json, from->json, arena) ||
        !copy_optional(&out->failure, from->failure, arena) ||
        !copy_keys(&out->key, from->key, from->key_count, arena))
        return false;
    for (size_t i = 0; i < from->index_count; i++)
        if (!copy_index(&out->index[i], &from->index[i], arena))
            return false;
    return true;
}

static bool copy_routes(struct catalog_api *out, const struct catalog_api *from,
    struct arena *arena)
{
    out->routes_known = from->routes_known;
    out->route_count = from->route_count;
    out->route = arena_alloc(arena, from->route_count, sizeof *out->route);
    if (!out->route)
        return false;
    for (size_t i = 0; i < from->route_count; i++) {
        struct catalog_route *route = &out->route[i];

        *route = from->route[i];
        if (!copy_string(&route->method, route->method, arena) ||
            !copy_string(&route->path, route->path, arena) ||
            !copy_string(&route->id, route->id, arena) ||
            !copy_string(&route->target, route->target, arena) ||
            !copy_string(&route->target_type, route->target_type, arena) ||
            !copy_string(&route->authorization, route->authorization, arena) ||
            !copy_optional(&route->json, route->json, arena))
            return false;
    }
    return true;
}

static bool copy_stages(struct catalog_api *out, const struct catalog_api *from,
    struct arena *arena)
{
    out->stage_count = from->stage_count;
    out->stage = arena_alloc(arena, from->stage_count, sizeof *out->stage);
    if (!out->stage)
        return false;
    for (size_t i = 0; i < from->stage_count; i++) {
        struct catalog_stage *stage = &out->stage[i];

        *stage = from->stage[i];
        if (!copy_string(&stage->name, stage->name, arena) ||
            !copy_string(&stage->deployment, stage->deployment, arena))
            return false;
    }
    return true;
}

bool catalog_copy_api(struct catalog_api *out, const struct catalog_api *from,
    const struct catalog_api *old, struct arena *arena)
{
    const struct catalog_api *routes = old && !from->routes_known ? old : from;
    const struct catalog_api *stages = routes == old && from->stage_count == 0 ? old : from;

    *out = *from;
    return copy_string(&out->id, from->id, arena) && copy_string(&out->name, from->name, arena) &&
           copy_string(&out->endpoint, from->endpoint, arena) && copy_routes(out, routes, arena) &&
           copy_stages(out, stages, arena);
}

static char find_type(const struct json *definitions, struct text name)
{
    const struct json *definition = definitions ? definitions->first : NULL;

    for (; definition; definition = definition->next) {
        struct text type = json_string_member(definition, "AttributeType");

        if (text_equal(json_string_member(definition, "AttributeName"), name) && type.length > 0)
            return type.data[0];
    }
    return 'S';
}

/* HASH attributes first: an index may have several of each kind. */
static bool read_keys(struct catalog_key **out, size_t *count, const struct json *schema,
    const struct json *definitions, struct arena *arena)
{
    size_t size = schema && schema->kind == JSON_ARRAY ? schema->count : 0;

    *count = 0;
    *out = arena_alloc(arena, size, sizeof **out);
    if (!*out)
        return false;
    for (int pass = 0; pass < 2 && size > 0; pass++)
        for (const struct json *key = schema->first; key; key = key->next) {
            struct text name = json_string_member(key, "AttributeName");
            bool is_range = text_is(json_string_member(key, "KeyType"), "RANGE");

            if (is_range != (pass == 1))
                continue;
            (*out)[*count].is_range = is_range;
            (*out)[*count].type = find_type(definitions, name);
            if (!copy_text(&(*out)[(*count)++].name, name, arena))
                return false;
        }
    return true;
}

static void read_word(char *out, size_t size, struct text text, const char *fallback)
{
    if (text.length == 0)
        text = text_of(fallback);
    snprintf(out, size, "%.*s", text.length < size ? (int)text.length : (int)size - 1, text.data);
}

/* What is provisioned, else the maximum on demand; -1 there stands for none. */
static uint64_t read_limit(const struct json *described, const char *provisioned,
    const char *on_demand)
{
    int64_t units =
        json_integer_member(json_member(described, "ProvisionedThroughput"), provisioned, 0);

    if (units <= 0)
        units = json_integer_member(json_member(described, "OnDemandThroughput"), on_demand, 0);
    return units > 0 ? (uint64_t)units : 0;
}

static void read_limits(const struct json *described, uint64_t *read, uint64_t *write)
{
    *read = read_limit(described, "ReadCapacityUnits", "MaxReadRequestUnits");
    *write = read_limit(described, "WriteCapacityUnits", "MaxWriteRequestUnits");
}

static bool read_index(struct catalog_index *out, const struct json *index, bool is_local,
    const struct json *definitions, struct arena *arena)
{
    const struct json *projection = json_member(index, "Projection");
    const struct json *names = json_member(projection, "NonKeyAttributes");

    out->is_local = is_local;
    out->backfilling = json_bool_member(index, "Backfilling", false);
    out->items = (uint64_t)json_integer_member(index, "ItemCount", 0);
    out->bytes = (uint64_t)json_integer_member(index, "IndexSizeBytes", 0);
    read_limits(index, &out->read_limit, &out->write_limit);
    read_word(out->projection, sizeof out->projection,
        json_string_member(projection, "ProjectionType"), "ALL");
    read_word(out->status, sizeof out->status, json_string_member(index, "IndexStatus"), "ACTIVE");
    out->include = arena_alloc(arena, names ? names->count : 0, sizeof *out->include);
    if (!out->include || !copy_text(&out->name, json_string_member(index, "IndexName"), arena) ||
        !read_keys(&out->key, &out->key_count, json_member(index, "KeySchema"), definitions, arena))
        return false;
    for (const struct json *name = names ? names->first : NULL; name; name = name->next)
        if (!copy_text(&out->include[out->include_count++], name->text, arena))
            return false;
    return true;
}

static bool read_indexes(struct catalog_table *out, const struct json *table,
    const struct json *definitions, struct arena *arena)
{
    const struct json *list[2] = {json_member(table, "GlobalSecondaryIndexes"),
        json_member(table, "LocalSecondaryIndexes")};
    size_t size = (list[0] ? list[0]->count : 0) + (list[1] ? list[1]->count : 0);

    out->index = arena_alloc(arena, size, sizeof *out->index);
    if (!out->index)
        return false;
    for (int i = 0; i < 2; i++)
        for (const struct json *one = list[i] ? list[i]->first : NULL; one; one = one->next)
            if (!read_index(&out->index[out->index_count++], one, i == 1, definitions, arena))
                return false;
    return true;
}

bool catalog_read_table(struct catalog_table *out, const struct json *table, struct text source,
    struct arena *arena)
{
    const struct json *definitions = json_member(table, "AttributeDefinitions");
    const struct json *units = json_member(table, "ProvisionedThroughput");
    const struct json *billing = json_member(table, "BillingModeSummary");
    struct text class = json_string_member(json_member(table, "TableClassSummary"), "TableClass");

    *out = (struct catalog_table){0};
    out->on_demand = text_is(json_string_member(billing, "BillingMode"), "PAY_PER_REQUEST");
    out->read_units = (uint64_t)json_integer_member(units, "ReadCapacityUnits", 0);
    out->write_units = (uint64_t)json_integer_member(units, "WriteCapacityUnits", 0);
    read_limits(table, &out->read_limit, &out->write_limit);
    out->items = (uint64_t)json_integer_member(table, "ItemCount", 0);
    out->bytes = (uint64_t)json_integer_member(table, "TableSizeBytes", 0);
    out->stream =
        json_bool_member(json_member(table, "StreamSpecification"), "StreamEnabled", false);
    out->protected_ = json_bool_member(table, "DeletionProtectionEnabled", false);
    /* The service leaves the class out while it is the standard one. */
    return copy_text(&out->table_class, class.length > 0 ? class : TEXT("STANDARD"), arena) &&
           copy_text(&out->name, json_string_member(table, "TableName"), arena) &&
           copy_text(&out->arn, json_string_member(table, "TableArn"), arena) &&
           copy_text(&out->status, json_string_member(table, "TableStatus"), arena) &&
           copy_text(&out->id, json_string_member(table, "TableId"), arena) &&
           copy_text(&out->json, source, arena) &&
           read_keys(&out->key, &out->key_count, json_member(table, "KeySchema"), definitions,
               arena) &&
           read_indexes(out, table, definitions, arena);
}
