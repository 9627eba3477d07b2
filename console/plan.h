#ifndef CONSOLE_PLAN_H
#define CONSOLE_PLAN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "client/service.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What a statement will do, before it does it: the lines EXPLAIN prints, the calls, the risk.
 * Built by the record's plan function in the arena of the job; run by its run function.
 */
enum plan_label { /* in the order they are printed, language.md 5 */
    PLAN_PLAN,
    PLAN_REFUSED,
    PLAN_KEYS,
    PLAN_FILTER,
    PLAN_LOCAL,
    PLAN_RETURNS,
    PLAN_STOP,
    PLAN_MODEL,
    PLAN_REJECTED,
    PLAN_COST,
    PLAN_RISK,
    PLAN_NOTE
};

struct plan_line {
    enum plan_label label;
    const char *text;
    struct plan_line *next;
};

struct plan_call {
    const struct service *service;
    const struct operation *operation;
    const char *count;   /* "1", "1 or more", "0 or more" */
    const char *live;    /* "at once", "after DEPLOY", or NULL for tables */
    struct text request; /* JSON; parts not known before the run print as ? */
    struct plan_call *next;
};

/* language.md 7.1 */
enum plan_risk { RISK_NONE, RISK_ONE, RISK_MANY, RISK_DESTROY };

struct link;  /* session.h */
struct value; /* client/value.h */

struct plan {
    struct arena *arena;
    struct link *link; /* the connection it speaks to; NULL for local statements */
    struct plan_line *line, **line_end;
    struct plan_call *call, **call_end;
    enum plan_risk risk;
    const char *risk_kind;   /* "table", "api", "stage" */
    const char *risk_name;   /* what the user must type: "orders", "shop/prod" */
    const char *question;    /* one sentence: what will happen; NULL: the default one */
    bool asks_itself;        /* the run asks once it knows more (safety_ask) */
    const char *diff;        /* lines "path: old -> new", for the question, or NULL */
    enum error_code refusal; /* ERROR_NONE, or why run would refuse; see refused */
    const char *refused, *refused_hint;
    void *detail;                 /* the family's own struct */
    const struct value *item_key; /* of the only item that is read or written, or NULL */
    const char
        *action;    /* what it is in a transaction, when its call does not say: ConditionCheck */
    bool is_single; /* writes one object: SET stage on stages it */
    bool is_shown;  /* by EXPLAIN: samples of requests are worth their while */
    /* A table planned from what the catalogue already knew: when the service contradicts it, the
       statement is planned once more. The run sets it to NULL once something has been done. */
    const char *stale_table;
};

void plan_init(struct plan *plan, struct arena *arena);
/* Adds a line; the text is formatted into the arena. Memory failures show in arena_failed. */
void plan_add(struct plan *plan, enum plan_label label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void plan_add_call(struct plan *plan, const struct service *service, const char *operation,
    const char *count, const char *live, struct text request);
/* Notes that a run would be refused; returns ERROR_NONE so that EXPLAIN can go on. */
enum error_code plan_refuse(struct plan *plan, enum error_code code, const char *hint,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
