#ifndef CONSOLE_STATEMENTS_EXPORT_FILE_H
#define CONSOLE_STATEMENTS_EXPORT_FILE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "console/language/planner.h"
#include "console/output/output.h"
#include "console/output/writer.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The file of an EXPORT and, beside it, FILE.state: how long the file was when each segment stood
 * where. The state is written by rename once a second, so that a killed export goes on from there:
 * the file is cut to that length, and nothing is doubled or missing. A file of gzip is a row of
 * members, one for each state.
 */
struct export_file {
    const char *path; /* NULL: standard output, which has no state */
    int descriptor;
    const atomic_bool *cancel; /* ends the waiting for the other side of a pipe */
    bool gzip;
    struct writer writer;
    struct sink *sink;
    struct deflate *deflate; /* of the member under way; NULL: none */
    uint64_t length;         /* of the file behind the last state, or the last page when not gzip */
    uint64_t bytes;          /* that rows took before they were packed */
    uint64_t saved;          /* monotonic, of the last state */
    /* What the state is about. */
    struct text identity; /* of statement and table, hexadecimal */
    struct read_places places;
    size_t segment_count; /* at least 1; 0: this export keeps no state */
};

/* How many segments the state beside the file is of; 0: there is none that is understood. */
size_t export_file_segments(const char *path, struct arena *arena);

/*
 * Opens the file; with go_on where the state says, else from the start. options name the format.
 * ERROR_NOT_FOUND without a state to go on from, ERROR_CONDITION when it is of another export.
 */
enum error_code export_file_open(struct export_file *file, const struct output_options *options,
    bool go_on, struct arena *arena, struct error *err) MUST_CHECK;
/* After a page: writes the state when it is time. */
enum error_code export_file_page(struct export_file *file, struct error *err) MUST_CHECK;
/* The end: all is on disk and the state is gone; or, after a failure, the state stays. */
enum error_code export_file_finish(struct export_file *file, struct error *err) MUST_CHECK;
void export_file_abandon(struct export_file *file);
void export_file_close(struct export_file *file);

#endif
