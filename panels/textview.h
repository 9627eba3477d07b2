#ifndef PANELS_TEXTVIEW_H
#define PANELS_TEXTVIEW_H

#include "base/buf.h"
#include "base/text.h"
#include "panels/canvas.h"
#include "panels/list.h"

#include <stdbool.h>
#include <stddef.h>

/* Lines of text to read: items, DESCRIBE, help, bodies of calls. */
struct textview {
    struct buf text;
    size_t *line; /* offsets of lines, and one behind the last */
    size_t lines, capacity;
    struct list list;
    int skip; /* columns scrolled to the right */
    bool wrap, json;
    int width; /* of the last layout */
};

void textview_init(struct textview *view);
void textview_done(struct textview *view);
/* Takes a copy. json: names and values get their roles. */
void textview_set(struct textview *view, struct text text, bool json);
void textview_fit(struct textview *view, int width, int height);
bool textview_act(struct textview *view, const char *action, const char *argument);
bool textview_find(struct textview *view, struct text needle, bool forward);
void textview_paint(const struct textview *view, const struct canvas *canvas, bool focused,
    bool numbered);
struct text textview_line(const struct textview *view, size_t index);

#endif
