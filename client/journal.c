#include "client/journal.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

enum {
    BODY_LIMIT = 32 * 1024 * 1024,
    SERVICE_LIMIT = 16,
    FLUSH_SIZE = 64 * 1024,
    PENDING_LIMIT = 16 * 1024 * 1024
};

#define THROTTLE_SHOWN (10 * CLOCK_SECOND)

struct service_health {
    char service[24];
    double latency_ms; /* below 0: no measurement yet */
    bool failed;
    uint64_t throttled; /* monotonic, 0 = never */
};

struct journal {
    pthread_mutex_t lock;
    struct journal_entry **ring; /* entry with number n lies at (n - 1) % capacity */
    size_t capacity;
    uint64_t last;    /* number of the newest entry, 0 = none */
    uint64_t bodies;  /* number of the oldest entry that may still have its bodies */
    size_t body_size; /* bytes of all bodies kept */
    size_t body_limit;
    bool requests_only; /* fixed before other threads come */
    struct service_health health[SERVICE_LIMIT];
    size_t health_count;
    bool is_kept;
    struct journal_limits limits;
    struct buf pending;        /* lines for the file */
    uint64_t flushed;          /* monotonic */
    struct error failure;      /* of the file, until it has been told */
    pthread_mutex_t file_lock; /* one at a time appends; taken before lock */
};

struct journal *journal_new(size_t capacity, struct error *err)
{
    struct journal *journal = mem_new(1, sizeof *journal);

    if (journal && capacity > 0)
        journal->ring = mem_new(capacity, sizeof *journal->ring);
    if (!journal || !journal->ring) {
        mem_free(journal);
        error_memory(err);
        return NULL;
    }
    journal->capacity = capacity;
    journal->bodies = 1;
    journal->body_limit = BODY_LIMIT;
    pthread_mutex_init(&journal->lock, NULL);
    pthread_mutex_init(&journal->file_lock, NULL);
    buf_init(&journal->pending, PENDING_LIMIT);
    return journal;
}

void journal_keep_requests(struct journal *journal, size_t limit)
{
    journal->requests_only = true;
    journal->body_limit = limit;
}

bool journal_keeps_answers(const struct journal *journal)
{
    return !journal->requests_only;
}

void journal_entry_done(struct journal_entry *entry)
{
    mem_free(entry->request);
    mem_free(entry->response);
    mem_free(entry->text);
    entry->request = entry->response = entry->text = NULL;
}

/* Appends what waits; a failure is kept for journal_failed. */
static void flush(struct journal *journal)
{
    struct journal_limits limits;
    struct buf lines;
    struct error err;
    enum error_code code;

    pthread_mutex_lock(&journal->file_lock);
    pthread_mutex_lock(&journal->lock);
    lines = journal->pending;
    limits = journal->limits;
    buf_init(&journal->pending, PENDING_LIMIT);
    journal->flushed = clock_monotonic();
    pthread_mutex_unlock(&journal->lock);
    code = lines.length == 0 ? ERROR_NONE : buf_check(&lines, "journal", &err);
    if (!code && lines.length > 0)
        code = journal_file_append(buf_view(&lines), &limits, &err);
    buf_done(&lines);
    pthread_mutex_unlock(&journal->file_lock);
    if (!code)
        return;
    error_wrap(&err, "the journal lacks this write");
    pthread_mutex_lock(&journal->lock);
    journal->failure = err;
    pthread_mutex_unlock(&journal->lock);
}

void journal_keep(struct journal *journal, const struct journal_limits *limits)
{
    pthread_mutex_lock(&journal->lock);
    journal->limits = *limits;
    journal->is_kept = true;
    pthread_mutex_unlock(&journal->lock);
}

bool journal_failed(struct journal *journal, struct error *err)
{
    bool failed;

    pthread_mutex_lock(&journal->lock);
    failed = journal->failure.code != ERROR_NONE;
    if (failed)
        *err = journal->failure;
    journal->failure.code = ERROR_NONE;
    pthread_mutex_unlock(&journal->lock);
    return failed;
}

static void add_pair(struct json_writer *writer, const char *name, const char *value)
{
    if (value && value[0])
        json_pair_string(writer, name, value);
}

/* Holds the lock. */
static void add_file_line(struct journal *journal, const struct journal_entry *entry)
{
    struct json_writer writer;
    struct buf time;

    buf_init(&time, 64);
    clock_add_iso(&time, clock_wall(), true);
    json_writer_init(&writer, &journal->pending);
    json_begin_object(&writer);
    json_pair(&writer, "time", buf_view(&time));
    json_pair_integer(&writer, "process", (int64_t)getpid());
    json_pair_integer(&writer, "statement", (int64_t)entry->statement);
    add_pair(&writer, "profile", entry->connection);
    add_pair(&writer, "who", entry->who);
    add_pair(&writer, "text", entry->text);
    add_pair(&writer, "service", entry->service);
    add_pair(&writer, "operation", entry->operation);
    if (!entry->is_statement)
        json_pair_integer(&writer, "status", entry->status);
    json_name(&writer, "ms");
    json_double(&writer, (double)(entry->elapsed / 1000) / 1000);
    if (entry->capacity_milli > 0) {
        json_name(&writer, "units");
        json_double(&writer, (double)entry->capacity_milli / 1000);
    }
    if (entry->retries > 0)
        json_pair_integer(&writer, "retries", entry->retries);
    add_pair(&writer, "request_id", entry->request_id);
    add_pair(&writer, "error", entry->error);
    json_end_object(&writer);
    buf_add_char(&journal->pending, '\n');
    buf_done(&time);
}

void journal_free(struct journal *journal)
{
    if (!journal)
        return;
    flush(journal);
    for (size_t i = 0; i < journal->capacity; i++) {
        if (journal->ring[i])
            journal_entry_done(journal->ring[i]);
        mem_free(journal->ring[i]);
    }
    mem_free(journal->ring);
    buf_done(&journal->pending);
    pthread_mutex_destroy(&journal->file_lock);
    pthread_mutex_destroy(&journal->lock);
    mem_free(journal);
}

static struct journal *lock(const struct journal *journal)
{
    struct journal *own = (struct journal *)(uintptr_t)journal;

    pthread_mutex_lock(&own->lock);
    return own;
}

static size_t body_size(const struct journal_entry *entry)
{
    return (entry->request ? strlen(entry->request) : 0) +
           (entry->response ? strlen(entry->response) : 0);
}

static void drop_bodies(struct journal *journal, struct journal_entry *entry)
{
    journal->body_size -= body_size(entry);
    mem_free(entry->request);
    mem_free(entry->response);
    entry->request = entry->response = NULL;
}

/* An empty place for the next entry, or NULL without memory. */
static struct journal_entry *next_place(struct journal *journal)
{
    struct journal_entry **place = &journal->ring[journal->last % journal->capacity];

    if (*place) {
        drop_bodies(journal, *place);
        journal_entry_done(*place);
    } else {
        *place = mem_new(1, sizeof **place);
    }
    return *place;
}

static void keep_within_limit(struct journal *journal)
{
    uint64_t oldest = journal->last > journal->capacity ? journal->last - journal->capacity + 1 : 1;

    if (journal->bodies < oldest)
        journal->bodies = oldest;
    for (; journal->body_size > journal->body_limit && journal->bodies < journal->last;
         journal->bodies++) {
        struct journal_entry *entry = journal->ring[(journal->bodies - 1) % journal->capacity];

        if (entry)
            drop_bodies(journal, entry);
    }
}

/* NULL when there are more services than anybody has. */
static struct service_health *find_health(struct journal *journal, const char *service, bool make)
{
    struct service_health *health;

    for (size_t i = 0; i < journal->health_count; i++)
        if (!strcmp(journal->health[i].service, service))
            return &journal->health[i];
    if (!make || journal->health_count == SERVICE_LIMIT ||
        strlen(service) >= sizeof health->service)
        return NULL;
    health = &journal->health[journal->health_count++];
    memcpy(health->service, service, strlen(service) + 1);
    health->latency_ms = -1;
    return health;
}

static void note_health(struct journal *journal, const struct journal_entry *entry)
{
    struct service_health *health = find_health(journal, entry->service, true);
    double ms = (double)entry->elapsed / (double)CLOCK_MS;

    if (!health)
        return;
    health->failed = entry->status == 0 || entry->status >= 500;
    if (entry->status == 429)
        health->throttled = clock_monotonic();
    /* A call that was repeated has waited in between: that says nothing about the endpoint. */
    if (entry->status == 0 || entry->retries > 0)
        return;
    if (health->latency_ms < 0)
        health->latency_ms = ms;
    health->latency_ms += (ms - health->latency_ms) * 0.2;
}

uint64_t journal_add(struct journal *journal, const struct journal_entry *entry)
{
    struct journal_entry *place;
    uint64_t number;
    bool is_due;

    lock(journal);
    place = next_place(journal);
    number = ++journal->last;
    if (place) {
        *place = *entry;
        place->number = number;
        place->at = clock_wall();
        place->request = entry->request ? mem_copy_string(entry->request) : NULL;
        place->response = NULL;
        place->text = NULL;
        if (!journal->requests_only) {
            place->response = entry->response ? mem_copy_string(entry->response) : NULL;
            place->text = entry->text ? mem_copy_string(entry->text) : NULL;
        }
        journal->body_size += body_size(place);
        keep_within_limit(journal);
    }
    if (!entry->is_statement)
        note_health(journal, entry);
    if (journal->is_kept && entry->is_write)
        add_file_line(journal, entry);
    is_due = journal->pending.length > 0 &&
             (entry->is_statement || journal->pending.length >= FLUSH_SIZE ||
                 clock_monotonic() - journal->flushed > CLOCK_SECOND);
    pthread_mutex_unlock(&journal->lock);
    if (is_due)
        flush(journal);
    return number;
}

uint64_t journal_version(const struct journal *journal)
{
    struct journal *own = lock(journal);
    uint64_t version = own->last;

    pthread_mutex_unlock(&own->lock);
    return version;
}

static size_t count_kept(const struct journal *journal)
{
    return journal->last < journal->capacity ? (size_t)journal->last : journal->capacity;
}

size_t journal_count(const struct journal *journal)
{
    struct journal *own = lock(journal);
    size_t count = count_kept(own);

    pthread_mutex_unlock(&own->lock);
    return count;
}

bool journal_copy(const struct journal *journal, size_t index, bool bodies,
    struct journal_entry *out)
{
    struct journal *own = lock(journal);
    size_t count = count_kept(own);
    const struct journal_entry *entry = NULL;

    if (index < count)
        entry = own->ring[(own->last - count + index) % own->capacity];
    if (entry) {
        *out = *entry;
        out->request = bodies && entry->request ? mem_copy_string(entry->request) : NULL;
        out->response = bodies && entry->response ? mem_copy_string(entry->response) : NULL;
        out->text = entry->text ? mem_copy_string(entry->text) : NULL;
    }
    pthread_mutex_unlock(&own->lock);
    return entry != NULL;
}

struct journal_health journal_health(const struct journal *journal, const char *service)
{
    struct journal_health out = {.latency_ms = -1};
    struct journal *own = lock(journal);
    const struct service_health *health = find_health(own, service, false);

    if (health) {
        out.latency_ms = health->latency_ms;
        out.failed = health->failed;
        out.throttled =
            health->throttled > 0 && clock_monotonic() - health->throttled < THROTTLE_SHOWN;
    }
    pthread_mutex_unlock(&own->lock);
    return out;
}

void journal_note_throttle(struct journal *journal, const char *service)
{
    struct service_health *health;

    lock(journal);
    health = find_health(journal, service, true);
    if (health)
        health->throttled = clock_monotonic();
    pthread_mutex_unlock(&journal->lock);
}
