#ifndef CONSOLE_STATEMENTS_SAMPLE_H
#define CONSOLE_STATEMENTS_SAMPLE_H

#include "console/job.h"
#include "console/language/parser.h"
#include "console/language/planner.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * SAMPLE p%: a Scan of some segments out of many, which lie evenly. A part is told in thousandths
 * of the whole.
 */
enum { SAMPLE_SEGMENTS = 1000 }; /* a sample of 0.1 % is one of them */

/* A per cent behind the word; 0 stands for all of it. */
bool sample_parse(struct lexer *lexer, uint64_t *part_milli, struct error *err);
/* Whether a segment of SAMPLE_SEGMENTS belongs to the sample. */
bool sample_takes(uint64_t part_milli, uint64_t segment);
/* The places of a read in which the other segments count as read; page may be NULL. */
enum error_code sample_places(struct job *job, struct read_plan *plan, uint64_t part_milli,
    struct error *err) MUST_CHECK;
void sample_done(struct read_plan *plan);
/* "after 50 of 1000 segments", for EXPLAIN. */
void sample_explain(struct plan *plan, uint64_t part_milli);

#endif
