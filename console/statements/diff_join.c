#include "console/statements/diff_join.h"

#include <string.h>

#include "base/decimal.h"
#include "base/external_sort.h"
#include "base/mem.h"

enum { FIRST_BUCKETS = 1024, ITEM_LIMIT = 64 << 20, KEY_LIMIT = 64 << 10 };

/* An item that waits; its key and text stand behind it. */
struct waiting {
    struct waiting *chain;         /* in its bucket */
    struct waiting *older, *newer; /* of all */
    uint64_t hash;
    uint32_t key_length, item_length;
    unsigned char side;
    char bytes[];
};

struct join {
    size_t memory, used, count, bucket_count;
    struct waiting **bucket;
    struct waiting *oldest, *newest;
    uint64_t equal, different;
    struct external_sort *sort;
    /* What comes out: the record read ahead, and the pair that was given last. */
    struct sorted_record ahead;
    bool has_ahead;
    struct buf key, item[2];
};

struct join *join_new(size_t memory, size_t sorting, struct error *err)
{
    struct join *join = mem_new(1, sizeof *join);

    if (!join) {
        error_memory(err);
        return NULL;
    }
    join->memory = memory;
    buf_init(&join->key, KEY_LIMIT);
    buf_init(&join->item[0], ITEM_LIMIT);
    buf_init(&join->item[1], ITEM_LIMIT);
    join->bucket_count = FIRST_BUCKETS;
    join->bucket = mem_new(join->bucket_count, sizeof(*join->bucket));
    join->sort = join->bucket ? external_sort_new(sorting, err) : NULL;
    if (join->sort)
        return join;
    if (!join->bucket)
        error_memory(err);
    join_free(join);
    return NULL;
}

static struct text key_of(const struct waiting *one)
{
    return text_make(one->bytes, one->key_length);
}

static struct text item_of(const struct waiting *one)
{
    return text_make(one->bytes + one->key_length, one->item_length);
}

static size_t size_of(const struct waiting *one)
{
    return sizeof *one + one->key_length + one->item_length;
}

static struct waiting **bucket_of(const struct join *join, uint64_t hash)
{
    return &join->bucket[hash & (join->bucket_count - 1)];
}

/* Out of the table and the list; the caller frees it. */
static void take_out(struct join *join, struct waiting *one)
{
    struct waiting **link = bucket_of(join, one->hash);

    while (*link != one)
        link = &(*link)->chain;
    *link = one->chain;
    *(one->older ? &one->older->newer : &join->oldest) = one->newer;
    *(one->newer ? &one->newer->older : &join->newest) = one->older;
    join->used -= size_of(one);
    join->count--;
}

void join_free(struct join *join)
{
    if (!join)
        return;
    while (join->oldest) {
        struct waiting *one = join->oldest;

        take_out(join, one);
        mem_free(one);
    }
    mem_free(join->bucket);
    external_sort_free(join->sort);
    buf_done(&join->key);
    buf_done(&join->item[0]);
    buf_done(&join->item[1]);
    mem_free(join);
}

/* A zero byte is followed by 255 and the end is 0 1, so that a prefix comes first. */
static void add_bytes(struct buf *out, struct text bytes)
{
    for (size_t i = 0; i < bytes.length; i++) {
        buf_add_char(out, bytes.data[i]);
        if (bytes.data[i] == '\0')
            buf_add_char(out, '\xff');
    }
    buf_add(out, "\0\1", 2);
}

enum error_code join_add_key(struct buf *out, const struct catalog_key *key, size_t count,
    const struct value *item, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct value *part = value_get_string(item, key[i].name);
        struct decimal number;

        if (!part)
            return error_set(err, ERROR_INVALID, "an item came without its key attribute %s",
                key[i].name);
        if (part->type == VALUE_N && decimal_parse(part->text, &number) == DECIMAL_OK)
            decimal_add_key(out, &number);
        else
            add_bytes(out, part->text);
    }
    return buf_check(out, "key", err);
}

static struct waiting *find(const struct join *join, struct text key, uint64_t hash)
{
    struct waiting *one = *bucket_of(join, hash);

    while (one && (one->hash != hash || !text_equal(key_of(one), key)))
        one = one->chain;
    return one;
}

static enum error_code put_aside(struct join *join, unsigned char side, struct text key,
    struct text item, struct error *err)
{
    struct sorted_record record = {.key = key, .data = item, .tag = side};

    return external_sort_add(join->sort, &record, err);
}

/* The oldest go to be sorted until half of the memory is free. */
static enum error_code make_room(struct join *join, size_t bound, struct error *err)
{
    enum error_code code = ERROR_NONE;

    while (!code && join->oldest && join->used > bound) {
        struct waiting *one = join->oldest;

        code = put_aside(join, one->side, key_of(one), item_of(one), err);
        take_out(join, one);
        mem_free(one);
    }
    return code;
}

/* Twice the buckets; without memory for them the chains grow longer, which is no failure. */
static void grow(struct join *join)
{
    size_t count = 2 * join->bucket_count;
    struct waiting **bucket = mem_new(count, sizeof(*bucket));

    if (!bucket)
        return;
    mem_free(join->bucket);
    join->bucket = bucket;
    join->bucket_count = count;
    for (struct waiting *one = join->oldest; one; one = one->newer) {
        struct waiting **link = bucket_of(join, one->hash);

        one->chain = *link;
        *link = one;
    }
}

static enum error_code let_wait(struct join *join, enum join_side side, struct text key,
    struct text item, uint64_t hash, struct error *err)
{
    struct waiting *one, **link;

    if (key.length > UINT32_MAX || item.length > UINT32_MAX)
        return error_set(err, ERROR_LIMIT, "an item is too large");
    one = mem_resize(NULL, sizeof *one + key.length + item.length, 1);
    if (!one)
        return error_memory(err);
    *one = (struct waiting){.hash = hash,
        .key_length = (uint32_t)key.length,
        .item_length = (uint32_t)item.length,
        .side = (unsigned char)side,
        .older = join->newest};
    memcpy(one->bytes, key.data, key.length);
    memcpy(one->bytes + key.length, item.data, item.length);
    if (join->count > join->bucket_count)
        grow(join);
    link = bucket_of(join, hash);
    one->chain = *link;
    *link = one;
    *(join->newest ? &join->newest->newer : &join->oldest) = one;
    join->newest = one;
    join->used += size_of(one);
    join->count++;
    return join->used > join->memory ? make_room(join, join->memory / 2, err) : ERROR_NONE;
}

enum error_code join_add(struct join *join, enum join_side side, struct text key, struct text item,
    bool *met, struct error *err)
{
    uint64_t hash = text_hash(key);
    struct waiting *partner = find(join, key, hash);
    enum error_code code = ERROR_NONE;

    *met = partner && partner->side != side;
    if (!partner)
        return let_wait(join, side, key, item, hash, err);
    if (!*met) { /* an item that moved while the table was read comes twice: the last one counts */
        code = ERROR_NONE;
    } else if (text_equal(item_of(partner), item)) {
        join->equal++;
    } else {
        join->different++;
        code = put_aside(join, partner->side, key, item_of(partner), err);
        if (!code)
            code = put_aside(join, (unsigned char)side, key, item, err);
    }
    take_out(join, partner);
    mem_free(partner);
    return code || *met ? code : let_wait(join, side, key, item, hash, err);
}

static bool read_ahead(struct join *join, enum error_code *code, struct error *err)
{
    join->has_ahead = external_sort_next(join->sort, &join->ahead, code, err);
    return join->has_ahead;
}

enum error_code join_finish(struct join *join, bool complete, struct error *err)
{
    enum error_code code = complete ? make_room(join, 0, err) : ERROR_NONE;

    if (!code)
        code = external_sort_finish(join->sort, err);
    if (!code)
        read_ahead(join, &code, err);
    return code;
}

bool join_next(struct join *join, struct join_pair *out, enum error_code *code, struct error *err)
{
    bool seen[2] = {false, false};

    *code = ERROR_NONE;
    if (!join->has_ahead)
        return false;
    buf_clear(&join->key);
    buf_add_text(&join->key, join->ahead.key);
    do {
        struct buf *item = &join->item[join->ahead.tag];

        seen[join->ahead.tag] = true;
        buf_clear(item);
        buf_add_text(item, join->ahead.data);
        *code = buf_check(item, "item", err);
        if (!*code)
            *code = buf_check(&join->key, "key", err);
    } while (
        !*code && read_ahead(join, code, err) && text_equal(join->ahead.key, buf_view(&join->key)));
    for (int i = 0; i < 2; i++)
        out->item[i] = seen[i] ? buf_view(&join->item[i]) : (struct text){NULL, 0};
    return *code == ERROR_NONE;
}

uint64_t join_equal(const struct join *join)
{
    return join->equal;
}

uint64_t join_different(const struct join *join)
{
    return join->different;
}
