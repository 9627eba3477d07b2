#ifndef CLIENT_CATALOG_COPY_H
#define CLIENT_CATALOG_COPY_H

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "client/catalog.h"

#include <stdbool.h>

/*
 * Deep copies into an arena, for pictures that are never changed once they are shown. False or
 * NULL when the arena has no room. Strings are never NULL afterwards but where catalog.h says so.
 */
bool catalog_copy_table(struct catalog_table *out, const struct catalog_table *from,
    struct arena *arena);

/* old may be NULL; its routes and stages are taken when from does not know any. */
bool catalog_copy_api(struct catalog_api *out, const struct catalog_api *from,
    const struct catalog_api *old, struct arena *arena);

/* From the Table object of DescribeTable; what is missing stays empty. */
bool catalog_read_table(struct catalog_table *out, const struct json *table, struct text source,
    struct arena *arena);

#endif
