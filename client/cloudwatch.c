#include "client/service.h"

enum {
    READ = OPERATION_READ,
    WRITE = OPERATION_WRITE,
    REPEAT = OPERATION_WRITE | OPERATION_IDEMPOTENT
};

/* API version 2010-08-01, JSON protocol. Reads are the ones that language.md 7.2 names. */
static const struct operation operation_table[] = {
    SERVICE_CALL("DeleteAlarms", REPEAT),
    SERVICE_LISTING("DescribeAlarms", READ, "NextToken", "NextToken"),
    SERVICE_LISTING("GetMetricData", READ, "NextToken", "NextToken"),
    SERVICE_CALL("GetMetricStatistics", READ),
    SERVICE_LISTING("ListMetrics", READ, "NextToken", "NextToken"),
    SERVICE_CALL("ListTagsForResource", REPEAT),
    SERVICE_CALL("PutMetricAlarm", REPEAT),
    SERVICE_CALL("PutMetricData", WRITE),
    SERVICE_CALL("SetAlarmState", REPEAT),
    SERVICE_CALL("TagResource", REPEAT),
    SERVICE_CALL("UntagResource", REPEAT),
};

const struct service service_cloudwatch = {
    .name = "cloudwatch",
    .signing_name = "monitoring",
    .host_prefix = "monitoring",
    .target_prefix = "GraniteServiceVersion20100801",
    .json_version = "1.0",
    .protocol = SERVICE_JSON,
    .operation = operation_table,
    .operation_count = sizeof operation_table / sizeof operation_table[0],
};
