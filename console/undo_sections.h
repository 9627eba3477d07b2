#ifndef CONSOLE_UNDO_SECTIONS_H
#define CONSOLE_UNDO_SECTIONS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Where the statements of an undo file stand. The last line of each says where its header is, so
 * they are found from the end of the file without what is between; a file whose last statement was
 * not finished is read from its beginning.
 */
struct undo_section {
    uint64_t from; /* of the header */
    int64_t items; /* -1: the process ended before it said so */
};
struct undo_sections {
    struct undo_section *list; /* in the order of the file */
    size_t count, capacity;
};

/* What is no undo file has none. undo_sections_done in any case. */
enum error_code undo_sections_read(struct undo_sections *sections, FILE *file,
    struct error *err) MUST_CHECK;
void undo_sections_done(struct undo_sections *sections);

#endif
