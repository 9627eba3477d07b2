#include "console/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

const struct option option_table[] = {
    {"api", 0, "NAME", "API that a statement means when it names none"},
    {"arg", 0, "LITERAL", "value of the next ? parameter; repeatable"},
    {"command", 'c', "STATEMENT", "run statements and end; repeatable, in order with --file"},
    {"endpoint-url", 0, "URL", "endpoint of every service; unix:PATH for a socket"},
    {"endpoint-url-apigateway", 0, "URL", "endpoint of the API Gateway control plane"},
    {"endpoint-url-cloudwatch", 0, "URL", "endpoint of CloudWatch"},
    {"endpoint-url-dynamodb", 0, "URL", "endpoint of DynamoDB"},
    {"endpoint-url-lambda", 0, "URL", "endpoint of Lambda"},
    {"endpoint-url-logs", 0, "URL", "endpoint of CloudWatch Logs"},
    {"endpoint-url-sns", 0, "URL", "endpoint of the Simple Notification Service"},
    {"endpoint-url-streams", 0, "URL", "endpoint of DynamoDB Streams"},
    {"endpoint-url-sts", 0, "URL", "endpoint of the Security Token Service, also of its roles"},
    {"file", 'f', "FILE", "run the statements of a file, - for stdin; repeatable"},
    {"help", 'h', NULL, "print this and end"},
    {"i-mean", 0, "KIND=NAME", "answer where a name must be typed; repeatable"},
    {"mfa-code", 0, "CODE", "code of the profile's MFA device; serves once"},
    {"param", 0, "NAME=LITERAL", "value of the parameter :name; repeatable"},
    {"param-text", 0, "NAME=TEXT", "text of the parameter :name, as it stands; repeatable"},
    {"profile", 'p', "NAME", "profile to connect to"},
    {"region", 0, "NAME", "region, instead of the profile's"},
    {"stage", 0, "NAME", "stage that a statement means when it names none"},
    {"version", 0, NULL, "print the version and end"},
    {NULL, 0, NULL, NULL},
};

/* The same name as in other tools. */
static const struct {
    const char *other, *ours;
} alias_table[] = {
    {"output", "format"},
};

static const struct option *find_option(struct text name)
{
    for (const struct option *option = option_table; option->name; option++)
        if (text_is(name, option->name))
            return option;
    return NULL;
}

static const struct option *find_letter(char letter)
{
    for (const struct option *option = option_table; option->name; option++)
        if (option->letter == letter)
            return option;
    return NULL;
}

static const struct setting *find_setting_letter(char letter)
{
    for (const struct setting *setting = setting_table; setting->name; setting++)
        if (setting->letter == letter && (setting->where & SETTING_OPTION))
            return setting;
    return NULL;
}

static bool add_string(const char ***list, size_t *count, const char *string)
{
    const char **grown = mem_resize(*list, *count + 2, sizeof(**list));

    if (!grown)
        return false;
    *list = grown;
    grown[(*count)++] = string;
    grown[*count] = NULL;
    return true;
}

static bool add_source(struct options *options, bool is_file, const char *text)
{
    struct option_source *grown =
        mem_resize(options->source, options->source_count + 1, sizeof(*grown));

    if (!grown)
        return false;
    options->source = grown;
    grown[options->source_count++] = (struct option_source){is_file, text};
    return true;
}

static bool add_param(struct options *options, bool is_text, const char *text)
{
    struct option_pair *grown =
        mem_resize(options->param, options->param_count + 1, sizeof(*grown));

    if (!grown)
        return false;
    options->param = grown;
    grown[options->param_count++] = (struct option_pair){is_text, text};
    return true;
}

static enum error_code check_pair(const char *name, const char *value, struct error *err)
{
    const char *sign = strchr(value, '=');

    if (sign && sign != value)
        return ERROR_NONE;
    error_set(err, ERROR_USAGE, "--%s %s: a name, = and a value are needed", name, value);
    return err->code;
}

static bool add_endpoint(struct options *options, const char *service, const char *url)
{
    struct service_endpoint *grown =
        mem_resize(options->service_endpoint, options->service_endpoint_count + 2, sizeof(*grown));

    if (!grown)
        return false;
    options->start.service_endpoint = options->service_endpoint = grown;
    grown[options->service_endpoint_count++] = (struct service_endpoint){service, url};
    grown[options->service_endpoint_count] = (struct service_endpoint){NULL, NULL};
    return true;
}

/* One option for both kinds of API. */
static bool set_endpoint(struct options *options, const char *service, const char *url)
{
    return add_endpoint(options, service, url) &&
           (strcmp(service, "apigateway") != 0 || add_endpoint(options, "apigatewayv2", url));
}

static enum error_code apply_option(struct options *options, const struct option *option,
    const char *value, struct error *err)
{
    const char *name = option->name;
    bool good = true;

    if (strcmp(name, "help") == 0)
        options->help = true;
    else if (strcmp(name, "version") == 0)
        options->version = true;
    else if (strcmp(name, "api") == 0)
        options->start.api = value;
    else if (strcmp(name, "stage") == 0)
        options->start.stage = value;
    else if (strcmp(name, "profile") == 0)
        options->start.profile = value;
    else if (strcmp(name, "region") == 0)
        options->start.region = value;
    else if (strcmp(name, "endpoint-url") == 0)
        options->start.endpoint = value;
    else if (strcmp(name, "mfa-code") == 0)
        options->start.mfa_code = value;
    else if (strcmp(name, "command") == 0)
        good = add_source(options, false, value);
    else if (strcmp(name, "file") == 0)
        good = add_source(options, true, value);
    else if (strcmp(name, "arg") == 0)
        good = add_string(&options->arg, &options->arg_count, value);
    else if (strncmp(name, "endpoint-url-", 13) == 0)
        good = set_endpoint(options, name + 13, value);
    else if (check_pair(name, value, err))
        return err->code;
    else if (strcmp(name, "i-mean") == 0)
        good = add_string(&options->i_mean, &options->i_mean_count, value);
    else
        good = add_param(options, strcmp(name, "param-text") == 0, value);
    return good ? ERROR_NONE : error_memory(err);
}

/* A cursor over the arguments; value is what stands behind = or in the next argument. */
struct arguments {
    int count, at;
    char **list;
};

static const char *take_value(struct arguments *arguments, const char *attached)
{
    if (attached)
        return attached;
    return arguments->at < arguments->count ? arguments->list[arguments->at++] : NULL;
}

static enum error_code apply_setting(struct settings *settings, const struct setting *setting,
    const char *value, struct error *err)
{
    if (setting_apply(settings, setting, text_of(value), err))
        return error_wrap(err, "--%s", setting->name);
    return ERROR_NONE;
}

static enum error_code refuse_unknown(struct text name, struct error *err)
{
    const char *nearest = NULL;
    size_t best = name.length > 4 ? 3 : 2; /* of a short name two letters are half */

    for (const struct option *option = option_table; option->name; option++) {
        size_t distance = text_distance(name, text_of(option->name), best);

        if (distance < best) {
            best = distance;
            nearest = option->name;
        }
    }
    for (const struct setting *setting = setting_table; setting->name; setting++) {
        size_t distance = text_distance(name, text_of(setting->name), best);

        if ((setting->where & SETTING_OPTION) && distance < best) {
            best = distance;
            nearest = setting->name;
        }
    }
    error_set(err, ERROR_USAGE, "there is no option --%.*s",
        (int)(name.length < 60 ? name.length : 60), name.data);
    if (nearest)
        return error_hint(err, "did you mean --%s?", nearest);
    return error_hint(err, "gatehouse --help lists the options");
}

static enum error_code need_value(const char *name, const char *what, struct error *err)
{
    return error_set(err, ERROR_USAGE, "--%s needs a value: %s", name, what);
}

static enum error_code read_long(struct options *options, struct settings *settings,
    struct arguments *arguments, const char *argument, struct error *err)
{
    const char *sign = strchr(argument, '='), *attached = sign ? sign + 1 : NULL, *value;
    struct text name = text_make(argument, sign ? (size_t)(sign - argument) : strlen(argument));
    const struct option *option = find_option(name);
    const struct setting *setting;
    bool is_off = false;

    for (size_t i = 0; i < sizeof(alias_table) / sizeof(alias_table[0]); i++)
        if (text_is(name, alias_table[i].other))
            name = text_of(alias_table[i].ours);
    if (option) {
        if (!option->argument && attached)
            return error_set(err, ERROR_USAGE, "--%s takes no value", option->name);
        value = option->argument ? take_value(arguments, attached) : NULL;
        if (option->argument && !value)
            return need_value(option->name, option->argument, err);
        return apply_option(options, option, value, err);
    }
    setting = setting_find(name);
    if ((!setting || !(setting->where & SETTING_OPTION)) && text_starts_with(name, TEXT("no-"))) {
        setting = setting_find(text_slice(name, 3, name.length));
        is_off = true;
        if (setting && (setting->kind != SETTING_FLAG || setting->choices || attached))
            setting = NULL;
    }
    if (!setting || !(setting->where & SETTING_OPTION))
        return refuse_unknown(name, err);
    if (setting->kind == SETTING_FLAG && !setting->choices && !attached)
        return apply_setting(settings, setting, is_off ? "off" : "on", err);
    value = take_value(arguments, attached);
    if (!value)
        return need_value(setting->name, setting->choices ? setting->choices : "see --help", err);
    return apply_setting(settings, setting, value, err);
}

/* -qv, -cSTATEMENT, -c STATEMENT */
static enum error_code read_short(struct options *options, struct settings *settings,
    struct arguments *arguments, const char *letters, struct error *err)
{
    for (; *letters; letters++) {
        const struct option *option = find_letter(*letters);
        const struct setting *setting = option ? NULL : find_setting_letter(*letters);
        bool has_value =
            option ? option->argument != NULL : setting && setting->kind != SETTING_FLAG;
        const char *name = option ? option->name : setting ? setting->name : NULL;
        const char *value = NULL;

        if (!name)
            return error_set(err, ERROR_USAGE, "there is no option -%c", *letters);
        if (has_value) {
            value = take_value(arguments, letters[1] ? letters + 1 : NULL);
            if (!value)
                return need_value(name, option ? option->argument : setting->choices, err);
        }
        if (option && apply_option(options, option, value, err))
            return err->code;
        if (setting && apply_setting(settings, setting, value ? value : "on", err))
            return err->code;
        if (has_value)
            return ERROR_NONE;
    }
    return ERROR_NONE;
}

enum error_code options_parse(struct options *options, struct settings *settings, int argc,
    char **argv, struct error *err)
{
    struct arguments arguments = {.count = argc, .at = 1, .list = argv};

    memset(options, 0, sizeof(*options));
    while (arguments.at < argc) {
        const char *argument = argv[arguments.at++];
        enum error_code code;

        if (strncmp(argument, "--", 2) == 0 && argument[2])
            code = read_long(options, settings, &arguments, argument + 2, err);
        else if (argument[0] == '-' && argument[1] && argument[1] != '-')
            code = read_short(options, settings, &arguments, argument + 1, err);
        else
            code = error_set(err, ERROR_USAGE, "%s is no option and no command", argument);
        if (code) {
            if (!err->hint[0])
                error_hint(err, "gatehouse --help lists the options");
            options_done(options);
            return code;
        }
    }
    return ERROR_NONE;
}

void options_done(struct options *options)
{
    mem_free(options->source);
    mem_free(options->param);
    mem_free(options->arg);
    mem_free(options->i_mean);
    mem_free(options->service_endpoint);
    memset(options, 0, sizeof(*options));
}
