#include "panels/filter.h"

#include <string.h>

#include "base/decimal.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "base/utf8.h"

enum { TERM_LIMIT = 64 };

enum term_kind {
    TERM_WORD,  /* text anywhere */
    TERM_EXACT, /* as written anywhere */
    TERM_IN,    /* col:text */
    TERM_EQUAL,
    TERM_NOT_EQUAL,
    TERM_LESS,
    TERM_LESS_EQUAL,
    TERM_GREATER,
    TERM_GREATER_EQUAL,
    TERM_PATTERN,
    TERM_NUMBERS /* #3..9 */
};

struct term {
    enum term_kind kind;
    bool negated, starts_alternative;
    struct text column, value, whole; /* into the filter's copy of the source */
    struct decimal number;
    bool is_number;
    size_t first, last; /* rows */
    struct pattern *pattern;
};

struct filter {
    char *source;
    size_t count;
    struct term term[TERM_LIMIT];
};

static const struct {
    const char *sign;
    enum term_kind kind;
} operator_table[] = {
    {">=", TERM_GREATER_EQUAL},
    {"<=", TERM_LESS_EQUAL},
    {"!=", TERM_NOT_EQUAL},
    {">", TERM_GREATER},
    {"<", TERM_LESS},
    {"=", TERM_EQUAL},
    {"~", TERM_PATTERN},
    {":", TERM_IN},
};

static bool has_capital(struct text text)
{
    while (text.length > 0) {
        uint32_t code = 0;
        size_t length = utf8_decode(text, &code);

        if (length && utf8_lower(code) != code)
            return true;
        text = text_slice(text, length ? length : 1, text.length);
    }
    return false;
}

static size_t fold_next(struct text text, uint32_t *code)
{
    size_t length;

    if ((unsigned char)text.data[0] < 0x80) {
        *code = (unsigned char)text.data[0];
        if (*code >= 'A' && *code <= 'Z')
            *code |= 32;
        return 1;
    }
    length = utf8_decode(text, code);
    if (!length) {
        *code = 0x110000u + (unsigned char)text.data[0];
        return 1;
    }
    *code = utf8_lower(*code);
    return length;
}

static bool starts_folded(struct text text, struct text needle)
{
    while (needle.length > 0) {
        uint32_t a, b;
        size_t used;

        if (text.length == 0)
            return false;
        used = fold_next(text, &a);
        text = text_slice(text, used, text.length);
        used = fold_next(needle, &b);
        needle = text_slice(needle, used, needle.length);
        if (a != b)
            return false;
    }
    return true;
}

bool filter_finds(struct text text, struct text needle)
{
    if (has_capital(needle))
        return text_find(text, needle, 0) != SIZE_MAX;
    for (size_t i = 0; i <= text.length; i++)
        if (starts_folded(text_slice(text, i, text.length), needle))
            return true;
    return false;
}

/* "#3..9", "#3..", "#..9", "#3" */
static bool read_numbers(struct term *term, struct text word)
{
    size_t dots;
    struct text first, last;
    int64_t value;

    word = text_slice(word, 1, word.length);
    dots = text_find(word, TEXT(".."), 0);
    first = dots == SIZE_MAX ? word : text_slice(word, 0, dots);
    last = dots == SIZE_MAX ? word : text_slice(word, dots + 2, word.length);
    if (first.length == 0 && last.length == 0)
        return false;
    term->first = 0;
    term->last = SIZE_MAX;
    if (first.length > 0) {
        if (!text_to_integer(first, 0, INT64_MAX, &value))
            return false;
        term->first = (size_t)value;
    }
    if (last.length > 0) {
        if (!text_to_integer(last, 0, INT64_MAX, &value))
            return false;
        term->last = (size_t)value;
    }
    term->kind = TERM_NUMBERS;
    return true;
}

static struct text without_quotes(struct text text)
{
    if (text.length >= 2 && text.data[0] == '"' && text.data[text.length - 1] == '"')
        return text_slice(text, 1, text.length - 1);
    return text;
}

static enum error_code set_value(struct term *term, struct text value, struct error *err)
{
    bool smart = !has_capital(value);

    term->value = without_quotes(value);
    term->is_number = term->value.length == value.length &&
                      decimal_parse(term->value, &term->number) == DECIMAL_OK;
    if (term->kind != TERM_PATTERN)
        return ERROR_NONE;
    term->pattern = pattern_new(term->value, smart, err);
    return term->pattern ? ERROR_NONE : err->code;
}

/* The term at the start of word, which has no blanks outside quotes. */
static enum error_code read_term(struct term *term, struct text word, struct error *err)
{
    term->whole = word;
    if (word.data[0] == '#' && read_numbers(term, word))
        return ERROR_NONE;
    if (word.data[0] == '"') {
        term->kind = TERM_EXACT;
        term->value = without_quotes(word);
        return ERROR_NONE;
    }
    for (size_t i = 1; i < word.length; i++) {
        struct text rest = text_slice(word, i, word.length);

        for (size_t j = 0; j < sizeof operator_table / sizeof *operator_table; j++) {
            struct text sign = text_of(operator_table[j].sign);

            if (!text_starts_with(rest, sign))
                continue;
            term->kind = operator_table[j].kind;
            term->column = text_slice(word, 0, i);
            return set_value(term, text_slice(rest, sign.length, rest.length), err);
        }
    }
    term->kind = TERM_WORD;
    term->value = word;
    return ERROR_NONE;
}

/* Up to the next blank or '|' outside quotes. */
static struct text take_word(struct text *rest)
{
    bool quoted = false;
    size_t end = 0;
    struct text word;

    while (end < rest->length) {
        char c = rest->data[end];

        if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == ' ' || c == '|'))
            break;
        end++;
    }
    word = text_slice(*rest, 0, end);
    *rest = text_slice(*rest, end, rest->length);
    return word;
}

static enum error_code read_terms(struct filter *filter, struct text source, struct error *err)
{
    struct text rest = source;
    bool fresh = true;

    for (;;) {
        struct term *term;
        struct text word;

        while (rest.length > 0 && (rest.data[0] == ' ' || rest.data[0] == '|')) {
            fresh = fresh || rest.data[0] == '|';
            rest = text_slice(rest, 1, rest.length);
        }
        if (rest.length == 0)
            return ERROR_NONE;
        if (filter->count == TERM_LIMIT)
            return error_set(err, ERROR_LIMIT, "more than %d terms", TERM_LIMIT);
        term = &filter->term[filter->count];
        *term = (struct term){.starts_alternative = fresh};
        if (rest.data[0] == '!' && rest.length > 1 && rest.data[1] != ' ') {
            term->negated = true;
            rest = text_slice(rest, 1, rest.length);
        }
        word = take_word(&rest);
        if (word.length == 0)
            continue;
        filter->count++;
        if (read_term(term, word, err))
            return error_set_at(err, ERROR_USAGE, 1,
                (int)utf8_count(text_slice(source, 0, (size_t)(word.data - source.data))) + 1, "%s",
                err->text);
        fresh = false;
    }
}

struct filter *filter_new(struct text source, struct error *err)
{
    struct filter *filter = mem_new(1, sizeof *filter);

    if (filter)
        filter->source = mem_copy(source.data ? source.data : "", source.length);
    if (!filter || !filter->source) {
        mem_free(filter);
        error_memory(err);
        return NULL;
    }
    if (read_terms(filter, text_make(filter->source, source.length), err)) {
        filter_free(filter);
        return NULL;
    }
    return filter;
}

void filter_free(struct filter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->count; i++)
        pattern_free(filter->term[i].pattern);
    mem_free(filter->source);
    mem_free(filter);
}

bool filter_is_empty(const struct filter *filter)
{
    return !filter || filter->count == 0;
}

static bool found_anywhere(const struct filter_row *row, struct text value, bool as_written)
{
    struct text cell;

    for (size_t i = 0; row->nth(row->user, i, &cell); i++)
        if (as_written ? text_find(cell, value, 0) != SIZE_MAX : filter_finds(cell, value))
            return true;
    return false;
}

static bool equals(struct text text, struct text value)
{
    if (has_capital(value))
        return text_equal(text, value);
    return text.length == value.length && starts_folded(text, value);
}

static int compare(const struct term *term, struct text cell)
{
    struct decimal number;

    if (term->is_number && decimal_parse(cell, &number) == DECIMAL_OK)
        return decimal_compare(&number, &term->number);
    return text_compare(cell, term->value);
}

/* Numbers are not compared with texts: such a row does not match. */
static bool comparable(const struct term *term, struct text cell)
{
    struct decimal number;

    return !term->is_number || decimal_parse(cell, &number) == DECIMAL_OK;
}

static bool term_holds(const struct term *term, const struct filter_row *row)
{
    struct text cell;

    switch (term->kind) {
    case TERM_WORD:
    case TERM_EXACT:
        return found_anywhere(row, term->value, term->kind == TERM_EXACT);
    case TERM_NUMBERS:
        return row->number >= term->first && row->number <= term->last;
    case TERM_IN:
        if (!row->named(row->user, term->column, &cell))
            return found_anywhere(row, term->whole, false); /* "http://x" is no column */
        return filter_finds(cell, term->value);
    case TERM_PATTERN:
        return row->named(row->user, term->column, &cell) && pattern_matches(term->pattern, cell);
    case TERM_EQUAL:
    case TERM_NOT_EQUAL:
        if (!row->named(row->user, term->column, &cell))
            return term->kind == TERM_NOT_EQUAL;
        return (term->is_number && comparable(term, cell)
                       ? compare(term, cell) == 0
                       : equals(cell, term->value)) == (term->kind == TERM_EQUAL);
    case TERM_LESS:
    case TERM_LESS_EQUAL:
    case TERM_GREATER:
    case TERM_GREATER_EQUAL:
        break;
    }
    if (!row->named(row->user, term->column, &cell) || !comparable(term, cell))
        return false;
    switch (compare(term, cell)) {
    case 0:
        return term->kind == TERM_LESS_EQUAL || term->kind == TERM_GREATER_EQUAL;
    default:
        return (compare(term, cell) < 0) ==
               (term->kind == TERM_LESS || term->kind == TERM_LESS_EQUAL);
    }
}

bool filter_matches(const struct filter *filter, const struct filter_row *row)
{
    bool holds = true;

    if (filter_is_empty(filter))
        return true;
    for (size_t i = 0; i < filter->count; i++) {
        const struct term *term = &filter->term[i];

        if (term->starts_alternative && i > 0) {
            if (holds)
                return true;
            holds = true;
        }
        holds = holds && term_holds(term, row) != term->negated;
    }
    return holds;
}

static bool one_text_named(void *user, struct text column, struct text *out)
{
    (void)user;
    (void)column;
    (void)out;
    return false;
}

static bool one_text_nth(void *user, size_t index, struct text *out)
{
    if (index > 0)
        return false;
    *out = *(struct text *)user;
    return true;
}

bool filter_matches_text(const struct filter *filter, size_t number, struct text text)
{
    struct filter_row row = {number, &text, one_text_named, one_text_nth};

    return filter_matches(filter, &row);
}
