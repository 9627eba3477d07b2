#include "endpoint/tables/operations.h"

#include "base/clock.h"
#include "base/json.h"
#include "endpoint/tables/registry.h"
#include "endpoint/tables/shapes.h"
#include "endpoint/tables/store_streams.h"
#include "endpoint/tables/stream_records.h"
#include "endpoint/tables/streams.h"

enum { LIST_PAGE = 100, TEXT_LIMIT = 2048 };

static const char iterator_types[] =
    "AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, LATEST, AT_SEQUENCE_NUMBER";

static void check_length(struct request *request, const struct json *object, const char *name,
    const char *member, size_t minimum, size_t maximum)
{
    struct text text = request_text(object, name);

    if (!text.data)
        return;
    if (text.length < minimum)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(text, text_of(member), request_number(request, (int64_t)minimum)));
    if (text.length > maximum)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(text, text_of(member), request_number(request, (int64_t)maximum)));
}

static void check_limit(struct request *request, int64_t maximum)
{
    if (request_get(request->body, "Limit"))
        request_check_range(request, request->body, "Limit", "limit", 1, maximum);
}

/* The ARN of a stream of this account and region. */
static bool check_arn(struct request *request, struct text arn, struct stream_name *out)
{
    if (!stream_arn_parse(arn, out))
        return request_fail(request, MESSAGE_STREAM_ARN, NULL);
    if (!text_equal(out->account, request->account) || !text_equal(out->region, request->region))
        return request_fail(request, MESSAGE_ACCESS_DENIED,
            ARGUMENTS(text_of(request->operation->name), arn));
    return true;
}

static bool prepare_list(struct request *request)
{
    struct text start = request_text(request->body, "ExclusiveStartStreamArn");
    struct stream_name *after = arena_alloc(request->arena, 1, sizeof *after);

    if (!after)
        return request_exhausted(request);
    request_check_name(request, request_text(request->body, "TableName"), "tableName");
    check_limit(request, LIST_PAGE);
    *after = (struct stream_name){.table = TEXT(""), .label = TEXT("")};
    request->plan = after;
    return request_members_hold(request) && (!start.data || check_arn(request, start, after));
}

static struct text make_arn(struct request *request, const struct store_stream *stream)
{
    const struct stream_name name = {stream->region, stream->account, stream->name, stream->label};
    struct text arn = stream_arn(request->arena, &name);

    if (!arn.data)
        request_exhausted(request);
    return arn;
}

static void write_list(struct request *request, const struct store_stream *list, size_t count,
    bool more)
{
    struct json_writer writer;

    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "Streams");
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&writer);
        json_pair(&writer, "StreamArn", make_arn(request, &list[i]));
        json_pair(&writer, "TableName", list[i].name);
        json_pair(&writer, "StreamLabel", list[i].label);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    if (more)
        json_pair(&writer, "LastEvaluatedStreamArn", make_arn(request, &list[count - 1]));
    json_end_object(&writer);
}

static enum progress read_list(struct request *request, struct store *store)
{
    const struct stream_name *after = request->plan;
    struct text only = request_text(request->body, "TableName");
    size_t limit = (size_t)request_integer(request->body, "Limit", LIST_PAGE), count = 0;
    struct store_stream *list = store_stream_list(store, request->account, request->region,
        only.data ? only : TEXT(""), after->table, after->label, limit + 1, request->arena, &count);

    if (!list)
        return PROGRESS_BROKEN;
    write_list(request, list, count > limit ? limit : count, count > limit);
    return PROGRESS_DONE;
}

/* The stream that StreamArn names, copied into the arena; DONE with a fault when there is none. */
static enum store_result find_stream(struct request *request, struct store *store,
    struct store_stream *out)
{
    struct text arn = request_text(request->body, "StreamArn");
    enum store_result result;
    struct stream_name name;

    if (!check_arn(request, arn, &name))
        return STORE_DONE;
    result = store_stream_find(store, name.account, name.region, name.table, name.label,
        request->arena, out);
    if (result == STORE_DONE)
        request_fail(request, MESSAGE_STREAM_MISSING, ARGUMENTS(arn));
    return result;
}

static bool prepare_describe(struct request *request)
{
    const struct json *filter = request_get(request->body, "ShardFilter");
    struct stream_name name;

    request_check_present(request, request->body, "StreamArn", "streamArn");
    check_length(request, request->body, "StreamArn", "streamArn", 0, 1024);
    check_limit(request, INT32_MAX);
    check_length(request, request->body, "ExclusiveStartShardId", "exclusiveStartShardId", 28, 65);
    request_check_enum(request, filter, "Type", "shardFilter.type", "CHILD_SHARDS");
    check_length(request, filter, "ShardId", "shardFilter.shardId", 28, 65);
    return request_members_hold(request) &&
           check_arn(request, request_text(request->body, "StreamArn"), &name);
}

static void add_number(struct json_writer *writer, const char *name, int64_t sequence)
{
    char number[STREAM_NUMBER_DIGITS + 1];

    json_pair(writer, name, stream_number(sequence, number));
}

static void add_shard(struct json_writer *writer, const struct store_stream *stream)
{
    json_begin_object(writer);
    json_pair(writer, "ShardId", stream->shard);
    json_name(writer, "SequenceNumberRange");
    json_begin_object(writer);
    add_number(writer, "StartingSequenceNumber", stream->first);
    if (stream->closed_ms > 0)
        add_number(writer, "EndingSequenceNumber", stream->last);
    json_end_object(writer);
    json_end_object(writer);
}

static enum progress read_describe(struct request *request, struct store *store)
{
    struct text start = request_text(request->body, "ExclusiveStartShardId");
    struct store_stream stream;
    enum store_result result = find_stream(request, store, &stream);
    struct json_writer writer;

    if (result != STORE_ROW)
        return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "StreamDescription");
    json_begin_object(&writer);
    json_pair(&writer, "StreamArn", make_arn(request, &stream));
    json_pair(&writer, "StreamLabel", stream.label);
    json_pair_string(&writer, "StreamStatus", stream.closed_ms > 0 ? "DISABLED" : "ENABLED");
    json_pair_string(&writer, "StreamViewType", stream_view_name((enum stream_view)stream.view));
    json_name(&writer, "CreationRequestDateTime");
    json_double(&writer, (double)stream.created_ms / 1000);
    json_pair(&writer, "TableName", stream.name);
    json_name(&writer, "KeySchema");
    json_raw(&writer, stream.keys);
    json_name(&writer, "Shards");
    json_begin_array(&writer);
    /* One shard without parent or children: nothing follows it. */
    if (!request_get(request->body, "ShardFilter") &&
        (!start.data || text_compare(stream.shard, start) > 0))
        add_shard(&writer, &stream);
    json_end_array(&writer);
    json_end_object(&writer);
    json_end_object(&writer);
    return PROGRESS_DONE;
}

static bool has_number(struct text type)
{
    return text_ends_with(type, TEXT("_SEQUENCE_NUMBER"));
}

static bool prepare_iterator(struct request *request)
{
    struct text type = request_text(request->body, "ShardIteratorType");
    struct stream_name name;

    request_check_present(request, request->body, "StreamArn", "streamArn");
    check_length(request, request->body, "StreamArn", "streamArn", 0, 1024);
    request_check_present(request, request->body, "ShardId", "shardId");
    check_length(request, request->body, "ShardId", "shardId", 28, 65);
    request_check_present(request, request->body, "ShardIteratorType", "shardIteratorType");
    request_check_enum(request, request->body, "ShardIteratorType", "shardIteratorType",
        iterator_types);
    check_length(request, request->body, "SequenceNumber", "sequenceNumber", 21, 40);
    if (!request_members_hold(request))
        return false;
    if (has_number(type) && !request_get(request->body, "SequenceNumber"))
        return request_fail(request, MESSAGE_SEQUENCE_MISSING, ARGUMENTS(type));
    return check_arn(request, request_text(request->body, "StreamArn"), &name);
}

/* The place an iterator begins at, within one snapshot. */
static enum store_result choose_place(struct request *request, struct store *store,
    const struct store_stream *stream, int64_t *out)
{
    struct text type = request_text(request->body, "ShardIteratorType");
    int64_t lost = 0, last = 0;

    if (stream_bounds(store, stream, &lost, &last) == STORE_FAILED)
        return STORE_FAILED;
    if (text_is(type, "TRIM_HORIZON")) {
        *out = lost + 1;
    } else if (text_is(type, "LATEST")) {
        *out = last + 1;
    } else if (!stream_number_parse(request_text(request->body, "SequenceNumber"), out) ||
               *out > (stream->closed_ms > 0 ? stream->last : last)) {
        request_fail(request, MESSAGE_SEQUENCE_INVALID, NULL);
    } else {
        if (text_is(type, "AFTER_SEQUENCE_NUMBER"))
            ++*out;
        if (*out <= lost)
            request_fail(request, MESSAGE_TRIMMED, NULL);
    }
    return STORE_DONE;
}

static enum progress read_iterator(struct request *request, struct store *store)
{
    struct text arn = request_text(request->body, "StreamArn");
    struct stream_iterator iterator = {.arn = arn, .created_ms = clock_wall() / CLOCK_MS};
    struct store_stream named, stream;
    enum store_result result = find_stream(request, store, &named);
    struct json_writer writer;
    struct buf text;

    if (result != STORE_ROW)
        return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
    if (!text_equal(named.shard, request_text(request->body, "ShardId"))) {
        request_fail(request, MESSAGE_SHARD_MISSING, NULL);
        return PROGRESS_DONE;
    }
    iterator.stream = named.id;
    result = store_stream_begin(store, named.id, &stream);
    if (result == STORE_ROW)
        result = choose_place(request, store, &stream, &iterator.position);
    else if (result == STORE_DONE)
        request_fail(request, MESSAGE_STREAM_MISSING, ARGUMENTS(arn));
    store_stream_end(store);
    if (result == STORE_FAILED || request->fault.set)
        return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
    buf_init(&text, TEXT_LIMIT);
    if (!stream_iterator_add(&text, store, &iterator))
        result = STORE_FAILED;
    else if (text.failure)
        request_exhausted(request);
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_pair(&writer, "ShardIterator", buf_view(&text));
    json_end_object(&writer);
    buf_done(&text);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

static bool prepare_records(struct request *request)
{
    request_check_present(request, request->body, "ShardIterator", "shardIterator");
    check_length(request, request->body, "ShardIterator", "shardIterator", 1, TEXT_LIMIT);
    check_limit(request, STREAM_RECORDS_LIMIT);
    return request_members_hold(request);
}

const struct operation stream_operation_table[] = {
    {
        .name = "ListStreams",
        .shape = &shape_list_streams,
        .prepare = prepare_list,
        .read = read_list,
    },
    {
        .name = "DescribeStream",
        .shape = &shape_describe_stream,
        .prepare = prepare_describe,
        .read = read_describe,
    },
    {
        .name = "GetShardIterator",
        .shape = &shape_shard_iterator,
        .prepare = prepare_iterator,
        .read = read_iterator,
    },
    {
        .name = "GetRecords",
        .shape = &shape_get_records,
        .prepare = prepare_records,
        .read = stream_records_read,
    },
    {.name = NULL},
};
