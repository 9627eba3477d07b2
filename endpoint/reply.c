#include "endpoint/reply.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/json.h"
#include "endpoint/compress.h"

#include <stdio.h>
#include <string.h>

enum { HEADER_LIMIT = 10, UUID_LENGTH = 36, NUMBER_LENGTH = 24, ERROR_LIMIT_BYTES = 64 * 1024 };

static const char id_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

void reply_make_id(char *out)
{
    uint8_t byte[REPLY_ID_LENGTH];

    crypto_random(byte, sizeof byte);
    for (size_t i = 0; i < sizeof byte; i++) /* 256 mod 36 leans to A-D: no harm, an id is no key */
        out[i] = id_alphabet[byte[i] % (sizeof id_alphabet - 1)];
    out[REPLY_ID_LENGTH] = '\0';
}

/* Headers of one answer. */
struct headers {
    struct http_header header[HEADER_LIMIT];
    size_t count;
};

static void add_header(struct headers *headers, struct text name, struct text value)
{
    headers->header[headers->count++] = (struct http_header){name, value};
}

/* The JSON type of the request, without parameters; the service echoes it. */
static struct text type_of_request(const struct exchange *exchange, struct text otherwise)
{
    static const struct text known_table[] = {
        {"application/x-amz-json-1.0", 26},
        {"application/x-amz-json-1.1", 26},
        {"application/json", 16},
    };
    struct text type = exchange_header(exchange, "Content-Type"), head;

    if (text_take_until(&type, ';', &head))
        type = head;
    type = text_trim(type);
    for (size_t i = 0; i < sizeof known_table / sizeof *known_table; i++)
        if (text_equal_ignoring_case(type, known_table[i]))
            return known_table[i];
    return otherwise;
}

/* Any origin may read the answer: there are no cookies to protect here. */
static void add_origin(struct headers *headers, const struct exchange *exchange)
{
    if (exchange_header(exchange, "Origin").data)
        add_header(headers, TEXT("Access-Control-Allow-Origin"), TEXT("*"));
}

void reply_body_make(struct reply_body *out, struct text body, struct text accept_encoding)
{
    enum compress_coding coding = COMPRESS_NONE;

    *out = (struct reply_body){.text = body};
    buf_init(&out->packed, SIZE_MAX);
    if (body.length > REPLY_COMPRESS_FROM)
        coding = compress_choose(accept_encoding);
    if (coding != COMPRESS_NONE && compress_write(body, coding, &out->packed)) {
        out->text = buf_view(&out->packed);
        out->coding = coding == COMPRESS_GZIP ? "gzip" : "deflate";
    }
    out->sum = crypto_crc32(out->text);
}

void reply_body_done(struct reply_body *body)
{
    buf_done(&body->packed);
}

void reply_dynamodb_body(struct exchange *exchange, int status, const struct reply_body *body)
{
    struct headers headers = {.count = 0};
    char id[REPLY_ID_LENGTH + 1], sum[NUMBER_LENGTH];

    reply_make_id(id);
    snprintf(sum, sizeof sum, "%lu", (unsigned long)body->sum);
    add_header(&headers, TEXT("Server"), TEXT("Server"));
    add_header(&headers, TEXT("Content-Type"),
        type_of_request(exchange, TEXT("application/x-amz-json-1.0")));
    add_header(&headers, TEXT("x-amzn-RequestId"), text_make(id, REPLY_ID_LENGTH));
    add_header(&headers, TEXT("x-amz-crc32"), text_of(sum));
    if (body->coding)
        add_header(&headers, TEXT("Content-Encoding"), text_of(body->coding));
    add_origin(&headers, exchange);
    exchange_reply(exchange, status, headers.header, headers.count, body->text);
}

void reply_dynamodb(struct exchange *exchange, int status, struct text body)
{
    struct reply_body made;

    reply_body_make(&made, body, exchange_header(exchange, "Accept-Encoding"));
    reply_dynamodb_body(exchange, status, &made);
    reply_body_done(&made);
}

static void write_error(struct buf *out, const char *type, struct text message)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_string(&writer, "__type", type);
    if (message.length > 0) {
        if (strstr(type, "#SerializationException"))
            json_pair(&writer, "Message", message);
        json_pair(&writer, "message", message);
    }
    json_end_object(&writer);
}

void reply_dynamodb_error(struct exchange *exchange, int status, const char *type,
    struct text message)
{
    struct buf body;

    buf_init(&body, ERROR_LIMIT_BYTES);
    write_error(&body, type, message);
    reply_dynamodb(exchange, status, buf_view(&body));
    buf_done(&body);
}

/* What a service adds to the head of an answer; NULL: nothing. */
struct extra {
    const char *error_type, *query_error;
};

static void reply_with_uuid(struct exchange *exchange, int status, struct text content_type,
    const struct extra *extra, struct text body)
{
    struct headers headers = {.count = 0};
    struct buf id;

    buf_init(&id, UUID_LENGTH);
    crypto_add_uuid(&id);
    add_header(&headers, TEXT("Content-Type"), content_type);
    add_header(&headers, TEXT("x-amzn-RequestId"), buf_view(&id));
    if (extra && extra->error_type)
        add_header(&headers, TEXT("x-amzn-ErrorType"), text_of(extra->error_type));
    if (extra && extra->query_error)
        add_header(&headers, TEXT("x-amzn-query-error"), text_of(extra->query_error));
    add_origin(&headers, exchange);
    exchange_reply(exchange, status, headers.header, headers.count, body);
    buf_done(&id);
}

void reply_json(struct exchange *exchange, int status, struct text body)
{
    reply_with_uuid(exchange, status, type_of_request(exchange, TEXT("application/x-amz-json-1.1")),
        NULL, body);
}

static void reply_json_failure(struct exchange *exchange, int status, const char *type,
    const struct extra *extra, struct text message)
{
    struct buf body;

    buf_init(&body, ERROR_LIMIT_BYTES);
    write_error(&body, type, message);
    reply_with_uuid(exchange, status, type_of_request(exchange, TEXT("application/x-amz-json-1.1")),
        extra, buf_view(&body));
    buf_done(&body);
}

void reply_json_error(struct exchange *exchange, int status, const char *type, struct text message)
{
    reply_json_failure(exchange, status, type, NULL, message);
}

void reply_json_query_error(struct exchange *exchange, int status, const char *type,
    const char *query_code, struct text message)
{
    const char *fault = status < 500 ? "Sender" : "Receiver";
    struct extra extra = {0};

    extra.query_error = arena_format(exchange_arena(exchange), "%s;%s", query_code, fault);
    reply_json_failure(exchange, status, type, &extra, message);
}

void reply_rest(struct exchange *exchange, int status, struct text body)
{
    reply_with_uuid(exchange, status, TEXT("application/json"), NULL, body);
}

void reply_rest_error(struct exchange *exchange, int status, const char *type, struct text message)
{
    const struct extra extra = {.error_type = type};
    struct json_writer writer;
    struct buf body;

    buf_init(&body, ERROR_LIMIT_BYTES);
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_pair(&writer, "message", message);
    json_end_object(&writer);
    reply_with_uuid(exchange, status, TEXT("application/json"), &extra, buf_view(&body));
    buf_done(&body);
}

void reply_add_xml(struct buf *out, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];

        if (c == '&')
            buf_add_string(out, "&amp;");
        else if (c == '<')
            buf_add_string(out, "&lt;");
        else if (c == '>')
            buf_add_string(out, "&gt;");
        else if (c == '"')
            buf_add_string(out, "&quot;");
        else if ((unsigned char)c >= 0x20 || c == '\t' || c == '\n')
            buf_add_char(out, c);
        else
            buf_add_char(out, '?');
    }
}

/* Both the element and the header carry the request id. */
static void reply_xml(struct exchange *exchange, int status, struct buf *body, struct text id)
{
    struct headers headers = {.count = 0};

    add_header(&headers, TEXT("Content-Type"), TEXT("text/xml"));
    add_header(&headers, TEXT("x-amzn-RequestId"), id);
    add_origin(&headers, exchange);
    exchange_reply(exchange, status, headers.header, headers.count, buf_view(body));
}

void reply_query(struct exchange *exchange, const char *operation, const char *xmlns,
    struct text content)
{
    struct buf body, id;

    buf_init(&body, SIZE_MAX);
    buf_init(&id, UUID_LENGTH);
    crypto_add_uuid(&id);
    buf_add_format(&body, "<%sResponse xmlns=\"%s\">\n", operation, xmlns);
    buf_add_text(&body, content);
    buf_add_format(&body,
        "  <ResponseMetadata>\n    <RequestId>%s</RequestId>\n"
        "  </ResponseMetadata>\n</%sResponse>\n",
        buf_string(&id), operation);
    reply_xml(exchange, 200, &body, buf_view(&id));
    buf_done(&id);
    buf_done(&body);
}

void reply_query_error(struct exchange *exchange, int status, const char *xmlns, const char *code,
    struct text message)
{
    struct buf body, id;

    buf_init(&body, ERROR_LIMIT_BYTES);
    buf_init(&id, UUID_LENGTH);
    crypto_add_uuid(&id);
    buf_add_format(&body,
        "<ErrorResponse xmlns=\"%s\">\n  <Error>\n    <Type>%s</Type>\n"
        "    <Code>%s</Code>\n    <Message>",
        xmlns, status < 500 ? "Sender" : "Receiver", code);
    reply_add_xml(&body, message);
    buf_add_format(&body, "</Message>\n  </Error>\n  <RequestId>%s</RequestId>\n</ErrorResponse>\n",
        buf_string(&id));
    reply_xml(exchange, status, &body, buf_view(&id));
    buf_done(&id);
    buf_done(&body);
}

void reply_plain(struct exchange *exchange, int status, const char *content_type, struct text body)
{
    const struct http_header header = {TEXT("Content-Type"), text_of(content_type)};

    exchange_reply(exchange, status, &header, 1, body);
}
