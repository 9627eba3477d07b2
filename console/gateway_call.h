#ifndef CONSOLE_GATEWAY_CALL_H
#define CONSOLE_GATEWAY_CALL_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "client/service.h"
#include "console/job.h"
#include "console/plan.h"
#include "console/session.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Calls of gateway statements: reads with all their pages, and writes as a list of steps that is
 * shown by EXPLAIN, sent in order, and taken back when one of them fails (language.md G7).
 */

/* One call; the answer lives in job->arena. An empty answer gives an empty object. */
const struct json *gateway_call(struct job *job, struct link *link, const struct service *service,
    const char *operation, struct text input, struct error *err);

/* As gateway_call, with the response headers (raw lines) in job->arena too. */
const struct json *gateway_call_head(struct job *job, struct link *link,
    const struct service *service, const char *operation, struct text input, struct text *head,
    struct error *err);

/*
 * A whole listing: calls each(user, element) for every element of the list member ("item",
 * "items"), following the operation's paginator. each returns false when memory is used up.
 * input: members of the first request, without braces ("\"restApiId\":\"a1\"", or "").
 */
enum error_code gateway_list(struct job *job, struct link *link, const struct service *service,
    const char *operation, const char *input, const char *member,
    bool (*each)(void *user, const struct json *element), void *user, struct error *err) MUST_CHECK;

/*
 * One write. input is a JSON object; a step may need what an earlier one answered: the marker
 * made by gateway_result stands in place of that string. A step without an operation is there for
 * its undo alone, which comes after the undos of the steps behind it.
 */
struct gateway_step {
    const struct service *service;
    const char *operation; /* or NULL */
    struct text input;
    const char *live;           /* "at once", "after DEPLOY" */
    const char *result;         /* response member that later steps refer to, or NULL */
    const char *undo_operation; /* takes the step back, or NULL */
    struct text undo_input;
    bool is_part;       /* goes when an earlier step is taken back */
    struct text answer; /* value of result after the run */
};

struct gateway_steps {
    struct arena *arena;
    struct gateway_step *step;
    size_t count, capacity;
};

void gateway_steps_init(struct gateway_steps *steps, struct arena *arena);

/* Adds a step with a formatted input; NULL when memory is used up. Strings that come from people
   go through gateway_quoted. */
struct gateway_step *gateway_add_step(struct gateway_steps *steps, const struct service *service,
    const char *operation, const char *live, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* How to take back the last step, in the form of gateway_add_step; false: no memory. */
bool gateway_add_undo(struct gateway_steps *steps, const char *operation, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "\"text\"", escaped, in the arena; "null" texts do not occur. */
const char *gateway_quoted(struct arena *arena, struct text text);

/* A quoted marker for the result of step (its index), to be put where a string stands; prefix is
   what the string begins with ("integrations/"), or "". */
const char *gateway_result(struct arena *arena, const char *prefix, size_t step);

/* Puts every step into the plan's calls, markers shown as ?. */
void gateway_plan_steps(struct plan *plan, const struct gateway_steps *steps);

/*
 * Sends the steps in order. When one fails the earlier ones are taken back, last first; what
 * cannot be is named by ERROR_PARTIAL.
 */
enum error_code gateway_run_steps(struct job *job, struct link *link, struct gateway_steps *steps,
    struct error *err) MUST_CHECK;

#endif
