#include "console/help.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "console/language/backslash.h"
#include "console/messages.h"
#include "console/options.h"
#include "console/settings.h"
#include "console/statement.h"

enum { NAME_COLUMNS = 34 };

/* Two columns; a long name gets a line of its own. */
static void add_pair(struct buf *out, const char *name, const char *help, size_t width)
{
    size_t length = strlen(name);

    buf_add_format(out, "  %s", name);
    if (length > width) {
        buf_add_char(out, '\n');
        buf_add_repeat(out, ' ', width + 4);
    } else {
        buf_add_repeat(out, ' ', width - length + 2);
    }
    buf_add_format(out, "%s\n", help);
}

/* What is looked for most comes first; families that are not named follow. */
static const char *const family_table[] = {"Reading tables", "Writing tables", "Staged changes",
    "Moving data", "Tables", "APIs and routes", "Deployments", "Metrics and logs", "Session"};

enum { FAMILY_COUNT = sizeof(family_table) / sizeof(family_table[0]) };

static bool family_seen(size_t before, const char *family)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        if (strcmp(family_table[i], family) == 0)
            return true;
    for (size_t i = 0; i < before; i++)
        if (strcmp(statement_at(i)->family, family) == 0)
            return true;
    return false;
}

static void add_family(struct buf *out, const char *family)
{
    buf_add_format(out, "%s\n", family);
    for (size_t i = 0; i < statement_count(); i++) {
        const struct statement *statement = statement_at(i);

        if (strcmp(statement->family, family) == 0)
            add_pair(out, statement->name, statement->summary, 20);
    }
    buf_add_char(out, '\n');
}

static void add_commands(struct buf *out)
{
    char name[48], meaning[96];

    buf_add_string(out, "\nCommands for short, each on a line of its own\n");
    for (const struct backslash_command *command = backslash_command_table; command->name;
         command++) {
        if (!backslash_find(text_of(command->name)))
            continue;
        snprintf(name, sizeof name, "\\%s%s%s", command->name, command->syntax[0] ? " " : "",
            command->syntax);
        snprintf(meaning, sizeof meaning, "%s", command->with ? command->with : command->bare);
        add_pair(out, name, meaning, 20);
    }
}

/* What stands in front of a statement. */
static const struct help_prefix {
    const char *name, *syntax, *summary, *short_form;
    const char *example[3];
} prefix_table[] = {
    {"EXPLAIN", "[(AWS | CURL | JSON, ...)] statement",
        "Show what a statement would do: its plan, cost, risk and calls; nothing is changed",
        "Show what a statement would do: EXPLAIN (AWS, CURL) statement",
        {"EXPLAIN DELETE MANY FROM orders WHERE cust = 'c1'",
            "EXPLAIN (AWS, CURL) GET orders 'c1', 17"}},
    {"ANALYZE", "statement", "Run a statement; its calls and their cost are printed, not its rows",
        "Run a statement, print its calls and their cost: ANALYZE statement",
        {"ANALYZE SELECT * FROM orders WHERE cust = 'c1' AND total > 5"}},
    {"WATCH", "[EVERY duration] [TIMES n] read",
        "Repeat a read until it is stopped, every 2 seconds unless it says otherwise",
        "Repeat a read: WATCH EVERY 5s TIMES 3 statement", {"WATCH EVERY 5s TIMES 3 COUNT orders"}},
};

enum { PREFIX_COUNT = sizeof(prefix_table) / sizeof(prefix_table[0]) };

void help_add_overview(struct buf *out)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        add_family(out, family_table[i]);
    for (size_t i = 0; i < statement_count(); i++)
        if (!family_seen(i, statement_at(i)->family))
            add_family(out, statement_at(i)->family);
    buf_add_string(out, "Prefixes\n");
    for (size_t i = 0; i < PREFIX_COUNT; i++)
        add_pair(out, prefix_table[i].name, prefix_table[i].short_form, 20);
    add_commands(out);
    buf_add_string(out, "\nHELP word explains one statement; SHOW SETTINGS lists the settings.\n");
}

static void add_statement(struct buf *out, const struct statement *statement)
{
    buf_add_format(out, "%s%s%s\n  %s\n", statement->name, statement->syntax[0] ? " " : "",
        statement->syntax, statement->summary);
    if (statement->flags & STATEMENT_SCREEN)
        buf_add_string(out, "  needs a screen\n");
    for (const char *const *example = statement->example; *example; example++)
        buf_add_format(out, "    %s%s\n", *example, statement->name[0] == '\\' ? "" : ";");
    buf_add_char(out, '\n');
}

/* "create  route" matches CREATE ROUTE; "create" matches all that begin with CREATE. */
static bool name_begins_with(const char *name, struct text words)
{
    struct text rest = text_of(name), word, wanted;

    while (text_take_field(&words, ' ', &wanted)) {
        if (wanted.length == 0)
            continue;
        if (!text_take_field(&rest, ' ', &word) || !text_equal_ignoring_case(word, wanted))
            return false;
    }
    return true;
}

static bool add_statements(struct buf *out, struct text words)
{
    bool any = false;

    for (size_t i = 0; i < statement_count(); i++)
        if (name_begins_with(statement_at(i)->name, words)) {
            add_statement(out, statement_at(i));
            any = true;
        }
    return any;
}

static bool add_prefix(struct buf *out, struct text word)
{
    for (size_t i = 0; i < PREFIX_COUNT; i++) {
        const struct help_prefix *prefix = &prefix_table[i];

        if (!text_is_ignoring_case(word, prefix->name))
            continue;
        buf_add_format(out, "%s %s\n  %s\n", prefix->name, prefix->syntax, prefix->summary);
        for (size_t k = 0; prefix->example[k]; k++)
            buf_add_format(out, "    %s;\n", prefix->example[k]);
        buf_add_char(out, '\n');
        return true;
    }
    return false;
}

static bool add_backslash(struct buf *out, struct text words)
{
    const struct backslash_command *command;

    if (text_starts_with(words, TEXT("\\")))
        words = text_slice(words, 1, words.length);
    command = backslash_find(words);
    if (!command)
        return false;
    buf_add_format(out, "\\%s%s%s\n", command->name, command->syntax[0] ? " " : "",
        command->syntax);
    if (command->bare)
        buf_add_format(out, "  alone: %s\n", command->bare);
    if (command->with)
        buf_add_format(out, "  with an argument: %s ...\n", command->with);
    buf_add_char(out, '\n');
    return true;
}

static bool add_setting(struct buf *out, struct text words)
{
    const struct setting *setting = setting_find(words);

    if (!setting)
        return false;
    buf_add_format(out, "%s (%s)\n  %s\n", setting->name,
        setting->choices                    ? setting->choices
        : setting->kind == SETTING_FLAG     ? "on|off"
        : setting->kind == SETTING_NUMBER   ? "number"
        : setting->kind == SETTING_DURATION ? "duration"
                                            : "text",
        setting->help);
    buf_add_format(out, "  default %s%s%s%s\n\n", setting->initial[0] ? setting->initial : "''",
        setting->where & SETTING_SET ? "; SET name value" : "",
        setting->where & SETTING_OPTION ? "; --name" : "",
        setting->where & SETTING_CONFIG ? "; name = value in the config file" : "");
    return true;
}

/* What a word that begins no statement and is no setting may still be: a word inside of one. */
static bool add_mentions(struct buf *out, struct text word)
{
    bool any = false;

    if (word.length < 2)
        return false;
    for (size_t i = 0; i < statement_count(); i++) {
        const struct statement *statement = statement_at(i);
        struct text parts[2] = {text_of(statement->name), text_of(statement->syntax)};

        for (size_t k = 0; k < 2; k++)
            for (size_t at = 0; at + word.length <= parts[k].length; at++)
                if (text_equal_ignoring_case(text_slice(parts[k], at, at + word.length), word) &&
                    (at == 0 || strchr(" |[({", parts[k].data[at - 1])) &&
                    (at + word.length == parts[k].length ||
                        strchr(" |])},", parts[k].data[at + word.length]))) {
                    add_statement(out, statement);
                    any = true;
                    k = 2;
                    break;
                }
    }
    return any;
}

bool help_add_topic(struct buf *out, struct text words)
{
    words = text_trim(words);
    return add_statements(out, words) || add_prefix(out, words) || add_setting(out, words) ||
           add_backslash(out, words) || add_mentions(out, words);
}

static void add_option(struct buf *out, const struct option *option)
{
    char name[80];

    snprintf(name, sizeof(name), "%s%c%s--%s%s%s", option->letter ? "-" : "",
        option->letter ? option->letter : ' ', option->letter ? ", " : "   ", option->name,
        option->argument ? " " : "", option->argument ? option->argument : "");
    add_pair(out, name, option->help, NAME_COLUMNS);
}

static void add_setting_option(struct buf *out, const struct setting *setting)
{
    const char *argument = "";
    char name[120];

    switch (setting->kind) {
    case SETTING_FLAG:
        argument = setting->choices ? setting->choices : "";
        break;
    case SETTING_CHOICE:
        argument = strlen(setting->choices) < 24 ? setting->choices : "NAME";
        break;
    case SETTING_NUMBER:
        argument = "N";
        break;
    case SETTING_DURATION:
        argument = "DURATION";
        break;
    case SETTING_TEXT:
        argument = "TEXT";
        break;
    }
    snprintf(name, sizeof(name), "%s%c%s--%s%s%s%s", setting->letter ? "-" : "",
        setting->letter ? setting->letter : ' ', setting->letter ? ", " : "   ",
        /* What is on anyway is of use as an option only to switch it off. */
        setting->kind == SETTING_FLAG && !setting->choices && strcmp(setting->initial, "on") == 0
            ? "[no-]"
            : "",
        setting->name, argument[0] ? " " : "", argument);
    add_pair(out, name, setting->help, NAME_COLUMNS);
}

void help_print_usage(void)
{
    struct buf out;

    buf_init(&out, 64 * 1024);
    buf_add_string(&out,
        "usage: gatehouse [option ...]\n"
        "       gatehouse serve|demo|completion|manual [argument ...]\n\n"
        "An admin console for API gateways and DynamoDB tables. Without -c, -f and a redirected\n"
        "input it opens a screen; with them it runs the statements and ends.\n\n"
        "Options\n");
    for (const struct option *option = option_table; option->name; option++)
        add_option(&out, option);
    buf_add_string(&out, "\nSettings\n");
    for (const struct setting *setting = setting_table; setting->name; setting++)
        if (setting->where & SETTING_OPTION)
            add_setting_option(&out, setting);
    buf_add_string(&out, "\nCommands\n");
    add_pair(&out, "serve", "serve tables and APIs from this machine; serve --help", 12);
    add_pair(&out, "demo", "open the console on sample tables and a sample API", 12);
    add_pair(&out, "completion", "print a completion script: bash, zsh or fish", 12);
    add_pair(&out, "manual", "print the lists of the manual pages", 12);
    buf_add_string(&out, "\nExit status\n");
    for (const struct message_status *row = message_status_table; row->text; row++)
        buf_add_format(&out, "  %3d  %s\n", row->status, row->text);
    fwrite(out.data, 1, out.length, stdout); /* main looks whether it could be written */
    buf_done(&out);
}
