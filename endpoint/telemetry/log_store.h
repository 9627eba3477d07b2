#ifndef ENDPOINT_TELEMETRY_LOG_STORE_H
#define ENDPOINT_TELEMETRY_LOG_STORE_H

#include "base/buf.h"
#include "base/text.h"
#include "endpoint/telemetry/telemetry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Access logs in memory: per stage the newest 10,000 events or 4 MiB, 100 stages, 64 MiB in all.
 * An event is kept as the parts it came in and becomes JSON when somebody reads it. Loop thread
 * only.
 */
enum {
    LOG_EVENTS_LIMIT = 10000,
    LOG_GROUP_BYTES_LIMIT = 4 * 1024 * 1024,
    LOG_GROUPS_LIMIT = 100,
    LOG_BYTES_LIMIT = 64 * 1024 * 1024
};

struct log_store;
struct log_event;

struct log_group {
    char *name;       /* "API-Gateway-Access-Logs_{api}/{stage}" */
    uint64_t created; /* ms since 1970 */
    uint64_t newest;  /* of its events, ms */
    struct log_event **event;
    unsigned first, count, capacity;
    size_t bytes;
};

struct log_store *log_store_new(void); /* NULL: out of memory */
void log_store_free(struct log_store *store);

/*
 * The group of a stage, made when it is missing; NULL when out of memory. *dropped becomes true
 * when the group that was quiet for longest had to go: pointers to groups are then stale.
 */
struct log_group *log_store_take(struct log_store *store, struct text api, struct text stage,
    bool *dropped);
struct log_group *log_store_find(const struct log_store *store, struct text name);
/* In order of creation; NULL at the end. */
struct log_group *log_store_at(const struct log_store *store, size_t index);

/* Without memory the event is lost. */
void log_group_add(struct log_store *store, struct log_group *group, uint64_t wall,
    const struct telemetry_request *request);

/* Events have ascending ids and times that do not go back. */
struct log_view {
    uint64_t id;   /* unique in the store */
    uint64_t time; /* ms since 1970 */
};
/* The index of the first event with that id or a later one; count when there is none. */
unsigned log_group_find(const struct log_group *group, uint64_t id);
struct log_view log_group_view(const struct log_group *group, unsigned index);
/* {"time":..,"requestId":..,...} */
void log_group_add_message(const struct log_group *group, unsigned index, struct buf *out);

#endif
