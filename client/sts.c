#include "client/service.h"

/* API version 2011-06-15. Role and session calls belong to credentials, not to statements. */
static const struct operation operation_table[] = {
    SERVICE_CALL("GetCallerIdentity", OPERATION_READ),
};

const struct service service_sts = {
    .name = "sts",
    .signing_name = "sts",
    .host_prefix = "sts",
    .query_version = "2011-06-15",
    .protocol = SERVICE_QUERY,
    .operation = operation_table,
    .operation_count = sizeof operation_table / sizeof operation_table[0],
};
