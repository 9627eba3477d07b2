#include "endpoint/tables/describe.h"

#include <string.h>

/* What an on-demand table can take from the start. */
enum { WARM_READ = 12000, WARM_WRITE = 4000 };

/* Epoch seconds with milliseconds, as the wire wants times. */
static void add_time(struct json_writer *writer, const char *name, uint64_t ms)
{
    json_name(writer, name);
    json_double(writer, (double)ms / 1000);
}

static void add_key_element(struct json_writer *writer, const struct key_attribute *attribute,
    const char *kind)
{
    json_begin_object(writer);
    json_pair(writer, "AttributeName", attribute->name);
    json_pair_string(writer, "KeyType", kind);
    json_end_object(writer);
}

void describe_key_schema(struct json_writer *writer, const struct key_schema *key)
{
    json_begin_array(writer);
    for (size_t i = 0; i < key_count(key); i++)
        add_key_element(writer, &key->attribute[i], i < key->hash_count ? "HASH" : "RANGE");
    json_end_array(writer);
}

static void add_key(struct json_writer *writer, const struct key_schema *key)
{
    json_name(writer, "KeySchema");
    describe_key_schema(writer, key);
}

static void add_definitions(struct json_writer *writer, const struct table *table)
{
    json_name(writer, "AttributeDefinitions");
    json_begin_array(writer);
    for (size_t i = 0; i < table->definition_count; i++) {
        json_begin_object(writer);
        json_pair(writer, "AttributeName", table->definition[i].name);
        json_pair_string(writer, "AttributeType", value_type_name(table->definition[i].type));
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void add_throughput(struct json_writer *writer, const struct throughput *throughput,
    uint64_t increased_ms, uint64_t decreased_ms)
{
    json_name(writer, "ProvisionedThroughput");
    json_begin_object(writer);
    if (increased_ms)
        add_time(writer, "LastIncreaseDateTime", increased_ms);
    if (decreased_ms)
        add_time(writer, "LastDecreaseDateTime", decreased_ms);
    json_pair_integer(writer, "NumberOfDecreasesToday", 0);
    json_pair_integer(writer, "ReadCapacityUnits", throughput->read);
    json_pair_integer(writer, "WriteCapacityUnits", throughput->write);
    json_end_object(writer);
}

static void add_warm(struct json_writer *writer, struct text asked, bool on_demand,
    const struct throughput *throughput, const char *status)
{
    json_name(writer, "WarmThroughput");
    if (asked.length > 0) {
        /* {"ReadUnitsPerSecond":..} as asked, with the status put in. */
        json_raw(writer, text_slice(asked, 0, asked.length - 1));
        writer->need_comma = asked.length > 2;
    } else {
        json_begin_object(writer);
        json_pair_integer(writer, "ReadUnitsPerSecond", on_demand ? WARM_READ : throughput->read);
        json_pair_integer(writer, "WriteUnitsPerSecond",
            on_demand ? WARM_WRITE : throughput->write);
    }
    json_pair_string(writer, "Status", status);
    json_end_object(writer);
}

static void add_projection(struct json_writer *writer, const struct table_index *index)
{
    json_name(writer, "Projection");
    json_begin_object(writer);
    json_pair_string(writer, "ProjectionType", projection_name(index->projection));
    if (index->named_count > 0) {
        json_name(writer, "NonKeyAttributes");
        json_begin_array(writer);
        for (size_t i = 0; i < index->named_count; i++)
            json_string(writer, index->named[i]);
        json_end_array(writer);
    }
    json_end_object(writer);
}

/* Joins as much as fits: the names are short. */
static size_t join(char *out, size_t size, struct text arn, const char *kind, struct text name)
{
    const struct text parts[] = {arn, text_of(kind), name};
    size_t length = 0;

    for (size_t i = 0; i < 3 && parts[i].length < size - length; i++) {
        memcpy(out + length, parts[i].data, parts[i].length);
        length += parts[i].length;
    }
    return length;
}

static void add_index(struct json_writer *writer, const struct table *table,
    const struct table_index *index, bool creating)
{
    char arn[1024];
    size_t length = join(arn, sizeof arn, table->arn, "/index/", index->name);
    bool unfinished = creating || !table_index_is_ready(index);
    const char *status = index == table->leaving ? "DELETING" : unfinished ? "CREATING" : "ACTIVE";

    json_begin_object(writer);
    json_pair(writer, "IndexName", index->name);
    add_key(writer, &index->key);
    add_projection(writer, index);
    if (!index->local) {
        json_pair_string(writer, "IndexStatus", status);
        if (!creating && unfinished && index != table->leaving)
            json_pair_bool(writer, "Backfilling", true);
        add_throughput(writer, &index->throughput, 0, 0);
        if (index->on_demand.length > 0) {
            json_name(writer, "OnDemandThroughput");
            json_raw(writer, index->on_demand);
        }
        if (!creating || index->warm.length > 0 || table->on_demand)
            add_warm(writer, index->warm, table->on_demand, &index->throughput, status);
    }
    json_pair_integer(writer, "IndexSizeBytes", atomic_load(&table->counters->bytes[index->slot]));
    json_pair_integer(writer, "ItemCount", atomic_load(&table->counters->items[index->slot]));
    json_pair(writer, "IndexArn", text_make(arn, length));
    json_end_object(writer);
}

static void add_indexes(struct json_writer *writer, const struct table *table, bool local,
    bool creating)
{
    const struct table_index *index;
    bool open = false;

    /* The one that is being deleted comes last. */
    for (size_t i = 0; i <= table->index_count; i++) {
        index = i < table->index_count ? &table->index[i] : table->leaving;
        if (!index || index->local != local)
            continue;
        if (!open) {
            json_name(writer, local ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes");
            json_begin_array(writer);
            open = true;
        }
        add_index(writer, table, index, creating);
    }
    if (open)
        json_end_array(writer);
}

static void add_billing(struct json_writer *writer, const struct table *table)
{
    if (!table->on_demand && !table->on_demand_since_ms)
        return; /* never was anything but provisioned */
    json_name(writer, "BillingModeSummary");
    json_begin_object(writer);
    json_pair_string(writer, "BillingMode", table->on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
    if (table->on_demand_since_ms)
        add_time(writer, "LastUpdateToPayPerRequestDateTime", table->on_demand_since_ms);
    json_end_object(writer);
}

static void add_stream(struct json_writer *writer, const struct table *table)
{
    char arn[1024];
    size_t length;

    if (table->stream) {
        json_name(writer, "StreamSpecification");
        json_begin_object(writer);
        json_pair_bool(writer, "StreamEnabled", true);
        json_pair_string(writer, "StreamViewType", stream_view_name(table->stream_view));
        json_end_object(writer);
    }
    /* A stream that was disabled stays the latest one. */
    if (table->stream_label.length == 0)
        return;
    json_pair(writer, "LatestStreamLabel", table->stream_label);
    length = join(arn, sizeof arn, table->arn, "/stream/", table->stream_label);
    json_pair(writer, "LatestStreamArn", text_make(arn, length));
}

static void add_settings(struct json_writer *writer, const struct table *table, bool creating)
{
    add_billing(writer, table);
    if (table->on_demand_limits.length > 0) {
        json_name(writer, "OnDemandThroughput");
        json_raw(writer, table->on_demand_limits);
    }
    if (!creating || table->on_demand || table->warm.length > 0)
        add_warm(writer, table->warm, table->on_demand, &table->throughput,
            creating ? "CREATING" : "ACTIVE");
    if (table->class.length > 0) {
        json_name(writer, "TableClassSummary");
        json_begin_object(writer);
        json_pair(writer, "TableClass", table->class);
        json_end_object(writer);
    }
    if (table->encryption.length > 0) {
        json_name(writer, "SSEDescription");
        json_raw(writer, table->encryption);
    }
    json_pair_bool(writer, "DeletionProtectionEnabled", table->guarded);
}

static void add_restore(struct json_writer *writer, const struct table *table)
{
    const struct table_restore *restore = &table->restore;

    if (restore->at_ms == 0)
        return;
    json_name(writer, "RestoreSummary");
    json_begin_object(writer);
    if (restore->backup_arn.length > 0)
        json_pair(writer, "SourceBackupArn", restore->backup_arn);
    json_pair(writer, "SourceTableArn", restore->table_arn);
    add_time(writer, "RestoreDateTime", restore->at_ms);
    json_pair_bool(writer, "RestoreInProgress", table_is_restoring(table));
    json_end_object(writer);
}

void describe_table(struct json_writer *writer, const struct table *table, const char *status)
{
    bool creating = strcmp(status, "CREATING") == 0;

    json_begin_object(writer);
    add_definitions(writer, table);
    json_pair(writer, "TableName", table->name);
    add_key(writer, &table->key);
    json_pair_string(writer, "TableStatus", status);
    add_time(writer, "CreationDateTime", table->created_ms);
    add_throughput(writer, &table->throughput, table->increased_ms, table->decreased_ms);
    json_pair_integer(writer, "TableSizeBytes", atomic_load(&table->counters->bytes[0]));
    json_pair_integer(writer, "ItemCount", atomic_load(&table->counters->items[0]));
    json_pair(writer, "TableArn", table->arn);
    json_pair(writer, "TableId", table->uuid);
    add_stream(writer, table);
    add_settings(writer, table, creating);
    add_indexes(writer, table, true, creating);
    add_indexes(writer, table, false, creating);
    add_restore(writer, table);
    json_end_object(writer);
}

static void add_plain_throughput(struct json_writer *writer, const struct throughput *throughput)
{
    json_name(writer, "ProvisionedThroughput");
    json_begin_object(writer);
    json_pair_integer(writer, "ReadCapacityUnits", throughput->read);
    json_pair_integer(writer, "WriteCapacityUnits", throughput->write);
    json_end_object(writer);
}

static void add_source_indexes(struct json_writer *writer, const struct table *table, bool local)
{
    bool open = false;

    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->index[i];

        if (index->local != local)
            continue;
        if (!open) {
            json_name(writer, local ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes");
            json_begin_array(writer);
            open = true;
        }
        json_begin_object(writer);
        json_pair(writer, "IndexName", index->name);
        add_key(writer, &index->key);
        add_projection(writer, index);
        if (!local)
            add_plain_throughput(writer, &index->throughput);
        if (!local && index->on_demand.length > 0) {
            json_name(writer, "OnDemandThroughput");
            json_raw(writer, index->on_demand);
        }
        json_end_object(writer);
    }
    if (open)
        json_end_array(writer);
}

static void add_source_features(struct json_writer *writer, const struct table *table)
{
    json_name(writer, "SourceTableFeatureDetails");
    json_begin_object(writer);
    add_source_indexes(writer, table, true);
    add_source_indexes(writer, table, false);
    if (table->stream) {
        json_name(writer, "StreamDescription");
        json_begin_object(writer);
        json_pair_bool(writer, "StreamEnabled", true);
        json_pair_string(writer, "StreamViewType", stream_view_name(table->stream_view));
        json_end_object(writer);
    }
    if (table->expiry.length > 0) {
        json_name(writer, "TimeToLiveDescription");
        json_begin_object(writer);
        json_pair_string(writer, "TimeToLiveStatus", "ENABLED");
        json_pair(writer, "AttributeName", table->expiry);
        json_end_object(writer);
    }
    if (table->encryption.length > 0) {
        json_name(writer, "SSEDescription");
        json_raw(writer, table->encryption);
    }
    json_end_object(writer);
}

void describe_source(struct json_writer *writer, const struct table *table, int64_t items,
    int64_t bytes)
{
    json_name(writer, "SourceTableDetails");
    json_begin_object(writer);
    json_pair(writer, "TableName", table->name);
    json_pair(writer, "TableId", table->uuid);
    json_pair(writer, "TableArn", table->arn);
    json_pair_integer(writer, "TableSizeBytes", bytes);
    add_key(writer, &table->key);
    add_time(writer, "TableCreationDateTime", table->created_ms);
    add_plain_throughput(writer, &table->throughput);
    if (table->on_demand_limits.length > 0) {
        json_name(writer, "OnDemandThroughput");
        json_raw(writer, table->on_demand_limits);
    }
    json_pair_integer(writer, "ItemCount", items);
    json_pair_string(writer, "BillingMode", table->on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
    json_end_object(writer);
    add_source_features(writer, table);
}
