#include "endpoint/tables/partiql_member.h"

#include "endpoint/tables/attribute.h"
#include "endpoint/tables/partiql_plan.h"

static const char *member(struct request *request, const char *prefix, const char *name)
{
    const char *path = arena_format(request->arena, "%s%s", prefix, name);

    return path ? path : name;
}

/* Characters, not bytes. */
static size_t count_characters(struct text text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.length; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

void partiql_check_members(struct request *request, const struct json *object, const char *prefix)
{
    struct text statement = request_text(object, "Statement");
    const struct json *parameters = request_get(object, "Parameters");

    if (!statement.data)
        request_member(request, MESSAGE_MEMBER_NULL,
            ARGUMENTS(text_of(member(request, prefix, "statement"))));
    else if (statement.length == 0)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(TEXT(""), text_of(member(request, prefix, "statement")), TEXT("1")));
    else if (count_characters(statement) > PARTIQL_STATEMENT_LIMIT)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(text_slice(statement, 0, PARTIQL_STATEMENT_LIMIT),
                text_of(member(request, prefix, "statement")),
                request_number(request, PARTIQL_STATEMENT_LIMIT)));
    if (parameters && parameters->count == 0)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(TEXT("[]"), text_of(member(request, prefix, "parameters")), TEXT("1")));
    request_check_enum(request, object, "ReturnValuesOnConditionCheckFailure",
        member(request, prefix, "returnValuesOnConditionCheckFailure"), "ALL_OLD, NONE");
}

bool partiql_read_parameters(struct request *request, const struct json *object,
    const struct value **out)
{
    const struct json *parameters = request_get(object, "Parameters");
    struct attribute_fault fault;

    *out = NULL;
    if (!parameters)
        return true;
    attribute_fault_init(&fault, request_style(request));
    *out = attribute_read_list(parameters, request->arena, &fault);
    if (fault.exhausted)
        request_exhausted(request);
    else if (!*out)
        request_refuse(request, MESSAGE_VALUE_OTHER, ARGUMENTS(buf_view(&fault.text)));
    attribute_fault_done(&fault);
    return *out;
}

bool partiql_is_write(const struct partiql *statement)
{
    return statement->kind != PARTIQL_SELECT;
}

bool partiql_check_key(struct request *request, const struct partiql_key *key)
{
    if (key->twice)
        return request_fail(request, MESSAGE_PARTIQL_KEY_TWICE, ARGUMENTS(key->twice->name));
    if (key->type)
        return request_fail(request, MESSAGE_PARTIQL_KEY_TYPE, ARGUMENTS(key->type->name));
    return key->complete || request_fail(request, MESSAGE_PARTIQL_KEY_INCOMPLETE, NULL);
}

void partiql_tell_duplicate(struct request *request, const struct partiql *statement)
{
    if (statement->kind != PARTIQL_INSERT || !request->fault.set ||
        request->fault.kind != FAULT_CONDITION)
        return;
    request->fault = (struct fault){.set = false};
    request_fail(request, MESSAGE_PARTIQL_DUPLICATE, NULL);
}
