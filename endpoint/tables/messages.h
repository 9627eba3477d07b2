#ifndef ENDPOINT_TABLES_MESSAGES_H
#define ENDPOINT_TABLES_MESSAGES_H

#include "base/buf.h"
#include "base/text.h"

/*
 * Every sentence the service answers with, one row each (tables.md 7). Nothing else in this
 * folder holds a message; sentences about expressions and numbers come from client/expression and
 * base/decimal. Immutable, any thread.
 */

/* The exceptions; their wire names and prefixes are in tables.md 1.3. */
enum fault_kind {
    FAULT_VALIDATION,
    FAULT_SERIALIZATION,
    FAULT_UNKNOWN_OPERATION,
    FAULT_ACCESS_DENIED,
    FAULT_CONDITION,
    FAULT_DUPLICATE_ITEM,
    FAULT_NOT_FOUND,
    FAULT_IN_USE,
    FAULT_LIMIT,
    FAULT_COLLECTION_SIZE,
    FAULT_THROTTLING,
    FAULT_THROUGHPUT,
    FAULT_TRANSACTION_CANCELED,
    FAULT_TRANSACTION_CONFLICT,
    FAULT_TRANSACTION_IN_PROGRESS,
    FAULT_TOKEN_MISMATCH,
    FAULT_POLICY_NOT_FOUND,
    FAULT_TABLE_NOT_FOUND,
    FAULT_TABLE_EXISTS,
    FAULT_BACKUP_NOT_FOUND,
    FAULT_BACKUP_IN_USE,
    FAULT_BACKUPS_UNAVAILABLE,
    FAULT_RECOVERY_UNAVAILABLE,
    FAULT_RESTORE_TIME,
    FAULT_TABLE_IN_USE,
    FAULT_EXPIRED_ITERATOR,
    FAULT_TRIMMED_DATA,
    FAULT_EXPORT_NOT_FOUND,
    FAULT_EXPORT_CONFLICT,
    FAULT_EXPORT_TIME,
    FAULT_IMPORT_NOT_FOUND,
    FAULT_IMPORT_CONFLICT,
    FAULT_INTERNAL
};

/* "com.amazon.coral.validate#ValidationException" */
const char *fault_type(enum fault_kind kind);
/* 400; 500 for FAULT_INTERNAL */
int fault_status(enum fault_kind kind);

/* Which wording: the service changed some sentences in 2026 (tables.md 6.1 and 19). */
enum message_style { MESSAGE_CURRENT, MESSAGE_OLDER };

enum message {
    /* members, joined by request_members_hold */
    MESSAGE_MEMBER_NULL,    /* member */
    MESSAGE_MEMBER_SHORT,   /* value, member, minimum */
    MESSAGE_MEMBER_LONG,    /* value, member, maximum */
    MESSAGE_MEMBER_PATTERN, /* value, member */
    MESSAGE_MEMBER_ENUM,    /* value, member, set */
    MESSAGE_MEMBER_LOW,     /* value, member, minimum */
    MESSAGE_MEMBER_HIGH,    /* value, member, maximum */
    MESSAGE_TABLE_EMPTY,
    MESSAGE_TABLE_LENGTH,
    MESSAGE_RETURN_VALUES, /* value, member, set */
    MESSAGE_QUERY_LIMIT,   /* value, member, minimum */
    MESSAGE_BATCH_GET_EMPTY,
    MESSAGE_BATCH_KEYS,   /* table */
    MESSAGE_BATCH_WRITES, /* echo */
    MESSAGE_BATCH_NAME,   /* echo */
    MESSAGE_JOINED_ONE,   /* text */
    MESSAGE_JOINED_MANY,  /* count, text */
    /* types on the wire */
    MESSAGE_TYPE_CONVERTED,  /* got, wanted */
    MESSAGE_TYPE_COLLECTION, /* Java type */
    MESSAGE_TYPE_STRUCTURE,
    MESSAGE_TYPE_FIELD,
    MESSAGE_TYPE_PAYLOAD,
    MESSAGE_TYPE_TOKEN,
    MESSAGE_TYPE_BLOB,
    MESSAGE_TYPE_BASE64_LENGTH, /* length */
    MESSAGE_TYPE_BASE64_TAIL,
    MESSAGE_TYPE_NONE,         /* a SerializationException without a message */
    MESSAGE_UNKNOWN_OPERATION, /* without a message */
    /* values */
    MESSAGE_VALUE_EMPTY,
    MESSAGE_VALUE_TWO_TYPES,
    MESSAGE_VALUE_EMPTY_STRINGS,
    MESSAGE_VALUE_EMPTY_NUMBERS,
    MESSAGE_VALUE_EMPTY_BINARIES,
    MESSAGE_VALUE_SAME_STRINGS,  /* list */
    MESSAGE_VALUE_SAME_BINARIES, /* list */
    MESSAGE_VALUE_SAME_NUMBERS,
    MESSAGE_VALUE_NULL_FALSE,
    MESSAGE_VALUE_NESTING,
    MESSAGE_VALUE_NAME_EMPTY,
    MESSAGE_VALUE_NUMBER_EMPTY,
    MESSAGE_VALUE_OTHER,  /* a sentence about a number */
    MESSAGE_VALUE_OF_KEY, /* sentence, placeholder */
    /* parameters and expressions */
    MESSAGE_MIXED_STYLES, /* list, list */
    MESSAGE_NAMES_ALONE,
    MESSAGE_VALUES_ALONE,   /* older: which expressions are null */
    MESSAGE_MAP_EMPTY,      /* map */
    MESSAGE_MAP_KEY,        /* map, key */
    MESSAGE_MAPS_SIZE,      /* bytes */
    MESSAGE_UNUSED,         /* map, keys */
    MESSAGE_EXPRESSION,     /* a sentence of client/expression_parse */
    MESSAGE_KEY_EXPRESSION, /* one about key conditions, without its prefix */
    /* older parameters */
    MESSAGE_LEGACY_OPERATOR_ALONE,
    MESSAGE_LEGACY_OPERATOR_ONE,
    MESSAGE_LEGACY_TOO_MANY,  /* member, limit */
    MESSAGE_LEGACY_ARGUMENTS, /* operator */
    MESSAGE_LEGACY_SAME_TYPE,
    MESSAGE_LEGACY_TYPE, /* operator, type */
    MESSAGE_LEGACY_BETWEEN,
    MESSAGE_LEGACY_KEY_COUNT,
    MESSAGE_LEGACY_ONLY_DELETE,
    MESSAGE_LEGACY_ADD_TYPE,          /* type */
    MESSAGE_LEGACY_DELETE_TYPE,       /* type */
    MESSAGE_LEGACY_NAME_TWICE,        /* attribute */
    MESSAGE_EXPECTED_BOTH,            /* attribute */
    MESSAGE_EXPECTED_EXISTS_OPERATOR, /* attribute */
    MESSAGE_EXPECTED_NO_VALUE,        /* operator, attribute */
    MESSAGE_EXPECTED_EXISTS,          /* "null" or "true", attribute */
    MESSAGE_EXPECTED_NOT_EXISTS,      /* attribute */
    MESSAGE_EXPECTED_NO_OPERATOR,     /* attribute */
    MESSAGE_RETURN_VALUES_OLD,
    MESSAGE_SELECT_NOTHING,
    MESSAGE_SELECT_PROJECTION, /* member, Select */
    MESSAGE_SELECT_PROJECTED,
    MESSAGE_SELECT_ALL_GLOBAL,   /* index */
    MESSAGE_INDEX_NOT_PROJECTED, /* index, attributes */
    MESSAGE_QUERY_NO_CONDITION,
    MESSAGE_QUERY_TOO_MANY, /* given, defined */
    MESSAGE_QUERY_MISSED,   /* attribute */
    MESSAGE_QUERY_UNSUPPORTED,
    MESSAGE_QUERY_NOT_INDEXABLE,
    MESSAGE_QUERY_TYPE,
    MESSAGE_QUERY_HASH_EQUAL,  /* attributes */
    MESSAGE_QUERY_RANGE_EQUAL, /* attributes, later attribute */
    MESSAGE_QUERY_FILTER_KEY,  /* "Filter Expression" or "QueryFilter", attribute */
    MESSAGE_INDEX_MISSING,     /* index */
    MESSAGE_INDEX_CONSISTENT,
    MESSAGE_INDEX_BACKFILLING, /* index */
    MESSAGE_START_INVALID,
    MESSAGE_START_REASON, /* why */
    MESSAGE_START_OUTSIDE,
    MESSAGE_START_RANGE,
    MESSAGE_START_ONE_ROW,
    MESSAGE_START_SEGMENT, /* total, segment */
    MESSAGE_SEGMENT_NO_TOTAL,
    MESSAGE_SEGMENT_NO_SEGMENT,
    MESSAGE_SEGMENT_RANGE, /* segment, total */
    /* keys and items */
    MESSAGE_KEY_SCHEMA,
    MESSAGE_KEY_MISSING,      /* attribute */
    MESSAGE_KEY_TYPE,         /* attribute, expected, actual */
    MESSAGE_KEY_EMPTY_STRING, /* attribute */
    MESSAGE_KEY_EMPTY_BINARY, /* attribute */
    MESSAGE_KEY_HASH_SIZE,
    MESSAGE_KEY_RANGE_SIZE,
    MESSAGE_KEY_UPDATE,      /* attribute */
    MESSAGE_KEY_PATH,        /* "Key" or "IndexKey", attribute */
    MESSAGE_INDEX_KEY_TYPE,  /* attribute, expected, actual, index */
    MESSAGE_INDEX_KEY_EMPTY, /* "string" or "binary", index, attribute */
    MESSAGE_UPDATE_INDEX_TYPE,
    MESSAGE_UPDATE_INDEX_SIZE,
    MESSAGE_UPDATE_INDEX_EMPTY, /* "string" or "binary" */
    MESSAGE_UPDATE_NESTING,
    MESSAGE_UPDATE_RUN, /* a sentence of client/expression */
    MESSAGE_ITEM_SIZE,
    MESSAGE_ITEM_UPDATE_SIZE,
    MESSAGE_CONDITION_FAILED,
    MESSAGE_COLLECTION_SIZE,
    MESSAGE_BATCH_DUPLICATES,
    MESSAGE_BATCH_WRITE_EMPTY,
    MESSAGE_BATCH_TOO_MANY,
    MESSAGE_TRANSACT_CHOICE,
    MESSAGE_TRANSACT_NOTHING,
    MESSAGE_TRANSACT_DUPLICATES,
    MESSAGE_TRANSACT_SIZE,
    MESSAGE_TRANSACT_CANCELED, /* codes */
    MESSAGE_TOKEN_MISMATCH,
    MESSAGE_TOKEN_IN_PROGRESS,
    /* tables */
    MESSAGE_TABLE_MISSING,
    MESSAGE_TABLE_NOT_FOUND, /* name */
    MESSAGE_TABLE_EXISTS,    /* name */
    MESSAGE_TABLE_IN_USE,    /* "created", name */
    MESSAGE_TABLE_LIMIT,
    MESSAGE_TABLE_PROTECTED,
    MESSAGE_TABLE_NAME_REQUIRED,
    MESSAGE_ACCESS_DENIED, /* operation, arn */
    MESSAGE_SCHEMA_UNDEFINED,
    MESSAGE_SCHEMA_SAME_NAME,
    MESSAGE_SCHEMA_SAME_NAMES,
    MESSAGE_SCHEMA_FIRST,
    MESSAGE_SCHEMA_SECOND,
    MESSAGE_SCHEMA_ORDER,
    MESSAGE_SCHEMA_HASH_COUNT,
    MESSAGE_SCHEMA_RANGE_COUNT,
    MESSAGE_DEFINITION_MISSING, /* keys, definitions */
    MESSAGE_DEFINITION_UNUSED,  /* definitions, keys */
    MESSAGE_DEFINITION_COUNT,
    MESSAGE_DEFINITION_TWICE, /* attribute */
    MESSAGE_LOCAL_EMPTY,
    MESSAGE_GLOBAL_EMPTY,
    MESSAGE_LOCAL_NO_TABLE_RANGE,
    MESSAGE_LOCAL_NO_RANGE,   /* index */
    MESSAGE_LOCAL_OTHER_HASH, /* index, index hash, table hash */
    MESSAGE_INDEX_DUPLICATE,  /* index */
    MESSAGE_LOCAL_COUNT,
    MESSAGE_GLOBAL_COUNT,
    MESSAGE_PROJECTION_UNKNOWN,
    MESSAGE_PROJECTION_EXTRA, /* type */
    MESSAGE_PROJECTION_NO_NAMES,
    MESSAGE_PROJECTION_TWICE, /* attribute */
    MESSAGE_PROJECTION_COUNT, /* index, maximum */
    MESSAGE_PROJECTION_TOTAL,
    MESSAGE_THROUGHPUT_MISSING,
    MESSAGE_THROUGHPUT_EXTRA,
    MESSAGE_THROUGHPUT_INDEX,         /* index */
    MESSAGE_THROUGHPUT_INDEX_MISSING, /* index */
    MESSAGE_THROUGHPUT_BOUNDS,        /* number, member */
    MESSAGE_STREAM_DISABLED,
    MESSAGE_STREAM_NO_VIEW,
    MESSAGE_STREAM_ENABLED_ALREADY, /* table */
    MESSAGE_STREAM_NONE,            /* table */
    MESSAGE_STREAM_UPDATE_NO_VIEW,
    MESSAGE_STREAM_UPDATE_VIEW,
    MESSAGE_VECTORS_NOT_YET,
    MESSAGE_REPLICAS_NOT_YET,
    MESSAGE_UPDATE_NOTHING,
    MESSAGE_UPDATE_INDEX_CHOICE,
    MESSAGE_UPDATE_INDEX_TWICE, /* index */
    MESSAGE_UPDATE_INDEX_EXISTS,
    MESSAGE_UPDATE_INDEX_COUNT,
    MESSAGE_UPDATE_INDEX_ACTIONS,
    MESSAGE_UPDATE_INDEX_EMPTY_LIST,
    MESSAGE_UPDATE_INDEX_LOCAL,          /* "update" or "delete", index */
    MESSAGE_UPDATE_INDEX_NO_DEFINITIONS, /* index */
    MESSAGE_UPDATE_INDEX_EXTRA,          /* index */
    MESSAGE_UPDATE_INDEX_ON_DEMAND,      /* index */
    MESSAGE_UPDATE_ALONE,                /* what */
    MESSAGE_UPDATE_ON_DEMAND,
    MESSAGE_UPDATE_STREAM_THROUGHPUT,
    MESSAGE_UPDATE_INDEX_THROUGHPUT,
    MESSAGE_UPDATE_INDEX_STREAM,
    MESSAGE_UPDATE_INDEX_MISSING, /* index, table */
    MESSAGE_UPDATE_INDEX_ONE,
    MESSAGE_UPDATE_THROUGHPUT,
    MESSAGE_UPDATE_THROUGHPUT_INDEX, /* index */
    MESSAGE_UPDATE_THROUGHPUT_SAME,  /* reads, writes */
    MESSAGE_UPDATE_INDEX_SAME,       /* index, reads, writes */
    /* tags, time to live, the rest */
    MESSAGE_TAGS_NONE,
    MESSAGE_TAGS_NO_KEYS,
    MESSAGE_TAGS_ARN,       /* arn */
    MESSAGE_TAGS_NOT_FOUND, /* arn */
    MESSAGE_TAGS_PREFIX,    /* key */
    MESSAGE_TAGS_TWICE,     /* key */
    MESSAGE_TAGS_LIMIT,
    MESSAGE_TAGS_TOKEN,
    /* policies, insights, Kinesis */
    MESSAGE_POLICY_NOT_FOUND, /* arn */
    MESSAGE_POLICY_NONE,      /* revision, table */
    MESSAGE_POLICY_OTHER,     /* revision, table, revision there is */
    MESSAGE_POLICY_EXISTS,    /* table, revision there is */
    MESSAGE_POLICY_SIZE,
    MESSAGE_POLICY_JSON,
    MESSAGE_POLICY_EMPTY,
    MESSAGE_POLICY_FIELD, /* field */
    MESSAGE_POLICY_SIDS,
    MESSAGE_RESOURCE_START, /* what was sent */
    MESSAGE_RESOURCE_ACCOUNT,
    MESSAGE_RESOURCE_ARN,    /* arn */
    MESSAGE_RESOURCE_INDEX,  /* arn */
    MESSAGE_RESOURCE_KIND,   /* arn */
    MESSAGE_RESOURCE_STREAM, /* label, table */
    MESSAGE_INSIGHTS_INDEX,  /* index, table */
    MESSAGE_KINESIS_ENABLE,
    MESSAGE_KINESIS_DISABLE,
    MESSAGE_KINESIS_DISABLE_WITH,
    MESSAGE_KINESIS_UPDATE, /* table, stream */
    MESSAGE_KINESIS_NOTHING,
    MESSAGE_KINESIS_SAME, /* precision, table id, stream */
    MESSAGE_TTL_ENABLED,
    MESSAGE_TTL_DISABLED,
    MESSAGE_TTL_OTHER, /* attribute */
    /* backups and recovery */
    MESSAGE_BACKUP_TABLE_NOT_FOUND, /* name */
    MESSAGE_BACKUP_TABLE_EXISTS,    /* name */
    MESSAGE_BACKUP_TABLE_IN_USE,    /* "created", name */
    MESSAGE_BACKUP_NOT_FOUND,       /* arn */
    MESSAGE_BACKUP_IN_USE,
    MESSAGE_BACKUPS_UNAVAILABLE,  /* name */
    MESSAGE_RECOVERY_UNAVAILABLE, /* name */
    MESSAGE_RESTORE_TIME,
    MESSAGE_RESTORE_TIME_CHOICE,
    MESSAGE_RESTORE_SOURCE,
    MESSAGE_RESTORE_INDEX, /* index */
    MESSAGE_RESTORE_LIMIT,
    MESSAGE_BACKUP_QUEUE,
    /* streams */
    MESSAGE_STREAM_ARN,
    MESSAGE_STREAM_MISSING, /* arn */
    MESSAGE_SHARD_MISSING,
    MESSAGE_SEQUENCE_MISSING, /* type */
    MESSAGE_SEQUENCE_INVALID,
    MESSAGE_ITERATOR_INVALID,
    MESSAGE_ITERATOR_EXPIRED,
    MESSAGE_TRIMMED,
    /* PartiQL; a place is line:column:length */
    MESSAGE_PARTIQL_LITERAL,
    MESSAGE_PARTIQL_LEFTOVER,
    MESSAGE_PARTIQL_TERM,
    MESSAGE_PARTIQL_RIGHT_SIDE,
    MESSAGE_PARTIQL_KEYWORD,
    MESSAGE_PARTIQL_OPERATOR,
    MESSAGE_PARTIQL_TYPE_NAME,
    MESSAGE_PARTIQL_IDENTIFIER,
    MESSAGE_PARTIQL_MANIPULATION,
    MESSAGE_PARTIQL_DOT,
    MESSAGE_PARTIQL_WILDCARD,
    MESSAGE_PARTIQL_UNPIVOT,
    MESSAGE_PARTIQL_COMPONENT, /* place */
    MESSAGE_PARTIQL_COMPONENTS,
    MESSAGE_PARTIQL_EMPTY_NAME,
    MESSAGE_PARTIQL_INDEX, /* index, place */
    MESSAGE_PARTIQL_ALIAS,
    MESSAGE_PARTIQL_ONE_SOURCE,
    MESSAGE_PARTIQL_WRITE_SOURCE,
    MESSAGE_PARTIQL_CLAUSE, /* clause, place */
    MESSAGE_PARTIQL_STAR,
    MESSAGE_PARTIQL_SAME_COLUMN,        /* name */
    MESSAGE_PARTIQL_FUNCTION,           /* function, place */
    MESSAGE_PARTIQL_OPERAND_COUNT,      /* function, count */
    MESSAGE_PARTIQL_OPERAND_TYPE,       /* function, type */
    MESSAGE_PARTIQL_DOCUMENT_PATH,      /* function */
    MESSAGE_PARTIQL_ATTRIBUTE_TYPE,     /* type */
    MESSAGE_PARTIQL_CONDITION_OPERATOR, /* operator */
    MESSAGE_PARTIQL_BETWEEN_ORDER,      /* low, high */
    MESSAGE_PARTIQL_BETWEEN_TYPES,      /* low, high */
    MESSAGE_PARTIQL_IN,
    MESSAGE_PARTIQL_IN_COUNT, /* count */
    MESSAGE_PARTIQL_IS,
    MESSAGE_PARTIQL_IS_TYPE, /* type */
    MESSAGE_PARTIQL_MISSING,
    MESSAGE_PARTIQL_NOT,
    MESSAGE_PARTIQL_AND_OR,
    MESSAGE_PARTIQL_WHERE,
    MESSAGE_PARTIQL_DATA_TYPE, /* type, path, place */
    MESSAGE_PARTIQL_UNDER,     /* sentence about a number, path */
    MESSAGE_PARTIQL_NESTING,   /* unused, path */
    MESSAGE_PARTIQL_MEMBER_NAME,
    MESSAGE_PARTIQL_SAME_NAME, /* name, path */
    MESSAGE_PARTIQL_EMPTY_BAG,
    MESSAGE_PARTIQL_BAG_TYPE,
    MESSAGE_PARTIQL_SAME_STRINGS, /* list */
    MESSAGE_PARTIQL_SAME_NUMBERS, /* list, path */
    MESSAGE_PARTIQL_ITEM,
    MESSAGE_PARTIQL_INSERT_MANY,
    MESSAGE_PARTIQL_INSERT_RETURNING,
    MESSAGE_PARTIQL_DELETE_RETURNING, /* clause */
    MESSAGE_PARTIQL_RETURNING,
    MESSAGE_PARTIQL_RETURNING_MANY,
    MESSAGE_PARTIQL_SET_COUNT,  /* "SET_ADD", place */
    MESSAGE_PARTIQL_SET_FIRST,  /* "SET_ADD", place */
    MESSAGE_PARTIQL_SET_SECOND, /* "SET_ADD", place */
    MESSAGE_PARTIQL_OVERLAP,    /* path, path */
    MESSAGE_PARTIQL_PARAMETERS,
    MESSAGE_PARTIQL_KEY_INCOMPLETE,
    MESSAGE_PARTIQL_KEY_TWICE, /* attribute */
    MESSAGE_PARTIQL_KEY_TYPE,  /* attribute */
    MESSAGE_PARTIQL_INDEX_MISSING,
    MESSAGE_PARTIQL_INDEX_CONSISTENT,
    MESSAGE_PARTIQL_INDEX_FILTER, /* index, attributes */
    MESSAGE_PARTIQL_ORDER_WHERE,
    MESSAGE_PARTIQL_ORDER_ATTRIBUTE, /* attribute */
    MESSAGE_PARTIQL_ORDER_HASH,
    MESSAGE_PARTIQL_ORDER_MANY,
    MESSAGE_PARTIQL_READS,
    MESSAGE_PARTIQL_TOKEN,
    MESSAGE_PARTIQL_TOKEN_OTHER,
    MESSAGE_PARTIQL_DUPLICATE,
    MESSAGE_PARTIQL_EXISTS,
    MESSAGE_PARTIQL_EXISTS_CONDITION,
    MESSAGE_PARTIQL_EXISTS_INDEX,
    MESSAGE_PARTIQL_BATCH_KEY,
    MESSAGE_PARTIQL_MIXED, /* operation */
    MESSAGE_PARTIQL_TRANSACT_KEY,
    MESSAGE_PARTIQL_TRANSACT_INDEX,
    MESSAGE_PARTIQL_TRANSACT_RETURNING,
    MESSAGE_PARTIQL_TRANSACT_MEMBER, /* number, sentence */
    /* exports and imports */
    MESSAGE_EXPORT_NOT_FOUND, /* arn */
    MESSAGE_EXPORT_CONFLICT,  /* token */
    MESSAGE_EXPORT_LIMIT,     /* limit */
    MESSAGE_EXPORT_TIME,
    MESSAGE_EXPORT_WINDOW,
    MESSAGE_IMPORT_NOT_FOUND, /* arn */
    MESSAGE_IMPORT_CONFLICT,  /* token */
    MESSAGE_IMPORT_LIMIT,     /* limit */
    MESSAGE_TRANSFER_FORMAT,  /* value, member */
    MESSAGE_TRANSFER_MEMORY,
    MESSAGE_TRANSFER_BUCKET, /* value, member */
    MESSAGE_TRANSFER_PREFIX, /* value, member */
    MESSAGE_TRANSFER_SPECIFICATION,
    MESSAGE_IMPORT_DELIMITER, /* value */
    MESSAGE_IMPORT_CSV,
    MESSAGE_IMPORT_ROW,     /* reason */
    MESSAGE_IMPORT_COLUMNS, /* fields, columns */
    MESSAGE_IMPORT_HEADER,  /* column */
    MESSAGE_REQUEST_SIZE,
    MESSAGE_QUEUE_FULL,
    MESSAGE_RATE_EXCEEDED,
    MESSAGE_THROUGHPUT_EXCEEDED,
    MESSAGE_THROUGHPUT_INDEX_EXCEEDED,
    MESSAGE_THROUGHPUT_MAXIMUM,
    MESSAGE_TRANSACT_CONFLICT,
    MESSAGE_NO_SPACE,
    MESSAGE_READ_ONLY,
    MESSAGE_NO_MEMORY,
    MESSAGE_INTERNAL, /* what failed */
    MESSAGE_COUNT
};

enum { MESSAGE_ARGUMENT_LIMIT = 4 };
/* For the last parameter of message_add and of request_fail. */
#define ARGUMENTS(...) ((const struct text[MESSAGE_ARGUMENT_LIMIT]){__VA_ARGS__})

enum fault_kind message_kind(enum message message);
/* Adds the sentence; arguments is an array of as many texts as the row names, or NULL. */
void message_add(struct buf *out, enum message message, enum message_style style,
    const struct text *arguments);
/* The row itself, with %1..%4 in it; for tests. */
const char *message_template(enum message message, enum message_style style);

#endif
