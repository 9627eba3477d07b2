#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Programs that we start. They get no descriptor of ours but 0, 1 and 2, and no signal blocked. */

enum { PROCESS_OURS = -1, PROCESS_NOTHING = -2 };

/* What stands as 0, 1 and 2: a descriptor of the caller, ours, or /dev/null. */
struct process_options {
    int input, output, errors;
    bool own_group; /* Ctrl-C is not for it; kill(-pid) ends it with what it has started */
};

/* ERROR_IO names the program. The caller waits for pid. */
enum error_code process_start(char *const arguments[], const struct process_options *options,
    pid_t *pid, struct error *err) MUST_CHECK;
/* /bin/sh -c command */
enum error_code process_start_shell(const char *command, const struct process_options *options,
    pid_t *pid, struct error *err) MUST_CHECK;

/* The exit status, 128 and the number of a signal, or -1 when it cannot be had. When *cancel
   becomes true (NULL: never), SIGTERM is sent once. */
int process_wait(pid_t pid, const atomic_bool *cancel);

enum { PROCESS_WORDS = 16 };
/* $VISUAL, $EDITOR, else vi, split at blanks outside quotes: no shell is asked. The words lie in
   line; word[] has room for one more and a NULL. Returns how many, 0 for an empty one. */
size_t process_editor(char *line, size_t size, char *word[PROCESS_WORDS + 2]);

#endif
