#ifndef PANELS_DIALOG_H
#define PANELS_DIALOG_H

#include "base/buf.h"
#include "panels/canvas.h"
#include "panels/keys.h"
#include "panels/list.h"

#include <stdbool.h>

/*
 * A question in a box: y/N (Enter is No), or the name of the object must be typed, or a code that is
 * not shown. Pasted text is no answer. Details may be long (a diff) and scroll.
 */
struct dialog {
    bool open;
    struct buf question, details;
    struct buf name; /* what must be typed; empty: y/N */
    struct buf typed;
    bool wrong;       /* another name was typed */
    bool is_code;     /* a code is to be typed; it is not shown */
    struct list list; /* lines of the details */
};

enum dialog_answer { DIALOG_NONE, DIALOG_CHANGED, DIALOG_YES, DIALOG_NO };

void dialog_init(struct dialog *dialog);
void dialog_done(struct dialog *dialog);
/* name: NULL for y/N. Texts are copied. */
void dialog_open(struct dialog *dialog, const char *question, const char *details,
    const char *name);
/* Asks for a code instead: DIALOG_YES when something was typed, which typed then holds. */
void dialog_open_code(struct dialog *dialog, const char *question);
void dialog_close(struct dialog *dialog);
enum dialog_answer dialog_key(struct dialog *dialog, struct key key);
/* Draws it in the middle of the canvas. */
void dialog_paint(struct dialog *dialog, const struct canvas *canvas);

#endif
