#ifndef CLIENT_VALUE_H
#define CLIENT_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The ten DynamoDB types. A value and everything below it lives in one arena (or points into the
 * source text it was read from). Values are not changed after they are built, but by update.
 * One representation serves the console and the embedded endpoint.
 */
enum value_type {
    VALUE_S,
    VALUE_N,
    VALUE_B,
    VALUE_BOOL,
    VALUE_NULL,
    VALUE_L,
    VALUE_M,
    VALUE_SS,
    VALUE_NS,
    VALUE_BS
};

struct value {
    enum value_type type;
    bool boolean;          /* BOOL */
    struct text text;      /* S: UTF-8; N: decimal text; B: raw bytes */
    size_t count;          /* L, M, SS, NS, BS */
    struct value *element; /* count values; members of sets have type S, N or B, sorted */
    struct text *name;     /* M: name[i] of element[i], sorted by bytes, unique */
};

enum { VALUE_DEPTH_LIMIT = 64, VALUE_WIRE_DEPTH_LIMIT = 32 };

/* "S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS" */
const char *value_type_name(enum value_type type);
bool value_type_parse(struct text name, enum value_type *out);
bool value_is_set(enum value_type type);

/* Constructors; arena failure gives NULL. Texts are borrowed, not copied. */
struct value *value_new_text(struct arena *arena, enum value_type type, struct text text);
struct value *value_new_bool(struct arena *arena, bool boolean);
struct value *value_new_null(struct arena *arena);
/* Room for capacity elements (and names, for M); count starts at 0. */
struct value *value_new_container(struct arena *arena, enum value_type type, size_t capacity);
/* A deep copy that owns nothing outside arena. */
struct value *value_copy(struct arena *arena, const struct value *value);

/* Entry of a map, or NULL; binary search. */
const struct value *value_get(const struct value *map, struct text name);
const struct value *value_get_string(const struct value *map, const char *name);
/* A map with name set to value (added or replaced); shares what did not change. */
struct value *value_with(struct arena *arena, const struct value *map, struct text name,
    const struct value *value);
struct value *value_without(struct arena *arena, const struct value *map, struct text name);

/* Sorts the entries of a map by name bytes, or the members of a set (numbers by value). */
void value_sort(struct value *container);

/*
 * Equality by value: numbers 1 and 1.0 are equal, sets and maps ignore order, types differ =
 * not equal. Order: S by UTF-8 bytes, N by value, B by unsigned bytes; *ordered is false for
 * other types or different types.
 */
bool value_equal(const struct value *a, const struct value *b);
int value_compare(const struct value *a, const struct value *b, bool *ordered);

/* Size as the service counts it (tables.md 4.1); value_item_size adds the attribute names. */
size_t value_size(const struct value *value);
size_t value_item_size(const struct value *item);

/*
 * Lenient reading, for answers and files: {"S": "x"}. NULL with err set (ERROR_INVALID, the
 * path in the text) when it is not an AttributeValue. Numbers keep their text.
 */
struct value *value_from_wire(const struct json *json, struct arena *arena,
    struct error *err) MUST_CHECK;
/* An object of AttributeValues: an item or key, as VALUE_M. */
struct value *value_from_wire_item(const struct json *json, struct arena *arena,
    struct error *err) MUST_CHECK;

/* {"S":"x"}; names and sets in the order held (sorted when built by this module). */
void value_add_wire(struct json_writer *writer, const struct value *value);
/* {"a":{"S":"x"},...}: an item without an outer type. */
void value_add_wire_item(struct json_writer *writer, const struct value *item);

/* {"$ss": [..]}, {"$b": ".."}, {"$m": {..}}; names sorted, first ones first when given. */
void value_add_plain(struct json_writer *writer, const struct value *value);
struct value *value_from_plain(const struct json *json, struct arena *arena,
    struct error *err) MUST_CHECK;
/* An object of such values: an item, whose only attribute may well be called $b. */
struct value *value_from_plain_item(const struct json *json, struct arena *arena,
    struct error *err) MUST_CHECK;

/* 'it''s', 12, b64'AAE=', true, null, [1, 'a'], {a: 1, 'b c': 2}, <<'a', 'b'>> */
void value_add_literal(struct buf *out, const struct value *value);
/* A name as the language needs it: bare when it is a WORD, else in backticks. */
void value_add_name(struct buf *out, struct text name);

#endif
