#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "client/aws_url.h"
#include "client/http.h"
#include "console/explain.h"
#include "console/session.h"

/* Calls as command lines of the AWS CLI and of curl: environment variables, never credentials. */

enum { COMMAND_LIMIT = 16 << 20 };

static const struct text unix_scheme = {"unix:", 5}; /* of an endpoint that is a socket */
static const char socket_url[] = "http://localhost"; /* what is spoken to over it */

static bool is_plain_word(struct text text)
{
    if (text.length == 0)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                (c != '\0' && strchr("_./:=@%+,-", c))))
            return false;
    }
    return true;
}

/* One word of a POSIX shell. */
static void add_word(struct buf *out, struct text text)
{
    if (is_plain_word(text)) {
        buf_add_text(out, text);
        return;
    }
    buf_add_char(out, '\'');
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '\'')
            buf_add_string(out, "'\\''");
        else
            buf_add_char(out, text.data[i]);
    }
    buf_add_char(out, '\'');
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* KeyConditionExpression -> key-condition-expression, as the AWS CLI names its options. */
static void add_kebab(struct buf *out, struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];
        bool starts =
            is_upper(c) && i > 0 &&
            (!is_upper(name.data[i - 1]) || (i + 1 < name.length && !is_upper(name.data[i + 1])));

        if (starts)
            buf_add_char(out, '-');
        buf_add_char(out, (char)(is_upper(c) ? c - 'A' + 'a' : c));
    }
}

static void add_option(struct buf *out, const struct json *member)
{
    struct buf value;
    struct json_writer writer;

    buf_add_string(out, member->kind == JSON_FALSE ? " --no-" : " --");
    add_kebab(out, member->name);
    if (member->kind == JSON_TRUE || member->kind == JSON_FALSE)
        return;
    buf_add_char(out, ' ');
    if (member->kind == JSON_STRING || member->kind == JSON_NUMBER) {
        add_word(out, member->text);
        return;
    }
    buf_init(&value, COMMAND_LIMIT);
    json_writer_init(&writer, &value);
    json_tree(&writer, member);
    add_word(out, buf_view(&value));
    buf_done(&value);
}

/* 0: where it stands; 1: placeholders, behind the options they explain; 2: what is said of cost. */
static int option_group(struct text name)
{
    if (text_starts_with(name, TEXT("ExpressionAttribute")))
        return 1;
    return text_is(name, "ReturnConsumedCapacity") ? 2 : 0;
}

/* Version 1 of the AWS CLI would take base64 for the bytes themselves; it refuses the option. */
static bool has_binary(const struct json *json)
{
    for (const struct json *member = json->first; member; member = member->next) {
        if ((member->kind == JSON_STRING && text_is(member->name, "B")) ||
            (member->kind == JSON_ARRAY && text_is(member->name, "BS")) || has_binary(member))
            return true;
    }
    return false;
}

/* Where calls go that do not go where the AWS CLI sends them. It reaches no socket: the command then
   names this machine, so that it never meets an account. */
static bool add_endpoint(struct buf *out, struct link *link, const struct service *service)
{
    struct buf url, usual;
    struct error why;
    bool known;

    buf_init(&url, COMMAND_LIMIT);
    buf_init(&usual, COMMAND_LIMIT);
    known = !connection_public_endpoint(link->connection, service, &url, &why);
    if (text_starts_with(buf_view(&url), unix_scheme)) {
        buf_clear(&url);
        buf_add_string(&url, socket_url);
    }
    if (known &&
        (aws_url_add(&usual, service->host_prefix, connection_region(link->connection), &why) ||
            !text_equal(buf_view(&url), buf_view(&usual)))) {
        buf_add_string(out, " --endpoint-url ");
        add_word(out, buf_view(&url));
    }
    buf_done(&url);
    buf_done(&usual);
    return known;
}

bool explain_add_aws(struct buf *out, struct link *link, const struct plan_call *call,
    struct arena *arena)
{
    const struct profile *profile = connection_profile(link->connection);
    const struct json *request;
    struct error why;

    if (!call->operation || call->request.length == 0)
        return false;
    request = json_parse(call->request, arena, &why);
    if (!request)
        return false;
    buf_add_format(out, "aws %s%s ", call->service == &service_streams ? "dynamodb" : "",
        call->service->name);
    add_kebab(out, text_of(call->operation->name));
    for (int group = 0; group < 3; group++) {
        for (const struct json *member = request->first; member; member = member->next) {
            if (option_group(member->name) == group)
                add_option(out, member);
        }
    }
    if (has_binary(request))
        buf_add_string(out, " --cli-binary-format base64");
    buf_add_string(out, " --region ");
    add_word(out, text_of(connection_region(link->connection)));
    if (!profile->is_local && strcmp(profile->name, "default") != 0) {
        buf_add_string(out, " --profile ");
        add_word(out, text_of(profile->name));
    }
    return add_endpoint(out, link, call->service);
}

/* A member's value as it travels in a path or query. */
static void add_parameter(struct buf *out, const struct json *value)
{
    if (value->kind == JSON_STRING || value->kind == JSON_NUMBER)
        http_add_encoded(out, value->text, false);
    else if (value->kind == JSON_TRUE || value->kind == JSON_FALSE)
        buf_add_string(out, value->kind == JSON_TRUE ? "true" : "false");
}

static bool is_in_query(const struct operation *operation, struct text name)
{
    struct text rest = text_of(operation->query), one;

    while (text_take_field(&rest, ',', &one)) {
        if (text_equal(one, name))
            return true;
    }
    return false;
}

static bool is_in_path(const struct operation *operation, struct text name)
{
    char part[128];

    if (name.length + 3 > sizeof part)
        return false;
    part[0] = '{';
    memcpy(part + 1, name.data, name.length);
    memcpy(part + 1 + name.length, "}", 2);
    return strstr(operation->path, part) != NULL;
}

static void add_path(struct buf *out, const struct operation *operation, const struct json *request)
{
    struct text rest = text_of(operation->path), before, name;
    char mark = '?';

    while (text_take_until(&rest, '{', &before)) {
        const struct json *value;

        buf_add_text(out, before);
        if (!text_take_until(&rest, '}', &name))
            break;
        value = json_member_text(request, name);
        if (value)
            add_parameter(out, value);
    }
    buf_add_text(out, rest);
    for (const struct json *member = request->first; member; member = member->next) {
        if (!is_in_query(operation, member->name))
            continue;
        buf_add_char(out, mark);
        buf_add_text(out, member->name);
        buf_add_char(out, '=');
        add_parameter(out, member);
        mark = '&';
    }
}

/* What stays for the body of a REST call. */
static void add_body(struct buf *out, const struct operation *operation, const struct json *request)
{
    struct json_writer writer;
    struct buf body;
    size_t members = 0;

    buf_init(&body, COMMAND_LIMIT);
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    for (const struct json *member = request->first; member; member = member->next) {
        if (is_in_query(operation, member->name) || is_in_path(operation, member->name))
            continue;
        json_name_text(&writer, member->name);
        json_tree(&writer, member);
        members++;
    }
    json_end_object(&writer);
    if (members > 0) {
        buf_add_string(out, " -H 'Content-Type: application/json' -d ");
        add_word(out, buf_view(&body));
    }
    buf_done(&body);
}

static void add_form(struct buf *out, const struct plan_call *call, const struct json *request)
{
    struct buf form;

    buf_init(&form, COMMAND_LIMIT);
    buf_add_format(&form, "Action=%s", call->operation->name);
    for (const struct json *member = request->first; member; member = member->next) {
        buf_add_char(&form, '&');
        buf_add_text(&form, member->name);
        buf_add_char(&form, '=');
        add_parameter(&form, member);
    }
    buf_add_string(out, " -d ");
    add_word(out, buf_view(&form));
    buf_done(&form);
}

static bool add_url(struct buf *out, struct link *link, const struct plan_call *call,
    const struct json *request)
{
    struct error why;
    struct buf url;
    bool known;

    buf_init(&url, COMMAND_LIMIT);
    known = !connection_public_endpoint(link->connection, call->service, &url, &why);
    if (text_starts_with(buf_view(&url), unix_scheme)) {
        buf_add_string(out, " --unix-socket ");
        add_word(out, text_slice(buf_view(&url), unix_scheme.length, url.length));
        buf_clear(&url);
        buf_add_string(&url, socket_url);
    }
    while (url.length > 0 && url.data[url.length - 1] == '/')
        buf_cut(&url, url.length - 1);
    add_path(&url, call->operation, request);
    buf_add_char(out, ' ');
    add_word(out, buf_view(&url));
    buf_done(&url);
    return known;
}

bool explain_add_curl(struct buf *out, struct link *link, const struct plan_call *call,
    struct arena *arena)
{
    const struct service *service = call->service;
    const struct json *request;
    struct error why;

    if (!call->operation || call->request.length == 0)
        return false;
    request = json_parse(call->request, arena, &why);
    if (!request)
        return false;
    buf_add_format(out, "curl -sS --aws-sigv4 aws:amz:%s:%s", connection_region(link->connection),
        service->signing_name);
    buf_add_string(out, " --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\"");
    if (getenv("AWS_SESSION_TOKEN"))
        buf_add_string(out, " -H \"X-Amz-Security-Token: $AWS_SESSION_TOKEN\"");
    switch (service->protocol) {
    case SERVICE_JSON:
        buf_add_format(out, " -H 'Content-Type: application/x-amz-json-%s' -H 'X-Amz-Target: ",
            service->json_version);
        explain_add_target(out, call);
        buf_add_string(out, "' -d ");
        add_word(out, call->request);
        break;
    case SERVICE_REST_JSON:
        if (strcmp(call->operation->method, "GET") != 0)
            buf_add_format(out, " -X %s", call->operation->method);
        add_body(out, call->operation, request);
        break;
    case SERVICE_QUERY:
        add_form(out, call, request);
        break;
    }
    return add_url(out, link, call, request);
}
