#include "panels/list.h"

#include <string.h>

#include "base/text.h"

static void keep_in_sight(struct list *list)
{
    size_t height = list->height > 0 ? (size_t)list->height : 1;

    if (list->cursor >= list->count)
        list->cursor = list->count ? list->count - 1 : 0;
    if (list->top > list->cursor)
        list->top = list->cursor;
    if (list->cursor >= list->top + height)
        list->top = list->cursor - height + 1;
    if (list->top + height > list->count)
        list->top = list->count > height ? list->count - height : 0;
}

void list_fit(struct list *list, size_t count, int height)
{
    list->count = count;
    list->height = height;
    keep_in_sight(list);
}

void list_move(struct list *list, size_t cursor)
{
    list->cursor = cursor;
    keep_in_sight(list);
}

static void step(struct list *list, bool down, size_t rows)
{
    if (down)
        list->cursor = list->count - list->cursor > rows ? list->cursor + rows : list->count - 1;
    else
        list->cursor = list->cursor > rows ? list->cursor - rows : 0;
    if (!list->count)
        list->cursor = 0;
    keep_in_sight(list);
}

void list_scroll(struct list *list, int rows)
{
    size_t distance = (size_t)(rows < 0 ? -rows : rows);
    size_t height = list->height > 0 ? (size_t)list->height : 1;
    size_t last = list->count > height ? list->count - height : 0;

    if (rows < 0)
        list->top = list->top > distance ? list->top - distance : 0;
    else
        list->top = list->top + distance < last ? list->top + distance : last;
    if (list->cursor < list->top)
        list->cursor = list->top;
    if (list->cursor >= list->top + height)
        list->cursor = list->top + height - 1;
    keep_in_sight(list);
}

bool list_act(struct list *list, const char *action, const char *argument)
{
    size_t page = list->height > 1 ? (size_t)list->height - 1 : 1;
    int64_t row;

    if (!strcmp(action, "down"))
        step(list, true, 1);
    else if (!strcmp(action, "up"))
        step(list, false, 1);
    else if (!strcmp(action, "page-down"))
        step(list, true, page);
    else if (!strcmp(action, "page-up"))
        step(list, false, page);
    else if (!strcmp(action, "half-down"))
        step(list, true, (page + 1) / 2);
    else if (!strcmp(action, "half-up"))
        step(list, false, (page + 1) / 2);
    else if (!strcmp(action, "first"))
        list_move(list, 0);
    else if (!strcmp(action, "last"))
        list_move(list, list->count ? list->count - 1 : 0);
    else if (!strcmp(action, "goto") && argument &&
             text_to_integer(text_of(argument), 1, INT32_MAX, &row))
        list_move(list, (size_t)row - 1);
    else
        return false;
    return true;
}
