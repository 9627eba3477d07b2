#include "client/http.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "tests/faults/standin.c"

/* One exchange with a pool of its own. */
struct talk {
    struct http_pool *pool;
    struct http_response response;
    struct error err;
};

static void open_talk(struct talk *talk)
{
    *talk = (struct talk){0};
    talk->pool = http_pool_new(NULL, &talk->err);
    assert_non_null(talk->pool);
    http_response_init(&talk->response);
}

static void close_talk(struct talk *talk)
{
    http_response_done(&talk->response);
    http_response_done(&talk->response);
    http_pool_free(talk->pool);
}

static enum error_code post(struct talk *talk, const char *url, const char *body)
{
    struct http_request request = {.method = "POST",
        .url = url,
        .body = text_of(body),
        .timeout_ms = 3000};

    talk->err = (struct error){0};
    return http_send(talk->pool, &request, &talk->response, &talk->err);
}

static enum error_code get(struct talk *talk, const char *url)
{
    struct http_request request = {.method = "GET", .url = url, .timeout_ms = 3000};

    talk->err = (struct error){0};
    return http_send(talk->pool, &request, &talk->response, &talk->err);
}

static void assert_sent(struct standin *standin, size_t index, const char *wanted)
{
    struct buf request;

    buf_init(&request, 1 << 20);
    standin_request(standin, index, &request);
    if (!strstr(buf_string(&request), wanted))
        fail_msg("'%s' is not in '%s'", wanted, buf_string(&request));
    buf_done(&request);
}

static void assert_not_sent(struct standin *standin, size_t index, const char *unwanted)
{
    struct buf request;

    buf_init(&request, 1 << 20);
    standin_request(standin, index, &request);
    if (strstr(buf_string(&request), unwanted))
        fail_msg("'%s' is in '%s'", unwanted, buf_string(&request));
    buf_done(&request);
}

static void an_answer_of_any_status_is_no_error(void **state)
{
    struct standin *standin = standin_start(NULL);
    struct talk talk;

    open_talk(&talk);
    standin_add(standin, (struct standin_answer){.status = 418,
                             .header = "X-Amzn-RequestId:  r-1 \r\nx-empty:\r\n",
                             .body = "short and stout"});
    assert_int_equal(post(&talk, standin_url(standin), "{}"), ERROR_NONE);
    assert_int_equal(talk.response.status, 418);
    assert_string_equal(buf_string(&talk.response.body), "short and stout");
    assert_int_equal(talk.response.wire_bytes, 15);
    assert_true(text_is(http_response_header(&talk.response, "x-amzn-requestid"), "r-1"));
    assert_true(http_response_header(&talk.response, "x-empty").data != NULL);
    assert_null(http_response_header(&talk.response, "x-absent").data);
    assert_true(talk.response.request_was_sent);
    assert_true(talk.response.elapsed > 0);
    assert_true(text_starts_with(text_of(talk.response.resolved), TEXT("127.0.0.1:")));
    close_talk(&talk);
    standin_stop(standin);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void the_request_arrives_as_it_was_given(void **state)
{
    struct standin *standin = standin_start(NULL);
    const struct http_header header[] = {{TEXT("X-Amz-Target"), TEXT("DynamoDB_20120810.GetItem")},
        {TEXT("Content-Type"), TEXT("application/x-amz-json-1.0")}, {TEXT("x-empty"), TEXT("")}};
    struct http_request request = {.method = "PATCH",
        .header = header,
        .header_count = 3,
        .body = TEXT("{\"a\":\"\0\"}")};
    struct talk talk;
    char url[128];

    open_talk(&talk);
    snprintf(url, sizeof url, "%s/a/../b%%2Fc/./d?x=%%20", standin_url(standin));
    request.url = url;
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NONE);
    assert_sent(standin, 0, "PATCH /a/../b%2Fc/./d?x=%20 HTTP/1.1\r\n");
    assert_sent(standin, 0, "\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n");
    assert_sent(standin, 0, "\r\nContent-Type: application/x-amz-json-1.0\r\n");
    assert_sent(standin, 0, "\r\nx-empty:\r\n");
    assert_sent(standin, 0, "\r\nContent-Length: 9\r\n");
    assert_not_sent(standin, 0, "Expect:");
    assert_not_sent(standin, 0, "User-Agent:");
    close_talk(&talk);
    standin_stop(standin);
    (void)state;
}

static void methods_without_a_body_send_none(void **state)
{
    static const char *const method[] = {"GET", "HEAD", "DELETE", "POST"};
    struct standin *standin = standin_start(NULL);
    struct talk talk;

    open_talk(&talk);
    for (size_t i = 0; i < 4; i++) {
        struct http_request request = {.method = method[i], .url = standin_url(standin)};
        char line[32];

        assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NONE);
        snprintf(line, sizeof line, "%s / HTTP/1.1\r\n", method[i]);
        assert_sent(standin, i, line);
        assert_not_sent(standin, i, "Content-Type");
    }
    assert_not_sent(standin, 2, "Content-Length");
    assert_sent(standin, 3, "Content-Length: 0\r\n");
    close_talk(&talk);
    standin_stop(standin);
    (void)state;
}

static void a_compressed_answer_is_decoded_when_it_was_asked_for(void **state)
{
    static const char packed[] = "\037\213\010\000\000\000\000\000\002\003\313\110\315\311\311\127"
                                 "\310\100\220\000\200\210\371\345\021\000\000\000";
    struct standin *standin = standin_start(NULL);
    const struct http_header header[] = {{TEXT("Accept-Encoding"), TEXT("gzip")}};
    struct http_request request = {.method = "GET",
        .url = standin_url(standin),
        .header = header,
        .header_count = 1};
    struct talk talk;

    open_talk(&talk);
    standin_add(standin, (struct standin_answer){.header = "Content-Encoding: gzip\r\n",
                             .body = packed,
                             .body_length = sizeof packed - 1});
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NONE);
    assert_sent(standin, 0, "Accept-Encoding: gzip\r\n");
    assert_string_equal(buf_string(&talk.response.body), "hello hello hello");
    assert_int_equal(talk.response.wire_bytes, sizeof packed - 1);
    close_talk(&talk);
    standin_stop(standin);
    (void)state;
}

static void a_connection_is_used_again(void **state)
{
    struct standin *standin = standin_start(NULL);
    struct talk talk;

    open_talk(&talk);
    for (int i = 0; i < 20; i++)
        assert_int_equal(post(&talk, standin_url(standin), "{}"), ERROR_NONE);
    assert_int_equal(standin_requests(standin), 20);
    assert_int_equal(standin_connections(standin), 1);
    close_talk(&talk);
    standin_stop(standin);
    (void)state;
}

static void a_unix_socket_is_spoken_to(void **state)
{
    struct error err = {0};
    struct standin *standin;
    struct talk talk;
    struct buf path;
    struct http_request request = {.method = "POST", .url = "http://localhost/", .body = TEXT("x")};
    size_t folder;

    buf_init(&path, 200);
    assert_int_equal(file_make_temporary("gatehouse-http", &path, &err), ERROR_NONE);
    folder = path.length;
    buf_add_string(&path, "/s.sock");
    standin = standin_start(buf_string(&path));
    standin_add(standin, (struct standin_answer){.body = "hello"});
    open_talk(&talk);
    request.unix_socket = buf_string(&path);
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NONE);
    assert_string_equal(buf_string(&talk.response.body), "hello");
    assert_string_equal(talk.response.resolved, buf_string(&path));
    standin_stop(standin);
    buf_cut(&path, folder);
    buf_add_string(&path, "/none.sock");
    request.unix_socket = buf_string(&path);
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NETWORK);
    assert_false(talk.response.request_was_sent);
    assert_non_null(strstr(talk.err.text, "/none.sock: No such file or directory"));
    assert_true(text_starts_with(text_of(talk.err.text), TEXT("cannot connect to /")));
    close_talk(&talk);
    buf_cut(&path, folder);
    file_remove_tree(buf_string(&path));
    buf_done(&path);
    (void)state;
}

static void a_socket_path_that_is_too_long_is_said(void **state)
{
    char path[160];
    struct http_request request = {.method = "GET",
        .url = "http://localhost/",
        .unix_socket = path};
    struct talk talk;

    memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    open_talk(&talk);
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NETWORK);
    assert_non_null(strstr(talk.err.text, "is too long"));
    close_talk(&talk);
    (void)state;
}

static void a_refused_connection_names_host_and_port(void **state)
{
    struct talk talk;
    char url[64], wanted[128];
    int port = standin_free_port();

    open_talk(&talk);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    snprintf(wanted, sizeof wanted, "cannot connect to 127.0.0.1:%d: Connection refused", port);
    assert_int_equal(post(&talk, url, "{}"), ERROR_NETWORK);
    assert_string_equal(talk.err.text, wanted);
    assert_false(talk.response.request_was_sent);
    assert_int_equal(talk.response.status, 0);
    close_talk(&talk);
    (void)state;
}

static void a_name_that_does_not_resolve_is_said(void **state)
{
    struct talk talk;

    open_talk(&talk);
    assert_int_equal(post(&talk, "http://no-such-host.invalid:81/", "{}"), ERROR_NETWORK);
    assert_string_equal(talk.err.text, "cannot resolve the name of no-such-host.invalid:81");
    assert_false(talk.response.request_was_sent);
    close_talk(&talk);
    (void)state;
}

static void what_is_no_url_is_refused(void **state)
{
    struct talk talk;

    open_talk(&talk);
    assert_int_equal(post(&talk, "nonsense", ""), ERROR_USAGE);
    assert_string_equal(talk.err.text, "'nonsense' is not an http or https URL");
    assert_int_equal(post(&talk, "http://me:se@cret@db:8000/", ""), ERROR_USAGE);
    assert_string_equal(talk.err.text, "'http://********@db:8000/' is not an http or https URL");
    assert_int_equal(post(&talk, "file:///etc/passwd", ""), ERROR_USAGE);
    assert_int_equal(post(&talk, "http://", ""), ERROR_USAGE);
    assert_int_equal(post(&talk, "", ""), ERROR_USAGE);
    close_talk(&talk);
    (void)state;
}

static void a_header_with_a_line_break_is_refused(void **state)
{
    static const struct http_header bad[] = {{TEXT("x-a"), TEXT("1\r\nx-b: 2")},
        {TEXT("x a"), TEXT("1")}, {TEXT(""), TEXT("1")}, {TEXT("x-a:"), TEXT("1")},
        {TEXT("x-a"), TEXT("1\0002")}};
    struct standin *standin = standin_start(NULL);
    struct talk talk;

    open_talk(&talk);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct http_request request = {.method = "GET",
            .url = standin_url(standin),
            .header = &bad[i],
            .header_count = 1};

        assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_USAGE);
        assert_non_null(strstr(talk.err.text, "may hold control characters"));
    }
    assert_int_equal(standin_requests(standin), 0);
    close_talk(&talk);
    standin_stop(standin);
    (void)state;
}

static void every_way_to_break_an_answer_is_a_network_error(void **state)
{
    static const struct {
        enum standin_fault fault;
        const char *text;
    } case_table[] = {
        {STANDIN_NO_ANSWER, "closed the connection without an answer"},
        {STANDIN_RESET, "was cut: "},
        {STANDIN_CUT, "was cut: transfer closed with 5 bytes remaining to read"},
        {STANDIN_RESET_INSIDE, "was cut: "},
        {STANDIN_LONG_LENGTH, "was cut: transfer closed with 10 bytes remaining to read"},
        {STANDIN_GARBAGE, "127.0.0.1:"},
    };
    struct standin *standin = standin_start(NULL);
    struct talk talk;

    open_talk(&talk);
    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        standin_clear(standin);
        standin_add(standin,
            (struct standin_answer){.body = "0123456789", .fault = case_table[i].fault});
        assert_int_equal(post(&talk, standin_url(standin), "{}"), ERROR_NETWORK);
        if (!strstr(talk.err.text, case_table[i].text))
            fail_msg("fault %d: %s", (int)case_table[i].fault, talk.err.text);
        assert_non_null(strstr(talk.err.text, "127.0.0.1:"));
        assert_true(talk.response.request_was_sent);
        assert_int_equal(talk.response.status, 0);
        assert_int_equal(standin_requests(standin), 1);
    }
    close_talk(&talk);
    standin_stop(standin);
    (void)state;
}

static void a_kept_connection_that_died_repeats_nothing_but_reads(void **state)
{
    struct standin *standin = standin_start(NULL);
    struct talk talk;

    open_talk(&talk);
    standin_add(standin, (struct standin_answer){.body = "1"});
    standin_add(standin, (struct standin_answer){.fault = STANDIN_NO_ANSWER});
    standin_add(standin, (struct standin_answer){.body = "3"});
    assert_int_equal(post(&talk, standin_url(standin), "{}"), ERROR_NONE);
    assert_int_equal(post(&talk, standin_url(standin), "{}"), ERROR_NETWORK);
    assert_non_null(strstr(talk.err.text, "closed the connection without an answer"));
    assert_true(talk.response.request_was_sent);
    assert_int_equal(standin_requests(standin), 2);
    standin_clear(standin);
    standin_add(standin, (struct standin_answer){.body = "1"});
    standin_add(standin, (struct standin_answer){.fault = STANDIN_NO_ANSWER});
    standin_add(standin, (struct standin_answer){.body = "3"});
    assert_int_equal(get(&talk, standin_url(standin)), ERROR_NONE);
    assert_int_equal(get(&talk, standin_url(standin)), ERROR_NONE);
    assert_string_equal(buf_string(&talk.response.body), "3");
    assert_int_equal(standin_requests(standin), 3);
    close_talk(&talk);
    standin_stop(standin);
    (void)state;
}

static void silence_ends_with_the_time_limit(void **state)
{
    struct standin *standin = standin_start(NULL);
    struct http_request request = {.method = "POST",
        .url = standin_url(standin),
        .body = TEXT("{}"),
        .timeout_ms = 250};
    struct talk talk;
    char wanted[128];

    open_talk(&talk);
    standin_add(standin, (struct standin_answer){.fault = STANDIN_SILENT});
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NETWORK);
    snprintf(wanted, sizeof wanted, "no answer from 127.0.0.1:%d within 250 ms",
        standin_port(standin));
    assert_string_equal(talk.err.text, wanted);
    assert_true(talk.response.request_was_sent);
    assert_true(talk.response.timed_out);
    assert_false(talk.response.is_final);
    assert_in_range(talk.response.elapsed / CLOCK_MS, 200, 1500);
    close_talk(&talk);
    standin_stop(standin);
    (void)state;
}

static void a_dripping_answer_ends_with_the_time_limit_or_arrives(void **state)
{
    struct standin *standin = standin_start(NULL);
    struct http_request request = {.method = "POST",
        .url = standin_url(standin),
        .body = TEXT("{}"),
        .timeout_ms = 100};
    struct talk talk;

    open_talk(&talk);
    standin_add(standin, (struct standin_answer){.fault = STANDIN_DRIP,
                             .body = "0123456789012345678901234567890123456789"
                                     "0123456789012345678901234567890123456789"});
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NETWORK);
    assert_non_null(strstr(talk.err.text, "was not complete within 100 ms"));
    request.timeout_ms = 5000;
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NONE);
    assert_int_equal(talk.response.body.length, 80);
    close_talk(&talk);
    standin_stop(standin);
    (void)state;
}

static void an_answer_over_the_limit_is_refused(void **state)
{
    struct standin *standin = standin_start(NULL);
    struct http_request request = {.method = "POST",
        .url = standin_url(standin),
        .body = TEXT("{}"),
        .limit = 9};
    struct talk talk;

    open_talk(&talk);
    standin_add(standin, (struct standin_answer){.body = "0123456789"});
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NETWORK);
    assert_non_null(strstr(talk.err.text, "is larger than 9 bytes"));
    assert_true(talk.response.is_final);
    request.limit = 10;
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NONE);
    assert_string_equal(buf_string(&talk.response.body), "0123456789");
    close_talk(&talk);
    standin_stop(standin);
    (void)state;
}

struct canceller {
    struct standin *standin;
    atomic_bool cancel;
    struct timespec at;
};

static void *cancel_after_request(void *user)
{
    struct canceller *canceller = user;

    standin_wait(canceller->standin, 1);
    clock_gettime(CLOCK_MONOTONIC, &canceller->at);
    atomic_store(&canceller->cancel, true);
    return NULL;
}

static void cancelling_ends_a_silent_request_within_85_ms(void **state)
{
    struct canceller canceller = {.standin = standin_start(NULL)};
    struct http_request request = {.method = "POST",
        .url = standin_url(canceller.standin),
        .body = TEXT("{}"),
        .cancel = &canceller.cancel};
    struct timespec end;
    struct talk talk;
    pthread_t thread;

    open_talk(&talk);
    standin_add(canceller.standin, (struct standin_answer){.fault = STANDIN_SILENT});
    assert_int_equal(pthread_create(&thread, NULL, cancel_after_request, &canceller), 0);
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_CANCELLED);
    clock_gettime(CLOCK_MONOTONIC, &end);
    pthread_join(thread, NULL);
    assert_string_equal(talk.err.text, "interrupted");
    assert_true(talk.response.request_was_sent);
    /* 85 ms of waiting, the rest for a busy machine: a statement has 200 ms to end. */
    assert_true((end.tv_sec - canceller.at.tv_sec) * 1000 +
                    (end.tv_nsec - canceller.at.tv_nsec) / 1000000 <=
                200);
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_CANCELLED);
    assert_false(talk.response.request_was_sent);
    close_talk(&talk);
    standin_stop(canceller.standin);
    (void)state;
}

static void an_answer_on_its_way_is_taken_although_it_is_cancelled(void **state)
{
    struct canceller canceller = {.standin = standin_start(NULL)};
    struct http_request request = {.method = "POST",
        .url = standin_url(canceller.standin),
        .body = TEXT("{}"),
        .cancel = &canceller.cancel};
    struct talk talk;
    pthread_t thread;

    open_talk(&talk);
    standin_add(canceller.standin,
        (struct standin_answer){.body = "{\"a\":1}", .fault = STANDIN_DRIP});
    assert_int_equal(pthread_create(&thread, NULL, cancel_after_request, &canceller), 0);
    assert_int_equal(http_send(talk.pool, &request, &talk.response, &talk.err), ERROR_NONE);
    pthread_join(thread, NULL);
    assert_string_equal(buf_string(&talk.response.body), "{\"a\":1}");
    close_talk(&talk);
    standin_stop(canceller.standin);
    (void)state;
}

struct worker {
    struct http_pool *pool;
    const char *url;
    int failures;
};

static void *send_many(void *user)
{
    struct worker *worker = user;
    struct http_response response;
    struct error err = {0};

    http_response_init(&response);
    for (int i = 0; i < 50; i++) {
        struct http_request request = {.method = "POST", .url = worker->url, .body = TEXT("{}")};

        if (http_send(worker->pool, &request, &response, &err) ||
            !text_is(buf_view(&response.body), "hello"))
            worker->failures++;
    }
    http_response_done(&response);
    return NULL;
}

static void threads_share_a_pool(void **state)
{
    struct standin *standin = standin_start(NULL);
    struct worker worker[4];
    pthread_t thread[4];
    struct talk talk;

    open_talk(&talk);
    standin_add(standin, (struct standin_answer){.body = "hello"});
    for (int i = 0; i < 4; i++) {
        worker[i] = (struct worker){talk.pool, standin_url(standin), 0};
        assert_int_equal(pthread_create(&thread[i], NULL, send_many, &worker[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(worker[i].failures, 0);
    }
    assert_int_equal(standin_requests(standin), 200);
    assert_in_range(standin_connections(standin), 1, 4);
    close_talk(&talk);
    standin_stop(standin);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void encoding_leaves_only_unreserved_characters(void **state)
{
    struct buf out;

    buf_init(&out, 1000);
    http_add_encoded(&out, TEXT("aZ09-._~/ %+\xc3\xa9\0"), false);
    assert_string_equal(buf_string(&out), "aZ09-._~%2F%20%25%2B%C3%A9%00");
    buf_clear(&out);
    http_add_encoded(&out, TEXT("/a b/"), true);
    assert_string_equal(buf_string(&out), "/a%20b/");
    buf_clear(&out);
    assert_true(http_add_decoded(&out, TEXT("a%20b+c%2f%C3%A9"), false));
    assert_string_equal(buf_string(&out), "a b+c/\xc3\xa9");
    buf_clear(&out);
    assert_true(http_add_decoded(&out, TEXT("a+b"), true));
    assert_string_equal(buf_string(&out), "a b");
    buf_clear(&out);
    assert_false(http_add_decoded(&out, TEXT("100%"), false));
    assert_string_equal(buf_string(&out), "100%");
    buf_clear(&out);
    assert_false(http_add_decoded(&out, TEXT("%4"), false));
    assert_false(http_add_decoded(&out, TEXT("%zz"), false));
    assert_string_equal(buf_string(&out), "%4%zz");
    buf_done(&out);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(an_answer_of_any_status_is_no_error),
        cmocka_unit_test(the_request_arrives_as_it_was_given),
        cmocka_unit_test(methods_without_a_body_send_none),
        cmocka_unit_test(a_compressed_answer_is_decoded_when_it_was_asked_for),
        cmocka_unit_test(a_connection_is_used_again),
        cmocka_unit_test(a_unix_socket_is_spoken_to),
        cmocka_unit_test(a_socket_path_that_is_too_long_is_said),
        cmocka_unit_test(a_refused_connection_names_host_and_port),
        cmocka_unit_test(a_name_that_does_not_resolve_is_said),
        cmocka_unit_test(what_is_no_url_is_refused),
        cmocka_unit_test(a_header_with_a_line_break_is_refused),
        cmocka_unit_test(every_way_to_break_an_answer_is_a_network_error),
        cmocka_unit_test(a_kept_connection_that_died_repeats_nothing_but_reads),
        cmocka_unit_test(silence_ends_with_the_time_limit),
        cmocka_unit_test(a_dripping_answer_ends_with_the_time_limit_or_arrives),
        cmocka_unit_test(an_answer_over_the_limit_is_refused),
        cmocka_unit_test(cancelling_ends_a_silent_request_within_85_ms),
        cmocka_unit_test(an_answer_on_its_way_is_taken_although_it_is_cancelled),
        cmocka_unit_test(threads_share_a_pool),
        cmocka_unit_test(encoding_leaves_only_unreserved_characters),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
