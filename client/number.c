#include "client/number.h"

#include <string.h>

#include "base/buf.h"
#include "base/decimal.h"

enum {
    CANONICAL_LIMIT = 256, /* the longest one is "-0." with 167 digits behind it */
    EXPLANATION_LIMIT = 4096
};

/* Digits without a leading zero: what nearly every stored number looks like. */
static bool is_plain(struct text text)
{
    if (!text.length || text.length > DECIMAL_DIGITS || text.data[0] == '0')
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

static enum error_code explain(enum decimal_result result, struct text text, struct error *err)
{
    struct buf sentence;
    enum error_code code;

    buf_init(&sentence, EXPLANATION_LIMIT);
    decimal_explain(result, text_slice(text, 0, EXPLANATION_LIMIT / 2), &sentence);
    if (sentence.failure == ERROR_MEMORY)
        code = error_memory(err);
    else
        code = error_set(err, ERROR_INVALID, "%s", buf_string(&sentence));
    buf_done(&sentence);
    return code;
}

static enum error_code parse(struct text text, struct decimal *out, struct error *err)
{
    enum decimal_result result = decimal_parse(text, out);

    return result == DECIMAL_OK ? ERROR_NONE : explain(result, text, err);
}

static enum error_code format(const struct decimal *value, struct arena *arena, struct text *out,
    struct error *err)
{
    struct buf digits;
    enum error_code code;

    buf_init(&digits, CANONICAL_LIMIT);
    decimal_add_text(&digits, value);
    code = buf_check(&digits, "number", err);
    if (!code) {
        *out = arena_text(arena, buf_view(&digits));
        if (!out->data)
            code = arena_failed(arena, err);
    }
    buf_done(&digits);
    return code;
}

enum error_code number_canonical(struct text text, struct arena *arena, struct text *out,
    struct error *err)
{
    struct decimal value;

    if (is_plain(text)) {
        *out = arena_text(arena, text);
        return out->data ? ERROR_NONE : arena_failed(arena, err);
    }
    if (parse(text, &value, err))
        return err->code;
    return format(&value, arena, out, err);
}

enum error_code number_add(struct text a, struct text b, bool subtract, struct arena *arena,
    struct text *out, struct error *err)
{
    struct decimal left, right, sum;
    enum decimal_result result;

    if (parse(a, &left, err) || parse(b, &right, err))
        return err->code;
    result = subtract ? decimal_subtract(&left, &right, &sum) : decimal_add(&left, &right, &sum);
    if (result != DECIMAL_OK)
        return explain(result, a, err);
    return format(&sum, arena, out, err);
}

int number_compare(struct text a, struct text b)
{
    struct decimal left, right;

    if (is_plain(a) && is_plain(b)) {
        int order = 0;

        if (a.length != b.length)
            return a.length < b.length ? -1 : 1;
        order = memcmp(a.data, b.data, a.length);
        return (order > 0) - (order < 0);
    }
    if (decimal_parse(a, &left) != DECIMAL_OK || decimal_parse(b, &right) != DECIMAL_OK)
        return text_compare(a, b);
    return decimal_compare(&left, &right);
}
