#include "base/arena.h"
#include "base/decimal.h"
#include "endpoint/tables/keys.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Numbers and key bytes. The first byte chooses: n two numbers, a space between; k two keys of
 * three binary parts, '|' between all six. The order of the bytes must be the order of the values
 * as an arithmetic of its own has it, and what was written must read back.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DIGITS = 64 };

static void require(bool good)
{
    if (!good)
        abort(); /* allowed: how a fuzz target reports */
}

/* A number by its text alone: digits without zeros at the ends, and where the first one stands. */
struct plain {
    int sign; /* -1, 0, 1 */
    int64_t place;
    size_t count;
    char digit[DIGITS];
};

/* The text is one that decimal_parse took: well formed, in range, at most 38 digits. */
static void read_plain(struct text text, struct plain *out)
{
    int64_t exponent = 0, before = 0;
    size_t end = 0, skipped = 0;
    bool point = false, negative = text.length > 0 && text.data[0] == '-';

    while (end < text.length && text.data[end] != 'e' && text.data[end] != 'E')
        end++;
    if (end < text.length) {
        struct text rest = text_slice(text, end + 1, text.length);

        if (text_starts_with(rest, TEXT("+")))
            rest = text_slice(rest, 1, rest.length);
        require(text_to_integer(rest, INT64_MIN, INT64_MAX, &exponent));
    }
    *out = (struct plain){0};
    for (size_t i = 0; i < end; i++) {
        char c = text.data[i];

        if (c == '.')
            point = true;
        if (c < '0' || c > '9')
            continue;
        if (out->count == 0 && c == '0') {
            skipped += point;
            continue;
        }
        before += !point;
        if (out->count < DIGITS)
            out->digit[out->count++] = c;
        else
            require(c == '0'); /* more than 38 digits that count were refused */
    }
    while (out->count > 0 && out->digit[out->count - 1] == '0')
        out->count--;
    out->sign = out->count == 0 ? 0 : negative ? -1 : 1;
    out->place = out->count == 0 ? 0 : (before > 0 ? before : -(int64_t)skipped) + exponent;
}

static int compare_plain(const struct plain *a, const struct plain *b)
{
    size_t shorter = a->count < b->count ? a->count : b->count;
    int order;

    if (a->sign != b->sign || a->sign == 0)
        return a->sign < b->sign ? -1 : a->sign > b->sign;
    if (a->place != b->place)
        return a->place < b->place ? -a->sign : a->sign;
    order = memcmp(a->digit, b->digit, shorter);
    if (order != 0)
        return order < 0 ? -a->sign : a->sign;
    return a->count == b->count ? 0 : a->count < b->count ? -a->sign : a->sign;
}

static int sign_of(int order)
{
    return order < 0 ? -1 : order > 0;
}

static void check_number(const struct decimal *number, const struct plain *plain)
{
    struct decimal again;
    struct plain from_text;
    struct buf key, text;

    buf_init(&key, DECIMAL_KEY_LIMIT);
    buf_init(&text, 1024);
    decimal_add_key(&key, number);
    require(!key.failure);
    require(decimal_from_key(buf_view(&key), &again) == key.length);
    require(decimal_compare(number, &again) == 0);
    decimal_add_text(&text, number);
    require(decimal_parse(buf_view(&text), &again) == DECIMAL_OK);
    require(decimal_compare(number, &again) == 0);
    read_plain(buf_view(&text), &from_text);
    require(compare_plain(plain, &from_text) == 0);
    buf_done(&key);
    buf_done(&text);
}

static void check_numbers(struct text input)
{
    struct text first;
    struct decimal a, b;
    struct plain plain_a, plain_b;
    struct buf key_a, key_b;
    int order;

    if (!text_take_until(&input, ' ', &first))
        return;
    if (decimal_parse(first, &a) != DECIMAL_OK || decimal_parse(input, &b) != DECIMAL_OK)
        return;
    read_plain(first, &plain_a);
    read_plain(input, &plain_b);
    check_number(&a, &plain_a);
    check_number(&b, &plain_b);
    order = compare_plain(&plain_a, &plain_b);
    require(sign_of(decimal_compare(&a, &b)) == order);
    buf_init(&key_a, DECIMAL_KEY_LIMIT);
    buf_init(&key_b, DECIMAL_KEY_LIMIT);
    decimal_add_key(&key_a, &a);
    decimal_add_key(&key_b, &b);
    require(sign_of(text_compare(buf_view(&key_a), buf_view(&key_b))) == order);
    buf_done(&key_a);
    buf_done(&key_b);
}

struct parts {
    struct text part[3];
};

static void add_parts(struct buf *out, const struct parts *parts)
{
    for (int i = 0; i < 3; i++) {
        const struct value value = {.type = VALUE_B, .text = parts->part[i]};

        keys_add_part(out, &value, i == 2);
    }
}

static void check_keys(struct text input)
{
    struct parts a = {0}, b = {0};
    struct buf key_a, key_b;
    struct text rest = input;
    int order = 0;

    for (int i = 0; i < 6; i++) {
        struct text *part = i < 3 ? &a.part[i] : &b.part[i - 3];

        if (!text_take_until(&rest, '|', part)) {
            *part = rest;
            rest = TEXT("");
        }
    }
    for (int i = 0; i < 3 && order == 0; i++)
        order = sign_of(text_compare(a.part[i], b.part[i]));
    buf_init(&key_a, SIZE_MAX);
    buf_init(&key_b, SIZE_MAX);
    add_parts(&key_a, &a);
    add_parts(&key_b, &b);
    require(sign_of(text_compare(buf_view(&key_a), buf_view(&key_b))) == order);
    /* Everything that begins with a lies below the next key. */
    buf_clear(&key_b);
    buf_add_text(&key_b, buf_view(&key_a));
    if (keys_next(&key_b))
        require(text_compare(buf_view(&key_a), buf_view(&key_b)) < 0 &&
                !text_starts_with(buf_view(&key_b), buf_view(&key_a)));
    buf_done(&key_a);
    buf_done(&key_b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = text_make((const char *)data, size);
    struct decimal ignored;

    if (size > 0 && data[0] == 'n')
        check_numbers(text_slice(input, 1, size));
    else if (size > 0 && data[0] == 'k')
        check_keys(text_slice(input, 1, size));
    else if (decimal_from_key(input, &ignored) > size)
        require(false); /* any bytes may be offered as a key */
    return 0;
}
