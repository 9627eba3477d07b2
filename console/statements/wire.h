#ifndef CONSOLE_STATEMENTS_WIRE_H
#define CONSOLE_STATEMENTS_WIRE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "client/value.h"

#include <stdbool.h>

/*
 * Items of a page, one after the other, straight from the text of the answer: a tree of the JSON
 * would cost more than everything else a scan does. What is not written in the plain way that
 * services write it (escapes, blanks, deep nesting, doubtful numbers) is left to json_parse and
 * value_from_wire_item, which also have the errors. One thread at a time.
 */
struct wire_reader;

struct wire_reader *wire_reader_new(struct error *err) MUST_CHECK;
void wire_reader_free(struct wire_reader *reader);

/*
 * Moves the next item from *elements (the text between the brackets of an array) into arena, with
 * texts that point into elements. False at the end, or with *failed and err set.
 */
bool wire_reader_next(struct wire_reader *reader, struct text *elements, struct arena *arena,
    const struct value **item, bool *failed, struct error *err);

/*
 * The same for an item that is written in the plain way; false, with *elements as it was, for any
 * other and at the end.
 */
bool wire_reader_try(struct wire_reader *reader, struct text *elements, struct arena *arena,
    const struct value **item);

#endif
