#include "endpoint/tables/stream_iterator.h"

#include <string.h>

#include "base/crypto.h"

enum { PLACE_SIZE = 24, MARK_SIZE = 16, SIGNED_LIMIT = 2048 };

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

void stream_arn_add(struct buf *out, const struct stream_name *name)
{
    buf_add_string(out, "arn:aws:dynamodb:");
    buf_add_text(out, name->region);
    buf_add_char(out, ':');
    buf_add_text(out, name->account);
    buf_add_string(out, ":table/");
    buf_add_text(out, name->table);
    buf_add_string(out, "/stream/");
    buf_add_text(out, name->label);
}

void stream_number_add(struct buf *out, int64_t sequence)
{
    buf_add_format(out, NUMBER_PREFIX "%019lld", (long long)sequence);
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

static bool add_mark(struct buf *out, struct store *store, struct text arn, struct text place)
{
    const uint8_t *secret = store_secret(store);
    uint8_t hash[CRYPTO_SHA256];
    struct buf message;

    if (!secret)
        return false;
    buf_init(&message, SIGNED_LIMIT);
    buf_add_text(&message, place);
    buf_add_text(&message, arn);
    crypto_hmac_sha256(text_make((const char *)secret, STORE_SECRET_SIZE), buf_view(&message),
        hash);
    buf_add(out, (const char *)hash, MARK_SIZE);
    buf_done(&message);
    return true;
}

bool stream_iterator_add(struct buf *out, struct store *store,
    const struct stream_iterator *iterator)
{
    char place[PLACE_SIZE];
    struct buf whole;
    bool done;

    put(place, (uint64_t)iterator->stream);
    put(place + 8, (uint64_t)iterator->position);
    put(place + 16, iterator->created_ms);
    buf_init(&whole, PLACE_SIZE + MARK_SIZE);
    buf_add(&whole, place, PLACE_SIZE);
    done = add_mark(&whole, store, iterator->arn, text_make(place, PLACE_SIZE));
    buf_add_text(out, iterator->arn);
    buf_add_string(out, "|1|");
    crypto_add_base64(out, buf_view(&whole));
    buf_done(&whole);
    return done;
}

enum store_result stream_iterator_parse(struct text text, struct store *store,
    struct stream_iterator *out)
{
    enum store_result result = STORE_DONE;
    struct text version, whole;
    struct buf bytes, mark;

    buf_init(&bytes, SIGNED_LIMIT);
    buf_init(&mark, MARK_SIZE);
    if (!text_take_until(&text, '|', &out->arn) || !text_take_until(&text, '|', &version) ||
        !text_is(version, "1") || !crypto_from_base64(&bytes, text) ||
        bytes.length != PLACE_SIZE + MARK_SIZE)
        goto out;
    whole = buf_view(&bytes);
    if (!add_mark(&mark, store, out->arn, text_slice(whole, 0, PLACE_SIZE))) {
        result = STORE_FAILED;
        goto out;
    }
    if (!crypto_equal(buf_view(&mark), text_slice(whole, PLACE_SIZE, whole.length)))
        goto out;
    out->stream = (int64_t)take(whole.data);
    out->position = (int64_t)take(whole.data + 8);
    out->created_ms = take(whole.data + 16);
    result = STORE_ROW;
out:
    buf_done(&bytes);
    buf_done(&mark);
    return result;
}
