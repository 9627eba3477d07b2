#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/file.h"
#include "base/map.h"
#include "base/path.h"
#include "console/job_state_parts.h"
#include "console/language/parser.h"

/* States on disk: reading, listing, and finding the one that belongs to a statement. */

enum { STATE_LIMIT = 64 << 20, ARGUMENTS = 64 };

enum error_code job_state_add_path(struct buf *out, const char *name, struct error *err)
{
    buf_init(out, 16 * 1024);
    return path_make(PATH_STATE, name, true, out, err);
}

/* A part of the state as text, for the next one. */
static struct text copy_json(const struct json *json, struct arena *arena)
{
    struct json_writer writer;
    struct text text;
    struct buf buf;

    buf_init(&buf, STATE_LIMIT);
    json_writer_init(&writer, &buf);
    if (json)
        json_tree(&writer, json);
    text = arena_text(arena, buf_view(&buf));
    buf_done(&buf);
    return text;
}

static uint64_t count_of(const struct json *json, const char *name)
{
    int64_t count = json_integer_member(json, name, 0);

    return count > 0 ? (uint64_t)count : 0;
}

static enum error_code take_record(const struct json *json, uint64_t number, struct arena *arena,
    struct job_state_record *out, struct error *err)
{
    *out = (struct job_state_record){.number = number,
        .name = json_string_member(json, "name"),
        .statement = json_string_member(json, "statement"),
        .identity = json_string_member(json, "identity"),
        .connection = json_string_member(json, "connection"),
        .dialect = json_string_member(json, "dialect"),
        .folder = json_string_member(json, "folder"),
        .file = json_string_member(json, "file"),
        .tables = copy_json(json_member(json, "tables"), arena),
        .parameters = copy_json(json_member(json, "parameters"), arena),
        .arguments = copy_json(json_member(json, "arguments"), arena),
        .now = count_of(json, "now"),
        .started = count_of(json, "started"),
        .saved = count_of(json, "saved"),
        .counts = {count_of(json, "total"), count_of(json, "done"), count_of(json, "rejected")},
        .place = json_member(json, "place")};
    if (!out->tables.data || !out->parameters.data || !out->arguments.data)
        return arena_failed(arena, err);
    if (count_of(json, "version") != JOB_STATE_VERSION || out->identity.length == 0)
        return error_set(err, ERROR_INVALID, "the state of job %llu is not understood",
            (unsigned long long)number);
    return ERROR_NONE;
}

enum error_code job_state_read(uint64_t number, struct arena *arena, struct job_state_record *out,
    struct error *err)
{
    const char *name = arena_format(arena, "jobs/%llu.state", (unsigned long long)number);
    const struct json *json;
    struct text copy;
    struct buf path, content;
    enum error_code code;

    if (!name)
        return arena_failed(arena, err);
    buf_init(&content, STATE_LIMIT);
    code = job_state_add_path(&path, name, err);
    if (!code && !file_exists(buf_string(&path)))
        code = error_set(err, ERROR_NOT_FOUND, "there is no stopped job %llu",
            (unsigned long long)number);
    if (!code)
        code = file_read(buf_string(&path), &content, err);
    copy = code ? TEXT("") : arena_text(arena, buf_view(&content));
    buf_done(&path);
    buf_done(&content);
    if (code)
        return code;
    json = copy.data ? json_parse(copy, arena, err) : NULL;
    if (!json)
        return error_set(err, ERROR_INVALID, "the state of job %llu is not understood",
            (unsigned long long)number);
    return take_record(json, number, arena, out, err);
}

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t *one = a, *other = b;

    return *one < *other ? -1 : *one > *other;
}

/* "12.state": 12. Every name that begins so counts for *last. False: no state. */
static bool read_name(const char *name, uint64_t *number, uint64_t *last)
{
    struct text rest = text_of(name), digits;
    int64_t value;

    if (!text_take_until(&rest, '.', &digits) || !text_to_integer(digits, 1, INT64_MAX, &value))
        return false;
    *number = (uint64_t)value;
    if (*last < *number)
        *last = *number;
    return text_is(rest, "state");
}

/* Numbers of the states, in order. */
static enum error_code list_numbers(struct arena *arena, uint64_t **out, size_t *count,
    uint64_t *last, struct error *err)
{
    struct buf path, numbers;
    enum error_code code = job_state_add_path(&path, "jobs/", err);
    DIR *folder = code ? NULL : opendir(buf_string(&path));
    const struct dirent *entry;
    uint64_t number;

    *last = 0;
    *count = 0;
    buf_init(&numbers, STATE_LIMIT);
    if (!code && !folder && errno != ENOENT)
        code = error_set(err, ERROR_IO, "%s: %s", buf_string(&path), strerror(errno));
    while (folder && (entry = readdir(folder)))
        if (read_name(entry->d_name, &number, last))
            buf_add(&numbers, (const char *)&number, sizeof number);
    if (folder)
        closedir(folder);
    *out = arena_alloc(arena, numbers.length / sizeof number + 1, sizeof number);
    if (!code && (numbers.failure || !*out))
        code = arena_failed(arena, err);
    if (!code && numbers.length > 0) {
        memcpy(*out, numbers.data, numbers.length);
        *count = numbers.length / sizeof number;
        qsort(*out, *count, sizeof number, compare_numbers);
    }
    buf_done(&numbers);
    buf_done(&path);
    return code;
}

enum error_code job_state_list(struct arena *arena, struct job_state_record **out, size_t *count,
    uint64_t *last, struct error *err)
{
    uint64_t *number;
    size_t found;
    enum error_code code = list_numbers(arena, &number, &found, last, err);

    *count = 0;
    *out = code ? NULL : arena_alloc(arena, found + 1, sizeof **out);
    if (!code && !*out)
        code = arena_failed(arena, err);
    for (size_t i = 0; !code && i < found; i++) {
        struct error why = {.code = ERROR_NONE};

        /* One that has just gone, or that nobody understands, hides no other. */
        if (!job_state_read(number[i], arena, &(*out)[*count], &why))
            ++*count;
        else if (why.code == ERROR_MEMORY)
            code = error_memory(err);
    }
    return code;
}

enum error_code job_state_find_file(const char *file, struct arena *arena,
    struct job_state_record *out, bool *found, struct error *err)
{
    struct job_state_record *record;
    size_t count;
    uint64_t last;
    enum error_code code = job_state_list(arena, &record, &count, &last, err);

    *found = false;
    for (size_t i = 0; !code && i < count && !*found; i++) {
        *found = text_is(record[i].file, file);
        *out = record[i];
    }
    return code;
}

static bool is_aside(const struct tree *tree, const struct token *token)
{
    for (size_t i = 0; i < tree->aside_count; i++)
        if (token->source.data >= tree->aside[i].data &&
            token->source.data < tree->aside[i].data + tree->aside[i].length)
            return true;
    return false;
}

/* Words, not blanks and comments, and the values of parameters: not those of now(). */
enum error_code job_state_identify(const struct tree *tree, struct arena *arena, struct text *out,
    struct error *err)
{
    uint8_t hash[CRYPTO_SHA256];
    struct json_writer writer;
    struct lexer lexer;
    struct buf text, hex;
    enum error_code code;

    buf_init(&text, STATE_LIMIT);
    buf_init(&hex, 256);
    lexer_init(&lexer, tree->body, arena);
    while (lexer.token.kind != TOKEN_END && !lexer.failed) {
        struct token token = lexer_take(&lexer);

        if (is_aside(tree, &token))
            continue;
        buf_add_text(&text, token.source);
        buf_add_char(&text, '\n');
    }
    for (const struct language_used *used = tree->used; used; used = used->before) {
        buf_add_text(&text, used->name);
        json_writer_init(&writer, &text);
        value_add_wire(&writer, used->value);
        buf_add_char(&text, '\n');
    }
    code = buf_check(&text, "statement", err);
    if (!code) {
        crypto_sha256(buf_view(&text), hash);
        crypto_add_hex(&hex, hash, sizeof hash);
        *out = arena_text(arena, buf_view(&hex));
        code = out->data ? ERROR_NONE : arena_failed(arena, err);
    }
    buf_done(&text);
    buf_done(&hex);
    return code;
}

static enum error_code find(struct job *job, const struct tree *tree, struct job_state_record *out,
    struct error *err)
{
    struct job_state_record *record;
    struct text identity;
    size_t count = 0;
    uint64_t last;
    enum error_code code = job_state_identify(tree, job->arena, &identity, err);

    if (!code)
        code = job_state_list(job->arena, &record, &count, &last, err);
    for (size_t i = count; i > 0; i--) {
        if (!text_equal(record[i - 1].identity, identity))
            continue;
        *out = record[i - 1];
        return ERROR_NONE;
    }
    if (code)
        return code;
    error_set(err, ERROR_NOT_FOUND, "there is no stopped job of this statement to go on from");
    return error_hint(err, "SHOW JOBS lists them; without RESUME the statement begins anew");
}

/* The parameters of the record, for a parse. */
static enum error_code fill_context(const struct job_state_record *record, struct arena *arena,
    struct map *parameters, const struct value **argument, struct language_context *context,
    struct error *err)
{
    const struct json *named = json_parse(record->parameters, arena, err);
    const struct json *list = named ? json_parse(record->arguments, arena, err) : NULL;

    if (!list)
        return err->code;
    for (const struct json *one = named->first; one; one = one->next) {
        struct value *value = value_from_wire(one, arena, err);

        if (!value)
            return err->code;
        if (!map_set(parameters, one->name, value))
            return error_memory(err);
    }
    for (const struct json *one = list->first; one && context->arg_count < ARGUMENTS;
         one = one->next) {
        argument[context->arg_count] = value_from_wire(one, arena, err);
        if (!argument[context->arg_count++])
            return err->code;
    }
    context->parameters = parameters;
    context->args = argument;
    context->fixed_now = record->now;
    context->dialect = text_is(record->dialect, "partiql") ? DIALECT_PARTIQL
                       : text_is(record->dialect, "aws")   ? DIALECT_AWS
                                                           : DIALECT_GATEHOUSE;
    return ERROR_NONE;
}

struct tree *job_state_parse(struct job *job, const struct job_state_record *record,
    const struct text *text, struct error *err)
{
    const struct value **argument = arena_alloc(job->arena, ARGUMENTS, sizeof *argument);
    struct language_context *context = arena_alloc(job->arena, 1, sizeof *context);
    struct map *parameters = map_new();
    struct tree *tree = NULL;
    struct text source;
    struct lexer lexer;
    bool empty;

    if (!argument || !context || !parameters) {
        error_memory(err);
        goto out;
    }
    source = text ? *text
                  : text_of(arena_format(job->arena, "%.*s RESUME", (int)record->statement.length,
                        record->statement.data));
    if (fill_context(record, job->arena, parameters, argument, context, err))
        goto out;
    lexer_init(&lexer, source, job->arena);
    lexer.context = context;
    tree = statement_parse(&lexer, "<job>", &empty, err);
    if (!tree && empty)
        error_set(err, ERROR_INVALID, "the state of job %llu holds no statement",
            (unsigned long long)record->number);
    context->parameters = NULL;
out:
    map_free(parameters);
    return tree;
}

enum error_code job_state_resume(struct job *job, const struct tree **tree, struct plan *plan,
    uint64_t *number, struct error *err)
{
    struct job_state_record record;
    enum error_code code = find(job, *tree, &record, err);

    if (code)
        return code;
    *number = record.number;
    if (record.counts.total > 0)
        plan_add(plan, PLAN_NOTE, "goes on with job %llu: %llu of %llu items are done",
            (unsigned long long)record.number, (unsigned long long)record.counts.done,
            (unsigned long long)record.counts.total);
    else
        plan_add(plan, PLAN_NOTE, "goes on with job %llu: %llu items are done",
            (unsigned long long)record.number, (unsigned long long)record.counts.done);
    if ((*tree)->now == record.now)
        return ERROR_NONE;
    *tree = job_state_parse(job, &record, &(*tree)->body, err);
    return *tree ? ERROR_NONE : err->code;
}
