#include "console/serve_options.h"

#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "client/ini.h"

#define AT(member) offsetof(struct serve_options, member)

enum { CONFIG_LIMIT = 1024 * 1024 };

const struct serve_option serve_option_table[] = {
    {"account", "ID", SERVE_TEXT, AT(account), 0, 0, NULL, "account number in ARNs (000000000000)"},
    {"admin-on-tcp", "on|off", SERVE_SWITCH, AT(admin_on_tcp), 0, 0, NULL,
        "fault rules can be set over TCP too, not on the unix socket alone (off)"},
    {"auth", "MODE", SERVE_CHOICE, AT(auth), 0, 0, "parse|verify|off",
        "parse: read signatures, verify: check them with AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, off"},
    {"data", "DIR", SERVE_TEXT, AT(data), 0, 0, NULL,
        "folder of the data ($XDG_DATA_HOME/gatehouse/local)"},
    {"enforce-throughput", "on|off", SERVE_SWITCH, AT(enforce_throughput), 0, 0, NULL,
        "throttle tables and indexes at their provisioned or maximum throughput (off)"},
    {"help", NULL, SERVE_COMMAND, AT(help), 0, 0, NULL, "print this and end"},
    {"lease", NULL, SERVE_COMMAND, AT(lease), 0, 0, NULL,
        "end 2 s after the last console that uses it"},
    {"listen", "ADDRESS:PORT", SERVE_TEXT, AT(listen), 0, 0, NULL,
        "TCP address; off loopback only with --auth verify"},
    {"memory", NULL, SERVE_FLAG, AT(memory), 0, 0, NULL, "keep the tables in memory"},
    {"message-style", "STYLE", SERVE_CHOICE, AT(message_style), 0, 0, "2026|legacy",
        "wording of errors: 2026 as the service speaks now, legacy as it did in 2020 (2026)"},
    {"region", "NAME", SERVE_TEXT, AT(region), 0, 0, NULL, "region in ARNs (us-east-1)"},
    {"socket", "PATH", SERVE_TEXT, AT(socket), 0, 0, NULL,
        "unix socket ($XDG_RUNTIME_DIR/gatehouse/local.sock unless --listen is given)"},
    {"state-delay-ms", "MS", SERVE_NUMBER, AT(state_delay_ms), 0, 600000, NULL,
        "time that tables and indexes stay CREATING, UPDATING, DELETING (0)"},
    {"temporary", NULL, SERVE_COMMAND, AT(temporary), 0, 0, NULL,
        "remove the folder of --data at the end; it must be new or empty"},
    {"ttl-delay-s", "S", SERVE_NUMBER, AT(ttl_delay_s), 0, 172800, NULL,
        "seconds that expired items stay until they are deleted (0)"},
    {NULL, NULL, SERVE_TEXT, 0, 0, 0, NULL, NULL},
};

/* Underscores are hyphens, so that state_delay_ms is found too. */
static bool is_name_of(const struct serve_option *option, struct text name)
{
    struct text own = text_of(option->name);

    if (own.length != name.length)
        return false;
    for (size_t i = 0; i < own.length; i++)
        if (own.data[i] != (name.data[i] == '_' ? '-' : name.data[i]))
            return false;
    return true;
}

static const struct serve_option *find(struct text name)
{
    for (const struct serve_option *option = serve_option_table; option->name; option++)
        if (is_name_of(option, name))
            return option;
    return NULL;
}

static bool is_choice(const char *choices, struct text value)
{
    struct text rest = text_of(choices), word;

    while (text_take_field(&rest, '|', &word))
        if (text_equal(word, value))
            return true;
    return false;
}

static enum error_code refuse(const struct serve_option *option, const char *prefix,
    const char *value, const char *takes, struct error *err)
{
    error_set(err, ERROR_USAGE, "%s%s cannot be '%.80s'", prefix, option->name, value);
    if (option->kind == SERVE_NUMBER)
        return error_hint(err, "%s%s takes a number from %lld to %lld", prefix, option->name,
            (long long)option->minimum, (long long)option->maximum);
    return error_hint(err, "%s%s takes %s", prefix, option->name, takes);
}

/* prefix: how the place spells the name, "--" on the command line. value lives as long as options. */
static enum error_code apply(struct serve_options *options, const struct serve_option *option,
    const char *prefix, const char *value, struct error *err)
{
    void *field = (char *)options + option->offset;

    switch (option->kind) {
    case SERVE_CHOICE:
        if (!is_choice(option->choices, text_of(value)))
            return refuse(option, prefix, value, option->choices, err);
        *(const char **)field = value;
        break;
    case SERVE_TEXT:
        *(const char **)field = value;
        break;
    case SERVE_NUMBER:
        if (!text_to_integer(text_of(value), option->minimum, option->maximum, field))
            return refuse(option, prefix, value, "", err);
        break;
    case SERVE_SWITCH:
    case SERVE_FLAG:
    case SERVE_COMMAND:
        if (!is_choice("on|off", text_of(value)))
            return refuse(option, prefix, value, "on or off", err);
        *(bool *)field = strcmp(value, "on") == 0;
        break;
    }
    return ERROR_NONE;
}

static enum error_code read_entry(struct serve_options *options, const struct ini_reader *reader,
    struct error *err)
{
    const struct serve_option *option = find(reader->key);
    const char *value = arena_string(options->arena, reader->value);

    if (!value)
        return error_memory(err);
    if (!option || option->kind == SERVE_COMMAND)
        return error_set(err, ERROR_USAGE, "[serve] has no setting %.*s",
            (int)(reader->key.length < 60 ? reader->key.length : 60), reader->key.data);
    if (!value[0])
        return error_set(err, ERROR_USAGE, "%s needs a value", option->name);
    return apply(options, option, "", value, err);
}

/* A line that cannot be read ends it: a server must not run with less than it was told. */
static enum error_code read_config(struct serve_options *options, struct error *err)
{
    struct ini_reader reader;
    struct buf path, source;
    enum ini_kind kind;
    enum error_code code = ERROR_NONE;

    buf_init(&path, 4096);
    buf_init(&source, CONFIG_LIMIT);
    if (path_make(PATH_CONFIG, "config", false, &path, err) || !file_exists(buf_string(&path)))
        goto out;
    code = file_read(buf_string(&path), &source, err);
    ini_start(&reader, buf_view(&source));
    while (!code && (kind = ini_next(&reader)) != INI_END) {
        if (kind != INI_ENTRY || !text_is(reader.section, "serve"))
            continue;
        code = read_entry(options, &reader, err);
        if (code)
            error_wrap(err, "%s:%d", buf_string(&path), reader.line);
    }
out:
    buf_done(&source);
    buf_done(&path);
    return code;
}

static enum error_code read_arguments(struct serve_options *options, int argc, char **argv,
    struct error *err)
{
    for (int i = 1; i < argc; i++) {
        struct text rest = text_of(argv[i]), name;
        const struct serve_option *option = NULL;
        const char *value = NULL;

        if (text_starts_with(rest, TEXT("--"))) {
            rest = text_slice(rest, 2, rest.length);
            if (text_take_until(&rest, '=', &name))
                value = rest.data;
            else
                name = rest;
            option = find(name);
        }
        if (!option) {
            error_set(err, ERROR_USAGE, "serve has no option %s", argv[i]);
            return error_hint(err, "gatehouse serve --help lists the options");
        }
        if (!option->argument && value)
            return error_set(err, ERROR_USAGE, "--%s takes no value", option->name);
        if (!option->argument)
            value = "on";
        else if (!value && ++i < argc)
            value = argv[i];
        if (!value || !value[0])
            return error_set(err, ERROR_USAGE, "--%s needs a value: %s", option->name,
                option->argument);
        if (apply(options, option, "--", value, err))
            return err->code;
    }
    return ERROR_NONE;
}

enum error_code serve_options_parse(struct serve_options *options, int argc, char **argv,
    struct error *err)
{
    *options = (struct serve_options){.auth = "parse", .message_style = "2026"};
    options->arena = arena_new(CONFIG_LIMIT, err);
    if (!options->arena || read_config(options, err) || read_arguments(options, argc, argv, err))
        return err->code;
    if (options->temporary && !options->data)
        return error_set(err, ERROR_USAGE, "--temporary needs --data");
    return ERROR_NONE;
}

void serve_options_done(struct serve_options *options)
{
    arena_free(options->arena);
    options->arena = NULL;
}
