#ifndef ENDPOINT_TABLES_RESTORE_H
#define ENDPOINT_TABLES_RESTORE_H

#include "base/text.h"
#include "endpoint/tables/registry.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Filling a new table from a backup or from an undo log: a job of the worker that reads one
 * snapshot and has the writer add its rows, 500 in a commit, while other requests go on. The table
 * is CREATING until the last row is there (table_is_restoring). What a restart interrupts begins
 * again with an empty table. A source that cannot be read (any more) ends it: the table goes.
 */
enum { RESTORE_LIMIT = 50 /* tables at a time, as the service */ };

/* A job without a table yet, or NULL: made before the table is, so that nothing fails after it. */
struct job *restore_job_new(struct error *err) MUST_CHECK;
void restore_job_free(struct job *job); /* one that was not submitted; NULL is harmless */
/* Begins to fill a table that is published; takes the job. Any thread. */
void restore_start(struct worker *worker, struct job *job, int64_t table);
/* At the start of the server: all tables that are still to be filled. */
void restore_resume(struct worker *worker);
/* Is a table being filled from this backup? */
bool restore_uses_backup(struct registry *catalog, struct text arn);

/* Length of the ARN of a backup, joined; data NULL: fails when required. */
void restore_check_arn(struct request *request, struct text arn, const char *member, bool required);

#endif
