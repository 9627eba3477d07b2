#include "endpoint/tables/operations.h"

#include <sqlite3.h>

#include "base/crypto.h"
#include "base/json.h"
#include "endpoint/tables/recorded.h"
#include "endpoint/tables/recorded_shapes.h"
#include "endpoint/tables/write.h"

/* Contributor insights of tables and global indexes: switched on and off, and nothing more. */

enum { PAGE = 100, TOKEN_BYTES = 1024 };

#define MODE_SET "ACCESSED_AND_THROTTLED_KEYS, THROTTLED_KEYS"
static const char mode_all[] = "ACCESSED_AND_THROTTLED_KEYS";

static bool find_target(struct request *request)
{
    struct text name = request_text(request->body, "IndexName");
    const struct table_index *index;

    if (!request_find_table(request, request->table_sent, MESSAGE_TABLE_NOT_FOUND))
        return false;
    index = name.data ? table_find_index(request->table, name) : NULL;
    return !name.data || (index && !index->local) ||
           request_fail(request, MESSAGE_INSIGHTS_INDEX, ARGUMENTS(name, request->table->name));
}

static bool prepare_describe(struct request *request)
{
    request_check_table_name(request);
    request_check_name(request, request_text(request->body, "IndexName"), "indexName");
    return request_members_hold(request) && find_target(request);
}

static bool prepare_update(struct request *request)
{
    request_check_table_name(request);
    request_check_name(request, request_text(request->body, "IndexName"), "indexName");
    request_check_present(request, request->body, "ContributorInsightsAction",
        "contributorInsightsAction");
    request_check_enum(request, request->body, "ContributorInsightsAction",
        "contributorInsightsAction", "ENABLE, DISABLE");
    request_check_enum(request, request->body, "ContributorInsightsMode", "contributorInsightsMode",
        MODE_SET);
    return request_members_hold(request) && find_target(request);
}

static void add_target(struct json_writer *writer, struct text table, struct text index)
{
    json_pair(writer, "TableName", table);
    if (index.length > 0)
        json_pair(writer, "IndexName", index);
}

/* The rules that the service would have made: of partition and sort keys, accessed and throttled. */
static void add_rules(struct request *request, struct json_writer *writer, struct text index,
    const struct recorded *row)
{
    static const char *const rule[] = {"PKC", "PKT", "SKC", "SKT"};
    const struct table *table = request->table;
    const struct table_index *of = index.length > 0 ? table_find_index(table, index) : NULL;
    const struct key_schema *key = of ? &of->key : &table->key;
    bool all = text_is(row->text, mode_all);

    json_name(writer, "ContributorInsightsRuleList");
    json_begin_array(writer);
    for (size_t i = 0; i < sizeof rule / sizeof rule[0]; i++) {
        const char *name;

        if ((rule[i][2] == 'C' && !all) || (rule[i][0] == 'S' && key->range_count == 0))
            continue;
        name = arena_format(request->arena, "DynamoDBContributorInsights-%s-%.*s%s%.*s-%llu",
            rule[i], (int)table->name.length, table->name.data, of ? "-" : "", (int)index.length,
            index.length > 0 ? index.data : "", (unsigned long long)row->at_ms);
        if (name)
            json_c_string(writer, name);
        else
            request_exhausted(request);
    }
    json_end_array(writer);
}

static enum progress read_insights(struct request *request, struct store *store)
{
    struct text index = request_text(request->body, "IndexName");
    struct recorded row;
    struct json_writer writer;
    enum store_result result = recorded_find(store, request->table->id, RECORDED_INSIGHTS,
        index.data ? index : TEXT(""), request->arena, &row);

    if (result == STORE_FAILED)
        return PROGRESS_BROKEN;
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    add_target(&writer, request->table->name, index);
    if (result == STORE_DONE) {
        json_pair_string(&writer, "ContributorInsightsStatus", "DISABLED");
    } else {
        if (text_is(row.state, "ENABLED"))
            add_rules(request, &writer, index, &row);
        json_pair(&writer, "ContributorInsightsStatus", row.state);
        json_name(&writer, "LastUpdateDateTime");
        json_double(&writer, (double)row.at_ms / 1000);
        json_pair(&writer, "ContributorInsightsMode", row.text);
    }
    json_end_object(&writer);
    return PROGRESS_DONE;
}

static void answer_update(struct request *request, const char *status, struct text mode)
{
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    add_target(&writer, request->table->name, request_text(request->body, "IndexName"));
    json_pair_string(&writer, "ContributorInsightsStatus", status);
    if (mode.length > 0)
        json_pair(&writer, "ContributorInsightsMode", mode);
    json_end_object(&writer);
}

/* What changes nothing is answered with the status there is. */
static enum progress change(struct request *request, struct write_context *context, bool found,
    const struct recorded *old)
{
    struct text index = request_text(request->body, "IndexName");
    struct text mode = request_text(request->body, "ContributorInsightsMode");
    bool enable = text_is(request_text(request->body, "ContributorInsightsAction"), "ENABLE");
    bool enabled = found && text_is(old->state, "ENABLED");
    struct recorded row = {.name = index.data ? index : TEXT(""),
        .at_ms = context->now_ms,
        .state = enable ? TEXT("ENABLED") : TEXT("DISABLED"),
        .text = mode.data ? mode : text_of(mode_all)};

    if (!enable)
        row.text = found ? old->text : TEXT("");
    if (enable == enabled && (!enable || text_equal(row.text, old->text))) {
        answer_update(request, enabled ? "ENABLED" : "DISABLED", row.text);
        return PROGRESS_DONE;
    }
    if (recorded_keep(context->store, request->table->id, RECORDED_INSIGHTS, &row) == STORE_FAILED)
        return PROGRESS_BROKEN;
    answer_update(request, enable ? "ENABLING" : "DISABLING", row.text);
    return PROGRESS_DONE;
}

static enum progress write_insights(struct request *request, struct write_context *context)
{
    struct text index = request_text(request->body, "IndexName");
    struct table *table = registry_find_id(context->catalog, request->table->id);
    enum progress progress = PROGRESS_DONE;
    enum store_result result;
    struct recorded row;

    if (!table) {
        request_fail(request, MESSAGE_TABLE_NOT_FOUND, ARGUMENTS(request->table->name));
    } else if (index.data && !table_find_index(table, index)) {
        request_fail(request, MESSAGE_INSIGHTS_INDEX, ARGUMENTS(index, table->name));
    } else {
        result = recorded_find(context->store, table->id, RECORDED_INSIGHTS,
            index.data ? index : TEXT(""), request->arena, &row);
        progress = result == STORE_FAILED ? PROGRESS_BROKEN
                                          : change(request, context, result == STORE_ROW, &row);
    }
    table_release(table);
    return progress;
}

struct list_plan {
    struct text table; /* of that table alone; empty: of all */
    struct text after_table, after_index;
    int64_t limit;
};

/* The last entry of the page before, "table/index", in base64url. */
static bool read_token(struct request *request, struct list_plan *plan)
{
    struct text token = request_text(request->body, "NextToken");
    struct text place;
    struct buf bytes;
    bool read;

    plan->after_table = plan->after_index = TEXT("");
    if (!token.data)
        return true;
    buf_init(&bytes, TOKEN_BYTES);
    read = crypto_from_base64url(&bytes, token) && !bytes.failure;
    place = arena_text(request->arena, buf_view(&bytes));
    buf_done(&bytes);
    if (!place.data)
        return request_exhausted(request);
    if (!read || !text_take_until(&place, '/', &plan->after_table))
        return request_fail(request, MESSAGE_TAGS_TOKEN, NULL);
    plan->after_index = place;
    return true;
}

static bool prepare_list(struct request *request)
{
    struct list_plan *plan = arena_alloc(request->arena, 1, sizeof *plan);

    if (!plan)
        return request_exhausted(request);
    request->plan = plan;
    if (request_text(request->body, "TableName").data)
        request_check_table_name(request);
    request_check_range(request, request->body, "MaxResults", "maxResults", 1, PAGE);
    if (!request_members_hold(request))
        return false;
    plan->limit = request_get(request->body, "MaxResults")
                      ? request_integer(request->body, "MaxResults", PAGE)
                      : PAGE;
    if (!read_token(request, plan))
        return false;
    if (!request_text(request->body, "TableName").data)
        return true;
    if (!request_find_table(request, request->table_sent, MESSAGE_TABLE_NOT_FOUND))
        return false;
    plan->table = request->table->name;
    return true;
}

static void bind(sqlite3_stmt *statement, int at, struct text text)
{
    sqlite3_bind_text64(statement, at, text.data ? text.data : "", text.length, SQLITE_STATIC,
        SQLITE_UTF8);
}

static struct text column(sqlite3_stmt *statement, int at)
{
    const unsigned char *data = sqlite3_column_text(statement, at);

    return text_make((const char *)data, (size_t)sqlite3_column_bytes(statement, at));
}

static sqlite3_stmt *find_listed(struct request *request, struct store *store)
{
    const struct list_plan *plan = request->plan;
    sqlite3_stmt *statement = store_prepare(store,
        "SELECT c.name, r.name, r.state, r.text FROM catalog c JOIN recorded r ON "
        "r.table_id = c.id AND r.kind = ?1 WHERE c.account = ?2 AND c.region = ?3 AND "
        "r.state <> 'DISABLED' AND (?4 = '' OR c.name = ?4) AND (c.name, r.name) > (?5, ?6) "
        "ORDER BY c.name, r.name");

    if (!statement)
        return NULL;
    sqlite3_bind_int(statement, 1, (int)RECORDED_INSIGHTS);
    bind(statement, 2, request->account);
    bind(statement, 3, request->region);
    bind(statement, 4, plan->table);
    bind(statement, 5, plan->after_table);
    bind(statement, 6, plan->after_index);
    return statement;
}

static void add_summary(struct json_writer *writer, sqlite3_stmt *statement, struct buf *place)
{
    buf_clear(place);
    buf_add_text(place, column(statement, 0));
    buf_add_char(place, '/');
    buf_add_text(place, column(statement, 1));
    json_begin_object(writer);
    add_target(writer, column(statement, 0), column(statement, 1));
    json_pair(writer, "ContributorInsightsStatus", column(statement, 2));
    json_pair(writer, "ContributorInsightsMode", column(statement, 3));
    json_end_object(writer);
}

static void add_token(struct json_writer *writer, struct text place)
{
    struct buf token;

    buf_init(&token, 2 * TOKEN_BYTES);
    crypto_add_base64url(&token, place);
    json_pair(writer, "NextToken", buf_view(&token));
    buf_done(&token);
}

static enum progress read_list(struct request *request, struct store *store)
{
    const struct list_plan *plan = request->plan;
    sqlite3_stmt *statement = find_listed(request, store);
    enum store_result result;
    struct json_writer writer;
    struct buf place;
    int64_t count = 0;

    if (!statement)
        return PROGRESS_BROKEN;
    buf_init(&place, TOKEN_BYTES);
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "ContributorInsightsSummaries");
    json_begin_array(&writer);
    while ((result = store_step(store, statement)) == STORE_ROW && count < plan->limit) {
        add_summary(&writer, statement, &place);
        count++;
    }
    json_end_array(&writer);
    if (result == STORE_ROW)
        add_token(&writer, buf_view(&place));
    json_end_object(&writer);
    buf_done(&place);
    sqlite3_finalize(statement);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

const struct operation insights_operation_table[] = {
    {
        .name = "DescribeContributorInsights",
        .shape = &shape_insights,
        .prepare = prepare_describe,
        .read = read_insights,
    },
    {
        .name = "UpdateContributorInsights",
        .shape = &shape_insights,
        .prepare = prepare_update,
        .write = write_insights,
    },
    {
        .name = "ListContributorInsights",
        .shape = &shape_list_insights,
        .prepare = prepare_list,
        .read = read_list,
    },
    {.name = NULL},
};
