#include "console/language/marker.h"

#include <string.h>

enum { MARK = 1, MARK_HEAD = 2 };

struct value *marker_new(struct arena *arena, char type, struct text what)
{
    char *data = arena_alloc(arena, what.length + MARK_HEAD, 1);

    if (!data)
        return NULL;
    data[0] = MARK;
    data[1] = type;
    if (what.length > 0)
        memcpy(data + MARK_HEAD, what.data, what.length);
    return value_new_text(arena, VALUE_S, text_make(data, what.length + MARK_HEAD));
}

struct value *marker_new_body(struct arena *arena)
{
    struct value *map = value_new_container(arena, VALUE_M, 1);
    struct value *mark = marker_new(arena, 'M', TEXT("body"));

    if (!map || !mark)
        return NULL;
    map->name[0] = mark->text;
    map->element[0] = *mark;
    map->count = 1;
    return map;
}

bool marker_read(struct text text, char *type, struct text *what)
{
    if (text.length < MARK_HEAD || text.data[0] != MARK)
        return false;
    *type = text.data[1];
    *what = text_slice(text, MARK_HEAD, text.length);
    return true;
}

bool marker_is(const struct value *value)
{
    return value->type == VALUE_S && value->text.length >= MARK_HEAD && value->text.data[0] == MARK;
}

bool marker_is_body(const struct value *value)
{
    return value->type == VALUE_M && value->count == 1 && marker_is(&value->element[0]) &&
           text_equal(value->name[0], value->element[0].text);
}

struct value *marker_with_type(struct arena *arena, const struct value *value, char type)
{
    return marker_new(arena, type, text_slice(value->text, MARK_HEAD, value->text.length));
}
