#ifndef TESTS_UNIT_WIRE_SUPPORT_H
#define TESTS_UNIT_WIRE_SUPPORT_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"
#include "endpoint/endpoint.h"
#include "tests/unit/raw_client.h"

/* The whole endpoint on a socket and a port, asked over real HTTP. */
struct bench {
    struct buf folder, socket, answer, request;
    struct endpoint *endpoint;
    struct endpoint_options options;
    pthread_t thread;
};

static inline void *run_endpoint(void *endpoint)
{
    endpoint_run(endpoint);
    return NULL;
}

static inline void start(struct bench *bench)
{
    struct error err = {0};

    bench->endpoint = endpoint_new(&bench->options, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(pthread_create(&bench->thread, NULL, run_endpoint, bench->endpoint), 0);
}

static inline void stop(struct bench *bench)
{
    endpoint_stop(bench->endpoint);
    pthread_join(bench->thread, NULL);
    endpoint_free(bench->endpoint);
}

static inline int open_bench(void **state)
{
    static struct bench bench;
    struct error err = {0};

    bench = (struct bench){0};
    buf_init(&bench.folder, 4096);
    buf_init(&bench.socket, 4096);
    buf_init(&bench.answer, SIZE_MAX);
    buf_init(&bench.request, SIZE_MAX);
    assert_int_equal(file_make_temporary("wire", &bench.folder, &err), 0);
    buf_add_format(&bench.socket, "%s/s", buf_string(&bench.folder));
    bench.options = (struct endpoint_options){.folder = buf_string(&bench.folder),
        .unix_socket = buf_string(&bench.socket),
        .listen = "127.0.0.1:0",
        .memory = true,
        .access_key = "AKIDEXAMPLE",
        .secret_key = "secret"};
    start(&bench);
    *state = &bench;
    return 0;
}

static inline int close_bench(void **state)
{
    struct bench *bench = *state;

    stop(bench);
    file_remove_tree(buf_string(&bench->folder));
    buf_done(&bench->folder);
    buf_done(&bench->socket);
    buf_done(&bench->answer);
    buf_done(&bench->request);
    return 0;
}

static inline void restart(struct bench *bench)
{
    stop(bench);
    start(bench);
}

static inline int connect_to(const struct bench *bench)
{
    int client = raw_connect(endpoint_port(bench->endpoint));

    assert_true(client >= 0);
    return client;
}

/* Sends what stands in bench->request and reads one answer; its status, 0 when there is none. */
static inline int exchange_on(struct bench *bench, int client)
{
    buf_clear(&bench->answer);
    if (!raw_send_bytes(client, bench->request.data, bench->request.length) ||
        raw_read_answer(client, &bench->answer, 0) == 0)
        return 0;
    return raw_status(&bench->answer, 0);
}

static inline int exchange(struct bench *bench)
{
    int client = connect_to(bench), status = exchange_on(bench, client);

    close(client);
    return status;
}

static inline void make_request(struct bench *bench, const char *method, const char *target,
    const char *headers, struct text body)
{
    buf_clear(&bench->request);
    buf_add_format(&bench->request,
        "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n%s\r\n", method, target,
        body.length, headers);
    buf_add_text(&bench->request, body);
}

#define JSON_TYPE "Content-Type: application/x-amz-json-1.0\r\n"
#define TARGET(operation) "X-Amz-Target: DynamoDB_20120810." operation "\r\n"
#define SIGNED                                                                                     \
    "Authorization: AWS4-HMAC-SHA256 Credential=AK/20261118/us-east-1/dynamodb/aws4_request, "     \
    "SignedHeaders=host;x-amz-date, Signature=00\r\nX-Amz-Date: 20261118T110700Z\r\n"
#define CALL(operation)                                                                            \
    JSON_TYPE TARGET(operation)                                                                    \
    SIGNED

static inline struct text body_of(const struct bench *bench)
{
    return raw_body(&bench->answer, 0);
}

static inline void expect(struct bench *bench, int status, const char *wanted)
{
    struct text body = body_of(bench);
    int got = raw_status(&bench->answer, 0);

    if (got != status || !text_is(body, wanted))
        fail_msg("%.*s\n%d %.*s\nin place of\n%d %s", (int)bench->request.length,
            bench->request.data, got, (int)body.length, body.data, status, wanted);
}

static inline void expect_crc(const struct bench *bench)
{
    char sum[24];

    snprintf(sum, sizeof sum, "%lu", (unsigned long)crypto_crc32(body_of(bench)));
    assert_true(text_is(raw_header(&bench->answer, 0, "x-amz-crc32"), sum));
}

/* Operation with a body, signed for parsing alone. */
static inline int ask(struct bench *bench, const char *operation, const char *body)
{
    char headers[1024];

    snprintf(headers, sizeof headers, JSON_TYPE "X-Amz-Target: DynamoDB_20120810.%s\r\n" SIGNED,
        operation);
    make_request(bench, "POST", "/", headers, text_of(body));
    return exchange(bench);
}

#define TABLE                                                                                      \
    "{\"TableName\":\"books\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":["      \
    "{\"AttributeName\":\"id\",\"AttributeType\":\"S\"}],\"KeySchema\":["                          \
    "{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}]}"

#define CORAL "{\"__type\":\"com.amazon.coral.service#"
#define SERIALIZATION CORAL "SerializationException\"}"
#define UNKNOWN CORAL "UnknownOperationException\"}"
#define NO_TOKEN                                                                                   \
    CORAL "MissingAuthenticationTokenException\",\"message\":\"Request is missing "                \
          "Authentication Token\"}"
#define NOT_JSON "<UnknownOperationException/>\n"
#define BAD_AUTH "Authorization: AWS4-HMAC-SHA256 Credential=AK/1/us-east-1/dynamodb/x\r\n"

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

#endif
