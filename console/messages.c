#include "console/messages.h"

#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "base/width.h"
#include "client/mask.h"

enum {
    LINE_COLUMNS = 200,
    INDENT = 2,
    LINES_BEFORE = 64 * 1024, /* bytes looked at for what a statement says in earlier lines */
    SHOWN_LIMIT = 4 * 1024 * 1024
};

const struct message_status message_status_table[] = {
    {0, "done"},
    {1, "GET of a missing key; with --fail-empty also a read without rows"},
    {2, "usage or parse error, ambiguous name, missing parameter, limit of the input"},
    {3, "a condition did not hold, or an object changed meanwhile"},
    {4, "a table, index, API, route or stage is not there or not active"},
    {5, "throttled after all retries"},
    {6, "no credentials, access denied, bad or expired signature"},
    {7, "network, time-out, 5xx after retries, ambiguous write; local input or output failed"},
    {8, "refused: read-only, question not answered, Scan or MANY not said, a cap passed"},
    {9, "partial: some items were rejected or left out"},
    {10, "the service says invalid, or live metadata shows that it would"},
    {11, "differences found"},
    {70, "internal error, or no memory"},
    {130, "interrupted"},
    {0, NULL},
};

int message_exit_status(enum error_code code)
{
    switch (code) {
    case ERROR_NONE:
        return 0;
    case ERROR_MISSING:
        return 1;
    case ERROR_USAGE:
    case ERROR_LIMIT:
        return 2;
    case ERROR_CONDITION:
        return 3;
    case ERROR_NOT_FOUND:
        return 4;
    case ERROR_THROTTLED:
        return 5;
    case ERROR_ACCESS:
        return 6;
    case ERROR_NETWORK:
    case ERROR_IO:
        return 7;
    case ERROR_REFUSED:
        return 8;
    case ERROR_PARTIAL:
        return 9;
    case ERROR_INVALID:
        return 10;
    case ERROR_DIFFERENT:
        return 11;
    case ERROR_CANCELLED:
        return 130;
    case ERROR_MEMORY:
    case ERROR_INTERNAL:
        return 70;
    }
    return 70;
}

static const char *severity_word(enum message_severity severity)
{
    switch (severity) {
    case MESSAGE_SAY_ERROR:
        return "error";
    case MESSAGE_SAY_WARNING:
        return "warning";
    case MESSAGE_SAY_NOTE:
        return "note";
    }
    return "note";
}

static struct text find_line(struct text input, int line)
{
    struct text found = {NULL, 0};

    while (line-- > 0)
        if (!text_take_field(&input, '\n', &found))
            return (struct text){NULL, 0};
    if (found.length > 0 && found.data[found.length - 1] == '\r')
        found.length--;
    return found;
}

/* One code point or invalid byte. */
static size_t next_length(struct text text, uint32_t *c)
{
    size_t length = utf8_decode(text, c);

    if (length == 0)
        *c = 0xfffd;
    return length ? length : 1;
}

static bool is_name_character(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c >= 0x80;
}

static bool is_quote(char c)
{
    return c == '\'' || c == '"' || c == '`';
}

/* To the end of the quotes that begin the text. */
static size_t quoted_length(struct text text)
{
    for (size_t i = 1; i < text.length; i++) {
        if (text.data[i] == text.data[0])
            return i + 1;
    }
    return text.length;
}

/*
 * Bytes of the token that begins the text: a word or number, a quoted text with the x or b64
 * before it, a backslash command, or one character.
 */
static size_t token_length(struct text text)
{
    uint32_t c, first;
    size_t length;
    struct text word;

    if (text.length == 0)
        return 0;
    length = next_length(text, &first);
    if (is_quote(text.data[0]))
        return quoted_length(text);
    if ((!is_name_character(first) || first == '-') && first != '\\')
        return length;
    while (length < text.length) {
        size_t more = next_length(text_slice(text, length, text.length), &c);

        if (!is_name_character(c) && c != '.')
            break;
        length += more;
    }
    word = text_slice(text, 0, length);
    if (length < text.length && is_quote(text.data[length]) && text.data[length] != '`' &&
        (text_is_ignoring_case(word, "x") || text_is_ignoring_case(word, "b") ||
            text_is_ignoring_case(word, "b64")))
        length += quoted_length(text_slice(text, length, text.length));
    return length;
}

/* The next thing to show: tabs are one space, the rest as width_next says. */
static void take_shown(struct text *text, struct width_unit *unit)
{
    if (text->data[0] != '\t') {
        width_next(text, false, unit);
        return;
    }
    unit->bytes[0] = ' ';
    unit->length = unit->columns = 1;
    *text = text_slice(*text, 1, text->length);
}

static void add_shown(struct buf *out, struct text text, size_t *columns)
{
    struct width_unit unit;

    while (text.length > 0) {
        take_shown(&text, &unit);
        buf_add(out, unit.bytes, unit.length);
        *columns += unit.columns;
    }
}

/* What of text from its start goes away, so that at most columns stay. */
static size_t cut_start(struct text text, size_t all, size_t columns)
{
    struct text rest = text;
    struct width_unit unit;

    while (all > columns && rest.length > 0) {
        take_shown(&rest, &unit);
        all -= unit.columns;
    }
    return text.length - rest.length;
}

static size_t shown_columns(struct text text)
{
    struct buf scratch;
    size_t columns = 0;

    buf_init(&scratch, 1 << 20);
    add_shown(&scratch, text, &columns);
    buf_done(&scratch);
    return columns;
}

/* Cuts text at its end to at most columns, whole characters. */
static struct text cut_columns(struct text text, size_t columns)
{
    size_t length = 0, used = 0;

    while (length < text.length) {
        uint32_t c;
        size_t more = next_length(text_slice(text, length, text.length), &c);

        used += shown_columns(text_slice(text, length, length + more));
        if (used > columns)
            break;
        length += more;
    }
    return text_slice(text, 0, length);
}

/* color: the number of an SGR sequence, or NULL. */
static void begin_color(struct buf *out, const char *color)
{
    if (color)
        buf_add_format(out, "\x1b[%sm", color);
}

static void end_color(struct buf *out, const char *color)
{
    if (color)
        buf_add_string(out, "\x1b[0m");
}

static const char *color_of(const struct message *message)
{
    if (!message->is_colored)
        return NULL;
    return message->severity == MESSAGE_SAY_ERROR     ? "1;31"
           : message->severity == MESSAGE_SAY_WARNING ? "1;33"
                                                      : "1;36";
}

/* The line with a caret under the column and ~ under the rest of the token. */
static void add_caret(struct buf *out, struct text line, int column, const char *color)
{
    size_t offset = 0, before, width, start = 0;
    uint32_t c;
    struct text head, token, tail;
    bool is_cut;

    for (int i = 1; i < column && offset < line.length; i++)
        offset += next_length(text_slice(line, offset, line.length), &c);
    head = text_slice(line, 0, offset);
    is_cut = line.length > LINE_COLUMNS && shown_columns(line) > LINE_COLUMNS;
    /* A long line is shown around the caret. */
    if (is_cut)
        start = cut_start(head, shown_columns(head), LINE_COLUMNS / 2);
    head = text_slice(head, start, head.length);
    token = text_slice(line, offset, line.length);
    token.length = token_length(token);
    tail = text_slice(line, offset, line.length);
    if (is_cut)
        tail = cut_columns(tail, LINE_COLUMNS / 2);

    buf_add_repeat(out, ' ', INDENT);
    before = 0;
    if (start > 0) {
        buf_add_string(out, "..");
        before = 2;
    }
    add_shown(out, head, &before);
    width = 0;
    add_shown(out, tail, &width);
    if (is_cut && offset + tail.length < line.length)
        buf_add_string(out, "..");
    buf_add_char(out, '\n');
    buf_add_repeat(out, ' ', INDENT + before);
    begin_color(out, color);
    buf_add_char(out, '^');
    width = shown_columns(token.length > tail.length ? tail : token);
    if (width > 1)
        buf_add_repeat(out, '~', width - 1);
    end_color(out, color);
    buf_add_char(out, '\n');
}

static void add_remark(struct buf *out, const char *kind, const char *text)
{
    if (!text || !text[0])
        return;
    buf_add_string(out, kind);
    text_add_safe(out, text_of(text));
    buf_add_char(out, '\n');
}

/* The line with its secrets blotted out: they may be told by what stands in lines before it. */
static struct text show_line(const struct message *message, struct buf *shown)
{
    struct text line = find_line(message->input, message->line), before;
    size_t start, end;

    if (message->line == 0 || !line.data)
        return line;
    end = (size_t)(line.data + line.length - message->input.data);
    start = end - line.length > LINES_BEFORE ? end - line.length - LINES_BEFORE : 0;
    before = text_slice(message->input, start, end - line.length);
    for (size_t i = before.length; i > 1; i--)
        if (before.data[i - 1] == '\n' && before.data[i - 2] == ';') {
            start += i; /* a statement begins here */
            break;
        }
    if (!mask_add_source(shown, text_slice(message->input, start, end)) || shown->failure)
        return line;
    for (start = shown->length; start > 0 && shown->data[start - 1] != '\n';)
        start--;
    return text_slice(buf_view(shown), start, shown->length);
}

void message_add_text(struct buf *out, const struct message *message)
{
    struct text line;
    struct buf shown;

    buf_init(&shown, SHOWN_LIMIT);
    line = show_line(message, &shown);

    buf_add_string(out, "gatehouse: ");
    if (message->source) {
        text_add_safe(out, text_of(message->source));
        if (message->line > 0)
            buf_add_format(out, ":%d:%d", message->line, message->column);
        buf_add_string(out, ": ");
    }
    begin_color(out, color_of(message));
    buf_add_format(out, "%s:", severity_word(message->severity));
    end_color(out, color_of(message));
    buf_add_char(out, ' ');
    text_add_safe(out, text_of(message->text));
    buf_add_char(out, '\n');
    if (message->line > 0 && line.data)
        add_caret(out, line, message->column, color_of(message));
    add_remark(out, "note: ", message->note);
    add_remark(out, "hint: ", message->hint);
    buf_done(&shown);
}

static void add_pair(struct json_writer *writer, const char *name, const char *value)
{
    if (value && value[0])
        json_pair_string(writer, name, value);
}

void message_add_json(struct buf *out, const struct message *message)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_string(&writer, "severity", severity_word(message->severity));
    if (message->severity == MESSAGE_SAY_ERROR)
        json_pair_integer(&writer, "code", message_exit_status(message->code));
    add_pair(&writer, "service_code", message->service_code);
    json_pair_string(&writer, "message", message->text);
    add_pair(&writer, "source", message->source);
    if (message->line > 0) {
        json_pair_integer(&writer, "line", message->line);
        json_pair_integer(&writer, "column", message->column);
    }
    add_pair(&writer, "statement", message->statement);
    add_pair(&writer, "operation", message->operation);
    add_pair(&writer, "request_id", message->request_id);
    if (message->is_retryable)
        json_pair_bool(&writer, "retryable", true);
    add_pair(&writer, "hint", message->hint);
    json_end_object(&writer);
    buf_add_char(out, '\n');
}
