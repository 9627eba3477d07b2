#include "endpoint/tables/schema.h"

#include "endpoint/tables/expressions.h"
#include "endpoint/tables/keys.h"

enum { KEY_BYTES_LIMIT = 64 * 1024 };

static struct text type_text(enum value_type type)
{
    return text_of(value_type_name(type));
}

/* The value of a key attribute when it has the right type and that is S or B, or NULL. */
static const struct value *sized_value(const struct key_attribute *attribute,
    const struct value *item)
{
    const struct value *value = value_get(item, attribute->name);

    return value && value->type == attribute->type && value->type != VALUE_N ? value : NULL;
}

bool schema_check_lengths(struct request *request, const struct key_schema *key,
    const struct value *item)
{
    for (size_t i = 0; i < key_count(key); i++) {
        const struct key_attribute *attribute = &key->attribute[i];
        const struct value *value = sized_value(attribute, item);

        if (value && value->text.length == 0)
            return request_fail(request,
                value->type == VALUE_S ? MESSAGE_KEY_EMPTY_STRING : MESSAGE_KEY_EMPTY_BINARY,
                ARGUMENTS(attribute->name));
    }
    for (size_t i = 0; i < key_count(key); i++) {
        const struct value *value = sized_value(&key->attribute[i], item);
        bool hash = i < key->hash_count;

        if (value && value->text.length > (hash ? TABLE_HASH_SIZE : TABLE_RANGE_SIZE))
            return request_fail(request, hash ? MESSAGE_KEY_HASH_SIZE : MESSAGE_KEY_RANGE_SIZE,
                NULL);
    }
    return true;
}

static bool has_key_types(const struct key_schema *key, const struct value *item)
{
    for (size_t i = 0; i < key_count(key); i++) {
        const struct value *value = value_get(item, key->attribute[i].name);

        if (!value || value->type != key->attribute[i].type)
            return false;
    }
    return true;
}

bool schema_check_key(struct request *request, const struct table *table, const struct value *key)
{
    if (key->count != key_count(&table->key) || !has_key_types(&table->key, key))
        return request_fail(request, MESSAGE_KEY_SCHEMA, NULL);
    return schema_check_lengths(request, &table->key, key);
}

bool schema_check_batch_key(struct request *request, const struct table *table,
    const struct value *key, bool whole_item)
{
    if ((!whole_item && key->count != key_count(&table->key)) || !has_key_types(&table->key, key))
        return request_fail(request, MESSAGE_KEY_SCHEMA, NULL);
    return schema_check_lengths(request, &table->key, key);
}

static bool check_index_value(struct request *request, const struct table_index *index,
    const struct key_attribute *attribute, const struct value *value)
{
    bool hash = (size_t)(attribute - index->key.attribute) < index->key.hash_count;

    if (value->type == VALUE_N)
        return true;
    if (value->text.length == 0)
        return request_fail(request, MESSAGE_INDEX_KEY_EMPTY,
            ARGUMENTS(value->type == VALUE_S ? TEXT("string") : TEXT("binary"), index->name,
                attribute->name));
    if (value->text.length > (hash ? TABLE_HASH_SIZE : TABLE_RANGE_SIZE))
        return request_fail(request, hash ? MESSAGE_KEY_HASH_SIZE : MESSAGE_KEY_RANGE_SIZE, NULL);
    return true;
}

static bool check_index_keys(struct request *request, const struct table_index *index,
    const struct value *item)
{
    for (size_t i = 0; i < key_count(&index->key); i++) {
        const struct key_attribute *attribute = &index->key.attribute[i];
        const struct value *value = value_get(item, attribute->name);

        if (value && value->type != attribute->type)
            return request_fail(request, MESSAGE_INDEX_KEY_TYPE,
                ARGUMENTS(attribute->name, type_text(attribute->type), type_text(value->type),
                    index->name));
        if (value && !check_index_value(request, index, attribute, value))
            return false;
    }
    return true;
}

/* Global indexes come before local ones. */
bool schema_check_index_keys(struct request *request, const struct table *table,
    const struct value *item)
{
    for (int local = 0; local <= 1; local++)
        for (size_t i = 0; i < table->index_count; i++)
            if (table->index[i].local == (local == 1) &&
                !check_index_keys(request, &table->index[i], item))
                return false;
    return true;
}

bool schema_check_item(struct request *request, const struct table *table, const struct value *item)
{
    for (size_t i = 0; i < key_count(&table->key); i++) {
        const struct key_attribute *attribute = &table->key.attribute[i];
        const struct value *value = value_get(item, attribute->name);

        if (!value)
            return request_fail(request, MESSAGE_KEY_MISSING, ARGUMENTS(attribute->name));
        if (value->type != attribute->type)
            return request_fail(request, MESSAGE_KEY_TYPE,
                ARGUMENTS(attribute->name, type_text(attribute->type), type_text(value->type)));
    }
    return schema_check_lengths(request, &table->key, item) &&
           schema_check_index_keys(request, table, item);
}

static bool check_updated(struct request *request, const struct key_attribute *attribute, bool hash,
    const struct value *value)
{
    if (value->type != attribute->type)
        return request_fail(request, MESSAGE_UPDATE_INDEX_TYPE, NULL);
    if (value->type == VALUE_N)
        return true;
    if (value->text.length == 0)
        return request_fail(request, MESSAGE_UPDATE_INDEX_EMPTY,
            ARGUMENTS(value->type == VALUE_S ? TEXT("string") : TEXT("binary")));
    if (value->text.length > (hash ? TABLE_HASH_SIZE : TABLE_RANGE_SIZE))
        return request_fail(request, MESSAGE_UPDATE_INDEX_SIZE, NULL);
    return true;
}

bool schema_check_update(struct request *request, const struct table *table,
    const struct value *old, const struct value *item)
{
    for (size_t i = 0; i < table->index_count; i++) {
        const struct key_schema *key = &table->index[i].key;

        for (size_t j = 0; j < key_count(key); j++) {
            const struct value *value = value_get(item, key->attribute[j].name);
            const struct value *before = old ? value_get(old, key->attribute[j].name) : NULL;

            /* What was there before the index, and stays, is merely not in it. */
            if (!value || (before && value_equal(before, value)))
                continue;
            if (!check_updated(request, &key->attribute[j], j < key->hash_count, value))
                return false;
        }
    }
    return true;
}

bool schema_check_key_values(struct request *request, const struct table *table,
    const struct value *item, bool whole_item)
{
    if (!schema_check_lengths(request, &table->key, item))
        return false;
    for (size_t i = 0; whole_item && i < table->index_count; i++) {
        const struct table_index *index = &table->index[i];

        for (size_t j = 0; j < key_count(&index->key); j++) {
            const struct value *value = sized_value(&index->key.attribute[j], item);

            if (value && !check_index_value(request, index, &index->key.attribute[j], value))
                return false;
        }
    }
    return true;
}

bool schema_check_set_values(struct request *request, const struct table *table,
    const struct update *update)
{
    for (size_t i = 0; update && i < update->count; i++) {
        const struct update_action *action = &update->action[i];
        const struct key_attribute *attribute = NULL;

        if (action->kind != UPDATE_SET || action->path->count > 1 ||
            action->operand->kind != EXPRESSION_VALUE)
            continue;
        for (size_t j = 0; !attribute && j < table->index_count; j++)
            attribute = key_find(&table->index[j].key, action->path->part[0].name);
        if (attribute && attribute->type == action->operand->value->type &&
            attribute->type != VALUE_N && action->operand->value->text.length == 0)
            return request_fail(request, MESSAGE_UPDATE_INDEX_EMPTY,
                ARGUMENTS(attribute->type == VALUE_S ? TEXT("string") : TEXT("binary")));
    }
    return true;
}

struct path_check {
    struct request *request;
    const struct table *table;
};

static bool check_path(void *user, const struct path *path)
{
    const struct path_check *check = user;
    struct text name = path->part[0].name;

    if (path->count == 1)
        return true;
    if (key_find(&check->table->key, name))
        return request_fail(check->request, MESSAGE_KEY_PATH, ARGUMENTS(TEXT("Key"), name));
    for (size_t i = 0; i < check->table->index_count; i++)
        if (key_find(&check->table->index[i].key, name))
            return request_fail(check->request, MESSAGE_KEY_PATH,
                ARGUMENTS(TEXT("IndexKey"), name));
    return true;
}

bool schema_check_paths(struct request *request, const struct table *table,
    const struct expression *expression, const struct projection *projection)
{
    struct path_check check = {request, table};

    for (size_t i = 0; projection && i < projection->count; i++)
        if (!check_path(&check, projection->path[i]))
            return false;
    return expressions_each_path(expression, check_path, &check);
}

bool schema_check_update_paths(struct request *request, const struct table *table,
    const struct update *update)
{
    struct path_check check = {request, table};

    for (size_t i = 0; update && i < update->count; i++) {
        const struct path *path = update->action[i].path;

        if (key_find(&table->key, path->part[0].name))
            return request_fail(request, MESSAGE_KEY_UPDATE, ARGUMENTS(path->part[0].name));
        if (!check_path(&check, path) ||
            !expressions_each_path(update->action[i].operand, check_path, &check))
            return false;
    }
    return true;
}

struct value *schema_key_of(const struct key_schema *key, const struct value *item,
    struct arena *arena)
{
    struct value *map = value_new_container(arena, VALUE_M, key_count(key));

    if (!map)
        return NULL;
    for (size_t i = 0; i < key_count(key); i++) {
        const struct value *value = value_get(item, key->attribute[i].name);

        if (!value)
            continue;
        map->name[map->count] = key->attribute[i].name;
        map->element[map->count++] = *value;
    }
    value_sort(map);
    return map;
}

struct text schema_key_bytes(const struct key_schema *key, const struct value *item,
    struct arena *arena)
{
    struct text bytes;
    struct buf buf;

    buf_init(&buf, KEY_BYTES_LIMIT);
    keys_add_item(&buf, key, item);
    bytes = buf.failure ? text_make(NULL, 0) : arena_text(arena, buf_view(&buf));
    buf_done(&buf);
    return bytes;
}
