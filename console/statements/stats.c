#include <string.h>

#include "base/map.h"
#include "base/width.h"
#include "client/service.h"
#include "client/value.h"
#include "console/language/grammar.h"
#include "console/language/planner.h"
#include "console/listing.h"
#include "console/statement.h"
#include "console/statements/partitions.h"
#include "console/statements/read.h"

/* STATS: what attributes the items of a table have, of which types and sizes, how many items there are
   and in which partitions most of them lie; by a Scan or a part of it. */

enum { ATTRIBUTE_LIMIT = 2000, LARGEST = 5, KEY_SHOWN = 60, ITEM_KEY_LIMIT = 1 << 16 };

struct stats {
    struct read read;
};

static bool parse_sample(struct lexer *lexer, void *target, struct error *err)
{
    struct stats *stats = target;

    return read_parse_sample(lexer, &stats->read.sample_milli, err);
}

static bool parse_segments(struct lexer *lexer, void *target, struct error *err)
{
    struct stats *stats = target;

    return parse_integer(lexer, "SEGMENTS", 1, 1000000, &stats->read.segments, err);
}

static bool parse_rate(struct lexer *lexer, void *target, struct error *err)
{
    struct stats *stats = target;

    return read_parse_rate(lexer, "RCU", &stats->read.rate, err);
}

static const struct grammar_option stats_option_table[] = {
    {"AT", NULL, parse_rate},
    {"SAMPLE", NULL, parse_sample},
    {"SEGMENTS", NULL, parse_segments},
    {.first = NULL},
};

static bool parse_stats(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct stats *stats = arena_alloc(lexer->arena, 1, sizeof *stats);

    if (!stats)
        return grammar_memory(lexer, err);
    tree->node = stats;
    grammar_skip_table(lexer, NULL);
    stats->read = (struct read){.verb = READ_SCAN, .limit = READ_LIMIT_ALL, .by_size = true};
    if (!parse_table_ref(lexer, &stats->read.table, err))
        return false;
    stats->read.index = stats->read.table.index;
    stats->read.index_token = stats->read.table.token;
    if (!grammar_options(lexer, stats_option_table, stats, "SAMPLE, SEGMENTS or AT", err))
        return false;
    return true;
}

static enum error_code plan_stats(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct stats *stats = tree->node;
    struct read_plan *detail;

    detail = planner_read(job, &stats->read, plan, err);
    if (!detail)
        return err->code;
    plan->detail = detail;
    plan->link = detail->link;
    return ERROR_NONE;
}

/* What is known of one attribute. */
struct attribute {
    struct text name;
    uint64_t items, bytes, largest;
    uint64_t met[10]; /* items, per type */
};

/* Takes the items; the lock of the rows is held. */
struct gathering {
    struct sink sink; /* first member */
    struct arena *arena;
    struct map *seen; /* name -> struct attribute * */
    struct attribute *attribute;
    size_t count;
    bool more; /* than ATTRIBUTE_LIMIT attributes */
    uint64_t items, bytes, smallest, largest;
    const struct read_plan *read;
    struct partitions *partitions; /* NULL: each item is one */
    struct buf key;                /* of the partition of an item, as text */
};

static struct attribute *find_attribute(struct gathering *all, struct text name, struct error *err)
{
    struct attribute *found = map_get(all->seen, name);

    if (found || all->count == ATTRIBUTE_LIMIT) {
        all->more = all->more || !found;
        return found;
    }
    found = &all->attribute[all->count];
    found->name = arena_text(all->arena, name);
    if (!found->name.data || !map_set(all->seen, found->name, found)) {
        error_memory(err);
        return NULL;
    }
    all->count++;
    return found;
}

/* 'c1', or 'eu', 7 when several attributes make it. */
static enum error_code note_partition(struct gathering *all, const struct value *item,
    uint64_t size, struct error *err)
{
    buf_clear(&all->key);
    for (size_t i = 0; i < all->read->key_count && !all->read->key[i].is_range; i++) {
        const struct value *part = value_get_string(item, all->read->key[i].name);

        buf_add_string(&all->key, i > 0 ? ", " : "");
        if (part)
            value_add_literal(&all->key, part);
    }
    return buf_check(&all->key, "key", err)
               ? err->code
               : partitions_add(all->partitions, buf_view(&all->key), size, err);
}

static enum error_code gather_row(struct sink *sink, const struct value *item, struct error *err)
{
    struct gathering *all = (struct gathering *)(void *)sink;
    uint64_t size = value_item_size(item);

    all->items++;
    all->bytes += size;
    all->smallest = all->items == 1 || size < all->smallest ? size : all->smallest;
    all->largest = size > all->largest ? size : all->largest;
    err->code = ERROR_NONE;
    for (size_t i = 0; i < item->count; i++) {
        struct attribute *attribute = find_attribute(all, item->name[i], err);
        uint64_t bytes = item->name[i].length + value_size(&item->element[i]);

        if (!attribute && err->code)
            return err->code;
        if (!attribute)
            continue;
        attribute->items++;
        attribute->bytes += bytes;
        attribute->largest = bytes > attribute->largest ? bytes : attribute->largest;
        attribute->met[item->element[i].type]++;
    }
    return all->partitions ? note_partition(all, item, size, err) : ERROR_NONE;
}

enum {
    ATTRIBUTE_NAME,
    ATTRIBUTE_ITEMS,
    ATTRIBUTE_SHARE,
    ATTRIBUTE_TYPES,
    ATTRIBUTE_BYTES,
    ATTRIBUTE_LARGEST,
    ATTRIBUTE_COLUMNS
};
static const char *const attribute_column[] = {"attribute", "items", "percent", "types", "bytes",
    "largest"};

/* "S", or "S 98 N 2": how many items have which type. */
static struct text types_of(struct job *job, const struct attribute *attribute)
{
    struct text text;
    struct buf buf;

    buf_init(&buf, 512);
    for (int type = VALUE_S; type <= VALUE_BS; type++) {
        if (attribute->met[type] == 0)
            continue;
        buf_add_format(&buf, "%s%s", buf.length > 0 ? " " : "",
            value_type_name((enum value_type)type));
        if (attribute->met[type] < attribute->items)
            buf_add_format(&buf, " %llu", (unsigned long long)attribute->met[type]);
    }
    text = arena_text(job->arena, buf_view(&buf));
    buf_done(&buf);
    return text;
}

/* The most frequent first; equal ones by name. */
static const struct attribute *next_attribute(const struct gathering *all, bool *printed)
{
    const struct attribute *best = NULL;

    for (size_t i = 0; i < all->count; i++) {
        const struct attribute *one = &all->attribute[i];

        if (printed[i])
            continue;
        if (!best || one->items > best->items ||
            (one->items == best->items && text_compare(one->name, best->name) < 0))
            best = one;
    }
    if (best)
        printed[best - all->attribute] = true;
    return best;
}

static enum error_code print_stats(struct job *job, const struct gathering *all, struct error *err)
{
    bool *printed = arena_alloc(job->arena, all->count + 1, sizeof *printed);
    const struct attribute *one;
    struct listing listing;
    enum error_code code =
        listing_begin(&listing, job, "attributes", attribute_column, ATTRIBUTE_COLUMNS, err);

    if (!code && !printed)
        code = arena_failed(job->arena, err);
    while (!code && (one = next_attribute(all, printed))) {
        listing_text(&listing, ATTRIBUTE_NAME, one->name);
        listing_integer(&listing, ATTRIBUTE_ITEMS, (int64_t)one->items);
        listing_double(&listing, ATTRIBUTE_SHARE, 100.0 * (double)one->items / (double)all->items,
            1);
        listing_text(&listing, ATTRIBUTE_TYPES, types_of(job, one));
        listing_integer(&listing, ATTRIBUTE_BYTES, (int64_t)one->bytes);
        listing_integer(&listing, ATTRIBUTE_LARGEST, (int64_t)one->largest);
        code = listing_row(&listing, err);
    }
    return code ? code : listing_end(&listing, err);
}

static void note_items(struct job *job, const struct gathering *all, bool is_sample)
{
    struct buf line;

    buf_init(&line, 512);
    planner_add_thousands(&line, all->items);
    buf_add_string(&line, is_sample ? " items in the sample, " : " items, ");
    planner_add_size(&line, all->bytes);
    buf_add_string(&line, "; smallest ");
    planner_add_size(&line, all->smallest);
    buf_add_string(&line, ", mean ");
    planner_add_size(&line, all->items > 0 ? all->bytes / all->items : 0);
    buf_add_string(&line, ", largest ");
    planner_add_size(&line, all->largest);
    job_note(job, REPORT_NOTE, "%s", buf_string(&line));
    if (all->more)
        job_note(job, REPORT_WARNING, "more than %d attributes: the others are left out",
            ATTRIBUTE_LIMIT);
    buf_done(&line);
}

static void note_partitions(struct job *job, const struct gathering *all)
{
    struct partition largest[LARGEST];
    size_t count = all->partitions ? partitions_largest(all->partitions, largest, LARGEST) : 0;
    struct buf line;

    buf_init(&line, sizeof(struct error) * LARGEST);
    for (size_t i = 0; i < count; i++) {
        buf_add_string(&line, i > 0 ? "; " : "largest partitions: ");
        width_add(&line, text_of(largest[i].key), KEY_SHOWN, "~", false);
        buf_add_char(&line, ' ');
        planner_add_size(&line, largest[i].bytes);
        buf_add_string(&line, " in ");
        planner_add_thousands(&line, largest[i].items);
        buf_add_string(&line, largest[i].items == 1 ? " item" : " items");
    }
    if (count > 0)
        job_note(job, REPORT_NOTE, "%s", buf_string(&line));
    buf_done(&line);
}

static double square_root(double x)
{
    double root = x > 1 ? x : 1;

    for (int i = 0; i < 200 && root * root > x * (1 + 1e-12); i++)
        root = (root + x / root) / 2;
    return root;
}

/*
 * Of a sample of k of N segments: N times their mean, and 1.96 standard errors of it to both sides,
 * with the correction for a finite population (Cochran, Sampling Techniques, 2.6).
 */
static void note_estimate(struct job *job, const struct stats *stats, const struct gathering *all)
{
    const double segments = PLANNER_SAMPLE_SEGMENTS;
    double sum = 0, squares = 0, k = 0, mean, total;
    struct buf line;

    for (uint64_t i = 0; i < PLANNER_SAMPLE_SEGMENTS; i++) {
        double items = (double)all->read->segment_items[i];

        if (!planner_samples(&stats->read, i))
            continue;
        k++;
        sum += items;
        squares += items * items;
    }
    if (sum == 0) {
        job_note(job, REPORT_NOTE, "a sample without items does not say how many there are");
        return;
    }
    mean = sum / k;
    total = mean * segments;
    buf_init(&line, 512);
    buf_add_string(&line, "about ");
    planner_add_thousands(&line, (uint64_t)(total + 0.5));
    buf_add_string(&line, " items in all");
    if (k > 1) {
        double variance = (squares - sum * mean) / (k - 1);
        double error = variance > 0 ? variance / k * (1 - k / segments) : 0;
        double half = 1.96 * segments * square_root(error);

        buf_add_string(&line, "; between ");
        planner_add_thousands(&line, (uint64_t)(total > half + sum ? total - half : sum));
        buf_add_string(&line, " and ");
        planner_add_thousands(&line, (uint64_t)(total + half + 0.5));
        buf_add_string(&line, " with a confidence of 95 %");
    }
    job_note(job, REPORT_NOTE, "%s", buf_string(&line));
    buf_done(&line);
}

static enum error_code run_stats(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct stats *stats = tree->node;
    struct read_plan *read = plan->detail;
    struct sink *sink = job->sink;
    struct gathering all = {.sink = sink_quiet, .arena = job->arena, .read = read};
    bool is_sample = stats->read.sample_milli > 0;
    enum error_code code = ERROR_NONE;

    all.seen = map_new();
    all.attribute = arena_alloc(job->arena, ATTRIBUTE_LIMIT, sizeof *all.attribute);
    buf_init(&all.key, ITEM_KEY_LIMIT);
    if (is_sample)
        read->segment_items =
            arena_alloc(job->arena, PLANNER_SAMPLE_SEGMENTS, sizeof *read->segment_items);
    if (!all.seen || !all.attribute || (is_sample && !read->segment_items))
        code = error_memory(err);
    if (!code && read->key_count > 0 && read->key[read->key_count - 1].is_range) {
        all.partitions = partitions_new(err);
        code = all.partitions ? ERROR_NONE : err->code;
    }
    all.sink.row = gather_row;
    job->sink = &all.sink;
    if (!code)
        code = read_run(job, read, plan, err);
    job->sink = sink;
    if (!code)
        code = print_stats(job, &all, err);
    if (!code)
        note_items(job, &all, is_sample);
    if (!code && is_sample)
        note_estimate(job, stats, &all);
    if (!code)
        note_partitions(job, &all);
    partitions_free(all.partitions);
    buf_done(&all.key);
    map_free(all.seen);
    return code;
}

#define EXAMPLES (const char *const[])

const struct statement stats_statement_table[] = {
    {
        .name = "STATS",
        .syntax = "[TABLE] table [SAMPLE p%] [SEGMENTS n] [AT rate]",
        .summary = "Show the attributes of the items, their types and sizes, the number of items "
                   "and the largest partitions",
        .family = "Reading tables",
        .flags = STATEMENT_READ,
        .example = EXAMPLES{"STATS orders SAMPLE 5% AT 100 RCU", NULL},
        .parse = parse_stats,
        .plan = plan_stats,
        .run = run_stats,
    },
    {.name = NULL},
};
