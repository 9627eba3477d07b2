#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "client/expression_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_LIMIT = 16 * 1024 * 1024, TEXT_LIMIT = 16 * 1024 * 1024 };

static const char names_source[] = "{\"#a\":\"a\",\"#b\":\"b c\",\"#c\":\"c\"}";
static const char values_source[] =
    "{\":a\":{\"S\":\"a\"},\":b\":{\"B\":\"AAE=\"},\":n\":{\"N\":\"1.5\"},\":l\":{\"L\":[{\"N\":"
    "\"1\"}]},\":s\":{\"SS\":[\"a\"]},\":t\":{\"S\":\"N\"},\":u\":{\"NULL\":true}}";
static const char item_source[] =
    "{\"a\":{\"S\":\"abc\"},\"b c\":{\"L\":[{\"N\":\"1\"},{\"M\":{\"a\":{\"N\":\"2\"}}}]},"
    "\"c\":{\"SS\":[\"a\",\"b\"]},\"n\":{\"N\":\"7\"},\"m\":{\"M\":{\"n\":{\"N\":\"1\"}}}}";

struct fuzz {
    struct arena *arena;
    struct placeholders placeholders;
    const struct value *item;
};

static void require(bool good)
{
    if (!good)
        abort(); /* allowed: how a fuzz target reports */
}

static struct value *read_item(struct arena *arena, struct text source)
{
    struct error err = {0};
    struct json *json = json_parse(source, arena, &err);

    return json ? value_from_wire_item(json, arena, &err) : NULL;
}

/* The members that the printer wrote, as placeholders for the next parse. */
static struct placeholders read_maps(struct arena *arena, const struct expression_printer *printer,
    struct buf *out)
{
    struct placeholders placeholders = {0};
    struct json_writer writer;
    struct error err = {0};
    const struct json *maps, *values;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    expression_print_maps(printer, &writer);
    json_end_object(&writer);
    maps = json_parse(buf_view(out), arena, &err);
    require(maps != NULL);
    values = json_member(maps, "ExpressionAttributeValues");
    placeholders.names = json_member(maps, "ExpressionAttributeNames");
    if (values)
        placeholders.values = value_from_wire_item(values, arena, &err);
    return placeholders;
}

/* Printing only lengthens names and values: what is still short enough must parse again. */
static void check_condition(struct fuzz *fuzz, struct expression *condition)
{
    struct error err = {0};
    struct expression_printer *printer = expression_printer_new(fuzz->arena, &err);
    struct placeholders placeholders;
    struct expression *again;
    struct buf out, maps;

    buf_init(&out, TEXT_LIMIT);
    buf_init(&maps, TEXT_LIMIT);
    expression_add_text(&out, condition);
    buf_clear(&out);
    expression_print(printer, &out, condition);
    if (out.length <= 4096) {
        placeholders = read_maps(fuzz->arena, printer, &maps);
        again = expression_parse_condition(buf_view(&out), "FilterExpression", &placeholders,
            fuzz->arena, &err);
        require(again != NULL);
        require(expression_holds(condition, fuzz->item, fuzz->arena) ==
                expression_holds(again, fuzz->item, fuzz->arena));
    }
    buf_done(&maps);
    buf_done(&out);
}

static void check_update(struct fuzz *fuzz, const struct update *update)
{
    struct error err = {0};
    struct value *after = update_apply(update, fuzz->item, fuzz->arena, &err);
    struct buf out;

    require(after != NULL || err.code != ERROR_NONE);
    buf_init(&out, TEXT_LIMIT);
    update_add_text(&out, update);
    buf_done(&out);
    if (!after)
        return;
    for (size_t i = 1; i < after->count; i++)
        require(text_compare(after->name[i - 1], after->name[i]) < 0);
    update_touched(update, after, fuzz->arena);
}

/* The first byte chooses the grammar, the rest is the expression. */
static void run(struct fuzz *fuzz, uint8_t choice, struct text source)
{
    struct error err = {0};
    struct expression *condition = NULL;
    struct update *update = NULL;
    struct projection *projection = NULL;

    switch (choice % 4) {
    case 0:
        condition = expression_parse_condition(source, "ConditionExpression", &fuzz->placeholders,
            fuzz->arena, &err);
        break;
    case 1:
        condition = expression_parse_key_condition(source, &fuzz->placeholders, fuzz->arena, &err);
        break;
    case 2:
        update = expression_parse_update(source, &fuzz->placeholders, fuzz->arena, &err);
        break;
    default:
        projection = expression_parse_projection(source, &fuzz->placeholders, fuzz->arena, &err);
        break;
    }
    require(condition || update || projection || err.code != ERROR_NONE);
    if (condition)
        check_condition(fuzz, condition);
    if (update)
        check_update(fuzz, update);
    if (projection)
        require(projection_apply(projection, fuzz->item, fuzz->arena) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct fuzz fuzz = {.arena = arena_new(ARENA_LIMIT, &err)};
    bool names_used[3], values_used[7];

    if (!fuzz.arena || size < 1)
        goto out;
    fuzz.placeholders.names = json_parse(text_of(names_source), fuzz.arena, &err);
    fuzz.placeholders.values = read_item(fuzz.arena, text_of(values_source));
    fuzz.placeholders.names_used = names_used;
    fuzz.placeholders.values_used = values_used;
    fuzz.item = read_item(fuzz.arena, text_of(item_source));
    require(fuzz.placeholders.names && fuzz.placeholders.values && fuzz.item);
    run(&fuzz, data[0], text_make((const char *)data + 1, size - 1));
out:
    arena_free(fuzz.arena);
    return 0;
}
