#include "endpoint/gateway/control_http.h"
#include "endpoint/gateway/control_stages.h"
#include "endpoint/gateway/fingerprint.h"

static const struct control_member stage_table[] = {
    {"stageName", CONTROL_TEXT, NULL, false},
    {"accessLogSettings", CONTROL_OBJECT, NULL, false},
    {"autoDeploy", CONTROL_BOOL, NULL, false},
    {"clientCertificateId", CONTROL_TEXT, NULL, false},
    {"defaultRouteSettings", CONTROL_OBJECT, NULL, false},
    {"deploymentId", CONTROL_TEXT, NULL, false},
    {"description", CONTROL_TEXT, NULL, false},
    {"routeSettings", CONTROL_OBJECT, NULL, false},
    {"stageVariables", CONTROL_TEXT_MAP, NULL, false},
    {"tags", CONTROL_TEXT_MAP, NULL, false},
};

static const struct control_member settings_table[] = {
    {"dataTraceEnabled", CONTROL_BOOL, NULL, false},
    {"detailedMetricsEnabled", CONTROL_BOOL, NULL, false},
    {"loggingLevel", CONTROL_TEXT, "ERROR|INFO|OFF", false},
    {"throttlingBurstLimit", CONTROL_INTEGER, NULL, false},
    {"throttlingRateLimit", CONTROL_DOUBLE, NULL, false},
};

static const struct control_member deployment_table[] = {
    {"description", CONTROL_TEXT, NULL, false},
};

enum { MEMBERS = sizeof stage_table / sizeof *stage_table };

static bool check_settings(struct control *call, const struct json *settings)
{
    struct json *taken = draft_object(&call->draft);

    if (!settings)
        return true;
    if (settings->kind != JSON_OBJECT)
        return control_fail(call, CONTROL_BAD_REQUEST, "Route settings must be an object");
    for (const struct json *one = settings->first; one; one = one->next) {
        bool known = false;

        for (size_t i = 0; i < sizeof settings_table / sizeof *settings_table; i++)
            known = known || text_is(one->name, settings_table[i].name);
        if (!known)
            return control_fail(call, CONTROL_BAD_REQUEST, "Unknown route setting %.*s",
                (int)one->name.length, one->name.data);
    }
    return control_take(call, settings, "routeSettings", settings_table,
        sizeof settings_table / sizeof *settings_table, taken);
}

/* Settings are kept by route key; the route must be there. */
static bool check_route_settings(struct control *call, struct text api, const struct json *map)
{
    for (const struct json *one = map ? map->first : NULL; one; one = one->next) {
        const struct record *route;
        bool found = false;

        for (int64_t at = 0;
             !found && (route = gateway_store_next(call->store, GATEWAY_ROUTE, api, at)) != NULL;) {
            at = route->sequence;
            found = text_equal(json_string_member(route->tree, "routeKey"), one->name);
        }
        if (!found)
            return control_fail(call, CONTROL_NOT_FOUND,
                "Unable to find Route by key %.*s within the provided RouteSettings",
                (int)one->name.length, one->name.data);
        if (!check_settings(call, one))
            return false;
    }
    return true;
}

static bool check_stage(struct control *call, struct text api, const struct json *stage)
{
    struct text deployment = json_string_member(stage, "deploymentId");

    if (deployment.length > 0 &&
        !gateway_store_find(call->store, GATEWAY_DEPLOYMENT, api, deployment))
        return control_fail(call, CONTROL_NOT_FOUND, "Unable to find Deployment by identifier %.*s",
            (int)deployment.length, deployment.data);
    return control_check_variables(call, json_member(stage, "stageVariables")) &&
           check_settings(call, json_member(stage, "defaultRouteSettings")) &&
           check_route_settings(call, api, json_member(stage, "routeSettings"));
}

bool control_http_put_stage(struct control *call, struct text api, struct json *stage)
{
    struct text name = json_string_member(stage, "stageName");
    struct draft *draft = &call->draft;

    if (!control_check_stage_name(call, name))
        return false;
    if (gateway_store_find(call->store, GATEWAY_STAGE, api, name))
        return control_fail(call, CONTROL_CONFLICT, "Stage %.*s already exists for this API",
            (int)name.length, name.data);
    if (gateway_store_count(call->store, GATEWAY_STAGE, api) >= CONTROL_STAGES)
        return control_fail(call, CONTROL_LIMIT,
            "Maximum number of stages for this API has been reached (%d)", CONTROL_STAGES);
    if (!draft_member(stage, "autoDeploy"))
        draft_set(draft, stage, "autoDeploy", draft_bool(draft, false));
    if (!draft_member(stage, "defaultRouteSettings"))
        draft_set(draft, stage, "defaultRouteSettings",
            draft_parse(draft, TEXT("{\"detailedMetricsEnabled\":false}")));
    if (!draft_member(stage, "routeSettings"))
        draft_set(draft, stage, "routeSettings", draft_object(draft));
    if (!draft_member(stage, "stageVariables"))
        draft_set(draft, stage, "stageVariables", draft_object(draft));
    draft_set(draft, stage, "createdDate", control_now(call));
    draft_set(draft, stage, "lastUpdatedDate", control_now(call));
    if (json_bool_member(stage, "autoDeploy", false))
        call->changed = api;
    return check_stage(call, api, stage) && control_create(call, GATEWAY_STAGE, api, name, stage);
}

bool control_http_create_stage(struct control *call)
{
    const struct record *api = control_find_http(call);
    struct json *stage = draft_object(&call->draft);

    if (!api || !control_take(call, call->body, NULL, stage_table, MEMBERS, stage) ||
        !control_http_put_stage(call, api->id, stage))
        return false;
    call->result =
        (struct control_result){GATEWAY_STAGE, api->id, json_string_member(stage, "stageName")};
    return true;
}

bool control_http_get_stages(struct control *call)
{
    const struct record *api = control_find_http(call);

    return api && control_list(call, GATEWAY_STAGE, api->id, NULL);
}

static const struct record *find_stage(struct control *call)
{
    const struct record *api = control_find_http(call);
    struct text name = call->parameter[1];
    const struct record *stage =
        api ? gateway_store_find(call->store, GATEWAY_STAGE, api->id, name) : NULL;

    if (api && !stage)
        control_fail(call, CONTROL_NOT_FOUND, "Unable to find Stage by name %.*s", (int)name.length,
            name.data);
    return stage;
}

bool control_http_get_stage(struct control *call)
{
    const struct record *stage = find_stage(call);
    const struct record *api = stage ? control_find_http(call) : NULL;
    struct text deployment;

    if (!api)
        return false;
    deployment = json_string_member(stage->tree, "deploymentId");
    call->definition = fingerprint_header(call->gateway, api,
        deployment.data ? &deployment : &TEXT(""), call->arena);
    buf_add_text(&call->out, stage->json);
    return true;
}

bool control_http_update_stage(struct control *call)
{
    const struct record *stage = find_stage(call);
    struct json *document = stage ? control_edit(call, stage) : NULL;
    bool before;

    if (!document)
        return false;
    before = json_bool_member(document, "autoDeploy", false);
    if (json_string_member(call->body, "deploymentId").length > 0 &&
        json_bool_member(call->body, "autoDeploy", before))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Deployment ID cannot be set manually because autodeploy is enabled for the stage");
    /* The name is in the path. */
    if (!control_http_merge(call, stage_table + 1, MEMBERS - 1, document) ||
        !check_stage(call, stage->api, document))
        return false;
    draft_set(&call->draft, document, "lastUpdatedDate", control_now(call));
    if (!before && json_bool_member(document, "autoDeploy", false))
        call->changed = stage->api;
    call->result = (struct control_result){GATEWAY_STAGE, stage->api, stage->id};
    return control_save(call, stage, document);
}

bool control_http_delete_stage(struct control *call)
{
    const struct record *stage = find_stage(call);

    return stage && control_delete(call, GATEWAY_STAGE, stage->api, stage->id);
}

static bool remove_member(struct control *call, const char *name, struct text key)
{
    const struct record *stage = find_stage(call);
    struct json *document = stage ? control_edit(call, stage) : NULL;

    if (!document)
        return false;
    if (key.data)
        draft_remove(draft_member(document, name), key);
    else
        draft_remove(document, text_of(name));
    draft_set(&call->draft, document, "lastUpdatedDate", control_now(call));
    return control_save(call, stage, document);
}

bool control_http_delete_access_log(struct control *call)
{
    return remove_member(call, "accessLogSettings", (struct text){NULL, 0});
}

bool control_http_delete_route_settings(struct control *call)
{
    return remove_member(call, "routeSettings", call->parameter[2]);
}

bool control_http_create_deployment(struct control *call)
{
    const struct record *api = control_find_http(call), *stage = NULL;
    struct text name = json_string_member(call->body, "stageName"), id;
    struct json *document = draft_object(&call->draft), *target;

    if (!api || !control_take(call, call->body, NULL, deployment_table, 1, document))
        return false;
    if (name.length > 0) {
        stage = gateway_store_find(call->store, GATEWAY_STAGE, api->id, name);
        if (!stage)
            return control_fail(call, CONTROL_NOT_FOUND, "Unable to find Stage by name %.*s",
                (int)name.length, name.data);
        if (json_bool_member(stage->tree, "autoDeploy", false))
            return control_fail(call, CONTROL_BAD_REQUEST,
                "Deployment cannot be made for stage %.*s because autodeploy is enabled for it",
                (int)name.length, name.data);
    }
    if (gateway_store_count(call->store, GATEWAY_ROUTE, api->id) == 0)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "At least one route is required before deploying the Api.");
    draft_set(&call->draft, document, "autoDeployed", draft_bool(&call->draft, false));
    draft_set(&call->draft, document, "deploymentStatus", draft_string(&call->draft, "DEPLOYED"));
    id = control_deploy(call, api, document, "deploymentId");
    if (!id.data)
        return false;
    control_answer(call, document);
    if (!stage)
        return true;
    target = control_edit(call, stage);
    draft_set(&call->draft, target, "deploymentId", draft_text(&call->draft, id));
    draft_set(&call->draft, target, "lastUpdatedDate", control_now(call));
    return target && control_save(call, stage, target);
}

bool control_http_get_deployments(struct control *call)
{
    const struct record *api = control_find_http(call);

    return api && control_list(call, GATEWAY_DEPLOYMENT, api->id, NULL);
}

static const struct record *find_deployment(struct control *call)
{
    const struct record *api = control_find_http(call);
    struct text id = call->parameter[1];
    const struct record *deployment =
        api ? gateway_store_find(call->store, GATEWAY_DEPLOYMENT, api->id, id) : NULL;

    if (api && !deployment)
        control_fail(call, CONTROL_NOT_FOUND, "Unable to find Deployment by identifier %.*s",
            (int)id.length, id.data);
    return deployment;
}

bool control_http_get_deployment(struct control *call)
{
    const struct record *deployment = find_deployment(call);
    const struct record *api = deployment ? control_find_http(call) : NULL;

    if (!api)
        return false;
    call->definition = fingerprint_header(call->gateway, api, &deployment->id, call->arena);
    buf_add_text(&call->out, deployment->json);
    return true;
}

bool control_http_update_deployment(struct control *call)
{
    const struct record *deployment = find_deployment(call);
    struct json *document = deployment ? control_edit(call, deployment) : NULL;

    if (!document || !control_http_merge(call, deployment_table, 1, document))
        return false;
    control_answer(call, document);
    return control_save(call, deployment, document);
}

bool control_http_delete_deployment(struct control *call)
{
    const struct record *deployment = find_deployment(call);

    return deployment && control_delete_deployment(call, deployment);
}
