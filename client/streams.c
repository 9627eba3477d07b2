#include "client/service.h"

/* DynamoDB Streams, API version 2012-08-10: nothing in it writes. */
static const struct operation operation_table[] = {
    SERVICE_LISTING("DescribeStream", OPERATION_READ, "ExclusiveStartShardId",
        "LastEvaluatedShardId"),
    SERVICE_LISTING("GetRecords", OPERATION_READ, "ShardIterator", "NextShardIterator"),
    SERVICE_CALL("GetShardIterator", OPERATION_READ),
    SERVICE_LISTING("ListStreams", OPERATION_READ, "ExclusiveStartStreamArn",
        "LastEvaluatedStreamArn"),
};

const struct service service_streams = {
    .name = "streams",
    .signing_name = "dynamodb",
    .host_prefix = "streams.dynamodb",
    .target_prefix = "DynamoDBStreams_20120810",
    .json_version = "1.0",
    .protocol = SERVICE_JSON,
    .operation = operation_table,
    .operation_count = sizeof operation_table / sizeof operation_table[0],
};
