#include "tests/unit/tables_support.h"

#include <stdlib.h>
#include <time.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "endpoint/compress.h"
#include "endpoint/tables/readers.h"
#include "tests/unit/raw_client.h"

/*
 * Long reads go on behind the loop thread: 20,000 rows of 20 bytes are one page of a Scan, of which
 * the loop thread reads 256.
 */

enum { ROWS = 20000, BATCH = 25, PENDING = 12 };

struct pending {
    struct arena *arena;
    struct buf body, answer;
    int status;
    bool answered;
};

static void pending_answered(void *user, int status, struct text body)
{
    struct pending *pending = user;

    assert_false(pending->answered);
    pending->answered = true;
    pending->status = status;
    buf_add_text(&pending->answer, body);
}

/* Does not wait for the answer. */
static void ask(struct shop *shop, struct pending *pending, const char *operation, const char *body)
{
    struct error err;

    *pending = (struct pending){.arena = arena_new(64 * 1024 * 1024, &err)};
    assert_non_null(pending->arena);
    buf_init(&pending->body, 1024 * 1024);
    buf_init(&pending->answer, 64 * 1024 * 1024);
    add_quoted(&pending->body, body);
    tables_call(shop->tables, &shop->identity, text_of(operation), buf_view(&pending->body),
        pending->arena, pending_answered, pending);
}

static void wait_for(struct shop *shop, struct pending *pending)
{
    for (int i = 0; i < 1000000 && !pending->answered; i++)
        uv_run(http_server_loop(shop->server), UV_RUN_ONCE);
    assert_true(pending->answered);
}

static void drop(struct pending *pending)
{
    arena_free(pending->arena);
    buf_done(&pending->body);
    buf_done(&pending->answer);
}

static int64_t number_in(struct pending *pending, const char *name)
{
    struct error err;
    const struct json *json = json_parse(buf_view(&pending->answer), pending->arena, &err);

    assert_non_null(json);
    return json_integer_member(json, name, -1);
}

static void make_table(struct shop *shop, const char *name)
{
    call(shop, "CreateTable",
        "{'TableName':'%s','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},"
        "{'AttributeName':'sk','AttributeType':'N'}],'KeySchema':[{'AttributeName':'pk',"
        "'KeyType':'HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],"
        "'BillingMode':'PAY_PER_REQUEST'}",
        name);
    assert_int_equal(shop->status, 200);
}

static void fill_rows(struct shop *shop)
{
    make_table(shop, "many");
    for (int at = 0; at < ROWS; at += BATCH) {
        buf_clear(&shop->request);
        buf_add_string(&shop->request, "{\"RequestItems\":{\"many\":[");
        for (int i = at; i < at + BATCH; i++)
            buf_add_format(&shop->request,
                "%s{\"PutRequest\":{\"Item\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"},"
                "\"a\":{\"S\":\"alphabet\"}}}}",
                i > at ? "," : "", i);
        buf_add_string(&shop->request, "]}}");
        send_request(shop, "BatchWriteItem");
        assert_int_equal(shop->status, 200);
    }
}

static uint64_t cpu_of(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Of all threads but this one, which runs the loop. */
static uint64_t cpu_of_others(void)
{
    return cpu_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_of(CLOCK_THREAD_CPUTIME_ID);
}

/* A filter that takes its time on each row and keeps none of them. */
static void add_heavy_scan(struct buf *out)
{
    buf_add_string(out, "{'TableName':'many','FilterExpression':'");
    for (int i = 0; i < 100; i++)
        buf_add_format(out, "%scontains(a,:%d)", i ? " OR " : "", i % 10);
    buf_add_string(out, "','ExpressionAttributeValues':{");
    for (int i = 0; i < 10; i++)
        buf_add_format(out, "%s':%d':{'S':'zz%d'}", i ? "," : "", i, i);
    buf_add_string(out, "}}");
}

static void gets_are_answered_while_a_long_scan_goes_on(void **state)
{
    struct pending scan;
    struct buf heavy;
    struct shop shop;
    uint64_t loop, others;
    int gets = 0;

    shop_open(&shop, true);
    fill_rows(&shop);
    buf_init(&heavy, 65536);
    add_heavy_scan(&heavy);
    loop = cpu_of(CLOCK_THREAD_CPUTIME_ID);
    others = cpu_of_others();
    ask(&shop, &scan, "Scan", buf_string(&heavy));
    /* The loop thread has read its slice; the rest is not its work. */
    assert_false(scan.answered);
    loop = cpu_of(CLOCK_THREAD_CPUTIME_ID) - loop;
    while (!scan.answered) {
        struct pending get;

        ask(&shop, &get, "GetItem", "{'TableName':'many','Key':{'pk':{'S':'p'},'sk':{'N':'7'}}}");
        assert_true(get.answered);
        assert_string_equal(buf_string(&get.answer),
            "{\"Item\":{\"a\":{\"S\":\"alphabet\"},\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"7\"}}}");
        drop(&get);
        gets++;
        uv_run(http_server_loop(shop.server), UV_RUN_ONCE);
    }
    others = cpu_of_others() - others;
    assert_string_equal(buf_string(&scan.answer),
        "{\"Items\":[],\"Count\":0,\"ScannedCount\":20000}");
    /* Every 256 KB, and at least once, the scan came by on the loop: so did the gets. */
    assert_true(gets > ROWS / SLICE_READER_ROWS);
    /* 256 of 20,000 rows are little over 1 %. */
    assert_true(loop * 10 < others);
    drop(&scan);
    buf_done(&heavy);
    shop_close(&shop);
    (void)state;
}

static void long_reads_side_by_side_are_all_complete(void **state)
{
    struct pending scan[PENDING];
    struct shop shop;

    shop_open(&shop, false);
    fill_rows(&shop);
    for (int i = 0; i < PENDING; i++)
        ask(&shop, &scan[i], i % 2 ? "Query" : "Scan",
            i % 2 ? "{'TableName':'many','KeyConditionExpression':'pk = :p','ScanIndexForward':"
                    "false,'ExpressionAttributeValues':{':p':{'S':'p'}}}"
                  : "{'TableName':'many'}");
    for (int i = 0; i < 200; i++) {
        call(&shop, "PutItem",
            "{'TableName':'many','Item':{'pk':{'S':'p'},'sk':{'N':'%d'},'a':{'S':'alphabet'}}}", i);
        assert_int_equal(shop.status, 200);
    }
    for (int i = 0; i < PENDING; i++) {
        wait_for(&shop, &scan[i]);
        assert_int_equal(scan[i].status, 200);
        assert_int_equal(number_in(&scan[i], "Count"), ROWS);
        drop(&scan[i]);
    }
    shop_close(&shop);
    (void)state;
}

static void a_batch_get_longer_than_a_slice_goes_on_behind_the_loop(void **state)
{
    struct pending get;
    struct shop shop;
    struct buf body, answer;

    shop_open(&shop, true);
    make_table(&shop, "big");
    make_table(&shop, "few");
    buf_init(&body, 1024 * 1024);
    buf_init(&answer, 16 * 1024 * 1024);
    buf_add_string(&body, "{'RequestItems':{'big':{'Keys':[");
    buf_add_string(&answer, "{\"Responses\":{\"big\":[");
    for (int i = 0; i < 90; i++) {
        call(&shop, "PutItem",
            "{'TableName':'big','Item':{'pk':{'S':'p'},'sk':{'N':'%d'},'v':{'S':'%10000d'}}}", i,
            i);
        buf_add_format(&body, "%s{'pk':{'S':'p'},'sk':{'N':'%d'}}", i ? "," : "", i);
        buf_add_format(&answer,
            "%s{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"},\"v\":{\"S\":\"%10000d\"}}",
            i ? "," : "", i, i);
    }
    buf_add_string(&body, "]},'few':{'Keys':[{'pk':{'S':'none'},'sk':{'N':'1'}},"
                          "{'pk':{'S':'p'},'sk':{'N':'1'}}]}},'ReturnConsumedCapacity':'TOTAL'}");
    call(&shop, "PutItem", "{'TableName':'few','Item':{'pk':{'S':'p'},'sk':{'N':'1'}}}");
    buf_add_string(&answer,
        "],\"few\":[{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"}}]},\"UnprocessedKeys\":{},"
        "\"ConsumedCapacity\":[{\"TableName\":\"big\",\"CapacityUnits\":135.0},{\"TableName\":"
        "\"few\",\"CapacityUnits\":1.0}]}");
    ask(&shop, &get, "BatchGetItem", buf_string(&body));
    assert_false(get.answered);
    wait_for(&shop, &get);
    assert_string_equal(buf_string(&get.answer), buf_string(&answer));
    drop(&get);
    buf_done(&body);
    buf_done(&answer);
    shop_close(&shop);
    (void)state;
}

static void the_end_of_the_service_answers_long_reads_under_way(void **state)
{
    struct pending scan[PENDING];
    struct shop shop;

    shop_open(&shop, true);
    fill_rows(&shop);
    for (int i = 0; i < PENDING; i++)
        ask(&shop, &scan[i], "Scan", "{'TableName':'many'}");
    shop_stop(&shop);
    for (int i = 0; i < PENDING; i++) {
        assert_true(scan[i].answered);
        if (scan[i].status != 200)
            assert_string_equal(buf_string(&scan[i].answer),
                "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\","
                "\"message\":\"The request processing has failed: the server has ended\"}");
        drop(&scan[i]);
    }
    shop_close(&shop);
    (void)state;
}

static void a_table_dropped_under_a_long_scan_is_reported_missing(void **state)
{
    struct pending scan[PENDING];
    struct shop shop;
    int missing = 0;

    shop_open(&shop, true);
    fill_rows(&shop);
    for (int i = 0; i < PENDING; i++)
        ask(&shop, &scan[i], "Scan", "{'TableName':'many'}");
    call(&shop, "DeleteTable", "{'TableName':'many'}");
    assert_int_equal(shop.status, 200);
    for (int i = 0; i < PENDING; i++) {
        wait_for(&shop, &scan[i]);
        if (scan[i].status == 400) {
            assert_string_equal(buf_string(&scan[i].answer),
                "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
                "\"message\":\"Requested resource not found\"}");
            missing++;
        } else {
            assert_int_equal(number_in(&scan[i], "Count"), ROWS);
        }
        drop(&scan[i]);
    }
    assert_true(missing > 0);
    shop_close(&shop);
    (void)state;
}

/* The same service behind a socket. */
struct street {
    struct shop shop;
    int handled;
};

static void handle(void *user, struct exchange *exchange)
{
    struct street *street = user;

    *exchange_identity(exchange) = street->shop.identity;
    tables_handle(street->shop.tables, exchange, TEXT("Scan"));
    street->handled++;
}

static void open_street(struct street *street)
{
    const struct http_server_options server = {.listen = "127.0.0.1:0",
        .handle = handle,
        .user = street};
    struct tables_options options = {.memory = true};
    struct error err;

    shop_open(&street->shop, true);
    shop_stop(&street->shop);
    street->handled = 0;
    street->shop.server = http_server_new(&server, &err);
    assert_non_null(street->shop.server);
    options.server = street->shop.server;
    street->shop.tables = tables_new(&options, &err);
    assert_non_null(street->shop.tables);
    fill_rows(&street->shop);
}

static int send_heavy_scan(struct street *street)
{
    int client = raw_connect(http_server_port(street->shop.server)), before = street->handled;
    struct buf body, request;

    assert_true(client >= 0);
    buf_init(&body, 65536);
    buf_init(&request, 65536);
    add_heavy_scan(&body);
    for (size_t i = 0; i < body.length; i++)
        if (body.data[i] == '\'')
            body.data[i] = '"';
    buf_add_format(&request, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n",
        body.length);
    buf_add_text(&request, buf_view(&body));
    assert_true(raw_send_bytes(client, request.data, request.length));
    for (int i = 0; i < 1000000 && street->handled == before; i++)
        uv_run(http_server_loop(street->shop.server), UV_RUN_ONCE);
    assert_int_equal(street->handled, before + 1);
    buf_done(&body);
    buf_done(&request);
    return client;
}

/* CPU time of the readers until nothing of the request is left. */
static uint64_t run_until_live(struct street *street, long live, uint64_t since)
{
    while (mem_live() > live)
        uv_run(http_server_loop(street->shop.server), UV_RUN_ONCE);
    return cpu_of_others() - since;
}

static void a_client_that_is_gone_stops_the_work(void **state)
{
    const struct linger reset = {.l_onoff = 1};
    struct street street;
    uint64_t complete = 0, cancelled = 0;
    long live;

    open_street(&street);
    for (int round = 0; round < 2; round++) { /* the first one warms up */
        uint64_t before = cpu_of_others();
        struct buf answer;
        int client;

        live = mem_live();
        client = send_heavy_scan(&street);
        buf_init(&answer, 65536);
        while (!strstr(buf_string(&answer), "ScannedCount")) {
            char part[4096];
            ssize_t count = recv(client, part, sizeof part, MSG_DONTWAIT);

            if (count > 0)
                buf_add(&answer, part, (size_t)count);
            else
                uv_run(http_server_loop(street.shop.server), UV_RUN_ONCE);
        }
        buf_done(&answer);
        close(client);
        if (round > 0)
            complete = run_until_live(&street, live, before);
    }
    live = mem_live();
    cancelled = cpu_of_others();
    {
        int client = send_heavy_scan(&street);

        assert_true(mem_live() > live);
        assert_int_equal(setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
        close(client);
    }
    cancelled = run_until_live(&street, live, cancelled);
    /* A slice of 4,096 rows is a fifth of the page. */
    assert_true(cancelled * 2 < complete);
    shop_close(&street.shop);
    (void)state;
}

/* Sends a Scan of everything; the head and the body of the answer. */
static void scan_over_socket(struct street *street, const char *header, struct buf *head,
    struct buf *body)
{
    static const char request[] = "{\"TableName\":\"many\"}";
    int client = raw_connect(http_server_port(street->shop.server));
    size_t length = SIZE_MAX;
    struct buf sent;

    assert_true(client >= 0);
    buf_init(&sent, 4096);
    buf_init(head, 16 * 1024 * 1024);
    buf_init(body, 16 * 1024 * 1024);
    buf_add_format(&sent, "POST / HTTP/1.1\r\nHost: h\r\n%sContent-Length: %zu\r\n\r\n%s", header,
        sizeof request - 1, request);
    assert_true(raw_send_bytes(client, sent.data, sent.length));
    while (length == SIZE_MAX || head->length < length) {
        char part[65536], *end;
        ssize_t count = recv(client, part, sizeof part, MSG_DONTWAIT);

        if (count > 0)
            buf_add(head, part, (size_t)count);
        else
            uv_run(http_server_loop(street->shop.server), UV_RUN_ONCE);
        end = strstr(buf_string(head), "\r\n\r\n");
        if (end && length == SIZE_MAX) {
            const char *said = strstr(buf_string(head), "Content-Length: ");

            assert_non_null(said);
            length = (size_t)(end - head->data) + 4 + (size_t)strtoull(said + 16, NULL, 10);
        }
    }
    buf_add(body, strstr(head->data, "\r\n\r\n") + 4,
        length - (size_t)(strstr(head->data, "\r\n\r\n") + 4 - head->data));
    close(client);
    buf_done(&sent);
}

static void a_long_answer_is_packed_behind_the_loop_and_the_same(void **state)
{
    struct buf head, plain, packed_head, packed, unpacked, sum;
    struct street street;

    open_street(&street);
    scan_over_socket(&street, "", &head, &plain);
    assert_null(strstr(head.data, "Content-Encoding"));
    scan_over_socket(&street, "Accept-Encoding: gzip\r\n", &packed_head, &packed);
    assert_non_null(strstr(packed_head.data, "Content-Encoding: gzip\r\n"));
    assert_true(packed.length * 4 < plain.length);
    buf_init(&sum, 4096);
    buf_add_format(&sum, "x-amz-crc32: %u\r\n", (unsigned)crypto_crc32(buf_view(&packed)));
    assert_non_null(strstr(packed_head.data, buf_string(&sum)));
    buf_init(&unpacked, COMPRESS_OUTPUT_LIMIT);
    assert_int_equal(compress_read_gzip(buf_view(&packed), &unpacked), COMPRESS_OK);
    assert_true(text_equal(buf_view(&unpacked), buf_view(&plain)));
    assert_true(text_ends_with(buf_view(&plain), TEXT("\"Count\":20000,\"ScannedCount\":20000}")));
    buf_done(&head);
    buf_done(&plain);
    buf_done(&packed_head);
    buf_done(&packed);
    buf_done(&unpacked);
    buf_done(&sum);
    shop_close(&street.shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gets_are_answered_while_a_long_scan_goes_on),
        cmocka_unit_test(long_reads_side_by_side_are_all_complete),
        cmocka_unit_test(a_batch_get_longer_than_a_slice_goes_on_behind_the_loop),
        cmocka_unit_test(the_end_of_the_service_answers_long_reads_under_way),
        cmocka_unit_test(a_table_dropped_under_a_long_scan_is_reported_missing),
        cmocka_unit_test(a_client_that_is_gone_stops_the_work),
        cmocka_unit_test(a_long_answer_is_packed_behind_the_loop_and_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
