#ifndef PANELS_THEME_H
#define PANELS_THEME_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* What a cell means; the theme says how that looks. Names and sections: theme_role_name. */
enum role {
    ROLE_TEXT,
    ROLE_DIM,
    ROLE_TITLE,
    ROLE_FRAME,
    ROLE_FRAME_FOCUS,
    ROLE_STATUS,
    ROLE_CRUMBS,
    ROLE_HINT_KEY,
    ROLE_HINT_OFF,
    ROLE_POPUP,
    ROLE_POPUP_SELECTED,
    ROLE_PROMPT,
    ROLE_GUTTER,
    ROLE_CURSOR_ROW,
    ROLE_CURSOR_CELL,
    ROLE_MARK,
    ROLE_MATCH,
    ROLE_ENV_PROD,
    ROLE_ENV_STAGE,
    ROLE_ENV_OTHER,
    ROLE_MODE_RW,
    ROLE_MSG_OK,
    ROLE_MSG_NOTE,
    ROLE_MSG_WARN,
    ROLE_MSG_ERROR,
    ROLE_MSG_ALERT,
    ROLE_KEY_PK,
    ROLE_KEY_SK,
    ROLE_TYPE_S,
    ROLE_TYPE_N,
    ROLE_TYPE_B,
    ROLE_TYPE_BOOL,
    ROLE_NULL,
    ROLE_REF,
    ROLE_SECRET,
    ROLE_STAGED_ADD,
    ROLE_STAGED_CHANGE,
    ROLE_STAGED_DELETE,
    ROLE_VIOLATION_E,
    ROLE_VIOLATION_W,
    ROLE_DIFF_ADD,
    ROLE_DIFF_DEL,
    ROLE_STATUS_1XX,
    ROLE_STATUS_2XX,
    ROLE_STATUS_3XX,
    ROLE_STATUS_4XX,
    ROLE_STATUS_5XX,
    ROLE_RAMP_LOW,
    ROLE_RAMP_MIDDLE,
    ROLE_RAMP_HIGH,
    ROLE_P50,
    ROLE_P95,
    ROLE_P99,
    ROLE_AXIS,
    ROLE_COUNT
};

enum theme_depth { THEME_MONO, THEME_16, THEME_256, THEME_DIRECT };

enum {
    THEME_BOLD = 1,
    THEME_DIM = 2,
    THEME_ITALIC = 4,
    THEME_UNDERLINE = 8,
    THEME_REVERSE = 16,
    THEME_BRIGHT = 32 /* colour 8..15, where a terminal has 8: bold */
};

enum { THEME_DEFAULT = -1, THEME_FILE_LIMIT = 64 * 1024 };

/* Colours are THEME_DEFAULT, an index (0..15, 0..255), or 0xRRGGBB at THEME_DIRECT. */
struct theme_style {
    int32_t foreground, background;
    uint8_t attributes;
};

struct theme;

/*
 * Loads a theme by name or path (anything with a '/'). Built in: "terminal", "mono"; others come
 * from user_folder, then folder (either may be NULL). What cannot be understood is left out and
 * named in warnings, a line each. NULL with err set when there is no such theme, or it inherits
 * from itself.
 */
struct theme *theme_load(const char *name, const char *user_folder, const char *folder,
    struct buf *warnings, struct error *err) MUST_CHECK;

/* From text; file is what errors and warnings call it. */
struct theme *theme_parse(struct text source, const char *file, const char *user_folder,
    const char *folder, struct buf *warnings, struct error *err) MUST_CHECK;
void theme_free(struct theme *theme);

/* How a role looks at a depth. */
struct theme_style theme_style(const struct theme *theme, enum role role, enum theme_depth depth);

/* cursor.row = marker: the row of the cursor is not drawn differently, only its '>' moves. */
bool theme_has_marker_cursor(const struct theme *theme);
const char *theme_name(const struct theme *theme);

/* "ui", "cursor.row" */
const char *theme_role_section(enum role role);
const char *theme_role_name(enum role role);

/* Nearest colour of the 256 cube and greys, and of the 16 names, by .30 .59 .11. */
int theme_nearest_256(uint32_t rgb);
int theme_nearest_16(uint32_t rgb);

#endif
