#include "tests/unit/tables_support.h"

#include "base/clock.h"

/* What a table is told and only remembers: policies, contributor insights, Kinesis destinations. */

#define ARN "arn:aws:dynamodb:eu-west-1:000000000000:table/lines"
#define MAKE                                                                                       \
    "{'TableName':'lines','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["                \
    "{'AttributeName':'h','AttributeType':'S'},{'AttributeName':'r','AttributeType':'N'},"         \
    "{'AttributeName':'g','AttributeType':'S'}],'KeySchema':["                                     \
    "{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'r','KeyType':'RANGE'}],"             \
    "'LocalSecondaryIndexes':[{'IndexName':'local','KeySchema':["                                  \
    "{'AttributeName':'h','KeyType':'HASH'},{'AttributeName':'g','KeyType':'RANGE'}],"             \
    "'Projection':{'ProjectionType':'ALL'}}],'GlobalSecondaryIndexes':[{'IndexName':'by-g',"       \
    "'KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],'Projection':{"                          \
    "'ProjectionType':'KEYS_ONLY'}}]%s}"

#define NOON UINT64_C(1795262400) /* seconds */

static int open_shop(void **state)
{
    static struct shop shop;

    clock_fix(NOON * CLOCK_SECOND);
    shop_open(&shop, false);
    call(&shop, "CreateTable", MAKE, "");
    assert_int_equal(shop.status, 200);
    *state = &shop;
    return 0;
}

static int close_shop(void **state)
{
    clock_fix(0);
    shop_close(*state);
    return 0;
}

static void restart(struct shop *shop)
{
    shop_stop(shop);
    shop_start(shop);
}

/* The document is JSON in JSON: quotes of the inner one stand as ^. */
static void put_policy(struct shop *shop, const char *arn, const char *policy, const char *more)
{
    buf_clear(&shop->request);
    add_quoted(&shop->request, "{'ResourceArn':'");
    add_quoted(&shop->request, arn);
    add_quoted(&shop->request, "','Policy':'");
    for (const char *at = policy; *at; at++)
        if (*at == '^')
            buf_add_string(&shop->request, "\\\"");
        else
            buf_add_char(&shop->request, *at);
    add_quoted(&shop->request, "'");
    add_quoted(&shop->request, more);
    buf_add_char(&shop->request, '}');
    send_request(shop, "PutResourcePolicy");
}

static void expect_policy(struct shop *shop, const char *policy, const char *revision)
{
    struct buf plain;

    call(shop, "GetResourcePolicy", "{'ResourceArn':'" ARN "'}");
    assert_int_equal(shop->status, 200);
    buf_init(&plain, 64 * 1024);
    for (const char *at = policy; *at; at++)
        buf_add_char(&plain, *at == '^' ? '"' : *at);
    assert_true(text_equal(answer_at(shop, "Policy")->text, buf_view(&plain)));
    assert_true(text_is(answer_at(shop, "RevisionId")->text, revision));
    buf_done(&plain);
}

#define PRETTY                                                                                     \
    "{ ^Statement^: { ^Resource^: [^" ARN "^], ^Action^: [^dynamodb:GetItem^], ^Principal^: "      \
    "{ ^AWS^: [^000000000000^, ^arn:aws:iam::000000000000:root^] }, ^Effect^: ^allow^, "           \
    "^Sid^: ^Read^ }, ^Version^: ^2012-10-17^ }"
#define CANONICAL                                                                                  \
    "{^Version^:^2012-10-17^,^Statement^:[{^Sid^:^Read^,^Effect^:^Allow^,^Principal^:{^AWS^:^"     \
    "arn:aws:iam::000000000000:root^},^Action^:^dynamodb:GetItem^,^Resource^:^" ARN "^}]}"
#define OTHER                                                                                      \
    "{^Statement^:[{^Effect^:^Deny^,^Principal^:^*^,^Action^:[^dynamodb:PutItem^,^dynamodb:"       \
    "DeleteItem^],^Resource^:^*^,^Condition^:{^Bool^:{^aws:SecureTransport^:^false^}}}]}"
#define NOT_FOUND "Resource-based policy not found for the provided ResourceArn: "

static void a_policy_is_given_back_in_its_canonical_form(void **state)
{
    struct shop *shop = *state;

    EXPECT_FAULT(shop, "GetResourcePolicy", "{'ResourceArn':'" ARN "'}", "PolicyNotFoundException",
        NOT_FOUND ARN);
    EXPECT_CALL(shop, "DeleteResourcePolicy", "{'ResourceArn':'" ARN "'}", "{}");
    put_policy(shop, ARN, PRETTY, "");
    expect(shop, "{'RevisionId':'1795262400000'}");
    expect_policy(shop, CANONICAL, "1795262400000");
    /* The same written otherwise is the same revision, at any time. */
    clock_advance(CLOCK_SECOND);
    put_policy(shop, ARN, CANONICAL, "");
    expect(shop, "{'RevisionId':'1795262400000'}");
    put_policy(shop, ARN, OTHER, "");
    expect(shop, "{'RevisionId':'1795262401000'}");
    put_policy(shop, ARN, PRETTY, "");
    expect(shop, "{'RevisionId':'1795262401001'}");
    put_policy(shop, ARN, OTHER, "");
    restart(shop);
    expect_policy(shop,
        "{^Version^:^2008-10-17^,^Statement^:[{^Effect^:^Deny^,^Principal^:^*^,^Action^:["
        "^dynamodb:PutItem^,^dynamodb:DeleteItem^],^Resource^:^*^,^Condition^:{^Bool^:{"
        "^aws:SecureTransport^:^false^}}}]}",
        "1795262401002");
    EXPECT_CALL(shop, "DeleteResourcePolicy", "{'ResourceArn':'" ARN "'}",
        "{'RevisionId':'1795262401002'}");
    EXPECT_CALL(shop, "DeleteResourcePolicy", "{'ResourceArn':'" ARN "'}", "{}");
}

static void a_policy_is_changed_when_it_is_the_expected_one(void **state)
{
    struct shop *shop = *state;

    put_policy(shop, ARN, OTHER, ",'ExpectedRevisionId':'123'");
    expect_fault(shop, "PolicyNotFoundException",
        NOT_FOUND "Requested update for policy with revision id 123, but table lines has no "
                  "associated policy.");
    put_policy(shop, ARN, OTHER, ",'ExpectedRevisionId':'NO_POLICY'");
    expect(shop, "{'RevisionId':'1795262400000'}");
    put_policy(shop, ARN, PRETTY, ",'ExpectedRevisionId':'NO_POLICY'");
    expect_fault(shop, "PolicyNotFoundException",
        NOT_FOUND "Requested policy update expecting none to be present for table lines, but a "
                  "policy exists with revision id 1795262400000.");
    put_policy(shop, ARN, PRETTY, ",'ExpectedRevisionId':'1795262400000'");
    expect(shop, "{'RevisionId':'1795262400001'}");
    EXPECT_FAULT(shop, "DeleteResourcePolicy",
        "{'ResourceArn':'" ARN "','ExpectedRevisionId':'1795262400000'}", "PolicyNotFoundException",
        NOT_FOUND "Requested update for policy with revision id 1795262400000, but the policy "
                  "associated to target table lines has revision id 1795262400001.");
    EXPECT_CALL(shop, "DeleteResourcePolicy",
        "{'ResourceArn':'" ARN "','ExpectedRevisionId':'1795262400001'}",
        "{'RevisionId':'1795262400001'}");
    EXPECT_FAULT(shop, "DeleteResourcePolicy",
        "{'ResourceArn':'" ARN "','ExpectedRevisionId':'1795262400001'}", "PolicyNotFoundException",
        NOT_FOUND "Requested update for policy with revision id 1795262400001, but table lines "
                  "has no associated policy.");
}

static void a_policy_is_a_document_of_20_kb_at_most(void **state)
{
    struct shop *shop = *state;
    static const char invalid[] = "One or more parameter values were invalid: Invalid policy "
                                  "document: This policy contains invalid Json";
    char large[20482];

    put_policy(shop, ARN, "", "");
    expect_fault(shop, "ValidationException", invalid);
    put_policy(shop, ARN, "{not json", "");
    expect_fault(shop, "ValidationException", invalid);
    put_policy(shop, ARN, "[]", "");
    expect_fault(shop, "ValidationException", invalid);
    put_policy(shop, ARN, "{^Statement^:[1]}", "");
    expect_fault(shop, "ValidationException", invalid);
    put_policy(shop, ARN, "{^Statement^:[]}", "");
    expect_fault(shop, "ValidationException",
        "One or more parameter values were invalid: Invalid policy document: Could not parse the "
        "policy: Statement is empty!");
    put_policy(shop, ARN, "{^Statement^:[{^Effect^:^Deny^,^Principal^:^*^,^Action^:^*^}]}", "");
    expect_fault(shop, "ValidationException",
        "One or more parameter values were invalid: Invalid policy document: Missing required "
        "field Resource");
    put_policy(shop, ARN,
        "{^Statement^:[{^Sid^:^a^,^Effect^:^Deny^,^Principal^:^*^,^Action^:^*^,^Resource^:^*^},"
        "{^Sid^:^a^,^Effect^:^Deny^,^Principal^:^*^,^Action^:^*^,^Resource^:^*^}]}",
        "");
    expect_fault(shop, "ValidationException",
        "One or more parameter values were invalid: Invalid policy document: The Statement Ids in "
        "the policy are not unique");
    memset(large, ' ', sizeof large);
    large[sizeof large - 1] = '\0';
    put_policy(shop, ARN, large, "");
    expect_fault(shop, "ValidationException",
        "One or more parameter values were invalid: Maximum policy size of 20480 bytes exceeded");
    snprintf(large, sizeof large, "%s",
        "{^Statement^:[{^Effect^:^Deny^,^Principal^:^*^,^Action^:^*^,^Resource^:^*^}]}");
    memset(large + strlen(large), ' ', sizeof large - 1 - strlen(large));
    large[20480] = '\0';
    put_policy(shop, ARN, large, "");
    expect(shop, "{'RevisionId':'1795262400000'}");
}

static void a_policy_belongs_to_a_table_or_a_stream_of_ours(void **state)
{
    struct shop *shop = *state;
    char request[512], stream[256], body[512];
    struct text label;
    static const struct {
        const char *arn, *type, *message;
    } bad[] = {
        {"lines", "ValidationException",
            "One or more parameter values were invalid: ARNs must start with 'arn:': lines"},
        {"arn:aws:dynamodb:eu-west-1:000000000000:table/nosuch", "ResourceNotFoundException",
            "Requested resource not found: Table: nosuch not found"},
        {"arn:aws:dynamodb:eu-west-1:000000000000:table/LINES", "ResourceNotFoundException",
            "Requested resource not found: Table: LINES not found"},
        {"arn:aws:dynamodb:eu-west-1:111111111111:table/lines", "ValidationException",
            "This action is only supported by accounts that match the resource owner\u2019s "
            "account."},
        {"arn:aws:dynamodb:us-east-1:000000000000:table/lines", "ValidationException",
            "One or more parameter values were invalid: Invalid resource Arn: "
            "arn:aws:dynamodb:us-east-1:000000000000:table/lines"},
        {ARN "/index/by-g", "ValidationException",
            "One or more parameter values were invalid: Invalid resource arn provided, only table "
            "or stream is accepted. Provided resource arn: " ARN "/index/by-g"},
        {ARN "/backup/0170", "ValidationException",
            "One or more parameter values were invalid: Provided Arn is not a DynamoDB resource "
            "arn: " ARN "/backup/0170"},
        {"arn:aws:s3:::bucket", "ValidationException",
            "One or more parameter values were invalid: Provided Arn is not a DynamoDB resource "
            "arn: arn:aws:s3:::bucket"},
        {ARN "/stream/2000-01-01T00:00:00.000", "ResourceNotFoundException",
            "Requested resource not found: Stream: 2000-01-01T00:00:00.000 not found for Table: "
            "lines"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(request, sizeof request, "{'ResourceArn':'%s'}", bad[i].arn);
        EXPECT_FAULT(shop, "GetResourcePolicy", request, bad[i].type, bad[i].message);
    }
    EXPECT_INVALID(shop, "PutResourcePolicy", "{'ResourceArn':'','ExpectedRevisionId':''}",
        "3 validation errors detected: Value '' at 'resourceArn' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1; Value null at 'policy' failed to "
        "satisfy constraint: Member must not be null; Value '' at 'expectedRevisionId' failed to "
        "satisfy constraint: Member must have length greater than or equal to 1");
    call(shop, "UpdateTable", "%s",
        "{'TableName':'lines','StreamSpecification':{'StreamEnabled':true,'StreamViewType':"
        "'KEYS_ONLY'}}");
    assert_int_equal(shop->status, 200);
    label = answer_at(shop, "TableDescription.LatestStreamLabel")->text;
    snprintf(stream, sizeof stream, ARN "/stream/%.*s", (int)label.length, label.data);
    put_policy(shop, stream, OTHER, "");
    expect(shop, "{'RevisionId':'1795262400000'}");
    EXPECT_FAULT(shop, "GetResourcePolicy", "{'ResourceArn':'" ARN "'}", "PolicyNotFoundException",
        NOT_FOUND ARN);
    snprintf(body, sizeof body, "{'ResourceArn':'%s'}", stream);
    call(shop, "GetResourcePolicy", "%s", body);
    assert_int_equal(shop->status, 200);
}

static void a_table_is_made_with_its_policy_and_takes_it_away(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "UpdateContributorInsights",
        "{'TableName':'lines','ContributorInsightsAction':'ENABLE'}",
        "{'TableName':'lines','ContributorInsightsStatus':'ENABLING','ContributorInsightsMode':"
        "'ACCESSED_AND_THROTTLED_KEYS'}");
    call(shop, "DeleteTable", "%s", "{'TableName':'lines'}");
    assert_int_equal(shop->status, 200);
    call(shop, "CreateTable", MAKE,
        ",'ResourcePolicy':'{\\'Statement\\':[{\\'Effect\\':\\'Deny\\'}]}'");
    expect_fault(shop, "ValidationException",
        "One or more parameter values were invalid: Invalid policy document: Missing required "
        "field Principal");
    call(shop, "CreateTable", MAKE,
        ",'ResourcePolicy':'{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':{\\'Effect\\':"
        "\\'Deny\\',\\'Principal\\':\\'*\\',\\'Action\\':\\'*\\',\\'Resource\\':\\'*\\'}}'");
    assert_int_equal(shop->status, 200);
    assert_null(answer_at(shop, "TableDescription.ResourcePolicy"));
    expect_policy(shop,
        "{^Version^:^2012-10-17^,^Statement^:[{^Effect^:^Deny^,^Principal^:^*^,^Action^:^*^,"
        "^Resource^:^*^}]}",
        "1795262400000");
    EXPECT_CALL(shop, "DescribeContributorInsights", "{'TableName':'lines'}",
        "{'TableName':'lines','ContributorInsightsStatus':'DISABLED'}");
    call(shop, "DeleteTable", "%s", "{'TableName':'lines'}");
    EXPECT_FAULT(shop, "GetResourcePolicy", "{'ResourceArn':'" ARN "'}",
        "ResourceNotFoundException", "Requested resource not found: Table: lines not found");
    call(shop, "CreateTable", MAKE, "");
    EXPECT_FAULT(shop, "GetResourcePolicy", "{'ResourceArn':'" ARN "'}", "PolicyNotFoundException",
        NOT_FOUND ARN);
}

static void insights_are_switched_per_table_and_index(void **state)
{
    struct shop *shop = *state;

    EXPECT_CALL(shop, "DescribeContributorInsights", "{'TableName':'lines','IndexName':'by-g'}",
        "{'TableName':'lines','IndexName':'by-g','ContributorInsightsStatus':'DISABLED'}");
    EXPECT_CALL(shop, "UpdateContributorInsights",
        "{'TableName':'lines','ContributorInsightsAction':'DISABLE'}",
        "{'TableName':'lines','ContributorInsightsStatus':'DISABLED'}");
    EXPECT_CALL(shop, "UpdateContributorInsights",
        "{'TableName':'lines','ContributorInsightsAction':'ENABLE'}",
        "{'TableName':'lines','ContributorInsightsStatus':'ENABLING','ContributorInsightsMode':"
        "'ACCESSED_AND_THROTTLED_KEYS'}");
    EXPECT_CALL(shop, "UpdateContributorInsights",
        "{'TableName':'lines','ContributorInsightsAction':'ENABLE'}",
        "{'TableName':'lines','ContributorInsightsStatus':'ENABLED','ContributorInsightsMode':"
        "'ACCESSED_AND_THROTTLED_KEYS'}");
    EXPECT_CALL(shop, "UpdateContributorInsights",
        "{'TableName':'lines','IndexName':'by-g','ContributorInsightsAction':'ENABLE',"
        "'ContributorInsightsMode':'THROTTLED_KEYS'}",
        "{'TableName':'lines','IndexName':'by-g','ContributorInsightsStatus':'ENABLING',"
        "'ContributorInsightsMode':'THROTTLED_KEYS'}");
    restart(shop);
    EXPECT_CALL(shop, "DescribeContributorInsights", "{'TableName':'lines'}",
        "{'TableName':'lines','ContributorInsightsRuleList':["
        "'DynamoDBContributorInsights-PKC-lines-1795262400000',"
        "'DynamoDBContributorInsights-PKT-lines-1795262400000',"
        "'DynamoDBContributorInsights-SKC-lines-1795262400000',"
        "'DynamoDBContributorInsights-SKT-lines-1795262400000'],"
        "'ContributorInsightsStatus':'ENABLED','LastUpdateDateTime':1795262400,"
        "'ContributorInsightsMode':'ACCESSED_AND_THROTTLED_KEYS'}");
    EXPECT_CALL(shop, "DescribeContributorInsights", "{'TableName':'" ARN "','IndexName':'by-g'}",
        "{'TableName':'lines','IndexName':'by-g','ContributorInsightsRuleList':["
        "'DynamoDBContributorInsights-PKT-lines-by-g-1795262400000'],"
        "'ContributorInsightsStatus':'ENABLED','LastUpdateDateTime':1795262400,"
        "'ContributorInsightsMode':'THROTTLED_KEYS'}");
    /* Without a mode it is the first one again: a change. */
    EXPECT_CALL(shop, "UpdateContributorInsights",
        "{'TableName':'lines','IndexName':'by-g','ContributorInsightsAction':'ENABLE'}",
        "{'TableName':'lines','IndexName':'by-g','ContributorInsightsStatus':'ENABLING',"
        "'ContributorInsightsMode':'ACCESSED_AND_THROTTLED_KEYS'}");
    EXPECT_CALL(shop, "UpdateContributorInsights",
        "{'TableName':'lines','ContributorInsightsAction':'DISABLE'}",
        "{'TableName':'lines','ContributorInsightsStatus':'DISABLING','ContributorInsightsMode':"
        "'ACCESSED_AND_THROTTLED_KEYS'}");
    EXPECT_CALL(shop, "DescribeContributorInsights", "{'TableName':'lines'}",
        "{'TableName':'lines','ContributorInsightsStatus':'DISABLED','LastUpdateDateTime':"
        "1795262400,'ContributorInsightsMode':'ACCESSED_AND_THROTTLED_KEYS'}");
}

static void insights_are_listed_in_pages(void **state)
{
    struct shop *shop = *state;
    struct text token;
    char request[512];

    EXPECT_CALL(shop, "ListContributorInsights", "{}", "{'ContributorInsightsSummaries':[]}");
    call(shop, "UpdateContributorInsights", "%s",
        "{'TableName':'lines','ContributorInsightsAction':'ENABLE'}");
    call(shop, "UpdateContributorInsights", "%s",
        "{'TableName':'lines','IndexName':'by-g','ContributorInsightsAction':'ENABLE'}");
    call(shop, "ListContributorInsights", "%s", "{'MaxResults':1}");
    assert_int_equal(answer_at(shop, "ContributorInsightsSummaries")->count, 1);
    assert_null(answer_at(shop, "ContributorInsightsSummaries.0.IndexName"));
    token = answer_at(shop, "NextToken")->text;
    snprintf(request, sizeof request, "{'MaxResults':1,'NextToken':'%.*s'}", (int)token.length,
        token.data);
    EXPECT_CALL(shop, "ListContributorInsights", request,
        "{'ContributorInsightsSummaries':[{'TableName':'lines','IndexName':'by-g',"
        "'ContributorInsightsStatus':'ENABLED','ContributorInsightsMode':"
        "'ACCESSED_AND_THROTTLED_KEYS'}]}");
    call(shop, "UpdateContributorInsights", "%s",
        "{'TableName':'lines','ContributorInsightsAction':'DISABLE'}");
    call(shop, "ListContributorInsights", "%s", "{'TableName':'lines'}");
    assert_int_equal(answer_at(shop, "ContributorInsightsSummaries")->count, 1);
    /* An index takes its entry away. */
    call(shop, "UpdateTable", "%s",
        "{'TableName':'lines','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by-g'}}]}");
    assert_int_equal(shop->status, 200);
    EXPECT_CALL(shop, "ListContributorInsights", "{}", "{'ContributorInsightsSummaries':[]}");
    EXPECT_INVALID(shop, "ListContributorInsights", "{'NextToken':'!'}",
        "The provided NextToken is invalid");
    EXPECT_INVALID(shop, "ListContributorInsights", "{'MaxResults':101}",
        "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 100");
    EXPECT_FAULT(shop, "ListContributorInsights", "{'TableName':'nosuch'}",
        "ResourceNotFoundException", "Requested resource not found: Table: nosuch not found");
}

static void insights_are_for_tables_and_global_indexes(void **state)
{
    struct shop *shop = *state;

    EXPECT_FAULT(shop, "DescribeContributorInsights", "{'TableName':'lines','IndexName':'nosuch'}",
        "ResourceNotFoundException",
        "Requested resource not found: Index: nosuch not found for table: lines");
    EXPECT_FAULT(shop, "UpdateContributorInsights",
        "{'TableName':'lines','IndexName':'local','ContributorInsightsAction':'ENABLE'}",
        "ResourceNotFoundException",
        "Requested resource not found: Index: local not found for table: lines");
    EXPECT_FAULT(shop, "DescribeContributorInsights", "{'TableName':'nosuch'}",
        "ResourceNotFoundException", "Requested resource not found: Table: nosuch not found");
    EXPECT_INVALID(shop, "UpdateContributorInsights",
        "{'TableName':'lines','ContributorInsightsMode':'x'}",
        "2 validation errors detected: Value null at 'contributorInsightsAction' failed to "
        "satisfy constraint: Member must not be null; Value 'x' at 'contributorInsightsMode' "
        "failed to satisfy constraint: Member must satisfy enum value set: "
        "[ACCESSED_AND_THROTTLED_KEYS, THROTTLED_KEYS]");
}

#define STREAM "arn:aws:kinesis:eu-west-1:000000000000:stream/one"
#define SECOND "arn:aws:kinesis:eu-west-1:000000000000:stream/two"
#define TO(stream) "'TableName':'lines','StreamArn':'" stream "'"
#define STATE "Table is not in a valid state to enable Kinesis Streaming Destination: "

static void a_destination_is_enabled_updated_and_disabled(void **state)
{
    struct shop *shop = *state;
    struct text id;
    char same[512];

    EXPECT_CALL(shop, "DescribeKinesisStreamingDestination", "{'TableName':'lines'}",
        "{'TableName':'lines','KinesisDataStreamDestinations':[]}");
    EXPECT_CALL(shop, "EnableKinesisStreamingDestination", "{" TO(STREAM) "}",
        "{" TO(STREAM) ",'DestinationStatus':'ENABLING','EnableKinesisStreamingConfiguration':{}}");
    EXPECT_CALL(shop, "DescribeKinesisStreamingDestination", "{'TableName':'lines'}",
        "{'TableName':'lines','KinesisDataStreamDestinations':[{'StreamArn':'" STREAM
        "','DestinationStatus':'ACTIVE'}]}");
    EXPECT_INVALID(shop, "EnableKinesisStreamingDestination", "{" TO(SECOND) "}",
        STATE "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform "
              "ENABLE operation.");
    call(shop, "DescribeTable", "%s", "{'TableName':'lines'}");
    id = answer_at(shop, "Table.TableId")->text;
    snprintf(same, sizeof same,
        "Invalid Request: Precision is already set to the desired value of MILLISECOND for "
        "tableId: %.*s, kdsArn: " STREAM,
        (int)id.length, id.data);
    EXPECT_INVALID(shop, "UpdateKinesisStreamingDestination",
        "{" TO(STREAM) ",'UpdateKinesisStreamingConfiguration':{"
                       "'ApproximateCreationDateTimePrecision':'MILLISECOND'}}",
        same);
    EXPECT_CALL(shop, "UpdateKinesisStreamingDestination",
        "{" TO(STREAM) ",'UpdateKinesisStreamingConfiguration':{"
                       "'ApproximateCreationDateTimePrecision':'MICROSECOND'}}",
        "{" TO(STREAM) ",'DestinationStatus':'UPDATING','UpdateKinesisStreamingConfiguration':{"
                       "'ApproximateCreationDateTimePrecision':'MICROSECOND'}}");
    restart(shop);
    EXPECT_CALL(shop, "DescribeKinesisStreamingDestination", "{'TableName':'lines'}",
        "{'TableName':'lines','KinesisDataStreamDestinations':[{'StreamArn':'" STREAM
        "','DestinationStatus':'ACTIVE','ApproximateCreationDateTimePrecision':'MICROSECOND'}]}");
    EXPECT_INVALID(shop, "DisableKinesisStreamingDestination",
        "{" TO(STREAM) ",'EnableKinesisStreamingConfiguration':{}}",
        "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters");
    EXPECT_CALL(shop, "DisableKinesisStreamingDestination", "{" TO(STREAM) "}",
        "{" TO(STREAM) ",'DestinationStatus':'DISABLING'}");
    clock_advance(CLOCK_SECOND);
    EXPECT_CALL(shop, "EnableKinesisStreamingDestination",
        "{" TO(SECOND) ",'EnableKinesisStreamingConfiguration':{"
                       "'ApproximateCreationDateTimePrecision':'MILLISECOND'}}",
        "{" TO(SECOND) ",'DestinationStatus':'ENABLING','EnableKinesisStreamingConfiguration':{"
                       "'ApproximateCreationDateTimePrecision':'MILLISECOND'}}");
    /* What was a destination stays listed. */
    EXPECT_CALL(shop, "DescribeKinesisStreamingDestination", "{'TableName':'lines'}",
        "{'TableName':'lines','KinesisDataStreamDestinations':[{'StreamArn':'" SECOND
        "','DestinationStatus':'ACTIVE','ApproximateCreationDateTimePrecision':'MILLISECOND'},"
        "{'StreamArn':'" STREAM "','DestinationStatus':'DISABLED'}]}");
}

static void a_destination_that_is_not_active_is_left_alone(void **state)
{
    struct shop *shop = *state;

    EXPECT_INVALID(shop, "DisableKinesisStreamingDestination", "{" TO(STREAM) "}",
        STATE "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
    EXPECT_INVALID(shop, "UpdateKinesisStreamingDestination",
        "{" TO(STREAM) ",'UpdateKinesisStreamingConfiguration':{"
                       "'ApproximateCreationDateTimePrecision':'MICROSECOND'}}",
        STATE "Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE "
              "state. TableName: lines, kdsArn: " STREAM);
    EXPECT_INVALID(shop, "UpdateKinesisStreamingDestination", "{" TO(STREAM) "}",
        "Streaming destination cannot be updated with given parameters: "
        "UpdateKinesisStreamingConfiguration cannot be null or contain only null values");
    EXPECT_INVALID(shop, "EnableKinesisStreamingDestination",
        "{'StreamArn':'not-an-arn','EnableKinesisStreamingConfiguration':{"
        "'ApproximateCreationDateTimePrecision':'x'}}",
        "3 validation errors detected: Value null at 'tableName' failed to satisfy constraint: "
        "Member must not be null; Value 'not-an-arn' at 'streamArn' failed to satisfy constraint: "
        "Member must have length greater than or equal to 37; Value 'x' at "
        "'enableKinesisStreamingConfiguration.approximateCreationDateTimePrecision' failed to "
        "satisfy constraint: Member must satisfy enum value set: [MICROSECOND, MILLISECOND]");
    EXPECT_FAULT(shop, "DescribeKinesisStreamingDestination", "{'TableName':'nosuch'}",
        "ResourceNotFoundException", "Requested resource not found: Table: nosuch not found");
    EXPECT_FAULT(shop, "EnableKinesisStreamingDestination", "{'TableName':'lines','StreamArn':[]}",
        "SerializationException", "Unrecognized collection type class java.lang.String");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_policy_is_given_back_in_its_canonical_form, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(a_policy_is_changed_when_it_is_the_expected_one, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(a_policy_is_a_document_of_20_kb_at_most, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(a_policy_belongs_to_a_table_or_a_stream_of_ours, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(a_table_is_made_with_its_policy_and_takes_it_away,
            open_shop, close_shop),
        cmocka_unit_test_setup_teardown(insights_are_switched_per_table_and_index, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(insights_are_listed_in_pages, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(insights_are_for_tables_and_global_indexes, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(a_destination_is_enabled_updated_and_disabled, open_shop,
            close_shop),
        cmocka_unit_test_setup_teardown(a_destination_that_is_not_active_is_left_alone, open_shop,
            close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
