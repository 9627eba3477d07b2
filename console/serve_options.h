#ifndef CONSOLE_SERVE_OPTIONS_H
#define CONSOLE_SERVE_OPTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The command line of `gatehouse serve`. Texts are borrowed from argv. */
struct serve_options {
    const char *data, *socket, *listen, *region, *account;
    const char *auth; /* "parse", "verify", "off" */
    bool lease, memory, temporary, help;
};

struct serve_option {
    const char *name;     /* without the hyphens */
    const char *argument; /* "DIR"; NULL: a flag */
    size_t offset;        /* in struct serve_options */
    const char *help;     /* one line, no full stop */
};
extern const struct serve_option serve_option_table[]; /* sorted, ended by a NULL name */

enum error_code serve_options_parse(struct serve_options *options, int argc, char **argv,
    struct error *err) MUST_CHECK;

#endif
