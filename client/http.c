#include "client/http.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/curl_library.h"
#include "client/mask.h"

enum {
    CONNECT_TIMEOUT_MS = 5000,
    TIMEOUT_MS = 60000,
    CANCEL_MS = 25, /* how often cancel is looked at */
    GRACE_MS = 60,  /* that a request on its way has to end by itself once it is cancelled */
    IDLE_POLL_MS = 1000,
    URL_SHOWN = 200, /* bytes in a message */
    URL_LIMIT = 64 * 1024,
    BODY_LIMIT = 64 * 1024 * 1024,
    HEAD_LIMIT = 256 * 1024,
    LINE_LIMIT = 64 * 1024,
    CONNECTIONS = 8, /* kept alive per handle: one for each endpoint */
    RECEIVE_BUFFER = 64 * 1024
};

/* One request at a time. The multi handle owns the connections, so the last used is reused first. */
struct handle {
    struct handle *next;
    CURL *easy;
    CURLM *multi;
};

struct http_pool {
    pthread_mutex_t lock;
    struct handle *idle;
    char *ca_bundle;
};

/* What the callbacks of one request share. */
struct exchange {
    const struct http_request *request;
    struct http_response *response;
    struct curl_slist *header;
    unsigned sends; /* times that the request was about to be sent */
    bool too_large, head_too_large, repeated;
    char detail[CURL_ERROR_SIZE];
};

static const struct curl_library *curl; /* set once, before any handle is made */

/* url: of the first request. */
static enum error_code load_library(const char *url, struct error *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    enum error_code code;

    pthread_mutex_lock(&lock);
    if (!curl)
        curl = curl_library_load(text_starts_with(text_of(url), TEXT("https:")), err);
    code = curl ? ERROR_NONE : err->code;
    pthread_mutex_unlock(&lock);
    return code;
}

struct http_pool *http_pool_new(const char *ca_bundle, struct error *err)
{
    struct http_pool *pool = mem_new(1, sizeof *pool);

    if (pool && ca_bundle)
        pool->ca_bundle = mem_copy_string(ca_bundle);
    if (!pool || (ca_bundle && !pool->ca_bundle)) {
        mem_free(pool);
        error_memory(err);
        return NULL;
    }
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

static void free_handle(struct handle *handle)
{
    if (!handle)
        return;
    if (handle->easy)
        curl->easy_cleanup(handle->easy);
    if (handle->multi)
        curl->multi_cleanup(handle->multi);
    mem_free(handle);
}

void http_pool_free(struct http_pool *pool)
{
    if (!pool)
        return;
    while (pool->idle) {
        struct handle *handle = pool->idle;

        pool->idle = handle->next;
        free_handle(handle);
    }
    pthread_mutex_destroy(&pool->lock);
    mem_free(pool->ca_bundle);
    mem_free(pool);
}

static struct handle *take_handle(struct http_pool *pool, const char *url, struct error *err)
{
    struct handle *handle;

    pthread_mutex_lock(&pool->lock);
    handle = pool->idle;
    if (handle)
        pool->idle = handle->next;
    pthread_mutex_unlock(&pool->lock);
    if (handle)
        return handle;
    if (load_library(url, err))
        return NULL;
    handle = mem_new(1, sizeof *handle);
    if (!handle) {
        error_memory(err);
        return NULL;
    }
    handle->easy = curl->easy_init();
    handle->multi = curl->multi_init();
    if (!handle->easy || !handle->multi) {
        free_handle(handle);
        error_memory(err);
        return NULL;
    }
    curl->multi_setopt(handle->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS);
    return handle;
}

static void give_handle(struct http_pool *pool, struct handle *handle)
{
    pthread_mutex_lock(&pool->lock);
    handle->next = pool->idle;
    pool->idle = handle;
    pthread_mutex_unlock(&pool->lock);
}

void http_response_init(struct http_response *response)
{
    *response = (struct http_response){0};
    buf_init(&response->head, HEAD_LIMIT);
    buf_init(&response->body, BODY_LIMIT);
}

void http_response_done(struct http_response *response)
{
    buf_done(&response->head);
    buf_done(&response->body);
}

struct text http_response_header(const struct http_response *response, const char *name)
{
    struct text rest = buf_view(&response->head), line, field;

    while (text_take_field(&rest, '\n', &line))
        if (text_take_until(&line, ':', &field) && text_is_ignoring_case(field, name))
            return text_trim(line);
    return (struct text){0};
}

static size_t receive_head(char *data, size_t size, size_t count, void *user)
{
    struct exchange *exchange = user;
    struct buf *head = &exchange->response->head;
    struct text line = text_make(data, size * count);

    /* An answer such as 100 Continue comes before the one that counts. */
    if (text_starts_with(line, TEXT("HTTP/")))
        buf_clear(head);
    buf_add_text(head, line);
    if (head->failure == ERROR_LIMIT)
        exchange->too_large = exchange->head_too_large = true;
    return head->failure ? 0 : line.length;
}

static size_t receive_body(char *data, size_t size, size_t count, void *user)
{
    struct exchange *exchange = user;
    struct buf *body = &exchange->response->body;

    buf_add(body, data, size * count);
    if (body->failure == ERROR_LIMIT)
        exchange->too_large = true;
    return body->failure ? 0 : size * count;
}

/*
 * libcurl sends a request again by itself when a kept connection turns out to be closed before
 * any answer came. It may have been acted upon all the same, so only reading is repeated here.
 */
static int before_sending(void *user, char *peer, char *local, int peer_port, int local_port)
{
    struct exchange *exchange = user;
    bool reads =
        !strcmp(exchange->request->method, "GET") || !strcmp(exchange->request->method, "HEAD");

    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    if (exchange->sends++ == 0 || reads)
        return CURL_PREREQFUNC_OK;
    exchange->repeated = true;
    return CURL_PREREQFUNC_ABORT;
}

static bool is_header_safe(const struct http_header *header)
{
    for (size_t i = 0; i < header->name.length; i++)
        if ((unsigned char)header->name.data[i] <= ' ' || header->name.data[i] == ':' ||
            header->name.data[i] == 127)
            return false;
    for (size_t i = 0; i < header->value.length; i++)
        if ((unsigned char)header->value.data[i] < ' ' && header->value.data[i] != '\t')
            return false;
    return header->name.length > 0;
}

static bool add_line(struct exchange *exchange, const char *line)
{
    struct curl_slist *list = curl->slist_append(exchange->header, line);

    if (list)
        exchange->header = list;
    return list != NULL;
}

/* Accept-Encoding is an option of libcurl, which then decodes what comes. */
static enum error_code add_headers(struct exchange *exchange, CURL *easy, struct error *err)
{
    const struct http_request *request = exchange->request;
    bool have_type = false;
    struct buf line;
    enum error_code code = ERROR_NONE;

    buf_init(&line, LINE_LIMIT);
    for (size_t i = 0; i < request->header_count && !code; i++) {
        const struct http_header *header = &request->header[i];

        if (!is_header_safe(header)) {
            code = error_set(err, ERROR_USAGE,
                "header %.*s: neither its name nor its value may "
                "hold control characters",
                (int)(header->name.length < 64 ? header->name.length : 64), header->name.data);
            break;
        }
        have_type = have_type || text_is_ignoring_case(header->name, "content-type");
        buf_clear(&line);
        if (text_is_ignoring_case(header->name, "accept-encoding")) {
            buf_add_text(&line, header->value);
            curl->easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, buf_string(&line));
            continue;
        }
        buf_add_text(&line, header->name);
        /* With nothing behind the colon libcurl would leave the header out. */
        buf_add_string(&line, header->value.length > 0 ? ": " : ";");
        buf_add_text(&line, header->value);
        code = buf_check(&line, "a header", err);
        if (!code && !add_line(exchange, line.data))
            code = error_memory(err);
    }
    if (!code &&
        (!add_line(exchange, "Expect:") || (!have_type && !add_line(exchange, "Content-Type:"))))
        code = error_memory(err);
    buf_done(&line);
    return code;
}

static void set_method(CURL *easy, const struct http_request *request)
{
    bool get = !strcmp(request->method, "GET"), head = !strcmp(request->method, "HEAD");
    bool plain = get || head || !strcmp(request->method, "DELETE");

    if (head) {
        curl->easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (plain && request->body.length == 0) {
        curl->easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
        curl->easy_setopt(easy, CURLOPT_POST, 1L);
        curl->easy_setopt(easy, CURLOPT_POSTFIELDS,
            request->body.length > 0 ? request->body.data : "");
        curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
    }
    if (!get && !head)
        curl->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* Host and port of the URL; false when it is none. */
static bool split_url(const char *url, char *host, size_t host_size, char *port, size_t port_size)
{
    CURLU *parts = curl->url();
    char *text = NULL;
    bool whole = parts && !curl->url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) &&
                 !curl->url_get(parts, CURLUPART_HOST, &text, 0);

    if (whole)
        snprintf(host, host_size, "%s", text);
    curl->free(text);
    text = NULL;
    whole = whole && !curl->url_get(parts, CURLUPART_PORT, &text, CURLU_DEFAULT_PORT);
    if (whole)
        snprintf(port, port_size, "%s", text);
    curl->free(text);
    curl->url_cleanup(parts);
    return whole;
}

/* Never by a proxy: this machine, and the metadata services, whose answers are secret. */
static bool is_near(const char *host)
{
    struct text text = text_of(host);

    return text_is(text, "localhost") || text_is(text, "[::1]") ||
           text_starts_with(text, TEXT("127.")) || text_ends_with(text, TEXT(".localhost")) ||
           text_starts_with(text, TEXT("169.254.")) || text_starts_with(text, TEXT("[fd00:ec2::"));
}

/* What its password holds may be what makes it none. */
static enum error_code fail_url(const char *url, struct error *err)
{
    struct buf quoted, masked;

    buf_init(&quoted, URL_LIMIT);
    buf_init(&masked, URL_LIMIT);
    buf_add_format(&quoted, "'%s'", url);
    mask_add_statement(&masked, buf_view(&quoted));
    error_set(err, ERROR_USAGE, "%.*s is not an http or https URL", URL_SHOWN, buf_string(&masked));
    buf_done(&quoted);
    buf_done(&masked);
    return err->code;
}

static enum error_code set_address(struct http_pool *pool, CURL *easy, struct exchange *exchange,
    struct error *err)
{
    const struct http_request *request = exchange->request;
    struct http_response *response = exchange->response;
    char host[sizeof response->resolved - 8], port[8];

    if (!split_url(request->url, host, sizeof host, port, sizeof port) ||
        (!text_starts_with(text_of(request->url), TEXT("http://")) &&
            !text_starts_with(text_of(request->url), TEXT("https://"))))
        return fail_url(request->url, err);
    snprintf(response->resolved, sizeof response->resolved, "%s:%s", host, port);
    if (request->unix_socket) {
        struct sockaddr_un address;

        snprintf(response->resolved, sizeof response->resolved, "%s", request->unix_socket);
        if (strlen(request->unix_socket) >= sizeof address.sun_path)
            return error_set(err, ERROR_NETWORK, "the path of the socket %.200s is too long",
                request->unix_socket);
        curl->easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request->unix_socket);
    }
    if (request->unix_socket || is_near(host))
        curl->easy_setopt(easy, CURLOPT_PROXY, "");
    if (pool->ca_bundle)
        curl->easy_setopt(easy, CURLOPT_CAINFO, pool->ca_bundle);
    curl->easy_setopt(easy, CURLOPT_URL, request->url);
    return ERROR_NONE;
}

static enum error_code set_up(struct http_pool *pool, CURL *easy, struct exchange *exchange,
    struct error *err)
{
    const struct http_request *request = exchange->request;
    uint32_t connect_ms =
        request->connect_timeout_ms ? request->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    enum error_code code;

    curl->easy_reset(easy);
    code = set_address(pool, easy, exchange, err);
    if (code)
        return code;
    curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Name resolution runs in a thread of its own: do not wait for it after a cancel. */
    curl->easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl->easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* the path was signed as it stands */
    curl->easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl->easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS,
        (long)(request->timeout_ms ? request->timeout_ms : TIMEOUT_MS));
    curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_head);
    curl->easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_body);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl->easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_sending);
    curl->easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
    curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->detail);
    set_method(easy, request);
    code = add_headers(exchange, easy, err);
    curl->easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->header);
    return code;
}

static bool is_cancelled(const struct http_request *request)
{
    return request->cancel && atomic_load_explicit(request->cancel, memory_order_relaxed);
}

/*
 * CURLE_OK, what failed, or CURLE_ABORTED_BY_CALLBACK with *cancelled set. What has been sent is
 * waited for a little after a cancel: an answer tells whether a write was applied.
 */
static CURLcode run(struct handle *handle, const struct exchange *exchange, bool *cancelled)
{
    const struct http_request *request = exchange->request;
    CURLcode result = CURLE_OUT_OF_MEMORY;
    int running = 1, left;
    CURLMsg *message;
    uint64_t end = 0; /* of the grace, once it has begun */

    if (curl->multi_add_handle(handle->multi, handle->easy))
        return result;
    while (running > 0) {
        /* A clock that stands would make a grace without end. */
        if (is_cancelled(request) && end == 0)
            end = clock_monotonic() +
                  (exchange->sends > 0 && !clock_is_fixed() ? GRACE_MS * CLOCK_MS : 0);
        *cancelled = end > 0 && clock_monotonic() >= end;
        if (*cancelled || curl->multi_perform(handle->multi, &running))
            break;
        if (running > 0)
            curl->multi_poll(handle->multi, NULL, 0, request->cancel ? CANCEL_MS : IDLE_POLL_MS,
                NULL);
    }
    while ((message = curl->multi_info_read(handle->multi, &left)))
        if (message->msg == CURLMSG_DONE)
            result = message->data.result;
    curl->multi_remove_handle(handle->multi, handle->easy);
    return *cancelled ? CURLE_ABORTED_BY_CALLBACK : result;
}

static void add_duration(char *out, size_t size, uint32_t ms)
{
    if (ms % 1000 == 0)
        snprintf(out, size, "%u s", ms / 1000);
    else
        snprintf(out, size, "%u ms", ms);
}

static enum error_code explain_timeout(const struct exchange *exchange, struct error *err)
{
    const struct http_request *request = exchange->request;
    const char *peer = exchange->response->resolved;
    uint32_t ms = request->timeout_ms ? request->timeout_ms : TIMEOUT_MS;
    char limit[32];

    if (exchange->sends == 0) {
        uint32_t connect_ms =
            request->connect_timeout_ms ? request->connect_timeout_ms : CONNECT_TIMEOUT_MS;

        add_duration(limit, sizeof limit, connect_ms < ms ? connect_ms : ms);
        return error_set(err, ERROR_NETWORK, "cannot connect to %s within %s", peer, limit);
    }
    add_duration(limit, sizeof limit, ms);
    if (exchange->response->head.length > 0)
        return error_set(err, ERROR_NETWORK, "the answer of %s was not complete within %s", peer,
            limit);
    return error_set(err, ERROR_NETWORK, "no answer from %s within %s", peer, limit);
}

/* A header line over libcurl's own 100 KB: CURLE_TOO_LARGE, which before 8.6 was a lack of memory. */
static bool is_head_refused(CURLcode result)
{
    return result == CURLE_OUT_OF_MEMORY || (int)result == 100;
}

static enum error_code explain(CURLcode result, CURL *easy, const struct exchange *exchange,
    struct error *err)
{
    const char *peer = exchange->response->resolved;
    const char *detail = exchange->detail[0] ? exchange->detail : curl->easy_strerror(result);
    long number = 0;

    if (exchange->response->body.failure == ERROR_MEMORY ||
        exchange->response->head.failure == ERROR_MEMORY ||
        (result == CURLE_OUT_OF_MEMORY && exchange->sends == 0))
        return error_memory(err);
    if (exchange->head_too_large || is_head_refused(result))
        return error_set(err, ERROR_NETWORK, "the head of the answer of %s is too long", peer);
    if (exchange->too_large)
        return error_set(err, ERROR_NETWORK, "the answer of %s is larger than %zu bytes", peer,
            exchange->response->body.limit);
    if (exchange->repeated)
        return error_set(err, ERROR_NETWORK, "%s closed the connection without an answer", peer);
    curl->easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    switch ((int)result) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return error_set(err, ERROR_NETWORK, "cannot resolve the name of %s", peer);
    case CURLE_COULDNT_CONNECT:
        return error_set(err, ERROR_NETWORK, "cannot connect to %s: %s", peer,
            number ? strerror((int)number) : detail);
    case CURLE_OPERATION_TIMEDOUT:
        return explain_timeout(exchange, err);
    case CURLE_GOT_NOTHING:
        return error_set(err, ERROR_NETWORK, "%s closed the connection without an answer", peer);
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return error_set(err, ERROR_NETWORK, "the connection to %s was cut: %s", peer, detail);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return error_set(err, ERROR_NETWORK, "TLS with %s failed: %s", peer, detail);
    default:
        return error_set(err, ERROR_NETWORK, "%s: %s", peer, detail);
    }
}

static bool is_final(CURLcode result, const struct exchange *exchange)
{
    return exchange->too_large || is_head_refused(result) ||
           result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE ||
           result == CURLE_SSL_CERTPROBLEM || result == CURLE_SSL_CIPHER ||
           result == CURLE_SSL_ISSUER_ERROR;
}

static void read_facts(CURL *easy, struct http_response *response,
    const struct http_request *request)
{
    curl_off_t received = 0;
    char *address = NULL;
    long status = 0, port = 0;

    curl->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl->easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    curl->easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
    curl->easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
    response->status = (int)status;
    response->wire_bytes = (uint64_t)received;
    if (!request->unix_socket && address && address[0] && port > 0)
        snprintf(response->resolved, sizeof response->resolved,
            strchr(address, ':') ? "[%s]:%ld" : "%s:%ld", address, port);
}

/* OpenSSL writes without MSG_NOSIGNAL: a vanished peer must not end the program. */
static void hold_sigpipe(sigset_t *before)
{
    sigset_t pipe;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, before);
}

static void release_sigpipe(const sigset_t *before)
{
    const struct timespec now = {0};
    sigset_t pipe;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (!sigismember(before, SIGPIPE))
        while (sigtimedwait(&pipe, NULL, &now) == SIGPIPE)
            continue;
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

enum error_code http_send(struct http_pool *pool, const struct http_request *request,
    struct http_response *response, struct error *err)
{
    struct exchange exchange = {.request = request, .response = response};
    struct handle *handle = take_handle(pool, request->url, err);
    uint64_t start = clock_monotonic();
    bool cancelled = false;
    enum error_code code;
    sigset_t before;
    CURLcode result;

    buf_clear(&response->head);
    buf_clear(&response->body);
    response->body.limit = request->limit ? request->limit : BODY_LIMIT;
    response->status = 0;
    response->wire_bytes = 0;
    response->request_was_sent = false;
    response->timed_out = false;
    response->is_final = false;
    if (!handle)
        return err->code;
    code = set_up(pool, handle->easy, &exchange, err);
    if (code)
        goto out;
    hold_sigpipe(&before);
    result = run(handle, &exchange, &cancelled);
    release_sigpipe(&before);
    read_facts(handle->easy, response, request);
    if (cancelled)
        code = error_set(err, ERROR_CANCELLED, "interrupted");
    else if (result)
        code = explain(result, handle->easy, &exchange, err);
    response->request_was_sent = exchange.sends > 0;
    response->timed_out = result == CURLE_OPERATION_TIMEDOUT;
    response->is_final = is_final(result, &exchange);
    if (code)
        response->status = 0;
out:
    response->elapsed = clock_monotonic() - start;
    curl->slist_free_all(exchange.header);
    curl->easy_reset(handle->easy); /* nothing of this request stays referenced */
    give_handle(pool, handle);
    return code;
}
