#include "endpoint/tables/policy_document.h"

#include "base/json.h"

/* A document of 20 KB cannot grow beyond that. */
enum { CANONICAL_LIMIT = 256 * 1024 };

static const char *const top_table[] = {"Version", "Id", "Statement", NULL};
static const char *const statement_table[] = {"Sid", "Effect", "Principal", "NotPrincipal",
    "Action", "NotAction", "Resource", "NotResource", "Condition", NULL};

/* Each of them, or its opposite, must be there. */
static const char *const required_table[][2] = {
    {"Effect", "Effect"},
    {"Principal", "NotPrincipal"},
    {"Action", "NotAction"},
    {"Resource", "NotResource"},
};

static bool is_account(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.length == 12;
}

static struct text principal_text(struct request *request, struct text text)
{
    const char *arn;

    if (!is_account(text))
        return text;
    arn = arena_format(request->arena, "arn:aws:iam::%.*s:root", (int)text.length, text.data);
    return arn ? text_of(arn) : text;
}

/* One string, or an array of different ones. */
static void add_strings(struct request *request, struct json_writer *writer,
    const struct json *node, bool principals)
{
    size_t count = 0, different = 0;
    struct text *text;

    if (node->kind != JSON_ARRAY && node->kind != JSON_STRING) {
        json_tree(writer, node);
        return;
    }
    text = arena_alloc(request->arena, node->count + 1, sizeof *text);
    if (!text) {
        request_exhausted(request);
        return;
    }
    if (node->kind == JSON_STRING)
        text[count++] = principals ? principal_text(request, node->text) : node->text;
    for (const struct json *at = node->first; at; at = at->next)
        if (at->kind == JSON_STRING)
            text[count++] = principals ? principal_text(request, at->text) : at->text;
    for (size_t i = 0; i < count; i++) {
        size_t before = 0;

        while (before < different && !text_equal(text[before], text[i]))
            before++;
        if (before == different)
            text[different++] = text[i];
    }
    if (different == 1) {
        json_string(writer, text[0]);
        return;
    }
    json_begin_array(writer);
    for (size_t i = 0; i < different; i++)
        json_string(writer, text[i]);
    json_end_array(writer);
}

static void add_principal(struct request *request, struct json_writer *writer,
    const struct json *node)
{
    if (node->kind != JSON_OBJECT) {
        json_tree(writer, node);
        return;
    }
    json_begin_object(writer);
    for (const struct json *at = node->first; at; at = at->next) {
        json_name_text(writer, at->name);
        add_strings(request, writer, at, text_is(at->name, "AWS"));
    }
    json_end_object(writer);
}

static void add_effect(struct json_writer *writer, const struct json *node)
{
    if (node->kind == JSON_STRING && text_is_ignoring_case(node->text, "Allow"))
        json_c_string(writer, "Allow");
    else if (node->kind == JSON_STRING && text_is_ignoring_case(node->text, "Deny"))
        json_c_string(writer, "Deny");
    else
        json_tree(writer, node);
}

static void add_statement(struct request *request, struct json_writer *writer,
    const struct json *statement)
{
    json_begin_object(writer);
    for (size_t i = 0; statement_table[i]; i++) {
        const char *name = statement_table[i];
        const struct json *node = request_get(statement, name);

        if (!node)
            continue;
        json_name(writer, name);
        if (text_is(text_of(name), "Effect"))
            add_effect(writer, node);
        else if (text_ends_with(text_of(name), TEXT("Principal")))
            add_principal(request, writer, node);
        else if (text_ends_with(text_of(name), TEXT("Action")) ||
                 text_ends_with(text_of(name), TEXT("Resource")))
            add_strings(request, writer, node, false);
        else
            json_tree(writer, node);
    }
    json_end_object(writer);
}

static bool check_statement(struct request *request, const struct json *statement)
{
    if (statement->kind != JSON_OBJECT)
        return request_fail(request, MESSAGE_POLICY_JSON, NULL);
    for (size_t i = 0; i < sizeof required_table / sizeof required_table[0]; i++)
        if (!request_get(statement, required_table[i][0]) &&
            !request_get(statement, required_table[i][1]))
            return request_fail(request, MESSAGE_POLICY_FIELD,
                ARGUMENTS(text_of(required_table[i][0])));
    return true;
}

static bool check_sids(struct request *request, const struct json *list)
{
    for (const struct json *node = list->first; node; node = node->next) {
        struct text sid = request_text(node, "Sid");

        for (const struct json *at = list->first; sid.length > 0 && at != node; at = at->next)
            if (text_equal(request_text(at, "Sid"), sid))
                return request_fail(request, MESSAGE_POLICY_SIDS, NULL);
    }
    return true;
}

/* The statements: one object counts as a list of it. */
static bool check_statements(struct request *request, const struct json *node)
{
    if (!node || (node->kind != JSON_OBJECT && (node->kind != JSON_ARRAY || node->count == 0)))
        return request_fail(request, MESSAGE_POLICY_EMPTY, NULL);
    if (node->kind == JSON_OBJECT)
        return check_statement(request, node);
    for (const struct json *at = node->first; at; at = at->next)
        if (!check_statement(request, at))
            return false;
    return check_sids(request, node);
}

static void add_document(struct request *request, struct json_writer *writer,
    const struct json *document)
{
    json_begin_object(writer);
    for (size_t i = 0; top_table[i]; i++) {
        const struct json *node = request_get(document, top_table[i]);

        if (i == 0 && !node) {
            json_pair_string(writer, "Version", "2008-10-17"); /* what no version means */
        } else if (node && text_is(node->name, "Statement")) {
            json_name(writer, "Statement");
            json_begin_array(writer);
            for (const struct json *at = node->kind == JSON_OBJECT ? node : node->first; at;
                 at = node->kind == JSON_OBJECT ? NULL : at->next)
                add_statement(request, writer, at);
            json_end_array(writer);
        } else if (node) {
            json_name(writer, top_table[i]);
            json_tree(writer, node);
        }
    }
    json_end_object(writer);
}

bool policy_document_read(struct request *request, struct text source, struct text *out)
{
    const struct json *document;
    struct json_writer writer;
    struct error err;
    struct buf canonical;

    if (source.length > POLICY_SIZE)
        return request_fail(request, MESSAGE_POLICY_SIZE, NULL);
    document = json_parse(source, request->arena, &err);
    if (!document && err.code == ERROR_MEMORY)
        return request_exhausted(request);
    if (!document || document->kind != JSON_OBJECT)
        return request_fail(request, MESSAGE_POLICY_JSON, NULL);
    if (!check_statements(request, request_get(document, "Statement")))
        return false;
    buf_init(&canonical, CANONICAL_LIMIT);
    json_writer_init(&writer, &canonical);
    add_document(request, &writer, document);
    *out =
        canonical.failure ? text_make(NULL, 0) : arena_text(request->arena, buf_view(&canonical));
    buf_done(&canonical);
    return (out->data || request_exhausted(request)) && !request->fault.set;
}
