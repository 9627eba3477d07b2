#include "endpoint/tables/recorded_shapes.h"

#define MODEL "com.amazonaws.dynamodb.v20120810."

static const struct shape string = {.kind = SHAPE_STRING};
static const struct shape boolean = {.kind = SHAPE_BOOLEAN};
static const struct shape integer = {.kind = SHAPE_INTEGER};

/* Members that one of several operations has; to the others they are unknown, and ignored. */
static const struct shape_member policy_members[] = {
    {"ResourceArn", &string},
    {"Policy", &string},
    {"ExpectedRevisionId", &string},
    {"ConfirmRemoveSelfResourceAccess", &boolean},
    {NULL, NULL},
};
const struct shape shape_policy = {.kind = SHAPE_STRUCTURE,
    .name = MODEL "ResourcePolicyInput",
    .member = policy_members};

static const struct shape_member insights_members[] = {
    {"TableName", &string},
    {"IndexName", &string},
    {"ContributorInsightsAction", &string},
    {"ContributorInsightsMode", &string},
    {NULL, NULL},
};
const struct shape shape_insights = {.kind = SHAPE_STRUCTURE,
    .name = MODEL "ContributorInsightsInput",
    .member = insights_members};

static const struct shape_member list_insights_members[] = {
    {"TableName", &string},
    {"NextToken", &string},
    {"MaxResults", &integer},
    {NULL, NULL},
};
const struct shape shape_list_insights = {.kind = SHAPE_STRUCTURE,
    .name = MODEL "ListContributorInsightsInput",
    .member = list_insights_members};

static const struct shape_member precision_members[] = {
    {"ApproximateCreationDateTimePrecision", &string},
    {NULL, NULL},
};
static const struct shape enable_configuration = {.kind = SHAPE_STRUCTURE,
    .name = MODEL "EnableKinesisStreamingConfiguration",
    .member = precision_members};
static const struct shape update_configuration = {.kind = SHAPE_STRUCTURE,
    .name = MODEL "UpdateKinesisStreamingConfiguration",
    .member = precision_members};
static const struct shape_member kinesis_members[] = {
    {"TableName", &string},
    {"StreamArn", &string},
    {"EnableKinesisStreamingConfiguration", &enable_configuration},
    {"UpdateKinesisStreamingConfiguration", &update_configuration},
    {NULL, NULL},
};
const struct shape shape_kinesis = {.kind = SHAPE_STRUCTURE,
    .name = MODEL "KinesisStreamingDestinationInput",
    .member = kinesis_members};
