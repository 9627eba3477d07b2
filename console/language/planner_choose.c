#include "console/language/planner_choose.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "console/language/planner_shape.h"

bool planner_fail(struct planning *planning, enum error_code code, const char *format, ...)
{
    char text[sizeof planning->err->text];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    error_set_at(planning->err, code, planning->read->table.token.line,
        planning->read->table.token.column, "%s", text);
    return false;
}

bool planner_no_memory(struct planning *planning)
{
    arena_failed(planning->job->arena, planning->err);
    return false;
}

static const char *candidate_name(const struct planning *planning,
    const struct candidate *candidate)
{
    return candidate->index ? candidate->index->name : planning->out->table->name;
}

bool planner_is_bound(const struct planning *planning, const char *name)
{
    return planner_find_test(&planning->conjuncts, name, TEST_EQ) != NULL;
}

static bool is_tested(const struct planning *planning, const char *name)
{
    for (size_t i = 0; i < planning->conjuncts.count; i++) {
        const struct conjunct *one = &planning->conjuncts.one[i];

        if (text_is(one->name, name) && (planner_is_range(one) || one->test == TEST_EQ))
            return true;
    }
    return false;
}

static size_t count_hashes(const struct candidate *candidate)
{
    size_t count = 0;

    while (count < candidate->key_count && !candidate->key[count].is_range)
        count++;
    return count;
}

static bool gives_order(const struct planning *planning, const struct candidate *candidate)
{
    const struct path *order = planning->read->order;
    size_t at;

    if (!order || planning->read->order_local)
        return true;
    if (order->count != 1)
        return false;
    at = planner_find_key(candidate->key, candidate->key_count, order->part[0].name);
    if (at == SIZE_MAX)
        return false;
    if (!candidate->key[at].is_range)
        return planner_is_bound(planning, candidate->key[at].name);
    for (size_t i = 0; i < at; i++) {
        if (candidate->key[i].is_range && !planner_is_bound(planning, candidate->key[i].name))
            return false;
    }
    return true;
}

struct coverage {
    const struct catalog_table *table;
    const struct catalog_index *index;
    bool covers;
};

static void check_held(void *user, const struct path *path)
{
    struct coverage *coverage = user;

    if (!planner_holds(coverage->table, coverage->index, path->part[0].name))
        coverage->covers = false;
}

static bool covers(const struct planning *planning, const struct catalog_index *index)
{
    const struct read *read = planning->read;
    struct coverage coverage = {planning->out->table, index, true};

    if (!index || strcmp(index->projection, "ALL") == 0)
        return true;
    if (read->what == READ_ALL && !read->fetch)
        return false;
    if (read->what == READ_PATHS && !read->fetch) {
        for (size_t i = 0; i < read->projection->count; i++)
            check_held(&coverage, read->projection->path[i]);
    }
    planner_each_path(read->where, check_held, &coverage);
    planner_each_path(read->filter_local, check_held, &coverage);
    return coverage.covers;
}

static void measure(const struct planning *planning, struct candidate *candidate)
{
    size_t hashes = count_hashes(candidate);
    bool leftmost = true;

    candidate->active = !candidate->index || strcmp(candidate->index->status, "ACTIVE") == 0;
    candidate->covers = covers(planning, candidate->index);
    candidate->whole = !candidate->index || strcmp(candidate->index->projection, "ALL") == 0;
    candidate->ordered = gives_order(planning, candidate);
    for (size_t i = 0; i < candidate->key_count; i++) {
        const char *name = candidate->key[i].name;
        bool bound = planner_is_bound(planning, name);

        candidate->tested += bound || is_tested(planning, name);
        if (i < hashes) {
            if (!bound && !candidate->lacks &&
                !(hashes == 1 && planner_find_test(&planning->conjuncts, name, TEST_IN)))
                candidate->lacks = name;
        } else if (leftmost && is_tested(planning, name)) {
            candidate->ranges++;
            leftmost = bound;
        } else {
            leftmost = false;
        }
    }
}

bool planner_list_candidates(struct planning *planning)
{
    const struct catalog_table *table = planning->out->table;

    planning->candidate =
        arena_alloc(planning->job->arena, table->index_count + 1, sizeof *planning->candidate);
    if (!planning->candidate)
        return planner_no_memory(planning);
    planning->candidate_count = planning->read->whole_items && planning->read->index.length == 0
                                    ? 1
                                    : table->index_count + 1;
    for (size_t i = 0; i < planning->candidate_count; i++) {
        struct candidate *one = &planning->candidate[i];

        one->index = i > 0 ? &table->index[i - 1] : NULL;
        one->key = one->index ? one->index->key : table->key;
        one->key_count = one->index ? one->index->key_count : table->key_count;
        measure(planning, one);
    }
    return true;
}

bool planner_fits(const struct candidate *candidate)
{
    return candidate->active && !candidate->lacks;
}

/* Positive: a is the better way (P7). */
static int compare_candidates(const struct candidate *a, const struct candidate *b)
{
    if (a->ranges != b->ranges)
        return a->ranges > b->ranges ? 1 : -1;
    if (!a->index != !b->index)
        return a->index ? -1 : 1;
    if (a->covers != b->covers)
        return a->covers ? 1 : -1;
    return (int)a->whole - (int)b->whole;
}

static bool is_as_good(const struct candidate *one, const struct candidate *best)
{
    return planner_fits(one) && one->ordered && one->index && compare_candidates(one, best) == 0;
}

/* The names in order, whatever order the service lists them in. */
static bool fail_tie(struct planning *planning, const struct candidate *best)
{
    const char *last = NULL;
    struct buf names;
    size_t count = 0;

    buf_init(&names, 256);
    for (;;) {
        const char *next = NULL;

        for (size_t i = 0; i < planning->candidate_count; i++) {
            const struct candidate *one = &planning->candidate[i];

            if (is_as_good(one, best) && (!last || strcmp(one->index->name, last) > 0) &&
                (!next || strcmp(one->index->name, next) < 0))
                next = one->index->name;
        }
        if (!next)
            break;
        buf_add_format(&names, "%s%s", count++ > 0 ? ", " : "", next);
        last = next;
    }
    planner_fail(planning, ERROR_USAGE, "%zu indexes fit: %s; say USING INDEX", count,
        buf_string(&names));
    buf_done(&names);
    return false;
}

/* The best candidate in *out, NULL when none fits; false: two are equal (P8). */
bool planner_choose(struct planning *planning, const struct candidate **out)
{
    const struct candidate *best = NULL;
    bool tie = false;

    for (size_t i = 0; i < planning->candidate_count; i++) {
        const struct candidate *one = &planning->candidate[i];
        int order;

        if (!planner_fits(one) || !one->ordered)
            continue;
        order = best ? compare_candidates(one, best) : 1;
        if (order > 0)
            best = one;
        tie = order == 0 || (order < 0 && tie);
    }
    *out = best;
    return !tie || fail_tie(planning, best);
}

void planner_explain_rejected(struct planning *planning, const struct candidate *chosen)
{
    for (size_t i = 0; i < planning->candidate_count; i++) {
        const struct candidate *one = &planning->candidate[i];
        const char *name = candidate_name(planning, one);

        if (one == chosen)
            continue;
        if (!one->active)
            plan_add(planning->plan, PLAN_REJECTED, "%s: it is %s", name, one->index->status);
        else if (one->lacks)
            plan_add(planning->plan, PLAN_REJECTED, "%s: %s is not bound by =", name, one->lacks);
        else if (!one->ordered)
            plan_add(planning->plan, PLAN_REJECTED, "%s: it has another order", name);
        else if (chosen && one->ranges < chosen->ranges)
            plan_add(planning->plan, PLAN_REJECTED, "%s: it uses fewer conditions", name);
        else if (chosen && !chosen->index)
            plan_add(planning->plan, PLAN_REJECTED, "%s: the table itself fits too", name);
        else if (!one->covers)
            plan_add(planning->plan, PLAN_REJECTED, "%s: it does not hold what is asked for", name);
        else
            plan_add(planning->plan, PLAN_REJECTED, "%s: it holds fewer attributes", name);
    }
}
