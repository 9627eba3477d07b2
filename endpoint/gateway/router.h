#ifndef ENDPOINT_GATEWAY_ROUTER_H
#define ENDPOINT_GATEWAY_ROUTER_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Paths to what serves them, gateway.md 7: a tree by segments; static before {var} before
 * {proxy+}; a verb before ANY. Built once, then only read. Lives in an arena.
 */
struct router;

enum { ROUTER_VARIABLES = 64, ROUTER_ANY = 7, ROUTER_VERBS = 8 };

struct router *router_new(struct arena *arena); /* NULL: no memory */

/*
 * path "/pets/{id}"; its text must outlive the router. Verb "GET" .. "ANY". False when memory is
 * out or the path has more than ROUTER_VARIABLES variables.
 */
bool router_add(struct router *router, struct text path, struct text verb, void *value);

/* GET PUT POST DELETE PATCH OPTIONS HEAD ANY: 0 .. 7, or -1. */
int router_verb(struct text verb);

struct router_variable {
    struct text name, value; /* value as sent, still encoded; views into the path */
};
struct router_match {
    void *value;
    struct router_variable variable[ROUTER_VARIABLES];
    size_t variable_count;
};

/*
 * REST: a resource without the verb does not end the search; a trailing slash does not count.
 * HTTP: full matches first, then greedy ones; $default is the caller's.
 * False when nothing serves it.
 */
bool router_find_rest(const struct router *router, struct text verb, struct text path,
    struct router_match *match);
bool router_find_http(const struct router *router, struct text verb, struct text path,
    struct router_match *match);

#endif
