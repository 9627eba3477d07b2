#ifndef CONSOLE_EXPLAIN_H
#define CONSOLE_EXPLAIN_H

#include "base/buf.h"
#include "base/error.h"
#include "console/job.h"
#include "console/plan.h"
#include "console/statement.h"

/* Prints a plan to the job's sink: lines, and the same as one JSON object (language.md 5). */
enum error_code explain_print(struct job *job, const struct tree *tree, const struct plan *plan,
    struct error *err) MUST_CHECK;

/* The call as a command line; false when it cannot be written as one (a request with gaps). */
bool explain_add_aws(struct buf *out, struct link *link, const struct plan_call *call,
    struct arena *arena);
bool explain_add_curl(struct buf *out, struct link *link, const struct plan_call *call,
    struct arena *arena);
/* "DynamoDB_20120810.Query", "apigateway.GetRestApis" */
void explain_add_target(struct buf *out, const struct plan_call *call);

#endif
