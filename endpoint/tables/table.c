#include "endpoint/tables/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { TABLE_ARENA_LIMIT = 4 * 1024 * 1024 };

static const char *const projection_table[] = {
    [PROJECTION_ALL] = "ALL",
    [PROJECTION_KEYS_ONLY] = "KEYS_ONLY",
    [PROJECTION_INCLUDE] = "INCLUDE",
};

const char *projection_name(enum projection_kind kind)
{
    return projection_table[kind];
}

static const char *const state_table[] = {
    [TABLE_ACTIVE] = "ACTIVE",
    [TABLE_CREATING] = "CREATING",
    [TABLE_UPDATING] = "UPDATING",
    [TABLE_DELETING] = "DELETING",
};

const char *table_state_name(enum table_state state)
{
    return state_table[state];
}

enum table_state table_state(const struct table *table)
{
    if (table->state == TABLE_ACTIVE || table->state == TABLE_DELETING ||
        clock_wall() / CLOCK_MS < table->state_until_ms)
        return table->state;
    return TABLE_ACTIVE;
}

bool table_is_restoring(const struct table *table)
{
    return table->state == TABLE_CREATING && table->state_until_ms == TABLE_UNTIL_DONE &&
           table->restore.at_ms > 0;
}

bool table_is_open(const struct table *table)
{
    enum table_state state = table_state(table);

    return state == TABLE_ACTIVE || state == TABLE_UPDATING;
}

bool table_index_is_ready(const struct table_index *index)
{
    return !index->backfilling &&
           (index->creating_until_ms == 0 || clock_wall() / CLOCK_MS >= index->creating_until_ms);
}

struct view_record {
    const char *name;
    bool has_new, has_old;
};

static const struct view_record view_table[] = {
    [STREAM_OFF] = {"", false, false},
    [STREAM_KEYS_ONLY] = {"KEYS_ONLY", false, false},
    [STREAM_NEW_IMAGE] = {"NEW_IMAGE", true, false},
    [STREAM_OLD_IMAGE] = {"OLD_IMAGE", false, true},
    [STREAM_BOTH_IMAGES] = {"NEW_AND_OLD_IMAGES", true, true},
};

const char *stream_view_name(enum stream_view view)
{
    return view_table[view].name;
}

enum stream_view stream_view_parse(struct text name)
{
    for (enum stream_view view = STREAM_KEYS_ONLY; view <= STREAM_BOTH_IMAGES; view++)
        if (text_is(name, view_table[view].name))
            return view;
    return STREAM_OFF;
}

bool stream_view_has_new(enum stream_view view)
{
    return view_table[view].has_new;
}

bool stream_view_has_old(enum stream_view view)
{
    return view_table[view].has_old;
}

struct table *table_new(struct error *err)
{
    struct arena *arena = arena_new(TABLE_ARENA_LIMIT, err);
    struct table *table;

    if (!arena)
        return NULL;
    table = mem_new(1, sizeof *table);
    if (!table) {
        error_memory(err);
        arena_free(arena);
        return NULL;
    }
    table->arena = arena;
    atomic_init(&table->references, 1);
    return table;
}

void table_retain(struct table *table)
{
    atomic_fetch_add_explicit(&table->references, 1, memory_order_relaxed);
}

void table_release(struct table *table)
{
    if (!table || atomic_fetch_sub_explicit(&table->references, 1, memory_order_acq_rel) != 1)
        return;
    if (table->counters && atomic_fetch_sub(&table->counters->references, 1) == 1) {
        mem_free(table->counters->meters);
        mem_free(table->counters);
    }
    arena_free(table->arena);
    mem_free(table);
}

bool table_count(struct table *table)
{
    table->counters = mem_new(1, sizeof *table->counters);
    if (!table->counters)
        return false;
    atomic_init(&table->counters->references, 1);
    return true;
}

bool table_name(struct table *table, struct text account, struct text region, struct text name)
{
    char *arn =
        arena_format(table->arena, "arn:aws:dynamodb:%.*s:%.*s:table/%.*s", (int)region.length,
            region.data, (int)account.length, account.data, (int)name.length, name.data);

    table->account = arena_text(table->arena, account);
    table->region = arena_text(table->arena, region);
    table->name = arena_text(table->arena, name);
    table->arn = text_of(arn);
    return table->account.data && table->region.data && table->name.data && arn;
}

size_t key_count(const struct key_schema *key)
{
    return key->hash_count + key->range_count;
}

const struct key_attribute *key_find(const struct key_schema *key, struct text name)
{
    for (size_t i = 0; i < key_count(key); i++)
        if (text_equal(key->attribute[i].name, name))
            return &key->attribute[i];
    return NULL;
}

const struct table_index *table_find_index(const struct table *table, struct text name)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (text_equal(table->index[i].name, name))
            return &table->index[i];
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

bool index_holds(const struct table_index *index, struct text name)
{
    return index->projection == PROJECTION_ALL ||
           bsearch(&name, index->held, index->held_count, sizeof name, compare_names);
}

static bool finish_index(struct table *table, struct table_index *index)
{
    size_t count = 0, kept = 0;
    size_t limit = key_count(&table->key) + key_count(&index->key) + index->named_count;

    if (index->projection == PROJECTION_ALL)
        return true;
    index->held = arena_alloc(table->arena, limit, sizeof *index->held);
    if (!index->held)
        return false;
    for (size_t i = 0; i < key_count(&table->key); i++)
        index->held[count++] = table->key.attribute[i].name;
    for (size_t i = 0; i < key_count(&index->key); i++)
        index->held[count++] = index->key.attribute[i].name;
    for (size_t i = 0; i < index->named_count; i++)
        index->held[count++] = index->named[i];
    qsort(index->held, count, sizeof *index->held, compare_names);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !text_equal(index->held[kept - 1], index->held[i]))
            index->held[kept++] = index->held[i];
    index->held_count = kept;
    return true;
}

bool table_finish(struct table *table)
{
    table->has_local = false;
    for (size_t i = 0; i < table->index_count; i++) {
        if (!finish_index(table, &table->index[i]))
            return false;
        table->has_local = table->has_local || table->index[i].local;
    }
    return true;
}

static void write_throughput(struct json_writer *writer, const struct throughput *throughput)
{
    json_pair_integer(writer, "read", throughput->read);
    json_pair_integer(writer, "write", throughput->write);
}

static void write_attributes(struct json_writer *writer, const char *name,
    const struct key_attribute *attribute, size_t count)
{
    json_name(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(writer);
        json_pair(writer, "name", attribute[i].name);
        json_pair_string(writer, "type", value_type_name(attribute[i].type));
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_key(struct json_writer *writer, const struct key_schema *key)
{
    write_attributes(writer, "hash", key->attribute, key->hash_count);
    write_attributes(writer, "range", key->attribute + key->hash_count, key->range_count);
}

static void write_raw(struct json_writer *writer, const char *name, struct text json)
{
    if (json.length == 0)
        return;
    json_name(writer, name);
    json_raw(writer, json);
}

static void write_index(struct json_writer *writer, const struct table_index *index)
{
    json_begin_object(writer);
    json_pair_integer(writer, "slot", index->slot);
    json_pair(writer, "name", index->name);
    json_pair_bool(writer, "local", index->local);
    json_pair_bool(writer, "backfilling", index->backfilling);
    json_pair_integer(writer, "creating_until_ms", (int64_t)index->creating_until_ms);
    write_key(writer, &index->key);
    json_pair_string(writer, "projection", projection_name(index->projection));
    json_name(writer, "named");
    json_begin_array(writer);
    for (size_t i = 0; i < index->named_count; i++)
        json_string(writer, index->named[i]);
    json_end_array(writer);
    write_throughput(writer, &index->throughput);
    write_raw(writer, "on_demand", index->on_demand);
    write_raw(writer, "warm", index->warm);
    json_end_object(writer);
}

void table_write(const struct table *table, struct json_writer *writer)
{
    json_begin_object(writer);
    json_pair_integer(writer, "id", table->id);
    json_pair(writer, "account", table->account);
    json_pair(writer, "region", table->region);
    json_pair(writer, "name", table->name);
    json_pair(writer, "uuid", table->uuid);
    json_pair_integer(writer, "created_ms", (int64_t)table->created_ms);
    json_pair_string(writer, "state", state_table[table->state]);
    json_pair_integer(writer, "state_until_ms", (int64_t)table->state_until_ms);
    write_key(writer, &table->key);
    write_attributes(writer, "definitions", table->definition, table->definition_count);
    json_name(writer, "indexes");
    json_begin_array(writer);
    for (size_t i = 0; i < table->index_count; i++)
        write_index(writer, &table->index[i]);
    json_end_array(writer);
    if (table->leaving) {
        json_name(writer, "leaving");
        write_index(writer, table->leaving);
    }
    json_pair_bool(writer, "on_demand", table->on_demand);
    json_pair_integer(writer, "on_demand_since_ms", (int64_t)table->on_demand_since_ms);
    write_throughput(writer, &table->throughput);
    json_pair_integer(writer, "increased_ms", (int64_t)table->increased_ms);
    json_pair_integer(writer, "decreased_ms", (int64_t)table->decreased_ms);
    json_pair_bool(writer, "guarded", table->guarded);
    json_pair(writer, "class", table->class);
    write_raw(writer, "on_demand_limits", table->on_demand_limits);
    write_raw(writer, "warm", table->warm);
    write_raw(writer, "encryption", table->encryption);
    json_pair(writer, "expiry", table->expiry);
    json_pair_bool(writer, "expiry_backfilling", table->expiry_backfilling);
    json_pair_integer(writer, "history_since_ms", (int64_t)table->history_since_ms);
    json_pair_integer(writer, "history_days", table->history_days);
    json_pair_integer(writer, "stream", table->stream);
    json_pair_string(writer, "stream_view", stream_view_name(table->stream_view));
    json_pair(writer, "stream_label", table->stream_label);
    json_pair(writer, "restore_backup", table->restore.backup_arn);
    json_pair(writer, "restore_table", table->restore.table_arn);
    json_pair_integer(writer, "restore_id", table->restore.table);
    json_pair_integer(writer, "restore_ms", (int64_t)table->restore.at_ms);
    json_end_object(writer);
}

static struct text read_text(struct table *table, const struct json *json, const char *name)
{
    return arena_text(table->arena, json_string_member(json, name));
}

/* A JSON value kept as text. */
static bool read_raw(struct table *table, const struct json *json, const char *name,
    struct text *out)
{
    const struct json *node = json_member(json, name);
    struct json_writer writer;
    struct buf buf;

    *out = text_make("", 0);
    if (!node)
        return true;
    buf_init(&buf, TABLE_ARENA_LIMIT);
    json_writer_init(&writer, &buf);
    json_tree(&writer, node);
    *out = buf.failure ? text_make(NULL, 0) : arena_text(table->arena, buf_view(&buf));
    buf_done(&buf);
    return out->data;
}

static bool read_attributes(struct table *table, const struct json *list, struct key_attribute *out)
{
    for (const struct json *node = list ? list->first : NULL; node; node = node->next, out++) {
        out->name = read_text(table, node, "name");
        if (!out->name.data || !value_type_parse(json_string_member(node, "type"), &out->type))
            return false;
    }
    return true;
}

static bool read_key(struct table *table, const struct json *json, struct key_schema *key)
{
    const struct json *hash = json_member(json, "hash"), *range = json_member(json, "range");

    if (!hash || !range || hash->count == 0 || hash->count > TABLE_PART_LIMIT ||
        range->count > TABLE_PART_LIMIT)
        return false;
    key->hash_count = hash->count;
    key->range_count = range->count;
    return read_attributes(table, hash, key->attribute) &&
           read_attributes(table, range, key->attribute + hash->count);
}

static void read_throughput(const struct json *json, struct throughput *out)
{
    out->read = json_integer_member(json, "read", 0);
    out->write = json_integer_member(json, "write", 0);
}

static bool read_index(struct table *table, const struct json *json, struct table_index *index)
{
    const struct json *named = json_member(json, "named");
    struct text projection = json_string_member(json, "projection");
    size_t count = 0;

    index->slot = (int)json_integer_member(json, "slot", 0);
    index->name = read_text(table, json, "name");
    index->local = json_bool_member(json, "local", false);
    index->backfilling = json_bool_member(json, "backfilling", false);
    index->creating_until_ms = (uint64_t)json_integer_member(json, "creating_until_ms", 0);
    read_throughput(json, &index->throughput);
    for (enum projection_kind kind = PROJECTION_ALL; kind <= PROJECTION_INCLUDE; kind++)
        if (text_is(projection, projection_table[kind]))
            index->projection = kind;
    if (named && named->count > 0) {
        index->named = arena_alloc(table->arena, named->count, sizeof *index->named);
        if (!index->named)
            return false;
        for (const struct json *node = named->first; node; node = node->next) {
            index->named[count] = arena_text(table->arena, node->text);
            if (!index->named[count++].data)
                return false;
        }
        index->named_count = count;
    }
    return index->slot > 0 && index->slot < TABLE_SLOT_COUNT && index->name.data &&
           read_key(table, json, &index->key) &&
           read_raw(table, json, "on_demand", &index->on_demand) &&
           read_raw(table, json, "warm", &index->warm);
}

static void read_state(struct table *table, const struct json *json)
{
    struct text name = json_string_member(json, "state");

    for (enum table_state state = TABLE_ACTIVE; state <= TABLE_DELETING; state++)
        if (text_is(name, state_table[state]))
            table->state = state;
    table->state_until_ms = (uint64_t)json_integer_member(json, "state_until_ms", 0);
}

static bool read_lists(struct table *table, const struct json *json)
{
    const struct json *definitions = json_member(json, "definitions");
    const struct json *indexes = json_member(json, "indexes");
    const struct json *leaving = json_member(json, "leaving");
    size_t count = 0;

    if (!definitions || !indexes || indexes->count > TABLE_INDEX_LIMIT)
        return false;
    table->definition_count = definitions->count;
    table->definition =
        arena_alloc(table->arena, definitions->count + 1, sizeof *table->definition);
    /* Room for one more: UpdateTable adds one index at a time. */
    table->index = arena_alloc(table->arena, indexes->count + 1, sizeof *table->index);
    if (!table->definition || !table->index ||
        !read_attributes(table, definitions, table->definition))
        return false;
    for (const struct json *node = indexes->first; node; node = node->next)
        if (!read_index(table, node, &table->index[count++]))
            return false;
    table->index_count = count;
    if (leaving) {
        table->leaving = arena_alloc(table->arena, 1, sizeof *table->leaving);
        if (!table->leaving || !read_index(table, leaving, table->leaving))
            return false;
    }
    return true;
}

static bool read_members(struct table *table, const struct json *json)
{
    table->id = json_integer_member(json, "id", 0);
    table->uuid = read_text(table, json, "uuid");
    table->created_ms = (uint64_t)json_integer_member(json, "created_ms", 0);
    table->on_demand = json_bool_member(json, "on_demand", false);
    table->on_demand_since_ms = (uint64_t)json_integer_member(json, "on_demand_since_ms", 0);
    read_throughput(json, &table->throughput);
    read_state(table, json);
    table->increased_ms = (uint64_t)json_integer_member(json, "increased_ms", 0);
    table->decreased_ms = (uint64_t)json_integer_member(json, "decreased_ms", 0);
    table->guarded = json_bool_member(json, "guarded", false);
    table->class = read_text(table, json, "class");
    table->expiry = read_text(table, json, "expiry");
    table->expiry_backfilling = json_bool_member(json, "expiry_backfilling", false);
    table->history_since_ms = (uint64_t)json_integer_member(json, "history_since_ms", 0);
    table->history_days = json_integer_member(json, "history_days", 0);
    table->stream = json_integer_member(json, "stream", 0);
    table->stream_view = stream_view_parse(json_string_member(json, "stream_view"));
    table->stream_label = read_text(table, json, "stream_label");
    table->restore = (struct table_restore){.backup_arn = read_text(table, json, "restore_backup"),
        .table_arn = read_text(table, json, "restore_table"),
        .table = json_integer_member(json, "restore_id", 0),
        .at_ms = (uint64_t)json_integer_member(json, "restore_ms", 0)};
    return table->id > 0 && table->uuid.data && table->class.data && table->expiry.data &&
           table->stream_label.data && table->restore.backup_arn.data &&
           table->restore.table_arn.data &&
           read_raw(table, json, "on_demand_limits", &table->on_demand_limits) &&
           read_raw(table, json, "warm", &table->warm) &&
           read_raw(table, json, "encryption", &table->encryption) &&
           read_key(table, json, &table->key) && read_lists(table, json) &&
           table_name(table, json_string_member(json, "account"),
               json_string_member(json, "region"), json_string_member(json, "name"));
}

struct table *table_read(const struct json *json, struct error *err)
{
    struct table *table = table_new(err);

    if (!table)
        return NULL;
    if (!read_members(table, json) || !table_finish(table)) {
        error_set(err, ERROR_INVALID, "the description of a table cannot be read");
        table_release(table);
        return NULL;
    }
    return table;
}

struct table *table_copy(const struct table *table, struct error *err)
{
    struct arena *arena = arena_new(TABLE_ARENA_LIMIT, err);
    struct table *copy = NULL;
    const struct json *json;
    struct json_writer writer;
    struct buf buf;

    buf_init(&buf, TABLE_ARENA_LIMIT);
    if (!arena)
        goto out;
    json_writer_init(&writer, &buf);
    table_write(table, &writer);
    if (buf_check(&buf, "table description", err))
        goto out;
    json = json_parse(buf_view(&buf), arena, err);
    if (json)
        copy = table_read(json, err);
    if (copy && table->counters) {
        copy->counters = table->counters;
        atomic_fetch_add(&copy->counters->references, 1);
    }
out:
    arena_free(arena);
    buf_done(&buf);
    return copy;
}
