#ifndef CONSOLE_STATEMENTS_WRITE_H
#define CONSOLE_STATEMENTS_WRITE_H

#include "client/expression.h"
#include "client/value.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/language/planner.h"
#include "console/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PUT, INSERT, UPDATE, UPSERT and DELETE of items whose keys are known (language.md 4, P18, P20). */

enum write_verb { WRITE_PUT, WRITE_INSERT, WRITE_UPDATE, WRITE_UPSERT, WRITE_DELETE };
enum write_conflict { CONFLICT_NOT_SAID, CONFLICT_REPLACE, CONFLICT_SKIP, CONFLICT_FAIL };
/* "CONFLICT" and what to do, behind ON. */
bool write_parse_conflict(struct lexer *lexer, enum write_conflict *conflict, struct error *err);
enum write_return {
    RETURN_NOTHING,
    RETURN_OLD,
    RETURN_NEW,
    RETURN_UPDATED_OLD,
    RETURN_UPDATED_NEW
};

/* What the statement says. */
struct write {
    enum write_verb verb;
    struct table_ref table;
    const struct value **item; /* PUT, INSERT */
    size_t item_count;
    bool has_key;
    struct key_literal key; /* UPDATE, UPSERT, DELETE */
    struct update *update;
    struct expression *where, *condition; /* condition: IF */
    enum write_conflict conflict;
    enum write_return returns;
    struct rate_said rate; /* WCU */
    bool as_given;         /* a part of a route: nothing is asked or looked up first */
};

/* What will be done. */
struct write_plan {
    const struct write *write;
    struct link *link;
    const struct catalog_table *table;
    const char *operation;
    const struct value *key;      /* of the only item */
    struct expression *own;       /* gatehouse's own part of the condition, or NULL */
    struct expression *condition; /* what the user asks for besides, or NULL */
    uint64_t rate_milli;          /* 0: no limit */
    bool in_batches;              /* BatchWriteItem */
    bool asks_first;              /* PUT at the prompt: find out whether it replaces */
    bool wants_old;               /* ALL_OLD is asked for when RETURN asks for nothing */
    bool not_idempotent;
};

/* Plans into plan: lines, calls, risk. NULL with err set. A key that is not bound is a refusal. */
struct write_plan *write_make_plan(struct job *job, const struct write *write, struct plan *plan,
    struct error *err);
/* For the items that a read of MANY finds: the same but for the key, which comes with each item. */
struct write_plan *write_make_many(struct job *job, const struct write *write,
    const struct read_plan *read, struct error *err);
/* Request of the item at that place; condition replaces the plan's when not NULL. */
enum error_code write_request(const struct write_plan *plan, size_t item,
    const struct expression *condition, struct arena *arena, struct buf *out,
    struct error *err) MUST_CHECK;
/* The key attributes of an item, types checked and markers fitted, as VALUE_M. */
const struct value *write_item_key(struct arena *arena, const struct catalog_table *table,
    const struct value *item, struct error *err);

enum error_code write_run(struct job *job, struct write_plan *plan, struct plan *whole,
    struct error *err) MUST_CHECK;
/* Puts of many items by BatchWriteItem. */
enum error_code write_batches(struct job *job, struct write_plan *plan, struct plan *whole,
    struct error *err) MUST_CHECK;
/* "st is 'void' now": the parts of a condition that the item does not satisfy. */
void write_add_reasons(struct arena *arena, const struct expression *condition,
    const struct value *old, struct buf *out);
/* Whether what RETURN says leaves room for the whole old image. */
bool write_returns_old(const struct write *write);
/* Keeps what a call replaced for UNDO; answer has been asked for by write_request. */
void write_keep_old(struct job *job, const struct write_plan *plan, const struct value *key,
    const struct value *item, const struct json *answer, struct arena *arena);
/* "2 items  3 WCU  5 ms" */
void write_report(struct job *job, const char *what, uint64_t items, uint64_t capacity_milli,
    uint64_t started);

#endif
