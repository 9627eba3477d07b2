#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Times are nanoseconds. Wall times count from 1970-01-01T00:00:00Z. Thread-safe. */

#define CLOCK_SECOND UINT64_C(1000000000)
#define CLOCK_MS UINT64_C(1000000)

uint64_t clock_monotonic(void);
uint64_t clock_wall(void);

/* Tests and golden screens: both clocks stand at this wall time until clock_advance; 0 ends it. */
void clock_fix(uint64_t wall);
void clock_advance(uint64_t nanoseconds);
bool clock_is_fixed(void);

/* "2026-11-21T11:42:07Z"; with milliseconds when asked: "...:07.123Z" */
void clock_add_iso(struct buf *out, uint64_t wall, bool milliseconds);
/* "20261121T114207Z", as SigV4 wants it */
void clock_add_compact(struct buf *out, uint64_t wall);
/* "Sat, 21 Nov 2026 11:42:07 GMT" */
void clock_add_http(struct buf *out, uint64_t wall);
/* "21/Nov/2026:11:42:07 +0000" */
void clock_add_access_log(struct buf *out, uint64_t wall);
/* "11:42:07" */
void clock_add_time_of_day(struct buf *out, uint64_t wall);

/* ISO 8601: date, or date and time with Z or +hh:mm; seconds and fraction optional. */
bool clock_parse_iso(struct text text, uint64_t *wall);
/* "20261121T114207Z" */
bool clock_parse_compact(struct text text, uint64_t *wall);
/* "90s", "7d", "250ms", units ms s m h d w; nanoseconds */
bool clock_parse_duration(struct text text, uint64_t *duration);

#endif
