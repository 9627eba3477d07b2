#ifndef TESTS_SCREENS_SVG_H
#define TESTS_SCREENS_SVG_H

#include "base/buf.h"
#include "tests/screens/harness.h"

/* The screen as an SVG picture, cell by cell, for the documents. */
void svg_add_screen(struct buf *out, const struct screen_pty *screen);

#endif
