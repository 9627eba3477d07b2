#include "endpoint/tables/shapes.h"

#include <string.h>

#include "base/map.h"

enum { FEW = 8 }; /* so few names are compared with one another */

#define LIST(n, o)                                                                                 \
    {                                                                                              \
        .kind = SHAPE_LIST, .name = (n), .of = (o)                                                 \
    }
#define MAP(n, o)                                                                                  \
    {                                                                                              \
        .kind = SHAPE_MAP, .name = (n), .of = (o)                                                  \
    }
#define STRUCTURE(n, ...)                                                                          \
    {                                                                                              \
        .kind = SHAPE_STRUCTURE, .name = (n), .member = (const struct shape_member[])              \
        {                                                                                          \
            __VA_ARGS__,                                                                           \
            {                                                                                      \
                NULL, NULL                                                                         \
            }                                                                                      \
        }                                                                                          \
    }

#define MODEL "com.amazonaws.dynamodb.v20120810."

static const struct shape string = {.kind = SHAPE_STRING};
static const struct shape boolean = {.kind = SHAPE_BOOLEAN};
static const struct shape integer = {.kind = SHAPE_INTEGER};
static const struct shape whole = {.kind = SHAPE_LONG};
static const struct shape blob = {.kind = SHAPE_BLOB};
static const struct shape value = {.kind = SHAPE_VALUE, .name = MODEL "AttributeValue"};
static const struct shape strings = LIST("java.lang.String", &string);
static const struct shape blobs = LIST("java.nio.ByteBuffer", &blob);
static const struct shape values = LIST(MODEL "AttributeValue", &value);
static const struct shape items = MAP(MODEL "AttributeValue", &value);
static const struct shape names = MAP("java.lang.String", &string);

static const struct shape_member value_members[] = {
    {"S", &string},
    {"N", &string},
    {"B", &blob},
    {"BOOL", &boolean},
    {"NULL", &boolean},
    {"L", &values},
    {"M", &items},
    {"SS", &strings},
    {"NS", &strings},
    {"BS", &blobs},
    {NULL, NULL},
};

static const struct shape expected = STRUCTURE(MODEL "ExpectedAttributeValue", {"Value", &value},
    {"Exists", &boolean}, {"ComparisonOperator", &string}, {"AttributeValueList", &values});
static const struct shape expecteds = MAP(MODEL "ExpectedAttributeValue", &expected);
static const struct shape attribute_update =
    STRUCTURE(MODEL "AttributeValueUpdate", {"Value", &value}, {"Action", &string});
static const struct shape attribute_updates = MAP(MODEL "AttributeValueUpdate", &attribute_update);
static const struct shape condition =
    STRUCTURE(MODEL "Condition", {"AttributeValueList", &values}, {"ComparisonOperator", &string});
static const struct shape conditions = MAP(MODEL "Condition", &condition);

#define EXPRESSION_MAPS                                                                            \
    {"ExpressionAttributeNames", &names},                                                          \
    {                                                                                              \
        "ExpressionAttributeValues", &items                                                        \
    }
#define WRITE_MEMBERS                                                                              \
    {"TableName", &string}, {"Expected", &expecteds}, {"ReturnValues", &string},                   \
        {"ReturnConsumedCapacity", &string}, {"ReturnItemCollectionMetrics", &string},             \
        {"ConditionalOperator", &string}, {"ConditionExpression", &string},                        \
        {"ReturnValuesOnConditionCheckFailure", &string}, EXPRESSION_MAPS

const struct shape shape_put_item =
    STRUCTURE(MODEL "PutItemInput", {"Item", &items}, WRITE_MEMBERS);
const struct shape shape_delete_item =
    STRUCTURE(MODEL "DeleteItemInput", {"Key", &items}, WRITE_MEMBERS);
const struct shape shape_update_item = STRUCTURE(MODEL "UpdateItemInput", {"Key", &items},
    {"UpdateExpression", &string}, {"AttributeUpdates", &attribute_updates}, WRITE_MEMBERS);
const struct shape shape_get_item = STRUCTURE(MODEL "GetItemInput", {"Key", &items},
    {"TableName", &string}, {"AttributesToGet", &strings}, {"ConsistentRead", &boolean},
    {"ReturnConsumedCapacity", &string}, {"ProjectionExpression", &string},
    {"ExpressionAttributeNames", &names});

#define READ_MEMBERS                                                                               \
    {"TableName", &string}, {"IndexName", &string}, {"AttributesToGet", &strings},                 \
        {"Limit", &integer}, {"Select", &string}, {"ConditionalOperator", &string},                \
        {"ExclusiveStartKey", &items}, {"ReturnConsumedCapacity", &string},                        \
        {"ProjectionExpression", &string}, {"FilterExpression", &string},                          \
        {"ConsistentRead", &boolean}, EXPRESSION_MAPS

const struct shape shape_query = STRUCTURE(MODEL "QueryInput", {"KeyConditionExpression", &string},
    {"KeyConditions", &conditions}, {"QueryFilter", &conditions}, {"ScanIndexForward", &boolean},
    READ_MEMBERS);
const struct shape shape_scan = STRUCTURE(MODEL "ScanInput", {"ScanFilter", &conditions},
    {"Segment", &integer}, {"TotalSegments", &integer}, READ_MEMBERS);

static const struct shape keys = LIST("java.util.Map", &items);
static const struct shape keys_and_attributes = STRUCTURE(MODEL "KeysAndAttributes",
    {"Keys", &keys}, {"AttributesToGet", &strings}, {"ConsistentRead", &boolean},
    {"ProjectionExpression", &string}, {"ExpressionAttributeNames", &names});
static const struct shape get_requests = MAP(MODEL "KeysAndAttributes", &keys_and_attributes);
static const struct shape put_request = STRUCTURE(MODEL "PutRequest", {"Item", &items});
static const struct shape delete_request = STRUCTURE(MODEL "DeleteRequest", {"Key", &items});
static const struct shape write_request = STRUCTURE(MODEL "WriteRequest",
    {"PutRequest", &put_request}, {"DeleteRequest", &delete_request});
static const struct shape write_list = LIST(MODEL "WriteRequest", &write_request);
static const struct shape write_requests =
    MAP("java.util.List<" MODEL "WriteRequest>", &write_list);

const struct shape shape_batch_get = STRUCTURE(MODEL "BatchGetItemInput",
    {"RequestItems", &get_requests}, {"ReturnConsumedCapacity", &string});
const struct shape shape_batch_write =
    STRUCTURE(MODEL "BatchWriteItemInput", {"RequestItems", &write_requests},
        {"ReturnConsumedCapacity", &string}, {"ReturnItemCollectionMetrics", &string});

#define ACTION_MEMBERS                                                                             \
    {"TableName", &string}, {"ConditionExpression", &string},                                      \
        {"ReturnValuesOnConditionCheckFailure", &string}, EXPRESSION_MAPS

static const struct shape check_action =
    STRUCTURE(MODEL "ConditionCheck", {"Key", &items}, ACTION_MEMBERS);
static const struct shape put_action = STRUCTURE(MODEL "Put", {"Item", &items}, ACTION_MEMBERS);
static const struct shape delete_action =
    STRUCTURE(MODEL "Delete", {"Key", &items}, ACTION_MEMBERS);
static const struct shape update_action =
    STRUCTURE(MODEL "Update", {"Key", &items}, {"UpdateExpression", &string}, ACTION_MEMBERS);
static const struct shape get_action =
    STRUCTURE(MODEL "Get", {"Key", &items}, {"TableName", &string},
        {"ProjectionExpression", &string}, {"ExpressionAttributeNames", &names});
static const struct shape transact_read = STRUCTURE(MODEL "TransactGetItem", {"Get", &get_action});
static const struct shape transact_reads = LIST(MODEL "TransactGetItem", &transact_read);
static const struct shape transact_write =
    STRUCTURE(MODEL "TransactWriteItem", {"ConditionCheck", &check_action}, {"Put", &put_action},
        {"Delete", &delete_action}, {"Update", &update_action});
static const struct shape transact_writes = LIST(MODEL "TransactWriteItem", &transact_write);

const struct shape shape_transact_get = STRUCTURE(MODEL "TransactGetItemsInput",
    {"TransactItems", &transact_reads}, {"ReturnConsumedCapacity", &string});
const struct shape shape_transact_write = STRUCTURE(MODEL "TransactWriteItemsInput",
    {"TransactItems", &transact_writes}, {"ReturnConsumedCapacity", &string},
    {"ReturnItemCollectionMetrics", &string}, {"ClientRequestToken", &string});

#define STATEMENT_MEMBERS                                                                          \
    {"Statement", &string}, {"Parameters", &values},                                               \
    {                                                                                              \
        "ReturnValuesOnConditionCheckFailure", &string                                             \
    }

const struct shape shape_execute_statement =
    STRUCTURE(MODEL "ExecuteStatementInput", {"ConsistentRead", &boolean}, {"NextToken", &string},
        {"ReturnConsumedCapacity", &string}, {"Limit", &integer}, STATEMENT_MEMBERS);
static const struct shape batch_statement =
    STRUCTURE(MODEL "BatchStatementRequest", {"ConsistentRead", &boolean}, STATEMENT_MEMBERS);
static const struct shape batch_statements = LIST(MODEL "BatchStatementRequest", &batch_statement);
const struct shape shape_batch_execute = STRUCTURE(MODEL "BatchExecuteStatementInput",
    {"Statements", &batch_statements}, {"ReturnConsumedCapacity", &string});
static const struct shape transact_statement =
    STRUCTURE(MODEL "ParameterizedStatement", STATEMENT_MEMBERS);
static const struct shape transact_statements =
    LIST(MODEL "ParameterizedStatement", &transact_statement);
const struct shape shape_execute_transaction =
    STRUCTURE(MODEL "ExecuteTransactionInput", {"TransactStatements", &transact_statements},
        {"ClientRequestToken", &string}, {"ReturnConsumedCapacity", &string});

static const struct shape definition =
    STRUCTURE(MODEL "AttributeDefinition", {"AttributeName", &string}, {"AttributeType", &string});
static const struct shape definitions = LIST(MODEL "AttributeDefinition", &definition);
static const struct shape key_element =
    STRUCTURE(MODEL "KeySchemaElement", {"AttributeName", &string}, {"KeyType", &string});
static const struct shape key_schema = LIST(MODEL "KeySchemaElement", &key_element);
static const struct shape projection =
    STRUCTURE(MODEL "Projection", {"ProjectionType", &string}, {"NonKeyAttributes", &strings});
static const struct shape provisioned = STRUCTURE(MODEL "ProvisionedThroughput",
    {"ReadCapacityUnits", &whole}, {"WriteCapacityUnits", &whole});
static const struct shape on_demand = STRUCTURE(MODEL "OnDemandThroughput",
    {"MaxReadRequestUnits", &whole}, {"MaxWriteRequestUnits", &whole});
static const struct shape warm = STRUCTURE(MODEL "WarmThroughput", {"ReadUnitsPerSecond", &whole},
    {"WriteUnitsPerSecond", &whole});
static const struct shape encryption = STRUCTURE(MODEL "SSESpecification", {"Enabled", &boolean},
    {"SSEType", &string}, {"KMSMasterKeyId", &string});
static const struct shape stream = STRUCTURE(MODEL "StreamSpecification",
    {"StreamEnabled", &boolean}, {"StreamViewType", &string});
static const struct shape tag = STRUCTURE(MODEL "Tag", {"Key", &string}, {"Value", &string});
static const struct shape tags = LIST(MODEL "Tag", &tag);

#define INDEX_MEMBERS                                                                              \
    {"IndexName", &string}, {"KeySchema", &key_schema}, {"Projection", &projection},               \
        {"ProvisionedThroughput", &provisioned}, {"OnDemandThroughput", &on_demand},               \
    {                                                                                              \
        "WarmThroughput", &warm                                                                    \
    }

static const struct shape local_index = STRUCTURE(MODEL "LocalSecondaryIndex", INDEX_MEMBERS);
static const struct shape local_indexes = LIST(MODEL "LocalSecondaryIndex", &local_index);
static const struct shape global_index = STRUCTURE(MODEL "GlobalSecondaryIndex", INDEX_MEMBERS);
static const struct shape global_indexes = LIST(MODEL "GlobalSecondaryIndex", &global_index);

#define TABLE_MEMBERS                                                                              \
    {"TableName", &string}, {"AttributeDefinitions", &definitions}, {"BillingMode", &string},      \
        {"ProvisionedThroughput", &provisioned}, {"OnDemandThroughput", &on_demand},               \
        {"WarmThroughput", &warm}, {"TableClass", &string}, {"SSESpecification", &encryption},     \
        {"StreamSpecification", &stream},                                                          \
    {                                                                                              \
        "DeletionProtectionEnabled", &boolean                                                      \
    }

const struct shape shape_create_table =
    STRUCTURE(MODEL "CreateTableInput", {"KeySchema", &key_schema},
        {"LocalSecondaryIndexes", &local_indexes}, {"GlobalSecondaryIndexes", &global_indexes},
        {"Tags", &tags}, {"ResourcePolicy", &string}, TABLE_MEMBERS);

static const struct shape index_create =
    STRUCTURE(MODEL "CreateGlobalSecondaryIndexAction", INDEX_MEMBERS);
static const struct shape index_update = STRUCTURE(MODEL "UpdateGlobalSecondaryIndexAction",
    {"IndexName", &string}, {"ProvisionedThroughput", &provisioned},
    {"OnDemandThroughput", &on_demand}, {"WarmThroughput", &warm});
static const struct shape index_delete =
    STRUCTURE(MODEL "DeleteGlobalSecondaryIndexAction", {"IndexName", &string});
static const struct shape index_change = STRUCTURE(MODEL "GlobalSecondaryIndexUpdate",
    {"Create", &index_create}, {"Update", &index_update}, {"Delete", &index_delete});
static const struct shape index_changes = LIST(MODEL "GlobalSecondaryIndexUpdate", &index_change);

const struct shape shape_update_table = STRUCTURE(MODEL "UpdateTableInput",
    {"GlobalSecondaryIndexUpdates", &index_changes}, TABLE_MEMBERS);

const struct shape shape_table_only = STRUCTURE(MODEL "TableInput", {"TableName", &string});
const struct shape shape_list_tables =
    STRUCTURE(MODEL "ListTablesInput", {"ExclusiveStartTableName", &string}, {"Limit", &integer});
const struct shape shape_tag =
    STRUCTURE(MODEL "TagResourceInput", {"ResourceArn", &string}, {"Tags", &tags});
const struct shape shape_untag =
    STRUCTURE(MODEL "UntagResourceInput", {"ResourceArn", &string}, {"TagKeys", &strings});
const struct shape shape_list_tags =
    STRUCTURE(MODEL "ListTagsOfResourceInput", {"ResourceArn", &string}, {"NextToken", &string});
static const struct shape expiry =
    STRUCTURE(MODEL "TimeToLiveSpecification", {"AttributeName", &string}, {"Enabled", &boolean});
const struct shape shape_update_ttl = STRUCTURE(MODEL "UpdateTimeToLiveInput",
    {"TableName", &string}, {"TimeToLiveSpecification", &expiry});

static const struct shape date = {.kind = SHAPE_DATE};
static const struct shape recovery = STRUCTURE(MODEL "PointInTimeRecoverySpecification",
    {"PointInTimeRecoveryEnabled", &boolean}, {"RecoveryPeriodInDays", &integer});
const struct shape shape_update_recovery = STRUCTURE(MODEL "UpdateContinuousBackupsInput",
    {"TableName", &string}, {"PointInTimeRecoverySpecification", &recovery});
const struct shape shape_create_backup =
    STRUCTURE(MODEL "CreateBackupInput", {"TableName", &string}, {"BackupName", &string});
const struct shape shape_backup_only = STRUCTURE(MODEL "BackupInput", {"BackupArn", &string});
const struct shape shape_list_backups = STRUCTURE(MODEL "ListBackupsInput", {"TableName", &string},
    {"Limit", &integer}, {"TimeRangeLowerBound", &date}, {"TimeRangeUpperBound", &date},
    {"ExclusiveStartBackupArn", &string}, {"BackupType", &string});
#define RESTORE_MEMBERS                                                                            \
    {"TargetTableName", &string}, {"BillingModeOverride", &string},                                \
        {"GlobalSecondaryIndexOverride", &global_indexes},                                         \
        {"LocalSecondaryIndexOverride", &local_indexes},                                           \
        {"ProvisionedThroughputOverride", &provisioned},                                           \
        {"OnDemandThroughputOverride", &on_demand},                                                \
    {                                                                                              \
        "SSESpecificationOverride", &encryption                                                    \
    }
const struct shape shape_restore_backup =
    STRUCTURE(MODEL "RestoreTableFromBackupInput", {"BackupArn", &string}, RESTORE_MEMBERS);
const struct shape shape_restore_time = STRUCTURE(MODEL "RestoreTableToPointInTimeInput",
    {"SourceTableArn", &string}, {"SourceTableName", &string},
    {"UseLatestRestorableTime", &boolean}, {"RestoreDateTime", &date}, RESTORE_MEMBERS);

const struct shape shape_list_streams = STRUCTURE(MODEL "ListStreamsInput", {"TableName", &string},
    {"ExclusiveStartStreamArn", &string}, {"Limit", &integer});
static const struct shape shard_filter =
    STRUCTURE(MODEL "ShardFilter", {"Type", &string}, {"ShardId", &string});
const struct shape shape_describe_stream =
    STRUCTURE(MODEL "DescribeStreamInput", {"StreamArn", &string}, {"Limit", &integer},
        {"ExclusiveStartShardId", &string}, {"ShardFilter", &shard_filter});
const struct shape shape_shard_iterator =
    STRUCTURE(MODEL "GetShardIteratorInput", {"StreamArn", &string}, {"ShardId", &string},
        {"ShardIteratorType", &string}, {"SequenceNumber", &string});
const struct shape shape_get_records =
    STRUCTURE(MODEL "GetRecordsInput", {"ShardIterator", &string}, {"Limit", &integer});
const struct shape shape_nothing = STRUCTURE(MODEL "Input", {"Unused", &string});

static bool is_integer(struct text number)
{
    for (size_t i = 0; i < number.length; i++)
        if (number.data[i] == '.' || number.data[i] == 'e' || number.data[i] == 'E')
            return false;
    return true;
}

static bool fail_collection(struct request *request, const char *before, const char *name,
    const char *after)
{
    return request_fail(request, MESSAGE_TYPE_COLLECTION,
        ARGUMENTS(text_of(arena_format(request->arena, "%s%s%s", before, name, after))));
}

/* wanted: "String", "Integer", "Long", "Boolean" */
static bool fail_scalar(struct request *request, const struct json *json, const char *wanted)
{
    const char *got = NULL;

    switch (json->kind) {
    case JSON_ARRAY:
        return fail_collection(request,
            strcmp(wanted, "Date") == 0 ? "class java.util." : "class java.lang.", wanted, "");
    case JSON_OBJECT:
        return request_fail(request, MESSAGE_TYPE_STRUCTURE, NULL);
    case JSON_TRUE:
        got = "TRUE_VALUE";
        break;
    case JSON_FALSE:
        got = "FALSE_VALUE";
        break;
    case JSON_STRING:
        got = "STRING_VALUE";
        break;
    case JSON_NUMBER:
    case JSON_NULL:
        got = is_integer(json->text) ? "NUMBER_VALUE" : "DECIMAL_VALUE";
        break;
    }
    return request_fail(request, MESSAGE_TYPE_CONVERTED, ARGUMENTS(text_of(got), text_of(wanted)));
}

static bool check_boolean(struct request *request, const struct json *json)
{
    static const char *const words[] = {"true", "1", "yes", "false", "0", "no"};

    if (json->kind == JSON_TRUE || json->kind == JSON_FALSE)
        return true;
    if (json->kind != JSON_STRING)
        return fail_scalar(request, json, "Boolean");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (text_is_ignoring_case(json->text, words[i]))
            return true;
    return request_fail(request, MESSAGE_TYPE_TOKEN, NULL);
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool check_blob(struct request *request, const struct json *json)
{
    struct text text = json->text;
    size_t digits = text.length, unused;

    if (json->kind == JSON_ARRAY)
        return fail_collection(request, "class java.nio.ByteBuffer", "", "");
    if (json->kind == JSON_OBJECT)
        return request_fail(request, MESSAGE_TYPE_STRUCTURE, NULL);
    if (json->kind != JSON_STRING)
        return request_fail(request, MESSAGE_TYPE_BLOB, NULL);
    if (text.length % 4 != 0)
        return request_fail(request, MESSAGE_TYPE_BASE64_LENGTH,
            ARGUMENTS(request_number(request, (int64_t)text.length)));
    while (digits > 0 && text.length - digits < 2 && text.data[digits - 1] == '=')
        digits--;
    for (size_t i = 0; i < digits; i++)
        if (base64_digit(text.data[i]) < 0)
            return request_fail(request, MESSAGE_TYPE_BLOB, NULL);
    unused = text.length - digits;
    if (unused > 0 && (base64_digit(text.data[digits - 1]) & (unused == 1 ? 3 : 15)) != 0)
        return request_fail(request, MESSAGE_TYPE_BASE64_TAIL, NULL);
    return true;
}

static bool check(struct request *request, struct json *json, const struct shape *shape,
    bool is_element);

/* Most names differ in their first letter: each attribute of each item is looked up here. */
static bool is_named(const struct json *node, const char *name)
{
    return node->name.length > 0 && node->name.data[0] == name[0] && text_is(node->name, name);
}

static bool check_members(struct request *request, const struct json *json,
    const struct shape_member *members)
{
    for (struct json *node = json->first; node; node = node->next) {
        const struct shape_member *member = members;

        while (member->name && !is_named(node, member->name))
            member++;
        if (member->name && !check(request, node, member->shape, false))
            return false;
    }
    return true;
}

static bool check_elements(struct request *request, const struct json *json,
    const struct shape *shape)
{
    for (struct json *node = json->first; node; node = node->next)
        if (!check(request, node, shape->of, true))
            return false;
    return true;
}

static bool check_list(struct request *request, const struct json *json, const struct shape *shape)
{
    if (json->kind == JSON_OBJECT)
        return request_fail(request, MESSAGE_TYPE_STRUCTURE, NULL);
    if (json->kind != JSON_ARRAY)
        return request_fail(request, MESSAGE_TYPE_FIELD, NULL);
    return check_elements(request, json, shape);
}

static bool is_last(const struct json *node, const struct map *last)
{
    if (last)
        return map_get(last, node->name) == node;
    for (const struct json *later = node->next; later; later = later->next)
        if (text_equal(later->name, node->name))
            return false;
    return true;
}

/* Of members with one name the last wins. Maps of values see to it when they are read. */
static bool drop_repeats(struct request *request, struct json *json)
{
    struct map *last = NULL;
    struct json **link = &json->first;

    if (json->count > FEW) {
        last = map_new();
        if (!last)
            return request_exhausted(request);
        for (struct json *node = json->first; node; node = node->next)
            if (!map_set(last, node->name, node)) {
                map_free(last);
                return request_exhausted(request);
            }
    }
    while (*link) {
        if (is_last(*link, last)) {
            link = &(*link)->next;
        } else {
            *link = (*link)->next;
            json->count--;
        }
    }
    map_free(last);
    return true;
}

static bool check_map(struct request *request, struct json *json, const struct shape *shape)
{
    if (json->kind == JSON_ARRAY)
        return fail_collection(request, "java.util.Map<java.lang.String, ", shape->name, ">");
    if (json->kind != JSON_OBJECT)
        return request_fail(request, MESSAGE_TYPE_FIELD, NULL);
    if (shape->of->kind != SHAPE_VALUE && json->count > 1 && !drop_repeats(request, json))
        return false;
    return check_elements(request, json, shape);
}

/* The depth of the recursion is that of the JSON, at most JSON_DEPTH_LIMIT. */
static bool check(struct request *request, struct json *json, const struct shape *shape,
    bool is_element)
{
    if (json->kind == JSON_NULL)
        return true;
    switch (shape->kind) {
    case SHAPE_STRING:
        return json->kind == JSON_STRING || fail_scalar(request, json, "String");
    case SHAPE_BOOLEAN:
        return check_boolean(request, json);
    case SHAPE_INTEGER:
        return json->kind == JSON_NUMBER || fail_scalar(request, json, "Integer");
    case SHAPE_LONG:
        return json->kind == JSON_NUMBER || fail_scalar(request, json, "Long");
    case SHAPE_DATE:
        return json->kind == JSON_NUMBER || fail_scalar(request, json, "Date");
    case SHAPE_BLOB:
        return check_blob(request, json);
    case SHAPE_LIST:
        return check_list(request, json, shape);
    case SHAPE_MAP:
        return check_map(request, json, shape);
    case SHAPE_VALUE:
    case SHAPE_STRUCTURE:
        break;
    }
    if (json->kind == JSON_ARRAY)
        return fail_collection(request, "class ", shape->name, "");
    if (json->kind != JSON_OBJECT)
        return request_fail(request,
            is_element || shape->kind == SHAPE_VALUE ? MESSAGE_TYPE_PAYLOAD : MESSAGE_TYPE_FIELD,
            NULL);
    return check_members(request, json, shape->kind == SHAPE_VALUE ? value_members : shape->member);
}

bool shape_check(struct request *request, struct json *json, const struct shape *shape)
{
    return check(request, json, shape, false);
}
