#ifndef CONSOLE_SERVE_OPTIONS_H
#define CONSOLE_SERVE_OPTIONS_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What `gatehouse serve` is told: [serve] of the config file first, then the command line, which
 * wins. Texts are borrowed from argv or live in the arena.
 */
struct serve_options {
    struct arena *arena;
    const char *data, *socket, *listen, *region, *account;
    const char *auth;          /* "parse", "verify", "off" */
    const char *message_style; /* "2026", "legacy" */
    int64_t state_delay_ms, ttl_delay_s;
    bool admin_on_tcp, enforce_throughput;
    bool lease, memory, temporary, help;
};

enum serve_option_kind {
    SERVE_TEXT,
    SERVE_CHOICE, /* one of choices */
    SERVE_NUMBER, /* minimum..maximum */
    SERVE_SWITCH, /* on or off */
    SERVE_FLAG,   /* its name alone says on */
    SERVE_COMMAND /* a flag that the config file cannot hold */
};

struct serve_option {
    const char *name;     /* without the hyphens */
    const char *argument; /* "DIR"; NULL: a flag */
    enum serve_option_kind kind;
    size_t offset; /* in struct serve_options */
    int64_t minimum, maximum;
    const char *choices; /* "parse|verify|off" */
    const char *help;    /* one line, no full stop */
};
extern const struct serve_option serve_option_table[]; /* sorted, ended by a NULL name */

/* serve_options_done frees what this fills, after a failure too. */
enum error_code serve_options_parse(struct serve_options *options, int argc, char **argv,
    struct error *err) MUST_CHECK;
void serve_options_done(struct serve_options *options);

#endif
