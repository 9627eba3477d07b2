#ifndef PANELS_LIST_H
#define PANELS_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* Cursor and scroll position of rows: lists, grids, trees and texts share it. */
struct list {
    size_t count, cursor, top;
    int height; /* rows that are seen; 0 before the first layout */
};

/* New number of rows or height: the cursor stays on a row, the window on the cursor. */
void list_fit(struct list *list, size_t count, int height);
/* "down", "up", "page-down", "page-up", "half-down", "half-up", "first", "last", "goto N" (from
   1). False when the action is none of these. */
bool list_act(struct list *list, const char *action, const char *argument);
void list_move(struct list *list, size_t cursor);
/* Scrolls without moving the cursor more than needed: wheel. */
void list_scroll(struct list *list, int rows);

#endif
