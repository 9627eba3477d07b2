#include "base/arena.h"
#include "base/json.h"
#include "console/statements/skim.h"

#include <assert.h>
#include <stdint.h>

/*
 * The answer of a Scan as any bytes. Pieces lie within it, every step uses up something, and for
 * what is JSON the elements that are found are those of the parsed tree.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(struct text whole, struct text piece)
{
    assert(!piece.data ||
           (piece.data >= whole.data && piece.data + piece.length <= whole.data + whole.length));
}

/* How many elements there are. */
static size_t walk(struct text whole, struct text elements)
{
    struct text element;
    size_t count = 0;

    check_within(whole, elements);
    for (size_t before = elements.length; skim_next(&elements, &element);
         before = elements.length) {
        check_within(whole, element);
        assert(elements.length < before);
        count++;
    }
    return count;
}

static size_t tree_count(const struct json *list)
{
    size_t count = 0;

    for (const struct json *one = list->first; one; one = one->next)
        count++;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const name[] = {"LastEvaluatedKey", "Count", "Items"};
    struct text whole = {(const char *)data, size}, value[3], around[3], elements = {0};
    struct error err;
    struct arena *arena = arena_new(64 << 20, &err);
    const struct json *tree, *items;
    bool is_object, is_list;

    if (!arena || size > 65536) {
        arena_free(arena);
        return 0;
    }
    is_object = skim_members(whole, name, value, 3);
    for (size_t i = 0; is_object && i < 3; i++)
        check_within(whole, value[i]);
    if (skim_around(whole, name[2], &elements, name, around, 2))
        walk(whole, elements);
    is_list = is_object && value[2].data && skim_array(value[2], &elements);
    tree = json_parse(whole, arena, &err);
    items = tree && tree->kind == JSON_OBJECT ? json_member(tree, name[2]) : NULL;
    assert(!tree || is_object == (tree->kind == JSON_OBJECT));
    if (is_list) {
        size_t count = walk(whole, elements);

        assert(!items || items->kind != JSON_ARRAY || count == tree_count(items));
    }
    arena_free(arena);
    return 0;
}
