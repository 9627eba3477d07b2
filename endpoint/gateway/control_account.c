#include "endpoint/gateway/control_account.h"

#include "endpoint/gateway/control_patch.h"
#include "endpoint/gateway/control_rest.h"

enum { TAGS = 50, TAG_KEY = 128, TAG_VALUE = 256 };

static const struct control_member tag_table[] = {
    {"tags", CONTROL_TEXT_MAP, NULL, true},
};

static const struct patch_rule account_patch_table[] = {
    {.path = "/cloudwatchRoleArn", .ops = PATCH_REPLACE},
    {.path = "/features", .ops = PATCH_ADD | PATCH_REMOVE, .kind = PATCH_LIST},
};

/* One document per account and region. */
static struct text account_id(struct control *call)
{
    const char *id = arena_format(call->arena, "%.*s/%.*s", (int)call->account.length,
        call->account.data, (int)call->region.length, call->region.data);

    if (!id)
        call->draft.failed = true;
    return text_of(id);
}

static struct json *read_account(struct control *call, const struct record **record)
{
    *record = gateway_store_find(call->store, GATEWAY_ACCOUNT, TEXT(""), account_id(call));
    if (*record)
        return control_edit(call, *record);
    return draft_parse(&call->draft,
        TEXT("{\"throttleSettings\":{\"burstLimit\":5000,\"rateLimit\":10000.0},"
             "\"features\":[\"UsagePlans\"],\"apiKeyVersion\":\"4\"}"));
}

bool control_rest_get_account(struct control *call)
{
    const struct record *record;

    control_answer(call, read_account(call, &record));
    return true;
}

bool control_rest_update_account(struct control *call)
{
    const struct record *record;
    struct json *document = read_account(call, &record);

    if (!document || !control_patch(call, account_patch_table, 2, document))
        return false;
    if (json_string_member(document, "cloudwatchRoleArn").length == 0)
        draft_remove(document, TEXT("cloudwatchRoleArn"));
    control_answer(call, document);
    return record ? control_save(call, record, document)
                  : control_create(call, GATEWAY_ACCOUNT, TEXT(""), account_id(call), document);
}

/* "arn:aws:apigateway:{region}::/restapis/{id}[/stages/{name}]", "/apis/.." for the second. */
static const struct record *find_tagged(struct control *call)
{
    struct text arn = call->parameter[0], rest = arn, part, path[4] = {{0}};
    const struct record *api = NULL;
    size_t count = 0;

    for (int i = 0; i < 5; i++)
        if (!text_take_until(&rest, ':', &part))
            rest = TEXT("");
    if (rest.length > 0 && rest.data[0] == '/')
        rest = text_slice(rest, 1, rest.length);
    while (count < 4 && text_take_field(&rest, '/', &part))
        path[count++] = part;
    if (count >= 2 && rest.length == 0 && text_is(path[0], "restapis"))
        api = gateway_store_find(call->store, GATEWAY_REST, TEXT(""), path[1]);
    else if (count >= 2 && rest.length == 0 && text_is(path[0], "apis"))
        api = gateway_store_find(call->store, GATEWAY_HTTP, TEXT(""), path[1]);
    if (api && !control_is_own(call, api))
        api = NULL;
    if (api && count == 4 && text_is(path[2], "stages"))
        api = gateway_store_find(call->store, GATEWAY_STAGE, api->id, path[3]);
    else if (count != 2)
        api = NULL;
    if (!api)
        control_fail(call, CONTROL_NOT_FOUND, "Invalid resource identifier specified: %.*s",
            (int)arn.length, arn.data);
    return api;
}

bool control_get_tags(struct control *call)
{
    const struct record *record = find_tagged(call);
    struct json *answer = draft_object(&call->draft);
    const struct json *tags;

    if (!record)
        return false;
    tags = json_member(record->tree, "tags");
    draft_set(&call->draft, answer, "tags",
        tags ? draft_copy(&call->draft, tags) : draft_object(&call->draft));
    control_answer(call, answer);
    return true;
}

static bool check_tags(struct control *call, const struct json *tags)
{
    if (tags->count > TAGS)
        return control_fail(call, CONTROL_BAD_REQUEST, "A resource can have at most %d tags", TAGS);
    for (const struct json *one = tags->first; one; one = one->next)
        if (one->name.length == 0 || one->name.length > TAG_KEY || one->text.length > TAG_VALUE)
            return control_fail(call, CONTROL_BAD_REQUEST, "Invalid tag: %.*s",
                (int)one->name.length, one->name.data);
    return true;
}

bool control_tag(struct control *call)
{
    const struct record *record = find_tagged(call);
    struct json *document = record ? control_edit(call, record) : NULL;
    struct json *given = draft_object(&call->draft), *tags;
    const struct json *fresh;

    if (!document || !control_take(call, call->body, NULL, tag_table, 1, given))
        return false;
    tags = draft_child(&call->draft, document, "tags");
    fresh = json_member(given, "tags");
    for (const struct json *one = fresh ? fresh->first : NULL; one; one = one->next)
        draft_set_text(&call->draft, tags, one->name, draft_text(&call->draft, one->text));
    return tags && check_tags(call, tags) && control_save(call, record, document);
}

bool control_untag(struct control *call)
{
    const struct record *record = find_tagged(call);
    struct json *document = record ? control_edit(call, record) : NULL, *tags, *next;

    if (!document)
        return false;
    tags = draft_member(document, "tags");
    for (struct json *one = tags ? tags->first : NULL; one; one = next) {
        const char *name = arena_string(call->arena, one->name);

        next = one->next;
        if (name && control_query_has(call, "tagKeys", name))
            draft_remove(tags, one->name);
    }
    if (tags && tags->count == 0)
        draft_remove(document, TEXT("tags"));
    return control_save(call, record, document);
}
