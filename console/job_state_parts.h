#ifndef CONSOLE_JOB_STATE_PARTS_H
#define CONSOLE_JOB_STATE_PARTS_H

#include "console/job_state.h"

/* What job_state.c and job_state_read.c share. */

enum { JOB_STATE_VERSION = 1 };

/* The path of jobs/.. in the folder of states; out is initialised here, in any case. */
enum error_code job_state_add_path(struct buf *out, const char *name, struct error *err) MUST_CHECK;
/* What tells one statement from another, in the arena. */
enum error_code job_state_identify(const struct tree *tree, struct arena *arena, struct text *out,
    struct error *err) MUST_CHECK;

#endif
