#ifndef CONSOLE_STATEMENTS_ROUTES_H
#define CONSOLE_STATEMENTS_ROUTES_H

#include "console/gateway_call.h"
#include "console/gateway_catalog.h"
#include "console/statement.h"

/* The calls that a parsed CREATE ROUTE would send if the API had no routes yet; nothing is sent.
   A throttle is left out. */
enum error_code route_compile(struct job *job, const struct tree *tree, struct link *link,
    const struct gateway_api *api, struct gateway_steps *steps, struct error *err) MUST_CHECK;

#endif
