#ifndef CONSOLE_STATEMENTS_PLACES_H
#define CONSOLE_STATEMENTS_PLACES_H

#include "base/json.h"
#include "console/language/planner.h"

#include <stdbool.h>
#include <stddef.h>

/* How far the segments of a read have come, in the states of EXPORT and COPY. */

/* Whether one key per segment says where such a read stands. */
bool places_fit(const struct read_plan *plan);
size_t places_count(const struct read_plan *plan);

void places_init(struct read_place *place, size_t count);
void places_done(struct read_place *place, size_t count);
/* A list of objects {"ended", "key"}. */
void places_save(const struct read_place *place, size_t count, struct json_writer *writer);
/* ERROR_CONDITION when the list is of another number of segments. */
enum error_code places_load(struct read_place *place, size_t count, const struct json *list,
    struct error *err) MUST_CHECK;

#endif
