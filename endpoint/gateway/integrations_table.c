#include "endpoint/gateway/integrations.h"

/* AWS integrations with the action of the table service: called in process. */

/* In the arena of the exchange, so it is there until the call is answered. */
struct table_call {
    struct call *call;
};

static void on_answer(void *user, int status, struct text body)
{
    struct table_call *table = user;
    struct call *call = table->call;
    struct call_backend backend = {.status = status, .body = body};
    struct http_header header = {TEXT("Content-Type"), TEXT("application/x-amz-json-1.0")};

    call->cancel = NULL;
    integrations_ended(call, status);
    backend.header = &header;
    backend.header_count = 1;
    integrations_map(call, &backend);
}

void integrations_table(struct call *call)
{
    const struct definition_integration *integration = &call->method->integration;
    struct table_call *table = arena_alloc(call->arena, 1, sizeof *table);
    const struct identity *identity = exchange_identity(call->exchange);
    struct text body;

    if (!table) {
        call_fail(call, RESPONSE_CONFIGURATION, "integration:memory", "out of memory");
        return;
    }
    if (!integrations_body(call, &body))
        return;
    if (!call->gateway->tables) {
        call_fail(call, RESPONSE_CONFIGURATION, "integration:service-not-local",
            "the service dynamodb is not served here");
        return;
    }
    table->call = call;
    integrations_began(call);
    tables_call(call->gateway->tables, identity, integration->action, body, call->arena, on_answer,
        table);
}
