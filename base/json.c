/* Own code because libraries lose 38-digit numbers, cut at NUL or are 5-17 times slower. */
#include "base/json.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/utf8.h"

/*
 * 1. at <= source.length, and everything before it has been accepted.
 * 2. frame[0..depth) are the open arrays and objects, outermost first; last is the newest child.
 * 3. The first failure is in err; every function then returns false or NULL at once.
 */
struct frame {
    struct json *node, *last;
};

struct parser {
    struct text source;
    size_t at;
    struct arena *arena;
    struct error *err;
    size_t depth;
    struct frame frame[JSON_DEPTH_LIMIT];
};

static void fail_at(struct text source, enum error_code code, size_t offset, const char *what,
    struct error *err)
{
    size_t line = 1, start = 0;

    for (size_t i = 0; i < offset; i++) {
        if (source.data[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    error_set_at(err, code, (int)line, (int)utf8_count(text_slice(source, start, offset)) + 1,
        "not valid JSON: %s", what);
}

static bool fail_as(struct parser *parser, enum error_code code, size_t offset, const char *what)
{
    fail_at(parser->source, code, offset, what, parser->err);
    return false;
}

static bool fail(struct parser *parser, size_t offset, const char *what)
{
    return fail_as(parser, ERROR_USAGE, offset, what);
}

static bool fail_here(struct parser *parser, const char *what)
{
    return fail(parser, parser->at,
        parser->at < parser->source.length ? what : "it ends too early");
}

static size_t skip_blanks(struct text text, size_t at)
{
    while (at < text.length && (text.data[at] == ' ' || text.data[at] == '\n' ||
                                   text.data[at] == '\r' || text.data[at] == '\t'))
        at++;
    return at;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The four digits at offset at, or -1. */
static int32_t read_hex(struct text source, size_t at)
{
    int32_t value = 0;

    if (source.length < 4 || at > source.length - 4)
        return -1;
    for (size_t i = at; i < at + 4; i++) {
        int digit = hex_digit(source.data[i]);

        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* Reads \uXXXX or a pair of them at *at and moves on; -1 when it is neither. */
static int32_t read_unicode(struct text source, size_t *at)
{
    int32_t value = read_hex(source, *at + 2), low;

    if (value < 0 || (value >= 0xdc00 && value <= 0xdfff))
        return -1;
    *at += 6;
    if (value < 0xd800 || value > 0xdbff)
        return value;
    if (!text_starts_with(text_slice(source, *at, source.length), TEXT("\\u")))
        return -1;
    low = read_hex(source, *at + 2);
    if (low < 0xdc00 || low > 0xdfff)
        return -1;
    *at += 6;
    return 0x10000 + (value - 0xd800) * 0x400 + (low - 0xdc00);
}

static char unescape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case '"':
    case '\\':
    case '/':
        return c;
    default:
        return 0;
    }
}

static bool check_escape(struct parser *parser, size_t *at)
{
    size_t start = *at;

    if (start + 1 >= parser->source.length)
        return fail(parser, parser->source.length, "a string is not closed");
    if (parser->source.data[start + 1] == 'u') {
        if (read_unicode(parser->source, at) < 0)
            return fail(parser, start, "\\u needs four hex digits, and a surrogate its partner");
    } else if (unescape(parser->source.data[start + 1])) {
        *at += 2;
    } else {
        return fail(parser, start, "unknown escape in a string");
    }
    return true;
}

/* raw has passed check_escape; what it becomes is never longer. */
static bool decode(struct parser *parser, struct text raw, struct text *out)
{
    char *data = arena_alloc(parser->arena, raw.length, 1);
    size_t length = 0;

    if (!data) {
        arena_failed(parser->arena, parser->err);
        return false;
    }
    for (size_t at = 0; at < raw.length;) {
        if (raw.data[at] != '\\') {
            data[length++] = raw.data[at++];
        } else if (raw.data[at + 1] == 'u') {
            length += utf8_encode((uint32_t)read_unicode(raw, &at), data + length);
        } else {
            data[length++] = unescape(raw.data[at + 1]);
            at += 2;
        }
    }
    *out = text_make(data, length);
    return true;
}

/* At the opening quote. */
static bool parse_string(struct parser *parser, struct text *out)
{
    struct text source = parser->source;
    size_t start = parser->at + 1, at = start;
    bool escaped = false;

    for (;;) {
        uint32_t unused;
        size_t length;

        at = json_scan_plain(source, at);
        if (at == source.length)
            return fail(parser, at, "a string is not closed");
        if (source.data[at] == '"')
            break;
        if (source.data[at] == '\\') {
            escaped = true;
            if (!check_escape(parser, &at))
                return false;
            continue;
        }
        if ((unsigned char)source.data[at] < 0x20)
            return fail(parser, at, "a control character in a string must be escaped");
        length = utf8_decode(text_make(source.data + at, source.length - at), &unused);
        if (length == 0)
            return fail(parser, at, "a string is not UTF-8");
        at += length;
    }
    parser->at = at + 1;
    *out = text_make(source.data + start, at - start);
    return !escaped || decode(parser, *out, out);
}

static size_t skip_digits(struct text text, size_t at)
{
    while (at < text.length && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

/* The end of the number at offset at; equal to at when there is none. */
static size_t skip_number(struct text text, size_t start)
{
    size_t at = start, digits;

    if (at < text.length && text.data[at] == '-')
        at++;
    digits = at;
    at = skip_digits(text, at);
    if (at == digits || (text.data[digits] == '0' && at > digits + 1))
        return start;
    if (at < text.length && text.data[at] == '.') {
        digits = ++at;
        at = skip_digits(text, at);
        if (at == digits)
            return start;
    }
    if (at < text.length && (text.data[at] == 'e' || text.data[at] == 'E')) {
        at++;
        if (at < text.length && (text.data[at] == '+' || text.data[at] == '-'))
            at++;
        digits = at;
        at = skip_digits(text, at);
        if (at == digits)
            return start;
    }
    return at;
}

static bool parse_number(struct parser *parser, struct json *node)
{
    size_t end = skip_number(parser->source, parser->at);

    if (end == parser->at)
        return fail(parser, parser->at, "a number is malformed");
    node->kind = JSON_NUMBER;
    node->text = text_slice(parser->source, parser->at, end);
    parser->at = end;
    return true;
}

static bool parse_word(struct parser *parser, struct json *node, struct text word,
    enum json_kind kind)
{
    if (!text_starts_with(text_slice(parser->source, parser->at, parser->source.length), word))
        return fail_here(parser, "a value was expected");
    node->kind = kind;
    parser->at += word.length;
    return true;
}

static bool open_frame(struct parser *parser, struct json *node, enum json_kind kind)
{
    if (parser->depth == JSON_DEPTH_LIMIT)
        return fail_as(parser, ERROR_LIMIT, parser->at, "nested too deeply");
    node->kind = kind;
    parser->frame[parser->depth++] = (struct frame){.node = node};
    parser->at++;
    return true;
}

static bool parse_value(struct parser *parser, struct json *node)
{
    if (parser->at == parser->source.length)
        return fail_here(parser, "a value was expected");
    switch (parser->source.data[parser->at]) {
    case '{':
        return open_frame(parser, node, JSON_OBJECT);
    case '[':
        return open_frame(parser, node, JSON_ARRAY);
    case '"':
        node->kind = JSON_STRING;
        return parse_string(parser, &node->text);
    case 't':
        return parse_word(parser, node, TEXT("true"), JSON_TRUE);
    case 'f':
        return parse_word(parser, node, TEXT("false"), JSON_FALSE);
    case 'n':
        return parse_word(parser, node, TEXT("null"), JSON_NULL);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return parse_number(parser, node);
    default:
        return fail_here(parser, "a value was expected");
    }
}

static bool parse_name(struct parser *parser, struct text *name)
{
    if (parser->at == parser->source.length || parser->source.data[parser->at] != '"')
        return fail_here(parser, "a name in double quotes was expected");
    if (!parse_string(parser, name))
        return false;
    parser->at = skip_blanks(parser->source, parser->at);
    if (parser->at == parser->source.length || parser->source.data[parser->at] != ':')
        return fail_here(parser, "a colon was expected after the name");
    parser->at++;
    parser->at = skip_blanks(parser->source, parser->at);
    return true;
}

static struct json *new_node(struct parser *parser)
{
    struct json *node = arena_alloc(parser->arena, 1, sizeof *node);

    if (!node)
        arena_failed(parser->arena, parser->err);
    return node;
}

/* The next child of the innermost frame. */
static bool parse_child(struct parser *parser)
{
    struct frame *frame = &parser->frame[parser->depth - 1];
    struct json *node = new_node(parser);

    if (!node)
        return false;
    if (frame->node->kind == JSON_OBJECT && !parse_name(parser, &node->name))
        return false;
    node->offset = parser->at;
    if (frame->last)
        frame->last->next = node;
    else
        frame->node->first = node;
    frame->last = node;
    frame->node->count++;
    return parse_value(parser, node);
}

/* One step inside the innermost frame: its end, or a comma where one belongs and a child. */
static bool parse_step(struct parser *parser)
{
    const struct frame *frame = &parser->frame[parser->depth - 1];
    bool object = frame->node->kind == JSON_OBJECT;
    char c;

    parser->at = skip_blanks(parser->source, parser->at);
    if (parser->at == parser->source.length)
        return fail_here(parser, "");
    c = parser->source.data[parser->at];
    if (c == (object ? '}' : ']')) {
        parser->depth--;
        parser->at++;
        return true;
    }
    if (frame->last) {
        if (c != ',')
            return fail_here(parser,
                object ? "a comma or } was expected" : "a comma or ] was expected");
        parser->at++;
        parser->at = skip_blanks(parser->source, parser->at);
    }
    return parse_child(parser);
}

struct json *json_parse_front(struct text source, size_t *length, struct arena *arena,
    struct error *err)
{
    struct parser parser; /* frame[] is not worth clearing */
    struct json *root;

    parser.source = source;
    parser.at = 0;
    parser.arena = arena;
    parser.err = err;
    parser.depth = 0;
    parser.at = skip_blanks(source, parser.at);
    root = new_node(&parser);
    if (!root)
        return NULL;
    root->offset = parser.at;
    if (!parse_value(&parser, root))
        return NULL;
    while (parser.depth > 0)
        if (!parse_step(&parser))
            return NULL;
    *length = parser.at;
    return root;
}

struct json *json_parse(struct text source, struct arena *arena, struct error *err)
{
    size_t length;
    struct json *root = json_parse_front(source, &length, arena, err);

    if (!root)
        return NULL;
    length = skip_blanks(source, length);
    if (length < source.length) {
        fail_at(source, ERROR_USAGE, length, "more text follows the value", err);
        return NULL;
    }
    return root;
}

const struct json *json_member_text(const struct json *node, struct text name)
{
    const struct json *found = NULL;

    if (!node || node->kind != JSON_OBJECT)
        return NULL;
    for (const struct json *member = node->first; member; member = member->next)
        if (text_equal(member->name, name))
            found = member;
    return found;
}

const struct json *json_member(const struct json *node, const char *name)
{
    return json_member_text(node, text_of(name));
}

static const struct json *element(const struct json *array, struct text index)
{
    const struct json *node = array->first;
    int64_t left;

    if (!text_to_integer(index, 0, INT64_MAX, &left))
        return NULL;
    while (node && left-- > 0)
        node = node->next;
    return node;
}

const struct json *json_at(const struct json *node, const char *path)
{
    struct text rest = text_of(path), step;

    while (node && text_take_field(&rest, '.', &step))
        node = node->kind == JSON_ARRAY ? element(node, step) : json_member_text(node, step);
    return node;
}

struct text json_string_member(const struct json *node, const char *name)
{
    const struct json *member = json_member(node, name);

    return member && member->kind == JSON_STRING ? member->text : (struct text){NULL, 0};
}

/* Text of a number member, or of a string member that is a number; else empty. */
static struct text number_member(const struct json *node, const char *name)
{
    const struct json *member = json_member(node, name);

    if (!member || (member->kind != JSON_NUMBER && member->kind != JSON_STRING) ||
        member->text.length == 0 || skip_number(member->text, 0) != member->text.length)
        return (struct text){NULL, 0};
    return member->text;
}

int64_t json_integer_member(const struct json *node, const char *name, int64_t fallback)
{
    int64_t value;

    return text_to_integer(number_member(node, name), INT64_MIN, INT64_MAX, &value) ? value
                                                                                    : fallback;
}

double json_double_member(const struct json *node, const char *name, double fallback)
{
    struct text number = number_member(node, name);
    char copy[512];
    locale_t plain, before;
    double value;

    if (number.length == 0 || number.length >= sizeof copy)
        return fallback;
    memcpy(copy, number.data, number.length);
    copy[number.length] = '\0';
    /* The user's locale may write a decimal comma. */
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain)
        return fallback;
    before = uselocale(plain);
    value = strtod(copy, NULL);
    uselocale(before);
    freelocale(plain);
    return value;
}

bool json_bool_member(const struct json *node, const char *name, bool fallback)
{
    const struct json *member = json_member(node, name);

    if (member && member->kind == JSON_TRUE)
        return true;
    if (member && member->kind == JSON_FALSE)
        return false;
    return fallback;
}
