#include "client/seen_values.h"

#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "client/mask.h"

enum { PATH_SIZE = 1024 };

/* The values of one attribute, the newest first. */
struct seen_path {
    size_t count;
    char literal[SEEN_VALUES][SEEN_SIZE];
};

struct seen_table {
    char *name;
    struct map *paths; /* path -> struct seen_path, owned */
    uint64_t read;     /* when it was read last */
};

static void table_free(struct seen_table *table)
{
    struct text path;
    void *values;

    if (!table)
        return;
    for (size_t at = 0; table->paths && map_next(table->paths, &at, &path, &values);)
        mem_free(values);
    map_free(table->paths);
    mem_free(table->name);
    mem_free(table);
}

static struct seen_table *table_new(struct text name)
{
    struct seen_table *table = mem_new(1, sizeof *table);

    if (!table)
        return NULL;
    table->name = mem_copy(name.data, name.length);
    table->paths = map_new();
    if (table->name && table->paths)
        return table;
    table_free(table);
    return NULL;
}

void seen_values_done(struct seen_values *seen)
{
    for (size_t i = 0; i < SEEN_TABLES; i++)
        table_free(seen->table[i]);
    *seen = (struct seen_values){.reads = 0};
}

static struct seen_table *find(const struct seen_values *seen, struct text name)
{
    for (size_t i = 0; i < SEEN_TABLES; i++)
        if (seen->table[i] && text_is(name, seen->table[i]->name))
            return seen->table[i];
    return NULL;
}

/* In the place of the one that was read longest ago. */
static struct seen_table *make(struct seen_values *seen, struct text name)
{
    size_t place = 0;

    for (size_t i = 0; i < SEEN_TABLES && seen->table[place]; i++)
        if (!seen->table[i] || seen->table[i]->read < seen->table[place]->read)
            place = i;
    table_free(seen->table[place]);
    seen->table[place] = table_new(name);
    return seen->table[place];
}

void seen_values_forget(struct seen_values *seen, struct text table)
{
    for (size_t i = 0; i < SEEN_TABLES; i++)
        if (seen->table[i] && text_is(table, seen->table[i]->name)) {
            table_free(seen->table[i]);
            seen->table[i] = NULL;
        }
}

static struct seen_path *path_values(struct seen_table *table, struct text path)
{
    struct seen_path *values = map_get(table->paths, path);

    if (values || map_count(table->paths) == SEEN_PATHS)
        return values;
    values = mem_new(1, sizeof *values);
    if (values && map_set(table->paths, path, values))
        return values;
    mem_free(values);
    return NULL;
}

static void add_literal(struct seen_path *values, const char *literal)
{
    size_t at = 0;

    while (at < values->count && strcmp(values->literal[at], literal) != 0)
        at++;
    if (at == values->count && at < SEEN_VALUES)
        values->count++;
    if (at == SEEN_VALUES)
        at--; /* the oldest one goes */
    memmove(values->literal[1], values->literal[0], at * sizeof *values->literal);
    memcpy(values->literal[0], literal, strlen(literal) + 1);
}

static void note_value(struct seen_table *table, struct text path, const struct value *value)
{
    struct buf literal;

    if (value->text.length >= SEEN_SIZE)
        return;
    buf_init(&literal, SEEN_SIZE - 1);
    value_add_literal(&literal, value);
    /* A longer one is none that somebody types. */
    if (!literal.failure && literal.length > 0 && !mask_finds_secret(buf_view(&literal))) {
        struct seen_path *values = path_values(table, path);

        if (values)
            add_literal(values, buf_string(&literal));
    }
    buf_done(&literal);
}

/* path holds what leads to map, with a dot behind it, and is left as it was. */
static void note_map(struct seen_table *table, const struct value *map, struct buf *path, int depth)
{
    size_t start = path->length;

    for (size_t i = 0; i < map->count; i++) {
        const struct value *value = &map->element[i];

        if (mask_is_secret(map->name[i]))
            continue;
        value_add_name(path, map->name[i]);
        if (!path->failure && value->type == VALUE_M && depth > 1) {
            buf_add_char(path, '.');
            note_map(table, value, path, depth - 1);
        } else if (!path->failure &&
                   (value->type == VALUE_S || value->type == VALUE_N || value->type == VALUE_B)) {
            note_value(table, buf_view(path), value);
        }
        path->failure = ERROR_NONE; /* a path that is too long is left out */
        buf_cut(path, start);
    }
}

void seen_values_note(struct seen_values *seen, struct text table, const struct value *item)
{
    struct seen_table *own = find(seen, table);
    struct buf path;

    if (!own)
        own = make(seen, table);
    if (!own)
        return;
    own->read = ++seen->reads;
    buf_init(&path, PATH_SIZE);
    note_map(own, item, &path, SEEN_DEPTH);
    buf_done(&path);
}

void seen_values_each(const struct seen_values *seen, struct text table, struct text path,
    void (*each)(void *user, const char *literal), void *user)
{
    const struct seen_table *own = find(seen, table);
    const struct seen_path *values = own ? map_get(own->paths, path) : NULL;

    for (size_t i = 0; values && i < values->count; i++)
        each(user, values->literal[i]);
}
