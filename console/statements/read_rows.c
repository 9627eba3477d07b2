#include "console/statements/read_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/rows.h"
#include "console/statements/skim.h"

enum {
    ITEM_ARENA = 64 << 20,  /* one batch answer has 16 MB at most */
    KEPT_ARENA = 512 << 20, /* rows that ORDER LOCAL BY holds */
    KEY_TEXT = 64 * 1024,
    NOTED_ITEMS = 500,
    CHECK_EVERY = 256 /* items between two looks at the cancel flag */
};

enum error_code read_rows_init(struct read_rows *rows, struct job *job,
    const struct read_plan *plan, struct plan *whole, struct error *err)
{
    *rows = (struct read_rows){.job = job, .plan = plan, .whole = whole};
    buf_init(&rows->resume, KEY_TEXT);
    pthread_mutex_init(&rows->lock, NULL);
    rate_init(&rows->rate, JOB_READS, plan->rate_milli);
    rows->started = clock_monotonic();
    rows->status.state = ROWS_LOADING;
    rows->item = arena_new(ITEM_ARENA, err);
    rows->kept = rows->item ? arena_new(KEPT_ARENA, err) : NULL;
    rows->reader = rows->kept ? wire_reader_new(err) : NULL;
    return rows->reader ? ERROR_NONE : err->code;
}

void read_rows_done(struct read_rows *rows)
{
    if (rows->plan->read->filter_local)
        expression_release(rows->plan->read->filter_local);
    mem_free(rows->row);
    wire_reader_free(rows->reader);
    arena_free(rows->item);
    arena_free(rows->kept);
    rate_done(&rows->rate);
    pthread_mutex_destroy(&rows->lock);
    buf_done(&rows->resume);
}

static void add_unique(struct text *list, size_t *count, struct text name)
{
    for (size_t i = 0; i < *count; i++) {
        if (text_equal(list[i], name))
            return;
    }
    list[(*count)++] = name;
}

/* Keys of what is read first; with a projection its attributes are the columns, in its order. */
static bool make_shape(struct read_rows *rows, struct sink_shape *shape)
{
    const struct read_plan *plan = rows->plan;
    const struct read *read = plan->read;
    struct arena *arena = rows->job->arena;
    size_t paths = read->what == READ_PATHS ? read->projection->count : 0;
    struct text *key = arena_alloc(arena, plan->key_count + plan->table->key_count, sizeof *key);
    struct text *column = arena_alloc(arena, paths + 1, sizeof *column);

    if (!key || !column)
        return false;
    for (size_t i = 0; i < plan->key_count; i++)
        add_unique(key, &shape->key_count, text_of(plan->key[i].name));
    for (size_t i = 0; i < plan->table->key_count; i++)
        add_unique(key, &shape->key_count, text_of(plan->table->key[i].name));
    for (size_t i = 0; i < paths; i++)
        add_unique(column, &shape->column_count, read->projection->path[i]->part[0].name);
    shape->key = key;
    shape->column = paths > 0 ? column : NULL;
    if (read->what == READ_KEYS) {
        shape->column = key;
        shape->column_count = shape->key_count;
    }
    shape->is_items = true;
    shape->title = plan->table->name;
    return true;
}

enum error_code read_rows_begin(struct read_rows *rows, struct error *err)
{
    static const struct text number = {"count", 5};
    struct sink_shape shape = {0};

    if (rows->begun)
        return ERROR_NONE;
    rows->begun = true;
    rows->whole->stale_table = NULL;
    for (size_t i = 0; i < rows->plan->warning_count; i++)
        job_note(rows->job, REPORT_WARNING, "%s", rows->plan->warning[i]);
    if (rows->plan->read->what == READ_NUMBER) {
        shape.column = &number;
        shape.column_count = 1;
        shape.title = rows->plan->table->name;
    } else if (!make_shape(rows, &shape)) {
        return arena_failed(rows->job->arena, err);
    }
    return rows->job->sink->begin(rows->job->sink, &shape, err);
}

void read_rows_book(struct read_rows *rows, uint64_t scanned, uint64_t capacity_milli)
{
    rows->status.scanned += scanned;
    rows->status.capacity_milli += capacity_milli;
    rows->status.pages++;
}

bool read_rows_have_enough(const struct read_rows *rows)
{
    const struct read_plan *plan = rows->plan;

    return rows->stopped ||
           (plan->examine > 0 && rows->status.scanned >= (uint64_t)plan->examine) ||
           (plan->read->pages > 0 && rows->status.pages >= (uint64_t)plan->read->pages);
}

enum error_code read_rows_check(struct read_rows *rows, bool is_last, struct error *err)
{
    long cap = rows->job->settings.max_rcu;
    enum error_code code = job_check(rows->job, err);

    if (code)
        return code;
    rows->status.elapsed = clock_monotonic() - rows->started;
    if (cap > 0 && rows->status.capacity_milli > (uint64_t)cap * 1000 && !rows->stopped)
        return error_set(err, ERROR_REFUSED, "stopped: more than %ld RCU were read (--max-rcu)",
            cap);
    if (rows->plan->read->what == READ_NUMBER || rows->plan->read->order_local)
        return ERROR_NONE;
    rows->status.have_more = !is_last;
    return rows->job->sink->page(rows->job->sink, &rows->status, err);
}

static void add_key_part(struct json_writer *writer, const struct read_rows *rows,
    const struct value *item, const char *name)
{
    const struct value *part = value_get_string(item, name);

    if (!part && rows->plan->fixed)
        part = value_get_string(rows->plan->fixed, name);
    if (!part)
        return;
    json_name(writer, name);
    value_add_wire(writer, part);
}

void read_rows_stop_at(struct read_rows *rows, const struct value *item)
{
    const struct read_plan *plan = rows->plan;
    struct json_writer writer;

    buf_clear(&rows->resume);
    json_writer_init(&writer, &rows->resume);
    json_begin_object(&writer);
    for (size_t i = 0; i < plan->table->key_count; i++)
        add_key_part(&writer, rows, item, plan->table->key[i].name);
    for (size_t i = 0; plan->index && i < plan->key_count; i++) {
        const char *name = plan->key[i].name;

        if (planner_find_key(plan->table->key, plan->table->key_count, text_of(name)) == SIZE_MAX)
            add_key_part(&writer, rows, item, name);
    }
    json_end_object(&writer);
}

static enum error_code emit(struct read_rows *rows, const struct value *item, struct error *err)
{
    if (rows->plan->shown) {
        item = projection_apply(rows->plan->shown, item, rows->item);
        if (!item)
            return arena_failed(rows->item, err);
    }
    rows->status.count++;
    return rows->job->sink->row(rows->job->sink, item, err);
}

static enum error_code keep_to_sort(struct read_rows *rows, const struct value *item,
    struct error *err)
{
    const struct value *copy;
    long limit = rows->job->settings.sort_max;

    if (limit > 0 && rows->row_count >= (size_t)limit) {
        error_set(err, ERROR_REFUSED, "ORDER LOCAL BY holds at most %ld rows", limit);
        return error_hint(err, "SET sort-max raises it; ORDER BY lets the service sort");
    }
    if (rows->row_count == rows->row_room) {
        size_t room = rows->row_room ? rows->row_room * 2 : 256;
        struct sort_row *grown = mem_resize(rows->row, room, sizeof *grown);

        if (!grown)
            return error_memory(err);
        rows->row = grown;
        rows->row_room = room;
    }
    copy = value_copy(rows->kept, item);
    if (!copy)
        return arena_failed(rows->kept, err);
    rows->row[rows->row_count] =
        (struct sort_row){copy, path_lookup(rows->plan->read->order, copy), rows->row_count};
    rows->row_count++;
    return ERROR_NONE;
}

/* What is left of an item once it is whole: FILTER LOCAL, counting, sorting, LIMIT. */
static enum error_code deliver(struct read_rows *rows, const struct value *item, struct error *err)
{
    const struct read_plan *plan = rows->plan;
    enum error_code code = ERROR_NONE;
    uint64_t reached;

    if (plan->read->filter_local) {
        rows->before++;
        if (!expression_holds(plan->read->filter_local, item, rows->item))
            return ERROR_NONE;
        rows->passed++;
    }
    if (rows->job->session->is_interactive && rows->noted < NOTED_ITEMS) {
        rows->noted++;
        catalog_note_item(plan->link->catalog, text_of(plan->table->name), item);
    }
    if (plan->read->what == READ_NUMBER)
        rows->number++;
    else if (plan->read->order_local)
        return keep_to_sort(rows, item, err);
    else
        code = emit(rows, item, err);
    reached = plan->read->what == READ_NUMBER ? rows->number : rows->status.count;
    rows->stopped = plan->limit > 0 && reached >= (uint64_t)plan->limit;
    return code;
}

/* The whole items of the keys gathered, in their order. */
static enum error_code flush_fetch(struct read_rows *rows, struct error *err)
{
    const struct value *key[READ_BATCH_KEYS], *found[READ_BATCH_KEYS];
    uint64_t capacity = 0;
    enum error_code code = ERROR_NONE;

    if (rows->fetch_count == 0)
        return ERROR_NONE;
    for (size_t i = 0; i < rows->fetch_count; i++) {
        key[i] = catalog_key_of(rows->kept, rows->plan->table, rows->fetch[i]);
        if (!key[i])
            return error_set(err, ERROR_INVALID, "an index row came without its key");
    }
    code = rate_wait(&rows->rate, rows->job, err);
    if (!code)
        code = read_batch(rows->job, rows->plan, true, key, rows->fetch_count, rows->kept, found,
            &capacity, err);
    rate_book(&rows->rate, capacity);
    rows->status.capacity_milli += capacity;
    for (size_t i = 0; !code && i < rows->fetch_count && !rows->stopped; i++) {
        if (!found[i]) {
            rows->missing++;
            continue;
        }
        arena_reset(rows->item);
        code = deliver(rows, found[i], err);
        if (rows->stopped)
            read_rows_stop_at(rows, rows->fetch[i]);
    }
    rows->fetch_count = 0;
    if (!rows->plan->read->order_local)
        arena_reset(rows->kept);
    return code;
}

static enum error_code add_fetch(struct read_rows *rows, const struct value *item,
    struct error *err)
{
    const struct read_plan *plan = rows->plan;
    uint64_t wanted = plan->limit > 0 && !plan->read->filter_local && !plan->read->order_local
                          ? (uint64_t)plan->limit - rows->status.count
                          : READ_BATCH_KEYS;
    const struct value *copy = value_copy(rows->kept, item);

    if (!copy)
        return arena_failed(rows->kept, err);
    rows->fetch[rows->fetch_count++] = copy;
    if (rows->fetch_count < READ_BATCH_KEYS && rows->fetch_count < wanted)
        return ERROR_NONE;
    return flush_fetch(rows, err);
}

enum error_code read_rows_item(struct read_rows *rows, const struct value *item, struct error *err)
{
    if (rows->plan->local && !expression_holds(rows->plan->local, item, rows->item))
        return ERROR_NONE;
    if (rows->plan->read->fetch)
        return add_fetch(rows, item, err);
    return deliver(rows, item, err);
}

/* Where a page leaves off: in its middle when LIMIT stopped there. */
static void note_place(struct read_rows *rows, const struct page *page, bool in_middle,
    const struct value *item)
{
    bool more_partitions = rows->partition + 1 < rows->plan->partition_count;

    if (rows->stopped && item && !rows->plan->read->fetch &&
        (in_middle || (page->last_key.length == 0 && more_partitions))) {
        read_rows_stop_at(rows, item);
        return;
    }
    if (rows->stopped && rows->plan->read->fetch && rows->resume.length > 0)
        return;
    buf_clear(&rows->resume);
    buf_add_text(&rows->resume, page->last_key);
}

/* Of several segments another one may have more. */
static bool is_last(const struct read_rows *rows, const struct page *page)
{
    return read_rows_have_enough(rows) ||
           (rows->plan->segments <= 1 && page->last_key.length == 0 &&
               rows->partition + 1 >= rows->plan->partition_count);
}

/* Nothing has to be known of the items but how they are printed. */
static bool may_copy(const struct read_rows *rows)
{
    const struct read *read = rows->plan->read;

    return rows->job->sink->item_text && !rows->plan->local && !rows->plan->shown && !read->fetch &&
           !read->filter_local && !read->order_local && read->what != READ_NUMBER &&
           !rows->job->session->is_interactive;
}

/* Items go by as text as long as the sink takes them so; the last one of a LIMIT is a value. */
static enum error_code copy_items(struct read_rows *rows, struct text *rest, struct error *err)
{
    struct sink *sink = rows->job->sink;
    uint64_t limit = rows->plan->limit > 0 ? (uint64_t)rows->plan->limit : UINT64_MAX;
    enum error_code code = ERROR_NONE;
    bool taken = true;

    for (size_t seen = 1; !code && taken && rows->status.count + 1 < limit; seen++) {
        code = sink->item_text(sink, rest, &taken, err);
        rows->status.count += taken;
        if (!code && seen % CHECK_EVERY == 0)
            code = job_check(rows->job, err);
    }
    return code;
}

enum error_code read_rows_page(struct read_rows *rows, const struct page *page, struct error *err)
{
    struct text rest = page->items, left;
    bool copies = may_copy(rows);
    const struct value *item = NULL;
    enum error_code code = read_rows_begin(rows, err);
    size_t seen = 0;
    bool in_middle, failed;

    read_rows_book(rows, page->scanned, page->capacity_milli);
    if (rows->plan->count_only)
        rows->number += page->count;
    while (!code && !rows->stopped) {
        if (copies)
            code = copy_items(rows, &rest, err);
        if (code)
            break;
        arena_reset(rows->item);
        if (!wire_reader_next(rows->reader, &rest, rows->item, &item, &failed, err)) {
            code = failed ? err->code : ERROR_NONE;
            break;
        }
        code = read_rows_item(rows, item, err);
        if (!code && ++seen % CHECK_EVERY == 0)
            code = job_check(rows->job, err);
    }
    in_middle = skim_next(&rest, &left);
    if (!code && !rows->stopped) {
        code = flush_fetch(rows, err);
        in_middle = in_middle || rows->stopped;
    }
    if (!code) {
        note_place(rows, page, in_middle, item);
        code = read_rows_check(rows, is_last(rows, page), err);
    }
    return code;
}

static int compare_kinds(const struct value *a, const struct value *b)
{
    if (!a || !b)
        return (b != NULL) - (a != NULL);
    return (int)a->type - (int)b->type;
}

/* Rows without the attribute come last, in either direction. */
static int compare_rows(const struct sort_row *a, const struct sort_row *b, int direction)
{
    bool ordered = false;
    int order = 0;

    if (!a->key || !b->key) {
        order = (a->key == NULL) - (b->key == NULL);
    } else {
        order = value_compare(a->key, b->key, &ordered);
        order = (ordered ? order : compare_kinds(a->key, b->key)) * direction;
    }
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int compare_up(const void *a, const void *b)
{
    return compare_rows(a, b, 1);
}

static int compare_down(const void *a, const void *b)
{
    return compare_rows(a, b, -1);
}

static enum error_code emit_sorted(struct read_rows *rows, struct error *err)
{
    const struct read_plan *plan = rows->plan;
    enum error_code code = ERROR_NONE;

    if (rows->row_count > 1)
        qsort(rows->row, rows->row_count, sizeof *rows->row,
            plan->read->descending ? compare_down : compare_up);
    for (size_t i = 0; !code && i < rows->row_count; i++) {
        if (plan->limit > 0 && rows->status.count >= (uint64_t)plan->limit) {
            rows->is_partial = true;
            break;
        }
        arena_reset(rows->item);
        code = emit(rows, rows->row[i].item, err);
    }
    return code;
}

static enum error_code emit_number(struct read_rows *rows, struct error *err)
{
    struct value *row;
    char *text;
    uint64_t number = rows->number;

    arena_reset(rows->item);
    if (rows->plan->limit > 0 && number > (uint64_t)rows->plan->limit)
        number = (uint64_t)rows->plan->limit;
    row = value_new_container(rows->item, VALUE_M, 1);
    text = arena_format(rows->item, "%llu", (unsigned long long)number);
    if (!row || !text)
        return arena_failed(rows->item, err);
    row->name[0] = TEXT("count");
    row->element[0] = (struct value){.type = VALUE_N, .text = text_of(text)};
    row->count = 1;
    rows->status.count = 1;
    return rows->job->sink->row(rows->job->sink, row, err);
}

static void add_part(struct buf *out, uint64_t number, const char *one, const char *many)
{
    buf_add_string(out, out->length > 0 ? "  " : "");
    planner_add_thousands(out, number);
    buf_add_format(out, " %s", number == 1 ? one : many);
}

void read_add_footer(struct buf *out, const struct rows_status *status, bool is_count)
{
    uint64_t tenths = (status->capacity_milli + 50) / 100;

    add_part(out, status->count, "row", "rows");
    if (is_count || status->scanned > 0)
        add_part(out, status->scanned, "scanned", "scanned");
    if (status->scanned > 0 || status->pages > 1)
        add_part(out, status->pages, "page", "pages");
    if (status->capacity_milli > 0) {
        buf_add_string(out, "  ");
        planner_add_thousands(out, tenths / 10);
        if (tenths % 10)
            buf_add_format(out, ".%llu", (unsigned long long)(tenths % 10));
        buf_add_string(out, " RCU");
    }
    buf_add_string(out, "  ");
    planner_add_thousands(out, status->elapsed / CLOCK_MS);
    buf_add_string(out, " ms");
}

static void report(struct read_rows *rows)
{
    struct buf text;

    buf_init(&text, KEY_TEXT * 2);
    read_add_footer(&text, &rows->status, rows->plan->read->what == READ_NUMBER);
    if (rows->plan->read->filter_local)
        buf_add_format(&text, "  filtered here: %llu of %llu", (unsigned long long)rows->passed,
            (unsigned long long)rows->before);
    if (rows->missing > 0)
        add_part(&text, rows->missing, "key without an item", "keys without an item");
    /* A part of another statement is nothing that could be gone on with alone. */
    if (!rows->plan->is_listed) {
        buf_add_string(&text, rows->resume.length > 0 ? "  there is more" : "");
    } else if (rows->resume.length > 0) {
        buf_add_string(&text, "  more: NEXT or START '");
        crypto_add_base64url(&text, buf_view(&rows->resume));
        buf_add_char(&text, '\'');
    } else if (rows->is_partial) {
        buf_add_string(&text, "  stopped by LIMIT; this read cannot be continued");
    }
    if (rows->job->report)
        rows->job->report(rows->job, REPORT_FOOTER, buf_string(&text));
    buf_done(&text);
}

enum error_code read_rows_end(struct read_rows *rows, enum error_code code, struct error *err)
{
    const struct read_plan *plan = rows->plan;
    struct error other;
    bool continues = plan->read->what != READ_NUMBER && !plan->read->order_local &&
                     plan->segments <= 1 && !plan->merges;

    if (!code)
        code = read_rows_begin(rows, err);
    if (!rows->begun)
        return code;
    if (!code && plan->read->order_local)
        code = emit_sorted(rows, err);
    if (!code && plan->read->what == READ_NUMBER)
        code = emit_number(rows, err);
    if (!continues) {
        rows->is_partial = rows->is_partial || rows->stopped;
        buf_clear(&rows->resume);
    }
    rows->status.elapsed = clock_monotonic() - rows->started;
    rows->status.have_more = rows->resume.length > 0;
    rows->status.state = code ? ROWS_FAILED : rows->status.have_more ? ROWS_STOPPED : ROWS_COMPLETE;
    if (code)
        rows->status.error = *err;
    if (rows->job->sink->end(rows->job->sink, &rows->status, code ? &other : err) && !code)
        code = err->code;
    report(rows);
    if (plan->is_listed)
        resume_note(rows->job, plan, buf_view(&rows->resume), rows->is_partial && !continues);
    if (!code && rows->job->settings.fail_empty && plan->read->what != READ_NUMBER &&
        rows->status.count == 0)
        code = error_set(err, ERROR_MISSING, "no rows");
    return code;
}
