#ifndef CONSOLE_STATEMENTS_PARTITIONS_H
#define CONSOLE_STATEMENTS_PARTITIONS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Which partitions hold the most bytes, in memory that does not grow with the table: of more than
 * PARTITION_LIMIT the smaller half is forgotten, and begins anew when it is met again. A Scan gives
 * the items of one partition one after another, so what is large is never among them for long.
 */
enum { PARTITION_LIMIT = 20000 };

struct partition {
    char *key; /* as the map of partitions owns it */
    uint64_t items, bytes;
};

struct partitions; /* one thread at a time */

struct partitions *partitions_new(struct error *err) MUST_CHECK;
void partitions_free(struct partitions *partitions); /* NULL is harmless */
/* An item of that many bytes in the partition of that key, as text. */
enum error_code partitions_add(struct partitions *partitions, struct text key, uint64_t bytes,
    struct error *err) MUST_CHECK;
/* The largest into out, the largest first, equal ones by key; returns how many, at most most. */
size_t partitions_largest(const struct partitions *partitions, struct partition *out, size_t most);

#endif
