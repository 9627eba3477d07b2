#ifndef CONSOLE_UNDO_FILE_H
#define CONSOLE_UNDO_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "console/job.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The folder of undo files, and their lines; console/undo.h says what is in them. A file is named
 * YYYYMMDD-HHMMSS-N, UTC, by when it was made, and holds the statements of a session that began
 * within UNDO_SHARED: making a file for each costs more than writing it. That name is the id of its
 * first statement, NAME.2 that of the second.
 */
enum {
    UNDO_ID_SIZE = 40,
    UNDO_FILES = 10000,         /* older ones go, whatever undo-max says */
    UNDO_SHARED_SIZE = 16 << 20 /* a file that is as large is not gone on with */
};
#define UNDO_SHARED (60 * CLOCK_SECOND)

struct undo_header {
    char id[UNDO_ID_SIZE];
    uint64_t at;                                    /* wall */
    struct text statement;                          /* secrets masked */
    struct text profile, account, endpoint, region; /* account empty: endpoint tells */
    bool has_secrets;                               /* some were in the statement */
    struct text why;                                /* it cannot be undone, because ..; or empty */
    int64_t items;                                  /* -1: the process ended before it said so */
};

void undo_file_make_id(char out[UNDO_ID_SIZE], uint64_t wall, uint64_t number);
bool undo_file_is_id(struct text text);
/* Number for the next id of that second. Any thread. */
uint64_t undo_file_next(struct session *session, uint64_t wall);
/* "folder/NAME.jsonl", NAME being that of the file of the id; id NULL: the folder. */
enum error_code undo_file_path(const char *id, bool create, struct buf *out,
    struct error *err) MUST_CHECK;
/* Bytes that all files may take together: undo-max. */
uint64_t undo_file_limit(const struct job *job);
/* When a file has been made: removes what is older than undo-keep or beyond the limits, once an
   hour and for each 2,048 files of the session. Any thread. */
void undo_file_prune(struct job *job);

/* The header line as JSON; id and items are not in it. */
void undo_file_add_header(struct json_writer *writer, const struct undo_header *header);
/* The last line of a statement whose header stands at that offset of the file. */
void undo_file_add_end(struct buf *out, uint64_t items, uint64_t from);

/* The names of all files, oldest first. */
struct undo_names {
    char (*name)[UNDO_ID_SIZE];
    size_t count, capacity;
};
/* No folder is no file. The list is to be freed with mem_free, after a failure, too. */
enum error_code undo_file_names(struct undo_names *names, struct error *err) MUST_CHECK;
/* When the file was made; 0 when the name is none. */
uint64_t undo_file_time(const char *name);

#endif
