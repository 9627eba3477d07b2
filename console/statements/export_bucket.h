#ifndef CONSOLE_STATEMENTS_EXPORT_BUCKET_H
#define CONSOLE_STATEMENTS_EXPORT_BUCKET_H

#include "console/job.h"
#include "console/language/parser.h"
#include "console/plan.h"

/* EXPORT .. TO S3: the service writes the table as it is now into a bucket; needs PITR. */
enum error_code export_plan_bucket(struct job *job, const struct table_ref *table,
    struct text target, struct plan *plan, struct error *err) MUST_CHECK;
enum error_code export_run_bucket(struct job *job, struct plan *plan, struct error *err) MUST_CHECK;

#endif
