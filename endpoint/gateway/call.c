#include "endpoint/gateway/call.h"

#include <string.h>

#include "base/clock.h"
#include "endpoint/gateway/cors.h"
#include "endpoint/gateway/ids.h"

struct text call_header(const struct call *call, const char *name)
{
    const struct exchange_request *request = call->request;
    size_t length = strlen(name);

    for (size_t i = 0; i < request->header_count; i++)
        if (request->header[i].name.length == length &&
            text_is_ignoring_case(request->header[i].name, name))
            return request->header[i].value;
    return (struct text){NULL, 0};
}

void call_answer_init(struct call_answer *answer, int status)
{
    answer->status = status;
    answer->header_count = 0;
    answer->body = TEXT("");
}

void call_add_header(struct call_answer *answer, struct text name, struct text value)
{
    if (answer->header_count < CALL_HEADERS)
        answer->header[answer->header_count++] = (struct http_header){name, value};
}

const struct http_header *call_find_header(const struct call_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (text_is_ignoring_case(answer->header[i].name, name))
            return &answer->header[i];
    return NULL;
}

static void add_common(struct call *call, struct call_answer *answer)
{
    if (call->is_http) {
        cors_apply(call, answer);
        call_add_header(answer, TEXT("apigw-requestid"), text_of(call->extended_id));
    } else {
        if (answer->body.length > 0 && !call_find_header(answer, "Content-Type"))
            call_add_header(answer, TEXT("Content-Type"), TEXT("application/json"));
        call_add_header(answer, TEXT("x-amzn-RequestId"), text_of(call->request_id));
        call_add_header(answer, TEXT("x-amz-apigw-id"), text_of(call->extended_id));
    }
    if (call->stage && call->stage->is_draft)
        call_add_header(answer, TEXT("x-gatehouse-draft"), TEXT("1"));
}

void call_send(struct call *call, struct call_answer *answer)
{
    enum integration_kind kind = call->method ? call->method->integration.kind : INTEGRATION_NONE;
    char trace[48];

    if (!call->is_http && call->gateway && (kind == INTEGRATION_HTTP || kind == INTEGRATION_AWS)) {
        ids_make_trace(&call->gateway->ids, clock_wall(), trace);
        call_add_header(answer, TEXT("X-Amzn-Trace-Id"), text_of(trace));
    }
    add_common(call, answer);
    call->deliver(call, answer);
}

void call_fail(struct call *call, enum gateway_response type, const char *reason,
    const char *detail)
{
    const struct gateway_response_record *record = &gateway_response_table[type];
    const char *message = call->is_http ? record->http_message : record->rest_message;
    struct call_answer answer;
    struct buf body;
    struct json_writer writer;

    call_answer_init(&answer, call->is_http ? record->http_status : record->rest_status);
    buf_init(&body, 4096);
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_name(&writer, "message");
    if (message)
        json_c_string(&writer, message);
    else
        json_null(&writer);
    json_end_object(&writer);
    answer.body = buf_view(&body);
    call_add_header(&answer, TEXT("Content-Type"), TEXT("application/json"));
    if (!call->is_http)
        call_add_header(&answer, TEXT("x-amzn-ErrorType"), text_of(record->rest_type));
    call_add_header(&answer, TEXT("x-gatehouse-reason"), text_of(reason));
    call->failure = detail ? detail : reason;
    add_common(call, &answer);
    call->deliver(call, &answer);
    buf_done(&body);
}
