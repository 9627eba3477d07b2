#include "endpoint/http_internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "endpoint/http_listen.h"

enum { SWEEP_MS = 500, RETRY_MS = 100, BACKLOG = 511 };

static const struct http_limits default_limits = {
    .head_ms = 10 * 1000,
    .body_ms = 60 * 1000,
    .idle_ms = 75 * 1000,
    .write_ms = 30 * 1000,
    .linger_ms = 2 * 1000,
    .grace_ms = 2 * 1000,
    .rate_ms = 10 * 1000,
    .connections = 10000,
    .per_address = 1000,
    .body = 16 * 1024 * 1024,
};

struct http_delay {
    uv_timer_t timer;
    struct http_server *server;
    struct http_delay *next, *previous;
    void (*run)(void *user);
    void *user;
};

struct http_limits *http_server_limits(struct http_server *server)
{
    return &server->limits;
}

/* The map holds the number of connections of an address in place of a pointer. */
static size_t count_address(struct http_server *server, const char *peer)
{
    return (size_t)(uintptr_t)map_get(server->address_map, text_of(peer));
}

static bool set_address(struct http_server *server, const char *peer, size_t count)
{
    if (count > 0)
        return map_set(server->address_map, text_of(peer), (void *)(uintptr_t)count);
    map_remove(server->address_map, text_of(peer));
    return true;
}

static void finish_when_empty(struct http_server *server)
{
    if (server->is_stopping && server->connection_count == 0)
        uv_stop(&server->loop);
}

static void leave_ready_list(struct http_server *server, struct http_connection *connection)
{
    struct http_connection **at = &server->ready_list;

    while (*at && *at != connection)
        at = &(*at)->next_ready;
    if (*at)
        *at = connection->next_ready;
    connection->is_ready = false;
}

void http_server_forget(struct http_server *server, struct http_connection *connection)
{
    if (connection->is_ready)
        leave_ready_list(server, connection);
    if (connection->is_counted)
        (void)set_address(server, connection->peer, count_address(server, connection->peer) - 1);
    /* Its own next stays: a walk over the list may stand on it. */
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        server->connection_list = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    server->connection_count--;
    if (server->connection_count == 0 && server->has_timers)
        uv_timer_stop(&server->sweep);
    finish_when_empty(server);
}

static void sweep(uv_timer_t *timer)
{
    struct http_server *server = timer->data;
    uint64_t now = uv_now(&server->loop);
    struct http_connection *next;

    for (struct http_connection *at = server->connection_list; at; at = next) {
        next = at->next;
        if (at->state != HTTP_CONNECTION_CLOSED)
            http_connection_check_deadline(at, now);
    }
}

static unsigned sweep_interval(const struct http_limits *limits)
{
    const unsigned each[] = {limits->head_ms, limits->body_ms, limits->idle_ms, limits->write_ms,
        limits->linger_ms, limits->rate_ms};
    unsigned interval = SWEEP_MS;

    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        if (each[i] / 4 < interval)
            interval = each[i] / 4;
    return interval > 0 ? interval : 1;
}

static void free_refused(uv_handle_t *handle)
{
    struct http_connection *connection = handle->data;

    connection->server->open_handles--;
    mem_free(connection);
}

/* False when the connection is one too many. */
static bool admit(struct http_server *server, struct http_connection *connection)
{
    struct sockaddr_storage address;
    int length = sizeof address;
    size_t count;

    if (server->is_stopping || server->connection_count >= server->limits.connections)
        return false;
    if (connection->over_unix) {
        memcpy(connection->peer, "unix", sizeof "unix");
        return true;
    }
    uv_tcp_nodelay(&connection->tcp, 1);
    if (uv_tcp_getpeername(&connection->tcp, (struct sockaddr *)&address, &length) ||
        uv_ip_name((struct sockaddr *)&address, connection->peer, sizeof connection->peer))
        return false;
    count = count_address(server, connection->peer);
    if (count >= server->limits.per_address)
        return false;
    connection->is_counted = set_address(server, connection->peer, count + 1);
    return connection->is_counted;
}

static void on_connection(uv_stream_t *listener, int status);

static void retry_listeners(uv_timer_t *timer)
{
    struct http_server *server = timer->data;

    if (server->has_tcp)
        on_connection((uv_stream_t *)&server->tcp, 0);
    if (server->has_pipe)
        on_connection((uv_stream_t *)&server->pipe, 0);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct http_server *server = listener->data;
    struct http_connection *connection;

    if (status < 0)
        return;
    connection = mem_new(1, sizeof *connection);
    if (!connection) { /* libuv accepts nothing more until this one is taken */
        uv_timer_start(&server->retry, retry_listeners, RETRY_MS, 0);
        return;
    }
    connection->over_unix = listener == (uv_stream_t *)&server->pipe;
    connection->server = server;
    if (connection->over_unix)
        uv_pipe_init(&server->loop, &connection->pipe, 0);
    else
        uv_tcp_init(&server->loop, &connection->tcp);
    connection->handle.data = connection;
    server->open_handles++;
    if (uv_accept(listener, &connection->stream) || !admit(server, connection)) {
        uv_close(&connection->handle, free_refused);
        return;
    }
    connection->next = server->connection_list;
    if (connection->next)
        connection->next->previous = connection;
    server->connection_list = connection;
    if (server->connection_count++ == 0) {
        unsigned interval = sweep_interval(&server->limits);

        uv_timer_start(&server->sweep, sweep, interval, interval);
    }
    http_connection_open(server, connection);
}

static bool add_post(struct http_post_list *list, struct http_post post)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? list->capacity * 2 : 256;
        struct http_post *grown = mem_resize(list->post, capacity, sizeof *grown);

        if (!grown)
            return false;
        list->post = grown;
        list->capacity = capacity;
    }
    list->post[list->count++] = post;
    return true;
}

/*
 * Nothing posted may be lost: without memory another thread tries again until the loop has freed
 * some, and the loop thread, which cannot wait for itself, runs it at once.
 */
void http_server_post(struct http_server *server, void (*run)(void *user), void *user)
{
    const struct timespec moment = {.tv_nsec = 1000 * 1000};
    bool is_loop = pthread_equal(pthread_self(), server->loop_thread);
    bool is_first, is_added;

    do {
        pthread_mutex_lock(&server->post_lock);
        is_first = server->posted.count == 0;
        is_added = add_post(&server->posted, (struct http_post){run, user});
        pthread_mutex_unlock(&server->post_lock);
    } while (!is_added && !is_loop && nanosleep(&moment, NULL) <= 0);
    if (!is_added)
        run(user);
    else if (is_first)
        uv_async_send(&server->wake);
}

void http_server_run_posted(struct http_server *server)
{
    struct http_post_list taken;

    pthread_mutex_lock(&server->post_lock);
    taken = server->posted;
    server->posted = server->running;
    server->running = (struct http_post_list){0};
    pthread_mutex_unlock(&server->post_lock);
    for (size_t i = 0; i < taken.count; i++)
        taken.post[i].run(taken.post[i].user);
    taken.count = 0;
    if (!server->running.post)
        server->running = taken;
    else
        mem_free(taken.post);
}

static void run_ready(struct http_server *server)
{
    struct http_connection *ready = server->ready_list;

    server->ready_list = NULL;
    /* Processing one may close another: each is taken off before it runs. */
    while (ready) {
        struct http_connection *connection = ready;

        ready = connection->next_ready;
        connection->is_ready = false;
        http_connection_process(connection);
    }
}

static void begin_stop(struct http_server *server);

static void on_wake(uv_async_t *wake)
{
    struct http_server *server = wake->data;

    http_server_run_posted(server);
    run_ready(server);
    if (atomic_load(&server->stop_asked))
        begin_stop(server);
}

static void unlink_delay(struct http_delay *delay)
{
    if (delay->previous)
        delay->previous->next = delay->next;
    else
        delay->server->delay_list = delay->next;
    if (delay->next)
        delay->next->previous = delay->previous;
}

static void free_delay(uv_handle_t *handle)
{
    struct http_delay *delay = handle->data;

    delay->server->open_handles--;
    mem_free(delay);
}

static void on_delay(uv_timer_t *timer)
{
    struct http_delay *delay = timer->data;

    unlink_delay(delay);
    uv_close((uv_handle_t *)timer, free_delay);
    delay->run(delay->user);
}

bool http_server_after(struct http_server *server, uint64_t delay_ms, void (*run)(void *user),
    void *user)
{
    struct http_delay *delay = mem_new(1, sizeof *delay);

    if (!delay)
        return false;
    *delay = (struct http_delay){.server = server, .run = run, .user = user};
    uv_timer_init(&server->loop, &delay->timer);
    delay->timer.data = delay;
    delay->next = server->delay_list;
    if (delay->next)
        delay->next->previous = delay;
    server->delay_list = delay;
    server->open_handles++;
    uv_update_time(&server->loop); /* a handler may have taken long: the delay starts now */
    uv_timer_start(&delay->timer, on_delay, delay_ms, 0);
    return true;
}

void http_server_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;

    server->open_handles--;
}

static void close_handle(struct http_server *server, uv_handle_t *handle, bool *is_open)
{
    if (!*is_open)
        return;
    *is_open = false;
    handle->data = server;
    uv_close(handle, http_server_closed);
}

static void close_listeners(struct http_server *server)
{
    struct stat status;

    close_handle(server, (uv_handle_t *)&server->tcp, &server->has_tcp);
    close_handle(server, (uv_handle_t *)&server->pipe, &server->has_pipe);
    if (!server->socket_path)
        return;
    /* Another server may have put its own there since. */
    if (lstat(server->socket_path, &status) == 0 && status.st_dev == server->socket_device &&
        status.st_ino == server->socket_inode)
        unlink(server->socket_path);
    mem_free(server->socket_path);
    server->socket_path = NULL;
}

static void for_each_connection(struct http_server *server, void (*run)(struct http_connection *))
{
    struct http_connection *next;

    for (struct http_connection *at = server->connection_list; at; at = next) {
        next = at->next;
        if (at->state != HTTP_CONNECTION_CLOSED)
            run(at);
    }
}

static void on_grace(uv_timer_t *timer)
{
    struct http_server *server = timer->data;

    for_each_connection(server, http_connection_close);
    uv_stop(&server->loop);
}

static void begin_stop(struct http_server *server)
{
    if (server->is_stopping)
        return;
    server->is_stopping = true;
    close_listeners(server);
    for_each_connection(server, http_connection_stop);
    uv_timer_start(&server->grace, on_grace, server->limits.grace_ms, 0);
    finish_when_empty(server);
}

void http_server_stop(struct http_server *server)
{
    atomic_store(&server->stop_asked, true);
    uv_async_send(&server->wake);
}

/*
 * libuv writes to sockets that may be reset; a SIGPIPE of this thread is not for the rest of the
 * program to decide about.
 */
void http_server_run(struct http_server *server)
{
    const struct timespec at_once = {0};
    sigset_t pipe_set, old_set, pending;

    sigemptyset(&pipe_set);
    sigaddset(&pipe_set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_set, &old_set);
    server->loop_thread = pthread_self();
    server->is_running = true;
    uv_run(&server->loop, UV_RUN_DEFAULT);
    server->is_running = false;
    sigpending(&pending);
    if (!sigismember(&old_set, SIGPIPE) && sigismember(&pending, SIGPIPE))
        sigtimedwait(&pipe_set, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &old_set, NULL);
}

static enum error_code uv_failed(const char *what, int code, struct error *err)
{
    return error_set(err, ERROR_IO, "%s: %s", what, uv_strerror(code));
}

static enum error_code listen_tcp(struct http_server *server, const char *listen, struct error *err)
{
    struct sockaddr_storage address;
    int length = sizeof address, code;

    if (http_parse_address(listen, &address, err))
        return err->code;
    uv_tcp_init(&server->loop, &server->tcp);
    server->tcp.data = server;
    server->has_tcp = true;
    server->open_handles++;
    code = uv_tcp_bind(&server->tcp, (const struct sockaddr *)&address, 0);
    if (!code)
        code = uv_listen((uv_stream_t *)&server->tcp, BACKLOG, on_connection);
    if (code == UV_EADDRINUSE) {
        error_set(err, ERROR_IO, "cannot listen on %s: the port is in use", listen);
        return error_hint(err, "choose another one; port 0 takes a free one");
    }
    if (code == UV_EACCES)
        return error_set(err, ERROR_IO, "cannot listen on %s: not permitted", listen);
    if (code)
        return error_set(err, ERROR_IO, "cannot listen on %s: %s", listen, uv_strerror(code));
    code = uv_tcp_getsockname(&server->tcp, (struct sockaddr *)&address, &length);
    if (code)
        return uv_failed(listen, code, err);
    server->port =
        ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&address)->sin6_port
                                            : ((struct sockaddr_in *)(void *)&address)->sin_port);
    return ERROR_NONE;
}

static enum error_code listen_unix(struct http_server *server, const char *path, struct error *err)
{
    struct stat status;
    int descriptor, code;

    server->socket_path = mem_copy_string(path);
    if (!server->socket_path)
        return error_memory(err);
    descriptor = http_bind_unix(path, err);
    if (descriptor < 0)
        return err->code;
    if (lstat(path, &status) == 0) {
        server->socket_device = status.st_dev;
        server->socket_inode = status.st_ino;
    }
    uv_pipe_init(&server->loop, &server->pipe, 0);
    server->pipe.data = server;
    server->has_pipe = true;
    server->open_handles++;
    code = uv_pipe_open(&server->pipe, descriptor);
    if (code) {
        close(descriptor);
        return uv_failed(path, code, err);
    }
    code = uv_listen((uv_stream_t *)&server->pipe, BACKLOG, on_connection);
    return code ? uv_failed(path, code, err) : ERROR_NONE;
}

static enum error_code open_loop(struct http_server *server, struct error *err)
{
    int code = uv_loop_init(&server->loop);

    if (code)
        return uv_failed("event loop", code, err);
    server->has_loop = true;
    code = uv_async_init(&server->loop, &server->wake, on_wake);
    if (code)
        return uv_failed("event loop", code, err);
    uv_timer_init(&server->loop, &server->sweep);
    uv_timer_init(&server->loop, &server->grace);
    uv_timer_init(&server->loop, &server->retry);
    server->has_wake = server->has_timers = true;
    server->wake.data = server->sweep.data = server->grace.data = server->retry.data = server;
    server->open_handles += 4;
    return ERROR_NONE;
}

struct http_server *http_server_new(const struct http_server_options *options, struct error *err)
{
    struct http_server *server = mem_new(1, sizeof *server);
    enum error_code code;

    if (!server) {
        error_memory(err);
        return NULL;
    }
    server->handle = options->handle;
    server->user = options->user;
    server->limits = default_limits;
    server->loop_thread = pthread_self();
    pthread_mutex_init(&server->post_lock, NULL);
    server->address_map = map_new();
    code = server->address_map ? open_loop(server, err) : error_memory(err);
    if (!code && options->unix_socket)
        code = listen_unix(server, options->unix_socket, err);
    if (!code && options->listen)
        code = listen_tcp(server, options->listen, err);
    if (code) {
        http_server_free(server);
        return NULL;
    }
    return server;
}

static void close_loop(struct http_server *server)
{
    for_each_connection(server, http_connection_close);
    http_server_run_posted(server);
    while (server->delay_list) {
        struct http_delay *delay = server->delay_list;

        unlink_delay(delay);
        uv_close((uv_handle_t *)&delay->timer, free_delay);
    }
    if (server->has_timers) {
        uv_close((uv_handle_t *)&server->sweep, http_server_closed);
        uv_close((uv_handle_t *)&server->grace, http_server_closed);
        uv_close((uv_handle_t *)&server->retry, http_server_closed);
        server->has_timers = false;
    }
    close_handle(server, (uv_handle_t *)&server->wake, &server->has_wake);
    while (server->open_handles > 0)
        uv_run(&server->loop, UV_RUN_NOWAIT);
    if (uv_loop_close(&server->loop))
        log_line(LOG_ERROR, "the event loop ended with open handles");
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    server->is_stopping = true;
    close_listeners(server);
    if (server->has_loop)
        close_loop(server);
    exchange_free_spares(server);
    map_free(server->address_map);
    mem_free(server->posted.post);
    mem_free(server->running.post);
    pthread_mutex_destroy(&server->post_lock);
    mem_free(server);
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

struct uv_loop_s *http_server_loop(struct http_server *server)
{
    return &server->loop;
}

/* Made once a second. */
struct text http_server_date(struct http_server *server)
{
    uint64_t second = clock_wall() / CLOCK_SECOND;
    struct buf out;

    if (second != server->date_second || server->date[0] == '\0') {
        buf_init(&out, sizeof server->date - 1);
        clock_add_http(&out, second * CLOCK_SECOND);
        memcpy(server->date, buf_string(&out), out.length + 1);
        server->date_second = second;
        buf_done(&out);
    }
    return text_of(server->date);
}
