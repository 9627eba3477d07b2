#ifndef CONSOLE_LANGUAGE_PLANNER_H
#define CONSOLE_LANGUAGE_PLANNER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "client/catalog.h"
#include "client/expression.h"
#include "client/value.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How a table is read: rules P1 to P16 of language.md 4. A struct read is what the statement says,
 * a struct read_plan what will be done. Both live in the arena of the job or tree.
 */

enum read_verb { READ_SELECT, READ_QUERY, READ_SCAN, READ_COUNT };
enum read_projection { READ_ALL, READ_KEYS, READ_NUMBER, READ_PATHS };
enum { READ_LIMIT_NOT_SAID = -1, READ_LIMIT_ALL = 0 };

/* AT: thousandths of a unit a second, or of a per cent of what the table offers; 0: not said. */
struct rate_said {
    uint64_t milli, percent_milli;
};

struct read {
    enum read_verb verb;
    struct table_ref table;
    enum read_projection what;
    const struct projection *projection; /* READ_PATHS */
    bool consistent, fetch, allow_scan, order_local, descending;
    bool whole_items;  /* no index unless it is named: it may hold less than the table */
    struct text index; /* t.index or USING INDEX; empty: the planner's choice */
    struct token index_token;
    const struct key_literal *key_in; /* KEYS IN */
    size_t key_in_count;
    struct expression *where, *filter_local;
    const struct path *order;
    int64_t limit;             /* rows, or READ_LIMIT_* */
    int64_t examine;           /* items read; 0: not said */
    const struct value *start; /* key map, or a string: the token of a footer */
    struct token start_token;  /* START */
    int64_t segments;          /* 0: not said */
    bool by_size;              /* they are as many as the size suggests: planner_segments() */
    struct rate_said rate;     /* RCU */
    uint64_t sample_milli;     /* SAMPLE: thousandths of a Scan; 0: all of it */
    int64_t pages;             /* NEXT n: stop after so many; 0: no limit */
};

enum read_access { READ_NOTHING, READ_GET, READ_BATCH, READ_BY_QUERY, READ_BY_SCAN };

enum { READ_WARNING_LIMIT = 4 };

/*
 * How far each segment of a read has come, for work that goes on after an end of the process. page
 * is called after each page, when its rows have gone to the sink and its place is noted; with
 * several segments under the lock of the rows.
 */
struct read_place {
    struct buf key; /* DynamoDB JSON to go on behind; empty: from the start */
    bool ended;
};
struct read_places {
    struct read_place *place; /* one per segment, or one */
    size_t segment;           /* whose page has come, for page */
    enum error_code (*page)(void *user, const struct rows_status *status, struct error *err);
    void *user;
};

struct read_plan {
    const struct read *read;
    struct link *link;
    const struct catalog_table *table;
    const struct catalog_index *index; /* NULL: the table itself */
    const struct catalog_key *key;     /* of the schema that is read */
    size_t key_count;
    enum read_access access;
    struct expression *key_condition; /* without the partition key when partition_count > 0 */
    const struct value **partition;   /* IN on the partition key: one Query each */
    size_t partition_count;
    const struct value *fixed;     /* key attributes bound by =, or NULL */
    const struct value **item_key; /* READ_GET, READ_BATCH: whole keys */
    size_t item_key_count;
    struct expression *filter;      /* sent */
    struct expression *local;       /* evaluated here; FILTER LOCAL not in it */
    const struct projection *sent;  /* NULL: all attributes */
    const struct projection *shown; /* applied here when more was read; NULL: what came */
    bool count_only;                /* Select COUNT */
    bool whole_local_index;         /* Select ALL_ATTRIBUTES on a local index */
    bool is_ordered;                /* ORDER BY by the service */
    bool merges;                    /* several Querys merged by sort key */
    int64_t limit;                  /* rows; 0: no limit */
    int64_t examine;
    uint64_t segments; /* 0: not a parallel read */
    uint64_t rate_milli;
    const struct value *start;  /* key to go on behind, or NULL */
    struct read_places *places; /* NULL: nobody wants to know */
    uint64_t *segment_items;    /* read so far, of each segment; NULL: nobody wants to know */
    const char *warning[READ_WARNING_LIMIT];
    size_t warning_count;
    bool is_get;           /* GET: an absent item is an error */
    bool is_listed;        /* the rows are what was asked for: NEXT may go on with them */
    bool described_before; /* the catalogue answered: it may be stale */
};

/*
 * The table by DescribeTable, or from the catalogue when that is younger than a minute, copied
 * into the arena of the job. NULL with err set; an absent table is ERROR_NOT_FOUND with the nearest
 * name. *cached (may be NULL) says that no call was made.
 */
const struct catalog_table *planner_table(struct job *job, struct link *link, struct text name,
    bool *cached, struct error *err);
/* What a "not found" of the service says to the person, with the nearest name; forgets the table. */
void planner_no_table(struct link *link, struct text name, struct error *err);
/* Puts the Table object of a DescribeTable answer into the catalogue. */
enum error_code planner_keep_table(struct link *link, const struct json *table,
    struct error *err) MUST_CHECK;
/* The link of a reference: its connection prefix, or the current one. */
struct link *planner_link(struct job *job, const struct table_ref *ref, struct error *err);

/*
 * Plans a read. A refusal (Scan without the word) is noted in plan and leaves access READ_BY_SCAN.
 * Lines, call and risk go into plan; NULL with err set otherwise.
 */
struct read_plan *planner_read(struct job *job, const struct read *read, struct plan *plan,
    struct error *err);

/* GetItem of one key; the same lines. */
struct read_plan *planner_get(struct job *job, const struct read *read,
    const struct key_literal *key, struct plan *plan, struct error *err);

/* The position of an attribute in a key schema, or SIZE_MAX. */
size_t planner_find_key(const struct catalog_key *key, size_t count, struct text name);
const char *planner_type_word(char key_type);              /* 'S' -> "STRING" */
const char *planner_value_word(const struct value *value); /* "STRING", "MAP" ... */
/* value as it fits the key attribute: itself, a marker retyped, or NULL with err set. */
const struct value *planner_fit(struct arena *arena, const struct catalog_key *key,
    const struct value *value, struct error *err);
/* The whole key of one item from what stands behind the table, as VALUE_M. */
const struct value *planner_item_key(struct arena *arena, const struct catalog_table *table,
    const struct key_literal *literal, struct error *err);

/* A key that is not known before the run, for samples of requests; and a request with the parts of
   such a key as ?. */
const struct value *planner_unknown_key(struct arena *arena, const struct catalog_table *table,
    struct error *err);
struct text planner_hide_key(struct arena *arena, const struct value *key, struct text request);

/* Text that two keys share when they are equal by value. */
bool planner_add_key_text(struct arena *arena, const struct value *key, struct buf *out,
    struct error *err);

/* What changes from call to call. */
struct read_page {
    size_t partition;    /* which one, when there are several */
    int64_t limit;       /* Limit; 0: none */
    struct text start;   /* ExclusiveStartKey as DynamoDB JSON; empty: none */
    uint64_t segment;    /* of plan->segments */
    size_t first, count; /* keys of a BatchGetItem */
};
/* The request of one call, in out; ERROR_INVALID when an expression passes the service's limits. */
enum error_code planner_request(const struct read_plan *plan, const struct read_page *page,
    struct arena *arena, struct buf *out, struct error *err) MUST_CHECK;
/* BatchGetItem of these keys; fetch: whole items behind an index. */
enum error_code planner_batch_request(const struct read_plan *plan, bool fetch,
    const struct value *const *key, size_t count, struct arena *arena, struct buf *out,
    struct error *err) MUST_CHECK;
const char *planner_operation(const struct read_plan *plan);
/* Limit of a call when so many rows are still wanted and so many items may still be examined
   (0: no bound): 0 where something is filtered. */
int64_t planner_call_limit(const struct job *job, const struct read_plan *plan, int64_t rows,
    int64_t examine);

/* Long IN lists split into several, joined by OR: the service takes 100 operands (P22). */
struct expression *planner_split_lists(struct arena *arena, struct expression *expression);
/* 4 KB and 300 operators. */
enum error_code planner_check_expression(const char *what, const struct expression *expression,
    size_t length, struct error *err) MUST_CHECK;

void planner_explain(const struct job *job, const struct read_plan *read, struct plan *plan);
/* "about 48 MB", "5,900", "2,904" */
void planner_add_size(struct buf *out, uint64_t bytes);
void planner_add_about(struct buf *out, uint64_t number, unsigned digits);
void planner_add_thousands(struct buf *out, uint64_t number);

/* Segments that a table of that size is read and written in: 1 below 64 MB, 4, 8, 16 (language.md 6). */
unsigned planner_segments(uint64_t bytes);

/* Thousandths of a unit a second; a per cent of a throughput that is not known is ERROR_USAGE. limit:
   of the table or index called name; kind: "RCU" or "WCU". */
enum error_code planner_rate(struct rate_said said, uint64_t limit, const char *name,
    const char *kind, uint64_t *rate_milli, struct error *err) MUST_CHECK;

/*
 * SAMPLE p%: a Scan of some of many segments, which lie evenly, so that 0.1 % is one of them. Whether
 * a segment is one of the sample.
 */
enum { PLANNER_SAMPLE_SEGMENTS = 1000 };
bool planner_samples(const struct read *read, uint64_t segment);
/* The paths, and the key of the table besides; NULL without memory. */
const struct projection *planner_add_keys(struct arena *arena, const struct projection *paths,
    const struct catalog_table *table);

/* What a rate in per cent comes to, as a note; said must have gone through planner_rate(). */
void planner_explain_rate(struct rate_said said, uint64_t rate_milli, const char *kind,
    struct plan *plan);

/* RCU of reading everything of the plan's schema, by the service's estimate. */
uint64_t planner_scan_cost(const struct read_plan *read);
/* ", about $0.00074 on demand ..", or what part of the provisioned units it takes; nothing where
   nobody sends a bill: an endpoint that is not Amazon's. */
void planner_add_charge(const struct read_plan *read, struct buf *out);

#endif
