#include "console/statements/table_call.h"

#include <string.h>

#include "base/json.h"
#include "console/language/grammar.h"
#include "console/language/marker.h"
#include "console/language/planner.h"
#include "console/statements/write.h"

enum { TEMPLATE_LIMIT = 1 << 20 };

static bool is_write(const struct statement *statement)
{
    for (const struct statement *one = write_statement_table; one->name; one++) {
        if (one == statement)
            return true;
    }
    return false;
}

static bool is_read(const struct statement *statement)
{
    for (const struct statement *one = read_statement_table; one->name; one++) {
        if (one == statement)
            return strcmp(one->name, "NEXT") != 0 && strcmp(one->name, "COUNT") != 0;
    }
    return false;
}

struct tree *table_call_parse(struct lexer *lexer, struct tree *outer, struct error *err)
{
    struct token first = lexer->token;
    const struct statement *statement = statement_find(lexer);
    struct tree *tree = arena_alloc(lexer->arena, 1, sizeof *tree);
    struct text rest, word;
    bool before, fine;

    if (!tree) {
        grammar_memory(lexer, err);
        return NULL;
    }
    if (!statement || (!is_read(statement) && !is_write(statement))) {
        parse_expected(lexer, "GET, QUERY, SCAN, PUT, UPDATE or DELETE", err);
        return NULL;
    }
    *tree = (struct tree){.statement = statement,
        .line = first.line,
        .column = first.column,
        .input_name = outer->input_name,
        .arena = lexer->arena};
    rest = text_of(statement->name);
    while (text_take_field(&rest, ' ', &word))
        lexer_take(lexer);
    before = lexer->context->request_parameters;
    lexer->context->request_parameters = true;
    fine = statement->parse(lexer, tree, err);
    lexer->context->request_parameters = before;
    return fine ? tree : NULL;
}

/* '#' and '$' mean something to the template language, so they travel as JSON escapes. */
static void add_string(struct buf *out, struct text text)
{
    struct buf json;

    buf_init(&json, TEMPLATE_LIMIT);
    json_add_string(&json, text);
    for (size_t i = 0; i < json.length; i++) {
        if (json.data[i] == '#')
            buf_add_string(out, "\\u0023");
        else if (json.data[i] == '$')
            buf_add_string(out, "\\u0024");
        else
            buf_add_char(out, json.data[i]);
    }
    if (json.failure)
        out->failure = json.failure;
    buf_done(&json);
}

static bool is_identifier(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                (i > 0 && c >= '0' && c <= '9')))
            return false;
    }
    return name.length > 0;
}

/* .name, or .get('na-me') where the name is no identifier; quotes are left out of it. */
static void add_step(struct buf *out, struct text name)
{
    if (is_identifier(name)) {
        buf_add_char(out, '.');
        buf_add_text(out, name);
        return;
    }
    buf_add_string(out, ".get('");
    for (size_t i = 0; i < name.length; i++) {
        if (name.data[i] != '\'')
            buf_add_char(out, name.data[i]);
    }
    buf_add_string(out, "')");
}

/* $input.params().path.id, $input.path('$.f'), $context.requestId, $stageVariables.v */
static void add_reference(struct buf *out, struct text what)
{
    struct text part, rest = what;

    if (!text_take_until(&rest, '.', &part))
        part = what;
    if (text_is(part, "body")) {
        buf_add_string(out, "$input.path('$.");
        for (size_t i = 0; i < rest.length; i++) {
            if (rest.data[i] != '\'')
                buf_add_char(out, rest.data[i]);
        }
        buf_add_string(out, "')");
    } else if (text_is(part, "context") || text_is(part, "stage")) {
        buf_add_string(out, text_is(part, "context") ? "$context" : "$stageVariables");
        while (text_take_field(&rest, '.', &part))
            add_step(out, part);
    } else {
        buf_add_string(out, "$input.params()");
        add_step(out, text_is(part, "query") ? TEXT("querystring") : part);
        add_step(out, rest);
    }
}

/* escapeJavaScript writes ' as \', which JSON does not know ("$util template variables", API Gateway
   Developer Guide). */
static void add_escaped(struct buf *out, struct text what)
{
    buf_add_string(out, "$util.escapeJavaScript(");
    add_reference(out, what);
    buf_add_string(out, ").replaceAll(\"\\\\'\",\"'\")");
}

/* {"S":"$util.escapeJavaScript(..)"}; a truth value is made here, so that no text gets in. */
static void add_marker(struct buf *out, char type, struct text what)
{
    if (type == 'T') {
        buf_add_string(out, "{\"BOOL\":#if(\"");
        add_reference(out, what);
        buf_add_string(out, "\" == \"true\")true#{else}false#end}");
        return;
    }
    buf_add_format(out, "{\"%c\":\"", type);
    add_escaped(out, what);
    buf_add_string(out, "\"}");
}

static bool is_marker_object(const struct json *node, char *type, struct text *what)
{
    const struct json *only = node->first;

    return node->kind == JSON_OBJECT && only && !only->next && only->kind == JSON_STRING &&
           text_is(only->name, "S") && marker_read(only->text, type, what);
}

static bool is_body_object(const struct json *node)
{
    const struct json *only = node->first;
    struct text what;
    char type;

    return node->kind == JSON_OBJECT && only && !only->next &&
           marker_read(only->name, &type, &what);
}

/* What an answer is asked to say of its cost means nothing to the clients of a route. */
static bool is_left_out(const struct json *member, bool is_root)
{
    return is_root && (text_is(member->name, "ReturnConsumedCapacity") ||
                          text_is(member->name, "ReturnValuesOnConditionCheckFailure"));
}

static void add_template(struct buf *out, const struct json *node, bool is_root)
{
    struct json_writer writer;
    struct text what;
    char type;
    bool any = false;

    if (is_marker_object(node, &type, &what)) {
        add_marker(out, type, what);
    } else if (is_body_object(node)) {
        buf_add_string(out, "$input.json('$')");
    } else if (node->kind == JSON_STRING) {
        add_string(out, node->text);
    } else if (node->kind != JSON_OBJECT && node->kind != JSON_ARRAY) {
        json_writer_init(&writer, out);
        json_tree(&writer, node);
    } else {
        buf_add_char(out, node->kind == JSON_OBJECT ? '{' : '[');
        for (const struct json *one = node->first; one; one = one->next) {
            if (is_left_out(one, is_root))
                continue;
            if (any)
                buf_add_char(out, ',');
            any = true;
            if (node->kind == JSON_OBJECT) {
                add_string(out, one->name);
                buf_add_char(out, ':');
            }
            add_template(out, one, false);
        }
        buf_add_char(out, node->kind == JSON_OBJECT ? '}' : ']');
    }
}

/* The inner statement speaks of the route's connection, and nobody is asked anything. */
static void settle(struct tree *inner, struct link *link)
{
    if (is_write(inner->statement)) {
        struct write *write = inner->node;

        write->as_given = true;
        if (write->table.connection.length == 0)
            write->table.connection = text_of(link->name);
    } else {
        struct read *read = inner->node; /* GET begins with one */

        if (read->limit == READ_LIMIT_NOT_SAID)
            read->limit = READ_LIMIT_ALL;
        if (read->table.connection.length == 0)
            read->table.connection = text_of(link->name);
    }
}

static bool is_one_call(const struct tree *inner, const struct plan *plan)
{
    const struct read_plan *read = plan->detail;

    if (!plan->call || plan->call->next)
        return false;
    if (is_write(inner->statement))
        return !((const struct write_plan *)plan->detail)->in_batches &&
               ((const struct write_plan *)plan->detail)->write->item_count <= 1;
    return read->access != READ_BATCH && read->access != READ_NOTHING && !read->local &&
           !read->read->filter_local && !read->read->order_local && !read->read->fetch &&
           read->partition_count == 0 && read->segments <= 1;
}

enum error_code table_call_plan(struct job *job, struct link *link, struct tree *inner,
    struct table_call *out, struct error *err)
{
    struct plan plan;
    const struct json *request;
    struct buf text;
    enum error_code code;

    plan_init(&plan, job->arena);
    settle(inner, link);
    code = inner->statement->plan(job, inner, &plan, err);
    if (!code && plan.refusal) {
        code = error_set_at(err, plan.refusal, inner->line, inner->column, "%s",
            plan.refused ? plan.refused : "");
        if (plan.refused_hint)
            error_hint(err, "%s", plan.refused_hint);
    }
    if (!code && !is_one_call(inner, &plan))
        code = error_set_at(err, ERROR_USAGE, inner->line, inner->column,
            "a TABLE target must be exactly one call, evaluated by the service alone");
    if (code)
        return code;
    request = json_parse(plan.call->request, job->arena, err);
    if (!request)
        return err->code;
    if (is_read(inner->statement) && ((const struct read *)inner->node)->limit > 0 &&
        !json_member(request, "Limit"))
        return error_set_at(err, ERROR_USAGE, inner->line, inner->column,
            "LIMIT counts what a filter lets through, which no single call does; EXAMINE n limits "
            "what is read");
    buf_init(&text, TEMPLATE_LIMIT);
    add_template(&text, request, true);
    out->operation = plan.call->operation->name;
    out->table = json_string_member(request, "TableName");
    out->request_template = arena_text(job->arena, buf_view(&text));
    code = buf_check(&text, "template", err);
    buf_done(&text);
    if (!code && !out->request_template.data)
        code = arena_failed(job->arena, err);
    return code;
}
