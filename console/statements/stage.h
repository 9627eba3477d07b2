#ifndef CONSOLE_STATEMENTS_STAGE_H
#define CONSOLE_STATEMENTS_STAGE_H

#include "console/job.h"
#include "console/staged.h"

#include <stdbool.h>

/* Putting writes on the list of staged changes (language.md 7.3): the stage functions of records. */

enum { STAGE_ITEMS = 1000 /* of one statement */ };

/* PUT, INSERT, UPDATE, UPSERT, DELETE of items by their keys. */
enum error_code stage_write(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
/* UPDATE MANY, DELETE MANY. */
enum error_code stage_many(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);
/* CREATE, ALTER, DROP of an object whose record has a state function. */
enum error_code stage_object(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err);

/* The item as the table holds it, by a consistent read; *image is NULL when there is none. */
enum error_code stage_read_item(struct job *job, struct link *link,
    const struct catalog_table *table, const struct value *key, const struct value **image,
    struct error *err) MUST_CHECK;
/* Says what became of one change of an item; waiting: how many are staged now. */
void stage_report(struct job *job, enum staged_outcome outcome, uint64_t number, size_t waiting);
/* Calls each statement of a text in turn: of a staged change of an object. */
enum error_code stage_each(struct job *job, struct text source,
    enum error_code (
        *each)(struct job *job, const struct tree *tree, void *user, struct error *err),
    void *user, struct error *err) MUST_CHECK;

/*
 * Staged changes are bound to the account: it is asked for where the service is AWS and it is not
 * known yet. A service that does not say is no failure.
 */
void stage_learn_account(struct job *job, struct link *link);

#endif
