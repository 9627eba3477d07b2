#include "endpoint/telemetry/cloudwatch.h"
#include "endpoint/telemetry/cloudwatch_query.h"

#include "base/arena.h"
#include "endpoint/reply.h"

#define PREFIX "com.amazonaws.cloudwatch.v2010_08_01#"
#define CORAL "com.amazon.coral.service#"

/* Names of failures in the JSON protocol. */
static const char *json_type(enum cloudwatch_code code)
{
    switch (code) {
    case CLOUDWATCH_MISSING_PARAMETER:
        return PREFIX "MissingRequiredParameterException";
    case CLOUDWATCH_INVALID_VALUE:
        return PREFIX "InvalidParameterValueException";
    case CLOUDWATCH_INVALID_COMBINATION:
        return PREFIX "InvalidParameterCombinationException";
    case CLOUDWATCH_VALIDATION:
        return PREFIX "ValidationError";
    case CLOUDWATCH_INVALID_TOKEN:
        return PREFIX "InvalidNextToken";
    case CLOUDWATCH_UNKNOWN_OPERATION:
        return CORAL "UnknownOperationException";
    case CLOUDWATCH_OK:
    case CLOUDWATCH_FAILURE:
        break;
    }
    return PREFIX "InternalServiceFault";
}

static void write_result(struct json_writer *writer, const struct cloudwatch_result *result)
{
    json_begin_object(writer);
    json_pair(writer, "Id", result->id);
    json_pair(writer, "Label", result->label);
    json_name(writer, "Timestamps");
    json_begin_array(writer);
    for (size_t i = 0; i < result->count; i++)
        json_integer(writer, (int64_t)result->time[i]);
    json_end_array(writer);
    json_name(writer, "Values");
    json_begin_array(writer);
    for (size_t i = 0; i < result->count; i++)
        json_double(writer, result->value[i]);
    json_end_array(writer);
    json_pair_string(writer, "StatusCode", result->is_partial ? "PartialData" : "Complete");
    json_end_object(writer);
}

static void write_listed(struct json_writer *writer, const struct cloudwatch_metric *listed)
{
    json_begin_object(writer);
    json_pair_string(writer, "Namespace", listed->metric->namespace);
    json_pair_string(writer, "MetricName", listed->metric->name);
    json_name(writer, "Dimensions");
    json_begin_array(writer);
    for (size_t i = 0; i < listed->series->dimension_count; i++) {
        json_begin_object(writer);
        json_pair(writer, "Name", listed->series->dimension[i].name);
        json_pair(writer, "Value", listed->series->dimension[i].value);
        json_end_object(writer);
    }
    json_end_array(writer);
    json_end_object(writer);
}

static void write_values(struct json_writer *writer, const struct cloudwatch_answer *answer,
    const struct cloudwatch_datapoint *point, bool extended)
{
    for (size_t i = 0; i < answer->statistic_count; i++) {
        if (answer->is_extended[i] != extended || !point->has[i])
            continue;
        json_name_text(writer, answer->statistic[i]);
        json_double(writer, point->value[i]);
    }
}

static void write_datapoint(struct json_writer *writer, const struct cloudwatch_answer *answer,
    const struct cloudwatch_datapoint *point)
{
    bool has_extended = false;

    for (size_t i = 0; i < answer->statistic_count; i++)
        has_extended |= answer->is_extended[i];
    json_begin_object(writer);
    json_pair_integer(writer, "Timestamp", (int64_t)point->time);
    write_values(writer, answer, point, false);
    if (has_extended) {
        json_name(writer, "ExtendedStatistics");
        json_begin_object(writer);
        write_values(writer, answer, point, true);
        json_end_object(writer);
    }
    json_pair_string(writer, "Unit", answer->unit);
    json_end_object(writer);
}

static void write_json(struct buf *out, const struct cloudwatch_answer *answer)
{
    static const char *const list_table[] = {"MetricDataResults", "Metrics", "Datapoints"};
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_begin_object(&writer);
    if (answer->kind == CLOUDWATCH_STATISTICS)
        json_pair(&writer, "Label", answer->label);
    json_name(&writer, list_table[answer->kind]);
    json_begin_array(&writer);
    for (size_t i = 0; i < answer->count; i++) {
        if (answer->kind == CLOUDWATCH_DATA)
            write_result(&writer, &answer->result[i]);
        else if (answer->kind == CLOUDWATCH_LIST)
            write_listed(&writer, &answer->metric[i]);
        else
            write_datapoint(&writer, answer, &answer->datapoint[i]);
    }
    json_end_array(&writer);
    if (answer->kind == CLOUDWATCH_DATA) {
        json_name(&writer, "Messages");
        json_begin_array(&writer);
        json_end_array(&writer);
    }
    if (answer->next_token)
        json_pair_string(&writer, "NextToken", answer->next_token);
    json_end_object(&writer);
}

static void handle_json(struct telemetry *telemetry, struct exchange *exchange,
    struct text operation)
{
    struct text body = exchange_request(exchange)->body;
    struct arena *arena = exchange_arena(exchange);
    struct cloudwatch_failure failure;
    struct cloudwatch_answer answer;
    const struct json *input;
    struct error err;
    struct buf out;

    input = json_parse(body.length > 0 ? body : TEXT("{}"), arena, &err);
    if (!input || input->kind != JSON_OBJECT) {
        reply_json_error(exchange, 400, CORAL "SerializationException", TEXT(""));
        return;
    }
    if (!cloudwatch_run(telemetry, operation, input, arena, &answer, &failure)) {
        reply_json_query_error(exchange, cloudwatch_status(failure.code), json_type(failure.code),
            cloudwatch_query_code(failure.code), text_of(cloudwatch_message(&failure)));
        return;
    }
    buf_init(&out, SIZE_MAX);
    write_json(&out, &answer);
    if (out.failure)
        reply_json_error(exchange, 500, PREFIX "InternalServiceFault", TEXT("out of memory"));
    else
        reply_json(exchange, 200, buf_view(&out));
    buf_done(&out);
}

static void refuse_query(struct exchange *exchange, const struct cloudwatch_failure *failure)
{
    reply_query_error(exchange, cloudwatch_status(failure->code), CLOUDWATCH_NAMESPACE,
        cloudwatch_query_code(failure->code), text_of(cloudwatch_message(failure)));
}

static void handle_query(struct telemetry *telemetry, struct exchange *exchange)
{
    const struct exchange_request *request = exchange_request(exchange);
    struct arena *arena = exchange_arena(exchange);
    struct cloudwatch_failure failure = {CLOUDWATCH_VALIDATION, NULL};
    struct cloudwatch_answer answer;
    const char *operation;
    struct json *input;
    struct error err;
    struct buf out;

    input = cloudwatch_read_form(request->body.length > 0 ? request->body : request->query, arena,
        &err);
    if (!input) {
        failure.message = err.text;
        refuse_query(exchange, &failure);
        return;
    }
    if (!cloudwatch_run(telemetry, json_string_member(input, "Action"), input, arena, &answer,
            &failure)) {
        refuse_query(exchange, &failure);
        return;
    }
    operation = arena_string(arena, json_string_member(input, "Action"));
    buf_init(&out, SIZE_MAX);
    cloudwatch_write_xml(&out, &answer);
    if (out.failure || !operation)
        refuse_query(exchange, &(struct cloudwatch_failure){CLOUDWATCH_FAILURE, NULL});
    else
        reply_query(exchange, operation, CLOUDWATCH_NAMESPACE, buf_view(&out));
    buf_done(&out);
}

void telemetry_handle_metrics(struct telemetry *telemetry, struct exchange *exchange)
{
    struct text target = exchange_header(exchange, "X-Amz-Target"), prefix;

    if (text_take_until(&target, '.', &prefix))
        handle_json(telemetry, exchange, target);
    else
        handle_query(telemetry, exchange);
}
