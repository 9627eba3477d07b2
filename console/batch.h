#ifndef CONSOLE_BATCH_H
#define CONSOLE_BATCH_H

#include "base/error.h"
#include "base/text.h"
#include "console/session.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Statements without a person: from -c, files and stdin. Rows go to stdout, everything else to
 * stderr. All given text is parsed before the first statement runs; stdin is read and run statement
 * by statement.
 */
struct batch_input {
    const char *name; /* "report.gh", "<command 1>", "<stdin>" */
    struct text text;
    bool is_stream; /* stdin: text is empty */
};

struct batch_options {
    bool echo; /* print each statement before its output, for tours and logs */
};

/* Runs all inputs in order in one session and returns the exit status (language.md 8.3). */
int batch_main(struct session *session, const struct batch_input *input, size_t count,
    const struct batch_options *options);

#endif
