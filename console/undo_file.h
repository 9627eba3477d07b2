#ifndef CONSOLE_UNDO_FILE_H
#define CONSOLE_UNDO_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "console/job.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * The folder of undo files, and their lines; console/undo.h says what is in them. An id is
 * YYYYMMDD-HHMMSS-N, UTC; later ids are later statements.
 */
enum { UNDO_ID_SIZE = 32, UNDO_FILES = 10000 /* older ones go, whatever undo-max says */ };

struct undo_header {
    char id[UNDO_ID_SIZE];
    uint64_t at;                                    /* wall */
    struct text statement;                          /* secrets masked */
    struct text profile, account, endpoint, region; /* account empty: endpoint tells */
    bool has_secrets;                               /* some were in the statement */
    struct text why;                                /* it cannot be undone, because ..; or empty */
    uint64_t bytes;                                 /* of the file */
    int64_t items;                                  /* -1: the process ended before it said so */
};

void undo_file_make_id(char out[UNDO_ID_SIZE], uint64_t wall, uint64_t number);
bool undo_file_is_id(struct text text);
/* Number for the next id of that second. Any thread. */
uint64_t undo_file_next(struct session *session, uint64_t wall);
/* "folder/ID.jsonl"; id NULL: the folder. */
enum error_code undo_file_path(const char *id, bool create, struct buf *out,
    struct error *err) MUST_CHECK;
/* Bytes that all files may take together: undo-max. */
uint64_t undo_file_limit(const struct job *job);
/* Removes what is older than undo-keep or beyond the limits; now and then only. Any thread. */
void undo_file_prune(struct job *job);

/* The header line as JSON; id, bytes and items are not in it. */
void undo_file_add_header(struct json_writer *writer, const struct undo_header *header);

/* Calls each for every file, newest first, until it returns false; texts live in arena. */
enum error_code undo_file_list(struct arena *arena,
    bool (*each)(void *user, const struct undo_header *header), void *user,
    struct error *err) MUST_CHECK;

/* Reading one file, line by line. */
struct undo_reader {
    FILE *file;
    char *line; /* of getline */
    size_t size;
    uint64_t number; /* of the last line */
};
/* ERROR_NOT_FOUND when there is no such file; header's texts live in arena. */
enum error_code undo_reader_open(struct undo_reader *reader, const char *id, struct arena *arena,
    struct undo_header *header, struct error *err) MUST_CHECK;
/* The next item's line parsed into arena; NULL at the end, or with err->code set. */
const struct json *undo_reader_next(struct undo_reader *reader, struct arena *arena,
    struct error *err);
void undo_reader_close(struct undo_reader *reader);

#endif
