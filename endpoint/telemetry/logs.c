#include "endpoint/telemetry/filter_pattern.h"
#include "endpoint/telemetry/log_store.h"
#include "endpoint/telemetry/telemetry_internal.h"

#include "base/json.h"
#include "endpoint/reply.h"

/* CloudWatch Logs, JSON 1.1, version 2014-03-28. */

#define PREFIX "com.amazonaws.logs.v20140328#"
#define CORAL "com.amazon.coral.service#"

enum {
    EVENTS_LIMIT = 10000,            /* of FilterLogEvents */
    ANSWER_LIMIT = 1024 * 1024,      /* bytes of events in one answer */
    GROUPS_LIMIT = 50,               /* of DescribeLogGroups */
    MESSAGE_LIMIT = 64 * 1024,       /* bytes of one message */
    SCRATCH_LIMIT = 4 * 1024 * 1024, /* for parsing it */
    EXAMINED_LIMIT = 100000          /* events looked at for one answer */
};

static const char stream_name[] = "gatehouse";

/* One call and its answer. */
struct call {
    struct telemetry *telemetry;
    struct exchange *exchange;
    const struct json *input;
    struct buf out;
    struct json_writer writer;
};

static void refuse(struct call *call, const char *type, const char *message)
{
    reply_json_error(call->exchange, 400, type, text_of(message));
}

static void refuse_parameter(struct call *call, const char *message)
{
    refuse(call, PREFIX "InvalidParameterException", message);
}

static void fail_memory(struct call *call)
{
    reply_json_error(call->exchange, 500, PREFIX "ServiceUnavailableException",
        TEXT("out of memory"));
}

static void send_answer(struct call *call)
{
    json_end_object(&call->writer);
    if (call->out.failure)
        fail_memory(call);
    else
        reply_json(call->exchange, 200, buf_view(&call->out));
}

/* "arn:aws:logs:region:account:log-group:name:*" or a name. */
static struct text group_name(const struct json *input)
{
    struct text name = json_string_member(input, "logGroupName"), skipped;

    if (name.length > 0)
        return name;
    name = json_string_member(input, "logGroupIdentifier");
    if (!text_starts_with(name, TEXT("arn:")))
        return name;
    for (int i = 0; i < 6; i++)
        if (!text_take_until(&name, ':', &skipped))
            return TEXT("");
    return text_ends_with(name, TEXT(":*")) ? text_slice(name, 0, name.length - 2) : name;
}

/* What FilterLogEvents was asked for. */
struct filter {
    const struct log_group *group;
    struct filter_pattern *pattern;
    int64_t start, end; /* ms, both included */
    int64_t limit;
    uint64_t from; /* id of the first event to look at */
    struct arena *scratch;
    struct buf message;
};

static bool read_filter(struct call *call, struct filter *filter)
{
    struct text name = group_name(call->input);
    struct text token = json_string_member(call->input, "nextToken");
    int64_t from = 0;
    struct error err;

    if (name.length == 0) {
        refuse_parameter(call, "1 validation error detected: Value null at 'logGroupName' failed "
                               "to satisfy constraint: Member must not be null");
        return false;
    }
    filter->group = log_store_find(call->telemetry->logs, name);
    if (!filter->group) {
        refuse(call, PREFIX "ResourceNotFoundException", "The specified log group does not exist.");
        return false;
    }
    filter->start = json_integer_member(call->input, "startTime", 0);
    filter->end = json_integer_member(call->input, "endTime", INT64_MAX);
    filter->limit = json_integer_member(call->input, "limit", EVENTS_LIMIT);
    if (filter->limit < 1 || filter->limit > EVENTS_LIMIT) {
        refuse_parameter(call, "limit is a number from 1 to 10000");
        return false;
    }
    if (token.length > 0 && !text_to_integer(token, 0, INT64_MAX, &from)) {
        refuse_parameter(call, "The specified nextToken is invalid.");
        return false;
    }
    filter->from = (uint64_t)from;
    filter->pattern = filter_pattern_parse(json_string_member(call->input, "filterPattern"),
        exchange_arena(call->exchange), &err);
    if (!filter->pattern)
        refuse_parameter(call, err.text);
    return filter->pattern != NULL;
}

static void write_event(struct call *call, struct log_view view, struct text message)
{
    struct json_writer *writer = &call->writer;
    struct buf id;

    buf_init(&id, 64);
    buf_add_format(&id, "%056llu", (unsigned long long)view.id);
    json_begin_object(writer);
    json_pair_string(writer, "logStreamName", stream_name);
    json_pair_integer(writer, "timestamp", (int64_t)view.time);
    json_pair(writer, "message", message);
    json_pair_integer(writer, "ingestionTime", (int64_t)view.time);
    json_pair(writer, "eventId", buf_view(&id));
    json_end_object(writer);
    buf_done(&id);
}

/* Returns the id to go on with, 0 at the end of what was asked for. */
static uint64_t write_events(struct call *call, struct filter *filter)
{
    const struct log_group *group = filter->group;
    unsigned examined = 0;

    for (unsigned i = log_group_find(group, filter->from); i < group->count; i++) {
        struct log_view view = log_group_view(group, i);

        if ((int64_t)view.time > filter->end)
            return 0;
        if ((int64_t)view.time < filter->start)
            continue;
        if (filter->limit == 0 || call->out.length > ANSWER_LIMIT || ++examined > EXAMINED_LIMIT)
            return view.id;
        buf_clear(&filter->message);
        log_group_add_message(group, i, &filter->message);
        if (!filter_pattern_matches(filter->pattern, buf_view(&filter->message), filter->scratch))
            continue;
        write_event(call, view, buf_view(&filter->message));
        filter->limit--;
    }
    return 0;
}

static void filter_log_events(struct call *call)
{
    struct json_writer *writer = &call->writer;
    struct filter filter = {0};
    struct error err;
    uint64_t next;

    if (!read_filter(call, &filter))
        return;
    filter.scratch = arena_new(SCRATCH_LIMIT, &err);
    if (!filter.scratch) {
        fail_memory(call);
        return;
    }
    buf_init(&filter.message, MESSAGE_LIMIT);
    json_begin_object(writer);
    json_name(writer, "events");
    json_begin_array(writer);
    next = write_events(call, &filter);
    json_end_array(writer);
    if (next > 0) {
        char token[24];
        struct buf text;

        buf_init(&text, sizeof token);
        buf_add_integer(&text, (int64_t)next);
        json_pair(writer, "nextToken", buf_view(&text));
        buf_done(&text);
    }
    json_name(writer, "searchedLogStreams");
    json_begin_array(writer);
    json_end_array(writer);
    send_answer(call);
    buf_done(&filter.message);
    arena_free(filter.scratch);
}

static void write_group(struct call *call, const struct log_group *group)
{
    const struct identity *identity = exchange_identity(call->exchange);
    const char *arn = arena_format(exchange_arena(call->exchange),
        "arn:aws:logs:%s:%s:log-group:%s", identity->region, identity->account, group->name);
    struct json_writer *writer = &call->writer;
    struct buf with_star;

    buf_init(&with_star, 1024);
    buf_add_format(&with_star, "%s:*", arn ? arn : "");
    json_begin_object(writer);
    json_pair_string(writer, "logGroupName", group->name);
    json_pair_integer(writer, "creationTime", (int64_t)group->created);
    json_pair_integer(writer, "metricFilterCount", 0);
    json_pair(writer, "arn", buf_view(&with_star));
    json_pair_integer(writer, "storedBytes", (int64_t)group->bytes);
    json_pair_string(writer, "logGroupClass", "STANDARD");
    json_pair_string(writer, "logGroupArn", arn);
    json_end_object(writer);
    buf_done(&with_star);
}

static bool is_asked_for(const struct json *input, const struct log_group *group)
{
    struct text pattern = json_string_member(input, "logGroupNamePattern");

    if (!text_starts_with(text_of(group->name), json_string_member(input, "logGroupNamePrefix")))
        return false;
    return pattern.length == 0 || text_find(text_of(group->name), pattern, 0) != SIZE_MAX;
}

/* The names that follow the token, in their order; the service lists by name. */
static const struct log_group *next_group(const struct call *call, struct text after)
{
    const struct log_group *next = NULL, *group;

    for (size_t i = 0; (group = log_store_at(call->telemetry->logs, i)); i++) {
        struct text name = text_of(group->name);

        if (is_asked_for(call->input, group) &&
            (after.length == 0 || text_compare(name, after) > 0) &&
            (!next || text_compare(name, text_of(next->name)) < 0))
            next = group;
    }
    return next;
}

static void describe_log_groups(struct call *call)
{
    int64_t limit = json_integer_member(call->input, "limit", GROUPS_LIMIT);
    struct text after = json_string_member(call->input, "nextToken");
    struct json_writer *writer = &call->writer;
    const struct log_group *group;

    if (limit < 1 || limit > GROUPS_LIMIT) {
        refuse_parameter(call, "limit is a number from 1 to 50");
        return;
    }
    if (json_member(call->input, "logGroupNamePrefix") &&
        json_member(call->input, "logGroupNamePattern")) {
        refuse_parameter(call,
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
        return;
    }
    json_begin_object(writer);
    json_name(writer, "logGroups");
    json_begin_array(writer);
    for (group = next_group(call, after); group && limit > 0; group = next_group(call, after)) {
        write_group(call, group);
        after = text_of(group->name);
        limit--;
    }
    json_end_array(writer);
    if (group)
        json_pair(writer, "nextToken", after);
    send_answer(call);
}

static void describe_log_streams(struct call *call)
{
    const struct log_group *group = log_store_find(call->telemetry->logs, group_name(call->input));
    struct json_writer *writer = &call->writer;

    if (!group) {
        refuse(call, PREFIX "ResourceNotFoundException", "The specified log group does not exist.");
        return;
    }
    json_begin_object(writer);
    json_name(writer, "logStreams");
    json_begin_array(writer);
    json_begin_object(writer);
    json_pair_string(writer, "logStreamName", stream_name);
    json_pair_integer(writer, "creationTime", (int64_t)group->created);
    if (group->count > 0) {
        json_pair_integer(writer, "firstEventTimestamp", (int64_t)log_group_view(group, 0).time);
        json_pair_integer(writer, "lastEventTimestamp",
            (int64_t)log_group_view(group, group->count - 1).time);
    }
    json_pair_integer(writer, "storedBytes", 0);
    json_end_object(writer);
    json_end_array(writer);
    send_answer(call);
}

static const struct {
    const char *name;
    void (*run)(struct call *call);
} operation_table[] = {
    {"DescribeLogGroups", describe_log_groups},
    {"DescribeLogStreams", describe_log_streams},
    {"FilterLogEvents", filter_log_events},
};

void telemetry_handle_logs(struct telemetry *telemetry, struct exchange *exchange)
{
    struct text target = exchange_header(exchange, "X-Amz-Target"), prefix;
    struct text body = exchange_request(exchange)->body;
    struct call call = {.telemetry = telemetry, .exchange = exchange};
    struct error err;

    call.input = json_parse(body.length > 0 ? body : TEXT("{}"), exchange_arena(exchange), &err);
    if (!call.input || call.input->kind != JSON_OBJECT) {
        refuse(&call, CORAL "SerializationException", "");
        return;
    }
    if (!text_take_until(&target, '.', &prefix))
        target = TEXT("");
    for (size_t i = 0; i < sizeof operation_table / sizeof *operation_table; i++) {
        if (!text_is(target, operation_table[i].name))
            continue;
        buf_init(&call.out, SIZE_MAX);
        json_writer_init(&call.writer, &call.out);
        operation_table[i].run(&call);
        buf_done(&call.out);
        return;
    }
    refuse(&call, CORAL "UnknownOperationException", "");
}
