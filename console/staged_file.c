#include "console/staged_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "client/service.h"
#include "console/language/parser.h"

/*
 * $XDG_STATE_HOME/gatehouse/staged/HASH.json, one object: whose list it is, then the changes. The
 * hash is of profile, region and endpoint, which stand inside as well and are compared.
 */
enum { VERSION = 1, HASH_BYTES = 8, KEYS = 2 };

static void add_endpoint(struct link *link, struct buf *out)
{
    struct error ignored;

    if (connection_public_endpoint(link->connection, &service_dynamodb, out, &ignored))
        buf_clear(out);
}

const char *staged_file_path(struct link *link, struct arena *arena, struct error *err)
{
    uint8_t hash[CRYPTO_SHA256];
    struct buf identity, name, path;
    const char *result = NULL;

    buf_init(&identity, 16 * 1024);
    buf_init(&name, 256);
    buf_init(&path, 8192);
    add_endpoint(link, &identity);
    buf_add_format(&identity, "\n%s\n%s", connection_region(link->connection),
        connection_name(link->connection));
    if (buf_check(&identity, "endpoint", err))
        goto out;
    crypto_sha256(buf_view(&identity), hash);
    buf_add_string(&name, "staged/");
    crypto_add_hex(&name, hash, HASH_BYTES);
    buf_add_string(&name, ".json");
    if (path_make(PATH_STATE, buf_string(&name), true, &path, err))
        goto out;
    result = arena_string(arena, buf_view(&path));
    if (!result)
        arena_failed(arena, err);
out:
    buf_done(&identity);
    buf_done(&name);
    buf_done(&path);
    return result;
}

int staged_file_lock(struct error *err)
{
    struct buf path;
    int lock = -1;

    buf_init(&path, 8192);
    if (path_make(PATH_STATE, "staged/lock", true, &path, err))
        goto out;
    lock = open(buf_string(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (lock >= 0 && flock(lock, LOCK_EX) < 0) {
        if (errno == EINTR)
            continue;
        close(lock);
        lock = -1;
    }
    if (lock < 0)
        error_set(err, ERROR_IO, "%s: %s", buf_string(&path), strerror(errno));
out:
    buf_done(&path);
    return lock;
}

static void write_image(struct json_writer *writer, const char *name, const struct value *image)
{
    if (!image)
        return;
    json_name(writer, name);
    value_add_wire_item(writer, image);
}

static void write_keys(struct json_writer *writer, const struct catalog_table *table)
{
    json_name(writer, "keys");
    json_begin_array(writer);
    for (size_t i = 0; i < table->key_count; i++) {
        json_begin_object(writer);
        json_pair_string(writer, "name", table->key[i].name);
        json_pair(writer, "type", text_make(&table->key[i].type, 1));
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_item(struct json_writer *writer, const struct staged_change *change)
{
    struct buf text;

    json_pair_string(writer, "table", change->table->name);
    write_keys(writer, change->table);
    write_image(writer, "base", change->base);
    write_image(writer, "wanted", change->wanted);
    if (change->left_out.length > 0)
        json_pair(writer, "left_out", change->left_out);
    if (!change->condition)
        return;
    buf_init(&text, STAGED_BYTES);
    expression_add_text(&text, change->condition);
    if (text.failure)
        writer->out->failure = text.failure;
    json_pair(writer, "condition", buf_view(&text));
    buf_done(&text);
}

static void write_object(struct json_writer *writer, const struct staged_change *change)
{
    json_pair(writer, "object", change->object);
    json_pair(writer, "kind", change->risk_kind);
    json_pair(writer, "name", change->risk_name);
    json_pair(writer, "mark", text_make(&change->mark, 1));
    if (change->state.length > 0)
        json_pair(writer, "state", change->state);
    json_pair(writer, "statement", change->statement);
    if (change->reference.length == 0)
        return;
    json_pair(writer, "reference", change->reference);
    if (change->goal.length > 0)
        json_pair(writer, "goal", change->goal);
}

static void write_list(struct json_writer *writer, struct staged_list *list)
{
    struct connection *connection = list->link->connection;
    struct buf endpoint;

    buf_init(&endpoint, 16 * 1024);
    add_endpoint(list->link, &endpoint);
    json_begin_object(writer);
    json_pair_integer(writer, "version", VERSION);
    json_pair_string(writer, "profile", connection_name(connection));
    json_pair_string(writer, "region", connection_region(connection));
    json_pair(writer, "endpoint", buf_view(&endpoint));
    json_pair(writer, "account", list->account);
    json_name(writer, "changes");
    json_begin_array(writer);
    for (size_t i = 0; i < list->count; i++) {
        const struct staged_change *change = &list->change[i];

        json_begin_object(writer);
        json_pair_integer(writer, "number", (int64_t)change->number);
        json_pair_integer(writer, "risk", change->risk);
        (change->kind == STAGED_ITEM ? write_item : write_object)(writer, change);
        json_end_object(writer);
    }
    json_end_array(writer);
    json_end_object(writer);
    buf_done(&endpoint);
}

enum error_code staged_file_save(struct staged_list *list, struct error *err)
{
    struct json_writer writer;
    struct buf out;
    enum error_code code;

    if (list->count == 0) {
        if (unlink(list->path) < 0 && errno != ENOENT)
            return error_set(err, ERROR_IO, "%s: %s", list->path, strerror(errno));
        return ERROR_NONE;
    }
    buf_init(&out, STAGED_BYTES);
    json_writer_init(&writer, &out);
    write_list(&writer, list);
    buf_add_char(&out, '\n');
    code = buf_check(&out, "list of staged changes", err);
    if (!code)
        code = file_write(list->path, buf_view(&out), 0600, err);
    buf_done(&out);
    return code;
}

static enum error_code fail_damaged(const struct staged_list *list, const char *what,
    struct error *err)
{
    error_set(err, ERROR_INVALID, "the staged changes in %s are damaged: %s", list->path, what);
    return error_hint(err, "nothing was done; DISCARD STAGED removes the file");
}

static enum error_code read_image(struct staged_list *list, const struct json *json,
    const char *name, const struct value **out, struct error *err)
{
    const struct json *image = json_member(json, name);
    struct error why;

    if (!image)
        return ERROR_NONE;
    *out = value_from_wire_item(image, list->arena, &why);
    return *out ? ERROR_NONE : fail_damaged(list, why.text, err);
}

static enum error_code read_keys(struct staged_list *list, const struct json *json,
    struct catalog_table *table, struct error *err)
{
    const struct json *keys = json_member(json, "keys");

    table->key = arena_alloc(list->arena, KEYS, sizeof *table->key);
    if (!table->key)
        return arena_failed(list->arena, err);
    for (const struct json *one = keys ? keys->first : NULL; one; one = one->next) {
        struct text name = json_string_member(one, "name"), type = json_string_member(one, "type");
        struct catalog_key *key = &table->key[table->key_count];

        if (table->key_count == KEYS || name.length == 0 || type.length != 1 ||
            !strchr("SNB", type.data[0]))
            return fail_damaged(list, "a key is not understood", err);
        key->name = arena_string(list->arena, name);
        key->type = type.data[0];
        key->is_range = table->key_count > 0;
        if (!key->name)
            return arena_failed(list->arena, err);
        table->key_count++;
    }
    return table->key_count > 0 ? ERROR_NONE : fail_damaged(list, "a key is missing", err);
}

static enum error_code read_condition(struct staged_list *list, struct text text,
    struct staged_change *change, struct error *err)
{
    struct language_context context = {.dialect = DIALECT_GATEHOUSE};
    struct lexer lexer;
    struct error why;

    if (text.length == 0)
        return ERROR_NONE;
    lexer_init(&lexer, text, list->arena);
    lexer.context = &context;
    change->condition = parse_sent_condition(&lexer, &why);
    if (!change->condition || !parse_need_end(&lexer, &why))
        return fail_damaged(list, why.text, err);
    return ERROR_NONE;
}

static bool has_key(struct staged_list *list, const struct staged_change *change,
    const struct value *image)
{
    return !image || catalog_key_of(list->arena, change->table, image);
}

static enum error_code read_item(struct staged_list *list, const struct json *json,
    struct staged_change *change, struct error *err)
{
    struct catalog_table *table = arena_alloc(list->arena, 1, sizeof *table);
    enum error_code code;

    if (!table)
        return arena_failed(list->arena, err);
    table->name = arena_string(list->arena, json_string_member(json, "table"));
    change->table = table;
    change->left_out = json_string_member(json, "left_out");
    if (!table->name)
        return arena_failed(list->arena, err);
    code = read_keys(list, json, table, err);
    if (!code)
        code = read_image(list, json, "base", &change->base, err);
    if (!code)
        code = read_image(list, json, "wanted", &change->wanted, err);
    if (!code)
        code = read_condition(list, json_string_member(json, "condition"), change, err);
    if (!code && ((!change->base && !change->wanted) || !has_key(list, change, change->base) ||
                     !has_key(list, change, change->wanted)))
        code = fail_damaged(list, "an item has no key", err);
    return code;
}

static enum error_code read_object(struct staged_list *list, const struct json *json,
    struct staged_change *change, struct error *err)
{
    struct text mark = json_string_member(json, "mark");

    change->kind = STAGED_OBJECT;
    change->object = json_string_member(json, "object");
    change->risk_kind = json_string_member(json, "kind");
    change->risk_name = json_string_member(json, "name");
    change->state = json_string_member(json, "state");
    change->statement = json_string_member(json, "statement");
    change->reference = json_string_member(json, "reference");
    change->goal = json_string_member(json, "goal");
    if (mark.length != 1 || !strchr("+~-", mark.data[0]) || change->object.length == 0 ||
        change->statement.length == 0)
        return fail_damaged(list, "a change is not understood", err);
    change->mark = mark.data[0];
    return ERROR_NONE;
}

static enum error_code read_changes(struct staged_list *list, const struct json *changes,
    struct error *err)
{
    uint64_t last = 0;

    for (const struct json *one = changes->first; one; one = one->next) {
        int64_t number = json_integer_member(one, "number", 0);
        int64_t risk = json_integer_member(one, "risk", -1);
        struct staged_change *change;
        enum error_code code;

        if (number <= 0 || (uint64_t)number <= last || risk < RISK_NONE || risk > RISK_DESTROY ||
            list->count == STAGED_CHANGES)
            return fail_damaged(list, "the changes are not in order", err);
        change = staged_grow(list);
        if (!change)
            return arena_failed(list->arena, err);
        change->number = last = (uint64_t)number;
        change->risk = (enum plan_risk)risk;
        code = (json_member(one, "table") ? read_item : read_object)(list, one, change, err);
        if (code)
            return code;
        list->count++;
    }
    return ERROR_NONE;
}

/* Whether the file is one for this connection. */
static enum error_code check_owner(struct staged_list *list, const struct json *json,
    struct error *err)
{
    struct connection *connection = list->link->connection;
    const char *account = connection_account(connection);
    enum error_code code = ERROR_NONE;
    struct buf endpoint;

    if (json_integer_member(json, "version", 0) != VERSION) {
        error_set(err, ERROR_INVALID, "the staged changes in %s are of another version",
            list->path);
        return error_hint(err, "nothing was done; DISCARD STAGED removes the file");
    }
    buf_init(&endpoint, 16 * 1024);
    add_endpoint(list->link, &endpoint);
    if (!text_is(json_string_member(json, "profile"), connection_name(connection)) ||
        !text_is(json_string_member(json, "region"), connection_region(connection)) ||
        !text_equal(json_string_member(json, "endpoint"), buf_view(&endpoint))) {
        code = error_set(err, ERROR_REFUSED,
            "the staged changes in %s are of another profile, region or endpoint", list->path);
        error_hint(err, "nothing was done; DISCARD STAGED removes the file");
    }
    list->account = json_string_member(json, "account");
    if (!code && list->account.length > 0 && account[0] && !text_is(list->account, account)) {
        code = error_set(err, ERROR_REFUSED,
            "the changes were staged for account %.*s; this is account %s",
            (int)list->account.length, list->account.data, account);
    }
    buf_done(&endpoint);
    return code;
}

enum error_code staged_file_load(struct staged_list *list, struct error *err)
{
    const struct json *json, *changes;
    struct error why;
    struct buf content;
    struct text copy;
    enum error_code code;

    list->account = text_of(connection_account(list->link->connection));
    if (!file_exists(list->path))
        return ERROR_NONE;
    buf_init(&content, STAGED_BYTES);
    code = file_read(list->path, &content, err);
    copy = code ? TEXT("") : arena_text(list->arena, buf_view(&content));
    buf_done(&content);
    if (code)
        return code;
    if (!copy.data)
        return arena_failed(list->arena, err);
    json = json_parse(copy, list->arena, &why);
    if (!json)
        return fail_damaged(list, why.text, err);
    changes = json_member(json, "changes");
    code = check_owner(list, json, err);
    if (!code && (!changes || changes->kind != JSON_ARRAY))
        code = fail_damaged(list, "there are no changes in it", err);
    return code ? code : read_changes(list, changes, err);
}
