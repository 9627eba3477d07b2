#include <string.h>

#include "base/clock.h"
#include "client/service.h"
#include "console/language/planner.h"
#include "console/statements/tables.h"

enum { REQUEST_LIMIT = 1 << 20, FIRST_POLL_MS = 1000, LAST_POLL_MS = 10000 };

#define WAIT_LIMIT (30 * 60 * CLOCK_SECOND)

void table_add_units(struct json_writer *writer, const char *member, const char *read_name,
    int64_t read, const char *write_name, int64_t write)
{
    json_name(writer, member);
    json_begin_object(writer);
    json_pair_integer(writer, read_name, read);
    json_pair_integer(writer, write_name, write);
    json_end_object(writer);
}

static void add_schema_entry(struct json_writer *writer, struct text name, bool is_range)
{
    json_begin_object(writer);
    json_pair(writer, "AttributeName", name);
    json_pair_string(writer, "KeyType", is_range ? "RANGE" : "HASH");
    json_end_object(writer);
}

/* HASH attributes first, whatever the order they are written in. */
static void add_schema(struct json_writer *writer, const struct table_key *key, size_t count,
    bool only_said)
{
    json_name(writer, "KeySchema");
    json_begin_array(writer);
    for (int range = 0; range < 2; range++) {
        for (size_t i = 0; i < count; i++) {
            if (key[i].is_range == range && (!only_said || key[i].kind_said))
                add_schema_entry(writer, key[i].name, range);
        }
    }
    json_end_array(writer);
}

void table_add_attribute(struct json_writer *writer, struct text name, char type)
{
    json_begin_object(writer);
    json_pair(writer, "AttributeName", name);
    json_pair(writer, "AttributeType", text_make(&type, 1));
    json_end_object(writer);
}

static bool is_declared(const struct table_definition *table, size_t index, size_t key)
{
    struct text name = table->index[index].key[key].name;

    for (size_t i = 0; i < table->column_count; i++) {
        if (text_equal(table->column[i].name, name))
            return true;
    }
    for (size_t i = 0; i <= index; i++) {
        for (size_t k = 0; k < (i == index ? key : table->index[i].key_count); k++) {
            if (text_equal(table->index[i].key[k].name, name))
                return true;
        }
    }
    return false;
}

static void add_attributes(struct json_writer *writer, const struct table_definition *table)
{
    json_name(writer, "AttributeDefinitions");
    json_begin_array(writer);
    for (size_t i = 0; i < table->column_count; i++)
        table_add_attribute(writer, table->column[i].name, table->column[i].type);
    for (size_t i = 0; i < table->index_count; i++) {
        for (size_t k = 0; k < table->index[i].key_count; k++) {
            if (!is_declared(table, i, k))
                table_add_attribute(writer, table->index[i].key[k].name,
                    table->index[i].key[k].type);
        }
    }
    json_end_array(writer);
}

void table_add_index(struct json_writer *writer, const struct table_definition *table,
    const struct table_index *index)
{
    json_begin_object(writer);
    json_pair(writer, "IndexName", index->name);
    add_schema(writer, index->key, index->key_count, false);
    json_name(writer, "Projection");
    json_begin_object(writer);
    json_pair_string(writer, "ProjectionType", index->projection);
    if (index->include_count > 0) {
        json_name(writer, "NonKeyAttributes");
        json_begin_array(writer);
        for (size_t i = 0; i < index->include_count; i++)
            json_string(writer, index->include[i]);
        json_end_array(writer);
    }
    json_end_object(writer);
    if (table->provisioned && !index->is_local)
        table_add_units(writer, "ProvisionedThroughput", "ReadCapacityUnits",
            index->read_units ? index->read_units : table->read_units, "WriteCapacityUnits",
            index->write_units ? index->write_units : table->write_units);
    json_end_object(writer);
}

static void add_indexes(struct json_writer *writer, const struct table_definition *table,
    bool local)
{
    size_t count = 0;

    for (size_t i = 0; i < table->index_count; i++)
        count += table->index[i].is_local == local;
    if (count == 0)
        return;
    json_name(writer, local ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes");
    json_begin_array(writer);
    for (size_t i = 0; i < table->index_count; i++) {
        if (table->index[i].is_local == local)
            table_add_index(writer, table, &table->index[i]);
    }
    json_end_array(writer);
}

void table_add_tags(struct json_writer *writer, const struct value *tags)
{
    json_name(writer, "Tags");
    json_begin_array(writer);
    for (size_t i = 0; i < tags->count; i++) {
        json_begin_object(writer);
        json_pair(writer, "Key", tags->name[i]);
        json_pair(writer, "Value", tags->element[i].text);
        json_end_object(writer);
    }
    json_end_array(writer);
}

void table_add_stream(struct json_writer *writer, struct text view)
{
    json_name(writer, "StreamSpecification");
    json_begin_object(writer);
    json_pair_bool(writer, "StreamEnabled", true);
    json_pair(writer, "StreamViewType", view);
    json_end_object(writer);
}

static void add_settings(struct json_writer *writer, const struct table_definition *table)
{
    if (table->max_read > 0)
        table_add_units(writer, "OnDemandThroughput", "MaxReadRequestUnits", table->max_read,
            "MaxWriteRequestUnits", table->max_write);
    if (table->warm_read > 0)
        table_add_units(writer, "WarmThroughput", "ReadUnitsPerSecond", table->warm_read,
            "WriteUnitsPerSecond", table->warm_write);
    if (table->stream)
        table_add_stream(writer, text_of(table->stream));
    if (table->encrypt) {
        json_name(writer, "SSESpecification");
        json_begin_object(writer);
        json_pair_bool(writer, "Enabled", true);
        json_pair_string(writer, "SSEType", "KMS");
        if (table->encryption_key.length > 0)
            json_pair(writer, "KMSMasterKeyId", table->encryption_key);
        json_end_object(writer);
    }
    if (table->infrequent)
        json_pair_string(writer, "TableClass", "STANDARD_INFREQUENT_ACCESS");
    if (table->protect)
        json_pair_bool(writer, "DeletionProtectionEnabled", true);
    if (table->tags && table->tags->count > 0)
        table_add_tags(writer, table->tags);
}

void table_add_request(struct buf *out, const struct table_definition *definition)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair(&writer, "TableName", definition->name);
    add_attributes(&writer, definition);
    add_schema(&writer, definition->column, definition->column_count, true);
    add_indexes(&writer, definition, true);
    add_indexes(&writer, definition, false);
    if (definition->provisioned)
        table_add_units(&writer, "ProvisionedThroughput", "ReadCapacityUnits",
            definition->read_units, "WriteCapacityUnits", definition->write_units);
    else
        json_pair_string(&writer, "BillingMode", "PAY_PER_REQUEST");
    add_settings(&writer, definition);
    json_end_object(&writer);
}

static void add_source_units(struct json_writer *writer, const struct json *throughput)
{
    int64_t read = json_integer_member(throughput, "ReadCapacityUnits", 0);
    int64_t write = json_integer_member(throughput, "WriteCapacityUnits", 0);

    if (read > 0 && write > 0)
        table_add_units(writer, "ProvisionedThroughput", "ReadCapacityUnits", read,
            "WriteCapacityUnits", write);
}

/* ON DEMAND and PROVISIONED go before what the other table has. */
static void add_like_units(struct json_writer *writer, const struct table_definition *table,
    const struct json *throughput)
{
    if (table->provisioned)
        table_add_units(writer, "ProvisionedThroughput", "ReadCapacityUnits", table->read_units,
            "WriteCapacityUnits", table->write_units);
    else if (!table->on_demand)
        add_source_units(writer, throughput);
}

/* What a new table takes of the description of an index; the capacity as the new table has it. */
static void add_source_indexes(struct json_writer *writer, const struct table_definition *table,
    const struct json *source, const char *member)
{
    const struct json *list = json_member(source, member);

    if (!list || !list->first)
        return;
    json_name(writer, member);
    json_begin_array(writer);
    for (const struct json *index = list->first; index; index = index->next) {
        json_begin_object(writer);
        json_pair(writer, "IndexName", json_string_member(index, "IndexName"));
        json_name(writer, "KeySchema");
        json_tree(writer, json_member(index, "KeySchema"));
        json_name(writer, "Projection");
        json_tree(writer, json_member(index, "Projection"));
        if (strcmp(member, "GlobalSecondaryIndexes") == 0)
            add_like_units(writer, table, json_member(index, "ProvisionedThroughput"));
        json_end_object(writer);
    }
    json_end_array(writer);
}

void table_add_request_like(struct buf *out, const struct table_definition *definition,
    const struct json *source)
{
    const struct json *stream = json_member(source, "StreamSpecification");
    const struct json *billing = json_member(source, "BillingModeSummary");
    bool on_demand = definition->on_demand ||
                     (!definition->provisioned &&
                         text_is(json_string_member(billing, "BillingMode"), "PAY_PER_REQUEST"));
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair(&writer, "TableName", definition->name);
    json_name(&writer, "AttributeDefinitions");
    json_tree(&writer, json_member(source, "AttributeDefinitions"));
    json_name(&writer, "KeySchema");
    json_tree(&writer, json_member(source, "KeySchema"));
    add_source_indexes(&writer, definition, source, "LocalSecondaryIndexes");
    add_source_indexes(&writer, definition, source, "GlobalSecondaryIndexes");
    if (on_demand)
        json_pair_string(&writer, "BillingMode", "PAY_PER_REQUEST");
    else
        add_like_units(&writer, definition, json_member(source, "ProvisionedThroughput"));
    if (!definition->has_stream && json_bool_member(stream, "StreamEnabled", false))
        table_add_stream(&writer, json_string_member(stream, "StreamViewType"));
    add_settings(&writer, definition);
    json_end_object(&writer);
}

const struct json *table_send(struct job *job, struct link *link, const char *operation,
    struct text name, struct text request, struct error *err)
{
    struct call_context context = job_context(job);
    struct reply reply;
    struct buf own;
    struct json_writer writer;
    const struct json *answer = NULL;
    struct text body;

    reply_init(&reply);
    buf_init(&own, REQUEST_LIMIT);
    if (request.length == 0) {
        json_writer_init(&writer, &own);
        json_begin_object(&writer);
        json_pair(&writer, "TableName", name);
        json_end_object(&writer);
        request = buf_view(&own);
    }
    if (!connection_call(link->connection, &service_dynamodb,
            service_operation_string(&service_dynamodb, operation), request, &context, &reply,
            err)) {
        /* TagResource and others answer nothing at all. */
        body = arena_text(job->arena, reply.body.length > 0 ? buf_view(&reply.body) : TEXT("{}"));
        if (body.data)
            answer = json_parse(body, job->arena, err);
        else
            arena_failed(job->arena, err);
    } else if (err->code == ERROR_NOT_FOUND && strcmp(operation, "DescribeTable") == 0) {
        planner_no_table(link, name, err);
    }
    buf_done(&own);
    reply_done(&reply);
    return answer;
}

static bool is_active(const struct json *table)
{
    const struct json *list = json_member(table, "GlobalSecondaryIndexes");

    if (!text_is(json_string_member(table, "TableStatus"), "ACTIVE"))
        return false;
    for (const struct json *index = list ? list->first : NULL; index; index = index->next) {
        struct text status = json_string_member(index, "IndexStatus");

        if (status.data && !text_is(status, "ACTIVE"))
            return false;
    }
    return true;
}

enum error_code table_wait(struct job *job, struct link *link, struct text name, bool until_gone,
    struct error *err)
{
    uint64_t started = clock_monotonic(), poll = FIRST_POLL_MS * CLOCK_MS;

    for (;;) {
        const struct json *answer = table_send(job, link, "DescribeTable", name, TEXT(""), err);
        struct text status = json_string_member(json_member(answer, "Table"), "TableStatus");

        if (!answer && err->code == ERROR_NOT_FOUND && until_gone)
            return ERROR_NONE;
        if (!answer)
            return err->code;
        if (!until_gone && is_active(json_member(answer, "Table")))
            return ERROR_NONE;
        if (clock_monotonic() - started > WAIT_LIMIT)
            return error_set(err, ERROR_NETWORK, "%.*s is %.*s after 30 minutes", (int)name.length,
                name.data, (int)status.length, status.data);
        job_note(job, REPORT_PROGRESS, "%.*s is %.*s", (int)name.length, name.data,
            (int)status.length, status.data);
        if (job_wait(job, poll, err))
            return err->code;
        poll = poll * 2 < LAST_POLL_MS * CLOCK_MS ? poll * 2 : LAST_POLL_MS * CLOCK_MS;
    }
}

struct create {
    struct text request, ttl, pitr; /* JSON; empty: no such call */
    bool exists;
    bool loses; /* settings that the table of LIKE has */
};

static struct text keep(struct job *job, struct buf *buf)
{
    struct text text =
        buf->failure ? (struct text){NULL, 0} : arena_text(job->arena, buf_view(buf));

    buf_clear(buf);
    return text;
}

static struct text ttl_request(struct job *job, const struct table_definition *table,
    struct buf *buf)
{
    struct json_writer writer;

    json_writer_init(&writer, buf);
    json_begin_object(&writer);
    json_pair(&writer, "TableName", table->name);
    json_name(&writer, "TimeToLiveSpecification");
    json_begin_object(&writer);
    json_pair_bool(&writer, "Enabled", true);
    json_pair(&writer, "AttributeName", table->ttl);
    json_end_object(&writer);
    json_end_object(&writer);
    return keep(job, buf);
}

static struct text pitr_request(struct job *job, const struct table_definition *table,
    struct buf *buf)
{
    struct json_writer writer;

    json_writer_init(&writer, buf);
    json_begin_object(&writer);
    json_pair(&writer, "TableName", table->name);
    json_name(&writer, "PointInTimeRecoverySpecification");
    json_begin_object(&writer);
    json_pair_bool(&writer, "PointInTimeRecoveryEnabled", true);
    if (table->pitr_days > 0)
        json_pair_integer(&writer, "RecoveryPeriodInDays", table->pitr_days);
    json_end_object(&writer);
    json_end_object(&writer);
    return keep(job, buf);
}

static const char like_takes[] =
    "keys, indexes, capacity and stream are taken over; TTL, recovery, "
    "protection, class, encryption and tags are not";

/* Of what is not taken over, what a description shows. */
static bool has_more(const struct json *table)
{
    return json_member(table, "SSEDescription") || json_member(table, "TableClassSummary") ||
           json_bool_member(table, "DeletionProtectionEnabled", false);
}

static enum error_code make_requests(struct job *job, struct link *link,
    const struct table_definition *table, struct create *create, struct error *err)
{
    const struct json *source = NULL;
    struct link *from = link;
    struct buf buf;

    if (table->has_like) {
        if (table->like.connection.length > 0)
            from = job_link(job, table->like.connection, err);
        source =
            from ? table_send(job, from, "DescribeTable", table->like.table, TEXT(""), err) : NULL;
        if (!source)
            return err->code;
    }
    buf_init(&buf, REQUEST_LIMIT);
    source = json_member(source, "Table");
    create->loses = source && has_more(source);
    if (source)
        table_add_request_like(&buf, table, source);
    else
        table_add_request(&buf, table);
    create->request = keep(job, &buf);
    create->ttl = table->ttl.length > 0 ? ttl_request(job, table, &buf) : TEXT("");
    create->pitr = table->pitr ? pitr_request(job, table, &buf) : TEXT("");
    buf_done(&buf);
    return create->request.data && create->ttl.data && create->pitr.data
               ? ERROR_NONE
               : arena_failed(job->arena, err);
}

/* The statements behind it in a script that is only explained speak of the table, too. */
static enum error_code foresee(struct job *job, struct link *link, struct text request,
    struct error *err)
{
    const struct json *table = json_parse(request, job->arena, err);

    return table ? planner_keep_table(link, table, err) : err->code;
}

enum error_code table_plan_create(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct table_definition *table = tree->node;
    struct create *create = arena_alloc(job->arena, 1, sizeof *create);
    enum error_code code;
    const char *name;

    if (!create)
        return arena_failed(job->arena, err);
    plan->detail = create;
    plan->link = job_link(job, TEXT(""), err);
    if (!plan->link)
        return err->code;
    if (table->if_absent) {
        create->exists = planner_table(job, plan->link, table->name, NULL, err) != NULL;
        if (!create->exists && err->code != ERROR_NOT_FOUND)
            return err->code;
        if (create->exists) {
            plan_add(plan, PLAN_PLAN, "nothing: the table exists");
            return ERROR_NONE;
        }
    }
    code = make_requests(job, plan->link, table, create, err);
    if (!code && job->settings.dry_run)
        code = foresee(job, plan->link, create->request, err);
    if (code)
        return code;
    name = arena_string(job->arena, table->name);
    plan_add(plan, PLAN_PLAN, "CreateTable %s%s", name ? name : "",
        table->nowait ? "" : ", then wait until it is ACTIVE");
    if (table->has_like)
        plan_add(plan, PLAN_NOTE, "%s", like_takes);
    plan->risk = RISK_ONE;
    plan->is_single = true;
    plan->risk_kind = "table";
    plan->risk_name = name;
    plan_add(plan, PLAN_RISK, "a new table");
    plan->question = arena_format(job->arena, "Create table %s?", name ? name : "");
    plan_add_call(plan, &service_dynamodb, "CreateTable", "1", NULL, create->request);
    if (create->ttl.length > 0)
        plan_add_call(plan, &service_dynamodb, "UpdateTimeToLive", "1", NULL, create->ttl);
    if (create->pitr.length > 0)
        plan_add_call(plan, &service_dynamodb, "UpdateContinuousBackups", "1", NULL, create->pitr);
    return name && plan->question ? ERROR_NONE : arena_failed(job->arena, err);
}

enum error_code table_run_create(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct table_definition *table = tree->node;
    const struct create *create = plan->detail;
    struct link *link = plan->link;
    bool later = create->ttl.length > 0 || create->pitr.length > 0;
    enum error_code code = ERROR_NONE;

    if (create->exists) {
        job_note(job, REPORT_NOTE, "the table exists; nothing is done");
        return ERROR_NONE;
    }
    if (!table_send(job, link, "CreateTable", table->name, create->request, err))
        return err->code;
    catalog_forget_table(link->catalog, table->name);
    /* Settings of their own calls need a table that is ACTIVE. */
    if (!table->nowait || later)
        code = table_wait(job, link, table->name, false, err);
    if (!code && create->ttl.length > 0 &&
        !table_send(job, link, "UpdateTimeToLive", table->name, create->ttl, err))
        code = err->code;
    if (!code && create->pitr.length > 0 &&
        !table_send(job, link, "UpdateContinuousBackups", table->name, create->pitr, err))
        code = err->code;
    if (code)
        return code;
    if (create->loses)
        job_note(job, REPORT_NOTE, "%s", like_takes);
    job_note(job, REPORT_NOTE, "table %.*s is %s", (int)table->name.length, table->name.data,
        table->nowait && !later ? "being made" : "ACTIVE");
    return planner_table(job, link, table->name, NULL, err) ? ERROR_NONE : err->code;
}
