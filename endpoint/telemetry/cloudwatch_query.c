#include "endpoint/telemetry/cloudwatch_query.h"

#include "base/clock.h"
#include "client/http.h"
#include "endpoint/reply.h"

static struct json *new_node(struct arena *arena, enum json_kind kind, struct text name)
{
    struct json *node = arena_alloc(arena, 1, sizeof *node);

    if (node) {
        node->kind = kind;
        node->name = name;
    }
    return node;
}

/* The child of that name, made when it is missing. Elements of a list are named by their number. */
static struct json *take_child(struct json *parent, struct text name, struct arena *arena)
{
    struct json **at = &parent->first;

    for (; *at; at = &(*at)->next)
        if (text_equal((*at)->name, name))
            return *at;
    *at = new_node(arena, JSON_OBJECT, name);
    if (*at)
        parent->count++;
    return *at;
}

static struct text decode(struct text text, struct buf *scratch, struct arena *arena)
{
    buf_clear(scratch);
    http_add_decoded(scratch, text, true);
    return arena_text(arena, buf_view(scratch));
}

static enum error_code add_field(struct json *root, struct text path, struct text value,
    struct arena *arena, struct error *err)
{
    struct json *node = root;
    struct text step;

    for (int depth = 0; text_take_field(&path, '.', &step); depth++) {
        if (depth == CLOUDWATCH_PATH_LIMIT)
            return error_set(err, ERROR_LIMIT, "the name of a parameter is too deep");
        if (text_is(step, "member")) {
            node->kind = JSON_ARRAY;
            continue;
        }
        node = take_child(node, step, arena);
        if (!node)
            return arena_failed(arena, err);
    }
    if (!node->first) {
        node->kind = JSON_STRING;
        node->text = value;
    }
    return ERROR_NONE;
}

struct json *cloudwatch_read_form(struct text form, struct arena *arena, struct error *err)
{
    struct json *root = new_node(arena, JSON_OBJECT, TEXT(""));
    enum error_code code = root ? ERROR_NONE : arena_failed(arena, err);
    struct text field, name;
    struct buf scratch;
    size_t fields = 0;

    buf_init(&scratch, SIZE_MAX);
    while (!code && text_take_field(&form, '&', &field)) {
        if (field.length == 0)
            continue;
        if (++fields > CLOUDWATCH_FIELDS_LIMIT) {
            code = error_set(err, ERROR_LIMIT, "more than 20000 parameters");
            break;
        }
        if (!text_take_until(&field, '=', &name)) {
            name = field;
            field = TEXT("");
        }
        name = decode(name, &scratch, arena);
        field = decode(field, &scratch, arena);
        code = name.data && field.data ? add_field(root, name, field, arena, err)
                                       : arena_failed(arena, err);
    }
    buf_done(&scratch);
    return code ? NULL : root;
}

static void add_element(struct buf *out, const char *name, struct text text)
{
    buf_add_format(out, "<%s>", name);
    reply_add_xml(out, text);
    buf_add_format(out, "</%s>", name);
}

static void add_string_element(struct buf *out, const char *name, const char *string)
{
    add_element(out, name, text_of(string));
}

static void add_number(struct buf *out, const char *name, double value)
{
    struct json_writer writer;

    buf_add_format(out, "<%s>", name);
    json_writer_init(&writer, out);
    json_double(&writer, value);
    buf_add_format(out, "</%s>", name);
}

static void add_time(struct buf *out, const char *name, uint64_t second)
{
    buf_add_format(out, "<%s>", name);
    clock_add_iso(out, second * CLOCK_SECOND, false);
    buf_add_format(out, "</%s>", name);
}

static void add_token(struct buf *out, const char *token)
{
    if (token)
        add_string_element(out, "NextToken", token);
}

static void write_data(struct buf *out, const struct cloudwatch_answer *answer)
{
    buf_add_string(out, "<GetMetricDataResult><MetricDataResults>");
    for (size_t i = 0; i < answer->count; i++) {
        const struct cloudwatch_result *result = &answer->result[i];

        buf_add_string(out, "<member>");
        add_element(out, "Id", result->id);
        add_element(out, "Label", result->label);
        buf_add_string(out, "<Timestamps>");
        for (size_t j = 0; j < result->count; j++)
            add_time(out, "member", result->time[j]);
        buf_add_string(out, "</Timestamps><Values>");
        for (size_t j = 0; j < result->count; j++)
            add_number(out, "member", result->value[j]);
        buf_add_string(out, "</Values>");
        add_string_element(out, "StatusCode", result->is_partial ? "PartialData" : "Complete");
        buf_add_string(out, "</member>");
    }
    buf_add_string(out, "</MetricDataResults>");
    add_token(out, answer->next_token);
    buf_add_string(out, "<Messages/></GetMetricDataResult>");
}

static void write_list(struct buf *out, const struct cloudwatch_answer *answer)
{
    buf_add_string(out, "<ListMetricsResult><Metrics>");
    for (size_t i = 0; i < answer->count; i++) {
        const struct cloudwatch_metric *listed = &answer->metric[i];

        buf_add_string(out, "<member>");
        add_string_element(out, "Namespace", listed->metric->namespace);
        add_string_element(out, "MetricName", listed->metric->name);
        buf_add_string(out, "<Dimensions>");
        for (size_t j = 0; j < listed->series->dimension_count; j++) {
            buf_add_string(out, "<member>");
            add_element(out, "Name", listed->series->dimension[j].name);
            add_element(out, "Value", listed->series->dimension[j].value);
            buf_add_string(out, "</member>");
        }
        buf_add_string(out, "</Dimensions></member>");
    }
    buf_add_string(out, "</Metrics>");
    add_token(out, answer->next_token);
    buf_add_string(out, "</ListMetricsResult>");
}

static void write_extended(struct buf *out, const struct cloudwatch_answer *answer,
    const struct cloudwatch_datapoint *point)
{
    bool has_any = false;

    for (size_t i = 0; i < answer->statistic_count; i++) {
        if (!answer->is_extended[i] || !point->has[i])
            continue;
        buf_add_string(out, has_any ? "" : "<ExtendedStatistics>");
        has_any = true;
        buf_add_string(out, "<entry>");
        add_element(out, "key", answer->statistic[i]);
        add_number(out, "value", point->value[i]);
        buf_add_string(out, "</entry>");
    }
    if (has_any)
        buf_add_string(out, "</ExtendedStatistics>");
}

static void write_statistics(struct buf *out, const struct cloudwatch_answer *answer)
{
    buf_add_string(out, "<GetMetricStatisticsResult><Datapoints>");
    for (size_t i = 0; i < answer->count; i++) {
        const struct cloudwatch_datapoint *point = &answer->datapoint[i];

        buf_add_string(out, "<member>");
        add_time(out, "Timestamp", point->time);
        for (size_t j = 0; j < answer->statistic_count; j++) {
            char name[16]; /* "SampleCount" is the longest */
            size_t length = answer->statistic[j].length;

            if (answer->is_extended[j] || !point->has[j] || length >= sizeof name)
                continue;
            for (size_t k = 0; k < length; k++)
                name[k] = answer->statistic[j].data[k];
            name[length] = '\0';
            add_number(out, name, point->value[j]);
        }
        write_extended(out, answer, point);
        add_string_element(out, "Unit", answer->unit);
        buf_add_string(out, "</member>");
    }
    buf_add_string(out, "</Datapoints>");
    add_element(out, "Label", answer->label);
    buf_add_string(out, "</GetMetricStatisticsResult>");
}

void cloudwatch_write_xml(struct buf *out, const struct cloudwatch_answer *answer)
{
    switch (answer->kind) {
    case CLOUDWATCH_DATA:
        write_data(out, answer);
        break;
    case CLOUDWATCH_LIST:
        write_list(out, answer);
        break;
    case CLOUDWATCH_STATISTICS:
        write_statistics(out, answer);
        break;
    }
}
