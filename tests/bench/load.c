/*
 * Load for a DynamoDB endpoint over loopback: many keep-alive connections, one request in flight on
 * each, and the CPU time that the server process used meanwhile.
 *
 *   load PORT PID setup              creates table "bench": 500 partitions of 20 items, ~230 bytes each
 *   load PORT PID get|put|query N    N requests over 16 connections, random keys
 *
 * Prints: operation, requests, errors, requests per second, CPU microseconds per request, p50 and
 * p99 in microseconds.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 16, PARTITIONS = 500, ITEMS = 20, ANSWER_LIMIT = 1 << 20 };

struct client {
    int socket;
    char *answer;
    size_t received;
    uint64_t sent_at;
};

static uint64_t state = 88172645463325252u;

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

static void setup(struct client *client)
{
    static char body[65536];
    int status = exchange(client, "CreateTable",
        "{\"TableName\":\"bench\",\"AttributeDefinitions\":[{\"AttributeName\":\"pk\","
        "\"AttributeType\":\"S\"},{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"}],"
        "\"KeySchema\":["
        "{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"sk\",\"KeyType\":"
        "\"RANGE\"}],\"BillingMode\":\"PAY_PER_REQUEST\"}");

    for (int tries = 0; status == 200 && tries < 200; tries++) {
        struct timespec pause = {0, 20000000};

        exchange(client, "DescribeTable", "{\"TableName\":\"bench\"}");
        if (strstr(client->answer, "\"ACTIVE\""))
            break;
        nanosleep(&pause, NULL);
    }
    for (unsigned partition = 0; partition < PARTITIONS; partition++) {
        int at = snprintf(body, sizeof body, "{\"RequestItems\":{\"bench\":[");

        for (unsigned item = 0; item < ITEMS; item++) {
            at += snprintf(body + at, sizeof body - (size_t)at,
                "%s{\"PutRequest\":{\"Item\":", item ? "," : "");
            at += item_json(body + at, sizeof body - (size_t)at, partition, item);
            at += snprintf(body + at, sizeof body - (size_t)at, "}}");
        }
        snprintf(body + at, sizeof body - (size_t)at, "]}}");
        if (exchange(client, "BatchWriteItem", body) != 200) {
            fprintf(stderr, "load: %s\n", client->answer);
            exit(1);
        }
    }
    printf("setup %d items\n", PARTITIONS * ITEMS);
}

static const char *make_request(const char *kind, char *body, size_t size)
{
    unsigned partition = (unsigned)draw(PARTITIONS), item = (unsigned)draw(ITEMS);

    if (strcmp(kind, "get") == 0) {
        snprintf(body, size,
            "{\"TableName\":\"bench\",\"ConsistentRead\":true,\"Key\":{\"pk\":{\"S\":\"part-%04u\"}"
            ","
            "\"sk\":{\"N\":\"%u\"}}}",
            partition, item);
        return "GetItem";
    }
    if (strcmp(kind, "put") == 0) {
        int at = snprintf(body, size, "{\"TableName\":\"bench\",\"Item\":");

        at += item_json(body + at, size - (size_t)at, partition, item);
        snprintf(body + at, size - (size_t)at, "}");
        return "PutItem";
    }
    snprintf(body, size,
        "{\"TableName\":\"bench\",\"ConsistentRead\":true,\"KeyConditionExpression\":\"pk = :p\","
        "\"ExpressionAttributeValues\":{\":p\":{\"S\":\"part-%04u\"}}}",
        partition);
    return "Query";
}

static int compare(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static void run(int port, int pid, const char *kind, unsigned count)
{
    struct client client[CONNECTIONS];
    struct pollfd ready[CONNECTIONS];
    uint32_t *latency = calloc(count, sizeof *latency);
    unsigned sent = 0, done = 0, errors = 0;
    uint64_t started, cpu;
    double seconds;
    char body[4096];

    for (int i = 0; i < CONNECTIONS; i++) {
        client[i].socket = connect_to(port);
        client[i].answer = malloc(ANSWER_LIMIT);
        ready[i] = (struct pollfd){.fd = client[i].socket, .events = POLLIN};
    }
    started = now();
    cpu = cpu_of(pid);
    for (int i = 0; i < CONNECTIONS && sent < count; i++, sent++) {
        const char *operation = make_request(kind, body, sizeof body);

        send_request(&client[i], operation, body);
    }
    while (done < count) {
        poll(ready, CONNECTIONS, 10000);
        for (int i = 0; i < CONNECTIONS; i++) {
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
    for (int i = 0; i < CONNECTIONS; i++) {
        close(client[i].socket);
        free(client[i].answer);
    }
    free(latency);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: load PORT PID setup | load PORT PID get|put|query COUNT\n");
        return 2;
    }
    if (strcmp(argv[3], "setup") == 0) {
        struct client client = {.socket = connect_to(atoi(argv[1])),
            .answer = malloc(ANSWER_LIMIT)};

        setup(&client);
        close(client.socket);
        free(client.answer);
    } else
        run(atoi(argv[1]), atoi(argv[2]), argv[3], argc > 4 ? (unsigned)atoi(argv[4]) : 20000);
    return 0;
}
