#ifndef PANELS_CELL_H
#define PANELS_CELL_H

#include "base/buf.h"
#include "base/text.h"
#include "client/value.h"
#include "panels/theme.h"

#include <stdint.h>

/*
 * A value in one cell of a grid: numbers as received, texts as they are, {..3} map, [..2] list,
 * {a,b} set, <32B> binary, yes/no, NULL, "" empty text, - absent. All of these differ.
 */
enum { CELL_SCRATCH = 160 };

/* types: bits of the column; a value that is of another type than its column shows its literal.
   The result points into the value or into scratch. value NULL: absent. */
struct text cell_text(const struct value *value, uint16_t types, char scratch[CELL_SCRATCH]);
enum role cell_role(const struct value *value);
/* The column holds numbers (and perhaps nulls) only: aligned to the right. */
bool cell_is_number_column(uint16_t types);
/* "S", "N", "SS", "?" for mixed, "" when nothing was seen. */
const char *cell_column_type(uint16_t types);

/* The whole value as text that a filter searches and a copy holds: texts and numbers as they are,
   the rest as literals. scratch is used when the value has no text of its own. */
struct text cell_whole(const struct value *value, struct buf *scratch);

#endif
