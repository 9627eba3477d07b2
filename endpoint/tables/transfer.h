#ifndef ENDPOINT_TABLES_TRANSFER_H
#define ENDPOINT_TABLES_TRANSFER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/store.h"
#include "endpoint/tables/worker.h"
#include "endpoint/tables/write.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What exports and imports have in common (tables.md 18): a record in the file, which is the
 * description that the service answers with, and a job of the worker that works by it.
 *
 *   transfers(id, kind, account, region, arn, table_id, table_arn, running, token, hash, until_ms,
 *   json)
 */
enum transfer_kind { TRANSFER_EXPORT, TRANSFER_IMPORT };

enum { TRANSFER_HASH = 32 };

/* Member names and limits of one kind. */
struct transfer_family {
    const char *status, *arn; /* "ExportStatus", "ExportArn" */
    const char *word;         /* "export", in ARNs */
    int64_t running_limit;    /* at once, as the service */
    enum message not_found, conflict, too_many;
    const char *summaries;                /* the list of ListExports, ListImports .. */
    const char *page_size, *member_of_it; /* "MaxResults", "maxResults" */
    const char *const *summary;           /* members of a description it shows, up to NULL */
};
extern const struct transfer_family transfer_family_table[]; /* by kind */

struct transfer {
    enum transfer_kind kind;
    struct text account, region, arn;
    int64_t table;
    struct text table_arn;
    struct text token; /* data NULL: none */
    uint8_t hash[TRANSFER_HASH];
    struct text json;
};

/* "{table arn}/export/{milliseconds, 14 digits}-{8 hex}" in the arena; data NULL: no memory. */
struct text transfer_new_arn(enum transfer_kind kind, struct text table_arn, uint64_t ms,
    struct arena *arena);
/* SHA-256 of the members of a request, in any order, without the token. */
bool transfer_hash(const struct json *body, struct arena *arena, uint8_t out[TRANSFER_HASH]);

/* Writer thread, inside a transaction. */

/*
 * Looks for the token (8 hours, tables.md) and for room. True: go on. False: the request is
 * refused, or *json holds what the same request was answered with before, or the store failed.
 */
bool transfer_admit(struct request *request, struct store *store, const struct transfer *transfer,
    uint64_t now_ms, struct buf *json, bool *failed);
/* Writes the record; *id is its number. */
enum store_result transfer_add(struct store *store, const struct transfer *transfer,
    uint64_t now_ms, int64_t *id);
/* What a server that ended left running has failed. After a start. */
enum store_result transfer_recover(struct store *store);

/* Any connection. */

/* Appends the description; *table and *running may be NULL. */
enum store_result transfer_read(struct store *store, int64_t id, struct buf *json, int64_t *table);
enum store_result transfer_find(struct store *store, enum transfer_kind kind, struct text account,
    struct text region, struct text arn, struct buf *json);
/*
 * The shape of DescribeExport and DescribeImport, ListExports and ListImports.
 * describe: the member that holds the description; wraps what is kept.
 */
bool transfer_prepare_describe(struct request *request, enum transfer_kind kind);
enum progress transfer_read_describe(struct request *request, struct store *store,
    enum transfer_kind kind, const char *member);
bool transfer_prepare_list(struct request *request, enum transfer_kind kind);
enum progress transfer_read_list(struct request *request, struct store *store,
    enum transfer_kind kind);

/* Jobs: worker thread. */

struct transfer_job {
    struct job job;
    int64_t id;
    const char *buckets; /* folder; outlives the worker */
};
/*
 * For request->performed: hands a job to the worker unless the request was refused or answered from
 * its token (id 0), and has the request answered.
 */
void transfer_start(struct request *request, enum transfer_kind kind, int64_t id,
    void (*run)(struct job *job, struct worker *worker));
/* Writes the description down as done. */
enum error_code transfer_finish(struct worker *worker, int64_t id, struct text json,
    struct arena *arena, struct error *err) MUST_CHECK;

#endif
