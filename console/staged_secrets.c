#include "client/mask.h"
#include "console/staged_file.h"

/*
 * The file of a list holds no secrets. An attribute with one in it that a change does not touch is
 * left out of both images: what is sent is the same without it. A change of one cannot be kept.
 */

/* Recursion ends with the depth of the value. */
static bool has_secret(struct text name, const struct value *value)
{
    if (mask_is_secret(name))
        return true;
    for (size_t i = 0; (value->type == VALUE_M || value->type == VALUE_L) && i < value->count; i++)
        if (has_secret(value->type == VALUE_M ? value->name[i] : TEXT(""), &value->element[i]))
            return true;
    return false;
}

static bool is_key(const struct catalog_table *table, struct text name)
{
    for (size_t i = 0; i < table->key_count; i++)
        if (text_is(name, table->key[i].name))
            return true;
    return false;
}

/* The first attribute with a secret; false when there is none. */
static bool find_secret(const struct catalog_table *table, const struct value *image,
    struct text *name)
{
    for (size_t i = 0; image && i < image->count; i++) {
        if (is_key(table, image->name[i]) || !has_secret(image->name[i], &image->element[i]))
            continue;
        *name = image->name[i];
        return true;
    }
    return false;
}

const struct value *staged_without_secrets(struct arena *arena, const struct catalog_table *table,
    const struct value *image)
{
    struct text name;

    while (image && find_secret(table, image, &name))
        image = value_without(arena, image, name);
    return image;
}

static enum error_code refuse(struct text name, struct error *err)
{
    error_set(err, ERROR_REFUSED, "%.*s holds a secret, and no file may: this cannot be staged",
        (int)(name.length < 100 ? name.length : 100), name.data);
    return error_hint(err, "without STAGE it is sent at once and kept nowhere");
}

enum error_code staged_leave_out(struct arena *arena, struct staged_change *change,
    struct error *err)
{
    struct text name;
    char *names;

    while (find_secret(change->table, change->base, &name) ||
           find_secret(change->table, change->wanted, &name)) {
        const struct value *old = change->base ? value_get(change->base, name) : NULL;
        const struct value *new = change->wanted ? value_get(change->wanted, name) : NULL;

        if (change->wanted && !(old && new &&value_equal(old, new)))
            return refuse(name, err);
        names = arena_format(arena, "%.*s%s%.*s", (int)change->left_out.length,
            change->left_out.length > 0 ? change->left_out.data : "",
            change->left_out.length > 0 ? ", " : "", (int)name.length, name.data);
        if (!names)
            return arena_failed(arena, err);
        change->left_out = text_of(names);
        change->base = value_without(arena, change->base, name);
        if (change->wanted)
            change->wanted = value_without(arena, change->wanted, name);
        if (!change->base || (new && !change->wanted))
            return arena_failed(arena, err);
    }
    return ERROR_NONE;
}

enum error_code staged_check_text(struct text text, struct error *err)
{
    if (!mask_finds_secret(text))
        return ERROR_NONE;
    error_set(err, ERROR_REFUSED,
        "the statement holds a secret, and no file may: this cannot be "
        "staged");
    return error_hint(err, "without STAGE it is sent at once and kept nowhere");
}
