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
    struct rate_said rate; /* WCU */
    int64_t workers;       /* 0: chosen */
    int64_t most;          /* MAX: not more items than that; 0: not said */
    struct text rejects;   /* empty: beside the file */
    bool resume;
};

struct import_plan {
    const struct import *import;
    struct link *link;
    const struct catalog_table *table;
    const char *path, *format, *rejects; /* path NULL: standard input */
    int descriptor;   /* read instead of standard input when path is NULL and this is not 0 */
    bool gzip, quiet; /* quiet: somebody else reports how it goes */
    const struct tree *tree;
    uint64_t read_before;         /* items of the runs before, for MAX */
    enum write_conflict conflict; /* settled */
    uint64_t rate_milli;          /* 0: no limit */
};

/* The rate, and what happens to items that exist: as said, or REPLACE when a Scan finds the table
   empty. */
enum error_code import_settle(struct job *job, struct import_plan *detail, struct plan *plan,
    struct error *err) MUST_CHECK;
/* Where REJECTS TO says; else rejects stays as it is. */
enum error_code import_name_rejects(struct job *job, struct import_plan *detail,
    struct error *err) MUST_CHECK;
/* The same in steps, for COPY: begin and end on the thread of the job, work on any. */
struct import_crew;
struct import_crew *import_begin(struct job *job, const struct import_plan *plan,
    struct plan *whole, struct error *err) MUST_CHECK;
void import_work(struct import_crew *crew);
uint64_t import_written(const struct import_crew *crew); /* items so far; any thread */
/* The offset in the stream up to which every item is written or rejected; any thread. */
uint64_t import_acknowledged(const struct import_crew *crew);
uint64_t import_rejected(struct import_crew *crew);
enum error_code import_end(struct import_crew *crew, struct error *err) MUST_CHECK;
void import_free(struct import_crew *crew);
/* All of it. */
enum error_code import_items(struct job *job, const struct import_plan *plan, struct plan *whole,
    struct error *err) MUST_CHECK;

#endif
