#ifndef CONSOLE_STATEMENTS_STAGED_H
#define CONSOLE_STATEMENTS_STAGED_H

#include "console/job.h"
#include "console/staged.h"
#include "console/statement.h"

#include <stdbool.h>
#include <stddef.h>

/* SHOW, APPLY, DISCARD and PLAN STAGED: what they share. */
struct staged_node {
    uint64_t *number; /* as said; NULL: all */
    size_t number_count;
    bool atomic, dry_run;
    struct text output; /* PLAN STAGED TO */
};

/* The changes that a statement means, in order. */
struct staged_choice {
    const struct staged_change **change;
    size_t count;
};

/* The list of the current connection, in the arena of the job, and what is meant of it; a number
   that is not there is ERROR_NOT_FOUND. plan->link is set. */
enum error_code staged_choose(struct job *job, const struct staged_node *node, struct plan *plan,
    struct staged_choice *out, struct error *err) MUST_CHECK;

/* A change that UNDO puts back, seen as one of an item: its states as images. */
const struct staged_change *staged_images(const struct staged_change *change, struct arena *arena);

/* SHOW STAGED of those changes. */
enum error_code staged_show(struct job *job, const struct staged_node *node, struct plan *plan,
    struct error *err) MUST_CHECK;

enum error_code staged_plan_apply(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
enum error_code staged_run_apply(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);

#endif
