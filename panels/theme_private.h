#ifndef PANELS_THEME_PRIVATE_H
#define PANELS_THEME_PRIVATE_H

#include "panels/theme.h"

/* Shared by theme.c (looks) and theme_read.c (files); nobody else. */

enum { PALETTE_LIMIT = 64, NAME_SIZE = 32, INHERIT_LIMIT = 8, NO_COLOR = -2 };

struct color {
    char name[NAME_SIZE];
    bool is_default;
    int32_t rgb; /* NO_COLOR: not given */
    int index_256, index_16;
    uint8_t attributes_16, attributes_mono;
};

struct role_rule {
    int foreground, background; /* index of the palette; THEME_DEFAULT: that of the theme */
    uint8_t attributes;
};

struct theme {
    char name[NAME_SIZE];
    struct color palette[PALETTE_LIMIT];
    int palette_count;
    struct role_rule rule[ROLE_COUNT];
    bool marker_cursor;
};

/* Index of the palette, or NO_COLOR. */
int theme_find_color(const struct theme *theme, struct text name);
/* 16 colours, cube and greys as 0xRRGGBB. */
uint32_t theme_cube_value(int index);

#endif
