#ifndef CONSOLE_STATEMENTS_IMPORT_H
#define CONSOLE_STATEMENTS_IMPORT_H

#include "console/job.h"
#include "console/language/parser.h"
#include "console/language/planner.h"
#include "console/statements/write.h"

#include <stdbool.h>
#include <stdint.h>

/* IMPORT: the items of a file into a table (language.md 3.3, 6). */
struct import {
    struct text path; /* empty: standard input */
    struct token token;
    struct table_ref table;
    const char *format; /* NULL: what the name says */
    enum write_conflict conflict;
    uint64_t rate_milli; /* WCU; 0: no limit */
    int64_t workers;     /* 0: chosen */
    int64_t most;        /* MAX: not more items than that; 0: not said */
    struct text rejects; /* empty: beside the file */
    bool resume;
};

struct import_plan {
    const struct import *import;
    struct link *link;
    const struct catalog_table *table;
    const char *path, *format, *rejects; /* path NULL: standard input */
    bool gzip;
    enum write_conflict conflict; /* settled */
};

enum error_code import_items(struct job *job, const struct import_plan *plan, struct plan *whole,
    struct error *err) MUST_CHECK;

#endif
