#include "tests/unit/tables_stream_support.h"

#include "tests/unit/raw_client.h"

/*
 * GetRecords that waits, over a socket: the server's loop and the client take turns on one thread.
 */
struct wire {
    struct shop shop;
    struct buf socket, answer;
    struct tail tail;
};

static void handle(void *user, struct exchange *exchange)
{
    struct wire *wire = user;
    struct text operation = exchange_header(exchange, "X-Amz-Target"), prefix;

    assert_true(text_take_until(&operation, '.', &prefix));
    *exchange_identity(exchange) = wire->shop.identity;
    tables_handle(wire->shop.tables, exchange, operation);
}

static void open_wire(struct wire *wire)
{
    struct http_server_options options = {.handle = handle, .user = wire};
    struct tables_options tables = {.memory = true};
    struct shop *shop = &wire->shop;
    struct error err = {0};

    shop_open(shop, true);
    shop_stop(shop);
    buf_init(&wire->socket, 4096);
    buf_init(&wire->answer, 1024 * 1024);
    buf_add_format(&wire->socket, "%s/socket", buf_string(&shop->folder));
    options.unix_socket = buf_string(&wire->socket);
    shop->server = tables.server = http_server_new(&options, &err);
    assert_non_null(shop->server);
    shop->tables = tables_new(&tables, &err);
    assert_non_null(shop->tables);
    call(shop, "CreateTable", "%s",
        "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'id','AttributeType':'N'}],'KeySchema':[{'AttributeName':'id',"
        "'KeyType':'HASH'}],'StreamSpecification':{'StreamEnabled':true,"
        "'StreamViewType':'KEYS_ONLY'}}");
    open_tail(shop, "books", "LATEST", &wire->tail);
}

static void close_wire(struct wire *wire)
{
    buf_done(&wire->socket);
    buf_done(&wire->answer);
    shop_close(&wire->shop);
}

/* Sends a GetRecords that waits; the connection. */
static int send_wait(struct wire *wire, const char *wait_ms)
{
    int client = raw_connect_unix(buf_string(&wire->socket));
    struct buf request;

    assert_true(client >= 0);
    buf_init(&request, 8192);
    buf_add_format(&request,
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "X-Amz-Target: DynamoDBStreams_20120810.GetRecords\r\nX-Gatehouse-Wait-Ms: %s\r\n"
        "Content-Length: %zu\r\n\r\n{\"ShardIterator\":\"%s\"}",
        wait_ms, strlen(wire->tail.iterator) + 20, wire->tail.iterator);
    assert_true(raw_send(client, buf_string(&request)));
    buf_done(&request);
    return client;
}

static void turn(struct wire *wire, int times)
{
    for (int i = 0; i < times; i++)
        uv_run((uv_loop_t *)http_server_loop(wire->shop.server), UV_RUN_NOWAIT);
}

/* The body of the answer; empty when there is none after so many turns of the loop. */
static struct text receive(struct wire *wire, int client, uv_run_mode mode, int turns)
{
    char part[8192];
    ssize_t count;

    buf_clear(&wire->answer);
    for (int i = 0; i < turns; i++) {
        uv_run((uv_loop_t *)http_server_loop(wire->shop.server), mode);
        while ((count = recv(client, part, sizeof part, MSG_DONTWAIT)) > 0)
            buf_add(&wire->answer, part, (size_t)count);
        if (raw_body(&wire->answer, 0).length > 0)
            break;
    }
    return raw_body(&wire->answer, 0);
}

static void put(struct wire *wire, const char *table, int id)
{
    call(&wire->shop, "PutItem", "{'TableName':'%s','Item':{'id':{'N':'%d'}}}", table, id);
    assert_int_equal(wire->shop.status, 200);
}

static size_t count_records(struct wire *wire, struct text body)
{
    struct error err;
    const struct json *json = json_parse(body, wire->shop.arena, &err);

    assert_non_null(json);
    assert_non_null(json_member(json, "NextShardIterator"));
    return json_member(json, "Records")->count;
}

static void a_record_ends_the_wait(void **state)
{
    struct wire wire;
    int client[3];

    open_wire(&wire);
    for (size_t i = 0; i < 3; i++) {
        client[i] = send_wait(&wire, "20000");
        assert_int_equal(receive(&wire, client[i], UV_RUN_NOWAIT, 20).length, 0);
    }
    call(&wire.shop, "CreateTable", "%s",
        "{'TableName':'other','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
        "{'AttributeName':'id','AttributeType':'N'}],'KeySchema':[{'AttributeName':'id',"
        "'KeyType':'HASH'}],'StreamSpecification':{'StreamEnabled':true,"
        "'StreamViewType':'KEYS_ONLY'}}");
    put(&wire, "other", 1); /* another stream's */
    assert_int_equal(receive(&wire, client[0], UV_RUN_NOWAIT, 20).length, 0);
    put(&wire, "books", 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(count_records(&wire, receive(&wire, client[i], UV_RUN_ONCE, 100)), 1);
        close(client[i]);
    }
    close_wire(&wire);
    (void)state;
}

static void a_wait_ends_with_its_time(void **state)
{
    struct wire wire;
    int client;

    open_wire(&wire);
    client = send_wait(&wire, "60");
    assert_int_equal(count_records(&wire, receive(&wire, client, UV_RUN_ONCE, 1000)), 0);
    close(client);
    client = send_wait(&wire, "soon"); /* no number: does not wait */
    assert_int_equal(count_records(&wire, receive(&wire, client, UV_RUN_ONCE, 100)), 0);
    close(client);
    close_wire(&wire);
    (void)state;
}

static void records_that_are_there_are_not_waited_for(void **state)
{
    struct wire wire;
    int client;

    open_wire(&wire);
    put(&wire, "books", 1);
    client = send_wait(&wire, "20000");
    assert_int_equal(count_records(&wire, receive(&wire, client, UV_RUN_ONCE, 100)), 1);
    close(client);
    close_wire(&wire);
    (void)state;
}

static void the_end_of_the_stream_ends_the_wait(void **state)
{
    struct wire wire;
    int client;

    open_wire(&wire);
    client = send_wait(&wire, "20000");
    assert_int_equal(receive(&wire, client, UV_RUN_NOWAIT, 20).length, 0);
    call(&wire.shop, "DeleteTable", "%s", "{'TableName':'books'}");
    assert_true(text_is(receive(&wire, client, UV_RUN_ONCE, 100), "{\"Records\":[]}"));
    close(client);
    close_wire(&wire);
    (void)state;
}

static void who_goes_away_is_forgotten(void **state)
{
    struct wire wire;
    int stays, goes[3];

    open_wire(&wire);
    for (size_t i = 0; i < 3; i++)
        goes[i] = send_wait(&wire, "20000");
    stays = send_wait(&wire, "20000");
    assert_int_equal(receive(&wire, stays, UV_RUN_NOWAIT, 50).length, 0);
    for (size_t i = 0; i < 3; i++)
        close(goes[i]);
    turn(&wire, 50);
    put(&wire, "books", 1);
    assert_int_equal(count_records(&wire, receive(&wire, stays, UV_RUN_ONCE, 100)), 1);
    close(stays);
    stays = send_wait(&wire, "20000"); /* waits while the service ends */
    assert_true(receive(&wire, stays, UV_RUN_NOWAIT, 50).length > 0);
    close(stays);
    open_tail(&wire.shop, "books", "LATEST", &wire.tail);
    stays = send_wait(&wire, "20000");
    assert_int_equal(receive(&wire, stays, UV_RUN_NOWAIT, 50).length, 0);
    close_wire(&wire);
    close(stays);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_ends_the_wait),
        cmocka_unit_test(a_wait_ends_with_its_time),
        cmocka_unit_test(records_that_are_there_are_not_waited_for),
        cmocka_unit_test(the_end_of_the_stream_ends_the_wait),
        cmocka_unit_test(who_goes_away_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
