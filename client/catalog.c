#include "client/catalog.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "client/catalog_copy.h"
#include "client/seen_values.h"

/*
 * 1. A box and what lies in its arena never change once the box is in the list.
 * 2. A box is freed with its last reference: the list holds one, each picture holds one.
 * 3. The picture handed out is made when somebody asks after a change; writers drop it.
 */
enum { PATH_LIMIT = 2000, PATH_DEPTH = 4, PATH_SIZE = 1024 };

struct box {
    struct arena *arena;
    atomic_size_t references;
    struct text order[2]; /* what the list is sorted by: name, and id for APIs */
    union {
        struct catalog_table table;
        struct catalog_api api;
    };
};

/* Boxes in order; owns a reference to each. */
struct list {
    struct box **box;
    size_t count, size;
    bool known; /* a complete listing has been seen */
};

struct picture {
    struct catalog_snapshot snapshot; /* first: a snapshot is a picture */
    atomic_size_t references;
    struct box **box; /* tables, then APIs */
    size_t box_count;
    const void *pointer[]; /* to the table or API in each box */
};

struct catalog {
    pthread_mutex_t lock;
    _Atomic uint64_t version;
    struct list tables, apis;
    struct picture *picture; /* of the present state, or NULL */
    struct map *attributes;  /* table name -> struct map of paths */
    struct seen_values seen;
};

struct catalog *catalog_new(struct error *err)
{
    struct catalog *catalog = mem_new(1, sizeof *catalog);

    if (catalog)
        catalog->attributes = map_new();
    if (!catalog || !catalog->attributes) {
        mem_free(catalog);
        error_memory(err);
        return NULL;
    }
    pthread_mutex_init(&catalog->lock, NULL);
    return catalog;
}

static struct box *new_box(struct error *err)
{
    struct arena *arena = arena_new(SIZE_MAX / 2, err);
    struct box *box = arena ? mem_new(1, sizeof *box) : NULL;

    if (!box) {
        arena_free(arena);
        error_memory(err);
        return NULL;
    }
    box->arena = arena;
    atomic_init(&box->references, 1);
    return box;
}

static void drop_box(struct box *box)
{
    if (box && atomic_fetch_sub(&box->references, 1) == 1) {
        arena_free(box->arena);
        mem_free(box);
    }
}

static void drop_picture(struct picture *picture)
{
    if (!picture || atomic_fetch_sub(&picture->references, 1) > 1)
        return;
    for (size_t i = 0; i < picture->box_count; i++)
        drop_box(picture->box[i]);
    mem_free(picture->box);
    mem_free(picture);
}

static void drop_list(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        drop_box(list->box[i]);
    mem_free(list->box);
    *list = (struct list){0};
}

void catalog_free(struct catalog *catalog)
{
    struct text name;
    void *paths;

    if (!catalog)
        return;
    drop_picture(catalog->picture);
    drop_list(&catalog->tables);
    drop_list(&catalog->apis);
    for (size_t at = 0; map_next(catalog->attributes, &at, &name, &paths);)
        map_free(paths);
    map_free(catalog->attributes);
    seen_values_done(&catalog->seen);
    pthread_mutex_destroy(&catalog->lock);
    mem_free(catalog);
}

static void lock(struct catalog *catalog)
{
    pthread_mutex_lock(&catalog->lock);
}

static void unlock_changed(struct catalog *catalog)
{
    drop_picture(catalog->picture);
    catalog->picture = NULL;
    atomic_fetch_add(&catalog->version, 1);
    pthread_mutex_unlock(&catalog->lock);
}

uint64_t catalog_version(const struct catalog *catalog)
{
    return atomic_load(&catalog->version);
}

static void show_boxes(struct picture *picture, const struct list *list, bool tables)
{
    for (size_t i = 0; i < list->count; i++) {
        struct box *box = list->box[i];

        atomic_fetch_add(&box->references, 1);
        picture->pointer[picture->box_count] = tables ? (void *)&box->table : (void *)&box->api;
        picture->box[picture->box_count++] = box;
    }
}

static struct picture *make_picture(const struct catalog *catalog)
{
    size_t count = catalog->tables.count + catalog->apis.count;
    struct picture *picture = mem_new(1, sizeof *picture + count * sizeof picture->pointer[0]);

    if (picture)
        picture->box = mem_new(count, sizeof *picture->box);
    if (!picture || !picture->box) {
        mem_free(picture);
        return NULL;
    }
    atomic_init(&picture->references, 1);
    show_boxes(picture, &catalog->tables, true);
    show_boxes(picture, &catalog->apis, false);
    picture->snapshot = (struct catalog_snapshot){
        .version = atomic_load(&catalog->version),
        .table_count = catalog->tables.count,
        .table = (const struct catalog_table *const *)(const void *)picture->pointer,
        .api_count = catalog->apis.count,
        .api = (const struct catalog_api *const *)(const void *)(picture->pointer +
                                                                 catalog->tables.count),
        .tables_known = catalog->tables.known,
        .apis_known = catalog->apis.known,
    };
    return picture;
}

const struct catalog_snapshot *catalog_snapshot(struct catalog *catalog)
{
    struct picture *picture;

    lock(catalog);
    if (!catalog->picture)
        catalog->picture = make_picture(catalog);
    picture = catalog->picture;
    if (picture)
        atomic_fetch_add(&picture->references, 1);
    pthread_mutex_unlock(&catalog->lock);
    return picture ? &picture->snapshot : NULL;
}

void catalog_release(struct catalog *catalog, const struct catalog_snapshot *snapshot)
{
    (void)catalog;
    drop_picture((struct picture *)(uintptr_t)snapshot);
}

const struct catalog_table *catalog_find_table(const struct catalog_snapshot *snapshot,
    struct text name)
{
    size_t low = 0, high = snapshot->table_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(name, text_of(snapshot->table[middle]->name));

        if (order == 0)
            return snapshot->table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct catalog_index *catalog_find_index(const struct catalog_table *table, struct text name)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (text_is(name, table->index[i].name))
            return &table->index[i];
    return NULL;
}

const struct catalog_api *catalog_find_api(const struct catalog_snapshot *snapshot,
    struct text name_or_id, size_t *matches)
{
    const struct catalog_api *found = NULL;

    *matches = 0;
    for (size_t i = 0; i < snapshot->api_count; i++)
        if (text_is(name_or_id, snapshot->api[i]->id)) {
            *matches = 1;
            return snapshot->api[i];
        }
    for (size_t i = 0; i < snapshot->api_count; i++)
        if (text_is(name_or_id, snapshot->api[i]->name) && (*matches)++ == 0)
            found = snapshot->api[i];
    return found;
}

static int compare_order(const struct box *a, const struct box *b)
{
    int order = text_compare(a->order[0], b->order[0]);

    return order != 0 ? order : text_compare(a->order[1], b->order[1]);
}

static int compare_boxes(const void *a, const void *b)
{
    return compare_order(*(struct box *const *)a, *(struct box *const *)b);
}

static struct box *find_table(const struct list *list, struct text name)
{
    for (size_t low = 0, high = list->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(name, list->box[middle]->order[0]);

        if (order == 0)
            return list->box[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static struct box *find_api(const struct list *list, struct text id)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_is(id, list->box[i]->api.id))
            return list->box[i];
    return NULL;
}

static void remove_box(struct list *list, const struct box *box)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->box[i] == box) {
            drop_box(list->box[i]);
            list->count--;
            memmove(list->box + i, list->box + i + 1, (list->count - i) * sizeof *list->box);
            return;
        }
}

/* Takes the reference, also on failure; old (or NULL) goes when the new box is in. */
static enum error_code put_box(struct list *list, struct box *box, const struct box *old,
    struct error *err)
{
    size_t at = 0;

    if (list->count == list->size) {
        size_t size = list->size ? list->size * 2 : 32;
        struct box **grown = mem_resize(list->box, size, sizeof *grown);

        if (!grown) {
            drop_box(box);
            return error_memory(err);
        }
        list->box = grown;
        list->size = size;
    }
    if (old)
        remove_box(list, old);
    while (at < list->count && compare_order(list->box[at], box) < 0)
        at++;
    memmove(list->box + at + 1, list->box + at, (list->count - at) * sizeof *list->box);
    list->box[at] = box;
    list->count++;
    return ERROR_NONE;
}

static struct box *new_bare_table(struct text name, struct error *err)
{
    struct box *box = new_box(err);
    struct catalog_table bare = {0};

    if (!box)
        return NULL;
    bare.name = arena_string(box->arena, name);
    if (!bare.name || !catalog_copy_table(&box->table, &bare, box->arena)) {
        arena_failed(box->arena, err);
        drop_box(box);
        return NULL;
    }
    box->order[0] = text_of(box->table.name);
    return box;
}

/* Puts sorted without doubles in the place of what was there; takes the boxes. */
static void replace_list(struct list *list, struct box **sorted, size_t count)
{
    size_t kept = 0;

    qsort(sorted, count, sizeof(struct box *), compare_boxes);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare_order(sorted[kept - 1], sorted[i]) == 0)
            drop_box(sorted[i]);
        else
            sorted[kept++] = sorted[i];
    }
    drop_list(list);
    *list = (struct list){.box = sorted, .count = kept, .size = count, .known = true};
}

enum error_code catalog_set_tables(struct catalog *catalog, const struct text *name, size_t count,
    struct error *err)
{
    struct box **sorted = mem_new(count, sizeof *sorted);
    enum error_code code = ERROR_NONE;
    size_t made = 0;

    if (!sorted)
        return error_memory(err);
    lock(catalog);
    for (; made < count; made++) {
        sorted[made] = find_table(&catalog->tables, name[made]);
        if (sorted[made])
            atomic_fetch_add(&sorted[made]->references, 1);
        else if (!(sorted[made] = new_bare_table(name[made], err)))
            break;
    }
    if (made == count) {
        replace_list(&catalog->tables, sorted, count);
    } else {
        code = err->code;
        while (made > 0)
            drop_box(sorted[--made]);
        mem_free(sorted);
    }
    unlock_changed(catalog);
    return code;
}

enum error_code catalog_set_table(struct catalog *catalog, const struct json *table,
    struct text source, struct error *err)
{
    struct box *box = new_box(err), *old;
    enum error_code code;

    if (!box)
        return err->code;
    if (!catalog_read_table(&box->table, table, source, box->arena)) {
        code = arena_failed(box->arena, err);
        drop_box(box);
        return code;
    }
    if (!*box->table.name) {
        drop_box(box);
        return error_set(err, ERROR_NETWORK, "the answer describes no table: it has no TableName");
    }
    box->table.described = clock_monotonic();
    box->order[0] = text_of(box->table.name);
    lock(catalog);
    old = find_table(&catalog->tables, box->order[0]);
    /* Time to live is asked for by another call, and outlives this one. */
    if (old && old->table.ttl)
        box->table.ttl = arena_string(box->arena, text_of(old->table.ttl));
    code = put_box(&catalog->tables, box, old, err);
    unlock_changed(catalog);
    return code;
}

/* A copy of the table with one string changed; which is ttl or failure. */
static void change_table(struct catalog *catalog, struct text name, struct text text, bool ttl)
{
    struct error ignored = {0};
    struct box *box = NULL, *old;

    lock(catalog);
    old = find_table(&catalog->tables, name);
    if (old)
        box = new_box(&ignored);
    if (box && catalog_copy_table(&box->table, &old->table, box->arena)) {
        char *copy = text.length > 0 ? arena_string(box->arena, text) : NULL;

        if (ttl)
            box->table.ttl = copy;
        else
            box->table.failure = copy;
        box->order[0] = text_of(box->table.name);
        if (put_box(&catalog->tables, box, old, &ignored))
            box = NULL;
    } else {
        drop_box(box);
    }
    unlock_changed(catalog);
}

void catalog_set_table_failure(struct catalog *catalog, struct text name, const char *why)
{
    change_table(catalog, name, text_of(why), false);
}

void catalog_set_table_ttl(struct catalog *catalog, struct text name, struct text attribute)
{
    change_table(catalog, name, attribute, true);
}

void catalog_forget_table(struct catalog *catalog, struct text name)
{
    lock(catalog);
    remove_box(&catalog->tables, find_table(&catalog->tables, name));
    map_free(map_remove(catalog->attributes, name));
    seen_values_forget(&catalog->seen, name);
    unlock_changed(catalog);
}

static struct box *new_api(const struct catalog_api *api, const struct box *old, struct error *err)
{
    struct box *box = new_box(err);

    if (!box)
        return NULL;
    if (!catalog_copy_api(&box->api, api, old ? &old->api : NULL, box->arena)) {
        arena_failed(box->arena, err);
        drop_box(box);
        return NULL;
    }
    box->order[0] = text_of(box->api.name);
    box->order[1] = text_of(box->api.id);
    return box;
}

enum error_code catalog_set_apis(struct catalog *catalog, const struct catalog_api *api,
    size_t count, struct error *err)
{
    struct box **sorted = mem_new(count, sizeof *sorted);
    enum error_code code = ERROR_NONE;
    size_t made = 0;

    if (!sorted)
        return error_memory(err);
    lock(catalog);
    for (; made < count; made++) {
        sorted[made] = new_api(&api[made], find_api(&catalog->apis, text_of(api[made].id)), err);
        if (!sorted[made])
            break;
    }
    if (made == count) {
        replace_list(&catalog->apis, sorted, count);
    } else {
        code = err->code;
        while (made > 0)
            drop_box(sorted[--made]);
        mem_free(sorted);
    }
    unlock_changed(catalog);
    return code;
}

enum error_code catalog_set_api(struct catalog *catalog, const struct catalog_api *api,
    struct error *err)
{
    struct box *old, *box;
    enum error_code code;

    lock(catalog);
    old = find_api(&catalog->apis, text_of(api->id));
    box = new_api(api, old, err);
    code = box ? put_box(&catalog->apis, box, old, err) : err->code;
    unlock_changed(catalog);
    return code;
}

void catalog_forget_api(struct catalog *catalog, struct text id)
{
    lock(catalog);
    remove_box(&catalog->apis, find_api(&catalog->apis, id));
    unlock_changed(catalog);
}

/* path holds what leads to map, with a dot behind it, and is left as it was. */
static void note_paths(struct map *paths, const struct value *map, struct buf *path, int depth)
{
    size_t start = path->length;

    for (size_t i = 0; i < map->count && map_count(paths) < PATH_LIMIT; i++) {
        value_add_name(path, map->name[i]);
        if (!path->failure) {
            if (!map_get(paths, buf_view(path)) && !map_set(paths, buf_view(path), paths))
                return;
            if (map->element[i].type == VALUE_M && depth > 1) {
                buf_add_char(path, '.');
                note_paths(paths, &map->element[i], path, depth - 1);
            }
        }
        path->failure = ERROR_NONE; /* a path too long to complete is left out */
        buf_cut(path, start);
    }
}

void catalog_note_item(struct catalog *catalog, struct text table, const struct value *item)
{
    struct map *paths;
    struct buf path;
    size_t before;

    buf_init(&path, PATH_SIZE);
    lock(catalog);
    paths = map_get(catalog->attributes, table);
    if (!paths) {
        paths = map_new();
        if (paths && !map_set(catalog->attributes, table, paths)) {
            map_free(paths);
            paths = NULL;
        }
    }
    before = paths ? map_count(paths) : 0;
    if (paths)
        note_paths(paths, item, &path, PATH_DEPTH);
    seen_values_note(&catalog->seen, table, item);
    if (paths && map_count(paths) > before)
        atomic_fetch_add(&catalog->version, 1);
    pthread_mutex_unlock(&catalog->lock);
    buf_done(&path);
}

void catalog_attributes(struct catalog *catalog, struct text table,
    void (*each)(void *user, struct text path), void *user)
{
    struct map *paths;
    struct text path;
    void *value;

    lock(catalog);
    paths = map_get(catalog->attributes, table);
    for (size_t at = 0; paths && map_next(paths, &at, &path, &value);)
        each(user, path);
    pthread_mutex_unlock(&catalog->lock);
}

void catalog_values(struct catalog *catalog, struct text table, struct text path,
    void (*each)(void *user, const char *literal), void *user)
{
    lock(catalog);
    seen_values_each(&catalog->seen, table, path, each, user);
    pthread_mutex_unlock(&catalog->lock);
}
