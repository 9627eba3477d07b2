#ifndef CONSOLE_UNDO_H
#define CONSOLE_UNDO_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "client/expression.h"
#include "client/value.h"
#include "console/job.h"
#include "console/plan.h"

#include <stdbool.h>

/*
 * What the writes of a statement replaced (language.md 7.4), in a file of
 * $XDG_STATE_HOME/gatehouse/undo, TIME-N.jsonl, 0600, begun when the first item has been written;
 * the next statement goes on behind it as console/undo_file.h says. The first line of a statement
 * is its header, its last one, {"items":N,..}, is missing when the process was killed.
 * A line of an item is {call, table, key, old, wrote}: old is the whole item before, or null;
 * wrote is the whole item after a PutItem, null after a DeleteItem, and after an UpdateItem what
 * has become of each attribute that it touched, null for one that is gone. Attributes that hold
 * secrets are left out and named in left_out. A line of a gateway object is {call, object, old,
 * wrote, secrets_changed, why}; secrets_changed: nothing else has. A log that cannot be written is
 * a warning: what the statement does goes on.
 */
struct undo_log;

/* Whether old images are asked for and kept: undo-keep is not off. */
bool undo_is_kept(const struct job *job);

/* Around the run of a statement that may write. */
void undo_begin(struct job *job, struct text statement);
void undo_end(struct job *job);
/* The file that the next statement would go on with is closed. */
void undo_close_shared(struct undo_shared *shared); /* NULL is harmless */

/* One item that has been written. */
struct undo_write {
    const char *call; /* "PutItem", "UpdateItem", "DeleteItem" */
    const char *table;
    const struct value *key;
    const struct json *old;      /* Attributes of ALL_OLD; NULL: there was none */
    const struct value *before;  /* or this, where the condition of the call said what it was */
    const struct value *item;    /* of a PutItem */
    const struct update *update; /* of an UpdateItem */
    const struct value *after;   /* or this: what it made */
};
/* Any thread. arena holds what is needed on the way. */
void undo_add(struct job *job, const struct link *link, const struct undo_write *write,
    struct arena *arena);

/*
 * An object of a gateway, whose states are texts of console/gateway_object.h. Its first line is on
 * disk before the first call, without "wrote"; the second one, once it is known what has become of
 * it, takes its place. A process that is killed between them leaves the first.
 */
struct undo_object {
    const char *call;   /* "ALTER ROUTE" */
    struct text object; /* JSON: which one */
    struct text old;    /* empty: there was none */
    bool is_first;      /* of its lines */
    bool is_written;    /* it is known what is there now: */
    struct text wrote;  /* empty: nothing */
    bool is_changed;    /* it is not as it was, be it only in secrets that the states leave out */
    const char *why;    /* it cannot be undone, because ..; or NULL */
    bool is_all;        /* nor can anything else of the statement */
};
/* Any thread. A file whose objects are all as they were before is not kept. */
void undo_add_object(struct job *job, const struct link *link, const struct undo_object *object);

/* "cannot be undone: .." for a plan whose calls return no old images; nothing for others. */
void undo_add_limits(const struct plan *plan, struct buf *out);

#endif
