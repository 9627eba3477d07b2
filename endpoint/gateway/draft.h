#ifndef ENDPOINT_GATEWAY_DRAFT_H
#define ENDPOINT_GATEWAY_DRAFT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Making and changing JSON trees in an arena. A draft remembers its first failure, so callers
 * build without checking and ask once at the end (`failed`). Every function takes NULL nodes and
 * does nothing with them. Texts are copied into the arena; names given as C strings are kept.
 */
struct draft {
    struct arena *arena;
    bool failed;
};

struct json *draft_object(struct draft *draft);
struct json *draft_array(struct draft *draft);
struct json *draft_text(struct draft *draft, struct text text);
struct json *draft_string(struct draft *draft, const char *string);
struct json *draft_integer(struct draft *draft, int64_t value);
struct json *draft_number(struct draft *draft, struct text digits);
struct json *draft_bool(struct draft *draft, bool value);
struct json *draft_copy(struct draft *draft, const struct json *node);
/* A tree of its own from text; NULL (and failed) when it is not JSON. */
struct json *draft_parse(struct draft *draft, struct text source);

/* Puts value (which becomes part of object) in the place of the member, or behind the last one. */
void draft_set(struct draft *draft, struct json *object, const char *name, struct json *value);
void draft_set_text(struct draft *draft, struct json *object, struct text name, struct json *value);
/* Behind the last element. */
void draft_append(struct draft *draft, struct json *array, struct json *value);
/* False when there was no such member. */
bool draft_remove(struct json *object, struct text name);
bool draft_remove_element(struct json *array, struct text string);

/* Children that may be changed. */
struct json *draft_member(struct json *object, const char *name);
struct json *draft_member_text(struct json *object, struct text name);
/* The member as an object, made when it is absent. */
struct json *draft_child(struct draft *draft, struct json *object, const char *name);
struct json *draft_child_text(struct draft *draft, struct json *object, struct text name);

/* The node as compact JSON in the arena. */
struct text draft_print(struct draft *draft, const struct json *node);

/*
 * Canonical form: members sorted by name, those for which skip answers true left out. For hashes
 * and comparisons.
 */
void draft_add_canonical(struct buf *out, const struct json *node,
    bool (*skip)(const struct json *parent, const struct json *member));

#endif
