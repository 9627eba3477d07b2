#include "endpoint/tables/walk.h"

#include "base/json.h"
#include "endpoint/tables/indexes.h"
#include "endpoint/tables/keys.h"

enum { SCRATCH_LIMIT = 64 * 1024 * 1024 };

/* One row on its way into the answer. */
struct walk_row {
    struct store_entry entry;
    struct text json; /* what the index, or the table, holds */
    struct buf fetched;
};

struct slice {
    struct request *request;
    struct store *store;
    struct walk *walk;
    struct json_writer writer;
    struct walk_row row;
};

static const struct value *decode(struct slice *slice, struct text json)
{
    struct request *request = slice->request;
    const struct json *tree;
    struct value *item;
    struct error err;

    tree = json_parse(json, request->scratch, &err);
    item = tree ? value_from_wire_item(tree, request->scratch, &err) : NULL;
    if (!item && (err.code == ERROR_MEMORY || err.code == ERROR_LIMIT))
        request_exhausted(request);
    else if (!item)
        request_fail(request, MESSAGE_INTERNAL, ARGUMENTS(text_of(err.text)));
    return item;
}

/* The item that the row stands for, from the table, within the same snapshot. */
static enum progress fetch_item(struct slice *slice, int64_t *size)
{
    struct walk_row *row = &slice->row;
    const struct table_index *index = slice->walk->index;
    struct text key = index ? keys_item_of(&index->key, row->entry.key) : row->entry.key;
    struct store_row found;

    buf_clear(&row->fetched);
    if (store_get(slice->store, slice->request->table->id, key, &row->fetched, &found) !=
            STORE_ROW ||
        row->fetched.failure)
        return PROGRESS_BROKEN;
    row->json = buf_view(&row->fetched);
    *size = found.size;
    return PROGRESS_DONE;
}

/* The row as the target holds it, or the whole item when it is to be fetched. */
static enum progress load_row(struct slice *slice)
{
    struct walk *walk = slice->walk;
    struct walk_row *row = &slice->row;
    const struct value *item;
    int64_t size = 0;
    size_t held;

    row->json = row->entry.json;
    if (row->json.data && !walk->fetch)
        return PROGRESS_DONE;
    /* Large rows are not kept in the tree of keys. */
    if (fetch_item(slice, &size) == PROGRESS_BROKEN)
        return PROGRESS_BROKEN;
    if (walk->fetch)
        usage_add(&walk->usage, 0, capacity_read((uint64_t)size, walk->consistent));
    if (walk->fetch || !walk->index || walk->index->projection == PROJECTION_ALL)
        return PROGRESS_DONE;
    item = decode(slice, row->json);
    if (!item)
        return PROGRESS_DONE;
    row->json = index_project(walk->index, item, slice->request->scratch, &held);
    if (!row->json.data)
        request_exhausted(slice->request);
    return PROGRESS_DONE;
}

static void add_row(struct slice *slice)
{
    struct request *request = slice->request;
    struct walk *walk = slice->walk;
    struct walk_row *row = &slice->row;
    const struct value *item = NULL;

    if (walk->filter || walk->projection) {
        item = decode(slice, row->json);
        if (!item)
            return;
    }
    if (walk->filter && !expression_holds(walk->filter, item, request->scratch))
        return;
    walk->kept++;
    if (walk->count_only)
        return;
    if (!walk->projection) {
        json_raw(&slice->writer, row->json);
        return;
    }
    if (walk->answer) {
        walk->answer->add_item(request, &slice->writer, item, walk->answer);
        return;
    }
    item = projection_apply(walk->projection, item, request->scratch);
    if (item)
        value_add_wire_item(&slice->writer, item);
    else
        request_exhausted(request);
}

static enum progress take_row(struct slice *slice)
{
    struct walk *walk = slice->walk;

    arena_reset(slice->request->scratch);
    walk->scanned++;
    walk->evaluated += (uint64_t)slice->row.entry.size;
    if (load_row(slice) == PROGRESS_BROKEN)
        return PROGRESS_BROKEN;
    if (!slice->request->fault.set)
        add_row(slice);
    walk->cut = walk->scanned >= walk->limit || walk->evaluated >= WALK_PAGE_BYTES;
    return PROGRESS_DONE;
}

/* Where the next slice, or page, goes on: exclusive of the row just taken. */
static bool remember(struct slice *slice)
{
    struct walk *walk = slice->walk;
    struct text key = slice->row.entry.key;
    struct buf above;

    if (walk->backward) {
        walk->high = arena_text(slice->request->arena, key);
        return walk->high.data;
    }
    buf_init(&above, TABLE_JSON_LIMIT);
    buf_add_text(&above, key);
    buf_add_char(&above, '\0'); /* the smallest key above */
    walk->low =
        above.failure ? text_make(NULL, 0) : arena_text(slice->request->arena, buf_view(&above));
    buf_done(&above);
    return walk->low.data;
}

static enum progress run_rows(struct slice *slice)
{
    struct walk *walk = slice->walk;
    struct walk_row *row = &slice->row;
    uint64_t end_rows = walk->scanned + slice->request->slice.rows;
    uint64_t end_bytes = walk->evaluated + slice->request->slice.bytes;
    enum progress progress = PROGRESS_DONE;
    enum store_result result = STORE_ROW;
    struct store_walk rows;

    if (store_walk_begin(slice->store, slice->request->table->id,
            walk->index ? walk->index->slot : 0, walk->backward, walk->low, walk->high,
            &rows) == STORE_FAILED)
        return PROGRESS_BROKEN;
    while (progress == PROGRESS_DONE && !walk->cut && !slice->request->fault.set) {
        result = store_walk_next(&rows, &row->entry);
        if (result != STORE_ROW)
            break;
        progress = take_row(slice);
        if (progress == PROGRESS_DONE && !walk->cut &&
            (walk->scanned >= end_rows || walk->evaluated >= end_bytes))
            progress = remember(slice) ? PROGRESS_AGAIN : PROGRESS_BROKEN;
    }
    if (walk->cut && progress == PROGRESS_DONE && !slice->request->fault.set) {
        walk->last_json = arena_text(slice->request->arena, row->json);
        walk->last_key = arena_text(slice->request->arena, row->entry.key);
        if (!walk->last_json.data || !walk->last_key.data)
            request_exhausted(slice->request);
    }
    store_walk_end(&rows);
    return result == STORE_FAILED ? PROGRESS_BROKEN : progress;
}

/* True when there is another range, which becomes the one to walk. */
static bool next_range(struct walk *walk)
{
    if (walk->cut || walk->more_count == 0)
        return false;
    walk->low = walk->more->low;
    walk->high = walk->more->high;
    walk->more++;
    walk->more_count--;
    return true;
}

static void add_key_part(struct json_writer *writer, const struct value *item, struct text name)
{
    const struct value *value = value_get(item, name);

    if (!value)
        return;
    json_name_text(writer, name);
    value_add_wire(writer, value);
}

static void add_last_key(struct slice *slice)
{
    const struct table *table = slice->request->table;
    const struct table_index *index = slice->walk->index;
    struct json_writer *writer = &slice->writer;
    const struct value *item = decode(slice, slice->walk->last_json);

    if (!item)
        return;
    json_name(writer, "LastEvaluatedKey");
    json_begin_object(writer);
    for (size_t i = 0; i < key_count(&table->key); i++)
        add_key_part(writer, item, table->key.attribute[i].name);
    for (size_t i = 0; index && i < key_count(&index->key); i++)
        if (!key_find(&table->key, index->key.attribute[i].name))
            add_key_part(writer, item, index->key.attribute[i].name);
    json_end_object(writer);
}

static void finish(struct slice *slice)
{
    struct request *request = slice->request;
    struct walk *walk = slice->walk;
    struct json_writer *writer = &slice->writer;

    if (walk->count_only)
        json_begin_object(writer);
    else
        json_end_array(writer);
    if (!walk->answer) {
        json_pair_integer(writer, "Count", (int64_t)walk->kept);
        json_pair_integer(writer, "ScannedCount", (int64_t)walk->scanned);
    }
    if (walk->cut)
        add_last_key(slice);
    if (walk->cut && walk->answer)
        walk->answer->add_next(request, writer, walk, walk->answer);
    usage_add(&walk->usage, walk->index ? walk->index->slot : 0,
        capacity_read(walk->evaluated, walk->consistent));
    request->read_milli = usage_total(&walk->usage);
    capacity_add(request, writer, request->table, &walk->usage);
    json_end_object(writer);
}

enum progress walk_run(struct request *request, struct store *store, struct walk *walk)
{
    static const char head[] = "{\"Items\":[";
    struct slice slice = {.request = request, .store = store, .walk = walk};
    enum progress progress;
    struct error err;

    if (!request->scratch) {
        request->scratch = arena_new(SCRATCH_LIMIT, &err);
        if (!request->scratch) {
            request_exhausted(request);
            return PROGRESS_DONE;
        }
    }
    json_writer_init(&slice.writer, &request->out);
    if (!walk->count_only && !walk->begun)
        buf_add(&request->out, head, sizeof head - 1);
    slice.writer.need_comma = walk->kept > 0 && !walk->count_only;
    walk->begun = true;
    buf_init(&slice.row.fetched, TABLE_JSON_LIMIT);
    do
        progress = run_rows(&slice);
    while (progress == PROGRESS_DONE && !request->fault.set && next_range(walk));
    if (progress == PROGRESS_DONE && !request->fault.set)
        finish(&slice);
    buf_done(&slice.row.fetched);
    return progress;
}
