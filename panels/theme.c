#include "panels/theme_private.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/width.h"

static const struct {
    const char *section, *name;
} role_table[ROLE_COUNT] = {
    [ROLE_TEXT] = {"ui", "text"},
    [ROLE_DIM] = {"ui", "dim"},
    [ROLE_TITLE] = {"ui", "title"},
    [ROLE_FRAME] = {"ui", "frame"},
    [ROLE_FRAME_FOCUS] = {"ui", "frame.focus"},
    [ROLE_STATUS] = {"ui", "status"},
    [ROLE_CRUMBS] = {"ui", "crumbs"},
    [ROLE_HINT_KEY] = {"ui", "hint.key"},
    [ROLE_HINT_OFF] = {"ui", "hint.off"},
    [ROLE_POPUP] = {"ui", "popup"},
    [ROLE_POPUP_SELECTED] = {"ui", "popup.sel"},
    [ROLE_PROMPT] = {"ui", "prompt"},
    [ROLE_GUTTER] = {"ui", "gutter"},
    [ROLE_CURSOR_ROW] = {"ui", "cursor.row"},
    [ROLE_CURSOR_CELL] = {"ui", "cursor.cell"},
    [ROLE_MARK] = {"ui", "mark"},
    [ROLE_MATCH] = {"ui", "match"},
    [ROLE_ENV_PROD] = {"ui", "env.prod"},
    [ROLE_ENV_STAGE] = {"ui", "env.stage"},
    [ROLE_ENV_OTHER] = {"ui", "env.other"},
    [ROLE_MODE_RW] = {"ui", "mode.rw"},
    [ROLE_MSG_OK] = {"ui", "msg.ok"},
    [ROLE_MSG_NOTE] = {"ui", "msg.note"},
    [ROLE_MSG_WARN] = {"ui", "msg.warn"},
    [ROLE_MSG_ERROR] = {"ui", "msg.error"},
    [ROLE_MSG_ALERT] = {"ui", "msg.alert"},
    [ROLE_KEY_PK] = {"data", "key.pk"},
    [ROLE_KEY_SK] = {"data", "key.sk"},
    [ROLE_TYPE_S] = {"data", "type.s"},
    [ROLE_TYPE_N] = {"data", "type.n"},
    [ROLE_TYPE_B] = {"data", "type.b"},
    [ROLE_TYPE_BOOL] = {"data", "type.bool"},
    [ROLE_NULL] = {"data", "null"},
    [ROLE_REF] = {"data", "ref"},
    [ROLE_SECRET] = {"data", "secret"},
    [ROLE_STAGED_ADD] = {"data", "staged.add"},
    [ROLE_STAGED_CHANGE] = {"data", "staged.change"},
    [ROLE_STAGED_DELETE] = {"data", "staged.delete"},
    [ROLE_VIOLATION_E] = {"data", "violation.e"},
    [ROLE_VIOLATION_W] = {"data", "violation.w"},
    [ROLE_DIFF_ADD] = {"data", "diff.add"},
    [ROLE_DIFF_DEL] = {"data", "diff.del"},
    [ROLE_STATUS_1XX] = {"status", "1xx"},
    [ROLE_STATUS_2XX] = {"status", "2xx"},
    [ROLE_STATUS_3XX] = {"status", "3xx"},
    [ROLE_STATUS_4XX] = {"status", "4xx"},
    [ROLE_STATUS_5XX] = {"status", "5xx"},
    [ROLE_RAMP_LOW] = {"graph", "ramp.low"},
    [ROLE_RAMP_MIDDLE] = {"graph", "ramp.middle"},
    [ROLE_RAMP_HIGH] = {"graph", "ramp.high"},
    [ROLE_P50] = {"graph", "p50"},
    [ROLE_P95] = {"graph", "p95"},
    [ROLE_P99] = {"graph", "p99"},
    [ROLE_AXIS] = {"graph", "axis"},
};

static const uint32_t color_values[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee,
    0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff,
    0x00ffff, 0xffffff};

const char *theme_role_section(enum role role)
{
    return role_table[role].section;
}

const char *theme_role_name(enum role role)
{
    return role_table[role].name;
}

static long distance(uint32_t a, uint32_t b)
{
    long red = (long)(a >> 16 & 255) - (long)(b >> 16 & 255);
    long green = (long)(a >> 8 & 255) - (long)(b >> 8 & 255);
    long blue = (long)(a & 255) - (long)(b & 255);

    return 30 * red * red + 59 * green * green + 11 * blue * blue;
}

uint32_t theme_cube_value(int index)
{
    static const uint32_t level[6] = {0, 95, 135, 175, 215, 255};
    uint32_t grey, cell = (uint32_t)(index - 16);

    if (index < 16)
        return color_values[index];
    if (index < 232)
        return level[cell / 36] << 16 | level[cell / 6 % 6] << 8 | level[cell % 6];
    grey = 8 + 10 * (uint32_t)(index - 232);
    return grey << 16 | grey << 8 | grey;
}

static int nearest(uint32_t rgb, int from, int to)
{
    int best = from;

    for (int i = from; i < to; i++)
        if (distance(rgb, theme_cube_value(i)) < distance(rgb, theme_cube_value(best)))
            best = i;
    return best;
}

int theme_nearest_256(uint32_t rgb)
{
    return nearest(rgb, 16, 256);
}

int theme_nearest_16(uint32_t rgb)
{
    return nearest(rgb, 0, 16);
}

void theme_free(struct theme *theme)
{
    mem_free(theme);
}

const char *theme_name(const struct theme *theme)
{
    return theme->name;
}

bool theme_has_marker_cursor(const struct theme *theme)
{
    return theme->marker_cursor;
}

int theme_find_color(const struct theme *theme, struct text name)
{
    for (int i = 0; i < theme->palette_count; i++)
        if (text_is(name, theme->palette[i].name))
            return i;
    return NO_COLOR;
}

static int32_t color_at(const struct color *color, enum theme_depth depth)
{
    if (depth == THEME_DIRECT)
        return color->rgb;
    return depth == THEME_256 ? color->index_256 : color->index_16;
}

struct theme_style theme_style(const struct theme *theme, enum role role, enum theme_depth depth)
{
    const struct role_rule *rule = &theme->rule[role];
    struct theme_style style = {THEME_DEFAULT, THEME_DEFAULT, rule->attributes};
    int paper = rule->background;

    if (depth == THEME_MONO) {
        if (rule->foreground >= 0)
            style.attributes |= theme->palette[rule->foreground].attributes_mono;
        if (rule->background >= 0)
            style.attributes |= THEME_REVERSE;
        return style;
    }
    if (paper < 0)
        paper = theme_find_color(theme, TEXT("bg"));
    if (rule->foreground >= 0) {
        const struct color *ink = &theme->palette[rule->foreground];

        style.foreground = color_at(ink, depth);
        if (depth == THEME_16)
            style.attributes |= ink->attributes_16;
        /* A colour that is the terminal's own at every depth carries its form in attributes. */
        else if (ink->index_256 < 0 || ink->index_256 < 16)
            style.attributes |= ink->attributes_16;
    }
    if (paper >= 0)
        style.background = color_at(&theme->palette[paper], depth);
    if (depth == THEME_16 && style.foreground >= 8)
        style.attributes |= THEME_BRIGHT;
    return style;
}
