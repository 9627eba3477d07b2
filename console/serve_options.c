#include "console/serve_options.h"

#include <string.h>

#include "base/text.h"

#define AT(member) offsetof(struct serve_options, member)

const struct serve_option serve_option_table[] = {
    {"account", "ID", AT(account), "account number in ARNs (000000000000)"},
    {"auth", "MODE", AT(auth),
        "parse: read signatures, verify: check them with AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, off"},
    {"data", "DIR", AT(data), "folder of the data ($XDG_DATA_HOME/gatehouse/local)"},
    {"help", NULL, AT(help), "print this and end"},
    {"lease", NULL, AT(lease), "end 2 s after the last console that uses it"},
    {"listen", "ADDRESS:PORT", AT(listen), "TCP address; off loopback only with --auth verify"},
    {"memory", NULL, AT(memory), "keep the tables in memory"},
    {"region", "NAME", AT(region), "region in ARNs (us-east-1)"},
    {"socket", "PATH", AT(socket),
        "unix socket ($XDG_RUNTIME_DIR/gatehouse/local.sock unless --listen is given)"},
    {"temporary", NULL, AT(temporary),
        "remove the folder of --data at the end; it must be new or empty"},
    {NULL, NULL, 0, NULL},
};

static const struct serve_option *find(struct text name)
{
    for (const struct serve_option *option = serve_option_table; option->name; option++)
        if (text_is(name, option->name))
            return option;
    return NULL;
}

static enum error_code check_auth(const struct serve_options *options, struct error *err)
{
    static const char *const mode_table[] = {"parse", "verify", "off"};

    for (size_t i = 0; i < sizeof(mode_table) / sizeof(mode_table[0]); i++)
        if (strcmp(options->auth, mode_table[i]) == 0)
            return ERROR_NONE;
    error_set(err, ERROR_USAGE, "--auth cannot be '%s'", options->auth);
    return error_hint(err, "--auth takes parse, verify or off");
}

enum error_code serve_options_parse(struct serve_options *options, int argc, char **argv,
    struct error *err)
{
    memset(options, 0, sizeof(*options));
    options->auth = "parse";
    for (int i = 1; i < argc; i++) {
        struct text rest = text_of(argv[i]), name;
        const struct serve_option *option = NULL;
        const char *value = NULL;
        void *field;

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
        field = (char *)options + option->offset;
        if (!option->argument) {
            if (value)
                return error_set(err, ERROR_USAGE, "--%s takes no value", option->name);
            *(bool *)field = true;
            continue;
        }
        if (!value && ++i < argc)
            value = argv[i];
        if (!value || !value[0])
            return error_set(err, ERROR_USAGE, "--%s needs a value: %s", option->name,
                option->argument);
        *(const char **)field = value;
    }
    if (options->temporary && !options->data)
        return error_set(err, ERROR_USAGE, "--temporary needs --data");
    return check_auth(options, err);
}
