#include "console/language/planner_match.h"

#include <string.h>

#include "console/language/marker.h"

static bool is_value(const struct expression *expression)
{
    return expression->kind == EXPRESSION_VALUE;
}

static bool is_name(const struct expression *expression)
{
    return expression->kind == EXPRESSION_PATH && expression->path->count == 1;
}

static enum planner_test comparison_test(enum expression_kind kind, bool turned)
{
    switch ((int)kind) {
    case EXPRESSION_EQ:
        return TEST_EQ;
    case EXPRESSION_LT:
        return turned ? TEST_GT : TEST_LT;
    case EXPRESSION_LE:
        return turned ? TEST_GE : TEST_LE;
    case EXPRESSION_GT:
        return turned ? TEST_LT : TEST_GT;
    case EXPRESSION_GE:
        return turned ? TEST_LE : TEST_GE;
    default:
        return TEST_NONE;
    }
}

static bool all_values(const struct expression *expression)
{
    for (size_t i = 1; i < expression->count; i++) {
        if (!is_value(expression->operand[i]))
            return false;
    }
    return true;
}

static bool read_list(struct arena *arena, struct conjunct *out, struct error *err)
{
    const struct expression *whole = out->whole;

    out->test = TEST_IN;
    out->member = arena_alloc(arena, whole->count, sizeof *out->member);
    if (!out->member) {
        arena_failed(arena, err);
        return false;
    }
    for (size_t i = 1; i < whole->count; i++)
        out->member[out->member_count++] = whole->operand[i]->value;
    return true;
}

/* "5 < ts" is turned round. */
static bool read_conjunct(struct arena *arena, struct expression *whole, struct conjunct *out,
    struct error *err)
{
    const struct expression *left, *right;

    *out = (struct conjunct){.whole = whole};
    if (whole->count < 2)
        return true;
    left = whole->operand[0];
    right = whole->operand[1];
    if (comparison_test(whole->kind, false) != TEST_NONE && is_value(left) && is_name(right)) {
        out->test = comparison_test(whole->kind, true);
        out->name = right->path->part[0].name;
        out->low = left->value;
        return true;
    }
    if (!is_name(left) || !all_values(whole))
        return true;
    out->name = left->path->part[0].name;
    out->low = right->value;
    if (whole->kind == EXPRESSION_IN)
        return read_list(arena, out, err);
    if (whole->kind == EXPRESSION_BETWEEN) {
        out->test = TEST_BETWEEN;
        out->high = whole->operand[2]->value;
    } else if (whole->kind == EXPRESSION_BEGINS_WITH) {
        out->test = TEST_BEGINS;
    } else {
        out->test = comparison_test(whole->kind, false);
    }
    return true;
}

static const struct catalog_key *find_any_key(const struct catalog_table *table, struct text name)
{
    size_t at = planner_find_key(table->key, table->key_count, name);

    if (at != SIZE_MAX)
        return &table->key[at];
    for (size_t i = 0; i < table->index_count; i++) {
        at = planner_find_key(table->index[i].key, table->index[i].key_count, name);
        if (at != SIZE_MAX)
            return &table->index[i].key[at];
    }
    return NULL;
}

/* Values that cannot be equal to any key of that name are an error before any call (P2). */
static bool check_types(struct arena *arena, const struct catalog_table *table,
    struct conjunct *conjunct, struct error *err)
{
    const struct catalog_key *key = find_any_key(table, conjunct->name);

    if (!key || conjunct->test == TEST_NONE)
        return true;
    if (conjunct->test == TEST_BEGINS && key->type == 'N') {
        error_set(err, ERROR_INVALID, "begins_with needs STRING or BINARY, %s is NUMBER",
            key->name);
        return false;
    }
    for (size_t i = 0; i < conjunct->member_count; i++) {
        conjunct->member[i] = planner_fit(arena, key, conjunct->member[i], err);
        if (!conjunct->member[i])
            return false;
    }
    if (conjunct->low && conjunct->test != TEST_IN) {
        conjunct->low = planner_fit(arena, key, conjunct->low, err);
        if (!conjunct->low)
            return false;
    }
    if (conjunct->high) {
        conjunct->high = planner_fit(arena, key, conjunct->high, err);
        if (!conjunct->high)
            return false;
    }
    return true;
}

bool planner_split(struct arena *arena, const struct catalog_table *table, struct expression *where,
    struct conjuncts *out, struct error *err)
{
    bool joined = where && where->kind == EXPRESSION_AND;

    out->count = !where ? 0 : joined ? where->count : 1;
    out->one = arena_alloc(arena, out->count + 1, sizeof *out->one);
    if (!out->one) {
        arena_failed(arena, err);
        return false;
    }
    for (size_t i = 0; i < out->count; i++) {
        struct expression *part = joined ? where->operand[i] : where;

        if (!read_conjunct(arena, part, &out->one[i], err) ||
            !check_types(arena, table, &out->one[i], err))
            return false;
    }
    return true;
}

struct conjunct *planner_find_test(const struct conjuncts *conjuncts, const char *name,
    enum planner_test test)
{
    for (size_t i = 0; i < conjuncts->count; i++) {
        if (conjuncts->one[i].test == test && text_is(conjuncts->one[i].name, name))
            return &conjuncts->one[i];
    }
    return NULL;
}

bool planner_is_range(const struct conjunct *conjunct)
{
    return conjunct->test >= TEST_LT && conjunct->test <= TEST_BEGINS;
}

static bool names_only(const struct expression *expression, const char *name)
{
    if (expression->kind == EXPRESSION_PATH)
        return path_is_name(expression->path, text_of(name));
    for (size_t i = 0; i < expression->count; i++) {
        if (!names_only(expression->operand[i], name))
            return false;
    }
    return true;
}

static bool holds_marker(const struct expression *expression)
{
    if (is_value(expression))
        return marker_is(expression->value);
    for (size_t i = 0; i < expression->count; i++) {
        if (holds_marker(expression->operand[i]))
            return true;
    }
    return false;
}

static bool can_settle(const struct conjunct *conjunct, const char *name)
{
    return !conjunct->used && names_only(conjunct->whole, name) && !holds_marker(conjunct->whole);
}

/* -1: no memory */
static int holds_for(struct arena *arena, const struct conjunct *conjunct, const char *name,
    const struct value *value)
{
    struct value *item = value_new_container(arena, VALUE_M, 1);

    if (!item)
        return -1;
    item->name[0] = text_of(name);
    item->element[0] = *value;
    item->count = 1;
    return expression_holds(conjunct->whole, item, arena);
}

static bool settle_equal(struct arena *arena, const char *name, const struct value *value,
    const struct conjuncts *conjuncts, struct binding *out, struct error *err)
{
    if (marker_is(value))
        return true;
    for (size_t i = 0; i < conjuncts->count; i++) {
        struct conjunct *one = &conjuncts->one[i];
        int holds = can_settle(one, name) ? holds_for(arena, one, name, value) : 1;

        if (holds < 0) {
            arena_failed(arena, err);
            return false;
        }
        if (can_settle(one, name))
            one->used = true;
        if (!holds)
            out->contradicts = true;
    }
    return true;
}

static bool is_listed(const struct binding *binding, const struct value *value)
{
    for (size_t i = 0; i < binding->partition_count; i++) {
        if (value_equal(binding->partition[i], value))
            return true;
    }
    return false;
}

/* The values of IN that pass the other conditions on the same attribute, each once. */
static bool settle_list(struct arena *arena, const char *name, struct conjunct *list,
    const struct conjuncts *conjuncts, struct binding *out, struct error *err)
{
    list->used = true;
    out->partition = arena_alloc(arena, list->member_count, sizeof *out->partition);
    for (size_t m = 0; out->partition && m < list->member_count; m++) {
        bool passes = !is_listed(out, list->member[m]);

        for (size_t i = 0; passes && i < conjuncts->count; i++) {
            if (can_settle(&conjuncts->one[i], name))
                passes = holds_for(arena, &conjuncts->one[i], name, list->member[m]) == 1;
        }
        if (passes)
            out->partition[out->partition_count++] = list->member[m];
    }
    for (size_t i = 0; i < conjuncts->count; i++) {
        if (can_settle(&conjuncts->one[i], name))
            conjuncts->one[i].used = true;
    }
    if (!out->partition) {
        arena_failed(arena, err);
        return false;
    }
    out->contradicts = out->contradicts || out->partition_count == 0;
    return true;
}

static struct expression *build_test(struct arena *arena, enum expression_kind kind,
    struct text name, const struct value *low, const struct value *high)
{
    struct expression *test = expression_new(arena, kind, high ? 3 : 2);
    const struct path *path = path_new_name(arena, name);

    if (!test || !path)
        return NULL;
    test->operand[0] = expression_new_path(arena, path);
    test->operand[1] = expression_new_value(arena, low);
    if (high)
        test->operand[2] = expression_new_value(arena, high);
    return test->operand[0] && test->operand[1] && (!high || test->operand[2]) ? test : NULL;
}

static bool add_to(struct arena *arena, struct expression **whole, struct expression *part,
    struct error *err)
{
    struct expression *joined = part ? expression_and(arena, *whole, part) : NULL;

    if (!joined) {
        arena_failed(arena, err);
        return false;
    }
    *whole = joined;
    return true;
}

/* The tightest bounds of one attribute; open: the end itself is excluded. */
struct bounds {
    const struct value *low, *high;
    bool low_open, high_open;
    struct conjunct *prefix;
};

static void tighten(const struct value *value, bool open, int side, const struct value **bound,
    bool *is_open)
{
    bool ordered;
    int order = *bound ? value_compare(value, *bound, &ordered) * side : 1;

    if (order > 0 || (order == 0 && open)) {
        *bound = value;
        *is_open = open;
    }
}

static void read_bounds(const struct conjuncts *conjuncts, const char *name, struct bounds *out)
{
    for (size_t i = 0; i < conjuncts->count; i++) {
        struct conjunct *one = &conjuncts->one[i];

        if (one->used || !text_is(one->name, name) || !planner_is_range(one))
            continue;
        if (one->test == TEST_BEGINS) {
            if (!out->prefix)
                out->prefix = one;
            continue;
        }
        if (one->test == TEST_GT || one->test == TEST_GE || one->test == TEST_BETWEEN)
            tighten(one->low, one->test == TEST_GT, 1, &out->low, &out->low_open);
        if (one->test == TEST_LT || one->test == TEST_LE)
            tighten(one->low, one->test == TEST_LT, -1, &out->high, &out->high_open);
        if (one->test == TEST_BETWEEN)
            tighten(one->high, false, -1, &out->high, &out->high_open);
    }
}

static bool is_empty(const struct bounds *bounds)
{
    bool ordered;
    int order;

    if (!bounds->low || !bounds->high || marker_is(bounds->low) || marker_is(bounds->high))
        return false;
    order = value_compare(bounds->low, bounds->high, &ordered);
    return order > 0 || (order == 0 && (bounds->low_open || bounds->high_open));
}

/* A key condition has one test on the sort key: what it cannot say is evaluated here (P3). */
static bool bind_bounds(struct arena *arena, struct text name, const struct bounds *bounds,
    struct binding *out, struct error *err)
{
    const struct value *low = bounds->low, *high = bounds->high;

    if (low && high && !bounds->prefix) {
        if (!add_to(arena, &out->key_condition,
                build_test(arena, EXPRESSION_BETWEEN, name, low, high), err))
            return false;
        return (!bounds->low_open || add_to(arena, &out->local,
                                         build_test(arena, EXPRESSION_GT, name, low, NULL), err)) &&
               (!bounds->high_open || add_to(arena, &out->local,
                                          build_test(arena, EXPRESSION_LT, name, high, NULL), err));
    }
    if (low &&
        !add_to(arena, bounds->prefix ? &out->local : &out->key_condition,
            build_test(arena, bounds->low_open ? EXPRESSION_GT : EXPRESSION_GE, name, low, NULL),
            err))
        return false;
    return !high || add_to(arena, bounds->prefix ? &out->local : &out->key_condition,
                        build_test(arena, bounds->high_open ? EXPRESSION_LT : EXPRESSION_LE, name,
                            high, NULL),
                        err);
}

static bool bind_range(struct arena *arena, const char *name, const struct conjuncts *conjuncts,
    struct binding *out, bool *any, struct error *err)
{
    struct bounds bounds = {0};

    read_bounds(conjuncts, name, &bounds);
    *any = bounds.low || bounds.high || bounds.prefix;
    if (is_empty(&bounds))
        out->contradicts = true;
    for (size_t i = 0; i < conjuncts->count; i++) {
        struct conjunct *one = &conjuncts->one[i];

        if (one->used || !text_is(one->name, name) || !planner_is_range(one))
            continue;
        one->used = true;
        if (one->test == TEST_BEGINS &&
            !add_to(arena, one == bounds.prefix ? &out->key_condition : &out->local,
                build_test(arena, EXPRESSION_BEGINS_WITH, one->name, one->low, NULL), err))
            return false;
    }
    return bind_bounds(arena, text_of(name), &bounds, out, err);
}

bool planner_bind(struct arena *arena, const struct catalog_key *key, size_t count,
    const struct conjuncts *conjuncts, struct binding *out, struct error *err)
{
    *out = (struct binding){.fixed = value_new_container(arena, VALUE_M, count)};
    if (!out->fixed) {
        arena_failed(arena, err);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct conjunct *equal = planner_find_test(conjuncts, key[i].name, TEST_EQ);
        struct conjunct *list = planner_find_test(conjuncts, key[i].name, TEST_IN);
        bool any;

        if (equal) {
            equal->used = true;
            out->fixed->name[out->fixed->count] = text_of(key[i].name);
            out->fixed->element[out->fixed->count++] = *equal->low;
            if (!add_to(arena, &out->key_condition,
                    build_test(arena, EXPRESSION_EQ, text_of(key[i].name), equal->low, NULL),
                    err) ||
                !settle_equal(arena, key[i].name, equal->low, conjuncts, out, err))
                return false;
        } else if (!key[i].is_range && list) {
            if (!settle_list(arena, key[i].name, list, conjuncts, out, err))
                return false;
        } else {
            if (!bind_range(arena, key[i].name, conjuncts, out, &any, err))
                return false;
            break;
        }
    }
    value_sort(out->fixed);
    return true;
}

bool planner_rest(struct arena *arena, const struct conjuncts *conjuncts, struct expression **out,
    struct error *err)
{
    *out = NULL;
    for (size_t i = 0; i < conjuncts->count; i++) {
        if (!conjuncts->one[i].used && !add_to(arena, out, conjuncts->one[i].whole, err))
            return false;
    }
    return true;
}

void planner_each_path(const struct expression *expression,
    void (*each)(void *user, const struct path *path), void *user)
{
    if (!expression)
        return;
    if (expression->kind == EXPRESSION_PATH)
        each(user, expression->path);
    for (size_t i = 0; i < expression->count; i++)
        planner_each_path(expression->operand[i], each, user);
}

const char *planner_names_key(const struct expression *expression, const struct catalog_key *key,
    size_t count)
{
    if (!expression)
        return NULL;
    if (expression->kind == EXPRESSION_PATH) {
        size_t at = planner_find_key(key, count, expression->path->part[0].name);

        return at == SIZE_MAX ? NULL : key[at].name;
    }
    for (size_t i = 0; i < expression->count; i++) {
        const char *name = planner_names_key(expression->operand[i], key, count);

        if (name)
            return name;
    }
    return NULL;
}
