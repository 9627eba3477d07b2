#ifndef ENDPOINT_GATEWAY_JSONPATH_H
#define ENDPOINT_GATEWAY_JSONPATH_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * JSONPath as mappings and templates use it: $ .name ['name'] [n] [-n] [a:b] [*] .. unions and
 * filters ?(@.x op v), length() at the end. Compiled once, evaluated without recursion into the
 * document beyond the parser's depth. gateway.md 9.1.
 */
struct jsonpath;

enum { JSONPATH_LIMIT = 4096, JSONPATH_STEPS = 64, JSONPATH_RESULTS = 100000 };

/* In the arena; path is copied. NULL with err set (ERROR_USAGE with column). */
const struct jsonpath *jsonpath_parse(struct text path, struct arena *arena,
    struct error *err) MUST_CHECK;
/* No recursive descent and no filters: all that an HTTP API takes. */
bool jsonpath_is_simple(const struct jsonpath *path);

/*
 * What the path finds: a node of the document for a definite path, a new array for one that can
 * find several; NULL when nothing is there or memory is out (err->code tells).
 */
const struct json *jsonpath_find(const struct jsonpath *path, const struct json *document,
    struct arena *arena, struct error *err) MUST_CHECK;

#endif
