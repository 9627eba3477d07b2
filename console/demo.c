#include "console/demo.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "client/http.h"
#include "console/batch.h"
#include "console/demo_data.h"
#include "console/demo_traffic.h"
#include "console/interactive.h"
#include "console/messages.h"
#include "console/serve.h"
#include "console/session.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRAFFIC_WAIT_MS = 6000 };

struct demo {
    const char *data; /* --data; NULL: a temporary folder */
    bool tour, no_traffic;
    struct buf folder, socket;
    bool is_temporary;
    pid_t server;
    int lease;
    uint16_t port;
    char rest[16], http[16]; /* API ids */
    struct session *session;
    struct demo_traffic *traffic;
};

static const char usage[] =
    "usage: gatehouse demo [--data FOLDER] [--tour] [--no-traffic]\n"
    "\n"
    "Opens the console on sample tables and APIs with live traffic.\n"
    "\n"
    "  --data FOLDER   keep the demo's data there (default: a temporary folder)\n"
    "  --tour          play a fixed tour in batch mode; also without a terminal\n"
    "  --no-traffic    make no requests to the sample APIs\n"
    "  --help          print this\n";

/* What the sample APIs and tables are made with; %d is the endpoint's TCP port. */
static const char setup_format[] =
    "CREATE TABLE orders (cust STRING HASH, ts NUMBER RANGE, status STRING, owner STRING)\n"
    "  INDEX byStatus (status, ts) INCLUDE (total) INDEX byOwner (owner) KEYS ONLY ON DEMAND\n"
    "  STREAM NEW_AND_OLD;\n"
    "CREATE TABLE customers (id STRING HASH) ON DEMAND;\n"
    "CREATE TABLE readings (device STRING HASH, at NUMBER RANGE, quality STRING)\n"
    "  LOCAL INDEX byQuality (device, quality) ALL PROVISIONED 20 RCU 10 WCU;\n"
    "CREATE TABLE shop (pk STRING HASH, sk STRING RANGE, gsi1pk STRING, gsi1sk STRING)\n"
    "  INDEX byState (gsi1pk, gsi1sk) ON DEMAND;\n"
    "API dynamodb.UpdateTimeToLive {TableName: 'readings',\n"
    "  TimeToLiveSpecification: {Enabled: true, AttributeName: 'expires'}};\n"
    "CREATE API `shop-api` REST DESCRIPTION 'orders and catalogue of the sample shop';\n"
    "CREATE ROUTE 'GET /health' OF `shop-api` -> MOCK 200 {ok: true};\n"
    "CREATE ROUTE 'GET /orders/{cust}' OF `shop-api`\n"
    "  -> TABLE (QUERY orders WHERE cust = :path.cust LIMIT 20);\n"
    "CREATE ROUTE 'GET /orders/{cust}/{ts}' OF `shop-api`\n"
    "  -> TABLE (GET orders :path.cust, :path.ts);\n"
    "CREATE ROUTE 'POST /orders' OF `shop-api` -> TABLE (PUT orders {cust: :body.cust,\n"
    "  ts: :body.ts, status: :body.status, total: number(:body.total)});\n"
    "CREATE ROUTE 'GET /catalog/{proxy+}' OF `shop-api`\n"
    "  -> URL 'http://127.0.0.1:%d/_gatehouse/echo' TIMEOUT 3s;\n"
    "CREATE ROUTE 'GET /slow' OF `shop-api`\n"
    "  -> URL 'http://127.0.0.1:%d/_gatehouse/echo' TIMEOUT 500ms;\n"
    "DEPLOY `shop-api` TO prod COMMENT 'first';\n"
    "API apigatewayv2.CreateApi {name: 'web', protocolType: 'HTTP',\n"
    "  target: 'http://127.0.0.1:%d/_gatehouse/echo'};\n"
    "CREATE ROUTE 'GET /pets/{id}' OF web -> URL 'http://127.0.0.1:%d/_gatehouse/echo';\n";

/* The same data folder again: only the endpoint's port is another one. */
static const char again_format[] =
    "ALTER ROUTE 'GET /catalog/{proxy+}' OF `shop-api`\n"
    "  -> URL 'http://127.0.0.1:%d/_gatehouse/echo';\n"
    "ALTER ROUTE 'GET /slow' OF `shop-api` -> URL 'http://127.0.0.1:%d/_gatehouse/echo'\n"
    "  TIMEOUT 500ms;\n"
    "DEPLOY `shop-api` TO prod COMMENT 'demo';\n"
    "ALTER ROUTE '$default' OF web -> URL 'http://127.0.0.1:%d/_gatehouse/echo';\n"
    "ALTER ROUTE 'GET /pets/{id}' OF web -> URL 'http://127.0.0.1:%d/_gatehouse/echo';\n";

/* The tour: every statement succeeds. */
static const struct {
    const char *about;     /* printed above; NULL: belongs to the one before */
    const char *statement; /* without semicolon */
    unsigned requests;     /* of the traffic that must have been made first */
} tour_table[] = {
    {"Four tables of samples; the endpoint keeps them in a folder of this machine.", "SHOW TABLES",
        0},
    {NULL, "DESCRIBE orders", 0},
    {"A key condition plans a Query, newest first.",
        "SELECT ts, status, total FROM orders WHERE cust = 'c0007' ORDER BY ts DESC LIMIT 5", 0},
    {"An index is found by itself. EXPLAIN shows the plan and the call, and sends nothing.",
        "EXPLAIN SELECT ts, total FROM orders WHERE status = 'open' AND ts > 1794900000", 0},
    {NULL, "SELECT ts, total FROM orders WHERE status = 'open' AND ts > 1794900000 LIMIT 4", 0},
    {"All ten types, nested; values are printed so that they can be typed again.",
        "GET customers 'c0001' ONLY name, points, address, roles, levels, avatar", 0},
    {"A write with a condition, and what it made of the item.",
        "UPDATE customers 'c0001' SET points = points + 10 IF active = true RETURN UPDATED NEW", 0},
    {"The same call for the AWS CLI, to paste into a script.",
        "EXPLAIN (AWS) GET orders 'c0007', 1794929190 ONLY total", 0},
    {"All of it or nothing: a transaction.",
        "BEGIN; UPDATE customers 'c0001' SET points = points - 5 IF points >= 5; "
        "UPDATE customers 'c0002' SET points = points + 5; COMMIT",
        0},
    {"What a statement really cost: its calls in place of its rows.",
        "ANALYZE SELECT ts FROM orders WHERE cust = 'c0007' AND total > 100", 0},
    {NULL, "COUNT readings WHERE device = 'dev-01'", 0},
    {"The stream of a table keeps its changes for a day.", "TAIL orders FROM START LIMIT 3", 1},
    {"Two APIs, a REST and an HTTP one, with live traffic.", "SHOW APIS", 0},
    {NULL, "SHOW ROUTES OF `shop-api`", 0},
    {"A request through the stage, as a client would send it.",
        "INVOKE 'GET /orders/c0007/1794929190' OF `shop-api`/prod", 0},
    {"A change is shown before it is made, and waits for a deployment.",
        "EXPLAIN ALTER ROUTE 'GET /slow' OF `shop-api` TIMEOUT 2s", 0},
    {NULL, "ALTER ROUTE 'GET /slow' OF `shop-api` TIMEOUT 2s", 0},
    {NULL, "SHOW STAGES OF `shop-api`", 0},
    {NULL, "DEPLOY `shop-api` TO prod COMMENT 'slow calls may take 2 s'", 0},
    {NULL, "SHOW DEPLOYMENTS OF `shop-api`", 0},
    {"What clients met in the last minute, by route; latencies in milliseconds.",
        "SHOW METRICS OF `shop-api`/prod", 160},
    {"And the requests that went wrong.",
        "SHOW LOGS OF `shop-api`/prod WHERE status >= 400 LIMIT 5", 160},
};

static int fail(const struct error *err)
{
    fprintf(stderr, "gatehouse: demo: %s\n", err->text);
    if (err->hint[0])
        fprintf(stderr, "hint: %s\n", err->hint);
    return message_exit_status(err->code);
}

static void say(const char *text)
{
    fprintf(stderr, "demo: %s\n", text);
}

static enum error_code ask_port(struct demo *demo, struct error *err)
{
    struct http_pool *pool = http_pool_new(NULL, err);
    struct http_request request = {.method = "GET",
        .url = "http://localhost/_gatehouse/health",
        .unix_socket = buf_string(&demo->socket)};
    struct http_response response;
    struct arena *arena = NULL;
    const struct json *health;
    enum error_code code;

    if (!pool)
        return err->code;
    http_response_init(&response);
    arena = arena_new(1 << 20, err);
    code = arena ? http_send(pool, &request, &response, err) : err->code;
    if (code)
        goto out;
    health = json_parse(buf_view(&response.body), arena, err);
    demo->port = (uint16_t)json_integer_member(health, "port", 0);
    if (!demo->port)
        code = error_set(err, ERROR_INTERNAL, "the endpoint did not say its port");
out:
    arena_free(arena);
    http_response_done(&response);
    http_pool_free(pool);
    return code;
}

/* A temporary folder is removed by the server, which outlives a console that is killed. */
static enum error_code start_server(struct demo *demo, struct error *err)
{
    const char *argument[] = {"--data", buf_string(&demo->folder), "--socket",
        buf_string(&demo->socket), "--listen", "127.0.0.1:0", "--lease",
        demo->is_temporary ? "--temporary" : NULL, NULL};

    return serve_start(argument, &demo->server, err);
}

static enum error_code start_endpoint(struct demo *demo, struct error *err)
{
    enum error_code code = ERROR_NONE;

    demo->lease = -1;
    buf_init(&demo->folder, 4096);
    buf_init(&demo->socket, 4096);
    if (demo->data) {
        buf_add_string(&demo->folder, demo->data);
        code = file_make_folder(demo->data, err);
    } else {
        code = file_make_temporary("gatehouse-demo", &demo->folder, err);
        demo->is_temporary = code == ERROR_NONE;
    }
    if (code == ERROR_NONE) {
        buf_add_format(&demo->socket, "%s/demo.sock", buf_string(&demo->folder));
        code = buf_check(&demo->socket, "the path of the demo's folder", err);
    }
    if (code == ERROR_NONE)
        code = start_server(demo, err);
    if (code == ERROR_NONE)
        code = serve_hold(buf_string(&demo->socket), 5000, &demo->lease, err);
    return code ? code : ask_port(demo, err);
}

static void stop_endpoint(struct demo *demo)
{
    if (demo->lease >= 0)
        close(demo->lease);
    if (demo->server > 0) {
        kill(demo->server, SIGTERM);
        waitpid(demo->server, NULL, 0);
    }
    if (demo->is_temporary)
        file_remove_tree(buf_string(&demo->folder));
    buf_done(&demo->folder);
    buf_done(&demo->socket);
}

static void show_loaded(void *user, const char *table, size_t count, size_t total)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\rdemo: loading %s %zu/%zu\033[K%s", table, count, total,
            count == total ? "\n" : "");
    else if (count == total)
        fprintf(stderr, "demo: loaded %s, %zu items\n", table, total);
    (void)user;
}

/* One API's id by name, from the catalog that the setup has filled. */
static void find_id(struct demo *demo, const char *name, char *out, size_t size)
{
    struct catalog *catalog = demo->session->link->catalog;
    const struct catalog_snapshot *snapshot = catalog_snapshot(catalog);
    const struct catalog_api *api;
    size_t matches;

    if (!snapshot)
        return;
    api = catalog_find_api(snapshot, text_of(name), &matches);
    if (api)
        snprintf(out, size, "%s", api->id);
    catalog_release(catalog, snapshot);
}

static int run_quietly(struct demo *demo, const char *name, const char *script)
{
    struct settings *settings = &demo->session->settings;
    struct settings before = *settings;
    struct batch_input input = {.name = name, .text = text_of(script)};
    struct batch_options options = {.echo = false};
    int status;

    memcpy(settings->format, "none", sizeof "none");
    settings->quiet = true;
    status = batch_main(demo->session, &input, 1, &options);
    *settings = before;
    return status;
}

static bool has_demo(struct demo *demo)
{
    const struct catalog_snapshot *snapshot = catalog_snapshot(demo->session->link->catalog);
    bool found = snapshot && catalog_find_table(snapshot, TEXT("shop"));

    if (snapshot)
        catalog_release(demo->session->link->catalog, snapshot);
    return found;
}

static int fill_endpoint(struct demo *demo)
{
    char script[sizeof setup_format + 64];
    struct error err;
    int status = run_quietly(demo, "<demo setup>", "SHOW TABLES");

    if (status)
        return status;
    if (has_demo(demo)) {
        snprintf(script, sizeof script, again_format, demo->port, demo->port, demo->port,
            demo->port);
        say("the data folder holds the demo already");
        status = run_quietly(demo, "<demo setup>", script);
        return status ? status : run_quietly(demo, "<demo setup>", "SHOW APIS");
    }
    snprintf(script, sizeof script, setup_format, demo->port, demo->port, demo->port, demo->port);
    say("creating four tables and two APIs");
    status = run_quietly(demo, "<demo setup>", script);
    if (status)
        return status;
    if (demo_load(demo->session->link->connection, show_loaded, demo, &err))
        return fail(&err);
    return run_quietly(demo, "<demo setup>", "SHOW APIS; SHOW TABLES;");
}

static int open_session(struct demo *demo)
{
    struct error err;
    struct buf endpoint;

    demo->session = session_new(&err);
    if (!demo->session)
        return fail(&err);
    demo->session->yes = true;
    demo->session->is_batch = true;
    buf_init(&endpoint, 4096);
    buf_add_format(&endpoint, "unix:%s", buf_string(&demo->socket));
    if (session_connect(demo->session, TEXT("local"), NULL, NULL, buf_string(&endpoint), false,
            &err)) {
        buf_done(&endpoint);
        return fail(&err);
    }
    buf_done(&endpoint);
    return 0;
}

static int play_tour(struct demo *demo)
{
    struct batch_options options = {.echo = true};
    int status = 0;

    memcpy(demo->session->settings.format, "table", sizeof "table");
    demo->session->settings.max_cell = 60;
    for (size_t i = 0; status == 0 && i < sizeof tour_table / sizeof *tour_table; i++) {
        struct batch_input input = {.name = "<tour>", .text = text_of(tour_table[i].statement)};

        if (demo->traffic)
            demo_traffic_wait(demo->traffic, tour_table[i].requests, TRAFFIC_WAIT_MS);
        if (tour_table[i].about)
            printf("%s-- %s\n", i ? "\n" : "", tour_table[i].about);
        fflush(stdout);
        status = batch_main(demo->session, &input, 1, &options);
    }
    return status;
}

static int run_demo(struct demo *demo)
{
    uint64_t begun = clock_monotonic();
    struct error err;
    int status;

    if (start_endpoint(demo, &err))
        return fail(&err);
    status = open_session(demo);
    if (status == 0)
        status = fill_endpoint(demo);
    if (status)
        return status;
    find_id(demo, "shop-api", demo->rest, sizeof demo->rest);
    find_id(demo, "web", demo->http, sizeof demo->http);
    if (!demo->no_traffic) {
        demo->traffic = demo_traffic_start(buf_string(&demo->socket), demo->rest, demo->http, &err);
        if (!demo->traffic)
            return fail(&err);
    }
    fprintf(stderr, "demo: ready after %llu ms\n",
        (unsigned long long)((clock_monotonic() - begun) / CLOCK_MS));
    if (demo->tour)
        return play_tour(demo);
    demo->session->yes = false;
    demo->session->is_batch = false;
    demo->session->is_interactive = true;
    return interactive_main(demo->session);
}

int demo_main(int argc, char **argv)
{
    struct demo demo = {.lease = -1, .tour = !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)};
    int status;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--tour") == 0)
            demo.tour = true;
        else if (strcmp(argv[i], "--no-traffic") == 0)
            demo.no_traffic = true;
        else if (strcmp(argv[i], "--data") == 0 && i + 1 < argc)
            demo.data = argv[++i];
        else if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        } else {
            fprintf(stderr, "gatehouse: demo: unknown option '%s'\n%s", argv[i], usage);
            return 2;
        }
    }
    status = run_demo(&demo);
    demo_traffic_stop(demo.traffic);
    if (!demo.session || !demo.session->is_abandoned)
        session_free(demo.session);
    stop_endpoint(&demo);
    return status;
}
