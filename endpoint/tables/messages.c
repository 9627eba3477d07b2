#include "endpoint/tables/messages.h"

struct fault_record {
    const char *type;
    int status;
};

#define SERVICE "com.amazon.coral.service#"
#define MODEL "com.amazonaws.dynamodb.v20120810#"

static const struct fault_record fault_table[] = {
    [FAULT_VALIDATION] = {"com.amazon.coral.validate#ValidationException", 400},
    [FAULT_SERIALIZATION] = {SERVICE "SerializationException", 400},
    [FAULT_UNKNOWN_OPERATION] = {SERVICE "UnknownOperationException", 400},
    [FAULT_ACCESS_DENIED] = {SERVICE "AccessDeniedException", 400},
    [FAULT_CONDITION] = {MODEL "ConditionalCheckFailedException", 400},
    [FAULT_NOT_FOUND] = {MODEL "ResourceNotFoundException", 400},
    [FAULT_IN_USE] = {MODEL "ResourceInUseException", 400},
    [FAULT_LIMIT] = {MODEL "LimitExceededException", 400},
    [FAULT_COLLECTION_SIZE] = {MODEL "ItemCollectionSizeLimitExceededException", 400},
    [FAULT_EXPIRED_ITERATOR] = {MODEL "ExpiredIteratorException", 400},
    [FAULT_TRIMMED_DATA] = {MODEL "TrimmedDataAccessException", 400},
    [FAULT_THROTTLING] = {MODEL "ThrottlingException", 400},
    [FAULT_THROUGHPUT] = {MODEL "ProvisionedThroughputExceededException", 400},
    [FAULT_TRANSACTION_CONFLICT] = {MODEL "TransactionConflictException", 400},
    [FAULT_TRANSACTION_CANCELED] = {MODEL "TransactionCanceledException", 400},
    [FAULT_TRANSACTION_IN_PROGRESS] = {MODEL "TransactionInProgressException", 400},
    [FAULT_TOKEN_MISMATCH] = {MODEL "IdempotentParameterMismatchException", 400},
    [FAULT_TABLE_NOT_FOUND] = {MODEL "TableNotFoundException", 400},
    [FAULT_TABLE_EXISTS] = {MODEL "TableAlreadyExistsException", 400},
    [FAULT_BACKUP_NOT_FOUND] = {MODEL "BackupNotFoundException", 400},
    [FAULT_BACKUP_IN_USE] = {MODEL "BackupInUseException", 400},
    [FAULT_BACKUPS_UNAVAILABLE] = {MODEL "ContinuousBackupsUnavailableException", 400},
    [FAULT_RECOVERY_UNAVAILABLE] = {MODEL "PointInTimeRecoveryUnavailableException", 400},
    [FAULT_RESTORE_TIME] = {MODEL "InvalidRestoreTimeException", 400},
    [FAULT_TABLE_IN_USE] = {MODEL "TableInUseException", 400},
    [FAULT_INTERNAL] = {MODEL "InternalServerError", 500},
};

/* older is NULL where the service never changed the sentence. */
struct message_record {
    enum fault_kind kind;
    const char *current, *older;
};

#define W "One or more parameter values were invalid: "
#define NOT_VALID "One or more parameter values are not valid. "
#define FAILED "failed to satisfy constraint: "
#define VALUE "Value '%1' at '%2' " FAILED

static const struct message_record message_table[] = {
    [MESSAGE_MEMBER_NULL] = {FAULT_VALIDATION,
        "Value null at '%1' " FAILED "Member must not be null", NULL},
    [MESSAGE_MEMBER_SHORT] = {FAULT_VALIDATION,
        VALUE "Member must have length greater than or equal to %3", NULL},
    [MESSAGE_MEMBER_LONG] = {FAULT_VALIDATION,
        VALUE "Member must have length less than or equal to %3", NULL},
    [MESSAGE_MEMBER_PATTERN] = {FAULT_VALIDATION,
        VALUE "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+", NULL},
    [MESSAGE_MEMBER_ENUM] = {FAULT_VALIDATION, VALUE "Member must satisfy enum value set: [%3]",
        NULL},
    [MESSAGE_MEMBER_LOW] = {FAULT_VALIDATION,
        VALUE "Member must have value greater than or equal to %3", NULL},
    [MESSAGE_MEMBER_HIGH] = {FAULT_VALIDATION,
        VALUE "Member must have value less than or equal to %3", NULL},
    [MESSAGE_TABLE_EMPTY] = {FAULT_VALIDATION,
        "Value at 'TableName' " FAILED "Member must have length greater than or equal to 1", NULL},
    [MESSAGE_TABLE_LENGTH] = {FAULT_VALIDATION,
        "TableName must be at least 3 characters long and at most 255 characters long", NULL},
    [MESSAGE_RETURN_VALUES] = {FAULT_VALIDATION,
        "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, "
        "ALL_NEW, UPDATE_NEW, NONE]",
        VALUE "Member must satisfy enum value set: [%3]"},
    [MESSAGE_QUERY_LIMIT] = {FAULT_VALIDATION,
        "Value at 'Limit' " FAILED "Member must have value greater than or equal to 1",
        VALUE "Member must have value greater than or equal to %3"},
    [MESSAGE_BATCH_GET_EMPTY] = {FAULT_VALIDATION,
        "Value at 'RequestItems' " FAILED "Member must have length greater than or equal to 1",
        "The requestItems parameter is required for BatchGetItem"},
    [MESSAGE_BATCH_KEYS] = {FAULT_VALIDATION,
        "Value at 'RequestItems.%1.member.Keys' " FAILED
        "Member must have length less than or equal to 100",
        "Too many items requested for the BatchGetItem call"},
    [MESSAGE_BATCH_WRITES] = {FAULT_VALIDATION,
        "Value '%1' at 'requestItems' " FAILED
        "Map value must satisfy constraint: [Member must have length less than or equal to 25, "
        "Member must have length greater than or equal to 1]",
        NULL},
    [MESSAGE_BATCH_NAME] = {FAULT_VALIDATION,
        "Value '%1' at 'requestItems' " FAILED
        "Map keys must satisfy constraint: [Member must have length less than or equal to 255, "
        "Member must have length greater than or equal to 3, Member must satisfy regular "
        "expression pattern: [a-zA-Z0-9_.-]+]",
        NULL},
    [MESSAGE_JOINED_ONE] = {FAULT_VALIDATION, "1 validation error detected: %1", NULL},
    [MESSAGE_JOINED_MANY] = {FAULT_VALIDATION, "%1 validation errors detected: %2", NULL},

    [MESSAGE_TYPE_CONVERTED] = {FAULT_SERIALIZATION, "%1 cannot be converted to %2", NULL},
    [MESSAGE_TYPE_COLLECTION] = {FAULT_SERIALIZATION, "Unrecognized collection type %1", NULL},
    [MESSAGE_TYPE_STRUCTURE] = {FAULT_SERIALIZATION,
        "Start of structure or map found where not expected", NULL},
    [MESSAGE_TYPE_FIELD] = {FAULT_SERIALIZATION, "Unexpected field type", NULL},
    [MESSAGE_TYPE_PAYLOAD] = {FAULT_SERIALIZATION, "Unexpected value type in payload", NULL},
    [MESSAGE_TYPE_TOKEN] = {FAULT_SERIALIZATION, "Unexpected token received from parser", NULL},
    [MESSAGE_TYPE_BLOB] = {FAULT_SERIALIZATION,
        "only base-64-encoded strings are convertible to bytes", NULL},
    [MESSAGE_TYPE_BASE64_LENGTH] = {FAULT_SERIALIZATION,
        "Base64 encoded length is expected a multiple of 4 bytes but found: %1", NULL},
    [MESSAGE_TYPE_BASE64_TAIL] = {FAULT_SERIALIZATION,
        "Invalid last non-pad Base64 character dectected", NULL},
    [MESSAGE_TYPE_NONE] = {FAULT_SERIALIZATION, "", NULL},
    [MESSAGE_UNKNOWN_OPERATION] = {FAULT_UNKNOWN_OPERATION, "", NULL},

    [MESSAGE_VALUE_EMPTY] = {FAULT_VALIDATION,
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        NULL},
    [MESSAGE_VALUE_TWO_TYPES] = {FAULT_VALIDATION,
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
        "supported datatypes",
        NULL},
    [MESSAGE_VALUE_EMPTY_STRINGS] = {FAULT_VALIDATION, W "An string set  may not be empty", NULL},
    [MESSAGE_VALUE_EMPTY_NUMBERS] = {FAULT_VALIDATION, W "An number set  may not be empty", NULL},
    [MESSAGE_VALUE_EMPTY_BINARIES] = {FAULT_VALIDATION, W "Binary sets should not be empty", NULL},
    [MESSAGE_VALUE_SAME_STRINGS] = {FAULT_VALIDATION,
        W "Input collection [%1] contains duplicates.", NULL},
    [MESSAGE_VALUE_SAME_BINARIES] = {FAULT_VALIDATION,
        W "Input collection [%1]of type BS contains duplicates.", NULL},
    [MESSAGE_VALUE_SAME_NUMBERS] = {FAULT_VALIDATION, W "Input collection contains duplicates.",
        "Input collection contains duplicates"},
    [MESSAGE_VALUE_NULL_FALSE] = {FAULT_VALIDATION,
        W "Null attribute value types must have the value of true", NULL},
    [MESSAGE_VALUE_NESTING] = {FAULT_VALIDATION,
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
        "beyond supported limit",
        NULL},
    [MESSAGE_VALUE_NAME_EMPTY] = {FAULT_VALIDATION, "Empty attribute name", NULL},
    [MESSAGE_VALUE_NUMBER_EMPTY] = {FAULT_VALIDATION,
        "The parameter cannot be converted to a numeric value: ",
        "The parameter cannot be converted to a numeric value"},
    [MESSAGE_VALUE_OTHER] = {FAULT_VALIDATION, "%1", NULL},
    [MESSAGE_VALUE_OF_KEY] = {FAULT_VALIDATION, "%1",
        "ExpressionAttributeValues contains invalid value: %1 for key %2"},

    [MESSAGE_MIXED_STYLES] = {FAULT_VALIDATION,
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {%1} Expression parameters: {%2}",
        NULL},
    [MESSAGE_NOT_YET] = {FAULT_VALIDATION, "%1 is not supported by this endpoint yet", NULL},
    [MESSAGE_ONLY_WITH_EXPRESSION] = {FAULT_VALIDATION,
        "%1 can only be specified when using expressions",
        "%1 can only be specified when using expressions: %2"},
    [MESSAGE_MAP_EMPTY] = {FAULT_VALIDATION, "%1 must not be empty", NULL},
    [MESSAGE_MAP_KEY] = {FAULT_VALIDATION, "%1 contains invalid key: Syntax error; key: \"%2\"",
        NULL},
    [MESSAGE_UNUSED] = {FAULT_VALIDATION, "Value provided in %1 unused in expressions: keys: {%2}",
        NULL},
    [MESSAGE_EXPRESSION] = {FAULT_VALIDATION, "%1", NULL},
    [MESSAGE_KEY_EXPRESSION] = {FAULT_VALIDATION, "Invalid KeyConditionExpression: %1", "%1"},
    [MESSAGE_LEGACY_OPERATOR_ALONE] = {FAULT_VALIDATION,
        "ConditionalOperator cannot be used without Filter or Expected", NULL},
    [MESSAGE_LEGACY_OPERATOR_ONE] = {FAULT_VALIDATION,
        "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        NULL},
    [MESSAGE_LEGACY_TOO_MANY] = {FAULT_VALIDATION,
        "Value at '%1' " FAILED "Member must have length less than or equal to %2", NULL},
    [MESSAGE_LEGACY_ARGUMENTS] = {FAULT_VALIDATION,
        W "Invalid number of argument(s) for the %1 ComparisonOperator", NULL},
    [MESSAGE_LEGACY_SAME_TYPE] = {FAULT_VALIDATION,
        W "AttributeValues inside AttributeValueList must be of same type", NULL},
    [MESSAGE_LEGACY_TYPE] = {FAULT_VALIDATION,
        W "ComparisonOperator %1 is not valid for %2 AttributeValue type", NULL},
    [MESSAGE_LEGACY_BETWEEN] = {FAULT_VALIDATION,
        "The BETWEEN condition was provided a range where the lower bound is greater than the "
        "upper bound",
        NULL},
    [MESSAGE_LEGACY_KEY_COUNT] = {FAULT_VALIDATION, "Conditions can be of length 1 or 2 only",
        NULL},
    [MESSAGE_LEGACY_ONLY_DELETE] = {FAULT_VALIDATION,
        W "Only DELETE action is allowed when no attribute value is specified", NULL},
    [MESSAGE_LEGACY_ADD_TYPE] = {FAULT_VALIDATION, W "ADD action is not supported for the type %1",
        NULL},
    [MESSAGE_LEGACY_DELETE_TYPE] = {FAULT_VALIDATION,
        W "DELETE action with value is not supported for the type %1", NULL},
    [MESSAGE_LEGACY_NAME_TWICE] = {FAULT_VALIDATION, W "Duplicate value in attribute name: %1",
        NULL},
    [MESSAGE_EXPECTED_BOTH] = {FAULT_VALIDATION,
        W "Value and AttributeValueList cannot be used together for Attribute: %1", NULL},
    [MESSAGE_EXPECTED_EXISTS_OPERATOR] = {FAULT_VALIDATION,
        W "Exists and ComparisonOperator cannot be used together for Attribute: %1", NULL},
    [MESSAGE_EXPECTED_NO_VALUE] = {FAULT_VALIDATION,
        W "Value or AttributeValueList must be used with ComparisonOperator: %1 for Attribute: %2",
        NULL},
    [MESSAGE_EXPECTED_EXISTS] = {FAULT_VALIDATION,
        W "Value must be provided when Exists is %1 for Attribute: %2", NULL},
    [MESSAGE_EXPECTED_NOT_EXISTS] = {FAULT_VALIDATION,
        W "Value cannot be used when Exists is false for Attribute: %1", NULL},
    [MESSAGE_EXPECTED_NO_OPERATOR] = {FAULT_VALIDATION,
        W "AttributeValueList can only be used with a ComparisonOperator for Attribute: %1", NULL},
    [MESSAGE_RETURN_VALUES_OLD] = {FAULT_VALIDATION, "ReturnValues can only be ALL_OLD or NONE",
        NULL},
    [MESSAGE_SELECT_NOTHING] = {FAULT_VALIDATION,
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
        "SPECIFIC_ATTRIBUTES",
        NULL},
    [MESSAGE_SELECT_PROJECTION] = {FAULT_VALIDATION,
        "Cannot specify the %1 when choosing to get %2", NULL},
    [MESSAGE_SELECT_PROJECTED] = {FAULT_VALIDATION,
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName", NULL},
    [MESSAGE_SELECT_ALL_GLOBAL] = {FAULT_VALIDATION,
        W "Select type ALL_ATTRIBUTES is not supported for global secondary index %1 because its "
          "projection type is not ALL",
        NULL},
    [MESSAGE_INDEX_NOT_PROJECTED] = {FAULT_VALIDATION,
        W "Global secondary index %1 does not project [%2]", NULL},
    [MESSAGE_QUERY_NO_CONDITION] = {FAULT_VALIDATION,
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
        "request.",
        NULL},
    [MESSAGE_QUERY_TOO_MANY] = {FAULT_VALIDATION,
        "The number of query conditions (%1) exceeds the number of key attributes defined in the "
        "schema (%2)",
        NULL},
    [MESSAGE_QUERY_MISSED] = {FAULT_VALIDATION, "Query condition missed key schema element: %1",
        NULL},
    [MESSAGE_QUERY_UNSUPPORTED] = {FAULT_VALIDATION, "Query key condition not supported", NULL},
    [MESSAGE_QUERY_NOT_INDEXABLE] = {FAULT_VALIDATION,
        "Attempted conditional constraint is not an indexable operation", NULL},
    [MESSAGE_QUERY_TYPE] = {FAULT_VALIDATION,
        W "Condition parameter type does not match schema type", NULL},
    [MESSAGE_QUERY_HASH_EQUAL] = {FAULT_VALIDATION,
        "HASH key attributes {%1} must have equality conditions specified in the query", NULL},
    [MESSAGE_QUERY_RANGE_EQUAL] = {FAULT_VALIDATION,
        "RANGE key attributes {%1} must have equality conditions specified in the query because a "
        "condition is present on key attribute {%2}",
        NULL},
    [MESSAGE_QUERY_FILTER_KEY] = {FAULT_VALIDATION,
        "%1 can only contain non-primary key attributes: Primary key attribute: %2", NULL},
    [MESSAGE_INDEX_MISSING] = {FAULT_VALIDATION, "The table does not have the specified index: %1",
        NULL},
    [MESSAGE_INDEX_CONSISTENT] = {FAULT_VALIDATION,
        "Consistent reads are not supported on global secondary indexes", NULL},
    [MESSAGE_INDEX_BACKFILLING] = {FAULT_VALIDATION,
        "Cannot read from backfilling global secondary index: %1", NULL},
    [MESSAGE_START_INVALID] = {FAULT_VALIDATION, "The provided starting key is invalid", NULL},
    [MESSAGE_START_OUTSIDE] = {FAULT_VALIDATION,
        "The provided starting key is outside query boundaries based on provided conditions", NULL},
    [MESSAGE_START_RANGE] = {FAULT_VALIDATION,
        "The provided starting key does not match the range key predicate", NULL},
    [MESSAGE_START_ONE_ROW] = {FAULT_VALIDATION,
        "The query can return at most one row and cannot be restarted", NULL},
    [MESSAGE_START_SEGMENT] = {FAULT_VALIDATION,
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
        "ExclusiveStartKey with correct Segment. TotalSegments: %1 Segment: %2",
        NULL},
    [MESSAGE_SEGMENT_NO_TOTAL] = {FAULT_VALIDATION,
        "The TotalSegments parameter is required but was not present in the request when Segment "
        "parameter is present",
        NULL},
    [MESSAGE_SEGMENT_NO_SEGMENT] = {FAULT_VALIDATION,
        "The Segment parameter is required but was not present in the request when parameter "
        "TotalSegments is present",
        NULL},
    [MESSAGE_SEGMENT_RANGE] = {FAULT_VALIDATION,
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: %1 is not less than TotalSegments: %2",
        NULL},

    [MESSAGE_KEY_SCHEMA] = {FAULT_VALIDATION, "The provided key element does not match the schema",
        NULL},
    [MESSAGE_KEY_MISSING] = {FAULT_VALIDATION, W "Missing the key %1 in the item", NULL},
    [MESSAGE_KEY_TYPE] = {FAULT_VALIDATION, W "Type mismatch for key %1 expected: %2 actual: %3",
        NULL},
    [MESSAGE_KEY_EMPTY_STRING] = {FAULT_VALIDATION,
        NOT_VALID
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: %1",
        NULL},
    [MESSAGE_KEY_EMPTY_BINARY] = {FAULT_VALIDATION,
        NOT_VALID
        "The AttributeValue for a key attribute cannot contain an empty binary value. Key: %1",
        NULL},
    [MESSAGE_KEY_HASH_SIZE] = {FAULT_VALIDATION,
        W "Size of hashkey has exceeded the maximum size limit of2048 bytes", NULL},
    [MESSAGE_KEY_RANGE_SIZE] = {FAULT_VALIDATION,
        W "Aggregated size of all range keys has exceeded the size limit of 1024 bytes", NULL},
    [MESSAGE_KEY_UPDATE] = {FAULT_VALIDATION,
        W "Cannot update attribute %1. This attribute is part of the key", NULL},
    [MESSAGE_KEY_PATH] = {FAULT_VALIDATION,
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        "allowed: %1: %2",
        NULL},
    [MESSAGE_INDEX_KEY_TYPE] = {FAULT_VALIDATION,
        W "Type mismatch for Index Key %1 Expected: %2 Actual: %3 IndexName: %4", NULL},
    [MESSAGE_INDEX_KEY_EMPTY] = {FAULT_VALIDATION,
        NOT_VALID "A value specified for a secondary index key is not supported. The "
                  "AttributeValue for a key attribute cannot contain an empty %1 value. "
                  "IndexName: %2, IndexKey: %3",
        NULL},
    [MESSAGE_UPDATE_INDEX_TYPE] = {FAULT_VALIDATION,
        "The update expression attempted to update the secondary index key to unsupported type",
        NULL},
    [MESSAGE_UPDATE_INDEX_SIZE] = {FAULT_VALIDATION,
        "The update expression attempted to update the secondary index key beyond allowed size "
        "limits",
        NULL},
    [MESSAGE_UPDATE_INDEX_EMPTY] = {FAULT_VALIDATION,
        NOT_VALID "The update expression attempted to update a secondary index key to a value "
                  "that is not supported. The AttributeValue for a key attribute cannot contain "
                  "an empty %1 value.",
        NULL},
    [MESSAGE_UPDATE_RUN] = {FAULT_VALIDATION, "%1", NULL},
    [MESSAGE_ITEM_SIZE] = {FAULT_VALIDATION, "Item size has exceeded the maximum allowed size",
        NULL},
    [MESSAGE_ITEM_UPDATE_SIZE] = {FAULT_VALIDATION,
        "Item size to update has exceeded the maximum allowed size", NULL},
    [MESSAGE_CONDITION_FAILED] = {FAULT_CONDITION, "The conditional request failed", NULL},
    [MESSAGE_COLLECTION_SIZE] = {FAULT_COLLECTION_SIZE, "Collection size exceeded.", NULL},
    [MESSAGE_BATCH_DUPLICATES] = {FAULT_VALIDATION,
        "Provided list of item keys contains duplicates", NULL},
    [MESSAGE_BATCH_TOO_MANY] = {FAULT_VALIDATION,
        "Too many items requested for the BatchGetItem call", NULL},
    [MESSAGE_BATCH_WRITE_EMPTY] = {FAULT_VALIDATION,
        "The requestItems parameter is required for BatchWriteItem", NULL},
    [MESSAGE_TRANSACT_CHOICE] = {FAULT_VALIDATION,
        "TransactItems can only contain one of Check, Put, Update or Delete", NULL},
    [MESSAGE_TRANSACT_NOTHING] = {FAULT_VALIDATION,
        "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request",
        NULL},
    [MESSAGE_TRANSACT_DUPLICATES] = {FAULT_VALIDATION,
        "Transaction request cannot include multiple operations on one item", NULL},
    [MESSAGE_TRANSACT_SIZE] = {FAULT_VALIDATION,
        "The aggregate size of the items in the transaction cannot exceed 4 MB", NULL},
    [MESSAGE_TRANSACT_CANCELED] = {FAULT_TRANSACTION_CANCELED,
        "Transaction cancelled, please refer cancellation reasons for specific reasons [%1]", NULL},
    [MESSAGE_TOKEN_MISMATCH] = {FAULT_TOKEN_MISMATCH,
        "DynamoDB rejected the request because you retried a request with a different payload but "
        "with an idempotent token that was already used.",
        NULL},
    [MESSAGE_TOKEN_IN_PROGRESS] = {FAULT_TRANSACTION_IN_PROGRESS,
        "The transaction with the given request token is already in progress.", NULL},

    [MESSAGE_TABLE_MISSING] = {FAULT_NOT_FOUND, "Requested resource not found", NULL},
    [MESSAGE_TABLE_NOT_FOUND] = {FAULT_NOT_FOUND,
        "Requested resource not found: Table: %1 not found", NULL},
    [MESSAGE_TABLE_EXISTS] = {FAULT_IN_USE, "Table already exists: %1", NULL},
    [MESSAGE_TABLE_IN_USE] = {FAULT_IN_USE,
        "Attempt to change a resource which is still in use: Table is being %1: %2", NULL},
    [MESSAGE_TABLE_LIMIT] = {FAULT_LIMIT,
        "Subscriber limit exceeded: There is a limit of 2500 tables per subscriber", NULL},
    [MESSAGE_TABLE_PROTECTED] = {FAULT_VALIDATION,
        "Resource cannot be deleted as it is currently protected against deletion. Disable "
        "deletion protection first.",
        NULL},
    [MESSAGE_TABLE_NAME_REQUIRED] = {FAULT_VALIDATION,
        "The parameter 'TableName' is required but was not present in the request", NULL},
    [MESSAGE_ACCESS_DENIED] = {FAULT_ACCESS_DENIED,
        "User is not authorized to perform: dynamodb:%1 on resource: %2", NULL},
    [MESSAGE_SCHEMA_UNDEFINED] = {FAULT_VALIDATION,
        "Invalid KeySchema: Some index key attribute have no definition", NULL},
    [MESSAGE_SCHEMA_SAME_NAME] = {FAULT_VALIDATION,
        "Invalid KeySchema: Some index key attribute have no definition",
        "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
    [MESSAGE_SCHEMA_FIRST] = {FAULT_VALIDATION,
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type", NULL},
    [MESSAGE_SCHEMA_SECOND] = {FAULT_VALIDATION,
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type", NULL},
    [MESSAGE_SCHEMA_ORDER] = {FAULT_VALIDATION,
        "Invalid KeySchema: HASH key attributes must precede RANGE key attributes", NULL},
    [MESSAGE_SCHEMA_HASH_COUNT] = {FAULT_VALIDATION,
        "Invalid KeySchema: The number of HASH key attributes exceeds the limit of 4", NULL},
    [MESSAGE_SCHEMA_RANGE_COUNT] = {FAULT_VALIDATION,
        "Invalid KeySchema: The number of RANGE key attributes exceeds the limit of 4", NULL},
    [MESSAGE_DEFINITION_MISSING] = {FAULT_VALIDATION,
        W "Some index key attributes are not defined in AttributeDefinitions. Keys: [%1], "
          "AttributeDefinitions: [%2]",
        NULL},
    [MESSAGE_DEFINITION_UNUSED] = {FAULT_VALIDATION,
        W "Some AttributeDefinitions are not used. AttributeDefinitions: [%1], keys used: [%2]",
        NULL},
    [MESSAGE_DEFINITION_COUNT] = {FAULT_VALIDATION,
        W "Number of attributes in KeySchema does not exactly match number of attributes defined "
          "in AttributeDefinitions",
        NULL},
    [MESSAGE_DEFINITION_TWICE] = {FAULT_VALIDATION,
        "Cannot have two attributes with the same name: %1", NULL},
    [MESSAGE_LOCAL_EMPTY] = {FAULT_VALIDATION, W "List of LocalSecondaryIndexes is empty", NULL},
    [MESSAGE_GLOBAL_EMPTY] = {FAULT_VALIDATION, W "List of GlobalSecondaryIndexes is empty", NULL},
    [MESSAGE_LOCAL_NO_TABLE_RANGE] = {FAULT_VALIDATION,
        W "Table KeySchema does not have a range key, which is required when specifying a "
          "LocalSecondaryIndex",
        NULL},
    [MESSAGE_LOCAL_NO_RANGE] = {FAULT_VALIDATION,
        W "Index KeySchema does not have a range key for index: %1", NULL},
    [MESSAGE_LOCAL_OTHER_HASH] = {FAULT_VALIDATION,
        W "Index KeySchema does not have the same leading hash key as table KeySchema for index: "
          "%1. index hash key: %2, table hash key: %3",
        NULL},
    [MESSAGE_INDEX_DUPLICATE] = {FAULT_VALIDATION, W "Duplicate index name: %1", NULL},
    [MESSAGE_LOCAL_COUNT] = {FAULT_VALIDATION,
        W "Number of LocalSecondaryIndexes exceeds per-table limit of 5", NULL},
    [MESSAGE_GLOBAL_COUNT] = {FAULT_VALIDATION,
        W "GlobalSecondaryIndex count exceeds the per-table limit of 20", NULL},
    [MESSAGE_PROJECTION_UNKNOWN] = {FAULT_VALIDATION, W "Unknown ProjectionType: null", NULL},
    [MESSAGE_PROJECTION_EXTRA] = {FAULT_VALIDATION,
        W "ProjectionType is %1, but NonKeyAttributes is specified", NULL},
    [MESSAGE_PROJECTION_NO_NAMES] = {FAULT_VALIDATION,
        W "ProjectionType is INCLUDE, but NonKeyAttributes is not specified", NULL},
    [MESSAGE_PROJECTION_COUNT] = {FAULT_VALIDATION,
        W "Number of NonKeyAttributes of index %1 exceeds the limit of %2", NULL},
    [MESSAGE_PROJECTION_TOTAL] = {FAULT_VALIDATION,
        W "Total number of NonKeyAttributes over all indexes exceeds the limit of 100", NULL},
    [MESSAGE_THROUGHPUT_MISSING] = {FAULT_VALIDATION,
        W "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
          "PROVISIONED",
        NULL},
    [MESSAGE_THROUGHPUT_EXTRA] = {FAULT_VALIDATION,
        W "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
          "PAY_PER_REQUEST",
        NULL},
    [MESSAGE_THROUGHPUT_INDEX] = {FAULT_VALIDATION,
        W "ProvisionedThroughput should not be specified for index: %1 when BillingMode is "
          "PAY_PER_REQUEST",
        NULL},
    [MESSAGE_THROUGHPUT_BOUNDS] = {FAULT_VALIDATION, "Given value %1 for %2 is out of bounds",
        NULL},
    [MESSAGE_STREAM_DISABLED] = {FAULT_VALIDATION,
        W "Table is being created with a stream disabled, UpdateViewType should not be specified",
        NULL},
    [MESSAGE_STREAM_NO_VIEW] = {FAULT_VALIDATION,
        W "Table is being created with a stream enabled, UpdateViewType is required", NULL},
    [MESSAGE_STREAM_ENABLED_ALREADY] = {FAULT_VALIDATION,
        "Table already has an enabled stream: TableName: %1", NULL},
    [MESSAGE_STREAM_NONE] = {FAULT_VALIDATION, "Table has no stream to disable: TableName: %1",
        NULL},
    [MESSAGE_STREAM_UPDATE_NO_VIEW] = {FAULT_VALIDATION,
        W "If stream is being enabled then UpdateViewType is required", NULL},
    [MESSAGE_STREAM_UPDATE_VIEW] = {FAULT_VALIDATION,
        W "If stream is being disabled, then UpdateViewType must not be specified", NULL},
    [MESSAGE_VECTORS_NOT_YET] = {FAULT_VALIDATION,
        "VectorIndexes are not supported by this endpoint", NULL},
    [MESSAGE_REPLICAS_NOT_YET] = {FAULT_VALIDATION,
        "ReplicaUpdates are not supported by this endpoint", NULL},
    [MESSAGE_UPDATE_NOTHING] = {FAULT_VALIDATION,
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required",
        NULL},
    [MESSAGE_UPDATE_INDEX_CHOICE] = {FAULT_VALIDATION,
        W "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete must not be null",
        NULL},
    [MESSAGE_UPDATE_INDEX_TWICE] = {FAULT_VALIDATION,
        W "Only one global secondary index update per index is allowed simultaneously. Index: %1",
        NULL},
    [MESSAGE_UPDATE_INDEX_EXISTS] = {FAULT_VALIDATION, W "Index already exists: %1", NULL},
    [MESSAGE_UPDATE_INDEX_MISSING] = {FAULT_NOT_FOUND,
        "Requested resource not found: Index: %1 of table: %2 not found", NULL},
    [MESSAGE_UPDATE_INDEX_ONE] = {FAULT_LIMIT,
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
        "per table",
        NULL},
    [MESSAGE_UPDATE_THROUGHPUT] = {FAULT_VALIDATION,
        W "ProvisionedThroughput must be specified when BillingMode is PROVISIONED", NULL},
    [MESSAGE_UPDATE_THROUGHPUT_INDEX] = {FAULT_VALIDATION,
        W "ProvisionedThroughput must be specified for index: %1", NULL},
    [MESSAGE_UPDATE_THROUGHPUT_SAME] = {FAULT_VALIDATION,
        "The provisioned throughput for the table will not change. The requested value equals the "
        "current value. Current ReadCapacityUnits provisioned for the table: %1. Requested "
        "ReadCapacityUnits: %1. Current WriteCapacityUnits provisioned for the table: %2. "
        "Requested WriteCapacityUnits: %2. Refer to the Amazon DynamoDB Developer Guide for "
        "current limits and how to request higher limits.",
        NULL},
    [MESSAGE_UPDATE_INDEX_SAME] = {FAULT_VALIDATION,
        "The provisioned throughput for the index %1 will not change. The requested value equals "
        "the current value. Current ReadCapacityUnits provisioned for the index: %2. Requested "
        "ReadCapacityUnits: %2. Current WriteCapacityUnits provisioned for the index: %3. "
        "Requested WriteCapacityUnits: %3. Refer to the Amazon DynamoDB Developer Guide for "
        "current limits and how to request higher limits.",
        NULL},

    [MESSAGE_TAGS_NONE] = {FAULT_VALIDATION, "Atleast one Tag needs to be provided as Input.",
        NULL},
    [MESSAGE_TAGS_NO_KEYS] = {FAULT_VALIDATION,
        "Atleast one Tag Key needs to be provided as Input.", NULL},
    [MESSAGE_TAGS_ARN] = {FAULT_VALIDATION,
        "Invalid TableArn: Invalid ResourceArn provided as input %1", NULL},
    [MESSAGE_TAGS_NOT_FOUND] = {FAULT_NOT_FOUND,
        "Requested resource not found: ResourcArn: %1 not found", NULL},
    [MESSAGE_TAGS_LIMIT] = {FAULT_LIMIT, "The number of tags exceeds the limit of 50", NULL},
    [MESSAGE_TAGS_TOKEN] = {FAULT_VALIDATION, "The provided NextToken is invalid", NULL},
    [MESSAGE_TTL_ENABLED] = {FAULT_VALIDATION, "TimeToLive is already enabled", NULL},
    [MESSAGE_TTL_DISABLED] = {FAULT_VALIDATION, "TimeToLive is already disabled", NULL},
    [MESSAGE_TTL_OTHER] = {FAULT_VALIDATION,
        "TimeToLive is active on a different AttributeName: current AttributeName is %1", NULL},
    [MESSAGE_BACKUP_TABLE_NOT_FOUND] = {FAULT_TABLE_NOT_FOUND, "Table not found: %1", NULL},
    [MESSAGE_BACKUP_TABLE_EXISTS] = {FAULT_TABLE_EXISTS, "Table already exists: %1", NULL},
    [MESSAGE_BACKUP_TABLE_IN_USE] = {FAULT_TABLE_IN_USE, "Table is being %1: %2", NULL},
    [MESSAGE_BACKUP_NOT_FOUND] = {FAULT_BACKUP_NOT_FOUND, "Backup not found: %1", NULL},
    [MESSAGE_BACKUP_IN_USE] = {FAULT_BACKUP_IN_USE,
        "The backup is either being created, deleted or restored to a table.", NULL},
    [MESSAGE_BACKUP_ARN] = {FAULT_VALIDATION, "Invalid backup ARN: %1", NULL},
    [MESSAGE_BACKUPS_UNAVAILABLE] = {FAULT_BACKUPS_UNAVAILABLE,
        "Backups are being enabled for the table: %1. Please retry later", NULL},
    [MESSAGE_RECOVERY_UNAVAILABLE] = {FAULT_RECOVERY_UNAVAILABLE,
        "Point in time recovery is not enabled for table '%1'", NULL},
    [MESSAGE_RESTORE_TIME] = {FAULT_RESTORE_TIME,
        "An invalid restore time was specified. RestoreDateTime must be between "
        "EarliestRestorableDateTime and LatestRestorableDateTime.",
        NULL},
    [MESSAGE_RESTORE_TIME_CHOICE] = {FAULT_VALIDATION,
        W "Exactly one of UseLatestRestorableTime and RestoreDateTime must be specified", NULL},
    [MESSAGE_RESTORE_SOURCE] = {FAULT_VALIDATION,
        W "Exactly one of SourceTableName and SourceTableArn must be specified", NULL},
    [MESSAGE_RESTORE_INDEX] = {FAULT_VALIDATION,
        W "The index does not match an index of the source table: %1", NULL},
    [MESSAGE_RESTORE_LIMIT] = {FAULT_LIMIT,
        "Subscriber limit exceeded: Only 50 tables can be restored simultaneously", NULL},
    [MESSAGE_BACKUP_QUEUE] = {FAULT_LIMIT,
        "Subscriber limit exceeded: Too many backups are being created simultaneously", NULL},
    [MESSAGE_STREAM_ARN] = {FAULT_VALIDATION, "Invalid StreamArn", NULL},
    [MESSAGE_STREAM_MISSING] = {FAULT_NOT_FOUND,
        "Requested resource not found: Stream: %1 not found", NULL},
    [MESSAGE_SHARD_MISSING] = {FAULT_NOT_FOUND,
        "Requested resource not found: Shard does not exist", NULL},
    [MESSAGE_SEQUENCE_MISSING] = {FAULT_VALIDATION,
        "SequenceNumber must be specified when ShardIteratorType is %1", NULL},
    [MESSAGE_SEQUENCE_INVALID] = {FAULT_VALIDATION, "Invalid SequenceNumber", NULL},
    [MESSAGE_ITERATOR_INVALID] = {FAULT_VALIDATION, "Invalid ShardIterator", NULL},
    [MESSAGE_ITERATOR_EXPIRED] = {FAULT_EXPIRED_ITERATOR,
        "The shard iterator has expired and can no longer be used to retrieve stream records.",
        NULL},
    [MESSAGE_TRIMMED] = {FAULT_TRIMMED_DATA, "The data you are trying to access has been trimmed",
        NULL},
    [MESSAGE_REQUEST_SIZE] = {FAULT_VALIDATION,
        "Request size exceeded what one request may take of memory", NULL},
    [MESSAGE_QUEUE_FULL] = {FAULT_THROTTLING, "Too many writes are waiting for the disk", NULL},
    [MESSAGE_RATE_EXCEEDED] = {FAULT_THROTTLING, "Rate of requests exceeds the allowed throughput.",
        NULL},
    [MESSAGE_THROUGHPUT_EXCEEDED] = {FAULT_THROUGHPUT,
        "The level of configured provisioned throughput for the table was exceeded. Consider "
        "increasing your provisioning level with the UpdateTable API.",
        NULL},
    [MESSAGE_THROUGHPUT_INDEX_EXCEEDED] = {FAULT_THROUGHPUT,
        "The level of configured provisioned throughput for one or more global secondary indexes "
        "of the table was exceeded. Consider increasing your provisioning level for the "
        "under-provisioned global secondary indexes with the UpdateTable API",
        NULL},
    [MESSAGE_THROUGHPUT_MAXIMUM] = {FAULT_THROTTLING,
        "Throughput exceeds the maximum OnDemandThroughput configured on table or index.", NULL},
    [MESSAGE_TRANSACT_CONFLICT] = {FAULT_TRANSACTION_CONFLICT,
        "Transaction is ongoing for the item", NULL},
    [MESSAGE_NO_SPACE] = {FAULT_INTERNAL, "No space left for the local tables", NULL},
    [MESSAGE_READ_ONLY] = {FAULT_INTERNAL, "The local tables are read-only", NULL},
    [MESSAGE_NO_MEMORY] = {FAULT_INTERNAL, "out of memory", NULL},
    [MESSAGE_INTERNAL] = {FAULT_INTERNAL, "The request processing has failed: %1", NULL},
};

_Static_assert(sizeof message_table / sizeof message_table[0] == MESSAGE_COUNT,
    "a message without a row");

const char *fault_type(enum fault_kind kind)
{
    return fault_table[kind].type;
}

int fault_status(enum fault_kind kind)
{
    return fault_table[kind].status;
}

enum fault_kind message_kind(enum message message)
{
    return message_table[message].kind;
}

const char *message_template(enum message message, enum message_style style)
{
    const struct message_record *record = &message_table[message];

    return style == MESSAGE_OLDER && record->older ? record->older : record->current;
}

void message_add(struct buf *out, enum message message, enum message_style style,
    const struct text *arguments)
{
    const char *template = message_template(message, style);
    const char *run = template;

    for (const char *at = template; *at; at++) {
        if (*at != '%' || at[1] < '1' || at[1] > '0' + MESSAGE_ARGUMENT_LIMIT)
            continue;
        buf_add(out, run, (size_t)(at - run));
        if (arguments)
            buf_add_text(out, arguments[at[1] - '1']);
        run = ++at + 1;
    }
    buf_add_string(out, run);
}
