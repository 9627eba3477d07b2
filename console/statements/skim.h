#ifndef CONSOLE_STATEMENTS_SKIM_H
#define CONSOLE_STATEMENTS_SKIM_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Finds the pieces of a large JSON answer without building a tree of it, so that a page of items
 * costs its text and one item at a time. Only brackets and strings are looked at: what a piece
 * holds is checked when json_parse reads it.
 */

/* Values of the named members of an object, as text; absent ones stay empty. False: no object. */
bool skim_members(struct text object, const char *const *name, struct text *value, size_t count);
/*
 * The same for an object of which most is one array, without a walk through it: *elements is all
 * that stands behind its opening bracket. False, with value undefined, unless name[0] is a member
 * close to the end. That is sure in valid JSON: from a member's name on, brackets that match up to
 * the last byte leave it no other place than the outermost object.
 */
bool skim_around(struct text object, const char *array, struct text *elements,
    const char *const *name, struct text *value, size_t count);
/* The text between the brackets of an array; false when it is none. */
bool skim_array(struct text array, struct text *elements);
/* Moves the next element from *elements to *element; false at the end or a closing bracket. */
bool skim_next(struct text *elements, struct text *element);

#endif
