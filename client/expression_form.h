#ifndef CLIENT_EXPRESSION_FORM_H
#define CLIENT_EXPRESSION_FORM_H

#include "client/expression.h"

/*
 * How each kind of expression is written: one table for the printers, the parser and its errors.
 * For the files of the expressions only.
 */
enum expression_shape {
    SHAPE_LEAF,     /* a path or a value */
    SHAPE_FUNCTION, /* text(operands) */
    SHAPE_INFIX,    /* a text b */
    SHAPE_BETWEEN,
    SHAPE_IN,
    SHAPE_JOINED, /* a text b text c ... */
    SHAPE_PREFIX  /* text a */
};

struct expression_form {
    const char *text;
    enum expression_shape shape;
    unsigned char operands; /* of functions */
    bool for_update;        /* right side of SET, not a condition */
};

extern const struct expression_form expression_form_table[]; /* by enum expression_kind */

/* The function of that name, exactly as written; false when there is none. */
bool expression_find_function(struct text name, enum expression_kind *out);

/* Writes trees as text; how paths and values look is its owner's choice. */
struct expression_writer {
    struct buf *out;
    void (*add_path)(struct expression_writer *writer, const struct path *path);
    void (*add_value)(struct expression_writer *writer, const struct value *value);
    struct expression_printer *printer; /* the owner's */
};
void expression_write(struct expression_writer *writer, const struct expression *expression);
void expression_write_update(struct expression_writer *writer, const struct update *update);

extern const char *const update_kind_name[]; /* by enum update_kind */

/* Order in which paths with a common beginning stand together: parts by name or index. */
int path_compare(const struct path *a, const struct path *b);

#endif
