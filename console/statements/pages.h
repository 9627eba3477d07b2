#ifndef CONSOLE_STATEMENTS_PAGES_H
#define CONSOLE_STATEMENTS_PAGES_H

#include "client/connection.h"
#include "console/job.h"
#include "console/language/planner.h"
#include "console/statements/rate.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Pages of one Query or Scan, in order. With ahead set a thread fetches the next page while the
 * current one is printed, so at most two pages are held. One consumer at a time.
 */
struct page {
    struct reply reply; /* owns the text that the others point into */
    struct text items;  /* behind the opening bracket, for skim_next */
    uint64_t count, scanned, capacity_milli;
    struct text last_key; /* DynamoDB JSON; empty: the end */
};

void page_init(struct page *page);
void page_done(struct page *page);

struct pages {
    struct job *job;
    const struct read_plan *plan;
    struct rate *rate;
    struct read_page next; /* what the next call asks for; limit is the consumer's to set */
    struct buf start;      /* ExclusiveStartKey that next.start points into */
    bool ended, ahead;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct page slot;
    bool is_full, is_over, stop;
    enum error_code code; /* of the thread */
    struct error err;
};

/* feed must stay where it is until pages_done. first is copied. */
enum error_code pages_init(struct pages *feed, struct job *job, const struct read_plan *plan,
    struct rate *rate, const struct read_page *first, bool ahead, struct error *err) MUST_CHECK;
/* The next page in *out (initialised by the caller); false at the end or with *code set. */
bool pages_next(struct pages *feed, struct page *out, enum error_code *code, struct error *err);
/* Stops the thread, if any, and frees. */
void pages_done(struct pages *feed);

/* ERROR_NETWORK: an answer of this operation that the service cannot have meant. */
enum error_code page_damaged(const char *operation, const char *why, struct error *err);
/* Thousandths of a unit in ConsumedCapacity: an object, or an array of them. */
uint64_t page_capacity(struct text consumed, struct arena *arena);

#endif
