#ifndef BASE_WIDTH_TABLE_H
#define BASE_WIDTH_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* The code points that do not take exactly one column; for base/width.c only. */

enum width_kind {
    WIDTH_ONE,      /* what the table leaves out */
    WIDTH_NEVER,    /* never sent raw */
    WIDTH_MARK,     /* Mn, Me: no columns, drawn onto the character before */
    WIDTH_FORMAT,   /* Cf: no columns, nothing to see */
    WIDTH_WIDE,     /* East Asian Width W, F */
    WIDTH_AMBIGUOUS /* East Asian Width A: one or two columns, as the terminal has it */
};

struct width_range {
    uint32_t first, last;
    enum width_kind kind;
};

/* Sorted, without overlaps. */
extern const struct width_range width_table[];
extern const size_t width_table_count;

#endif
