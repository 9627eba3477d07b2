#include "client/pace.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { BURST = 30, BURST_RESERVED = 10 };

#define INTERVAL (CLOCK_SECOND / 8)

/* interval: between two calls in the long run; burst: calls that may come at once. */
static const struct rule {
    const char *operation;
    uint64_t interval;
    unsigned burst;
} rule_table[] = {
    {"CreateApiKey", CLOCK_SECOND / 5, 5},
    {"CreateDeployment", 5 * CLOCK_SECOND, 1},
    {"CreateDocumentationVersion", 20 * CLOCK_SECOND, 1},
    {"CreateDomainName", 30 * CLOCK_SECOND, 1},
    {"CreateResource", CLOCK_SECOND / 5, 5},
    {"CreateRestApi", 3 * CLOCK_SECOND, 1},
    {"CreateVpcLink", 15 * CLOCK_SECOND, 1},
    {"DeleteApiKey", CLOCK_SECOND / 5, 5},
    {"DeleteDomainName", 30 * CLOCK_SECOND, 1},
    {"DeleteResource", CLOCK_SECOND / 5, 5},
    {"DeleteRestApi", 30 * CLOCK_SECOND, 1},
    {"GetResources", 2 * CLOCK_SECOND / 5, 5},
    {"ImportDocumentationParts", 30 * CLOCK_SECOND, 1},
    {"ImportRestApi", 3 * CLOCK_SECOND, 1},
    {"PutRestApi", CLOCK_SECOND, 1},
    {"UpdateAccount", 20 * CLOCK_SECOND, 1},
    {"UpdateDomainName", 30 * CLOCK_SECOND, 1},
    {"UpdateUsagePlan", 20 * CLOCK_SECOND, 1},
};

enum { RULE_COUNT = sizeof rule_table / sizeof rule_table[0] };

/* Each number is the time at which the bucket is full again; 0 or past: full now. */
struct pace {
    pthread_mutex_t lock;
    uint64_t full_at;
    uint64_t rule_full_at[RULE_COUNT];
};

struct pace *pace_new(struct error *err)
{
    struct pace *pace = mem_new(1, sizeof *pace);

    if (pace)
        pthread_mutex_init(&pace->lock, NULL);
    else
        error_memory(err);
    return pace;
}

void pace_free(struct pace *pace)
{
    if (!pace)
        return;
    pthread_mutex_destroy(&pace->lock);
    mem_free(pace);
}

static size_t find_rule(const char *operation)
{
    size_t low = 0, high = RULE_COUNT;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(operation, rule_table[middle].operation);

        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return RULE_COUNT;
}

static uint64_t book(uint64_t *full_at, uint64_t interval, unsigned burst, uint64_t now)
{
    uint64_t start = *full_at > now ? *full_at : now;
    uint64_t credit = interval * (burst - 1);

    *full_at = start + interval;
    return start > now + credit ? start - credit - now : 0;
}

uint64_t pace_book(struct pace *pace, const char *operation, bool low_priority, uint64_t now)
{
    size_t rule = find_rule(operation);
    uint64_t wait, rule_wait = 0;

    pthread_mutex_lock(&pace->lock);
    wait = book(&pace->full_at, INTERVAL, low_priority ? BURST - BURST_RESERVED : BURST, now);
    if (rule < RULE_COUNT)
        rule_wait =
            book(&pace->rule_full_at[rule], rule_table[rule].interval, rule_table[rule].burst, now);
    pthread_mutex_unlock(&pace->lock);
    return wait > rule_wait ? wait : rule_wait;
}

uint64_t pace_interval(const char *operation)
{
    size_t rule = find_rule(operation);

    return rule < RULE_COUNT && rule_table[rule].interval > INTERVAL ? rule_table[rule].interval
                                                                     : INTERVAL;
}
