#ifndef CONSOLE_STATEMENTS_TABLE_CALL_H
#define CONSOLE_STATEMENTS_TABLE_CALL_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "console/job.h"
#include "console/session.h"
#include "console/statement.h"

/*
 * The statement inside a route's TABLE ( .. ) target: it must plan to exactly one call, and :path.x,
 * :query.x, :header.x, :body.f, :context.x, :stage.x in it stand for the request (language.md G9).
 */
struct table_call {
    const char *operation;        /* "GetItem", "Query", "PutItem" */
    struct text table;            /* its name */
    struct text request_template; /* JSON with the template references in it; in job->arena */
};

/* GET, QUERY or PUT up to the closing parenthesis, which is not taken. */
struct tree *table_call_parse(struct lexer *lexer, struct tree *outer, struct error *err);

/*
 * Adds a statement whose plan is this call of an operation ("GetItem") with this template.
 * ERROR_INVALID when it cannot be read back; what is printed may still plan to another one.
 */
enum error_code table_call_print(struct job *job, struct link *link, struct text operation,
    struct text request_template, struct buf *out, struct error *err) MUST_CHECK;

/* Plans the inner statement with the link's catalog; ERROR_USAGE when it is not one call. */
enum error_code table_call_plan(struct job *job, struct link *link, struct tree *inner,
    struct table_call *out, struct error *err) MUST_CHECK;

#endif
