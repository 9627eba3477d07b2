#include "endpoint/telemetry/log_store.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"

enum { FIRST_EVENTS = 64, NAME_LIMIT = 512 };

/* Texts of an event, in the order of their members in the message. */
enum { REQUEST_ID, SOURCE_IP, METHOD, ROUTE, PATH, FAILURE, USER_AGENT, PROTOCOL, TEXTS };

static const unsigned text_limit_table[TEXTS] = {64, 64, 16, 512, 1024, 512, 256, 16};

struct log_event {
    uint64_t id, wall; /* ns */
    uint64_t latency_us, integration_us, response_bytes;
    int status, integration_status;
    uint16_t length[TEXTS];
    char data[];
};

struct log_store {
    struct map *group_map;
    uint64_t next_id;
    size_t bytes;
};

static size_t size_of_event(const struct log_event *event)
{
    size_t size = sizeof *event;

    for (unsigned i = 0; i < TEXTS; i++)
        size += event->length[i];
    return size;
}

static struct log_event *event_at(const struct log_group *group, unsigned index)
{
    return group->event[(group->first + index) % group->capacity];
}

static void drop_oldest(struct log_store *store, struct log_group *group)
{
    struct log_event *event = event_at(group, 0);
    size_t size = size_of_event(event);

    group->first = (group->first + 1) % group->capacity;
    group->count--;
    group->bytes -= size;
    store->bytes -= size;
    mem_free(event);
}

static void free_group(struct log_store *store, struct log_group *group)
{
    while (group->count > 0)
        drop_oldest(store, group);
    mem_free(group->event);
    mem_free(group->name);
    mem_free(group);
}

struct log_store *log_store_new(void)
{
    struct log_store *store = mem_new(1, sizeof *store);

    if (!store)
        return NULL;
    store->next_id = 1;
    store->group_map = map_new();
    if (!store->group_map) {
        mem_free(store);
        return NULL;
    }
    return store;
}

struct log_group *log_store_at(const struct log_store *store, size_t index)
{
    size_t at = 0;
    struct text key;
    void *group = NULL;

    while (map_next(store->group_map, &at, &key, &group))
        if (index-- == 0)
            return group;
    return NULL;
}

void log_store_free(struct log_store *store)
{
    struct log_group *group;

    if (!store)
        return;
    while ((group = log_store_at(store, 0))) {
        map_remove(store->group_map, text_of(group->name));
        free_group(store, group);
    }
    map_free(store->group_map);
    mem_free(store);
}

struct log_group *log_store_find(const struct log_store *store, struct text name)
{
    return map_get(store->group_map, name);
}

static void drop_quietest(struct log_store *store)
{
    struct log_group *quietest = NULL, *group;

    for (size_t i = 0; (group = log_store_at(store, i)); i++)
        if (!quietest || group->newest < quietest->newest)
            quietest = group;
    if (!quietest)
        return;
    map_remove(store->group_map, text_of(quietest->name));
    free_group(store, quietest);
}

static struct log_group *new_group(struct log_store *store, struct text name, bool *dropped)
{
    struct log_group *group;

    if (map_count(store->group_map) >= LOG_GROUPS_LIMIT) {
        drop_quietest(store);
        *dropped = true;
    }
    group = mem_new(1, sizeof *group);
    if (!group)
        return NULL;
    group->name = mem_copy(name.data, name.length);
    group->created = group->newest = clock_wall() / CLOCK_MS;
    if (!group->name || !map_set(store->group_map, name, group)) {
        free_group(store, group);
        return NULL;
    }
    return group;
}

struct log_group *log_store_take(struct log_store *store, struct text api, struct text stage,
    bool *dropped)
{
    struct log_group *group = NULL;
    struct buf name;

    buf_init(&name, NAME_LIMIT);
    buf_add_string(&name, "API-Gateway-Access-Logs_");
    buf_add_text(&name, api);
    buf_add_char(&name, '/');
    buf_add_text(&name, stage);
    if (!name.failure && !memchr(name.data, '\0', name.length)) {
        group = map_get(store->group_map, buf_view(&name));
        if (!group)
            group = new_group(store, buf_view(&name), dropped);
    }
    buf_done(&name);
    return group;
}

static struct log_event *new_event(const struct telemetry_request *request)
{
    const struct text part[TEXTS] = {request->request_id, request->source_ip, request->method,
        request->resource, request->path, request->error, request->user_agent, request->protocol};
    uint16_t length[TEXTS];
    struct log_event *event;
    size_t size = 0, at = 0;

    for (unsigned i = 0; i < TEXTS; i++) {
        length[i] =
            (uint16_t)(part[i].length < text_limit_table[i] ? part[i].length : text_limit_table[i]);
        size += length[i];
    }
    event = mem_resize(NULL, 1, sizeof *event + size);
    if (!event)
        return NULL;
    memcpy(event->length, length, sizeof length);
    for (unsigned i = 0; i < TEXTS; at += length[i++])
        if (length[i] > 0)
            memcpy(event->data + at, part[i].data, length[i]);
    return event;
}

static bool grow_group(struct log_group *group)
{
    unsigned capacity = group->capacity > 0 ? group->capacity * 2 : FIRST_EVENTS;
    struct log_event **grown;

    if (group->count < group->capacity)
        return true;
    if (capacity > LOG_EVENTS_LIMIT)
        capacity = LOG_EVENTS_LIMIT;
    grown = mem_new(capacity, sizeof(struct log_event *));
    if (!grown)
        return false;
    for (unsigned i = 0; i < group->count; i++)
        grown[i] = event_at(group, i);
    mem_free(group->event);
    group->event = grown;
    group->first = 0;
    group->capacity = capacity;
    return true;
}

static void make_room(struct log_store *store, struct log_group *group)
{
    while (group->count == LOG_EVENTS_LIMIT ||
           (group->count > 0 && group->bytes > LOG_GROUP_BYTES_LIMIT))
        drop_oldest(store, group);
    while (group->count > 0 && store->bytes > LOG_BYTES_LIMIT)
        drop_oldest(store, group);
}

void log_group_add(struct log_store *store, struct log_group *group, uint64_t wall,
    const struct telemetry_request *request)
{
    struct log_event *event;
    size_t size;

    make_room(store, group);
    event = grow_group(group) ? new_event(request) : NULL;
    if (!event)
        return;
    if (wall / CLOCK_MS < group->newest) /* a clock that was set back does not reorder the log */
        wall = group->newest * CLOCK_MS;
    group->newest = wall / CLOCK_MS;
    event->id = store->next_id++;
    event->wall = wall;
    event->latency_us = request->latency_us;
    event->integration_us = request->integration_us;
    event->response_bytes = request->response_bytes;
    event->status = request->status;
    event->integration_status = request->integration_status;
    group->event[(group->first + group->count++) % group->capacity] = event;
    size = size_of_event(event);
    group->bytes += size;
    store->bytes += size;
}

unsigned log_group_find(const struct log_group *group, uint64_t id)
{
    unsigned low = 0, high = group->count;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (event_at(group, middle)->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct log_view log_group_view(const struct log_group *group, unsigned index)
{
    const struct log_event *event = event_at(group, index);

    return (struct log_view){.id = event->id, .time = event->wall / CLOCK_MS};
}

static void add_milliseconds(struct json_writer *writer, const char *name, uint64_t microseconds)
{
    json_name(writer, name);
    json_double(writer, (double)microseconds / 1000);
}

void log_group_add_message(const struct log_group *group, unsigned index, struct buf *out)
{
    static const char *const name_table[TEXTS] = {"requestId", "ip", "method", "route", "path",
        "error", "userAgent", "protocol"};
    const struct log_event *event = event_at(group, index);
    struct text part[TEXTS];
    struct json_writer writer;
    const char *at = event->data;
    struct buf time;

    for (unsigned i = 0; i < TEXTS; at += event->length[i++])
        part[i] = text_make(at, event->length[i]);
    buf_init(&time, 64);
    clock_add_iso(&time, event->wall, true);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair(&writer, "time", buf_view(&time));
    for (unsigned i = REQUEST_ID; i <= PATH; i++)
        json_pair(&writer, name_table[i], part[i]);
    json_pair_integer(&writer, "status", event->status);
    json_pair_integer(&writer, "bytes", (int64_t)event->response_bytes);
    add_milliseconds(&writer, "latency", event->latency_us);
    add_milliseconds(&writer, "integrationLatency", event->integration_us);
    if (event->integration_status > 0)
        json_pair_integer(&writer, "integrationStatus", event->integration_status);
    json_pair(&writer, name_table[FAILURE], part[FAILURE]);
    for (unsigned i = USER_AGENT; i < TEXTS; i++)
        if (part[i].length > 0)
            json_pair(&writer, name_table[i], part[i]);
    json_end_object(&writer);
    buf_done(&time);
}
