#include "client/service.h"

enum {
    READ = OPERATION_READ,
    WRITE = OPERATION_WRITE, /* sends another message each time */
    REPEAT = OPERATION_WRITE | OPERATION_IDEMPOTENT
};

/*
 * API version 2010-03-31, query protocol: lists and maps are flat members such as
 * "Attributes.entry.1.key". Topics of one name are one topic, so CreateTopic may be repeated.
 * Reads are the ones that language.md 7.2 names.
 */
static const struct operation operation_table[] = {
    SERVICE_CALL("ConfirmSubscription", REPEAT),
    SERVICE_CALL("CreateTopic", REPEAT),
    SERVICE_CALL("DeleteTopic", REPEAT),
    SERVICE_CALL("GetSubscriptionAttributes", REPEAT),
    SERVICE_CALL("GetTopicAttributes", READ),
    SERVICE_LISTING("ListSubscriptions", READ, "NextToken", "NextToken"),
    SERVICE_LISTING("ListSubscriptionsByTopic", READ, "NextToken", "NextToken"),
    SERVICE_CALL("ListTagsForResource", REPEAT),
    SERVICE_LISTING("ListTopics", READ, "NextToken", "NextToken"),
    SERVICE_CALL("Publish", WRITE),
    SERVICE_CALL("PublishBatch", WRITE),
    SERVICE_CALL("SetSubscriptionAttributes", REPEAT),
    SERVICE_CALL("SetTopicAttributes", REPEAT),
    SERVICE_CALL("Subscribe", REPEAT),
    SERVICE_CALL("TagResource", REPEAT),
    SERVICE_CALL("Unsubscribe", REPEAT),
    SERVICE_CALL("UntagResource", REPEAT),
};

const struct service service_sns = {
    .name = "sns",
    .signing_name = "sns",
    .host_prefix = "sns",
    .query_version = "2010-03-31",
    .protocol = SERVICE_QUERY,
    .operation = operation_table,
    .operation_count = sizeof operation_table / sizeof operation_table[0],
};
