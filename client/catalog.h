#ifndef CLIENT_CATALOG_H
#define CLIENT_CATALOG_H

#include "base/error.h"
#include "base/text.h"
#include "client/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is known so far of one connection: tables with keys and indexes, attribute names seen,
 * APIs with routes and stages. Jobs write, panels, planner and completion copy or borrow through
 * snapshots. Snapshots are immutable and reference-counted; release each one. Thread-safe.
 */
struct catalog;

struct catalog_key {
    char *name;
    char type; /* 'S', 'N', 'B' */
    bool is_range;
};
struct catalog_index {
    char *name;
    bool is_local;
    size_t key_count;
    struct catalog_key *key; /* HASH attributes, then RANGE attributes */
    char projection[10];     /* "ALL", "KEYS_ONLY", "INCLUDE" */
    size_t include_count;
    char **include;
    char status[16]; /* "ACTIVE", "CREATING" ... */
    bool backfilling;
    uint64_t items, bytes;
    uint64_t read_limit, write_limit; /* units a second, as those of a table; 0: not its own */
};
struct catalog_table {
    char *name, *arn, *status;
    char *id; /* TableId: another one for a table made anew; "" or NULL: not known */
    size_t key_count;
    struct catalog_key *key;
    size_t index_count;
    struct catalog_index *index;
    bool on_demand;
    uint64_t read_units, write_units; /* provisioned, 0 on demand */
    uint64_t read_limit, write_limit; /* provisioned, or the maximum on demand; 0: none is known */
    uint64_t items, bytes;            /* the service's estimates */
    bool stream, protected_;
    char *ttl; /* attribute, or NULL */
    char *table_class;
    char *json;         /* the Table object of DescribeTable, as received */
    uint64_t described; /* monotonic time of the DescribeTable; 0 = name only */
    char *failure;      /* why DescribeTable failed, or NULL */
};
struct catalog_stage {
    char *name, *deployment;
    bool auto_deploy;
    int undeployed;   /* changes waiting; -1 = not known */
    uint64_t updated; /* wall */
};
struct catalog_route {
    char *method, *path; /* v2: key split at the blank; "$default" in path */
    char *id;            /* v2 route id, v1 resource id */
    char *target;        /* "URL http://..", "MOCK 200", "TABLE GetItem" */
    char *target_type;   /* HTTP_PROXY, MOCK, AWS, AWS_PROXY, HTTP */
    int timeout_ms;
    char *authorization;
    bool key_required;
    char *json; /* the method or route with its integration */
};
struct catalog_api {
    char *id, *name;
    char kind; /* 'R' REST, 'H' HTTP, 'W' WEBSOCKET */
    char *endpoint;
    uint64_t created;
    bool routes_known;
    size_t route_count, stage_count;
    struct catalog_route *route; /* most specific first, as the router matches */
    struct catalog_stage *stage;
};

/* One immutable picture. */
struct catalog_snapshot {
    uint64_t version;
    size_t table_count;
    const struct catalog_table *const *table; /* by name */
    size_t api_count;
    const struct catalog_api *const *api; /* by name, then id */
    bool tables_known, apis_known;        /* a complete listing has been seen */
};

struct catalog *catalog_new(struct error *err) MUST_CHECK;
void catalog_free(struct catalog *catalog);
uint64_t catalog_version(const struct catalog *catalog);
const struct catalog_snapshot *catalog_snapshot(struct catalog *catalog); /* NULL: no memory */
void catalog_release(struct catalog *catalog, const struct catalog_snapshot *snapshot);

const struct catalog_table *catalog_find_table(const struct catalog_snapshot *snapshot,
    struct text name);
const struct catalog_index *catalog_find_index(const struct catalog_table *table, struct text name);
const struct catalog_api *catalog_find_api(const struct catalog_snapshot *snapshot,
    struct text name_or_id, size_t *matches);

/* Writers. Names in, a table that vanished is dropped. */
enum error_code catalog_set_tables(struct catalog *catalog, const struct text *name, size_t count,
    struct error *err) MUST_CHECK;
/* The Table object of a DescribeTable answer, its text too. */
enum error_code catalog_set_table(struct catalog *catalog, const struct json *table,
    struct text source, struct error *err) MUST_CHECK;
void catalog_set_table_failure(struct catalog *catalog, struct text name, const char *why);
void catalog_set_table_ttl(struct catalog *catalog, struct text name, struct text attribute);
void catalog_forget_table(struct catalog *catalog, struct text name);
/* Whole list; routes and stages of APIs that stay are kept. Copies what it is given. */
enum error_code catalog_set_apis(struct catalog *catalog, const struct catalog_api *api,
    size_t count, struct error *err) MUST_CHECK;
enum error_code catalog_set_api(struct catalog *catalog, const struct catalog_api *api,
    struct error *err) MUST_CHECK;
void catalog_forget_api(struct catalog *catalog, struct text id);

/* The key attributes of an item, as VALUE_M in arena, their values shared with it; NULL when one is
   missing or the arena is full. */
const struct value *catalog_key_of(struct arena *arena, const struct catalog_table *table,
    const struct value *item);

/* Attribute names, nested paths and, as client/seen_values.h bounds them, values seen in items of a
   table: for completion. */
void catalog_note_item(struct catalog *catalog, struct text table, const struct value *item);
/* Calls back with each known attribute path of the table, under the lock: be short. */
void catalog_attributes(struct catalog *catalog, struct text table,
    void (*each)(void *user, struct text path), void *user);
/* The same with each value of one of them, newest first, as a literal. */
void catalog_values(struct catalog *catalog, struct text table, struct text path,
    void (*each)(void *user, const char *literal), void *user);

#endif
