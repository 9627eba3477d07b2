#ifndef ENDPOINT_GATEWAY_JSONPATH_TREE_H
#define ENDPOINT_GATEWAY_JSONPATH_TREE_H

#include "endpoint/gateway/jsonpath.h"

/* A compiled path; only jsonpath.c (which makes it) and jsonpath_find.c see it. */

enum jsonpath_step_kind { STEP_NAME, STEP_INDEX, STEP_SLICE, STEP_WILD, STEP_UNION, STEP_FILTER };
enum jsonpath_op { OP_EXISTS, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE };

/* One comparison of a filter; next by "&&" or, where ends_group is set, by "||". */
struct jsonpath_term {
    bool negated, ends_group;
    struct jsonpath_step *step; /* of the path behind "@" */
    enum jsonpath_op op;
    enum json_kind kind; /* of the literal */
    struct text literal;
    struct jsonpath_term *next;
};

struct jsonpath_step {
    enum jsonpath_step_kind kind;
    bool descend; /* ".." in front: at every depth */
    struct text name;
    int64_t from, to; /* index, or slice; has_* say what was given */
    bool has_from, has_to;
    struct jsonpath_step *choice; /* of a union, linked by next */
    struct jsonpath_term *term;
    struct jsonpath_step *next;
};

struct jsonpath {
    struct jsonpath_step *first;
    bool definite; /* finds at most one node */
    bool simple;
    bool length; /* ends in .length() */
};

#endif
