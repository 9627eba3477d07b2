#include "endpoint/gateway/control_stages.h"

#include "endpoint/gateway/snapshot.h"

static bool is_name(struct text text, const char *more)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        for (const char *at = more; !good && *at; at++)
            good = c == *at;
        if (!good)
            return false;
    }
    return true;
}

bool control_check_stage_name(struct control *call, struct text name)
{
    if (call->is_http && text_is(name, "$default"))
        return true;
    if (name.length == 0 || name.length > 128 || !is_name(name, "_-"))
        return control_fail(call, CONTROL_BAD_REQUEST, "Stage name only allows a-zA-Z0-9_-");
    return true;
}

bool control_check_variables(struct control *call, const struct json *variables)
{
    if (!variables)
        return true;
    if (variables->count > CONTROL_VARIABLES)
        return control_fail(call, CONTROL_LIMIT,
            "Maximum number of stage variables has been reached (%d)", CONTROL_VARIABLES);
    for (const struct json *one = variables->first; one; one = one->next) {
        if (one->name.length == 0 || one->name.length > CONTROL_VARIABLE_NAME ||
            !is_name(one->name, "_"))
            return control_fail(call, CONTROL_BAD_REQUEST,
                "Stage variable name %.*s must be 1 to 64 characters of a-zA-Z0-9_",
                (int)one->name.length, one->name.data);
        if (one->text.length > CONTROL_VARIABLE_VALUE || !is_name(one->text, "-._~:/?#&=, "))
            return control_fail(call, CONTROL_BAD_REQUEST,
                "Stage variable value of %.*s must be up to 512 characters of a-zA-Z0-9-._~:/?#&=,",
                (int)one->name.length, one->name.data);
    }
    return true;
}

const struct record *control_stage_of(struct control *call, struct text api, struct text deployment)
{
    const struct record *stage;

    for (int64_t at = 0;
         (stage = gateway_store_next(call->store, GATEWAY_STAGE, api, at)) != NULL;) {
        at = stage->sequence;
        if (text_equal(json_string_member(stage->tree, "deploymentId"), deployment) ||
            text_equal(json_string_member(json_member(stage->tree, "canarySettings"),
                           "deploymentId"),
                deployment))
            return stage;
    }
    return NULL;
}

static bool drop_old(struct control *call, struct text api)
{
    size_t count = gateway_store_count(call->store, GATEWAY_DEPLOYMENT, api);
    const struct record *record;
    struct error err;

    for (int64_t at = 0;
         count > CONTROL_DEPLOYMENTS &&
         (record = gateway_store_next(call->store, GATEWAY_DEPLOYMENT, api, at)) != NULL;) {
        at = record->sequence;
        if (control_stage_of(call, api, record->id))
            continue;
        if (gateway_store_remove_snapshot(call->store, api, record->id, &err))
            return control_fail(call, CONTROL_INTERNAL, "%s", err.text);
        if (!control_delete(call, GATEWAY_DEPLOYMENT, api, record->id))
            return false;
        count--;
    }
    return true;
}

struct text control_deploy(struct control *call, const struct record *api, struct json *document,
    const char *id_name)
{
    struct text none = {NULL, 0};
    struct text id = control_new_id(call, GATEWAY_DEPLOYMENT, api->id, 6);
    struct snapshot snapshot;
    struct error err;

    draft_set(&call->draft, document, id_name, draft_text(&call->draft, id));
    draft_set(&call->draft, document, "createdDate", control_now(call));
    if (call->draft.failed ||
        snapshot_make(call->store, api, call->arena, &snapshot, &err) != ERROR_NONE) {
        control_fail(call, CONTROL_INTERNAL, "out of memory");
        return none;
    }
    if (gateway_store_put_snapshot(call->store, api->id, id, snapshot.json, snapshot.hash, &err)) {
        control_fail(call, CONTROL_INTERNAL, "%s", err.text);
        return none;
    }
    if (!control_create(call, GATEWAY_DEPLOYMENT, api->id, id, document))
        return none;
    return drop_old(call, api->id) ? id : none;
}

/* One deployment serves all stages that deploy by themselves. */
bool control_deploy_changed(struct control *call)
{
    struct text api = call->changed, id = {NULL, 0};
    const struct record *record, *stage;

    record = api.data ? gateway_store_find(call->store, GATEWAY_HTTP, TEXT(""), api) : NULL;
    if (!record)
        return true;
    for (int64_t at = 0;
         (stage = gateway_store_next(call->store, GATEWAY_STAGE, api, at)) != NULL;) {
        struct json *document;
        const char *message;

        at = stage->sequence;
        if (!json_bool_member(stage->tree, "autoDeploy", false))
            continue;
        if (!id.data) {
            document = draft_object(&call->draft);
            draft_set(&call->draft, document, "autoDeployed", draft_bool(&call->draft, true));
            draft_set(&call->draft, document, "deploymentStatus",
                draft_string(&call->draft, "DEPLOYED"));
            draft_set(&call->draft, document, "description",
                draft_string(&call->draft,
                    "Automatic deployment triggered by changes to the Api configuration"));
            id = control_deploy(call, record, document, "deploymentId");
            if (!id.data)
                return false;
        }
        document = control_edit(call, stage);
        draft_set(&call->draft, document, "deploymentId", draft_text(&call->draft, id));
        draft_set(&call->draft, document, "lastUpdatedDate", control_now(call));
        message = arena_format(call->arena, "Successfully deployed stage with deployment ID '%.*s'",
            (int)id.length, id.data);
        draft_set(&call->draft, document, "lastDeploymentStatusMessage",
            draft_string(&call->draft, message));
        if (!message || !document || !control_save(call, stage, document))
            return false;
    }
    return true;
}

bool control_delete_deployment(struct control *call, const struct record *deployment)
{
    struct error err;

    if (control_stage_of(call, deployment->api, deployment->id))
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Active stages pointing to this deployment must be moved or deleted");
    if (gateway_store_remove_snapshot(call->store, deployment->api, deployment->id, &err))
        return control_fail(call, CONTROL_INTERNAL, "%s", err.text);
    return control_delete(call, GATEWAY_DEPLOYMENT, deployment->api, deployment->id);
}
