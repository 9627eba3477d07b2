#ifndef CONSOLE_STATEMENTS_DIFF_JOIN_H
#define CONSOLE_STATEMENTS_DIFF_JOIN_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/catalog.h"
#include "client/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The items of two tables on their way to be compared. They come in any order, which differs from
 * side to side: services hash their keys as they like. An item waits for its partner; both go when
 * they are the same bytes. What differs, what waits too long for the memory given, and what has no
 * partner at the end is sorted by key, on disk where need be, and comes out as pairs. Callers lock.
 */
enum join_side { JOIN_LEFT, JOIN_RIGHT };

struct join;

struct join_pair {
    struct text item[2]; /* DynamoDB JSON by side; data NULL: absent there */
};

/* memory: of waiting items; sorting: of what is sorted. */
struct join *join_new(size_t memory, size_t sorting, struct error *err) MUST_CHECK;
void join_free(struct join *join);

/* Bytes that two items share when their keys are equal by value, in the order of keys. */
enum error_code join_add_key(struct buf *out, const struct catalog_key *key, size_t count,
    const struct value *item, struct error *err) MUST_CHECK;

/* *met: its partner was waiting. */
enum error_code join_add(struct join *join, enum join_side side, struct text key, struct text item,
    bool *met, struct error *err) MUST_CHECK;

/* Ends the adding. Unless complete, items still waiting are dropped. */
enum error_code join_finish(struct join *join, bool complete, struct error *err) MUST_CHECK;
/* The next pair by key, valid until the next call; the two may be equal by value. */
bool join_next(struct join *join, struct join_pair *out, enum error_code *code, struct error *err);

uint64_t join_equal(const struct join *join);     /* pairs of the same bytes so far */
uint64_t join_different(const struct join *join); /* pairs of other bytes so far */

#endif
