#include "client/reply.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"

enum {
    BODY_LIMIT = 64 * 1024 * 1024,
    HEAD_LIMIT = 256 * 1024,
    ERROR_ARENA_LIMIT = 16 * 1024 * 1024,
    CAPACITY_LIMIT = 256 * 1024 /* of one ConsumedCapacity */
};

void reply_init(struct reply *reply)
{
    *reply = (struct reply){0};
    buf_init(&reply->body, BODY_LIMIT);
    buf_init(&reply->head, HEAD_LIMIT);
}

void reply_done(struct reply *reply)
{
    buf_done(&reply->body);
    buf_done(&reply->head);
}

struct text reply_header(const struct reply *reply, const char *name)
{
    struct text rest = buf_view(&reply->head), line, field;

    while (text_take_field(&rest, '\n', &line))
        if (text_take_until(&line, ':', &field) && text_is_ignoring_case(field, name))
            return text_trim(line);
    return (struct text){0};
}

void reply_take(struct reply *reply, struct http_response *response)
{
    static const char *const id_table[] = {"x-amzn-requestid", "x-amz-request-id", "x-amz-apigw-id",
        "apigw-requestid"};

    reply_done(reply);
    reply->body = response->body;
    reply->head = response->head;
    buf_init(&response->body, BODY_LIMIT);
    buf_init(&response->head, HEAD_LIMIT);
    reply->service_code[0] = '\0';
    reply->request_id = (struct text){0};
    for (size_t i = 0; !reply->request_id.data && i < sizeof id_table / sizeof id_table[0]; i++)
        reply->request_id = reply_header(reply, id_table[i]);
}

static void copy_text(char *out, size_t size, struct text text)
{
    size_t length = text.length < size ? text.length : size - 1;

    if (length > 0)
        memcpy(out, text.data, length);
    out[length] = '\0';
}

/* "com.amazonaws.dynamodb.v20120810#Code" and "Code:http://..." */
static void set_code(struct reply *reply, struct text code)
{
    struct text head;

    while (text_take_until(&code, '#', &head))
        continue;
    if (text_take_until(&code, ':', &head))
        code = head;
    if (code.length > 0)
        copy_text(reply->service_code, sizeof reply->service_code, text_trim(code));
}

/* Content of the first <name>..</name>, as it stands. */
static struct text find_element(struct text xml, const char *name)
{
    char open[64], close[64];
    size_t start, end;

    snprintf(open, sizeof open, "<%s>", name);
    snprintf(close, sizeof close, "</%s>", name);
    start = text_find(xml, text_of(open), 0);
    if (start == SIZE_MAX)
        return (struct text){0};
    start += strlen(open);
    end = text_find(xml, text_of(close), start);
    return text_slice(xml, start, end == SIZE_MAX ? start : end);
}

static void add_unescaped(struct buf *out, struct text text)
{
    static const struct {
        const char *name;
        char value;
    } entity_table[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    struct text part, entity;

    while (text_take_until(&text, '&', &part)) {
        size_t found = sizeof entity_table / sizeof entity_table[0];

        buf_add_text(out, part);
        part = text;
        if (text_take_until(&part, ';', &entity))
            for (size_t i = 0; i < sizeof entity_table / sizeof entity_table[0]; i++)
                if (text_is(entity, entity_table[i].name))
                    found = i;
        if (found < sizeof entity_table / sizeof entity_table[0]) {
            buf_add_char(out, entity_table[found].value);
            text = part;
        } else {
            buf_add_char(out, '&');
        }
    }
    buf_add_text(out, text);
}

static void explain_json(struct reply *reply, char *message, size_t size)
{
    struct error ignored = {0};
    struct arena *arena = arena_new(ERROR_ARENA_LIMIT, &ignored);
    const struct json *tree = arena ? json_parse(buf_view(&reply->body), arena, &ignored) : NULL;
    struct text text = json_string_member(tree, "message");

    if (text.length == 0)
        text = json_string_member(tree, "Message");
    copy_text(message, size, text);
    text = json_string_member(tree, "__type");
    set_code(reply, text.length > 0 ? text : json_string_member(tree, "code"));
    arena_free(arena);
}

void reply_explain(struct reply *reply, char *message, size_t size)
{
    struct text body = text_trim(buf_view(&reply->body));

    message[0] = '\0';
    reply->service_code[0] = '\0';
    if (body.length > 0 && body.data[0] == '{') {
        explain_json(reply, message, size);
    } else if (body.length > 0 && body.data[0] == '<') {
        struct buf text;

        buf_init(&text, HEAD_LIMIT);
        set_code(reply, find_element(body, "Code"));
        add_unescaped(&text, find_element(body, "Message"));
        copy_text(message, size, buf_view(&text));
        buf_done(&text);
    }
    set_code(reply, reply_header(reply, "x-amzn-errortype"));
}

bool reply_is_intact(const struct reply *reply)
{
    struct text sum = reply_header(reply, "x-amz-crc32");
    int64_t wanted;

    /* The sum is over the bytes on the wire; gzip has its own, which was checked. */
    if (!sum.data || reply_header(reply, "content-encoding").length > 0)
        return true;
    return text_to_integer(sum, 0, UINT32_MAX, &wanted) &&
           crypto_crc32(buf_view(&reply->body)) == (uint32_t)wanted;
}

uint64_t reply_retry_after(const struct reply *reply)
{
    int64_t seconds;

    if (!text_to_integer(reply_header(reply, "retry-after"), 0, 24 * 3600, &seconds))
        return 0;
    return (uint64_t)seconds * CLOCK_SECOND;
}

/* "Sat, 21 Nov 2026 11:42:07 GMT", the only form that may be sent (RFC 9110, 5.6.7). */
bool reply_date(const struct reply *reply, uint64_t *wall)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct text date = reply_header(reply, "date");
    size_t month;
    char iso[32];

    if (date.length != 29)
        return false;
    month = text_find(text_of(months), text_slice(date, 8, 11), 0);
    if (month == SIZE_MAX || month % 3 != 0)
        return false;
    snprintf(iso, sizeof iso, "%.4s-%02u-%.2sT%.8sZ", date.data + 12, (unsigned)(month / 3 + 1),
        date.data + 5, date.data + 17);
    return clock_parse_iso(text_of(iso), wall);
}

bool reply_is_passing_cancellation(const struct reply *reply)
{
    static const char *const passing_table[] = {"TransactionConflict", "ThrottlingError",
        "ProvisionedThroughputExceeded"};
    struct error ignored = {0};
    struct arena *arena = arena_new(ERROR_ARENA_LIMIT, &ignored);
    const struct json *tree = arena ? json_parse(buf_view(&reply->body), arena, &ignored) : NULL;
    const struct json *reasons = json_member(tree, "CancellationReasons");
    size_t passing = 0, final = 0;

    for (const struct json *reason = reasons ? reasons->first : NULL; reason;
         reason = reason->next) {
        struct text code = json_string_member(reason, "Code");
        bool passes = false;

        if (code.length == 0 || text_is(code, "None"))
            continue;
        for (size_t i = 0; i < sizeof passing_table / sizeof passing_table[0]; i++)
            passes = passes || text_is(code, passing_table[i]);
        passing += passes;
        final += !passes;
    }
    arena_free(arena);
    return passing > 0 && final == 0;
}

/* End of the JSON value that begins at from, by its brackets. */
static size_t find_value_end(struct text text, size_t from)
{
    bool in_string = false;
    size_t depth = 0;

    for (size_t i = from; i < text.length && i - from < CAPACITY_LIMIT; i++) {
        char c = text.data[i];

        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return from;
}

uint64_t reply_consumed_milli(const struct json *consumed)
{
    double units = json_double_member(consumed, "CapacityUnits", 0);

    if (consumed && consumed->kind == JSON_ARRAY)
        for (const struct json *one = consumed->first; one; one = one->next)
            units += json_double_member(one, "CapacityUnits", 0);
    return units > 0 && units < 1e12 ? (uint64_t)(units * 1000 + 0.5) : 0;
}

uint64_t reply_units_milli(const struct json *answer)
{
    return reply_consumed_milli(json_member(answer, "ConsumedCapacity"));
}

typedef void consumed_function(void *user, const struct json *consumed);

static void each_object(struct text value, consumed_function *each, void *user)
{
    struct error ignored = {0};
    struct arena *arena = arena_new(ERROR_ARENA_LIMIT, &ignored);
    const struct json *json = arena ? json_parse(value, arena, &ignored) : NULL;

    if (json && json->kind == JSON_OBJECT)
        each(user, json);
    for (const struct json *one = json && json->kind == JSON_ARRAY ? json->first : NULL; one;
         one = one->next)
        each(user, one);
    arena_free(arena);
}

/* False when body has none from there on. */
static bool find_consumed(struct text body, size_t from, consumed_function *each, void *user)
{
    const struct text name = TEXT("\"ConsumedCapacity\"");
    bool found = false;

    for (size_t at = text_find(body, name, from); at != SIZE_MAX;) {
        size_t start = at + name.length;

        while (start < body.length && (body.data[start] == ' ' || body.data[start] == ':'))
            start++;
        if (start < body.length && (body.data[start] == '{' || body.data[start] == '[')) {
            each_object(text_slice(body, start, find_value_end(body, start)), each, user);
            found = true;
        }
        at = text_find(body, name, start);
    }
    return found;
}

/* It stands before or behind the items; these need not be searched when it is found there. */
void reply_each_consumed(struct text body, consumed_function *each, void *user)
{
    enum { EDGE = 16 * 1024 };
    size_t tail = body.length > EDGE ? body.length - EDGE : 0;

    if (find_consumed(body, tail, each, user) || tail == 0 ||
        find_consumed(text_slice(body, 0, EDGE), 0, each, user))
        return;
    find_consumed(body, 0, each, user);
}

static void add_milli(void *user, const struct json *consumed)
{
    *(uint64_t *)user += reply_consumed_milli(consumed);
}

uint64_t reply_capacity_milli(struct text body)
{
    uint64_t sum = 0;

    reply_each_consumed(body, add_milli, &sum);
    return sum;
}

/* "name":digits; within items numbers are strings, so nothing else looks like that. */
static bool find_number(struct text body, struct text name, size_t from, uint64_t *out)
{
    for (size_t at = text_find(body, name, from); at != SIZE_MAX;
         at = text_find(body, name, at + 1)) {
        size_t start = at + name.length, end;

        while (start < body.length && (body.data[start] == ' ' || body.data[start] == ':'))
            start++;
        for (end = start; end < body.length && body.data[end] >= '0' && body.data[end] <= '9';)
            end++;
        if (end > start && end - start < 19) {
            *out = 0;
            for (size_t i = start; i < end; i++)
                *out = *out * 10 + (uint64_t)(body.data[i] - '0');
            return true;
        }
    }
    return false;
}

bool reply_counts(struct text body, uint64_t *scanned, uint64_t *returned)
{
    enum { EDGE = 16 * 1024 };
    const struct text count = TEXT("\"Count\""), examined = TEXT("\"ScannedCount\"");
    size_t tail = body.length > EDGE ? body.length - EDGE : 0;
    struct text head = text_slice(body, 0, EDGE);

    *scanned = *returned = 0;
    if (!find_number(body, count, tail, returned) && !find_number(head, count, 0, returned))
        return false;
    if (!find_number(body, examined, tail, scanned) && !find_number(head, examined, 0, scanned))
        *scanned = *returned;
    return true;
}

const struct json *reply_read_xml(struct text xml, struct arena *arena, struct error *err)
{
    struct json_writer writer;
    struct text tag, content;
    struct text whole;
    struct buf out;

    buf_init(&out, BODY_LIMIT);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    while (text_take_until(&xml, '<', &content)) {
        struct buf value;
        struct text rest = xml;

        if (!text_take_until(&rest, '>', &tag) || !text_take_until(&rest, '<', &content) ||
            rest.length == 0 || rest.data[0] != '/' || tag.length == 0 || tag.data[0] == '/')
            continue;
        buf_init(&value, BODY_LIMIT);
        add_unescaped(&value, content);
        json_name_text(&writer, tag);
        json_string(&writer, buf_view(&value));
        buf_done(&value);
        xml = rest;
    }
    json_end_object(&writer);
    whole = arena_text(arena, buf_view(&out));
    buf_done(&out);
    if (!whole.data) {
        arena_failed(arena, err);
        return NULL;
    }
    return json_parse(whole, arena, err);
}
