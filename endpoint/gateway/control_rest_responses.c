#include "endpoint/gateway/control_rest.h"

/* The gateway responses that every API begins with, gateway.md 2.3 and 10; they cannot be changed
   yet. The two defaults have no status of their own. */
static const struct {
    const char *type, *status;
} response_table[] = {
    {"ACCESS_DENIED", "403"},
    {"API_CONFIGURATION_ERROR", "500"},
    {"AUTHORIZER_CONFIGURATION_ERROR", "500"},
    {"AUTHORIZER_FAILURE", "500"},
    {"BAD_REQUEST_BODY", "400"},
    {"BAD_REQUEST_PARAMETERS", "400"},
    {"DEFAULT_4XX", NULL},
    {"DEFAULT_5XX", NULL},
    {"EXPIRED_TOKEN", "403"},
    {"INTEGRATION_FAILURE", "504"},
    {"INTEGRATION_TIMEOUT", "504"},
    {"INVALID_API_KEY", "403"},
    {"INVALID_SIGNATURE", "403"},
    {"MISSING_AUTHENTICATION_TOKEN", "403"},
    {"QUOTA_EXCEEDED", "429"},
    {"REQUEST_TOO_LARGE", "413"},
    {"RESOURCE_NOT_FOUND", "404"},
    {"THROTTLED", "429"},
    {"UNAUTHORIZED", "401"},
    {"UNSUPPORTED_MEDIA_TYPE", "415"},
    {"WAF_FILTERED", "403"},
};

enum { RESPONSES = sizeof response_table / sizeof *response_table };

static void write_response(struct json_writer *writer, size_t at)
{
    json_begin_object(writer);
    json_pair_string(writer, "responseType", response_table[at].type);
    if (response_table[at].status)
        json_pair_string(writer, "statusCode", response_table[at].status);
    json_name(writer, "responseParameters");
    json_begin_object(writer);
    json_end_object(writer);
    json_name(writer, "responseTemplates");
    json_begin_object(writer);
    json_pair_string(writer, "application/json", "{\"message\":$context.error.messageString}");
    json_end_object(writer);
    json_pair_bool(writer, "defaultResponse", true);
    json_end_object(writer);
}

bool control_rest_get_gateway_responses(struct control *call)
{
    struct json_writer writer;

    if (!control_find_rest(call))
        return false;
    json_writer_init(&writer, &call->out);
    json_begin_object(&writer);
    json_name(&writer, "item");
    json_begin_array(&writer);
    for (size_t i = 0; i < RESPONSES; i++)
        write_response(&writer, i);
    json_end_array(&writer);
    json_end_object(&writer);
    return true;
}

bool control_rest_get_gateway_response(struct control *call)
{
    struct json_writer writer;

    if (!control_find_rest(call))
        return false;
    json_writer_init(&writer, &call->out);
    for (size_t i = 0; i < RESPONSES; i++) {
        if (text_is(call->parameter[1], response_table[i].type)) {
            write_response(&writer, i);
            return true;
        }
    }
    return control_fail(call, CONTROL_NOT_FOUND, "Gateway response type not defined on api");
}
