#include "client/expression.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "client/expression_form.h"

/* The service takes 255 characters; what is left is for "#" and "_2". */
enum { PLACEHOLDER_NAME_LIMIT = 240, FIRST_ROOM = 8 };

struct printed_name {
    struct text name, placeholder;
};

struct expression_printer {
    struct arena *arena;
    size_t name_count, name_room;
    struct printed_name *name;
    size_t value_count, value_room;
    const struct value **value;
};

struct expression_printer *expression_printer_new(struct arena *arena, struct error *err)
{
    struct expression_printer *printer = arena_alloc(arena, 1, sizeof *printer);

    if (printer)
        printer->arena = arena;
    else
        arena_failed(arena, err);
    return printer;
}

/* A printer has no err: what it could not keep fails with the buffer. */
static void give_up(struct buf *out)
{
    if (out->failure == ERROR_NONE)
        out->failure = ERROR_MEMORY;
}

/* Room for one more; what is there moves. NULL when the arena is full. */
static void *grow(struct arena *arena, void *old, size_t count, size_t *room, size_t size)
{
    size_t wanted = *room ? 2 * *room : FIRST_ROOM;
    void *array;

    if (count < *room)
        return old;
    array = arena_alloc(arena, wanted, size);
    if (!array)
        return NULL;
    if (count > 0)
        memcpy(array, old, count * size);
    *room = wanted;
    return array;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* "#b_c" for "b c"; one _ for a character, whatever its bytes. */
static struct text make_placeholder(struct arena *arena, struct text name)
{
    char text[PLACEHOLDER_NAME_LIMIT];
    size_t length = 0;

    text[length++] = '#';
    while (name.length && length < sizeof text) {
        uint32_t c;
        size_t bytes = utf8_decode(name, &c);

        text[length++] = is_plain(name.data[0]) ? name.data[0] : '_';
        name = text_slice(name, bytes ? bytes : 1, name.length);
    }
    if (length == 1)
        text[length++] = '_';
    return arena_text(arena, text_make(text, length));
}

static bool is_taken(const struct expression_printer *printer, struct text placeholder)
{
    for (size_t i = 0; i < printer->name_count; i++)
        if (text_equal(printer->name[i].placeholder, placeholder))
            return true;
    return false;
}

static struct text choose_placeholder(struct expression_printer *printer, struct text name)
{
    struct text plain = make_placeholder(printer->arena, name);
    struct text chosen = plain;

    for (size_t n = 2; chosen.data && is_taken(printer, chosen); n++) {
        const char *numbered =
            arena_format(printer->arena, "%.*s_%zu", (int)plain.length, plain.data, n);

        chosen = numbered ? text_of(numbered) : (struct text){NULL, 0};
    }
    return chosen;
}

static void add_name(struct expression_printer *printer, struct buf *out, struct text name)
{
    struct printed_name *array, *entry;

    for (size_t i = 0; i < printer->name_count; i++) {
        if (text_equal(printer->name[i].name, name)) {
            buf_add_text(out, printer->name[i].placeholder);
            return;
        }
    }
    array = grow(printer->arena, printer->name, printer->name_count, &printer->name_room,
        sizeof *array);
    if (array) {
        printer->name = array;
        entry = &array[printer->name_count];
        *entry = (struct printed_name){name, choose_placeholder(printer, name)};
    }
    if (!array || !entry->placeholder.data) {
        give_up(out);
        return;
    }
    printer->name_count++;
    buf_add_text(out, entry->placeholder);
}

static void add_path(struct expression_writer *writer, const struct path *path)
{
    expression_print_path(writer->printer, writer->out, path);
}

static void add_value(struct expression_writer *writer, const struct value *value)
{
    struct expression_printer *printer = writer->printer;
    const struct value **array = grow(printer->arena, printer->value, printer->value_count,
        &printer->value_room, sizeof *array);

    if (!array) {
        give_up(writer->out);
        return;
    }
    printer->value = array;
    buf_add_format(writer->out, ":%zu", printer->value_count);
    array[printer->value_count++] = value;
}

void expression_print(struct expression_printer *printer, struct buf *out,
    const struct expression *expression)
{
    struct expression_writer writer = {out, add_path, add_value, printer};

    expression_write(&writer, expression);
}

void expression_print_update(struct expression_printer *printer, struct buf *out,
    const struct update *update)
{
    struct expression_writer writer = {out, add_path, add_value, printer};

    expression_write_update(&writer, update);
}

void expression_print_path(struct expression_printer *printer, struct buf *out,
    const struct path *path)
{
    for (size_t i = 0; i < path->count; i++) {
        if (path->part[i].is_index) {
            buf_add_format(out, "[%zu]", path->part[i].index);
            continue;
        }
        if (i > 0)
            buf_add_char(out, '.');
        add_name(printer, out, path->part[i].name);
    }
}

void expression_print_maps(const struct expression_printer *printer, struct json_writer *writer)
{
    if (printer->name_count > 0) {
        json_name(writer, "ExpressionAttributeNames");
        json_begin_object(writer);
        for (size_t i = 0; i < printer->name_count; i++) {
            json_name_text(writer, printer->name[i].placeholder);
            json_string(writer, printer->name[i].name);
        }
        json_end_object(writer);
    }
    if (printer->value_count > 0) {
        json_name(writer, "ExpressionAttributeValues");
        json_begin_object(writer);
        for (size_t i = 0; i < printer->value_count; i++) {
            char name[24];

            snprintf(name, sizeof name, ":%zu", i);
            json_name(writer, name);
            value_add_wire(writer, printer->value[i]);
        }
        json_end_object(writer);
    }
}
