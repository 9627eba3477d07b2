#include "console/language/planner_shape.h"

#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/json.h"

enum { TOKEN_LIMIT = 16 * 1024 };

bool planner_holds(const struct catalog_table *table, const struct catalog_index *index,
    struct text name)
{
    if (!index || strcmp(index->projection, "ALL") == 0)
        return true;
    if (planner_find_key(index->key, index->key_count, name) != SIZE_MAX ||
        planner_find_key(table->key, table->key_count, name) != SIZE_MAX)
        return true;
    for (size_t i = 0; i < index->include_count; i++) {
        if (text_is(name, index->include[i]))
            return true;
    }
    return false;
}

/* Paths to be sent: none overlaps another, as the service wants it. */
struct path_list {
    struct arena *arena;
    const struct path **path;
    size_t count, room;
    bool added; /* something that is not shown */
    bool failed;
};

static void append(struct path_list *list, const struct path *path)
{
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 16;
        const struct path **grown = arena_alloc(list->arena, room, sizeof *grown);

        if (!grown) {
            list->failed = true;
            return;
        }
        if (list->count > 0)
            memcpy(grown, list->path, list->count * sizeof *grown);
        list->path = grown;
        list->room = room;
    }
    list->path[list->count++] = path;
}

/* A projected list comes without the elements that were not asked for, and its others move up: what
   is evaluated here needs it whole. */
static const struct path *whole_list(struct path_list *list, const struct path *path)
{
    struct path *cut;
    size_t count = 0;

    while (count < path->count && !path->part[count].is_index)
        count++;
    if (count == path->count)
        return path;
    cut = arena_alloc(list->arena, 1, sizeof *cut);
    if (!cut) {
        list->failed = true;
        return path;
    }
    *cut = *path;
    cut->count = count;
    return cut;
}

/* A path that is needed here, unless something sent already brings it. */
static void need_path(void *user, const struct path *path)
{
    struct path_list *list = user;
    size_t kept = 0;

    path = whole_list(list, path);

    for (size_t i = 0; i < list->count; i++) {
        if (list->path[i]->count <= path->count && path_overlap(list->path[i], path))
            return;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (!path_overlap(list->path[i], path))
            list->path[kept++] = list->path[i];
    }
    list->count = kept;
    list->added = true;
    append(list, path);
}

static void need_name(struct path_list *list, const char *name)
{
    const struct path *path = path_new_name(list->arena, text_of(name));

    if (path)
        need_path(list, path);
    else
        list->failed = true;
}

static const struct projection *make_projection(struct path_list *list)
{
    struct projection *projection = arena_alloc(list->arena, 1, sizeof *projection);

    if (!projection) {
        list->failed = true;
        return NULL;
    }
    projection->count = list->count;
    projection->path = list->path;
    return projection;
}

static void need_keys(struct path_list *list, const struct read_plan *plan,
    const struct value *fixed)
{
    for (size_t i = 0; i < plan->table->key_count; i++) {
        const char *name = plan->table->key[i].name;

        if (!fixed || !value_get_string(fixed, name))
            need_name(list, name);
    }
    for (size_t i = 0; plan->index && i < plan->key_count; i++) {
        const char *name = plan->key[i].name;

        if (!fixed || !value_get_string(fixed, name))
            need_name(list, name);
    }
}

static void shape_projection(struct path_list *list, struct read_plan *plan,
    const struct value *fixed)
{
    const struct read *read = plan->read;
    bool evaluates = plan->local || read->filter_local;

    if (read->what == READ_ALL && !read->fetch)
        return;
    if (read->what == READ_NUMBER && !evaluates) {
        plan->count_only = plan->access == READ_BY_QUERY || plan->access == READ_BY_SCAN;
        if (plan->access == READ_BATCH)
            need_keys(list, plan, NULL);
    } else if (read->what == READ_KEYS || read->what == READ_NUMBER || read->fetch) {
        need_keys(list, plan, NULL);
        list->added = false;
    } else {
        for (size_t i = 0; i < read->projection->count; i++)
            append(list, read->projection->path[i]);
    }
    if (plan->count_only)
        return;
    planner_each_path(plan->local, need_path, list);
    if (!read->fetch) {
        planner_each_path(read->filter_local, need_path, list);
        if (read->order_local)
            need_path(list, read->order);
    }
    if (plan->merges)
        need_path(list, read->order);
    if (plan->limit > 0 && plan->access != READ_GET && !read->order_local)
        need_keys(list, plan, plan->access == READ_BY_QUERY ? fixed : NULL);
    if (plan->access == READ_BATCH)
        need_keys(list, plan, NULL); /* answers come in any order */
    plan->sent = make_projection(list);
    if (read->what == READ_PATHS && (list->added || read->fetch))
        plan->shown = read->projection;
}

static void warn(struct read_plan *plan, const char *text)
{
    if (text && plan->warning_count < READ_WARNING_LIMIT)
        plan->warning[plan->warning_count++] = text;
}

struct outside {
    const struct read_plan *plan;
    struct buf *names;
};

static void note_outside(void *user, const struct path *path)
{
    struct outside *outside = user;
    struct text name = path->part[0].name;

    if (planner_holds(outside->plan->table, outside->plan->index, name))
        return;
    if (outside->names->length > 0)
        buf_add_string(outside->names, ", ");
    value_add_name(outside->names, name);
}

static void list_included(const struct read_plan *plan, struct buf *out)
{
    buf_add_string(out, "the keys");
    for (size_t i = 0; i < plan->index->include_count; i++)
        buf_add_format(out, "%s%s", i + 1 < plan->index->include_count ? ", " : " and ",
            plan->index->include[i]);
}

/* What an index does not hold is named, never left out in silence (P15). */
static void warn_projection(struct arena *arena, struct read_plan *plan)
{
    const struct read *read = plan->read;
    struct buf names;
    struct outside outside = {plan, &names};

    if (!plan->index || strcmp(plan->index->projection, "ALL") == 0)
        return;
    buf_init(&names, 300);
    if (read->what == READ_ALL && plan->index->is_local) {
        plan->whole_local_index = !read->fetch;
        warn(plan, arena_format(arena,
                       "%s does not hold whole items: the service reads each from "
                       "the table, which costs more",
                       plan->index->name));
    } else if (read->what == READ_ALL && !read->fetch) {
        list_included(plan, &names);
        warn(plan, arena_format(arena, "%s holds only %s; FETCH reads whole items",
                       plan->index->name, buf_string(&names)));
        buf_clear(&names);
    }
    if (read->what == READ_PATHS && !read->fetch) {
        for (size_t i = 0; i < read->projection->count; i++)
            note_outside(&outside, read->projection->path[i]);
    }
    planner_each_path(plan->filter, note_outside, &outside);
    if (names.length > 0 && !plan->index->is_local)
        warn(plan, arena_format(arena, "%s does not hold %s; FETCH reads whole items",
                       plan->index->name, buf_string(&names)));
    buf_done(&names);
}

struct search {
    struct text name;
    bool found;
};

static void look_for(void *user, const struct path *path)
{
    struct search *search = user;

    search->found = search->found || text_equal(path->part[0].name, search->name);
}

/* An index that nobody named holds no item without all of its key: one that is not bound may be
   missing, and the item then is. */
static void warn_sparse(struct arena *arena, struct read_plan *plan)
{
    const struct catalog_table *table = plan->table;

    if (!plan->index || plan->read->index.length > 0)
        return;
    for (size_t i = 0; i < plan->key_count; i++) {
        struct search search = {.name = text_of(plan->key[i].name)};

        planner_each_path(plan->key_condition, look_for, &search);
        if (!plan->key[i].is_range || search.found ||
            planner_find_key(table->key, table->key_count, search.name) != SIZE_MAX)
            continue;
        warn(plan, arena_format(arena, "items without %s are not in %s, so they are left out",
                       plan->key[i].name, plan->index->name));
    }
}

static void shape_limits(struct job *job, struct read_plan *plan)
{
    const struct settings *settings = &job->settings;
    const struct read *read = plan->read;

    plan->limit = read->limit > 0 ? read->limit : 0;
    if (read->limit == READ_LIMIT_NOT_SAID && !read->examine && !read->pages &&
        read->what != READ_NUMBER && job->session->is_interactive && job->who) {
        if (strcmp(job->who, "prompt") == 0)
            plan->limit = settings->limit;
        else if (strcmp(job->who, "script") != 0)
            plan->limit = settings->page;
    }
}

unsigned planner_segments(uint64_t bytes)
{
    return bytes >= UINT64_C(10000000000)  ? 16
           : bytes >= UINT64_C(1000000000) ? 8
           : bytes >= UINT64_C(64000000)   ? 4
                                           : 1;
}

bool planner_samples(const struct read *read, uint64_t segment)
{
    const uint64_t all = PLANNER_SAMPLE_SEGMENTS, part = read->sample_milli;

    return part == 0 || segment * part / all != (segment + 1) * part / all;
}

const struct projection *planner_add_keys(struct arena *arena, const struct projection *paths,
    const struct catalog_table *table)
{
    struct projection *out = arena_alloc(arena, 1, sizeof *out);

    if (out)
        out->path =
            arena_alloc(arena, paths->count + table->key_count, sizeof(const struct path *));
    if (!out || !out->path)
        return NULL;
    for (size_t i = 0; i < paths->count; i++)
        out->path[out->count++] = paths->path[i];
    for (size_t i = 0; i < table->key_count; i++) {
        struct text name = text_of(table->key[i].name);
        bool said = false;

        for (size_t k = 0; k < paths->count; k++)
            said = said || path_is_name(paths->path[k], name);
        if (said)
            continue;
        out->path[out->count] = path_new_name(arena, name);
        if (!out->path[out->count++])
            return NULL;
    }
    return out;
}

static void shape_segments(struct job *job, struct read_plan *plan)
{
    const struct read *read = plan->read;
    uint64_t bytes = plan->index ? plan->index->bytes : plan->table->bytes;

    if (plan->access != READ_BY_SCAN)
        return;
    if (read->sample_milli > 0) {
        plan->segments = PLANNER_SAMPLE_SEGMENTS;
    } else if (read->segments > 0) {
        plan->segments = (uint64_t)read->segments;
    } else if (read->start || read->examine || plan->limit > 0 || read->pages > 0) {
        plan->segments = 0;
    } else if (job->settings.segments > 0) {
        plan->segments = (uint64_t)job->settings.segments;
    } else if (read->what == READ_NUMBER || read->by_size) {
        plan->segments = planner_segments(bytes);
    }
    if (plan->segments == 1)
        plan->segments = 0;
}

enum error_code planner_rate(struct rate_said said, uint64_t limit, const char *name,
    const char *kind, uint64_t *rate_milli, struct error *err)
{
    *rate_milli = said.milli;
    if (said.percent_milli == 0)
        return ERROR_NONE;
    if (limit == 0) {
        error_set(err, ERROR_USAGE,
            "a rate in %% needs provisioned or maximum throughput, and %s has none", name);
        return error_hint(err, "say AT 200 %s", kind);
    }
    /* thousandths of a per cent times units: thousandths of a unit are 1/100 of that */
    *rate_milli = said.percent_milli * limit / 100;
    return ERROR_NONE;
}

static bool shape_rate(struct read_plan *plan, struct error *err)
{
    const struct catalog_index *index = plan->index && !plan->index->is_local ? plan->index : NULL;

    return !planner_rate(plan->read->rate, index ? index->read_limit : plan->table->read_limit,
        index ? index->name : plan->table->name, "RCU", &plan->rate_milli, err);
}

bool planner_shape(struct job *job, struct read_plan *plan, const struct value *fixed,
    struct error *err)
{
    struct path_list list = {.arena = job->arena};

    shape_limits(job, plan);
    shape_segments(job, plan);
    shape_projection(&list, plan, fixed);
    warn_projection(job->arena, plan);
    warn_sparse(job->arena, plan);
    if (list.failed) {
        arena_failed(job->arena, err);
        return false;
    }
    return shape_rate(plan, err);
}

static const struct value *decode_token(struct job *job, struct text token, struct error *err)
{
    struct buf json;
    struct text copy;
    const struct json *tree;
    const struct value *key = NULL;
    struct error why;

    buf_init(&json, TOKEN_LIMIT);
    if (crypto_from_base64url(&json, token)) {
        copy = arena_text(job->arena, buf_view(&json));
        tree = copy.data ? json_parse(copy, job->arena, &why) : NULL;
        key = tree ? value_from_wire_item(tree, job->arena, &why) : NULL;
    }
    buf_done(&json);
    if (!key)
        error_set(err, ERROR_USAGE, "START needs a key map or the token of a footer");
    return key;
}

static bool is_start_key(const struct read_plan *plan, const struct value *key)
{
    size_t expected = plan->table->key_count;

    for (size_t i = 0; plan->index && i < plan->key_count; i++)
        expected += planner_find_key(plan->table->key, plan->table->key_count,
                        text_of(plan->key[i].name)) == SIZE_MAX;
    if (key->type != VALUE_M || key->count != expected)
        return false;
    for (size_t i = 0; i < key->count; i++) {
        size_t own = planner_find_key(plan->key, plan->key_count, key->name[i]);
        size_t base = planner_find_key(plan->table->key, plan->table->key_count, key->name[i]);
        char type;

        if (own == SIZE_MAX && base == SIZE_MAX)
            return false;
        type = own != SIZE_MAX ? plan->key[own].type : plan->table->key[base].type;
        if (strcmp(value_type_name(key->element[i].type), (char[2]){type, 0}) != 0)
            return false;
    }
    return true;
}

bool planner_start(struct job *job, struct read_plan *plan, struct error *err)
{
    const struct value *start = plan->read->start;

    if (!start || plan->access == READ_NOTHING)
        return true;
    if (start->type == VALUE_S)
        start = decode_token(job, start->text, err);
    if (start && !is_start_key(plan, start)) {
        error_set(err, ERROR_USAGE, "START is not a key of %s%s%s", plan->table->name,
            plan->index ? "." : "", plan->index ? plan->index->name : "");
        start = NULL;
    } else if (start && plan->merges) {
        error_set(err, ERROR_USAGE, "several partitions merged by ORDER BY cannot be continued");
        start = NULL;
    }
    if (!start) {
        err->line = plan->read->start_token.line;
        err->column = plan->read->start_token.column;
    }
    plan->start = start;
    return start != NULL;
}
