#ifndef CLIENT_EXPRESSION_H
#define CLIENT_EXPRESSION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "client/value.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Conditions, updates and projections as trees, in one arena. Two parsers build them: the
 * console's, from statements with inline literals (console/language), and the service's own
 * grammar with placeholders (client/expression_parse.h). One printer turns a tree into
 * placeholders for the wire, one evaluator runs it on items.
 */

/* a.b[0].c; the first part is always a name. */
struct path_part {
    bool is_index;
    size_t index;
    struct text name;
};
struct path {
    size_t count;
    struct path_part *part;
};

enum expression_kind {
    EXPRESSION_PATH,  /* path */
    EXPRESSION_VALUE, /* value */
    EXPRESSION_SIZE,  /* size(operand 0) */
    EXPRESSION_EQ,    /* a condition that is compared, up to IN, stands for its truth, a BOOL */
    EXPRESSION_NE,
    EXPRESSION_LT,
    EXPRESSION_LE,
    EXPRESSION_GT,
    EXPRESSION_GE,
    EXPRESSION_BETWEEN, /* operands: subject, low, high */
    EXPRESSION_IN,      /* operands: subject, candidates */
    EXPRESSION_EXISTS,
    EXPRESSION_NOT_EXISTS, /* operand 0 is a path */
    EXPRESSION_TYPE,       /* attribute_type(path, value S) */
    EXPRESSION_BEGINS_WITH,
    EXPRESSION_CONTAINS,
    EXPRESSION_AND,
    EXPRESSION_OR, /* two or more operands */
    EXPRESSION_NOT,
    EXPRESSION_MATCHES, /* PCRE2; only evaluated here, never sent */
    EXPRESSION_ADD,
    EXPRESSION_SUBTRACT, /* right side of SET */
    EXPRESSION_IF_NOT_EXISTS,
    EXPRESSION_LIST_APPEND
};

struct expression {
    enum expression_kind kind;
    const struct path *path;   /* EXPRESSION_PATH */
    const struct value *value; /* EXPRESSION_VALUE */
    size_t count;
    struct expression **operand; /* count of them */
    size_t offset;               /* in the source, for places in errors */
    void *prepared;              /* the evaluator's: cell of the compiled pattern of MATCHES */
};

enum update_kind { UPDATE_SET, UPDATE_REMOVE, UPDATE_ADD, UPDATE_DELETE };

struct update_action {
    enum update_kind kind;
    const struct path *path;
    struct expression *operand; /* SET: the right side; ADD, DELETE: a value; REMOVE: NULL */
};
struct update {
    size_t count;
    struct update_action *action; /* grouped by kind: SET, REMOVE, ADD, DELETE; order kept within */
    bool by_attributes; /* from AttributeUpdates, which has another word for a type that differs */
};
struct projection {
    size_t count;
    const struct path **path;
};

/*
 * Constructors; NULL when the arena is full. Printers and the evaluator go down a tree by
 * recursion: parsers keep it at most 512 deep.
 */
struct expression *expression_new(struct arena *arena, enum expression_kind kind, size_t operands);
struct expression *expression_new_path(struct arena *arena, const struct path *path);
struct expression *expression_new_value(struct arena *arena, const struct value *value);
/* a AND b, joining lists; either may be NULL (the other is returned). */
struct expression *expression_and(struct arena *arena, struct expression *a, struct expression *b);
struct path *path_new_name(struct arena *arena, struct text name);
bool path_equal(const struct path *a, const struct path *b);
/* One is a prefix of the other. */
bool path_overlap(const struct path *a, const struct path *b);
/* "a.`b c`[0]", as the language writes it. */
void path_add(struct buf *out, const struct path *path);
/* True when the path is this single name. */
bool path_is_name(const struct path *path, struct text name);

/* In the language's own words (for EXPLAIN, staged changes, messages). */
void expression_add_text(struct buf *out, const struct expression *expression);
void update_add_text(struct buf *out, const struct update *update);

/*
 * Names and values in order of first use: #name (characters outside A-Z a-z 0-9 _ become _, a
 * clash gets _2), :0, :1 .. (language.md P17). One printer serves all expressions of a request.
 */
struct expression_printer;
struct expression_printer *expression_printer_new(struct arena *arena,
    struct error *err) MUST_CHECK;
void expression_print(struct expression_printer *printer, struct buf *out,
    const struct expression *expression); /* no redundant parentheses */
void expression_print_update(struct expression_printer *printer, struct buf *out,
    const struct update *update);
void expression_print_path(struct expression_printer *printer, struct buf *out,
    const struct path *path);
/* Members ExpressionAttributeNames and ExpressionAttributeValues, each only when not empty. */
void expression_print_maps(const struct expression_printer *printer, struct json_writer *writer);

/* Value at the path, or NULL. */
const struct value *path_lookup(const struct path *path, const struct value *item);

/* True when the item (an empty map when there is none) satisfies the condition. */
bool expression_holds(const struct expression *condition, const struct value *item,
    struct arena *arena);
/* Frees what the evaluator prepared (compiled patterns). */
void expression_release(struct expression *condition);

/*
 * Whether an item is the same after the update was applied once and twice: no amounts are added, no
 * list grows or moves up, and nothing is read that the update itself changes.
 */
bool update_may_repeat(const struct update *update);

/*
 * A new item with the update applied to item; everything is read before anything is written.
 * Errors are ERROR_INVALID with the service's sentences (tables.md 7.4 "update at run time").
 */
struct value *update_apply(const struct update *update, const struct value *item,
    struct arena *arena, struct error *err) MUST_CHECK;
/* The touched paths of item with the structure around them (UPDATED_OLD, UPDATED_NEW); NULL when
   nothing is there. */
struct value *update_touched(const struct update *update, const struct value *item,
    struct arena *arena);
/* Keeps structure; list elements come back packed; nothing found gives an empty map. */
struct value *projection_apply(const struct projection *projection, const struct value *item,
    struct arena *arena);

#endif
