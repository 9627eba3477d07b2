#include "endpoint/gateway/upstream_internal.h"

static int fail(struct upstream_link *link, enum upstream_result result)
{
    link->broken = result;
    return HPE_USER;
}

static struct upstream_link *link_of(const llhttp_t *parser)
{
    return parser->data;
}

static int add_head(struct upstream_link *link, const char *at, size_t length)
{
    buf_add(&link->head, at, length);
    return link->head.failure ? fail(link, UPSTREAM_MALFORMED) : 0;
}

static int on_field(llhttp_t *parser, const char *at, size_t length)
{
    struct upstream_link *link = link_of(parser);

    if (link->in_value || link->header_count == 0) {
        if (link->header_count == UPSTREAM_HEADERS)
            return fail(link, UPSTREAM_MALFORMED);
        link->place[link->header_count].name = link->head.length;
        link->place[link->header_count].name_length = 0;
        link->place[link->header_count].value_length = 0;
        link->header_count++;
        link->in_value = false;
    }
    link->place[link->header_count - 1].name_length += length;
    return add_head(link, at, length);
}

static int on_value(llhttp_t *parser, const char *at, size_t length)
{
    struct upstream_link *link = link_of(parser);

    if (!link->in_value) {
        link->in_value = true;
        link->place[link->header_count - 1].value = link->head.length;
    }
    link->place[link->header_count - 1].value_length += length;
    return add_head(link, at, length);
}

static int on_headers(llhttp_t *parser)
{
    struct upstream_link *link = link_of(parser);

    if (link->header_count > 0)
        link->in_value = true; /* a last header without value is whole */
    if (parser->content_length > link->call->limit && (parser->flags & F_CONTENT_LENGTH) &&
        !link->call->is_head) {
        link->broken = UPSTREAM_TOO_LARGE;
        return -1;
    }
    return link->call->is_head ? 1 : 0;
}

static void keep_span(struct upstream_link *link)
{
    buf_add_text(&link->body, link->span);
    link->span = (struct text){NULL, 0};
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct upstream_link *link = link_of(parser);

    if (link->span.length + link->body.length + length > link->call->limit)
        return fail(link, UPSTREAM_TOO_LARGE);
    if (link->span.length == 0 && link->body.length == 0) {
        link->span = text_make(at, length);
        return 0;
    }
    if (link->span.length > 0)
        keep_span(link);
    buf_add(&link->body, at, length);
    return link->body.failure ? fail(link, UPSTREAM_TOO_LARGE) : 0;
}

/* 100 Continue and its like come before the answer and are passed over. */
static int on_complete(llhttp_t *parser)
{
    struct upstream_link *link = link_of(parser);

    if (parser->status_code / 100 == 1) {
        if (parser->status_code == 101)
            return fail(link, UPSTREAM_MALFORMED);
        link->header_count = 0;
        link->in_value = false;
        buf_clear(&link->head);
        return 0;
    }
    link->is_complete = true;
    link->keeps_alive = llhttp_should_keep_alive(parser);
    return HPE_PAUSED;
}

void link_parse_settings(llhttp_settings_t *settings)
{
    llhttp_settings_init(settings);
    settings->on_header_field = on_field;
    settings->on_header_value = on_value;
    settings->on_headers_complete = on_headers;
    settings->on_body = on_body;
    settings->on_message_complete = on_complete;
}

void link_parse_reset(struct upstream_link *link)
{
    llhttp_init(&link->parser, HTTP_RESPONSE, &link->host->upstream->settings);
    link->parser.data = link;
    link->got_bytes = link->is_complete = link->keeps_alive = link->in_value = false;
    link->broken = UPSTREAM_ANSWERED;
    link->header_count = 0;
    link->span = (struct text){NULL, 0};
    buf_clear(&link->head);
    if (link->body.capacity > UPSTREAM_READ)
        buf_done(&link->body);
    else
        buf_clear(&link->body);
    link->body.limit = link->call ? link->call->limit + 1 : 0;
}

enum upstream_parsed link_parse(struct upstream_link *link, const char *data, size_t length)
{
    llhttp_errno_t code = llhttp_execute(&link->parser, data, length);

    link->got_bytes = true;
    if (link->is_complete && code == HPE_PAUSED) {
        if (llhttp_get_error_pos(&link->parser) == data + length)
            return PARSED_WHOLE;
        link->broken = UPSTREAM_MALFORMED; /* more bytes than one answer has */
        return PARSED_BROKEN;
    }
    if (code != HPE_OK) {
        if (link->broken == UPSTREAM_ANSWERED)
            link->broken = UPSTREAM_MALFORMED;
        return PARSED_BROKEN;
    }
    if (link->span.length > 0)
        keep_span(link);
    return PARSED_MORE;
}

enum upstream_parsed link_parse_end(struct upstream_link *link)
{
    if (link->is_complete)
        return PARSED_WHOLE;
    if (!link->got_bytes)
        return PARSED_BROKEN;
    llhttp_finish(&link->parser);
    link->keeps_alive = false;
    return link->is_complete ? PARSED_WHOLE : PARSED_BROKEN;
}
