#include "panels/glyphs.h"

#include <string.h>

#include "base/text.h"

static const struct glyphs ascii_glyphs = {
    .ascii = true,
    .sign =
        {
            [GLYPH_HORIZONTAL] = "-",
            [GLYPH_VERTICAL] = "|",
            [GLYPH_TOP_LEFT] = "+",
            [GLYPH_TOP_RIGHT] = "+",
            [GLYPH_BOTTOM_LEFT] = "+",
            [GLYPH_BOTTOM_RIGHT] = "+",
            [GLYPH_FOCUS_HORIZONTAL] = "=",
            [GLYPH_FOCUS_VERTICAL] = "|",
            [GLYPH_FOCUS_TOP_LEFT] = "+",
            [GLYPH_FOCUS_TOP_RIGHT] = "+",
            [GLYPH_FOCUS_BOTTOM_LEFT] = "+",
            [GLYPH_FOCUS_BOTTOM_RIGHT] = "+",
            [GLYPH_OPEN] = "v",
            [GLYPH_CLOSED] = ">",
            [GLYPH_CUT] = "~",
            [GLYPH_ASCENDING] = "^",
            [GLYPH_DESCENDING] = "v",
            [GLYPH_BECOMES] = ">",
            [GLYPH_BAR] = "#",
            [GLYPH_BAR_REST] = ".",
            [GLYPH_ZERO] = "_",
        },
    .spark = {".", ":", "-", "=", "+", "*", "#"},
    .eighth = {".", ".", ":", "-", "=", "+", "*", "#"},
};

static const struct glyphs unicode_glyphs = {
    .sign =
        {
            [GLYPH_HORIZONTAL] = "─",
            [GLYPH_VERTICAL] = "│",
            [GLYPH_TOP_LEFT] = "┌",
            [GLYPH_TOP_RIGHT] = "┐",
            [GLYPH_BOTTOM_LEFT] = "└",
            [GLYPH_BOTTOM_RIGHT] = "┘",
            [GLYPH_FOCUS_HORIZONTAL] = "━",
            [GLYPH_FOCUS_VERTICAL] = "┃",
            [GLYPH_FOCUS_TOP_LEFT] = "┏",
            [GLYPH_FOCUS_TOP_RIGHT] = "┓",
            [GLYPH_FOCUS_BOTTOM_LEFT] = "┗",
            [GLYPH_FOCUS_BOTTOM_RIGHT] = "┛",
            [GLYPH_OPEN] = "▾",
            [GLYPH_CLOSED] = "▸",
            [GLYPH_CUT] = "…",
            [GLYPH_ASCENDING] = "▲",
            [GLYPH_DESCENDING] = "▼",
            [GLYPH_BECOMES] = "→",
            [GLYPH_BAR] = "█",
            [GLYPH_BAR_REST] = "░",
            [GLYPH_ZERO] = "·",
        },
    .spark = {"▁", "▂", "▃", "▄", "▅", "▆", "▇"},
    .eighth = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
};

/* The Linux console has box lines, but neither triangles nor eighths. */
static void fit_console(struct glyphs *out)
{
    out->sign[GLYPH_OPEN] = "v";
    out->sign[GLYPH_CLOSED] = ">";
    out->sign[GLYPH_CUT] = "~";
    out->sign[GLYPH_ASCENDING] = "^";
    out->sign[GLYPH_DESCENDING] = "v";
    out->sign[GLYPH_BECOMES] = ">";
    memcpy(out->spark, ascii_glyphs.spark, sizeof out->spark);
    for (size_t i = 0; i < 8; i++)
        out->eighth[i] = i == 7 ? "█" : ascii_glyphs.eighth[i];
}

bool glyphs_choose(struct glyphs *out, const char *setting, const char *graph, bool utf8,
    const char *term)
{
    struct text name = text_of(term);
    bool is_auto = !setting || !*setting || !strcmp(setting, "auto");
    bool poor = text_starts_with(name, TEXT("vt")) || text_is(name, "ansi") ||
                text_is(name, "sun") || text_is(name, "xterm-mono");
    bool graph_auto = !graph || !*graph || !strcmp(graph, "auto") || !strcmp(graph, "braille");

    if (!is_auto && strcmp(setting, "unicode") != 0 && strcmp(setting, "ascii") != 0)
        return false;
    if (!graph_auto && strcmp(graph, "block") != 0 && strcmp(graph, "ascii") != 0)
        return false;
    if (!utf8 || (is_auto && poor) || (!is_auto && !strcmp(setting, "ascii")))
        *out = ascii_glyphs;
    else
        *out = unicode_glyphs;
    out->ascii = !utf8; /* ASCII lines, but the data of a UTF-8 terminal is still shown as it is */
    if (!out->ascii && text_is(name, "linux") && is_auto && out->sign[0] == unicode_glyphs.sign[0])
        fit_console(out);
    if (!graph_auto && !strcmp(graph, "ascii")) {
        memcpy(out->spark, ascii_glyphs.spark, sizeof out->spark);
        memcpy(out->eighth, ascii_glyphs.eighth, sizeof out->eighth);
        out->sign[GLYPH_BAR] = "#";
        out->sign[GLYPH_BAR_REST] = ".";
    }
    return true;
}
