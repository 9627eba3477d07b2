#ifndef CONSOLE_LANGUAGE_PLANNER_MATCH_H
#define CONSOLE_LANGUAGE_PLANNER_MATCH_H

#include "console/language/planner.h"

/* Conditions against key schemas; for the files of the planner. */

enum planner_test {
    TEST_NONE, /* no condition on one attribute with values beside it */
    TEST_EQ,
    TEST_LT,
    TEST_LE,
    TEST_GT,
    TEST_GE,
    TEST_BETWEEN,
    TEST_BEGINS,
    TEST_IN
};

/* One part of WHERE between its top-level ANDs (P1). */
struct conjunct {
    struct expression *whole;
    enum planner_test test;
    struct text name;
    const struct value *low, *high; /* EQ, bounds and BEGINS: low; BETWEEN: both */
    const struct value **member;    /* IN */
    size_t member_count;
    bool used; /* is in the key condition, or was settled here */
};

struct conjuncts {
    struct conjunct *one;
    size_t count;
};

/* Splits WHERE and checks values against the types of key attributes (P1, P2). */
bool planner_split(struct arena *arena, const struct catalog_table *table, struct expression *where,
    struct conjuncts *out, struct error *err);
struct conjunct *planner_find_test(const struct conjuncts *conjuncts, const char *name,
    enum planner_test test);
/* A test on the attribute that may stand in a key condition beside the partition key. */
bool planner_is_range(const struct conjunct *conjunct);

/* What a key schema makes of the conditions. */
struct binding {
    struct expression *key_condition;
    const struct value **partition; /* IN on the only HASH attribute */
    size_t partition_count;
    struct expression *local; /* excluded ends, second prefixes */
    struct value *fixed;      /* attributes bound by =, as a map */
    bool contradicts;         /* no item can satisfy it */
};
bool planner_bind(struct arena *arena, const struct catalog_key *key, size_t count,
    const struct conjuncts *conjuncts, struct binding *out, struct error *err);

/* The AND of what no key condition took; NULL when nothing is left. */
bool planner_rest(struct arena *arena, const struct conjuncts *conjuncts, struct expression **out,
    struct error *err);
/* The first key attribute that the expression names, or NULL. */
const char *planner_names_key(const struct expression *expression, const struct catalog_key *key,
    size_t count);
/* Calls back for each path in it. */
void planner_each_path(const struct expression *expression,
    void (*each)(void *user, const struct path *path), void *user);

#endif
