#include "endpoint/gateway/control_rest_stages.h"

#include "endpoint/gateway/control_rest.h"
#include "endpoint/gateway/control_stages.h"
#include "endpoint/gateway/fingerprint.h"

const struct control_member control_rest_deployed_stage_table[] = {
    {"cacheClusterEnabled", CONTROL_BOOL, NULL, false},
    {"cacheClusterSize", CONTROL_TEXT, "0.5|1.6|6.1|13.5|28.4|58.2|118|237", false},
    {"variables", CONTROL_TEXT_MAP, NULL, false},
    {"tracingEnabled", CONTROL_BOOL, NULL, false},
};
const size_t control_rest_deployed_stage_count =
    sizeof control_rest_deployed_stage_table / sizeof *control_rest_deployed_stage_table;

static const struct control_member create_table[] = {
    {"stageName", CONTROL_TEXT, NULL, true},
    {"deploymentId", CONTROL_TEXT, NULL, true},
    {"description", CONTROL_TEXT, NULL, false},
    {"cacheClusterEnabled", CONTROL_BOOL, NULL, false},
    {"cacheClusterSize", CONTROL_TEXT, "0.5|1.6|6.1|13.5|28.4|58.2|118|237", false},
    {"variables", CONTROL_TEXT_MAP, NULL, false},
    {"documentationVersion", CONTROL_TEXT, NULL, false},
    {"canarySettings", CONTROL_OBJECT, NULL, false},
    {"tracingEnabled", CONTROL_BOOL, NULL, false},
    {"tags", CONTROL_TEXT_MAP, NULL, false},
};

static patch_run set_deployment, copy_deployment, copy_variables, remove_access_log,
    fail_access_log, remove_canary, set_canary_deployment;

static const struct patch_rule patch_table[] = {
    {.path = "/deploymentId", .ops = PATCH_REPLACE, .run = set_deployment},
    {.path = "/deploymentId", .ops = PATCH_COPY, .run = copy_deployment},
    {.path = "/description", .ops = PATCH_REPLACE},
    {.path = "/cacheClusterEnabled", .ops = PATCH_REPLACE, .kind = PATCH_BOOL},
    {.path = "/cacheClusterSize",
        .ops = PATCH_REPLACE,
        .choices = "0.5|1.6|6.1|13.5|28.4|58.2|118|237"},
    {.path = "/clientCertificateId", .ops = PATCH_REPLACE},
    {.path = "/tracingEnabled", .ops = PATCH_REPLACE, .kind = PATCH_BOOL},
    {.path = "/documentationVersion", .ops = PATCH_REPLACE},
    {.path = "/variables/{}", .ops = PATCH_ALL},
    {.path = "/variables", .ops = PATCH_COPY, .run = copy_variables},
    {.path = "/accessLogSettings/destinationArn", .ops = PATCH_REPLACE | PATCH_ADD},
    {.path = "/accessLogSettings/format", .ops = PATCH_REPLACE | PATCH_ADD},
    {.path = "/accessLogSettings/{}", .ops = PATCH_ALL, .run = fail_access_log},
    {.path = "/accessLogSettings", .ops = PATCH_REMOVE, .run = remove_access_log},
    {.path = "/canarySettings/percentTraffic", .ops = PATCH_REPLACE, .kind = PATCH_DOUBLE},
    {.path = "/canarySettings/deploymentId",
        .ops = PATCH_REPLACE | PATCH_ADD,
        .run = set_canary_deployment},
    {.path = "/canarySettings/useStageCache", .ops = PATCH_REPLACE, .kind = PATCH_BOOL},
    {.path = "/canarySettings/stageVariableOverrides/{}", .ops = PATCH_ALL},
    {.path = "/canarySettings", .ops = PATCH_REMOVE, .run = remove_canary},
    {.path = "/{}/{}/{}/{}",
        .ops = PATCH_REPLACE | PATCH_ADD,
        .run = control_rest_set_method_setting},
    {.path = "/{}/{}", .ops = PATCH_REMOVE, .run = control_rest_remove_method_settings},
};

enum { PATCHES = sizeof patch_table / sizeof *patch_table };

static bool check_deployment(struct control *call, struct text api, struct text id)
{
    return gateway_store_find(call->store, GATEWAY_DEPLOYMENT, api, id) ||
           control_fail(call, CONTROL_BAD_REQUEST, "Deployment id does not exist");
}

static bool set_deployment(struct control *call, struct json *document,
    const struct patch_step *step)
{
    draft_set(&call->draft, document, "deploymentId", draft_text(&call->draft, step->value));
    return check_deployment(call, call->parameter[0], step->value);
}

static bool check_promotion(struct control *call, const struct json *document,
    const struct patch_step *step, const char *from)
{
    if (!text_is(step->from, from))
        return control_fail(call, CONTROL_BAD_REQUEST, "Invalid patch path %.*s",
            (int)step->from.length, step->from.data ? step->from.data : "");
    return json_member(document, "canarySettings") ||
           control_fail(call, CONTROL_BAD_REQUEST,
               "Promotion not available. Canary does not exist.");
}

static bool copy_deployment(struct control *call, struct json *document,
    const struct patch_step *step)
{
    const struct json *id;

    if (!check_promotion(call, document, step, "/canarySettings/deploymentId"))
        return false;
    id = json_at(document, "canarySettings.deploymentId");
    if (id)
        draft_set(&call->draft, document, "deploymentId", draft_copy(&call->draft, id));
    return true;
}

static bool copy_variables(struct control *call, struct json *document,
    const struct patch_step *step)
{
    const struct json *overrides;
    struct json *variables;

    if (!check_promotion(call, document, step, "/canarySettings/stageVariableOverrides"))
        return false;
    overrides = json_at(document, "canarySettings.stageVariableOverrides");
    variables = overrides ? draft_child(&call->draft, document, "variables") : NULL;
    for (const struct json *one = variables ? overrides->first : NULL; one; one = one->next)
        draft_set_text(&call->draft, variables, one->name, draft_copy(&call->draft, one));
    return true;
}

static bool set_canary_deployment(struct control *call, struct json *document,
    const struct patch_step *step)
{
    if (step->op == PATCH_ADD)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid add operation with path: /canarySettings/deploymentId");
    draft_set(&call->draft, draft_child(&call->draft, document, "canarySettings"), "deploymentId",
        draft_text(&call->draft, step->value));
    return check_deployment(call, call->parameter[0], step->value);
}

static bool remove_canary(struct control *call, struct json *document,
    const struct patch_step *step)
{
    (void)call;
    (void)step;
    draft_remove(document, TEXT("canarySettings"));
    return true;
}

static bool remove_access_log(struct control *call, struct json *document,
    const struct patch_step *step)
{
    (void)call;
    (void)step;
    draft_remove(document, TEXT("accessLogSettings"));
    return true;
}

static bool fail_access_log(struct control *call, struct json *document,
    const struct patch_step *step)
{
    (void)document;
    (void)step;
    return control_fail(call, CONTROL_BAD_REQUEST,
        "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, "
        "/accessLogSettings/format]");
}

static bool check_access_log(struct control *call, const struct json *settings)
{
    for (const struct json *one = settings ? settings->first : NULL; one; one = one->next)
        if (one->text.length == 0)
            return control_fail(call, CONTROL_BAD_REQUEST, "Access Log value must not be empty");
    return true;
}

static bool check_canary(struct control *call, const struct json *canary)
{
    double percent = json_double_member(canary, "percentTraffic", 0);

    if (percent < 0 || percent > 100)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Canary percent traffic must be between 0.0 and 100.0");
    return control_check_variables(call, json_member(canary, "stageVariableOverrides"));
}

bool control_rest_check_stage(struct control *call, struct text api, const struct json *document)
{
    return check_deployment(call, api, json_string_member(document, "deploymentId")) &&
           control_check_variables(call, json_member(document, "variables")) &&
           check_access_log(call, json_member(document, "accessLogSettings")) &&
           check_canary(call, json_member(document, "canarySettings"));
}

bool control_rest_make_stage(struct control *call, const struct record *api, struct json *settings)
{
    struct text name = json_string_member(settings, "stageName");
    struct draft *draft = &call->draft;
    bool cached = json_bool_member(settings, "cacheClusterEnabled", false);
    struct json *canary = draft_member(settings, "canarySettings");

    if (!control_check_stage_name(call, name))
        return false;
    if (gateway_store_find(call->store, GATEWAY_STAGE, api->id, name))
        return control_fail(call, CONTROL_CONFLICT, "Stage already exists");
    if (gateway_store_count(call->store, GATEWAY_STAGE, api->id) >= CONTROL_STAGES)
        return control_fail(call, CONTROL_LIMIT,
            "Maximum number of stages for this API has been reached (%d)", CONTROL_STAGES);
    draft_set(draft, settings, "cacheClusterEnabled", draft_bool(draft, cached));
    draft_set(draft, settings, "cacheClusterStatus",
        draft_string(draft, cached ? "AVAILABLE" : "NOT_AVAILABLE"));
    draft_set(draft, settings, "methodSettings", draft_object(draft));
    if (!draft_member(settings, "tracingEnabled"))
        draft_set(draft, settings, "tracingEnabled", draft_bool(draft, false));
    if (canary && !draft_member(canary, "deploymentId"))
        draft_set(draft, canary, "deploymentId",
            draft_copy(draft, json_member(settings, "deploymentId")));
    draft_set(draft, settings, "createdDate", control_now(call));
    draft_set(draft, settings, "lastUpdatedDate", control_now(call));
    return control_rest_check_stage(call, api->id, settings) &&
           control_create(call, GATEWAY_STAGE, api->id, name, settings);
}

bool control_rest_create_stage(struct control *call)
{
    const struct record *api = control_find_rest(call);
    struct json *document = draft_object(&call->draft);

    if (!api ||
        !control_take(call, call->body, NULL, create_table,
            sizeof create_table / sizeof *create_table, document) ||
        !control_rest_make_stage(call, api, document))
        return false;
    control_answer(call, document);
    return true;
}

static const struct record *find_stage(struct control *call)
{
    const struct record *api = control_find_rest(call);
    const struct record *stage =
        api ? gateway_store_find(call->store, GATEWAY_STAGE, api->id, call->parameter[1]) : NULL;

    if (api && !stage)
        control_fail(call, CONTROL_NOT_FOUND, "Invalid stage identifier specified");
    return stage;
}

static void set_definition(struct control *call, const struct record *stage)
{
    const struct record *api = gateway_store_find(call->store, GATEWAY_REST, TEXT(""), stage->api);
    struct text deployment = json_string_member(stage->tree, "deploymentId");

    if (api)
        call->definition = fingerprint_header(call->gateway, api, &deployment, call->arena);
}

/* GetStages is not paged; it filters by deployment. */
bool control_rest_get_stages(struct control *call)
{
    const struct record *api = control_find_rest(call), *stage;
    struct text wanted = control_query(call, "deploymentId");
    struct json_writer writer;

    if (!api)
        return false;
    json_writer_init(&writer, &call->out);
    json_begin_object(&writer);
    json_name(&writer, "item");
    json_begin_array(&writer);
    for (int64_t at = 0;
         (stage = gateway_store_next(call->store, GATEWAY_STAGE, api->id, at)) != NULL;) {
        at = stage->sequence;
        if (wanted.length == 0 ||
            text_equal(json_string_member(stage->tree, "deploymentId"), wanted))
            json_raw(&writer, stage->json);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    return true;
}

bool control_rest_get_stage(struct control *call)
{
    const struct record *stage = find_stage(call);

    if (!stage)
        return false;
    set_definition(call, stage);
    buf_add_text(&call->out, stage->json);
    return true;
}

bool control_rest_update_stage(struct control *call)
{
    const struct record *stage = find_stage(call);
    struct json *document = stage ? control_edit(call, stage) : NULL;

    if (!document || !control_patch(call, patch_table, PATCHES, document) ||
        !control_rest_check_stage(call, stage->api, document))
        return false;
    draft_set(&call->draft, document, "cacheClusterStatus",
        draft_string(&call->draft, json_bool_member(document, "cacheClusterEnabled", false)
                                       ? "AVAILABLE"
                                       : "NOT_AVAILABLE"));
    draft_set(&call->draft, document, "lastUpdatedDate", control_now(call));
    control_answer(call, document);
    return control_save(call, stage, document);
}

bool control_rest_delete_stage(struct control *call)
{
    const struct record *stage = find_stage(call);

    return stage && control_delete(call, GATEWAY_STAGE, stage->api, stage->id);
}

/* Answers are never kept here, so there is nothing to forget. */
bool control_rest_flush_cache(struct control *call)
{
    return find_stage(call) != NULL;
}
