#include "endpoint/gateway/control.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "client/http.h"
#include "endpoint/gateway/control_stages.h"
#include "endpoint/gateway/stages.h"
#include "endpoint/gateway/state.h"

enum { ANSWER_LIMIT = 64 * 1024 * 1024, MESSAGE_LIMIT = 8192, API_ID_LIMIT = 63 };

static const struct {
    int status;
    const char *type;
} fault_table[] = {
    [CONTROL_NO_FAULT] = {200, ""},
    [CONTROL_BAD_REQUEST] = {400, "BadRequestException"},
    [CONTROL_VALIDATION] = {400, "ValidationException"},
    [CONTROL_SERIALIZATION] = {400, "SerializationException"},
    [CONTROL_NOT_FOUND] = {404, "NotFoundException"},
    [CONTROL_CONFLICT] = {409, "ConflictException"},
    [CONTROL_LIMIT] = {429, "LimitExceededException"},
    [CONTROL_NOT_IMPLEMENTED] = {501, "NotImplementedException"},
    [CONTROL_INTERNAL] = {500, "InternalServerErrorException"},
};

bool control_fail(struct control *call, enum control_fault fault, const char *format, ...)
{
    struct buf text;
    va_list list;

    if (call->fault)
        return false;
    call->fault = fault;
    call->message = "out of memory";
    buf_init(&text, MESSAGE_LIMIT);
    va_start(list, format);
    buf_add_format_list(&text, format, list);
    va_end(list);
    if (!text.failure) {
        const char *copy = arena_string(call->arena, buf_view(&text));

        if (copy)
            call->message = copy;
    }
    buf_done(&text);
    return false;
}

void control_answer(struct control *call, const struct json *tree)
{
    struct json_writer writer;

    if (!tree)
        return;
    json_writer_init(&writer, &call->out);
    json_tree(&writer, tree);
}

static bool read_limit(struct control *call, size_t *limit)
{
    struct text given = control_query(call, call->is_http ? "maxResults" : "limit");
    int64_t value;

    *limit = call->is_http ? CONTROL_LIST_LIMIT : CONTROL_LIST_DEFAULT;
    if (!given.data || given.length == 0)
        return true;
    if (!text_to_integer(given, 1, INT32_MAX, &value))
        return control_fail(call, CONTROL_BAD_REQUEST, "Invalid value for %s: %.*s",
            call->is_http ? "maxResults" : "limit", (int)given.length, given.data);
    *limit = value > CONTROL_LIST_LIMIT ? CONTROL_LIST_LIMIT : (size_t)value;
    return true;
}

static bool read_position(struct control *call, int64_t *after)
{
    struct text given = control_query(call, call->is_http ? "nextToken" : "position");
    struct buf raw;
    bool good;

    *after = 0;
    if (!given.data || given.length == 0)
        return true;
    buf_init(&raw, 64);
    good = crypto_from_base64(&raw, given) && text_to_integer(buf_view(&raw), 0, INT64_MAX, after);
    buf_done(&raw);
    if (!good)
        return control_fail(call, CONTROL_BAD_REQUEST, "Invalid %s: %.*s",
            call->is_http ? "next token" : "position", (int)given.length, given.data);
    return true;
}

static void add_position(struct control *call, struct json_writer *writer, int64_t sequence)
{
    char digits[24];
    struct buf text;

    snprintf(digits, sizeof digits, "%lld", (long long)sequence);
    buf_init(&text, 64);
    crypto_add_base64(&text, text_of(digits));
    json_pair(writer, call->is_http ? "nextToken" : "position", buf_view(&text));
    buf_done(&text);
}

/* What is printed of the record; false when it is left out. */
static bool shape_record(struct control *call, const struct record *record, control_shape *shape,
    const struct json **tree)
{
    *tree = NULL;
    if (record->api.length == 0 && !control_is_own(call, record))
        return false;
    if (!shape)
        return true;
    *tree = shape(call, record);
    return *tree != NULL;
}

bool control_list(struct control *call, const char *kind, struct text api, control_shape *shape)
{
    const struct record *record = NULL;
    struct json_writer writer;
    size_t limit, count = 0;
    int64_t after, last = 0;

    if (!read_limit(call, &limit) || !read_position(call, &after))
        return false;
    json_writer_init(&writer, &call->out);
    json_begin_object(&writer);
    json_name(&writer, call->is_http ? "items" : "item");
    json_begin_array(&writer);
    while ((record = gateway_store_next(call->store, kind, api, after)) != NULL) {
        const struct json *tree;

        after = record->sequence;
        if (!shape_record(call, record, shape, &tree))
            continue;
        if (count == limit)
            break;
        if (tree)
            json_tree(&writer, tree);
        else
            json_raw(&writer, record->json);
        last = record->sequence;
        count++;
    }
    json_end_array(&writer);
    if (record)
        add_position(call, &writer, last);
    json_end_object(&writer);
    return !call->fault;
}

struct json *control_edit(struct control *call, const struct record *record)
{
    return draft_parse(&call->draft, record->json);
}

static bool failed(struct control *call, const struct error *err)
{
    return control_fail(call, CONTROL_INTERNAL, "%s", err->text);
}

bool control_create(struct control *call, const char *kind, struct text api, struct text id,
    const struct json *tree)
{
    struct text json = draft_print(&call->draft, tree);
    struct gateway_store_put put = {.kind = kind,
        .account = call->account,
        .region = call->region,
        .api = api,
        .id = id,
        .json = json};
    struct error err;

    if (!json.data || !id.data)
        return control_fail(call, CONTROL_INTERNAL, "out of memory");
    return gateway_store_put(call->store, &put, &err) == ERROR_NONE || failed(call, &err);
}

bool control_save(struct control *call, const struct record *record, const struct json *tree)
{
    struct text json = draft_print(&call->draft, tree);
    struct error err;

    if (!json.data)
        return control_fail(call, CONTROL_INTERNAL, "out of memory");
    return gateway_store_update(call->store, record, json, &err) == ERROR_NONE ||
           failed(call, &err);
}

bool control_delete(struct control *call, const char *kind, struct text api, struct text id)
{
    struct error err;

    return gateway_store_remove(call->store, kind, api, id, &err) == ERROR_NONE ||
           failed(call, &err);
}

struct text control_new_id(struct control *call, const char *kind, struct text api, size_t length)
{
    struct buf id;
    struct text text = {NULL, 0};

    buf_init(&id, 64);
    do {
        buf_clear(&id);
        crypto_add_id(&id, length, "abcdefghijklmnopqrstuvwxyz0123456789");
    } while (!id.failure &&
             (gateway_store_find(call->store, kind, api, buf_view(&id)) ||
                 (api.length == 0 &&
                     (gateway_store_find(call->store, GATEWAY_REST, api, buf_view(&id)) ||
                         gateway_store_find(call->store, GATEWAY_HTTP, api, buf_view(&id))))));
    if (!id.failure)
        text = arena_text(call->arena, buf_view(&id));
    if (!text.data)
        call->draft.failed = true;
    buf_done(&id);
    return text;
}

struct json *control_now(struct control *call)
{
    struct json *node;
    struct buf text;

    if (!call->is_http)
        return draft_integer(&call->draft, (int64_t)(clock_wall() / CLOCK_SECOND));
    buf_init(&text, 64);
    clock_add_iso(&text, clock_wall(), false);
    node = draft_text(&call->draft, buf_view(&text));
    buf_done(&text);
    return node;
}

bool control_is_own(const struct control *call, const struct record *record)
{
    return text_equal(record->account, call->account) && text_equal(record->region, call->region);
}

bool control_check_api_id(struct control *call, struct text id)
{
    for (size_t i = 0; i < id.length; i++) {
        char c = id.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && i > 0)))
            id.length = 0;
    }
    if (id.length == 0 || id.length > API_ID_LIMIT)
        return control_fail(call, CONTROL_BAD_REQUEST,
            "Invalid API identifier in tag gatehouse-id");
    if (gateway_store_find(call->store, GATEWAY_REST, TEXT(""), id) ||
        gateway_store_find(call->store, GATEWAY_HTTP, TEXT(""), id))
        return control_fail(call, CONTROL_CONFLICT, "API identifier %.*s is taken", (int)id.length,
            id.data);
    return true;
}

static const struct record *find_api(struct control *call, const char *kind)
{
    struct text id = call->parameter[0];
    const struct record *record = gateway_store_find(call->store, kind, TEXT(""), id);

    if (record && control_is_own(call, record))
        return record;
    control_fail(call, CONTROL_NOT_FOUND, "Invalid API identifier specified %.*s:%.*s",
        (int)call->account.length, call->account.data, (int)id.length, id.data);
    return NULL;
}

const struct record *control_find_rest(struct control *call)
{
    return find_api(call, GATEWAY_REST);
}

const struct record *control_find_http(struct control *call)
{
    return find_api(call, GATEWAY_HTTP);
}

/* Fills the parameters when path matches; a trailing slash does not count. */
static bool matches(struct control *call, const char *pattern, struct text path)
{
    struct text rest = text_of(pattern), part, segment;
    size_t count = 0;

    if (path.length > 1 && path.data[path.length - 1] == '/')
        path.length--;
    while (text_take_field(&rest, '/', &part)) {
        if (text_is(part, "{+}")) {
            call->parameter[count] = path;
            return path.length > 0 && control_decode(call, path, false, &call->parameter[count]);
        }
        if (!text_take_field(&path, '/', &segment))
            return false;
        if (part.length > 0 && part.data[0] == '{') {
            if (count == CONTROL_PARAMETERS || segment.length == 0 ||
                !control_decode(call, segment, false, &call->parameter[count]))
                return false;
            count++;
        } else if (!text_equal(part, segment)) {
            return false;
        }
    }
    return path.length == 0;
}

static const struct control_operation *find_operation(struct control *call,
    const struct control_table *table)
{
    const struct exchange_request *request = exchange_request(call->exchange);

    for (size_t i = 0; i < table->count; i++) {
        const struct control_operation *operation = &table->operation[i];

        if (text_is(request->method, operation->method) &&
            (!operation->query ||
                text_find(request->query, text_of(operation->query), 0) != SIZE_MAX) &&
            matches(call, operation->path, request->path))
            return operation;
    }
    return NULL;
}

static bool read_body(struct control *call)
{
    const struct exchange_request *request = exchange_request(call->exchange);
    struct error err;

    if (text_trim(request->body).length == 0) {
        call->body = draft_object(&call->draft);
        return call->body || control_fail(call, CONTROL_INTERNAL, "out of memory");
    }
    call->body = json_parse(request->body, call->arena, &err);
    if (!call->body && err.code == ERROR_MEMORY)
        return control_fail(call, CONTROL_INTERNAL, "out of memory");
    if (!call->body)
        return control_fail(call, CONTROL_SERIALIZATION, "%s (line %d, column %d)", err.text,
            err.line, err.column);
    if (call->body->kind != JSON_OBJECT)
        return control_fail(call, CONTROL_SERIALIZATION,
            "class %s can not be converted to an Object", control_java_class(call->body));
    return true;
}

/* An automatic deployment may have changed the document after the operation was done with it. */
static void print_result(struct control *call)
{
    const struct control_result *result = &call->result;
    const struct record *record =
        result->kind ? gateway_store_find(call->store, result->kind, result->api, result->id)
                     : NULL;

    if (record)
        buf_add_text(&call->out, record->json);
}

static bool run_operation(struct control *call, const struct control_table *table)
{
    bool reads = text_is(exchange_request(call->exchange)->method, "GET");
    struct error err;

    call->operation = find_operation(call, table);
    if (!call->operation)
        return control_fail(call, CONTROL_NOT_FOUND, "Unable to determine the operation");
    if (!call->operation->run)
        return control_fail(call, CONTROL_NOT_IMPLEMENTED,
            "%s is not implemented by the local gateway", call->operation->name);
    call->status = call->operation->status;
    if (!read_body(call))
        return false;
    if (reads)
        return call->operation->run(call);
    if (gateway_store_begin(call->store, &err))
        return failed(call, &err);
    if (!call->operation->run(call))
        return false;
    if (call->is_taken)
        return true; /* call->arena may be gone */
    if (!control_deploy_changed(call))
        return false;
    print_result(call);
    if (call->draft.failed || call->out.failure)
        return control_fail(call, CONTROL_INTERNAL, "out of memory");
    if (gateway_store_commit(call->store, &err))
        return failed(call, &err);
    if (text_is(exchange_request(call->exchange)->method, "DELETE"))
        stages_forget(call->gateway->stages, call->store);
    return true;
}

static void reply(struct control *call)
{
    struct http_header header[4];
    size_t count = 0;
    struct buf request_id;

    buf_init(&request_id, 64);
    crypto_add_uuid(&request_id);
    header[count++] = (struct http_header){TEXT("Content-Type"), TEXT("application/json")};
    header[count++] = (struct http_header){TEXT("x-amzn-RequestId"), buf_view(&request_id)};
    if (call->fault) {
        struct json_writer writer;

        buf_clear(&call->out);
        json_writer_init(&writer, &call->out);
        json_begin_object(&writer);
        json_pair_string(&writer, "message", call->message);
        json_end_object(&writer);
        call->status = fault_table[call->fault].status;
        header[count++] =
            (struct http_header){TEXT("x-amzn-ErrorType"), text_of(fault_table[call->fault].type)};
    } else if (call->definition) {
        header[count++] =
            (struct http_header){TEXT("x-gatehouse-definition"), text_of(call->definition)};
    }
    exchange_reply(call->exchange, call->status, header, count, buf_view(&call->out));
    buf_done(&request_id);
}

void control_serve(struct gateway *gateway, struct exchange *exchange,
    const struct control_table *table)
{
    const struct identity *identity = exchange_identity(exchange);
    struct control call = {.gateway = gateway,
        .exchange = exchange,
        .store = gateway->store,
        .arena = exchange_arena(exchange),
        .account = text_of(identity->account),
        .region = text_of(identity->region),
        .is_http = table->is_http};

    call.draft.arena = call.arena;
    buf_init(&call.out, ANSWER_LIMIT);
    if (call.account.length == 0)
        call.account = TEXT("000000000000");
    if (call.region.length == 0)
        call.region = TEXT("us-east-1");
    if (!run_operation(&call, table) || call.draft.failed || call.out.failure) {
        if (!call.is_taken)
            control_fail(&call, CONTROL_INTERNAL, "out of memory");
    }
    gateway_store_rollback(gateway->store);
    if (!call.is_taken)
        reply(&call);
    buf_done(&call.out);
}
