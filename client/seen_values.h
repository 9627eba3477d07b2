#ifndef CLIENT_SEEN_VALUES_H
#define CLIENT_SEEN_VALUES_H

#include "base/text.h"
#include "client/value.h"

#include <stdint.h>

/*
 * Which values the attributes of tables had in items read lately, as literals, for completion:
 * strings, numbers and binary values of moderate length, the last ones of each attribute. Nothing
 * of an attribute that holds a secret, or of a map below it. Takes some 2.5 MB at most. Not
 * thread-safe; an empty one is all zeros.
 */
enum {
    SEEN_TABLES = 8, /* the ones read last */
    SEEN_PATHS = 256,
    SEEN_DEPTH = 4, /* of nested maps */
    SEEN_VALUES = 16,
    SEEN_SIZE = 72 /* bytes of a literal, with the NUL behind it */
};

struct seen_table;

struct seen_values {
    struct seen_table *table[SEEN_TABLES]; /* NULL, or owned */
    uint64_t reads;
};

void seen_values_done(struct seen_values *seen);
/* Without memory less is seen. */
void seen_values_note(struct seen_values *seen, struct text table, const struct value *item);
void seen_values_forget(struct seen_values *seen, struct text table);
/* Calls back with each value of the attribute, newest first. path: "addr.zip", its names quoted
   where the language needs it. */
void seen_values_each(const struct seen_values *seen, struct text table, struct text path,
    void (*each)(void *user, const char *literal), void *user);

#endif
