#ifndef PANELS_KEYMAP_H
#define PANELS_KEYMAP_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "panels/keys.h"
#include "panels/screen.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Which key does what, as records: dispatch, hints, which-key boxes, help and the manual read the
 * same table. A context is "global", a widget ("list", "grid", "tree", "live", "text") or a panel;
 * the more special one wins.
 */
struct keymap_binding {
    const char *context;
    const char *keys; /* spelling of keys.h, a sequence */
    /*
     * What it does: the name of an action, perhaps with an argument behind a blank ("focus 3");
     * a statement template, which begins with a capital ("SCAN {table} EXAMINE {page}"); or ':'
     * and what the prompt is opened with. {..} are filled in by the panel, quoted.
     */
    const char *action;
    enum screen_target target; /* of a statement */
    const char *hint;          /* word of the hint line, NULL: not in it */
    const char *help;          /* sentence of help and manual */
};

extern const struct keymap_binding keymap_table[];
extern const size_t keymap_table_count;

struct keymap;

/* The built-in preset; NULL with err set when out of memory. */
struct keymap *keymap_new(struct error *err) MUST_CHECK;
void keymap_free(struct keymap *keymap);

/* Reads "map CONTEXT KEYS ACTION" and "unmap CONTEXT KEYS" lines; what is wrong is left out and
   named in warnings, a line each ("file:3: ..."). */
enum error_code keymap_read(struct keymap *keymap, struct text source, const char *file,
    struct buf *warnings, struct error *err) MUST_CHECK;

enum keymap_result { KEYMAP_NONE, KEYMAP_PREFIX, KEYMAP_FOUND };

/* contexts: most special first, NULL at the end. binding is set when found. */
enum keymap_result keymap_find(const struct keymap *keymap, const char *const *contexts,
    const struct key *keys, size_t count, const struct keymap_binding **binding);

/* Walks over the bindings in force, in the order of the table: start with *at = 0. */
const struct keymap_binding *keymap_next(const struct keymap *keymap, size_t *at);
/* The binding in force for these contexts is not hidden by a more special one. */
bool keymap_in_force(const struct keymap *keymap, const char *const *contexts,
    const struct keymap_binding *binding);
/* The binding's keys start with these, and are longer. */
bool keymap_continues(const struct keymap_binding *binding, const struct key *keys, size_t count,
    struct text *rest);

#endif
