#include "client/credentials_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/aws_url.h"
#include "client/reply.h"
#include "client/retry.h"
#include "client/service_errors.h"

enum { URL_LIMIT = 8192, ATTEMPTS = 3, TIMEOUT_MS = 10000, MESSAGE_SIZE = 300 };

#define SKEW_TOLERATED (30 * (int64_t)CLOCK_SECOND)

uint64_t credentials_now(const struct credentials_request *request)
{
    return clock_wall() + (uint64_t)atomic_load(request->options->skew);
}

enum error_code credentials_find_place(const struct credentials_request *request,
    const struct profile *profile, const char *service, const char *host_prefix, const char *region,
    struct credentials_place *place, struct error *err)
{
    const char *endpoint = service_endpoint_find(request->options->service_endpoint, service);
    struct text url;

    *place = (struct credentials_place){0};
    buf_init(&place->url, URL_LIMIT);
    if (!endpoint)
        endpoint = profile_endpoint(request->set, profile, service);
    if (!endpoint)
        return aws_url_add(&place->url, host_prefix, region, err);
    if (text_starts_with(text_of(endpoint), TEXT("unix:"))) {
        place->unix_socket = endpoint + 5;
        endpoint = "http://localhost";
    }
    url = text_of(endpoint);
    while (text_ends_with(url, TEXT("/")))
        url.length--;
    buf_add_text(&place->url, url);
    return buf_check(&place->url, "the endpoint", err);
}

void credentials_reply_done(struct reply *reply)
{
    buf_wipe(&reply->body);
    reply_done(reply);
}

/* What an attempt came to. */
struct outcome {
    enum error_code code;
    bool again, at_once;
    enum retry_kind kind;
};

static bool set_clock_right(const struct credentials_request *request, const struct reply *reply)
{
    _Atomic int64_t *skew = request->options->skew;
    int64_t difference;
    uint64_t theirs;

    if (!reply_date(reply, &theirs))
        return false;
    difference = (int64_t)(theirs - clock_wall());
    if (llabs(difference - atomic_load(skew)) < SKEW_TOLERATED)
        return false;
    atomic_store(skew, difference);
    return true;
}

static struct outcome judge(const struct credentials_request *request,
    const struct credentials_exchange *exchange, struct reply *reply, bool was_set_right,
    struct error *err)
{
    struct outcome outcome = {.kind = RETRY_FAILURE};
    const struct service_error *known;
    char message[MESSAGE_SIZE];

    if (reply->status < 300)
        return outcome;
    reply_explain(reply, message, sizeof message);
    known = service_error_find(text_of(reply->service_code), reply->status);
    outcome.code = ERROR_ACCESS;
    if (reply->status >= 500 || (known->flags & (SERVICE_ERROR_FAILURE | SERVICE_ERROR_THROTTLE))) {
        outcome.code = known->error == ERROR_THROTTLED ? ERROR_THROTTLED : ERROR_NETWORK;
        outcome.kind = known->error == ERROR_THROTTLED ? RETRY_THROTTLE : RETRY_FAILURE;
        outcome.again = true;
    } else if ((known->flags & SERVICE_ERROR_SKEW) && !was_set_right) {
        outcome.again = outcome.at_once = set_clock_right(request, reply);
    }
    if (reply->service_code[0])
        error_set(err, outcome.code, message[0] ? "%s: %s: %s" : "%s: %s", exchange->what,
            reply->service_code, message);
    else
        error_set(err, outcome.code, "%s: HTTP %d", exchange->what, reply->status);
    return outcome;
}

static struct outcome send_once(const struct credentials_request *request,
    struct credentials_exchange *exchange, struct reply *reply, bool was_set_right,
    struct error *err)
{
    struct signature signature;
    struct http_response response;
    struct outcome outcome = {.kind = RETRY_FAILURE};

    if (exchange->signature) {
        signature = *exchange->signature;
        signature.wall = credentials_now(request);
    }
    credentials_reply_done(reply);
    reply_init(reply);
    http_response_init(&response);
    outcome.code = signed_send(request->options->pool, &exchange->request,
        exchange->signature ? &signature : NULL, &response, err);
    reply->status = response.status;
    if (!outcome.code) {
        reply_take(reply, &response);
        outcome = judge(request, exchange, reply, was_set_right, err);
    } else if (outcome.code == ERROR_NETWORK) {
        outcome.again = !response.is_final;
        error_wrap(err, "%s", exchange->what);
    }
    buf_wipe(&response.body);
    http_response_done(&response);
    return outcome;
}

static void limit_time(const struct credentials_request *request, struct http_request *http)
{
    uint64_t deadline = request->asker->deadline, now = clock_monotonic(), left;

    if (http->timeout_ms == 0)
        http->timeout_ms = TIMEOUT_MS;
    left = deadline > now ? (deadline - now) / CLOCK_MS : 0;
    if (deadline && left < http->timeout_ms)
        http->timeout_ms = left > 0 ? (uint32_t)left : 1;
}

/* Nothing of what is said and answered: all of it tells who somebody is. */
static void note_exchange(const struct credentials_request *request,
    const struct credentials_exchange *exchange, const struct reply *reply, uint64_t start,
    enum error_code code, const struct error *err)
{
    static char masked[] = "********";
    const struct credentials_asker *asker = request->asker;
    struct journal_entry entry = {.statement = asker->statement,
        .elapsed = clock_monotonic() - start,
        .status = reply->status,
        .retries = reply->retries,
        .sent_bytes = exchange->request.body.length,
        .received_bytes = reply->body.length,
        .request = masked,
        .response = masked};

    if (!request->options->journal)
        return;
    snprintf(entry.service, sizeof entry.service, "%s", exchange->service);
    snprintf(entry.operation, sizeof entry.operation, "%s",
        exchange->operation ? exchange->operation : exchange->what);
    snprintf(entry.connection, sizeof entry.connection, "%.31s", request->profile->name);
    snprintf(entry.request_id, sizeof entry.request_id, "%.*s", (int)reply->request_id.length,
        reply->request_id.length > 0 ? reply->request_id.data : "");
    snprintf(entry.who, sizeof entry.who, "%s", asker->who ? asker->who : "");
    if (code)
        snprintf(entry.error, sizeof entry.error, "%.95s",
            reply->service_code[0] ? reply->service_code : err->text);
    journal_add(request->options->journal, &entry);
}

static enum error_code send_until_done(const struct credentials_request *request,
    struct credentials_exchange *exchange, struct reply *reply, struct error *err)
{
    unsigned attempts = exchange->attempts ? exchange->attempts : ATTEMPTS, failures = 0;
    const uint64_t deadline = request->asker->deadline;
    bool was_set_right = false;

    for (unsigned retries = 0;; retries++) {
        struct outcome outcome;
        uint64_t pause;

        limit_time(request, &exchange->request);
        outcome = send_once(request, exchange, reply, was_set_right, err);
        reply->retries = retries;
        if (!outcome.code || !outcome.again)
            return outcome.code;
        if (outcome.at_once) {
            was_set_right = true;
            continue;
        }
        if (++failures >= attempts)
            return outcome.code;
        pause = retry_delay(outcome.kind, failures - 1, reply_retry_after(reply));
        if (deadline && clock_monotonic() + pause >= deadline)
            return outcome.code;
        if (!retry_wait(pause, request->asker->cancel))
            return error_set(err, ERROR_CANCELLED, "interrupted");
    }
}

enum error_code credentials_send(const struct credentials_request *request,
    struct credentials_exchange *exchange, struct reply *reply, struct error *err)
{
    uint64_t start = clock_monotonic();
    enum error_code code;

    exchange->request.cancel = request->asker->cancel;
    exchange->request.limit = CREDENTIALS_ANSWER_LIMIT;
    code = send_until_done(request, exchange, reply, err);
    note_exchange(request, exchange, reply, start, code, err);
    return code;
}
