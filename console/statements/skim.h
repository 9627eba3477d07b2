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
/* The text between the brackets of an array; false when it is none. */
bool skim_array(struct text array, struct text *elements);
/* Moves the next element from *elements to *element; false at the end. */
bool skim_next(struct text *elements, struct text *element);

#endif
