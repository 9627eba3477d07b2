#include "base/clock.h"
#include "console/gateway_call.h"
#include "console/gateway_keep.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/listing.h"
#include "console/plan.h"
#include "console/statement.h"

#include <string.h>

/* SHOW STAGES, SHOW DEPLOYMENTS, DEPLOY (language.md 3.4, 3.8). */

struct deploy_node {
    struct api_ref scope;
    struct text stage, comment;
    bool force;
};

struct deploy_plan {
    struct gateway_api *api;
    struct gateway_steps steps;
    bool unchanged; /* the stage already has what would be deployed */
};

static struct deploy_node *new_node(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct deploy_node *node = arena_alloc(lexer->arena, 1, sizeof *node);

    if (!node)
        arena_failed(lexer->arena, err);
    tree->node = node;
    return node;
}

static bool parse_show(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct deploy_node *node = new_node(lexer, tree, err);

    return node && parse_scope(lexer, &node->scope, err);
}

/* v1 says restApiId, v2 apiId. */
static char *api_member(struct arena *arena, const struct gateway_api *api)
{
    return arena_format(arena, "\"%s\":%s", api->kind == 'R' ? "restApiId" : "apiId",
        gateway_quoted(arena, api->id));
}

static enum error_code plan_listing(struct job *job, const struct tree *tree, struct plan *plan,
    const char *operation, const char *what, struct error *err)
{
    struct deploy_node *node = tree->node;
    struct text stage;
    struct gateway_api *api = gateway_find(job, &node->scope, &plan->link, &stage, err);
    char *member = api ? api_member(plan->arena, api) : NULL;
    char *input = member ? arena_format(plan->arena, "{%s}", member) : NULL;

    if (!api)
        return err->code;
    if (!input)
        return arena_failed(plan->arena, err);
    plan->detail = api;
    plan_add(plan, PLAN_PLAN, "list the %s of %s API %.*s", what, gateway_kind_name(api->kind),
        (int)api->name.length, api->name.data);
    plan_add_call(plan, api->service, operation, "1 or more", NULL, text_of(input));
    return ERROR_NONE;
}

static enum error_code plan_stages(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    return plan_listing(job, tree, plan, "GetStages", "stages", err);
}

enum { STAGE_NAME, STAGE_DEPLOYMENT, STAGE_CREATED, STAGE_AUTO, STAGE_UNDEPLOYED, STAGE_COLUMNS };
static const char *const stage_column_table[STAGE_COLUMNS] = {"name", "deployment", "created",
    "autodeploy", "undeployed"};

/* v1 sends epoch seconds, v2 ISO 8601. */
static struct text date_member(struct arena *arena, const struct json *json, const char *name)
{
    const struct json *member = json_member(json, name);
    struct text out;
    struct buf text;

    if (!member || member->kind == JSON_STRING)
        return member ? member->text : (struct text){0};
    buf_init(&text, 64);
    clock_add_iso(&text, (uint64_t)json_double_member(json, name, 0) * CLOCK_SECOND, false);
    out = arena_text(arena, buf_view(&text));
    buf_done(&text);
    return out;
}

static enum error_code run_stages(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct gateway_api *api = plan->detail;
    struct listing listing;

    (void)tree;
    if (gateway_read_stages(job, plan->link, api, err) ||
        listing_begin(&listing, job,
            arena_format(job->arena, "stages of %.*s", (int)api->name.length, api->name.data),
            stage_column_table, STAGE_COLUMNS, err))
        return err->code;
    for (size_t i = 0; i < api->stage_count; i++) {
        const struct gateway_stage *stage = &api->stage[i];

        listing_text(&listing, STAGE_NAME, stage->name);
        listing_text(&listing, STAGE_DEPLOYMENT, stage->deployment_id);
        listing_text(&listing, STAGE_CREATED, date_member(job->arena, stage->json, "createdDate"));
        if (api->kind != 'R')
            listing_bool(&listing, STAGE_AUTO, stage->auto_deploy);
        if (stage->working[0])
            listing_bool(&listing, STAGE_UNDEPLOYED, strcmp(stage->working, stage->deployed) != 0);
        if (listing_row(&listing, err))
            return err->code;
    }
    return listing_end(&listing, err);
}

static enum error_code plan_deployments(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    return plan_listing(job, tree, plan, "GetDeployments", "deployments", err);
}

enum { DEPLOYMENT_ID, DEPLOYMENT_CREATED, DEPLOYMENT_STAGES, DEPLOYMENT_ABOUT, DEPLOYMENT_COLUMNS };
static const char *const deployment_column_table[DEPLOYMENT_COLUMNS] = {"id", "created", "stages",
    "description"};

struct deployment_rows {
    struct job *job;
    const struct gateway_api *api;
    struct listing listing;
    struct error *err;
};

static bool add_deployment(void *user, const struct json *json)
{
    struct deployment_rows *rows = user;
    const struct gateway_api *api = rows->api;
    struct text id = json_string_member(json, api->kind == 'R' ? "id" : "deploymentId");
    struct buf stages;

    buf_init(&stages, 4096);
    for (size_t i = 0; i < api->stage_count; i++)
        if (text_equal(api->stage[i].deployment_id, id))
            buf_add_format(&stages, "%s%.*s", stages.length ? ", " : "",
                (int)api->stage[i].name.length, api->stage[i].name.data);
    listing_text(&rows->listing, DEPLOYMENT_ID, id);
    listing_text(&rows->listing, DEPLOYMENT_CREATED,
        date_member(rows->job->arena, json, "createdDate"));
    listing_text(&rows->listing, DEPLOYMENT_STAGES,
        arena_text(rows->job->arena, buf_view(&stages)));
    listing_text(&rows->listing, DEPLOYMENT_ABOUT, json_string_member(json, "description"));
    buf_done(&stages);
    return listing_row(&rows->listing, rows->err) == ERROR_NONE;
}

static enum error_code run_deployments(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct gateway_api *api = plan->detail;
    struct error row_error = {0};
    struct deployment_rows rows = {.job = job, .api = api, .err = &row_error};
    char *member = api_member(job->arena, api);
    enum error_code code = gateway_read_stages(job, plan->link, api, err);

    (void)tree;
    if (!member)
        return arena_failed(job->arena, err);
    if (code == ERROR_NONE)
        code = listing_begin(&rows.listing, job,
            arena_format(job->arena, "deployments of %.*s", (int)api->name.length, api->name.data),
            deployment_column_table, DEPLOYMENT_COLUMNS, err);
    if (code == ERROR_NONE)
        code = gateway_list(job, plan->link, api->service, "GetDeployments", member,
            api->kind == 'R' ? "item" : "items", add_deployment, &rows, err);
    if (row_error.code) {
        *err = row_error;
        return err->code;
    }
    return code ? code : listing_end(&rows.listing, err);
}

static bool parse_deploy(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct deploy_node *node = new_node(lexer, tree, err);

    if (!node)
        return false;
    if (!parse_at_word(lexer, "TO") && !parse_api_stage(lexer, &node->scope, err))
        return false;
    if (!parse_need_word(lexer, "TO", err) || !parse_name(lexer, "a stage", &node->stage, err))
        return false;
    for (;;) {
        if (parse_word(lexer, "COMMENT")) {
            if (!parse_string(lexer, "a comment", &node->comment, err))
                return false;
        } else if (parse_word(lexer, "FORCE"))
            node->force = true;
        else
            return true;
    }
}

static struct gateway_stage *stage_named(struct gateway_api *api, struct text name)
{
    struct error absent;

    return gateway_find_stage(api, name, &absent);
}

/* The description carries the fingerprint of what is deployed (language.md G17). */
static char *description(struct arena *arena, const struct deploy_node *node,
    const struct gateway_stage *stage)
{
    char *text;

    if (stage && stage->working[0])
        text = arena_format(arena, "%.*s%s[gatehouse:%s]", (int)node->comment.length,
            node->comment.data, node->comment.length ? " " : "", stage->working);
    else
        text = arena_string(arena, node->comment.data ? node->comment : TEXT(""));
    return text && *text
               ? arena_format(arena, ",\"description\":%s", gateway_quoted(arena, text_of(text)))
               : arena_string(arena, TEXT(""));
}

/* v2 does not make the stage it deploys to; it goes again when the deployment fails. */
static bool add_stage(struct gateway_steps *steps, const struct gateway_api *api,
    const char *member, const char *name)
{
    struct gateway_step *step = gateway_add_step(steps, api->service, "CreateStage", "at once",
        "{%s,\"stageName\":%s}", member, name);

    if (!step)
        return false;
    step->undo_operation = "DeleteStage";
    step->undo_input = step->input;
    return true;
}

static enum error_code plan_deploy(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct deploy_node *node = tree->node;
    struct deploy_plan *detail = arena_alloc(plan->arena, 1, sizeof *detail);
    struct text ignored;
    struct gateway_api *api = gateway_find(job, &node->scope, &plan->link, &ignored, err);
    struct gateway_stage *stage;
    struct arena *arena = plan->arena;
    const char *quoted, *about, *member;

    if (!api)
        return err->code;
    if (!detail)
        return arena_failed(arena, err);
    if (gateway_read_stages(job, plan->link, api, err))
        return err->code;
    gateway_steps_init(&detail->steps, arena);
    detail->api = api;
    plan->detail = detail;
    stage = stage_named(api, node->stage);
    if (stage && stage->auto_deploy)
        return error_set(err, ERROR_INVALID, "stage %.*s deploys itself at every change",
            (int)node->stage.length, node->stage.data);
    quoted = gateway_quoted(arena, node->stage);
    about = description(arena, node, stage);
    member = api_member(arena, api);
    if (!about || !member)
        return arena_failed(arena, err);
    detail->unchanged =
        stage && stage->working[0] && !node->force && strcmp(stage->working, stage->deployed) == 0;
    if (detail->unchanged) {
        plan_add(plan, PLAN_PLAN, "nothing: %.*s has no changes since its last deployment",
            (int)node->stage.length, node->stage.data);
        return ERROR_NONE;
    }
    if (!stage && api->kind != 'R' && !add_stage(&detail->steps, api, member, quoted))
        return arena_failed(arena, err);
    if (!gateway_add_step(&detail->steps, api->service, "CreateDeployment", "at once",
            "{%s,\"stageName\":%s%s}", member, quoted, about))
        return arena_failed(arena, err);
    detail->steps.step[detail->steps.count - 1].result = api->kind == 'R' ? "id" : "deploymentId";
    plan->risk = RISK_MANY;
    plan->risk_kind = "stage";
    plan->risk_name = arena_format(arena, "%.*s/%.*s", (int)api->name.length, api->name.data,
        (int)node->stage.length, node->stage.data);
    plan->question =
        arena_format(arena, "Deploy %.*s to %s %.*s?", (int)api->name.length, api->name.data,
            stage ? "stage" : "the new stage", (int)node->stage.length, node->stage.data);
    plan_add(plan, PLAN_PLAN, "deploy %s API %.*s to %s%.*s", gateway_kind_name(api->kind),
        (int)api->name.length, api->name.data, stage ? "stage " : "new stage ",
        (int)node->stage.length, node->stage.data);
    gateway_plan_steps(plan, &detail->steps);
    return ERROR_NONE;
}

static enum error_code run_deploy(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct deploy_node *node = tree->node;
    struct deploy_plan *detail = plan->detail;
    const struct gateway_step *last;
    struct gateway_object object = {.kind = GATEWAY_OBJECT_STAGE,
        .api = detail->api->id,
        .of = detail->api->name,
        .name = node->stage};
    struct gateway_keep keep;
    struct error ignored;
    enum error_code code;

    if (detail->unchanged) {
        job_note(job, REPORT_NOTE, "nothing to deploy: %.*s has no changes (FORCE deploys anyway)",
            (int)node->stage.length, node->stage.data);
        return ERROR_NONE;
    }
    gateway_keep_init(&keep, job, plan->link, tree->statement->name);
    gateway_keep_before(&keep, detail->api, &object);
    code = gateway_run_steps(job, plan->link, &detail->steps, err);
    if (code) {
        if (keep.count > 0 && !gateway_read_stages(job, plan->link, detail->api, &ignored))
            gateway_keep_after(&keep, detail->api);
        return code;
    }
    last = &detail->steps.step[detail->steps.count - 1];
    job_note(job, REPORT_FOOTER, "deployed %s, deployment %.*s", plan->risk_name,
        (int)last->answer.length, last->answer.data);
    code = gateway_read_stages(job, plan->link, detail->api, err);
    if (!code)
        gateway_keep_after(&keep, detail->api);
    return code;
}

const struct statement deploy_statement_table[] = {
    {
        .name = "SHOW STAGES",
        .syntax = "[OF api]",
        .summary = "List the stages of an API",
        .family = "Deployments",
        .flags = STATEMENT_READ,
        .example = (const char *const[]){"SHOW STAGES OF shop", NULL},
        .parse = parse_show,
        .plan = plan_stages,
        .run = run_stages,
    },
    {
        .name = "SHOW DEPLOYMENTS",
        .syntax = "[OF api]",
        .summary = "List the deployments of an API and the stages that serve them",
        .family = "Deployments",
        .flags = STATEMENT_READ,
        .example = (const char *const[]){"SHOW DEPLOYMENTS OF shop", NULL},
        .parse = parse_show,
        .plan = plan_deployments,
        .run = run_deployments,
    },
    {
        .name = "DEPLOY",
        .syntax = "[api] TO stage [COMMENT text] [FORCE]",
        .summary = "Publish the working definition of an API to a stage",
        .family = "Deployments",
        .flags = STATEMENT_WRITE,
        .example = (const char *const[]){"DEPLOY shop TO prod COMMENT 'pets v2'", NULL},
        .parse = parse_deploy,
        .plan = plan_deploy,
        .run = run_deploy,
    },
    {0},
};
