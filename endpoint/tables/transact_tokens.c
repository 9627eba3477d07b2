#include "endpoint/tables/transact_tokens.h"

#include <stdlib.h>

#include <sqlite3.h>

#include "base/utf8.h"
#include "endpoint/tables/store_internal.h"

enum { CANONICAL_LIMIT = 64 * 1024 * 1024, TRIM_BESIDE = 4 };

enum token_statement { TOKEN_FIND, TOKEN_ADD, TOKEN_TRIM };

static const char *const token_statement_table[TOKEN_STATEMENTS] = {
    [TOKEN_FIND] = "SELECT hash FROM tokens WHERE account = ?1 AND region = ?2 AND token = ?3 "
                   "AND until_ms > ?4",
    [TOKEN_ADD] = "REPLACE INTO tokens(account, region, token, hash, until_ms) "
                  "VALUES(?1, ?2, ?3, ?4, ?5)",
    [TOKEN_TRIM] = "DELETE FROM tokens WHERE (account, region, token) IN (SELECT account, region, "
                   "token FROM tokens WHERE until_ms <= ?1 LIMIT ?2)",
};

void token_check(struct request *request)
{
    struct text text = request_text(request->body, "ClientRequestToken");
    size_t length = utf8_count(text);

    if (text.data && length < 1)
        request_member(request, MESSAGE_MEMBER_SHORT,
            ARGUMENTS(text, TEXT("clientRequestToken"), TEXT("1")));
    else if (length > TOKEN_LENGTH)
        request_member(request, MESSAGE_MEMBER_LONG,
            ARGUMENTS(text, TEXT("clientRequestToken"), TEXT("36")));
}

static int compare_members(const void *a, const void *b)
{
    const struct json *left = *(const struct json *const *)a;
    const struct json *right = *(const struct json *const *)b;
    int order = text_compare(left->name, right->name);

    return order ? order : (left->offset > right->offset) - (left->offset < right->offset);
}

static int compare_elements(const void *a, const void *b)
{
    const struct json *left = *(const struct json *const *)a;
    const struct json *right = *(const struct json *const *)b;

    return text_compare(left->text, right->text);
}

static bool is_set(const struct json *node)
{
    return node->kind == JSON_ARRAY &&
           (text_is(node->name, "SS") || text_is(node->name, "NS") || text_is(node->name, "BS"));
}

static void add_text(struct buf *out, struct text text)
{
    buf_add_integer(out, (int64_t)text.length);
    buf_add_char(out, ':');
    buf_add_text(out, text);
}

/* Says nothing about what is asked for. */
static bool is_aside(const struct json *member)
{
    return text_is(member->name, "ReturnConsumedCapacity") ||
           text_is(member->name, "ClientRequestToken");
}

/*
 * Members by name, the last of a name; sets by member; null as if absent. Depth as that of the
 * JSON. False when out of memory.
 */
static bool add_canonical(struct buf *out, const struct json *node, struct arena *arena, bool top)
{
    const struct json **child = NULL;
    size_t count = 0;

    if (node->count > 0)
        child = arena_alloc(arena, node->count, sizeof *child);
    if (node->count > 0 && !child)
        return false;
    buf_add_char(out, "0ft#sAO"[node->kind]);
    if (node->kind == JSON_NUMBER || node->kind == JSON_STRING)
        add_text(out, node->text);
    for (const struct json *at = node->first; at; at = at->next)
        if (at->kind != JSON_NULL && !(top && is_aside(at)))
            child[count++] = at;
    if (count > 1 && node->kind == JSON_OBJECT)
        qsort(child, count, sizeof *child, compare_members);
    else if (count > 1 && is_set(node))
        qsort(child, count, sizeof *child, compare_elements);
    for (size_t i = 0; i < count; i++) {
        if (node->kind == JSON_OBJECT) {
            if (i + 1 < count && text_equal(child[i]->name, child[i + 1]->name))
                continue;
            add_text(out, child[i]->name);
        }
        if (!add_canonical(out, child[i], arena, false))
            return false;
    }
    buf_add_char(out, '.');
    return true;
}

static bool hash_request(struct request *request, struct token *token)
{
    struct error err;
    struct arena *arena = arena_new(CANONICAL_LIMIT, &err);
    struct buf canonical;
    bool done;

    buf_init(&canonical, CANONICAL_LIMIT);
    buf_add_string(&canonical, request->operation->name);
    done = arena && add_canonical(&canonical, request->body, arena, true) && !canonical.failure;
    if (done)
        crypto_sha256(buf_view(&canonical), token->hash);
    buf_done(&canonical);
    arena_free(arena);
    return done || request_exhausted(request);
}

static bool is_same(const struct request *a, const struct request *b, struct text token)
{
    return a->operation == b->operation && text_equal(a->account, b->account) &&
           text_equal(a->region, b->region) &&
           text_equal(request_text(b->body, "ClientRequestToken"), token);
}

bool token_read(struct request *request, struct token *token)
{
    token->text = request_text(request->body, "ClientRequestToken");
    if (!token->text.data)
        return true;
    /* All requests under way that came before this one. */
    for (const struct request *at = request->older; at; at = at->older)
        if (is_same(request, at, token->text))
            return request_fail(request, MESSAGE_TOKEN_IN_PROGRESS, NULL);
    return hash_request(request, token);
}

static sqlite3_stmt *prepare(struct store *store, enum token_statement statement)
{
    if (!store->token[statement])
        store->token[statement] = store_prepare(store, token_statement_table[statement]);
    return store->token[statement];
}

static void bind(sqlite3_stmt *statement, int at, struct text text)
{
    sqlite3_bind_text64(statement, at, text.data ? text.data : "", text.length, SQLITE_STATIC,
        SQLITE_UTF8);
}

static void bind_key(sqlite3_stmt *statement, const struct request *request,
    const struct token *token)
{
    bind(statement, 1, request->account);
    bind(statement, 2, request->region);
    bind(statement, 3, token->text);
}

enum token_state token_look_up(struct request *request, const struct token *token,
    struct store *store, uint64_t now_ms)
{
    sqlite3_stmt *statement = prepare(store, TOKEN_FIND);
    enum token_state state = TOKEN_FAILED;

    if (!statement)
        return TOKEN_FAILED;
    bind_key(statement, request, token);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)now_ms);
    switch (store_step(store, statement)) {
    case STORE_ROW:
        state =
            sqlite3_column_bytes(statement, 0) == sizeof token->hash &&
                    memcmp(sqlite3_column_blob(statement, 0), token->hash, sizeof token->hash) == 0
                ? TOKEN_SAME
                : TOKEN_OTHER;
        break;
    case STORE_DONE:
        state = TOKEN_NEW;
        break;
    case STORE_FAILED:
        break;
    }
    sqlite3_reset(statement);
    return state;
}

enum store_result token_keep(struct request *request, const struct token *token,
    struct store *store, uint64_t now_ms)
{
    sqlite3_stmt *statement = prepare(store, TOKEN_ADD);
    enum store_result result;
    int dropped;

    if (!statement)
        return STORE_FAILED;
    bind_key(statement, request, token);
    sqlite3_bind_blob(statement, 4, token->hash, sizeof token->hash, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)(now_ms + TOKEN_LIFE_MS));
    result = store_step(store, statement);
    sqlite3_reset(statement);
    /* Every new token takes more than one old one away: they never pile up. */
    return result == STORE_FAILED ? STORE_FAILED : token_trim(store, now_ms, TRIM_BESIDE, &dropped);
}

enum store_result token_trim(struct store *store, uint64_t now_ms, int limit, int *dropped)
{
    sqlite3_stmt *statement = prepare(store, TOKEN_TRIM);
    enum store_result result;

    *dropped = 0;
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)now_ms);
    sqlite3_bind_int(statement, 2, limit);
    result = store_step(store, statement);
    if (result != STORE_FAILED)
        *dropped = sqlite3_changes(store_handle(store));
    sqlite3_reset(statement);
    return result;
}
