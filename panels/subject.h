#ifndef PANELS_SUBJECT_H
#define PANELS_SUBJECT_H

#include "base/buf.h"
#include "base/text.h"
#include "client/catalog.h"
#include "client/value.h"

#include <stdbool.h>

/*
 * What a statement that made a result is about: its table and index. Panels know results by their
 * statements; this finds the name in them.
 */
struct subject {
    char table[256], index[256]; /* "" when there is none */
};

/* SELECT .. FROM t.i, QUERY t, SCAN t, GET t, UPDATE t ..: false when it names no table. */
bool subject_read(struct text statement, struct subject *out);

/* The key of an item as the language writes it: "'c1', 17". The key attributes come from the
   catalog; false when the table is not described or the item lacks one. */
bool subject_add_key(struct buf *out, const struct catalog_snapshot *snapshot,
    const struct subject *subject, const struct value *item);

#endif
