#include "endpoint/tables/tags.h"

#include <sqlite3.h>

#include "base/utf8.h"
#include "endpoint/tables/write.h"

static void bind(sqlite3_stmt *statement, int at, struct text text)
{
    sqlite3_bind_text64(statement, at, text.data ? text.data : "", text.length, SQLITE_STATIC,
        SQLITE_UTF8);
}

static void check_length(struct request *request, struct text value, const char *member,
    size_t minimum, size_t maximum)
{
    size_t length = utf8_count(value);

    if (!value.data)
        request_member(request, MESSAGE_MEMBER_NULL, ARGUMENTS(text_of(member)));
    else if (length < minimum)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(value, text_of(member), request_number(request, (int64_t)minimum)));
    else if (length > maximum)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(value, text_of(member), request_number(request, (int64_t)maximum)));
}

void tags_check(struct request *request, const struct json *list)
{
    size_t at = 1;

    for (const struct json *node = list ? list->first : NULL; node; node = node->next, at++) {
        const char *key = arena_format(request->arena, "tags.%zu.member.key", at);
        const char *value = arena_format(request->arena, "tags.%zu.member.value", at);

        check_length(request, request_text(node, "Key"), key, 1, TAGS_KEY_LIMIT);
        check_length(request, request_text(node, "Value"), value, 0, TAGS_VALUE_LIMIT);
    }
}

bool tags_hold(struct request *request, const struct json *list)
{
    for (const struct json *node = list ? list->first : NULL; node; node = node->next) {
        struct text key = request_text(node, "Key");

        if (text_starts_with(key, TEXT("aws:")))
            return request_fail(request, MESSAGE_TAGS_PREFIX, ARGUMENTS(key));
        for (const struct json *other = list->first; other != node; other = other->next)
            if (text_equal(request_text(other, "Key"), key))
                return request_fail(request, MESSAGE_TAGS_TWICE, ARGUMENTS(key));
        if (list->count > TAGS_LIMIT)
            return request_fail(request, MESSAGE_TAGS_LIMIT, NULL);
    }
    return true;
}

enum store_result tags_store(struct store *store, struct text arn, const struct json *list)
{
    sqlite3_stmt *statement =
        store_prepare(store, "REPLACE INTO tags(arn, key, value) VALUES(?1, ?2, ?3)");
    enum store_result result = statement ? STORE_DONE : STORE_FAILED;

    for (const struct json *node = list ? list->first : NULL; node && result != STORE_FAILED;
         node = node->next) {
        bind(statement, 1, arn);
        bind(statement, 2, request_text(node, "Key"));
        bind(statement, 3, request_text(node, "Value"));
        result = store_step(store, statement);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return result;
}

enum store_result tags_drop(struct store *store, struct text arn)
{
    sqlite3_stmt *statement = store_prepare(store, "DELETE FROM tags WHERE arn = ?1");
    enum store_result result;

    if (!statement)
        return STORE_FAILED;
    bind(statement, 1, arn);
    result = store_step(store, statement);
    sqlite3_finalize(statement);
    return result;
}

/* An ARN of a table of ours, malformed: refused; absent: the given message. */
static bool find_resource(struct request *request, enum message missing)
{
    struct text arn = request_text(request->body, "ResourceArn");
    size_t name = text_find(arn, TEXT(":table/"), 0);

    if (!text_starts_with(arn, TEXT("arn:aws")) || name == SIZE_MAX ||
        text_find(arn, TEXT("/"), name + 7) != SIZE_MAX || name + 7 == arn.length)
        return request_fail(request, MESSAGE_TAGS_ARN, ARGUMENTS(arn));
    request->table_sent = arn;
    request->table = request_open_table(request, arn, missing);
    if (request->table)
        return true;
    /* The sentences name the ARN, not the table. */
    if (request->fault.kind == FAULT_NOT_FOUND || request->fault.kind == FAULT_ACCESS_DENIED) {
        request->fault.set = false;
        request_fail(request, missing,
            missing == MESSAGE_ACCESS_DENIED ? ARGUMENTS(text_of(request->operation->name), arn)
                                             : ARGUMENTS(arn));
    }
    return false;
}

bool tags_prepare_tag(struct request *request)
{
    const struct json *tags = request_get(request->body, "Tags");

    request_check_present(request, request->body, "ResourceArn", "resourceArn");
    request_check_present(request, request->body, "Tags", "tags");
    tags_check(request, tags);
    if (!request_members_hold(request))
        return false;
    if (tags->count == 0)
        return request_fail(request, MESSAGE_TAGS_NONE, NULL);
    return tags_hold(request, tags) && find_resource(request, MESSAGE_TAGS_NOT_FOUND);
}

bool tags_prepare_untag(struct request *request)
{
    const struct json *keys = request_get(request->body, "TagKeys");

    request_check_present(request, request->body, "ResourceArn", "resourceArn");
    request_check_present(request, request->body, "TagKeys", "tagKeys");
    if (!request_members_hold(request))
        return false;
    if (keys->count == 0)
        return request_fail(request, MESSAGE_TAGS_NO_KEYS, NULL);
    return find_resource(request, MESSAGE_TAGS_NOT_FOUND);
}

bool tags_prepare_list(struct request *request)
{
    request_check_present(request, request->body, "ResourceArn", "resourceArn");
    if (!request_members_hold(request))
        return false;
    /* At most 50 tags: one page, so no token was ever given out. */
    if (request_get(request->body, "NextToken"))
        return request_fail(request, MESSAGE_TAGS_TOKEN, NULL);
    return find_resource(request, MESSAGE_ACCESS_DENIED);
}

/* Tags of the table once those of the request are in. */
static enum store_result count_tags(struct store *store, struct text arn, const struct json *list,
    size_t *count)
{
    sqlite3_stmt *statement = store_prepare(store, "SELECT key FROM tags WHERE arn = ?1");
    enum store_result result = STORE_FAILED;

    *count = list->count;
    if (!statement)
        return STORE_FAILED;
    bind(statement, 1, arn);
    while ((result = store_step(store, statement)) == STORE_ROW) {
        struct text key = text_make((const char *)sqlite3_column_text(statement, 0),
            (size_t)sqlite3_column_bytes(statement, 0));
        bool replaced = false;

        for (const struct json *node = list->first; node && !replaced; node = node->next)
            replaced = text_equal(request_text(node, "Key"), key);
        *count += !replaced;
    }
    sqlite3_finalize(statement);
    return result;
}

enum progress tags_write_tag(struct request *request, struct write_context *context)
{
    const struct json *tags = request_get(request->body, "Tags");
    struct text arn = request->table->arn;
    size_t count = 0;

    if (count_tags(context->store, arn, tags, &count) == STORE_FAILED)
        return PROGRESS_BROKEN;
    if (count > TAGS_LIMIT) {
        request_fail(request, MESSAGE_TAGS_LIMIT, NULL);
        return PROGRESS_DONE;
    }
    return tags_store(context->store, arn, tags) == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

enum progress tags_write_untag(struct request *request, struct write_context *context)
{
    const struct json *keys = request_get(request->body, "TagKeys");
    sqlite3_stmt *statement =
        store_prepare(context->store, "DELETE FROM tags WHERE arn = ?1 AND key = ?2");
    enum store_result result = statement ? STORE_DONE : STORE_FAILED;

    for (const struct json *node = keys->first; node && result != STORE_FAILED; node = node->next) {
        bind(statement, 1, request->table->arn);
        bind(statement, 2, node->text);
        result = store_step(context->store, statement);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}

enum progress tags_read_list(struct request *request, struct store *store)
{
    sqlite3_stmt *statement =
        store_prepare(store, "SELECT key, value FROM tags WHERE arn = ?1 ORDER BY key");
    enum store_result result;
    struct json_writer writer;

    if (!statement)
        return PROGRESS_BROKEN;
    bind(statement, 1, request->table->arn);
    json_writer_init(&writer, &request->out);
    json_begin_object(&writer);
    json_name(&writer, "Tags");
    json_begin_array(&writer);
    while ((result = store_step(store, statement)) == STORE_ROW) {
        json_begin_object(&writer);
        json_pair_string(&writer, "Key", (const char *)sqlite3_column_text(statement, 0));
        json_pair_string(&writer, "Value", (const char *)sqlite3_column_text(statement, 1));
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    sqlite3_finalize(statement);
    return result == STORE_FAILED ? PROGRESS_BROKEN : PROGRESS_DONE;
}
