#include "console/output/format.h"

#include <string.h>

#include "base/decimal.h"
#include "base/width.h"

/* What a bare text could be taken for: a number, a word, the start of a literal. */
static bool looks_like_literal(struct text text, const char *null_text)
{
    static const char *const word_table[] = {"true", "false", "null", "-"};
    struct decimal number;
    char first = text.data[0], last = text.data[text.length - 1];

    for (size_t i = 0; i < sizeof(word_table) / sizeof(word_table[0]); i++)
        if (text_is_ignoring_case(text, word_table[i]))
            return true;
    if (text_is(text, null_text) || strchr(" \t", first) || strchr(" \t", last))
        return true;
    if (strchr("'\"`[{", first) || text_starts_with(text, TEXT("<<")))
        return true;
    if (text_starts_with(text, TEXT("b64'")) || text_starts_with(text, TEXT("x'")) ||
        text_starts_with(text, TEXT("b\"")))
        return true;
    return decimal_parse(text, &number) != DECIMAL_NOT_A_NUMBER;
}

static bool has_controls(struct text text)
{
    struct width_unit unit;

    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] < 0x20 || (unsigned char)text.data[i] >= 0x7f) {
            while (width_next(&text, false, &unit))
                if (unit.escaped)
                    return true;
            return false;
        }
    return false;
}

static bool is_word(const struct output *output, struct text column)
{
    for (size_t i = 0; i < output->word_count; i++)
        if (text_equal(output->word[i], column))
            return true;
    return false;
}

struct text output_cell(struct output *output, struct text column, const struct value *value,
    const char *null_text)
{
    struct buf *out = &output->cell;

    buf_clear(out);
    if (!value)
        buf_add_string(out, null_text);
    else if (value->type == VALUE_S && value->text.length > 0 && !has_controls(value->text) &&
             (is_word(output, column) || !looks_like_literal(value->text, null_text)))
        buf_add_text(out, value->text);
    else
        value_add_literal(out, value);
    return buf_view(out);
}
