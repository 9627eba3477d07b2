#include "console/statements/skim.h"

#include <string.h>

#include "base/json_scan.h"

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

/* On the way through a container, which ends where depth comes to 0 outside of strings. */
struct walk {
    struct text text;
    size_t at, depth;
    bool in_string;
};

/* Count of the bytes in a mask of single bits, one per byte. */
static size_t count_lanes(uint64_t lanes)
{
    return (size_t)(lanes * JSON_SCAN_ONES >> 56);
}

/* A whole word; false with nothing done when it may hold an escape or the end. */
static bool walk_word(struct walk *walk)
{
    uint64_t word = json_scan_load(walk->text.data + walk->at);
    uint64_t folded = word | JSON_SCAN_ONES * 0x20; /* [ and { differ in this bit, as ] and } do */
    uint64_t quote = json_scan_equal(word, '"') >> 7;
    /* The sum of the quotes up to a byte is odd inside of a string that began in this word. */
    uint64_t inside =
        (quote * JSON_SCAN_ONES ^ (walk->in_string ? JSON_SCAN_ONES : 0)) & JSON_SCAN_ONES;
    size_t opened = count_lanes(json_scan_equal(folded, '{') >> 7 & ~inside);
    size_t closed = count_lanes(json_scan_equal(folded, '}') >> 7 & ~inside);

    if (json_scan_equal(word, '\\') || closed >= walk->depth)
        return false;
    walk->depth = walk->depth + opened - closed;
    walk->in_string = inside >> 56;
    walk->at += JSON_SCAN_WORD;
    return true;
}

/* One byte, or two when it is a backslash in a string. */
static void walk_byte(struct walk *walk)
{
    char c = walk->text.data[walk->at++];

    if (walk->in_string) {
        walk->at += c == '\\';
        walk->in_string = c != '"';
    } else if (c == '"') {
        walk->in_string = true;
    } else if (c == '{' || c == '[') {
        walk->depth++;
    } else if (c == '}' || c == ']') {
        walk->depth--;
    }
}

/* at stands on the opening bracket; the place behind the closing one, or the end. */
static size_t skip_container(struct text text, size_t at)
{
    struct walk walk = {.text = text, .at = at + 1, .depth = 1};

    while (walk.depth > 0 && walk.at < text.length) {
        size_t end = walk.at + JSON_SCAN_WORD;

        if (end <= text.length && walk_word(&walk))
            continue;
        while (walk.depth > 0 && walk.at < end && walk.at < text.length)
            walk_byte(&walk);
    }
    return walk.at < text.length ? walk.at : text.length;
}

/* Behind one value of any kind. */
static size_t skip_value(struct text text, size_t at)
{
    if (at < text.length && text.data[at] == '"')
        return skip_string(text, at);
    if (at < text.length && (text.data[at] == '{' || text.data[at] == '['))
        return skip_container(text, at);
    while (at < text.length && text.data[at] != ',' && text.data[at] != '}' && text.data[at] != ']')
        at++;
    return at;
}

/* What the members of an object are looked up for. */
struct wanted {
    const char *const *name;
    struct text *value;
    size_t count;
    const char *array; /* the member to stop at when it is an array, or NULL */
};

static void keep(const struct wanted *wanted, struct text found, struct text piece)
{
    for (size_t i = 0; i < wanted->count; i++) {
        if (text_is(found, wanted->name[i]))
            wanted->value[i] = text_trim(piece);
    }
}

static bool is_at(struct text text, size_t at, char c)
{
    return at < text.length && text.data[at] == c;
}

/*
 * Goes through the members from the first quote on. Returns the place of what stands behind the
 * last one, or of the bracket that opens wanted->array; SIZE_MAX when a colon is missing.
 */
static size_t skim_list(struct text object, size_t at, const struct wanted *wanted)
{
    while (is_at(object, at, '"')) {
        size_t name_end = skip_string(object, at), from;
        struct text found = text_slice(object, at + 1, name_end - 1);

        at = skip_blanks(object, name_end);
        if (!is_at(object, at, ':'))
            return SIZE_MAX;
        from = skip_blanks(object, at + 1);
        if (wanted->array && is_at(object, from, '[') && text_is(found, wanted->array))
            return from;
        at = skip_value(object, from);
        keep(wanted, found, text_slice(object, from, at));
        at = skip_blanks(object, at);
        if (is_at(object, at, ','))
            at = skip_blanks(object, at + 1);
    }
    return at;
}

static size_t skim_start(struct text object, const struct wanted *wanted)
{
    size_t at = skip_blanks(object, 0);

    for (size_t i = 0; i < wanted->count; i++)
        wanted->value[i] = (struct text){NULL, 0};
    if (!is_at(object, at, '{'))
        return SIZE_MAX;
    return skim_list(object, skip_blanks(object, at + 1), wanted);
}

bool skim_members(struct text object, const char *const *name, struct text *value, size_t count)
{
    const struct wanted wanted = {name, value, count, NULL};

    return is_at(object, skim_start(object, &wanted), '}');
}

bool skim_around(struct text object, const char *array, struct text *elements,
    const char *const *name, struct text *value, size_t count)
{
    enum { TAIL = 8 * 1024, MOST = 8 };
    struct text found[MOST];
    const struct wanted head = {name, value, count, array}, tail = {name, found, count, NULL};
    size_t start = skim_start(object, &head), stop, end, at = object.length;

    if (!is_at(object, start, '[') || count > MOST)
        return false;
    stop = object.length - start > TAIL ? object.length - TAIL : start + 1;
    while (at > stop) {
        at--;
        if (object.data[at] != ']' || !is_at(object, at + 1, ','))
            continue;
        memcpy(found, value, count * sizeof *found);
        found[0] = (struct text){NULL, 0};
        end = skim_list(object, at + 2, &tail);
        if (!found[0].data || !is_at(object, end, '}') ||
            skip_blanks(object, end + 1) != object.length)
            continue;
        memcpy(value, found, count * sizeof *found);
        *elements = text_slice(object, start + 1, object.length);
        return true;
    }
    return false;
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
    if (from >= elements->length || elements->data[from] == ']')
        return false;
    end = skip_value(*elements, from);
    if (end == from) /* a stray brace: not JSON; json_parse says so */
        end = elements->length;
    *element = text_trim(text_slice(*elements, from, end));
    *elements = text_slice(*elements, end, elements->length);
    return true;
}
