#ifndef CONSOLE_READER_H
#define CONSOLE_READER_H

#include "base/arena.h"
#include "base/error.h"
#include "console/run.h"

#include <stdbool.h>

/*
 * One pass over the text of a runner's source, statement by statement. What was parsed is gone when
 * the next statement is taken, so memory does not grow with a script.
 */
struct reader {
    struct run *run;
    struct arena *arena;
    struct lexer lexer;
    struct language_context context; /* of the last statement: its warnings */
};

enum error_code reader_init(struct reader *reader, struct run *run, struct error *err) MUST_CHECK;
void reader_done(struct reader *reader);
/* Goes to the beginning of run->source. */
void reader_start(struct reader *reader);
/* The next statement; NULL with *empty when nothing stood before the semicolon, else with err. */
struct tree *reader_next(struct reader *reader, bool *empty, struct error *err);
/* Goes behind the semicolon; false at the end. */
bool reader_advance(struct reader *reader);
/* Where the first statement of the source ends, behind its semicolon; 0: it does not end there. */
size_t reader_find_end(struct reader *reader);

/*
 * Parses and runs everything in the source, in order. echo: each statement is printed before its
 * output. False when nothing more may run: cancelled, quit, or failed with on-error stop.
 */
bool reader_run_all(struct reader *reader, bool echo);

#endif
