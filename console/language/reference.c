#include "console/language/grammar.h"

/* Names of things: tables, APIs, stages, keys of items. */

bool parse_table_ref(struct lexer *lexer, struct table_ref *out, struct error *err)
{
    *out = (struct table_ref){.token = lexer->token};
    if (!parse_name(lexer, "a table", &out->table, err))
        return false;
    if (parse_sign(lexer, ":")) {
        out->connection = out->table;
        if (!parse_name(lexer, "a table", &out->table, err))
            return false;
        if (parse_at_sign(lexer, ":") && text_is(out->connection, "arn")) {
            parse_fail(err, &out->token, "an ARN goes in backticks: `arn:..:table/name`");
            return false;
        }
    }
    return !parse_sign(lexer, ".") || parse_name(lexer, "an index", &out->index, err);
}

bool parse_api_stage(struct lexer *lexer, struct api_ref *out, struct error *err)
{
    *out = (struct api_ref){.token = lexer->token};
    if (!parse_name(lexer, "an API", &out->api, err))
        return false;
    if (parse_sign(lexer, ":")) {
        out->connection = out->api;
        if (!parse_name(lexer, "an API", &out->api, err))
            return false;
    }
    return !parse_sign(lexer, "/") || parse_name(lexer, "a stage", &out->stage, err);
}

bool parse_scope(struct lexer *lexer, struct api_ref *out, struct error *err)
{
    *out = (struct api_ref){.token = lexer->token};
    for (;;) {
        struct token at = lexer->token;

        if (parse_at_word(lexer, "OF") && !out->api.data) {
            struct text stage = out->stage;

            lexer_take(lexer);
            if (!parse_api_stage(lexer, out, err))
                return false;
            if (stage.data && out->stage.data)
                return parse_fail(err, &at, "the stage is named twice");
            if (stage.data)
                out->stage = stage;
        } else if (parse_at_word(lexer, "STAGE")) {
            if (out->stage.data)
                return parse_fail(err, &at, "the stage is named twice");
            lexer_take(lexer);
            if (!parse_name(lexer, "a stage", &out->stage, err))
                return false;
        } else {
            return true;
        }
    }
}

bool parse_with(struct lexer *lexer, struct error *err)
{
    size_t depth = 0;
    bool names, values = false;

    if (!parse_need_word(lexer, "WITH", err))
        return false;
    names = parse_at_word(lexer, "NAMES");
    if (!names && !parse_at_word(lexer, "VALUES"))
        return parse_expected(lexer, "NAMES or VALUES", err);
    /* What stands here has been read before the statement: #s and :v come first in the text. */
    while (parse_at_word(lexer, "NAMES") || parse_at_word(lexer, "VALUES")) {
        if (values || (parse_at_word(lexer, "NAMES") && !names))
            break;
        values = parse_at_word(lexer, "VALUES");
        lexer_take(lexer);
        parse_word(lexer, "ddb");
        do {
            if (parse_at_end(lexer))
                return parse_expected(lexer, "'}'", err);
            if (parse_at_sign(lexer, "{"))
                depth++;
            else if (parse_at_sign(lexer, "}"))
                depth--;
            lexer_take(lexer);
        } while (depth > 0);
    }
    return true;
}

static bool at_typed(const struct lexer *lexer)
{
    return parse_at_word(lexer, "ddb") && lexer->after.kind == TOKEN_PUNCTUATION &&
           text_is(lexer->after.text, "{");
}

const struct value *parse_item(struct lexer *lexer, struct error *err)
{
    struct token token = lexer->token;
    const struct value *value;

    if (at_typed(lexer))
        return grammar_typed(lexer, true, err);
    if (!parse_at_sign(lexer, "{") && token.kind != TOKEN_PARAM && !parse_at_sign(lexer, "?")) {
        parse_expected(lexer, "an item {..}", err);
        return NULL;
    }
    value = grammar_literal(lexer, 0, err);
    if (!value)
        return NULL;
    if (value->type == VALUE_M || (value->type == VALUE_NULL && token.kind == TOKEN_PARAM))
        return value;
    parse_fail(err, &token, "an item is a map {name: value, ..}");
    return NULL;
}

bool parse_key(struct lexer *lexer, struct key_literal *out, struct error *err)
{
    const struct value *first;

    *out = (struct key_literal){.token = lexer->token};
    first = at_typed(lexer) ? grammar_typed(lexer, true, err) : grammar_literal(lexer, 0, err);
    if (!first)
        return false;
    if (first->type == VALUE_M) {
        out->map = first;
        return true;
    }
    out->partition = first;
    if (!parse_sign(lexer, ","))
        return true;
    out->sort = grammar_literal(lexer, 0, err);
    return out->sort != NULL;
}
