#include "base/json.h"
#include "client/service.h"
#include "client/value.h"
#include "console/language/planner.h"
#include "console/statements/table_listing.h"
#include "console/statements/tables.h"

/* SHOW CREATE TABLE: the statement that makes a table like the one there is. */

enum { TEXT_LIMIT = 1 << 20, ON_DEMAND_READS = 12000, ON_DEMAND_WRITES = 4000 };

static void add_quoted(struct buf *out, struct text text)
{
    const struct value value = {.type = VALUE_S, .text = text};

    value_add_literal(out, &value);
}

static void add_units(struct buf *out, const char *word, const struct json *units,
    const char *read_name, const char *write_name)
{
    buf_add_format(out, "%s %lld RCU %lld WCU", word,
        (long long)json_integer_member(units, read_name, 0),
        (long long)json_integer_member(units, write_name, 0));
}

static void add_index(struct buf *out, const struct json *table, const struct json *index,
    bool local)
{
    const struct json *projection = json_member(index, "Projection");
    const struct json *names = json_member(projection, "NonKeyAttributes");
    struct text type = json_string_member(projection, "ProjectionType");
    const char *before = " INCLUDE (";

    buf_add_format(out, "\n  %sINDEX ", local ? "LOCAL " : "");
    value_add_name(out, json_string_member(index, "IndexName"));
    buf_add_string(out, " (");
    table_add_keys(out, table, json_member(index, "KeySchema"));
    buf_add_char(out, ')');
    if (text_is(type, "KEYS_ONLY"))
        buf_add_string(out, " KEYS ONLY");
    for (const struct json *one = names ? names->first : NULL; one; one = one->next) {
        buf_add_string(out, before);
        value_add_name(out, one->text);
        before = ", ";
    }
    buf_add_string(out, names && names->first ? ")" : "");
    if (!local && !table_is_on_demand(table))
        add_units(out, " CAPACITY", json_member(index, "ProvisionedThroughput"),
            "ReadCapacityUnits", "WriteCapacityUnits");
}

/* Warm throughput is written when somebody has asked for more than a table has by itself. */
static void add_warm(struct buf *out, const struct json *table)
{
    const struct json *warm = json_member(table, "WarmThroughput");
    const struct json *units = json_member(table, "ProvisionedThroughput");
    bool on_demand = table_is_on_demand(table);
    int64_t reads =
        on_demand ? ON_DEMAND_READS : json_integer_member(units, "ReadCapacityUnits", 0);
    int64_t writes =
        on_demand ? ON_DEMAND_WRITES : json_integer_member(units, "WriteCapacityUnits", 0);

    if (!warm || (json_integer_member(warm, "ReadUnitsPerSecond", reads) <= reads &&
                     json_integer_member(warm, "WriteUnitsPerSecond", writes) <= writes))
        return;
    buf_add_string(out, "\n  ");
    add_units(out, "WARM", warm, "ReadUnitsPerSecond", "WriteUnitsPerSecond");
}

static void add_capacity(struct buf *out, const struct json *table)
{
    const struct json *most = json_member(table, "OnDemandThroughput");

    buf_add_string(out, "\n  ");
    if (!table_is_on_demand(table)) {
        add_units(out, "PROVISIONED", json_member(table, "ProvisionedThroughput"),
            "ReadCapacityUnits", "WriteCapacityUnits");
    } else {
        buf_add_string(out, "ON DEMAND");
        if (json_integer_member(most, "MaxReadRequestUnits", -1) > 0 &&
            json_integer_member(most, "MaxWriteRequestUnits", -1) > 0)
            add_units(out, " MAX", most, "MaxReadRequestUnits", "MaxWriteRequestUnits");
    }
    add_warm(out, table);
}

static void add_stream(struct buf *out, const struct json *table)
{
    static const char *const view[][2] = {{"NEW_AND_OLD_IMAGES", "NEW_AND_OLD"},
        {"NEW_IMAGE", "NEW"}, {"OLD_IMAGE", "OLD"}, {"KEYS_ONLY", "KEYS"}};
    const struct json *stream = json_member(table, "StreamSpecification");
    struct text type = json_string_member(stream, "StreamViewType");

    if (!json_bool_member(stream, "StreamEnabled", false))
        return;
    for (size_t i = 0; i < sizeof view / sizeof *view; i++)
        if (text_is(type, view[i][0]))
            buf_add_format(out, "\n  STREAM %s", view[i][1]);
}

static void add_own_settings(struct buf *out, const struct json *table)
{
    const struct json *encryption = json_member(table, "SSEDescription");
    struct text key = json_string_member(encryption, "KMSMasterKeyArn");

    add_stream(out, table);
    if (text_is(json_string_member(json_member(table, "TableClassSummary"), "TableClass"),
            "STANDARD_INFREQUENT_ACCESS"))
        buf_add_string(out, "\n  CLASS INFREQUENT");
    if (json_bool_member(table, "DeletionProtectionEnabled", false))
        buf_add_string(out, "\n  DELETION PROTECTION ON");
    if (text_is(json_string_member(encryption, "SSEType"), "KMS")) {
        buf_add_string(out, "\n  ENCRYPTION ON");
        if (key.length > 0) {
            buf_add_char(out, ' ');
            add_quoted(out, key);
        }
    }
}

/* Calls that a compatible endpoint may not offer: what they would say is left out. */
static void add_ttl(struct buf *out, struct job *job, struct link *link, struct text name)
{
    struct error why;
    const struct json *answer = table_send(job, link, "DescribeTimeToLive", name, TEXT(""), &why);
    const struct json *ttl = json_member(answer, "TimeToLiveDescription");

    if (!text_is(json_string_member(ttl, "TimeToLiveStatus"), "ENABLED"))
        return;
    buf_add_string(out, "\n  TTL ");
    value_add_name(out, json_string_member(ttl, "AttributeName"));
}

static void add_pitr(struct buf *out, struct job *job, struct link *link, struct text name)
{
    struct error why;
    const struct json *answer =
        table_send(job, link, "DescribeContinuousBackups", name, TEXT(""), &why);
    const struct json *pitr =
        json_at(answer, "ContinuousBackupsDescription.PointInTimeRecoveryDescription");
    int64_t days = json_integer_member(pitr, "RecoveryPeriodInDays", 0);

    if (!text_is(json_string_member(pitr, "PointInTimeRecoveryStatus"), "ENABLED"))
        return;
    buf_add_string(out, "\n  PITR ON");
    if (days > 0)
        buf_add_format(out, " %lld DAYS", (long long)days);
}

struct tags {
    struct buf *out;
    bool any;
};

static enum error_code add_tag(void *user, const struct json *one, struct error *err)
{
    struct tags *tags = user;

    (void)err;
    buf_add_string(tags->out, tags->any ? ", " : "\n  TAGS {");
    tags->any = true;
    add_quoted(tags->out, json_string_member(one, "Key"));
    buf_add_string(tags->out, ": ");
    add_quoted(tags->out, json_string_member(one, "Value"));
    return ERROR_NONE;
}

static void add_tags(struct buf *out, struct job *job, struct link *link, const struct json *table)
{
    struct tags tags = {.out = out};
    const char *arn = arena_string(job->arena, json_string_member(table, "TableArn"));
    const struct table_listing pages = {.service = &service_dynamodb,
        .operation = "ListTagsOfResource",
        .list = "Tags",
        .filter = "ResourceArn",
        .filter_value = arn,
        .each = add_tag,
        .user = &tags};
    struct error why;

    if (!arn || table_list(job, link, &pages, &why))
        return;
    if (tags.any)
        buf_add_char(out, '}');
}

void table_add_definition(struct buf *out, struct job *job, struct link *link, struct text name,
    const struct json *table)
{
    buf_add_string(out, "CREATE TABLE ");
    value_add_name(out, name);
    buf_add_string(out, " (");
    table_add_keys(out, table, json_member(table, "KeySchema"));
    buf_add_char(out, ')');
    table_add_indexes(out, table, add_index);
    add_capacity(out, table);
    add_own_settings(out, table);
    add_ttl(out, job, link, name);
    add_pitr(out, job, link, name);
    add_tags(out, job, link, table);
    buf_add_string(out, ";\n");
}

enum error_code table_read_state(struct job *job, struct text name, struct object_state *out,
    struct error *err)
{
    const struct json *answer = table_send(job, out->link, "DescribeTable", name, TEXT(""), err);
    const struct json *table = json_member(answer, "Table");
    char *object = arena_format(job->arena, "table %.*s", (int)name.length, name.data);
    struct buf text;
    enum error_code code;

    if (!object)
        return arena_failed(job->arena, err);
    out->object = text_of(object);
    out->state = TEXT("");
    if (!answer)
        return err->code == ERROR_NOT_FOUND ? ERROR_NONE : err->code;
    if (!table)
        return error_set(err, ERROR_INVALID, "the answer holds no table");
    buf_init(&text, TEXT_LIMIT);
    table_add_definition(&text, job, out->link, name, table);
    code = buf_check(&text, "definition", err);
    if (!code)
        out->state = arena_text(job->arena, buf_view(&text));
    buf_done(&text);
    if (!code && !out->state.data)
        code = arena_failed(job->arena, err);
    return code ? code : job_check(job, err);
}

enum error_code table_run_show_create(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct table_reference *reference = tree->node;
    struct text name = reference->table.table;
    const struct json *answer = table_send(job, plan->link, "DescribeTable", name, TEXT(""), err);
    const struct json *table = json_member(answer, "Table");
    struct json_writer writer;
    enum error_code code;
    struct buf text, json;

    if (!table)
        return answer ? error_set(err, ERROR_INVALID, "the answer holds no table") : err->code;
    buf_init(&text, TEXT_LIMIT);
    buf_init(&json, TEXT_LIMIT);
    table_add_definition(&text, job, plan->link, name, table);
    json_writer_init(&writer, &json);
    json_begin_object(&writer);
    json_pair(&writer, "statement", buf_view(&text));
    json_end_object(&writer);
    code = buf_check(&text, "statement", err);
    if (!code)
        code = buf_check(&json, "statement", err);
    if (!code)
        code = job_check(job, err);
    if (!code)
        code = job->sink->text(job->sink, buf_view(&text), buf_view(&json), err);
    buf_done(&text);
    buf_done(&json);
    return code;
}
