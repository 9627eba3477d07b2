#ifndef CONSOLE_LANGUAGE_PLANNER_SHAPE_H
#define CONSOLE_LANGUAGE_PLANNER_SHAPE_H

#include "console/language/planner.h"
#include "console/language/planner_match.h"

/* What is read and shown of the chosen schema: projection, limits, resume point. */

/* Whether the index (NULL: the table) holds the attribute. */
bool planner_holds(const struct catalog_table *table, const struct catalog_index *index,
    struct text name);
/* fixed: attributes bound by =, which need not be read along for a resume key; may be NULL. */
bool planner_shape(struct job *job, struct read_plan *plan, const struct value *fixed,
    struct error *err);
/* ExclusiveStartKey given by START, checked against the schema. */
bool planner_start(struct job *job, struct read_plan *plan, struct error *err);

#endif
