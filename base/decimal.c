#include "base/decimal.h"

#include <string.h>

enum {
    KEY_NEGATIVE = 0x7f,
    KEY_ZERO = 0x80,
    KEY_POSITIVE = 0x81,
    KEY_PAIRS = DECIMAL_DIGITS / 2,
    /* A sum is worked out digit by digit: a place for the carry above the largest number, and
       below the smallest one places for all digits that it may have. */
    WORK_TOP = DECIMAL_EXPONENT_MAX + 1,
    WORK_DIGITS = WORK_TOP - DECIMAL_EXPONENT_MIN + DECIMAL_DIGITS
};

static bool take_sign(struct text *text)
{
    bool negative = text->length && *text->data == '-';

    if (negative || (text->length && *text->data == '+'))
        *text = text_slice(*text, 1, text->length);
    return negative;
}

static struct text take_digits(struct text *text)
{
    struct text digits;
    size_t length = 0;

    while (length < text->length && text->data[length] >= '0' && text->data[length] <= '9')
        length++;
    digits = text_slice(*text, 0, length);
    *text = text_slice(*text, length, text->length);
    return digits;
}

static bool take_char(struct text *text, char lower, char upper)
{
    if (!text->length || (*text->data != lower && *text->data != upper))
        return false;
    *text = text_slice(*text, 1, text->length);
    return true;
}

/* The exponent is a 64-bit number for the service; one beyond that is no number at all. */
static bool take_exponent(struct text *text, int64_t *exponent)
{
    bool negative = take_sign(text);
    struct text digits = take_digits(text);
    int64_t value = 0;

    for (size_t i = 0; i < digits.length; i++) {
        int digit = digits.data[i] - '0';

        if (value < (INT64_MIN + digit) / 10)
            return false;
        value = value * 10 - digit;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *exponent = negative ? value : -value;
    return digits.length > 0;
}

static enum decimal_result check_range(int64_t exponent)
{
    if (exponent > DECIMAL_EXPONENT_MAX)
        return DECIMAL_OVERFLOW;
    return exponent < DECIMAL_EXPONENT_MIN ? DECIMAL_UNDERFLOW : DECIMAL_OK;
}

static char digit_at(struct text whole, struct text fraction, size_t at)
{
    return at < whole.length ? whole.data[at] : fraction.data[at - whole.length];
}

/* The value of whole.fraction * 10^exponent; the sign is in *out. */
static enum decimal_result set_digits(struct decimal *out, struct text whole, struct text fraction,
    int64_t exponent)
{
    size_t first = 0, end = whole.length + fraction.length;
    enum decimal_result result;

    /* Far outside the range it stays there whatever the digits, and nothing below wraps. */
    if (exponent > INT64_MAX / 2)
        exponent = INT64_MAX / 2;
    if (exponent < INT64_MIN / 2)
        exponent = INT64_MIN / 2;
    while (first < end && digit_at(whole, fraction, first) == '0')
        first++;
    if (first == end) {
        *out = (struct decimal){0};
        return check_range(exponent - (int64_t)fraction.length);
    }
    while (digit_at(whole, fraction, end - 1) == '0')
        end--;
    exponent += (int64_t)whole.length - 1 - (int64_t)first;
    result = check_range(exponent);
    if (result != DECIMAL_OK)
        return result;
    if (end - first > DECIMAL_DIGITS)
        return DECIMAL_TOO_MANY_DIGITS;
    out->exponent = (int16_t)exponent;
    out->count = (uint8_t)(end - first);
    for (size_t i = first; i < end; i++)
        out->digit[i - first] = (uint8_t)(digit_at(whole, fraction, i) - '0');
    return DECIMAL_OK;
}

enum decimal_result decimal_parse(struct text text, struct decimal *out)
{
    struct text whole, fraction = {0};
    int64_t exponent = 0;

    *out = (struct decimal){0};
    out->negative = take_sign(&text);
    whole = take_digits(&text);
    if (take_char(&text, '.', '.'))
        fraction = take_digits(&text);
    if (!whole.length && !fraction.length)
        return DECIMAL_NOT_A_NUMBER;
    if (take_char(&text, 'e', 'E') && !take_exponent(&text, &exponent))
        return DECIMAL_NOT_A_NUMBER;
    if (text.length)
        return DECIMAL_NOT_A_NUMBER;
    return set_digits(out, whole, fraction, exponent);
}

static int compare_magnitude(const struct decimal *a, const struct decimal *b)
{
    int order;

    if (!a->count || !b->count)
        return (a->count > 0) - (b->count > 0);
    if (a->exponent != b->exponent)
        return a->exponent < b->exponent ? -1 : 1;
    order = memcmp(a->digit, b->digit, a->count < b->count ? a->count : b->count);
    return order ? order : (a->count > b->count) - (a->count < b->count);
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
    int order;

    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    order = compare_magnitude(a, b);
    return a->negative ? -order : order;
}

/* Places of the work, most significant first; only [first, end) may differ from zero. */
struct work {
    int8_t place[WORK_DIGITS];
    int first, end;
};

/* Adds sign times the digits of value; places may leave 0..9 until settle has run. */
static void pile(struct work *work, const struct decimal *value, int sign)
{
    int top = WORK_TOP - value->exponent;

    for (int i = 0; i < value->count; i++)
        work->place[top + i] = (int8_t)(work->place[top + i] + sign * value->digit[i]);
    if (value->count && top - 1 < work->first)
        work->first = top - 1;
    if (value->count && top + value->count > work->end)
        work->end = top + value->count;
}

/* Carries and borrows, and leaves no zeros at the ends. */
static void settle(struct work *work)
{
    int8_t *place = work->place;

    for (int i = work->end - 1; i > work->first; i--) {
        if (place[i] > 9) {
            place[i] = (int8_t)(place[i] - 10);
            place[i - 1]++;
        } else if (place[i] < 0) {
            place[i] = (int8_t)(place[i] + 10);
            place[i - 1]--;
        }
    }
    while (work->first < work->end && !place[work->first])
        work->first++;
    while (work->first < work->end && !place[work->end - 1])
        work->end--;
}

static enum decimal_result sum_signed(const struct decimal *a, const struct decimal *b,
    bool b_negative, struct decimal *out)
{
    struct work work = {.first = WORK_DIGITS, .end = 0};
    struct decimal sum = {0};
    bool same = a->negative == b_negative;
    bool swap = compare_magnitude(a, b) < 0;
    enum decimal_result result;

    pile(&work, a, swap && !same ? -1 : 1);
    pile(&work, b, swap || same ? 1 : -1);
    settle(&work);
    if (work.first >= work.end) {
        *out = sum;
        return DECIMAL_OK;
    }
    result = check_range(WORK_TOP - work.first);
    if (result != DECIMAL_OK)
        return result;
    if (work.end - work.first > DECIMAL_DIGITS)
        return DECIMAL_OVERFLOW;
    sum.negative = swap ? b_negative : a->negative;
    sum.exponent = (int16_t)(WORK_TOP - work.first);
    sum.count = (uint8_t)(work.end - work.first);
    for (int i = work.first; i < work.end; i++)
        sum.digit[i - work.first] = (uint8_t)work.place[i];
    *out = sum;
    return DECIMAL_OK;
}

enum decimal_result decimal_add(const struct decimal *a, const struct decimal *b,
    struct decimal *out)
{
    return sum_signed(a, b, b->negative, out);
}

enum decimal_result decimal_subtract(const struct decimal *a, const struct decimal *b,
    struct decimal *out)
{
    return sum_signed(a, b, b->count && !b->negative, out);
}

void decimal_add_text(struct buf *out, const struct decimal *value)
{
    char digits[DECIMAL_DIGITS];
    size_t count = value->count;

    if (!count) {
        buf_add_char(out, '0');
        return;
    }
    for (size_t i = 0; i < count; i++)
        digits[i] = (char)('0' + value->digit[i]);
    if (value->negative)
        buf_add_char(out, '-');
    if (value->exponent < 0) {
        buf_add_string(out, "0.");
        buf_add_repeat(out, '0', (size_t)(-value->exponent - 1));
        buf_add(out, digits, count);
    } else {
        size_t whole = (size_t)value->exponent + 1;

        buf_add(out, digits, count < whole ? count : whole);
        if (count > whole) {
            buf_add_char(out, '.');
            buf_add(out, digits + whole, count - whole);
        } else {
            buf_add_repeat(out, '0', whole - count);
        }
    }
}

void decimal_add_key(struct buf *out, const struct decimal *value)
{
    unsigned char key[DECIMAL_KEY_LIMIT];
    size_t length = 0;

    if (!value->count) {
        buf_add_char(out, (char)KEY_ZERO);
        return;
    }
    key[length++] = value->negative ? KEY_NEGATIVE : KEY_POSITIVE;
    key[length++] = (unsigned char)(value->exponent - DECIMAL_EXPONENT_MIN);
    for (int i = 0; i < value->count; i += 2) {
        int second = i + 1 < value->count ? value->digit[i + 1] : 0;

        key[length++] = (unsigned char)(10 * value->digit[i] + second + 1);
    }
    key[length++] = 0;
    for (size_t i = 1; value->negative && i < length; i++)
        key[i] = (unsigned char)~key[i];
    buf_add(out, key, length);
}

/* Only what decimal_add_key writes is good, so that equal values have equal keys. */
size_t decimal_from_key(struct text key, struct decimal *out)
{
    const unsigned char *byte = (const unsigned char *)key.data;
    struct decimal value = {0};
    unsigned mask;
    size_t at = 2;

    if (key.length && byte[0] == KEY_ZERO) {
        *out = value;
        return 1;
    }
    if (key.length < 4 || (byte[0] != KEY_NEGATIVE && byte[0] != KEY_POSITIVE))
        return 0;
    value.negative = byte[0] == KEY_NEGATIVE;
    mask = value.negative ? 0xff : 0;
    value.exponent = (int16_t)((int)(byte[1] ^ mask) + DECIMAL_EXPONENT_MIN);
    for (; at < key.length && byte[at] != mask; at++) {
        unsigned pair = (byte[at] ^ mask) - 1;

        if (pair > 99 || at - 2 >= KEY_PAIRS)
            return 0;
        value.digit[value.count++] = (uint8_t)(pair / 10);
        value.digit[value.count++] = (uint8_t)(pair % 10);
    }
    if (at == key.length || !value.count || !value.digit[0])
        return 0;
    if (!value.digit[value.count - 1])
        value.count--;
    if (!value.digit[value.count - 1])
        return 0;
    *out = value;
    return at + 1;
}

size_t decimal_size(const struct decimal *value)
{
    size_t count = value->count;
    size_t whole = value->exponent < 0 ? 0 : (size_t)value->exponent + 1;

    if (whole > count)
        whole = count;
    return 1 + (whole + 1) / 2 + (count - whole + 1) / 2 + (value->negative ? 1 : 0);
}

void decimal_explain(enum decimal_result result, struct text text, struct buf *out)
{
    switch (result) {
    case DECIMAL_OK:
        break;
    case DECIMAL_NOT_A_NUMBER:
        buf_add_string(out, "The parameter cannot be converted to a numeric value: ");
        buf_add_text(out, text);
        break;
    case DECIMAL_TOO_MANY_DIGITS:
        buf_add_string(out, "Attempting to store more than 38 significant digits in a Number");
        break;
    case DECIMAL_OVERFLOW:
        buf_add_string(out, "Number overflow. Attempting to store a number with magnitude larger "
                            "than supported range");
        break;
    case DECIMAL_UNDERFLOW:
        buf_add_string(out, "Number underflow. Attempting to store a number with magnitude smaller "
                            "than supported range");
        break;
    }
}
