#ifndef CLIENT_ITEM_DIFF_H
#define CLIENT_ITEM_DIFF_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "client/expression.h"
#include "client/value.h"

#include <stddef.h>

/*
 * What lies between two images of one item, as the least that has to be sent: leaves of maps,
 * elements of lists of equal length, what is appended to a list, what a set gains or loses
 * (models.md 5). Everything lives in the arena and points into the two images.
 */
enum item_change_kind {
    ITEM_CHANGE_SET,    /* the path as a whole */
    ITEM_CHANGE_REMOVE, /* the path is not there any more */
    ITEM_CHANGE_APPEND, /* operand: the new elements of a list */
    ITEM_CHANGE_JOIN,   /* operand: what a set gains */
    ITEM_CHANGE_TAKE    /* operand: what a set loses */
};

struct item_change {
    enum item_change_kind kind;
    const struct path *path;
    const struct value *old, *new; /* at the path; NULL: absent */
    const struct value *operand;
};

struct item_diff {
    struct item_change *change; /* in order of the paths */
    size_t count, capacity;
    struct update *update;        /* that makes the new image of the old one */
    struct expression *condition; /* every changed path is as it was */
};

enum {
    ITEM_DIFF_BYTES = 4096,   /* of an update or condition expression, the service's limit */
    ITEM_DIFF_OPERATORS = 300 /* of one, as well */
};

/*
 * Both images are maps. When the expressions would pass the limits of the service, the deepest
 * changes are replaced by one of the value that holds them, on its old value; reserve: bytes of the
 * condition that are needed for something else. ERROR_INVALID when the limits are passed even so.
 * Equal images give a diff of no changes, whose update and condition are NULL.
 */
struct item_diff *item_diff_new(struct arena *arena, const struct value *old,
    const struct value *new, size_t reserve, struct error *err) MUST_CHECK;

/* The same without expressions and their limits: what changes, for a person. */
struct item_diff *item_diff_changes(struct arena *arena, const struct value *old,
    const struct value *new, struct error *err) MUST_CHECK;

/* "path: old -> new"; - stands for what is absent. */
void item_change_add_text(struct buf *out, const struct item_change *change);

/* path = value, or that it is absent when value is NULL; NULL when the arena is full. */
struct expression *item_diff_as_was(struct arena *arena, const struct path *path,
    const struct value *value);

/*
 * That the item is still the one of the image: its attributes, the smallest first, as many as an
 * expression holds beside reserve bytes. NULL when the arena is full.
 */
struct expression *item_diff_unchanged(struct arena *arena, const struct value *image,
    size_t reserve);

#endif
