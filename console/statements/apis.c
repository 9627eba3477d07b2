#include "base/clock.h"
#include "console/gateway_call.h"
#include "console/gateway_keep.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/listing.h"
#include "console/plan.h"
#include "console/statement.h"

#include <string.h>

/* SHOW APIS, DESCRIBE API, CREATE API, DROP API (language.md 3.4, 3.8). */

struct api_node {
    struct api_ref api;
    struct text like, name, description;
    char kind; /* CREATE: 'R', 'H' */
    bool if_exists;
};

static struct api_node *new_node(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct api_node *node = arena_alloc(lexer->arena, 1, sizeof *node);

    if (!node)
        arena_failed(lexer->arena, err);
    tree->node = node;
    return node;
}

static bool parse_show(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct api_node *node = new_node(lexer, tree, err);

    if (!node)
        return false;
    return !parse_word(lexer, "LIKE") || parse_string(lexer, "a pattern", &node->like, err);
}

static enum error_code plan_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    plan->link = job_link(job, (struct text){0}, err);
    if (!plan->link)
        return err->code;
    plan_add(plan, PLAN_PLAN, "list the APIs of both kinds");
    plan_add_call(plan, &service_apigateway, "GetRestApis", "1 or more", NULL,
        TEXT("{\"limit\":\"500\"}"));
    plan_add_call(plan, &service_apigatewayv2, "GetApis", "1 or more", NULL, TEXT("{}"));
    return ERROR_NONE;
}

enum { API_NAME, API_ID, API_KIND, API_ENDPOINT, API_STAGES, API_CREATED, API_COLUMNS };
static const char *const api_column_table[API_COLUMNS] = {"name", "id", "kind", "endpoint",
    "stages", "created"};

static enum error_code list_apis(struct job *job, const struct api_node *node,
    const struct catalog_snapshot *snapshot, struct error *err)
{
    struct listing listing;
    enum error_code code = listing_begin(&listing, job, "APIs", api_column_table, API_COLUMNS, err);

    for (size_t i = 0; code == ERROR_NONE && i < snapshot->api_count; i++) {
        const struct catalog_api *api = snapshot->api[i];
        struct buf created;

        if (node->like.length && !text_matches_like(text_of(api->name), node->like))
            continue;
        buf_init(&created, 40);
        clock_add_iso(&created, api->created, false);
        listing_string(&listing, API_NAME, api->name);
        listing_string(&listing, API_ID, api->id);
        listing_string(&listing, API_KIND, gateway_kind_name(api->kind));
        listing_string(&listing, API_ENDPOINT, api->endpoint);
        if (api->stage)
            listing_integer(&listing, API_STAGES, (int64_t)api->stage_count);
        if (api->created)
            listing_text(&listing, API_CREATED, arena_text(job->arena, buf_view(&created)));
        buf_done(&created);
        code = listing_row(&listing, err);
    }
    return code ? code : listing_end(&listing, err);
}

static enum error_code run_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct catalog_snapshot *snapshot;
    enum error_code code = gateway_read_apis(job, plan->link, err);

    if (code)
        return code;
    snapshot = catalog_snapshot(plan->link->catalog);
    if (!snapshot)
        return error_memory(err);
    code = list_apis(job, tree->node, snapshot, err);
    catalog_release(plan->link->catalog, snapshot);
    return code;
}

static bool parse_describe(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct api_node *node = new_node(lexer, tree, err);

    return node && parse_api_stage(lexer, &node->api, err);
}

static enum error_code plan_describe(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct api_node *node = tree->node;
    struct text stage;
    struct gateway_api *api = gateway_find(job, &node->api, &plan->link, &stage, err);
    char *input;

    if (!api)
        return err->code;
    input = arena_format(plan->arena, "{\"%s\":%s}", api->kind == 'R' ? "restApiId" : "apiId",
        gateway_quoted(plan->arena, api->id));
    if (!input)
        return arena_failed(plan->arena, err);
    plan->detail = api;
    plan_add(plan, PLAN_PLAN, "read API %.*s", (int)api->name.length, api->name.data);
    plan_add_call(plan, api->service, api->kind == 'R' ? "GetRestApi" : "GetApi", "1", NULL,
        text_of(input));
    return ERROR_NONE;
}

static enum error_code run_describe(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct gateway_api *api = plan->detail;
    const struct plan_call *call = plan->call;
    const struct json *answer;
    struct json_writer writer;
    struct buf text, json;
    enum error_code code;

    (void)tree;
    answer =
        gateway_call(job, plan->link, call->service, call->operation->name, call->request, err);
    if (!answer)
        return err->code;
    code = gateway_read_routes(job, plan->link, api, err);
    if (code == ERROR_NONE)
        code = gateway_read_stages(job, plan->link, api, err);
    if (code)
        return code;
    buf_init(&text, 1 << 20);
    buf_init(&json, 1 << 20);
    json_writer_init(&writer, &json);
    json_tree(&writer, answer);
    buf_add_format(&text, "api       %.*s (%s, id %.*s)\n", (int)api->name.length, api->name.data,
        gateway_kind_name(api->kind), (int)api->id.length, api->id.data);
    if (api->endpoint.length)
        buf_add_format(&text, "endpoint  %.*s\n", (int)api->endpoint.length, api->endpoint.data);
    for (const struct json *member = answer->first; member; member = member->next)
        if (member->kind == JSON_STRING && text_is(member->name, "description"))
            buf_add_format(&text, "about     %.*s\n", (int)member->text.length, member->text.data);
    buf_add_format(&text, "routes    %zu\n", api->route_count);
    for (size_t i = 0; i < api->stage_count; i++) {
        const struct gateway_stage *stage = &api->stage[i];

        buf_add_format(&text, "stage     %.*s  deployment %.*s%s%s\n", (int)stage->name.length,
            stage->name.data, (int)stage->deployment_id.length, stage->deployment_id.data,
            stage->auto_deploy ? "  autodeploy" : "",
            stage->working[0] && strcmp(stage->working, stage->deployed) != 0 ? "  changed since"
                                                                              : "");
    }
    code = buf_check(&text, "the description", err);
    if (code == ERROR_NONE)
        code = job->sink->text(job->sink, buf_view(&text), buf_view(&json), err);
    buf_done(&text);
    buf_done(&json);
    return code;
}

static bool parse_create(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct api_node *node = new_node(lexer, tree, err);

    if (!node || !parse_name(lexer, "a name for the API", &node->name, err))
        return false;
    if (parse_word(lexer, "REST"))
        node->kind = 'R';
    else if (parse_word(lexer, "HTTP"))
        node->kind = 'H';
    else
        return parse_expected(lexer, "REST or HTTP", err);
    return !parse_word(lexer, "DESCRIPTION") ||
           parse_string(lexer, "a description", &node->description, err);
}

static enum error_code plan_create(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct api_node *node = tree->node;
    struct gateway_steps *steps = arena_alloc(plan->arena, 1, sizeof *steps);
    const char *name = gateway_quoted(plan->arena, node->name), *about = "";

    plan->link = job_link(job, (struct text){0}, err);
    if (!plan->link)
        return err->code;
    if (!steps)
        return arena_failed(plan->arena, err);
    gateway_steps_init(steps, plan->arena);
    if (node->description.length)
        about = arena_format(plan->arena, ",\"description\":%s",
            gateway_quoted(plan->arena, node->description));
    if (node->kind == 'R')
        gateway_add_step(steps, &service_apigateway, "CreateRestApi", "at once",
            "{\"name\":%s%s,\"endpointConfiguration\":{\"types\":[\"REGIONAL\"]}}", name, about);
    else
        gateway_add_step(steps, &service_apigatewayv2, "CreateApi", "at once",
            "{\"name\":%s,\"protocolType\":\"HTTP\"%s}", name, about);
    if (steps->count != 1)
        return arena_failed(plan->arena, err);
    steps->step[0].result = node->kind == 'R' ? "id" : "apiId";
    plan->detail = steps;
    plan->risk = RISK_ONE;
    plan_add(plan, PLAN_PLAN, "create %s API %.*s", gateway_kind_name(node->kind),
        (int)node->name.length, node->name.data);
    gateway_plan_steps(plan, steps);
    return ERROR_NONE;
}

/* A new API has no routes and no stages. */
static void keep_made(struct job *job, struct link *link, struct text id)
{
    const struct api_ref scope = {.api = id};
    struct text stage;
    struct error why;
    struct gateway_api *api = gateway_find(job, &scope, &link, &stage, &why);
    struct gateway_object object = {.kind = GATEWAY_OBJECT_API};
    struct gateway_keep keep;

    gateway_keep_init(&keep, job, link, "CREATE API");
    if (!api || gateway_read_api(job, link, api, &why)) {
        gateway_keep_fail(&keep, &why);
        return;
    }
    object.api = api->id;
    object.of = api->name;
    gateway_keep_made(&keep, api, &object);
}

static enum error_code run_create(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct api_node *node = tree->node;
    struct gateway_steps *steps = plan->detail;
    enum error_code code = gateway_run_steps(job, plan->link, steps, err);

    if (code)
        return code;
    job_note(job, REPORT_FOOTER, "created %s API %.*s, id %.*s", gateway_kind_name(node->kind),
        (int)node->name.length, node->name.data, (int)steps->step[0].answer.length,
        steps->step[0].answer.data);
    code = gateway_read_apis(job, plan->link, err);
    if (!code && job->undo)
        keep_made(job, plan->link, steps->step[0].answer);
    return code;
}

static bool parse_drop(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct api_node *node = new_node(lexer, tree, err);

    if (!node)
        return false;
    if (parse_at_words(lexer, "IF", "EXISTS")) {
        parse_word(lexer, "IF");
        parse_word(lexer, "EXISTS");
        node->if_exists = true;
    }
    return parse_api_stage(lexer, &node->api, err);
}

struct drop_plan {
    struct gateway_steps steps;
    struct gateway_object object;
};

static enum error_code plan_drop(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct api_node *node = tree->node;
    struct drop_plan *detail = arena_alloc(plan->arena, 1, sizeof *detail);
    struct gateway_steps *steps = detail ? &detail->steps : NULL;
    struct text stage;
    struct gateway_api *api = gateway_find(job, &node->api, &plan->link, &stage, err);

    if (!api && node->if_exists && err->code == ERROR_NOT_FOUND) {
        plan_add(plan, PLAN_PLAN, "nothing: there is no such API");
        return ERROR_NONE;
    }
    if (!api)
        return err->code;
    if (!steps)
        return arena_failed(plan->arena, err);
    gateway_steps_init(steps, plan->arena);
    gateway_add_step(steps, api->service, api->kind == 'R' ? "DeleteRestApi" : "DeleteApi",
        "at once", "{\"%s\":%s}", api->kind == 'R' ? "restApiId" : "apiId",
        gateway_quoted(plan->arena, api->id));
    if (steps->count != 1)
        return arena_failed(plan->arena, err);
    detail->object =
        (struct gateway_object){.kind = GATEWAY_OBJECT_API, .api = api->id, .of = api->name};
    plan->detail = detail;
    plan->risk = RISK_DESTROY;
    plan->risk_kind = "api";
    plan->risk_name = arena_string(plan->arena, api->name);
    plan->question = arena_format(plan->arena,
        "Delete API %.*s (%s, id %.*s) with its routes and stages?", (int)api->name.length,
        api->name.data, gateway_kind_name(api->kind), (int)api->id.length, api->id.data);
    plan_add(plan, PLAN_PLAN, "delete %s API %.*s with its routes and stages",
        gateway_kind_name(api->kind), (int)api->name.length, api->name.data);
    gateway_plan_steps(plan, steps);
    return ERROR_NONE;
}

/* For a person: UNDO cannot make it again. */
static void keep_dropped(struct gateway_keep *keep, const struct gateway_object *object)
{
    struct error why;
    struct link *link;
    struct gateway_api *api =
        keep->job->undo ? gateway_object_load(keep->job, &link, object, &why) : NULL;

    keep->why = "the routes, stages and deployments of the API went with it";
    keep->is_all = true;
    if (api)
        gateway_keep_before(keep, api, object);
    else if (keep->job->undo)
        gateway_keep_fail(keep, &why);
}

/* The call failed: is it there, or was only the answer lost? */
static void keep_left(struct gateway_keep *keep, const struct gateway_object *object)
{
    struct error why;
    struct link *link;
    struct gateway_api *api =
        keep->count > 0 ? gateway_object_load(keep->job, &link, object, &why) : NULL;

    if (api || (keep->count > 0 && why.code == ERROR_NOT_FOUND))
        gateway_keep_after(keep, api);
}

static enum error_code run_drop(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct drop_plan *detail = plan->detail;
    struct gateway_keep keep;
    enum error_code code;

    if (!detail) {
        job_note(job, REPORT_NOTE, "there is no such API");
        return ERROR_NONE;
    }
    gateway_keep_init(&keep, job, plan->link, tree->statement->name);
    keep_dropped(&keep, &detail->object);
    code = gateway_run_steps(job, plan->link, &detail->steps, err);
    if (code) {
        keep_left(&keep, &detail->object);
        return code;
    }
    gateway_keep_after(&keep, NULL);
    job_note(job, REPORT_FOOTER, "deleted API %s", plan->risk_name);
    return gateway_read_apis(job, plan->link, err);
}

const struct statement api_statement_table[] = {
    {
        .name = "SHOW APIS",
        .syntax = "[LIKE pattern]",
        .summary = "List the REST, HTTP and WebSocket APIs",
        .family = "APIs and routes",
        .flags = STATEMENT_READ,
        .example = (const char *const[]){"SHOW APIS", "SHOW APIS LIKE 'shop%'", NULL},
        .parse = parse_show,
        .plan = plan_show,
        .run = run_show,
    },
    {
        .name = "DESCRIBE API",
        .syntax = "api",
        .summary = "Show one API with its stages",
        .family = "APIs and routes",
        .flags = STATEMENT_READ,
        .example = (const char *const[]){"DESCRIBE API shop", NULL},
        .parse = parse_describe,
        .plan = plan_describe,
        .run = run_describe,
    },
    {
        .name = "CREATE API",
        .syntax = "name REST|HTTP [DESCRIPTION text]",
        .summary = "Create an API",
        .family = "APIs and routes",
        .flags = STATEMENT_WRITE,
        .example = (const char *const[]){"CREATE API shop REST",
            "CREATE API web HTTP DESCRIPTION 'shop front'", NULL},
        .parse = parse_create,
        .plan = plan_create,
        .run = run_create,
    },
    {
        .name = "DROP API",
        .syntax = "[IF EXISTS] api",
        .summary = "Delete an API with its routes and stages",
        .family = "APIs and routes",
        .flags = STATEMENT_WRITE,
        .example = (const char *const[]){"DROP API IF EXISTS scratch", NULL},
        .parse = parse_drop,
        .plan = plan_drop,
        .run = run_drop,
    },
    {0},
};
