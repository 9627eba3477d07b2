#include "endpoint/telemetry/filter_pattern.h"
#include "endpoint/telemetry/log_store.h"
#include "endpoint/telemetry/telemetry.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/unit/server_bench.h"

enum { START = 1795000020 };

struct bench {
    struct server_bench server;
    struct telemetry *telemetry;
    struct buf answer;
};

static void handle(void *user, struct exchange *exchange)
{
    struct bench *bench = user;

    telemetry_handle_logs(bench->telemetry, exchange);
}

static struct telemetry_request request_number(int number)
{
    static char id[16];

    snprintf(id, sizeof id, "r%d", number);
    return (struct telemetry_request){.kind = 'R',
        .api_id = TEXT("abc123"),
        .api_name = TEXT("shop"),
        .stage = TEXT("prod"),
        .method = TEXT("GET"),
        .resource = TEXT("/pets/{id}"),
        .status = number % 2 ? 200 : 502,
        .latency_us = (uint64_t)number * 1500,
        .integration_us = 250,
        .response_bytes = 42,
        .request_id = text_of(id),
        .source_ip = TEXT("127.0.0.1"),
        .path = TEXT("/pets/7"),
        .error = number % 2 ? TEXT("") : TEXT("connection \"refused\"")};
}

/* Five requests, one a second. */
static int open_bench(void **state)
{
    struct bench *bench = mem_new(1, sizeof *bench);
    struct error err = {0};

    clock_fix(START * CLOCK_SECOND);
    buf_init(&bench->answer, SIZE_MAX);
    server_bench_open(&bench->server, handle, bench);
    bench->telemetry = telemetry_new(bench->server.server, &err);
    assert_non_null(bench->telemetry);
    for (int i = 1; i <= 5; i++) {
        struct telemetry_request request = request_number(i);

        telemetry_record(bench->telemetry, &request);
        clock_advance(CLOCK_SECOND);
    }
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
    mem_free(bench);
    return 0;
}

static int ask(struct bench *bench, const char *operation, const char *body)
{
    char headers[256];

    snprintf(headers, sizeof headers,
        "Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Logs_20140328.%s\r\n",
        operation);
    return server_bench_ask(&bench->server, "POST", "/", headers, text_of(body), &bench->answer);
}

static void assert_body(struct bench *bench, const char *wanted)
{
    struct text body = raw_body(&bench->answer, 0);

    if (!text_is(body, wanted))
        fail_msg("%.*s\nin place of\n%s", (int)body.length, body.data, wanted);
}

/* Which of the five requests come back: "r1 r3 r5". */
static void assert_events(struct bench *bench, const char *more, const char *wanted)
{
    char body[1024], found[64] = "";
    struct text answer;
    size_t at = 0;

    snprintf(body, sizeof body, "{\"logGroupName\":\"API-Gateway-Access-Logs_abc123/prod\"%s}",
        more);
    assert_int_equal(ask(bench, "FilterLogEvents", body), 200);
    answer = raw_body(&bench->answer, 0);
    while ((at = text_find(answer, TEXT("requestId\\\":\\\""), at)) != SIZE_MAX) {
        size_t length = strlen(found);

        at += 14;
        snprintf(found + length, sizeof found - length, "%s%.2s", length ? " " : "",
            answer.data + at);
    }
    assert_string_equal(found, wanted);
}

static void an_event_is_one_json_object(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(
        ask(bench, "FilterLogEvents",
            "{\"logGroupName\":\"API-Gateway-Access-Logs_abc123/prod\",\"startTime\":1795000021000,"
            "\"endTime\":1795000021000}"),
        200);
    assert_body(bench,
        "{\"events\":[{\"logStreamName\":\"gatehouse\",\"timestamp\":1795000021000,"
        "\"message\":\"{\\\"time\\\":\\\"2026-11-18T11:07:01.000Z\\\",\\\"requestId\\\":\\\"r2\\\","
        "\\\"ip\\\":\\\"127.0.0.1\\\",\\\"method\\\":\\\"GET\\\",\\\"route\\\":\\\"/pets/{id}\\\","
        "\\\"path\\\":\\\"/pets/7\\\",\\\"status\\\":502,\\\"bytes\\\":42,\\\"latency\\\":3,"
        "\\\"integrationLatency\\\":0.25,\\\"error\\\":\\\"connection "
        "\\\\\\\"refused\\\\\\\"\\\"}\",\"ingestionTime\":1795000021000,"
        "\"eventId\":\"00000000000000000000000000000000000000000000000000000002\"}],"
        "\"searchedLogStreams\":[]}");
}

static void events_are_chosen_by_time_pattern_and_limit(void **state)
{
    struct bench *bench = *state;

    assert_events(bench, "", "r1 r2 r3 r4 r5");
    assert_events(bench, ",\"startTime\":1795000022000", "r3 r4 r5");
    assert_events(bench, ",\"endTime\":1795000021999", "r1 r2");
    assert_events(bench, ",\"filterPattern\":\"refused\"", "r2 r4");
    assert_events(bench, ",\"filterPattern\":\"-refused\"", "r1 r3 r5");
    assert_events(bench, ",\"filterPattern\":\"{ $.status >= 500 }\"", "r2 r4");
    assert_events(bench, ",\"filterPattern\":\"{ $.latency > 3 && $.status = 200 }\"", "r3 r5");
    assert_events(bench, ",\"limit\":2", "r1 r2");
    assert_non_null(strstr(buf_string(&bench->answer), "\"nextToken\":\"3\""));
    assert_events(bench, ",\"limit\":2,\"nextToken\":\"3\"", "r3 r4");
    assert_non_null(strstr(buf_string(&bench->answer), "\"nextToken\":\"5\""));
    assert_events(bench, ",\"limit\":2,\"nextToken\":\"5\"", "r5");
    assert_null(strstr(buf_string(&bench->answer), "nextToken"));
}

static void groups_are_described_by_prefix(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(ask(bench, "DescribeLogGroups",
                         "{\"logGroupNamePrefix\":\"API-Gateway-Access\"}"),
        200);
    assert_non_null(strstr(buf_string(&bench->answer),
        "{\"logGroups\":[{\"logGroupName\":\"API-Gateway-Access-Logs_abc123/prod\","
        "\"creationTime\":1795000020000,\"metricFilterCount\":0,\"arn\":\"arn:aws:logs:"));
    assert_int_equal(ask(bench, "DescribeLogGroups", "{\"logGroupNamePrefix\":\"/aws\"}"), 200);
    assert_body(bench, "{\"logGroups\":[]}");
    assert_int_equal(ask(bench, "DescribeLogStreams",
                         "{\"logGroupIdentifier\":\"arn:aws:logs:us-east-1:000000000000:log-group:"
                         "API-Gateway-Access-Logs_abc123/prod:*\"}"),
        200);
    assert_non_null(strstr(buf_string(&bench->answer),
        "\"firstEventTimestamp\":1795000020000,\"lastEventTimestamp\":1795000024000"));
}

static void expect_error(struct bench *bench, const char *operation, const char *body,
    const char *wanted)
{
    assert_int_equal(ask(bench, operation, body), 400);
    assert_body(bench, wanted);
}

#define LOGS "{\"__type\":\"com.amazonaws.logs.v20140328#"

static void wrong_requests_are_refused(void **state)
{
    struct bench *bench = *state;

    expect_error(bench, "FilterLogEvents", "{\"logGroupName\":\"nothing\"}",
        LOGS "ResourceNotFoundException\",\"message\":\"The specified log group does not "
             "exist.\"}");
    expect_error(bench, "FilterLogEvents", "{}",
        LOGS "InvalidParameterException\",\"message\":\"1 validation error detected: Value null at "
             "'logGroupName' failed to satisfy constraint: Member must not be null\"}");
    expect_error(bench, "FilterLogEvents",
        "{\"logGroupName\":\"API-Gateway-Access-Logs_abc123/prod\",\"limit\":10001}",
        LOGS "InvalidParameterException\",\"message\":\"limit is a number from 1 to 10000\"}");
    expect_error(bench, "FilterLogEvents",
        "{\"logGroupName\":\"API-Gateway-Access-Logs_abc123/prod\",\"nextToken\":\"x\"}",
        LOGS "InvalidParameterException\",\"message\":\"The specified nextToken is invalid.\"}");
    expect_error(bench, "FilterLogEvents",
        "{\"logGroupName\":\"API-Gateway-Access-Logs_abc123/prod\",\"filterPattern\":\"{ $.a\"}",
        LOGS "InvalidParameterException\",\"message\":\"filter pattern, column 6: an operator is "
             "missing: =, !=, <, <=, >, >=, IS or EXISTS\"}");
    expect_error(bench, "DescribeLogGroups", "{\"limit\":51}",
        LOGS "InvalidParameterException\",\"message\":\"limit is a number from 1 to 50\"}");
    expect_error(bench, "FilterLogEvents", "nope",
        "{\"__type\":\"com.amazon.coral.service#SerializationException\"}");
    expect_error(bench, "PutLogEvents", "{}",
        "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}");
}

static bool matches(const char *pattern, const char *message)
{
    struct error err = {0};
    struct arena *arena = arena_new(1 << 20, &err), *scratch = arena_new(1 << 20, &err);
    struct filter_pattern *parsed = filter_pattern_parse(text_of(pattern), arena, &err);
    bool result;

    if (!parsed)
        fail_msg("%s: %s", pattern, err.text);
    result = filter_pattern_matches(parsed, text_of(message), scratch);
    arena_free(arena);
    arena_free(scratch);
    return result;
}

static void terms_and_phrases_are_looked_for_as_they_stand(void **state)
{
    assert_true(matches("", "anything"));
    assert_true(matches("a b", "b and a"));
    assert_false(matches("a c", "b and a"));
    assert_false(matches("A", "b and a"));
    assert_true(matches("\"b and\"", "b and a"));
    assert_false(matches("\"a and\"", "b and a"));
    assert_false(matches("b -and", "b and a"));
    assert_true(matches("b -\"and b\"", "b and a"));
    assert_true(matches("?x ?a", "b and a"));
    assert_false(matches("?x ?y", "b and a"));
    assert_true(matches("b ?y", "b and a"));
    assert_true(matches("\"say \\\"hi\\\"\"", "say \"hi\""));
    (void)state;
}

static void selectors_compare_members_of_json(void **state)
{
    static const char message[] =
        "{\"a\":1,\"s\":\"text here\",\"n\":null,\"t\":true,\"f\":false,\"l\":[10,{\"x\":\"y\"}],"
        "\"o\":{\"p\":{\"q\":2.5}},\"b c\":7,\"num\":\"12\"}";

    assert_true(matches("{ $.a = 1 }", message));
    assert_true(matches("{$.a=1.0}", message));
    assert_false(matches("{ $.a != 1 }", message));
    assert_false(matches("{ $.missing != 1 }", message));
    assert_true(matches("{ $.a < 2 && $.a > 0 && $.a <= 1 && $.a >= 1 }", message));
    assert_true(matches("{ $.s = \"text*\" }", message));
    assert_true(matches("{ $.s = *here }", message));
    assert_false(matches("{ $.s = text }", message));
    assert_true(matches("{ $.num = 12 }", message));
    assert_false(matches("{ $.num > 11 }", message));
    assert_true(matches("{ $.n IS NULL && $.t IS TRUE && $.f is false }", message));
    assert_false(matches("{ $.a IS TRUE }", message));
    assert_true(matches("{ $.missing NOT EXISTS && $.a EXISTS }", message));
    assert_true(matches("{ $.l[0] = 10 && $.l[1].x = y && $.l[2] NOT EXISTS }", message));
    assert_true(matches("{ $.o.p.q = 2.5 && $[\"b c\"] = 7 }", message));
    assert_true(matches("{ $.a = 2 || $.a = 1 }", message));
    assert_true(matches("{ $.a = 1 || $.a = 2 && $.a = 3 }", message));
    assert_false(matches("{ ($.a = 1 || $.a = 2) && $.a = 3 }", message));
    assert_false(matches("{ $.a = 1 }", "no json"));
    (void)state;
}

static void broken_patterns_name_the_column(void **state)
{
    static const struct {
        const char *pattern, *text;
    } case_table[] = {
        {"{ a = 1 }", "filter pattern, column 3: a selector begins with '$.'"},
        {"{ $.a = }", "filter pattern, column 9: a value is missing"},
        {"{ $.a = 1", "filter pattern, column 10: '}' is missing"},
        {"{ ($.a = 1 }", "filter pattern, column 12: ')' is missing"},
        {"{ $.a > x }",
            "filter pattern, column 10: only numbers can be compared with <, <=, > and >="},
        {"{ $.a = \"x }", "filter pattern, column 13: a closing quote is missing"},
        {"{ $.a = 1 } b", "filter pattern, column 13: nothing may follow '}'"},
        {"{ $. = 1 }", "filter pattern, column 5: a name is missing behind '.'"},
        {"{ $.a[x] = 1 }", "filter pattern, column 8: an index is a number"},
        {"{ $.a IS 1 }", "filter pattern, column 9: TRUE, FALSE or NULL is missing behind IS"},
        {"{ $.a = %x% }",
            "filter pattern, column 9: regular expressions are not supported by this endpoint"},
        {"[a, b]", "filter pattern, column 1: space-delimited patterns are not supported by this "
                   "endpoint"},
        {"a -", "filter pattern, column 4: a term is missing"},
    };
    struct error err;
    struct arena *arena = arena_new(1 << 20, &err);
    char deep[100];

    for (size_t i = 0; i < sizeof case_table / sizeof *case_table; i++) {
        err = (struct error){0};
        assert_null(filter_pattern_parse(text_of(case_table[i].pattern), arena, &err));
        assert_string_equal(err.text, case_table[i].text);
        assert_int_equal(err.code, ERROR_USAGE);
    }
    memset(deep, '(', sizeof deep);
    deep[0] = '{';
    assert_null(filter_pattern_parse(text_make(deep, sizeof deep), arena, &err));
    assert_string_equal(err.text, "filter pattern, column 35: too many parentheses");
    arena_free(arena);
    (void)state;
}

static void a_group_keeps_the_newest_events_within_its_limits(void **state)
{
    struct log_store *store = log_store_new();
    bool dropped = false;
    struct log_group *group = log_store_take(store, TEXT("a"), TEXT("s"), &dropped);
    struct telemetry_request request = request_number(1);
    struct buf long_path;

    for (int i = 0; i < LOG_EVENTS_LIMIT + 10; i++)
        log_group_add(store, group, START * CLOCK_SECOND, &request);
    assert_int_equal(group->count, LOG_EVENTS_LIMIT);
    assert_int_equal(log_group_view(group, 0).id, 11);
    assert_int_equal(log_group_find(group, 5), 0);
    assert_int_equal(log_group_find(group, 12), 1);
    assert_int_equal(log_group_find(group, 1 << 20), LOG_EVENTS_LIMIT);
    buf_init(&long_path, 4096);
    buf_add_repeat(&long_path, 'p', 4096);
    request.path = buf_view(&long_path);
    for (int i = 0; i < LOG_EVENTS_LIMIT; i++)
        log_group_add(store, group, START * CLOCK_SECOND, &request);
    assert_true(group->bytes <= LOG_GROUP_BYTES_LIMIT + 4096);
    assert_true(group->count < LOG_EVENTS_LIMIT);
    assert_false(dropped);
    buf_done(&long_path);
    log_store_free(store);
    (void)state;
}

static void the_quietest_group_makes_room(void **state)
{
    struct log_store *store = log_store_new();
    struct telemetry_request request = request_number(1);
    bool dropped = false;
    char stage[16];

    clock_fix(START * CLOCK_SECOND);
    for (int i = 0; i < LOG_GROUPS_LIMIT; i++) {
        snprintf(stage, sizeof stage, "s%d", i);
        log_group_add(store, log_store_take(store, TEXT("a"), text_of(stage), &dropped),
            (START + (i == 40 ? 0u : 1u + (unsigned)i)) * CLOCK_SECOND, &request);
    }
    assert_false(dropped);
    assert_non_null(log_store_find(store, TEXT("API-Gateway-Access-Logs_a/s40")));
    assert_non_null(log_store_take(store, TEXT("a"), TEXT("new"), &dropped));
    assert_true(dropped);
    assert_null(log_store_find(store, TEXT("API-Gateway-Access-Logs_a/s40")));
    assert_non_null(log_store_find(store, TEXT("API-Gateway-Access-Logs_a/s0")));
    log_store_free(store);
    (void)state;
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(an_event_is_one_json_object),
        BENCH_TEST(events_are_chosen_by_time_pattern_and_limit),
        BENCH_TEST(groups_are_described_by_prefix),
        BENCH_TEST(wrong_requests_are_refused),
        cmocka_unit_test(terms_and_phrases_are_looked_for_as_they_stand),
        cmocka_unit_test(selectors_compare_members_of_json),
        cmocka_unit_test(broken_patterns_name_the_column),
        cmocka_unit_test(a_group_keeps_the_newest_events_within_its_limits),
        cmocka_unit_test(the_quietest_group_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
