#include "endpoint/gateway/control_rest_stages.h"

/* What "/{resource}/{METHOD}/" may be followed by, and where it is kept. gateway.md 2.4. */
static const struct {
    const char *group, *name, *member;
    enum patch_kind kind;
    const char *choices, *initial;
} setting_table[] = {
    {"metrics", "enabled", "metricsEnabled", PATCH_BOOL, NULL, "false"},
    {"logging", "loglevel", "loggingLevel", PATCH_TEXT, "OFF|ERROR|INFO", "\"OFF\""},
    {"logging", "dataTrace", "dataTraceEnabled", PATCH_BOOL, NULL, "false"},
    {"throttling", "burstLimit", "throttlingBurstLimit", PATCH_INTEGER, NULL, "5000"},
    {"throttling", "rateLimit", "throttlingRateLimit", PATCH_DOUBLE, NULL, "10000.0"},
    {"caching", "enabled", "cachingEnabled", PATCH_BOOL, NULL, "false"},
    {"caching", "ttlInSeconds", "cacheTtlInSeconds", PATCH_INTEGER, NULL, "300"},
    {"caching", "dataEncrypted", "cacheDataEncrypted", PATCH_BOOL, NULL, "false"},
    {"caching", "requireAuthorizationForCacheControl", "requireAuthorizationForCacheControl",
        PATCH_BOOL, NULL, "true"},
    {"caching", "unauthorizedCacheControlHeaderStrategy", "unauthorizedCacheControlHeaderStrategy",
        PATCH_TEXT, "FAIL_WITH_403|SUCCEED_WITH_RESPONSE_HEADER|SUCCEED_WITHOUT_RESPONSE_HEADER",
        "\"SUCCEED_WITH_RESPONSE_HEADER\""},
};

enum { SETTINGS = sizeof setting_table / sizeof *setting_table, LIST_LIMIT = 4096 };

/* "~1pets/GET": the first two parts as they were sent, which is how the map is keyed. */
static struct text settings_key(const struct patch_step *step)
{
    struct text rest = text_slice(step->path, 1, step->path.length), first, second;

    if (!text_take_until(&rest, '/', &first) || !text_take_field(&rest, '/', &second))
        return rest;
    return text_make(first.data, first.length + 1 + second.length);
}

static bool fail_setting(struct control *call, const struct patch_step *step)
{
    struct buf list;

    buf_init(&list, LIST_LIMIT);
    for (size_t i = 0; i < SETTINGS; i++)
        buf_add_format(&list, "%s/{resourcePath}/{httpMethod}/%s/%s", i > 0 ? ", " : "",
            setting_table[i].group, setting_table[i].name);
    control_fail(call, CONTROL_BAD_REQUEST,
        "Invalid method setting path: %.*s. Must be one of: [%s]", (int)step->path.length,
        step->path.data, buf_string(&list));
    buf_done(&list);
    return false;
}

static bool check_verb(struct control *call, const struct patch_step *step)
{
    struct text verb = step->part[1];

    if (text_is(verb, "*") || control_is_choice("GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD|ANY", verb))
        return true;
    return fail_setting(call, step);
}

bool control_rest_set_method_setting(struct control *call, struct json *document,
    const struct patch_step *step)
{
    struct json *map = draft_child(&call->draft, document, "methodSettings"), *settings;
    size_t at = 0;

    while (at < SETTINGS && !(text_is(step->part[2], setting_table[at].group) &&
                                text_is(step->part[3], setting_table[at].name)))
        at++;
    if (at == SETTINGS)
        return fail_setting(call, step);
    if (!check_verb(call, step))
        return false;
    if (setting_table[at].choices && !control_is_choice(setting_table[at].choices, step->value))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid patch value  '%.*s' specified for path %.*s", (int)step->value.length,
            step->value.data ? step->value.data : "", (int)step->path.length, step->path.data);
    settings = draft_member_text(map, settings_key(step));
    if (!settings) {
        settings = draft_child_text(&call->draft, map, settings_key(step));
        for (size_t i = 0; i < SETTINGS; i++)
            draft_set(&call->draft, settings, setting_table[i].member,
                draft_parse(&call->draft, text_of(setting_table[i].initial)));
    }
    return patch_set_value(call, settings, text_of(setting_table[at].member),
        setting_table[at].kind, step);
}

bool control_rest_remove_method_settings(struct control *call, struct json *document,
    const struct patch_step *step)
{
    if (draft_remove(draft_member(document, "methodSettings"), settings_key(step)))
        return true;
    return control_fail(call, CONTROL_BAD_REQUEST,
        "Cannot remove method setting %.*s because there is no method setting for this method ",
        (int)step->path.length, step->path.data);
}
