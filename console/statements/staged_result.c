#include "console/statements/staged_apply.h"

/* What APPLY STAGED prints: a row per change, of a conflict a row per path. */

enum { TEXT_LIMIT = STAGED_BYTES };

enum {
    RESULT_NUMBER,
    RESULT_MARK,
    RESULT_OBJECT,
    RESULT_RESULT,
    RESULT_PATH,
    RESULT_BASE,
    RESULT_MINE,
    RESULT_THEIRS
};

static struct text keep(struct applying *applying, struct buf *text)
{
    struct text copy = arena_text(applying->job->arena, text->failure ? TEXT("") : buf_view(text));

    buf_done(text);
    return copy.data ? copy : TEXT("");
}

static void set_head(struct applying *applying, const struct staged_change *change,
    const char *result)
{
    struct listing *listing = &applying->listing;
    char mark = staged_mark(change);
    struct buf text;

    buf_init(&text, TEXT_LIMIT);
    staged_add_name(&text, applying->job->arena, change);
    listing_integer(listing, RESULT_NUMBER, (int64_t)change->number);
    listing_text(listing, RESULT_MARK, arena_text(applying->job->arena, text_make(&mark, 1)));
    listing_text(listing, RESULT_OBJECT, keep(applying, &text));
    listing_string(listing, RESULT_RESULT, result);
}

enum error_code staged_row(struct applying *applying, const struct staged_change *change,
    const char *result, struct error *err)
{
    set_head(applying, change, result);
    return listing_row(&applying->listing, err);
}

static const struct value *at(const struct path *path, const struct value *image)
{
    return image ? path_lookup(path, image) : NULL;
}

static enum error_code add_path(struct applying *applying, const struct staged_change *change,
    const struct path *path, const struct value *theirs, struct error *err)
{
    struct buf text;

    set_head(applying, change, "conflict");
    buf_init(&text, TEXT_LIMIT);
    path_add(&text, path);
    listing_text(&applying->listing, RESULT_PATH, keep(applying, &text));
    listing_value(&applying->listing, RESULT_BASE, at(path, change->base));
    listing_value(&applying->listing, RESULT_MINE, at(path, change->wanted));
    listing_value(&applying->listing, RESULT_THEIRS, at(path, theirs));
    return listing_row(&applying->listing, err);
}

static bool is_shown(const struct item_diff *shown, const struct path *path)
{
    for (size_t i = 0; i < shown->count; i++)
        if (path_overlap(shown->change[i].path, path))
            return true;
    return false;
}

enum error_code staged_conflict(struct applying *applying, const struct staged_change *change,
    const struct value *theirs, struct error *err)
{
    struct arena *arena = applying->job->arena;
    const struct value *nothing = value_new_container(arena, VALUE_M, 0);
    const struct value *base = change->base ? change->base : nothing;
    const struct value *mine = change->wanted ? change->wanted : nothing;
    const struct value *there = theirs ? theirs : nothing;
    struct item_diff *first, *second;
    enum error_code code = ERROR_NONE;

    theirs = staged_without_secrets(arena, change->table, theirs);
    there = theirs ? theirs : nothing;

    if (!nothing)
        return arena_failed(arena, err);
    /* What is new or goes differs everywhere: only what the other side did is of interest. */
    first = change->base && change->wanted ? item_diff_changes(arena, base, mine, err)
            : change->base                 ? item_diff_changes(arena, base, there, err)
                                           : item_diff_changes(arena, there, mine, err);
    second = change->base && theirs ? item_diff_changes(arena, base, there, err)
                                    : item_diff_changes(arena, nothing, nothing, err);
    if (!first || !second)
        return err->code;
    for (size_t i = 0; !code && i < first->count; i++)
        code = add_path(applying, change, first->change[i].path, theirs, err);
    for (size_t i = 0; !code && i < second->count; i++)
        if (!is_shown(first, second->change[i].path))
            code = add_path(applying, change, second->change[i].path, theirs, err);
    if (!code && first->count + second->count == 0)
        code = staged_row(applying, change, "conflict", err);
    return code;
}

/* A state that is a JSON object, as a map; NULL when it is something else. */
static const struct value *as_map(struct arena *arena, struct text state)
{
    struct error ignored;
    const struct json *json =
        text_starts_with(state, TEXT("{")) ? json_parse(state, arena, &ignored) : NULL;

    return json ? value_from_plain(json, arena, &ignored) : NULL;
}

/* Where two such states differ; the statement stands in the first row. */
static enum error_code add_places(struct applying *applying, const struct staged_change *change,
    const struct item_diff *diff, struct error *err)
{
    enum error_code code = ERROR_NONE;

    for (size_t i = 0; !code && i < diff->count; i++) {
        struct buf path;

        set_head(applying, change, "conflict");
        buf_init(&path, TEXT_LIMIT);
        path_add(&path, diff->change[i].path);
        listing_text(&applying->listing, RESULT_PATH, keep(applying, &path));
        listing_value(&applying->listing, RESULT_BASE, diff->change[i].old);
        listing_text(&applying->listing, RESULT_MINE, i == 0 ? change->statement : TEXT(""));
        listing_value(&applying->listing, RESULT_THEIRS, diff->change[i].new);
        code = listing_row(&applying->listing, err);
    }
    return code;
}

const struct staged_change *staged_images(const struct staged_change *change, struct arena *arena)
{
    static const struct catalog_table no_table;
    struct staged_change *copy = arena_alloc(arena, 1, sizeof *copy);

    if (!copy)
        return change;
    *copy = *change;
    copy->table = &no_table;
    copy->base = as_map(arena, change->state);
    copy->wanted = as_map(arena, change->goal);
    return copy;
}

enum error_code staged_restore_conflict(struct applying *applying,
    const struct staged_change *change, struct text state, struct error *err)
{
    struct arena *arena = applying->job->arena;

    return staged_conflict(applying, staged_images(change, arena), as_map(arena, state), err);
}

enum error_code staged_object_conflict(struct applying *applying,
    const struct staged_change *change, struct text state, struct error *err)
{
    struct listing *listing = &applying->listing;
    struct arena *arena = applying->job->arena;
    const struct value *old = as_map(arena, change->state), *new = as_map(arena, state);
    const struct item_diff *diff = old && new ? item_diff_changes(arena, old, new, err) : NULL;

    if (diff && diff->count > 0)
        return add_places(applying, change, diff, err);
    set_head(applying, change, "conflict");
    listing_text(listing, RESULT_BASE, change->state);
    listing_text(listing, RESULT_MINE, change->statement);
    listing_text(listing, RESULT_THEIRS, state);
    return listing_row(listing, err);
}
