#include "endpoint/gateway/integrations.h"

#include <string.h>

#include "base/clock.h"

static struct text media_of(struct text type)
{
    struct text media;

    if (!type.data || type.length == 0)
        return TEXT("application/json");
    if (!text_take_until(&type, ';', &media))
        media = type;
    return text_trim(media);
}

const struct definition_template *integrations_template(const struct definition_templates *list,
    struct text content_type)
{
    struct text media = media_of(content_type);
    const struct definition_template *fallback = NULL;

    for (size_t i = 0; i < list->count; i++) {
        if (text_equal_ignoring_case(list->item[i].media, media))
            return &list->item[i];
        if (text_is(list->item[i].media, "$default"))
            fallback = &list->item[i];
    }
    return fallback;
}

static bool run_template(struct call *call, const struct template *template,
    struct call_backend *backend, const char *reason, struct text *body)
{
    const char *why;
    struct buf out;
    bool good;

    *body = TEXT("");
    if (!template)
        return true;
    buf_init(&out, TEMPLATE_OUTPUT);
    good = call_run_template(call, template, backend, &out, &why);
    if (good) {
        *body = arena_text(call->arena, buf_view(&out));
        why = "out of memory";
        good = body->data;
    }
    buf_done(&out);
    if (good)
        return true;
    /* A body that the template cannot read is the client's fault. */
    if (!backend && !call_document(call) && strstr(why, "Could not parse"))
        call_fail(call, RESPONSE_BAD_BODY, reason, why);
    else
        call_fail(call, RESPONSE_CONFIGURATION, reason, why);
    return false;
}

bool integrations_body(struct call *call, struct text *body)
{
    const struct definition_integration *integration = &call->method->integration;
    const struct definition_template *template =
        integrations_template(&integration->templates, call_header(call, "Content-Type"));
    bool refused =
        integration->passthrough == PASSTHROUGH_NEVER ||
        (integration->passthrough == PASSTHROUGH_NO_TEMPLATES && integration->templates.count > 0);

    if (template)
        return run_template(call, template->template, NULL, "integration:request-template", body);
    *body = call->request->body;
    if (refused)
        call_fail(call, RESPONSE_UNSUPPORTED_MEDIA, "integration:no-template", NULL);
    return !refused;
}

void integrations_began(struct call *call)
{
    call->integration_began = clock_monotonic();
}

void integrations_ended(struct call *call, int status)
{
    uint64_t elapsed = clock_monotonic() - call->integration_began;

    call->integration_us = elapsed / 1000 > 0 ? elapsed / 1000 : 1;
    call->integration_status = status;
}

void integrations_failed(struct call *call, enum upstream_result result, const char *why)
{
    static const struct {
        enum gateway_response response;
        const char *reason;
    } failure_table[] = {
        [UPSTREAM_ANSWERED] = {RESPONSE_CONFIGURATION, "integration:answered"},
        [UPSTREAM_UNRESOLVED] = {RESPONSE_CONFIGURATION, "integration:unresolved"},
        [UPSTREAM_REFUSED] = {RESPONSE_NETWORK, "integration:network"},
        [UPSTREAM_TIMED_OUT] = {RESPONSE_TIMEOUT, "integration:timeout"},
        [UPSTREAM_MALFORMED] = {RESPONSE_BAD_ANSWER, "integration:malformed"},
        [UPSTREAM_TOO_LARGE] = {RESPONSE_BAD_ANSWER, "integration:too-large"},
    };
    enum gateway_response response = failure_table[result].response;

    /* An HTTP API says 503 where a REST API says that it is misconfigured, and 500 for what is
       too large (gateway.md 8). */
    if (call->is_http && result == UPSTREAM_UNRESOLVED)
        response = RESPONSE_NETWORK;
    if (call->is_http && result == UPSTREAM_TOO_LARGE)
        response = RESPONSE_CONFIGURATION;
    call_fail(call, response, failure_table[result].reason,
        result == UPSTREAM_UNRESOLVED && !call->is_http
            ? "Execution failed due to configuration error: Invalid endpoint address"
            : why);
}

/* First in the order of statuses whose pattern fits; else the one without a pattern. */
static const struct definition_response *choose(const struct definition_integration *integration,
    struct text subject)
{
    const struct definition_response *fallback = NULL;

    for (size_t i = 0; i < integration->response_count; i++) {
        const struct definition_response *response = &integration->response[i];

        if (!response->pattern) {
            if (!fallback)
                fallback = response;
        } else if (pattern_matches_whole(response->pattern, subject)) {
            return response;
        }
    }
    return fallback;
}

static bool add_mapped_headers(struct call *call, const struct definition_mappings *mappings,
    struct call_backend *backend, struct call_answer *answer)
{
    for (size_t i = 0; i < mappings->count; i++) {
        struct text value = {NULL, 0};
        struct buf out;

        buf_init(&out, UPSTREAM_HEAD);
        if (call_add_mapped(call, &mappings->item[i], backend, &out) && !out.failure) {
            value = arena_text(call->arena, buf_view(&out));
            if (value.data)
                call_add_header(answer, mappings->item[i].name, value);
        }
        buf_done(&out);
    }
    return true;
}

static void apply_override(const struct call *call, struct call_answer *answer)
{
    const struct template_override *override = call->override;

    if (!override)
        return;
    if (override->status)
        answer->status = override->status;
    for (size_t i = 0; i < override->response_count; i++) {
        size_t at = 0;

        while (at < answer->header_count &&
               !text_equal_ignoring_case(answer->header[at].name, override->response[i].name))
            at++;
        if (at < answer->header_count)
            answer->header[at].value = override->response[i].value;
        else
            call_add_header(answer, override->response[i].name, override->response[i].value);
    }
}

/* The template for the first type the client accepts; no match: the first there is. */
static const struct definition_template *response_template(const struct call *call,
    const struct definition_templates *list)
{
    struct text accept = call_header(call, "Accept"), first;
    const struct definition_template *found;

    if (list->count == 0)
        return NULL;
    if (!text_take_until(&accept, ',', &first))
        first = accept;
    found = integrations_template(list, first);
    return found ? found : &list->item[0];
}

void integrations_map(struct call *call, struct call_backend *backend)
{
    const struct definition_integration *integration = &call->method->integration;
    const struct definition_template *template;
    const struct definition_response *response;
    struct call_answer answer;
    char status[16];
    struct buf digits = {.data = status, .capacity = sizeof status, .limit = sizeof status - 1};

    buf_add_integer(&digits, backend->status);
    response = choose(integration, buf_view(&digits));
    if (!response) {
        const char *why = arena_format(call->arena,
            "No match for output mapping and no default output mapping configured. Endpoint "
            "Response Status Code: %d",
            backend->status);

        call_fail(call, RESPONSE_CONFIGURATION, "integration:no-response", why);
        return;
    }
    call_answer_init(&answer, response->status);
    answer.body = backend->body;
    template = response_template(call, &response->templates);
    if (template && !run_template(call, template->template, backend,
                        "integration:response-template", &answer.body))
        return;
    add_mapped_headers(call, &response->mappings, backend, &answer);
    apply_override(call, &answer);
    if (template && !text_is(template->media, "$default") &&
        !call_find_header(&answer, "Content-Type"))
        call_add_header(&answer, TEXT("Content-Type"), template->media);
    call_send(call, &answer);
}

void integrations_start(struct call *call)
{
    const struct definition_integration *integration = &call->method->integration;

    switch (integration->kind) {
    case INTEGRATION_MOCK:
        integrations_mock(call);
        return;
    case INTEGRATION_HTTP:
    case INTEGRATION_HTTP_PROXY:
        integrations_http(call);
        return;
    case INTEGRATION_AWS:
        if (text_is(integration->service, "dynamodb") && integration->action.length > 0) {
            integrations_table(call);
            return;
        }
        break;
    case INTEGRATION_AWS_PROXY:
        break;
    case INTEGRATION_NONE:
        call_fail(call, RESPONSE_CONFIGURATION, "integration:none", "the route has no integration");
        return;
    }
    call_fail(call, RESPONSE_CONFIGURATION, "integration:service-not-local",
        arena_format(call->arena, "the service %.*s is not served by the local gateway",
            (int)integration->service.length,
            integration->service.data ? integration->service.data : ""));
}
