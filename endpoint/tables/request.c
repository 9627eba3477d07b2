#include "endpoint/tables/request.h"

#include <string.h>

#include "client/value.h"
#include "endpoint/tables/registry.h"

enum { MESSAGE_LIMIT = 1024 * 1024 };

#define ENVELOPE "1 validation error detected: "

static bool fail(struct request *request, enum message message, enum message_style style,
    const char *envelope, const struct text *arguments)
{
    struct buf text;

    if (request->fault.set)
        return false;
    buf_init(&text, MESSAGE_LIMIT);
    buf_add_string(&text, envelope);
    message_add(&text, message, style, arguments);
    request->fault = (struct fault){
        .set = true,
        .id = message,
        .kind = message_kind(message),
        .message = arena_text(request->arena, buf_view(&text)),
    };
    buf_done(&text);
    return false;
}

/* Only this file asks: everything else names messages (tables.md 19). */
static bool is_legacy(const struct request *request)
{
    return request->settings && request->settings->legacy_messages;
}

/* Of what is neither within an envelope nor told apart by operation. */
static enum message_style plain_style(const struct request *request)
{
    return is_legacy(request) ? MESSAGE_OLDER : MESSAGE_CURRENT;
}

enum message_style request_style(const struct request *request)
{
    return is_legacy(request) ? MESSAGE_OLDER : request->operation->style;
}

bool request_fail(struct request *request, enum message message, const struct text *arguments)
{
    return fail(request, message, plain_style(request), "", arguments);
}

bool request_refuse(struct request *request, enum message message, const struct text *arguments)
{
    return fail(request, message, request_style(request),
        request->operation->enveloped && !is_legacy(request) ? ENVELOPE : "", arguments);
}

bool request_refuse_enveloped(struct request *request, enum message message,
    const struct text *arguments)
{
    return fail(request, message, request_style(request), is_legacy(request) ? "" : ENVELOPE,
        arguments);
}

/* The limits are there so that no request takes all memory: passing one is the client's fault. */
static bool is_over_limit(const struct request *request)
{
    struct error err;

    return request->out.failure == ERROR_LIMIT ||
           arena_failed(request->arena, &err) == ERROR_LIMIT ||
           (request->scratch && arena_failed(request->scratch, &err) == ERROR_LIMIT);
}

bool request_exhausted(struct request *request)
{
    enum message message = is_over_limit(request) ? MESSAGE_REQUEST_SIZE : MESSAGE_NO_MEMORY;

    /* The arena may have no room for a copy of the sentence. */
    if (!request->fault.set)
        request->fault = (struct fault){.set = true,
            .id = message,
            .kind = message_kind(message),
            .message = text_of(message_template(message, MESSAGE_CURRENT))};
    return false;
}

void request_member(struct request *request, enum message message, const struct text *arguments)
{
    if (request->tells_first && request->joined_count > 0)
        return;
    if (request->joined_count++ > 0)
        buf_add_string(&request->joined, "; ");
    message_add(&request->joined, message, plain_style(request), arguments);
}

void request_member_bare(struct request *request, enum message message,
    const struct text *arguments)
{
    if (is_legacy(request))
        request_fail(request, message, arguments);
    else
        request_member(request, message, arguments);
}

void request_tell_first(struct request *request)
{
    request->tells_first = !is_legacy(request);
}

bool request_members_hold(struct request *request)
{
    struct text joined = buf_view(&request->joined);

    if (request->fault.set)
        return false;
    if (request->joined_count == 0)
        return true;
    if (request->joined_count == 1)
        return request_fail(request, MESSAGE_JOINED_ONE, ARGUMENTS(joined));
    return request_fail(request, MESSAGE_JOINED_MANY,
        ARGUMENTS(request_number(request, (int64_t)request->joined_count), joined));
}

const struct json *request_get(const struct json *object, const char *name)
{
    const struct json *member = json_member(object, name);

    return member && member->kind != JSON_NULL ? member : NULL;
}

struct text request_text(const struct json *object, const char *name)
{
    return json_string_member(object, name);
}

bool request_flag(const struct json *object, const char *name, bool fallback)
{
    const struct json *member = request_get(object, name);

    if (!member)
        return fallback;
    if (member->kind == JSON_STRING)
        return text_is_ignoring_case(member->text, "true") || text_is(member->text, "1") ||
               text_is_ignoring_case(member->text, "yes");
    return member->kind == JSON_TRUE;
}

int64_t request_integer(const struct json *object, const char *name, int64_t fallback)
{
    const struct json *member = request_get(object, name);
    int64_t integer;
    double number;

    if (!member || member->kind != JSON_NUMBER)
        return fallback;
    if (text_to_integer(member->text, INT64_MIN, INT64_MAX, &integer))
        return integer;
    number = json_double_member(object, name, 0);
    if (number >= 9.2e18)
        return INT64_MAX;
    if (number <= -9.2e18)
        return INT64_MIN;
    integer = (int64_t)number;
    return (double)integer > number ? integer - 1 : integer;
}

bool request_is_in(struct text value, const char *set)
{
    struct text rest = text_of(set), word;

    while (text_take_field(&rest, ',', &word))
        if (text_equal(text_trim(word), value))
            return true;
    return false;
}

void request_check_enum(struct request *request, const struct json *object, const char *name,
    const char *member, const char *set)
{
    struct text value = request_text(object, name);

    if (value.data && !request_is_in(value, set))
        request_member(request, MESSAGE_MEMBER_ENUM,
            ARGUMENTS(value, text_of(member), text_of(set)));
}

void request_check_present(struct request *request, const struct json *object, const char *name,
    const char *member)
{
    if (!request_get(object, name))
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(text_of(member)));
}

static bool is_name(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_' || c == '-' || c == '.'))
            return false;
    }
    return name.length > 0;
}

void request_check_name(struct request *request, struct text name, const char *member)
{
    if (!name.data)
        return;
    if (!is_name(name))
        request_member(request, MESSAGE_MEMBER_PATTERN, ARGUMENTS(name, text_of(member)));
    if (name.length < 3)
        request_member(request, MESSAGE_MEMBER_SHORT, ARGUMENTS(name, text_of(member), TEXT("3")));
    if (name.length > 255)
        request_member(request, MESSAGE_MEMBER_LONG, ARGUMENTS(name, text_of(member), TEXT("255")));
}

struct text request_number(struct request *request, int64_t number)
{
    return text_of(arena_format(request->arena, "%lld", (long long)number));
}

void request_check_range(struct request *request, const struct json *object, const char *name,
    const char *member, int64_t minimum, int64_t maximum)
{
    int64_t value = request_integer(object, name, minimum);

    if (value < minimum)
        request_member(request, MESSAGE_MEMBER_LOW,
            ARGUMENTS(request_number(request, value), text_of(member),
                request_number(request, minimum)));
    else if (value > maximum)
        request_member(request, MESSAGE_MEMBER_HIGH,
            ARGUMENTS(request_number(request, value), text_of(member),
                request_number(request, maximum)));
}

bool request_check_table(struct request *request)
{
    struct text name = request_text(request->body, "TableName");

    request->table_sent = name;
    if (!name.data) {
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("tableName")));
    } else if (is_legacy(request) && !text_starts_with(name, TEXT("arn:"))) {
        request_check_name(request, name, "tableName");
    } else if (name.length == 0) {
        request_member(request, MESSAGE_TABLE_EMPTY, NULL);
        return request_members_hold(request);
    } else if (text_starts_with(name, TEXT("arn:"))) {
        if (name.length > 1024)
            request_member(request, MESSAGE_MEMBER_LONG,
                ARGUMENTS(name, TEXT("tableName"), TEXT("1024")));
    } else {
        if (!is_name(name))
            request_member(request, MESSAGE_MEMBER_PATTERN, ARGUMENTS(name, TEXT("tableName")));
        if (name.length > 255)
            request_member(request, MESSAGE_MEMBER_LONG,
                ARGUMENTS(name, TEXT("tableName"), TEXT("255")));
    }
    return true;
}

bool request_check_length(struct request *request, struct text name)
{
    return !is_legacy(request) || (name.length >= 3 && name.length <= 255) ||
           request_fail(request, MESSAGE_TABLE_LENGTH, NULL);
}

void request_check_table_name(struct request *request)
{
    struct text name = request_text(request->body, "TableName");

    request->table_sent = name;
    if (!name.data)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(TEXT("tableName")));
    else if (!text_starts_with(name, TEXT("arn:")) && request_check_length(request, name))
        request_check_name(request, name, "tableName");
}

bool request_hold(struct request *request, struct table *table)
{
    if (request->held_count == request->held_capacity) {
        size_t capacity = request->held_capacity ? 4 * request->held_capacity : 2;
        struct table **held = arena_alloc(request->arena, capacity, sizeof *held);

        if (!held) {
            table_release(table);
            return request_exhausted(request);
        }
        if (request->held_count > 0)
            memcpy(held, request->held, request->held_count * sizeof *held);
        request->held = held;
        request->held_capacity = capacity;
    }
    request->held[request->held_count++] = table;
    return true;
}

struct table *request_open_table(struct request *request, struct text name, enum message missing)
{
    struct text sent = name, prefix, service, region, account;
    struct table *table;

    if (text_starts_with(name, TEXT("arn:"))) {
        struct text rest = text_slice(name, 4, name.length);

        /* arn:partition:service:region:account:table/name */
        if (!text_take_until(&rest, ':', &prefix) || !text_take_until(&rest, ':', &service) ||
            !text_take_until(&rest, ':', &region) || !text_take_until(&rest, ':', &account) ||
            !text_is(service, "dynamodb") || !text_starts_with(rest, TEXT("table/"))) {
            request_fail(request, MESSAGE_TAGS_ARN, ARGUMENTS(sent));
            return NULL;
        }
        if (!text_equal(account, request->account) || !text_equal(region, request->region)) {
            request_fail(request, MESSAGE_ACCESS_DENIED,
                ARGUMENTS(text_of(request->operation->name), sent));
            return NULL;
        }
        name = text_slice(rest, 6, rest.length);
    }
    table = registry_find(request->catalog, request->account, request->region, name);
    /* The data plane does not see what is not finished; the control plane tells. */
    if (table && missing == MESSAGE_TABLE_MISSING && !table_is_open(table)) {
        table_release(table);
        table = NULL;
    }
    if (!table) {
        request_fail(request, missing, ARGUMENTS(name));
        return NULL;
    }
    return request_hold(request, table) ? table : NULL;
}

bool request_check_idle(struct request *request, const struct table *table)
{
    static const char *const doing_table[] = {
        [TABLE_ACTIVE] = NULL,
        [TABLE_CREATING] = "created",
        [TABLE_UPDATING] = "updated",
        [TABLE_DELETING] = "deleted",
    };
    const char *doing = doing_table[table_state(table)];

    return !doing ||
           request_fail(request, MESSAGE_TABLE_IN_USE, ARGUMENTS(text_of(doing), table->name));
}

void request_release(struct request *request)
{
    while (request->held_count > 0)
        table_release(request->held[--request->held_count]);
    table_release(request->draft);
    request->draft = NULL;
    request->table = NULL;
}

bool request_find_table(struct request *request, struct text name, enum message missing)
{
    request->table = request_open_table(request, name, missing);
    return request->table != NULL;
}
