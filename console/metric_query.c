#include "console/metric_query.h"

#include "base/clock.h"
#include "console/gateway_call.h"

#include <string.h>

/* GetMetricData takes 500 queries (Amazon CloudWatch API Reference). */
enum { QUERIES_PER_CALL = 500 };

static const struct {
    const char *rest, *http; /* metric name by kind of API */
    const char *statistic;
    bool local_only;
} metric_table[METRIC_KINDS] = {
    [METRIC_COUNT] = {"Count", "Count", "Sum", false},
    [METRIC_2XX] = {"2xx", "2xx", "Sum", true},
    [METRIC_3XX] = {"3xx", "3xx", "Sum", true},
    [METRIC_4XX] = {"4XXError", "4xx", "Sum", false},
    [METRIC_5XX] = {"5XXError", "5xx", "Sum", false},
    [METRIC_P50] = {"Latency", "Latency", "p50", false},
    [METRIC_P90] = {"Latency", "Latency", "p90", false},
    [METRIC_P95] = {"Latency", "Latency", "p95", false},
    [METRIC_P99] = {"Latency", "Latency", "p99", false},
    [METRIC_P999] = {"Latency", "Latency", "p99.9", false},
    [METRIC_MAX] = {"Latency", "Latency", "Maximum", false},
    [METRIC_INTEGRATION_P50] = {"IntegrationLatency", "IntegrationLatency", "p50", false},
    [METRIC_INTEGRATION_P99] = {"IntegrationLatency", "IntegrationLatency", "p99", false},
};

/* Ids are q{line}_{kind}: unique, and they tell where an answer belongs. */
static void add_query(struct json_writer *writer, const struct metric_request *request, size_t line,
    size_t kind)
{
    char id[40];
    struct buf text;

    buf_init(&text, sizeof id);
    buf_add_format(&text, "q%zu_%zu", line, kind);
    memcpy(id, buf_string(&text), text.length + 1);
    buf_done(&text);
    json_begin_object(writer);
    json_pair_string(writer, "Id", id);
    json_name(writer, "MetricStat");
    json_begin_object(writer);
    json_name(writer, "Metric");
    json_begin_object(writer);
    json_pair_string(writer, "Namespace", "AWS/ApiGateway");
    json_pair_string(writer, "MetricName",
        request->is_rest ? metric_table[kind].rest : metric_table[kind].http);
    json_name(writer, "Dimensions");
    json_raw(writer, text_of(request->line[line].dimensions));
    json_end_object(writer);
    json_pair_integer(writer, "Period", (int64_t)(request->period / CLOCK_SECOND));
    json_pair_string(writer, "Stat", metric_table[kind].statistic);
    json_end_object(writer);
    json_end_object(writer);
}

static void begin_body(struct json_writer *writer, const struct metric_request *request)
{
    json_begin_object(writer);
    json_pair_integer(writer, "StartTime", (int64_t)(request->start / CLOCK_SECOND));
    json_pair_integer(writer, "EndTime", (int64_t)(request->end / CLOCK_SECOND));
    json_pair_string(writer, "ScanBy", "TimestampAscending");
    json_name(writer, "MetricDataQueries");
    json_begin_array(writer);
}

static const char *end_body(struct json_writer *writer, struct arena *arena)
{
    const char *body;

    json_end_array(writer);
    json_end_object(writer);
    body = writer->out->failure ? NULL : arena_string(arena, buf_view(writer->out));
    buf_clear(writer->out);
    return body;
}

const char **metric_bodies(struct arena *arena, const struct metric_request *request,
    struct error *err)
{
    size_t calls = request->line_count * METRIC_KINDS / QUERIES_PER_CALL + 2, call = 0, queries = 0;
    const char **body = arena_alloc(arena, calls + 1, sizeof *body);
    struct json_writer writer;
    struct buf out;

    buf_init(&out, 8 << 20);
    json_writer_init(&writer, &out);
    for (size_t line = 0; body && line < request->line_count; line++)
        for (size_t kind = 0; kind < METRIC_KINDS; kind++) {
            if (metric_table[kind].local_only && !request->is_local)
                continue;
            if (queries == 0)
                begin_body(&writer, request);
            add_query(&writer, request, line, kind);
            if (++queries == QUERIES_PER_CALL) {
                body[call++] = end_body(&writer, arena);
                queries = 0;
            }
        }
    if (body && queries)
        body[call++] = end_body(&writer, arena);
    for (size_t i = 0; body && i < call; i++)
        if (!body[i])
            body = NULL;
    buf_done(&out);
    if (!body)
        arena_failed(arena, err);
    return body;
}

/* JSON 1.0 sends epoch seconds with a fraction. */
static uint64_t point_time(const struct json *timestamp)
{
    uint64_t at = 0;

    if (timestamp->kind == JSON_STRING)
        return clock_parse_iso(timestamp->text, &at) ? at : 0;
    for (size_t i = 0; i < timestamp->text.length; i++) {
        char c = timestamp->text.data[i];

        if (c == 'E' || c == 'e') {
            int64_t exponent = 0; /* 1.795E9, as some encoders write it */
            double value = 0, scale = 1;
            bool fraction = false;

            for (size_t d = 0; d < i; d++) {
                if (timestamp->text.data[d] == '.')
                    fraction = true;
                else {
                    value = value * 10 + (timestamp->text.data[d] - '0');
                    scale = fraction ? scale * 10 : scale;
                }
            }
            if (!text_to_integer(text_slice(timestamp->text, i + 1, timestamp->text.length), 0, 12,
                    &exponent))
                return 0;
            for (int64_t e = 0; e < exponent; e++)
                value *= 10;
            return (uint64_t)(value / scale + 0.5) * CLOCK_SECOND;
        }
        if (c < '0' || c > '9')
            break;
        at = at * 10 + (uint64_t)(c - '0');
    }
    return at * CLOCK_SECOND;
}

static double number_of(const struct json *value)
{
    struct json holder = {.kind = JSON_OBJECT, .count = 1};
    struct json member = *value;

    member.name = TEXT("v");
    member.next = NULL;
    holder.first = &member;
    return json_double_member(&holder, "v", 0);
}

/* Points of lines that were not asked for are dropped: what comes is not trusted. */
static void read_result(const struct metric_request *request, const struct json *result,
    void (*each)(void *user, const struct metric_point *point), void *user)
{
    struct text id = json_string_member(result, "Id"), line_text;
    const struct json *timestamps = json_member(result, "Timestamps"),
                      *values = json_member(result, "Values");
    int64_t line, kind;

    id = text_slice(id, 1, id.length);
    if (!text_take_until(&id, '_', &line_text) ||
        !text_to_integer(line_text, 0, (int64_t)request->line_count - 1, &line) ||
        !text_to_integer(id, 0, METRIC_KINDS - 1, &kind) || !timestamps || !values)
        return;
    for (const struct json *at = timestamps->first, *value = values->first; at && value;
         at = at->next, value = value->next) {
        struct metric_point point = {.line = (size_t)line,
            .kind = (enum metric_kind)kind,
            .at = point_time(at),
            .value = number_of(value)};

        each(user, &point);
    }
}

enum error_code metric_read(struct job *job, struct link *link,
    const struct metric_request *request,
    void (*each)(void *user, const struct metric_point *point), void *user, struct error *err)
{
    const char **body = metric_bodies(job->arena, request, err);

    if (!body)
        return err->code;
    for (; *body; body++) {
        struct text page = {0}, input = text_of(*body);

        do {
            const struct json *answer, *results;

            if (page.length)
                input = text_of(arena_format(job->arena, "%.*s,\"NextToken\":%s}",
                    (int)strlen(*body) - 1, *body, gateway_quoted(job->arena, page)));
            answer = gateway_call(job, link, &service_cloudwatch, "GetMetricData", input, err);
            if (!answer)
                return err->code;
            results = json_member(answer, "MetricDataResults");
            for (const struct json *one = results ? results->first : NULL; one; one = one->next)
                read_result(request, one, each, user);
            page = json_string_member(answer, "NextToken");
        } while (page.length);
    }
    return ERROR_NONE;
}
