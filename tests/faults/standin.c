#include "tests/faults/standin.h"

#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

enum { STANDIN_ANSWERS = 64, STANDIN_KEPT = 256, STANDIN_PEERS = 256, STANDIN_POLL_MS = 10 };

struct standin_peer {
    struct standin *standin;
    pthread_t thread;
    int socket;
};

struct standin {
    pthread_mutex_t lock;
    pthread_t thread;
    int listener, port;
    atomic_bool stop;
    char url[64];
    struct standin_answer answer[STANDIN_ANSWERS];
    size_t answer_count, answer_next;
    struct buf request[STANDIN_KEPT];
    size_t request_count;
    struct standin_peer peer[STANDIN_PEERS];
    size_t peer_count;
};

static void standin_pause(long ms)
{
    const struct timespec pause = {.tv_nsec = ms * 1000000};

    nanosleep(&pause, NULL);
}

/* Bytes read; 0 when the peer has gone or the server stops. */
static size_t standin_read(struct standin_peer *peer, char *data, size_t size)
{
    struct pollfd poll_set = {.fd = peer->socket, .events = POLLIN};
    ssize_t got;

    while (!atomic_load(&peer->standin->stop)) {
        if (poll(&poll_set, 1, STANDIN_POLL_MS) <= 0)
            continue;
        got = recv(peer->socket, data, size, 0);
        return got > 0 ? (size_t)got : 0;
    }
    return 0;
}

static size_t standin_body_length(struct text head)
{
    struct text line, name;
    int64_t length = 0;

    while (text_take_field(&head, '\n', &line))
        if (text_take_until(&line, ':', &name) && text_is_ignoring_case(name, "content-length") &&
            text_to_integer(text_trim(line), 0, INT64_C(1) << 32, &length))
            break;
    return (size_t)length;
}

/* One whole request; what follows it stays in input. False when the peer has gone. */
static bool standin_receive(struct standin_peer *peer, struct buf *input, struct buf *request)
{
    char data[4096];

    for (;;) {
        size_t end = text_find(buf_view(input), TEXT("\r\n\r\n"), 0);
        size_t got;

        if (end != SIZE_MAX) {
            size_t whole = end + 4 + standin_body_length(text_slice(buf_view(input), 0, end));

            if (input->length >= whole) {
                buf_add_text(request, text_slice(buf_view(input), 0, whole));
                buf_drop(input, whole);
                return true;
            }
        }
        got = standin_read(peer, data, sizeof data);
        if (got == 0)
            return false;
        buf_add(input, data, got);
    }
}

static bool standin_write(struct standin_peer *peer, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(peer->socket, data, length, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        data += sent;
        length -= (size_t)sent;
    }
    return true;
}

static void standin_reset(struct standin_peer *peer)
{
    const struct linger at_once = {.l_onoff = 1};

    setsockopt(peer->socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static void standin_wait_for_end(struct standin_peer *peer)
{
    char data[256];

    while (standin_read(peer, data, sizeof data) > 0)
        continue;
}

static bool standin_drip(struct standin_peer *peer, const char *body)
{
    for (; *body && !atomic_load(&peer->standin->stop); body++) {
        if (!standin_write(peer, body, 1))
            return false;
        standin_pause(5);
    }
    return true;
}

/* False when the connection ends with this answer. */
static bool standin_reply(struct standin_peer *peer, const struct standin_answer *answer)
{
    const char *body = answer->body ? answer->body : "";
    size_t length = answer->body_length ? answer->body_length : strlen(body);
    size_t announced = length + (answer->fault == STANDIN_LONG_LENGTH ? 10 : 0);
    struct buf head;
    bool sent;

    if (answer->fault == STANDIN_NO_ANSWER)
        return false;
    if (answer->fault == STANDIN_RESET) {
        standin_reset(peer);
        return false;
    }
    if (answer->fault == STANDIN_SILENT) {
        standin_wait_for_end(peer);
        return false;
    }
    if (answer->fault == STANDIN_GARBAGE) {
        standin_write(peer, "this is no HTTP\r\n\r\n", 19);
        return false;
    }
    buf_init(&head, 1 << 20);
    buf_add_format(&head, "HTTP/1.1 %d Status\r\nContent-Length: %zu\r\n%s\r\n",
        answer->status ? answer->status : 200, announced, answer->header ? answer->header : "");
    sent = standin_write(peer, head.data, head.length);
    buf_done(&head);
    if (!sent)
        return false;
    if (answer->fault == STANDIN_DRIP)
        return standin_drip(peer, body);
    if (answer->fault == STANDIN_CUT || answer->fault == STANDIN_RESET_INSIDE) {
        standin_write(peer, body, length / 2);
        standin_pause(20); /* a reset overtakes what was not read yet */
        if (answer->fault == STANDIN_RESET_INSIDE)
            standin_reset(peer);
        return false;
    }
    return standin_write(peer, body, length) && answer->fault == STANDIN_WHOLE &&
           !answer->close_after;
}

static struct standin_answer standin_take(struct standin *standin, const struct buf *request)
{
    struct standin_answer answer = {0};

    pthread_mutex_lock(&standin->lock);
    if (standin->answer_count > 0) {
        answer = standin->answer[standin->answer_next];
        if (standin->answer_next + 1 < standin->answer_count)
            standin->answer_next++;
    }
    if (standin->request_count < STANDIN_KEPT)
        buf_add_text(&standin->request[standin->request_count++], buf_view(request));
    pthread_mutex_unlock(&standin->lock);
    return answer;
}

static void *standin_serve(void *user)
{
    struct standin_peer *peer = user;
    struct buf input, request;
    bool goes_on = true;

    buf_init(&input, 64 << 20);
    buf_init(&request, 64 << 20);
    while (goes_on && standin_receive(peer, &input, &request)) {
        struct standin_answer answer = standin_take(peer->standin, &request);

        goes_on = standin_reply(peer, &answer);
        buf_clear(&request);
    }
    close(peer->socket);
    buf_done(&input);
    buf_done(&request);
    return NULL;
}

static void *standin_accept(void *user)
{
    struct standin *standin = user;
    struct pollfd poll_set = {.fd = standin->listener, .events = POLLIN};

    while (!atomic_load(&standin->stop)) {
        struct standin_peer *peer = &standin->peer[standin->peer_count];

        if (poll(&poll_set, 1, STANDIN_POLL_MS) <= 0)
            continue;
        peer->socket = accept(standin->listener, NULL, NULL);
        if (peer->socket < 0 || standin->peer_count == STANDIN_PEERS - 1)
            continue;
        peer->standin = standin;
        if (pthread_create(&peer->thread, NULL, standin_serve, peer) == 0) {
            pthread_mutex_lock(&standin->lock);
            standin->peer_count++;
            pthread_mutex_unlock(&standin->lock);
        }
    }
    return NULL;
}

static int standin_bind(int listener)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    if (bind(listener, (struct sockaddr *)&address, size) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        return -1;
    return ntohs(address.sin_port);
}

int standin_free_port(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int port = standin_bind(listener);

    close(listener);
    assert(port > 0);
    return port;
}

struct standin *standin_start(const char *unix_socket)
{
    struct standin *standin = mem_new(1, sizeof *standin);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int failed;

    assert(standin);
    pthread_mutex_init(&standin->lock, NULL);
    for (size_t i = 0; i < STANDIN_KEPT; i++)
        buf_init(&standin->request[i], 64 << 20);
    standin->listener = socket(unix_socket ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    assert(standin->listener >= 0);
    if (unix_socket) {
        snprintf(address.sun_path, sizeof address.sun_path, "%s", unix_socket);
        failed = bind(standin->listener, (struct sockaddr *)&address, sizeof address);
        assert(!failed);
        snprintf(standin->url, sizeof standin->url, "http://localhost");
    } else {
        standin->port = standin_bind(standin->listener);
        assert(standin->port > 0);
        snprintf(standin->url, sizeof standin->url, "http://127.0.0.1:%d", standin->port);
    }
    failed = listen(standin->listener, 128) ||
             pthread_create(&standin->thread, NULL, standin_accept, standin);
    assert(!failed);
    (void)failed;
    return standin;
}

void standin_clear(struct standin *standin)
{
    pthread_mutex_lock(&standin->lock);
    standin->answer_count = standin->answer_next = 0;
    for (size_t i = 0; i < standin->request_count; i++)
        buf_done(&standin->request[i]);
    standin->request_count = 0;
    pthread_mutex_unlock(&standin->lock);
}

void standin_stop(struct standin *standin)
{
    if (!standin)
        return;
    atomic_store(&standin->stop, true);
    pthread_join(standin->thread, NULL);
    for (size_t i = 0; i < standin->peer_count; i++)
        pthread_join(standin->peer[i].thread, NULL);
    close(standin->listener);
    standin_clear(standin);
    pthread_mutex_destroy(&standin->lock);
    mem_free(standin);
}

const char *standin_url(const struct standin *standin)
{
    return standin->url;
}

int standin_port(const struct standin *standin)
{
    return standin->port;
}

void standin_add(struct standin *standin, struct standin_answer answer)
{
    pthread_mutex_lock(&standin->lock);
    assert(standin->answer_count < STANDIN_ANSWERS);
    standin->answer[standin->answer_count++] = answer;
    pthread_mutex_unlock(&standin->lock);
}

size_t standin_requests(struct standin *standin)
{
    size_t count;

    pthread_mutex_lock(&standin->lock);
    count = standin->request_count;
    pthread_mutex_unlock(&standin->lock);
    return count;
}

size_t standin_connections(struct standin *standin)
{
    size_t count;

    pthread_mutex_lock(&standin->lock);
    count = standin->peer_count;
    pthread_mutex_unlock(&standin->lock);
    return count;
}

void standin_request(struct standin *standin, size_t index, struct buf *out)
{
    pthread_mutex_lock(&standin->lock);
    if (index < standin->request_count)
        buf_add_text(out, buf_view(&standin->request[index]));
    pthread_mutex_unlock(&standin->lock);
}

bool standin_wait(struct standin *standin, size_t requests)
{
    for (int i = 0; i < 1000; i++) {
        if (standin_requests(standin) >= requests)
            return true;
        standin_pause(5);
    }
    return false;
}
