#include "endpoint/tables/keys.h"

#include <string.h>

#include "base/decimal.h"

static void add_number(struct buf *out, struct text text)
{
    struct decimal number;

    if (decimal_parse(text, &number) == DECIMAL_OK)
        decimal_add_key(out, &number);
}

void keys_add_open(struct buf *out, struct text bytes)
{
    while (bytes.length > 0) {
        const char *zero = memchr(bytes.data, 0, bytes.length);
        size_t run = zero ? (size_t)(zero - bytes.data) + 1 : bytes.length;

        buf_add(out, bytes.data, run);
        if (zero)
            buf_add_char(out, '\xff');
        bytes = text_slice(bytes, run, bytes.length);
    }
}

void keys_add_part(struct buf *out, const struct value *value, bool last)
{
    if (value->type == VALUE_N) {
        add_number(out, value->text);
    } else if (last) {
        buf_add_text(out, value->text);
    } else {
        keys_add_open(out, value->text);
        buf_add(out, "\0\1", 2);
    }
}

static uint64_t mix(uint64_t hash, struct text bytes)
{
    for (size_t i = 0; i < bytes.length; i++)
        hash = (hash ^ (unsigned char)bytes.data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t keys_hash(const struct key_schema *key, const struct value *const *values)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    struct buf number;

    buf_init(&number, DECIMAL_KEY_LIMIT);
    for (size_t i = 0; i < key->hash_count; i++) {
        struct text bytes = values[i]->text;

        if (values[i]->type == VALUE_N) {
            buf_clear(&number);
            add_number(&number, bytes);
            bytes = buf_view(&number);
        }
        hash = mix(mix(hash, bytes), text_make("\0\1", 2));
    }
    buf_done(&number);
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ (hash >> 33);
}

void keys_add_hash(struct buf *out, uint64_t hash)
{
    char bytes[KEYS_HASH_SIZE];

    for (int i = KEYS_HASH_SIZE - 1; i >= 0; i--, hash >>= 8)
        bytes[i] = (char)(hash & 0xff);
    buf_add(out, bytes, sizeof bytes);
}

void keys_add_item(struct buf *out, const struct key_schema *key, const struct value *item)
{
    const struct value *values[TABLE_KEY_LIMIT];
    size_t count = key_count(key);

    for (size_t i = 0; i < count; i++)
        values[i] = value_get(item, key->attribute[i].name);
    keys_add_hash(out, keys_hash(key, values));
    for (size_t i = 0; i < count; i++)
        keys_add_part(out, values[i], i + 1 == count);
}

bool keys_add_index(struct buf *out, const struct table_index *index, const struct value *item,
    struct text item_key)
{
    const struct key_schema *key = &index->key;
    const struct value *values[TABLE_KEY_LIMIT];

    for (size_t i = 0; i < key_count(key); i++) {
        size_t limit = i < key->hash_count ? TABLE_HASH_SIZE : TABLE_RANGE_SIZE;

        values[i] = value_get(item, key->attribute[i].name);
        if (!values[i] || values[i]->type != key->attribute[i].type || values[i]->text.length == 0)
            return false;
        /* Only while backfilling: later writes are refused. */
        if (values[i]->type != VALUE_N && values[i]->text.length > limit)
            return false;
    }
    keys_add_hash(out, keys_hash(key, values));
    for (size_t i = 0; i < key_count(key); i++)
        keys_add_part(out, values[i], false);
    buf_add_text(out, item_key);
    return true;
}

/* Bytes of one attribute in the inside form, 0 = not one. */
static size_t skip_part(enum value_type type, struct text key)
{
    if (type == VALUE_N) {
        struct decimal number;

        return decimal_from_key(key, &number);
    }
    for (size_t at = 0; at + 1 < key.length; at++) {
        const char *zero = memchr(key.data + at, 0, key.length - 1 - at);

        if (!zero)
            return 0;
        at = (size_t)(zero - key.data) + 1;
        if (key.data[at] == '\1')
            return at + 1;
    }
    return 0;
}

static struct text skip_parts(const struct key_schema *schema, size_t count, struct text key)
{
    key = text_slice(key, KEYS_HASH_SIZE, key.length);
    for (size_t i = 0; i < count; i++) {
        size_t length = skip_part(schema->attribute[i].type, key);

        if (length == 0)
            return text_make(key.data, 0);
        key = text_slice(key, length, key.length);
    }
    return key;
}

struct text keys_item_of(const struct key_schema *index_key, struct text key)
{
    return skip_parts(index_key, key_count(index_key), key);
}

struct text keys_collection_of(const struct key_schema *table_key, struct text key)
{
    struct text rest;

    if (table_key->range_count == 0)
        return key;
    rest = skip_parts(table_key, table_key->hash_count, key);
    return text_make(key.data, (size_t)(rest.data - key.data));
}

bool keys_next(struct buf *out)
{
    size_t length = out->length;

    while (length > 0 && out->data[length - 1] == '\xff')
        length--;
    if (length == 0)
        return false;
    buf_cut(out, length);
    out->data[length - 1] = (char)((unsigned char)out->data[length - 1] + 1);
    return true;
}

uint64_t keys_segment_start(uint64_t segment, uint64_t total)
{
    /* Long division by two 32-bit digits; the remainder stays below 2^20. */
    uint64_t high = (segment << 32) / total;
    uint64_t rest = (segment << 32) % total;

    return (high << 32) | ((rest << 32) / total);
}
