#include "endpoint/http_head.h"

#include <string.h>

#include <llhttp.h>

/*
 * llhttp 8.1 finds the parts. It lets through obsolete line folding, a blank before the colon or
 * in a name, several blanks and tabs around the target, HTTP/0.9, and any transfer coding: these
 * are checked here.
 */

enum http_scan http_head_scan(struct text received, size_t *scanned)
{
    size_t at = *scanned;

    while (at < received.length) {
        const char *line = received.data + at;
        const char *end = memchr(line, '\n', received.length - at);

        if (!end)
            break;
        if (end == line || end[-1] != '\r')
            return HTTP_SCAN_BAD;
        if (*line == ' ' || *line == '\t')
            return HTTP_SCAN_BAD;
        at = (size_t)(end - received.data) + 1;
        if (at > HTTP_HEAD_LIMIT)
            return HTTP_SCAN_TOO_LARGE;
        *scanned = at;
        if (end == line + 1)
            return HTTP_SCAN_FOUND;
    }
    return received.length > HTTP_HEAD_LIMIT ? HTTP_SCAN_TOO_LARGE : HTTP_SCAN_MORE;
}

static bool is_token_char(unsigned char c)
{
    static const char other_table[] = "!#$%&'*+-.^_`|~";

    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return c != '\0' && strchr(other_table, c) != NULL;
}

bool http_is_token(struct text name)
{
    for (size_t i = 0; i < name.length; i++)
        if (!is_token_char((unsigned char)name.data[i]))
            return false;
    return name.length > 0;
}

bool http_value_is_safe(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        unsigned char c = (unsigned char)value.data[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

struct reader {
    struct http_head *head;
    bool too_many;
};

static int take_target(llhttp_t *parser, const char *data, size_t length)
{
    struct reader *reader = parser->data;

    reader->head->target = text_make(data, length);
    return HPE_OK;
}

static int take_name(llhttp_t *parser, const char *data, size_t length)
{
    struct reader *reader = parser->data;
    struct http_head *head = reader->head;

    if (head->header_count == HTTP_HEADER_LIMIT) {
        reader->too_many = true;
        return HPE_USER;
    }
    head->header[head->header_count++] =
        (struct http_header){text_make(data, length), text_make(data + length, 0)};
    return HPE_OK;
}

static int take_value(llhttp_t *parser, const char *data, size_t length)
{
    struct reader *reader = parser->data;
    struct http_head *head = reader->head;

    if (head->header_count == 0)
        return HPE_USER;
    head->header[head->header_count - 1].value = text_trim(text_make(data, length));
    return HPE_OK;
}

static int pause_parser(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

static const llhttp_settings_t head_settings = {
    .on_url = take_target,
    .on_header_field = take_name,
    .on_header_value = take_value,
    .on_headers_complete = pause_parser,
};

static int refuse(const char **why, int status, const char *text)
{
    *why = text;
    return status;
}

/* One blank on each side of the target, visible ASCII in it. */
static int check_line(struct text received, struct http_head *head, const char **why)
{
    struct text target = head->target;
    size_t before = (size_t)(target.data - received.data);
    struct text rest = text_slice(received, before + target.length, received.length);

    if (before < 2 || !http_is_token(text_slice(received, 0, before - 1)) ||
        received.data[before - 1] != ' ')
        return refuse(why, 400, "the request line is malformed");
    head->method = text_slice(received, 0, before - 1);
    if (target.length > HTTP_TARGET_LIMIT)
        return refuse(why, 400, "the request target is longer than 8192 bytes");
    for (size_t i = 0; i < target.length; i++)
        if (target.data[i] <= ' ' || target.data[i] > '~' || target.data[i] == '#')
            return refuse(why, 400, "the request target holds a character that must be encoded");
    if (text_starts_with(rest, TEXT(" HTTP/1.0\r\n")))
        head->is_http_1_0 = true;
    else if (text_starts_with(rest, TEXT(" HTTP/2")))
        return refuse(why, 505, "this server speaks HTTP/1.1");
    else if (!text_starts_with(rest, TEXT(" HTTP/1.1\r\n")))
        return refuse(why, 400, "the request line is malformed");
    return 0;
}

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr(".-_:[]~%!$&'()*+,;=", c));
}

static int check_host(struct text host, const char **why)
{
    for (size_t i = 0; i < host.length; i++)
        if (!is_host_char(host.data[i]))
            return refuse(why, 400, "the Host header is malformed");
    return 0;
}

static int take_length(struct text value, struct http_head *head, const char **why)
{
    uint64_t length = 0;

    if (value.length == 0 || value.length > 18)
        return refuse(why, 400, "Content-Length is not a number");
    for (size_t i = 0; i < value.length; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return refuse(why, 400, "Content-Length is not a number");
        length = length * 10 + (uint64_t)(value.data[i] - '0');
    }
    head->content_length = length;
    return 0;
}

static bool list_has(struct text list, const char *word)
{
    struct text part;

    while (text_take_field(&list, ',', &part))
        if (text_is_ignoring_case(text_trim(part), word))
            return true;
    return false;
}

/* Headers that decide about framing; how often each came. */
struct framing {
    unsigned length, coding, host;
    bool close, keep;
};

static int check_header(const struct http_header *header, struct http_head *head,
    struct framing *framing, const char **why)
{
    struct text name = header->name, value = header->value;

    if (!http_is_token(name) || name.data[name.length] != ':')
        return refuse(why, 400, "a header name is malformed");
    if (!http_value_is_safe(value))
        return refuse(why, 400, "a header value holds a control character");
    switch (name.length) {
    case 4:
        if (text_is_ignoring_case(name, "host")) {
            framing->host++;
            head->host = value;
            return check_host(value, why);
        }
        break;
    case 6:
        if (text_is_ignoring_case(name, "expect")) {
            if (!text_is_ignoring_case(value, "100-continue"))
                return refuse(why, 417, "only 100-continue can be expected");
            head->expects_continue = true;
        }
        break;
    case 10:
        if (text_is_ignoring_case(name, "connection")) {
            framing->close |= list_has(value, "close");
            framing->keep |= list_has(value, "keep-alive");
        }
        break;
    case 14:
        if (text_is_ignoring_case(name, "content-length")) {
            framing->length++;
            return take_length(value, head, why);
        }
        break;
    case 17:
        if (text_is_ignoring_case(name, "transfer-encoding")) {
            framing->coding++;
            if (!text_is_ignoring_case(value, "chunked"))
                return refuse(why, 400, "the only Transfer-Encoding understood is chunked");
        }
        break;
    default:
        break;
    }
    return 0;
}

static int check_headers(struct http_head *head, const char **why)
{
    struct framing framing = {0};

    for (size_t i = 0; i < head->header_count; i++) {
        int status = check_header(&head->header[i], head, &framing, why);

        if (status)
            return status;
    }
    if (framing.length > 1)
        return refuse(why, 400, "Content-Length came more than once");
    if (framing.coding > 1)
        return refuse(why, 400, "Transfer-Encoding came more than once");
    if (framing.length && framing.coding)
        return refuse(why, 400, "Content-Length and Transfer-Encoding exclude each other");
    if (framing.coding && head->is_http_1_0)
        return refuse(why, 400, "HTTP/1.0 has no Transfer-Encoding");
    if (framing.host > 1 || (framing.host == 0 && !head->is_http_1_0))
        return refuse(why, 400, "exactly one Host header is needed");
    head->is_chunked = framing.coding > 0;
    head->keep_alive = !framing.close && (!head->is_http_1_0 || framing.keep);
    head->expects_continue &= !head->is_http_1_0;
    return 0;
}

/* origin-form, absolute-form (its authority must be the Host), or * of OPTIONS. */
static int split_target(struct http_head *head, const char **why)
{
    struct text rest = head->target, path;

    if (text_is(rest, "*") && text_is(head->method, "OPTIONS")) {
        head->path = rest;
        return 0;
    }
    if (rest.data[0] != '/') {
        size_t scheme = text_find(rest, TEXT("://"), 0);
        size_t end;

        if (scheme == SIZE_MAX)
            return refuse(why, 400, "the request target must begin with a slash");
        rest = text_slice(rest, scheme + 3, rest.length);
        for (end = 0; end < rest.length && rest.data[end] != '/' && rest.data[end] != '?'; end++)
            continue;
        if (!text_equal_ignoring_case(text_slice(rest, 0, end), head->host))
            return refuse(why, 400, "the request target names another host than the Host header");
        rest = text_slice(rest, end, rest.length);
    }
    if (text_take_until(&rest, '?', &path)) {
        head->query = rest;
        rest = path;
    }
    head->path = rest.length > 0 ? rest : TEXT("/");
    return 0;
}

int http_head_parse(struct text received, struct http_head *head, const char **why)
{
    struct reader reader = {.head = head};
    struct http_header *header = head->header;
    llhttp_t parser;
    llhttp_errno_t code;
    int status;

    *head = (struct http_head){.header = header, .query = TEXT("")};
    llhttp_init(&parser, HTTP_REQUEST, &head_settings);
    parser.data = &reader;
    code = llhttp_execute(&parser, received.data, received.length);
    if (reader.too_many)
        return refuse(why, 431, "more than 100 headers");
    if (code == HPE_INVALID_METHOD)
        return refuse(why, 400, "the request method is not known");
    if (code != HPE_PAUSED || !head->target.data || head->target.length == 0)
        return refuse(why, 400, "the request head is malformed");
    status = check_line(received, head, why);
    if (!status)
        status = check_headers(head, why);
    if (!status && text_is(head->method, "CONNECT"))
        status = refuse(why, 400, "CONNECT is not spoken here");
    if (!status)
        status = split_target(head, why);
    return status;
}
