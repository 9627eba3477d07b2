#ifndef TESTS_UNIT_TABLES_TRANSFER_SUPPORT_H
#define TESTS_UNIT_TABLES_TRANSFER_SUPPORT_H

#include "tests/unit/tables_support.h"

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "endpoint/compress.h"

/* What the tests of exports and imports share: a table with a log, waiting, reading buckets. */

static inline void make_books(struct shop *shop)
{
    call(shop, "CreateTable", "%s",
        "{'TableName':'books','BillingMode':'PAY_PER_REQUEST',"
        "'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'},"
        "{'AttributeName':'n','AttributeType':'N'}],"
        "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'},"
        "{'AttributeName':'n','KeyType':'RANGE'}]}");
    assert_int_equal(shop->status, 200);
}

static inline void log_books(struct shop *shop)
{
    call(shop, "UpdateContinuousBackups", "%s",
        "{'TableName':'books','PointInTimeRecoverySpecification':"
        "{'PointInTimeRecoveryEnabled':true}}");
    assert_int_equal(shop->status, 200);
}

/* A copy of a string member of the answer, by path. */
static inline const char *keep(struct shop *shop, const char *path, char *out, size_t size)
{
    const struct json *json = answer_at(shop, path);

    assert_non_null(json);
    snprintf(out, size, "%.*s", (int)json->text.length, json->text.data);
    return out;
}

/* Asks until the job has ended; the answer of the last question stays. */
static inline void wait_for_end(struct shop *shop, const char *operation, const char *member,
    const char *status_path, const char *arn)
{
    char status[32] = "";

    for (int i = 0; i < 20000; i++) {
        const struct timespec pause = {.tv_nsec = 500000};

        call(shop, operation, "{'%s':'%s'}", member, arn);
        assert_int_equal(shop->status, 200);
        keep(shop, status_path, status, sizeof status);
        if (strcmp(status, "IN_PROGRESS") != 0)
            return;
        nanosleep(&pause, NULL);
    }
    fail_msg("%s is still in progress", arn);
}

static inline void wait_for_export(struct shop *shop, const char *arn)
{
    wait_for_end(shop, "DescribeExport", "ExportArn", "ExportDescription.ExportStatus", arn);
}

static inline void wait_for_import(struct shop *shop, const char *arn)
{
    wait_for_end(shop, "DescribeImport", "ImportArn", "ImportTableDescription.ImportStatus", arn);
}

/* "{folder}/buckets/{path}" */
static inline const char *bucket_path(struct shop *shop, const char *path)
{
    static char full[4096];

    snprintf(full, sizeof full, "%s/buckets/%s", buf_string(&shop->folder), path);
    return full;
}

static inline void read_object(struct shop *shop, const char *path, struct buf *out)
{
    struct error err = {0};

    buf_clear(out);
    if (file_read(bucket_path(shop, path), out, &err))
        fail_msg("%s", err.text);
}

static inline void write_object(struct shop *shop, const char *path, struct text content)
{
    struct error err = {0};
    char folder[4096];

    snprintf(folder, sizeof folder, "%s", bucket_path(shop, path));
    *strrchr(folder, '/') = '\0';
    if (!file_exists(folder))
        assert_int_equal(file_make_folder(folder, &err), ERROR_NONE);
    assert_int_equal(file_write(bucket_path(shop, path), content, 0600, &err), ERROR_NONE);
}

/* Everything in the one table, as a Scan tells it. */
static inline void keep_scan(struct shop *shop, const char *table, struct buf *out)
{
    call(shop, "Scan", "{'TableName':'%s'}", table);
    assert_int_equal(shop->status, 200);
    buf_clear(out);
    buf_add_text(out, buf_view(&shop->answer));
}

#endif
