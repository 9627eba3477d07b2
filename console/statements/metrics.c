#include "base/clock.h"
#include "console/gateway_call.h"
#include "console/gateway_catalog.h"
#include "console/job.h"
#include "console/language/parser.h"
#include "console/listing.h"
#include "console/metric_query.h"
#include "console/plan.h"
#include "console/statement.h"

#include <stdlib.h>
#include <string.h>

/* SHOW METRICS of an API's stage and routes (language.md 3.4, screens.md 3.7). */

enum { LINES_LIMIT = 300, DEFAULT_WINDOW = 60 /* seconds; 5 minutes on CloudWatch */ };

struct metrics_node {
    struct api_ref scope;
    struct text route;
    enum { BY_ROUTE, BY_STAGE, BY_API } by;
    uint64_t since, every; /* ns; 0: not said */
};

struct metrics_plan {
    struct metric_line line[LINES_LIMIT];
    size_t line_count;
    bool is_rest, is_local;
    char title[160];
};

static bool parse_by(struct lexer *lexer, struct metrics_node *node, struct error *err)
{
    if (parse_word(lexer, "ROUTE"))
        node->by = BY_ROUTE;
    else if (parse_word(lexer, "STAGE"))
        node->by = BY_STAGE;
    else if (parse_word(lexer, "API"))
        node->by = BY_API;
    else
        return parse_expected(lexer, "ROUTE, STAGE or API", err);
    return true;
}

static bool parse_metrics(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct metrics_node *node = arena_alloc(lexer->arena, 1, sizeof *node);
    bool good = true;

    if (!node) {
        arena_failed(lexer->arena, err);
        return false;
    }
    tree->node = node;
    if (!parse_scope(lexer, &node->scope, err))
        return false;
    while (good && !parse_at_end(lexer)) {
        if (parse_word(lexer, "ROUTE"))
            good = parse_string(lexer, "a route", &node->route, err);
        else if (parse_word(lexer, "BY"))
            good = parse_by(lexer, node, err);
        else if (parse_word(lexer, "SINCE"))
            good = parse_duration(lexer, "a duration", &node->since, err);
        else if (parse_word(lexer, "EVERY"))
            good = parse_duration(lexer, "a duration", &node->every, err);
        else
            break;
    }
    return good;
}

/* REST is counted by name, HTTP by id (gateway.md 18.1). */
static bool add_line(struct metrics_plan *detail, struct arena *arena,
    const struct gateway_api *api, struct text stage, struct text method, struct text path)
{
    struct metric_line *line = &detail->line[detail->line_count];
    struct json_writer writer;
    struct buf out;
    struct text route = path;

    if (detail->line_count == LINES_LIMIT)
        return true;
    if (method.length && path.length)
        route = text_of(arena_format(arena, "%.*s %.*s", (int)method.length, method.data,
            (int)path.length, path.data));
    buf_init(&out, 64 << 10);
    json_writer_init(&writer, &out);
    json_begin_array(&writer);
    for (int i = 0; i < 4; i++) {
        const char *name[] = {detail->is_rest ? "ApiName" : "ApiId", "Stage",
            detail->is_rest ? "Resource" : "Route", "Method"};
        struct text value[] = {detail->is_rest ? api->name : api->id, stage,
            detail->is_rest ? path : route, detail->is_rest ? method : (struct text){0}};

        if (!value[i].length)
            continue;
        json_begin_object(&writer);
        json_pair_string(&writer, "Name", name[i]);
        json_pair(&writer, "Value", value[i]);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    line->name = route.length ? arena_string(arena, route) : "all";
    line->dimensions = out.failure ? NULL : arena_string(arena, buf_view(&out));
    buf_done(&out);
    detail->line_count++;
    return line->name && line->dimensions;
}

/* Routes from the catalog when they are known there: a panel asks every second. */
static enum error_code add_routes(struct job *job, struct plan *plan, struct gateway_api *api,
    struct text stage, const struct metrics_node *node, struct error *err)
{
    struct metrics_plan *detail = plan->detail;
    const struct catalog_snapshot *snapshot;
    const struct catalog_api *known;
    size_t matches;
    bool good = true;

    for (int tries = 0; tries < 2; tries++) {
        snapshot = catalog_snapshot(plan->link->catalog);
        if (!snapshot)
            return error_memory(err);
        known = catalog_find_api(snapshot, api->id, &matches);
        if (known && known->routes_known)
            break;
        catalog_release(plan->link->catalog, snapshot);
        snapshot = NULL;
        if (gateway_read_routes(job, plan->link, api, err))
            return err->code;
    }
    for (size_t i = 0; snapshot && known && good && i < known->route_count; i++) {
        struct text method = arena_text(plan->arena, text_of(known->route[i].method));
        struct text path = arena_text(plan->arena, text_of(known->route[i].path));
        char *name = arena_format(plan->arena, "%s%s%s", known->route[i].method,
            method.length ? " " : "", known->route[i].path);

        good = name && method.data && path.data;
        if (good && (!node->route.length || text_is(node->route, name)))
            good = add_line(detail, plan->arena, api, stage, method, path);
    }
    if (snapshot)
        catalog_release(plan->link->catalog, snapshot);
    if (good && node->route.length && detail->line_count == 0)
        return error_set(err, ERROR_NOT_FOUND, "%.*s has no route %.*s", (int)api->name.length,
            api->name.data, (int)node->route.length, node->route.data);
    return good ? ERROR_NONE : arena_failed(plan->arena, err);
}

static void make_request(const struct metrics_plan *detail, uint64_t window, uint64_t period,
    struct metric_request *request)
{
    uint64_t now = clock_wall() / CLOCK_SECOND * CLOCK_SECOND + CLOCK_SECOND;

    *request = (struct metric_request){.is_rest = detail->is_rest,
        .is_local = detail->is_local,
        .line = detail->line,
        .line_count = detail->line_count,
        .start = now - window,
        .end = now,
        .period = period};
}

static uint64_t window_of(const struct metrics_node *node, bool is_local)
{
    uint64_t least = is_local ? CLOCK_SECOND : 60 * CLOCK_SECOND;
    uint64_t window =
        node->since ? node->since : (is_local ? 1 : 5) * (uint64_t)DEFAULT_WINDOW * CLOCK_SECOND;

    window = (window + least - 1) / least * least;
    return window;
}

static enum error_code plan_metrics(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    struct metrics_node *node = tree->node;
    struct metrics_plan *detail = arena_alloc(plan->arena, 1, sizeof *detail);
    struct text stage;
    struct gateway_api *api = gateway_find(job, &node->scope, &plan->link, &stage, err);
    struct metric_request request;
    const char **body;
    struct buf title;
    enum error_code code = ERROR_NONE;

    if (!api)
        return err->code;
    if (!detail)
        return arena_failed(plan->arena, err);
    plan->detail = detail;
    detail->is_rest = api->kind == 'R';
    detail->is_local = connection_is_local(plan->link->connection);
    if (node->by == BY_API)
        stage = (struct text){0};
    if (node->by == BY_ROUTE)
        code = add_routes(job, plan, api, stage, node, err);
    if (code == ERROR_NONE && !node->route.length &&
        !add_line(detail, plan->arena, api, stage, (struct text){0}, (struct text){0}))
        code = arena_failed(plan->arena, err);
    if (code)
        return code;
    buf_init(&title, sizeof detail->title - 1);
    buf_add_format(&title, "%.*s%s%.*s  %s", (int)api->name.length, api->name.data,
        stage.length ? "/" : "", (int)stage.length, stage.data,
        detail->is_local ? "gatehouse 1s" : "CloudWatch 60s");
    memcpy(detail->title, buf_string(&title), title.failure ? 0 : title.length + 1);
    buf_done(&title);
    make_request(detail, window_of(node, detail->is_local), window_of(node, detail->is_local),
        &request);
    body = metric_bodies(plan->arena, &request, err);
    if (!body)
        return err->code;
    plan_add(plan, PLAN_PLAN, "read metrics of %zu line%s", detail->line_count,
        detail->line_count == 1 ? "" : "s");
    for (; *body; body++)
        plan_add_call(plan, &service_cloudwatch, "GetMetricData", "1 or more", NULL,
            text_of(*body));
    return ERROR_NONE;
}

struct metric_cell {
    double value;
    unsigned points;
};

/* One output row: a line over the window, or one of its slots. */
struct metric_row {
    size_t line;
    uint64_t at;
    struct metric_cell cell[METRIC_KINDS];
};

struct metric_rows {
    struct arena *arena;
    struct metric_row *row;
    size_t count, capacity;
    bool by_slot, failed;
};

static struct metric_row *row_for(struct metric_rows *rows, size_t line, uint64_t at)
{
    for (size_t i = rows->count; i-- > 0;)
        if (rows->row[i].line == line && (!rows->by_slot || rows->row[i].at == at))
            return &rows->row[i];
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 64;
        struct metric_row *grown = arena_alloc(rows->arena, capacity, sizeof *grown);

        if (!grown) {
            rows->failed = true;
            return NULL;
        }
        if (rows->count)
            memcpy(grown, rows->row, rows->count * sizeof *grown);
        rows->row = grown;
        rows->capacity = capacity;
    }
    rows->row[rows->count] = (struct metric_row){.line = line, .at = at};
    return &rows->row[rows->count++];
}

/* Sums add up; a percentile of several periods is not made from theirs, so it stays unknown. */
static void collect(void *user, const struct metric_point *point)
{
    struct metric_rows *rows = user;
    struct metric_row *row = row_for(rows, point->line, point->at);
    struct metric_cell *cell;

    if (!row)
        return;
    cell = &row->cell[point->kind];
    cell->points++;
    if (point->kind <= METRIC_5XX)
        cell->value += point->value;
    else if (point->kind == METRIC_MAX)
        cell->value = point->value > cell->value ? point->value : cell->value;
    else
        cell->value = point->value;
}

static bool is_known(const struct metric_row *row, size_t kind)
{
    const struct metric_cell *cell = &row->cell[kind];

    return cell->points == 1 || (cell->points > 1 && (kind <= METRIC_5XX || kind == METRIC_MAX));
}

enum {
    COLUMN_TIME,
    COLUMN_ROUTE,
    COLUMN_COUNT,
    COLUMN_RATE,
    COLUMN_P50,
    COLUMN_P90,
    COLUMN_P95,
    COLUMN_P99,
    COLUMN_MAX,
    COLUMN_2XX,
    COLUMN_3XX,
    COLUMN_4XX,
    COLUMN_5XX,
    COLUMN_INTEGRATION,
    COLUMNS
};
static const char *const column_table[COLUMNS] = {"time", "route", "count", "rate", "p50", "p90",
    "p95", "p99", "max", "2xx", "3xx", "4xx", "5xx", "integration"};
static const struct {
    size_t column, kind;
    bool is_duration;
} cell_table[] = {
    {COLUMN_P50, METRIC_P50, true},
    {COLUMN_P90, METRIC_P90, true},
    {COLUMN_P95, METRIC_P95, true},
    {COLUMN_P99, METRIC_P99, true},
    {COLUMN_MAX, METRIC_MAX, true},
    {COLUMN_2XX, METRIC_2XX, false},
    {COLUMN_3XX, METRIC_3XX, false},
    {COLUMN_4XX, METRIC_4XX, false},
    {COLUMN_5XX, METRIC_5XX, false},
    {COLUMN_INTEGRATION, METRIC_INTEGRATION_P50, true},
};

/* Three digits that matter: 0.084, 4.25, 350.1. */
static int duration_digits(double milliseconds)
{
    return milliseconds < 1 ? 3 : milliseconds < 10 ? 2 : 1;
}

static enum error_code print_row(struct listing *listing, const struct metrics_plan *detail,
    const struct metric_row *row, uint64_t seconds, bool with_time, struct error *err)
{
    size_t skip = with_time ? 0 : 1; /* without time the columns start one later */

    if (with_time) {
        struct buf time;

        buf_init(&time, 40);
        clock_add_iso(&time, row->at, false);
        listing_text(listing, COLUMN_TIME, arena_text(listing->job->arena, buf_view(&time)));
        buf_done(&time);
    }
    listing_string(listing, COLUMN_ROUTE - skip, detail->line[row->line].name);
    listing_integer(listing, COLUMN_COUNT - skip, (int64_t)row->cell[METRIC_COUNT].value);
    listing_double(listing, COLUMN_RATE - skip,
        row->cell[METRIC_COUNT].value / (double)(seconds ? seconds : 1), 1);
    for (size_t i = 0; i < sizeof cell_table / sizeof *cell_table; i++)
        if (is_known(row, cell_table[i].kind))
            listing_double(listing, cell_table[i].column - skip,
                row->cell[cell_table[i].kind].value,
                cell_table[i].is_duration ? duration_digits(row->cell[cell_table[i].kind].value)
                                          : 0);
    return listing_row(listing, err);
}

static int compare_rows(const void *left, const void *right)
{
    const struct metric_row *a = left, *b = right;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

static enum error_code print_rows(struct job *job, const struct metrics_node *node,
    struct plan *plan, struct error *err)
{
    struct metrics_plan *detail = plan->detail;
    uint64_t window = window_of(node, detail->is_local), period = node->every;
    struct metric_rows rows = {.arena = job->arena, .by_slot = period != 0};
    struct metric_request request;
    struct listing listing;
    enum error_code code;

    if (period && !detail->is_local)
        period = (period + 60 * CLOCK_SECOND - 1) / (60 * CLOCK_SECOND) * (60 * CLOCK_SECOND);
    else if (period)
        period = period < CLOCK_SECOND ? CLOCK_SECOND : period / CLOCK_SECOND * CLOCK_SECOND;
    make_request(detail, window, period ? period : window, &request);
    code = metric_read(job, plan->link, &request, collect, &rows, err);
    if (code == ERROR_NONE && rows.failed)
        code = arena_failed(job->arena, err);
    if (code == ERROR_NONE)
        code = listing_begin(&listing, job, detail->title, column_table + !period,
            COLUMNS - !period, err);
    if (code)
        return code;
    if (!period)
        for (size_t i = 0; i < detail->line_count; i++) {
            struct metric_row *row = row_for(&rows, i, 0);

            if (row)
                row->at = 0;
        }
    if (rows.count)
        qsort(rows.row, rows.count, sizeof *rows.row, compare_rows);
    for (size_t i = 0; code == ERROR_NONE && i < rows.count; i++)
        code = print_row(&listing, detail, &rows.row[i], (period ? period : window) / CLOCK_SECOND,
            period != 0, err);
    return code ? code : listing_end(&listing, err);
}

static uint32_t microseconds(const struct metric_row *row, size_t kind)
{
    double value = row->cell[kind].value * 1000;

    return is_known(row, kind) && value > 0 && value < 4.2e9 ? (uint32_t)value : 0;
}

static struct series_slot slot_of(const struct metric_row *row)
{
    const struct metric_cell *cell = row->cell;

    return (struct series_slot){.at = row->at,
        .count = (uint64_t)cell[METRIC_COUNT].value,
        .s2 = (uint64_t)cell[METRIC_2XX].value,
        .s3 = (uint64_t)cell[METRIC_3XX].value,
        .s4 = (uint64_t)cell[METRIC_4XX].value,
        .s5 = (uint64_t)cell[METRIC_5XX].value,
        .p50 = microseconds(row, METRIC_P50),
        .p90 = microseconds(row, METRIC_P90),
        .p95 = microseconds(row, METRIC_P95),
        .p99 = microseconds(row, METRIC_P99),
        .p999 = microseconds(row, METRIC_P999),
        .max = microseconds(row, METRIC_MAX),
        .integration_p50 = microseconds(row, METRIC_INTEGRATION_P50),
        .integration_p99 = microseconds(row, METRIC_INTEGRATION_P99)};
}

/* From the newest slot the series has, at most its whole length. */
static uint64_t slots_to_read(const struct series *series, const char *line)
{
    uint64_t length = series_slot_length(series), now = clock_wall();
    struct series_slot slot[SERIES_SLOTS];
    size_t count = series_copy(series, line, 0, slot, SERIES_SLOTS);

    for (size_t i = count; i-- > 0;)
        if (slot[i].at && slot[i].at < now) {
            uint64_t age = (now - slot[i].at) / length + 3;

            return (age < SERIES_SLOTS ? age : SERIES_SLOTS) * length;
        }
    return 300 * length;
}

static enum error_code fill_series(struct job *job, const struct metrics_node *node,
    struct plan *plan, struct error *err)
{
    struct metrics_plan *detail = plan->detail;
    struct metric_rows slots = {.arena = job->arena, .by_slot = true},
                       totals = {.arena = job->arena};
    uint64_t length = series_slot_length(job->series), window = window_of(node, detail->is_local);
    struct metric_request request;
    enum error_code code;

    if (length < CLOCK_SECOND)
        length = CLOCK_SECOND;
    series_set_title(job->series, detail->title);
    make_request(detail, slots_to_read(job->series, detail->line[detail->line_count - 1].name),
        length, &request);
    code = metric_read(job, plan->link, &request, collect, &slots, err);
    make_request(detail, window, window, &request);
    if (code == ERROR_NONE)
        code = metric_read(job, plan->link, &request, collect, &totals, err);
    for (size_t i = 0; code == ERROR_NONE && i < slots.count; i++) {
        struct series_slot slot = slot_of(&slots.row[i]);

        code = series_put(job->series, detail->line[slots.row[i].line].name, &slot, err);
    }
    for (size_t i = 0; code == ERROR_NONE && i < detail->line_count; i++) {
        struct metric_row *row = row_for(&totals, i, 0);
        struct series_slot slot = row ? slot_of(row) : (struct series_slot){0};

        slot.at = request.end;
        code = series_put_total(job->series, detail->line[i].name, &slot, err);
    }
    series_set_failure(job->series, code ? err->text : "");
    return code;
}

static enum error_code run_metrics(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    return job->series ? fill_series(job, tree->node, plan, err)
                       : print_rows(job, tree->node, plan, err);
}

const struct statement metrics_statement_table[] = {
    {
        .name = "SHOW METRICS",
        .syntax = "[OF api/stage] [ROUTE route] [BY ROUTE|STAGE|API] [SINCE duration] "
                  "[EVERY duration]",
        .summary = "Show requests, errors and latency percentiles of an API's routes",
        .family = "Metrics and logs",
        .flags = STATEMENT_READ,
        .example = (const char *const[]){"SHOW METRICS OF shop/prod BY ROUTE SINCE 1h",
            "WATCH EVERY 5s SHOW METRICS OF shop/prod BY STAGE", NULL},
        .parse = parse_metrics,
        .plan = plan_metrics,
        .run = run_metrics,
    },
    {0},
};
