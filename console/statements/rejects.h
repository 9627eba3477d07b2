#ifndef CONSOLE_STATEMENTS_REJECTS_H
#define CONSOLE_STATEMENTS_REJECTS_H

#include "base/text.h"
#include "console/job.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The file of what a statement could not do (language.md 6): JSON Lines that IMPORT reads as they
 * are. Made with its first line. Not for several threads at once.
 */
struct rejects {
    struct job *job;
    const char *path; /* in the arena of the job; NULL: jobs/TIME-N.rej, named with the first one */
    int descriptor;   /* -1: nothing has been rejected */
    bool goes_on;     /* lines of the run before stay */
    uint64_t count;   /* of this run */
};

struct reject {
    struct text item, key; /* DynamoDB JSON of the one or the other, or neither: */
    struct text text;      /* what stands there instead, when it could not be read */
    const char *operation, *code, *message;
    uint64_t line;
};

void rejects_init(struct rejects *rejects, struct job *job, const char *path, bool goes_on);
void rejects_done(struct rejects *rejects);
/* Takes out what stands from that line of the input on: it is read, and perhaps rejected, again. */
enum error_code rejects_cut(struct rejects *rejects, uint64_t line, struct error *err) MUST_CHECK;
/* The file of REJECTS TO as its path, or NULL with err set. */
const char *rejects_name(struct job *job, struct text said, struct error *err);
/* ERROR_PARTIAL, with the line written, when there are more than max-errors. */
enum error_code rejects_add(struct rejects *rejects, const struct reject *one,
    struct error *err) MUST_CHECK;
/* "3 records are rejected: see FILE", if there are any. */
void rejects_report(const struct rejects *rejects);

#endif
