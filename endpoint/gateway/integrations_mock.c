#include "endpoint/gateway/integrations.h"

/* MOCK: the request template gives the status, the response template the body. */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* {statusCode: 200}: names without quotes are common in templates and accepted by the service. */
static int find_status(struct text body)
{
    struct text word = TEXT("statusCode");
    size_t at = text_find(body, word, 0), from;
    int64_t status;

    if (at == SIZE_MAX)
        return 0;
    at += word.length;
    while (at < body.length && (body.data[at] == '"' || body.data[at] == '\'' ||
                                   body.data[at] == ' ' || body.data[at] == ':'))
        at++;
    from = at;
    while (at < body.length && is_digit(body.data[at]))
        at++;
    return text_to_integer(text_slice(body, from, at), 100, 599, &status) ? (int)status : 0;
}

static int read_status(struct call *call, struct text body)
{
    struct error err;
    const struct json *document = json_parse(body, call->arena, &err);
    const struct json *status = json_member(document, "statusCode");
    int64_t value;

    if (!document)
        return find_status(body);
    if (!status || (status->kind != JSON_NUMBER && status->kind != JSON_STRING))
        return 0;
    return text_to_integer(status->text, 100, 599, &value) ? (int)value : 0;
}

void integrations_mock(struct call *call)
{
    struct call_backend backend = {0};
    struct text body;

    if (!integrations_body(call, &body))
        return;
    backend.status = read_status(call, body);
    if (backend.status == 0) {
        call_fail(call, RESPONSE_CONFIGURATION, "integration:mock-status",
            "Unable to parse statusCode. It should be an integer that is defined in the request "
            "template.");
        return;
    }
    backend.body = TEXT("");
    integrations_map(call, &backend);
}
