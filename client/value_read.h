#ifndef CLIENT_VALUE_READ_H
#define CLIENT_VALUE_READ_H

#include "client/value.h"

/*
 * What the readers and writers of values as JSON share (value_*.c, item_text.c): maps, lists and sets
 * in the order they are kept, and errors that name the place. Not for other files.
 */

/* The way from the value that is read to its root; on the stacks of the readers. */
struct value_place {
    const struct value_place *up; /* NULL for a member of the root */
    struct text name;             /* data NULL: an element of a list */
    size_t index;
    int depth; /* containers around it */
};

enum { VALUE_BINARY_LIMIT = 64 * 1024 * 1024 };

struct value_reader {
    struct arena *arena;
    struct error *err;
    struct buf scratch; /* for base64 */
    /* Reads one value into *out; false with err set. place is NULL at the root. */
    bool (*read)(struct value_reader *reader, const struct json *json,
        const struct value_place *place, struct value *out);
};

/* Sets err with the place in front; always false, so that failing is one statement. */
bool value_read_fail(struct value_reader *reader, const struct value_place *place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* json is an object (map: of two equal names the last one counts) or an array. */
bool value_read_map(struct value_reader *reader, const struct json *json,
    const struct value_place *place, struct value *out);
bool value_read_list(struct value_reader *reader, const struct json *json,
    const struct value_place *place, struct value *out);

/* An array whose members have one JSON kind; sorted, not empty, without duplicates. */
bool value_read_set(struct value_reader *reader, const struct json *json,
    const struct value_place *place, enum value_type type, enum json_kind member,
    struct value *out);

/* S borrows the text, N checks it, B decodes base64. */
bool value_read_scalar(struct value_reader *reader, struct text text,
    const struct value_place *place, enum value_type type, struct value *out);

void value_add_base64(struct json_writer *writer, struct text data);

/* The number as JSON and the language take it: as it stands, but for ".5", "1.", "+1", "007". */
void value_add_number(struct buf *out, struct text number);

#endif
