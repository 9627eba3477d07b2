#include <string.h>

#include "console/statements/table_alter.h"

/* The request of each kind of change to a table. */

static char known_type(const struct catalog_table *table, struct text name)
{
    for (size_t i = 0; i < table->key_count; i++)
        if (text_is(name, table->key[i].name))
            return table->key[i].type;
    for (size_t i = 0; i < table->index_count; i++)
        for (size_t k = 0; k < table->index[i].key_count; k++)
            if (text_is(name, table->index[i].key[k].name))
                return table->index[i].key[k].type;
    return 0;
}

/* The types of an index's key: written, or those that the table has already. */
static bool settle_types(struct altering *altering, struct error *err)
{
    const struct table_index *index = &altering->change->index;

    for (size_t i = 0; i < index->key_count; i++) {
        struct table_key *key = &index->key[i];
        char known = known_type(altering->table, key->name);

        if (!key->type && !known) {
            parse_fail(err, &key->token, "the type of %.*s is not known", (int)key->name.length,
                key->name.data);
            error_hint(err, "such as %.*s STRING", (int)key->name.length, key->name.data);
            return false;
        }
        if (key->type && known && key->type != known) {
            error_set(err, ERROR_INVALID, "%.*s is %s in this table, not %s", (int)key->name.length,
                key->name.data, planner_type_word(known), planner_type_word(key->type));
            return false;
        }
        if (!key->type)
            key->type = known;
    }
    return true;
}

/* The capacity that the changes before this one leave. */
static struct table_definition capacity_before(const struct altering *altering)
{
    struct table_definition units = {.provisioned = !altering->table->on_demand,
        .read_units = (int64_t)altering->table->read_units,
        .write_units = (int64_t)altering->table->write_units};

    for (size_t i = 0; i < altering->at; i++) {
        const struct alteration *change = altering->alter->change[i];

        if (!change->setting)
            continue;
        if (strcmp(change->setting, "PROVISIONED") == 0)
            units = change->values;
        else if (strcmp(change->setting, "ON") == 0)
            units.provisioned = false;
    }
    return units;
}

static bool write_add_index(struct altering *altering, struct error *err)
{
    const struct catalog_table *table = altering->table;
    const struct table_index *index = &altering->change->index;
    const struct table_definition units = capacity_before(altering);
    struct json_writer *writer = &altering->writer;

    for (size_t i = 0; i < table->index_count; i++) {
        if (text_is(index->name, table->index[i].name)) {
            error_set(err, ERROR_INVALID, "table %s has an index %s already", table->name,
                table->index[i].name);
            return false;
        }
    }
    if (!settle_types(altering, err))
        return false;
    json_name(writer, "AttributeDefinitions");
    json_begin_array(writer);
    for (size_t i = 0; i < index->key_count; i++)
        table_add_attribute(writer, index->key[i].name, index->key[i].type);
    json_end_array(writer);
    json_name(writer, "GlobalSecondaryIndexUpdates");
    json_begin_array(writer);
    json_begin_object(writer);
    json_name(writer, "Create");
    table_add_index(writer, &units, index);
    json_end_object(writer);
    json_end_array(writer);
    buf_add_string(&altering->line, "add index ");
    value_add_name(&altering->line, index->name);
    buf_add_string(&altering->line, " (");
    for (size_t i = 0; i < index->key_count; i++) {
        buf_add_string(&altering->line, i > 0 ? ", " : "");
        value_add_name(&altering->line, index->key[i].name);
        buf_add_format(&altering->line, " %s %s", planner_type_word(index->key[i].type),
            index->key[i].is_range ? "RANGE" : "HASH");
    }
    buf_add_format(&altering->line, ") %s", index->projection);
    for (size_t i = 0; i < index->include_count; i++) {
        buf_add_string(&altering->line, i > 0 ? ", " : " (");
        value_add_name(&altering->line, index->include[i]);
    }
    buf_add_string(&altering->line, index->include_count > 0 ? ")" : "");
    return true;
}

/* The global index of the change, spelled as the service has it, or NULL with err set. */
static const struct catalog_index *find_index(struct altering *altering, struct error *err)
{
    const struct catalog_table *table = altering->table;
    struct text name = altering->change->name;

    for (size_t i = 0; i < table->index_count; i++) {
        if (!text_is(name, table->index[i].name))
            continue;
        if (!table->index[i].is_local)
            return &table->index[i];
        error_set(err, ERROR_INVALID, "%s is a local index: it stays as it was made",
            table->index[i].name);
        return NULL;
    }
    parse_fail(err, &altering->change->token, "table %s has no index %.*s", table->name,
        (int)name.length, name.data);
    err->code = ERROR_NOT_FOUND;
    error_hint(err, "SHOW INDEXES OF %s lists them", table->name);
    return NULL;
}

static bool write_index_update(struct altering *altering, const char *action, struct error *err)
{
    const struct catalog_index *index = find_index(altering, err);
    struct json_writer *writer = &altering->writer;

    if (!index)
        return false;
    json_name(writer, "GlobalSecondaryIndexUpdates");
    json_begin_array(writer);
    json_begin_object(writer);
    json_name(writer, action);
    json_begin_object(writer);
    json_pair_string(writer, "IndexName", index->name);
    if (altering->change->kind == ALTER_INDEX)
        table_add_units(writer, "ProvisionedThroughput", "ReadCapacityUnits",
            altering->change->read, "WriteCapacityUnits", altering->change->write);
    json_end_object(writer);
    json_end_object(writer);
    json_end_array(writer);
    if (altering->change->kind == ALTER_INDEX)
        buf_add_format(&altering->line, "index %s: capacity %lld RCU %lld WCU", index->name,
            (long long)altering->change->read, (long long)altering->change->write);
    else
        buf_add_format(&altering->line, "drop index %s", index->name);
    return true;
}

static bool write_replica(struct altering *altering, const char *action)
{
    struct json_writer *writer = &altering->writer;
    struct text region = altering->change->name;

    json_name(writer, "ReplicaUpdates");
    json_begin_array(writer);
    json_begin_object(writer);
    json_name(writer, action);
    json_begin_object(writer);
    json_pair(writer, "RegionName", region);
    json_end_object(writer);
    json_end_object(writer);
    json_end_array(writer);
    buf_add_format(&altering->line, "%s replica %.*s",
        altering->change->kind == ALTER_ADD_REPLICA ? "add" : "drop", (int)region.length,
        region.data);
    return true;
}

static bool write_on_demand(struct altering *altering, struct error *err)
{
    const struct table_definition *values = &altering->change->values;

    (void)err;
    if (!altering->table->on_demand || values->max_read == 0)
        json_pair_string(&altering->writer, "BillingMode", "PAY_PER_REQUEST");
    if (values->max_read > 0)
        table_add_units(&altering->writer, "OnDemandThroughput", "MaxReadRequestUnits",
            values->max_read, "MaxWriteRequestUnits", values->max_write);
    buf_add_format(&altering->line, "capacity: %s -> ON DEMAND",
        altering->table->on_demand ? "ON DEMAND" : "PROVISIONED");
    if (values->max_read > 0)
        buf_add_format(&altering->line, " MAX %lld RCU %lld WCU", (long long)values->max_read,
            (long long)values->max_write);
    return true;
}

static bool is_dropped_before(const struct altering *altering, const char *index)
{
    for (size_t i = 0; i < altering->at; i++) {
        const struct alteration *change = altering->alter->change[i];

        if (change->kind == ALTER_DROP_INDEX && text_is(change->name, index))
            return true;
    }
    return false;
}

static void add_index_update(struct altering *altering, struct text name, bool *begun)
{
    struct json_writer *writer = &altering->writer;

    if (!*begun) {
        json_name(writer, "GlobalSecondaryIndexUpdates");
        json_begin_array(writer);
        *begun = true;
    }
    json_begin_object(writer);
    json_name(writer, "Update");
    json_begin_object(writer);
    json_pair(writer, "IndexName", name);
    table_add_units(writer, "ProvisionedThroughput", "ReadCapacityUnits",
        altering->change->values.read_units, "WriteCapacityUnits",
        altering->change->values.write_units);
    json_end_object(writer);
    json_end_object(writer);
}

/* Coming from on-demand mode every global index needs its units in the same call. */
static void add_index_units(struct altering *altering)
{
    const struct catalog_table *table = altering->table;
    bool begun = false;

    if (capacity_before(altering).provisioned)
        return;
    for (size_t i = 0; i < table->index_count; i++)
        if (!table->index[i].is_local && !is_dropped_before(altering, table->index[i].name))
            add_index_update(altering, text_of(table->index[i].name), &begun);
    for (size_t i = 0; i < altering->at; i++)
        if (altering->alter->change[i]->kind == ALTER_ADD_INDEX)
            add_index_update(altering, altering->alter->change[i]->index.name, &begun);
    if (begun)
        json_end_array(&altering->writer);
}

static bool write_provisioned(struct altering *altering, struct error *err)
{
    const struct table_definition *values = &altering->change->values;
    const struct catalog_table *table = altering->table;

    (void)err;
    if (table->on_demand)
        json_pair_string(&altering->writer, "BillingMode", "PROVISIONED");
    table_add_units(&altering->writer, "ProvisionedThroughput", "ReadCapacityUnits",
        values->read_units, "WriteCapacityUnits", values->write_units);
    add_index_units(altering);
    buf_add_string(&altering->line, "capacity: ");
    if (table->on_demand)
        buf_add_string(&altering->line, "ON DEMAND");
    else
        buf_add_format(&altering->line, "PROVISIONED %llu RCU %llu WCU",
            (unsigned long long)table->read_units, (unsigned long long)table->write_units);
    buf_add_format(&altering->line, " -> PROVISIONED %lld RCU %lld WCU",
        (long long)values->read_units, (long long)values->write_units);
    return true;
}

static bool write_warm(struct altering *altering, struct error *err)
{
    const struct table_definition *values = &altering->change->values;

    (void)err;
    table_add_units(&altering->writer, "WarmThroughput", "ReadUnitsPerSecond", values->warm_read,
        "WriteUnitsPerSecond", values->warm_write);
    buf_add_format(&altering->line, "warm throughput: %lld RCU %lld WCU",
        (long long)values->warm_read, (long long)values->warm_write);
    return true;
}

static bool write_stream(struct altering *altering, struct error *err)
{
    const char *view = altering->change->values.stream;

    (void)err;
    if (view) {
        table_add_stream(&altering->writer, text_of(view));
    } else {
        json_name(&altering->writer, "StreamSpecification");
        json_begin_object(&altering->writer);
        json_pair_bool(&altering->writer, "StreamEnabled", false);
        json_end_object(&altering->writer);
        altering->change->risk = RISK_DESTROY;
    }
    buf_add_format(&altering->line, "stream: %s -> %s", altering->table->stream ? "on" : "off",
        view ? view : "off");
    return true;
}

/* The attribute that time to live watches now; the service wants it named to turn it off. */
static bool write_ttl(struct altering *altering, struct error *err)
{
    struct text wanted = altering->change->values.ttl, now;
    const struct json *answer = table_send(altering->job, altering->link, "DescribeTimeToLive",
        text_of(altering->table->name), TEXT(""), err);
    const struct json *ttl = json_member(answer, "TimeToLiveDescription");

    if (!answer)
        return false;
    now = json_string_member(ttl, "AttributeName");
    if (wanted.length == 0 && now.length == 0) {
        error_set(err, ERROR_INVALID, "time to live is off already");
        return false;
    }
    json_name(&altering->writer, "TimeToLiveSpecification");
    json_begin_object(&altering->writer);
    json_pair_bool(&altering->writer, "Enabled", wanted.length > 0);
    json_pair(&altering->writer, "AttributeName", wanted.length > 0 ? wanted : now);
    json_end_object(&altering->writer);
    buf_add_format(&altering->line, "ttl: %.*s -> %.*s", now.length > 0 ? (int)now.length : 3,
        now.length > 0 ? now.data : "off", wanted.length > 0 ? (int)wanted.length : 3,
        wanted.length > 0 ? wanted.data : "off");
    altering->change->operation = "UpdateTimeToLive";
    return true;
}

static bool write_pitr(struct altering *altering, struct error *err)
{
    const struct table_definition *values = &altering->change->values;

    (void)err;
    json_name(&altering->writer, "PointInTimeRecoverySpecification");
    json_begin_object(&altering->writer);
    json_pair_bool(&altering->writer, "PointInTimeRecoveryEnabled", values->pitr);
    if (values->pitr && values->pitr_days > 0)
        json_pair_integer(&altering->writer, "RecoveryPeriodInDays", values->pitr_days);
    json_end_object(&altering->writer);
    buf_add_format(&altering->line, "point-in-time recovery: %s", values->pitr ? "ON" : "OFF");
    if (values->pitr && values->pitr_days > 0)
        buf_add_format(&altering->line, " %d DAYS", values->pitr_days);
    altering->change->operation = "UpdateContinuousBackups";
    if (!values->pitr)
        altering->change->risk = RISK_DESTROY;
    return true;
}

static bool write_class(struct altering *altering, struct error *err)
{
    bool infrequent = altering->change->values.infrequent;

    (void)err;
    json_pair_string(&altering->writer, "TableClass",
        infrequent ? "STANDARD_INFREQUENT_ACCESS" : "STANDARD");
    buf_add_format(&altering->line, "class: %s", infrequent ? "INFREQUENT" : "STANDARD");
    return true;
}

static bool write_protection(struct altering *altering, struct error *err)
{
    bool protect = altering->change->values.protect;

    (void)err;
    json_pair_bool(&altering->writer, "DeletionProtectionEnabled", protect);
    buf_add_format(&altering->line, "deletion protection: %s -> %s",
        altering->table->protected_ ? "ON" : "OFF", protect ? "ON" : "OFF");
    if (!protect)
        altering->change->risk = RISK_DESTROY;
    return true;
}

static bool write_encryption(struct altering *altering, struct error *err)
{
    const struct table_definition *values = &altering->change->values;

    (void)err;
    json_name(&altering->writer, "SSESpecification");
    json_begin_object(&altering->writer);
    json_pair_bool(&altering->writer, "Enabled", values->encrypt);
    if (values->encrypt)
        json_pair_string(&altering->writer, "SSEType", "KMS");
    if (values->encryption_key.length > 0)
        json_pair(&altering->writer, "KMSMasterKeyId", values->encryption_key);
    json_end_object(&altering->writer);
    buf_add_format(&altering->line, "encryption: %s", values->encrypt ? "ON" : "OFF");
    return true;
}

static bool write_tags(struct altering *altering, struct error *err)
{
    const struct value *tags = altering->change->values.tags;

    if (tags->count == 0) {
        error_set(err, ERROR_USAGE, "TAGS names at least one tag");
        return false;
    }
    table_add_tags(&altering->writer, tags);
    altering->change->operation = "TagResource";
    buf_add_string(&altering->line, "tags: ");
    value_add_literal(&altering->line, tags);
    return true;
}

static const struct setting_writer {
    const char *setting;
    bool (*write)(struct altering *altering, struct error *err);
} setting_writer_table[] = {
    {"CLASS", write_class},
    {"DELETION", write_protection},
    {"ENCRYPTION", write_encryption},
    {"ON", write_on_demand},
    {"PITR", write_pitr},
    {"PROVISIONED", write_provisioned},
    {"STREAM", write_stream},
    {"TAGS", write_tags},
    {"TTL", write_ttl},
    {"WARM", write_warm},
};

static bool write_setting(struct altering *altering, struct error *err)
{
    size_t i = 0;

    while (strcmp(setting_writer_table[i].setting, altering->change->setting) != 0)
        i++;
    return setting_writer_table[i].write(altering, err);
}

bool table_write_change(struct altering *altering, struct error *err)
{
    switch (altering->change->kind) {
    case ALTER_ADD_INDEX:
        altering->change->risk = RISK_ONE;
        return write_add_index(altering, err);
    case ALTER_DROP_INDEX:
        altering->change->risk = RISK_DESTROY;
        return write_index_update(altering, "Delete", err);
    case ALTER_INDEX:
        return write_index_update(altering, "Update", err);
    case ALTER_ADD_REPLICA:
        return write_replica(altering, "Create");
    case ALTER_DROP_REPLICA:
        altering->change->risk = RISK_DESTROY;
        return write_replica(altering, "Delete");
    case ALTER_SET:
        break;
    }
    return write_setting(altering, err);
}
