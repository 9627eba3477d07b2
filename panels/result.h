#ifndef PANELS_RESULT_H
#define PANELS_RESULT_H

#include "panels/grid.h"
#include "panels/panel.h"
#include "panels/subject.h"

/* What the items and the results panel share: a grid over the result that the console shows. */
struct result {
    struct grid grid;
    struct subject subject;
    unsigned generation;
    struct filter *pending; /* read, not yet given to the view */
};

enum error_code result_open(struct result *result, struct error *err) MUST_CHECK;
void result_close(struct result *result);
/* Takes another result over, works on filter and sort, fills foot. */
void result_compute(struct panel *panel, struct result *result, const struct host_rows *source);
/* The grid, or in words why there is none. help: what fills an empty panel. */
void result_paint(const struct panel *panel, const struct result *result,
    const struct host_rows *source, const char *help, const struct canvas *canvas);
bool result_act(struct panel *panel, struct result *result, const char *action,
    const char *argument);
bool result_filter(struct result *result, struct text source, struct error *err);
bool result_copy(struct panel *panel, struct result *result, char what, struct buf *out);
/* {table} {name} {key} {column} {cell} {item} {new} {statement} {crumbs} {link} */
bool result_expand(struct panel *panel, struct result *result, const struct host_rows *source,
    struct text name, struct buf *out);

/* The row under the cursor of the items panel; identity changes with row and result. */
const struct value *items_panel_current(struct panel *panel, uint64_t *identity);

/* "12 rows 54 ms 127 RCU", with what the state asks for. */
void result_add_state(struct buf *out, const struct rows_status *status);

#endif
