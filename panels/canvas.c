#include "panels/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "base/width.h"

enum { SURFACE_LIMIT = 2000 * 1000 };

static const struct cell blank_cell = {.code = {' '}, .columns = 1, .role = ROLE_TEXT};

void surface_init(struct surface *surface, const struct glyphs *glyphs)
{
    *surface = (struct surface){.glyphs = glyphs};
}

void surface_done(struct surface *surface)
{
    mem_free(surface->cell);
    surface->cell = NULL;
    surface->width = surface->height = 0;
}

enum error_code surface_resize(struct surface *surface, int width, int height, struct error *err)
{
    size_t count;
    struct cell *cell;

    width = width < 1 ? 1 : width;
    height = height < 1 ? 1 : height;
    count = (size_t)width * (size_t)height;
    if (count > SURFACE_LIMIT)
        return error_set(err, ERROR_LIMIT, "a terminal of %dx%d is too large", width, height);
    cell = mem_resize(surface->cell, count, sizeof *cell);
    if (!cell)
        return error_memory(err);
    surface->cell = cell;
    surface->width = width;
    surface->height = height;
    surface_clear(surface);
    return ERROR_NONE;
}

void surface_clear(struct surface *surface)
{
    size_t count = (size_t)surface->width * (size_t)surface->height;

    for (size_t i = 0; i < count; i++)
        surface->cell[i] = blank_cell;
    surface->cursor_visible = false;
}

void surface_add_row(const struct surface *surface, int row, struct buf *out)
{
    const struct cell *cell = surface->cell + (size_t)row * (size_t)surface->width;
    int end = surface->width;

    while (end > 0 && cell[end - 1].columns == 1 && cell[end - 1].code[0] == ' ' &&
           !cell[end - 1].code[1])
        end--;
    for (int i = 0; i < end; i++)
        for (int c = 0; c < CELL_CODES && cell[i].columns && cell[i].code[c]; c++)
            buf_add_utf8(out, cell[i].code[c]);
}

struct canvas canvas_of(struct surface *surface)
{
    return (struct canvas){surface, 0, 0, surface->height, surface->width};
}

struct canvas canvas_part(const struct canvas *canvas, int top, int left, int height, int width)
{
    struct canvas part = {canvas->surface, canvas->top, canvas->left, 0, 0};

    if (top < 0) {
        height += top;
        top = 0;
    }
    if (left < 0) {
        width += left;
        left = 0;
    }
    if (height > canvas->height - top)
        height = canvas->height - top;
    if (width > canvas->width - left)
        width = canvas->width - left;
    if (height <= 0 || width <= 0)
        return part;
    part.top += top;
    part.left += left;
    part.height = height;
    part.width = width;
    return part;
}

const struct glyphs *canvas_glyphs(const struct canvas *canvas)
{
    return canvas->surface->glyphs;
}

static struct cell *cell_at(const struct canvas *canvas, int row, int column)
{
    struct surface *surface = canvas->surface;

    return surface->cell + (size_t)(canvas->top + row) * (size_t)surface->width +
           (size_t)(canvas->left + column);
}

/* A cell that is overwritten may be half of a wide one: the other half becomes a blank. */
static void put_cell(const struct canvas *canvas, int row, int column, const struct cell *cell)
{
    struct cell *at = cell_at(canvas, row, column);
    int absolute = canvas->left + column;

    if (at->columns == 0 && absolute > 0)
        at[-1] = blank_cell;
    if (at->columns == 2 && absolute + 1 < canvas->surface->width)
        at[1] = blank_cell;
    *at = *cell;
    if (cell->columns == 2) {
        if (absolute + 2 < canvas->surface->width && at[1].columns == 2)
            at[2] = blank_cell;
        at[1] = (struct cell){.columns = 0, .role = cell->role, .flags = cell->flags};
    }
}

/*
 * One unit of text as a cell. Where our table and libc disagree about the columns of a character,
 * curses would place the rest of the row wrongly: such a one is escaped as well.
 */
static bool make_cell(struct width_unit *unit, enum role role, struct cell *cell)
{
    struct text bytes = {unit->bytes, unit->length};
    int count = 0;

    *cell = (struct cell){.columns = unit->columns, .role = (uint8_t)role};
    while (bytes.length > 0 && count < CELL_CODES) {
        uint32_t code;
        size_t length = utf8_decode(bytes, &code);

        if (!length)
            return false;
        if (code >= 0x80 && wcwidth((wchar_t)code) != (count ? 0 : unit->columns))
            return false;
        cell->code[count++] = code;
        bytes = text_slice(bytes, length, bytes.length);
    }
    return count > 0 && bytes.length == 0;
}

/* Writes the escape of the first character of the unit. */
static void escape_unit(struct width_unit *unit)
{
    uint32_t code = 0;

    utf8_decode(text_make(unit->bytes, unit->length), &code);
    unit->length = (uint8_t)snprintf(unit->bytes, sizeof unit->bytes, "\\u{%x}", (unsigned)code);
    unit->columns = unit->length;
    unit->escaped = true;
}

struct pen {
    const struct canvas *canvas;
    int row, column, limit; /* limit: first column not to be drawn on */
    int skip;               /* columns to swallow first */
    enum role role;
};

static void draw_cells(struct pen *pen, const struct width_unit *unit, const struct cell *cell)
{
    struct cell one = {.columns = 1, .role = ROLE_DIM};

    if (!unit->escaped) {
        put_cell(pen->canvas, pen->row, pen->column, cell);
        pen->column += cell->columns;
        return;
    }
    for (int i = 0; i < unit->length && pen->column < pen->limit; i++) {
        one.code[0] = (unsigned char)unit->bytes[i];
        put_cell(pen->canvas, pen->row, pen->column++, &one);
    }
}

/* Takes the next unit off text, ready to be drawn. */
static bool next_unit(struct text *text, bool ascii, enum role role, struct width_unit *unit,
    struct cell *cell)
{
    if (text->length > 0 && (unsigned char)text->data[0] - 0x20u < 0x5f &&
        (text->length == 1 || (unsigned char)text->data[1] < 0x80)) {
        *cell = (struct cell){.code = {(unsigned char)text->data[0]},
            .columns = 1,
            .role = (uint8_t)role};
        unit->columns = 1;
        unit->length = 1;
        unit->escaped = false;
        *text = text_slice(*text, 1, text->length);
        return true;
    }
    if (!width_next(text, ascii, unit))
        return false;
    if (!unit->escaped && !make_cell(unit, role, cell))
        escape_unit(unit);
    return true;
}

/* Draws until the limit; true when everything did fit. */
static bool draw_text(struct pen *pen, struct text text)
{
    bool ascii = pen->canvas->surface->glyphs->ascii;
    struct width_unit unit;
    struct cell cell;

    while (next_unit(&text, ascii, pen->role, &unit, &cell)) {
        if (pen->skip > 0) {
            pen->skip -= unit.columns;
            continue;
        }
        if (pen->column + unit.columns > pen->limit)
            return false;
        draw_cells(pen, &unit, &cell);
    }
    return true;
}

static int clip_width(const struct canvas *canvas, int row, int column, int width)
{
    if (row < 0 || row >= canvas->height || column < 0 || column >= canvas->width)
        return 0;
    return width < canvas->width - column ? width : canvas->width - column;
}

static void draw_glyph(const struct canvas *canvas, int row, int column, enum role role,
    const char *sign)
{
    struct cell cell = {.columns = 1, .role = (uint8_t)role};

    utf8_decode(text_of(sign), &cell.code[0]);
    put_cell(canvas, row, column, &cell);
}

int canvas_text(const struct canvas *canvas, int row, int column, int width, enum role role,
    struct text text)
{
    struct pen pen = {canvas, row, column, 0, 0, role};
    bool cut;

    width = clip_width(canvas, row, column, width);
    if (width <= 0)
        return 0;
    pen.limit = column + width;
    if (draw_text(&pen, text))
        return pen.column - column;
    cut = pen.column == pen.limit;
    if (cut) { /* the last cell makes room for the glyph */
        struct cell *last = cell_at(canvas, row, pen.limit - 1);

        if (last->columns == 0 && width > 1)
            put_cell(canvas, row, pen.limit - 2, &(struct cell){{' '}, 1, (uint8_t)role, 0});
    }
    while (pen.column < pen.limit)
        put_cell(canvas, row, pen.column++, &(struct cell){{' '}, 1, (uint8_t)role, 0});
    draw_glyph(canvas, row, pen.limit - 1, role, canvas->surface->glyphs->sign[GLYPH_CUT]);
    return width;
}

int canvas_string(const struct canvas *canvas, int row, int column, int width, enum role role,
    const char *string)
{
    return canvas_text(canvas, row, column, width, role, text_of(string));
}

int canvas_format(const struct canvas *canvas, int row, int column, int width, enum role role,
    const char *format, ...)
{
    char line[1024];
    va_list list;

    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    return canvas_text(canvas, row, column, width, role, text_of(line));
}

int canvas_columns(const struct canvas *canvas, struct text text)
{
    bool ascii = canvas->surface->glyphs->ascii;
    struct width_unit unit;
    struct cell cell;
    int columns = 0;

    while (columns < 1 << 20 && next_unit(&text, ascii, ROLE_TEXT, &unit, &cell))
        columns += unit.columns;
    return columns;
}

int canvas_right(const struct canvas *canvas, int row, int column, int width, enum role role,
    struct text text)
{
    int columns = canvas_columns(canvas, text);

    if (columns < width)
        return canvas_text(canvas, row, column + width - columns, columns, role, text);
    return canvas_text(canvas, row, column, width, role, text);
}

int canvas_middle(const struct canvas *canvas, int row, int column, int width, enum role role,
    struct text text)
{
    int columns = canvas_columns(canvas, text), head;
    struct pen pen = {canvas, row, column, 0, 0, role};

    width = clip_width(canvas, row, column, width);
    if (columns <= width || width < 5)
        return canvas_text(canvas, row, column, width, role, text);
    head = width / 2;
    pen.limit = column + head;
    (void)draw_text(&pen, text);
    while (pen.column < pen.limit)
        put_cell(canvas, row, pen.column++, &(struct cell){{' '}, 1, (uint8_t)role, 0});
    draw_glyph(canvas, row, pen.column++, role, canvas->surface->glyphs->sign[GLYPH_CUT]);
    pen.skip = columns - (width - head - 1);
    pen.limit = column + width;
    (void)draw_text(&pen, text);
    return pen.column - column;
}

int canvas_scrolled(const struct canvas *canvas, int row, int column, int width, enum role role,
    struct text text, int skip)
{
    struct pen pen = {canvas, row, column, 0, skip, role};

    width = clip_width(canvas, row, column, width);
    if (width <= 0)
        return 0;
    pen.limit = column + width;
    (void)draw_text(&pen, text);
    return pen.column - column;
}

void canvas_glyph(const struct canvas *canvas, int row, int column, enum role role,
    enum glyph glyph)
{
    if (clip_width(canvas, row, column, 1) > 0)
        draw_glyph(canvas, row, column, role, canvas->surface->glyphs->sign[glyph]);
}

void canvas_fill(const struct canvas *canvas, int row, int column, int width, enum role role)
{
    width = clip_width(canvas, row, column, width);
    for (int i = 0; i < width; i++)
        put_cell(canvas, row, column + i, &(struct cell){{' '}, 1, (uint8_t)role, 0});
}

void canvas_clear(const struct canvas *canvas, enum role role)
{
    for (int row = 0; row < canvas->height; row++)
        canvas_fill(canvas, row, 0, canvas->width, role);
}

void canvas_paint(const struct canvas *canvas, int row, int column, int width, enum role role)
{
    width = clip_width(canvas, row, column, width);
    for (int i = 0; i < width; i++)
        cell_at(canvas, row, column + i)->role = (uint8_t)role;
}

void canvas_cursor_row(const struct canvas *canvas, int row, int width, bool focused)
{
    if (focused && !canvas->surface->cursor_row_marker)
        canvas_paint(canvas, row, 0, width, ROLE_CURSOR_ROW);
}

void canvas_cursor(const struct canvas *canvas, int row, int column)
{
    struct surface *surface = canvas->surface;

    if (row < 0 || row >= canvas->height || column < 0 || canvas->width <= 0)
        return;
    if (column >= canvas->width)
        column = canvas->width - 1;
    surface->cursor_row = canvas->top + row;
    surface->cursor_column = canvas->left + column;
    surface->cursor_visible = true;
}

static void draw_line(const struct canvas *canvas, int row, const struct canvas_frame *frame,
    enum glyph left, enum glyph right)
{
    enum role role = frame->focused ? ROLE_FRAME_FOCUS : ROLE_FRAME;
    enum glyph line = frame->focused ? GLYPH_FOCUS_HORIZONTAL : GLYPH_HORIZONTAL;

    for (int i = 0; i < canvas->width; i++)
        canvas_glyph(canvas, row, i, role, line);
    if (frame->sides) {
        canvas_glyph(canvas, row, 0, role, left);
        canvas_glyph(canvas, row, canvas->width - 1, role, right);
    }
}

/* "[title]" at column; returns the columns used. */
static int draw_label(const struct canvas *canvas, int row, int column, int width,
    const struct canvas_frame *frame, enum role role, const char *label)
{
    enum role line = frame->focused ? ROLE_FRAME_FOCUS : ROLE_FRAME;
    int used;

    if (width < 4 || !*label)
        return 0;
    canvas_string(canvas, row, column, 1, line, frame->sides ? "[" : " ");
    used = canvas_string(canvas, row, column + 1, width - 2, role, label);
    canvas_string(canvas, row, column + 1 + used, 1, line, frame->sides ? "]" : " ");
    return used + 2;
}

static void draw_label_right(const struct canvas *canvas, int row, int from,
    const struct canvas_frame *frame, enum role role, const char *label)
{
    int columns = canvas_columns(canvas, text_of(label)) + 2;
    int end = canvas->width - (frame->sides ? 1 : 0);

    if (!*label || from >= end - 6)
        return;
    if (columns > end - from)
        columns = end - from;
    draw_label(canvas, row, end - columns, columns, frame, role, label);
}

struct canvas canvas_framed(const struct canvas *canvas, const struct canvas_frame *frame)
{
    enum role side = frame->focused ? ROLE_FRAME_FOCUS : ROLE_FRAME;
    enum glyph vertical = frame->focused ? GLYPH_FOCUS_VERTICAL : GLYPH_VERTICAL;
    int from = frame->sides ? 2 : 1, used;

    draw_line(canvas, 0, frame, frame->focused ? GLYPH_FOCUS_TOP_LEFT : GLYPH_TOP_LEFT,
        frame->focused ? GLYPH_FOCUS_TOP_RIGHT : GLYPH_TOP_RIGHT);
    used = draw_label(canvas, 0, from, canvas->width - from - 1, frame,
        frame->focused ? ROLE_TITLE : ROLE_TEXT, frame->title);
    if (!frame->sides) {
        draw_label_right(canvas, 0, from + used, frame, ROLE_TEXT, frame->foot);
        return canvas_part(canvas, 1, 0, canvas->height - 1, canvas->width);
    }
    draw_label_right(canvas, 0, from + used + 1, frame, ROLE_DIM, frame->others);
    for (int row = 1; row < canvas->height - 1; row++) {
        canvas_glyph(canvas, row, 0, side, vertical);
        canvas_glyph(canvas, row, canvas->width - 1, side, vertical);
    }
    if (canvas->height > 1) {
        draw_line(canvas, canvas->height - 1, frame,
            frame->focused ? GLYPH_FOCUS_BOTTOM_LEFT : GLYPH_BOTTOM_LEFT,
            frame->focused ? GLYPH_FOCUS_BOTTOM_RIGHT : GLYPH_BOTTOM_RIGHT);
        draw_label_right(canvas, canvas->height - 1, 2, frame, ROLE_TEXT, frame->foot);
    }
    return canvas_part(canvas, 1, 1, canvas->height - 2, canvas->width - 2);
}
