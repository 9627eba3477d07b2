#ifndef ENDPOINT_TABLES_EXPIRY_H
#define ENDPOINT_TABLES_EXPIRY_H

#include "base/text.h"
#include "client/value.h"
#include "endpoint/tables/write.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Time to live (tables.md 17): an ordered index on the expiry time, kept beside the items while
 * it is on, so that a sweep costs what expires. Writer thread.
 */

/* Seconds since 1970 in the attribute; false when the item never expires by it. */
bool expiry_time(const struct value *item, struct text attribute, int64_t *seconds);

/* Brings the expiry entry in line with a write. */
enum store_result expiry_write(const struct item_write *write, struct write_context *context);

/* Deletes up to a slice of what has expired; AGAIN when there is more. */
enum progress expiry_sweep(struct table *table, struct write_context *context);

#endif
