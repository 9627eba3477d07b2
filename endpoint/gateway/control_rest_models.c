#include "endpoint/gateway/control_rest.h"

/* The two models that every API has, gateway.md 2.3; others cannot be made yet. */
static const struct {
    const char *name, *id, *json;
} model_table[] = {
    {"Empty", "emptymodel",
        "{\"id\":\"emptymodel\",\"name\":\"Empty\",\"description\":\"This is a default empty "
        "schema "
        "model\",\"schema\":\"{\\n  \\\"$schema\\\": "
        "\\\"http://json-schema.org/draft-04/schema#\\\",\\n  \\\"title\\\" : \\\"Empty "
        "Schema\\\",\\n  \\\"type\\\" : "
        "\\\"object\\\"\\n}\",\"contentType\":\"application/json\"}"},
    {"Error", "errormodel",
        "{\"id\":\"errormodel\",\"name\":\"Error\",\"description\":\"This is a default error "
        "schema "
        "model\",\"schema\":\"{\\n  \\\"$schema\\\" : "
        "\\\"http://json-schema.org/draft-04/schema#\\\",\\n  \\\"title\\\" : \\\"Error "
        "Schema\\\",\\n  \\\"type\\\" : \\\"object\\\",\\n  \\\"properties\\\" : {\\n    "
        "\\\"message\\\" : { \\\"type\\\" : \\\"string\\\" }\\n  }\\n}\",\"contentType\":"
        "\"application/json\"}"},
};

bool control_rest_get_models(struct control *call)
{
    struct json_writer writer;

    if (!control_find_rest(call))
        return false;
    json_writer_init(&writer, &call->out);
    json_begin_object(&writer);
    json_name(&writer, "item");
    json_begin_array(&writer);
    for (size_t i = 0; i < sizeof model_table / sizeof *model_table; i++)
        json_raw(&writer, text_of(model_table[i].json));
    json_end_array(&writer);
    json_end_object(&writer);
    return true;
}

bool control_rest_get_model(struct control *call)
{
    struct text name = call->parameter[1];

    if (!control_find_rest(call))
        return false;
    for (size_t i = 0; i < sizeof model_table / sizeof *model_table; i++) {
        if (text_is(name, model_table[i].name)) {
            buf_add_string(&call->out, model_table[i].json);
            return true;
        }
    }
    return control_fail(call, CONTROL_NOT_FOUND, "Invalid model name specified: %.*s",
        (int)name.length, name.data);
}

/* A kind that cannot be made here has no members; below /restapis the API must be there. */
bool control_rest_get_none(struct control *call)
{
    if (text_starts_with(text_of(call->operation->path), TEXT("/restapis/")) &&
        !control_find_rest(call))
        return false;
    buf_add_string(&call->out, "{\"item\":[]}");
    return true;
}
