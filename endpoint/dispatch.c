#include "endpoint/dispatch.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"
#include "client/service.h"
#include "endpoint/compress.h"
#include "endpoint/own_routes.h"
#include "endpoint/reply.h"

#define CORAL "com.amazon.coral.service#"
#define QUERY_NAMESPACE "http://monitoring.amazonaws.com/doc/2010-08-01/"

/* Row 3: a browser asks before it sends. */
static bool answer_preflight(struct exchange *exchange)
{
    struct text headers = exchange_header(exchange, "Access-Control-Request-Headers");
    struct text method = exchange_header(exchange, "Access-Control-Request-Method");
    struct http_header header[5] = {{TEXT("Access-Control-Allow-Origin"), TEXT("*")}};
    size_t count = 1;

    if (!text_is(exchange_request(exchange)->method, "OPTIONS") ||
        !exchange_header(exchange, "Origin").data)
        return false;
    if (headers.data)
        header[count++] = (struct http_header){TEXT("Access-Control-Allow-Headers"), headers};
    if (method.data)
        header[count++] = (struct http_header){TEXT("Access-Control-Allow-Methods"), method};
    header[count++] = (struct http_header){TEXT("Access-Control-Max-Age"), TEXT("172800")};
    exchange_reply(exchange, 200, header, count, TEXT(""));
    return true;
}

/* Row 4. */
static void answer_healthy(const struct dispatch *dispatch, struct exchange *exchange)
{
    const char *text = arena_format(exchange_arena(exchange), "healthy: dynamodb.%s.amazonaws.com ",
        dispatch->auth.region);

    reply_plain(exchange, 200, "text/plain", text_of(text));
}

/* Row 5. */
static void answer_not_json(struct exchange *exchange)
{
    static const struct text body = {"<UnknownOperationException/>\n", 29};
    char id[REPLY_ID_LENGTH + 1], sum[24];
    struct http_header header[] = {{TEXT("Server"), TEXT("Server")},
        {TEXT("x-amzn-RequestId"), TEXT("")}, {TEXT("x-amz-crc32"), TEXT("")}};

    reply_make_id(id);
    snprintf(sum, sizeof sum, "%lu", (unsigned long)crypto_crc32(body));
    header[1].value = text_of(id);
    header[2].value = text_of(sum);
    exchange_reply(exchange, 404, header, sizeof header / sizeof *header, body);
}

static bool has_json_type(const struct exchange *exchange)
{
    struct text type = exchange_header(exchange, "Content-Type"), head;

    if (text_take_until(&type, ';', &head))
        type = head;
    type = text_trim(type);
    return text_is_ignoring_case(type, "application/x-amz-json-1.0") ||
           text_is_ignoring_case(type, "application/json");
}

enum decoded { DECODED, DECODED_BROKEN, DECODED_TOO_LARGE };

/* The body as the service reads it; the signature is over the one that came. */
static enum decoded decode_body(struct exchange *exchange, struct text *body)
{
    struct text coding = exchange_header(exchange, "Content-Encoding");
    enum compress_result result;
    struct buf plain;

    *body = exchange_request(exchange)->body;
    if (coding.length == 0 || text_is_ignoring_case(coding, "identity"))
        return DECODED;
    if (!text_is_ignoring_case(coding, "gzip"))
        return DECODED_BROKEN;
    buf_init(&plain, COMPRESS_OUTPUT_LIMIT);
    result = compress_read_gzip(*body, &plain);
    if (result == COMPRESS_OK) {
        *body = arena_text(exchange_arena(exchange), buf_view(&plain));
        if (!body->data)
            result = COMPRESS_NO_MEMORY;
    }
    buf_done(&plain);
    if (result == COMPRESS_OK)
        return DECODED;
    return result == COMPRESS_BROKEN ? DECODED_BROKEN : DECODED_TOO_LARGE;
}

static void answer_too_large(struct exchange *exchange)
{
    exchange_reply_and_close(exchange, 413, NULL, 0, TEXT(""));
}

/* Row 6 comes first in the answer, but is looked at only when something else is wrong. */
static void refuse_dynamodb(struct exchange *exchange, struct text body, const char *type,
    struct text message)
{
    struct error err;

    if (body.length > 0 && !json_parse(body, exchange_arena(exchange), &err))
        reply_dynamodb_error(exchange, 400, CORAL "SerializationException", TEXT(""));
    else
        reply_dynamodb_error(exchange, 400, type, message);
}

/* The operation behind the dot of the target; false when it cannot be one. */
static bool read_target(const struct exchange *exchange, struct text *operation, bool *is_stream)
{
    struct text target = exchange_header(exchange, "X-Amz-Target"), prefix;

    if (!text_take_until(&target, '.', &prefix))
        return false;
    *operation = target;
    *is_stream = text_is(prefix, "DynamoDBStreams_20120810");
    return *is_stream || text_is(prefix, "DynamoDB_20120810");
}

static bool is_known(struct text operation, bool is_stream)
{
    return service_operation(is_stream ? &service_streams : &service_dynamodb, operation) != NULL;
}

static void handle_dynamodb(struct dispatch *dispatch, struct exchange *exchange)
{
    const struct exchange_request *request = exchange_request(exchange);
    struct auth_refusal refusal;
    struct text body, operation;
    bool is_stream = false;
    enum decoded decoded;

    if (text_is(request->method, "GET") && text_is(request->path, "/")) {
        answer_healthy(dispatch, exchange);
        return;
    }
    if (!text_is(request->method, "POST") || !has_json_type(exchange)) {
        answer_not_json(exchange);
        return;
    }
    decoded = decode_body(exchange, &body);
    if (decoded == DECODED_TOO_LARGE) {
        answer_too_large(exchange);
    } else if (decoded == DECODED_BROKEN) {
        reply_dynamodb_error(exchange, 400, CORAL "SerializationException", TEXT(""));
    } else if (!read_target(exchange, &operation, &is_stream) || !is_known(operation, is_stream)) {
        refuse_dynamodb(exchange, body, CORAL "UnknownOperationException", TEXT(""));
    } else if (!auth_check(&dispatch->auth, exchange, "dynamodb", &refusal)) {
        const char *type = arena_format(exchange_arena(exchange), CORAL "%s", refusal.type);

        refuse_dynamodb(exchange, body, type ? type : refusal.type, refusal.message);
    } else if (!is_known(operation, is_stream)) {
        refuse_dynamodb(exchange, body, CORAL "UnknownOperationException", TEXT(""));
    } else {
        exchange_set_body(exchange, body);
        tables_handle(dispatch->tables, exchange, operation);
    }
}

/* Every other service refuses in its own protocol. */
static void refuse_other(struct exchange *exchange, enum dispatch_service service,
    const struct auth_refusal *refusal)
{
    bool is_json = exchange_header(exchange, "X-Amz-Target").data != NULL;
    const char *type;

    if (service == DISPATCH_GATEWAY) {
        reply_rest_error(exchange,
            text_is(text_of(refusal->type), "IncompleteSignatureException") ? 400 : 403,
            refusal->type, refusal->message);
    } else if (is_json || service == DISPATCH_LOGS) {
        type = arena_format(exchange_arena(exchange), CORAL "%s", refusal->type);
        reply_json_error(exchange, 400, type ? type : refusal->type, refusal->message);
    } else {
        struct text code = text_of(refusal->type);

        /* The query protocol leaves the ending out: MissingAuthenticationToken. */
        if (text_ends_with(code, TEXT("Exception")))
            code.length -= 9;
        type = arena_string(exchange_arena(exchange), code);
        reply_query_error(exchange, 403, QUERY_NAMESPACE, type ? type : refusal->type,
            refusal->message);
    }
}

static void answer_broken_body(struct exchange *exchange, enum dispatch_service service)
{
    if (service == DISPATCH_GATEWAY)
        reply_rest_error(exchange, 400, "SerializationException",
            TEXT("the body is not what Content-Encoding says"));
    else
        reply_json_error(exchange, 400, CORAL "SerializationException", TEXT(""));
}

static void handle_signed(struct dispatch *dispatch, struct exchange *exchange,
    const struct dispatch_choice *choice)
{
    const char *name = choice->service == DISPATCH_GATEWAY   ? "apigateway"
                       : choice->service == DISPATCH_METRICS ? "monitoring"
                                                             : "logs";
    struct auth_refusal refusal;
    enum decoded decoded;
    struct text body;

    decoded = decode_body(exchange, &body);
    if (decoded == DECODED_TOO_LARGE) {
        answer_too_large(exchange);
        return;
    }
    if (decoded == DECODED_BROKEN) {
        answer_broken_body(exchange, choice->service);
        return;
    }
    if (!auth_check(&dispatch->auth, exchange, name, &refusal)) {
        refuse_other(exchange, choice->service, &refusal);
        return;
    }
    exchange_set_body(exchange, body);
    if (choice->service == DISPATCH_GATEWAY)
        gateway_handle_control(dispatch->gateway, exchange);
    else if (choice->service == DISPATCH_METRICS)
        telemetry_handle_metrics(dispatch->telemetry, exchange);
    else
        telemetry_handle_logs(dispatch->telemetry, exchange);
}

static void answer_not_served(struct exchange *exchange, struct text name)
{
    const char *message = arena_format(exchange_arena(exchange),
        "the embedded endpoint does not serve %.*s", (int)name.length, name.data);

    reply_rest_error(exchange, 501, "NotImplementedException", text_of(message));
}

void dispatch_handle(void *user, struct exchange *exchange)
{
    struct dispatch *dispatch = user;
    struct dispatch_choice choice;

    dispatch_choose(exchange, &choice);
    if (choice.service == DISPATCH_DATA) {
        auth_identify(&dispatch->auth, exchange);
        gateway_handle_data(dispatch->gateway, exchange, choice.api, choice.stage, choice.path);
        return;
    }
    if (choice.service != DISPATCH_OWN && answer_preflight(exchange))
        return;
    switch (choice.service) {
    case DISPATCH_OWN:
        own_routes_handle(dispatch, exchange);
        break;
    case DISPATCH_DYNAMODB:
        handle_dynamodb(dispatch, exchange);
        break;
    case DISPATCH_GATEWAY:
    case DISPATCH_METRICS:
    case DISPATCH_LOGS:
        handle_signed(dispatch, exchange, &choice);
        break;
    case DISPATCH_OTHER:
        answer_not_served(exchange, choice.name);
        break;
    case DISPATCH_HEALTH:
        answer_healthy(dispatch, exchange);
        break;
    case DISPATCH_DATA:
    case DISPATCH_NONE:
        reply_rest_error(exchange, 404, "NotFoundException", TEXT("Not Found"));
        break;
    }
}
