#ifndef TESTS_UNIT_TABLES_STREAM_SUPPORT_H
#define TESTS_UNIT_TABLES_STREAM_SUPPORT_H

#include "tests/unit/tables_support.h"

/* Reading a stream of the shop. */

/* What a reader of one stream keeps. */
struct tail {
    char arn[256], shard[80], iterator[1024];
};

static inline void copy_text(char *out, size_t size, struct text text)
{
    assert_true(text.data && text.length < size);
    memcpy(out, text.data, text.length);
    out[text.length] = '\0';
}

static inline void copy_at(struct shop *shop, const char *path, char *out, size_t size)
{
    const struct json *node = answer_at(shop, path);

    if (!node)
        fail_msg("no %s in %s", path, buf_string(&shop->answer));
    else
        copy_text(out, size, node->text);
}

static inline void find_stream(struct shop *shop, const char *table, struct tail *tail)
{
    call(shop, "DescribeTable", "{'TableName':'%s'}", table);
    copy_at(shop, "Table.LatestStreamArn", tail->arn, sizeof tail->arn);
    call(shop, "DescribeStream", "{'StreamArn':'%s'}", tail->arn);
    copy_at(shop, "StreamDescription.Shards.0.ShardId", tail->shard, sizeof tail->shard);
}

static inline void get_iterator(struct shop *shop, struct tail *tail, const char *type,
    const char *number)
{
    call(shop, "GetShardIterator",
        "{'StreamArn':'%s','ShardId':'%s','ShardIteratorType':'%s'%s%s%s}", tail->arn, tail->shard,
        type, number ? ",'SequenceNumber':'" : "", number ? number : "", number ? "'" : "");
    if (shop->status == 200)
        copy_at(shop, "ShardIterator", tail->iterator, sizeof tail->iterator);
}

static inline void open_tail(struct shop *shop, const char *table, const char *type,
    struct tail *tail)
{
    find_stream(shop, table, tail);
    get_iterator(shop, tail, type, NULL);
    assert_int_equal(shop->status, 200);
}

/* Reads a page; the iterator goes on, or is empty at the end of a closed shard. */
static inline size_t read_records(struct shop *shop, struct tail *tail, int limit)
{
    const struct json *next;

    call(shop, "GetRecords", "{'ShardIterator':'%s','Limit':%d}", tail->iterator, limit);
    if (shop->status != 200)
        return 0;
    next = answer_at(shop, "NextShardIterator");
    tail->iterator[0] = '\0';
    if (next)
        copy_text(tail->iterator, sizeof tail->iterator, next->text);
    return answer_at(shop, "Records")->count;
}

/* "eventName Keys NewImage OldImage SizeBytes", as they stand on the wire. */
static inline const char *describe_record(struct shop *shop, size_t at)
{
    static const char *const members[] = {"Keys", "NewImage", "OldImage", "SizeBytes"};
    static char text[4096];
    const struct json *record, *change;
    struct json_writer writer;
    char path[32];
    struct buf out;

    snprintf(path, sizeof path, "Records.%zu", at);
    record = answer_at(shop, path);
    assert_non_null(record);
    change = json_member(record, "dynamodb");
    buf_init(&out, sizeof text - 1);
    buf_add_text(&out, json_string_member(record, "eventName"));
    for (size_t i = 0; i < 4; i++) {
        const struct json *member = json_member(change, members[i]);

        buf_add_char(&out, ' ');
        if (member) {
            json_writer_init(&writer, &out);
            json_tree(&writer, member);
        } else {
            buf_add_char(&out, '-');
        }
    }
    snprintf(text, sizeof text, "%s", buf_string(&out));
    for (char *c = text; *c; c++)
        if (*c == '"')
            *c = '\'';
    buf_done(&out);
    return text;
}

#endif
