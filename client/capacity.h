#ifndef CLIENT_CAPACITY_H
#define CLIENT_CAPACITY_H

#include "base/text.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Units that calls have consumed, by table and index, from answers to ReturnConsumedCapacity
 * INDEXES. Threads may note at once; it is read when they have ended. Embedded by its owner.
 */
enum { CAPACITY_PARTS = 64 };

struct capacity_part {
    char name[260]; /* "orders", "byStatus"; "others" when there are too many */
    uint64_t read_milli, write_milli;
};
struct capacity {
    pthread_mutex_t lock;
    struct capacity_part part[CAPACITY_PARTS];
    size_t count;
    bool has_index; /* some part is an index */
};

void capacity_init(struct capacity *capacity);
void capacity_done(struct capacity *capacity);

/* body: an answer as it came. */
void capacity_note(struct capacity *capacity, struct text body, bool is_write);

#endif
