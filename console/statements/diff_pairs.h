#ifndef CONSOLE_STATEMENTS_DIFF_PAIRS_H
#define CONSOLE_STATEMENTS_DIFF_PAIRS_H

#include "console/job.h"
#include "console/statements/diff.h"
#include "console/statements/diff_join.h"
#include "console/statements/diff_rows.h"
#include "console/statements/wire.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What comes out of a join, in the order of keys, as rows. In a sample an item without a partner is
 * asked for by its key first: services that hash otherwise have it in another segment.
 */
enum { DIFF_WINDOW = 100 }; /* pairs that are looked up with one BatchGetItem per table */

struct diff_pairs {
    struct job *job;
    const struct diff_plan *plan;
    struct join *join;
    struct wire_reader *reader;
    struct arena *window; /* of the items below */
    const struct value *item[DIFF_WINDOW][2];
    size_t count, room; /* pairs in the window */
    struct diff_rows rows;
    uint64_t equal, different, only[2], capacity_milli;
};

enum error_code diff_pairs_init(struct diff_pairs *pairs, struct job *job,
    const struct diff_plan *plan, struct join *join, struct error *err) MUST_CHECK;
void diff_pairs_done(struct diff_pairs *pairs);
/*
 * Prints all pairs and ends the rows. failure: what ended the reading, or ERROR_NONE; after one
 * only items that both sides have are compared, for a tenth of a second.
 */
enum error_code diff_pairs_print(struct diff_pairs *pairs, enum error_code failure,
    struct error *err) MUST_CHECK;

#endif
