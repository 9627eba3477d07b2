#include "console/statements/routes.h"
#include "console/gateway_call.h"
#include "console/gateway_keep.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/listing.h"
#include "console/plan.h"
#include "console/route_spec.h"
#include "console/statement.h"
#include "console/statements/stage.h"

/* SHOW, CREATE, ALTER and DROP ROUTE (language.md 3.4, 3.8). */

struct route_node {
    struct api_ref scope;
    struct text route, like;
    struct token token; /* where the route stands */
    bool if_exists;
    struct route_spec spec;
};

/* What plan found out, for run. */
struct route_plan {
    struct gateway_api *api;
    struct gateway_steps steps;
    struct text stage;
    bool is_alter, is_drop;
    const char *done; /* "created GET /pets" */
};

static struct route_node *new_node(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct route_node *node = arena_alloc(lexer->arena, 1, sizeof *node);

    if (!node)
        arena_failed(lexer->arena, err);
    tree->node = node;
    return node;
}

static bool parse_show(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct route_node *node = new_node(lexer, tree, err);

    return node && parse_scope(lexer, &node->scope, err) &&
           (!parse_word(lexer, "LIKE") || parse_string(lexer, "a pattern", &node->like, err));
}

static enum error_code plan_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct route_node *node = tree->node;
    struct text stage;
    struct gateway_api *api = gateway_find(job, &node->scope, &plan->link, &stage, err);

    if (!api)
        return err->code;
    plan->detail = api;
    plan_add(plan, PLAN_PLAN, "list the routes of %s API %.*s", gateway_kind_name(api->kind),
        (int)api->name.length, api->name.data);
    gateway_plan_reads(plan, api, false);
    return ERROR_NONE;
}

enum { ROUTE_ROUTE, ROUTE_TARGET, ROUTE_AUTH, ROUTE_KEY, ROUTE_TIMEOUT, ROUTE_COLUMNS };
static const char *const route_column_table[ROUTE_COLUMNS] = {"route", "target", "auth", "key",
    "timeout"};

static enum error_code run_show(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct route_node *node = tree->node;
    struct gateway_api *api = plan->detail;
    struct listing listing;

    if (gateway_read_routes(job, plan->link, api, err) ||
        listing_begin(&listing, job,
            arena_format(job->arena, "routes of %.*s", (int)api->name.length, api->name.data),
            route_column_table, ROUTE_COLUMNS, err))
        return err->code;
    for (size_t i = 0; i < api->route_count; i++) {
        const struct gateway_route *route = &api->route[i];
        struct text auth = json_string_member(route->method_json, "authorizationType");
        char *name =
            arena_format(job->arena, "%.*s%s%.*s", (int)route->method.length, route->method.data,
                route->method.length ? " " : "", (int)route->path.length, route->path.data);
        struct buf target;

        if (!name)
            return arena_failed(job->arena, err);
        if (node->like.length && !text_matches_like(text_of(name), node->like))
            continue;
        buf_init(&target, 4096);
        gateway_add_target(&target, api, route);
        listing_string(&listing, ROUTE_ROUTE, name);
        listing_text(&listing, ROUTE_TARGET, arena_text(job->arena, buf_view(&target)));
        listing_text(&listing, ROUTE_AUTH, auth.length ? auth : TEXT("NONE"));
        if (api->kind == 'R')
            listing_bool(&listing, ROUTE_KEY,
                json_bool_member(route->method_json, "apiKeyRequired", false));
        if (json_member(route->integration, "timeoutInMillis"))
            listing_integer(&listing, ROUTE_TIMEOUT,
                json_integer_member(route->integration, "timeoutInMillis", 0));
        buf_done(&target);
        if (listing_row(&listing, err))
            return err->code;
    }
    return listing_end(&listing, err);
}

static bool parse_route(struct lexer *lexer, struct route_node *node, struct error *err)
{
    node->token = lexer->token;
    return parse_string(lexer, "a route: 'GET /pets/{id}'", &node->route, err) &&
           parse_scope(lexer, &node->scope, err);
}

/* Finds the API, reads its routes and splits the route's name; fills change but for diff. */
static enum error_code prepare(struct job *job, const struct tree *tree, struct plan *plan,
    struct route_change *change, struct error *err)
{
    struct route_node *node = tree->node;
    struct route_plan *detail = arena_alloc(plan->arena, 1, sizeof *detail);
    struct gateway_api *api = gateway_find(job, &node->scope, &plan->link, &change->stage, err);
    enum error_code code;

    if (!api)
        return err->code;
    if (!detail)
        return arena_failed(plan->arena, err);
    gateway_steps_init(&detail->steps, plan->arena);
    detail->api = api;
    detail->stage = change->stage;
    plan->detail = detail;
    change->job = job;
    change->plan = plan;
    change->api = api;
    change->spec = &node->spec;
    change->steps = &detail->steps;
    if (!gateway_split_route(node->route, api->kind, &node->spec.method, &node->spec.path, err)) {
        err->line = node->token.line;
        err->column = node->token.column;
        return err->code;
    }
    if (api->kind == 'R' && node->spec.path.length > 1 &&
        text_ends_with(node->spec.path, TEXT("/")))
        return error_set_at(err, ERROR_USAGE, node->token.line, node->token.column,
            "no path of a REST API ends in /");
    code = route_check_kind(&node->spec, api->kind, err);
    if (code == ERROR_NONE)
        code = gateway_read_routes(job, plan->link, api, err);
    if (code == ERROR_NONE)
        code = gateway_live(job, plan->link, api, &change->live, err);
    if (code == ERROR_NONE && node->spec.inner)
        code = table_call_plan(job, plan->link, node->spec.inner, &node->spec.call, err);
    return code;
}

static const char *route_name(struct arena *arena, const struct route_node *node)
{
    char *name = arena_string(arena, node->route);

    return name ? name : "";
}

static void finish_plan(struct plan *plan, const struct route_change *change,
    const struct route_node *node, const char *verb, const char *done)
{
    struct route_plan *detail = plan->detail;

    plan->is_single = true;
    plan->risk_kind = "api";
    plan->risk_name = arena_string(plan->arena, change->api->name);
    plan_add(plan, PLAN_PLAN, "%s route %s of %s API %.*s", verb, route_name(plan->arena, node),
        gateway_kind_name(change->api->kind), (int)change->api->name.length,
        change->api->name.data);
    gateway_plan_steps(plan, &detail->steps);
    detail->done = arena_format(plan->arena, "%s %s", done, route_name(plan->arena, node));
}

/* What the service says now, against what was asked for: a change taken and not applied is told
   (language.md G16). A throttle is the stage's and is not read here. */
static enum error_code compare_route(struct job *job, const struct route_node *node,
    struct plan *plan, struct gateway_route *route, struct error *err)
{
    struct route_plan *detail = plan->detail;
    struct gateway_steps unsent;
    struct plan again;
    struct buf diff;
    struct text rest, line;
    struct route_change change = {.job = job,
        .plan = &again,
        .api = detail->api,
        .stage = detail->stage,
        .spec = &node->spec,
        .route = route,
        .steps = &unsent,
        .diff = &diff};
    enum error_code code;

    plan_init(&again, job->arena);
    again.link = plan->link;
    gateway_steps_init(&unsent, job->arena);
    buf_init(&diff, 64 << 10);
    code =
        detail->api->kind == 'R' ? route_rest_alter(&change, err) : route_http_alter(&change, err);
    rest = buf_view(&diff);
    while (code == ERROR_NONE && text_take_until(&rest, '\n', &line))
        if (!text_starts_with(line, TEXT("throttle:")))
            job_note(job, REPORT_WARNING, "taken, but read back differently: %.*s",
                (int)line.length, line.data);
    buf_done(&diff);
    return code;
}

static enum error_code read_back(struct job *job, const struct route_node *node, struct plan *plan,
    struct error *err)
{
    struct route_plan *detail = plan->detail;
    struct gateway_route *route;
    struct error absent;

    if (gateway_read_routes(job, plan->link, detail->api, err))
        return err->code;
    route = gateway_find_route(detail->api, node->spec.method, node->spec.path, &absent);
    if (detail->is_drop == (route != NULL))
        job_note(job, REPORT_WARNING, "taken, but the route is %s",
            route ? "still there" : "not there");
    return route && detail->is_alter ? compare_route(job, node, plan, route, err) : ERROR_NONE;
}

/* The route, and what the statement sets for it in a stage, as plan and this have read them. */
static void keep_before(struct gateway_keep *keep, const struct route_node *node,
    const struct route_plan *detail)
{
    struct gateway_api *api = detail->api;
    struct gateway_object object = {.kind = GATEWAY_OBJECT_ROUTE,
        .api = api->id,
        .of = api->name,
        .name = node->route};
    struct error why;

    if (!keep->job->undo)
        return;
    gateway_keep_before(keep, api, &object);
    if (!node->spec.has_throttle)
        return;
    object.kind = GATEWAY_OBJECT_SETTINGS;
    object.stage = detail->stage;
    if (!api->stage && gateway_read_stages(keep->job, keep->link, api, &why))
        gateway_keep_fail(keep, &why);
    else
        gateway_keep_before(keep, api, &object);
}

/* A call of a statement that failed may have been made all the same. */
static void keep_after(struct gateway_keep *keep, const struct route_node *node,
    struct gateway_api *api, bool is_read)
{
    struct error ignored;

    if (keep->count == 0 || (!is_read && gateway_read_routes(keep->job, keep->link, api, &ignored)))
        return;
    if (node->spec.has_throttle && gateway_read_stages(keep->job, keep->link, api, &ignored))
        return;
    gateway_keep_after(keep, api);
}

static enum error_code run_change(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct route_plan *detail = plan->detail;
    struct gateway_keep keep;
    enum error_code code;

    if (!detail || !detail->steps.count) {
        job_note(job, REPORT_NOTE, "nothing to change");
        return ERROR_NONE;
    }
    gateway_keep_init(&keep, job, plan->link, tree->statement->name);
    keep_before(&keep, tree->node, detail);
    code = gateway_run_steps(job, plan->link, &detail->steps, err);
    if (code) {
        keep_after(&keep, tree->node, detail->api, false);
        return code;
    }
    job_note(job, REPORT_FOOTER, "%s (%s)", detail->done,
        detail->steps.step[0].live ? detail->steps.step[0].live : "done");
    code = read_back(job, tree->node, plan, err);
    if (!code)
        keep_after(&keep, tree->node, detail->api, true);
    return code;
}

static bool parse_create(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct route_node *node = new_node(lexer, tree, err);

    return node && parse_route(lexer, node, err) && parse_need_sign(lexer, "->", err) &&
           route_parse_target(lexer, tree, &node->spec, err) &&
           route_parse_options(lexer, &node->spec, err);
}

static enum error_code plan_create(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct route_node *node = tree->node;
    struct route_change change = {0};
    struct error absent;
    enum error_code code = prepare(job, tree, plan, &change, err);

    if (code)
        return code;
    if (gateway_find_route(change.api, node->spec.method, node->spec.path, &absent)) {
        error_set(err, ERROR_NOT_FOUND, "%.*s has a route %s already", (int)change.api->name.length,
            change.api->name.data, route_name(plan->arena, node));
        return error_hint(err, "ALTER ROUTE changes it");
    }
    code =
        change.api->kind == 'R' ? route_rest_create(&change, err) : route_http_create(&change, err);
    if (code)
        return code;
    plan->risk = RISK_ONE;
    finish_plan(plan, &change, node, "create", "created");
    return ERROR_NONE;
}

/* As if the API had no routes: nothing that is there is shared. */
enum error_code route_compile(struct job *job, const struct tree *tree, struct link *link,
    const struct gateway_api *api, struct gateway_steps *steps, struct error *err)
{
    struct route_node *node = tree->node;
    struct gateway_api empty = *api;
    struct plan plan;
    struct route_change change =
        {.job = job, .plan = &plan, .api = &empty, .spec = &node->spec, .steps = steps, .live = ""};
    enum error_code code;

    empty.route_count = 0;
    plan_init(&plan, job->arena);
    plan.link = link;
    gateway_steps_init(steps, job->arena);
    if (!gateway_split_route(node->route, api->kind, &node->spec.method, &node->spec.path, err))
        return err->code;
    code = route_check_kind(&node->spec, api->kind, err);
    if (!code && node->spec.inner)
        code = table_call_plan(job, link, node->spec.inner, &node->spec.call, err);
    node->spec.has_throttle = false; /* a setting of a stage, and no part of the route */
    if (code)
        return code;
    return api->kind == 'R' ? route_rest_create(&change, err) : route_http_create(&change, err);
}

static bool parse_alter(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct route_node *node = new_node(lexer, tree, err);

    if (!node || !parse_route(lexer, node, err))
        return false;
    if (parse_sign(lexer, "->") && !route_parse_target(lexer, tree, &node->spec, err))
        return false;
    if (!route_parse_options(lexer, &node->spec, err))
        return false;
    if (node->spec.target == ROUTE_TARGET_NONE && !node->spec.timeout_ms && !node->spec.has_auth &&
        !node->spec.has_key && !node->spec.has_throttle)
        return parse_expected(lexer, "-> target, TIMEOUT, AUTH, KEY or THROTTLE", err);
    return true;
}

static enum error_code plan_alter(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct route_node *node = tree->node;
    struct route_change change = {0};
    struct buf diff;
    enum error_code code = prepare(job, tree, plan, &change, err);

    if (code)
        return code;
    change.route = gateway_find_route(change.api, node->spec.method, node->spec.path, err);
    if (!change.route)
        return err->code;
    buf_init(&diff, 64 << 10);
    change.diff = &diff;
    code =
        change.api->kind == 'R' ? route_rest_alter(&change, err) : route_http_alter(&change, err);
    if (code == ERROR_NONE && diff.length) {
        struct text rest = buf_view(&diff), line;

        plan->diff = arena_string(plan->arena, rest);
        while (text_take_until(&rest, '\n', &line))
            plan_add(plan, PLAN_NOTE, "%.*s", (int)line.length, line.data);
    }
    buf_done(&diff);
    if (code)
        return code;
    if (change.steps->count) {
        plan->risk = RISK_MANY;
        plan->question = arena_format(plan->arena, "Change route %s of %.*s (%s)?",
            route_name(plan->arena, node), (int)change.api->name.length, change.api->name.data,
            change.live);
    }
    ((struct route_plan *)plan->detail)->is_alter = true;
    finish_plan(plan, &change, node, "change", "changed");
    return ERROR_NONE;
}

static bool parse_drop(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct route_node *node = new_node(lexer, tree, err);

    if (!node)
        return false;
    if (parse_at_words(lexer, "IF", "EXISTS")) {
        parse_word(lexer, "IF");
        parse_word(lexer, "EXISTS");
        node->if_exists = true;
    }
    return parse_route(lexer, node, err);
}

static enum error_code plan_drop(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct route_node *node = tree->node;
    struct route_change change = {0};
    enum error_code code = prepare(job, tree, plan, &change, err);

    if (code)
        return code;
    change.route = gateway_find_route(change.api, node->spec.method, node->spec.path, err);
    if (!change.route && node->if_exists) {
        plan_add(plan, PLAN_PLAN, "nothing: there is no such route");
        return ERROR_NONE;
    }
    if (!change.route)
        return err->code;
    code = change.api->kind == 'R' ? route_rest_drop(&change, err) : route_http_drop(&change, err);
    if (code)
        return code;
    plan->risk = RISK_MANY;
    plan->question =
        arena_format(plan->arena, "Drop route %s of %.*s (%s)?", route_name(plan->arena, node),
            (int)change.api->name.length, change.api->name.data, change.live);
    ((struct route_plan *)plan->detail)->is_drop = true;
    finish_plan(plan, &change, node, "drop", "dropped");
    return ERROR_NONE;
}

static enum error_code route_state(struct job *job, const struct tree *tree,
    struct object_state *out, struct error *err)
{
    struct route_node *node = tree->node;
    struct text stage, method, path;
    struct error absent;
    struct gateway_api *api;

    /* What USE says now may be said otherwise when the statement is sent. */
    if (node->scope.api.length == 0 || (node->spec.has_throttle && node->scope.stage.length == 0)) {
        error_set(err, ERROR_USAGE, "a staged %s is kept as its text: say %s",
            tree->statement->name, node->scope.api.length == 0 ? "OF api" : "STAGE name");
        return err->code;
    }
    api = gateway_find(job, &node->scope, &out->link, &stage, err);
    if (!api || !gateway_split_route(node->route, api->kind, &method, &path, err) ||
        gateway_read_routes(job, out->link, api, err))
        return err->code;
    out->object = text_of(arena_format(job->arena, "route %.*s%s%.*s of %.*s", (int)method.length,
        method.data, method.length > 0 ? " " : "", (int)path.length, path.data,
        (int)api->name.length, api->name.data));
    return gateway_route_state(job->arena, gateway_find_route(api, method, path, &absent), true,
        &out->state, err);
}

#define ROUTE_OPTIONS                                                                              \
    "[TIMEOUT duration] [AUTH NONE|IAM] [KEY REQUIRED|OFF] "                                       \
    "[THROTTLE OFF|rate BURST n] [CREDENTIALS arn]"
#define ROUTE_TARGETS                                                                              \
    "URL url [METHOD method] [CUSTOM] | MOCK [status] [body] | "                                   \
    "TABLE (get|query|put)"

const struct statement route_statement_table[] = {
    {
        .name = "SHOW ROUTES",
        .syntax = "[OF api[/stage]] [LIKE pattern]",
        .summary = "List the routes of an API, most specific first",
        .family = "APIs and routes",
        .flags = STATEMENT_READ,
        .example =
            (const char *const[]){"SHOW ROUTES OF shop", "SHOW ROUTES OF web LIKE '%pets%'", NULL},
        .parse = parse_show,
        .plan = plan_show,
        .run = run_show,
    },
    {
        .name = "CREATE ROUTE",
        .syntax = "'METHOD /path' [OF api] -> " ROUTE_TARGETS " " ROUTE_OPTIONS,
        .summary = "Add a route; clients meet it after DEPLOY, or at once where stages deploy "
                   "themselves",
        .family = "APIs and routes",
        .flags = STATEMENT_WRITE,
        .example = (const char *const[]){"CREATE ROUTE 'GET /pets/{id}' OF shop -> URL "
                                         "'https://pets.internal/v1/{id}' TIMEOUT 3s",
            "CREATE ROUTE 'GET /health' OF shop -> MOCK 200 {\"ok\": true}",
            "CREATE ROUTE 'GET /orders/{cust}/{ts}' OF shop -> TABLE (GET orders :path.cust, "
            ":path.ts ONLY total, st)",
            NULL},
        .parse = parse_create,
        .plan = plan_create,
        .run = run_change,
        .stage = stage_object,
        .state = route_state,
    },
    {
        .name = "ALTER ROUTE",
        .syntax = "'METHOD /path' [OF api] [-> " ROUTE_TARGETS "] " ROUTE_OPTIONS,
        .summary = "Change a route; only what differs is sent",
        .family = "APIs and routes",
        .flags = STATEMENT_WRITE,
        .example = (const char *const[]){"ALTER ROUTE 'GET /pets/{id}' OF shop TIMEOUT 5s",
            "ALTER ROUTE 'GET /pets/{id}' OF web STAGE prod THROTTLE 200 BURST 400",
            "ALTER ROUTE 'POST /orders' OF web -> URL 'https://orders.internal/v2'", NULL},
        .parse = parse_alter,
        .plan = plan_alter,
        .run = run_change,
        .stage = stage_object,
        .state = route_state,
    },
    {
        .name = "DROP ROUTE",
        .syntax = "[IF EXISTS] 'METHOD /path' [OF api]",
        .summary = "Remove a route and the resources or integration that only it used",
        .family = "APIs and routes",
        .flags = STATEMENT_WRITE,
        .example = (const char *const[]){"DROP ROUTE 'GET /pets/{id}' OF shop", NULL},
        .parse = parse_drop,
        .plan = plan_drop,
        .run = run_change,
        .stage = stage_object,
        .state = route_state,
    },
    {0},
};
