#include "endpoint/gateway/snapshot.h"

#include "base/crypto.h"
#include "endpoint/gateway/draft.h"

/* Attributes of an API that wait for a deployment. */
static const char *const setting_table[] = {"binaryMediaTypes", "minimumCompressionSize",
    "apiKeySource", "policy", "disableExecuteApiEndpoint", "corsConfiguration",
    "routeSelectionExpression", "apiKeySelectionExpression"};

static int compare(const struct json *a, const struct json *b, const char *by)
{
    return text_compare(json_string_member(a, by), json_string_member(b, by));
}

/* Keeps the list sorted by a member; lists have at most a few hundred elements. */
static void insert_sorted(struct json *array, struct json *node, const char *by)
{
    struct json **link = &array->first;

    if (!node)
        return;
    while (*link && compare(*link, node, by) <= 0)
        link = &(*link)->next;
    node->name = (struct text){NULL, 0};
    node->next = *link;
    *link = node;
    array->count++;
}

static void add_resources(struct draft *draft, const struct gateway_store *store, struct text api,
    struct json *document)
{
    struct json *list = draft_array(draft);
    const struct record *record;

    for (int64_t at = 0; (record = gateway_store_next(store, GATEWAY_RESOURCE, api, at)) != NULL;) {
        at = record->sequence;
        if (list)
            insert_sorted(list, draft_copy(draft, record->tree), "path");
    }
    draft_set(draft, document, "resources", list);
}

static void add_routes(struct draft *draft, const struct gateway_store *store, struct text api,
    struct json *document)
{
    struct json *list = draft_array(draft);
    const struct record *record;

    for (int64_t at = 0; (record = gateway_store_next(store, GATEWAY_ROUTE, api, at)) != NULL;) {
        struct json *route = draft_copy(draft, record->tree);
        struct text target = json_string_member(record->tree, "target");
        const struct record *integration = NULL;

        at = record->sequence;
        if (text_starts_with(target, TEXT("integrations/")))
            integration = gateway_store_find(store, GATEWAY_INTEGRATION, api,
                text_slice(target, sizeof "integrations/" - 1, target.length));
        if (integration)
            draft_set(draft, route, "integration", draft_copy(draft, integration->tree));
        if (list)
            insert_sorted(list, route, "routeKey");
    }
    draft_set(draft, document, "routes", list);
}

/* Two APIs that do the same have the same hash: identifiers are left out. */
static void drop_identifiers(struct json *document)
{
    struct json *list = draft_member(document, "resources");

    for (struct json *one = list ? list->first : NULL; one; one = one->next) {
        struct json *methods = draft_member(one, "resourceMethods");
        struct text id = json_string_member(one, "id");

        for (struct json *method = methods ? methods->first : NULL; method; method = method->next) {
            struct json *integration = draft_member(method, "methodIntegration");

            if (text_equal(json_string_member(integration, "cacheNamespace"), id))
                draft_remove(integration, TEXT("cacheNamespace"));
        }
        draft_remove(one, TEXT("id"));
        draft_remove(one, TEXT("parentId"));
    }
    list = draft_member(document, "routes");
    for (struct json *one = list ? list->first : NULL; one; one = one->next) {
        struct json *integration = draft_member(one, "integration");

        draft_remove(integration, TEXT("integrationId"));
        draft_remove(one, TEXT("routeId"));
        draft_remove(one, TEXT("target"));
    }
}

static bool hash_document(struct draft *draft, struct json *document, struct text *out)
{
    uint8_t digest[CRYPTO_SHA256];
    struct buf text;
    bool good;

    drop_identifiers(document);
    buf_init(&text, SNAPSHOT_LIMIT);
    draft_add_canonical(&text, document, NULL);
    good = !text.failure;
    if (good)
        crypto_sha256(buf_view(&text), digest);
    buf_clear(&text);
    if (good)
        crypto_add_hex(&text, digest, sizeof digest);
    good = good && !text.failure;
    if (good)
        *out = arena_text(draft->arena, buf_view(&text));
    buf_done(&text);
    return good && out->data;
}

enum error_code snapshot_make(const struct gateway_store *store, const struct record *api,
    struct arena *arena, struct snapshot *out, struct error *err)
{
    struct draft draft = {.arena = arena};
    struct json *document = draft_object(&draft);
    bool is_rest = text_is(text_of(api->kind), GATEWAY_REST);

    draft_set(&draft, document, "kind", draft_string(&draft, is_rest ? "REST" : "HTTP"));
    for (size_t i = 0; i < sizeof setting_table / sizeof *setting_table; i++)
        draft_set(&draft, document, setting_table[i],
            draft_copy(&draft, json_member(api->tree, setting_table[i])));
    if (is_rest)
        add_resources(&draft, store, api->id, document);
    else
        add_routes(&draft, store, api->id, document);
    out->json = draft_print(&draft, document);
    if (draft.failed || !hash_document(&draft, document, &out->hash))
        return arena_failed(arena, err);
    return ERROR_NONE;
}
