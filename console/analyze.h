#ifndef CONSOLE_ANALYZE_H
#define CONSOLE_ANALYZE_H

#include "base/error.h"
#include "console/job.h"
#include "console/statement.h"

/*
 * ANALYZE (language.md 5): runs the statement with everything that is asked, and prints its calls
 * instead of its rows: a line each, their sum, and beside it what EXPLAIN had expected.
 */
enum error_code analyze_run(struct job *job, const struct tree *tree,
    enum error_code (*run)(struct job *job, const struct tree *tree, struct error *err),
    struct error *err) MUST_CHECK;

#endif
