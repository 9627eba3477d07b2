#include "console/staged.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "console/staged_file.h"

enum { MEMORY_LIMIT = 1 << 30, EXISTS_BYTES = 64 /* attribute_exists( ) AND, in short */ };

struct staged_change *staged_grow(struct staged_list *list)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        struct staged_change *more = arena_alloc(list->arena, capacity, sizeof *more);

        if (!more)
            return NULL;
        if (list->count > 0)
            memcpy(more, list->change, list->count * sizeof *more);
        list->change = more;
        list->capacity = capacity;
    }
    list->change[list->count] = (struct staged_change){.kind = STAGED_ITEM};
    return &list->change[list->count];
}

struct staged_list *staged_open(struct link *link, bool for_change, struct error *err)
{
    struct staged_list *list = mem_new(1, sizeof *list);

    if (!list) {
        error_memory(err);
        return NULL;
    }
    list->link = link;
    list->lock = -1;
    list->arena = arena_new(MEMORY_LIMIT, err);
    if (list->arena)
        list->path = staged_file_path(link, list->arena, err);
    if (list->path && for_change)
        list->lock = staged_file_lock(err);
    if (!list->path || (for_change && list->lock < 0) || staged_file_load(list, err)) {
        staged_close(list);
        return NULL;
    }
    atomic_store(&link->staged, list->count);
    return list;
}

struct staged_list *staged_read(struct link *link, struct arena *arena, struct error *err)
{
    struct staged_list *list = arena_alloc(arena, 1, sizeof *list);

    if (!list) {
        arena_failed(arena, err);
        return NULL;
    }
    list->link = link;
    list->lock = -1;
    list->arena = arena;
    list->path = staged_file_path(link, arena, err);
    if (!list->path || staged_file_load(list, err))
        return NULL;
    atomic_store(&link->staged, list->count);
    return list;
}

void staged_close(struct staged_list *list)
{
    if (!list)
        return;
    if (list->lock >= 0)
        close(list->lock);
    arena_free(list->arena);
    mem_free(list);
}

enum error_code staged_save(struct staged_list *list, struct error *err)
{
    enum error_code code = staged_file_save(list, err);

    if (!code)
        atomic_store(&list->link->staged, list->count);
    return code;
}

enum error_code staged_drop(struct link *link, struct error *err)
{
    struct arena *arena = arena_new(64 * 1024, err);
    const char *path = arena ? staged_file_path(link, arena, err) : NULL;
    int lock = path ? staged_file_lock(err) : -1;
    enum error_code code = lock < 0 ? err->code : ERROR_NONE;

    if (!code && unlink(path) < 0 && errno != ENOENT)
        code = error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
    if (!code)
        atomic_store(&link->staged, 0);
    if (lock >= 0)
        close(lock);
    arena_free(arena);
    return code;
}

size_t staged_waiting(const struct link *link)
{
    return atomic_load(&link->staged);
}

void staged_recount(struct link *link)
{
    struct error ignored;

    staged_close(staged_open(link, false, &ignored));
}

struct arena *staged_arena(struct staged_list *list)
{
    return list->arena;
}

const char *staged_account(const struct staged_list *list)
{
    const char *account = arena_string(list->arena, list->account);

    return account ? account : "";
}

size_t staged_count(const struct staged_list *list)
{
    return list->count;
}

const struct staged_change *staged_at(const struct staged_list *list, size_t index)
{
    return index < list->count ? &list->change[index] : NULL;
}

const struct staged_change *staged_numbered(const struct staged_list *list, uint64_t number)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->change[i].number == number)
            return &list->change[i];
    return NULL;
}

const struct staged_change *staged_object(const struct staged_list *list, struct text object)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->change[i].kind == STAGED_OBJECT && text_equal(list->change[i].object, object))
            return &list->change[i];
    return NULL;
}

bool staged_remove(struct staged_list *list, uint64_t number)
{
    const struct staged_change *change = staged_numbered(list, number);
    size_t place = change ? (size_t)(change - list->change) : 0;

    if (!change)
        return false;
    memmove(&list->change[place], &list->change[place + 1],
        (list->count - place - 1) * sizeof *list->change);
    list->count--;
    return true;
}

/* The image has this key. */
static bool is_of(const struct catalog_table *table, const struct value *image,
    const struct value *key)
{
    for (size_t i = 0; image && i < table->key_count; i++) {
        const struct value *part = value_get_string(image, table->key[i].name);
        const struct value *wanted = value_get_string(key, table->key[i].name);

        if (!part || !wanted || !value_equal(part, wanted))
            return false;
    }
    return image != NULL;
}

/* Base and wanted have different keys. */
static bool is_move(const struct staged_change *change)
{
    return change->base && change->wanted && !is_of(change->table, change->base, change->wanted);
}

char staged_mark(const struct staged_change *change)
{
    if (change->kind == STAGED_OBJECT)
        return change->mark;
    if (!change->base)
        return '+';
    if (!change->wanted)
        return '-';
    return is_move(change) ? '>' : '~';
}

size_t staged_reserve(const struct staged_change *change)
{
    size_t bytes = strlen(change->table->key[0].name) + EXISTS_BYTES;
    struct buf text;

    if (!change->condition)
        return bytes;
    buf_init(&text, STAGED_BYTES);
    expression_add_text(&text, change->condition);
    bytes += text.failure ? ITEM_DIFF_BYTES : text.length;
    buf_done(&text);
    return bytes;
}

struct item_diff *staged_diff(const struct staged_change *change, struct arena *arena,
    struct error *err)
{
    return item_diff_new(arena, change->base, change->wanted, staged_reserve(change), err);
}

/* The change that has to do with the item of this key, or NULL. */
static struct staged_change *find_item(struct staged_list *list, const struct catalog_table *table,
    const struct value *key)
{
    for (size_t i = 0; i < list->count; i++) {
        struct staged_change *change = &list->change[i];

        if (change->kind == STAGED_ITEM && strcmp(change->table->name, table->name) == 0 &&
            (is_of(table, change->base, key) || is_of(table, change->wanted, key)))
            return change;
    }
    return NULL;
}

static bool same_image(const struct value *a, const struct value *b)
{
    return a && b ? value_equal(a, b) : a == b;
}

static enum error_code fail_changed(const struct staged_change *change, struct error *err)
{
    error_set(err, ERROR_CONDITION,
        "change %llu is staged of an item that is not any more what it was",
        (unsigned long long)change->number);
    return error_hint(err, "APPLY STAGED %llu DRY RUN shows how, DISCARD STAGED %llu drops it",
        (unsigned long long)change->number, (unsigned long long)change->number);
}

static enum error_code fail_move(const struct staged_change *change, struct error *err)
{
    return error_set(err, ERROR_CONDITION,
        "change %llu, which is staged, gives the item another key; apply or discard it first",
        (unsigned long long)change->number);
}

/* What the change from old to new makes of image; *fits is false when it cannot be made. */
static enum error_code carry_over(struct staged_list *list, const struct catalog_table *table,
    const struct value *old, const struct value *new, const struct value *image,
    const struct value **out, bool *fits, struct error *err)
{
    struct arena *arena = list->arena;
    struct item_diff *diff;

    *fits = same_image(old, image);
    *out = new;
    if (!*fits && old && !new &&image) /* old is kept without its secrets */
        *fits = same_image(staged_without_secrets(arena, table, old),
            staged_without_secrets(arena, table, image));
    if (*fits || !old || !new || !image)
        return ERROR_NONE;
    diff = item_diff_new(arena, old, new, 0, err);
    if (!diff)
        return err->code;
    *fits = diff->count > 0 && expression_holds(diff->condition, image, arena);
    if (!*fits)
        return ERROR_NONE;
    *out = update_apply(diff->update, image, arena, err);
    return *out ? ERROR_NONE : err->code;
}

enum error_code staged_view(struct staged_list *list, const struct catalog_table *table,
    const struct value *key, const struct value *image, const struct value **view,
    struct error *err)
{
    const struct staged_change *change = find_item(list, table, key);
    enum error_code code;
    bool fits;

    *view = image;
    if (!change)
        return ERROR_NONE;
    if (is_move(change))
        return fail_move(change, err);
    code = carry_over(list, table, change->base, change->wanted, image, view, &fits, err);
    if (code || fits)
        return code;
    return fail_changed(change, err);
}

static const struct catalog_table *copy_table(struct arena *arena,
    const struct catalog_table *table)
{
    struct catalog_table *copy = arena_alloc(arena, 1, sizeof *copy);

    if (!copy)
        return NULL;
    copy->name = arena_string(arena, text_of(table->name));
    copy->key = arena_alloc(arena, table->key_count, sizeof *copy->key);
    if (!copy->name || !copy->key)
        return NULL;
    for (; copy->key_count < table->key_count; copy->key_count++) {
        struct catalog_key *key = &copy->key[copy->key_count];

        *key = table->key[copy->key_count];
        key->name = arena_string(arena, text_of(key->name));
        if (!key->name)
            return NULL;
    }
    return copy;
}

/* The parts of the condition that the image satisfies: others speak of what is staged. */
static enum error_code add_condition(struct arena *arena, const struct value *image,
    struct expression *more, struct expression **all, struct error *err)
{
    bool joined = more && more->kind == EXPRESSION_AND;

    for (size_t i = 0; image && more && i < (joined ? more->count : 1); i++) {
        struct expression *part = joined ? more->operand[i] : more;

        if (!expression_holds(part, image, arena))
            continue;
        *all = expression_and(arena, *all, part);
        if (!*all)
            return arena_failed(arena, err);
    }
    return ERROR_NONE;
}

static enum error_code check_condition(const struct staged_change *change, struct error *err)
{
    enum error_code code;
    struct buf text;

    if (!change->condition)
        return ERROR_NONE;
    buf_init(&text, STAGED_BYTES);
    expression_add_text(&text, change->condition);
    code = buf_check(&text, "condition", err);
    if (!code)
        code = staged_check_text(buf_view(&text), err);
    buf_done(&text);
    return code;
}

static enum error_code fill_item(struct staged_list *list, struct staged_change *change,
    const struct staged_item *item, struct error *err)
{
    struct arena *arena = list->arena;
    enum error_code code;

    change->left_out = TEXT("");
    change->base = item->base ? value_copy(arena, item->base) : NULL;
    change->wanted = item->wanted ? value_copy(arena, item->wanted) : NULL;
    if (!change->table)
        change->table = copy_table(arena, item->table);
    if ((item->base && !change->base) || (item->wanted && !change->wanted) || !change->table)
        return arena_failed(arena, err);
    if (item->risk > change->risk)
        change->risk = item->risk;
    code = add_condition(arena, change->base, item->condition, &change->condition, err);
    if (!code)
        code = check_condition(change, err);
    if (!code)
        code = staged_leave_out(arena, change, err);
    /* What one expression cannot say is refused now, not when it is sent. */
    if (!code && change->base && change->wanted && !is_move(change) &&
        !staged_diff(change, arena, err))
        code = err->code;
    return code;
}

static enum error_code check_room(const struct staged_list *list, struct error *err)
{
    if (list->count < STAGED_CHANGES)
        return ERROR_NONE;
    return error_set(err, ERROR_LIMIT, "%d changes are staged: that is as many as a list holds",
        STAGED_CHANGES);
}

static uint64_t next_number(const struct staged_list *list)
{
    return list->count > 0 ? list->change[list->count - 1].number + 1 : 1;
}

enum error_code staged_put_item(struct staged_list *list, const struct staged_item *item,
    enum staged_outcome *outcome, uint64_t *number, struct error *err)
{
    struct staged_change *change = find_item(list, item->table, item->key);
    struct staged_change merged;

    *number = 0;
    if (change && is_move(change))
        return fail_move(change, err);
    if (same_image(item->base, item->wanted)) {
        *outcome = change ? STAGED_CANCELLED : STAGED_UNCHANGED;
        if (change)
            staged_remove(list, change->number);
        return ERROR_NONE;
    }
    *outcome = change ? STAGED_MERGED : STAGED_ADDED;
    if (!change && check_room(list, err))
        return err->code;
    if (!change)
        change = staged_grow(list);
    if (!change)
        return arena_failed(list->arena, err);
    merged = *change;
    if (*outcome == STAGED_ADDED)
        merged.number = next_number(list);
    if (fill_item(list, &merged, item, err))
        return err->code;
    *change = merged;
    list->count += *outcome == STAGED_ADDED;
    *number = merged.number;
    return ERROR_NONE;
}

enum error_code staged_add_item(struct staged_list *list, const struct staged_item *item,
    enum staged_outcome *outcome, uint64_t *number, struct error *err)
{
    const struct staged_change *change = find_item(list, item->table, item->key);
    struct staged_item moved = *item;
    const struct value *view;
    enum error_code code;
    bool fits;

    if (!change)
        return staged_put_item(list, item, outcome, number, err);
    code = staged_view(list, item->table, item->key, item->base, &view, err);
    if (code == ERROR_CONDITION && !is_move(change)) {
        /* Not what the table holds, but what is left once the change is applied: UNDO after UNDO. */
        moved.base = change->base;
        view = change->wanted;
        code = ERROR_NONE;
    }
    if (!code)
        code = carry_over(list, item->table, item->base, item->wanted, view, &moved.wanted, &fits,
            err);
    if (!code && !fits)
        code = fail_changed(change, err);
    return code ? code : staged_put_item(list, &moved, outcome, number, err);
}

static enum error_code fill_object(struct staged_list *list, struct staged_change *to,
    const struct staged_change *from, struct error *err)
{
    const struct text *source[] = {&from->object, &from->risk_kind, &from->risk_name, &from->state,
        &from->statement, &from->reference, &from->goal};
    struct text *copy[] = {&to->object, &to->risk_kind, &to->risk_name, &to->state, &to->statement,
        &to->reference, &to->goal};

    if (staged_check_text(from->statement, err))
        return err->code;
    to->kind = STAGED_OBJECT;
    to->risk = from->risk;
    to->mark = from->mark;
    for (size_t i = 0; i < sizeof copy / sizeof *copy; i++) {
        *copy[i] = arena_text(list->arena, *source[i]);
        if (!copy[i]->data)
            return arena_failed(list->arena, err);
    }
    return ERROR_NONE;
}

enum error_code staged_add_object(struct staged_list *list, const struct staged_change *change,
    uint64_t *number, struct error *err)
{
    struct staged_change *added;

    if (check_room(list, err))
        return err->code;
    added = staged_grow(list);
    if (!added)
        return arena_failed(list->arena, err);
    added->number = *number = next_number(list);
    if (fill_object(list, added, change, err))
        return err->code;
    list->count++;
    return ERROR_NONE;
}

enum error_code staged_replace_object(struct staged_list *list, uint64_t number,
    const struct staged_change *change, struct error *err)
{
    const struct staged_change *old = staged_numbered(list, number);
    struct staged_change filled = {.number = number};

    if (!old)
        return error_set(err, ERROR_NOT_FOUND, "no change %llu is staged",
            (unsigned long long)number);
    if (fill_object(list, &filled, change, err))
        return err->code;
    list->change[old - list->change] = filled;
    return ERROR_NONE;
}
