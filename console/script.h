#ifndef CONSOLE_SCRIPT_H
#define CONSOLE_SCRIPT_H

#include "base/error.h"
#include "base/text.h"
#include "console/session.h"
#include "console/statement.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Statements out of a text, one after another, with what steers their order: \i goes into another
 * file, \if leaves branches out.
 * 1. A file that \i names is read once and parsed to its end before its first statement is given
 *    out; what is given out later is what was parsed.
 * 2. Statements of a branch that is left out are parsed too, but their missing parameters are none
 *    and the files they name are not read.
 * 3. What was parsed is gone when the next statement is asked for: memory does not grow with the
 *    length of a script.
 */

/* A text being read; line and column count what stood before it in the whole input (0: nothing). */
struct script_source {
    const char *name;
    struct text text;
    int line, column;
};

enum {
    SCRIPT_ERRORS = 20,     /* a parse reports no more */
    SCRIPT_DEPTH = 16,      /* of files in files */
    SCRIPT_BRANCHES = 64,   /* of \if in \if */
    SCRIPT_INCLUDES = 10000 /* files that one run may go into, so that it ends */
};

struct script;

/* Who hears of a problem; source is the text it stands in. */
struct script_listener {
    void (*fail)(void *user, const struct script_source *source, const struct error *err);
    void *user;
};

struct script *script_new(struct session *session, const struct script_listener *listener,
    struct error *err) MUST_CHECK;
void script_free(struct script *script); /* NULL is harmless */

/*
 * Parses all sources to their end, files and all, and tells the listener what is wrong. \set and
 * SET dialect are obeyed on the way, as they will be in the run, and taken back at the end. Returns
 * how many problems there are, at most SCRIPT_ERRORS.
 */
unsigned script_check(struct script *script, const struct script_source *source, size_t count);

/* Goes to the beginning of a text, which is borrowed until the script ends or begins anew. */
enum error_code script_begin(struct script *script, const struct script_source *source,
    struct error *err) MUST_CHECK;
/* The same for a piece of a longer text: an \if that is open stays open. */
enum error_code script_continue(struct script *script, const struct script_source *source,
    struct error *err) MUST_CHECK;
/* Behind the last piece: ERROR_USAGE when an \if is still open. */
enum error_code script_end(const struct script *script, struct error *err) MUST_CHECK;

/* The statement to run next, or NULL with *done at the end; NULL with err set when it is wrong. */
struct tree *script_next(struct script *script, bool *done, struct error *err);
/* Goes behind the statement that was wrong. */
void script_recover(struct script *script);
/* The statement that was wrong is the next one again: its parameters have got their values. */
void script_again(struct script *script);
/* The text from the last statement on; empty when it came from a file that \i named. */
struct text script_rest(const struct script *script);
/* Where the last statement, or error, stands. */
const struct script_source *script_place(const struct script *script);
/* Whether the last statement came from a file that \i named. */
bool script_in_file(const struct script *script);
/* The warnings and missing parameters of the last parse. */
const struct language_context *script_context(const struct script *script);

/* Where the first statement of the text ends, behind its semicolon; 0: it does not end there. */
size_t script_find_end(struct script *script, struct text text);

#endif
