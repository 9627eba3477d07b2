#ifndef CONSOLE_STATEMENTS_MANY_H
#define CONSOLE_STATEMENTS_MANY_H

#include "console/language/planner.h"
#include "console/statements/write.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * UPDATE MANY and DELETE MANY (language.md P19, 7.1): a read finds the keys, which wait in a file;
 * then each item is written by itself, WHERE and IF checked once more by the service.
 */
struct many {
    struct write write; /* verb, clauses, where, condition */
    struct read read;   /* of the keys */
    int64_t most;       /* MAX: more matches than that and nothing is written; 0: not said */
    int64_t limit;      /* LIMIT: the first so many are written; 0: not said */
    int64_t workers;    /* SEGMENTS; 0: chosen by the size of the table */
    struct rate_said write_rate;
    struct text rejects; /* empty: beside the state of the job */
    bool resume;
    bool no_check;  /* BatchWriteItem without conditions */
    bool truncates; /* TRUNCATE: the report is the count */
};

struct many_plan {
    const struct many *many;
    struct read_plan *read;
    struct write_plan *write;
    uint64_t write_rate_milli; /* 0: no limit */
    const struct tree *tree;
    uint64_t resumes; /* number of the job gone on with; 0: a new one */
};

enum error_code many_run(struct job *job, const struct many_plan *plan, struct plan *whole,
    struct error *err) MUST_CHECK;

#endif
