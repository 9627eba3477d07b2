#include "console/statements/skim.h"

#include <string.h>

static size_t skip_blanks(struct text text, size_t at)
{
    while (at < text.length && (text.data[at] == ' ' || text.data[at] == '\n' ||
                                   text.data[at] == '\r' || text.data[at] == '\t'))
        at++;
    return at;
}

/* at stands on the opening quote; the place behind the closing one, or the end. */
static size_t skip_string(struct text text, size_t at)
{
    for (at++; at < text.length; at++) {
        const char *quote = memchr(text.data + at, '"', text.length - at);
        size_t end, slashes = 0;

        if (!quote)
            return text.length;
        end = (size_t)(quote - text.data);
        while (slashes < end - at && text.data[end - 1 - slashes] == '\\')
            slashes++;
        at = end;
        if (slashes % 2 == 0)
            return end + 1;
    }
    return text.length;
}

/* Behind one value of any kind. */
static size_t skip_value(struct text text, size_t at)
{
    size_t depth = 0;

    while (at < text.length) {
        switch (text.data[at]) {
        case '"':
            at = skip_string(text, at);
            if (depth == 0)
                return at;
            continue;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (depth == 0)
                return at;
            if (--depth == 0)
                return at + 1;
            break;
        case ',':
            if (depth == 0)
                return at;
            break;
        default:
            break;
        }
        at++;
    }
    return at;
}

static void keep(const char *const *name, struct text *value, size_t count, struct text found,
    struct text piece)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(found, name[i]))
            value[i] = text_trim(piece);
    }
}

bool skim_members(struct text object, const char *const *name, struct text *value, size_t count)
{
    size_t at = skip_blanks(object, 0);

    for (size_t i = 0; i < count; i++)
        value[i] = (struct text){NULL, 0};
    if (at >= object.length || object.data[at] != '{')
        return false;
    at = skip_blanks(object, at + 1);
    while (at < object.length && object.data[at] == '"') {
        size_t name_end = skip_string(object, at), from;
        struct text found = text_slice(object, at + 1, name_end - 1);

        at = skip_blanks(object, name_end);
        if (at >= object.length || object.data[at] != ':')
            return false;
        from = skip_blanks(object, at + 1);
        at = skip_value(object, from);
        keep(name, value, count, found, text_slice(object, from, at));
        at = skip_blanks(object, at);
        if (at < object.length && object.data[at] == ',')
            at = skip_blanks(object, at + 1);
    }
    return at < object.length && object.data[at] == '}';
}

bool skim_array(struct text array, struct text *elements)
{
    array = text_trim(array);
    if (array.length < 2 || array.data[0] != '[' || array.data[array.length - 1] != ']')
        return false;
    *elements = text_slice(array, 1, array.length - 1);
    return true;
}

bool skim_next(struct text *elements, struct text *element)
{
    size_t from = skip_blanks(*elements, 0), end;

    if (from < elements->length && elements->data[from] == ',')
        from = skip_blanks(*elements, from + 1);
    if (from >= elements->length)
        return false;
    end = skip_value(*elements, from);
    if (end == from) /* a stray bracket: not JSON; json_parse says so */
        end = elements->length;
    *element = text_trim(text_slice(*elements, from, end));
    *elements = text_slice(*elements, end, elements->length);
    return true;
}
