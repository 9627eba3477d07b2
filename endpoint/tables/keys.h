#ifndef ENDPOINT_TABLES_KEYS_H
#define ENDPOINT_TABLES_KEYS_H

#include "base/buf.h"
#include "base/text.h"
#include "client/value.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Key bytes whose memcmp order is the order of values (tables.md 4.4). Files keep them, so
 * nothing here may change:
 *
 *   number       base/decimal, self-delimiting
 *   S, B inside  bytes with 00 written 00 FF, ended by 00 01
 *   S, B last    raw bytes
 *   item key     hash (8 bytes, big-endian) . hash key . sort key
 *   index key    hash . each HASH attribute . each RANGE attribute . item key
 *
 * Inside an index key every attribute is written in the "inside" form. The hash is FNV-1a (64
 * bits) over, for each HASH attribute, its value bytes (number: its key bytes) and 00 01, put
 * through the 64-bit finisher of MurmurHash3 so that its high bits spread well: segments of a scan
 * are ranges of them.
 */
enum { KEYS_HASH_SIZE = 8 };

/* One value; last: it ends the key. The value is S, N or B; a bad number adds nothing. */
void keys_add_part(struct buf *out, const struct value *value, bool last);
/* Bytes of S or B inside a key without their end: the prefix of begins_with. */
void keys_add_open(struct buf *out, struct text bytes);
/* The hash of the HASH attributes, values[i] for key->attribute[i]. */
uint64_t keys_hash(const struct key_schema *key, const struct value *const *values);
void keys_add_hash(struct buf *out, uint64_t hash);

/* The key of an item that has all key attributes with the right types. */
void keys_add_item(struct buf *out, const struct key_schema *key, const struct value *item);
/* An index key; false, and nothing added, when the item is not in the index. */
bool keys_add_index(struct buf *out, const struct table_index *index, const struct value *item,
    struct text item_key);

/* The item key at the end of an index key; empty when the bytes are not one. */
struct text keys_item_of(const struct key_schema *index_key, struct text key);
/* Hash and hash key of an item key: what names its item collection. */
struct text keys_collection_of(const struct key_schema *table_key, struct text key);

/* Smallest key above every key that starts with the bytes in out; false when there is none. */
bool keys_next(struct buf *out);

/* First hash of the segment: segment * 2^64 / total, segment < total <= 1,000,000. */
uint64_t keys_segment_start(uint64_t segment, uint64_t total);

#endif
