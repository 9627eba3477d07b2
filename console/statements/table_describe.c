#include <string.h>

#include "base/clock.h"
#include "console/language/planner.h"
#include "console/statements/tables.h"

/* DESCRIBE: text for eyes, the service's own answers as JSON. */

enum { TEXT_LIMIT = 4 << 20, LABEL_WIDTH = 12 };

static void add_label(struct buf *out, const char *label)
{
    buf_add_string(out, label);
    buf_add_repeat(out, ' ', LABEL_WIDTH - strlen(label));
}

static void add_line(struct buf *out, const char *label, struct text text)
{
    if (text.length == 0)
        return;
    add_label(out, label);
    buf_add_text(out, text);
    buf_add_char(out, '\n');
}

static char attribute_type(const struct json *table, struct text name)
{
    const struct json *list = json_member(table, "AttributeDefinitions");

    for (const struct json *one = list ? list->first : NULL; one; one = one->next) {
        if (text_equal(json_string_member(one, "AttributeName"), name)) {
            struct text type = json_string_member(one, "AttributeType");

            return (char)(type.length > 0 ? type.data[0] : 'S');
        }
    }
    return 'S';
}

void table_add_keys(struct buf *out, const struct json *table, const struct json *schema)
{
    const char *before = "";

    for (const struct json *one = schema ? schema->first : NULL; one; one = one->next) {
        struct text name = json_string_member(one, "AttributeName");
        struct text kind = json_string_member(one, "KeyType");

        buf_add_string(out, before);
        value_add_name(out, name);
        buf_add_format(out, " %s ", planner_type_word(attribute_type(table, name)));
        buf_add_text(out, kind);
        before = ", ";
    }
}

static void add_throughput(struct buf *out, const struct json *throughput)
{
    buf_add_format(out, "PROVISIONED %lld RCU %lld WCU",
        (long long)json_integer_member(throughput, "ReadCapacityUnits", 0),
        (long long)json_integer_member(throughput, "WriteCapacityUnits", 0));
}

bool table_is_on_demand(const struct json *table)
{
    return text_is(json_string_member(json_member(table, "BillingModeSummary"), "BillingMode"),
        "PAY_PER_REQUEST");
}

static void add_index(struct buf *out, const struct json *table, const struct json *index,
    bool local)
{
    const struct json *projection = json_member(index, "Projection");
    const struct json *names = json_member(projection, "NonKeyAttributes");
    struct text type = json_string_member(projection, "ProjectionType");
    struct text status = json_string_member(index, "IndexStatus");
    const char *before = "";

    add_label(out, local ? "local index" : "index");
    value_add_name(out, json_string_member(index, "IndexName"));
    buf_add_string(out, " (");
    table_add_keys(out, table, json_member(index, "KeySchema"));
    buf_add_string(out, ") ");
    if (text_is(type, "INCLUDE")) {
        buf_add_string(out, "INCLUDE (");
        for (const struct json *one = names ? names->first : NULL; one; one = one->next) {
            buf_add_string(out, before);
            value_add_name(out, one->text);
            before = ", ";
        }
        buf_add_char(out, ')');
    } else {
        buf_add_string(out, text_is(type, "KEYS_ONLY") ? "KEYS ONLY" : "ALL");
    }
    if (!local && !table_is_on_demand(table)) {
        buf_add_string(out, "  ");
        add_throughput(out, json_member(index, "ProvisionedThroughput"));
    }
    if (status.data && !text_is(status, "ACTIVE")) {
        buf_add_string(out, "  ");
        buf_add_text(out, status);
    }
    buf_add_char(out, '\n');
}

void table_add_indexes(struct buf *out, const struct json *table,
    void (*add)(struct buf *out, const struct json *table, const struct json *index, bool local))
{
    static const char *const member[] = {"LocalSecondaryIndexes", "GlobalSecondaryIndexes"};

    for (size_t i = 0; i < 2; i++) {
        const struct json *list = json_member(table, member[i]);

        for (const struct json *one = list ? list->first : NULL; one; one = one->next)
            add(out, table, one, i == 0);
    }
}

static void add_size(struct buf *out, const struct json *table)
{
    add_label(out, "size");
    buf_add_string(out, "about ");
    planner_add_thousands(out, (uint64_t)json_integer_member(table, "ItemCount", 0));
    buf_add_string(out, " items, ");
    planner_add_size(out, (uint64_t)json_integer_member(table, "TableSizeBytes", 0));
    buf_add_string(out, "  (estimates of the service, about 6 h old)\n");
}

static void add_created(struct buf *out, const struct json *table)
{
    double seconds = json_double_member(table, "CreationDateTime", 0);

    if (seconds <= 0)
        return;
    add_label(out, "created");
    clock_add_iso(out, (uint64_t)seconds * CLOCK_SECOND, false);
    buf_add_char(out, '\n');
}

static void add_table(struct buf *out, const struct json *table)
{
    const struct json *stream = json_member(table, "StreamSpecification");
    const struct json *class = json_member(table, "TableClassSummary");

    add_line(out, "table", json_string_member(table, "TableName"));
    add_line(out, "status", json_string_member(table, "TableStatus"));
    add_label(out, "key");
    table_add_keys(out, table, json_member(table, "KeySchema"));
    buf_add_char(out, '\n');
    table_add_indexes(out, table, add_index);
    add_label(out, "capacity");
    if (table_is_on_demand(table))
        buf_add_string(out, "ON DEMAND");
    else
        add_throughput(out, json_member(table, "ProvisionedThroughput"));
    buf_add_char(out, '\n');
    if (json_bool_member(stream, "StreamEnabled", false))
        add_line(out, "stream", json_string_member(stream, "StreamViewType"));
    add_line(out, "class", json_string_member(class, "TableClass"));
    if (json_bool_member(table, "DeletionProtectionEnabled", false))
        add_line(out, "protected", TEXT("against deletion"));
    add_size(out, table);
    add_created(out, table);
    add_line(out, "arn", json_string_member(table, "TableArn"));
}

static void add_ttl(struct buf *out, const struct json *answer, const struct error *why)
{
    const struct json *ttl = json_member(answer, "TimeToLiveDescription");

    if (!answer)
        add_line(out, "ttl", text_of(why->code == ERROR_INVALID ? "not offered here" : why->text));
    else if (text_is(json_string_member(ttl, "TimeToLiveStatus"), "ENABLED"))
        add_line(out, "ttl", json_string_member(ttl, "AttributeName"));
}

static void add_pitr(struct buf *out, const struct json *answer, const struct error *why)
{
    const struct json *pitr =
        json_at(answer, "ContinuousBackupsDescription.PointInTimeRecoveryDescription");

    if (!answer)
        add_line(out, "pitr", text_of(why->code == ERROR_INVALID ? "not offered here" : why->text));
    else if (text_is(json_string_member(pitr, "PointInTimeRecoveryStatus"), "ENABLED"))
        add_line(out, "pitr", TEXT("ON"));
}

static void add_member(struct json_writer *writer, const char *name, const struct json *value)
{
    if (!value)
        return;
    json_name(writer, name);
    json_tree(writer, value);
}

enum error_code table_run_describe(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct table_reference *describe = tree->node;
    struct text name = describe->table.table;
    const struct json *answer, *ttl, *pitr, *table;
    struct error why = {.code = ERROR_NONE};
    struct buf text, json;
    struct json_writer writer;
    enum error_code code;

    answer = table_send(job, plan->link, "DescribeTable", name, TEXT(""), err);
    table = json_member(answer, "Table");
    if (!table)
        return answer ? error_set(err, ERROR_INVALID, "the answer holds no table") : err->code;
    buf_init(&text, TEXT_LIMIT);
    buf_init(&json, TEXT_LIMIT);
    add_table(&text, table);
    ttl = table_send(job, plan->link, "DescribeTimeToLive", name, TEXT(""), &why);
    add_ttl(&text, ttl, &why);
    pitr = table_send(job, plan->link, "DescribeContinuousBackups", name, TEXT(""), &why);
    add_pitr(&text, pitr, &why);
    json_writer_init(&writer, &json);
    json_begin_object(&writer);
    add_member(&writer, "Table", table);
    add_member(&writer, "TimeToLiveDescription", json_member(ttl, "TimeToLiveDescription"));
    add_member(&writer, "ContinuousBackupsDescription",
        json_member(pitr, "ContinuousBackupsDescription"));
    json_end_object(&writer);
    code = buf_check(&text, "description", err);
    if (!code)
        code = buf_check(&json, "description", err);
    if (!code)
        code = job_check(job, err);
    if (!code)
        code = job->sink->text(job->sink, buf_view(&text), buf_view(&json), err);
    buf_done(&text);
    buf_done(&json);
    return code;
}
