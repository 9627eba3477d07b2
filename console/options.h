#ifndef CONSOLE_OPTIONS_H
#define CONSOLE_OPTIONS_H

#include "base/error.h"
#include "console/session.h"
#include "console/settings.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The command line of the console itself: settings (console/settings.h) and what is no setting.
 * Texts are borrowed from argv.
 */
struct option {
    const char *name;     /* without the hyphens */
    char letter;          /* or 0 */
    const char *argument; /* "FILE"; NULL: none */
    const char *help;     /* one line, no full stop */
};
extern const struct option option_table[]; /* sorted by name, ended by a NULL name */

/* A text to run: -c TEXT or -f FILE, in the order given. */
struct option_source {
    bool is_file;
    const char *text; /* statement, or path; "-": stdin */
};
struct option_pair {
    bool is_text;     /* --param-text: the value as it stands */
    const char *text; /* "name=value" */
};

struct options {
    bool help, version;
    struct session_start start;
    struct service_endpoint *service_endpoint; /* ended by service NULL */
    size_t service_endpoint_count;
    struct option_source *source;
    size_t source_count;
    struct option_pair *param;
    size_t param_count;
    const char **arg; /* --arg literals */
    size_t arg_count;
    const char **i_mean; /* NULL at the end */
    size_t i_mean_count;
};

/* Reads argv[1..] into options and settings. ERROR_USAGE names the option. */
enum error_code options_parse(struct options *options, struct settings *settings, int argc,
    char **argv, struct error *err) MUST_CHECK;
void options_done(struct options *options);

#endif
