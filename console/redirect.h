#ifndef CONSOLE_REDIRECT_H
#define CONSOLE_REDIRECT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "console/job.h"

#include <stdatomic.h>
#include <stdbool.h>

/*
 * A place for rows other than stdout or the screen: a file, or what a shell command reads. Several
 * statements may write to one at the same time: whole rows, in any order.
 */
struct redirect;

/* "|sort -u" is a command, anything else a path. */
bool redirect_is_command(struct text target);
/*
 * Opens target; a file is emptied. captures: what the command prints is kept for redirect_close,
 * because the terminal belongs to the screen. ERROR_IO names the file or command.
 */
struct redirect *redirect_open(struct text target, bool captures, struct error *err) MUST_CHECK;
/*
 * Runs a statement with its rows going to target, in the format of the settings for what is no
 * terminal, and ends it. That the command does not read to the end is no failure. What it printed is
 * shown as a text.
 */
enum error_code redirect_run_to(struct text target, struct job *job, const struct tree *tree,
    enum error_code (*run)(struct job *job, const void *user, struct error *err), const void *user,
    struct error *err) MUST_CHECK;

/* The same with where \o has sent the rows of this session, when it did, and this is a statement of
   the prompt or of a script. */
enum error_code redirect_run_session(struct job *job, const struct tree *tree,
    enum error_code (*run)(struct job *job, const void *user, struct error *err), const void *user,
    struct error *err) MUST_CHECK;
/* Sends the rows of later statements there (NULL: to where they went at first) and ends what was
   before. redirect is taken. */
enum error_code redirect_set_session(struct job *job, struct redirect *redirect,
    struct error *err) MUST_CHECK;
/* At the end of a session: no job runs. */
enum error_code redirect_end_session(struct session *session, struct error *err) MUST_CHECK;

#endif
