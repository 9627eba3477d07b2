#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Strict JSON (RFC 8259): UTF-8 checked, numbers kept as text, NUL allowed in strings, duplicate
 * names kept in order (json_member returns the last one), no comments, no trailing commas.
 * Own code because libraries lose 38-digit numbers, cut at NUL or are 5-17 times slower.
 * The parser and the writer are iterative.
 */

enum { JSON_DEPTH_LIMIT = 1024 }; /* tables.md 1.1: deeper is a SerializationException */

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

/* A node lives in the arena of the parse; its texts point into the source or the arena. */
struct json {
    enum json_kind kind;
    struct text text;   /* string, decoded; number, as written */
    struct text name;   /* when the parent is an object */
    struct json *first; /* elements or members, in order */
    struct json *next;  /* sibling */
    size_t count;       /* elements or members */
    size_t offset;      /* of the first byte in the source */
};

/*
 * Returns the tree, or NULL with err set (ERROR_USAGE with line and column; ERROR_LIMIT for
 * depth; ERROR_MEMORY). source must outlive the tree: undecoded strings and numbers point into it.
 */
struct json *json_parse(struct text source, struct arena *arena, struct error *err) MUST_CHECK;

/* The same for the value that source begins with; *length is what it takes of source. */
struct json *json_parse_front(struct text source, size_t *length, struct arena *arena,
    struct error *err) MUST_CHECK;

/* The last member of that name, or NULL; also NULL when node is NULL or not an object. */
const struct json *json_member(const struct json *node, const char *name);
const struct json *json_member_text(const struct json *node, struct text name);

/* Follows "a.b.0.c" through objects and arrays; NULL when a step is missing. */
const struct json *json_at(const struct json *node, const char *path);

/* Text of a string member, or an empty view (data NULL) when absent or of another kind. */
struct text json_string_member(const struct json *node, const char *name);

/* Integer value of a number or numeric string member, or fallback. */
int64_t json_integer_member(const struct json *node, const char *name, int64_t fallback);
double json_double_member(const struct json *node, const char *name, double fallback);
bool json_bool_member(const struct json *node, const char *name, bool fallback);

/*
 * The writer: commas and quotes are its work. Depth at most JSON_DEPTH_LIMIT. Failures are
 * remembered by the buffer. Names and values in the order they are given.
 */
struct json_writer {
    struct buf *out;
    bool need_comma;
};

void json_writer_init(struct json_writer *writer, struct buf *out);
void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);
void json_name(struct json_writer *writer, const char *name);
void json_name_text(struct json_writer *writer, struct text name);
void json_string(struct json_writer *writer, struct text text);
void json_c_string(struct json_writer *writer, const char *string);
void json_number(struct json_writer *writer, struct text text); /* as it stands */
void json_integer(struct json_writer *writer, int64_t value);
void json_double(struct json_writer *writer, double value); /* shortest that reads back */
void json_bool(struct json_writer *writer, bool value);
void json_null(struct json_writer *writer);
void json_raw(struct json_writer *writer, struct text json); /* one finished JSON value */
void json_tree(struct json_writer *writer, const struct json *node);

/* name and string value in one call */
void json_pair(struct json_writer *writer, const char *name, struct text value);
void json_pair_string(struct json_writer *writer, const char *name, const char *value);
void json_pair_integer(struct json_writer *writer, const char *name, int64_t value);
void json_pair_bool(struct json_writer *writer, const char *name, bool value);

/* A quoted JSON string: control characters escaped, everything else as UTF-8. */
void json_add_string(struct buf *out, struct text text);

#endif
