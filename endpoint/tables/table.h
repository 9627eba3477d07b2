#ifndef ENDPOINT_TABLES_TABLE_H
#define ENDPOINT_TABLES_TABLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "client/value.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a table is: keys, indexes, settings. A description does not change once it is published in
 * the catalog; a change makes a new one. Any thread may read it while it holds a reference.
 */

/* tables.md 3 */
enum {
    TABLE_KEY_LIMIT = 8, /* 4 HASH and 4 RANGE attributes */
    TABLE_PART_LIMIT = 4,
    TABLE_LOCAL_LIMIT = 5,
    TABLE_GLOBAL_LIMIT = 20,
    TABLE_INDEX_LIMIT = TABLE_LOCAL_LIMIT + TABLE_GLOBAL_LIMIT,
    TABLE_SLOT_COUNT = TABLE_INDEX_LIMIT + 1,
    TABLE_INCLUDE_LIMIT = 20,
    TABLE_INCLUDE_TOTAL = 100,
    TABLE_HASH_SIZE = 2048,
    TABLE_RANGE_SIZE = 1024,
    TABLE_ITEM_SIZE = 409600,
    /* JSON of one item: "1E125" counts 2 bytes and is 126 digits long. */
    TABLE_JSON_LIMIT = 32 * 1024 * 1024,
    TABLE_COUNT_LIMIT = 2500
};

struct key_attribute {
    struct text name;
    enum value_type type; /* S, N or B */
};

/* HASH attributes first, then RANGE. */
struct key_schema {
    size_t hash_count, range_count;
    struct key_attribute attribute[TABLE_KEY_LIMIT];
};

enum projection_kind { PROJECTION_ALL, PROJECTION_KEYS_ONLY, PROJECTION_INCLUDE };

/* What the records of a stream hold besides the keys: streams.h */
enum stream_view {
    STREAM_OFF,
    STREAM_KEYS_ONLY,
    STREAM_NEW_IMAGE,
    STREAM_OLD_IMAGE,
    STREAM_BOTH_IMAGES
};

struct throughput {
    int64_t read, write; /* units per second; 0 on demand */
};

/*
 * What the service still does to a table: for a time (settings.h), or until somebody says that it
 * is done (TABLE_UNTIL_DONE). CREATING and UPDATING are over by themselves, DELETING when the
 * writer has dropped the table.
 */
enum table_state { TABLE_ACTIVE, TABLE_CREATING, TABLE_UPDATING, TABLE_DELETING };
#define TABLE_UNTIL_DONE ((uint64_t)INT64_MAX)

struct table_index {
    int slot; /* 1..25: rows are in i_{id}_{slot}, counters at this position */
    struct text name;
    bool local;
    bool backfilling;
    uint64_t creating_until_ms; /* CREATING at least until then; 0 = ready */
    struct key_schema key;
    enum projection_kind projection;
    size_t named_count; /* NonKeyAttributes, as sent */
    struct text *named;
    size_t held_count; /* table key, index key and named attributes, sorted; not for ALL */
    struct text *held;
    struct throughput throughput;
    struct text on_demand, warm; /* JSON as asked; empty = never asked */
};

struct table_meters;

/* Live totals: position 0 is the table itself, then the slots. Shared by all descriptions. */
struct table_counters {
    atomic_uint references;
    atomic_int_least64_t items[TABLE_SLOT_COUNT], bytes[TABLE_SLOT_COUNT];
    struct table_meters *meters;     /* owned; throttle.c only; NULL until something is enforced */
    atomic_int_least64_t history_ms; /* of the last entry of the undo log; 0: not known */
    atomic_int_least64_t sequence;   /* of the latest stream record since the start */
};

/* Where a restored table came from. */
struct table_restore {
    struct text backup_arn; /* empty: from the source's undo log */
    struct text table_arn;
    int64_t table;  /* id of the source */
    uint64_t at_ms; /* the moment that it is a copy of; 0: not restored */
};

struct table {
    atomic_uint references;
    struct arena *arena; /* owns what is below */
    struct table_counters *counters;
    int64_t id;
    struct text account, region, name, arn, uuid;
    uint64_t created_ms;
    enum table_state state;
    uint64_t state_until_ms;
    struct key_schema key;
    size_t definition_count; /* AttributeDefinitions, in the order sent */
    struct key_attribute *definition;
    size_t index_count; /* local ones first, in the order sent */
    struct table_index *index;
    struct table_index *leaving; /* being deleted: nothing but its rows is left; NULL = none */
    bool has_local;
    bool on_demand;
    uint64_t on_demand_since_ms; /* 0: never was */
    struct throughput throughput;
    uint64_t increased_ms, decreased_ms;            /* 0: never */
    bool guarded;                                   /* DeletionProtectionEnabled */
    struct text class;                              /* "STANDARD"; empty = never set */
    struct text on_demand_limits, warm, encryption; /* JSON as asked; empty = never asked */
    struct text expiry;                             /* attribute of time to live; empty = off */
    bool expiry_backfilling;
    uint64_t history_since_ms; /* of point-in-time recovery; 0 = off */
    int64_t history_days;      /* its period */
    int64_t stream;            /* records of changes go there: streams.h; 0 = none */
    enum stream_view stream_view;
    struct text stream_label; /* of the latest one; empty = never had one */
    struct table_restore restore;
};

/* A draft with nothing in it but its arena and one reference; NULL with err set. */
struct table *table_new(struct error *err) MUST_CHECK;
void table_retain(struct table *table);
void table_release(struct table *table); /* NULL is harmless */

/* Sets the names and the ARN; false when out of memory. */
bool table_name(struct table *table, struct text account, struct text region, struct text name);
/* Attributes each index holds and other derived fields; call after the last change of a draft. */
bool table_finish(struct table *table);

/* As it is kept in the catalog. table_read gives a finished table without counters. */
void table_write(const struct table *table, struct json_writer *writer);
struct table *table_read(const struct json *json, struct error *err) MUST_CHECK;
/* A draft that is a copy and shares the counters. */
struct table *table_copy(const struct table *table, struct error *err) MUST_CHECK;

/* Its state now; clock_wall() is asked only when something is going on. */
enum table_state table_state(const struct table *table);
const char *table_state_name(enum table_state state); /* "CREATING" */
/* Is it still being filled from a backup or an undo log? */
bool table_is_restoring(const struct table *table);
/* May items be read and written? */
bool table_is_open(const struct table *table);
bool table_index_is_ready(const struct table_index *index);
/* Fresh zeroed counters; false when out of memory. */
bool table_count(struct table *table);

const struct table_index *table_find_index(const struct table *table, struct text name);
/* The attribute's place in the key, or NULL. */
const struct key_attribute *key_find(const struct key_schema *key, struct text name);
size_t key_count(const struct key_schema *key);
/* True when the index row holds the attribute. */
bool index_holds(const struct table_index *index, struct text name);
const char *projection_name(enum projection_kind kind);

/* "NEW_AND_OLD_IMAGES" */
const char *stream_view_name(enum stream_view view);
/* STREAM_OFF when it is none of them. */
enum stream_view stream_view_parse(struct text name);
bool stream_view_has_new(enum stream_view view);
bool stream_view_has_old(enum stream_view view);

#endif
