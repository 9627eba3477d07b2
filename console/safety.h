#ifndef CONSOLE_SAFETY_H
#define CONSOLE_SAFETY_H

#include "base/error.h"
#include "console/job.h"
#include "console/plan.h"
#include "console/session.h"

/*
 * What is asked before something risky (language.md 7.1): the class of the plan, the setting
 * confirm and the environment of the profile give the grade.
 */
enum safety_grade { SAFETY_FREE, SAFETY_YES_NO, SAFETY_NAME };

enum safety_grade safety_grade(enum plan_risk risk, const char *confirm, const char *environment);

/*
 * Takes the permission to write through the plan's connection (job->allow_write) and asks through
 * job->ask what the risk of the plan demands, before its run. ERROR_NONE: go on;
 * ERROR_REFUSED: not confirmed, err says what would have been asked.
 */
enum error_code safety_confirm(struct job *job, const struct tree *tree, const struct plan *plan,
    struct error *err) MUST_CHECK;

/*
 * The same for a question that a run function has once it knows more (MANY after its first phase,
 * a PUT that would replace). text: one sentence; details: lines or ""; kind and name: what must be
 * typed ("count", "500").
 */
enum error_code safety_ask(struct job *job, const struct plan *plan, enum plan_risk risk,
    const char *text, const char *details, const char *kind, const char *name,
    struct error *err) MUST_CHECK;

/*
 * A job's ask function where nobody can be asked: --yes answers y/N and, outside production,
 * names; --i-mean KIND=NAME answers names.
 */
bool safety_answer(struct job *job, const struct question *question, struct error *err);

#endif
