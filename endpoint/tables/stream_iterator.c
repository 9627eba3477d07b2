#include "endpoint/tables/stream_iterator.h"

#include <stdio.h>
#include <string.h>

#include "base/crypto.h"

enum { PLACE_SIZE = 24, MARK_SIZE = 16, ARN_LIMIT = 1024 };

/* Every number of ours is this one and its count: the first digit keeps the length at 21. */
#define NUMBER_PREFIX "10"

bool stream_arn_parse(struct text arn, struct stream_name *out)
{
    struct text arn_word, partition, service, kind;

    return text_take_until(&arn, ':', &arn_word) && text_is(arn_word, "arn") &&
           text_take_until(&arn, ':', &partition) && text_take_until(&arn, ':', &service) &&
           text_is(service, "dynamodb") && text_take_until(&arn, ':', &out->region) &&
           text_take_until(&arn, ':', &out->account) && text_take_until(&arn, '/', &kind) &&
           text_is(kind, "table") && text_take_until(&arn, '/', &out->table) &&
           text_take_until(&arn, '/', &kind) && text_is(kind, "stream") &&
           (out->label = arn).length > 0 && out->table.length > 0;
}

struct text stream_arn(struct arena *arena, const struct stream_name *name)
{
    return text_of(arena_format(arena, "arn:aws:dynamodb:%.*s:%.*s:table/%.*s/stream/%.*s",
        (int)name->region.length, name->region.data, (int)name->account.length, name->account.data,
        (int)name->table.length, name->table.data, (int)name->label.length, name->label.data));
}

struct text stream_number(int64_t sequence, char out[STREAM_NUMBER_DIGITS + 1])
{
    snprintf(out, STREAM_NUMBER_DIGITS + 1, NUMBER_PREFIX "%019lld", (long long)sequence);
    return text_of(out);
}

bool stream_number_parse(struct text text, int64_t *out)
{
    struct text prefix = TEXT(NUMBER_PREFIX);

    return text.length == STREAM_NUMBER_DIGITS && text_starts_with(text, prefix) &&
           text_to_integer(text_slice(text, prefix.length, text.length), 0, INT64_MAX - 1, out);
}

static void put(char *out, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        out[i] = (char)(number >> (56 - 8 * i));
}

static uint64_t take(const char *in)
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | (uint8_t)in[i];
    return number;
}

/* False when the store failed. */
static bool make_mark(struct store *store, struct text arn, const char *place, char *out)
{
    const uint8_t *secret = store_secret(store);
    char message[PLACE_SIZE + ARN_LIMIT];
    uint8_t hash[CRYPTO_SHA256];

    if (!secret)
        return false;
    memcpy(message, place, PLACE_SIZE);
    memcpy(message + PLACE_SIZE, arn.data, arn.length);
    crypto_hmac_sha256(text_make((const char *)secret, STORE_SECRET_SIZE),
        text_make(message, PLACE_SIZE + arn.length), hash);
    memcpy(out, hash, MARK_SIZE);
    return true;
}

bool stream_iterator_add(struct buf *out, struct store *store,
    const struct stream_iterator *iterator)
{
    char whole[PLACE_SIZE + MARK_SIZE];

    put(whole, (uint64_t)iterator->stream);
    put(whole + 8, (uint64_t)iterator->position);
    put(whole + 16, iterator->created_ms);
    if (!make_mark(store, iterator->arn, whole, whole + PLACE_SIZE))
        return false;
    buf_add_text(out, iterator->arn);
    buf_add_string(out, "|1|");
    crypto_add_base64(out, text_make(whole, sizeof whole));
    return true;
}

enum store_result stream_iterator_parse(struct text text, struct store *store,
    struct stream_iterator *out, struct buf *scratch)
{
    char mark[MARK_SIZE];
    struct text version, whole;

    buf_clear(scratch);
    if (!text_take_until(&text, '|', &out->arn) || out->arn.length > ARN_LIMIT ||
        !text_take_until(&text, '|', &version) || !text_is(version, "1") ||
        !crypto_from_base64(scratch, text) || scratch->length != PLACE_SIZE + MARK_SIZE)
        return STORE_DONE;
    whole = buf_view(scratch);
    if (!make_mark(store, out->arn, whole.data, mark))
        return STORE_FAILED;
    if (!crypto_equal(text_make(mark, MARK_SIZE), text_slice(whole, PLACE_SIZE, whole.length)))
        return STORE_DONE;
    out->stream = (int64_t)take(whole.data);
    out->position = (int64_t)take(whole.data + 8);
    out->created_ms = take(whole.data + 16);
    return STORE_ROW;
}
