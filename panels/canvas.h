#ifndef PANELS_CANVAS_H
#define PANELS_CANVAS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "panels/glyphs.h"
#include "panels/theme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What panels draw on: cells in memory, a role each. The terminal sends what differs from the last
 * frame. Foreign text is made safe here (base/width): whatever goes through canvas_text can move
 * no cursor and hide nothing. Nothing here allocates but surface_resize.
 */

enum {
    CELL_CODES = 5, /* a base and four marks: what a curses cell holds */
    CELL_REVERSE = 1,
    CELL_UNDERLINE = 2
};

struct cell {
    uint32_t code[CELL_CODES]; /* 0-terminated unless full */
    uint8_t columns;           /* 1, 2; 0: right half of the cell before it */
    uint8_t role;              /* enum role */
    uint8_t flags;
};

struct surface {
    int width, height;
    struct cell *cell; /* height rows of width; owned */
    const struct glyphs *glyphs;
    int cursor_row, cursor_column;
    bool cursor_visible;
    bool cursor_row_marker; /* the row of the cursor is not drawn reversed */
};

/* A window onto the surface: everything outside is cut off. Passed by pointer, copied freely. */
struct canvas {
    struct surface *surface;
    int top, left, height, width;
};

void surface_init(struct surface *surface, const struct glyphs *glyphs);
void surface_done(struct surface *surface);
/* Sizes below 1 count as 1. All cells are blank afterwards. */
enum error_code surface_resize(struct surface *surface, int width, int height,
    struct error *err) MUST_CHECK;
/* Blanks all, hides the cursor. */
void surface_clear(struct surface *surface);
/* One row as UTF-8 text, blanks at the end cut off. */
void surface_add_row(const struct surface *surface, int row, struct buf *out);

struct canvas canvas_of(struct surface *surface);
/* A part of it; clipped to it. */
struct canvas canvas_part(const struct canvas *canvas, int top, int left, int height, int width);
const struct glyphs *canvas_glyphs(const struct canvas *canvas);

/*
 * Draws text at row and column, at most width columns (and never past the canvas); what does not
 * fit ends in the cut glyph. Returns the columns used. Escapes are drawn in ROLE_DIM.
 */
int canvas_text(const struct canvas *canvas, int row, int column, int width, enum role role,
    struct text text);
/* The same for a C string; it may hold glyphs. */
int canvas_string(const struct canvas *canvas, int row, int column, int width, enum role role,
    const char *string);
int canvas_format(const struct canvas *canvas, int row, int column, int width, enum role role,
    const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Ends at column + width; cut on its right side when too long. */
int canvas_right(const struct canvas *canvas, int row, int column, int width, enum role role,
    struct text text);
/* Cut in the middle: the end of a path or key says as much as its start. */
int canvas_middle(const struct canvas *canvas, int row, int column, int width, enum role role,
    struct text text);
/* Text without a cut glyph, starting at its column skip: for lines scrolled sideways. */
int canvas_scrolled(const struct canvas *canvas, int row, int column, int width, enum role role,
    struct text text, int skip);
void canvas_glyph(const struct canvas *canvas, int row, int column, enum role role,
    enum glyph glyph);

/* Columns that canvas_text would use for the whole text. */
int canvas_columns(const struct canvas *canvas, struct text text);

void canvas_fill(const struct canvas *canvas, int row, int column, int width, enum role role);
void canvas_clear(const struct canvas *canvas, enum role role);
/* Gives cells that are drawn already another role. */
void canvas_paint(const struct canvas *canvas, int row, int column, int width, enum role role);
/* The row of the cursor, as the theme wants it: reversed over that width, or left alone. */
void canvas_cursor_row(const struct canvas *canvas, int row, int width, bool focused);
/* Where the terminal's cursor stands; the last call wins. */
void canvas_cursor(const struct canvas *canvas, int row, int column);

/* What stands around a panel. */
struct canvas_frame {
    bool focused;
    const char *title;  /* left in the top line */
    const char *others; /* right in the top line: the other tabs; may be "" */
    const char *foot;   /* right in the bottom line */
    bool sides;         /* false: only a title row, on small screens */
};
/* Draws it and returns the inside. */
struct canvas canvas_framed(const struct canvas *canvas, const struct canvas_frame *frame);

#endif
