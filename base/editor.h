#ifndef BASE_EDITOR_H
#define BASE_EDITOR_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

/* Gives the terminal to a program until it ends: its exit status, or -1 with err set. */
typedef int editor_run(void *user, char *const arguments[], struct error *err);

/*
 * Opens $VISUAL, $EDITOR, else vi on the text. Its file lies in the folder of the runtime, is for us
 * alone and gone before this returns. suffix (".gh", ".json") tells the editor what it holds. The text
 * stays as it was when the editor cannot be started (ERROR_IO, ERROR_USAGE), ends with another status
 * than 0 (ERROR_CANCELLED), or leaves what cannot be read, as more than the limit of the buffer: then
 * the file stays, and the hint names it.
 */
enum error_code editor_edit(const char *suffix, struct buf *text, editor_run *run, void *user,
    struct error *err) MUST_CHECK;

/* A text that would else be lost, kept beside it as a file that ends in ".rej"; path is cleared. */
enum error_code editor_keep(const char *suffix, struct text text, struct buf *path,
    struct error *err) MUST_CHECK;

#endif
