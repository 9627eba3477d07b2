#ifndef CONSOLE_LANGUAGE_PLANNER_CHOOSE_H
#define CONSOLE_LANGUAGE_PLANNER_CHOOSE_H

#include "console/language/planner.h"
#include "console/language/planner_match.h"

/* The table and its indexes as ways to read (P6 to P8); for the files of the planner. */

/* The table or one index, measured against the conditions (P6, P7). */
struct candidate {
    const struct catalog_index *index; /* NULL: the table */
    const struct catalog_key *key;
    size_t key_count;
    const char *lacks; /* HASH attribute that is not bound; NULL: it fits */
    bool active, ordered, covers, whole;
    size_t ranges;
    size_t tested; /* key attributes that some condition names */
};

struct planning {
    struct job *job;
    const struct read *read;
    struct read_plan *out;
    struct plan *plan;
    struct conjuncts conjuncts;
    struct candidate *candidate;
    size_t candidate_count;
    const struct value *fixed;
    struct error *err;
};

/* Fails at the place of the table. */
bool planner_fail(struct planning *planning, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool planner_no_memory(struct planning *planning);

/* The table first, then its indexes in their order. */
bool planner_list_candidates(struct planning *planning);
bool planner_fits(const struct candidate *candidate);
bool planner_is_bound(const struct planning *planning, const char *name);
/* The best candidate in *out, NULL when none fits; false: two are equal. */
bool planner_choose(struct planning *planning, const struct candidate **out);
/* Why the others were not taken; chosen may be NULL. */
void planner_explain_rejected(struct planning *planning, const struct candidate *chosen);

#endif
