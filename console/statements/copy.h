#ifndef CONSOLE_STATEMENTS_COPY_H
#define CONSOLE_STATEMENTS_COPY_H

#include "client/expression.h"
#include "console/language/planner.h"
#include "console/statements/import.h"

/* COPY: a read whose rows go into an IMPORT, through a pipe: neither side holds more than it. */
struct copy {
    struct read read;
    struct import import;             /* table, conflict, rate, workers, MAX, REJECTS */
    const struct projection *columns; /* NULL: all attributes */
    struct update *transform;         /* NULL: as they are */
};

struct copy_plan {
    const struct copy *copy;
    struct read_plan *read;
    struct import_plan target;
    const struct tree *tree;
    uint64_t resumes; /* number of the job gone on with; 0: a new one */
};

enum error_code copy_run(struct job *job, struct copy_plan *plan, struct plan *whole,
    struct error *err) MUST_CHECK;

#endif
