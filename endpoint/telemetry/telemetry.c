#include "endpoint/telemetry/telemetry_internal.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { SEPARATOR = '\x1f', FILL_ATTEMPTS = 3 };

/* The separator cannot stand in a part of a key. */
static void add_part(struct buf *key, struct text part)
{
    for (size_t i = 0; i < part.length; i++)
        buf_add_char(key, part.data[i] == SEPARATOR ? ' ' : part.data[i]);
    buf_add_char(key, SEPARATOR);
}

static void add_key(struct buf *key, char family, const struct telemetry_dimension *dimension,
    size_t count)
{
    buf_add_char(key, family);
    for (size_t i = 0; i < count; i++) {
        add_part(key, dimension[i].name);
        add_part(key, dimension[i].value);
    }
}

static void sort_dimensions(struct telemetry_dimension *dimension, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct telemetry_dimension moved = dimension[i];
        size_t at = i;

        for (; at > 0 && text_compare(dimension[at - 1].name, moved.name) > 0; at--)
            dimension[at] = dimension[at - 1];
        dimension[at] = moved;
    }
}

struct telemetry_series *telemetry_find(const struct telemetry *telemetry, char family,
    const struct telemetry_dimension *dimension, size_t count)
{
    struct telemetry_dimension sorted[TELEMETRY_DIMENSIONS];
    struct telemetry_series *series;
    struct buf key;

    if (count == 0 || count > TELEMETRY_DIMENSIONS)
        return NULL;
    memcpy(sorted, dimension, count * sizeof *sorted);
    sort_dimensions(sorted, count);
    buf_init(&key, TELEMETRY_KEY_LIMIT);
    add_key(&key, family, sorted, count);
    series = key.failure ? NULL : map_get(telemetry->series_map, buf_view(&key));
    buf_done(&key);
    return series;
}

static void free_series(struct telemetry_series *series)
{
    metric_series_done(&series->values);
    mem_free(series->key);
    mem_free(series);
}

static void free_routes(struct telemetry *telemetry)
{
    size_t at = 0;
    struct text key;
    void *route;

    while (telemetry->route_map && map_next(telemetry->route_map, &at, &key, &route))
        mem_free(route);
    map_free(telemetry->route_map);
    telemetry->route_map = NULL;
}

/* Routes point to series and log groups: when one of those goes, all are looked up again. */
static bool forget_routes(struct telemetry *telemetry)
{
    free_routes(telemetry);
    telemetry->route_map = map_new();
    return telemetry->route_map != NULL;
}

static bool drop_stalest_series(struct telemetry *telemetry)
{
    struct telemetry_series *stalest = NULL;
    size_t at = 0;
    struct text key;
    void *value;

    while (map_next(telemetry->series_map, &at, &key, &value)) {
        struct telemetry_series *series = value;

        if (!stalest || series->values.newest < stalest->values.newest)
            stalest = series;
    }
    if (!stalest || !forget_routes(telemetry))
        return false;
    map_remove(telemetry->series_map, text_of(stalest->key));
    telemetry->bytes -= stalest->values.bytes;
    free_series(stalest);
    return true;
}

/* The dimensions of a series point into its own key. */
static void split_key(struct telemetry_series *series, size_t count)
{
    struct text rest = text_of(series->key + 1);

    for (size_t i = 0; i < count; i++) {
        if (!text_take_until(&rest, SEPARATOR, &series->dimension[i].name) ||
            !text_take_until(&rest, SEPARATOR, &series->dimension[i].value))
            break;
        series->dimension_count++;
    }
}

static struct telemetry_series *new_series(struct telemetry *telemetry, struct text key,
    size_t count)
{
    struct telemetry_series *series;

    if (map_count(telemetry->series_map) >= TELEMETRY_SERIES_LIMIT &&
        !drop_stalest_series(telemetry))
        return NULL;
    series = mem_new(1, sizeof *series);
    if (!series)
        return NULL;
    metric_series_init(&series->values);
    series->values.newest = clock_wall() / CLOCK_SECOND; /* or it would be the stalest one */
    series->family = key.data[0];
    series->key = mem_copy(key.data, key.length);
    if (!series->key || !map_set(telemetry->series_map, key, series)) {
        free_series(series);
        return NULL;
    }
    split_key(series, count);
    return series;
}

/* The dimensions are given sorted. */
static struct telemetry_series *take_series(struct telemetry *telemetry, char family,
    const struct telemetry_dimension *dimension, size_t count)
{
    struct telemetry_series *series;
    struct buf *key = &telemetry->series_key;

    buf_clear(key);
    add_key(key, family, dimension, count);
    if (key->failure || memchr(key->data, '\0', key->length))
        return NULL;
    series = map_get(telemetry->series_map, buf_view(key));
    return series ? series : new_series(telemetry, buf_view(key), count);
}

static void feed(struct telemetry *telemetry, struct telemetry_series *series, uint64_t second,
    const struct metric_sample *sample)
{
    size_t before;

    if (!series)
        return;
    before = series->values.bytes;
    (void)metric_series_add(&series->values, second, sample); /* without memory: a gap */
    telemetry->bytes = telemetry->bytes - before + series->values.bytes;
}

static void trim(struct telemetry *telemetry)
{
    size_t at = 0;
    struct text key;
    void *value;

    if (telemetry->bytes <= TELEMETRY_BYTES_LIMIT)
        return;
    telemetry->bytes = 0;
    while (map_next(telemetry->series_map, &at, &key, &value)) {
        struct telemetry_series *series = value;

        metric_series_trim(&series->values);
        telemetry->bytes += series->values.bytes;
    }
}

struct telemetry *telemetry_new(struct http_server *server, struct error *err)
{
    struct telemetry *telemetry = mem_new(1, sizeof *telemetry);

    if (telemetry) {
        telemetry->server = server;
        buf_init(&telemetry->series_key, TELEMETRY_KEY_LIMIT);
        buf_init(&telemetry->route_key, TELEMETRY_KEY_LIMIT);
        telemetry->series_map = map_new();
        telemetry->route_map = map_new();
        telemetry->logs = log_store_new();
        if (telemetry->series_map && telemetry->route_map && telemetry->logs)
            return telemetry;
    }
    telemetry_free(telemetry);
    error_memory(err);
    return NULL;
}

void telemetry_free(struct telemetry *telemetry)
{
    size_t at = 0;
    struct text key;
    void *series;

    if (!telemetry)
        return;
    while (telemetry->series_map && map_next(telemetry->series_map, &at, &key, &series))
        free_series(series);
    map_free(telemetry->series_map);
    free_routes(telemetry);
    log_store_free(telemetry->logs);
    buf_done(&telemetry->series_key);
    buf_done(&telemetry->route_key);
    mem_free(telemetry);
}

static void add_rest_series(struct telemetry *telemetry, const struct telemetry_request *request,
    struct telemetry_route *route)
{
    const struct telemetry_dimension all[] = {{TEXT("ApiName"), request->api_name},
        {TEXT("Method"), request->method}, {TEXT("Resource"), request->resource},
        {TEXT("Stage"), request->stage}};
    const struct telemetry_dimension stage[] = {all[0], all[3]};

    route->series[0] = take_series(telemetry, 'R', all, 1);
    route->series[1] = take_series(telemetry, 'R', stage, 2);
    if (request->resource.length > 0)
        route->series[2] = take_series(telemetry, 'R', all, 4);
}

static void add_http_series(struct telemetry *telemetry, const struct telemetry_request *request,
    struct telemetry_route *route)
{
    const struct telemetry_dimension all[] = {{TEXT("ApiId"), request->api_id},
        {TEXT("Route"), request->resource}, {TEXT("Stage"), request->stage}};
    const struct telemetry_dimension stage[] = {all[0], all[2]};

    route->series[0] = take_series(telemetry, 'H', all, 1);
    route->series[1] = take_series(telemetry, 'H', stage, 2);
    if (request->resource.length > 0)
        route->series[2] = take_series(telemetry, 'H', all, 3);
}

/*
 * Making one series may drop another, one that this route has just found too: then it is filled
 * again, and nothing has to be made any more.
 */
static bool fill_route(struct telemetry *telemetry, const struct telemetry_request *request,
    struct telemetry_route *route)
{
    for (int attempt = 0; attempt < FILL_ATTEMPTS; attempt++) {
        const struct map *before = telemetry->route_map;

        *route = (struct telemetry_route){0};
        if (request->kind == 'H')
            add_http_series(telemetry, request, route);
        else
            add_rest_series(telemetry, request, route);
        if (telemetry->route_map == before)
            return true;
    }
    return false;
}

static bool is_whole(const struct telemetry_request *request, const struct telemetry_route *route)
{
    return route->series[0] && route->series[1] && route->group &&
           (route->series[2] || request->resource.length == 0);
}

/* Remembered when nothing is missing: what is, for lack of memory, is tried again next time. */
static void remember_route(struct telemetry *telemetry, struct text key,
    const struct telemetry_route *route)
{
    struct telemetry_route *kept = mem_new(1, sizeof *kept);

    if (!kept)
        return;
    *kept = *route;
    if (!map_set(telemetry->route_map, key, kept))
        mem_free(kept);
}

static bool make_route(struct telemetry *telemetry, const struct telemetry_request *request,
    struct text key, struct telemetry_route *route)
{
    bool dropped = map_count(telemetry->route_map) >= TELEMETRY_ROUTES_LIMIT;
    struct log_group *group =
        log_store_take(telemetry->logs, request->api_id, request->stage, &dropped);

    if (dropped && !forget_routes(telemetry))
        return false;
    if (!fill_route(telemetry, request, route) || !telemetry->route_map)
        return false;
    route->group = group;
    if (is_whole(request, route))
        remember_route(telemetry, key, route);
    return true;
}

static bool take_route(struct telemetry *telemetry, const struct telemetry_request *request,
    struct telemetry_route *route)
{
    const struct telemetry_route *known;
    struct buf *key = &telemetry->route_key;

    if (!telemetry->route_map && !forget_routes(telemetry))
        return false;
    buf_clear(key);
    buf_add_char(key, request->kind);
    add_part(key, request->api_id);
    add_part(key, request->api_name);
    add_part(key, request->stage);
    add_part(key, request->method);
    add_part(key, request->resource);
    if (key->failure)
        return false;
    known = map_get(telemetry->route_map, buf_view(key));
    if (known)
        *route = *known;
    return known || make_route(telemetry, request, buf_view(key), route);
}

void telemetry_record(struct telemetry *telemetry, const struct telemetry_request *request)
{
    struct telemetry_route route;
    struct metric_sample sample = {.latency_us = request->latency_us,
        .has_latency = true,
        .integration_us = request->integration_us};
    uint64_t wall = clock_wall();
    int class = request->status / 100;

    if (!take_route(telemetry, request, &route))
        return;
    if (class >= 2 && class <= 5)
        sample.sum[METRIC_2XX + class - 2] = 1;
    sample.sum[METRIC_BYTES] = request->response_bytes;
    for (size_t i = 0; i < 3; i++)
        feed(telemetry, route.series[i], wall / CLOCK_SECOND, &sample);
    if (route.group)
        log_group_add(telemetry->logs, route.group, wall, request);
    trim(telemetry);
}

void telemetry_record_table(struct telemetry *telemetry, const struct telemetry_table *request)
{
    const struct telemetry_dimension dimension[] = {{TEXT("Operation"), request->operation},
        {TEXT("TableName"), request->table}};
    struct metric_sample sample = {.latency_us = request->latency_us,
        .has_latency = !request->failed};
    uint64_t second = clock_wall() / CLOCK_SECOND;

    sample.sum[METRIC_4XX] = request->failed;
    sample.sum[METRIC_BYTES] = request->read_milli;
    sample.sum[METRIC_WRITES] = request->write_milli;
    feed(telemetry, take_series(telemetry, 'T', dimension + 1, 1), second, &sample);
    feed(telemetry, take_series(telemetry, 'T', dimension, 2), second, &sample);
    trim(telemetry);
}
