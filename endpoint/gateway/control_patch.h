#ifndef ENDPOINT_GATEWAY_CONTROL_PATCH_H
#define ENDPOINT_GATEWAY_CONTROL_PATCH_H

#include "endpoint/gateway/control.h"

/*
 * {"patchOperations": [{op, path, value, from}]} on a document: gateway.md 2.4. The rules of a
 * resource say which paths there are; a path without a rule is an error, never ignored.
 */
enum {
    PATCH_ADD = 1,
    PATCH_REMOVE = 2,
    PATCH_REPLACE = 4,
    PATCH_COPY = 8,
    PATCH_ALL = PATCH_ADD | PATCH_REMOVE | PATCH_REPLACE
};

/* What stands at the path; a last "{}" is the key of a map or the element of a list. */
enum patch_kind { PATCH_TEXT, PATCH_BOOL, PATCH_INTEGER, PATCH_DOUBLE, PATCH_LIST, PATCH_OBJECT };

enum { PATCH_PARTS = 8 };

struct patch_step {
    unsigned op; /* PATCH_ADD .. PATCH_COPY */
    struct text path, value, from;
    struct text part[PATCH_PARTS]; /* decoded parts of path */
    size_t part_count;
};

typedef bool patch_run(struct control *call, struct json *document, const struct patch_step *step);

struct patch_rule {
    const char *path; /* "/variables/{}" */
    unsigned ops;
    enum patch_kind kind;
    const char *choices;      /* of a text, "a|b", or NULL */
    int64_t minimum, maximum; /* of an integer, when they differ */
    patch_run *run;           /* does the work instead of the engine, or NULL */
};

/* Applies the operations of the request body in order; the first error ends it. */
bool control_patch(struct control *call, const struct patch_rule *rule, size_t count,
    struct json *document);

/* "Invalid patch path ..." with the paths the rules have for that operation. */
bool patch_fail_path(struct control *call, const struct patch_rule *rule, size_t count,
    const struct patch_step *step);

/* Puts the text as a value of that kind; false after control_fail when it is none. */
bool patch_set_value(struct control *call, struct json *object, struct text name,
    enum patch_kind kind, const struct patch_step *step);

#endif
