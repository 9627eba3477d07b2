#ifndef ENDPOINT_GATEWAY_GATEWAY_STORE_H
#define ENDPOINT_GATEWAY_GATEWAY_STORE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The documents of the gateway: a SQLite file with a copy of every document in memory, so reading
 * never touches the disk. Snapshots of deployments stay in the file. Loop thread only.
 * Changes are made between gateway_store_begin and gateway_store_commit; they are visible at once and gone again
 * after gateway_store_rollback. gateway.md 21.
 */
struct gateway_store;

/* The kinds of documents; api is empty for the first two. */
#define GATEWAY_REST "restapi"
#define GATEWAY_HTTP "api"
#define GATEWAY_RESOURCE "resource"
#define GATEWAY_ROUTE "route"
#define GATEWAY_INTEGRATION "integration"
#define GATEWAY_STAGE "stage"
#define GATEWAY_DEPLOYMENT "deployment"
#define GATEWAY_ACCOUNT "account"

/* Content and address hold until the next change of the store. */
struct record {
    const char *kind; /* one of the above */
    struct text account, region, api, id;
    struct text json;        /* as stored */
    const struct json *tree; /* the same, parsed */
    int64_t sequence;        /* order of creation */
    uint64_t version;        /* another one after every change, never 0 */
};

struct gateway_store *gateway_store_new(const char *folder, struct error *err) MUST_CHECK;
void gateway_store_free(struct gateway_store *store);

const struct record *gateway_store_find(const struct gateway_store *store, const char *kind,
    struct text api, struct text id);
/* The next record of that kind behind sequence, or NULL; start with 0. */
const struct record *gateway_store_next(const struct gateway_store *store, const char *kind,
    struct text api, int64_t sequence);
/* Another number after every change of anything. */
uint64_t gateway_store_version(const struct gateway_store *store);
size_t gateway_store_count(const struct gateway_store *store, const char *kind, struct text api);

enum error_code gateway_store_begin(struct gateway_store *store, struct error *err) MUST_CHECK;
/* What a record is put with; texts are borrowed. json must parse. */
struct gateway_store_put {
    const char *kind;
    struct text account, region, api, id, json;
};
enum error_code gateway_store_put(struct gateway_store *store, const struct gateway_store_put *put,
    struct error *err) MUST_CHECK;
/* Another document for a record that is there. */
enum error_code gateway_store_update(struct gateway_store *store, const struct record *record,
    struct text json, struct error *err) MUST_CHECK;
enum error_code gateway_store_remove(struct gateway_store *store, const char *kind, struct text api,
    struct text id, struct error *err) MUST_CHECK;
/* Every document of an API but its own record, and its snapshots. */
enum error_code gateway_store_remove_all(struct gateway_store *store, struct text api,
    struct error *err) MUST_CHECK;
/* The compiled form of a deployment: canonical snapshot and its fingerprint. */
enum error_code gateway_store_put_snapshot(struct gateway_store *store, struct text api,
    struct text id, struct text snapshot, struct text hash, struct error *err) MUST_CHECK;
enum error_code gateway_store_remove_snapshot(struct gateway_store *store, struct text api,
    struct text id, struct error *err) MUST_CHECK;
/* Nothing was changed when it fails. */
enum error_code gateway_store_commit(struct gateway_store *store, struct error *err) MUST_CHECK;
void gateway_store_rollback(struct gateway_store *store); /* harmless without gateway_store_begin */

/* ERROR_NOT_FOUND when there is none. */
enum error_code gateway_store_read_snapshot(struct gateway_store *store, struct text api,
    struct text id, struct buf *out, struct error *err) MUST_CHECK;
enum error_code gateway_store_read_hash(struct gateway_store *store, struct text api,
    struct text id, struct buf *out, struct error *err) MUST_CHECK;

#endif
