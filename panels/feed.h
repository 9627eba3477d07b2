#ifndef PANELS_FEED_H
#define PANELS_FEED_H

#include "panels/filter.h"
#include "panels/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which entries of a ring (log lines, calls) match the filter: entries have rising numbers, old
 * ones fall out in front. Done in slices, as the view of rows is.
 */
struct feed {
    struct list list;
    struct filter *filter;
    uint64_t *number;             /* of the entries that match, rising */
    size_t count, capacity, gone; /* gone: entries in front that fell out */
    uint64_t next;                /* first number not looked at */
    uint64_t hidden;
    bool follow, paused;
    uint64_t paused_at; /* number that came next when it was paused */
};

void feed_init(struct feed *feed);
void feed_done(struct feed *feed);
/* Everything is looked at again: another source or filter (takes it, NULL: none). */
void feed_reset(struct feed *feed);
void feed_set_filter(struct feed *feed, struct filter *filter);
/*
 * Looks at the entries [first, first + count) that are new, for at most a few milliseconds; true
 * when there are more. matches says whether an entry of that number is shown.
 */
bool feed_update(struct feed *feed, uint64_t first, size_t count, int height,
    bool (*matches)(void *user, uint64_t number), void *user);
/* Number of the entry at that place of the list, 0 past the end. */
uint64_t feed_number(const struct feed *feed, size_t index);
/* Moves of the list; leaving the end stops following. "follow" and "pause" too. */
bool feed_act(struct feed *feed, const char *action, const char *argument);

#endif
