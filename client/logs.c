#include "client/service.h"

enum {
    READ = OPERATION_READ,
    WRITE = OPERATION_WRITE,
    REPEAT = OPERATION_WRITE | OPERATION_IDEMPOTENT
};

/*
 * API version 2014-03-28. GetLogEvents is at its end when the token comes back unchanged; reads
 * are the ones that language.md 7.2 names.
 */
static const struct operation operation_table[] = {
    SERVICE_CALL("CreateLogGroup", REPEAT),
    SERVICE_CALL("CreateLogStream", REPEAT),
    SERVICE_CALL("DeleteLogGroup", REPEAT),
    SERVICE_CALL("DeleteLogStream", REPEAT),
    SERVICE_CALL("DeleteRetentionPolicy", REPEAT),
    SERVICE_LISTING("DescribeLogGroups", READ, "nextToken", "nextToken"),
    SERVICE_LISTING("DescribeLogStreams", READ, "nextToken", "nextToken"),
    SERVICE_LISTING("FilterLogEvents", READ, "nextToken", "nextToken"),
    SERVICE_LISTING("GetLogEvents", READ, "nextToken", "nextForwardToken"),
    SERVICE_CALL("ListTagsForResource", REPEAT),
    SERVICE_CALL("PutLogEvents", WRITE),
    SERVICE_CALL("PutRetentionPolicy", REPEAT),
    SERVICE_CALL("TagResource", REPEAT),
    SERVICE_CALL("UntagResource", REPEAT),
};

const struct service service_logs = {
    .name = "logs",
    .signing_name = "logs",
    .host_prefix = "logs",
    .target_prefix = "Logs_20140328",
    .json_version = "1.1",
    .protocol = SERVICE_JSON,
    .operation = operation_table,
    .operation_count = sizeof operation_table / sizeof operation_table[0],
};
