#include "tests/unit/job_bench.h"

#include "console/metric_query.h"
#include "tests/faults/standin.c"

#define REST_APIS "{\"item\":[{\"id\":\"a1\",\"name\":\"shop\"}]}"
#define HTTP_APIS "{\"items\":[]}"
#define RESOURCES                                                                                  \
    "{\"item\":[{\"id\":\"root\",\"path\":\"/\"},{\"id\":\"p1\",\"path\":\"/pets\","               \
    "\"resourceMethods\":{\"GET\":{\"httpMethod\":\"GET\"}}}]}"
#define LOCAL_STAGES "{\"item\":[{\"stageName\":\"prod\",\"deploymentId\":\"d1\"}]}"

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    while ((text = strstr(text, part)) != NULL) {
        count++;
        text++;
    }
    return count;
}

static void a_call_asks_at_most_five_hundred_metrics(void **state)
{
    struct metric_line line[60];
    struct metric_request request = {.is_rest = true,
        .is_local = true,
        .line = line,
        .line_count = 60,
        .start = 1795000000 * CLOCK_SECOND,
        .end = 1795000060 * CLOCK_SECOND,
        .period = 60 * CLOCK_SECOND};
    struct error err = {0};
    struct arena *arena = arena_new(64 << 20, &err);
    const char **body;

    for (size_t i = 0; i < 60; i++)
        line[i] = (struct metric_line){"all", "[]"};
    body = metric_bodies(arena, &request, &err);
    assert_non_null(body);
    assert_int_equal(count_of(body[0], "\"Id\""), 500);
    assert_int_equal(count_of(body[1], "\"Id\""), 60 * METRIC_KINDS - 500);
    assert_null(body[2]);
    assert_int_equal(count_of(body[0], "\"StartTime\":1795000000,\"EndTime\":1795000060"), 1);
    assert_non_null(strstr(body[0], "\"MetricName\":\"2xx\""));
    request.is_local = false;
    body = metric_bodies(arena, &request, &err);
    assert_int_equal(count_of(body[0], "\"Id\""), 500);
    assert_null(strstr(body[0], "2xx"));
    assert_non_null(strstr(body[0], "\"MetricName\":\"4XXError\""));
    arena_free(arena);
    (void)state;
}

static void no_lines_ask_nothing(void **state)
{
    struct metric_request request = {.period = CLOCK_SECOND};
    struct error err = {0};
    struct arena *arena = arena_new(1 << 20, &err);
    const char **body = metric_bodies(arena, &request, &err);

    assert_non_null(body);
    assert_null(body[0]);
    arena_free(arena);
    (void)state;
}

static void rows_hold_each_line_and_the_whole_stage(void **state)
{
    struct job_bench *bench = *state;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, RESOURCES);
    job_bench_answer(bench, 200,
        "{\"MetricDataResults\":[{\"Id\":\"q0_0\",\"Timestamps\":[1795000000],\"Values\":[120]},"
        "{\"Id\":\"q0_5\",\"Timestamps\":[1795000000],\"Values\":[4.25]},"
        "{\"Id\":\"q0_3\",\"Timestamps\":[1795000000],\"Values\":[7]},"
        "{\"Id\":\"q1_0\",\"Timestamps\":[],\"Values\":[]},"
        "{\"Id\":\"q9_0\",\"Timestamps\":[1795000000],\"Values\":[1]},"
        "{\"Id\":\"q0_99\",\"Timestamps\":[1795000000],\"Values\":[1]},{\"Id\":\"other\"}]}");
    job_bench_good(bench, "SHOW METRICS OF shop/prod");
    assert_string_equal(buf_string(&bench->rows),
        "{\"4xx\":7,\"count\":120,\"p50\":4.25,\"rate\":2.0,\"route\":\"GET /pets\"}\n"
        "{\"count\":0,\"rate\":0.0,\"route\":\"all\"}\n");
}

static void a_route_that_is_not_there_is_said(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, RESOURCES);
    assert_int_equal(job_bench_run(bench, "SHOW METRICS OF shop/prod ROUTE 'GET /cats'", &err),
        ERROR_NOT_FOUND);
    assert_string_equal(err.text, "shop has no route GET /cats");
}

static void explain_shows_the_call(void **state)
{
    struct job_bench *bench = *state;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, RESOURCES);
    job_bench_good(bench, "EXPLAIN SHOW METRICS OF shop/prod BY STAGE SINCE 5m");
    assert_null(strstr(buf_string(&bench->requests), "POST"));
    assert_non_null(strstr(buf_string(&bench->text), "plan      read metrics of 1 line\n"));
    assert_non_null(
        strstr(buf_string(&bench->text), "GraniteServiceVersion20100801.GetMetricData"));
    assert_non_null(strstr(buf_string(&bench->text),
        "\"Dimensions\":[{\"Name\":\"ApiName\",\"Value\":\"shop\"},{\"Name\":\"Stage\","
        "\"Value\":\"prod\"}]"));
    assert_non_null(strstr(buf_string(&bench->text), "\"Period\":300"));
}

#define EVENTS                                                                                     \
    "{\"events\":[{\"eventId\":\"1\",\"timestamp\":1795000000000,\"message\":"                     \
    "\"{\\\"status\\\":200,\\\"method\\\":\\\"GET\\\",\\\"path\\\":\\\"/orders/1\\\"}\"},"         \
    "{\"eventId\":\"2\",\"timestamp\":1795000001000,\"message\":"                                  \
    "\"{\\\"status\\\":503,\\\"method\\\":\\\"GET\\\",\\\"path\\\":\\\"/orders/2\\\"}\"},"         \
    "{\"eventId\":\"3\",\"timestamp\":1795000002000,\"message\":"                                  \
    "\"{\\\"status\\\":504,\\\"method\\\":\\\"GET\\\",\\\"path\\\":\\\"/pets\\\"}\"},"             \
    "{\"eventId\":\"2\",\"timestamp\":1795000001000,\"message\":\"{\\\"status\\\":503}\"},"        \
    "{\"eventId\":\"4\",\"timestamp\":1795000003000,\"message\":\"no json\"}]}"

static void logs_are_filtered_there_and_here(void **state)
{
    struct job_bench *bench = *state;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, LOCAL_STAGES);
    job_bench_answer(bench, 200, "{\"stageName\":\"prod\"}");
    job_bench_answer(bench, 200, EVENTS);
    job_bench_good(bench,
        "SHOW LOGS OF shop/prod SINCE '2026-11-18T00:00Z' WHERE status >= 500 AND path LIKE "
        "'/orders%'");
    assert_string_equal(buf_string(&bench->rows),
        "{\"method\":\"GET\",\"path\":\"/orders/2\",\"status\":503,"
        "\"time\":\"2026-11-18T11:06:41.000Z\"}\n");
    assert_non_null(strstr(buf_string(&bench->requests),
        "\"logGroupName\":\"API-Gateway-Access-Logs_a1/prod\""));
    assert_non_null(
        strstr(buf_string(&bench->requests), "\"filterPattern\":\"{ $.status >= 500 }\""));
}

static void a_line_that_is_no_json_is_a_message(void **state)
{
    struct job_bench *bench = *state;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, LOCAL_STAGES);
    job_bench_answer(bench, 200, "{\"stageName\":\"prod\"}");
    job_bench_answer(bench, 200, EVENTS);
    job_bench_good(bench, "SHOW LOGS OF shop/prod WHERE message = 'no json'");
    assert_string_equal(buf_string(&bench->rows),
        "{\"message\":\"no json\",\"time\":\"2026-11-18T11:06:43.000Z\"}\n");
}

static void a_tail_ends_at_its_limit_and_says_each_event_once(void **state)
{
    struct job_bench *bench = *state;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, LOCAL_STAGES);
    job_bench_answer(bench, 200, "{\"stageName\":\"prod\"}");
    job_bench_answer(bench, 200, "{\"events\":[]}");
    job_bench_answer(bench, 200, EVENTS);
    job_bench_answer(bench, 200, EVENTS);
    job_bench_answer(bench, 200,
        "{\"events\":[{\"eventId\":\"9\",\"timestamp\":1795000009000,\"message\":\"last\"}]}");
    job_bench_good(bench, "TAIL LOGS OF shop/prod SINCE '2026-11-18T00:00Z' LIMIT 5");
    assert_int_equal(count_of(buf_string(&bench->rows), "\n"), 5);
    assert_int_equal(count_of(buf_string(&bench->rows), "\"message\":\"last\""), 1);
    assert_int_equal(count_of(buf_string(&bench->requests), "POST / "), 4);
}

static void logs_of_a_stage_that_is_not_there_are_said(void **state)
{
    struct job_bench *bench = *state;
    struct error err;

    job_bench_answer(bench, 200, REST_APIS);
    job_bench_answer(bench, 200, HTTP_APIS);
    job_bench_answer(bench, 200, LOCAL_STAGES);
    job_bench_answer(bench, 200, "{\"stageName\":\"prod\"}");
    assert_int_equal(job_bench_run(bench, "SHOW LOGS OF shop/dev", &err), ERROR_NOT_FOUND);
    assert_string_equal(err.text, "shop has no stage dev");
    assert_string_equal(err.hint, "its stages: prod");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, job_bench_open, job_bench_close)
#define LOCAL_TEST(name)                                                                           \
    cmocka_unit_test_setup_teardown(name, job_bench_open_local, job_bench_close)

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(a_call_asks_at_most_five_hundred_metrics),
        cmocka_unit_test(no_lines_ask_nothing),
        LOCAL_TEST(rows_hold_each_line_and_the_whole_stage),
        LOCAL_TEST(a_route_that_is_not_there_is_said),
        TEST(explain_shows_the_call),
        LOCAL_TEST(logs_are_filtered_there_and_here),
        LOCAL_TEST(a_line_that_is_no_json_is_a_message),
        LOCAL_TEST(a_tail_ends_at_its_limit_and_says_each_event_once),
        LOCAL_TEST(logs_of_a_stage_that_is_not_there_are_said),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
