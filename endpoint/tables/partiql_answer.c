#include "endpoint/tables/partiql_answer.h"

#include <stdio.h>

#include "base/crypto.h"
#include "base/json.h"

enum { BOUND_SIZE = 16, BOUND_LIMIT = 16 * 1024 * 1024 };

/* Bytes of S and B, members of the others; false for what has no size. */
static bool measure(const struct value *value, size_t *out)
{
    if (value->type == VALUE_N || value->type == VALUE_BOOL || value->type == VALUE_NULL)
        return false;
    *out = value->type == VALUE_S || value->type == VALUE_B ? value->text.length : value->count;
    return true;
}

void partiql_add_row(struct json_writer *writer, const struct partiql *statement,
    const struct value *item)
{
    json_begin_object(writer);
    for (size_t i = 0; i < statement->column_count; i++) {
        const struct partiql_column *column = &statement->column[i];
        const struct value *value = path_lookup(column->path, item);
        struct value number = {.type = VALUE_N};
        char digits[24];
        size_t size = 0;

        if (!value || (column->size && !measure(value, &size)))
            continue;
        json_name_text(writer, column->name);
        if (column->size) {
            number.text = text_make(digits, (size_t)snprintf(digits, sizeof digits, "%zu", size));
            value = &number;
        }
        value_add_wire(writer, value);
    }
    json_end_object(writer);
}

bool partiql_add_stored_row(struct request *request, struct json_writer *writer,
    const struct partiql *statement, struct text json)
{
    const struct json *tree;
    struct value *item;
    struct error err;

    if (statement->column_count == 0) {
        json_raw(writer, json);
        return true;
    }
    tree = json_parse(json, request->arena, &err);
    item = tree ? value_from_wire_item(tree, request->arena, &err) : NULL;
    if (!item)
        return request_exhausted(request);
    partiql_add_row(writer, statement, item);
    return true;
}

/* The touched paths, when something is there. */
static struct text touched_row(struct request *request, const struct partiql *statement,
    const struct value *item)
{
    struct value *touched = item ? update_touched(statement->update, item, request->arena) : NULL;
    struct text row = {NULL, 0};
    struct json_writer writer;
    struct buf json;

    if (!touched || touched->count == 0)
        return row;
    buf_init(&json, TABLE_JSON_LIMIT);
    json_writer_init(&writer, &json);
    value_add_wire_item(&writer, touched);
    if (!json.failure)
        row = arena_text(request->arena, buf_view(&json));
    buf_done(&json);
    if (!row.data)
        request_exhausted(request);
    return row;
}

struct text partiql_returned(struct request *request, const struct partiql *statement,
    const struct item_write *write)
{
    const struct text none = {NULL, 0};

    switch (statement->returning) {
    case PARTIQL_RETURN_NOTHING:
        break;
    case PARTIQL_RETURN_ALL_OLD:
        return write->existed ? write->old_json : none;
    case PARTIQL_RETURN_ALL_NEW:
        return write->new_item ? write->new_json : none;
    case PARTIQL_RETURN_MODIFIED_OLD:
        return touched_row(request, statement, write->old_item);
    case PARTIQL_RETURN_MODIFIED_NEW:
        return touched_row(request, statement, write->new_item);
    }
    return none;
}

static void add_hashed(struct buf *out, struct text text)
{
    buf_add_format(out, "%zu:", text.length);
    buf_add_text(out, text);
}

/* What a token is bound to; false when memory is out. */
static bool bind(struct request *request, const struct partiql *statement,
    const struct value *parameters, uint8_t out[CRYPTO_SHA256])
{
    struct json_writer writer;
    struct buf bound;
    bool good;

    buf_init(&bound, BOUND_LIMIT * 4);
    add_hashed(&bound, request->account);
    add_hashed(&bound, request->region);
    add_hashed(&bound, request->table->uuid);
    add_hashed(&bound, statement->source);
    if (parameters) {
        json_writer_init(&writer, &bound);
        value_add_wire(&writer, parameters);
    }
    good = !bound.failure;
    if (good)
        crypto_sha256(buf_view(&bound), out);
    buf_done(&bound);
    return good || request_exhausted(request);
}

void partiql_add_token(struct request *request, struct json_writer *writer,
    const struct partiql *statement, const struct value *parameters, struct text last_key)
{
    uint8_t bound[CRYPTO_SHA256];
    struct buf bytes, token;

    if (!bind(request, statement, parameters, bound))
        return;
    buf_init(&bytes, PARTIQL_TOKEN_LIMIT);
    buf_init(&token, 2 * PARTIQL_TOKEN_LIMIT);
    buf_add(&bytes, bound, BOUND_SIZE);
    buf_add_text(&bytes, last_key);
    crypto_add_base64(&token, buf_view(&bytes));
    if (bytes.failure || token.failure)
        request_exhausted(request);
    json_pair(writer, "NextToken", buf_view(&token));
    buf_done(&bytes);
    buf_done(&token);
}

static bool is_within(struct text key, struct text low, struct text high)
{
    return text_compare(key, low) >= 0 && (!high.data || text_compare(key, high) < 0);
}

/* Behind the key, in the direction of the walk: its range, and those that come after it. */
static bool cut(struct request *request, struct walk *walk, struct text key)
{
    struct buf above;

    while (!is_within(key, walk->low, walk->high)) {
        if (walk->more_count == 0)
            return request_fail(request, MESSAGE_PARTIQL_TOKEN, NULL);
        walk->low = walk->more->low;
        walk->high = walk->more->high;
        walk->more++;
        walk->more_count--;
    }
    if (walk->backward) {
        walk->high = arena_text(request->arena, key);
        return walk->high.data || request_exhausted(request);
    }
    buf_init(&above, PARTIQL_TOKEN_LIMIT);
    buf_add_text(&above, key);
    buf_add_char(&above, '\0'); /* the smallest key above */
    walk->low = above.failure ? text_make(NULL, 0) : arena_text(request->arena, buf_view(&above));
    buf_done(&above);
    return walk->low.data || request_exhausted(request);
}

bool partiql_read_token(struct request *request, struct text token, const struct partiql *statement,
    const struct value *parameters, struct walk *walk)
{
    uint8_t bound[CRYPTO_SHA256];
    struct buf bytes;
    bool good = false;

    if (!bind(request, statement, parameters, bound))
        return false;
    buf_init(&bytes, PARTIQL_TOKEN_LIMIT);
    if (!crypto_from_base64(&bytes, token) || bytes.failure || bytes.length <= BOUND_SIZE)
        request_fail(request, MESSAGE_PARTIQL_TOKEN, NULL);
    else if (!text_equal(text_slice(buf_view(&bytes), 0, BOUND_SIZE),
                 text_make((const char *)bound, BOUND_SIZE)))
        request_fail(request, MESSAGE_PARTIQL_TOKEN_OTHER, NULL);
    else
        good = cut(request, walk, text_slice(buf_view(&bytes), BOUND_SIZE, bytes.length));
    buf_done(&bytes);
    return good;
}
