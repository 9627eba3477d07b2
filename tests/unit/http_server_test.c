#include "endpoint/http_internal.h"
#include "endpoint/http_server.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "endpoint/http_listen.h"
#include "tests/unit/raw_client.h"

/* One server in a thread of its own; the handler does what the path says. */
struct bench {
    struct http_server *server;
    struct exchange *kept; /* of /keep, answered by /release or by a post */
    pthread_t thread;
    bool is_running;
    atomic_int gone, posted, handled;
    struct buf folder, socket;
    long live; /* blocks before it was opened */
};

static void answer_text(struct exchange *exchange, int status, struct text body)
{
    const struct http_header header = {TEXT("Content-Type"), TEXT("text/plain")};

    exchange_reply(exchange, status, &header, 1, body);
}

static void on_gone(void *user)
{
    struct bench *bench = user;

    atomic_fetch_add(&bench->gone, 1);
}

static void answer_kept(void *user)
{
    struct bench *bench = user;

    atomic_fetch_add(&bench->posted, 1);
    if (!bench->kept)
        return;
    answer_text(bench->kept, 200, exchange_is_gone(bench->kept) ? TEXT("gone") : TEXT("kept"));
    bench->kept = NULL;
}

static void *post_from_thread(void *user)
{
    struct bench *bench = user;

    http_server_post(bench->server, answer_kept, bench);
    return NULL;
}

static void answer_request(struct exchange *exchange)
{
    const struct exchange_request *request = exchange_request(exchange);
    char *text = arena_format(exchange_arena(exchange), "%.*s %.*s ?%.*s [%.*s] %zu",
        (int)request->method.length, request->method.data, (int)request->path.length,
        request->path.data, (int)request->query.length, request->query.data,
        (int)(request->body.length < 100 ? request->body.length : 100), request->body.data,
        request->body.length);

    answer_text(exchange, 200, text_of(text));
}

static void answer_large(struct exchange *exchange, size_t size)
{
    struct buf body;

    buf_init(&body, size);
    buf_add_repeat(&body, 'x', size);
    answer_text(exchange, 200, buf_view(&body));
    buf_done(&body);
}

static void answer_with_bad_headers(struct exchange *exchange)
{
    const struct http_header header[] = {
        {TEXT("X-Good"), TEXT("yes")},
        {TEXT("X-Split"), TEXT("a\r\nSet-Cookie: b")},
        {TEXT("X Name"), TEXT("c")},
        {TEXT("Content-Length"), TEXT("99")},
        {TEXT("Transfer-Encoding"), TEXT("chunked")},
        {TEXT("Connection"), TEXT("upgrade")},
        {TEXT("Date"), TEXT("Thu, 01 Jan 1970 00:00:00 GMT")},
    };

    exchange_reply(exchange, 200, header, sizeof header / sizeof *header, TEXT("body"));
}

static void handle(void *user, struct exchange *exchange)
{
    struct bench *bench = user;
    struct text path = exchange_request(exchange)->path;
    pthread_t thread;

    atomic_fetch_add(&bench->handled, 1);
    if (text_is(path, "/keep")) {
        bench->kept = exchange;
    } else if (text_is(path, "/post")) {
        bench->kept = exchange;
        pthread_create(&thread, NULL, post_from_thread, bench);
        pthread_detach(thread);
    } else if (text_is(path, "/later")) {
        bench->kept = exchange;
        http_server_after(bench->server, 20, answer_kept, bench);
    } else if (text_is(path, "/hold")) {
        exchange_hold(exchange, on_gone, bench);
    } else if (text_is(path, "/drop")) {
        exchange_drop(exchange);
    } else if (text_is(path, "/close")) {
        exchange_reply_and_close(exchange, 200, NULL, 0, TEXT("bye"));
    } else if (text_is(path, "/large")) {
        answer_large(exchange, 4 * 1024 * 1024);
    } else if (text_is(path, "/empty")) {
        answer_text(exchange, 204, TEXT("never sent"));
    } else if (text_is(path, "/headers")) {
        answer_with_bad_headers(exchange);
    } else {
        answer_request(exchange);
    }
}

static void *run_server(void *user)
{
    http_server_run(user);
    return NULL;
}

static void start(struct bench *bench)
{
    assert_int_equal(pthread_create(&bench->thread, NULL, run_server, bench->server), 0);
    bench->is_running = true;
}

static int open_bench(void **state)
{
    long live = mem_live();
    struct bench *bench = mem_new(1, sizeof *bench);
    struct error err = {0};
    struct http_server_options options = {.listen = "127.0.0.1:0", .handle = handle, .user = bench};

    bench->live = live;
    buf_init(&bench->folder, 4096);
    buf_init(&bench->socket, 4096);
    assert_int_equal(file_make_temporary("http", &bench->folder, &err), 0);
    buf_add_format(&bench->socket, "%s/run/http.sock", buf_string(&bench->folder));
    options.unix_socket = buf_string(&bench->socket);
    bench->server = http_server_new(&options, &err);
    assert_string_equal(err.text, "");
    assert_non_null(bench->server);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    long live = bench->live;

    if (bench->is_running) {
        http_server_stop(bench->server);
        pthread_join(bench->thread, NULL);
    }
    http_server_free(bench->server);
    file_remove_tree(buf_string(&bench->folder));
    buf_done(&bench->folder);
    buf_done(&bench->socket);
    mem_free(bench);
    assert_int_equal(mem_live(), live);
    return 0;
}

static bool wait_for(atomic_int *value, int wanted)
{
    const struct timespec moment = {.tv_nsec = 1000 * 1000};
    uint64_t limit = clock_monotonic() + 10 * CLOCK_SECOND;

    while (atomic_load(value) != wanted && clock_monotonic() < limit)
        nanosleep(&moment, NULL);
    return atomic_load(value) == wanted;
}

static void expect_body(int client, const char *request, const char *body)
{
    struct buf answer;

    buf_init(&answer, SIZE_MAX);
    assert_true(raw_send(client, request));
    assert_true(raw_read_answer(client, &answer, 0) > 0);
    assert_int_equal(raw_status(&answer, 0), 200);
    assert_int_equal(raw_body(&answer, 0).length, strlen(body));
    assert_memory_equal(raw_body(&answer, 0).data, body, strlen(body));
    buf_done(&answer);
}

/* The request gets this status and the connection is closed behind it. */
static void expect_refusal_of(struct bench *bench, struct text request, int status)
{
    int client = raw_connect(http_server_port(bench->server));
    struct buf answer;

    buf_init(&answer, SIZE_MAX);
    assert_true(client >= 0);
    assert_true(raw_send_bytes(client, request.data, request.length));
    if (!raw_read_to_end(client, &answer))
        fail_msg("not closed after: %.*s", (int)request.length, request.data);
    if (raw_status(&answer, 0) != status)
        fail_msg("status %d in place of %d after: %.*s", raw_status(&answer, 0), status,
            (int)request.length, request.data);
    assert_true(text_is(raw_header(&answer, 0, "Connection"), "close"));
    assert_int_equal(text_find(buf_view(&answer), TEXT("\nHTTP/1.1 "), 0), SIZE_MAX);
    buf_done(&answer);
    close(client);
}

static void expect_refusal(struct bench *bench, const char *request, int status)
{
    expect_refusal_of(bench, text_of(request), status);
}

static void a_request_is_answered_on_tcp_and_on_the_unix_socket(void **state)
{
    struct bench *bench = *state;
    int client;

    start(bench);
    client = raw_connect(http_server_port(bench->server));
    expect_body(client, "GET /a/b?c=d&e HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a/b ?c=d&e [] 0");
    expect_body(client, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
        "POST /p ? [abc] 3");
    close(client);
    client = raw_connect_unix(buf_string(&bench->socket));
    expect_body(client, "GET http://X:80/u HTTP/1.1\r\nHost: x:80\r\n\r\n", "GET /u ? [] 0");
    expect_body(client, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * ? [] 0");
    close(client);
}

static void the_unix_socket_is_private_and_goes_with_the_server(void **state)
{
    struct bench *bench = *state;
    struct stat status;

    assert_int_equal(stat(buf_string(&bench->socket), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    start(bench);
    http_server_stop(bench->server);
    pthread_join(bench->thread, NULL);
    bench->is_running = false;
    assert_int_equal(stat(buf_string(&bench->socket), &status), -1);
}

static struct http_server *try_server(const char *socket_path, const char *listen,
    struct error *err)
{
    struct http_server_options options = {.unix_socket = socket_path,
        .listen = listen,
        .handle = handle};

    *err = (struct error){0};
    return http_server_new(&options, err);
}

static void a_socket_in_use_is_refused_and_a_stale_one_replaced(void **state)
{
    struct bench *bench = *state;
    struct http_server *second;
    struct error err;
    struct buf path, wanted;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int stale = socket(AF_UNIX, SOCK_STREAM, 0);

    buf_init(&path, 4096);
    buf_init(&wanted, 4096);
    assert_null(try_server(buf_string(&bench->socket), NULL, &err));
    buf_add_format(&wanted, "%s: another server is listening on this socket",
        buf_string(&bench->socket));
    assert_string_equal(err.text, buf_string(&wanted));

    buf_add_format(&path, "%s/stale.sock", buf_string(&bench->folder));
    memcpy(address.sun_path, path.data, path.length + 1);
    assert_int_equal(bind(stale, (struct sockaddr *)&address, sizeof address), 0);
    close(stale);
    second = try_server(buf_string(&path), NULL, &err);
    assert_string_equal(err.text, "");
    assert_non_null(second);
    http_server_free(second);

    assert_int_equal(file_write(buf_string(&path), TEXT("mine"), 0600, &err), 0);
    assert_null(try_server(buf_string(&path), NULL, &err));
    buf_clear(&wanted);
    buf_add_format(&wanted, "%s: exists and is not a socket", buf_string(&path));
    assert_string_equal(err.text, buf_string(&wanted));
    assert_true(file_exists(buf_string(&path)));
    buf_done(&path);
    buf_done(&wanted);
}

static void an_address_that_cannot_be_used_is_named(void **state)
{
    struct bench *bench = *state;
    char listen[32], text[128], path[160];
    struct error err;

    snprintf(listen, sizeof listen, "127.0.0.1:%u", (unsigned)http_server_port(bench->server));
    assert_null(try_server(NULL, listen, &err));
    snprintf(text, sizeof text, "cannot listen on %s: the port is in use", listen);
    assert_string_equal(err.text, text);
    assert_int_equal(err.code, ERROR_IO);
    assert_null(try_server(NULL, "here", &err));
    assert_string_equal(err.text, "cannot listen on 'here': not an address and a port");
    assert_string_equal(err.hint, "like 127.0.0.1:8000 or [::1]:8000; port 0 takes a free one");
    assert_null(try_server(NULL, "127.0.0.1:65536", &err));
    assert_int_equal(err.code, ERROR_USAGE);
    memset(path, 'p', sizeof path);
    path[120] = '\0';
    assert_null(try_server(path, NULL, &err));
    assert_non_null(strstr(err.text, ": a socket path has at most 107 bytes, this one has 120"));
}

static void loopback_addresses_are_told_from_others(void **state)
{
    struct sockaddr_storage address;
    struct error err;

    assert_int_equal(http_parse_address("localhost:80", &address, &err), 0);
    assert_true(http_address_is_loopback(&address));
    assert_int_equal(http_parse_address("127.9.9.9:80", &address, &err), 0);
    assert_true(http_address_is_loopback(&address));
    assert_int_equal(http_parse_address("[::1]:80", &address, &err), 0);
    assert_true(http_address_is_loopback(&address));
    assert_int_equal(http_parse_address("0.0.0.0:80", &address, &err), 0);
    assert_false(http_address_is_loopback(&address));
    assert_int_equal(http_parse_address("[::]:80", &address, &err), 0);
    assert_false(http_address_is_loopback(&address));
    (void)state;
}

static void ambiguous_lengths_are_refused(void **state)
{
    static const char *const value_table[] = {"Content-Length: +7", "Content-Length: -1",
        "Content-Length: 7, 7", "Content-Length: 0x7", "Content-Length:", "Content-Length: 7 7",
        "Content-Length: 18446744073709551617", "Content-Length: 7\r\nContent-Length: 8",
        "Content-Length: 7\r\nContent-Length: 7", "Content-Length: 7\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: xchunked", "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding:\r\n chunked", "Transfer-Encoding:"};
    struct bench *bench = *state;
    char request[512];

    start(bench);
    for (size_t i = 0; i < sizeof value_table / sizeof *value_table; i++) {
        snprintf(request, sizeof request, "POST / HTTP/1.1\r\nHost: x\r\n%s\r\n\r\nabcdefg",
            value_table[i]);

        expect_refusal(bench, request, 400);
    }
    expect_refusal(bench, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
    assert_int_equal(atomic_load(&bench->handled), 0);
}

static void malformed_heads_are_refused(void **state)
{
    static const char *const head_table[] = {
        "GET / HTTP/1.1\nHost: x\n\n",
        "GET / HTTP/1.1\r\nHost: x\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\r\n Host: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: \001\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n: c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x y\r\n\r\n",
        "GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\ta HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\x80 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: x\r\n\r\n",
        "GET /\r\n\r\n",
        "get / HTTP/1.1\r\nHost: x\r\n\r\n",
        "BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n",
    };
    static const char with_nul[] = "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n";
    struct bench *bench = *state;

    start(bench);
    for (size_t i = 0; i < sizeof head_table / sizeof *head_table; i++)
        expect_refusal(bench, head_table[i], 400);
    expect_refusal_of(bench, text_make(with_nul, sizeof with_nul - 1), 400);
    expect_refusal(bench, "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505);
    expect_refusal(bench, "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417);
    assert_int_equal(atomic_load(&bench->handled), 0);
}

static void malformed_chunks_are_refused(void **state)
{
    static const char *const body_table[] = {"+3\r\nabc\r\n0\r\n\r\n", "-3\r\n", "0x3\r\nabc\r\n",
        " 3\r\nabc\r\n", "3 \r\nabc\r\n", "\r\n", "g\r\n", "10000000000000000\r\n", "3\nabc\r\n",
        "3\r\nabc\n0\r\n\r\n", "3\r\nabcd\r\n", "3\r\nabc0\r\n\r\n", "0\r\n\n", "0\r\nA: b\n\r\n",
        "0\r\n A: b\r\n\r\n", "3;a=\001\r\n"};
    static const char head[] = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct bench *bench = *state;
    struct buf request;

    start(bench);
    buf_init(&request, 4096);
    for (size_t i = 0; i < sizeof body_table / sizeof *body_table; i++) {
        buf_clear(&request);
        buf_add_format(&request, "%s%s", head, body_table[i]);
        expect_refusal_of(bench, buf_view(&request), 400);
    }
    buf_clear(&request);
    buf_add_format(&request, "%s3;", head);
    buf_add_repeat(&request, 'e', 257);
    expect_refusal_of(bench, buf_view(&request), 400);
    assert_int_equal(atomic_load(&bench->handled), 0);
    buf_done(&request);
}

static void chunks_are_joined_however_they_are_split(void **state)
{
    static const char request[] =
        "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
        "3;ext=\"1\"\r\nabc\r\n00a\r\n0123456789\r\n0\r\nT: v\r\n\r\n";
    struct bench *bench = *state;
    struct buf answer;
    int client;

    start(bench);
    client = raw_connect(http_server_port(bench->server));
    expect_body(client, request, "POST /c ? [abc0123456789] 13");
    buf_init(&answer, SIZE_MAX);
    for (size_t i = 0; i < sizeof request - 1; i++)
        assert_true(raw_send_bytes(client, request + i, 1));
    assert_true(raw_read_answer(client, &answer, 0) > 0);
    assert_true(text_is(raw_body(&answer, 0), "POST /c ? [abc0123456789] 13"));
    buf_done(&answer);
    close(client);
}

static void a_large_head_or_many_headers_are_431(void **state)
{
    struct bench *bench = *state;
    struct buf request;
    int client;

    start(bench);
    buf_init(&request, SIZE_MAX);
    buf_add_string(&request, "GET / HTTP/1.1\r\nHost: x\r\nA: ");
    buf_add_repeat(&request, 'a', 16384 - request.length - 4);
    buf_add_string(&request, "\r\n\r\n");
    client = raw_connect(http_server_port(bench->server));
    expect_body(client, buf_string(&request), "GET / ? [] 0");
    close(client);
    buf_cut(&request, request.length - 4);
    buf_add_string(&request, "a\r\n\r\n");
    expect_refusal_of(bench, buf_view(&request), 431);

    buf_clear(&request);
    buf_add_string(&request, "GET / HTTP/1.1\r\nHost: x\r\n");
    for (int i = 1; i < 100; i++)
        buf_add_string(&request, "A: b\r\n");
    buf_add_string(&request, "\r\n");
    client = raw_connect(http_server_port(bench->server));
    expect_body(client, buf_string(&request), "GET / ? [] 0");
    close(client);
    buf_cut(&request, request.length - 2);
    buf_add_string(&request, "C: d\r\n\r\n");
    expect_refusal_of(bench, buf_view(&request), 431);

    buf_clear(&request);
    buf_add_string(&request, "GET /");
    buf_add_repeat(&request, 'a', 8192);
    buf_add_string(&request, " HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_refusal_of(bench, buf_view(&request), 400);
    buf_done(&request);
}

static void a_body_beyond_16_mb_is_413_before_it_is_read(void **state)
{
    struct bench *bench = *state;
    struct buf request;
    int client;

    start(bench);
    expect_refusal(bench, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 16777217\r\n\r\n", 413);
    expect_refusal(bench,
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 16777217\r\n\r\n",
        413);
    buf_init(&request, SIZE_MAX);
    buf_add_string(&request, "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 16777216\r\n\r\n");
    buf_add_repeat(&request, 'b', 16777216);
    client = raw_connect(http_server_port(bench->server));
    expect_body(client, buf_string(&request),
        "POST /b ? [bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb] 16777216");
    close(client);
    buf_clear(&request);
    buf_add_string(&request, "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    buf_add_string(&request, "1000001\r\n");
    buf_add_repeat(&request, 'b', 16777217);
    expect_refusal_of(bench, buf_view(&request), 413);
    buf_done(&request);
}

static void expect_100_continue_is_answered_before_the_body(void **state)
{
    struct bench *bench = *state;
    struct buf answer;
    int client;

    start(bench);
    client = raw_connect(http_server_port(bench->server));
    buf_init(&answer, SIZE_MAX);
    assert_true(raw_send(client,
        "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    assert_true(raw_read_some(client, &answer));
    assert_string_equal(buf_string(&answer), "HTTP/1.1 100 Continue\r\n\r\n");
    buf_clear(&answer);
    expect_body(client, "ok", "PUT / ? [ok] 2");
    buf_done(&answer);
    close(client);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct bench *bench = *state;
    struct buf request, answer;
    size_t from = 0;
    int client;

    start(bench);
    client = raw_connect(http_server_port(bench->server));
    buf_init(&request, SIZE_MAX);
    buf_init(&answer, SIZE_MAX);
    for (int i = 0; i < 64; i++)
        buf_add_format(&request, "POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n%02d",
            i % 8 == 3   ? "later"
            : i % 8 == 5 ? "post"
                         : "n",
            i);
    assert_true(raw_send_bytes(client, request.data, request.length));
    for (int i = 0; i < 64; i++) {
        char wanted[32];
        size_t length = raw_read_answer(client, &answer, from);

        assert_true(length > 0);
        snprintf(wanted, sizeof wanted, "POST /n ? [%02d] 2", i);
        assert_true(text_is(raw_body(&answer, from), i % 8 == 3 || i % 8 == 5 ? "kept" : wanted));
        from += length;
    }
    buf_done(&request);
    buf_done(&answer);
    close(client);
}

static void more_pipelined_bytes_than_a_block_arrive_whole(void **state)
{
    struct bench *bench = *state;
    struct buf request, answer;
    size_t from = 0, length;
    int client;

    start(bench);
    client = raw_connect(http_server_port(bench->server));
    buf_init(&request, SIZE_MAX);
    buf_init(&answer, SIZE_MAX);
    buf_add_string(&request, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int i = 0; i < 12; i++) {
        buf_add_string(&request, "POST /n HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n");
        buf_add_repeat(&request, 'q', 9000);
    }
    assert_true(raw_send_bytes(client, request.data, request.length));
    for (int i = 0; i < 13; i++) {
        length = raw_read_answer(client, &answer, from);
        assert_true(length > 0);
        assert_true(i == 0 ? text_is(raw_body(&answer, from), "kept")
                           : text_ends_with(raw_body(&answer, from), TEXT("] 9000")));
        from += length;
    }
    buf_done(&request);
    buf_done(&answer);
    close(client);
}

static void head_and_204_have_no_body(void **state)
{
    struct bench *bench = *state;
    struct buf answer;
    int client;

    start(bench);
    client = raw_connect(http_server_port(bench->server));
    buf_init(&answer, SIZE_MAX);
    assert_true(raw_send(client, "HEAD /large HTTP/1.1\r\nHost: x\r\n\r\n"
                                 "GET /empty HTTP/1.1\r\nHost: x\r\n\r\n"
                                 "GET /close HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(raw_read_to_end(client, &answer));
    assert_true(text_is(raw_header(&answer, 0, "Content-Length"), "4194304"));
    assert_non_null(
        strstr(buf_string(&answer), "Content-Length: 4194304\r\n\r\nHTTP/1.1 204 No Content\r\n"));
    assert_null(strstr(buf_string(&answer), "never sent"));
    assert_true(text_ends_with(buf_view(&answer), TEXT("Connection: close\r\n\r\nbye")));
    assert_true(text_ends_with(raw_header(&answer, 0, "Date"), TEXT(" GMT")));
    buf_done(&answer);
    close(client);
}

static void headers_of_a_handler_cannot_break_the_framing(void **state)
{
    struct bench *bench = *state;
    struct buf answer;
    int client;

    start(bench);
    client = raw_connect(http_server_port(bench->server));
    buf_init(&answer, SIZE_MAX);
    assert_true(raw_send(client, "GET /headers HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(raw_read_answer(client, &answer, 0) > 0);
    assert_string_equal(buf_string(&answer), "HTTP/1.1 200 OK\r\nX-Good: yes\r\n"
                                             "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                                             "Content-Length: 4\r\n\r\nbody");
    buf_done(&answer);
    close(client);
}

static void http_1_0_closes_unless_asked_to_stay(void **state)
{
    struct bench *bench = *state;
    struct buf answer;
    int client;

    start(bench);
    buf_init(&answer, SIZE_MAX);
    client = raw_connect(http_server_port(bench->server));
    assert_true(raw_send(client, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    assert_true(raw_read_answer(client, &answer, 0) > 0);
    assert_true(text_is(raw_header(&answer, 0, "Connection"), "keep-alive"));
    buf_clear(&answer);
    assert_true(raw_send(client, "GET /b HTTP/1.0\r\n\r\n"));
    assert_true(raw_read_to_end(client, &answer));
    assert_true(text_is(raw_header(&answer, 0, "Connection"), "close"));
    assert_true(text_is(raw_body(&answer, 0), "GET /b ? [] 0"));
    close(client);
    buf_clear(&answer);
    client = raw_connect(http_server_port(bench->server));
    assert_true(raw_send(client, "GET /c HTTP/1.1\r\nHost: x\r\nConnection: TE, Close\r\n\r\n"));
    assert_true(raw_read_to_end(client, &answer));
    assert_true(text_is(raw_body(&answer, 0), "GET /c ? [] 0"));
    close(client);
    buf_done(&answer);
}

static void a_client_that_closed_its_half_still_gets_its_answer(void **state)
{
    struct bench *bench = *state;
    struct buf answer;
    int client;

    start(bench);
    buf_init(&answer, SIZE_MAX);
    client = raw_connect(http_server_port(bench->server));
    assert_true(raw_send(client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /x HTTP/1.1\r\nHost: "
                                 "x\r\n\r\nGET /cut HT"));
    shutdown(client, SHUT_WR);
    assert_true(raw_read_to_end(client, &answer));
    assert_true(text_is(raw_body(&answer, 0), "kept"));
    assert_true(text_ends_with(buf_view(&answer), TEXT("GET /x ? [] 0")));
    close(client);
    buf_done(&answer);
}

static void a_slow_client_gets_all_of_a_large_answer(void **state)
{
    struct bench *bench = *state;
    struct buf answer;
    size_t from = 0, length;
    int client;

    start(bench);
    buf_init(&answer, SIZE_MAX);
    client = raw_connect_unix(buf_string(&bench->socket));
    assert_true(raw_send(client, "GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /large "
                                 "HTTP/1.1\r\nHost: x\r\n\r\nGET /n HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(wait_for(&bench->handled, 1));
    for (int i = 0; i < 3; i++) {
        length = raw_read_answer(client, &answer, from);
        assert_int_equal(raw_body(&answer, from).length, i < 2 ? 4194304 : 13);
        from += length;
    }
    close(client);
    buf_done(&answer);
}

static void a_client_that_does_not_read_is_closed(void **state)
{
    struct bench *bench = *state;
    struct pollfd closed = {0};
    struct buf answer;
    int client;

    http_server_limits(bench->server)->write_ms = 40;
    start(bench);
    buf_init(&answer, SIZE_MAX);
    client = raw_connect_unix(buf_string(&bench->socket));
    for (int i = 0; i < 4; i++)
        assert_true(raw_send(client, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(wait_for(&bench->handled, 1));
    closed.fd = client;
    assert_int_equal(poll(&closed, 1, 10 * 1000), 1);
    assert_true(closed.revents & POLLHUP);
    raw_read_to_end(client, &answer);
    assert_true(answer.length < 4 * 4194304);
    close(client);
    buf_done(&answer);
}

static void expect_late(struct bench *bench, const char *part, int status)
{
    int client = raw_connect(http_server_port(bench->server));
    struct buf answer;

    buf_init(&answer, SIZE_MAX);
    assert_true(raw_send(client, part));
    assert_true(raw_read_to_end(client, &answer));
    if (status == 0)
        assert_int_equal(answer.length, 0);
    else
        assert_int_equal(raw_status(&answer, 0), status);
    buf_done(&answer);
    close(client);
}

static void slow_heads_and_bodies_are_408_and_idle_connections_close(void **state)
{
    struct bench *bench = *state;
    struct http_limits *limits = http_server_limits(bench->server);

    limits->head_ms = limits->body_ms = limits->idle_ms = 60;
    start(bench);
    expect_late(bench, "", 0);
    expect_late(bench, "\r\n", 0);
    expect_late(bench, "G", 408);
    expect_late(bench, "GET / HTTP/1.1\r\nHost: x\r\n", 408);
    expect_late(bench, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc", 408);
    expect_late(bench, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nabc", 408);
    expect_late(bench, "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na",
        408);
    limits->body_ms = 60 * 1000;
    limits->rate_ms = 100;
    expect_late(bench, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nabc", 408);
}

static void connections_beyond_the_limits_are_closed_at_once(void **state)
{
    struct bench *bench = *state;
    int client[3];
    struct buf answer;

    http_server_limits(bench->server)->connections = 3;
    http_server_limits(bench->server)->per_address = 2;
    start(bench);
    buf_init(&answer, SIZE_MAX);
    for (int i = 0; i < 2; i++) {
        client[i] = raw_connect(http_server_port(bench->server));
        expect_body(client[i], "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / ? [] 0");
    }
    client[2] = raw_connect(http_server_port(bench->server));
    raw_read_to_end(client[2], &answer);
    assert_int_equal(answer.length, 0);
    close(client[2]);
    client[2] = raw_connect_unix(buf_string(&bench->socket));
    expect_body(client[2], "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / ? [] 0");
    close(client[0]);
    close(client[1]);
    close(client[2]);
    buf_done(&answer);
}

static void an_answer_may_come_after_the_client_has_gone(void **state)
{
    struct bench *bench = *state;
    struct linger reset = {.l_onoff = 1};
    int client;

    start(bench);
    client = raw_connect(http_server_port(bench->server));
    assert_true(raw_send(client, "GET /keep HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(wait_for(&bench->handled, 1));
    setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(client);
    client = raw_connect(http_server_port(bench->server));
    expect_body(client, "GET /n HTTP/1.1\r\nHost: x\r\n\r\n", "GET /n ? [] 0");
    http_server_post(bench->server, answer_kept, bench);
    assert_true(wait_for(&bench->posted, 1));
    expect_body(client, "GET /n HTTP/1.1\r\nHost: x\r\n\r\n", "GET /n ? [] 0");
    close(client);
}

static void a_held_connection_tells_when_its_client_closes(void **state)
{
    struct bench *bench = *state;
    int client;

    start(bench);
    client = raw_connect_unix(buf_string(&bench->socket));
    assert_true(raw_send(client, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(wait_for(&bench->handled, 1));
    assert_int_equal(atomic_load(&bench->gone), 0);
    close(client);
    assert_true(wait_for(&bench->gone, 1));
    client = raw_connect_unix(buf_string(&bench->socket));
    assert_true(raw_send(client, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(wait_for(&bench->handled, 2));
    http_server_stop(bench->server);
    pthread_join(bench->thread, NULL);
    bench->is_running = false;
    assert_int_equal(atomic_load(&bench->gone), 2);
    close(client);
}

static void a_dropped_exchange_closes_without_an_answer(void **state)
{
    struct bench *bench = *state;
    struct buf answer;
    int client;

    start(bench);
    buf_init(&answer, SIZE_MAX);
    client = raw_connect(http_server_port(bench->server));
    assert_true(raw_send(client, "GET /drop HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(raw_read_to_end(client, &answer));
    assert_int_equal(answer.length, 0);
    close(client);
    buf_done(&answer);
}

static void a_stop_lets_requests_in_flight_end(void **state)
{
    struct bench *bench = *state;
    struct buf answer;
    int client, idle;

    start(bench);
    buf_init(&answer, SIZE_MAX);
    idle = raw_connect(http_server_port(bench->server));
    expect_body(idle, "GET /n HTTP/1.1\r\nHost: x\r\n\r\n", "GET /n ? [] 0");
    client = raw_connect(http_server_port(bench->server));
    assert_true(raw_send(client, "GET /keep HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(wait_for(&bench->handled, 2));
    http_server_stop(bench->server);
    assert_true(raw_read_to_end(idle, &answer));
    assert_int_equal(answer.length, 0);
    assert_int_equal(raw_connect(http_server_port(bench->server)), -1);
    http_server_post(bench->server, answer_kept, bench);
    assert_true(raw_read_to_end(client, &answer));
    assert_true(text_is(raw_body(&answer, 0), "kept"));
    assert_true(text_is(raw_header(&answer, 0, "Connection"), "close"));
    pthread_join(bench->thread, NULL);
    bench->is_running = false;
    close(client);
    close(idle);
    buf_done(&answer);
}

static void a_stop_does_not_wait_for_ever(void **state)
{
    struct bench *bench = *state;
    int client;

    http_server_limits(bench->server)->grace_ms = 30;
    start(bench);
    client = raw_connect(http_server_port(bench->server));
    assert_true(raw_send(client, "GET /keep HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(wait_for(&bench->handled, 1));
    http_server_stop(bench->server);
    pthread_join(bench->thread, NULL);
    bench->is_running = false;
    close(client);
}

static void a_server_stopped_before_it_runs_ends_at_once(void **state)
{
    struct bench *bench = *state;

    http_server_stop(bench->server);
    http_server_run(bench->server);
    assert_int_equal(atomic_load(&bench->handled), 0);
}

static void what_is_posted_runs_even_when_the_loop_has_ended(void **state)
{
    struct bench *bench = *state;

    http_server_stop(bench->server);
    http_server_run(bench->server);
    http_server_post(bench->server, answer_kept, bench);
    http_server_run_posted(bench->server);
    assert_int_equal(atomic_load(&bench->posted), 1);
}

static void a_server_survives_every_failed_allocation_at_its_start(void **state)
{
    struct http_server_options options = {.listen = "127.0.0.1:0", .handle = handle};
    struct http_server *server = NULL;
    long live = mem_live();

    for (long nth = 1; !server; nth++) {
        struct error err = {0};

        mem_fail_at(nth);
        server = http_server_new(&options, &err);
        mem_fail_at(0);
        assert_true(server || (err.code == ERROR_MEMORY && mem_live() == live));
    }
    http_server_free(server);
    (void)state;
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_request_is_answered_on_tcp_and_on_the_unix_socket),
        BENCH_TEST(the_unix_socket_is_private_and_goes_with_the_server),
        BENCH_TEST(a_socket_in_use_is_refused_and_a_stale_one_replaced),
        BENCH_TEST(an_address_that_cannot_be_used_is_named),
        cmocka_unit_test(loopback_addresses_are_told_from_others),
        BENCH_TEST(ambiguous_lengths_are_refused),
        BENCH_TEST(malformed_heads_are_refused),
        BENCH_TEST(malformed_chunks_are_refused),
        BENCH_TEST(chunks_are_joined_however_they_are_split),
        BENCH_TEST(a_large_head_or_many_headers_are_431),
        BENCH_TEST(a_body_beyond_16_mb_is_413_before_it_is_read),
        BENCH_TEST(expect_100_continue_is_answered_before_the_body),
        BENCH_TEST(pipelined_requests_are_answered_in_order),
        BENCH_TEST(more_pipelined_bytes_than_a_block_arrive_whole),
        BENCH_TEST(head_and_204_have_no_body),
        BENCH_TEST(headers_of_a_handler_cannot_break_the_framing),
        BENCH_TEST(http_1_0_closes_unless_asked_to_stay),
        BENCH_TEST(a_client_that_closed_its_half_still_gets_its_answer),
        BENCH_TEST(a_slow_client_gets_all_of_a_large_answer),
        BENCH_TEST(a_client_that_does_not_read_is_closed),
        BENCH_TEST(slow_heads_and_bodies_are_408_and_idle_connections_close),
        BENCH_TEST(connections_beyond_the_limits_are_closed_at_once),
        BENCH_TEST(an_answer_may_come_after_the_client_has_gone),
        BENCH_TEST(a_held_connection_tells_when_its_client_closes),
        BENCH_TEST(a_dropped_exchange_closes_without_an_answer),
        BENCH_TEST(a_stop_lets_requests_in_flight_end),
        BENCH_TEST(a_stop_does_not_wait_for_ever),
        BENCH_TEST(a_server_stopped_before_it_runs_ends_at_once),
        BENCH_TEST(what_is_posted_runs_even_when_the_loop_has_ended),
        cmocka_unit_test(a_server_survives_every_failed_allocation_at_its_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
