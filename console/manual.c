#include "console/manual.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "console/language/backslash.h"
#include "console/messages.h"
#include "console/options.h"
#include "console/serve_options.h"
#include "console/settings.h"
#include "console/statement.h"
#include "panels/keymap.h"

enum { MANUAL_LIMIT = 1024 * 1024 };

/* Text inside an mdoc document: the backslash is an escape, a dot or apostrophe begins a macro. */
static void add_text(struct buf *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        buf_add_string(out, "\\&");
    for (; *text; text++) {
        if (*text == '\\')
            buf_add_string(out, "\\e");
        else if (*text == '-')
            buf_add_string(out, "\\-");
        else
            buf_add_char(out, *text);
        if (*text == '\n' && (text[1] == '.' || text[1] == '\''))
            buf_add_string(out, "\\&");
    }
}

/* One argument of a macro. */
static void add_argument(struct buf *out, const char *text)
{
    buf_add_string(out, " \"");
    if (strchr(".,:;()[]?!|", *text)) /* a lone delimiter is not formatted */
        buf_add_string(out, "\\&");
    for (; *text; text++) {
        if (*text == '"')
            buf_add_string(out, "\\(dq");
        else if (*text == '\\')
            buf_add_string(out, "\\e");
        else if (*text == '-')
            buf_add_string(out, "\\-");
        else
            buf_add_char(out, *text);
    }
    buf_add_char(out, '"');
}

static void begin_list(struct buf *out)
{
    buf_add_string(out, ".Bl -tag -width Ds\n");
}

static void end_list(struct buf *out)
{
    buf_add_string(out, ".El\n");
}

/* Sentences of the records have no full stop. */
static void add_sentence(struct buf *out, const char *text)
{
    size_t start = out->length;

    add_text(out, text);
    if (out->length > start && out->data[start] >= 'a' && out->data[start] <= 'z')
        out->data[start] = (char)(out->data[start] - 'a' + 'A');
    buf_add_string(out, ".\n");
}

static void add_statement(struct buf *out, const struct statement *statement)
{
    buf_add_string(out, ".It Ic");
    add_argument(out, statement->name);
    buf_add_char(out, '\n');
    add_sentence(out, statement->summary);
    buf_add_string(out, ".Bd -literal -offset indent\n");
    add_text(out, statement->name);
    if (statement->syntax[0]) {
        buf_add_char(out, ' ');
        add_text(out, statement->syntax);
    }
    buf_add_string(out, "\n.Ed\n.Pp\nExamples:\n.Bd -literal -offset indent -compact\n");
    for (const char *const *example = statement->example; *example; example++) {
        add_text(out, *example);
        buf_add_char(out, '\n');
    }
    buf_add_string(out, ".Ed\n");
}

static void add_statements(struct buf *out)
{
    for (size_t i = 0; i < statement_count(); i++) {
        const char *family = statement_at(i)->family;
        bool is_seen = false;

        for (size_t k = 0; k < i && !is_seen; k++)
            is_seen = strcmp(statement_at(k)->family, family) == 0;
        if (is_seen)
            continue;
        buf_add_string(out, ".Ss ");
        add_text(out, family);
        buf_add_char(out, '\n');
        begin_list(out);
        for (size_t k = i; k < statement_count(); k++)
            if (strcmp(statement_at(k)->family, family) == 0)
                add_statement(out, statement_at(k));
        end_list(out);
    }
}

static void add_backslash(struct buf *out)
{
    begin_list(out);
    for (const struct backslash_command *command = backslash_command_table; command->name;
         command++) {
        char name[80];

        if (!backslash_find(text_of(command->name)))
            continue;
        snprintf(name, sizeof(name), "\\%s", command->name);
        buf_add_string(out, ".It Ic");
        add_argument(out, name);
        if (command->syntax[0]) {
            buf_add_string(out, " Ar");
            add_argument(out, command->syntax);
        }
        buf_add_string(out, "\nStands for\n.Ic");
        add_argument(out, command->with ? command->with : command->bare);
        buf_add_string(out, " .\n");
    }
    end_list(out);
}

static const char *value_of(const struct setting *setting)
{
    switch (setting->kind) {
    case SETTING_FLAG:
        return setting->choices ? setting->choices : "on|off";
    case SETTING_CHOICE:
        return setting->choices;
    case SETTING_NUMBER:
        return "number";
    case SETTING_DURATION:
        return "duration";
    case SETTING_TEXT:
        return "text";
    }
    return "";
}

static void add_setting(struct buf *out, const struct setting *setting)
{
    buf_add_string(out, ".It Cm");
    add_argument(out, setting->name);
    buf_add_string(out, " Ar");
    add_argument(out, value_of(setting));
    buf_add_char(out, '\n');
    add_sentence(out, setting->help);
    if (setting->initial[0]) {
        buf_add_string(out, "The default is\n.Cm");
        add_argument(out, setting->initial);
        buf_add_string(out, " .\n");
    }
}

/* The settings of the config file, and those that SET alone knows. */
static void add_settings(struct buf *out)
{
    begin_list(out);
    for (const struct setting *setting = setting_table; setting->name; setting++)
        if (setting->where & SETTING_CONFIG)
            add_setting(out, setting);
    end_list(out);
}

static void add_option(struct buf *out, char letter, const char *name, const char *argument,
    const char *help)
{
    char flag[80];

    buf_add_string(out, ".It ");
    if (letter) {
        buf_add_format(out, "Fl %c", letter);
        if (argument) {
            buf_add_string(out, " Ar");
            add_argument(out, argument);
        }
        buf_add_string(out, " , ");
    }
    snprintf(flag, sizeof(flag), "-%s", name);
    buf_add_string(out, "Fl");
    add_argument(out, flag);
    if (argument) {
        buf_add_string(out, " Ar");
        add_argument(out, argument);
    }
    buf_add_char(out, '\n');
    add_sentence(out, help);
}

static void add_options(struct buf *out)
{
    begin_list(out);
    for (const struct option *option = option_table; option->name; option++)
        add_option(out, option->letter, option->name, option->argument, option->help);
    for (const struct setting *setting = setting_table; setting->name; setting++)
        if (setting->where & SETTING_OPTION)
            add_option(out, setting->letter, setting->name,
                setting->kind == SETTING_FLAG && !setting->choices ? NULL : value_of(setting),
                setting->help);
    end_list(out);
}

static void add_serve(struct buf *out)
{
    begin_list(out);
    for (const struct serve_option *option = serve_option_table; option->name; option++)
        add_option(out, 0, option->name, option->argument, option->help);
    end_list(out);
}

static void add_status(struct buf *out)
{
    begin_list(out);
    for (const struct message_status *row = message_status_table; row->text; row++) {
        buf_add_format(out, ".It %d\n", row->status);
        add_sentence(out, row->text);
    }
    end_list(out);
}

static bool context_seen(size_t before, const char *context)
{
    for (size_t i = 0; i < before; i++)
        if (strcmp(keymap_table[i].context, context) == 0)
            return true;
    return false;
}

static void add_binding(struct buf *out, const struct keymap_binding *binding)
{
    struct buf label;

    buf_init(&label, 256);
    keys_add_label(&label, text_of(binding->keys));
    buf_add_string(out, ".It Ic");
    add_argument(out, buf_string(&label));
    buf_add_char(out, '\n');
    add_sentence(out, binding->help);
    if (binding->action[0] >= 'A' && binding->action[0] <= 'Z') {
        buf_add_string(out, ".Dl ");
        add_text(out, binding->action);
        buf_add_char(out, '\n');
    }
    buf_done(&label);
}

static void add_keys(struct buf *out)
{
    for (size_t i = 0; i < keymap_table_count; i++) {
        const char *context = keymap_table[i].context;

        if (context_seen(i, context))
            continue;
        buf_add_format(out, ".Ss Context %s\n", context);
        begin_list(out);
        for (size_t k = i; k < keymap_table_count; k++)
            if (strcmp(keymap_table[k].context, context) == 0)
                add_binding(out, &keymap_table[k]);
        end_list(out);
    }
}

static const struct {
    const char *name;
    void (*add)(struct buf *out);
} list_table[] = {
    {"backslash", add_backslash},
    {"keys", add_keys},
    {"options", add_options},
    {"serve", add_serve},
    {"settings", add_settings},
    {"statements", add_statements},
    {"status", add_status},
};

int manual_main(int argc, char **argv)
{
    struct buf out;
    struct error err = {.code = ERROR_NONE};
    void (*add)(struct buf * buf) = NULL;

    for (size_t i = 0; argc == 2 && i < sizeof(list_table) / sizeof(list_table[0]); i++)
        if (strcmp(argv[1], list_table[i].name) == 0)
            add = list_table[i].add;
    if (!add) {
        fprintf(stderr, "usage: gatehouse manual");
        for (size_t i = 0; i < sizeof(list_table) / sizeof(list_table[0]); i++)
            fprintf(stderr, "%c%s", i > 0 ? '|' : ' ', list_table[i].name);
        fprintf(stderr, "\n");
        return message_exit_status(ERROR_USAGE);
    }
    buf_init(&out, MANUAL_LIMIT);
    add(&out);
    if (!buf_check(&out, "manual", &err) && file_write_all(STDOUT_FILENO, buf_view(&out), &err))
        fprintf(stderr, "gatehouse: error: %s\n", err.text);
    buf_done(&out);
    return message_exit_status(err.code);
}
