#ifndef CONSOLE_CODE_PROMPT_H
#define CONSOLE_CODE_PROMPT_H

#include "base/error.h"
#include "console/job.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The code of an MFA device, asked on the terminal without echo, in batch and line mode. It is
 * read past readline, so that it reaches no history.
 */

/* Standard input and error are a terminal. */
bool code_prompt_is_possible(void);

/* A job's ask_code function; any thread, one question at a time. */
bool code_prompt(struct job *job, const char *question, char *out, size_t size, struct error *err);

#endif
