#include "endpoint/gateway/upstream.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "endpoint/gateway/upstream_internal.h"

enum { KEY_LIMIT = 300, SWEEP_MS = 5000 };

static void free_host(struct upstream_host *host)
{
    mem_free(host->name);
    mem_free(host);
}

static void close_idle(struct upstream_host *host, uint64_t before)
{
    struct upstream_link *next;

    for (struct upstream_link *link = host->idle; link; link = next) {
        next = link->next;
        if (link->idle_since < before)
            link_close(link);
    }
}

static void on_sweep(uv_timer_t *timer)
{
    struct upstream *upstream = timer->data;
    uint64_t now = clock_monotonic(), age = UPSTREAM_IDLE_SECONDS * CLOCK_SECOND;
    struct text key;
    void *value;

    for (size_t at = 0; now > age && map_next(upstream->hosts, &at, &key, &value);)
        close_idle(value, now - age);
}

struct upstream *upstream_new(struct uv_loop_s *loop)
{
    struct upstream *upstream = mem_new(1, sizeof *upstream);

    if (!upstream)
        return NULL;
    upstream->hosts = map_new();
    if (!upstream->hosts) {
        mem_free(upstream);
        return NULL;
    }
    upstream->loop = loop;
    link_parse_settings(&upstream->settings);
    uv_timer_init(loop, &upstream->sweep);
    upstream->sweep.data = upstream;
    uv_timer_start(&upstream->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    uv_unref((uv_handle_t *)&upstream->sweep);
    upstream->open_handles = 1;
    return upstream;
}

static void on_sweep_closed(uv_handle_t *handle)
{
    struct upstream *upstream = handle->data;

    upstream->open_handles--;
}

void upstream_free(struct upstream *upstream)
{
    struct text key;
    void *value;

    if (!upstream)
        return;
    upstream->is_ending = true;
    uv_close((uv_handle_t *)&upstream->sweep, on_sweep_closed);
    for (size_t at = 0; map_next(upstream->hosts, &at, &key, &value);) {
        struct upstream_host *host = value;

        close_idle(host, UINT64_MAX);
        if (host->is_resolving)
            uv_cancel((uv_req_t *)&host->resolve);
    }
    while (upstream->open_handles > 0 || upstream->resolving > 0)
        uv_run(upstream->loop, upstream->resolving > 0 ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    for (size_t at = 0; map_next(upstream->hosts, &at, &key, &value);)
        free_host(value);
    map_free(upstream->hosts);
    mem_free(upstream);
}

static void set_address(struct upstream_host *host, const struct sockaddr *address, size_t length)
{
    if (host->address_count < UPSTREAM_ADDRESSES && length <= sizeof host->address[0])
        memcpy(&host->address[host->address_count++], address, length);
}

/* Addresses need no resolver, and neither does localhost. */
static void set_fixed(struct upstream_host *host)
{
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    bool is_local = strcmp(host->name, "localhost") == 0;

    if (uv_ip4_addr(is_local ? "127.0.0.1" : host->name, host->port, &four) == 0)
        set_address(host, (const struct sockaddr *)&four, sizeof four);
    if (uv_ip6_addr(is_local ? "::1" : host->name, host->port, &six) == 0)
        set_address(host, (const struct sockaddr *)&six, sizeof six);
    host->is_fixed = host->address_count > 0;
}

/* Room for one more: hosts without connections are forgotten. */
static bool make_room(struct upstream *upstream)
{
    struct text key;
    void *value;

    if (map_count(upstream->hosts) < UPSTREAM_HOSTS)
        return true;
    for (size_t at = 0; map_next(upstream->hosts, &at, &key, &value);) {
        struct upstream_host *host = value;

        if (host->link_count > 0 || host->is_resolving)
            continue;
        map_remove(upstream->hosts, key);
        free_host(host);
        return true;
    }
    return false;
}

static struct upstream_host *find_host(struct upstream *upstream, struct text name, uint16_t port)
{
    char key[KEY_LIMIT];
    int length = snprintf(key, sizeof key, "%.*s:%u", (int)name.length, name.data, port);
    struct upstream_host *host;

    if (length < 0 || (size_t)length >= sizeof key)
        return NULL;
    host = map_get(upstream->hosts, text_make(key, (size_t)length));
    if (host || !make_room(upstream))
        return host;
    host = mem_new(1, sizeof *host);
    if (!host)
        return NULL;
    host->upstream = upstream;
    host->port = port;
    host->name = mem_copy(name.data, name.length);
    if (!host->name || !map_set(upstream->hosts, text_make(key, (size_t)length), host)) {
        free_host(host);
        return NULL;
    }
    set_fixed(host);
    return host;
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct upstream_host *host = request->data;
    struct upstream_link *link;

    host->is_resolving = false;
    host->upstream->resolving--;
    if (status == 0) {
        host->address_count = 0;
        for (const struct addrinfo *one = list; one; one = one->ai_next)
            set_address(host, one->ai_addr, one->ai_addrlen);
        host->resolved_at = clock_monotonic();
    }
    uv_freeaddrinfo(list);
    while ((link = host->waiting) != NULL) {
        link_list_remove(&host->waiting, link);
        link->state = LINK_CONNECTING;
        if (status == 0)
            link_connect(link);
        else
            link_finish(link, UPSTREAM_UNRESOLVED, uv_strerror(status));
    }
}

static bool is_resolved(const struct upstream_host *host)
{
    return host->is_fixed ||
           (host->resolved_at > 0 && host->address_count > 0 &&
               clock_monotonic() - host->resolved_at < UPSTREAM_RESOLVED_SECONDS * CLOCK_SECOND);
}

static void wait_for_address(struct upstream_link *link)
{
    struct upstream_host *host = link->host;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char port[8];
    int code;

    link->state = LINK_WAITING;
    link_list_add(&host->waiting, link);
    if (host->is_resolving)
        return;
    snprintf(port, sizeof port, "%u", host->port);
    host->resolve.data = host;
    code =
        uv_getaddrinfo(host->upstream->loop, &host->resolve, on_resolved, host->name, port, &hints);
    if (code == 0) {
        host->is_resolving = true;
        host->upstream->resolving++;
        return;
    }
    link_list_remove(&host->waiting, link);
    link->state = LINK_CONNECTING;
    link_finish(link, UPSTREAM_UNRESOLVED, uv_strerror(code));
}

static void refuse(struct upstream_call *call, enum upstream_result result, const char *why)
{
    const struct upstream_answer answer = {.result = result, .why = why};

    call->link = NULL;
    call->done(call, &answer);
}

void upstream_send(struct upstream *upstream, struct upstream_call *call)
{
    struct upstream_host *host = find_host(upstream, call->host, call->port);
    struct upstream_link *link;

    call->link = NULL;
    if (!host) {
        refuse(call, UPSTREAM_REFUSED, "too many hosts");
        return;
    }
    link = host->idle;
    if (link) {
        link_list_remove(&host->idle, link);
        host->idle_count--;
        link_begin(link, call);
        link_send(link);
        return;
    }
    link = upstream->link_count < UPSTREAM_LINKS ? link_new(host) : NULL;
    if (!link) {
        refuse(call, UPSTREAM_REFUSED, "too many connections");
        return;
    }
    link_begin(link, call);
    if (is_resolved(host))
        link_connect(link);
    else
        wait_for_address(link);
}

void upstream_cancel(struct upstream_call *call)
{
    struct upstream_link *link = call->link;

    if (!link)
        return;
    call->link = NULL;
    link->call = NULL;
    link_close(link);
}
