#include "console/route_spec.h"

#include "base/clock.h"
#include "base/json.h"
#include "console/language/parser.h"

static bool parse_url(struct lexer *lexer, struct route_spec *spec, struct error *err)
{
    struct token at = lexer->token;

    spec->target = ROUTE_TARGET_URL;
    if (!parse_string(lexer, "a URL", &spec->url, err))
        return false;
    if (!text_starts_with(spec->url, TEXT("http://")) &&
        !text_starts_with(spec->url, TEXT("https://")))
        return parse_fail(err, &at, "a URL starts with http:// or https://");
    if (parse_word(lexer, "METHOD") && !parse_name(lexer, "an HTTP method", &spec->url_method, err))
        return false;
    spec->custom = parse_word(lexer, "CUSTOM");
    return true;
}

static bool parse_mock(struct lexer *lexer, struct route_spec *spec, struct error *err)
{
    int64_t status = 200;

    spec->target = ROUTE_TARGET_MOCK;
    if (lexer->token.kind == TOKEN_NUMBER &&
        !parse_integer(lexer, "an HTTP status", 100, 599, &status, err))
        return false;
    spec->mock_status = (int)status;
    if (parse_at_sign(lexer, "{") || parse_at_sign(lexer, "[") || lexer->token.kind == TOKEN_SQ ||
        lexer->token.kind == TOKEN_DQ || lexer->token.kind == TOKEN_PARAM) {
        spec->mock_body = parse_literal(lexer, err);
        return spec->mock_body != NULL;
    }
    return true;
}

bool route_parse_target(struct lexer *lexer, struct tree *tree, struct route_spec *spec,
    struct error *err)
{
    if (parse_word(lexer, "URL"))
        return parse_url(lexer, spec, err);
    if (parse_word(lexer, "MOCK"))
        return parse_mock(lexer, spec, err);
    if (parse_word(lexer, "TABLE")) {
        spec->target = ROUTE_TARGET_TABLE;
        if (!parse_need_sign(lexer, "(", err))
            return false;
        spec->inner = table_call_parse(lexer, tree, err);
        return spec->inner && parse_need_sign(lexer, ")", err);
    }
    return parse_expected(lexer, "URL, MOCK or TABLE", err);
}

static bool parse_timeout(struct lexer *lexer, struct route_spec *spec, struct error *err)
{
    struct token at = lexer->token;
    uint64_t duration;

    if (!parse_duration(lexer, "a duration", &duration, err))
        return false;
    if (duration < 50 * CLOCK_MS || duration > 30 * CLOCK_SECOND)
        return parse_fail(err, &at, "a time-out is 50ms to 29s (30s for HTTP APIs)");
    spec->timeout_ms = (uint32_t)(duration / CLOCK_MS);
    return true;
}

static bool parse_auth(struct lexer *lexer, struct route_spec *spec, struct error *err)
{
    spec->has_auth = true;
    spec->auth_iam = parse_word(lexer, "IAM");
    return spec->auth_iam || parse_word(lexer, "NONE") || parse_expected(lexer, "NONE or IAM", err);
}

static bool parse_key_option(struct lexer *lexer, struct route_spec *spec, struct error *err)
{
    spec->has_key = true;
    spec->key_required = parse_word(lexer, "REQUIRED");
    return spec->key_required || parse_word(lexer, "OFF") ||
           parse_expected(lexer, "REQUIRED or OFF", err);
}

static bool parse_throttle(struct lexer *lexer, struct route_spec *spec, struct error *err)
{
    spec->has_throttle = true;
    spec->throttle_off = parse_word(lexer, "OFF");
    return spec->throttle_off ||
           (parse_number(lexer, "requests per second", &spec->rate, err) &&
               parse_need_word(lexer, "BURST", err) &&
               parse_integer(lexer, "a burst", 0, 1000000, &spec->burst, err));
}

static bool parse_credentials(struct lexer *lexer, struct route_spec *spec, struct error *err)
{
    return parse_string(lexer, "the ARN of a role", &spec->credentials, err);
}

static const struct {
    const char *word;
    bool (*parse)(struct lexer *lexer, struct route_spec *spec, struct error *err);
} option_table[] = {
    {"TIMEOUT", parse_timeout},
    {"AUTH", parse_auth},
    {"KEY", parse_key_option},
    {"THROTTLE", parse_throttle},
    {"CREDENTIALS", parse_credentials},
};
enum { OPTION_COUNT = sizeof option_table / sizeof *option_table };

bool route_parse_options(struct lexer *lexer, struct route_spec *spec, struct error *err)
{
    bool seen[OPTION_COUNT] = {false};

    while (!parse_at_end(lexer)) {
        size_t i = 0;

        while (i < OPTION_COUNT && !parse_at_word(lexer, option_table[i].word))
            i++;
        if (i == OPTION_COUNT)
            return true; /* the caller sees what does not belong */
        if (seen[i])
            return parse_fail(err, &lexer->token, "%s is said twice", option_table[i].word);
        seen[i] = true;
        lexer_take(lexer);
        if (!option_table[i].parse(lexer, spec, err))
            return false;
    }
    return true;
}

enum error_code route_check_kind(const struct route_spec *spec, char kind, struct error *err)
{
    if (kind == 'W')
        return error_set(err, ERROR_INVALID,
            "routes of WebSocket APIs cannot be changed with this version");
    if (kind != 'H')
        return spec->timeout_ms > 29000
                   ? error_set(err, ERROR_INVALID, "a REST API waits at most 29s")
                   : ERROR_NONE;
    if (spec->target == ROUTE_TARGET_MOCK || spec->target == ROUTE_TARGET_TABLE)
        return error_set(err, ERROR_INVALID, "%s targets belong to REST APIs",
            spec->target == ROUTE_TARGET_MOCK ? "MOCK" : "TABLE");
    if (spec->custom)
        return error_set(err, ERROR_INVALID, "CUSTOM belongs to REST APIs");
    if (spec->has_key)
        return error_set(err, ERROR_INVALID, "KEY belongs to REST APIs");
    return ERROR_NONE;
}

void route_spec_add_target(struct buf *out, const struct route_spec *spec)
{
    switch (spec->target) {
    case ROUTE_TARGET_NONE:
        break;
    case ROUTE_TARGET_URL:
        buf_add_format(out, "URL %.*s%s", (int)spec->url.length, spec->url.data,
            spec->custom ? " CUSTOM" : "");
        break;
    case ROUTE_TARGET_MOCK:
        buf_add_format(out, "MOCK %d", spec->mock_status);
        break;
    case ROUTE_TARGET_TABLE:
        buf_add_format(out, "TABLE %s", spec->call.operation ? spec->call.operation : "");
        if (spec->call.table.length) {
            buf_add_char(out, ' ');
            buf_add_text(out, spec->call.table);
        }
        break;
    }
}

enum error_code route_mock_body(const struct route_spec *spec, struct arena *arena,
    struct text *out, struct error *err)
{
    struct json_writer writer;
    struct buf body;
    enum error_code code;

    *out = TEXT("");
    if (!spec->mock_body)
        return ERROR_NONE;
    if (spec->mock_body->type == VALUE_S) {
        *out = spec->mock_body->text;
        return ERROR_NONE;
    }
    buf_init(&body, 1 << 20);
    json_writer_init(&writer, &body);
    value_add_plain(&writer, spec->mock_body);
    code = buf_check(&body, "the MOCK body", err);
    if (code == ERROR_NONE) {
        *out = arena_text(arena, buf_view(&body));
        code = out->data ? ERROR_NONE : arena_failed(arena, err);
    }
    buf_done(&body);
    return code;
}
