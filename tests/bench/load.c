/*
 * Load for a DynamoDB endpoint over loopback: many keep-alive connections, one request in flight on
 * each, and the CPU time that the server process used meanwhile.
 *
 *   load PORT PID setup              creates table "bench": 500 partitions of 20 items, ~230 bytes each
 *   load PORT PID fill TABLE P       creates TABLE with P partitions of 20 items, 25 a batch, one connection
 *   load PORT PID get|put|query N [CONNECTIONS [TABLE P]]
 *                                    N requests over 16 connections, random keys
 *   load PORT PID scan TABLE         reads it all, page after page
 *   load PORT 0 start RUNS FOLDER COMMAND...
 *                                    starts the server RUNS times, each on an emptied FOLDER unless it
 *                                    is -, and waits for the first answer to ListTables
 *
 * Prints: operation, requests (fill, scan: items), errors, requests per second, CPU microseconds
 * per request, p50 and p99 in microseconds; start: the median in milliseconds.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_LIMIT = 64, ITEMS = 20, BATCH = 25, ANSWER_LIMIT = 4 << 20 };

static const char *table = "bench";
static unsigned partitions = 500, connections = 16;

struct client {
    int socket;
    char *answer;
    size_t received;
    uint64_t sent_at;
};

static uint64_t state; /* seeded from the clock: a put that changes nothing is no write */

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Nanoseconds on a CPU of all threads of a process. */
static uint64_t cpu_of(int pid)
{
    char path[300];
    uint64_t total = 0;
    DIR *folder;

    snprintf(path, sizeof path, "/proc/%d/task", pid);
    folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        FILE *file;
        unsigned long long on_cpu;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, entry->d_name);
        file = fopen(path, "r");
        if (file && fscanf(file, "%llu", &on_cpu) == 1)
            total += on_cpu;
        if (file)
            fclose(file);
    }
    if (folder)
        closedir(folder);
    return total;
}

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1, socket_ = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (socket_ < 0 || connect(socket_, (struct sockaddr *)&address, sizeof address) < 0) {
        perror("load: connect");
        exit(1);
    }
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return socket_;
}

static void send_request(struct client *client, const char *operation, const char *body)
{
    char request[65536];
    int length = snprintf(request, sizeof request,
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "X-Amz-Target: DynamoDB_20120810.%s\r\nX-Amz-Date: 20260101T000000Z\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/"
        "aws4_request, SignedHeaders=host;x-amz-date, Signature="
        "0000000000000000000000000000000000000000000000000000000000000000\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        operation, strlen(body), body);

    client->received = 0;
    client->sent_at = now();
    for (int done = 0; done < length;) {
        ssize_t sent = write(client->socket, request + done, (size_t)(length - done));

        if (sent <= 0) {
            perror("load: write");
            exit(1);
        }
        done += (int)sent;
    }
}

/* The status when a whole answer is there, else 0. */
static int read_answer(struct client *client)
{
    ssize_t got = read(client->socket, client->answer + client->received,
        ANSWER_LIMIT - client->received - 1);
    const char *end, *length;

    if (got <= 0) {
        fprintf(stderr, "load: the server closed the connection\n");
        exit(1);
    }
    client->received += (size_t)got;
    client->answer[client->received] = 0;
    end = strstr(client->answer, "\r\n\r\n");
    if (!end)
        return 0;
    length = strcasestr(client->answer, "content-length:");
    if (length && length < end) {
        if (client->received < (size_t)(end - client->answer) + 4 + strtoul(length + 15, NULL, 10))
            return 0;
    } else if (!strstr(end, "\r\n0\r\n\r\n")) /* chunked */
        return 0;
    return atoi(client->answer + 9);
}

static int exchange(struct client *client, const char *operation, const char *body)
{
    int status;

    send_request(client, operation, body);
    while (!(status = read_answer(client)))
        ;
    return status;
}

static int item_json(char *out, size_t size, unsigned partition, unsigned item)
{
    return snprintf(out, size,
        "{\"pk\":{\"S\":\"part-%04u\"},\"sk\":{\"N\":\"%u\"},\"name\":{\"S\":\"customer %u of "
        "partition "
        "%u\"},\"status\":{\"S\":\"%s\"},\"total\":{\"N\":\"%llu.%02u\"},\"tags\":{\"SS\":["
        "\"alpha\",\"beta\"]},\"note\":{\"S\":\"the quick brown fox jumps over the lazy dog and "
        "runs through the long green field before the sun goes down again\"}}",
        partition, item, item, partition, draw(2) ? "open" : "done",
        (unsigned long long)draw(100000), (unsigned)draw(100));
}

static void make_table(struct client *client)
{
    char body[1024];
    int status;

    snprintf(body, sizeof body,
        "{\"TableName\":\"%s\",\"AttributeDefinitions\":[{\"AttributeName\":\"pk\","
        "\"AttributeType\":\"S\"},{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"}],"
        "\"KeySchema\":["
        "{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"sk\",\"KeyType\":"
        "\"RANGE\"}],\"BillingMode\":\"PAY_PER_REQUEST\"}",
        table);
    status = exchange(client, "CreateTable", body);
    snprintf(body, sizeof body, "{\"TableName\":\"%s\"}", table);
    for (int tries = 0; status == 200 && tries < 200; tries++) {
        struct timespec pause = {0, 20000000};

        exchange(client, "DescribeTable", body);
        if (strstr(client->answer, "\"ACTIVE\""))
            break;
        nanosleep(&pause, NULL);
    }
}

static void fill(struct client *client, int pid)
{
    static char body[65536];
    unsigned total = partitions * ITEMS;
    uint64_t started, cpu;
    double seconds;

    make_table(client);
    started = now();
    cpu = cpu_of(pid);
    for (unsigned done = 0; done < total;) {
        int at = snprintf(body, sizeof body, "{\"RequestItems\":{\"%s\":[", table);

        for (unsigned i = 0; i < BATCH && done < total; i++, done++) {
            at += snprintf(body + at, sizeof body - (size_t)at,
                "%s{\"PutRequest\":{\"Item\":", i ? "," : "");
            at += item_json(body + at, sizeof body - (size_t)at, done / ITEMS, done % ITEMS);
            at += snprintf(body + at, sizeof body - (size_t)at, "}}");
        }
        snprintf(body + at, sizeof body - (size_t)at, "]}}");
        if (exchange(client, "BatchWriteItem", body) != 200) {
            fprintf(stderr, "load: %s\n", client->answer);
            exit(1);
        }
    }
    cpu = cpu_of(pid) - cpu;
    seconds = (double)(now() - started) / 1e9;
    printf("fill %u 0 %.0f %.2f 0 0\n", total, total / seconds, (double)cpu / 1000 / total);
}

/* The text of the object behind "LastEvaluatedKey": in the answer; NULL at the end. */
static char *last_key(struct client *client)
{
    char *at = strstr(client->answer, "\"LastEvaluatedKey\":"), *end;
    int depth = 0;

    if (!at)
        return NULL;
    at += strlen("\"LastEvaluatedKey\":");
    for (end = at; *end && (depth > 0 || end == at); end++)
        depth += *end == '{' ? 1 : *end == '}' ? -1 : 0;
    return strndup(at, (size_t)(end - at));
}

static void scan(struct client *client, int pid)
{
    char body[4096], *key = NULL;
    uint64_t started = now(), cpu = cpu_of(pid);
    unsigned long items = 0;
    double seconds;

    do {
        const char *count;

        snprintf(body, sizeof body, "{\"TableName\":\"%s\"%s%s}", table,
            key ? ",\"ExclusiveStartKey\":" : "", key ? key : "");
        free(key);
        if (exchange(client, "Scan", body) != 200) {
            fprintf(stderr, "load: %s\n", client->answer);
            exit(1);
        }
        count = strstr(client->answer, "\"Count\":");
        items += count ? strtoul(count + 8, NULL, 10) : 0;
        key = last_key(client);
    } while (key);
    cpu = cpu_of(pid) - cpu;
    seconds = (double)(now() - started) / 1e9;
    printf("scan %lu 0 %.0f %.2f 0 0\n", items, (double)items / seconds,
        (double)cpu / 1000 / (double)items);
}

static const char *make_request(const char *kind, char *body, size_t size)
{
    unsigned partition = (unsigned)draw(partitions), item = (unsigned)draw(ITEMS);

    if (strcmp(kind, "get") == 0) {
        snprintf(body, size,
            "{\"TableName\":\"%s\",\"ConsistentRead\":true,\"Key\":{\"pk\":{\"S\":\"part-%04u\"}"
            ","
            "\"sk\":{\"N\":\"%u\"}}}",
            table, partition, item);
        return "GetItem";
    }
    if (strcmp(kind, "put") == 0) {
        int at = snprintf(body, size, "{\"TableName\":\"%s\",\"Item\":", table);

        at += item_json(body + at, size - (size_t)at, partition, item);
        snprintf(body + at, size - (size_t)at, "}");
        return "PutItem";
    }
    snprintf(body, size,
        "{\"TableName\":\"%s\",\"ConsistentRead\":true,\"KeyConditionExpression\":\"pk = :p\","
        "\"ExpressionAttributeValues\":{\":p\":{\"S\":\"part-%04u\"}}}",
        table, partition);
    return "Query";
}

static int compare(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static void run(int port, int pid, const char *kind, unsigned count)
{
    struct client client[CONNECTIONS_LIMIT];
    struct pollfd ready[CONNECTIONS_LIMIT];
    uint32_t *latency = calloc(count, sizeof *latency);
    unsigned sent = 0, done = 0, errors = 0;
    uint64_t started, cpu;
    double seconds;
    char body[4096];

    for (unsigned i = 0; i < connections; i++) {
        client[i].socket = connect_to(port);
        client[i].answer = malloc(ANSWER_LIMIT);
        ready[i] = (struct pollfd){.fd = client[i].socket, .events = POLLIN};
    }
    started = now();
    cpu = cpu_of(pid);
    for (unsigned i = 0; i < connections && sent < count; i++, sent++) {
        const char *operation = make_request(kind, body, sizeof body);

        send_request(&client[i], operation, body);
    }
    while (done < count) {
        poll(ready, connections, 10000);
        for (unsigned i = 0; i < connections; i++) {
            int status;

            if (!(ready[i].revents & POLLIN) || !(status = read_answer(&client[i])))
                continue;
            latency[done++] = (uint32_t)((now() - client[i].sent_at) / 1000);
            errors += status != 200;
            if (sent < count) {
                const char *operation = make_request(kind, body, sizeof body);

                send_request(&client[i], operation, body);
                sent++;
            }
        }
    }
    cpu = cpu_of(pid) - cpu;
    seconds = (double)(now() - started) / 1e9;
    qsort(latency, count, sizeof *latency, compare);
    printf("%s %u %u %.0f %.2f %u %u\n", kind, count, errors, count / seconds,
        (double)cpu / 1000 / count, latency[count / 2], latency[count - 1 - count / 100]);
    for (unsigned i = 0; i < connections; i++) {
        close(client[i].socket);
        free(client[i].answer);
    }
    free(latency);
}

static void empty_folder(const char *folder)
{
    static const char *const names[] = {"tables.db", "tables.db-wal", "tables.db-shm"};
    char path[4096];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
}

static pid_t start_server(char **command)
{
    pid_t pid = fork();

    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);

        dup2(null, 1);
        dup2(null, 2);
        execv(command[0], command);
        _exit(127);
    }
    return pid;
}

static bool is_listening(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int socket_ = socket(AF_INET, SOCK_STREAM, 0);
    bool done;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    done = connect(socket_, (struct sockaddr *)&address, sizeof address) == 0;
    close(socket_);
    return done;
}

static void start(int port, unsigned runs, const char *folder, char **command)
{
    uint32_t *taken = calloc(runs, sizeof *taken);

    for (unsigned run = 0; run < runs; run++) {
        const struct timespec moment = {0, 100000};
        struct client client = {.answer = malloc(ANSWER_LIMIT)};
        uint64_t started;
        pid_t pid;

        if (strcmp(folder, "-") != 0)
            empty_folder(folder);
        started = now();
        pid = start_server(command);
        while (!is_listening(port) && now() - started < 60000000000u)
            nanosleep(&moment, NULL);
        client.socket = connect_to(port);
        if (exchange(&client, "ListTables", "{}") != 200) {
            fprintf(stderr, "load: %s\n", client.answer);
            exit(1);
        }
        taken[run] = (uint32_t)((now() - started) / 1000);
        close(client.socket);
        free(client.answer);
        kill(pid, SIGTERM);
        waitpid(pid, NULL, 0);
    }
    qsort(taken, runs, sizeof *taken, compare);
    printf("%.2f\n", taken[runs / 2] / 1000.0);
    free(taken);
}

int main(int argc, char **argv)
{
    struct client client;
    int port, pid;

    if (argc < 4) {
        fprintf(stderr, "usage: load PORT PID setup|fill|get|put|query|scan|start ...\n");
        return 2;
    }
    state = now() | 1;
    port = atoi(argv[1]);
    pid = atoi(argv[2]);
    if (strcmp(argv[3], "start") == 0 && argc > 6) {
        start(port, (unsigned)atoi(argv[4]), argv[5], argv + 6);
        return 0;
    }
    if (strcmp(argv[3], "setup") != 0 && strcmp(argv[3], "fill") != 0 &&
        strcmp(argv[3], "scan") != 0) {
        connections = argc > 5 ? (unsigned)atoi(argv[5]) : connections;
        table = argc > 6 ? argv[6] : table;
        partitions = argc > 7 ? (unsigned)atoi(argv[7]) : partitions;
        if (connections < 1 || connections > CONNECTIONS_LIMIT)
            return 2;
        run(port, pid, argv[3], argc > 4 ? (unsigned)atoi(argv[4]) : 20000);
        return 0;
    }
    table = argc > 4 ? argv[4] : table;
    partitions = argc > 5 ? (unsigned)atoi(argv[5]) : partitions;
    client = (struct client){.socket = connect_to(port), .answer = malloc(ANSWER_LIMIT)};
    if (strcmp(argv[3], "scan") == 0)
        scan(&client, pid);
    else
        fill(&client, pid);
    close(client.socket);
    free(client.answer);
    return 0;
}
