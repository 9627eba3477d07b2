#ifndef PANELS_LAYOUT_PRIVATE_H
#define PANELS_LAYOUT_PRIVATE_H

#include "panels/layout.h"

/* For layout.c and layout_read.c. A new last child of parent (-1: the root); -1 when full. */
int layout_add_node(struct layout *layout, int parent, enum layout_kind kind);

#endif
