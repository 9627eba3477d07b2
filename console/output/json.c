#include "console/output/format.h"

#include <string.h>

/* json, jsonl and ddbjson: one object per row, written the same way. */

void output_add_object(struct output *output, const struct value *item, bool wire)
{
    struct buf *out = &output->writer->buf;
    struct json_writer writer;
    size_t count = 0;
    const struct text *name = output_names(output, item, true, &count);

    if (!name) {
        out->failure = ERROR_MEMORY;
        return;
    }
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    for (size_t i = 0; i < count; i++) {
        const struct value *value = output_get(item, name[i]);

        if (!value)
            continue;
        json_name_text(&writer, name[i]);
        if (wire)
            value_add_wire(&writer, value);
        else
            value_add_plain(&writer, value);
    }
    json_end_object(&writer);
}

static char *put_member(char *at, const struct item_text *item, size_t index)
{
    struct text member = item_text_member(item, index);

    memcpy(at, member.data, member.length);
    at[member.length] = ',';
    return at + member.length + 1;
}

/* Keys first, then what is left. */
static void add_text_object(struct output *output)
{
    const struct item_text *item = &output->item;
    uint64_t left = UINT64_MAX; /* a bit for each member */
    size_t length = item->count + 2;
    char *room, *at;

    _Static_assert(ITEM_TEXT_MEMBERS <= 64, "a bit for each");
    for (size_t i = 0; i < item->count; i++)
        length += item_text_member(item, i).length;
    room = buf_reserve(&output->writer->buf, length);
    if (!room)
        return;
    at = room;
    *at++ = '{';
    for (size_t key = 0; key < output->key_count; key++) {
        for (size_t i = 0; i < item->count; i++) {
            if (text_equal(item->member[i].name, output->key[key])) {
                at = put_member(at, item, i);
                left &= ~(UINT64_C(1) << i);
                break;
            }
        }
    }
    for (size_t i = 0; i < item->count; i++)
        if (left >> i & 1)
            at = put_member(at, item, i);
    at -= item->count > 0; /* the last comma */
    *at++ = '}';
    buf_added(&output->writer->buf, (size_t)(at - room));
}

static void add_object(struct output *output, const struct value *item, bool wire)
{
    if (item)
        output_add_object(output, item, wire);
    else
        add_text_object(output);
}

static void json_head(struct output *output)
{
    buf_add_string(&output->writer->buf, "[");
}

static void json_row(struct output *output, const struct value *item)
{
    buf_add_string(&output->writer->buf, output->row_count > 0 ? ",\n" : "\n");
    add_object(output, item, false);
}

static void json_tail(struct output *output)
{
    buf_add_string(&output->writer->buf, "\n]\n");
}

static void jsonl_row(struct output *output, const struct value *item)
{
    add_object(output, item, false);
    buf_add_char(&output->writer->buf, '\n');
}

/* As the service's own export writes items; rows of a SHOW are no items. */
static void ddbjson_row(struct output *output, const struct value *item)
{
    struct buf *out = &output->writer->buf;

    if (output->is_items)
        buf_add_string(out, "{\"Item\":");
    add_object(output, item, true);
    buf_add_string(out, output->is_items ? "}\n" : "\n");
}

static void none_row(struct output *output, const struct value *item)
{
    (void)output;
    (void)item;
}

const struct output_format json_format = {
    .name = "json",
    .text = OUTPUT_TEXT_PLAIN,
    .head = json_head,
    .row = json_row,
    .tail = json_tail,
};

const struct output_format jsonl_format = {
    .name = "jsonl",
    .text = OUTPUT_TEXT_PLAIN,
    .row = jsonl_row,
};

const struct output_format ddbjson_format = {
    .name = "ddbjson",
    .text = OUTPUT_TEXT_WIRE,
    .row = ddbjson_row,
};

const struct output_format none_format = {
    .name = "none",
    .row = none_row,
};
