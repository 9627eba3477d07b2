#ifndef CLIENT_SERVICE_ERRORS_H
#define CLIENT_SERVICE_ERRORS_H

#include "base/error.h"
#include "base/text.h"

/* What the error codes of the services mean to a script (language.md 8.3) and to a retry. */

enum {
    SERVICE_ERROR_THROTTLE = 1, /* nothing was done; send again later */
    SERVICE_ERROR_FAILURE = 2,  /* the service failed; a write may have been done */
    SERVICE_ERROR_EXPIRED = 4,  /* new credentials may help */
    SERVICE_ERROR_SKEW = 8      /* the clocks differ, if Date says so */
};

struct service_error {
    const char *code;
    enum error_code error;
    unsigned flags;
    const char *hint; /* "%s" stands for the profile; NULL: none */
};

/* code without prefix; an unknown one is judged by its HTTP status. Never NULL. */
const struct service_error *service_error_find(struct text code, int status);

/* The whole table, for tests. */
const struct service_error *service_error_table(size_t *count);

#endif
