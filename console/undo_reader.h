#ifndef CONSOLE_UNDO_READER_H
#define CONSOLE_UNDO_READER_H

#include "console/undo_file.h"

#include <stdio.h>

/* The statements of the undo files, and the lines of one of them. One thread uses a reader. */

/* Calls each for every statement, newest first, until it returns false; texts live in arena. */
enum error_code undo_file_list(struct arena *arena,
    bool (*each)(void *user, const struct undo_header *header), void *user,
    struct error *err) MUST_CHECK;

/* Reading the lines of one statement; undo_reader_close frees what it holds, also after a failure. */
struct undo_reader {
    FILE *file;
    char *line; /* of getline */
    size_t size;
    uint64_t number; /* of the last line */
};
/* ERROR_NOT_FOUND when there is no such statement; header's texts live in arena. */
enum error_code undo_reader_open(struct undo_reader *reader, const char *id, struct arena *arena,
    struct undo_header *header, struct error *err) MUST_CHECK;
/* The next item's line parsed into arena; NULL at the end, or with err->code set. */
const struct json *undo_reader_next(struct undo_reader *reader, struct arena *arena,
    struct error *err);
void undo_reader_close(struct undo_reader *reader);

#endif
