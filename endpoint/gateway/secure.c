#include "endpoint/gateway/secure.h"

#include <stdatomic.h>
#include <string.h>

#include <uv.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"

enum { COPY_LIMIT = 32 * 1024 * 1024 };

struct secure {
    uv_loop_t *loop;
    struct http_pool *pool; /* made with the first call */
    size_t running;
};

/* Between secure_send and on_done the worker thread owns response, result and err. */
struct secure_call {
    uv_work_t work;
    struct secure *secure;
    struct arena *arena;
    struct http_request request;
    struct http_response response;
    enum error_code result;
    struct error err;
    atomic_bool cancel;
    bool is_dropped; /* nobody waits */
    void (*done)(void *user, const struct upstream_answer *answer);
    void *user;
};

struct secure *secure_new(struct uv_loop_s *loop)
{
    struct secure *secure = mem_new(1, sizeof *secure);

    if (secure)
        secure->loop = loop;
    return secure;
}

void secure_free(struct secure *secure)
{
    if (!secure)
        return;
    while (secure->running > 0)
        uv_run(secure->loop, UV_RUN_ONCE);
    http_pool_free(secure->pool);
    mem_free(secure);
}

static void free_call(struct secure_call *call)
{
    http_response_done(&call->response);
    arena_free(call->arena);
    mem_free(call);
}

/* libcurl decodes what it asked for itself, so these two no longer fit. */
static bool is_of_the_wire(struct text name)
{
    return text_is_ignoring_case(name, "content-encoding") ||
           text_is_ignoring_case(name, "content-length") ||
           text_is_ignoring_case(name, "transfer-encoding");
}

static size_t read_headers(const struct http_response *response, struct http_header *header)
{
    struct text rest = buf_view(&response->head), line, name;
    size_t count = 0;

    while (count < UPSTREAM_HEADERS && text_take_field(&rest, '\n', &line)) {
        if (!text_take_until(&line, ':', &name) || name.length == 0 || is_of_the_wire(name))
            continue; /* the status line */
        header[count++] = (struct http_header){name, text_trim(line)};
    }
    return count;
}

static enum upstream_result classify(const struct secure_call *call)
{
    if (text_find(text_of(call->err.text), TEXT("cannot resolve"), 0) == 0)
        return UPSTREAM_UNRESOLVED;
    if (call->response.body.failure == ERROR_LIMIT ||
        call->response.wire_bytes > call->request.limit)
        return UPSTREAM_TOO_LARGE;
    if (call->response.elapsed / CLOCK_MS + 1 >= call->request.timeout_ms)
        return UPSTREAM_TIMED_OUT;
    return UPSTREAM_REFUSED;
}

static void on_done(uv_work_t *work, int status)
{
    struct secure_call *call = work->data;
    struct http_header header[UPSTREAM_HEADERS];
    struct upstream_answer answer = {.header = header};

    call->secure->running--;
    if (!call->is_dropped) {
        if (status < 0 || call->result != ERROR_NONE) {
            answer.result = status < 0 ? UPSTREAM_REFUSED : classify(call);
            answer.why = status < 0 ? uv_strerror(status) : call->err.text;
        } else {
            answer.status = call->response.status;
            answer.header_count = read_headers(&call->response, header);
            answer.body = buf_view(&call->response.body);
        }
        call->done(call->user, &answer);
    }
    free_call(call);
}

static void on_work(uv_work_t *work)
{
    struct secure_call *call = work->data;

    call->result = http_send(call->secure->pool, &call->request, &call->response, &call->err);
}

static bool copy_request(struct secure_call *call, const struct secure_request *request)
{
    struct http_header *header =
        arena_alloc(call->arena, request->header_count + 1, sizeof *header);
    size_t count = 0;

    if (!header)
        return false;
    for (size_t i = 0; i < request->header_count; i++) {
        /* The worker asks for what it can decode itself. */
        if (text_is_ignoring_case(request->header[i].name, "accept-encoding"))
            continue;
        header[count].name = arena_text(call->arena, request->header[i].name);
        header[count].value = arena_text(call->arena, request->header[i].value);
        if (!header[count].name.data || !header[count].value.data)
            return false;
        count++;
    }
    call->request = (struct http_request){.method = arena_string(call->arena, request->method),
        .url = arena_string(call->arena, request->url),
        .header = header,
        .header_count = count,
        .body = arena_text(call->arena, request->body),
        .connect_timeout_ms = request->timeout_ms,
        .timeout_ms = request->timeout_ms,
        .limit = request->limit,
        .cancel = &call->cancel};
    return call->request.method && call->request.url && call->request.body.data;
}

struct secure_call *secure_send(struct secure *secure, const struct secure_request *request)
{
    struct secure_call *call = mem_new(1, sizeof *call);
    struct error err;

    if (!call)
        return NULL;
    http_response_init(&call->response);
    call->work.data = call;
    call->secure = secure;
    call->done = request->done;
    call->user = request->user;
    call->arena = arena_new(COPY_LIMIT, &err);
    if (!secure->pool)
        secure->pool = http_pool_new(NULL, &err);
    if (!secure->pool || !call->arena || !copy_request(call, request) ||
        uv_queue_work(secure->loop, &call->work, on_work, on_done) != 0) {
        free_call(call);
        return NULL;
    }
    secure->running++;
    return call;
}

void secure_cancel(struct secure_call *call)
{
    if (!call)
        return;
    call->is_dropped = true;
    atomic_store(&call->cancel, true);
}
