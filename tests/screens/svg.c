#include "tests/screens/svg.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Pixels of a cell in a 14-pixel monospace font. */
enum { CELL_WIDTH = 8, CELL_HEIGHT = 17, BASELINE = 13, MARGIN = 8 };

static const char background_colour[] = "#1c1c1c", foreground_colour[] = "#d0d0d0";

/* The 16 ANSI colours as xterm has them, the 6x6x6 cube and the grey ramp. */
static void name_colour(int index, const char *fallback, char *out, size_t size)
{
    static const char *const ansi_table[16] = {"#000000", "#cd5555", "#5faf5f", "#cdaf5f",
        "#5f87d7", "#af5faf", "#5fafaf", "#d0d0d0", "#7f7f7f", "#ff5f5f", "#87d787", "#ffd75f",
        "#87afff", "#d787d7", "#87d7d7", "#ffffff"};
    static const int level_table[6] = {0, 95, 135, 175, 215, 255};

    if (index < 0 || index > 255)
        snprintf(out, size, "%s", fallback);
    else if (index < 16)
        snprintf(out, size, "%s", ansi_table[index]);
    else if (index < 232)
        snprintf(out, size, "#%02x%02x%02x", (unsigned)level_table[(index - 16) / 36],
            (unsigned)level_table[(index - 16) / 6 % 6], (unsigned)level_table[(index - 16) % 6]);
    else
        snprintf(out, size, "#%02x%02x%02x", 8u + 10u * (unsigned)(index - 232),
            8u + 10u * (unsigned)(index - 232), 8u + 10u * (unsigned)(index - 232));
}

static void add_character(struct buf *out, uint32_t character)
{
    char bytes[4];

    if (character == '<')
        buf_add_string(out, "&lt;");
    else if (character == '&')
        buf_add_string(out, "&amp;");
    else
        buf_add(out, bytes, utf8_encode(character, bytes));
}

static void cell_colours(const struct screen_cell *cell, char *front, char *back, size_t size)
{
    name_colour(cell->foreground, foreground_colour, front, size);
    name_colour(cell->background, background_colour, back, size);
    if (cell->reverse) {
        char swap[16];

        memcpy(swap, front, sizeof swap);
        memcpy(front, back, sizeof swap);
        memcpy(back, swap, sizeof swap);
    }
}

static void add_cell(struct buf *out, const struct screen_cell *cell, int row, int column)
{
    int x = MARGIN + column * CELL_WIDTH, y = MARGIN + row * CELL_HEIGHT;
    int width = cell->width > 1 ? cell->width : 1;
    char front[16], back[16];

    cell_colours(cell, front, back, sizeof front);
    if (strcmp(back, background_colour) != 0)
        buf_add_format(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>", x,
            y, CELL_WIDTH * width, CELL_HEIGHT, back);
    if (!cell->character || cell->character == ' ')
        return;
    buf_add_format(out, "<text x=\"%d\" y=\"%d\" fill=\"%s\"%s>", x, y + BASELINE, front,
        cell->bold ? " font-weight=\"bold\"" : "");
    add_character(out, cell->character);
    buf_add_string(out, "</text>");
}

/* Cells of one look that follow each other become one text: a picture of 100x30 stays small. */
static void add_row(struct buf *out, const struct screen_pty *screen, int row, int columns)
{
    for (int column = 0; column < columns;) {
        struct screen_cell first = screen_cell(screen, row, column);
        char front[16], back[16];
        int end = column;

        if (!first.character || first.character == ' ' || first.width > 1) {
            add_cell(out, &first, row, column);
            column += first.width > 1 ? first.width : 1;
            continue;
        }
        cell_colours(&first, front, back, sizeof front);
        while (end < columns) {
            struct screen_cell next = screen_cell(screen, row, end);

            if (!next.character || next.width > 1 || next.bold != first.bold ||
                next.reverse != first.reverse || next.foreground != first.foreground ||
                next.background != first.background)
                break;
            end++;
        }
        if (strcmp(back, background_colour) != 0)
            buf_add_format(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>",
                MARGIN + column * CELL_WIDTH, MARGIN + row * CELL_HEIGHT,
                (end - column) * CELL_WIDTH, CELL_HEIGHT, back);
        buf_add_string(out, "<text x=\"");
        for (int at = column; at < end; at++)
            buf_add_format(out, at > column ? " %d" : "%d", MARGIN + at * CELL_WIDTH);
        buf_add_format(out, "\" y=\"%d\" fill=\"%s\"%s>", MARGIN + row * CELL_HEIGHT + BASELINE,
            front, first.bold ? " font-weight=\"bold\"" : "");
        for (; column < end; column++)
            add_character(out, screen_cell(screen, row, column).character);
        buf_add_string(out, "</text>");
    }
    buf_add_char(out, '\n');
}

void svg_add_screen(struct buf *out, const struct screen_pty *screen)
{
    int columns, rows;

    screen_size(screen, &columns, &rows);
    buf_add_format(out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
        "font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"13\" "
        "xml:space=\"preserve\">\n<rect width=\"100%%\" height=\"100%%\" rx=\"6\" fill=\"%s\"/>\n",
        2 * MARGIN + columns * CELL_WIDTH, 2 * MARGIN + rows * CELL_HEIGHT, background_colour);
    for (int row = 0; row < rows; row++)
        add_row(out, screen, row, columns);
    buf_add_string(out, "</svg>\n");
}
