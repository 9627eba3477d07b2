#include "console/statements/connect.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/listing.h"
#include "console/session.h"

/* Connections: CONNECT, DISCONNECT, USE, SHOW PROFILES, SHOW IDENTITY, SET READ-ONLY. */

#define READ_WRITE_USUAL (15 * 60 * CLOCK_SECOND)
#define READ_WRITE_LONGEST (60 * 60 * CLOCK_SECOND)

enum { CELL_LIMIT = 4096 };

struct connect_node {
    struct text name, as, region, endpoint;
    struct api_ref api;
    bool read_only;
    uint64_t duration; /* ns; 0: none said */
};

static struct connect_node *new_node(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct connect_node *node = arena_alloc(lexer->arena, 1, sizeof(*node));

    if (!node)
        arena_failed(lexer->arena, err);
    tree->node = node;
    return node;
}

/* NULL for an empty text, else a copy in the job's arena. */
static bool string_of(struct job *job, struct text text, const char **out, struct error *err)
{
    *out = NULL;
    if (text.length == 0)
        return true;
    *out = arena_string(job->arena, text);
    if (!*out)
        arena_failed(job->arena, err);
    return *out != NULL;
}

static bool is_aws(struct link *link)
{
    struct buf endpoint;
    struct error ignored;
    bool found;

    buf_init(&endpoint, 4096);
    found = !connection_endpoint(link->connection, &service_sts, &endpoint, &ignored) &&
            text_find(buf_view(&endpoint), TEXT(".amazonaws.com"), 0) != SIZE_MAX;
    buf_done(&endpoint);
    return found;
}

/*
 * Who calls through this connection; NULL for the embedded endpoint, which has no STS, and for
 * another that answers without knowing.
 */
static enum error_code ask_identity(struct job *job, struct link *link, const struct json **out,
    struct error *err)
{
    struct call_context context = job_context(job);
    struct reply reply;
    bool is_mute;

    *out = NULL;
    if (connection_is_local(link->connection))
        return ERROR_NONE;
    reply_init(&reply);
    /* What XML is turned into is in the arena and outlives the reply. */
    *out = connection_call_json(link->connection, &service_sts, "GetCallerIdentity", TEXT("{}"),
        &context, &reply, job->arena, err);
    is_mute = !*out && reply.status > 0 && err->code != ERROR_ACCESS && !is_aws(link);
    reply_done(&reply);
    if (is_mute)
        job_note(job, REPORT_NOTE, "this endpoint does not say who calls: %s", err->text);
    return *out || is_mute ? ERROR_NONE : err->code;
}

bool connect_lacks_identity(struct link *link)
{
    return is_aws(link) && connection_account(link->connection)[0] == '\0';
}

static bool parse_endpoint(struct lexer *lexer, struct text *out, struct error *err)
{
    static const char *const scheme_table[] = {"http://", "https://", "unix:/"};
    struct token at = lexer->token;

    if (!parse_string(lexer, "a URL", out, err))
        return false;
    if (lexer->context && lexer->context->missing_count > 0)
        return true; /* of a parameter that is still to come */
    for (size_t i = 0; i < sizeof scheme_table / sizeof *scheme_table; i++) {
        struct text scheme = text_of(scheme_table[i]);

        if (text_starts_with(*out, scheme) && out->length > scheme.length)
            return true;
    }
    return parse_fail(err, &at, "an endpoint is an http or https URL, or unix:/path");
}

bool connect_parse(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct connect_node *node = new_node(lexer, tree, err);

    if (!node || !parse_name(lexer, "a profile", &node->name, err))
        return false;
    while (!parse_at_end(lexer)) {
        bool good;

        if (!node->as.data && parse_word(lexer, "AS"))
            good = parse_name(lexer, "a name", &node->as, err);
        else if (!node->region.data && parse_word(lexer, "REGION"))
            good = parse_string(lexer, "a region", &node->region, err);
        else if (!node->endpoint.data && parse_word(lexer, "ENDPOINT"))
            good = parse_endpoint(lexer, &node->endpoint, err);
        else if (!node->read_only && parse_word(lexer, "READ"))
            good = node->read_only = parse_need_word(lexer, "ONLY", err);
        else
            good = parse_expected(lexer, "AS, REGION, ENDPOINT or READ ONLY", err);
        if (!good)
            return false;
    }
    return true;
}

static void say_connected(struct job *job)
{
    struct link *link = job->link = job->session->link;
    const struct json *ignored;
    struct error err;

    if (!link)
        return;
    /* The screen does not wait: it asks on a thread of its own. */
    if (!job->session->screen && connect_lacks_identity(link) &&
        ask_identity(job, link, &ignored, &err))
        job_note(job, REPORT_WARNING, "%s", err.text);
    job_note(job, REPORT_FOOTER, "connected to %s  %s  %s", link->name,
        connection_region(link->connection),
        connection_is_read_only(link->connection) ? "read-only" : "read-write");
}

enum error_code connect_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct connect_node *node = tree->node;
    const char *as, *region, *endpoint;

    (void)plan;
    if (!string_of(job, node->as, &as, err) || !string_of(job, node->region, &region, err) ||
        !string_of(job, node->endpoint, &endpoint, err))
        return err->code;
    if (session_connect(job->session, node->name, as, region, endpoint, node->read_only, err))
        return err->code;
    say_connected(job);
    return ERROR_NONE;
}

bool disconnect_parse(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct connect_node *node = new_node(lexer, tree, err);

    if (!node)
        return false;
    parse_word(lexer, "PROFILE");
    return parse_name(lexer, "a connection", &node->name, err);
}

enum error_code disconnect_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct connect_node *node = tree->node;

    (void)plan;
    return session_disconnect(job->session, node->name, err);
}

bool use_api_parse(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct connect_node *node = new_node(lexer, tree, err);

    if (!node || !parse_api_stage(lexer, &node->api, err))
        return false;
    if (!parse_word(lexer, "STAGE"))
        return true;
    if (node->api.stage.length > 0)
        return parse_fail(err, &lexer->last, "the stage is named twice");
    return parse_name(lexer, "a stage", &node->api.stage, err);
}

bool use_name_parse(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct connect_node *node = new_node(lexer, tree, err);

    return node && parse_name(lexer, "a name", &node->name, err);
}

bool use_none_parse(struct lexer *lexer, struct tree *tree, struct error *err)
{
    return new_node(lexer, tree, err) != NULL;
}

enum error_code use_api_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct connect_node *node = tree->node;
    struct link *link = job_link(job, node->api.connection, err);

    (void)plan;
    return link ? session_use(job->session, link, node->api.api, node->api.stage, err) : err->code;
}

enum error_code use_stage_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct connect_node *node = tree->node;
    struct link *link = job_link(job, TEXT(""), err);

    (void)plan;
    if (!link)
        return err->code;
    if (!link->api) {
        error_set(err, ERROR_USAGE, "no API is in use");
        return error_hint(err, "USE API name STAGE name");
    }
    return session_use(job->session, link, text_of(link->api), node->name, err);
}

enum error_code use_none_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct link *link = job_link(job, TEXT(""), err);

    (void)tree;
    (void)plan;
    return link ? session_use(job->session, link, TEXT(""), TEXT(""), err) : err->code;
}

enum error_code use_profile_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct connect_node *node = tree->node;

    (void)plan;
    if (session_connect(job->session, node->name, NULL, NULL, NULL, false, err))
        return err->code;
    say_connected(job);
    return ERROR_NONE;
}

enum error_code use_region_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct connect_node *node = tree->node;
    struct link *link = job_link(job, TEXT(""), err);
    const char *region, *name;

    (void)plan;
    if (!link || !string_of(job, node->name, &region, err) ||
        !string_of(job, text_of(link->name), &name, err))
        return err->code;
    if (session_connect(job->session, text_of(connection_profile(link->connection)->name), name,
            region, NULL, false, err))
        return err->code;
    say_connected(job);
    return ERROR_NONE;
}

bool show_nothing_parse(struct lexer *lexer, struct tree *tree, struct error *err)
{
    (void)lexer;
    (void)tree;
    (void)err;
    return true;
}

/* What the function adds to a buffer, as a cell; it stays in the job's arena. */
static enum error_code list_added(struct job *job, struct listing *listing, size_t column,
    const struct profile *profile,
    void (*add)(struct session *session, const struct profile *profile, struct buf *out),
    struct error *err)
{
    struct text cell;
    struct buf text;

    buf_init(&text, CELL_LIMIT);
    add(job->session, profile, &text);
    cell = arena_text(job->arena, buf_view(&text));
    buf_done(&text);
    if (!cell.data)
        return arena_failed(job->arena, err);
    listing_text(listing, column, cell);
    return ERROR_NONE;
}

static void add_origin(struct session *session, const struct profile *profile, struct buf *out)
{
    credentials_add_origin(session->profiles, profile, out);
}

static void add_endpoint(struct session *session, const struct profile *profile, struct buf *out)
{
    (void)session;
    if (profile->endpoint)
        connection_add_public_url(out, text_of(profile->endpoint));
    else
        buf_add_format(out, "unix:%s", profile->unix_socket);
}

enum error_code show_profiles_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    enum { NAME, ENVIRONMENT, REGION, ENDPOINT, CREDENTIALS, MODE, STATE, COLUMNS };
    static const char *const column_table[COLUMNS] = {"name", "environment", "region", "endpoint",
        "credentials", "mode", "state"};
    struct session *session = job->session;
    struct listing listing;

    (void)tree;
    (void)plan;
    if (listing_begin(&listing, job, "profiles", column_table, COLUMNS, err))
        return err->code;
    for (size_t i = 0; i < profile_count(session->profiles); i++) {
        const struct profile *profile = profile_at(session->profiles, i);
        bool is_prod = strcmp(profile->environment, "prod") == 0;

        listing_string(&listing, NAME, profile->name);
        listing_string(&listing, ENVIRONMENT, profile->environment);
        listing_string(&listing, REGION, profile->region);
        if ((profile->endpoint || profile->unix_socket) &&
            list_added(job, &listing, ENDPOINT, profile, add_endpoint, err))
            return err->code;
        if (list_added(job, &listing, CREDENTIALS, profile, add_origin, err))
            return err->code;
        listing_string(&listing, MODE, profile->read_only || is_prod ? "read-only" : "read-write");
        if (list_added(job, &listing, STATE, profile, session_add_profile_state, err) ||
            listing_row(&listing, err))
            return err->code;
    }
    return listing_end(&listing, err);
}

enum error_code show_identity_plan(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    plan->link = job_link(job, TEXT(""), err);
    if (!plan->link)
        return err->code;
    plan_add(plan, PLAN_PLAN, "who calls through %s", plan->link->name);
    if (!connection_is_local(plan->link->connection))
        plan_add_call(plan, &service_sts, "GetCallerIdentity", "1", NULL, TEXT("{}"));
    return ERROR_NONE;
}

enum error_code show_identity_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    enum {
        PROFILE,
        ENVIRONMENT,
        REGION,
        ACCOUNT,
        ARN,
        USER,
        MODE,
        ENDPOINT,
        CREDENTIALS,
        EXPIRES,
        COLUMNS
    };
    static const char *const column_table[COLUMNS] = {"profile", "environment", "region", "account",
        "arn", "user", "mode", "endpoint", "credentials", "expires"};
    struct connection *connection = plan->link->connection;
    const struct profile *profile = connection_profile(connection);
    const struct json *identity;
    struct listing listing;
    struct text account;
    struct buf endpoint, expires;
    enum error_code code;

    (void)tree;
    buf_init(&endpoint, 4096);
    buf_init(&expires, 64);
    code = ask_identity(job, plan->link, &identity, err);
    if (!code)
        code = connection_public_endpoint(connection, &service_dynamodb, &endpoint, err);
    if (!code)
        code = listing_begin(&listing, job, "identity", column_table, COLUMNS, err);
    if (!code) {
        account = json_string_member(identity, "Account");
        listing_string(&listing, PROFILE, profile->name);
        listing_string(&listing, ENVIRONMENT, profile->environment);
        listing_string(&listing, REGION, connection_region(connection));
        listing_text(&listing, ACCOUNT,
            account.length > 0 ? account : text_of(connection_account(connection)));
        listing_text(&listing, ARN, json_string_member(identity, "Arn"));
        listing_text(&listing, USER, json_string_member(identity, "UserId"));
        listing_string(&listing, MODE,
            connection_is_read_only(connection) ? "read-only" : "read-write");
        listing_text(&listing, ENDPOINT, buf_view(&endpoint));
        code = list_added(job, &listing, CREDENTIALS, profile, add_origin, err);
    }
    if (!code && connection_key_expires(connection) > 0) {
        clock_add_iso(&expires, connection_key_expires(connection), false);
        listing_text(&listing, EXPIRES, buf_view(&expires));
    }
    if (!code) {
        code = listing_row(&listing, err);
    }
    if (!code)
        code = listing_end(&listing, err);
    buf_done(&expires);
    buf_done(&endpoint);
    return code;
}

bool read_only_parse(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct connect_node *node = new_node(lexer, tree, err);

    if (!node)
        return false;
    node->read_only = parse_word(lexer, "ON");
    if (node->read_only)
        return true;
    if (!parse_need_word(lexer, "OFF", err))
        return false;
    if (!parse_word(lexer, "FOR"))
        return true;
    if (!parse_duration(lexer, "a duration such as 15m", &node->duration, err))
        return false;
    if (node->duration == 0 || node->duration > READ_WRITE_LONGEST)
        return parse_fail(err, &lexer->last, "the duration is at least 1s and at most 60m");
    return true;
}

/* Whether changes may be allowed at all; asks where the profile is guarded. */
static enum error_code allow_writes(struct job *job, struct link *link,
    const struct connect_node *node, struct error *err)
{
    const struct session *session = job->session;
    const struct profile *profile = connection_profile(link->connection);
    bool is_guarded = profile->read_only || strcmp(profile->environment, "prod") == 0;
    struct question question = {
        .risk = RISK_DESTROY,
        .details = "",
        .type_name = profile->name,
        .kind = "profile",
        .environment = profile->environment,
    };

    if (session->read_only_process)
        return error_set(err, ERROR_REFUSED, "--read-only holds for the whole run");
    if (!is_guarded)
        return ERROR_NONE;
    if (session->is_batch && !session->read_write_asked) {
        error_set(err, ERROR_REFUSED, "profile %s stays read-only without a person", profile->name);
        return error_hint(err, "--read-write allows changes");
    }
    question.text =
        arena_format(job->arena, "Allow changes in profile %s for %llu minutes?", profile->name,
            (unsigned long long)((node->duration ? node->duration : READ_WRITE_USUAL) /
                                 (60 * CLOCK_SECOND)));
    if (!question.text)
        return arena_failed(job->arena, err);
    return job->ask(job, &question, err) ? ERROR_NONE : err->code;
}

enum error_code read_only_run(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct connect_node *node = tree->node;
    struct link *link = job_link(job, TEXT(""), err);
    uint64_t until = 0;
    struct buf note;

    (void)plan;
    if (!link)
        return err->code;
    if (node->read_only) {
        connection_set_read_only(link->connection, true, 0);
        job_note(job, REPORT_FOOTER, "%s is read-only", link->name);
        return ERROR_NONE;
    }
    if (allow_writes(job, link, node, err))
        return err->code;
    if (node->duration || connection_profile(link->connection)->read_only ||
        strcmp(connection_profile(link->connection)->environment, "prod") == 0)
        until = clock_wall() + (node->duration ? node->duration : READ_WRITE_USUAL);
    connection_set_read_only(link->connection, false, until);
    buf_init(&note, 200);
    buf_add_format(&note, "%.100s is read-write", link->name);
    if (until > 0) {
        buf_add_string(&note, " until ");
        clock_add_iso(&note, until, false);
    }
    job_note(job, REPORT_FOOTER, "%s", buf_string(&note));
    buf_done(&note);
    return ERROR_NONE;
}
