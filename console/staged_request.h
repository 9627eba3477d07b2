#ifndef CONSOLE_STAGED_REQUEST_H
#define CONSOLE_STAGED_REQUEST_H

#include "base/json.h"
#include "client/item_diff.h"
#include "console/staged.h"

/* What a staged change of an item is sent as, and what has become of the item meanwhile. */
struct staged_call {
    const char *operation;
    struct text request;
};

/* PutItem, UpdateItem or DeleteItem with its condition; a move is a TransactWriteItems.
   wants_old: asks for the image that is replaced. */
enum error_code staged_compile(const struct staged_change *change, bool wants_old,
    struct arena *arena, struct staged_call *out, struct error *err) MUST_CHECK;
/* The same as actions of a transaction; *count grows by how many they are. */
enum error_code staged_add_actions(const struct staged_change *change, struct arena *arena,
    struct json_writer *writer, size_t *count, struct error *err) MUST_CHECK;

/* All that is asked of the item as it is in the table, in the language. */
enum error_code staged_add_condition(const struct staged_change *change, struct arena *arena,
    struct buf *out, struct error *err) MUST_CHECK;
/* A statement that does the same, each line ended by ';'. */
enum error_code staged_add_statement(const struct staged_change *change, struct arena *arena,
    struct buf *out, struct error *err) MUST_CHECK;
/* "orders {cust: 'c1', ts: 17}", or the object. */
void staged_add_name(struct buf *out, struct arena *arena, const struct staged_change *change);
/* WCU by the sizes of the images, indexes not counted. */
uint64_t staged_cost(const struct staged_change *change);

enum staged_verdict {
    STAGED_FITS,     /* the change can be made */
    STAGED_ALREADY,  /* what it would make is there: nothing is left to do */
    STAGED_CONFLICTS /* the item is not what it has to be */
};

/* theirs: what the table holds now under the key of base (of wanted for a new item), NULL: nothing;
   there: for a move, what it holds under the new key. */
enum error_code staged_judge(const struct staged_change *change, const struct value *theirs,
    const struct value *there, struct arena *arena, enum staged_verdict *verdict,
    struct error *err) MUST_CHECK;

#endif
