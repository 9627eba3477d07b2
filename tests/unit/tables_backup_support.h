#ifndef TESTS_UNIT_TABLES_BACKUP_SUPPORT_H
#define TESTS_UNIT_TABLES_BACKUP_SUPPORT_H

#include "tests/unit/tables_support.h"

#include <dirent.h>
#include <unistd.h>

/* A table with both kinds of indexes, its backups, and tables restored from them. */

#define MAKE                                                                                       \
    "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["                \
    "{'AttributeName':'id','AttributeType':'S'},{'AttributeName':'n','AttributeType':'N'},"        \
    "{'AttributeName':'g','AttributeType':'S'},{'AttributeName':'h','AttributeType':'S'}],"        \
    "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'},"                                        \
    "{'AttributeName':'n','KeyType':'RANGE'}],'LocalSecondaryIndexes':["                           \
    "{'IndexName':'local','KeySchema':[{'AttributeName':'id','KeyType':'HASH'},"                   \
    "{'AttributeName':'h','KeyType':'RANGE'}],'Projection':{'ProjectionType':'KEYS_ONLY'}}],"      \
    "'GlobalSecondaryIndexes':[{'IndexName':'by-g','KeySchema':["                                  \
    "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}]}"
#define BACK_UP "{'TableName':'books','BackupName':'first'}"

static inline void make_books(struct shop *shop, int from, int to)
{
    for (int i = from; i < to; i++) {
        call(shop, "PutItem",
            "{'TableName':'books','Item':{'id':{'S':'book-%d'},'n':{'N':'%d'},'g':{'S':'g%d'},"
            "'h':{'S':'h%d'},'pad':{'S':'%0*d'}}}",
            i % 7, i, i % 3, i, i % 10 == 0 ? 2500 : 10, i);
        assert_int_equal(shop->status, 200);
    }
}

static inline void open_books(struct shop *shop, bool memory, int count)
{
    shop_open(shop, memory);
    call(shop, "CreateTable", "%s", MAKE);
    assert_int_equal(shop->status, 200);
    make_books(shop, 0, count);
}

/* A copy of a text member of the answer. */
static const char *member(struct shop *shop, const char *path, char *out, size_t size)
{
    const struct json *json = answer_at(shop, path);

    assert_non_null(json);
    snprintf(out, size, "%.*s", (int)json->text.length, json->text.data);
    return out;
}

static const char *back_up(struct shop *shop, char *arn, size_t size)
{
    call(shop, "CreateBackup", "%s", BACK_UP);
    assert_int_equal(shop->status, 200);
    return member(shop, "BackupDetails.BackupArn", arn, size);
}

static inline void wait_until_active(struct shop *shop, const char *table)
{
    for (int i = 0; i < 20000; i++) {
        call(shop, "DescribeTable", "{'TableName':'%s'}", table);
        assert_int_equal(shop->status, 200);
        if (text_is(answer_at(shop, "Table.TableStatus")->text, "ACTIVE"))
            return;
        usleep(500);
    }
    fail_msg("%s never became active: %s", table, buf_string(&shop->answer));
}

static inline int64_t counter(struct shop *shop, const char *table, const char *path)
{
    int64_t out = -1;

    call(shop, "DescribeTable", "{'TableName':'%s'}", table);
    assert_true(text_to_integer(answer_at(shop, path)->text, 0, INT64_MAX, &out));
    return out;
}

static const char *const counter_table[] = {"Table.ItemCount", "Table.TableSizeBytes",
    "Table.GlobalSecondaryIndexes.0.ItemCount", "Table.GlobalSecondaryIndexes.0.IndexSizeBytes",
    "Table.LocalSecondaryIndexes.0.ItemCount", "Table.LocalSecondaryIndexes.0.IndexSizeBytes"};

static inline void expect_same_counters(struct shop *shop, const char *a, const char *b)
{
    for (size_t i = 0; i < sizeof counter_table / sizeof counter_table[0]; i++)
        assert_int_equal(counter(shop, a, counter_table[i]), counter(shop, b, counter_table[i]));
}

static inline int count_files(struct shop *shop, const char *ending)
{
    char path[4096];
    const struct dirent *entry;
    DIR *folder;
    int count = 0;

    snprintf(path, sizeof path, "%s/backups", buf_string(&shop->folder));
    folder = opendir(path);
    while (folder && (entry = readdir(folder)))
        count += text_ends_with(text_of(entry->d_name), text_of(ending));
    if (folder)
        closedir(folder);
    return count;
}

static inline int64_t count_items(struct shop *shop, const char *table, const char *index)
{
    char start[4096] = "";
    int64_t count = 0;

    do {
        const struct json *last;

        call(shop, "Scan", "{'TableName':'%s','Select':'COUNT'%s%s%s%s%s}", table,
            index ? ",'IndexName':'" : "", index ? index : "", index ? "'" : "",
            start[0] ? ",'ExclusiveStartKey':" : "", start);
        assert_int_equal(shop->status, 200);
        count += answer_integer(shop, "Count");
        last = answer_at(shop, "LastEvaluatedKey");
        start[0] = 0;
        if (last)
            snprintf(start, sizeof start, "%s",
                strstr(buf_string(&shop->answer), "\"LastEvaluatedKey\":") + 19);
        start[start[0] ? strlen(start) - 1 : 0] = 0;
    } while (start[0]);
    return count;
}

#endif
