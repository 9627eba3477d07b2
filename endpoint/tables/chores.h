#ifndef ENDPOINT_TABLES_CHORES_H
#define ENDPOINT_TABLES_CHORES_H

#include "base/buf.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/table.h"
#include "endpoint/tables/write.h"

#include <stdint.h>

/*
 * Work that the writer does between requests, a slice per commit: filling new indexes (500 items
 * each), filling the expiry index, deleting what has expired (items, tokens of transactions),
 * trimming undo logs and streams, dropping tables that were DELETING for a time. What was
 * interrupted starts again from the beginning after a restart; rows that are there already are
 * left alone.
 */
struct chores {
    int64_t table;         /* being filled; 0 = none */
    int slot;              /* of the index; 0 = the expiry index */
    struct buf position;   /* key to go on from */
    int64_t sweep_from;    /* id of the table to sweep next */
    int64_t dropped;       /* id of the table dropped by this slice; 0 = none */
    uint64_t trim_ms;      /* wall time of the next look at the streams; 0 = now */
    struct table *changed; /* description to publish after COMMIT; a reference, or NULL */
};

void chores_init(struct chores *chores);
void chores_done(struct chores *chores);

/* The table has changed: what was being filled in it starts again. */
void chores_forget(struct chores *chores, int64_t table);
/* One slice inside a transaction. AGAIN: there is more to do now. */
enum progress chores_slice(struct chores *chores, struct write_context *context);
/* Milliseconds from now until there may be something to do again. */
uint64_t chores_pause_ms(const struct chores *chores, uint64_t now_ms);
/* After COMMIT, or after a rollback. */
void chores_committed(struct chores *chores, struct write_context *context);
void chores_rolled_back(struct chores *chores);

#endif
