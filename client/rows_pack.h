#ifndef CLIENT_ROWS_PACK_H
#define CLIENT_ROWS_PACK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "client/value.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Items in few bytes, for results of a million rows: a tree of struct value costs five times the
 * data. Names at the top are numbers of a dictionary. The form lives in memory only.
 */

/* In name_number: the name is not in the dictionary and is written out. */
#define ROWS_PACK_INLINE UINT32_MAX

/* item is a map; name_number[i] belongs to item->name[i]. ERROR_LIMIT when nested too deeply. */
enum error_code rows_pack(struct buf *out, const struct value *item, const uint32_t *name_number,
    struct error *err) MUST_CHECK;

/*
 * The item again, its nodes in arena and its texts pointing into packed and dictionary. NULL when
 * the arena has no room. Only for what rows_pack wrote.
 */
struct value *rows_unpack(const unsigned char *packed, const struct text *dictionary,
    struct arena *arena) MUST_CHECK;

#endif
