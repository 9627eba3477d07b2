#include "endpoint/gateway/mapping.h"

#include "base/buf.h"

enum { PARTS = 64 };

static const struct {
    const char *word;
    enum mapping_place place;
} rest_request_table[] = {
    {"integration.request.path.", MAPPING_TO_PATH},
    {"integration.request.querystring.", MAPPING_TO_QUERY},
    {"integration.request.header.", MAPPING_TO_HEADER},
};

static const struct {
    const char *word;
    enum mapping_side side;
    enum mapping_source source;
    bool exact; /* the word is the whole expression */
} rest_source_table[] =
    {
        {"method.request.path.", MAPPING_REQUEST, MAPPING_PATH, false},
        {"method.request.querystring.", MAPPING_REQUEST, MAPPING_QUERY, false},
        {"method.request.multivaluequerystring.", MAPPING_REQUEST, MAPPING_MULTI_QUERY, false},
        {"method.request.header.", MAPPING_REQUEST, MAPPING_HEADER, false},
        {"method.request.multivalueheader.", MAPPING_REQUEST, MAPPING_MULTI_HEADER, false},
        {"method.request.body.", MAPPING_REQUEST, MAPPING_BODY, false},
        {"method.request.body", MAPPING_REQUEST, MAPPING_BODY, true},
        {"integration.response.header.", MAPPING_RESPONSE, MAPPING_HEADER, false},
        {"integration.response.multivalueheader.", MAPPING_RESPONSE, MAPPING_MULTI_HEADER, false},
        {"integration.response.body.", MAPPING_RESPONSE, MAPPING_BODY, false},
        {"integration.response.body", MAPPING_RESPONSE, MAPPING_BODY, true},
},
  http_source_table[] = {
      {"request.path.", MAPPING_REQUEST, MAPPING_PATH, false},
      {"request.path", MAPPING_REQUEST, MAPPING_WHOLE_PATH, true},
      {"request.querystring.", MAPPING_REQUEST, MAPPING_QUERY, false},
      {"request.header.", MAPPING_REQUEST, MAPPING_HEADER, false},
      {"request.body.", MAPPING_REQUEST, MAPPING_BODY, false},
      {"request.body", MAPPING_REQUEST, MAPPING_BODY, true},
      {"response.header.", MAPPING_RESPONSE, MAPPING_HEADER, false},
      {"response.body.", MAPPING_RESPONSE, MAPPING_BODY, false},
      {"response.body", MAPPING_RESPONSE, MAPPING_BODY, true},
      {"response.statuscode", MAPPING_RESPONSE, MAPPING_STATUS, true},
};

static enum error_code fail(struct error *err, int column, struct text expression)
{
    return error_set_at(err, ERROR_USAGE, 1, column, "Invalid mapping expression specified: %.*s",
        (int)expression.length, expression.data);
}

/* The rest behind the word, or false. */
static bool take_word(struct text text, const char *word, struct text *rest)
{
    struct text prefix = text_of(word);

    if (!text_starts_with(text, prefix))
        return false;
    *rest = text_slice(text, prefix.length, text.length);
    return true;
}

/* "a.b" of a body mapping is the JSONPath "$.a.b"; one that begins with "$" is taken as it is. */
static enum error_code set_path(struct mapping_value *value, struct text rest, struct arena *arena,
    struct error *err)
{
    const char *path = rest.length == 0      ? "$"
                       : rest.data[0] == '$' ? arena_string(arena, rest)
                       : rest.data[0] == '['
                           ? arena_format(arena, "$%.*s", (int)rest.length, rest.data)
                           : arena_format(arena, "$.%.*s", (int)rest.length, rest.data);

    if (!path)
        return arena_failed(arena, err);
    value->name = rest;
    value->path = jsonpath_parse(text_of(path), arena, err);
    return value->path ? ERROR_NONE : err->code;
}

static bool find_common(struct text source, const char *context, const char *stage,
    struct mapping_value *value)
{
    if (take_word(source, stage, &value->name))
        value->source = MAPPING_STAGE_VARIABLE;
    else if (take_word(source, context, &value->name))
        value->source = MAPPING_CONTEXT;
    else
        return false;
    return value->name.length > 0;
}

static enum error_code parse_rest_source(enum mapping_side side, struct text source,
    struct arena *arena, struct mapping_value *value, struct error *err)
{
    if (source.length >= 2 && source.data[0] == '\'' && source.data[source.length - 1] == '\'') {
        value->source = MAPPING_STATIC;
        value->name = text_slice(source, 1, source.length - 1);
        return ERROR_NONE;
    }
    if (find_common(source, "context.", "stageVariables.", value))
        return ERROR_NONE;
    for (size_t i = 0; i < sizeof rest_source_table / sizeof *rest_source_table; i++) {
        struct text rest;

        if (rest_source_table[i].side != side ||
            !take_word(source, rest_source_table[i].word, &rest) ||
            (rest.length == 0) != rest_source_table[i].exact)
            continue;
        value->source = rest_source_table[i].source;
        value->name = rest;
        return value->source == MAPPING_BODY ? set_path(value, rest, arena, err) : ERROR_NONE;
    }
    return fail(err, 2, source);
}

enum error_code mapping_parse_rest(enum mapping_side side, struct text target, struct text source,
    struct arena *arena, struct mapping *out, struct error *err)
{
    struct mapping_value *value = arena_alloc(arena, 1, sizeof *value);
    bool found = false;

    if (!value)
        return arena_failed(arena, err);
    *out = (struct mapping){.part = value, .part_count = 1};
    if (side == MAPPING_RESPONSE) {
        out->place = MAPPING_TO_HEADER;
        found = take_word(target, "method.response.header.", &out->name);
    }
    for (size_t i = 0; side == MAPPING_REQUEST && !found && i < 3; i++) {
        out->place = rest_request_table[i].place;
        found = take_word(target, rest_request_table[i].word, &out->name);
    }
    if (!found || out->name.length == 0)
        return fail(err, 1, target);
    return parse_rest_source(side, source, arena, value, err);
}

/* Prefixes that a mapping of an HTTP API may not touch, then whole names. gateway.md 9.1. */
static bool is_reserved(struct text name)
{
    static const char *const prefix_table[] = {"access-control-", "apigw-", "proxy-", "x-amz-",
        "x-amzn-", "x-forwarded-"};
    static const char *const name_table[] = {"authorization", "connection", "content-encoding",
        "content-length", "content-location", "forwarded", "keep-alive", "origin",
        "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding",
        "upgrade", "via"};

    for (size_t i = 0; i < sizeof prefix_table / sizeof *prefix_table; i++) {
        struct text prefix = text_of(prefix_table[i]);

        if (text_equal_ignoring_case(text_slice(name, 0, prefix.length), prefix))
            return true;
    }
    for (size_t i = 0; i < sizeof name_table / sizeof *name_table; i++)
        if (text_is_ignoring_case(name, name_table[i]))
            return true;
    return false;
}

static bool is_header_name(struct text name)
{
    for (size_t i = 0; i < name.length; i++)
        if (name.data[i] <= ' ' || name.data[i] >= 0x7f || name.data[i] == ':')
            return false;
    return name.length > 0;
}

/* "overwrite:header.x", "remove:querystring.y", "overwrite:path", "overwrite:statuscode" */
static bool parse_http_target(enum mapping_side side, struct text target, struct mapping *out)
{
    struct text verb;

    if (!text_take_until(&target, ':', &verb))
        return false;
    if (text_is(verb, "overwrite"))
        out->verb = MAPPING_OVERWRITE;
    else if (text_is(verb, "append"))
        out->verb = MAPPING_APPEND;
    else if (text_is(verb, "remove"))
        out->verb = MAPPING_REMOVE;
    else
        return false;
    if (text_is_ignoring_case(target, "path") || text_is_ignoring_case(target, "statuscode")) {
        bool is_path = text_is_ignoring_case(target, "path");

        out->place = is_path ? MAPPING_TO_PATH : MAPPING_TO_STATUS;
        return out->verb == MAPPING_OVERWRITE && is_path == (side == MAPPING_REQUEST);
    }
    if (take_word(target, "header.", &out->name)) {
        out->place = MAPPING_TO_HEADER;
        return is_header_name(out->name) && !is_reserved(out->name);
    }
    out->place = MAPPING_TO_QUERY;
    return side == MAPPING_REQUEST && take_word(target, "querystring.", &out->name) &&
           out->name.length > 0;
}

/* One variable without its "$". */
static enum error_code parse_variable(enum mapping_side side, struct text name, struct arena *arena,
    struct mapping_value *value, struct error *err)
{
    if (find_common(name, "context.", "stageVariables.", value))
        return ERROR_NONE;
    for (size_t i = 0; i < sizeof http_source_table / sizeof *http_source_table; i++) {
        struct text word = text_of(http_source_table[i].word), rest;

        if (http_source_table[i].side != side || name.length < word.length ||
            !text_equal_ignoring_case(text_slice(name, 0, word.length), word))
            continue;
        rest = text_slice(name, word.length, name.length);
        if ((rest.length == 0) != http_source_table[i].exact)
            continue;
        value->source = http_source_table[i].source;
        value->name = rest;
        if (value->source != MAPPING_BODY)
            return ERROR_NONE;
        if (set_path(value, rest, arena, err))
            return err->code;
        return jsonpath_is_simple(value->path) ? ERROR_NONE : fail(err, 2, name);
    }
    return fail(err, 2, name);
}

/* Text and variables: "$context.a" alone, or any mixture with "${context.a}". */
static enum error_code parse_http_source(enum mapping_side side, struct text source,
    struct arena *arena, struct mapping *out, struct error *err)
{
    struct mapping_value *part = arena_alloc(arena, PARTS, sizeof *part);
    struct text rest = source;
    size_t open, close;

    if (!part)
        return arena_failed(arena, err);
    out->part = part;
    if (source.length > 1 && source.data[0] == '$' && source.data[1] != '{') {
        out->part_count = 1;
        return parse_variable(side, text_slice(source, 1, source.length), arena, part, err);
    }
    while (rest.length > 0 && (open = text_find(rest, TEXT("${"), 0)) != SIZE_MAX) {
        close = text_find(rest, TEXT("}"), open);
        if (close == SIZE_MAX || out->part_count + 3 > PARTS)
            return fail(err, 2, source);
        if (open > 0)
            part[out->part_count++] =
                (struct mapping_value){.source = MAPPING_STATIC, .name = text_slice(rest, 0, open)};
        if (parse_variable(side, text_slice(rest, open + 2, close), arena, &part[out->part_count++],
                err))
            return err->code;
        rest = text_slice(rest, close + 1, rest.length);
    }
    if (rest.length > 0 || out->part_count == 0)
        part[out->part_count++] = (struct mapping_value){.source = MAPPING_STATIC, .name = rest};
    return ERROR_NONE;
}

enum error_code mapping_parse_http(enum mapping_side side, struct text target, struct text source,
    struct arena *arena, struct mapping *out, struct error *err)
{
    *out = (struct mapping){0};
    if (!parse_http_target(side, target, out))
        return fail(err, 1, target);
    if (out->verb == MAPPING_REMOVE)
        return ERROR_NONE;
    return parse_http_source(side, source, arena, out, err);
}
