#include "endpoint/gateway/control_patch.h"
#include "endpoint/gateway/control_rest.h"
#include "endpoint/gateway/control_rest_stages.h"
#include "endpoint/gateway/control_stages.h"
#include "endpoint/gateway/fingerprint.h"
#include "endpoint/gateway/snapshot.h"

static const struct control_member create_table[] = {
    {"description", CONTROL_TEXT, NULL, false},
};

static const struct control_member canary_table[] = {
    {"percentTraffic", CONTROL_DOUBLE, NULL, false},
    {"stageVariableOverrides", CONTROL_TEXT_MAP, NULL, false},
    {"useStageCache", CONTROL_BOOL, NULL, false},
};

static const struct patch_rule patch_table[] = {
    {.path = "/description", .ops = PATCH_REPLACE},
};

/* A deployment needs something to serve, and every method somewhere to go. */
static bool check_methods(struct control *call, struct text api)
{
    const struct record *record;
    size_t count = 0;

    for (int64_t at = 0;
         (record = gateway_store_next(call->store, GATEWAY_RESOURCE, api, at)) != NULL;) {
        const struct json *methods = json_member(record->tree, "resourceMethods");

        at = record->sequence;
        for (const struct json *one = methods ? methods->first : NULL; one; one = one->next) {
            if (!json_member(one, "methodIntegration"))
                return control_fail(call, CONTROL_BAD_REQUEST, "No integration defined for method");
            count++;
        }
    }
    return count > 0 ||
           control_fail(call, CONTROL_BAD_REQUEST, "The REST API doesn't contain any methods");
}

static bool check_canary(struct control *call, struct text name, const struct record *stage)
{
    static const char *const start = "Invalid deployment content specified.";

    if (name.length == 0)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "%sNon null and non empty stageName must be provided for canary deployment. Provided "
            "value is %s",
            start, name.data ? "" : "null");
    if (!stage)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "%sStage %.*s must already be created before making a canary release deployment", start,
            (int)name.length, name.data);
    return true;
}

static bool point_canary(struct control *call, const struct json *given, struct json *document,
    struct text id)
{
    struct json *canary = draft_child(&call->draft, document, "canarySettings");

    if (given && !control_take(call, given, "createDeploymentInput.canarySettings", canary_table,
                     sizeof canary_table / sizeof *canary_table, canary))
        return false;
    if (!draft_member(canary, "percentTraffic"))
        draft_set(&call->draft, canary, "percentTraffic", draft_number(&call->draft, TEXT("0.0")));
    if (!draft_member(canary, "useStageCache"))
        draft_set(&call->draft, canary, "useStageCache", draft_bool(&call->draft, false));
    draft_set(&call->draft, canary, "deploymentId", draft_text(&call->draft, id));
    return true;
}

/* While a stage has a canary, a new deployment goes to the canary. */
static bool point_stage(struct control *call, const struct record *stage, struct text id)
{
    const struct json *given = json_member(call->body, "canarySettings");
    const struct json *variables = json_member(call->body, "variables");
    struct json *document = control_edit(call, stage), *map;

    if (!document)
        return false;
    if (given || json_member(stage->tree, "canarySettings")) {
        if (!point_canary(call, given, document, id))
            return false;
    } else {
        draft_set(&call->draft, document, "deploymentId", draft_text(&call->draft, id));
    }
    map = variables ? draft_child(&call->draft, document, "variables") : NULL;
    for (const struct json *one = map ? variables->first : NULL; one; one = one->next)
        draft_set_text(&call->draft, map, one->name, draft_text(&call->draft, one->text));
    draft_set(&call->draft, document, "lastUpdatedDate", control_now(call));
    return control_rest_check_stage(call, stage->api, document) &&
           control_save(call, stage, document);
}

static bool create_stage(struct control *call, const struct record *api, struct text name,
    struct text id)
{
    struct json *settings = draft_object(&call->draft);
    struct text description = json_string_member(call->body, "stageDescription");

    if (!control_take(call, call->body, NULL, control_rest_deployed_stage_table,
            control_rest_deployed_stage_count, settings))
        return false;
    draft_set(&call->draft, settings, "stageName", draft_text(&call->draft, name));
    draft_set(&call->draft, settings, "deploymentId", draft_text(&call->draft, id));
    if (description.length > 0)
        draft_set(&call->draft, settings, "description", draft_text(&call->draft, description));
    return control_rest_make_stage(call, api, settings);
}

bool control_rest_create_deployment(struct control *call)
{
    const struct record *api = control_find_rest(call);
    struct json *document = draft_object(&call->draft);
    struct text name = json_string_member(call->body, "stageName");
    const struct record *stage;
    struct text id;

    if (!api || !control_take(call, call->body, NULL, create_table, 1, document) ||
        !check_methods(call, api->id))
        return false;
    stage = name.length > 0 ? gateway_store_find(call->store, GATEWAY_STAGE, api->id, name) : NULL;
    if (json_member(call->body, "canarySettings") && !check_canary(call, name, stage))
        return false;
    id = control_deploy(call, api, document, "id");
    if (!id.data)
        return false;
    control_answer(call, document);
    if (stage)
        return point_stage(call, stage, id);
    return name.length == 0 || create_stage(call, api, name, id);
}

static const struct record *find_deployment(struct control *call)
{
    const struct record *api = control_find_rest(call);
    const struct record *deployment =
        api ? gateway_store_find(call->store, GATEWAY_DEPLOYMENT, api->id, call->parameter[1])
            : NULL;

    if (api && !deployment)
        control_fail(call, CONTROL_NOT_FOUND, "Invalid Deployment identifier specified");
    return deployment;
}

bool control_rest_get_deployments(struct control *call)
{
    const struct record *api = control_find_rest(call);

    return api && control_list(call, GATEWAY_DEPLOYMENT, api->id, NULL);
}

/* {"/pets": {"GET": {"authorizationType": "NONE", "apiKeyRequired": false}}} */
static bool add_summary(struct control *call, const struct record *deployment,
    struct json *document)
{
    struct json *summary = draft_object(&call->draft);
    const struct json *resource, *method, *tree;
    struct error err;
    struct buf text;
    bool good;

    buf_init(&text, SNAPSHOT_LIMIT);
    good = gateway_store_read_snapshot(call->store, deployment->api, deployment->id, &text, &err) ==
           ERROR_NONE;
    tree = good ? draft_parse(&call->draft, buf_view(&text)) : NULL;
    buf_done(&text);
    if (!tree)
        return control_fail(call, CONTROL_INTERNAL, "%s", good ? "out of memory" : err.text);
    resource = json_at(tree, "resources.0");
    for (; resource; resource = resource->next) {
        const struct json *methods = json_member(resource, "resourceMethods");
        struct json *verbs;

        if (!methods)
            continue;
        verbs = draft_child_text(&call->draft, summary, json_string_member(resource, "path"));
        for (method = methods->first; method; method = method->next) {
            struct json *one = draft_child_text(&call->draft, verbs, method->name);

            draft_set(&call->draft, one, "authorizationType",
                draft_copy(&call->draft, json_member(method, "authorizationType")));
            draft_set(&call->draft, one, "apiKeyRequired",
                draft_copy(&call->draft, json_member(method, "apiKeyRequired")));
        }
    }
    draft_set(&call->draft, document, "apiSummary", summary);
    return true;
}

bool control_rest_get_deployment(struct control *call)
{
    const struct record *deployment = find_deployment(call);
    const struct record *api = deployment ? control_find_rest(call) : NULL;
    struct json *document;

    if (!api)
        return false;
    call->definition = fingerprint_header(call->gateway, api, &deployment->id, call->arena);
    document = control_edit(call, deployment);
    if (!document || (control_query_has(call, "embed", "apisummary") &&
                         !add_summary(call, deployment, document)))
        return false;
    control_answer(call, document);
    return true;
}

bool control_rest_update_deployment(struct control *call)
{
    const struct record *deployment = find_deployment(call);
    struct json *document = deployment ? control_edit(call, deployment) : NULL;

    if (!document || !control_patch(call, patch_table, 1, document))
        return false;
    control_answer(call, document);
    return control_save(call, deployment, document);
}

bool control_rest_delete_deployment(struct control *call)
{
    const struct record *deployment = find_deployment(call);

    return deployment && control_delete_deployment(call, deployment);
}
