#include "endpoint/telemetry/cloudwatch.h"

#include <math.h>

#include "base/clock.h"
#include "base/histogram.h"

enum { PERIOD_LIMIT = 86400, NAME_BYTES_LIMIT = 255 };

/* What one operation works with. */
struct run {
    const struct telemetry *telemetry;
    const struct json *input;
    struct arena *arena;
    struct cloudwatch_answer *answer;
    struct cloudwatch_failure *failure;
};

static bool fail(struct cloudwatch_failure *failure, enum cloudwatch_code code, const char *message)
{
    *failure = (struct cloudwatch_failure){code, message};
    return false;
}

static bool fail_memory(struct run *run)
{
    return fail(run->failure, CLOUDWATCH_FAILURE, NULL);
}

static bool fail_missing(struct run *run, const char *name)
{
    return fail(run->failure, CLOUDWATCH_MISSING_PARAMETER,
        arena_format(run->arena, "The parameter %s is required.", name));
}

static bool fail_value(struct run *run, struct text value, const char *name)
{
    return fail(run->failure, CLOUDWATCH_INVALID_VALUE,
        arena_format(run->arena, "The value %.*s for parameter %s is not supported.",
            value.length < NAME_BYTES_LIMIT ? (int)value.length : NAME_BYTES_LIMIT, value.data,
            name));
}

/* Booleans of the query protocol are texts. */
static bool read_flag(const struct json *node, const char *name, bool fallback)
{
    const struct json *member = json_member(node, name);

    if (member && member->kind == JSON_STRING)
        return text_is_ignoring_case(member->text, "true");
    return json_bool_member(node, name, fallback);
}

/* Epoch seconds as a number, or ISO 8601; whole seconds. */
static bool read_time(struct run *run, const char *name, uint64_t *out)
{
    const struct json *member = json_member(run->input, name);
    double seconds;
    uint64_t wall;

    if (!member || member->kind == JSON_NULL)
        return fail_missing(run, name);
    if (member->kind == JSON_STRING && clock_parse_iso(member->text, &wall)) {
        *out = wall / CLOCK_SECOND;
        return true;
    }
    seconds = json_double_member(run->input, name, NAN);
    if (!(seconds >= 0 && seconds < 1e11))
        return fail_value(run, member->text, name);
    *out = (uint64_t)seconds;
    return true;
}

static bool read_range(struct run *run, uint64_t *start, uint64_t *end)
{
    if (!read_time(run, "StartTime", start) || !read_time(run, "EndTime", end))
        return false;
    return *start < *end || fail(run->failure, CLOUDWATCH_INVALID_COMBINATION,
                                "The parameter StartTime must be less than the parameter EndTime.");
}

static bool read_period(struct run *run, const struct json *node, uint64_t *period)
{
    int64_t value = json_integer_member(node, "Period", -1);

    if (!json_member(node, "Period"))
        return fail_missing(run, "Period");
    if (value < 1 || value > PERIOD_LIMIT)
        return fail(run->failure, CLOUDWATCH_INVALID_VALUE,
            "The parameter Period is a number of seconds from 1 to 86400.");
    *period = (uint64_t)value;
    return true;
}

/* 'R', 'H' or 'T'; 0 when no family has these dimensions. */
static char family_of(const struct telemetry_dimension *dimension, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(dimension[i].name, "ApiName"))
            return 'R';
        if (text_is(dimension[i].name, "ApiId"))
            return 'H';
        if (text_is(dimension[i].name, "TableName"))
            return 'T';
    }
    return 0;
}

static bool read_dimensions(struct run *run, const struct json *node,
    struct telemetry_dimension *dimension, size_t *count)
{
    const struct json *list = json_member(node, "Dimensions");

    *count = 0;
    for (const struct json *at = list ? list->first : NULL; at; at = at->next) {
        struct text name = json_string_member(at, "Name");

        if (name.length == 0)
            return fail_missing(run, "Dimensions.member.N.Name");
        if (*count == TELEMETRY_DIMENSIONS) { /* more than any series has: nothing matches */
            *count = TELEMETRY_DIMENSIONS + 1;
            return true;
        }
        dimension[*count].name = name;
        dimension[(*count)++].value = json_string_member(at, "Value");
    }
    return true;
}

/* One metric of one series over time. */
struct request {
    const struct metric *metric;           /* NULL: nothing of that name was measured */
    const struct telemetry_series *series; /* NULL likewise */
    struct metric_statistic statistic;
    uint64_t start, end, period;
    uint64_t origin, step; /* where the first period begins, and how long each is; place_periods */
    bool by_minute;
};

/* Namespace, MetricName and Dimensions; what is not known is empty, not wrong. */
static bool read_metric(struct run *run, const struct json *node, struct request *request)
{
    struct telemetry_dimension dimension[TELEMETRY_DIMENSIONS];
    struct text namespace = json_string_member(node, "Namespace");
    struct text name = json_string_member(node, "MetricName");
    size_t count;
    char family;

    if (namespace.length == 0)
        return fail_missing(run, "Namespace");
    if (name.length == 0)
        return fail_missing(run, "MetricName");
    if (!read_dimensions(run, node, dimension, &count))
        return false;
    if (count > TELEMETRY_DIMENSIONS)
        return true;
    family = family_of(dimension, count);
    request->metric = metric_find(family, namespace, name);
    if (request->metric)
        request->series = telemetry_find(run->telemetry, family, dimension, count);
    return true;
}

/*
 * Amazon's periods of whole minutes begin at multiples of themselves. What Amazon has not are
 * seconds and one period over the whole range: those begin where the range begins, so that "the
 * last 60 s" is one value of the last 60 s.
 */
static void place_periods(struct request *request)
{
    bool is_whole = request->period == request->end - request->start;

    request->step = request->period;
    request->by_minute =
        request->period % 60 == 0 && (!is_whole || request->period > METRIC_SECONDS);
    request->origin = request->start;
    if (!request->by_minute)
        return;
    request->origin -= request->start % (is_whole ? 60 : request->period);
    if (is_whole)
        request->step = request->end - request->origin;
}

/* The start of the next period at or after *from in which something was measured; *from moves
   behind it. */
static bool next_period(const struct request *request, uint64_t *from, uint64_t *start)
{
    uint64_t at = request->metric && request->series ? metric_series_next(&request->series->values,
                                                           *from, request->end, request->by_minute)
                                                     : UINT64_MAX;

    if (at == UINT64_MAX)
        return false;
    *start = at - (at - request->origin) % request->step;
    *from = *start + request->step;
    return true;
}

static bool evaluate(const struct request *request, uint64_t start, uint64_t *scratch, double *out)
{
    return metric_evaluate(request->metric, &request->statistic, &request->series->values, start,
        start + request->step, request->by_minute, scratch, out);
}

/* Where a page of GetMetricData begins and how much it may still hold. */
struct page {
    size_t query, skip, left;
    bool descending;
};

static size_t count_periods(const struct request *request)
{
    uint64_t from = request->origin, start;
    size_t count = 0;

    while (next_period(request, &from, &start))
        count++;
    return count;
}

/* Values in order of time; periods without a value are left out. */
static bool fill_result(struct run *run, const struct request *request,
    struct cloudwatch_result *result)
{
    uint64_t from = request->origin, start;
    uint64_t *scratch = arena_alloc(run->arena, HISTOGRAM_BUCKETS, sizeof *scratch);
    size_t count = count_periods(request);

    result->time = arena_alloc(run->arena, count + 1, sizeof *result->time);
    result->value = arena_alloc(run->arena, count + 1, sizeof *result->value);
    if (!scratch || !result->time || !result->value)
        return fail_memory(run);
    while (next_period(request, &from, &start) && result->count < count) {
        if (!evaluate(request, start, scratch, &result->value[result->count]))
            continue;
        result->time[result->count++] = start;
    }
    return true;
}

static void reverse(struct cloudwatch_result *result)
{
    for (size_t i = 0, j = result->count; i + 1 < j; i++) {
        uint64_t time = result->time[i];
        double value = result->value[i];

        j--;
        result->time[i] = result->time[j];
        result->value[i] = result->value[j];
        result->time[j] = time;
        result->value[j] = value;
    }
}

/* Cuts the result to its part of the page. */
static void cut_result(struct cloudwatch_result *result, struct page *page)
{
    size_t skip = page->skip < result->count ? page->skip : result->count;

    result->time += skip;
    result->value += skip;
    result->count -= skip;
    page->skip = 0;
    if (result->count > page->left) {
        result->count = page->left;
        result->is_partial = true;
    }
    page->left -= result->count;
}

static bool is_id(struct text id)
{
    if (id.length == 0 || id.length > NAME_BYTES_LIMIT || id.data[0] < 'a' || id.data[0] > 'z')
        return false;
    for (size_t i = 0; i < id.length; i++) {
        char c = id.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_'))
            return false;
    }
    return true;
}

static bool check_query(struct run *run, const struct json *query)
{
    struct text id = json_string_member(query, "Id");

    if (id.length == 0)
        return fail_missing(run, "MetricDataQueries.member.N.Id");
    if (!is_id(id))
        return fail_value(run, id, "MetricDataQueries.member.N.Id");
    for (const struct json *other = query->next; other; other = other->next)
        if (text_equal(id, json_string_member(other, "Id")))
            return fail(run->failure, CLOUDWATCH_VALIDATION,
                "The values for parameter id in MetricDataQueries are not unique.");
    if (json_member(query, "Expression"))
        return fail(run->failure, CLOUDWATCH_VALIDATION,
            "Metric math expressions are not supported by this endpoint.");
    return true;
}

static bool read_query(struct run *run, const struct json *query, struct request *request,
    struct cloudwatch_result *result)
{
    const struct json *stat = json_member(query, "MetricStat");
    const struct json *metric = json_member(stat, "Metric");
    struct text statistic = json_string_member(stat, "Stat");

    if (!stat)
        return fail_missing(run, "MetricDataQueries.member.N.MetricStat");
    if (!metric)
        return fail_missing(run, "MetricDataQueries.member.N.MetricStat.Metric");
    if (statistic.length == 0)
        return fail_missing(run, "MetricDataQueries.member.N.MetricStat.Stat");
    if (!metric_parse_statistic(statistic, &request->statistic))
        return fail_value(run, statistic, "MetricDataQueries.member.N.MetricStat.Stat");
    if (!read_period(run, stat, &request->period) || !read_metric(run, metric, request))
        return false;
    result->id = json_string_member(query, "Id");
    result->label = json_string_member(query, "Label");
    if (result->label.length == 0)
        result->label = json_string_member(metric, "MetricName");
    return true;
}

static bool run_query(struct run *run, const struct json *query, struct page *page)
{
    struct cloudwatch_answer *answer = run->answer;
    struct cloudwatch_result *result = &answer->result[answer->count];
    struct request request = {0};

    if (!read_range(run, &request.start, &request.end) || !read_query(run, query, &request, result))
        return false;
    place_periods(&request);
    if (!read_flag(query, "ReturnData", true))
        return true;
    if (!fill_result(run, &request, result))
        return false;
    if (page->descending)
        reverse(result);
    cut_result(result, page);
    answer->count++;
    return true;
}

/* "query:datapoints" of the page before. */
static bool read_data_token(struct run *run, struct page *page)
{
    struct text token = json_string_member(run->input, "NextToken"), query;
    int64_t number, skip;

    if (token.length == 0)
        return true;
    if (!text_take_until(&token, ':', &query) ||
        !text_to_integer(query, 0, CLOUDWATCH_QUERIES_LIMIT, &number) ||
        !text_to_integer(token, 0, INT32_MAX, &skip))
        return fail(run->failure, CLOUDWATCH_INVALID_TOKEN, "The NextToken is not valid.");
    page->query = (size_t)number;
    page->skip = (size_t)skip;
    return true;
}

static bool read_page(struct run *run, struct page *page)
{
    int64_t most = json_integer_member(run->input, "MaxDatapoints", CLOUDWATCH_DATAPOINTS_LIMIT);
    struct text scan = json_string_member(run->input, "ScanBy");

    if (most < 1 || most > CLOUDWATCH_DATAPOINTS_LIMIT)
        return fail(run->failure, CLOUDWATCH_INVALID_VALUE,
            "The parameter MaxDatapoints is a number from 1 to 100800.");
    if (scan.length > 0 && !text_is(scan, "TimestampAscending") &&
        !text_is(scan, "TimestampDescending"))
        return fail_value(run, scan, "ScanBy");
    *page = (struct page){.left = (size_t)most, .descending = !text_is(scan, "TimestampAscending")};
    return read_data_token(run, page);
}

static bool get_metric_data(struct run *run)
{
    const struct json *list = json_member(run->input, "MetricDataQueries"), *query;
    struct cloudwatch_answer *answer = run->answer;
    uint64_t start, end;
    struct page page = {0};
    size_t index = 0, skipped;

    answer->kind = CLOUDWATCH_DATA;
    if (!list || list->count == 0)
        return fail_missing(run, "MetricDataQueries");
    if (list->count > CLOUDWATCH_QUERIES_LIMIT)
        return fail(run->failure, CLOUDWATCH_VALIDATION,
            "The collection MetricDataQueries must not have a size greater than 500.");
    if (!read_range(run, &start, &end) || !read_page(run, &page))
        return false;
    for (query = list->first; query; query = query->next)
        if (!check_query(run, query))
            return false;
    answer->result = arena_alloc(run->arena, list->count, sizeof *answer->result);
    if (!answer->result)
        return fail_memory(run);
    skipped = page.skip;
    for (query = list->first; query; query = query->next, index++) {
        if (index < page.query)
            continue;
        if (page.left == 0)
            break;
        if (!run_query(run, query, &page))
            return false;
        if (answer->count > 0 && answer->result[answer->count - 1].is_partial) {
            skipped += answer->result[answer->count - 1].count;
            answer->next_token = arena_format(run->arena, "%zu:%zu", index, skipped);
            return answer->next_token || fail_memory(run);
        }
        skipped = 0;
    }
    if (query) {
        answer->next_token = arena_format(run->arena, "%zu:0", index);
        return answer->next_token || fail_memory(run);
    }
    return true;
}

/* Every filter of ListMetrics; a dimension filter without value asks for the name alone. */
static bool passes(const struct telemetry_series *series, const struct json *filters)
{
    for (const struct json *at = filters ? filters->first : NULL; at; at = at->next) {
        struct text name = json_string_member(at, "Name");
        struct text value = json_string_member(at, "Value");
        bool found = false;

        for (size_t i = 0; i < series->dimension_count; i++)
            found |= text_equal(series->dimension[i].name, name) &&
                     (!value.data || text_equal(series->dimension[i].value, value));
        if (!found)
            return false;
    }
    return true;
}

static bool is_listed(const struct metric *metric, const struct telemetry_series *series,
    struct text namespace, struct text name)
{
    return metric->is_listed && metric->family == series->family &&
           (namespace.length == 0 || text_is(namespace, metric->namespace)) &&
           (name.length == 0 || text_is(name, metric->name));
}

static bool add_listed(struct run *run, const struct telemetry_series *series, size_t skip,
    size_t *seen)
{
    struct cloudwatch_answer *answer = run->answer;
    struct text namespace = json_string_member(run->input, "Namespace");
    struct text name = json_string_member(run->input, "MetricName");

    for (size_t i = 0; i < metric_count; i++) {
        if (!is_listed(&metric_table[i], series, namespace, name) || (*seen)++ < skip)
            continue;
        if (answer->count == CLOUDWATCH_PAGE) {
            answer->next_token = arena_format(run->arena, "%zu", skip + (size_t)CLOUDWATCH_PAGE);
            return false;
        }
        answer->metric[answer->count++] = (struct cloudwatch_metric){&metric_table[i], series};
    }
    return true;
}

static bool list_metrics(struct run *run)
{
    struct text token = json_string_member(run->input, "NextToken"), key;
    const struct json *filters = json_member(run->input, "Dimensions");
    int64_t skip = 0;
    size_t at = 0, seen = 0;
    void *value;

    run->answer->kind = CLOUDWATCH_LIST;
    if (token.length > 0 && !text_to_integer(token, 0, INT32_MAX, &skip))
        return fail(run->failure, CLOUDWATCH_INVALID_TOKEN, "The NextToken is not valid.");
    run->answer->metric = arena_alloc(run->arena, CLOUDWATCH_PAGE, sizeof *run->answer->metric);
    if (!run->answer->metric)
        return fail_memory(run);
    while (map_next(run->telemetry->series_map, &at, &key, &value))
        if (passes(value, filters) && !add_listed(run, value, (size_t)skip, &seen))
            break;
    return true;
}

static bool read_names(struct run *run, const char *member, bool is_extended)
{
    const struct json *list = json_member(run->input, member);
    struct cloudwatch_answer *answer = run->answer;
    struct metric_statistic unused;

    for (const struct json *at = list ? list->first : NULL; at; at = at->next) {
        if (answer->statistic_count == CLOUDWATCH_STATISTIC_NAMES || at->kind != JSON_STRING ||
            !metric_parse_statistic(at->text, &unused) ||
            (unused.kind == METRIC_PERCENTILE) != is_extended)
            return fail_value(run, at->text, member);
        answer->is_extended[answer->statistic_count] = is_extended;
        answer->statistic[answer->statistic_count++] = at->text;
    }
    return true;
}

static bool fill_datapoints(struct run *run, struct request *request, size_t count)
{
    uint64_t from = request->origin, start;
    uint64_t *scratch = arena_alloc(run->arena, HISTOGRAM_BUCKETS, sizeof *scratch);
    struct cloudwatch_answer *answer = run->answer;

    answer->datapoint = arena_alloc(run->arena, count + 1, sizeof *answer->datapoint);
    if (!scratch || !answer->datapoint)
        return fail_memory(run);
    while (next_period(request, &from, &start) && answer->count < count) {
        struct cloudwatch_datapoint *point = &answer->datapoint[answer->count];
        bool has_any = false;

        point->time = start;
        for (size_t i = 0; i < answer->statistic_count; i++) {
            (void)metric_parse_statistic(answer->statistic[i], &request->statistic);
            point->has[i] = evaluate(request, start, scratch, &point->value[i]);
            has_any |= point->has[i];
        }
        answer->count += has_any;
    }
    return true;
}

static bool get_metric_statistics(struct run *run)
{
    struct cloudwatch_answer *answer = run->answer;
    struct request request = {0};
    size_t count;

    answer->kind = CLOUDWATCH_STATISTICS;
    if (!read_metric(run, run->input, &request) || !read_range(run, &request.start, &request.end) ||
        !read_period(run, run->input, &request.period) || !read_names(run, "Statistics", false) ||
        !read_names(run, "ExtendedStatistics", true))
        return false;
    place_periods(&request);
    if (answer->statistic_count == 0)
        return fail(run->failure, CLOUDWATCH_INVALID_COMBINATION,
            "At least one of the parameters Statistics and ExtendedStatistics must be specified.");
    answer->label = json_string_member(run->input, "MetricName");
    answer->unit = request.metric ? request.metric->unit : "None";
    count = count_periods(&request);
    if (count > CLOUDWATCH_STATISTICS_LIMIT)
        return fail(run->failure, CLOUDWATCH_INVALID_COMBINATION,
            arena_format(run->arena,
                "You have requested up to %zu datapoints, which exceeds the limit of 1,440. You "
                "may reduce the datapoints requested by increasing Period, or decreasing the time "
                "range.",
                count));
    return fill_datapoints(run, &request, count);
}

bool cloudwatch_run(const struct telemetry *telemetry, struct text operation,
    const struct json *input, struct arena *arena, struct cloudwatch_answer *answer,
    struct cloudwatch_failure *failure)
{
    struct run run;

    *answer = (struct cloudwatch_answer){0};
    *failure = (struct cloudwatch_failure){0};
    run = (struct run){telemetry, input, arena, answer, failure};
    if (text_is(operation, "GetMetricData"))
        return get_metric_data(&run);
    if (text_is(operation, "ListMetrics"))
        return list_metrics(&run);
    if (text_is(operation, "GetMetricStatistics"))
        return get_metric_statistics(&run);
    return fail(failure, CLOUDWATCH_UNKNOWN_OPERATION,
        arena_format(arena, "The action %.*s is not valid for this endpoint.",
            operation.length < NAME_BYTES_LIMIT ? (int)operation.length : NAME_BYTES_LIMIT,
            operation.data));
}

const char *cloudwatch_query_code(enum cloudwatch_code code)
{
    switch (code) {
    case CLOUDWATCH_MISSING_PARAMETER:
        return "MissingParameter";
    case CLOUDWATCH_INVALID_VALUE:
        return "InvalidParameterValue";
    case CLOUDWATCH_INVALID_COMBINATION:
        return "InvalidParameterCombination";
    case CLOUDWATCH_VALIDATION:
        return "ValidationError";
    case CLOUDWATCH_INVALID_TOKEN:
        return "InvalidNextToken";
    case CLOUDWATCH_UNKNOWN_OPERATION:
        return "InvalidAction";
    case CLOUDWATCH_OK:
    case CLOUDWATCH_FAILURE:
        break;
    }
    return "InternalServiceFault";
}

const char *cloudwatch_message(const struct cloudwatch_failure *failure)
{
    return failure->message ? failure->message : "out of memory";
}

int cloudwatch_status(enum cloudwatch_code code)
{
    return code == CLOUDWATCH_FAILURE ? 500 : 400;
}
