#include "console/statements/table_call.h"

#include <string.h>

#include "base/json.h"
#include "client/value.h"
#include "console/language/planner.h"

/*
 * The template of a TABLE ( .. ) target as the statement that makes it: the way back of
 * table_call.c. What stands for the request is first replaced by strings that begin with byte 1, so
 * that the template is JSON.
 */

enum { TEMPLATE_LIMIT = 1 << 20, STAND_IN = 1 };

#define ESCAPED_BEFORE "$util.escapeJavaScript("
#define ESCAPED_BEHIND ").replaceAll(\"\\\\'\",\"'\")"
#define TRUTH_BEFORE "#if(\""
#define TRUTH_BEHIND "\" == \"true\")true#{else}false#end"
#define BODY "$input.json('$')"

struct printing {
    struct job *job;
    struct link *link;
    const struct json *request;
    struct buf *out;
    bool failed; /* something is not as table_call.c writes it */
};

static bool starts(struct text text, const char *with)
{
    return text_starts_with(text, text_of(with));
}

/* .name or .get('na-me'), moved behind. */
static bool take_step(struct text *rest, struct text *name)
{
    size_t end = 1;

    if (starts(*rest, ".get('")) {
        *rest = text_slice(*rest, strlen(".get('"), rest->length);
        end = text_find(*rest, TEXT("')"), 0);
        if (end == SIZE_MAX)
            return false;
        *name = text_slice(*rest, 0, end);
        *rest = text_slice(*rest, end + 2, rest->length);
        return true;
    }
    if (!starts(*rest, "."))
        return false;
    while (end < rest->length && rest->data[end] != '.')
        end++;
    *name = text_slice(*rest, 1, end);
    *rest = text_slice(*rest, end, rest->length);
    return name->length > 0;
}

/* $input.params().path.id as :path.id */
static bool add_reference(struct buf *out, struct text what)
{
    static const struct {
        const char *source, *word;
    } source_table[] = {
        {"$input.params().querystring", "query"},
        {"$input.params().path", "path"},
        {"$input.params().header", "header"},
        {"$context", "context"},
        {"$stageVariables", "stage"},
    };
    struct text name, rest = what;

    buf_add_char(out, ':');
    if (starts(what, "$input.path('$.") && text_ends_with(what, TEXT("')"))) {
        buf_add_string(out, "body");
        rest = text_slice(what, strlen("$input.path('$."), what.length - 2);
        while (text_take_field(&rest, '.', &name)) {
            buf_add_char(out, '.');
            value_add_name(out, name);
        }
        return true;
    }
    for (size_t i = 0; i < sizeof source_table / sizeof *source_table; i++) {
        if (!starts(what, source_table[i].source))
            continue;
        buf_add_string(out, source_table[i].word);
        rest = text_slice(what, strlen(source_table[i].source), what.length);
        while (rest.length > 0) {
            if (!take_step(&rest, &name))
                return false;
            buf_add_char(out, '.');
            value_add_name(out, name);
        }
        return true;
    }
    return false;
}

/* One stand-in as a part of a JSON string, or as one; false when it is none of ours. */
static bool add_stand_in(struct buf *out, struct text what, bool quoted)
{
    struct buf name, json;
    bool good;

    buf_init(&name, TEMPLATE_LIMIT);
    buf_init(&json, TEMPLATE_LIMIT);
    buf_add_char(&name, STAND_IN);
    good = add_reference(&name, what);
    json_add_string(&json, buf_view(&name));
    good = good && !name.failure && !json.failure;
    if (good && quoted)
        buf_add_text(out, buf_view(&json));
    else if (good)
        buf_add_text(out, text_slice(buf_view(&json), 1, json.length - 1));
    buf_done(&name);
    buf_done(&json);
    return good;
}

static bool take_stand_in(struct buf *out, struct text *rest)
{
    bool truth = starts(*rest, TRUTH_BEFORE);
    const char *before = truth ? TRUTH_BEFORE : ESCAPED_BEFORE;
    const char *behind = truth ? TRUTH_BEHIND : ESCAPED_BEHIND;
    size_t end = text_find(*rest, text_of(behind), strlen(before));

    if (end == SIZE_MAX || !add_stand_in(out, text_slice(*rest, strlen(before), end), truth))
        return false;
    *rest = text_slice(*rest, end + strlen(behind), rest->length);
    return true;
}

/* The template with stand-ins, as a tree; NULL when it is no JSON even so. */
static const struct json *read_template(struct arena *arena, struct text rest)
{
    const struct json *tree = NULL;
    struct error ignored;
    struct text copy;
    struct buf json;
    bool good = true;

    buf_init(&json, TEMPLATE_LIMIT);
    while (good && rest.length > 0) {
        if (starts(rest, ESCAPED_BEFORE) || starts(rest, TRUTH_BEFORE)) {
            good = take_stand_in(&json, &rest);
        } else if (starts(rest, BODY)) {
            buf_add_format(&json, "\"\\u%04x:body\"", STAND_IN);
            rest = text_slice(rest, strlen(BODY), rest.length);
        } else {
            buf_add_char(&json, rest.data[0]);
            rest = text_slice(rest, 1, rest.length);
        }
    }
    copy = good && !json.failure ? arena_text(arena, buf_view(&json)) : (struct text){0};
    buf_done(&json);
    if (copy.data)
        tree = json_parse(copy, arena, &ignored);
    return tree;
}

static bool is_stand_in(const struct json *node)
{
    return node->kind == JSON_STRING && node->text.length > 0 && node->text.data[0] == STAND_IN;
}

static bool has_stand_in(const struct json *node)
{
    for (const struct json *one = node->first; one; one = one->next)
        if (has_stand_in(one))
            return true;
    return is_stand_in(node);
}

static void add_map(struct printing *printing, const struct json *map);

/* An AttributeValue; recursion ends with its depth. */
static void add_value(struct printing *printing, const struct json *wire)
{
    const struct json *only = wire ? wire->first : NULL;
    struct buf *out = printing->out;
    struct error ignored;
    const struct value *value;

    if (!only || only->next) {
        printing->failed = true;
    } else if (is_stand_in(only)) {
        struct text what = text_slice(only->text, 1, only->text.length);
        const char *call = text_is(only->name, "N")      ? "number("
                           : text_is(only->name, "BOOL") ? "bool("
                                                         : "";

        buf_add_format(out, "%s%.*s%s", call, (int)what.length, what.data, call[0] ? ")" : "");
    } else if (text_is(only->name, "M") && has_stand_in(only)) {
        add_map(printing, only);
    } else if (text_is(only->name, "L") && has_stand_in(only)) {
        buf_add_char(out, '[');
        for (const struct json *one = only->first; one; one = one->next) {
            buf_add_string(out, one == only->first ? "" : ", ");
            add_value(printing, one);
        }
        buf_add_char(out, ']');
    } else {
        value = value_from_wire(wire, printing->job->arena, &ignored);
        printing->failed = printing->failed || !value;
        if (value)
            value_add_literal(out, value);
    }
}

static void add_map(struct printing *printing, const struct json *map)
{
    struct buf *out = printing->out;

    if (is_stand_in(map)) {
        buf_add_text(out, text_slice(map->text, 1, map->text.length));
        return;
    }
    buf_add_char(out, '{');
    for (const struct json *one = map->first; one; one = one->next) {
        buf_add_string(out, one == map->first ? "" : ", ");
        value_add_name(out, one->name);
        buf_add_string(out, ": ");
        add_value(printing, one);
    }
    buf_add_char(out, '}');
}

/* #name or :0 with what it stands for. */
static size_t add_placeholder(struct printing *printing, struct text expression, size_t at)
{
    const char *map =
        expression.data[at] == '#' ? "ExpressionAttributeNames" : "ExpressionAttributeValues";
    const struct json *found;
    size_t end = at + 1;

    while (end < expression.length && !strchr(" ,.()[]=<>+-", expression.data[end]))
        end++;
    found = json_member_text(json_member(printing->request, map), text_slice(expression, at, end));
    if (!found)
        printing->failed = true;
    else if (expression.data[at] == '#')
        value_add_name(printing->out, found->text);
    else
        add_value(printing, found);
    return end;
}

static void add_expression(struct printing *printing, const char *before, struct text expression)
{
    buf_add_string(printing->out, before);
    for (size_t at = 0; at < expression.length;) {
        if (expression.data[at] == '#' || expression.data[at] == ':')
            at = add_placeholder(printing, expression, at);
        else
            buf_add_char(printing->out, expression.data[at++]);
    }
}

static struct text member(const struct printing *printing, const char *name)
{
    return json_string_member(printing->request, name);
}

static void add_optional(struct printing *printing, const char *before, const char *name)
{
    struct text expression = member(printing, name);

    if (expression.length > 0)
        add_expression(printing, before, expression);
}

static void add_table(struct printing *printing, const char *verb)
{
    struct text index = member(printing, "IndexName");

    buf_add_format(printing->out, "%s ", verb);
    value_add_name(printing->out, member(printing, "TableName"));
    if (index.length > 0) {
        buf_add_char(printing->out, '.');
        value_add_name(printing->out, index);
    }
}

static const char *range_of(const struct catalog_key *key, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (key[i].is_range)
            return key[i].name;
    return NULL;
}

/* The key by which a Query is ordered. */
static const char *sort_key(struct printing *printing)
{
    struct text index = member(printing, "IndexName");
    struct error ignored;
    bool cached;
    const struct catalog_table *table = planner_table(printing->job, printing->link,
        member(printing, "TableName"), &cached, &ignored);

    for (size_t i = 0; table && i < table->index_count; i++)
        if (text_is(index, table->index[i].name))
            return range_of(table->index[i].key, table->index[i].key_count);
    return table ? range_of(table->key, table->key_count) : NULL;
}

static void add_read(struct printing *printing, const char *verb)
{
    struct text key = member(printing, "KeyConditionExpression");
    struct text filter = member(printing, "FilterExpression");
    bool either = text_find(filter, TEXT(" OR "), 0) != SIZE_MAX;
    struct buf *out = printing->out;
    int64_t limit = json_integer_member(printing->request, "Limit", 0);

    add_table(printing, verb);
    add_optional(printing, " ONLY ", "ProjectionExpression");
    if (key.length > 0)
        add_expression(printing, " WHERE ", key);
    if (filter.length > 0)
        add_expression(printing, key.length == 0 ? " WHERE " : either ? " AND (" : " AND ", filter);
    buf_add_string(out, filter.length > 0 && key.length > 0 && either ? ")" : "");
    if (!json_bool_member(printing->request, "ScanIndexForward", true)) {
        const char *name = sort_key(printing);

        buf_add_string(out, " ORDER BY ");
        value_add_name(out, text_of(name ? name : ""));
        buf_add_string(out, " DESC");
        printing->failed = printing->failed || !name;
    }
    if (limit > 0)
        buf_add_format(out, " %s %lld", filter.length > 0 ? "EXAMINE" : "LIMIT", (long long)limit);
    if (json_bool_member(printing->request, "ConsistentRead", false))
        buf_add_string(out, " CONSISTENT");
}

static void add_get(struct printing *printing)
{
    add_table(printing, "GET");
    buf_add_char(printing->out, ' ');
    add_map(printing, json_member(printing->request, "Key"));
    add_optional(printing, " ONLY ", "ProjectionExpression");
    if (json_bool_member(printing->request, "ConsistentRead", false))
        buf_add_string(printing->out, " CONSISTENT");
}

/* UPDATE asks that the item exists before all else; UPSERT does not. */
static void add_update(struct printing *printing)
{
    struct text condition = member(printing, "ConditionExpression"), rest = condition;
    bool exists = starts(condition, "attribute_exists(#");

    if (exists) {
        size_t end = text_find(condition, TEXT(")"), 0);

        rest = end == SIZE_MAX ? TEXT("") : text_slice(condition, end + 1, condition.length);
        if (starts(rest, " AND "))
            rest = text_slice(rest, strlen(" AND "), rest.length);
    }
    add_table(printing, exists ? "UPDATE" : "UPSERT");
    buf_add_char(printing->out, ' ');
    add_map(printing, json_member(printing->request, "Key"));
    add_optional(printing, " ", "UpdateExpression");
    if (rest.length > 0)
        add_expression(printing, " IF ", rest);
}

static void add_whole(struct printing *printing, const char *verb, const char *what)
{
    add_table(printing, verb);
    buf_add_char(printing->out, ' ');
    add_map(printing, json_member(printing->request, what));
    add_optional(printing, " IF ", "ConditionExpression");
}

enum error_code table_call_print(struct job *job, struct link *link, struct text operation,
    struct text request_template, struct buf *out, struct error *err)
{
    struct printing printing = {.job = job,
        .link = link,
        .request = read_template(job->arena, request_template),
        .out = out};
    bool needs_key = text_is(operation, "GetItem") || text_is(operation, "UpdateItem") ||
                     text_is(operation, "DeleteItem");
    const char *needed = needs_key ? "Key" : text_is(operation, "PutItem") ? "Item" : "TableName";

    if (!printing.request || !json_member(printing.request, needed))
        printing.failed = true;
    else if (text_is(operation, "GetItem"))
        add_get(&printing);
    else if (text_is(operation, "Query") || text_is(operation, "Scan"))
        add_read(&printing, text_is(operation, "Query") ? "QUERY" : "SCAN");
    else if (text_is(operation, "PutItem"))
        add_whole(&printing, "PUT", "Item");
    else if (text_is(operation, "UpdateItem"))
        add_update(&printing);
    else if (text_is(operation, "DeleteItem"))
        add_whole(&printing, "DELETE FROM", "Key");
    else
        printing.failed = true;
    return printing.failed
               ? error_set(err, ERROR_INVALID, "its template is none that a statement makes")
               : ERROR_NONE;
}
