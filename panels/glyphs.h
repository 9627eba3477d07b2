#ifndef PANELS_GLYPHS_H
#define PANELS_GLYPHS_H

#include "base/error.h"

#include <stdbool.h>

/*
 * The signs that we draw ourselves. Cursor, marks, states and status letters are ASCII in every
 * set and not in here. Each glyph takes one column.
 */
enum glyph {
    GLYPH_HORIZONTAL,
    GLYPH_VERTICAL,
    GLYPH_TOP_LEFT,
    GLYPH_TOP_RIGHT,
    GLYPH_BOTTOM_LEFT,
    GLYPH_BOTTOM_RIGHT,
    GLYPH_FOCUS_HORIZONTAL,
    GLYPH_FOCUS_VERTICAL,
    GLYPH_FOCUS_TOP_LEFT,
    GLYPH_FOCUS_TOP_RIGHT,
    GLYPH_FOCUS_BOTTOM_LEFT,
    GLYPH_FOCUS_BOTTOM_RIGHT,
    GLYPH_OPEN,
    GLYPH_CLOSED,
    GLYPH_CUT,
    GLYPH_ASCENDING,
    GLYPH_DESCENDING,
    GLYPH_BECOMES,
    GLYPH_BAR,
    GLYPH_BAR_REST,
    GLYPH_ZERO, /* of sparklines */
    GLYPH_COUNT
};

struct glyphs {
    bool ascii; /* nothing above 0x7e may be sent at all */
    const char *sign[GLYPH_COUNT];
    const char *spark[7]; /* lowest to highest of a sparkline */
    const char
        *eighth[8]; /* a column filled 1/8 .. 8/8; whole cells only where terminals lack them */
};

/*
 * setting: "auto", "unicode" or "ascii"; graph: "auto", "block" or "ascii" ("braille" draws as
 * block). utf8: the locale's codeset; term: $TERM. False when a word is unknown.
 */
bool glyphs_choose(struct glyphs *out, const char *setting, const char *graph, bool utf8,
    const char *term);

#endif
