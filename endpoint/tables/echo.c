#include "endpoint/tables/echo.h"

#include "base/buf.h"

enum { ECHO_SIZE = 4096, TREE_SIZE = 32 * 1024 * 1024 };

static void add_structure(struct buf *out, const char *shape, const struct json *node)
{
    struct json_writer writer;
    struct buf tree;

    buf_init(&tree, TREE_SIZE);
    json_writer_init(&writer, &tree);
    json_tree(&writer, node);
    buf_add_format(out, "com.amazonaws.dynamodb.v20120810.%s@%x", shape,
        (unsigned)(text_hash(buf_view(&tree)) & 0xffffffff));
    buf_done(&tree);
}

static void add_list(struct buf *out, const char *shape, const struct json *list)
{
    buf_add_char(out, '[');
    for (const struct json *node = list->first; node && out->length < ECHO_SIZE;
         node = node->next) {
        add_structure(out, shape, node);
        if (node->next)
            buf_add_string(out, ", ");
    }
    buf_add_char(out, ']');
}

static struct text cut(struct request *request, struct buf *out)
{
    size_t length = out->length < ECHO_SIZE ? out->length : ECHO_SIZE;
    struct text text;

    while (length > 0 && length < out->length && ((unsigned char)out->data[length] & 0xc0) == 0x80)
        length--;
    text = arena_text(request->arena, text_slice(buf_view(out), 0, length));
    buf_done(out);
    return text;
}

struct text echo_list(struct request *request, const char *shape, const struct json *list)
{
    struct buf out;

    buf_init(&out, TREE_SIZE);
    add_list(&out, shape, list);
    return cut(request, &out);
}

struct text echo_map(struct request *request, const char *shape, const struct json *map)
{
    struct buf out;

    buf_init(&out, TREE_SIZE);
    buf_add_char(&out, '{');
    for (const struct json *node = map->first; node && out.length < ECHO_SIZE; node = node->next) {
        buf_add_text(&out, node->name);
        buf_add_char(&out, '=');
        if (node->kind == JSON_ARRAY)
            add_list(&out, shape, node);
        else
            add_structure(&out, shape, node);
        if (node->next)
            buf_add_string(&out, ", ");
    }
    buf_add_char(&out, '}');
    return cut(request, &out);
}
