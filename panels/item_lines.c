#include "panels/item_lines.h"

#include <string.h>

#include "base/crypto.h"
#include "base/json.h"

enum { INDENT = 2, INLINE_LIMIT = 60, DEPTH_LIMIT = 64, PATH_COLUMN = 28, TYPE_COLUMN = 6 };

static void add_inline(struct buf *out, const struct value *value);

static void add_members(struct buf *out, const struct value *value, bool spaced)
{
    for (size_t i = 0; i < value->count; i++) {
        if (i > 0)
            buf_add_string(out, ", ");
        else if (spaced)
            buf_add_char(out, ' ');
        if (value->type == VALUE_M) {
            json_add_string(out, value->name[i]);
            buf_add_string(out, ": ");
        }
        add_inline(out, &value->element[i]);
    }
    if (spaced && value->count > 0)
        buf_add_char(out, ' ');
}

static void add_inline(struct buf *out, const struct value *value)
{
    switch (value->type) {
    case VALUE_S:
        json_add_string(out, value->text);
        break;
    case VALUE_N:
        buf_add_text(out, value->text);
        break;
    case VALUE_B:
        buf_add_string(out, "b64'");
        crypto_add_base64(out, value->text);
        buf_add_char(out, '\'');
        break;
    case VALUE_BOOL:
        buf_add_string(out, value->boolean ? "true" : "false");
        break;
    case VALUE_NULL:
        buf_add_string(out, "null");
        break;
    case VALUE_L:
        buf_add_char(out, '[');
        add_members(out, value, false);
        buf_add_char(out, ']');
        break;
    case VALUE_M:
        buf_add_char(out, '{');
        add_members(out, value, true);
        buf_add_char(out, '}');
        break;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        buf_add_string(out, "<<");
        add_members(out, value, false);
        buf_add_string(out, ">>");
        break;
    }
}

/* Containers that fit stand on one line, others one member to a line. */
static void add_plain(struct buf *out, const struct value *value, int depth)
{
    size_t start = out->length;
    bool is_map = value->type == VALUE_M;

    if (depth > 0 || !is_map) {
        add_inline(out, value);
        if ((value->type != VALUE_M && value->type != VALUE_L) ||
            out->length - start <= INLINE_LIMIT || depth >= DEPTH_LIMIT)
            return;
        buf_cut(out, start);
    }
    buf_add_string(out, is_map ? "{\n" : "[\n");
    for (size_t i = 0; i < value->count; i++) {
        buf_add_repeat(out, ' ', (size_t)(depth + 1) * INDENT);
        if (is_map) {
            json_add_string(out, value->name[i]);
            buf_add_string(out, ": ");
        }
        add_plain(out, &value->element[i], depth + 1);
        buf_add_string(out, i + 1 < value->count ? ",\n" : "\n");
    }
    buf_add_repeat(out, ' ', (size_t)depth * INDENT);
    buf_add_char(out, is_map ? '}' : ']');
}

static void add_json(struct buf *out, const struct value *value, enum item_form form, int depth);

static void add_json_members(struct buf *out, const struct value *value, enum item_form form,
    int depth)
{
    bool is_map = value->type == VALUE_M;

    buf_add_string(out, is_map ? "{\n" : "[\n");
    for (size_t i = 0; i < value->count; i++) {
        buf_add_repeat(out, ' ', (size_t)(depth + 1) * INDENT);
        if (is_map) {
            json_add_string(out, value->name[i]);
            buf_add_string(out, ": ");
        }
        add_json(out, &value->element[i], form, depth + 1);
        buf_add_string(out, i + 1 < value->count ? ",\n" : "\n");
    }
    buf_add_repeat(out, ' ', (size_t)depth * INDENT);
    buf_add_char(out, is_map ? '}' : ']');
}

/* Its only name may be one that marks a type; value_add_plain() knows how to say that it is none. */
static bool may_be_mark(const struct value *value)
{
    return value->type == VALUE_M && value->count == 1 &&
           text_starts_with(value->name[0], TEXT("$"));
}

static void add_json(struct buf *out, const struct value *value, enum item_form form, int depth)
{
    bool is_wire = form == ITEM_WIRE;
    struct json_writer writer;
    size_t start = out->length;

    json_writer_init(&writer, out);
    if (is_wire)
        value_add_wire(&writer, value);
    else
        value_add_plain(&writer, value);
    if ((value->type != VALUE_M && value->type != VALUE_L) || out->length - start <= INLINE_LIMIT ||
        depth >= DEPTH_LIMIT || (!is_wire && may_be_mark(value)))
        return;
    buf_cut(out, start);
    if (is_wire)
        buf_add_format(out, "{\"%s\": ", value_type_name(value->type));
    add_json_members(out, value, form, depth);
    if (is_wire)
        buf_add_char(out, '}');
}

static void add_tree_line(struct buf *out, struct text path, const struct value *value)
{
    const char *type = value_type_name(value->type);
    size_t used = path.length;

    buf_add_text(out, path);
    buf_add_repeat(out, ' ', used < PATH_COLUMN ? PATH_COLUMN - used : 1);
    buf_add_string(out, type);
    buf_add_repeat(out, ' ', TYPE_COLUMN - strlen(type));
    if (value->type == VALUE_M || value->type == VALUE_L)
        buf_add_format(out, "%zu", value->count);
    else
        add_inline(out, value);
    buf_add_char(out, '\n');
}

static void add_tree(struct buf *out, struct buf *path, const struct value *value, int depth)
{
    size_t length = path->length;

    for (size_t i = 0; i < value->count; i++) {
        const struct value *member = &value->element[i];

        if (value->type == VALUE_M) {
            if (length > 0)
                buf_add_char(path, '.');
            value_add_name(path, value->name[i]);
        } else {
            buf_add_format(path, "[%zu]", i);
        }
        add_tree_line(out, buf_view(path), member);
        if ((member->type == VALUE_M || member->type == VALUE_L) && depth < DEPTH_LIMIT)
            add_tree(out, path, member, depth + 1);
        buf_cut(path, length);
    }
}

void item_lines_add(struct buf *out, const struct value *item, enum item_form form)
{
    struct buf path;

    switch (form) {
    case ITEM_PLAIN:
        add_plain(out, item, 0);
        break;
    case ITEM_WIRE:
    case ITEM_JSON:
        add_json_members(out, item, form, 0);
        break;
    case ITEM_TREE:
        buf_init(&path, 64 * 1024);
        add_tree(out, &path, item, 0);
        buf_done(&path);
        break;
    }
}
