#include "base/crypto.h"
#include "base/json.h"
#include "base/width.h"
#include "client/service.h"
#include "console/language/grammar.h"
#include "console/language/planner.h"
#include "console/statement.h"

/* API [service.]Operation {..}: one call as given. */

enum { REQUEST_LIMIT = 16 << 20, TEXT_LIMIT = 256 << 20, NEAR = 3 };

struct raw {
    const struct service *service;
    const struct operation *operation;
    const struct value *input; /* NULL: {} */
    struct token token;
};

static bool fail_operation(const struct service *service, const struct token *at, struct text name,
    struct error *err)
{
    const char *near = NULL;
    size_t best = NEAR + 1;

    parse_fail(err, at, "%s has no operation %.*s", service->name, (int)name.length, name.data);
    for (size_t i = 0; i < service->operation_count; i++) {
        size_t distance = text_distance(name, text_of(service->operation[i].name), NEAR);

        if (distance < best) {
            best = distance;
            near = service->operation[i].name;
        }
    }
    if (near)
        error_hint(err, "did you mean %s?", near);
    return false;
}

static bool fail_service(const struct token *at, struct text name, struct error *err)
{
    struct buf names;

    parse_fail(err, at, "no service is called %.*s", (int)name.length, name.data);
    buf_init(&names, sizeof err->hint);
    for (size_t i = 0; service_table[i]; i++)
        buf_add_format(&names, "%s%s", i > 0 ? " " : "", service_table[i]->name);
    error_hint(err, "%s", buf_string(&names));
    buf_done(&names);
    return false;
}

static bool parse_api(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct raw *raw = arena_alloc(lexer->arena, 1, sizeof *raw);
    struct text name;

    if (!raw)
        return grammar_memory(lexer, err);
    tree->node = raw;
    raw->token = lexer->token;
    raw->service = &service_dynamodb;
    if (!parse_name(lexer, "an operation such as DescribeLimits", &name, err))
        return false;
    if (parse_sign(lexer, ".")) {
        raw->service = service_find(name);
        if (!raw->service)
            return fail_service(&raw->token, name, err);
        raw->token = lexer->token;
        if (!parse_name(lexer, "an operation", &name, err))
            return false;
    }
    raw->operation = service_operation(raw->service, name);
    if (!raw->operation)
        return fail_operation(raw->service, &raw->token, name, err);
    if (parse_at_end(lexer))
        return true;
    raw->input = parse_item(lexer, err);
    return raw->input != NULL;
}

/* Plain JSON: binary as base64, a set as an array, since the service reads nothing else. */
static void add_json(struct json_writer *writer, const struct value *value)
{
    struct buf base64;

    switch (value->type) {
    case VALUE_S:
        json_string(writer, value->text);
        break;
    case VALUE_N:
        json_number(writer, value->text);
        break;
    case VALUE_B:
        buf_init(&base64, REQUEST_LIMIT);
        crypto_add_base64(&base64, value->text);
        json_string(writer, buf_view(&base64));
        buf_done(&base64);
        break;
    case VALUE_BOOL:
        json_bool(writer, value->boolean);
        break;
    case VALUE_NULL:
        json_null(writer);
        break;
    case VALUE_M:
        json_begin_object(writer);
        for (size_t i = 0; i < value->count; i++) {
            json_name_text(writer, value->name[i]);
            add_json(writer, &value->element[i]);
        }
        json_end_object(writer);
        break;
    case VALUE_L:
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        json_begin_array(writer);
        for (size_t i = 0; i < value->count; i++)
            add_json(writer, &value->element[i]);
        json_end_array(writer);
        break;
    }
}

static enum error_code plan_api(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct raw *raw = tree->node;
    struct json_writer writer;
    struct buf request;
    struct text copy;
    enum error_code code;

    plan->link = job_link(job, TEXT(""), err);
    if (!plan->link)
        return err->code;
    buf_init(&request, REQUEST_LIMIT);
    json_writer_init(&writer, &request);
    if (raw->input) {
        add_json(&writer, raw->input);
    } else {
        json_begin_object(&writer);
        json_end_object(&writer);
    }
    code = buf_check(&request, "request", err);
    copy = arena_text(job->arena, buf_view(&request));
    buf_done(&request);
    if (code)
        return code;
    if (!copy.data)
        return arena_failed(job->arena, err);
    plan_add(plan, PLAN_PLAN, "%s %s as given", raw->service->name, raw->operation->name);
    plan_add_call(plan, raw->service, raw->operation->name, "1", NULL, copy);
    if (raw->operation->access & OPERATION_READ)
        return ERROR_NONE;
    plan->risk = RISK_MANY;
    plan->risk_kind = "operation";
    plan->risk_name = raw->operation->name;
    plan_add(plan, PLAN_RISK, "a write as given");
    plan_add(plan, PLAN_NOTE, "UNDO cannot take it back: nothing is kept of a raw call");
    plan->question =
        arena_format(job->arena, "Send %s.%s as given?", raw->service->name, raw->operation->name);
    return plan->question ? ERROR_NONE : arena_failed(job->arena, err);
}

static void add_indented(struct buf *out, const struct json *node, size_t depth)
{
    bool is_object = node->kind == JSON_OBJECT;
    struct json_writer writer;

    if (!node->first || (node->kind != JSON_ARRAY && !is_object)) {
        json_writer_init(&writer, out);
        json_tree(&writer, node);
        return;
    }
    buf_add_char(out, is_object ? '{' : '[');
    for (const struct json *one = node->first; one; one = one->next) {
        buf_add_char(out, '\n');
        buf_add_repeat(out, ' ', (depth + 1) * 2);
        if (is_object) {
            json_add_string(out, one->name);
            buf_add_string(out, ": ");
        }
        add_indented(out, one, depth + 1);
        if (one->next)
            buf_add_char(out, ',');
    }
    buf_add_char(out, '\n');
    buf_add_repeat(out, ' ', depth * 2);
    buf_add_char(out, is_object ? '}' : ']');
}

/* An answer without a body (204) is an empty object. */
/* JSON indented; XML as it came. What claims to be neither is not printed. */
static enum error_code print_answer(struct job *job, const struct service *service,
    struct text body, struct error *err)
{
    bool is_xml = service->protocol == SERVICE_QUERY;
    struct json *json = NULL;
    struct text line;
    struct buf text;
    struct error why;
    enum error_code code;

    if (body.length == 0)
        return job->sink->text(job->sink, body, TEXT("{}"), err);
    if (!is_xml) {
        json = json_parse(body, job->arena, &why);
        if (!json)
            return error_set(err, ERROR_NETWORK, "the answer is no JSON: %s", why.text);
    }
    buf_init(&text, TEXT_LIMIT);
    if (json) {
        add_indented(&text, json, 0);
        buf_add_char(&text, '\n');
    }
    while (is_xml && text_take_field(&body, '\n', &line)) {
        text_add_safe(&text, line);
        buf_add_char(&text, '\n');
    }
    code = buf_check(&text, "answer", err);
    if (!code)
        code = job->sink->text(job->sink, buf_view(&text), json ? body : (struct text){0}, err);
    buf_done(&text);
    return code;
}

static enum error_code run_api(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct raw *raw = tree->node;
    struct call_context context = job_context(job);
    struct reply reply;
    enum error_code code;

    reply_init(&reply);
    context.not_idempotent = !(raw->operation->access & (OPERATION_READ | OPERATION_IDEMPOTENT));
    code = connection_call(plan->link->connection, raw->service, raw->operation,
        plan->call->request, &context, &reply, err);
    if (!code)
        code = print_answer(job, raw->service, buf_view(&reply.body), err);
    reply_done(&reply);
    return code;
}

const struct statement raw_statement_table[] = {
    {
        .name = "API",
        .syntax = "[service.]Operation [{input}]",
        .summary = "Make one API call as given and print its answer",
        .family = "Anything else",
        .flags = STATEMENT_WRITE,
        .example = (const char *const[]){"API DescribeLimits {}",
            "API apigateway.GetRestApis {limit: 10}", NULL},
        .parse = parse_api,
        .plan = plan_api,
        .run = run_api,
    },
    {.name = NULL},
};
