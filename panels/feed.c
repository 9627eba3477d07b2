#include "panels/feed.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { SLICE = 64, COMPACT = 4096 };

#define WORK_SLICE (4 * CLOCK_MS)

void feed_init(struct feed *feed)
{
    *feed = (struct feed){.follow = true};
}

void feed_done(struct feed *feed)
{
    filter_free(feed->filter);
    mem_free(feed->number);
    *feed = (struct feed){0};
}

void feed_reset(struct feed *feed)
{
    feed->count = feed->gone = 0;
    feed->next = 0;
    feed->hidden = 0;
    feed->paused = false;
}

void feed_set_filter(struct feed *feed, struct filter *filter)
{
    filter_free(feed->filter);
    feed->filter = filter;
    feed->count = feed->gone = 0;
    feed->next = 0;
    feed->hidden = 0;
}

static bool add_number(struct feed *feed, uint64_t number)
{
    if (feed->count == feed->capacity) {
        size_t capacity = feed->capacity ? feed->capacity * 2 : 1024;
        uint64_t *grown = mem_resize(feed->number, capacity, sizeof *grown);

        if (!grown)
            return false;
        feed->number = grown;
        feed->capacity = capacity;
    }
    feed->number[feed->count++] = number;
    return true;
}

/* Entries that fell out of the ring leave the list in front; the cursor stays on its entry. */
static void drop_old(struct feed *feed, uint64_t first)
{
    size_t before = feed->gone, dropped;

    while (feed->gone < feed->count && feed->number[feed->gone] < first)
        feed->gone++;
    dropped = feed->gone - before;
    feed->list.cursor = feed->list.cursor > dropped ? feed->list.cursor - dropped : 0;
    feed->list.top = feed->list.top > dropped ? feed->list.top - dropped : 0;
    if (feed->gone < COMPACT)
        return;
    memmove(feed->number, feed->number + feed->gone,
        (feed->count - feed->gone) * sizeof *feed->number);
    feed->count -= feed->gone;
    feed->gone = 0;
}

bool feed_update(struct feed *feed, uint64_t first, size_t count, int height,
    bool (*matches)(void *user, uint64_t number), void *user)
{
    uint64_t end = first + count, stop = clock_monotonic() + WORK_SLICE;

    drop_old(feed, first);
    if (feed->paused && feed->paused_at < end)
        end = feed->paused_at > first ? feed->paused_at : first;
    if (feed->next < first)
        feed->next = first;
    while (feed->next < end && (clock_monotonic() < stop || clock_is_fixed())) {
        for (int i = 0; i < SLICE && feed->next < end; i++, feed->next++) {
            if (!matches(user, feed->next))
                feed->hidden++;
            else if (!add_number(feed, feed->next))
                break;
        }
    }
    list_fit(&feed->list, feed->count - feed->gone, height);
    if (feed->follow && !feed->paused)
        list_move(&feed->list, feed->list.count ? feed->list.count - 1 : 0);
    return feed->next < end;
}

uint64_t feed_number(const struct feed *feed, size_t index)
{
    return feed->gone + index < feed->count ? feed->number[feed->gone + index] : 0;
}

bool feed_act(struct feed *feed, const char *action, const char *argument)
{
    int64_t rows;

    if (!strcmp(action, "follow")) {
        feed->follow = !feed->follow;
    } else if (!strcmp(action, "pause")) {
        feed->paused = !feed->paused;
        feed->paused_at = feed->next;
    } else if (!strcmp(action, "scroll") && text_to_integer(text_of(argument), -100, 100, &rows)) {
        list_scroll(&feed->list, (int)rows);
        feed->follow = feed->list.cursor + 1 >= feed->list.count;
    } else if (!strcmp(action, "click") && text_to_integer(text_of(argument), 0, 1000, &rows)) {
        list_move(&feed->list, feed->list.top + (size_t)rows);
        feed->follow = false;
    } else if (list_act(&feed->list, action, argument)) {
        /* The end is where one follows; anywhere else the lines stand still. */
        feed->follow = feed->list.cursor + 1 >= feed->list.count;
    } else {
        return false;
    }
    return true;
}
