#ifndef PANELS_LAYOUT_H
#define PANELS_LAYOUT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/*
 * The split tree: which panel is where. Pure: no terminal, no panel, only names and numbers.
 * Text form:
 *
 *   cols(26: rows(tables, routes), rows(tabs(items, results), 12: cols(metrics, log)))
 *   ; w<100 or h<24: ... ; w<80 or h<20: tabs
 *
 * Nodes are cols, rows, tabs; leaves are names. "26:" is a size in cells, "30%:" a share; without
 * one a node takes an equal share of what is left. After ';' stand alternatives with a condition on
 * the size of the terminal; the last one that holds wins. "tabs" alone: all panels as tabs.
 */

enum {
    LAYOUT_NODES = 48,
    LAYOUT_NAME = 16,
    LAYOUT_MIN_WIDTH = 12, /* of a leaf with its frame */
    LAYOUT_MIN_HEIGHT = 3
};

enum layout_kind { LAYOUT_LEAF, LAYOUT_COLS, LAYOUT_ROWS, LAYOUT_TABS };

struct layout_area {
    int top, left, height, width;
};

struct layout_node {
    enum layout_kind kind;
    char name[LAYOUT_NAME];  /* leaf */
    int parent, first, next; /* -1: none */
    int size;                /* cells, or per mille of the parent when is_share; 0: equal part */
    bool is_share;
    /* computed */
    struct layout_area area;
    bool as_tabs; /* cols or rows that had no room: its leaves are tabs of one area */
};

struct layout {
    struct layout_node node[LAYOUT_NODES];
    int count; /* node 0 is the root */
};

/* The alternative for a terminal of that size. Errors name what was read and what was expected. */
enum error_code layout_parse(struct text source, int width, int height, struct layout *out,
    struct error *err) MUST_CHECK;
void layout_add_text(struct buf *out, const struct layout *layout);

/*
 * Gives every node its area inside area. A split whose leaves would fall below the minimum becomes
 * tabs. active says which leaf of a tab group is in front (the first one whose name it accepts).
 */
void layout_compute(struct layout *layout, struct layout_area area);

/* Index of the leaf, or -1. */
int layout_find(const struct layout *layout, const char *name);
/* The topmost tabs node (or node shown as tabs) above the leaf, or the leaf itself: leaves with
   the same group share one area. */
int layout_group(const struct layout *layout, int leaf);
/* Leaves in the order of the tree; returns how many. */
int layout_leaves(const struct layout *layout, int *out, int capacity);
/* Leaves in the order of their numbers: the first of each group, then the rest. */
int layout_numbered(const struct layout *layout, int *out, int capacity);

/* The group next to the leaf's in that direction (rows, columns: -1, 0, 1), or -1. */
int layout_neighbour(const struct layout *layout, int leaf, int rows, int columns);

/* Makes the leaf's area larger or smaller by cells; false when nothing can give. */
bool layout_resize(struct layout *layout, int leaf, int rows, int columns);
/* Splits a leaf or a group of tabs: a new leaf called name below (or right of) it. False when the
   tree is full. */
bool layout_split(struct layout *layout, int leaf, bool below, const char *name);
/* Takes the leaf out; false for the last one. */
bool layout_close(struct layout *layout, int leaf);
/* All siblings of all splits take equal parts. */
void layout_equalize(struct layout *layout);

/* The presets: text of LAYOUT n (1..9), or NULL; and the number of a name, or 0. */
const char *layout_preset(int number);
int layout_preset_number(const char *name);
const char *layout_preset_name(int number);
/* The panel that gets the focus, or NULL: it stays where it is. */
const char *layout_preset_front(int number);

#endif
