#include "endpoint/gateway/cors.h"

enum { LIST_LIMIT = 8192 };

bool cors_is_preflight(const struct call *call)
{
    return text_is(call->request->method, "OPTIONS") && call_header(call, "Origin").data &&
           call_header(call, "Access-Control-Request-Method").data;
}

/* A star for all, a scheme with a star, or the origin itself. */
static bool allows(const struct json *origins, struct text origin, bool *any)
{
    *any = false;
    for (const struct json *one = origins ? origins->first : NULL; one; one = one->next) {
        if (text_is(one->text, "*")) {
            *any = true;
            return true;
        }
        if (text_equal_ignoring_case(one->text, origin) ||
            (text_find(one->text, TEXT("*"), 0) != SIZE_MAX &&
                text_matches_glob(origin, one->text)))
            return true;
    }
    return false;
}

static void add_list(const struct call *call, struct call_answer *answer, const char *name,
    const struct json *list)
{
    struct text value;
    struct buf out;

    if (!list || list->count == 0)
        return;
    buf_init(&out, LIST_LIMIT);
    for (const struct json *one = list->first; one; one = one->next) {
        if (out.length > 0)
            buf_add_char(&out, ',');
        buf_add_text(&out, one->text);
    }
    value = out.failure ? (struct text){NULL, 0} : arena_text(call->arena, buf_view(&out));
    buf_done(&out);
    if (value.data)
        call_add_header(answer, text_of(name), value);
}

/* The headers for an origin that is allowed. */
static void add_origin(const struct call *call, struct call_answer *answer, struct text origin,
    bool any)
{
    const struct json *cors = call->definition->cors;

    if (json_bool_member(cors, "allowCredentials", false))
        call_add_header(answer, TEXT("Access-Control-Allow-Credentials"), TEXT("true"));
    call_add_header(answer, TEXT("Access-Control-Allow-Origin"), any ? TEXT("*") : origin);
    if (!any)
        call_add_header(answer, TEXT("Vary"), TEXT("Origin"));
    add_list(call, answer, "Access-Control-Expose-Headers", json_member(cors, "exposeHeaders"));
}

void cors_answer_preflight(struct call *call)
{
    const struct json *cors = call->definition->cors;
    struct text origin = call_header(call, "Origin");
    const struct json *age = json_member(cors, "maxAge");
    struct call_answer answer;
    bool any;

    if (!cors || !allows(json_member(cors, "allowOrigins"), origin, &any)) {
        call_fail(call, RESPONSE_FORBIDDEN, cors ? "cors:origin" : "cors:none", NULL);
        return;
    }
    call_answer_init(&answer, 204);
    add_origin(call, &answer, origin, any);
    add_list(call, &answer, "Access-Control-Allow-Methods", json_member(cors, "allowMethods"));
    add_list(call, &answer, "Access-Control-Allow-Headers", json_member(cors, "allowHeaders"));
    if (age)
        call_add_header(&answer, TEXT("Access-Control-Max-Age"), age->text);
    call_send(call, &answer);
}

void cors_apply(const struct call *call, struct call_answer *answer)
{
    const struct json *cors = call->definition ? call->definition->cors : NULL;
    struct text origin, prefix = TEXT("access-control-");
    size_t kept = 0;
    bool any;

    if (!cors || cors_is_preflight(call))
        return;
    for (size_t i = 0; i < answer->header_count; i++)
        if (!text_equal_ignoring_case(text_slice(answer->header[i].name, 0, prefix.length), prefix))
            answer->header[kept++] = answer->header[i];
    answer->header_count = kept;
    origin = call_header(call, "Origin");
    if (origin.data && allows(json_member(cors, "allowOrigins"), origin, &any))
        add_origin(call, answer, origin, any);
}
