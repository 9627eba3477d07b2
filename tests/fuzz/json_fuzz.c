#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

#include <stdint.h>
#include <stdlib.h>

/*
 * What is read is written so that it reads back as the same tree; what is refused has a place and
 * a sentence; the value in front is the same whether or not something follows it.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_LIMIT = 64 * 1024 * 1024 };

static void require(bool good)
{
    if (!good)
        abort(); /* allowed: how a fuzz target reports */
}

/* Iterative in pairs is not worth it: the parser bounds the depth. */
static void require_same(const struct json *a, const struct json *b)
{
    const struct json *one = a->first, *other = b->first;

    require(a->kind == b->kind && a->count == b->count);
    require(text_equal(a->text, b->text) && text_equal(a->name, b->name));
    for (; one && other; one = one->next, other = other->next)
        require_same(one, other);
    require(!one && !other);
}

static void write_tree(struct buf *out, const struct json *tree)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_tree(&writer, tree);
    require(!out->failure);
}

static void check_tree(const struct json *tree, struct arena *arena)
{
    struct error err = {0};
    struct buf first, second;
    const struct json *again;

    buf_init(&first, SIZE_MAX);
    buf_init(&second, SIZE_MAX);
    write_tree(&first, tree);
    again = json_parse(buf_view(&first), arena, &err);
    if (again) {
        require_same(tree, again);
        write_tree(&second, again);
        require(text_equal(buf_view(&first), buf_view(&second)));
    } else {
        require(err.code == ERROR_MEMORY || err.code == ERROR_LIMIT);
    }
    buf_done(&first);
    buf_done(&second);
}

static void check_front(struct text source, const struct json *tree, struct arena *arena)
{
    struct error err = {0};
    size_t length = 0;
    const struct json *front = json_parse_front(source, &length, arena, &err);

    if (!front)
        require(!tree || err.code == ERROR_MEMORY || err.code == ERROR_LIMIT);
    else
        require(length <= source.length);
    if (front && tree)
        require_same(front, tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text source = text_make((const char *)data, size);
    struct error err = {0};
    struct arena *arena = arena_new(ARENA_LIMIT, &err);
    const struct json *tree = arena ? json_parse(source, arena, &err) : NULL;

    if (tree)
        check_tree(tree, arena);
    else
        require(err.code != ERROR_NONE && err.text[0] != '\0');
    if (arena)
        check_front(source, tree, arena);
    arena_free(arena);
    return 0;
}
