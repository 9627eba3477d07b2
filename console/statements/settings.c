#include "console/statements/settings.h"

#include <string.h>

#include "console/help.h"
#include "console/job.h"
#include "console/language/backslash.h"
#include "console/language/parser.h"
#include "console/listing.h"
#include "console/settings.h"
#include "console/statements/connect.h"
#include "panels/screen.h"

/* SET, SHOW SETTINGS, HELP, QUIT and the backslash commands that belong to the session. */

struct settings_node {
    const struct setting *setting;
    struct text name; /* of a parameter */
    struct text value;
    bool has_value;
    const struct value *literal;
};

static struct settings_node *new_node(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct settings_node *node = arena_alloc(lexer->arena, 1, sizeof(*node));

    if (!node)
        arena_failed(lexer->arena, err);
    tree->node = node;
    return node;
}

static bool parse_set_name(struct lexer *lexer, struct settings_node *node, struct error *err)
{
    struct token at = lexer->token;
    struct text name;

    if (!parse_name(lexer, "a setting", &name, err))
        return false;
    node->setting = setting_find(name);
    if (!node->setting) {
        setting_unknown(name, SETTING_SET, err);
    } else if (!(node->setting->where & SETTING_SET)) {
        error_set(err, ERROR_USAGE, "%s is an option: gatehouse --%s", node->setting->name,
            node->setting->name);
    } else {
        return true;
    }
    err->line = at.line;
    err->column = at.column;
    return false;
}

/* WORD | NUMBER | DURATION | PERCENT | string */
static bool parse_set_value(struct lexer *lexer, struct settings_node *node, struct error *err)
{
    struct token at = lexer->token;
    struct settings scratch;

    switch (at.kind) {
    case TOKEN_WORD:
    case TOKEN_NUMBER:
    case TOKEN_DURATION:
    case TOKEN_PERCENT:
        node->value = at.source;
        break;
    case TOKEN_SQ:
    case TOKEN_DQ:
        node->value = at.text;
        break;
    default:
        return parse_expected(lexer, "a value", err);
    }
    lexer_take(lexer);
    node->has_value = true;
    memset(&scratch, 0, sizeof(scratch));
    if (!setting_apply(&scratch, node->setting, node->value, err))
        return true;
    err->line = at.line;
    err->column = at.column;
    return false;
}

static bool parse_set(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct settings_node *node = new_node(lexer, tree, err);

    if (!node || !parse_set_name(lexer, node, err))
        return false;
    parse_sign(lexer, "=");
    return parse_at_end(lexer) || parse_set_value(lexer, node, err);
}

static enum error_code list_setting(struct listing *listing, const struct settings *settings,
    const struct setting *setting, struct error *err)
{
    char value[300];

    setting_text(settings, setting, value, sizeof(value));
    listing_string(listing, 0, setting->name);
    listing_string(listing, 1, value);
    listing_string(listing, 2, setting->initial);
    listing_string(listing, 3, setting->help);
    return listing_row(listing, err);
}

static const char *const setting_column_table[] = {"name", "value", "default", "meaning"};

/* The screen draws with some settings; what it refuses is not kept. */
static enum error_code tell_screen(struct session *session, const struct setting *setting,
    struct error *err)
{
    static const char *const screen_setting_table[] = {"ambiguous", "clipboard", "color", "cursor",
        "glyphs", "graph", "keys", "mouse", "page", "prompt-mode", "theme", "time", "which-key"};
    char value[300];

    if (!session->screen)
        return ERROR_NONE;
    setting_text(&session->settings, setting, value, sizeof(value));
    for (size_t i = 0; i < sizeof(screen_setting_table) / sizeof(screen_setting_table[0]); i++)
        if (strcmp(screen_setting_table[i], setting->name) == 0)
            return screen_set(session->screen, setting->name, value, err);
    return ERROR_NONE;
}

static enum error_code run_set(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct settings_node *node = tree->node;
    struct session *session = job->session;
    struct settings before = session->settings;
    struct listing listing;

    (void)plan;
    if (!node->has_value) {
        if (listing_begin(&listing, job, "setting", setting_column_table, 4, err) ||
            list_setting(&listing, &session->settings, node->setting, err))
            return err->code;
        return listing_end(&listing, err);
    }
    if (setting_apply(&session->settings, node->setting, node->value, err))
        return err->code;
    if (tell_screen(session, node->setting, err)) {
        session->settings = before;
        return err->code;
    }
    session_keep_journal(session);
    return ERROR_NONE;
}

static enum error_code run_show_settings(struct job *job, const struct tree *tree,
    struct plan *plan, struct error *err)
{
    struct listing listing;

    (void)tree;
    (void)plan;
    if (listing_begin(&listing, job, "settings", setting_column_table, 4, err))
        return err->code;
    for (const struct setting *setting = setting_table; setting->name; setting++)
        if ((setting->where & SETTING_SET) &&
            list_setting(&listing, &job->session->settings, setting, err))
            return err->code;
    return listing_end(&listing, err);
}

/* Takes the rest of the input as it stands; in HELP statement names are words, not names. */
static bool parse_rest(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct settings_node *node = new_node(lexer, tree, err);
    size_t start = lexer->token.offset, end = start;

    if (!node)
        return false;
    while (!parse_at_end(lexer)) {
        struct token token = lexer_take(lexer);

        end = token.offset + token.source.length;
    }
    node->value = text_slice(lexer->input, start, end);
    if (node->value.length >= 2 && node->value.data[0] == '\'') /* HELP '\\dt' */
        node->value = text_slice(node->value, 1, node->value.length - 1);
    return true;
}

static enum error_code run_help(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct settings_node *node = tree->node;
    struct buf out;
    enum error_code code = ERROR_NONE;

    (void)plan;
    buf_init(&out, 1024 * 1024);
    if (node->value.length == 0)
        help_add_overview(&out);
    else if (!help_add_topic(&out, node->value))
        code = error_set(err, ERROR_USAGE, "there is no help for '%.*s'",
            (int)(node->value.length < 100 ? node->value.length : 100), node->value.data);
    if (code)
        error_hint(err, "HELP lists the statements");
    else
        code = buf_check(&out, "help", err);
    if (!code)
        code = job->sink->text(job->sink, buf_view(&out), TEXT(""), err);
    buf_done(&out);
    return code;
}

static bool parse_quit(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct settings_node *node = new_node(lexer, tree, err);

    if (!node)
        return false;
    node->has_value = parse_word(lexer, "FORCE");
    return true;
}

static enum error_code run_quit(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    (void)tree;
    (void)plan;
    (void)err;
    job->session->quit = true;
    return ERROR_NONE;
}

static bool parse_echo(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct settings_node *node = new_node(lexer, tree, err);

    return node && backslash_line(lexer, NULL, &node->value, err);
}

static enum error_code run_echo(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct settings_node *node = tree->node;
    char *line = arena_format(job->arena, "%.*s\n", (int)node->value.length, node->value.data);

    (void)plan;
    if (!line)
        return arena_failed(job->arena, err);
    return job->sink->text(job->sink, text_of(line), TEXT(""), err);
}

static bool parse_parameter(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct settings_node *node = new_node(lexer, tree, err);

    if (!node)
        return false;
    if (parse_at_end(lexer))
        return true;
    if (!parse_name(lexer, "the name of a parameter", &node->name, err))
        return false;
    parse_sign(lexer, "=");
    node->literal = parse_literal(lexer, err);
    return node->literal != NULL;
}

static enum error_code list_parameters(struct job *job, struct error *err)
{
    static const char *const column_table[] = {"name", "value"};
    struct listing listing;
    struct text name;
    void *value;
    size_t at = 0;

    if (listing_begin(&listing, job, "parameters", column_table, 2, err))
        return err->code;
    while (map_next(job->session->parameters, &at, &name, &value)) {
        struct buf literal;

        buf_init(&literal, 1024 * 1024);
        value_add_literal(&literal, value);
        listing_text(&listing, 0, name);
        listing_text(&listing, 1, arena_text(job->arena, buf_view(&literal)));
        buf_done(&literal);
        if (listing_row(&listing, err))
            return err->code;
    }
    return listing_end(&listing, err);
}

static enum error_code run_parameter(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct settings_node *node = tree->node;

    (void)plan;
    if (!node->literal)
        return list_parameters(job, err);
    return session_set_parameter(job->session, node->name, node->literal, err);
}

static bool parse_unset(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct settings_node *node = new_node(lexer, tree, err);

    return node && parse_name(lexer, "the name of a parameter", &node->name, err);
}

static enum error_code run_unset(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct settings_node *node = tree->node;

    (void)plan;
    if (map_remove(job->session->parameters, node->name))
        return ERROR_NONE;
    return error_set(err, ERROR_USAGE, "there is no parameter :%.*s",
        (int)(node->name.length < 100 ? node->name.length : 100), node->name.data);
}

enum error_code settings_note(struct session *session, const struct tree *tree, struct error *err)
{
    const struct settings_node *node = tree->node;

    session_note_read(session, tree);
    if (tree->explain)
        return ERROR_NONE;
    if (tree->statement->run == run_parameter && node->literal)
        return session_set_parameter(session, node->name, node->literal, err);
    if (tree->statement->run == run_unset)
        map_remove(session->parameters, node->name);
    if (tree->statement->run == run_set && node->has_value &&
        node->setting->offset == offsetof(struct settings, dialect))
        return setting_apply(&session->settings, node->setting, node->value, err);
    return ERROR_NONE;
}

#define FAMILY "Session"
enum { INLINE = STATEMENT_LOCAL | STATEMENT_INLINE };

const struct statement settings_statement_table[] = {
    {
        .name = "CONNECT",
        .syntax = "profile [AS name] [REGION region] [ENDPOINT url] [READ ONLY]",
        .summary = "Open a connection and make it the current one",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"CONNECT local",
            "CONNECT `prod-eu` AS p REGION 'eu-west-1' READ ONLY", NULL},
        .parse = connect_parse,
        .run = connect_run,
    },
    {
        .name = "DISCONNECT",
        .syntax = "[PROFILE] name",
        .summary = "Close a connection",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"DISCONNECT p", NULL},
        .parse = disconnect_parse,
        .run = disconnect_run,
    },
    {
        .name = "HELP",
        .syntax = "[word ...]",
        .summary = "Explain statements and settings",
        .family = FAMILY,
        .flags = STATEMENT_LOCAL,
        .example = (const char *const[]){"HELP", "HELP CREATE ROUTE", NULL},
        .parse = parse_rest,
        .run = run_help,
    },
    {
        .name = "QUIT",
        .syntax = "[FORCE]",
        .summary = "End gatehouse",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"QUIT", NULL},
        .parse = parse_quit,
        .run = run_quit,
    },
    {
        .name = "SET",
        .syntax = "name [value]",
        .summary = "Change a setting, or show it",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"SET format csv", "SET timeout 30s", "SET limit", NULL},
        .parse = parse_set,
        .run = run_set,
    },
    {
        .name = "SET READ-ONLY",
        .syntax = "ON|OFF [FOR duration]",
        .summary = "Refuse changes in this connection, or allow them for a while",
        .family = FAMILY,
        .flags = STATEMENT_LOCAL,
        .example = (const char *const[]){"SET read-only on", "SET read-only off FOR 15m", NULL},
        .parse = read_only_parse,
        .run = read_only_run,
    },
    {
        .name = "SHOW IDENTITY",
        .syntax = "",
        .summary = "Show profile, account, region and endpoint of this connection",
        .family = FAMILY,
        .flags = STATEMENT_READ,
        .example = (const char *const[]){"SHOW IDENTITY", NULL},
        .parse = show_nothing_parse,
        .plan = show_identity_plan,
        .run = show_identity_run,
    },
    {
        .name = "SHOW PROFILES",
        .syntax = "",
        .summary = "List the profiles",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"SHOW PROFILES", NULL},
        .parse = show_nothing_parse,
        .run = show_profiles_run,
    },
    {
        .name = "SHOW SETTINGS",
        .syntax = "",
        .summary = "List the settings with their values and meanings",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"SHOW SETTINGS", NULL},
        .parse = show_nothing_parse,
        .run = run_show_settings,
    },
    {
        .name = "USE API",
        .syntax = "api [STAGE stage]",
        .summary = "Name the API and stage that statements mean when they name none",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"USE API shop STAGE prod", NULL},
        .parse = use_api_parse,
        .run = use_api_run,
    },
    {
        .name = "USE NONE",
        .syntax = "",
        .summary = "Forget the API and stage in use",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"USE NONE", NULL},
        .parse = use_none_parse,
        .run = use_none_run,
    },
    {
        .name = "USE PROFILE",
        .syntax = "name",
        .summary = "Connect to a profile, as CONNECT does",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"USE PROFILE local", NULL},
        .parse = use_name_parse,
        .run = use_profile_run,
    },
    {
        .name = "USE REGION",
        .syntax = "name",
        .summary = "Connect to the same profile in another region",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"USE REGION eu-west-1", NULL},
        .parse = use_name_parse,
        .run = use_region_run,
    },
    {
        .name = "USE STAGE",
        .syntax = "name",
        .summary = "Name the stage of the API in use",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"USE STAGE prod", NULL},
        .parse = use_name_parse,
        .run = use_stage_run,
    },
    {
        .name = "\\echo",
        .syntax = "text",
        .summary = "Print a line",
        .family = FAMILY,
        .flags = STATEMENT_LOCAL,
        .example = (const char *const[]){"\\echo done", NULL},
        .parse = parse_echo,
        .run = run_echo,
    },
    {
        .name = "\\set",
        .syntax = "[name literal]",
        .summary = "Give a parameter its value, or list the parameters",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"\\set limit 10", NULL},
        .parse = parse_parameter,
        .run = run_parameter,
    },
    {
        .name = "\\unset",
        .syntax = "name",
        .summary = "Forget a parameter",
        .family = FAMILY,
        .flags = INLINE,
        .example = (const char *const[]){"\\unset limit", NULL},
        .parse = parse_unset,
        .run = run_unset,
    },
    {0},
};
