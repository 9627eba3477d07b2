#ifndef ENDPOINT_ENDPOINT_H
#define ENDPOINT_ENDPOINT_H

#include "base/error.h"
#include "endpoint/tables/settings.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The embedded endpoint: server, tables, gateway, telemetry over one data folder. One instance per
 * folder (an flock'ed file "lock" with the pid). Included by console/serve.c only.
 */
struct endpoint;

enum endpoint_auth { ENDPOINT_AUTH_PARSE, ENDPOINT_AUTH_VERIFY, ENDPOINT_AUTH_OFF };

struct endpoint_options {
    const char *folder;                  /* data; created 0700 */
    const char *unix_socket;             /* or NULL */
    const char *listen;                  /* "127.0.0.1:8000", or NULL */
    const char *region;                  /* default "us-east-1" */
    const char *account;                 /* default "000000000000" */
    enum endpoint_auth auth;             /* off loopback anything but VERIFY is refused */
    const char *access_key, *secret_key; /* the configured user, for VERIFY */
    bool lease;  /* end 2 s after the last lease, or 10 s after start without one */
    bool memory; /* tables in memory mode */
    struct tables_settings tables;
    bool admin_on_tcp; /* fault rules over TCP too */
};

/*
 * Opens the data and binds. Errors: another server holds the folder (pid named), port in use,
 * read-only folder, corrupt, foreign or newer data file.
 */
struct endpoint *endpoint_new(const struct endpoint_options *options, struct error *err) MUST_CHECK;
void endpoint_run(struct endpoint *endpoint);  /* until stopped */
void endpoint_stop(struct endpoint *endpoint); /* any thread; safe in a signal handler */
void endpoint_free(struct endpoint *endpoint);
uint16_t endpoint_port(const struct endpoint *endpoint);

#endif
