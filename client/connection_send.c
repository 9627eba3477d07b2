#include "client/connection_parts.h"

#include "base/clock.h"
#include "client/signed_send.h"

uint32_t connection_time_left(const struct connection *connection,
    const struct call_context *context, uint32_t timeout_ms)
{
    uint64_t now, left;

    if (timeout_ms == 0)
        timeout_ms = connection->timeout_ms;
    if (context->deadline == 0)
        return timeout_ms;
    now = clock_monotonic();
    left = context->deadline > now ? (context->deadline - now) / CLOCK_MS : 0;
    return left >= timeout_ms ? timeout_ms : left > 0 ? (uint32_t)left : 1;
}

enum error_code connection_send(struct connection *connection, const struct http_request *request,
    const char *sign_for, const struct call_context *context, struct connection_attempt *attempt,
    struct http_response *response, struct error *err)
{
    const struct credentials_asker asker = {.cancel = request->cancel,
        .deadline = context->deadline,
        .statement = context->statement,
        .who = context->who,
        .is_background = context->who && text_is(text_of(context->who), "panel"),
        .ask_code = context->ask_code,
        .user = context->user};
    struct http_request whole = *request;
    struct credentials_key key = {0};
    struct signature signature = {&key, connection->region, sign_for, 0};
    enum error_code code = ERROR_NONE;

    *attempt = (struct connection_attempt){0};
    if (whole.timeout_ms == 0)
        whole.timeout_ms = connection->timeout_ms;
    if (sign_for) {
        code = credentials_take(connection->credentials, &asker, &key, err);
        attempt->lacks_key = code != ERROR_NONE;
        attempt->key_serial = key.serial;
        signature.wall = clock_wall() + (uint64_t)atomic_load(&connection->skew);
    }
    if (!code)
        code = signed_send(connection->pool, &whole, sign_for ? &signature : NULL, response, err);
    credentials_key_done(&key);
    return code;
}
