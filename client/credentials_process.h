#ifndef CLIENT_CREDENTIALS_PROCESS_H
#define CLIENT_CREDENTIALS_PROCESS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdbool.h>

enum { CREDENTIALS_PROCESS_SECONDS = 60, CREDENTIALS_OUTPUT_LIMIT = 64 * 1024 };

/*
 * Runs a command line by /bin/sh, as the AWS tools do with credential_process, in a process group
 * of its own, without terminal input; what it writes to standard output is added to out.
 * ERROR_ACCESS when it fails, writes too much or takes longer than limit_ms; ERROR_CANCELLED.
 */
enum error_code credentials_process_run(const char *command, unsigned limit_ms,
    const atomic_bool *cancel, struct buf *out, struct error *err) MUST_CHECK;

/* False with err set when it is no JSON of Version 1, as the AWS tools ask for. */
bool credentials_process_answers(struct text output, struct error *err);

#endif
