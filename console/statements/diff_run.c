#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/thread.h"
#include "console/statements/diff.h"
#include "console/statements/diff_join.h"
#include "console/statements/diff_pairs.h"
#include "console/statements/pages.h"
#include "console/statements/rate.h"
#include "console/statements/read.h"
#include "console/statements/wire.h"

/*
 * Both tables are walked in units: segments of a Scan, or partitions of a Query. A worker reads a
 * unit of the left table beside the one of the right and turns to the side that is behind, so that
 * items of services that hash alike meet soon. Nothing but memory depends on it that they do.
 */
enum {
    WORKERS = 16, /* two calls may wait per worker */
    WAITING = 16 << 20,
    SORTING = 8 << 20,
    PAGES = 4 << 20, /* of the pages that all workers hold on one side */
    LARGEST_PAGE = 1 << 20,
    ITEM_ARENA = 64 << 20,
    ITEM_TEXT = 16 << 20,
    KEY_TEXT = 64 << 10,
    CHECK_EVERY = 256, /* items between two looks at the cancel flag */
    PROGRESS_MS = 200
};

struct walk {
    struct job *job;
    const struct diff_plan *plan;
    struct plan *whole;
    struct rate rate[2];
    size_t units;
    pthread_mutex_t lock; /* over what is below */
    struct join *join;
    size_t next; /* unit nobody has taken yet */
    uint64_t read[2], capacity_milli;
    uint64_t started, noted; /* monotonic */
    bool stop;
    enum error_code code; /* of the first failure */
    struct error err;
};

/* One unit of one table. */
struct half {
    enum join_side side;
    struct pages feed;
    struct page page;
    struct text rest; /* of the page */
    bool is_open, ended;
};

struct worker {
    struct walk *walk;
    struct half half[2];
    struct wire_reader *reader;
    struct arena *arena; /* of one item */
    struct buf key, text;
    size_t seen; /* items */
};

static size_t count_units(const struct read_plan *plan)
{
    if (plan->access == READ_NOTHING)
        return 0;
    if (plan->access == READ_BY_SCAN)
        return plan->segments > 1 ? (size_t)plan->segments : 1;
    return plan->partition_count > 0 ? plan->partition_count : 1;
}

static size_t count_workers(const struct walk *walk)
{
    return walk->units < WORKERS ? walk->units : WORKERS;
}

static bool take_unit(struct walk *walk, size_t *out)
{
    bool any;

    pthread_mutex_lock(&walk->lock);
    while (walk->next < walk->units && !planner_samples(walk->plan->side[0]->read, walk->next))
        walk->next++;
    any = !walk->stop && walk->next < walk->units;
    *out = walk->next;
    walk->next += any;
    pthread_mutex_unlock(&walk->lock);
    return any;
}

static void stop(struct walk *walk, enum error_code code, const struct error *err)
{
    pthread_mutex_lock(&walk->lock);
    if (!walk->stop) {
        walk->code = code;
        walk->err = *err;
    }
    walk->stop = true;
    pthread_mutex_unlock(&walk->lock);
}

/* Holds the lock. */
static void note_progress(struct walk *walk)
{
    uint64_t now = clock_monotonic(), ms = (now - walk->started) / CLOCK_MS + 1;
    struct buf line;

    if (now - walk->noted < PROGRESS_MS * CLOCK_MS)
        return;
    walk->noted = now;
    buf_init(&line, 1024);
    for (int i = 0; i < 2; i++) {
        buf_add_format(&line, "%s%s  ", i == 0 ? "diff " : "", walk->plan->label[i]);
        planner_add_thousands(&line, walk->read[i]);
        buf_add_string(&line, i == 0 ? "  " : " items  ");
    }
    planner_add_thousands(&line, join_equal(walk->join));
    buf_add_string(&line, " equal  ");
    planner_add_thousands(&line, join_different(walk->join));
    buf_add_string(&line, " different  ");
    planner_add_thousands(&line, (walk->read[0] + walk->read[1]) * 1000 / ms);
    buf_add_string(&line, "/s  ");
    planner_add_thousands(&line, walk->capacity_milli / ms);
    buf_add_string(&line, " RCU/s");
    job_note(walk->job, REPORT_PROGRESS, "%s", buf_string(&line));
    buf_done(&line);
}

/* The item in the arena to its partner; *met: it was there. */
static enum error_code add_item(struct worker *worker, const struct half *half,
    const struct value *item, bool *met, struct error *err)
{
    struct walk *walk = worker->walk;
    const struct read_plan *plan = walk->plan->side[half->side];
    struct json_writer writer;
    enum error_code code;

    if (plan->local && !expression_holds(plan->local, item, worker->arena))
        return ERROR_NONE;
    buf_clear(&worker->key);
    buf_clear(&worker->text);
    code = join_add_key(&worker->key, plan->table->key, plan->table->key_count, item, err);
    if (!code && plan->shown) {
        item = projection_apply(plan->shown, item, worker->arena);
        code = item ? ERROR_NONE : arena_failed(worker->arena, err);
    }
    if (code)
        return code;
    json_writer_init(&writer, &worker->text);
    value_add_wire_item(&writer, item);
    code = buf_check(&worker->text, "item", err);
    pthread_mutex_lock(&walk->lock);
    if (!code)
        code = join_add(walk->join, half->side, buf_view(&worker->key), buf_view(&worker->text),
            met, err);
    walk->read[half->side]++;
    pthread_mutex_unlock(&walk->lock);
    return code;
}

static enum error_code check_caps(struct walk *walk, const struct page *page, bool *go_on,
    struct error *err)
{
    long cap = walk->job->settings.max_rcu;
    enum error_code code = ERROR_NONE;

    pthread_mutex_lock(&walk->lock);
    walk->whole->stale_table = NULL;
    walk->capacity_milli += page->capacity_milli;
    if (cap > 0 && walk->capacity_milli > (uint64_t)cap * 1000)
        code =
            error_set(err, ERROR_REFUSED, "stopped: more than %ld RCU were read (--max-rcu)", cap);
    *go_on = !walk->stop;
    note_progress(walk);
    pthread_mutex_unlock(&walk->lock);
    return code;
}

/* The next page of one side, unless it has come to its end. */
static enum error_code take_page(struct worker *worker, struct half *half, struct error *err)
{
    enum error_code code = ERROR_NONE;
    bool go_on = true;

    half->rest = TEXT("");
    if (!pages_next(&half->feed, &half->page, &code, err)) {
        half->ended = true;
        return code;
    }
    half->rest = half->page.items;
    code = check_caps(worker->walk, &half->page, &go_on, err);
    half->ended = !go_on;
    return code;
}

/* The next item of one side; *met: its partner was waiting. */
static enum error_code take_item(struct worker *worker, struct half *half, bool *met,
    struct error *err)
{
    enum error_code code = ERROR_NONE;
    const struct value *item;
    bool failed = false;

    *met = false;
    arena_reset(worker->arena);
    if (wire_reader_next(worker->reader, &half->rest, worker->arena, &item, &failed, err))
        code = add_item(worker, half, item, met, err);
    else
        code = failed ? err->code : take_page(worker, half, err);
    if (!code && ++worker->seen % CHECK_EVERY == 0)
        code = job_check(worker->walk->job, err);
    return code;
}

/* Smaller pages for many workers, by the mean size of an item. */
static int64_t page_limit(const struct walk *walk, const struct read_plan *plan)
{
    int64_t said = planner_call_limit(walk->job, plan, 0, 0), limit;
    uint64_t bytes = PAGES / count_workers(walk), items = plan->table->items;

    if (bytes >= LARGEST_PAGE || items == 0 || plan->table->bytes < items)
        return said;
    limit = (int64_t)(bytes / (plan->table->bytes / items)) + 1;
    return said > 0 && said < limit ? said : limit;
}

static enum error_code open_half(struct worker *worker, struct half *half, size_t unit,
    struct error *err)
{
    struct walk *walk = worker->walk;
    const struct read_plan *plan = walk->plan->side[half->side];
    struct read_page first = {.start = TEXT(""), .limit = page_limit(walk, plan)};
    bool ahead = walk->units == 1 && walk->job->settings.max_rcu == 0;

    half->ended = unit >= count_units(plan);
    half->is_open = false;
    half->rest = TEXT("");
    page_init(&half->page);
    if (half->ended)
        return ERROR_NONE;
    if (plan->access == READ_BY_SCAN)
        first.segment = unit;
    else
        first.partition = unit;
    if (pages_init(&half->feed, walk->job, plan, &walk->rate[half->side], &first, ahead, err))
        return err->code;
    half->is_open = true;
    return ERROR_NONE;
}

/* Item by item from the side that is behind: the one whose last item had been waited for. */
static enum error_code walk_unit(struct worker *worker, size_t unit, struct error *err)
{
    struct half *half = worker->half;
    enum error_code code = ERROR_NONE;
    size_t at = 0;

    for (size_t i = 0; !code && i < 2; i++)
        code = open_half(worker, &half[i], unit, err);
    while (!code && !(half[0].ended && half[1].ended)) {
        bool met = false;

        if (half[at].ended)
            at = 1 - at;
        code = take_item(worker, &half[at], &met, err);
        if (!met)
            at = 1 - at;
    }
    for (size_t i = 0; i < 2; i++) {
        if (half[i].is_open)
            pages_done(&half[i].feed);
        page_done(&half[i].page);
        half[i].is_open = false;
    }
    return code;
}

static void *work(void *user)
{
    struct walk *walk = user;
    struct worker worker = {.walk = walk, .half = {{.side = JOIN_LEFT}, {.side = JOIN_RIGHT}}};
    struct error err = {.code = ERROR_NONE};
    enum error_code code = ERROR_NONE;
    size_t unit;

    buf_init(&worker.key, KEY_TEXT);
    buf_init(&worker.text, ITEM_TEXT);
    worker.arena = arena_new(ITEM_ARENA, &err);
    worker.reader = worker.arena ? wire_reader_new(&err) : NULL;
    if (!worker.reader)
        code = err.code;
    while (!code && take_unit(walk, &unit))
        code = walk_unit(&worker, unit, &err);
    if (code)
        stop(walk, code, &err);
    wire_reader_free(worker.reader);
    arena_free(worker.arena);
    buf_done(&worker.key);
    buf_done(&worker.text);
    return NULL;
}

static void add_count(struct buf *out, uint64_t count, const char *words, const char *label)
{
    buf_add_string(out, "  ");
    planner_add_thousands(out, count);
    buf_add_format(out, " %s%s", words, label);
}

static void report(const struct walk *walk, const struct diff_pairs *pairs, bool complete)
{
    const struct diff_plan *plan = walk->plan;
    uint64_t tenths = (walk->capacity_milli + pairs->capacity_milli + 50) / 100;
    uint64_t part = plan->side[0]->read->sample_milli;
    struct buf line;

    buf_init(&line, 2048);
    for (int i = 0; i < 2; i++) {
        buf_add_format(&line, "%s%s ", i > 0 ? "  " : "", plan->label[i]);
        planner_add_thousands(&line, walk->read[i]);
        buf_add_string(&line, walk->read[i] == 1 ? " item" : " items");
    }
    add_count(&line, join_equal(walk->join) + pairs->equal, "equal", "");
    add_count(&line, pairs->different, "different", "");
    if (complete) {
        add_count(&line, pairs->only[JOIN_LEFT], "only in ", plan->label[0]);
        add_count(&line, pairs->only[JOIN_RIGHT], "only in ", plan->label[1]);
    } else {
        buf_add_string(&line, "  not complete");
    }
    if (part > 0)
        buf_add_format(&line, part % 10 ? "  sample of %u.%u %%" : "  sample of %u %%",
            (unsigned)(part / 10), (unsigned)(part % 10));
    if (tenths > 0) {
        buf_add_string(&line, "  ");
        planner_add_thousands(&line, tenths / 10);
        buf_add_format(&line, tenths % 10 ? ".%u RCU" : " RCU", (unsigned)(tenths % 10));
    }
    add_count(&line, (clock_monotonic() - walk->started) / CLOCK_MS, "ms", "");
    if (walk->job->report)
        walk->job->report(walk->job, REPORT_FOOTER, buf_string(&line));
    buf_done(&line);
}

/* After a failure what is known to differ is printed all the same, as far as time allows. */
static enum error_code print(struct walk *walk, enum error_code code, struct error *err)
{
    struct diff_pairs pairs;
    struct error other;
    enum error_code printed = diff_pairs_init(&pairs, walk->job, walk->plan, walk->join, &other);

    if (!printed)
        printed = diff_pairs_print(&pairs, code, &other);
    diff_pairs_done(&pairs);
    report(walk, &pairs, !code && !printed);
    if (code)
        return code;
    if (printed) {
        *err = other;
        return printed;
    }
    if (walk->job->settings.exit_code && pairs.rows.count > 0)
        return error_set(err, ERROR_DIFFERENT, "the tables differ");
    return ERROR_NONE;
}

enum error_code diff_run(struct job *job, const struct diff_plan *plan, struct plan *whole,
    struct error *err)
{
    struct walk walk = {.job = job, .plan = plan, .whole = whole, .started = clock_monotonic()};
    size_t left = count_units(plan->side[0]), right = count_units(plan->side[1]);
    enum error_code code;

    walk.units = left > right ? left : right;
    walk.join = join_new(WAITING, SORTING, err);
    if (!walk.join)
        return err->code;
    pthread_mutex_init(&walk.lock, NULL);
    rate_init(&walk.rate[0], JOB_READS, plan->side[0]->rate_milli);
    rate_init(&walk.rate[1], JOB_READS, plan->side[1]->rate_milli);
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < plan->side[i]->warning_count; k++)
            job_note(job, REPORT_WARNING, "%s", plan->side[i]->warning[k]);
    }
    if (walk.units > 0)
        thread_crew(work, &walk, 0, count_workers(&walk));
    code = walk.code;
    if (code)
        *err = walk.err;
    if (!whole->stale_table || !code) /* a plan from an old picture is made anew, not reported */
        code = print(&walk, code, err);
    join_free(walk.join);
    rate_done(&walk.rate[0]);
    rate_done(&walk.rate[1]);
    pthread_mutex_destroy(&walk.lock);
    return code;
}
