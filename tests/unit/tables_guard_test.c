#include <sys/resource.h>

#include "base/clock.h"
#include "tests/unit/wire_support.h"

/* Who may ask, how many, and faults on demand (tables.md 1.1 and 21), over real HTTP. */

/* Signs what the query of a presigned request leaves open. */
/* token: a parameter with '&' in front of it, or "". */
static void presign(const char *secret, const char *token, const char *body, struct buf *target)
{
    struct buf text, query, date;
    uint8_t hash[32], key[32], next[32];
    const struct text step_table[] = {TEXT("us-east-1"), TEXT("dynamodb"), TEXT("aws4_request")};

    buf_init(&text, 8192);
    buf_init(&query, 4096);
    buf_init(&date, 64);
    clock_add_compact(&date, clock_wall());
    buf_add_format(&query,
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%%2F%.8s%%2Fus-east-1%%2F"
        "dynamodb%%2Faws4_request&X-Amz-Date=%s&X-Amz-Expires=900%s&X-Amz-SignedHeaders=host",
        date.data, buf_string(&date), token);
    crypto_sha256(text_of(body), hash);
    buf_add_format(&text, "POST\n/\n%s\nhost:localhost\n\nhost\n", buf_string(&query));
    crypto_add_hex(&text, hash, sizeof hash);
    crypto_sha256(buf_view(&text), hash);
    buf_clear(&text);
    buf_add_format(&text, "AWS4%s", secret);
    crypto_hmac_sha256(buf_view(&text), text_slice(buf_view(&date), 0, 8), key);
    for (size_t i = 0; i < 3; i++) {
        crypto_hmac_sha256(text_make((const char *)key, sizeof key), step_table[i], next);
        memcpy(key, next, sizeof key);
    }
    buf_clear(&text);
    buf_add_format(&text, "AWS4-HMAC-SHA256\n%s\n%.8s/us-east-1/dynamodb/aws4_request\n",
        buf_string(&date), date.data);
    crypto_add_hex(&text, hash, sizeof hash);
    crypto_hmac_sha256(text_make((const char *)key, sizeof key), buf_view(&text), next);
    buf_add_format(target, "/?%s&X-Amz-Signature=", buf_string(&query));
    crypto_add_hex(target, next, sizeof next);
    buf_done(&text);
    buf_done(&query);
    buf_done(&date);
}

static void a_presigned_request_is_verified(void **state)
{
    static const char mismatch[] =
        CORAL "InvalidSignatureException\",\"message\":\"The request signature we calculated does "
              "not match the signature you provided. Check your AWS Secret Access Key and signing "
              "method. Consult the service documentation for details.\"}";
    struct bench *bench = *state;
    struct buf target;

    stop(bench);
    bench->options.auth = ENDPOINT_AUTH_VERIFY;
    start(bench);
    buf_init(&target, 8192);
    presign("secret", "", "{}", &target);
    make_request(bench, "POST", buf_string(&target), JSON_TYPE TARGET("ListTables"), TEXT("{}"));
    exchange(bench);
    expect(bench, 200, "{\"TableNames\":[]}");
    make_request(bench, "POST", buf_string(&target), JSON_TYPE TARGET("ListTables"), TEXT("{ }"));
    exchange(bench);
    expect(bench, 400, mismatch);
    buf_clear(&target);
    presign("wrong", "", "{}", &target);
    make_request(bench, "POST", buf_string(&target), JSON_TYPE TARGET("ListTables"), TEXT("{}"));
    exchange(bench);
    expect(bench, 400, mismatch);
    buf_clear(&target);
    presign("secret", "&X-Amz-Security-Token=t", "{}", &target);
    make_request(bench, "POST", buf_string(&target), JSON_TYPE TARGET("ListTables"), TEXT("{}"));
    exchange(bench);
    expect(bench, 400,
        CORAL "UnrecognizedClientException\",\"message\":\"The security token included in the "
              "request is invalid.\"}");
    make_request(bench, "POST", "/", CALL("ListTables"), TEXT("{}"));
    assert_int_equal(exchange(bench), 400);
    assert_true(
        text_find(body_of(bench), TEXT("service#InvalidSignatureException"), 0) != SIZE_MAX);
    buf_done(&target);
}

static int on_socket(struct bench *bench, const char *method, const char *body)
{
    int client = raw_connect_unix(buf_string(&bench->socket)), status;

    make_request(bench, method, "/_gatehouse/faults", "", text_of(body));
    status = exchange_on(bench, client);
    close(client);
    return status;
}

static void fault_rules_are_set_on_the_socket(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(ask(bench, "CreateTable", TABLE), 200);
    make_request(bench, "POST", "/_gatehouse/faults", "", TEXT("[{\"answer\":\"throttle\"}]"));
    exchange(bench);
    expect(bench, 403,
        "{\"message\":\"fault rules are set on the unix socket, over TCP only with admin-on-tcp "
        "on\"}");
    assert_int_equal(on_socket(bench, "POST", "[{\"answer\":\"throttle\",\"count\":1}]"), 200);
    expect(bench, 200, "[{\"rate\":1,\"count\":1,\"answer\":\"throttle\",\"hits\":0}]");
    assert_int_equal(ask(bench, "Scan", "{\"TableName\":\"books\"}"), 400);
    assert_int_equal(ask(bench, "Scan", "{\"TableName\":\"books\"}"), 200);
    assert_int_equal(on_socket(bench, "GET", ""), 200);
    expect(bench, 200, "[{\"rate\":1,\"count\":1,\"answer\":\"throttle\",\"hits\":1}]");
    assert_int_equal(on_socket(bench, "POST", "[{\"answer\":\"melt\"}]"), 400);
    expect(bench, 400,
        "{\"message\":\"rule 1: answer is one of throttle, conflict, unprocessed, delay, drop, "
        "lost\"}");
    assert_int_equal(on_socket(bench, "POST", "not json"), 400);
    assert_int_equal(on_socket(bench, "PUT", "[]"), 405);
    assert_int_equal(on_socket(bench, "DELETE", ""), 200);
    expect(bench, 200, "[]");
    bench->options.admin_on_tcp = true;
    restart(bench);
    make_request(bench, "POST", "/_gatehouse/faults", "", TEXT("[]"));
    exchange(bench);
    expect(bench, 200, "[]");
}

static void a_connection_can_be_dropped_before_or_after(void **state)
{
    static const char get[] = "{\"TableName\":\"books\",\"Key\":{\"id\":{\"S\":\"a\"}}}";
    static const char put[] = "{\"TableName\":\"books\",\"Item\":{\"id\":{\"S\":\"a\"}}}";
    struct bench *bench = *state;

    assert_int_equal(ask(bench, "CreateTable", TABLE), 200);
    assert_int_equal(on_socket(bench, "POST",
                         "[{\"operation\":\"PutItem\",\"answer\":\"drop\",\"count\":1},"
                         "{\"operation\":\"PutItem\",\"answer\":\"lost\",\"count\":1,"
                         "\"delay_ms\":10}]"),
        200);
    assert_int_equal(ask(bench, "PutItem", put), 0);
    assert_int_equal(ask(bench, "GetItem", get), 200);
    expect(bench, 200, "{}");
    assert_int_equal(ask(bench, "PutItem", put), 0);
    assert_int_equal(ask(bench, "GetItem", get), 200);
    expect(bench, 200, "{\"Item\":{\"id\":{\"S\":\"a\"}}}");
    assert_int_equal(ask(bench, "PutItem", put), 200);
}

static void a_stop_does_not_wait_for_what_is_held_back(void **state)
{
    struct bench *bench = *state;
    uint64_t started = clock_monotonic();
    int client;

    assert_int_equal(on_socket(bench, "POST", "[{\"answer\":\"delay\",\"delay_ms\":60000}]"), 200);
    client = connect_to(bench);
    make_request(bench, "POST", "/", CALL("ListTables"), TEXT("{}"));
    assert_true(raw_send_bytes(client, bench->request.data, bench->request.length));
    while (on_socket(bench, "GET", "") != 200 ||
           text_find(body_of(bench), TEXT("\"hits\":1"), 0) == SIZE_MAX)
        assert_true(clock_monotonic() - started < 10 * CLOCK_SECOND);
    restart(bench);
    assert_true(clock_monotonic() - started < 20 * CLOCK_SECOND);
    close(client);
}

/* False when the system does not give that many. */
static bool take_descriptors(rlim_t wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max < wanted)
        return false;
    if (limit.rlim_cur < wanted)
        limit.rlim_cur = wanted;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static void a_thousand_connections_of_one_address_are_served(void **state)
{
    enum { OVER_TCP = 1000, OVER_UNIX = 24, ALL = OVER_TCP + OVER_UNIX };
    struct bench *bench = *state;
    static int client[ALL];
    int one_more;

    if (!take_descriptors(2 * ALL + 200))
        skip();
    for (int i = 0; i < ALL; i++) {
        client[i] = i < OVER_TCP ? raw_connect(endpoint_port(bench->endpoint))
                                 : raw_connect_unix(buf_string(&bench->socket));
        assert_true(client[i] >= 0);
    }
    make_request(bench, "POST", "/", CALL("ListTables"), TEXT("{}"));
    for (int i = 0; i < ALL; i++)
        if (!raw_send_bytes(client[i], bench->request.data, bench->request.length))
            fail_msg("connection %d takes no request", i);
    for (int i = 0; i < ALL; i++) {
        buf_clear(&bench->answer);
        if (raw_read_answer(client[i], &bench->answer, 0) == 0)
            fail_msg("connection %d is not answered", i);
        expect(bench, 200, "{\"TableNames\":[]}");
    }
    one_more = connect_to(bench);
    assert_int_equal(exchange_on(bench, one_more), 0);
    close(one_more);
    for (int i = 0; i < ALL; i++)
        close(client[i]);
    for (int i = 0; i < 1000 && exchange(bench) != 200; i++)
        continue;
    expect(bench, 200, "{\"TableNames\":[]}"); /* there is room again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_presigned_request_is_verified),
        BENCH_TEST(fault_rules_are_set_on_the_socket),
        BENCH_TEST(a_connection_can_be_dropped_before_or_after),
        BENCH_TEST(a_stop_does_not_wait_for_what_is_held_back),
        BENCH_TEST(a_thousand_connections_of_one_address_are_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
