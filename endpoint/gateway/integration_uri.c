#include "endpoint/gateway/integration_uri.h"

#include <string.h>

enum integration_uri_result integration_uri_parse(struct text uri, struct integration_uri *out)
{
    struct text rest = uri, part[3], kind;

    *out = (struct integration_uri){0};
    for (size_t i = 0; i < 3; i++)
        if (!text_take_until(&rest, ':', &part[i]))
            return INTEGRATION_URI_NOT_AN_ARN;
    if (!text_is(part[0], "arn") || !text_starts_with(part[1], TEXT("aws")))
        return INTEGRATION_URI_NOT_AN_ARN;
    if (text_is(part[2], "lambda")) { /* a function's own ARN, as HTTP APIs write it */
        if (!text_take_until(&rest, ':', &out->region))
            return INTEGRATION_URI_NOT_AN_ARN;
        out->service = part[2];
        out->target = uri;
        return INTEGRATION_URI_GOOD;
    }
    if (!text_is(part[2], "apigateway") || !text_take_until(&rest, ':', &out->region) ||
        !text_take_until(&rest, ':', &out->service))
        return INTEGRATION_URI_NOT_AN_ARN;
    if (!text_take_until(&rest, '/', &kind) || rest.length == 0 ||
        (!text_is(kind, "action") && !text_is(kind, "path")))
        return INTEGRATION_URI_NO_ACTION;
    out->is_action = text_is(kind, "action");
    out->target = rest;
    if (out->is_action && memchr(rest.data, '&', rest.length))
        text_take_until(&rest, '&', &out->target);
    return out->target.length > 0 ? INTEGRATION_URI_GOOD : INTEGRATION_URI_NO_ACTION;
}

bool integration_uri_is_http(struct text uri)
{
    struct text rest;

    if (text_starts_with(uri, TEXT("http://")))
        rest = text_slice(uri, 7, uri.length);
    else if (text_starts_with(uri, TEXT("https://")))
        rest = text_slice(uri, 8, uri.length);
    else
        return false;
    if (rest.length == 0 || rest.data[0] == '/' || rest.data[0] == '?' || rest.data[0] == ':')
        return false;
    for (size_t i = 0; i < uri.length; i++)
        if ((unsigned char)uri.data[i] <= ' ' || uri.data[i] == 0x7f || uri.data[i] == '\\' ||
            uri.data[i] == '"' || uri.data[i] == '<' || uri.data[i] == '>')
            return false;
    return true;
}
