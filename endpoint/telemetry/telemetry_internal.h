#ifndef ENDPOINT_TELEMETRY_TELEMETRY_INTERNAL_H
#define ENDPOINT_TELEMETRY_TELEMETRY_INTERNAL_H

#include "base/buf.h"
#include "base/map.h"
#include "endpoint/telemetry/log_store.h"
#include "endpoint/telemetry/metric_series.h"
#include "endpoint/telemetry/telemetry.h"

/* What the files of this folder share. Loop thread only. */
enum {
    TELEMETRY_SERIES_LIMIT = 2000,
    TELEMETRY_ROUTES_LIMIT = 4000,
    TELEMETRY_BYTES_LIMIT = 64 * 1024 * 1024, /* of all series */
    TELEMETRY_KEY_LIMIT = 4096,
    TELEMETRY_DIMENSIONS = 4
};

/* Sorted by name, at most TELEMETRY_DIMENSIONS of them. */
struct telemetry_dimension {
    struct text name, value;
};

/* One set of dimensions. */
struct telemetry_series {
    char family; /* as in struct metric */
    size_t dimension_count;
    struct telemetry_dimension dimension[TELEMETRY_DIMENSIONS]; /* point into key */
    char *key;
    struct metric_series values;
};

/* The series of API, stage and route that one request feeds, found by one look-up. */
struct telemetry_route {
    struct telemetry_series *series[3];
    struct log_group *group;
};

struct telemetry {
    struct http_server *server;
    struct map *series_map; /* key -> struct telemetry_series */
    struct map *route_map;  /* what a request says of itself -> struct telemetry_route */
    struct log_store *logs;
    struct buf series_key, route_key; /* being built; memory kept from request to request */
    size_t bytes;                     /* of all series */
};

/* The series of exactly these dimensions, in any order; NULL when nothing was measured. */
struct telemetry_series *telemetry_find(const struct telemetry *telemetry, char family,
    const struct telemetry_dimension *dimension, size_t count);

#endif
