#include <string.h>

#include "base/clock.h"
#include "client/number.h"
#include "client/service.h"
#include "console/language/marker.h"
#include "console/language/planner.h"

/* What the planner knows of tables, and values as keys. */

enum { NEAR = 2, TABLE_TEXT_LIMIT = 4 << 20 };

#define FRESH (60 * CLOCK_SECOND)

static char *copy_string(struct arena *arena, const char *string)
{
    return string ? arena_string(arena, text_of(string)) : NULL;
}

static struct catalog_key *copy_keys(struct arena *arena, const struct catalog_key *key,
    size_t count)
{
    struct catalog_key *copy = arena_alloc(arena, count + 1, sizeof *copy);

    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = key[i];
        copy[i].name = copy_string(arena, key[i].name);
        if (!copy[i].name)
            return NULL;
    }
    return copy;
}

static bool copy_index(struct arena *arena, const struct catalog_index *from,
    struct catalog_index *to)
{
    *to = *from;
    to->name = copy_string(arena, from->name);
    to->key = copy_keys(arena, from->key, from->key_count);
    to->include = arena_alloc(arena, from->include_count + 1, sizeof *to->include);
    if (!to->name || !to->key || !to->include)
        return false;
    for (size_t i = 0; i < from->include_count; i++) {
        to->include[i] = copy_string(arena, from->include[i]);
        if (!to->include[i])
            return false;
    }
    return true;
}

/* The catalogue's copy may go at any time; the DescribeTable text is left behind. */
static const struct catalog_table *copy_table(struct arena *arena, const struct catalog_table *from,
    struct error *err)
{
    struct catalog_table *copy = arena_alloc(arena, 1, sizeof *copy);

    if (!copy)
        goto memory;
    *copy = *from;
    copy->json = NULL;
    copy->failure = NULL;
    copy->name = copy_string(arena, from->name);
    copy->arn = copy_string(arena, from->arn);
    copy->id = copy_string(arena, from->id);
    copy->status = copy_string(arena, from->status);
    copy->ttl = copy_string(arena, from->ttl);
    copy->table_class = copy_string(arena, from->table_class);
    copy->key = copy_keys(arena, from->key, from->key_count);
    copy->index = arena_alloc(arena, from->index_count + 1, sizeof *copy->index);
    if (!copy->name || !copy->key || !copy->index)
        goto memory;
    for (size_t i = 0; i < from->index_count; i++) {
        if (!copy_index(arena, &from->index[i], &copy->index[i]))
            goto memory;
    }
    return copy;
memory:
    arena_failed(arena, err);
    return NULL;
}

/* *out stays NULL when the table is not known, or too old a picture of it. */
static enum error_code take_known(struct job *job, struct link *link, struct text name,
    bool any_age, const struct catalog_table **out, struct error *err)
{
    const struct catalog_snapshot *snapshot = catalog_snapshot(link->catalog);
    const struct catalog_table *table;
    enum error_code code = ERROR_NONE;

    *out = NULL;
    if (!snapshot)
        return error_memory(err);
    table = catalog_find_table(snapshot, name);
    if (table && table->described != 0 && table->key_count > 0 &&
        (any_age || clock_monotonic() - table->described < FRESH)) {
        *out = copy_table(job->arena, table, err);
        code = *out ? ERROR_NONE : err->code;
    }
    catalog_release(link->catalog, snapshot);
    return code;
}

/* Adds the nearest known name to a "not found". */
static void hint_near(struct link *link, struct text name, struct error *err)
{
    const struct catalog_snapshot *snapshot = catalog_snapshot(link->catalog);
    const char *near = NULL;
    size_t best = NEAR + 1;

    for (size_t i = 0; snapshot && i < snapshot->table_count; i++) {
        size_t distance = text_distance(name, text_of(snapshot->table[i]->name), NEAR);

        if (distance < best && distance < name.length) {
            best = distance;
            near = snapshot->table[i]->name;
        }
    }
    if (near)
        error_hint(err, "did you mean %s?", near);
    else
        error_hint(err, "SHOW TABLES lists what is there");
    if (snapshot)
        catalog_release(link->catalog, snapshot);
}

void planner_no_table(struct link *link, struct text name, struct error *err)
{
    error_set(err, ERROR_NOT_FOUND, "no table is called %.*s (profile %s, %s)", (int)name.length,
        name.data, connection_name(link->connection), connection_region(link->connection));
    catalog_forget_table(link->catalog, name);
    hint_near(link, name, err);
}

enum error_code planner_keep_table(struct link *link, const struct json *table, struct error *err)
{
    struct json_writer writer;
    struct buf text;
    enum error_code code;

    if (!table)
        return error_set(err, ERROR_INVALID, "the answer to DescribeTable holds no table");
    buf_init(&text, TABLE_TEXT_LIMIT);
    json_writer_init(&writer, &text);
    json_tree(&writer, table);
    code = buf_check(&text, "table", err);
    if (!code)
        code = catalog_set_table(link->catalog, table, buf_view(&text), err);
    buf_done(&text);
    return code;
}

/* A table called by its ARN may lie in another account: it is kept, and called, by that. */
static const struct json *called(struct arena *arena, const struct json *table, struct text name,
    struct error *err)
{
    struct json *copy, *member, **end;

    if (!table || !text_starts_with(name, TEXT("arn:")))
        return table;
    copy = arena_alloc(arena, 1, sizeof *copy);
    if (!copy)
        goto memory;
    *copy = *table;
    end = &copy->first;
    for (const struct json *one = table->first; one; one = one->next) {
        member = arena_alloc(arena, 1, sizeof *member);
        if (!member)
            goto memory;
        *member = *one;
        if (text_is(one->name, "TableName"))
            member->text = name;
        *end = member;
        end = &member->next;
    }
    return copy;
memory:
    arena_failed(arena, err);
    return NULL;
}

static enum error_code describe(struct job *job, struct link *link, struct text name,
    struct error *err)
{
    struct call_context context = job_context(job);
    struct reply reply;
    struct buf request;
    struct json_writer writer;
    const struct json *answer;
    enum error_code code;

    reply_init(&reply);
    buf_init(&request, 4096);
    json_writer_init(&writer, &request);
    json_begin_object(&writer);
    json_pair(&writer, "TableName", name);
    json_end_object(&writer);
    answer = connection_call_json(link->connection, &service_dynamodb, "DescribeTable",
        buf_view(&request), &context, &reply, job->arena, err);
    if (answer) {
        const struct json *table = called(job->arena, json_member(answer, "Table"), name, err);

        code =
            table ? catalog_set_table(link->catalog, table, buf_view(&reply.body), err) : err->code;
    } else {
        code = err->code;
        if (code == ERROR_NOT_FOUND)
            planner_no_table(link, name, err);
    }
    buf_done(&request);
    reply_done(&reply);
    return code;
}

const struct catalog_table *planner_table(struct job *job, struct link *link, struct text name,
    bool *cached, struct error *err)
{
    const struct catalog_table *table;

    if (take_known(job, link, name, false, &table, err))
        return NULL;
    if (cached)
        *cached = table != NULL;
    if (table)
        return table;
    if (describe(job, link, name, err) || take_known(job, link, name, true, &table, err))
        return NULL;
    if (!table)
        error_set(err, ERROR_NOT_FOUND, "no table is called %.*s", (int)name.length, name.data);
    return table;
}

struct link *planner_link(struct job *job, const struct table_ref *ref, struct error *err)
{
    struct link *link = job_link(job, ref->connection, err);

    if (!link && err->line == 0) {
        err->line = ref->token.line;
        err->column = ref->token.column;
    }
    return link;
}

size_t planner_find_key(const struct catalog_key *key, size_t count, struct text name)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(name, key[i].name))
            return i;
    }
    return SIZE_MAX;
}

const char *planner_type_word(char key_type)
{
    return key_type == 'N' ? "NUMBER" : key_type == 'B' ? "BINARY" : "STRING";
}

const char *planner_value_word(const struct value *value)
{
    static const char *const word[] = {"STRING", "NUMBER", "BINARY", "BOOLEAN", "NULL", "LIST",
        "MAP", "STRING SET", "NUMBER SET", "BINARY SET"};

    return word[value->type];
}

static bool has_key_type(const struct value *value, char type)
{
    return (type == 'S' && value->type == VALUE_S) || (type == 'N' && value->type == VALUE_N) ||
           (type == 'B' && value->type == VALUE_B);
}

const struct value *planner_fit(struct arena *arena, const struct catalog_key *key,
    const struct value *value, struct error *err)
{
    struct buf literal;

    if (marker_is(value)) {
        value = marker_with_type(arena, value, key->type);
        if (!value)
            arena_failed(arena, err);
        return value;
    }
    if (has_key_type(value, key->type))
        return value;
    buf_init(&literal, 256);
    value_add_literal(&literal, value);
    error_set(err, ERROR_INVALID, "%s is %s, %s is %s", key->name, planner_type_word(key->type),
        literal.failure ? "the value" : buf_string(&literal), planner_value_word(value));
    buf_done(&literal);
    return NULL;
}

static bool fail_key_count(const struct catalog_table *table, const struct key_literal *literal,
    struct error *err)
{
    struct buf names;

    buf_init(&names, sizeof err->text / 2);
    for (size_t i = 0; i < table->key_count; i++)
        buf_add_format(&names, "%s%s %s", i > 0 ? ", " : "", table->key[i].name,
            planner_type_word(table->key[i].type));
    error_set_at(err, ERROR_USAGE, literal->token.line, literal->token.column,
        "the key of %s is %s: all of it, and nothing else", table->name, buf_string(&names));
    buf_done(&names);
    return false;
}

static bool put_part(struct arena *arena, const struct catalog_key *key, const struct value *part,
    struct value *out, struct error *err)
{
    part = planner_fit(arena, key, part, err);
    if (!part)
        return false;
    out->name[out->count] = text_of(key->name);
    out->element[out->count++] = *part;
    return true;
}

const struct value *planner_item_key(struct arena *arena, const struct catalog_table *table,
    const struct key_literal *literal, struct error *err)
{
    const struct value *positional[2] = {literal->partition, literal->sort};
    size_t given = literal->map ? literal->map->count : literal->sort ? 2u : 1u;
    struct value *key;

    if (given != table->key_count || table->key_count > 2) {
        fail_key_count(table, literal, err);
        return NULL;
    }
    key = value_new_container(arena, VALUE_M, table->key_count);
    if (!key) {
        arena_failed(arena, err);
        return NULL;
    }
    for (size_t i = 0; i < table->key_count; i++) {
        const struct value *part =
            literal->map ? value_get_string(literal->map, table->key[i].name) : positional[i];

        if (!part) {
            fail_key_count(table, literal, err);
            return NULL;
        }
        if (!put_part(arena, &table->key[i], part, key, err)) {
            if (err->line == 0) {
                err->line = literal->token.line;
                err->column = literal->token.column;
            }
            return NULL;
        }
    }
    value_sort(key);
    return key;
}

bool planner_add_key_text(struct arena *arena, const struct value *key, struct buf *out,
    struct error *err)
{
    for (size_t i = 0; i < key->count; i++) {
        struct text text = key->element[i].text;

        if (key->element[i].type == VALUE_N && number_canonical(text, arena, &text, err))
            return false;
        buf_add_integer(out, (int64_t)text.length);
        buf_add_char(out, ':');
        buf_add_text(out, text);
    }
    return true;
}
