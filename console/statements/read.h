#ifndef CONSOLE_STATEMENTS_READ_H
#define CONSOLE_STATEMENTS_READ_H

#include "base/buf.h"
#include "base/error.h"
#include "console/job.h"
#include "console/language/planner.h"
#include "console/plan.h"

#include <stdbool.h>

/*
 * What NEXT goes on with: the statement with every value written out, and where it stopped. The
 * session owns one; jobs change it under the session's lock.
 */
struct resume;
void resume_free(struct resume *resume); /* NULL is harmless */

/* Notes where a read stopped; key is DynamoDB JSON, empty when it came to its end, or was cut where
   nothing can go on. A failure to note is no failure of the read. */
void resume_note(struct job *job, const struct read_plan *plan, struct text key, bool is_cut);
/* The statement that goes on, in arena; data NULL with err set when there is nothing to go on. It
   is noted in the job as what it reads on. */
struct text resume_statement(struct job *job, int64_t pages, struct arena *arena,
    struct error *err);

/* { read-opt } of language.md 3.3; options said twice are refused. */
bool read_parse_options(struct lexer *lexer, struct read *read, struct error *err);
/* "(" key { "," key } ")" behind KEYS IN */
bool read_parse_keys_in(struct lexer *lexer, struct read *read, struct error *err);
/* "*" | KEYS | COUNT(*) | paths */
bool read_parse_projection(struct lexer *lexer, struct read *read, bool number, struct error *err);
/* "AT" rates behind the word; kind "RCU" or "WCU". */
bool read_parse_rate(struct lexer *lexer, const char *kind, struct rate_said *out,
    struct error *err);
/* A per cent behind SAMPLE in thousandths of the whole; 0 stands for all of it. */
bool read_parse_sample(struct lexer *lexer, uint64_t *part_milli, struct error *err);
/* "100 RCU, 50 WCU", or one of them: for statements that read and write. */
bool read_parse_rates(struct lexer *lexer, struct rate_said *reads, struct rate_said *writes,
    struct error *err);

enum error_code read_run(struct job *job, struct read_plan *plan, struct plan *whole,
    struct error *err) MUST_CHECK;

/* Asks for whole items by key, again for what the service leaves out; found[i] belongs to key[i],
   NULL when there is none. found and what it points to live in arena. */
enum error_code read_batch(struct job *job, const struct read_plan *plan, bool fetch,
    const struct value *const *key, size_t count, struct arena *arena, const struct value **found,
    uint64_t *capacity_milli, struct error *err) MUST_CHECK;

/* "3 rows  2,904 scanned  4 pages  118.5 RCU  47 ms", as far as it applies. */
void read_add_footer(struct buf *out, const struct rows_status *status, bool is_count);

#endif
