#ifndef CONSOLE_STATEMENTS_STAGED_APPLY_H
#define CONSOLE_STATEMENTS_STAGED_APPLY_H

#include "base/json.h"
#include "console/listing.h"
#include "console/staged_request.h"
#include "console/statements/staged.h"

/* One APPLY STAGED under way; for the files staged_apply*.c. */
struct applying {
    struct job *job;
    struct plan *whole;
    struct link *link;
    const struct staged_node *node;
    const struct staged_choice *choice;
    struct listing listing;
    uint64_t *done; /* numbers that are to leave the list */
    size_t done_count, saved_count;
    size_t applied, already, conflicts, failed, not_sent;
    uint64_t capacity_milli, started, saved, noted; /* the last three: monotonic */
    bool stop;                                      /* nothing more is sent */
    struct error first;                             /* failure that is no conflict */
};

/* What has become of a change: "applied", "conflict" ... */
enum error_code staged_row(struct applying *applying, const struct staged_change *change,
    const char *result, struct error *err) MUST_CHECK;
/* The same for a conflict: each path that differs, as it was, is wanted, and is. */
enum error_code staged_conflict(struct applying *applying, const struct staged_change *change,
    const struct value *theirs, struct error *err) MUST_CHECK;

/* Of a table: its definition as it was, the statement, the definition as it is. */
enum error_code staged_object_conflict(struct applying *applying,
    const struct staged_change *change, struct text state, struct error *err) MUST_CHECK;

/* Of an object that UNDO puts back: each member that differs. */
enum error_code staged_restore_conflict(struct applying *applying,
    const struct staged_change *change, struct text state, struct error *err) MUST_CHECK;

/* All changes as one TransactWriteItems; a token that is empty is left out of the request. */
enum error_code staged_atomic_request(struct job *job, const struct staged_choice *choice,
    struct text token, struct text *request, struct error *err) MUST_CHECK;
enum error_code staged_apply_atomic(struct applying *applying, struct error *err) MUST_CHECK;
/* A table: its statements are run when it is still what it was. */
enum error_code staged_apply_object(struct applying *applying, const struct staged_change *change,
    struct error *err) MUST_CHECK;
/* An object that UNDO puts back: what it was is merged with what is there now. */
enum error_code staged_apply_restore(struct applying *applying, const struct staged_change *change,
    struct error *err) MUST_CHECK;
/* Adds its calls to the plan; what is not as it has to be is left to the run. */
enum error_code staged_plan_restore(struct job *job, const struct staged_change *change,
    struct plan *plan, struct error *err) MUST_CHECK;
/* Of a change of an object: what comes after may need it, nothing more is sent. */
enum error_code staged_fail_object(struct applying *applying, const struct staged_change *change,
    const struct error *why, struct error *err) MUST_CHECK;
/* Its request may be sent: 100 actions, 4 MB, items only. */
enum error_code staged_check_atomic(const struct staged_choice *choice,
    struct error *err) MUST_CHECK;

/* Into the undo log: what an applied change has replaced. old: what the answer says of it; NULL when
   it says nothing, as that of a transaction: then it is the base, whose attributes were compared. */
void staged_keep_old(struct applying *applying, const struct staged_change *change,
    const struct json *old);
/* The change was made, or nothing was left to do: it leaves the list at the next save. */
void staged_done(struct applying *applying, const struct staged_change *change);

#endif
