#include "endpoint/tables/throttle.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

/* Thousandths of a unit. */
struct meter {
    int64_t balance;
    uint64_t at; /* monotonic; 0 = not used yet */
};

struct table_meters {
    struct meter meter[TABLE_SLOT_COUNT][2];
};

struct throttle {
    pthread_mutex_t lock; /* over the meters of all tables */
};

struct throttle *throttle_new(struct error *err)
{
    struct throttle *throttle = mem_new(1, sizeof *throttle);

    if (!throttle) {
        error_memory(err);
        return NULL;
    }
    pthread_mutex_init(&throttle->lock, NULL);
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    if (!throttle)
        return;
    pthread_mutex_destroy(&throttle->lock);
    mem_free(throttle);
}

/* Units a second; 0 = no limit. */
static int64_t find_rate(const struct table *table, const struct table_index *index,
    enum refusal_direction direction, struct arena *arena)
{
    const struct throughput *given = index ? &index->throughput : &table->throughput;
    struct text asked = index ? index->on_demand : table->on_demand_limits;
    const struct json *limits;
    struct error err;
    int64_t rate;

    if (!table->on_demand)
        return direction == REFUSAL_READ ? given->read : given->write;
    limits = asked.length > 0 ? json_parse(asked, arena, &err) : NULL;
    rate = limits
               ? json_integer_member(limits,
                     direction == REFUSAL_READ ? "MaxReadRequestUnits" : "MaxWriteRequestUnits", 0)
               : 0;
    return rate > 0 ? rate : 0;
}

static void refill(struct meter *meter, int64_t rate)
{
    uint64_t now = clock_monotonic(), passed_ms = (now - meter->at) / CLOCK_MS;
    /* The service takes rates up to 10^12: no product may leave 64 bits. */
    int64_t limit;
    int64_t held = rate < INT64_MAX / 1000 / THROTTLE_BURST_S ? rate : INT64_MAX / 1000 / 300;

    limit = held * 1000 * THROTTLE_BURST_S;
    if (meter->at == 0)
        meter->balance = limit;
    if (passed_ms > THROTTLE_BURST_S * 1000)
        passed_ms = THROTTLE_BURST_S * 1000;
    if (meter->balance < limit - held * (int64_t)passed_ms)
        meter->balance += held * (int64_t)passed_ms;
    else
        meter->balance = limit;
    meter->at += passed_ms * CLOCK_MS;
    if (meter->balance == limit)
        meter->at = now;
}

static struct meter *find_meter(const struct table *table, int slot,
    enum refusal_direction direction)
{
    struct table_counters *counters = table->counters;

    if (!counters->meters)
        counters->meters = mem_new(1, sizeof *counters->meters);
    return counters->meters ? &counters->meters->meter[slot][direction] : NULL;
}

/* What is left, or INT64_MAX when nothing is limited. */
static int64_t find_room(struct throttle *throttle, const struct table *table,
    const struct table_index *index, enum refusal_direction direction, struct arena *arena)
{
    int64_t rate = find_rate(table, index, direction, arena), room = INT64_MAX;
    struct meter *meter;

    if (rate == 0)
        return room;
    pthread_mutex_lock(&throttle->lock);
    meter = find_meter(table, index ? index->slot : 0, direction);
    if (meter) {
        refill(meter, rate);
        room = meter->balance;
    }
    pthread_mutex_unlock(&throttle->lock);
    return room;
}

/* The operations that use throughput; statements say it in their text. */
static const struct {
    const char *name;
    enum refusal_direction direction;
} operation_table[] = {
    {"GetItem", REFUSAL_READ},
    {"Query", REFUSAL_READ},
    {"Scan", REFUSAL_READ},
    {"BatchGetItem", REFUSAL_READ},
    {"TransactGetItems", REFUSAL_READ},
    {"PutItem", REFUSAL_WRITE},
    {"UpdateItem", REFUSAL_WRITE},
    {"DeleteItem", REFUSAL_WRITE},
    {"BatchWriteItem", REFUSAL_WRITE},
    {"TransactWriteItems", REFUSAL_WRITE},
};

static bool is_select(const struct request *request)
{
    const struct json *list = request_get(request->body, "Statements");
    struct text statement = request_text(request->body, "Statement");

    if (!list)
        list = request_get(request->body, "TransactStatements");
    if (list)
        statement = request_text(list->first, "Statement");
    statement = text_trim(statement);
    return text_equal_ignoring_case(text_slice(statement, 0, 6), TEXT("SELECT"));
}

bool throttle_concerns(const struct request *request, enum refusal_direction *direction)
{
    const char *name = request->operation->name;

    for (size_t i = 0; i < sizeof operation_table / sizeof operation_table[0]; i++)
        if (strcmp(operation_table[i].name, name) == 0) {
            *direction = operation_table[i].direction;
            return true;
        }
    if (strcmp(name, "ExecuteStatement") != 0 && strcmp(name, "BatchExecuteStatement") != 0 &&
        strcmp(name, "ExecuteTransaction") != 0)
        return false;
    *direction = is_select(request) ? REFUSAL_READ : REFUSAL_WRITE;
    return true;
}

/* The global index that a read is about, or NULL. */
static const struct table_index *read_index(const struct request *request,
    const struct table *table)
{
    struct text name = request_text(request->body, "IndexName");
    const struct table_index *index = name.data ? table_find_index(table, name) : NULL;

    return index && !index->local ? index : NULL;
}

/* The least that is left of what the request needs of the table; *tight: the index, or NULL. */
static int64_t find_least(struct throttle *throttle, const struct request *request,
    const struct table *table, enum refusal_direction direction, const struct table_index **tight)
{
    int64_t least, room;

    *tight = NULL;
    if (direction == REFUSAL_READ) {
        *tight = read_index(request, table);
        return find_room(throttle, table, *tight, direction, request->arena);
    }
    least = find_room(throttle, table, NULL, direction, request->arena);
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->index[i];

        if (index->local)
            continue;
        room = find_room(throttle, table, index, direction, request->arena);
        if (room < least) {
            least = room;
            *tight = index;
        }
    }
    return least;
}

/* A batch goes on as long as one of its tables has room. */
static void admit_batch(struct throttle *throttle, struct request *request,
    enum refusal_direction direction)
{
    const int64_t least_cost = direction == REFUSAL_READ ? 500 : 1000;
    const struct table_index *tight, *first_tight = NULL;
    size_t with_room = 0;

    for (size_t i = 0; i < request->use_count; i++) {
        const struct table *table = request->use[i].table;
        int64_t room = find_least(throttle, request, table, direction, &tight);
        int64_t entries = room > 0 ? (room - 1) / least_cost + 1 : 0;

        first_tight = i == 0 ? tight : first_tight;
        with_room += entries > 0;
        if (entries < 1000) /* no batch has as many */
            request->operation->keep(request, table->name, (size_t)entries);
    }
    if (with_room == 0 && request->use_count > 0)
        refusal_throttled(request, request->use[0].table, first_tight, direction);
}

void throttle_admit(struct throttle *throttle, struct request *request)
{
    enum refusal_direction direction;
    const struct table_index *tight;

    if (!throttle_concerns(request, &direction))
        return;
    if (request->operation->keep) {
        admit_batch(throttle, request, direction);
        return;
    }
    for (size_t i = 0; i < request->held_count && !request->fault.set; i++) {
        const struct table *table = request->held[i];

        if (find_least(throttle, request, table, direction, &tight) <= 0)
            refusal_throttled(request, table, tight, direction);
    }
}

static void charge(struct throttle *throttle, const struct table *table, int slot,
    enum refusal_direction direction, uint64_t milli)
{
    struct meter *meter;

    if (milli == 0)
        return;
    pthread_mutex_lock(&throttle->lock);
    meter = find_meter(table, slot, direction);
    if (meter && meter->at != 0) /* otherwise nothing limits it */
        meter->balance -= (int64_t)milli;
    pthread_mutex_unlock(&throttle->lock);
}

void throttle_charge_write(struct throttle *throttle, const struct table *table,
    const struct usage *usage)
{
    uint64_t own = usage->milli[0];

    if (!throttle)
        return;
    for (size_t i = 0; i < table->index_count; i++) {
        int slot = table->index[i].slot;

        if (table->index[i].local)
            own += usage->milli[slot];
        else
            charge(throttle, table, slot, REFUSAL_WRITE, usage->milli[slot]);
    }
    charge(throttle, table, 0, REFUSAL_WRITE, own);
}

void throttle_charge_rest(struct throttle *throttle, const struct request *request)
{
    if (!throttle)
        return;
    if (request->table) {
        const struct table_index *index = read_index(request, request->table);

        charge(throttle, request->table, index ? index->slot : 0, REFUSAL_READ,
            request->read_milli);
        if (request->fault.set && request->fault.kind == FAULT_CONDITION)
            charge(throttle, request->table, 0, REFUSAL_WRITE, request->write_milli);
    }
    for (size_t i = 0; i < request->use_count; i++)
        charge(throttle, request->use[i].table, 0, REFUSAL_READ, request->use[i].read_milli);
}
