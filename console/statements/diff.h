#ifndef CONSOLE_STATEMENTS_DIFF_H
#define CONSOLE_STATEMENTS_DIFF_H

#include "client/expression.h"
#include "console/language/planner.h"

#include <stdint.h>

/* DIFF: two reads whose items are joined by the key of the table. */
struct diff {
    struct read side[2];
    const struct projection *columns; /* NULL: all attributes */
};

struct diff_plan {
    const struct diff *diff;
    struct read_plan *side[2];
    const char *label[2]; /* the tables as messages name them: "orders", or "prod:orders" */
};

enum error_code diff_run(struct job *job, const struct diff_plan *plan, struct plan *whole,
    struct error *err) MUST_CHECK;

#endif
