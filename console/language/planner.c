#include "console/language/planner.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "console/language/planner_choose.h"
#include "console/language/planner_shape.h"

enum { CONJUNCT_LIMIT = 300, KEY_LIMIT = 10000, PARTITION_LIMIT = 100, NEAR = 2 };

static bool check_filter(struct planning *planning)
{
    struct read_plan *out = planning->out;
    const char *name = planner_names_key(out->filter, out->key, out->key_count);

    if (!name)
        return true;
    planner_fail(planning, ERROR_INVALID,
        "%s is a key attribute: a Query takes = < <= > >= BETWEEN begins_with on it", name);
    error_hint(planning->err, "other conditions on it go behind FILTER LOCAL");
    return false;
}

static bool by_query(struct planning *planning, const struct candidate *candidate)
{
    struct read_plan *out = planning->out;
    struct arena *arena = planning->job->arena;
    struct binding binding;

    out->index = candidate->index;
    out->key = candidate->key;
    out->key_count = candidate->key_count;
    out->access = READ_BY_QUERY;
    if (!planner_bind(arena, out->key, out->key_count, &planning->conjuncts, &binding,
            planning->err) ||
        !planner_rest(arena, &planning->conjuncts, &out->filter, planning->err))
        return false;
    out->filter = planner_split_lists(arena, out->filter);
    out->key_condition = binding.key_condition;
    out->local = binding.local;
    out->partition = binding.partition;
    out->partition_count = binding.partition_count;
    planning->fixed = binding.fixed;
    out->fixed = binding.fixed;
    if (binding.contradicts)
        out->access = READ_NOTHING;
    if (out->partition_count > PARTITION_LIMIT)
        return planner_fail(planning, ERROR_USAGE,
            "IN lists %zu partition keys; at most %d are read, one Query each",
            out->partition_count, PARTITION_LIMIT);
    out->is_ordered = planning->read->order && !planning->read->order_local;
    out->merges = out->is_ordered && out->partition_count > 1;
    return check_filter(planning);
}

/* All base-table key attributes by =; in *lists whether IN stands for some of them. */
static bool has_full_key(const struct planning *planning, bool *lists)
{
    const struct catalog_table *table = planning->out->table;

    *lists = false;
    for (size_t i = 0; i < table->key_count; i++) {
        if (planner_is_bound(planning, table->key[i].name))
            continue;
        if (!planner_find_test(&planning->conjuncts, table->key[i].name, TEST_IN))
            return false;
        *lists = true;
    }
    return true;
}

/* Duplicates are asked for once: the service refuses them. */
static bool add_item_key(struct planning *planning, struct map *seen, const struct value *key)
{
    struct read_plan *out = planning->out;
    struct buf text;
    bool fine;

    buf_init(&text, 64 * 1024);
    fine = planner_add_key_text(planning->job->arena, key, &text, planning->err);
    if (fine && !map_get(seen, buf_view(&text))) {
        out->item_key[out->item_key_count++] = key;
        if (!map_set(seen, buf_view(&text), out)) {
            error_memory(planning->err);
            fine = false;
        }
    }
    buf_done(&text);
    return fine;
}

static size_t list_values(const struct planning *planning, const char *name,
    const struct value *const **out)
{
    struct conjunct *equal = planner_find_test(&planning->conjuncts, name, TEST_EQ);
    struct conjunct *list = equal ? NULL : planner_find_test(&planning->conjuncts, name, TEST_IN);

    if (equal)
        equal->used = true;
    else
        list->used = true;
    *out = equal ? (const struct value *const *)&equal->low
                 : (const struct value *const *)list->member;
    return equal ? 1 : list->member_count;
}

static bool combine_keys(struct planning *planning, struct map *seen)
{
    const struct catalog_table *table = planning->out->table;
    const struct value *const *value[2] = {NULL, NULL};
    size_t count[2] = {1, 1};
    struct arena *arena = planning->job->arena;

    for (size_t i = 0; i < table->key_count && i < 2; i++)
        count[i] = list_values(planning, table->key[i].name, &value[i]);
    if (count[0] * count[1] > KEY_LIMIT)
        return planner_fail(planning, ERROR_USAGE, "the lists make more than %d keys", KEY_LIMIT);
    planning->out->item_key =
        arena_alloc(arena, count[0] * count[1], sizeof *planning->out->item_key);
    if (!planning->out->item_key)
        return planner_no_memory(planning);
    for (size_t a = 0; a < count[0]; a++) {
        for (size_t b = 0; b < count[1]; b++) {
            struct value *key = value_new_container(arena, VALUE_M, table->key_count);

            if (!key)
                return planner_no_memory(planning);
            for (size_t i = 0; i < table->key_count && i < 2; i++) {
                key->name[i] = text_of(table->key[i].name);
                key->element[i] = *value[i][i == 0 ? a : b];
                key->count++;
            }
            value_sort(key);
            if (!add_item_key(planning, seen, key))
                return false;
        }
    }
    return true;
}

static bool named_keys(struct planning *planning, struct map *seen)
{
    const struct read *read = planning->read;
    struct arena *arena = planning->job->arena;

    planning->out->item_key =
        arena_alloc(arena, read->key_in_count, sizeof *planning->out->item_key);
    if (!planning->out->item_key)
        return planner_no_memory(planning);
    for (size_t i = 0; i < read->key_in_count; i++) {
        const struct value *key =
            planner_item_key(arena, planning->out->table, &read->key_in[i], planning->err);

        if (!key || !add_item_key(planning, seen, key))
            return false;
    }
    return true;
}

/* KEYS IN, or IN on the key: BatchGetItem; other conditions are evaluated here (P4). */
static bool by_batch(struct planning *planning)
{
    struct read_plan *out = planning->out;
    struct map *seen = map_new();
    bool fine = seen != NULL;

    out->access = READ_BATCH;
    out->key = out->table->key;
    out->key_count = out->table->key_count;
    if (!seen)
        error_memory(planning->err);
    else if (planning->read->key_in_count > 0)
        fine = named_keys(planning, seen);
    else
        fine = combine_keys(planning, seen);
    map_free(seen);
    if (fine && planning->read->order && !planning->read->order_local) {
        planner_fail(planning, ERROR_USAGE, "a BatchGetItem has no order");
        error_hint(planning->err, "ORDER LOCAL BY sorts here");
        return false;
    }
    return fine &&
           planner_rest(planning->job->arena, &planning->conjuncts, &out->local, planning->err);
}

/* P5: nothing but the key makes a GetItem of what by_query has bound. */
static bool may_be_get(const struct planning *planning)
{
    const struct read_plan *out = planning->out;
    const struct read *read = planning->read;

    return out->access == READ_BY_QUERY && !out->index && !out->filter && !out->local &&
           out->partition_count == 0 && planning->fixed->count == out->table->key_count &&
           read->verb == READ_SELECT && read->what != READ_NUMBER && !read->start && !read->examine;
}

static bool by_scan(struct planning *planning, const struct catalog_index *index)
{
    struct read_plan *out = planning->out;

    out->access = READ_BY_SCAN;
    out->index = index;
    out->key = index ? index->key : out->table->key;
    out->key_count = index ? index->key_count : out->table->key_count;
    out->filter = planner_split_lists(planning->job->arena, planning->read->where);
    if (planning->read->order && !planning->read->order_local) {
        planner_fail(planning, ERROR_USAGE, "a Scan has no order");
        error_hint(planning->err, "ORDER LOCAL BY sorts here");
        return false;
    }
    return true;
}

/* cust = 'a' OR cust = 'b': IN would do (P10). */
static bool hint_in(const struct planning *planning, struct buf *hint)
{
    const struct expression *where = planning->read->where;
    const struct path *path = NULL;

    if (!where || where->kind != EXPRESSION_OR)
        return false;
    for (size_t i = 0; i < where->count; i++) {
        const struct expression *arm = where->operand[i];

        if (arm->kind != EXPRESSION_EQ || arm->operand[0]->kind != EXPRESSION_PATH ||
            arm->operand[1]->kind != EXPRESSION_VALUE ||
            (path && !path_equal(path, arm->operand[0]->path)))
            return false;
        path = arm->operand[0]->path;
    }
    path_add(hint, path);
    buf_add_string(hint, " IN (");
    for (size_t i = 0; i < where->count; i++) {
        if (i > 0)
            buf_add_string(hint, ", ");
        value_add_literal(hint, where->operand[i]->operand[1]->value);
    }
    buf_add_string(hint, ") would be served");
    return true;
}

static void hint_nearest(const struct planning *planning, struct buf *hint)
{
    const struct candidate *near = NULL;

    for (size_t i = 0; i < planning->candidate_count; i++) {
        const struct candidate *one = &planning->candidate[i];

        if (one->active && one->lacks && (!near || one->tested > near->tested))
            near = one;
    }
    if (near)
        buf_add_format(hint, "%s%s would serve it with %s = ..", near->index ? "index " : "",
            near->index ? near->index->name : "the table", near->lacks);
}

static bool refuse_scan(struct planning *planning, const struct catalog_index *index)
{
    struct read_plan *out = planning->out;
    uint64_t bytes = index ? index->bytes : out->table->bytes;
    struct buf text, hint;

    if (!by_scan(planning, index))
        return false;
    buf_init(&text, 512);
    buf_init(&hint, 512);
    buf_add_string(&text, "this needs a Scan of about ");
    planner_add_size(&text, bytes);
    buf_add_string(&text, " (about ");
    planner_add_about(&text, planner_scan_cost(out), 2);
    buf_add_format(&text, " RCU, from the %s's size", index ? "index" : "table");
    planner_add_charge(out, &text);
    buf_add_string(&text, "); say SCAN or ALLOW SCAN");
    if (!hint_in(planning, &hint))
        hint_nearest(planning, &hint);
    plan_refuse(planning->plan, ERROR_REFUSED, buf_string(&hint), "%s", buf_string(&text));
    buf_done(&text);
    buf_done(&hint);
    return true;
}

static bool fail_index(struct planning *planning)
{
    const struct read *read = planning->read;
    const struct catalog_table *table = planning->out->table;
    const char *near = NULL;
    size_t best = NEAR + 1;

    planner_fail(planning, ERROR_NOT_FOUND, "%s has no index %.*s", table->name,
        (int)read->index.length, read->index.data);
    for (size_t i = 0; i < table->index_count; i++) {
        size_t distance = text_distance(read->index, text_of(table->index[i].name), NEAR);

        if (distance < best) {
            best = distance;
            near = table->index[i].name;
        }
    }
    if (near)
        error_hint(planning->err, "did you mean %s?", near);
    else if (table->index_count > 0)
        error_hint(planning->err, "SHOW INDEXES OF %s lists them", table->name);
    return false;
}

static bool check_index(struct planning *planning, const struct catalog_index *index)
{
    const struct catalog_table *table = planning->out->table;

    if (strcmp(index->status, "ACTIVE") != 0 && index->backfilling && table->items > 0)
        return planner_fail(planning, ERROR_NOT_FOUND,
            "index %s is still being filled: about %llu %% of the items so far", index->name,
            (unsigned long long)(index->items >= table->items ? 99
                                                              : index->items * 100 / table->items));
    if (strcmp(index->status, "ACTIVE") != 0 && strcmp(index->status, "UPDATING") != 0)
        return planner_fail(planning, ERROR_NOT_FOUND, "index %s is %s", index->name,
            index->status);
    return true;
}

/* t.index and USING INDEX end the choice (P9). */
static bool plan_named_index(struct planning *planning)
{
    const struct read *read = planning->read;
    const struct catalog_index *index = catalog_find_index(planning->out->table, read->index);
    const struct candidate *one;

    if (!index)
        return fail_index(planning);
    if (!check_index(planning, index))
        return false;
    one = &planning->candidate[index - planning->out->table->index + 1];
    if (read->verb == READ_SCAN || (one->lacks && read->allow_scan) ||
        (read->verb == READ_COUNT && !read->where))
        return by_scan(planning, index);
    if (one->lacks)
        return refuse_scan(planning, index);
    if (!one->ordered) {
        planner_fail(planning, ERROR_USAGE, "%s has another order", index->name);
        error_hint(planning->err, "ORDER LOCAL BY sorts here");
        return false;
    }
    return by_query(planning, one);
}

static bool fits_but_for_order(const struct planning *planning)
{
    for (size_t i = 0; i < planning->candidate_count; i++) {
        if (planner_fits(&planning->candidate[i]))
            return true;
    }
    return false;
}

static bool plan_choice(struct planning *planning)
{
    const struct read *read = planning->read;
    const struct candidate *chosen;
    bool lists, full = has_full_key(planning, &lists);
    bool wants_order = read->order && !read->order_local;

    if (full && lists && read->verb != READ_QUERY && !wants_order)
        return by_batch(planning);
    if (full && !lists) {
        if (!by_query(planning, &planning->candidate[0]))
            return false;
        if (may_be_get(planning)) {
            planning->out->access = READ_GET;
            planning->out->item_key =
                arena_alloc(planning->job->arena, 1, sizeof *planning->out->item_key);
            if (!planning->out->item_key)
                return planner_no_memory(planning);
            planning->out->item_key[planning->out->item_key_count++] = planning->fixed;
        }
        return true;
    }
    if (!planner_choose(planning, &chosen))
        return false;
    if (chosen) {
        planner_explain_rejected(planning, chosen);
        return by_query(planning, chosen);
    }
    if (fits_but_for_order(planning)) {
        planner_fail(planning, ERROR_USAGE, "ORDER BY works on the sort key of what is read");
        error_hint(planning->err, "ORDER LOCAL BY sorts here, at most %ld rows",
            planning->job->settings.sort_max);
        return false;
    }
    planner_explain_rejected(planning, NULL);
    if (read->allow_scan || (read->verb == READ_COUNT && !read->where))
        return by_scan(planning, NULL);
    return refuse_scan(planning, NULL);
}

static bool check_consistent(struct planning *planning)
{
    const struct read_plan *out = planning->out;

    if (!planning->read->consistent || !out->index || out->index->is_local)
        return true;
    return planner_fail(planning, ERROR_INVALID,
        "consistent reads are not offered on global indexes, and %s is one", out->index->name);
}

static bool check_options(struct planning *planning)
{
    const struct read *read = planning->read;
    const struct read_plan *out = planning->out;

    /* One that goes on says the segments of its state. */
    if (read->sample_milli > 0 && read->segments > 0 && read->segments != PLANNER_SAMPLE_SEGMENTS)
        return planner_fail(planning, ERROR_USAGE, "SAMPLE chooses the segments itself");
    if (read->sample_milli > 0 && out->access != READ_BY_SCAN)
        return planner_fail(planning, ERROR_USAGE, "SAMPLE needs a Scan");
    if (read->sample_milli > 0 && (read->limit > 0 || read->start || read->examine))
        return planner_fail(planning, ERROR_USAGE,
            "SAMPLE goes with neither LIMIT nor START nor EXAMINE");
    if (read->segments > 0 && out->access != READ_BY_SCAN)
        return planner_fail(planning, ERROR_USAGE, "SEGMENTS needs a Scan");
    if (read->segments > 1 && (read->start || read->examine))
        return planner_fail(planning, ERROR_USAGE, "SEGMENTS goes with neither START nor EXAMINE");
    if (read->fetch && !out->index && out->access != READ_NOTHING)
        return planner_fail(planning, ERROR_USAGE, "FETCH needs an index");
    return true;
}

static bool make_plan(struct planning *planning)
{
    const struct read *read = planning->read;
    bool done;

    if (!planner_split(planning->job->arena, planning->out->table, read->where,
            &planning->conjuncts, planning->err))
        return false;
    if (planning->conjuncts.count > CONJUNCT_LIMIT)
        return planner_fail(planning, ERROR_INVALID, "more than %d conditions joined by AND",
            CONJUNCT_LIMIT);
    if (!planner_list_candidates(planning))
        return false;
    if (read->index.length > 0)
        done = plan_named_index(planning);
    else if (read->key_in_count > 0)
        done = by_batch(planning);
    else if (read->verb == READ_SCAN)
        done = by_scan(planning, NULL);
    else
        done = plan_choice(planning);
    return done && check_consistent(planning) && check_options(planning) &&
           planner_start(planning->job, planning->out, planning->err) &&
           planner_shape(planning->job, planning->out, planning->fixed, planning->err);
}

/* FETCH: whole items by the keys that the index gives. */
static bool add_fetch(struct planning *planning)
{
    struct arena *arena = planning->job->arena;
    const struct value *key = planner_unknown_key(arena, planning->out->table, planning->err);
    struct text request = TEXT("");
    struct buf buf;
    bool fine;

    if (!key)
        return false;
    buf_init(&buf, 1 << 20);
    fine = !planner_batch_request(planning->out, true, &key, 1, arena, &buf, planning->err);
    if (fine)
        request = planner_hide_key(arena, key, buf_view(&buf));
    buf_done(&buf);
    plan_add_call(planning->plan, &service_dynamodb, "BatchGetItem", "0 or more", NULL, request);
    return fine;
}

static bool add_call(struct planning *planning)
{
    struct read_plan *out = planning->out;
    struct read_page page = {0};
    struct arena *arena = planning->job->arena;
    const char *count = "1 or more";
    struct text request;
    struct buf buf;
    bool fine;

    if (out->access == READ_NOTHING)
        return true;
    if (out->access == READ_GET || (out->access == READ_BATCH && out->item_key_count <= 100))
        count = "1";
    else if (out->access == READ_BATCH)
        count = arena_format(arena, "%zu or more", (out->item_key_count + 99) / 100);
    else if (out->partition_count > 1 || out->segments > 1)
        count = arena_format(arena, "%zu or more",
            planning->read->sample_milli > 0 ? (size_t)planning->read->sample_milli
            : out->segments > 1              ? (size_t)out->segments
                                             : out->partition_count);
    page.count = out->item_key_count < 100 ? out->item_key_count : 100;
    page.limit = planner_call_limit(planning->job, out, out->limit, out->examine);
    buf_init(&buf, 8 << 20);
    fine = !planner_request(out, &page, arena, &buf, planning->err);
    request = fine ? arena_text(arena, buf_view(&buf)) : TEXT("");
    buf_done(&buf);
    if (!fine)
        return false;
    plan_add_call(planning->plan, &service_dynamodb, planner_operation(out), count, NULL, request);
    if (!request.data || !count)
        return planner_no_memory(planning);
    return !out->read->fetch || add_fetch(planning);
}

/* The place of an error that has none: the table's. */
static struct read_plan *fail_with_place(const struct read *read, struct error *err)
{
    if (err->line == 0) {
        err->line = read->table.token.line;
        err->column = read->table.token.column;
    }
    return NULL;
}

static bool begin(struct planning *planning)
{
    struct read_plan *out = arena_alloc(planning->job->arena, 1, sizeof *out);

    if (!out)
        return planner_no_memory(planning);
    planning->out = out;
    out->read = planning->read;
    out->examine = planning->read->examine;
    out->link = planner_link(planning->job, &planning->read->table, planning->err);
    if (!out->link)
        return false;
    planning->plan->link = out->link;
    out->table = planner_table(planning->job, out->link, planning->read->table.table,
        &out->described_before, planning->err);
    return out->table != NULL;
}

struct read_plan *planner_get(struct job *job, const struct read *read,
    const struct key_literal *key, struct plan *plan, struct error *err)
{
    struct planning planning = {.job = job, .read = read, .plan = plan, .err = err};
    struct read_plan *out;

    if (!begin(&planning))
        return fail_with_place(read, err);
    out = planning.out;
    out->access = READ_GET;
    out->is_get = true;
    out->key = out->table->key;
    out->key_count = out->table->key_count;
    out->item_key_count = 1;
    out->item_key = arena_alloc(job->arena, 1, sizeof *out->item_key);
    if (!out->item_key) {
        planner_no_memory(&planning);
        return NULL;
    }
    out->item_key[0] = planner_item_key(job->arena, out->table, key, err);
    if (!out->item_key[0] || !planner_shape(job, out, out->item_key[0], err))
        return fail_with_place(read, err);
    plan->item_key = out->item_key[0];
    planner_explain(job, out, plan);
    return add_call(&planning) ? out : NULL;
}

static const char *scan_question(struct arena *arena, const struct read_plan *plan)
{
    const char *question;
    struct buf text;

    buf_init(&text, 4096);
    buf_add_format(&text, "Scan table %s, about ", plan->table->name);
    planner_add_thousands(&text, planner_scan_cost(plan));
    buf_add_string(&text, " RCU?");
    question = arena_string(arena, buf_view(&text));
    buf_done(&text);
    return question;
}

struct read_plan *planner_read(struct job *job, const struct read *read, struct plan *plan,
    struct error *err)
{
    struct planning planning = {.job = job, .read = read, .plan = plan, .err = err};
    uint64_t ask = job->settings.scan_ask > 0 ? (uint64_t)job->settings.scan_ask : UINT64_MAX;

    if (!begin(&planning) || !make_plan(&planning))
        return fail_with_place(read, err);
    if (planning.out->access == READ_BY_SCAN && planner_scan_cost(planning.out) > ask) {
        plan->risk = RISK_ONE;
        plan_add(plan, PLAN_RISK, "a large Scan");
        plan->question = scan_question(job->arena, planning.out);
        if (!plan->question)
            return arena_failed(job->arena, err), NULL;
    }
    planner_explain(job, planning.out, plan);
    return add_call(&planning) ? planning.out : NULL;
}
