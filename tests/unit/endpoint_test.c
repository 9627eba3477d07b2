#include "endpoint/endpoint.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/raw_client.h"

struct bench {
    struct buf folder, data, socket;
    struct endpoint_options options;
    struct endpoint *endpoint;
    pthread_t thread;
    long live;
};

static int open_bench(void **state)
{
    long live = mem_live();
    struct bench *bench = mem_new(1, sizeof *bench);
    struct error err = {0};

    bench->live = live;
    buf_init(&bench->folder, 4096);
    buf_init(&bench->data, 4096);
    buf_init(&bench->socket, 4096);
    assert_int_equal(file_make_temporary("endpoint", &bench->folder, &err), 0);
    buf_add_format(&bench->data, "%s/state/data", buf_string(&bench->folder));
    buf_add_format(&bench->socket, "%s/run/gatehouse.sock", buf_string(&bench->folder));
    bench->options = (struct endpoint_options){.folder = buf_string(&bench->data),
        .unix_socket = buf_string(&bench->socket)};
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    long live = bench->live;

    file_remove_tree(buf_string(&bench->folder));
    buf_done(&bench->folder);
    buf_done(&bench->data);
    buf_done(&bench->socket);
    mem_free(bench);
    assert_int_equal(mem_live(), live);
    return 0;
}

static void *run_endpoint(void *endpoint)
{
    endpoint_run(endpoint);
    return NULL;
}

static void start(struct bench *bench)
{
    struct error err = {0};

    bench->endpoint = endpoint_new(&bench->options, &err);
    assert_string_equal(err.text, "");
    assert_non_null(bench->endpoint);
    assert_int_equal(pthread_create(&bench->thread, NULL, run_endpoint, bench->endpoint), 0);
}

static void stop(struct bench *bench)
{
    endpoint_stop(bench->endpoint);
    pthread_join(bench->thread, NULL);
    endpoint_free(bench->endpoint);
}

static void expect_refusal(const struct endpoint_options *options, enum error_code code,
    const char *text)
{
    struct error err = {0};

    assert_null(endpoint_new(options, &err));
    assert_string_equal(err.text, text);
    assert_int_equal(err.code, code);
}

/* Sends one request and returns its body, in answer. */
static struct text ask(int client, const char *request, struct buf *answer)
{
    buf_clear(answer);
    assert_true(raw_send(client, request));
    assert_true(raw_read_answer(client, answer, 0) > 0);
    return raw_body(answer, 0);
}

static void options_that_are_not_safe_are_refused(void **state)
{
    struct bench *bench = *state;
    struct endpoint_options options = bench->options;
    struct error err = {0};

    options.listen = "0.0.0.0:0";
    expect_refusal(&options, ERROR_REFUSED,
        "refusing to listen on 0.0.0.0:0 without checking signatures");
    options.auth = ENDPOINT_AUTH_OFF;
    options.listen = "[::]:0";
    expect_refusal(&options, ERROR_REFUSED,
        "refusing to listen on [::]:0 without checking signatures");
    assert_null(endpoint_new(&options, &err));
    assert_string_equal(err.hint, "use auth verify with an access key, or listen on 127.0.0.1");
    options.auth = ENDPOINT_AUTH_VERIFY;
    expect_refusal(&options, ERROR_USAGE,
        "checking signatures needs an access key and a secret key");
    options.access_key = "AKIDEXAMPLE";
    options.secret_key = "";
    expect_refusal(&options, ERROR_USAGE,
        "checking signatures needs an access key and a secret key");
    options = bench->options;
    options.account = "12345";
    expect_refusal(&options, ERROR_USAGE, "'12345' is not an account: 12 digits are needed");
    options = bench->options;
    options.unix_socket = NULL;
    expect_refusal(&options, ERROR_USAGE, "neither a socket nor an address to listen on is given");
    options.listen = "nowhere";
    expect_refusal(&options, ERROR_USAGE, "cannot listen on 'nowhere': not an address and a port");
    assert_false(file_exists(buf_string(&bench->data)));
}

static void a_fresh_folder_is_private_and_served_by_one_at_a_time(void **state)
{
    struct bench *bench = *state;
    struct endpoint_options second = bench->options;
    struct stat status;
    char text[512];

    start(bench);
    assert_int_equal(stat(buf_string(&bench->data), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(endpoint_port(bench->endpoint), 0);
    second.unix_socket = NULL;
    second.listen = "127.0.0.1:0";
    snprintf(text, sizeof text, "another server, process %d, uses the data in %s", (int)getpid(),
        buf_string(&bench->data));
    expect_refusal(&second, ERROR_REFUSED, text);
    stop(bench);
    bench->options = second;
    start(bench);
    assert_true(endpoint_port(bench->endpoint) > 0);
    stop(bench);
}

static void services_answer_on_the_socket_and_keep_their_data(void **state)
{
    static const char list[] =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "X-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Length: 2\r\n\r\n{}";
    static const char create_api[] =
        "POST /restapis HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15\r\n\r\n"
        "{\"name\":\"shop\"}";
    static const char list_apis[] = "GET /restapis HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct bench *bench = *state;
    struct buf answer;
    int client;

    bench->options.auth = ENDPOINT_AUTH_OFF;
    start(bench);
    buf_init(&answer, SIZE_MAX);
    client = raw_connect_unix(buf_string(&bench->socket));
    assert_true(
        text_starts_with(ask(client, "GET /_gatehouse/health HTTP/1.1\r\nHost: x\r\n\r\n", &answer),
            TEXT("{\"status\":\"ok\",")));
    assert_true(text_is(ask(client, list, &answer), "{\"TableNames\":[]}"));
    assert_int_equal(raw_header(&answer, 0, "x-amzn-RequestId").length, 52);
    ask(client, create_api, &answer);
    assert_int_equal(raw_status(&answer, 0), 201);
    close(client);
    stop(bench);
    start(bench);
    client = raw_connect_unix(buf_string(&bench->socket));
    assert_true(
        text_find(ask(client, list_apis, &answer), TEXT("\"name\":\"shop\""), 0) != SIZE_MAX);
    close(client);
    stop(bench);
    buf_done(&answer);
}

static void a_stop_before_the_run_ends_it(void **state)
{
    struct bench *bench = *state;
    struct error err = {0};
    struct endpoint *endpoint = endpoint_new(&bench->options, &err);

    assert_non_null(endpoint);
    endpoint_stop(endpoint);
    endpoint_run(endpoint);
    endpoint_free(endpoint);
    endpoint = endpoint_new(&bench->options, &err);
    assert_non_null(endpoint);
    endpoint_free(endpoint); /* never run */
}

static void a_folder_that_cannot_be_used_is_named(void **state)
{
    struct bench *bench = *state;
    struct error err = {0};

    assert_int_equal(file_make_folder(buf_string(&bench->folder), &err), 0);
    buf_add_string(&bench->folder, "/state");
    assert_int_equal(file_write(buf_string(&bench->folder), TEXT("x"), 0600, &err), 0);
    assert_null(endpoint_new(&bench->options, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.text, buf_string(&bench->folder)));
    buf_cut(&bench->folder, bench->folder.length - 6);
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(options_that_are_not_safe_are_refused),
        BENCH_TEST(a_fresh_folder_is_private_and_served_by_one_at_a_time),
        BENCH_TEST(services_answer_on_the_socket_and_keep_their_data),
        BENCH_TEST(a_stop_before_the_run_ends_it),
        BENCH_TEST(a_folder_that_cannot_be_used_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
