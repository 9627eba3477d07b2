#ifndef TESTS_UNIT_ITEM_TEXT_CHECK_H
#define TESTS_UNIT_ITEM_TEXT_CHECK_H

#include "client/item_text.h"
#include "client/value.h"

/* Whether item_text says what values would have said; for the unit test and the fuzz target. */

/* What the writers make of the members of an item, in the order of their names. */
static inline void check_add_value(struct buf *out, const struct value *item, bool is_plain)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    for (size_t i = 0; i < item->count; i++) {
        json_name_text(&writer, item->name[i]);
        if (is_plain)
            value_add_plain(&writer, &item->element[i]);
        else
            value_add_wire(&writer, &item->element[i]);
    }
    json_end_object(&writer);
}

static inline void check_add_text(struct buf *out, const struct item_text *item)
{
    buf_add_char(out, '{');
    for (size_t i = 0; i < item->count; i++) {
        buf_add_string(out, i > 0 ? "," : "");
        buf_add_text(out, item_text_member(item, i));
    }
    buf_add_char(out, '}');
}

static inline bool check_same(struct text consumed, const struct item_text *item,
    struct arena *arena)
{
    struct error err = {0};
    const struct json *json = json_parse(consumed, arena, &err);
    const struct value *value = json ? value_from_wire_item(json, arena, &err) : NULL;
    struct buf expected, found;
    bool same;

    if (!value)
        return false;
    buf_init(&expected, SIZE_MAX);
    buf_init(&found, SIZE_MAX);
    check_add_value(&expected, value, item->is_plain);
    check_add_text(&found, item);
    same = !expected.failure && text_equal(buf_view(&expected), buf_view(&found));
    buf_done(&expected);
    buf_done(&found);
    return same;
}

/* False when an item was taken as text that values refuse or print differently. */
static inline bool check_items(struct text items, bool is_plain, struct arena *arena, size_t *taken)
{
    struct item_text item;
    struct text rest = items;
    bool good = true;

    *taken = 0;
    item_text_init(&item, is_plain);
    while (good && item_text_take(&item, &rest)) {
        struct text consumed = text_slice(items, 0, (size_t)(rest.data - items.data));

        if (consumed.data[0] == ',')
            consumed = text_slice(consumed, 1, consumed.length);
        good = check_same(consumed, &item, arena);
        items = rest;
        ++*taken;
    }
    item_text_done(&item);
    return good;
}

#endif
