#include "client/connection.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "client/capacity.h"
#include "client/sign.h"
#include "tests/faults/standin.c"

#define NOON (UINT64_C(1795262400) * CLOCK_SECOND) /* 2026-11-21T12:00:00Z */

static char folder[256];
static long live_before;

static void write_file(const char *name, const char *content)
{
    struct error err = {0};
    char path[400];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(file_write(path, text_of(content), 0600, &err), ERROR_NONE);
}

static int set_up(void **state)
{
    static const char *const unset[] = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION",
        "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE",
        "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"};
    struct error err = {0};
    struct buf path;
    char sub[400];

    live_before = mem_live();
    buf_init(&path, 200);
    if (file_make_temporary("gatehouse-connection", &path, &err))
        return -1;
    snprintf(folder, sizeof folder, "%s", buf_string(&path));
    buf_done(&path);
    for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
        unsetenv(unset[i]);
    setenv("HOME", folder, 1);
    setenv("XDG_CONFIG_HOME", folder, 1);
    setenv("XDG_RUNTIME_DIR", folder, 1);
    snprintf(sub, sizeof sub, "%s/gatehouse", folder);
    if (file_make_folder(sub, &err))
        return -1;
    snprintf(sub, sizeof sub, "%s/.aws", folder);
    if (file_make_folder(sub, &err))
        return -1;
    write_file("gatehouse/config", "[profile shop]\nregion = eu-west-1\n"
                                   "[profile prod-eu]\nregion = eu-west-1\nenv = prod\n"
                                   "[profile china]\nregion = cn-north-1\n"
                                   "[profile nowhere]\n[profile odd]\nregion = a/b\n"
                                   "[profile sock]\nendpoint = unix:/run/x.sock\n");
    write_file(".aws/credentials",
        "[shop]\naws_access_key_id = AKSHOP\naws_secret_access_key = SKSHOP\n"
        "aws_session_token = TOKEN\n"
        "[prod-eu]\naws_access_key_id = AKPROD\naws_secret_access_key = SKPROD\n"
        "[china]\n[nowhere]\n[odd]\n");
    clock_fix(NOON);
    (void)state;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    file_remove_tree(folder);
    return mem_live() == live_before ? 0 : -1;
}

/* A connection to a stand-in, and one call at a time. */
struct talk {
    struct standin *standin;
    struct profile_set *set;
    struct journal *journal;
    struct connection *connection;
    struct call_context context;
    struct reply reply;
    struct error err;
    char last_why[200];
    unsigned told;
};

static void note_retry(void *user, unsigned attempt, const char *why)
{
    struct talk *talk = user;

    assert_int_equal(attempt, talk->told + 1);
    talk->told = attempt;
    snprintf(talk->last_why, sizeof talk->last_why, "%s", why);
}

static void open_talk_at(struct talk *talk, const char *profile, const char *endpoint)
{
    struct connection_options options = {0};

    *talk = (struct talk){0};
    reply_init(&talk->reply);
    talk->context.who = "prompt";
    talk->context.statement = 7;
    talk->context.on_retry = note_retry;
    talk->context.user = talk;
    talk->set = profile_load(&talk->err);
    talk->journal = journal_new(100, &talk->err);
    options.profiles = talk->set;
    options.profile = profile_find(talk->set, text_of(profile));
    options.journal = talk->journal;
    options.timeout_ms = 2000;
    assert_non_null(options.profile);
    options.endpoint = endpoint;
    talk->connection = connection_new(&options, &talk->err);
    assert_non_null(talk->connection);
}

static void open_talk(struct talk *talk, const char *profile)
{
    struct standin *standin = standin_start(NULL);

    open_talk_at(talk, profile, standin_url(standin));
    talk->standin = standin;
}

static void close_talk(struct talk *talk)
{
    reply_done(&talk->reply);
    connection_free(talk->connection);
    journal_free(talk->journal);
    profile_set_free(talk->set);
    standin_stop(talk->standin);
}

static enum error_code call(struct talk *talk, const struct service *service, const char *operation,
    const char *input)
{
    talk->err = (struct error){0};
    talk->told = 0;
    return connection_call(talk->connection, service, service_operation_string(service, operation),
        text_of(input), &talk->context, &talk->reply, &talk->err);
}

static enum error_code get_item(struct talk *talk)
{
    return call(talk, &service_dynamodb, "GetItem", "{\"TableName\":\"orders\"}");
}

static void assert_sent(struct talk *talk, size_t index, const char *wanted)
{
    struct buf request;

    buf_init(&request, 1 << 20);
    standin_request(talk->standin, index, &request);
    if (!strstr(buf_string(&request), wanted))
        fail_msg("'%s' is not in '%s'", wanted, buf_string(&request));
    buf_done(&request);
}

static struct journal_entry last_entry(struct talk *talk)
{
    struct journal_entry entry = {0};

    assert_true(journal_copy(talk->journal, journal_count(talk->journal) - 1, true, &entry));
    return entry;
}

/* Verifies the request as a server would, from the bytes that arrived. */
static bool verify_request(struct talk *talk, size_t index, const char *secret)
{
    struct http_header header[32];
    struct sign_request request = {.header = header};
    struct text rest, line, head, target;
    struct sign_claim claim = {0};
    struct buf raw;
    size_t end;
    bool right;

    buf_init(&raw, 1 << 20);
    standin_request(talk->standin, index, &raw);
    end = text_find(buf_view(&raw), TEXT("\r\n\r\n"), 0);
    assert_true(end != SIZE_MAX);
    head = text_slice(buf_view(&raw), 0, end);
    request.body = text_slice(buf_view(&raw), end + 4, raw.length);
    assert_true(text_take_until(&head, '\n', &line));
    assert_true(text_take_until(&line, ' ', &request.method));
    assert_true(text_take_until(&line, ' ', &target));
    rest = target;
    if (text_take_until(&rest, '?', &request.path))
        request.query = rest;
    else
        request.path = target;
    while (text_take_field(&head, '\n', &line)) {
        struct http_header *one = &header[request.header_count++];

        assert_true(request.header_count < 32 && text_take_until(&line, ':', &one->name));
        one->value = text_trim(line);
        if (text_is_ignoring_case(one->name, "authorization"))
            assert_true(sign_parse(one->value, &claim));
    }
    for (size_t i = 0; i < request.header_count; i++)
        if (text_is_ignoring_case(header[i].name, "x-amz-date"))
            claim.date = header[i].value;
    right = sign_verify(&claim, text_of(secret), &request);
    buf_done(&raw);
    return right;
}

static void a_call_arrives_signed_and_is_journalled(void **state)
{
    struct journal_entry entry;
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin,
        (struct standin_answer){.header = "x-amzn-RequestId: REQ1\r\nx-amz-crc32: 1782848032\r\n",
            .body = "{\"ConsumedCapacity\":{\"CapacityUnits\":0.5}}"});
    assert_int_equal(get_item(&talk), ERROR_NONE);
    assert_int_equal(talk.reply.status, 200);
    assert_true(text_is(talk.reply.request_id, "REQ1"));
    assert_string_equal(talk.reply.service_code, "");
    assert_int_equal(talk.reply.retries, 0);
    assert_sent(&talk, 0, "POST / HTTP/1.1\r\n");
    assert_sent(&talk, 0, "\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n");
    assert_sent(&talk, 0, "\r\nX-Amz-Date: 20261121T120000Z\r\n");
    assert_sent(&talk, 0, "\r\nX-Amz-Security-Token: TOKEN\r\n");
    assert_sent(&talk, 0, "\r\nUser-Agent: gatehouse/" GATEHOUSE_VERSION "\r\n");
    assert_sent(&talk, 0,
        "Credential=AKSHOP/20261121/eu-west-1/dynamodb/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, ");
    assert_true(verify_request(&talk, 0, "SKSHOP"));
    assert_false(verify_request(&talk, 0, "SKPROD"));
    entry = last_entry(&talk);
    assert_string_equal(entry.service, "dynamodb");
    assert_string_equal(entry.operation, "GetItem");
    assert_string_equal(entry.connection, "shop");
    assert_string_equal(entry.who, "prompt");
    assert_string_equal(entry.request_id, "REQ1");
    assert_string_equal(entry.error, "");
    assert_int_equal(entry.statement, 7);
    assert_int_equal(entry.status, 200);
    assert_int_equal(entry.capacity_milli, 500);
    assert_int_equal(entry.sent_bytes, 22);
    assert_false(entry.is_write);
    assert_string_equal(entry.request, "{\"TableName\":\"orders\"}");
    assert_non_null(strstr(entry.response, "CapacityUnits"));
    journal_entry_done(&entry);
    close_talk(&talk);
    (void)state;
}

static void a_service_error_has_code_text_and_class(void **state)
{
    static const struct {
        int status;
        const char *body, *code, *text;
        enum error_code error;
    } case_table[] = {
        {400,
            "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
            "\"message\":\"Requested resource not found\"}",
            "ResourceNotFoundException",
            "GetItem: ResourceNotFoundException: Requested resource not found", ERROR_NOT_FOUND},
        {400, "{\"__type\":\"com.amazon.coral.validate#ValidationException\",\"message\":\"bad\"}",
            "ValidationException", "GetItem: ValidationException: bad", ERROR_INVALID},
        {400, "{\"__type\":\"x#UnknownOperationException\"}", "UnknownOperationException",
            "GetItem: UnknownOperationException", ERROR_INVALID},
        {403, "denied by a proxy", "HTTP 403", "GetItem: HTTP 403", ERROR_ACCESS},
        {302, "", "HTTP 302", "GetItem: HTTP 302", ERROR_INVALID},
    };
    struct journal_entry entry;
    struct talk talk;

    open_talk(&talk, "shop");
    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        standin_clear(talk.standin);
        standin_add(talk.standin,
            (struct standin_answer){.status = case_table[i].status, .body = case_table[i].body});
        assert_int_equal(get_item(&talk), case_table[i].error);
        assert_string_equal(talk.err.text, case_table[i].text);
        assert_string_equal(talk.reply.service_code, case_table[i].code);
        assert_int_equal(talk.reply.status, case_table[i].status);
        assert_string_equal(buf_string(&talk.reply.body), case_table[i].body);
        assert_false(talk.reply.retryable);
        assert_int_equal(standin_requests(talk.standin), 1);
        entry = last_entry(&talk);
        assert_string_equal(entry.error, case_table[i].code);
        journal_entry_done(&entry);
    }
    close_talk(&talk);
    (void)state;
}

static void denied_access_names_the_profile_in_its_hint(void **state)
{
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin, (struct standin_answer){.status = 400,
                                  .body = "{\"__type\":\"x#AccessDeniedException\","
                                          "\"Message\":\"User: arn is not authorized\"}"});
    assert_int_equal(get_item(&talk), ERROR_ACCESS);
    assert_string_equal(talk.err.text,
        "GetItem: AccessDeniedException: User: arn is not authorized");
    assert_string_equal(talk.err.hint,
        "the identity of profile shop may not do this; SHOW IDENTITY tells who it is");
    close_talk(&talk);
    (void)state;
}

static const struct standin_answer throttle = {.status = 400,
    .body = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
            "\",\"message\":\"slow down\"}"};

static void throttles_are_waited_out(void **state)
{
    struct talk talk;

    open_talk(&talk, "shop");
    for (int i = 0; i < 3; i++)
        standin_add(talk.standin, throttle);
    standin_add(talk.standin, (struct standin_answer){.body = "{}"});
    assert_int_equal(get_item(&talk), ERROR_NONE);
    assert_int_equal(talk.reply.retries, 3);
    assert_int_equal(talk.told, 3);
    assert_string_equal(talk.last_why,
        "GetItem: ProvisionedThroughputExceededException: slow down");
    assert_int_equal(standin_requests(talk.standin), 4);
    assert_true(journal_health(talk.journal, "dynamodb").throttled);
    assert_false(journal_health(talk.journal, "dynamodb").failed);
    /* 100, 200 and 400 ms at most. */
    assert_true(clock_wall() - NOON <= 700 * CLOCK_MS);
    close_talk(&talk);
    (void)state;
}

static void throttles_without_end_are_an_error_after_eight_attempts(void **state)
{
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin, throttle);
    assert_int_equal(get_item(&talk), ERROR_THROTTLED);
    assert_string_equal(talk.err.text,
        "GetItem: ProvisionedThroughputExceededException: slow down");
    assert_int_equal(standin_requests(talk.standin), 8);
    assert_int_equal(talk.reply.retries, 7);
    assert_true(talk.reply.retryable);
    close_talk(&talk);
    setenv("AWS_MAX_ATTEMPTS", "2", 1);
    open_talk(&talk, "shop");
    standin_add(talk.standin, throttle);
    assert_int_equal(get_item(&talk), ERROR_THROTTLED);
    assert_int_equal(standin_requests(talk.standin), 2);
    close_talk(&talk);
    (void)state;
}

static void adaptive_mode_waits_before_it_sends(void **state)
{
    struct talk talk;
    uint64_t before;

    setenv("AWS_RETRY_MODE", "adaptive", 1);
    open_talk(&talk, "shop");
    standin_add(talk.standin, throttle);
    standin_add(talk.standin, (struct standin_answer){.body = "{}"});
    assert_int_equal(get_item(&talk), ERROR_NONE);
    assert_int_equal(talk.reply.retries, 1);
    before = clock_wall();
    for (int i = 0; i < 10; i++)
        assert_int_equal(get_item(&talk), ERROR_NONE);
    assert_true(clock_wall() - before > CLOCK_SECOND);
    close_talk(&talk);
    (void)state;
}

static void a_budget_stops_retrying_when_all_calls_fail(void **state)
{
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin, throttle);
    for (int i = 0; i < 20; i++)
        assert_int_equal(get_item(&talk), ERROR_THROTTLED);
    /* 20 first attempts and 500 / 5 retries. */
    assert_int_equal(standin_requests(talk.standin), 120);
    close_talk(&talk);
    (void)state;
}

static void retry_after_is_honoured(void **state)
{
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin,
        (struct standin_answer){.status = 429,
            .header = "Retry-After: 7\r\nx-amzn-ErrorType: TooManyRequestsException:x\r\n",
            .body = "{\"message\":\"Too Many Requests\"}"});
    standin_add(talk.standin, (struct standin_answer){.body = "{\"item\":[]}"});
    assert_int_equal(call(&talk, &service_apigateway, "GetRestApis", "{}"), ERROR_NONE);
    assert_true(clock_wall() - NOON >= 7 * CLOCK_SECOND);
    assert_string_equal(talk.last_why, "GetRestApis: TooManyRequestsException: Too Many Requests");
    assert_sent(&talk, 0, "GET /restapis HTTP/1.1\r\n");
    assert_sent(&talk, 0, "\r\nAccept: application/json\r\n");
    assert_true(verify_request(&talk, 1, "SKSHOP"));
    close_talk(&talk);
    (void)state;
}

static void a_broken_answer_is_asked_for_again(void **state)
{
    static const enum standin_fault fault_table[] = {STANDIN_NO_ANSWER, STANDIN_RESET, STANDIN_CUT,
        STANDIN_RESET_INSIDE, STANDIN_LONG_LENGTH, STANDIN_GARBAGE};
    struct talk talk;

    open_talk(&talk, "shop");
    for (size_t i = 0; i < sizeof fault_table / sizeof fault_table[0]; i++) {
        standin_clear(talk.standin);
        standin_add(talk.standin,
            (struct standin_answer){.body = "{\"a\":12345}", .fault = fault_table[i]});
        standin_add(talk.standin, (struct standin_answer){.body = "{\"a\":1}"});
        assert_int_equal(get_item(&talk), ERROR_NONE);
        assert_string_equal(buf_string(&talk.reply.body), "{\"a\":1}");
        assert_int_equal(standin_requests(talk.standin), 2);
        standin_clear(talk.standin);
        standin_add(talk.standin,
            (struct standin_answer){.body = "{\"a\":12345}", .fault = fault_table[i]});
        standin_add(talk.standin, (struct standin_answer){.body = "{\"a\":1}"});
        assert_int_equal(call(&talk, &service_dynamodb, "PutItem", "{}"), ERROR_NONE);
        assert_int_equal(standin_requests(talk.standin), 2);
    }
    close_talk(&talk);
    (void)state;
}

static void an_ambiguous_write_is_not_repeated(void **state)
{
    static const enum standin_fault fault_table[] = {STANDIN_NO_ANSWER, STANDIN_RESET, STANDIN_CUT,
        STANDIN_RESET_INSIDE, STANDIN_LONG_LENGTH};
    struct talk talk;

    open_talk(&talk, "shop");
    talk.context.not_idempotent = true;
    for (size_t i = 0; i < sizeof fault_table / sizeof fault_table[0]; i++) {
        standin_clear(talk.standin);
        standin_add(talk.standin,
            (struct standin_answer){.body = "{\"a\":12345}", .fault = fault_table[i]});
        assert_int_equal(call(&talk, &service_dynamodb, "UpdateItem", "{}"), ERROR_NETWORK);
        assert_true(text_starts_with(text_of(talk.err.text),
            TEXT("UpdateItem may or may not have been applied: ")));
        assert_int_equal(standin_requests(talk.standin), 1);
    }
    standin_clear(talk.standin);
    standin_add(talk.standin,
        (struct standin_answer){.status = 500, .body = "{\"__type\":\"x#InternalServerError\"}"});
    assert_int_equal(call(&talk, &service_dynamodb, "UpdateItem", "{}"), ERROR_NETWORK);
    assert_string_equal(talk.err.text,
        "UpdateItem may or may not have been applied: UpdateItem: InternalServerError");
    assert_int_equal(standin_requests(talk.standin), 1);
    /* A throttle says that nothing was done. */
    standin_clear(talk.standin);
    standin_add(talk.standin, throttle);
    standin_add(talk.standin, (struct standin_answer){.body = "{}"});
    assert_int_equal(call(&talk, &service_dynamodb, "UpdateItem", "{}"), ERROR_NONE);
    assert_int_equal(standin_requests(talk.standin), 2);
    talk.context.not_idempotent = false;
    standin_clear(talk.standin);
    standin_add(talk.standin, (struct standin_answer){.fault = STANDIN_RESET});
    assert_int_equal(call(&talk, &service_apigateway, "CreateRestApi", "{\"name\":\"x\"}"),
        ERROR_NETWORK);
    assert_int_equal(standin_requests(talk.standin), 1);
    close_talk(&talk);
    (void)state;
}

static void server_failures_of_reads_are_repeated(void **state)
{
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin,
        (struct standin_answer){.status = 500, .body = "{\"__type\":\"x#InternalServerError\"}"});
    standin_add(talk.standin, (struct standin_answer){.status = 502, .body = "<html>"});
    standin_add(talk.standin, (struct standin_answer){.body = "{}"});
    assert_int_equal(get_item(&talk), ERROR_NONE);
    assert_int_equal(talk.reply.retries, 2);
    standin_clear(talk.standin);
    standin_add(talk.standin, (struct standin_answer){.status = 503, .body = ""});
    assert_int_equal(get_item(&talk), ERROR_NETWORK);
    assert_string_equal(talk.err.text, "GetItem: HTTP 503");
    assert_int_equal(standin_requests(talk.standin), 8);
    assert_true(journal_health(talk.journal, "dynamodb").failed);
    close_talk(&talk);
    (void)state;
}

#define ASKED "\"ReturnConsumedCapacity\":\"TOTAL\""
#define OLD "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\""

static struct standin_answer refuse(const char *body)
{
    return (struct standin_answer){.status = 400, .body = body};
}

static void what_an_endpoint_refuses_is_left_out_from_then_on(void **state)
{
    static const char put[] = "{\"TableName\":\"t\"," ASKED ",\"Item\":{\"a\":{\"S\":"
                              "\"ReturnConsumedCapacity\"}}," OLD "}";
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin, refuse("{\"__type\":\"x#ValidationException\",\"message\":"
                                     "\"returnConsumedCapacity is not supported\"}"));
    standin_add(talk.standin, refuse("{\"__type\":\"x#SerializationException\",\"message\":"
                                     "\"Unknown field ReturnValuesOnConditionCheckFailure\"}"));
    standin_add(talk.standin, (struct standin_answer){.body = "{}"});
    assert_int_equal(call(&talk, &service_dynamodb, "PutItem", put), ERROR_NONE);
    assert_int_equal(standin_requests(talk.standin), 3);
    assert_sent(&talk, 0, put);
    assert_sent(&talk, 1,
        "{\"TableName\":\"t\",\"Item\":{\"a\":{\"S\":\"ReturnConsumedCapacity\"}}," OLD "}");
    assert_sent(&talk, 2,
        "{\"TableName\":\"t\",\"Item\":{\"a\":{\"S\":\"ReturnConsumedCapacity\"}}}");
    assert_true(verify_request(&talk, 2, "SKSHOP"));
    assert_int_equal(journal_count(talk.journal), 3);
    standin_clear(talk.standin);
    assert_int_equal(call(&talk, &service_dynamodb, "GetItem", "{" ASKED ",\"TableName\":\"t\"}"),
        ERROR_NONE);
    assert_int_equal(standin_requests(talk.standin), 1);
    assert_sent(&talk, 0, "\r\n\r\n{\"TableName\":\"t\"}");
    close_talk(&talk);
    (void)state;
}

static void units_are_asked_for_by_index_and_added_up(void **state)
{
    struct capacity capacity;
    struct talk talk;

    open_talk(&talk, "shop");
    capacity_init(&capacity);
    talk.context.capacity = &capacity;
    standin_add(talk.standin,
        (struct standin_answer){.body = "{\"ConsumedCapacity\":{\"TableName\":\"t\","
                                        "\"CapacityUnits\":2,\"Table\":{\"CapacityUnits\":2}}}"});
    assert_int_equal(call(&talk, &service_dynamodb, "PutItem",
                         "{" ASKED "," OLD ",\"TableName\":\"t\"}"),
        ERROR_NONE);
    assert_sent(&talk, 0,
        "\r\n\r\n{\"ReturnConsumedCapacity\":\"INDEXES\"," OLD ",\"TableName\":\"t\"}");
    assert_int_equal(capacity.count, 1);
    assert_string_equal(capacity.part[0].name, "t");
    assert_int_equal(capacity.part[0].write_milli, 2000);
    capacity_done(&capacity);
    close_talk(&talk);
    (void)state;
}

static void a_refusal_of_something_else_is_an_error_at_once(void **state)
{
    static const char answer[] = "{\"__type\":\"x#ValidationException\",\"message\":"
                                 "\"Value 'SOME' at 'returnConsumedCapacity' is none of them\"}";
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin, refuse(answer));
    assert_int_equal(call(&talk, &service_dynamodb, "GetItem",
                         "{\"TableName\":\"t\",\"ReturnConsumedCapacity\":\"SOME\"}"),
        ERROR_INVALID);
    assert_int_equal(standin_requests(talk.standin), 1);
    standin_clear(talk.standin);
    /* It was left out already: the same words again are an error, not another attempt. */
    standin_add(talk.standin, refuse(answer));
    assert_int_equal(call(&talk, &service_dynamodb, "GetItem", "{" ASKED "}"), ERROR_INVALID);
    assert_int_equal(standin_requests(talk.standin), 2);
    assert_int_equal(call(&talk, &service_dynamodb, "GetItem", "{" ASKED "}"), ERROR_INVALID);
    assert_int_equal(standin_requests(talk.standin), 3);
    close_talk(&talk);
    (void)state;
}

static void a_wrong_checksum_is_a_damaged_answer(void **state)
{
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin,
        (struct standin_answer){.header = "x-amz-crc32: 1\r\n", .body = "{\"a\":1}"});
    standin_add(talk.standin, (struct standin_answer){.body = "{\"a\":2}"});
    assert_int_equal(get_item(&talk), ERROR_NONE);
    assert_string_equal(buf_string(&talk.reply.body), "{\"a\":2}");
    assert_string_equal(talk.last_why, "GetItem: the answer is damaged: its checksum differs");
    close_talk(&talk);
    (void)state;
}

static void transactions_that_collide_are_repeated(void **state)
{
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin,
        (struct standin_answer){.status = 400,
            .body = "{\"__type\":\"x#TransactionCanceledException\",\"Message\":\"cancelled\","
                    "\"CancellationReasons\":[{\"Code\":\"TransactionConflict\"}]}"});
    standin_add(talk.standin, (struct standin_answer){.status = 400,
                                  .body = "{\"__type\":\"x#TransactionInProgressException\"}"});
    standin_add(talk.standin,
        (struct standin_answer){.status = 400,
            .body = "{\"__type\":\"x#TransactionCanceledException\",\"Message\":\"cancelled\","
                    "\"CancellationReasons\":[{\"Code\":\"ConditionalCheckFailed\"}]}"});
    assert_int_equal(call(&talk, &service_dynamodb, "TransactWriteItems", "{}"), ERROR_CONDITION);
    assert_string_equal(talk.err.text,
        "TransactWriteItems: TransactionCanceledException: cancelled");
    assert_int_equal(talk.reply.retries, 2);
    close_talk(&talk);
    (void)state;
}

static void renew_keys(void *user, unsigned attempt, const char *why)
{
    (void)attempt;
    (void)why;
    (void)user;
    write_file(".aws/credentials",
        "[shop]\naws_access_key_id = AKNEW\naws_secret_access_key = SKNEW\n");
}

static void an_expired_token_is_renewed_once(void **state)
{
    static const struct standin_answer expired = {.status = 400,
        .body = "{\"__type\":\"com.amazon.coral.service#ExpiredTokenException\","
                "\"message\":\"The security token included in the request is expired\"}"};
    struct talk talk;

    open_talk(&talk, "shop");
    talk.context.on_retry = renew_keys;
    standin_add(talk.standin, expired);
    standin_add(talk.standin, (struct standin_answer){.body = "{}"});
    assert_int_equal(get_item(&talk), ERROR_NONE);
    assert_int_equal(talk.reply.retries, 1);
    assert_true(verify_request(&talk, 0, "SKSHOP"));
    assert_true(verify_request(&talk, 1, "SKNEW"));
    assert_true(clock_wall() == NOON);
    standin_clear(talk.standin);
    standin_add(talk.standin, expired);
    assert_int_equal(get_item(&talk), ERROR_ACCESS);
    assert_int_equal(standin_requests(talk.standin), 2);
    assert_string_equal(talk.err.hint, "the session of profile shop has ended: log in again");
    close_talk(&talk);
    (void)state;
}

static void a_wrong_clock_is_learned_from_the_service(void **state)
{
    static const char late[] = "{\"__type\":\"x#InvalidSignatureException\",\"message\":\"late\"}";
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin, (struct standin_answer){.status = 400,
                                  .header = "Date: Sat, 21 Nov 2026 13:00:00 GMT\r\n",
                                  .body = late});
    standin_add(talk.standin, (struct standin_answer){.body = "{}"});
    assert_int_equal(get_item(&talk), ERROR_NONE);
    assert_sent(&talk, 0, "X-Amz-Date: 20261121T120000Z\r\n");
    assert_sent(&talk, 1, "X-Amz-Date: 20261121T130000Z\r\n");
    assert_int_equal(get_item(&talk), ERROR_NONE);
    assert_sent(&talk, 2, "X-Amz-Date: 20261121T130000Z\r\n");
    /* The clocks agree by now: the key is wrong. */
    standin_clear(talk.standin);
    standin_add(talk.standin, (struct standin_answer){.status = 400,
                                  .header = "Date: Sat, 21 Nov 2026 13:00:10 GMT\r\n",
                                  .body = late});
    assert_int_equal(get_item(&talk), ERROR_ACCESS);
    assert_int_equal(standin_requests(talk.standin), 1);
    assert_string_equal(talk.err.hint,
        "the secret key of profile shop is wrong, or the clock of this machine");
    close_talk(&talk);
    (void)state;
}

static atomic_bool cancel;

static void cancel_now(void *user, unsigned attempt, const char *why)
{
    (void)attempt;
    (void)why;
    (void)user;
    atomic_store(&cancel, true);
}

static void cancelling_ends_a_wait(void **state)
{
    struct talk talk;

    open_talk(&talk, "shop");
    atomic_store(&cancel, false);
    talk.context.cancel = &cancel;
    talk.context.on_retry = cancel_now;
    standin_add(talk.standin, throttle);
    assert_int_equal(get_item(&talk), ERROR_CANCELLED);
    assert_string_equal(talk.err.text, "interrupted");
    assert_int_equal(standin_requests(talk.standin), 1);
    close_talk(&talk);
    (void)state;
}

static void *cancel_after_request(void *user)
{
    standin_wait(user, 1);
    atomic_store(&cancel, true);
    return NULL;
}

static void a_cancelled_write_says_that_it_was_sent(void **state)
{
    struct talk talk;
    pthread_t thread;

    open_talk(&talk, "shop");
    atomic_store(&cancel, false);
    talk.context.cancel = &cancel;
    standin_add(talk.standin, (struct standin_answer){.fault = STANDIN_SILENT});
    assert_int_equal(pthread_create(&thread, NULL, cancel_after_request, talk.standin), 0);
    assert_int_equal(call(&talk, &service_dynamodb, "PutItem", "{}"), ERROR_CANCELLED);
    pthread_join(thread, NULL);
    assert_string_equal(talk.err.text, "PutItem may or may not have been applied: interrupted");
    close_talk(&talk);
    (void)state;
}

static void a_refused_connection_says_how_to_start_a_server(void **state)
{
    struct talk talk;
    char url[64], wanted[128];
    int port = standin_free_port();

    snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    snprintf(wanted, sizeof wanted, "GetItem: cannot connect to 127.0.0.1:%d: Connection refused",
        port);
    open_talk_at(&talk, "shop", url);
    assert_int_equal(get_item(&talk), ERROR_NETWORK);
    assert_string_equal(talk.err.text, wanted);
    assert_string_equal(talk.err.hint, "start it with: gatehouse serve");
    assert_int_equal(talk.reply.retries, 7);
    assert_int_equal(talk.reply.status, 0);
    close_talk(&talk);
    open_talk_at(&talk, "local", NULL);
    assert_true(connection_is_local(talk.connection));
    assert_int_equal(get_item(&talk), ERROR_NETWORK);
    assert_int_equal(talk.reply.retries, 0);
    assert_string_equal(talk.err.hint, "start it with: gatehouse serve");
    close_talk(&talk);
    (void)state;
}

static void the_local_profile_speaks_through_its_socket(void **state)
{
    struct standin *standin;
    struct talk talk;
    char path[400];

    snprintf(path, sizeof path, "%s/gatehouse/local.sock", folder);
    standin = standin_start(path);
    open_talk_at(&talk, "local", NULL);
    talk.standin = standin;
    assert_int_equal(get_item(&talk), ERROR_NONE);
    assert_sent(&talk, 0, "\r\nHost: localhost\r\n");
    assert_sent(&talk, 0, "Credential=local/20261121/us-east-1/dynamodb/aws4_request");
    assert_true(verify_request(&talk, 0, "local"));
    assert_string_equal(connection_unix_socket(talk.connection), path);
    assert_string_equal(connection_account(talk.connection), "000000000000");
    close_talk(&talk);
    (void)state;
}

static void read_only_lets_reads_pass_and_nothing_else(void **state)
{
    static const struct {
        const struct service *service;
        const char *operation, *input, *refused;
    } case_table[] = {
        {&service_dynamodb, "GetItem", "{}", NULL},
        {&service_dynamodb, "PutItem", "{}",
            "PutItem is not allowed in read-only mode (profile prod-eu; SET read-only off FOR "
            "15m)"},
        {&service_dynamodb, "ExecuteStatement", "{}",
            "ExecuteStatement is not allowed in read-only mode (profile prod-eu; SET read-only off "
            "FOR 15m)"},
        {&service_apigateway, "TestInvokeMethod",
            "{\"restApiId\":\"a\",\"resourceId\":\"r\",\"httpMethod\":\"GET\"}", NULL},
        {&service_apigateway, "TestInvokeMethod",
            "{\"restApiId\":\"a\",\"resourceId\":\"r\",\"httpMethod\":\"POST\"}",
            "TestInvokeMethod is not allowed in read-only mode (profile prod-eu; SET read-only off "
            "FOR 15m)"},
        {&service_apigateway, "GetApiKeys", "{}", NULL},
        {&service_apigateway, "GetApiKeys", "{\"includeValues\":true}",
            "GetApiKeys with values is not allowed in read-only mode (profile prod-eu; SET "
            "read-only off FOR 15m)"},
        {&service_apigatewayv2, "GetApis", "{}", NULL},
    };
    struct talk talk;

    open_talk(&talk, "prod-eu");
    assert_true(connection_is_read_only(talk.connection));
    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        standin_clear(talk.standin);
        assert_int_equal(call(&talk, case_table[i].service, case_table[i].operation,
                             case_table[i].input),
            case_table[i].refused ? ERROR_REFUSED : ERROR_NONE);
        assert_int_equal(standin_requests(talk.standin), case_table[i].refused ? 0 : 1);
        if (case_table[i].refused)
            assert_string_equal(talk.err.text, case_table[i].refused);
    }
    close_talk(&talk);
    (void)state;
}

static void every_write_of_every_service_is_refused_in_read_only_mode(void **state)
{
    struct talk talk;
    size_t refused = 0;

    open_talk(&talk, "prod-eu");
    for (size_t i = 0; service_table[i]; i++)
        for (size_t k = 0; k < service_table[i]->operation_count; k++) {
            const struct operation *operation = &service_table[i]->operation[k];

            if (operation->access & OPERATION_READ)
                continue;
            assert_int_equal(call(&talk, service_table[i], operation->name, "{}"), ERROR_REFUSED);
            refused++;
        }
    assert_true(refused > 100);
    assert_int_equal(standin_requests(talk.standin), 0);
    assert_int_equal(journal_count(talk.journal), 0);
    close_talk(&talk);
    (void)state;
}

static void read_write_ends_by_itself(void **state)
{
    struct talk talk;

    open_talk(&talk, "prod-eu");
    connection_set_read_only(talk.connection, false, NOON + 900 * CLOCK_SECOND);
    assert_false(connection_is_read_only(talk.connection));
    assert_true(connection_read_write_until(talk.connection) == NOON + 900 * CLOCK_SECOND);
    assert_int_equal(call(&talk, &service_dynamodb, "PutItem", "{}"), ERROR_NONE);
    clock_advance(900 * CLOCK_SECOND);
    assert_true(connection_is_read_only(talk.connection));
    assert_int_equal(call(&talk, &service_dynamodb, "PutItem", "{}"), ERROR_REFUSED);
    talk.context.allow_write = true; /* the statement had begun before */
    assert_int_equal(call(&talk, &service_dynamodb, "PutItem", "{}"), ERROR_NONE);
    talk.context.allow_write = false;
    connection_set_read_only(talk.connection, false, 0);
    assert_int_equal(call(&talk, &service_dynamodb, "PutItem", "{}"), ERROR_NONE);
    connection_set_read_only(talk.connection, true, 5);
    assert_true(connection_is_read_only(talk.connection));
    assert_int_equal(connection_read_write_until(talk.connection), 0);
    close_talk(&talk);
    (void)state;
}

static void an_endpoint_may_have_a_path(void **state)
{
    struct standin *standin = standin_start(NULL);
    struct talk talk;
    char url[128];

    snprintf(url, sizeof url, "%s/base/", standin_url(standin));
    open_talk_at(&talk, "shop", url);
    talk.standin = standin;
    assert_int_equal(call(&talk, &service_apigateway, "GetResources",
                         "{\"restApiId\":\"a 1\",\"limit\":500,\"embed\":\"methods\"}"),
        ERROR_NONE);
    assert_sent(&talk, 0,
        "GET /base/restapis/a%201/resources?limit=500&embed=methods HTTP/1.1\r\n");
    assert_true(verify_request(&talk, 0, "SKSHOP"));
    close_talk(&talk);
    (void)state;
}

static void key_values_do_not_reach_the_journal(void **state)
{
    struct journal_entry entry;
    struct talk talk;

    open_talk(&talk, "shop");
    standin_add(talk.standin,
        (struct standin_answer){.body = "{\"id\":\"k1\",\"value\":\"topsecretvalue\"}"});
    assert_int_equal(call(&talk, &service_apigateway, "CreateApiKey",
                         "{\"name\":\"mobile\",\"value\":\"anothersecret\"}"),
        ERROR_NONE);
    assert_sent(&talk, 0, "anothersecret");
    entry = last_entry(&talk);
    assert_string_equal(entry.request, "{\"name\":\"mobile\",\"value\":\"********\"}");
    assert_string_equal(entry.response, "{\"id\":\"k1\",\"value\":\"********\"}");
    assert_true(entry.is_write);
    journal_entry_done(&entry);
    assert_int_equal(call(&talk, &service_apigateway, "ImportApiKeys",
                         "{\"body\":\"name,key\\nx,secret\"}"),
        ERROR_NONE);
    entry = last_entry(&talk);
    assert_string_equal(entry.request, "********");
    journal_entry_done(&entry);
    close_talk(&talk);
    (void)state;
}

static void answers_are_parsed_on_demand(void **state)
{
    struct talk talk;
    struct arena *arena;
    const struct json *tree;

    open_talk(&talk, "shop");
    arena = arena_new(1 << 20, &talk.err);
    standin_add(talk.standin, (struct standin_answer){.body = ""});
    tree = connection_call_json(talk.connection, &service_dynamodb, "TagResource", TEXT("{}"),
        &talk.context, &talk.reply, arena, &talk.err);
    assert_non_null(tree);
    assert_int_equal(tree->count, 0);
    standin_clear(talk.standin);
    standin_add(talk.standin, (struct standin_answer){.body = "oops"});
    assert_null(connection_call_json(talk.connection, &service_dynamodb, "GetItem", TEXT("{}"),
        &talk.context, &talk.reply, arena, &talk.err));
    assert_int_equal(talk.err.code, ERROR_NETWORK);
    assert_true(text_starts_with(text_of(talk.err.text), TEXT("GetItem: the answer is no JSON: ")));
    assert_null(connection_call_json(talk.connection, &service_dynamodb, "Nonsense", TEXT("{}"),
        &talk.context, &talk.reply, arena, &talk.err));
    assert_int_equal(talk.err.code, ERROR_USAGE);
    assert_string_equal(talk.err.text, "dynamodb has no operation Nonsense");
    assert_string_equal(connection_account(talk.connection), "");
    standin_clear(talk.standin);
    standin_add(talk.standin,
        (struct standin_answer){
            .body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/"
                    "\"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/a</Arn>"
                    "<UserId>AIDA</UserId><Account>123456789012</Account>"
                    "</GetCallerIdentityResult></GetCallerIdentityResponse>"});
    tree = connection_call_json(talk.connection, &service_sts, "GetCallerIdentity", TEXT(""),
        &talk.context, &talk.reply, arena, &talk.err);
    assert_true(text_is(json_string_member(tree, "UserId"), "AIDA"));
    assert_string_equal(connection_account(talk.connection), "123456789012");
    assert_sent(&talk, 0, "\r\n\r\nAction=GetCallerIdentity&Version=2011-06-15");
    assert_sent(&talk, 0, "/eu-west-1/sts/aws4_request");
    arena_free(arena);
    close_talk(&talk);
    (void)state;
}

static void invoking_is_gated_signed_and_journalled(void **state)
{
    const struct http_header header[] = {{TEXT("Content-Type"), TEXT("application/json")},
        {TEXT("x-tenant"), TEXT("t1")}};
    struct http_request request = {.method = "POST",
        .header = header,
        .header_count = 2,
        .body = TEXT("{\"Authorization\":\"x\"}")};
    struct http_response response;
    struct journal_entry entry;
    struct talk talk;
    char url[128];

    open_talk(&talk, "prod-eu");
    http_response_init(&response);
    snprintf(url, sizeof url, "%s/prod/orders?b=2&a=1", standin_url(talk.standin));
    request.url = url;
    assert_int_equal(connection_invoke(talk.connection, &request, true, &talk.context, &response,
                         &talk.err),
        ERROR_REFUSED);
    assert_string_equal(talk.err.text,
        "POST is not allowed in read-only mode (profile prod-eu; SET read-only off FOR 15m)");
    talk.context.allow_write = true;
    standin_add(talk.standin, (struct standin_answer){.status = 500, .body = "no"});
    assert_int_equal(connection_invoke(talk.connection, &request, true, &talk.context, &response,
                         &talk.err),
        ERROR_NONE);
    assert_int_equal(response.status, 500);
    assert_int_equal(standin_requests(talk.standin), 1);
    assert_true(verify_request(&talk, 0, "SKPROD"));
    assert_sent(&talk, 0, "/eu-west-1/execute-api/aws4_request");
    assert_sent(&talk, 0, "SignedHeaders=content-type;host;x-amz-date;x-tenant, ");
    entry = last_entry(&talk);
    assert_string_equal(entry.service, "execute-api");
    assert_string_equal(entry.operation, "POST");
    assert_int_equal(entry.status, 500);
    assert_true(entry.is_write);
    assert_non_null(
        strstr(entry.request, "/prod/orders?b=2&a=1\n{\"Authorization\":\"********\"}"));
    journal_entry_done(&entry);
    request.method = "GET";
    request.body = TEXT("");
    talk.context.allow_write = false;
    assert_int_equal(connection_invoke(talk.connection, &request, false, &talk.context, &response,
                         &talk.err),
        ERROR_NONE);
    http_response_done(&response);
    close_talk(&talk);
    (void)state;
}

static void assert_endpoint(const char *profile, const char *endpoint,
    const struct service *service, const char *wanted)
{
    struct talk talk;
    struct buf url;

    open_talk_at(&talk, profile, endpoint);
    buf_init(&url, 1000);
    if (connection_endpoint(talk.connection, service, &url, &talk.err))
        assert_string_equal(talk.err.text, wanted);
    else
        assert_string_equal(buf_string(&url), wanted);
    buf_done(&url);
    close_talk(&talk);
}

static void endpoints_follow_profile_region_and_service(void **state)
{
    char socket[400];

    snprintf(socket, sizeof socket, "unix:%s/gatehouse/local.sock", folder);
    assert_endpoint("shop", NULL, &service_dynamodb, "https://dynamodb.eu-west-1.amazonaws.com");
    assert_endpoint("shop", NULL, &service_cloudwatch,
        "https://monitoring.eu-west-1.amazonaws.com");
    assert_endpoint("shop", NULL, &service_apigatewayv2,
        "https://apigateway.eu-west-1.amazonaws.com");
    assert_endpoint("china", NULL, &service_dynamodb,
        "https://dynamodb.cn-north-1.amazonaws.com.cn");
    assert_endpoint("shop", "http://db:8000/", &service_logs, "http://db:8000");
    assert_endpoint("shop", "unix:/run/g.sock", &service_logs, "unix:/run/g.sock");
    assert_endpoint("sock", NULL, &service_logs, "unix:/run/x.sock");
    assert_endpoint("local", NULL, &service_dynamodb, socket);
    assert_endpoint("nowhere", NULL, &service_dynamodb, "no region for profile nowhere");
    assert_endpoint("odd", NULL, &service_dynamodb, "'a/b' is no name of a region");
    (void)state;
}

static void assert_public(const char *endpoint, const char *wanted)
{
    struct talk talk;
    struct buf url;

    open_talk_at(&talk, "shop", endpoint);
    buf_init(&url, 1000);
    assert_int_equal(connection_public_endpoint(talk.connection, &service_dynamodb, &url,
                         &talk.err),
        ERROR_NONE);
    assert_string_equal(buf_string(&url), wanted);
    buf_done(&url);
    close_talk(&talk);
}

static void a_public_endpoint_has_no_user_and_no_password(void **state)
{
    assert_public(NULL, "https://dynamodb.eu-west-1.amazonaws.com");
    assert_public("http://db:8000/a@b", "http://db:8000/a@b");
    assert_public("http://me:secret@db:8000", "http://db:8000");
    assert_public("http://me:se@cret@db:8000/x", "http://db:8000/x");
    assert_public("http://me@db", "http://db");
    assert_public("http://me:a:b@db?x=y@z", "http://db?x=y@z");
    assert_public("unix:/run/a@b.sock", "unix:/run/a@b.sock");
    (void)state;
}

struct worker {
    struct talk *talk;
    int failures;
};

static void *call_many(void *user)
{
    struct worker *worker = user;
    struct call_context context = {.who = "script"};
    struct reply reply;
    struct error err;

    reply_init(&reply);
    for (int i = 0; i < 30; i++)
        worker->failures += connection_call(worker->talk->connection, &service_dynamodb,
                                service_operation_string(&service_dynamodb, "GetItem"), TEXT("{}"),
                                &context, &reply, &err) != ERROR_NONE;
    reply_done(&reply);
    return NULL;
}

static void several_threads_call_at_once(void **state)
{
    struct worker worker[4];
    pthread_t thread[4];
    struct talk talk;

    open_talk(&talk, "shop");
    for (int i = 0; i < 4; i++) {
        worker[i] = (struct worker){.talk = &talk};
        assert_int_equal(pthread_create(&thread[i], NULL, call_many, &worker[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(worker[i].failures, 0);
    }
    assert_int_equal(standin_requests(talk.standin), 120);
    assert_int_equal(journal_version(talk.journal), 120);
    close_talk(&talk);
    (void)state;
}

static void a_connection_survives_every_failed_allocation(void **state)
{
    struct error err = {0};
    struct profile_set *set = profile_load(&err);
    struct journal *journal = journal_new(10, &err);
    struct connection_options options = {.profiles = set,
        .profile = profile_find(set, TEXT("local")),
        .journal = journal,
        .endpoint = "http://127.0.0.1:1",
        .attempts = 1};
    struct call_context context = {.who = "script"};
    bool done = false;

    for (long nth = 1; !done; nth++) {
        struct connection *connection;
        struct reply reply;
        enum error_code code = ERROR_MEMORY;

        reply_init(&reply);
        err = (struct error){0};
        mem_fail_at(nth);
        connection = connection_new(&options, &err);
        if (connection)
            code = connection_call(connection, &service_apigateway,
                service_operation_string(&service_apigateway, "GetResources"),
                TEXT("{\"restApiId\":\"a1\",\"limit\":5}"), &context, &reply, &err);
        mem_fail_at(0);
        /* Nobody listens there, so the whole way ends in a refused connection. */
        done = code == ERROR_NETWORK;
        if (!done)
            assert_int_equal(err.code, ERROR_MEMORY);
        reply_done(&reply);
        connection_free(connection);
    }
    journal_free(journal);
    profile_set_free(set);
    (void)state;
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest test_table[] = {
        FRESH(a_call_arrives_signed_and_is_journalled),
        FRESH(a_service_error_has_code_text_and_class),
        FRESH(denied_access_names_the_profile_in_its_hint),
        FRESH(throttles_are_waited_out),
        FRESH(throttles_without_end_are_an_error_after_eight_attempts),
        FRESH(adaptive_mode_waits_before_it_sends),
        FRESH(a_budget_stops_retrying_when_all_calls_fail),
        FRESH(retry_after_is_honoured),
        FRESH(a_broken_answer_is_asked_for_again),
        FRESH(an_ambiguous_write_is_not_repeated),
        FRESH(server_failures_of_reads_are_repeated),
        FRESH(what_an_endpoint_refuses_is_left_out_from_then_on),
        FRESH(units_are_asked_for_by_index_and_added_up),
        FRESH(a_refusal_of_something_else_is_an_error_at_once),
        FRESH(a_wrong_checksum_is_a_damaged_answer),
        FRESH(transactions_that_collide_are_repeated),
        FRESH(an_expired_token_is_renewed_once),
        FRESH(a_wrong_clock_is_learned_from_the_service),
        FRESH(cancelling_ends_a_wait),
        FRESH(a_cancelled_write_says_that_it_was_sent),
        FRESH(a_refused_connection_says_how_to_start_a_server),
        FRESH(the_local_profile_speaks_through_its_socket),
        FRESH(read_only_lets_reads_pass_and_nothing_else),
        FRESH(every_write_of_every_service_is_refused_in_read_only_mode),
        FRESH(read_write_ends_by_itself),
        FRESH(an_endpoint_may_have_a_path),
        FRESH(key_values_do_not_reach_the_journal),
        FRESH(answers_are_parsed_on_demand),
        FRESH(invoking_is_gated_signed_and_journalled),
        FRESH(endpoints_follow_profile_region_and_service),
        FRESH(a_public_endpoint_has_no_user_and_no_password),
        FRESH(several_threads_call_at_once),
        FRESH(a_connection_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
