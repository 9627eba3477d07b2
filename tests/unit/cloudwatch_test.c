#include "endpoint/telemetry/telemetry.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/unit/server_bench.h"

enum { START = 1795000020 }; /* a whole minute, 2026-11-18T11:07:00Z */

static const char json_headers[] = "Content-Type: application/x-amz-json-1.0\r\n"
                                   "X-Amz-Target: GraniteServiceVersion20100801.%s\r\n";
static const char form_headers[] = "Content-Type: application/x-www-form-urlencoded\r\n";

struct bench {
    struct server_bench server;
    struct telemetry *telemetry;
    struct buf answer;
    struct arena *arena;
};

static void handle(void *user, struct exchange *exchange)
{
    struct bench *bench = user;

    telemetry_handle_metrics(bench->telemetry, exchange);
}

/* Seconds 0, 1 and 3 have 1, 2 and 3 requests of 10, 20 and 30 ms. */
static void record_requests(struct telemetry *telemetry)
{
    struct telemetry_request request = {.kind = 'R',
        .api_id = TEXT("abc123"),
        .api_name = TEXT("shop & co"),
        .stage = TEXT("prod"),
        .method = TEXT("GET"),
        .resource = TEXT("/pets")};
    struct telemetry_table table = {.table = TEXT("pets"), .operation = TEXT("GetItem")};

    for (int second = 0; second < 4; second++) {
        for (int i = 0; i < (second == 3 ? 3 : second + 1) && second != 2; i++) {
            request.status = i == 1 ? 404 : 200;
            request.latency_us = (uint64_t)(second == 3 ? 30 : second * 10 + 10) * 1000;
            telemetry_record(telemetry, &request);
        }
        clock_advance(CLOCK_SECOND);
    }
    telemetry_record_table(telemetry, &table);
    request.kind = 'H';
    request.resource = TEXT("GET /pets");
    telemetry_record(telemetry, &request);
}

static int open_bench(void **state)
{
    struct bench *bench = mem_new(1, sizeof *bench);
    struct error err = {0};

    clock_fix(START * CLOCK_SECOND);
    buf_init(&bench->answer, SIZE_MAX);
    bench->arena = arena_new(64 << 20, &err);
    server_bench_open(&bench->server, handle, bench);
    bench->telemetry = telemetry_new(bench->server.server, &err);
    assert_non_null(bench->telemetry);
    record_requests(bench->telemetry);
    server_bench_start(&bench->server);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;

    server_bench_stop(&bench->server);
    telemetry_free(bench->telemetry);
    http_server_free(bench->server.server);
    buf_done(&bench->answer);
    arena_free(bench->arena);
    mem_free(bench);
    return 0;
}

static int ask_json(struct bench *bench, const char *operation, const char *body)
{
    char headers[256];

    snprintf(headers, sizeof headers, json_headers, operation);
    return server_bench_ask(&bench->server, "POST", "/", headers, text_of(body), &bench->answer);
}

static int ask_form(struct bench *bench, const char *body)
{
    return server_bench_ask(&bench->server, "POST", "/", form_headers, text_of(body),
        &bench->answer);
}

static void assert_body(struct bench *bench, const char *wanted)
{
    struct text body = raw_body(&bench->answer, 0);

    if (!text_is(body, wanted))
        fail_msg("%.*s\nin place of\n%s", (int)body.length, body.data, wanted);
}

/* One query over the four seconds. */
static const char *data_query(const char *name, const char *statistic, int period, const char *more)
{
    static char body[2048];

    snprintf(body, sizeof body,
        "{\"StartTime\":%d,\"EndTime\":%d.0,\"MetricDataQueries\":[{\"Id\":\"m1\",\"MetricStat\":"
        "{\"Metric\":{\"Namespace\":\"AWS/ApiGateway\",\"MetricName\":\"%s\",\"Dimensions\":["
        "{\"Name\":\"Stage\",\"Value\":\"prod\"},{\"Name\":\"ApiName\",\"Value\":\"shop & co\"}]},"
        "\"Period\":%d,\"Stat\":\"%s\"}}]%s}",
        START, START + 4, name, period, statistic, more);
    return body;
}

static void metric_data_comes_newest_first_with_gaps(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(ask_json(bench, "GetMetricData", data_query("Count", "Sum", 1, "")), 200);
    assert_body(bench, "{\"MetricDataResults\":[{\"Id\":\"m1\",\"Label\":\"Count\","
                       "\"Timestamps\":[1795000023,1795000021,1795000020],\"Values\":[3,2,1],"
                       "\"StatusCode\":\"Complete\"}],\"Messages\":[]}");
    assert_true(
        text_is(raw_header(&bench->answer, 0, "Content-Type"), "application/x-amz-json-1.0"));
    assert_int_equal(raw_header(&bench->answer, 0, "x-amzn-RequestId").length, 36);
}

static void a_period_adds_its_seconds_up(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(ask_json(bench, "GetMetricData",
                         data_query("Latency", "Average", 2, ",\"ScanBy\":\"TimestampAscending\"")),
        200);
    assert_non_null(strstr(buf_string(&bench->answer),
        "\"Timestamps\":[1795000020,1795000022],\"Values\":[16.666666666666668,30]"));
    assert_int_equal(ask_json(bench, "GetMetricData", data_query("4XXError", "Sum", 60, "")), 200);
    assert_non_null(
        strstr(buf_string(&bench->answer), "\"Timestamps\":[1795000020],\"Values\":[2]"));
    assert_int_equal(ask_json(bench, "GetMetricData", data_query("Latency", "p99", 60, "")), 200);
    assert_non_null(strstr(buf_string(&bench->answer), "\"Values\":[30]"));
}

static void what_was_never_measured_has_no_values(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(ask_json(bench, "GetMetricData", data_query("CacheHitCount", "Sum", 1, "")),
        200);
    assert_non_null(strstr(buf_string(&bench->answer),
        "\"Timestamps\":[],\"Values\":[],\"StatusCode\":\"Complete\""));
    assert_int_equal(ask_json(bench, "GetMetricData",
                         data_query("IntegrationLatency", "p50", 1, "")),
        200);
    assert_non_null(strstr(buf_string(&bench->answer), "\"Timestamps\":[],\"Values\":[]"));
}

static void pages_go_on_where_the_last_one_ended(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(ask_json(bench, "GetMetricData",
                         data_query("Count", "Sum", 1, ",\"MaxDatapoints\":2")),
        200);
    assert_non_null(strstr(buf_string(&bench->answer),
        "\"Timestamps\":[1795000023,1795000021],\"Values\":[3,2],\"StatusCode\":\"PartialData\"}],"
        "\"Messages\":[],\"NextToken\":\"0:2\"}"));
    assert_int_equal(ask_json(bench, "GetMetricData",
                         data_query("Count", "Sum", 1,
                             ",\"MaxDatapoints\":2,\"NextToken\":\"0:2\"")),
        200);
    assert_non_null(strstr(buf_string(&bench->answer),
        "\"Timestamps\":[1795000020],\"Values\":[1],\"StatusCode\":\"Complete\"}],"
        "\"Messages\":[]}"));
}

static void expect_json_error(struct bench *bench, const char *operation, const char *body,
    const char *wanted)
{
    assert_int_equal(ask_json(bench, operation, body), 400);
    assert_body(bench, wanted);
}

#define AWS "{\"__type\":\"com.amazonaws.cloudwatch.v2010_08_01#"

static void wrong_requests_are_refused_in_json(void **state)
{
    struct bench *bench = *state;

    expect_json_error(bench, "GetMetricData", "{\"StartTime\":1,\"EndTime\":2}",
        AWS "MissingRequiredParameterException\",\"message\":\"The parameter MetricDataQueries is "
            "required.\"}");
    assert_true(
        text_is(raw_header(&bench->answer, 0, "x-amzn-query-error"), "MissingParameter;Sender"));
    expect_json_error(bench, "GetMetricData", data_query("Count", "Sum", 0, ""),
        AWS "InvalidParameterValueException\",\"message\":\"The parameter Period is a number of "
            "seconds from 1 to 86400.\"}");
    expect_json_error(bench, "GetMetricData", data_query("Count", "p101", 1, ""),
        AWS "InvalidParameterValueException\",\"message\":\"The value p101 for parameter "
            "MetricDataQueries.member.N.MetricStat.Stat is not supported.\"}");
    expect_json_error(bench, "GetMetricData", data_query("Count", "Sum", 1, ",\"NextToken\":\"x\""),
        AWS "InvalidNextToken\",\"message\":\"The NextToken is not valid.\"}");
    expect_json_error(bench, "GetMetricData",
        "{\"StartTime\":2,\"EndTime\":2,\"MetricDataQueries\":[{\"Id\":\"a\"}]}",
        AWS "InvalidParameterCombinationException\",\"message\":\"The parameter StartTime must be "
            "less than the parameter EndTime.\"}");
    expect_json_error(bench, "GetMetricData",
        "{\"StartTime\":1,\"EndTime\":2,\"MetricDataQueries\":[{\"Id\":\"a\"},{\"Id\":\"a\"}]}",
        AWS "ValidationError\",\"message\":\"The values for parameter id in MetricDataQueries are "
            "not unique.\"}");
    expect_json_error(bench, "GetMetricData",
        "{\"StartTime\":1,\"EndTime\":2,\"MetricDataQueries\":[{\"Id\":\"A\"}]}",
        AWS "InvalidParameterValueException\",\"message\":\"The value A for parameter "
            "MetricDataQueries.member.N.Id is not supported.\"}");
    expect_json_error(bench, "GetMetricData", "{",
        "{\"__type\":\"com.amazon.coral.service#SerializationException\"}");
    expect_json_error(bench, "GetMetricData", "[]",
        "{\"__type\":\"com.amazon.coral.service#SerializationException\"}");
    expect_json_error(bench, "PutMetricData", "{}",
        "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\",\"message\":\"The "
        "action PutMetricData is not valid for this endpoint.\"}");
}

static void five_hundred_queries_pass_and_one_more_does_not(void **state)
{
    struct bench *bench = *state;
    struct buf body;

    buf_init(&body, SIZE_MAX);
    buf_add_format(&body, "{\"StartTime\":%d,\"EndTime\":%d,\"MetricDataQueries\":[", START,
        START + 4);
    for (int i = 0; i < 500; i++)
        buf_add_format(&body,
            "%s{\"Id\":\"q%d\",\"MetricStat\":{\"Metric\":{\"Namespace\":\"AWS/ApiGateway\","
            "\"MetricName\":\"Count\",\"Dimensions\":[{\"Name\":\"ApiName\",\"Value\":\"shop & "
            "co\"}]},\"Period\":1,\"Stat\":\"Sum\"}}",
            i ? "," : "", i);
    buf_add_string(&body, "]}");
    assert_int_equal(ask_json(bench, "GetMetricData", buf_string(&body)), 200);
    assert_non_null(strstr(buf_string(&bench->answer), "{\"Id\":\"q499\""));
    buf_cut(&body, body.length - 2);
    buf_add_string(&body, ",{\"Id\":\"q500\"}]}");
    expect_json_error(bench, "GetMetricData", buf_string(&body),
        AWS "ValidationError\",\"message\":\"The collection MetricDataQueries must not have a size "
            "greater than 500.\"}");
    buf_done(&body);
}

static void metrics_are_listed_by_namespace_name_and_dimension(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(ask_json(bench, "ListMetrics",
                         "{\"Namespace\":\"AWS/DynamoDB\","
                         "\"MetricName\":\"UserErrors\"}"),
        200);
    assert_body(bench,
        "{\"Metrics\":[{\"Namespace\":\"AWS/DynamoDB\",\"MetricName\":\"UserErrors\","
        "\"Dimensions\":[{\"Name\":\"TableName\",\"Value\":\"pets\"}]},"
        "{\"Namespace\":\"AWS/DynamoDB\",\"MetricName\":\"UserErrors\",\"Dimensions\":["
        "{\"Name\":\"Operation\",\"Value\":\"GetItem\"},"
        "{\"Name\":\"TableName\",\"Value\":\"pets\"}]}]}");
    assert_int_equal(ask_json(bench, "ListMetrics",
                         "{\"MetricName\":\"Latency\",\"Dimensions\":[{\"Name\":\"Resource\"},"
                         "{\"Name\":\"Method\",\"Value\":\"GET\"}]}"),
        200);
    assert_body(bench,
        "{\"Metrics\":[{\"Namespace\":\"AWS/ApiGateway\",\"MetricName\":\"Latency\","
        "\"Dimensions\":[{\"Name\":\"ApiName\",\"Value\":\"shop & co\"},"
        "{\"Name\":\"Method\",\"Value\":\"GET\"},{\"Name\":\"Resource\",\"Value\":\"/pets\"},"
        "{\"Name\":\"Stage\",\"Value\":\"prod\"}]}]}");
    assert_int_equal(ask_json(bench, "ListMetrics", "{\"MetricName\":\"2xx\"}"), 200);
    assert_body(bench, "{\"Metrics\":[]}");
}

static void the_query_protocol_takes_forms_and_answers_xml(void **state)
{
    struct bench *bench = *state;
    char body[1024];

    snprintf(body, sizeof body,
        "Action=GetMetricData&Version=2010-08-01&StartTime=2026-11-18T11%%3A07%%3A00Z&"
        "EndTime=2026-11-18T11:07:04%%2B00:00&ScanBy=TimestampAscending&"
        "MetricDataQueries.member.1.Id=m1&"
        "MetricDataQueries.member.1.ReturnData=true&"
        "MetricDataQueries.member.1.MetricStat.Stat=Average&"
        "MetricDataQueries.member.1.MetricStat.Period=1&"
        "MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS%%2FApiGateway&"
        "MetricDataQueries.member.1.MetricStat.Metric.MetricName=Latency&"
        "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=ApiName&"
        "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value=shop+%%26+co&"
        "MetricDataQueries.member.2.Id=m2&MetricDataQueries.member.2.ReturnData=false&"
        "MetricDataQueries.member.2.MetricStat.Stat=Sum&"
        "MetricDataQueries.member.2.MetricStat.Period=1&"
        "MetricDataQueries.member.2.MetricStat.Metric.Namespace=AWS%%2FApiGateway&"
        "MetricDataQueries.member.2.MetricStat.Metric.MetricName=Count");
    assert_int_equal(ask_form(bench, body), 200);
    assert_true(text_is(raw_header(&bench->answer, 0, "Content-Type"), "text/xml"));
    assert_non_null(strstr(buf_string(&bench->answer),
        "<GetMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">\n"
        "<GetMetricDataResult><MetricDataResults><member><Id>m1</Id><Label>Latency</Label>"
        "<Timestamps><member>2026-11-18T11:07:00Z</member><member>2026-11-18T11:07:01Z</member>"
        "<member>2026-11-18T11:07:03Z</member></Timestamps><Values><member>10</member>"
        "<member>20</member><member>30</member></Values><StatusCode>Complete</StatusCode></member>"
        "</MetricDataResults><Messages/></GetMetricDataResult>"));
    assert_int_equal(ask_form(bench,
                         "Action=ListMetrics&MetricName=Latency&Dimensions.member.1.Name=Resource"),
        200);
    assert_non_null(strstr(buf_string(&bench->answer),
        "<ListMetricsResult><Metrics><member><Namespace>AWS/ApiGateway</Namespace><MetricName>"
        "Latency</MetricName><Dimensions><member><Name>ApiName</Name><Value>shop &amp; co</Value>"
        "</member>"));
}

static void metric_statistics_give_datapoints(void **state)
{
    struct bench *bench = *state;
    char body[1024];

    snprintf(body, sizeof body,
        "{\"Namespace\":\"AWS/ApiGateway\",\"MetricName\":\"Latency\",\"Dimensions\":[{\"Name\":"
        "\"ApiName\",\"Value\":\"shop & co\"}],\"StartTime\":%d,\"EndTime\":%d,\"Period\":60,"
        "\"Statistics\":[\"Sum\",\"SampleCount\"],\"ExtendedStatistics\":[\"p50\"]}",
        START, START + 60);
    assert_int_equal(ask_json(bench, "GetMetricStatistics", body), 200);
    snprintf(body, sizeof body,
        "{\"Label\":\"Latency\",\"Datapoints\":[{\"Timestamp\":1795000020,\"Sum\":140,"
        "\"SampleCount\":6,\"ExtendedStatistics\":{\"p50\":%.3f},\"Unit\":\"Milliseconds\"}]}",
        histogram_upper(histogram_index(20000)) / 1000.0);
    assert_body(bench, body);
    assert_int_equal(ask_form(bench,
                         "Action=GetMetricStatistics&Namespace=AWS/ApiGateway&MetricName=Count&"
                         "Dimensions.member.1.Name=ApiName&Dimensions.member.1.Value=shop+%26+co&"
                         "StartTime=2026-11-18T11:07:00Z&EndTime=2026-11-18T11:08:00Z&Period=60&"
                         "Statistics.member.1=Sum"),
        200);
    assert_non_null(strstr(buf_string(&bench->answer),
        "<Datapoints><member><Timestamp>2026-11-18T11:07:00Z</Timestamp><Sum>6</Sum>"
        "<Unit>Count</Unit></member></Datapoints><Label>Count</Label>"));
    expect_json_error(bench, "GetMetricStatistics",
        "{\"Namespace\":\"AWS/ApiGateway\",\"MetricName\":\"Latency\",\"StartTime\":1,\"EndTime\":"
        "2,\"Period\":60}",
        AWS "InvalidParameterCombinationException\",\"message\":\"At least one of the parameters "
            "Statistics and ExtendedStatistics must be specified.\"}");
}

static void wrong_requests_are_refused_in_xml(void **state)
{
    struct bench *bench = *state;
    struct buf body;

    assert_int_equal(ask_form(bench, "Action=Get<Metric"), 400);
    assert_non_null(strstr(buf_string(&bench->answer),
        "<Error>\n    <Type>Sender</Type>\n    <Code>InvalidAction</Code>\n    <Message>The action "
        "Get&lt;Metric is not valid for this endpoint.</Message>"));
    assert_int_equal(ask_form(bench, "Action=GetMetricData&StartTime=yesterday&"
                                     "MetricDataQueries.member.1.Id=a"),
        400);
    assert_non_null(strstr(buf_string(&bench->answer),
        "<Code>InvalidParameterValue</Code>\n    <Message>The value yesterday for parameter "
        "StartTime is not supported.</Message>"));
    buf_init(&body, SIZE_MAX);
    buf_add_string(&body, "Action=ListMetrics&a");
    for (int i = 0; i < 20; i++)
        buf_add_string(&body, ".b");
    buf_add_string(&body, "=1");
    assert_int_equal(ask_form(bench, buf_string(&body)), 400);
    assert_non_null(strstr(buf_string(&bench->answer), "the name of a parameter is too deep"));
    buf_clear(&body);
    for (int i = 0; i <= 20000; i++)
        buf_add_string(&body, "a=&");
    assert_int_equal(ask_form(bench, buf_string(&body)), 400);
    assert_non_null(strstr(buf_string(&bench->answer), "more than 20000 parameters"));
    buf_done(&body);
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(metric_data_comes_newest_first_with_gaps),
        BENCH_TEST(a_period_adds_its_seconds_up),
        BENCH_TEST(what_was_never_measured_has_no_values),
        BENCH_TEST(pages_go_on_where_the_last_one_ended),
        BENCH_TEST(wrong_requests_are_refused_in_json),
        BENCH_TEST(five_hundred_queries_pass_and_one_more_does_not),
        BENCH_TEST(metrics_are_listed_by_namespace_name_and_dimension),
        BENCH_TEST(the_query_protocol_takes_forms_and_answers_xml),
        BENCH_TEST(metric_statistics_give_datapoints),
        BENCH_TEST(wrong_requests_are_refused_in_xml),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
