#ifndef CONSOLE_LANGUAGE_MARKER_H
#define CONSOLE_LANGUAGE_MARKER_H

#include "base/arena.h"
#include "base/text.h"
#include "client/value.h"

#include <stdbool.h>

/*
 * Inside TABLE ( .. ) a parameter such as :path.id stands for a part of a request that is not
 * known yet. It travels through parser and planner as a string whose text is the byte 1, the type
 * it shall have (S N B, or T for BOOL) and what it names; :body alone is a map with such a name.
 */
struct value *marker_new(struct arena *arena, char type, struct text what);
struct value *marker_new_body(struct arena *arena);
bool marker_is(const struct value *value);
bool marker_is_body(const struct value *value);
/* The same marker with another type. */
struct value *marker_with_type(struct arena *arena, const struct value *value, char type);
/* Of a marker's text: its type and "path.id". */
bool marker_read(struct text text, char *type, struct text *what);

#endif
