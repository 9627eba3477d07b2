#include "endpoint/http_write.h"

#include <string.h>

#include "endpoint/http_head.h"

struct reason {
    int status;
    const char *text;
};

/* RFC 9110 and the IANA registry; sorted by status. */
static const struct reason reason_table[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

const char *http_reason(int status)
{
    size_t low = 0, high = sizeof reason_table / sizeof *reason_table;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (reason_table[middle].status == status)
            return reason_table[middle].text;
        if (reason_table[middle].status < status)
            low = middle + 1;
        else
            high = middle;
    }
    return "";
}

/* Writes into room that was reserved for all of it. */
static char *put(char *at, const char *data, size_t length)
{
    if (length > 0)
        memcpy(at, data, length);
    return at + length;
}

static char *put_text(char *at, struct text text)
{
    return put(at, text.data, text.length);
}

static char *put_number(char *at, size_t number)
{
    char digits[20];
    size_t from = sizeof digits;

    do {
        digits[--from] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return put(at, digits + from, sizeof digits - from);
}

enum header_kind { HEADER_PASSES, HEADER_DATE, HEADER_LENGTH, HEADER_OURS };

static enum header_kind kind_of_header(struct text name)
{
    switch (name.length) {
    case 4:
        return text_is_ignoring_case(name, "date") ? HEADER_DATE : HEADER_PASSES;
    case 10:
        return text_is_ignoring_case(name, "connection") ||
                       text_is_ignoring_case(name, "keep-alive")
                   ? HEADER_OURS
                   : HEADER_PASSES;
    case 14:
        return text_is_ignoring_case(name, "content-length") ? HEADER_LENGTH : HEADER_PASSES;
    case 17:
        return text_is_ignoring_case(name, "transfer-encoding") ? HEADER_OURS : HEADER_PASSES;
    default:
        return HEADER_PASSES;
    }
}

static size_t room_for_head(const struct http_answer *answer, const char *reason)
{
    size_t room = 192 + strlen(reason) + answer->date.length;

    for (size_t i = 0; i < answer->header_count; i++)
        room += answer->header[i].name.length + answer->header[i].value.length + 4;
    return room;
}

static char *put_header(char *at, const struct http_header *header)
{
    at = put_text(at, header->name);
    at = put(at, ": ", 2);
    at = put_text(at, header->value);
    return put(at, "\r\n", 2);
}

struct seen {
    bool date, length;
};

static char *put_headers(char *at, const struct http_answer *answer, struct seen *seen)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        const struct http_header *header = &answer->header[i];
        enum header_kind kind = kind_of_header(header->name);
        int64_t length;

        if (kind == HEADER_OURS || !http_is_token(header->name) ||
            !http_value_is_safe(header->value))
            continue;
        if (kind == HEADER_LENGTH) {
            if (seen->length || !answer->to_head ||
                !text_to_integer(header->value, 0, INT64_MAX, &length))
                continue;
            seen->length = true;
        }
        if (kind == HEADER_DATE)
            seen->date = true;
        at = put_header(at, header);
    }
    return at;
}

bool http_write_head(struct buf *out, const struct http_answer *answer)
{
    const char *reason = http_reason(answer->status);
    bool bodyless = answer->status < 200 || answer->status == 204 || answer->status == 304;
    char *start = buf_reserve(out, room_for_head(answer, reason)), *at = start;
    struct seen seen = {0};

    if (!start)
        return false;
    at = put(at, "HTTP/1.1 ", 9);
    at = put_number(at, (size_t)answer->status);
    at = put(at, " ", 1);
    at = put(at, reason, strlen(reason));
    at = put(at, "\r\n", 2);
    at = put_headers(at, answer, &seen);
    if (!seen.date) {
        at = put(at, "Date: ", 6);
        at = put_text(at, answer->date);
        at = put(at, "\r\n", 2);
    }
    if (!bodyless && !seen.length) {
        at = put(at, "Content-Length: ", 16);
        at = put_number(at, answer->body_length);
        at = put(at, "\r\n", 2);
    }
    if (answer->close)
        at = put(at, "Connection: close\r\n", 19);
    else if (answer->to_http_1_0)
        at = put(at, "Connection: keep-alive\r\n", 24);
    at = put(at, "\r\n", 2);
    buf_added(out, (size_t)(at - start));
    return !bodyless && !answer->to_head;
}
