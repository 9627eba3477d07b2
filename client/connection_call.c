#include "client/connection.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/capacity.h"
#include "client/connection_parts.h"
#include "client/mask.h"
#include "client/reply.h"
#include "client/request.h"
#include "client/service_errors.h"

enum { URL_LIMIT = 128 * 1024, MESSAGE_SIZE = 400, PATIENCE_MS = 1000 };

#define SKEW_TOLERATED (30 * (int64_t)CLOCK_SECOND)

/* One call with all its attempts. */
struct call {
    struct connection *connection;
    const struct service *service;
    const struct operation *operation;
    const struct call_context *context;
    struct request request;
    struct connection_place place;
    struct buf url;
    struct buf without; /* the input without what the endpoint refuses */
    struct http_response response;
    struct reply *reply;
    bool repeatable; /* may be sent again when it is not known whether it was done */
    struct connection_attempt attempt;
    bool refreshed, set_right; /* credentials, clock: once each */
    int cost;                  /* of the last retry, in tokens of the budget */
};

/* What an attempt came to, and whether another one may help. */
struct verdict {
    enum error_code code;
    bool again, at_once;
    enum retry_kind kind;
    uint64_t retry_after;
    int cost;
};

static bool is_control_plane(const struct call *call)
{
    return !strcmp(call->service->signing_name, "apigateway");
}

static bool is_write(const struct call *call)
{
    return !(call->operation->access & OPERATION_READ);
}

/* TestInvokeMethod is as harmless as the method it calls; key values are not for all eyes. */
static enum error_code check_gate(const struct call *call, struct text input, struct error *err)
{
    const char *name = call->operation->name;
    bool is_read = !is_write(call);
    char what[96];

    snprintf(what, sizeof what, "%s", name);
    if (call->service == &service_apigateway && !strcmp(name, "TestInvokeMethod")) {
        struct error ignored = {0};
        struct arena *arena = arena_new(REQUEST_BODY_LIMIT, &ignored);
        const struct json *tree = arena ? json_parse(input, arena, &ignored) : NULL;
        struct text method = json_string_member(tree, "httpMethod");

        is_read = text_is(method, "GET") || text_is(method, "HEAD");
        arena_free(arena);
    }
    if (is_read && call->service == &service_apigateway &&
        text_starts_with(text_of(name), TEXT("GetApiKey")) &&
        text_find(input, TEXT("\"includeValue"), 0) != SIZE_MAX) {
        is_read = false;
        snprintf(what, sizeof what, "%s with values", name);
    }
    return connection_gate(call->connection, what, is_read, call->context, err);
}

static enum error_code prepare(struct call *call, struct text input, struct error *err)
{
    enum error_code code;

    input = connection_leave_out(call->connection, input, call->context->capacity != NULL,
        &call->without);
    code = buf_check(&call->without, "the request", err);
    if (!code)
        code = request_build(&call->request, call->service, call->operation, input, err);
    if (!code)
        code = connection_find_place(call->connection, call->service, &call->place, err);
    if (code)
        return code;
    buf_add_text(&call->url, buf_view(&call->place.url));
    buf_add_text(&call->url, buf_view(&call->request.path));
    if (call->request.query.length > 0)
        buf_add_format(&call->url, "?%s", buf_string(&call->request.query));
    return buf_check(&call->url, "the request", err);
}

static void tell(const struct call *call, unsigned attempt, const char *why)
{
    if (call->context->on_retry)
        call->context->on_retry(call->context->user, attempt, why);
}

/* Waits for the quota of the control plane (gateway.md 20). */
static enum error_code wait_for_turn(const struct call *call, struct error *err)
{
    struct pace *pace = call->connection->pace;
    bool panel = call->context->who && !strcmp(call->context->who, "panel");
    uint64_t wait;
    char why[96];

    if (!pace || !call->place.is_aws || !is_control_plane(call))
        return ERROR_NONE;
    wait = pace_book(pace, call->operation->name, panel, clock_monotonic());
    if (wait >= PATIENCE_MS * CLOCK_MS) {
        snprintf(why, sizeof why, "the quota of %s: waiting %" PRIu64 " s", call->operation->name,
            (wait + CLOCK_SECOND - 1) / CLOCK_SECOND);
        tell(call, 0, why);
    }
    return retry_wait(wait, call->context->cancel) ? ERROR_NONE
                                                   : error_set(err, ERROR_CANCELLED, "interrupted");
}

static enum error_code send_once(struct call *call, struct error *err)
{
    struct http_header header[REQUEST_HEADERS + 1];
    struct http_request request = {.method = call->operation->method,
        .url = buf_string(&call->url),
        .unix_socket = call->place.unix_socket,
        .header = header,
        .header_count = call->request.header_count,
        .body = call->request.body,
        .timeout_ms = connection_time_left(call->connection, call->context, 0),
        .cancel = call->context->cancel};
    enum error_code code;

    if (call->connection->is_adaptive &&
        !retry_wait(adaptive_book(&call->connection->adaptive, clock_monotonic()),
            call->context->cancel))
        return error_set(err, ERROR_CANCELLED, "interrupted");
    memcpy(header, call->request.header, sizeof call->request.header);
    if (!call->place.is_near)
        header[request.header_count++] =
            (struct http_header){TEXT("Accept-Encoding"), TEXT("gzip")};
    http_response_done(&call->response);
    http_response_init(&call->response);
    code = connection_send(call->connection, &request, call->service->signing_name, call->context,
        &call->attempt, &call->response, err);
    call->reply->status = call->response.status;
    reply_take(call->reply, &call->response);
    return code;
}

/* The answer is lost and it matters: the sentence says so and keeps the reason. */
static enum error_code say_unknown(const struct call *call, enum error_code code, struct error *err)
{
    const struct error cause = *err;

    call->reply->is_unknown = true;
    return error_set(err, code, "%s may or may not have been applied: %s", call->operation->name,
        cause.text);
}

static struct verdict judge_failure(struct call *call, enum error_code code, struct error *err)
{
    struct verdict verdict = {.code = code, .kind = RETRY_FAILURE, .cost = RETRY_COST};
    bool sent = call->response.request_was_sent;

    if (call->response.timed_out)
        verdict.cost = RETRY_COST_TIMEOUT;
    if ((code != ERROR_NETWORK && code != ERROR_CANCELLED) || call->attempt.lacks_key)
        return verdict;
    if (sent && is_write(call) && (code == ERROR_CANCELLED || !call->repeatable)) {
        say_unknown(call, code, err);
        return verdict;
    }
    if (code == ERROR_CANCELLED)
        return verdict;
    error_wrap(err, "%s", call->operation->name);
    /* Nobody listens on the socket: the owner of the connection starts a server and calls again. */
    verdict.again = !call->response.is_final && (sent || !call->place.unix_socket);
    call->reply->retryable = !call->response.is_final;
    if (!sent && call->place.is_near)
        error_hint(err, "start it with: gatehouse serve");
    return verdict;
}

static void hint_for(const struct call *call, const struct service_error *known, struct error *err)
{
    struct text rest = text_of(known->hint), before;
    const char *name = call->connection->profile->name;

    /* The table writes the profile as %s, the only '%' there is. */
    if (text_take_until(&rest, '%', &before))
        error_hint(err, "%.*s%s%.*s", (int)before.length, before.data, name, (int)rest.length - 1,
            rest.data + 1);
}

/* Learns the difference of the clocks; true when that is what went wrong. */
static bool set_clock_right(struct call *call)
{
    uint64_t theirs;
    int64_t difference;

    if (call->set_right || !reply_date(call->reply, &theirs))
        return false;
    difference = (int64_t)(theirs - clock_wall());
    call->set_right = true;
    if (llabs(difference - atomic_load(&call->connection->skew)) < SKEW_TOLERATED)
        return false;
    atomic_store(&call->connection->skew, difference);
    return true;
}

/* Decides about another attempt after the service has answered with an error. */
static void plan_retry(struct call *call, const struct service_error *known, const char *message,
    struct verdict *verdict)
{
    struct reply *reply = call->reply;
    bool control = (call->operation->access & OPERATION_CONTROL) != 0;

    verdict->retry_after = reply_retry_after(reply);
    if ((known->flags & SERVICE_ERROR_EXPIRED) && !call->refreshed) {
        credentials_expire(call->connection->credentials, call->attempt.key_serial);
        verdict->again = verdict->at_once = call->refreshed = true;
    } else if ((known->flags & SERVICE_ERROR_SKEW) && set_clock_right(call)) {
        verdict->again = verdict->at_once = true;
    } else if (known->flags & SERVICE_ERROR_THROTTLE) {
        verdict->again = true;
        verdict->kind = control ? RETRY_CONTROL : RETRY_THROTTLE;
        if (known->error == ERROR_THROTTLED)
            journal_note_throttle(call->connection->journal, call->service->name);
    } else if (known->flags & SERVICE_ERROR_FAILURE) {
        verdict->again = call->repeatable;
        verdict->kind = control ? RETRY_CONTROL : RETRY_FAILURE;
    } else if (!strcmp(reply->service_code, "TransactionCanceledException")) {
        verdict->again = call->repeatable && reply_is_passing_cancellation(reply);
        verdict->kind = RETRY_THROTTLE;
    } else if (!strcmp(reply->service_code, "ConflictException")) {
        verdict->again = strstr(message, "concurrent modification") != NULL;
        verdict->kind = RETRY_CONTROL;
    }
    reply->retryable = verdict->again;
}

static void note_rate(struct call *call, bool throttled)
{
    if (call->connection->is_adaptive)
        adaptive_note(&call->connection->adaptive, throttled, clock_monotonic());
}

static struct verdict judge_answer(struct call *call, struct error *err)
{
    struct reply *reply = call->reply;
    struct verdict verdict = {.kind = RETRY_FAILURE, .cost = RETRY_COST};
    const struct service_error *known;
    char message[MESSAGE_SIZE];

    reply->service_code[0] = '\0';
    reply->retryable = false;
    if (reply->status < 300) {
        note_rate(call, false);
        if (reply_is_intact(reply))
            return verdict;
        verdict.code = error_set(err, ERROR_NETWORK,
            "%s: the answer is damaged: its checksum differs", call->operation->name);
        verdict.again = reply->retryable = call->repeatable;
        if (!call->repeatable)
            say_unknown(call, ERROR_NETWORK, err);
        return verdict;
    }
    reply_explain(reply, message, sizeof message);
    known = service_error_find(text_of(reply->service_code), reply->status);
    note_rate(call, known->error == ERROR_THROTTLED);
    plan_retry(call, known, message, &verdict);
    if (!reply->service_code[0])
        snprintf(reply->service_code, sizeof reply->service_code, "HTTP %d", reply->status);
    verdict.code = error_set(err, known->error, message[0] ? "%s: %s: %s" : "%s: %s",
        call->operation->name, reply->service_code, message);
    hint_for(call, known, err);
    if ((known->flags & SERVICE_ERROR_FAILURE) && is_write(call) && !call->repeatable)
        say_unknown(call, known->error, err);
    return verdict;
}

/* False when there will be no other attempt; else the time has passed. */
static bool wait_for_retry(struct call *call, const struct verdict *verdict,
    const struct error *why, bool *cancelled)
{
    struct connection *connection = call->connection;
    uint64_t deadline = call->context->deadline, pause;
    unsigned retries = call->reply->retries;

    if (!verdict->again || retries + 1 >= connection->attempts)
        return false;
    pause = verdict->at_once ? 0 : retry_delay(verdict->kind, retries, verdict->retry_after);
    if (deadline && clock_monotonic() + pause >= deadline)
        return false;
    if (!verdict->at_once) {
        if (!retry_budget_take(&connection->budget, verdict->cost))
            return false;
        call->cost = verdict->cost;
    }
    tell(call, retries + 1, why->text);
    call->reply->retries++;
    if (verdict->at_once || retry_wait(pause, call->context->cancel))
        return true;
    *cancelled = true;
    return false;
}

static enum error_code run_attempts(struct call *call, struct error *err)
{
    struct error failed = {0};
    bool cancelled = false;
    struct verdict verdict;

    do {
        enum error_code code = send_once(call, &failed);

        verdict = code ? judge_failure(call, code, &failed) : judge_answer(call, &failed);
    } while (verdict.code && wait_for_retry(call, &verdict, &failed, &cancelled));
    if (cancelled)
        return error_set(err, ERROR_CANCELLED, "interrupted");
    if (verdict.code)
        *err = failed;
    else
        retry_budget_give(&call->connection->budget, call->cost ? call->cost : RETRY_REWARD);
    return verdict.code;
}

static void copy_short(char *out, size_t size, struct text text)
{
    snprintf(out, size, "%.*s", (int)(text.length < size ? text.length : size - 1),
        text.data ? text.data : "");
}

/* Secrets are masked here, once, for every door. */
static void note_call(const struct call *call, uint64_t start, enum error_code code,
    const struct error *err)
{
    const struct reply *reply = call->reply;
    const char *name = call->operation->name;
    bool values = mask_value_is_secret(name);
    struct journal_entry entry = {.statement = call->context->statement,
        .elapsed = clock_monotonic() - start,
        .status = reply->status,
        .retries = reply->retries,
        .sent_bytes = call->request.body.length,
        .received_bytes = call->response.wire_bytes,
        .capacity_milli = reply_capacity_milli(buf_view(&reply->body)),
        .is_write = is_write(call)};
    struct buf sent, received;

    if (call->context->capacity)
        capacity_note(call->context->capacity, buf_view(&reply->body), is_write(call));
    entry.has_counts = reply_counts(buf_view(&reply->body), &entry.scanned, &entry.returned);
    buf_init(&sent, 2 * MASK_CUT);
    buf_init(&received, 2 * MASK_CUT);
    if (!strcmp(name, "ImportApiKeys")) /* a file of keys and nothing else */
        buf_add_string(&sent, "********");
    else
        mask_add_body(&sent, call->request.body, values);
    if (journal_keeps_answers(call->connection->journal))
        mask_add_body(&received, buf_view(&reply->body), values);
    copy_short(entry.service, sizeof entry.service, text_of(call->service->name));
    copy_short(entry.operation, sizeof entry.operation, text_of(name));
    copy_short(entry.connection, sizeof entry.connection, text_of(call->connection->profile->name));
    copy_short(entry.request_id, sizeof entry.request_id, reply->request_id);
    copy_short(entry.who, sizeof entry.who, text_of(call->context->who));
    if (code)
        copy_short(entry.error, sizeof entry.error,
            text_of(reply->service_code[0] ? reply->service_code : err->text));
    entry.request = sent.failure ? NULL : sent.data;
    entry.response = received.failure ? NULL : received.data;
    journal_add(call->connection->journal, &entry);
    buf_done(&sent);
    buf_done(&received);
}

static void learn(const struct call *call)
{
    struct error ignored = {0};
    struct arena *arena;

    if (call->service != &service_sts || *connection_account(call->connection))
        return;
    arena = arena_new(1 << 20, &ignored);
    if (arena)
        connection_learn_account(call->connection,
            json_string_member(reply_read_xml(buf_view(&call->reply->body), arena, &ignored),
                "Account"));
    arena_free(arena);
}

static void call_init(struct call *call)
{
    request_init(&call->request);
    buf_init(&call->url, URL_LIMIT);
    buf_init(&call->without, REQUEST_BODY_LIMIT);
    http_response_init(&call->response);
}

static void call_done(struct call *call)
{
    http_response_done(&call->response);
    buf_done(&call->url);
    buf_done(&call->place.url);
    buf_done(&call->without);
    request_done(&call->request);
}

static enum error_code run_call(struct call *call, struct text input, uint64_t start,
    struct error *err)
{
    enum error_code code;

    call_init(call);
    code = prepare(call, input, err);
    if (!code)
        code = wait_for_turn(call, err);
    if (!code) {
        code = run_attempts(call, err);
        note_call(call, start, code, err);
        if (!code)
            learn(call);
    }
    call_done(call);
    return code;
}

enum error_code connection_call(struct connection *connection, const struct service *service,
    const struct operation *operation, struct text input, const struct call_context *context,
    struct reply *reply, struct error *err)
{
    struct call call = {.connection = connection,
        .service = service,
        .operation = operation,
        .context = context,
        .reply = reply};
    uint64_t start = clock_monotonic();
    enum error_code code;

    reply_done(reply);
    reply_init(reply);
    call.repeatable =
        (operation->access & (OPERATION_READ | OPERATION_IDEMPOTENT)) && !context->not_idempotent;
    code = check_gate(&call, input, err);
    if (!code)
        code = run_call(&call, input, start, err);
    while (code == ERROR_INVALID && connection_learn_refused(connection, input, err->text))
        code = run_call(&call, input, start, err);
    reply->elapsed = clock_monotonic() - start;
    return code;
}

const struct json *connection_call_json(struct connection *connection,
    const struct service *service, const char *operation, struct text input,
    const struct call_context *context, struct reply *reply, struct arena *arena, struct error *err)
{
    const struct operation *record = service_operation_string(service, operation);
    const struct json *tree;
    struct text body;

    if (!record) {
        error_set(err, ERROR_USAGE, "%s has no operation %s", service->name, operation);
        return NULL;
    }
    if (connection_call(connection, service, record, input, context, reply, err))
        return NULL;
    body = text_trim(buf_view(&reply->body));
    if (service->protocol == SERVICE_QUERY)
        return reply_read_xml(body, arena, err);
    if (body.length == 0 && service->protocol == SERVICE_JSON &&
        (record->access & OPERATION_READ)) {
        error_set(err, ERROR_NETWORK, "%s: the answer is empty", operation);
        return NULL;
    }
    tree = json_parse(body.length > 0 ? body : TEXT("{}"), arena, err);
    if (tree && service->protocol == SERVICE_JSON && tree->kind != JSON_OBJECT) {
        error_set(err, ERROR_NETWORK, "%s: the answer is no JSON object", operation);
        return NULL;
    }
    if (!tree && (err->code == ERROR_USAGE || err->code == ERROR_LIMIT)) {
        const struct error cause = *err;

        error_set(err, ERROR_NETWORK, "%s: the answer is no JSON: %s", operation, cause.text);
    }
    return tree;
}

enum error_code connection_invoke(struct connection *connection, const struct http_request *request,
    bool sign, const struct call_context *context, struct http_response *response,
    struct error *err)
{
    bool is_read = !strcmp(request->method, "GET") || !strcmp(request->method, "HEAD");
    struct journal_entry entry = {.statement = context->statement,
        .sent_bytes = request->body.length,
        .is_write = !is_read};
    struct http_request whole = *request;
    struct connection_attempt attempt;
    struct buf sent, received;
    enum error_code code = connection_gate(connection, request->method, is_read, context, err);

    if (code)
        return code;
    if (!whole.cancel)
        whole.cancel = context->cancel;
    whole.timeout_ms = connection_time_left(connection, context, whole.timeout_ms);
    code = connection_send(connection, &whole, sign ? "execute-api" : NULL, context, &attempt,
        response, err);
    if (code && response->request_was_sent && !is_read) {
        const struct error cause = *err;

        error_set(err, code, "%s may or may not have been acted upon: %s", request->method,
            cause.text);
    }
    buf_init(&sent, 3 * MASK_CUT);
    buf_init(&received, 2 * MASK_CUT);
    buf_add_format(&sent, "%s %.*s\n", request->method, MASK_CUT / 2, request->url);
    mask_add_body(&sent, request->body, false);
    mask_add_body(&received, buf_view(&response->body), false);
    entry.elapsed = response->elapsed;
    entry.status = response->status;
    entry.received_bytes = response->wire_bytes;
    copy_short(entry.service, sizeof entry.service, TEXT("execute-api"));
    copy_short(entry.operation, sizeof entry.operation, text_of(request->method));
    copy_short(entry.connection, sizeof entry.connection, text_of(connection->profile->name));
    copy_short(entry.request_id, sizeof entry.request_id,
        http_response_header(response, "x-amzn-requestid"));
    copy_short(entry.who, sizeof entry.who, text_of(context->who));
    if (code)
        copy_short(entry.error, sizeof entry.error, text_of(err->text));
    entry.request = sent.failure ? NULL : sent.data;
    entry.response = received.failure ? NULL : received.data;
    journal_add(connection->journal, &entry);
    buf_done(&sent);
    buf_done(&received);
    return code;
}
