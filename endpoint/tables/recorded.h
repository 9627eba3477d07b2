#ifndef ENDPOINT_TABLES_RECORDED_H
#define ENDPOINT_TABLES_RECORDED_H

#include "base/arena.h"
#include "base/text.h"
#include "endpoint/tables/store.h"

#include <stdint.h>

/*
 * What a table was told and only has to remember (tables.md 2, level rec): rows of the table
 * recorded(table_id, kind, name, at_ms, state, text), which go when their table goes.
 */
enum recorded_kind {
    RECORDED_POLICY,   /* name: empty, or the label of a stream; text: the document */
    RECORDED_INSIGHTS, /* name: empty, or of the index; text: the mode */
    RECORDED_KINESIS   /* name: ARN of the stream; text: the precision, or empty */
};

struct recorded {
    struct text name;
    uint64_t at_ms;    /* of the last change; of a destination: since when it is enabled */
    struct text state; /* ENABLED, DISABLED, ACTIVE; of a policy empty */
    struct text text;
};

/* STORE_DONE when there is none. The texts of out are in the arena; no room is a failure. */
enum store_result recorded_find(struct store *store, int64_t table, enum recorded_kind kind,
    struct text name, struct arena *arena, struct recorded *out);
/* All of a kind, the latest first; the texts are valid during the call of found. */
enum store_result recorded_each(struct store *store, int64_t table, enum recorded_kind kind,
    void (*found)(void *user, const struct recorded *row), void *user);
/* Writer thread, inside a transaction. */
enum store_result recorded_keep(struct store *store, int64_t table, enum recorded_kind kind,
    const struct recorded *row);
enum store_result recorded_forget(struct store *store, int64_t table, enum recorded_kind kind,
    struct text name);
enum store_result recorded_drop(struct store *store, int64_t table);

#endif
