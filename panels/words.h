#ifndef PANELS_WORDS_H
#define PANELS_WORDS_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Figures as people read them. */

/* 3118 -> "3,118" */
void words_add_count(struct buf *out, uint64_t count);
/* At most four columns: 88 "88", 310422 "310k", 1203441 "1.2M". */
void words_add_short(struct buf *out, uint64_t count);
/* At most four columns: "388M", "1.1G", "12B". */
void words_add_bytes(struct buf *out, uint64_t bytes);
/* Thousandths of a unit: "127", "29.5". */
void words_add_capacity(struct buf *out, uint64_t milli);
/* Nanoseconds: "54 ms", "1.2 s". */
void words_add_elapsed(struct buf *out, uint64_t nanoseconds);
/* Microseconds as milliseconds with three significant digits below 1,000: "0.42", "7.1", "48". */
void words_add_ms(struct buf *out, uint32_t microseconds);
/* Events per second, one digit behind the point below 1,000: "40.0". */
void words_add_rate(struct buf *out, double rate);

#endif
