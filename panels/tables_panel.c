#include "panels/panel.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "client/catalog.h"
#include "client/value.h"
#include "panels/filter.h"
#include "panels/list.h"
#include "panels/words.h"

enum { OUTSTANDING = 10, NAME_SIZE = 256, ROW_LIMIT = 100000 };

#define ANSWER_PATIENCE (30 * CLOCK_SECOND)

struct row {
    uint32_t table;
    int index; /* of its indexes; -1: the table itself */
};

struct tables {
    struct list list;
    struct filter *filter;
    struct row *row;
    size_t rows, capacity;
    struct map *unfolded, *asked; /* names */
    struct {
        char name[NAME_SIZE];
        uint64_t at;
    } waiting[OUTSTANDING]; /* for answers to DESCRIBE */
    unsigned generation;
    uint64_t refreshed;      /* monotonic: what was described before is asked for again */
    char current[NAME_SIZE]; /* table under the cursor: it stays there when the list changes */
};

static enum error_code tables_open(struct panel *panel, struct error *err)
{
    struct tables *tables = panel->state;

    tables->unfolded = map_new();
    tables->asked = map_new();
    return tables->unfolded && tables->asked ? ERROR_NONE : error_memory(err);
}

static void tables_close(struct panel *panel)
{
    struct tables *tables = panel->state;

    map_free(tables->unfolded);
    map_free(tables->asked);
    filter_free(tables->filter);
    mem_free(tables->row);
}

static const struct catalog_table *table_at(const struct panel *panel, size_t index)
{
    const struct tables *tables = panel->state;
    const struct catalog_snapshot *snapshot = panel->host->snapshot;

    if (!snapshot || index >= tables->rows || tables->row[index].table >= snapshot->table_count)
        return NULL;
    return snapshot->table[tables->row[index].table];
}

static const struct catalog_index *index_at(const struct panel *panel, size_t row)
{
    const struct tables *tables = panel->state;
    const struct catalog_table *table = table_at(panel, row);

    if (!table || tables->row[row].index < 0 ||
        (size_t)tables->row[row].index >= table->index_count)
        return NULL;
    return &table->index[tables->row[row].index];
}

static bool add_row(struct tables *tables, uint32_t table, int index)
{
    if (tables->rows == tables->capacity) {
        size_t capacity = tables->capacity ? tables->capacity * 2 : 64;
        struct row *row =
            capacity > ROW_LIMIT ? NULL : mem_resize(tables->row, capacity, sizeof *row);

        if (!row)
            return false;
        tables->row = row;
        tables->capacity = capacity;
    }
    tables->row[tables->rows++] = (struct row){table, index};
    return true;
}

static void build_rows(struct panel *panel)
{
    struct tables *tables = panel->state;
    const struct catalog_snapshot *snapshot = panel->host->snapshot;

    tables->rows = 0;
    for (size_t i = 0; snapshot && i < snapshot->table_count; i++) {
        const struct catalog_table *table = snapshot->table[i];

        if (!filter_matches_text(tables->filter, i + 1, text_of(table->name)))
            continue;
        if (!add_row(tables, (uint32_t)i, -1))
            return;
        if (!map_get(tables->unfolded, text_of(table->name)))
            continue;
        for (size_t j = 0; j < table->index_count; j++)
            if (!add_row(tables, (uint32_t)i, (int)j))
                return;
    }
}

/* The cursor goes with its table when others come or go. */
static void keep_cursor(struct panel *panel)
{
    struct tables *tables = panel->state;
    const struct catalog_table *table = table_at(panel, tables->list.cursor);

    if (tables->current[0] && (!table || strcmp(table->name, tables->current) != 0)) {
        for (size_t i = 0; i < tables->rows; i++) {
            if (strcmp(table_at(panel, i)->name, tables->current) == 0) {
                list_move(&tables->list, i);
                break;
            }
        }
    }
    table = table_at(panel, tables->list.cursor);
    snprintf(tables->current, sizeof tables->current, "%s", table ? table->name : "");
}

/* A place for one more question, NULL while ten are open. */
static int free_place(struct panel *panel)
{
    struct tables *tables = panel->state;

    for (int i = 0; i < OUTSTANDING; i++) {
        const struct catalog_table *table;

        if (!tables->waiting[i].name[0])
            return i;
        table = catalog_find_table(panel->host->snapshot, text_of(tables->waiting[i].name));
        if (!table || table->described > tables->refreshed || table->failure ||
            panel->host->now - tables->waiting[i].at > ANSWER_PATIENCE)
            return i;
    }
    return -1;
}

/* Names come at once; the rest is asked for what is in sight only. */
static void ask_for_visible(struct panel *panel)
{
    struct tables *tables = panel->state;

    for (size_t i = tables->list.top;
         i < tables->rows && i < tables->list.top + (size_t)tables->list.height; i++) {
        const struct catalog_table *table = table_at(panel, i);
        struct buf statement;
        int place;

        if (!table || (table->described > tables->refreshed && !table->failure) ||
            map_get(tables->asked, text_of(table->name)))
            continue;
        place = free_place(panel);
        if (place < 0 || !map_set(tables->asked, text_of(table->name), tables))
            return;
        snprintf(tables->waiting[place].name, NAME_SIZE, "%s", table->name);
        tables->waiting[place].at = panel->host->now;
        buf_init(&statement, 1024);
        buf_add_string(&statement, "DESCRIBE ");
        value_add_name(&statement, text_of(table->name));
        host_emit(panel->host, TARGET_QUIET, "panel", buf_string(&statement));
        buf_done(&statement);
    }
}

static void tables_compute(struct panel *panel)
{
    struct tables *tables = panel->state;
    const struct catalog_snapshot *snapshot = panel->host->snapshot;

    if (tables->generation != panel->host->catalog_generation) { /* another connection */
        tables->generation = panel->host->catalog_generation;
        map_free(tables->asked);
        tables->asked = map_new();
        memset(tables->waiting, 0, sizeof tables->waiting);
    }
    build_rows(panel);
    list_fit(&tables->list, tables->rows, panel->height - 1);
    keep_cursor(panel);
    if (tables->asked && snapshot)
        ask_for_visible(panel);
    if (snapshot && snapshot->tables_known)
        snprintf(panel->title, sizeof panel->title, "Tables %zu", snapshot->table_count);
    else
        snprintf(panel->title, sizeof panel->title, "Tables");
    snprintf(panel->foot, sizeof panel->foot, "%zu/%zu", tables->rows ? tables->list.cursor + 1 : 0,
        tables->rows);
}

/* Strongest first: failed, then what the service is doing to it. */
static const char *state_sign(const struct catalog_table *table)
{
    static const struct {
        const char *status, *sign;
    } signs[] = {
        {"CREATING", "C"},
        {"UPDATING", "U"},
        {"DELETING", "D"},
        {"ARCHIVING", "A"},
        {"ARCHIVED", "A"},
        {"INACCESSIBLE_ENCRYPTION_CREDENTIALS", "I"},
    };

    if (table->failure)
        return "E";
    for (size_t i = 0; table->status && i < sizeof signs / sizeof *signs; i++)
        if (!strcmp(table->status, signs[i].status))
            return signs[i].sign;
    return " ";
}

enum column { COLUMN_ITEMS, COLUMN_SIZE, COLUMN_MODE, COLUMN_INDEXES, COLUMN_STREAM, COLUMN_TTL };

static const struct {
    const char *head;
    int width;
    int from; /* inside width from which on it is shown */
} column_table[] = {
    {"ITEMS", 5, 16},
    {"SIZE", 4, 22},
    {"MODE", 7, 44},
    {"IDX", 3, 50},
    {"STREAM", 6, 60},
    {"TTL", 12, 76},
};

enum { COLUMNS = sizeof column_table / sizeof *column_table };

static void add_cell(const struct catalog_table *table, enum column column, struct buf *out)
{
    if (!table->described)
        return;
    switch (column) {
    case COLUMN_ITEMS:
        words_add_short(out, table->items);
        break;
    case COLUMN_SIZE:
        words_add_bytes(out, table->bytes);
        break;
    case COLUMN_MODE:
        if (table->on_demand)
            buf_add_string(out, "od");
        else
            buf_add_format(out, "%llu/%llu", (unsigned long long)table->read_units,
                (unsigned long long)table->write_units);
        break;
    case COLUMN_INDEXES:
        buf_add_format(out, "%zu", table->index_count);
        break;
    case COLUMN_STREAM:
        buf_add_string(out, table->stream ? "yes" : "-");
        break;
    case COLUMN_TTL:
        buf_add_string(out, table->ttl ? table->ttl : "-");
        break;
    }
}

static void paint_index(const struct canvas *canvas, int row, const struct catalog_index *index)
{
    struct buf line;

    buf_init(&line, 4096);
    for (size_t i = 0; i < index->key_count; i++)
        buf_add_format(&line, "%s%s", i ? ", " : "", index->key[i].name);
    canvas_string(canvas, row, 5, canvas->width - 5, ROLE_TEXT, index->name);
    if (canvas->width >= 40)
        canvas_format(canvas, row, 24, canvas->width - 24, ROLE_DIM, "(%s) %s%s%s",
            buf_string(&line), index->projection, strcmp(index->status, "ACTIVE") ? " " : "",
            strcmp(index->status, "ACTIVE") ? index->status : "");
    buf_done(&line);
}

static void paint_table(const struct canvas *canvas, int row, const struct catalog_table *table,
    int shown, bool unfolded)
{
    int right = canvas->width;
    struct buf cell;

    buf_init(&cell, 256);
    for (int i = shown - 1; i >= 0; i--) {
        right -= column_table[i].width;
        buf_clear(&cell);
        add_cell(table, (enum column)i, &cell);
        canvas_right(canvas, row, right, column_table[i].width,
            i == COLUMN_ITEMS || i == COLUMN_SIZE ? ROLE_TYPE_N : ROLE_DIM, buf_view(&cell));
        right--;
    }
    canvas_string(canvas, row, 2, 1, table->failure ? ROLE_MSG_ERROR : ROLE_MSG_WARN,
        state_sign(table));
    canvas_glyph(canvas, row, 3, ROLE_DIM, unfolded ? GLYPH_OPEN : GLYPH_CLOSED);
    if (table->described && table->index_count == 0)
        canvas_string(canvas, row, 3, 1, ROLE_DIM, " ");
    canvas_string(canvas, row, 4, right - 4, ROLE_TEXT, table->name);
    buf_done(&cell);
}

static void paint_empty(const struct panel *panel, const struct canvas *canvas)
{
    const struct catalog_snapshot *snapshot = panel->host->snapshot;
    const struct screen_status *status = &panel->host->status;

    if (panel->filter[0] && snapshot && snapshot->table_count > 0) {
        canvas_format(canvas, 1, 1, canvas->width - 2, ROLE_DIM, "0 of %zu match /%s",
            snapshot->table_count, panel->filter);
        canvas_string(canvas, 2, 1, canvas->width - 2, ROLE_DIM, "ESC clears the filter");
    } else if (snapshot && snapshot->tables_known) {
        canvas_format(canvas, 1, 1, canvas->width - 2, ROLE_DIM, "no tables in %s",
            status->region[0] ? status->region : "this endpoint");
        canvas_format(canvas, 2, 1, canvas->width - 2, ROLE_DIM, "for %s.", status->profile);
        canvas_string(canvas, 3, 1, canvas->width - 2, ROLE_DIM, "i creates one");
    } else {
        canvas_string(canvas, 1, 1, canvas->width - 2, ROLE_DIM,
            panel->host->catalog ? "loading: SHOW TABLES" : "not connected");
    }
}

static void tables_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct tables *tables = panel->state;
    int shown = 0, right = canvas->width;

    while (shown < COLUMNS && canvas->width >= column_table[shown].from)
        shown++;
    for (int i = shown - 1; i >= 0; i--) {
        right -= column_table[i].width;
        canvas_right(canvas, 0, right, column_table[i].width, ROLE_DIM,
            text_of(column_table[i].head));
        right--;
    }
    canvas_string(canvas, 0, 4, right - 4, ROLE_DIM, "NAME");
    if (tables->rows == 0) {
        paint_empty(panel, canvas);
        if (panel->focused)
            canvas_cursor(canvas, 1, 0);
        return;
    }
    for (int row = 0; row < tables->list.height; row++) {
        size_t at = tables->list.top + (size_t)row;
        const struct catalog_table *table = table_at(panel, at);
        const struct catalog_index *index = index_at(panel, at);

        if (!table)
            return;
        if (index)
            paint_index(canvas, row + 1, index);
        else
            paint_table(canvas, row + 1, table, shown,
                map_get(tables->unfolded, text_of(table->name)) != NULL);
        if (at != tables->list.cursor)
            continue;
        canvas_string(canvas, row + 1, 0, 1, ROLE_TITLE, ">");
        canvas_cursor_row(canvas, row + 1, canvas->width, panel->focused);
        if (panel->focused)
            canvas_cursor(canvas, row + 1, 0);
    }
}

static void ask_count(struct panel *panel, const struct catalog_table *table)
{
    struct buf statement, question, details;

    buf_init(&statement, 1024);
    buf_init(&question, 1024);
    buf_init(&details, 1024);
    buf_add_string(&statement, "COUNT ");
    value_add_name(&statement, text_of(table->name));
    buf_add_format(&question, "Count the items of %s? The whole table is read.", table->name);
    if (table->described) {
        buf_add_string(&details, "about ");
        words_add_count(&details, table->items);
        buf_add_string(&details, " items, ");
        words_add_bytes(&details, table->bytes);
        buf_add_string(&details, ", ");
        /* Half a unit for 4 KB, eventually consistent. */
        words_add_count(&details, (table->bytes + 8191) / 8192);
        buf_add_string(&details, " RCU");
    }
    host_confirm(panel->host, buf_string(&question), buf_string(&details), TARGET_MESSAGE,
        buf_string(&statement));
    buf_done(&statement);
    buf_done(&question);
    buf_done(&details);
}

static void open_menu(struct panel *panel)
{
    static const struct host_choice choices[] = {
        {"SCAN one page", "Read one page into the items grid", "SCAN {table} EXAMINE {page}",
            TARGET_ITEMS},
        {"QUERY ..", "Items of one partition", ":QUERY {table} WHERE {partition} = |",
            TARGET_MESSAGE},
        {"DESCRIBE", "Keys, indexes, capacity, stream", "DESCRIBE {name}", TARGET_RESULTS},
        {"COUNT", "Reads the whole table", "count-table", TARGET_MESSAGE},
        {"CREATE TABLE .. LIKE", "Another one with these keys and indexes",
            ":CREATE TABLE | LIKE {name}", TARGET_MESSAGE},
        {"PUT ..", "Write an item", ":PUT {name} {|}", TARGET_MESSAGE},
        {"DROP TABLE", "Asks for its name", "DROP TABLE {name}", TARGET_MESSAGE},
    };

    host_menu(panel->host, "table", choices, sizeof choices / sizeof *choices);
}

static bool act_on_table(struct panel *panel, const char *action)
{
    struct tables *tables = panel->state;
    const struct catalog_table *table = table_at(panel, tables->list.cursor);

    if (!strcmp(action, "menu")) {
        open_menu(panel);
        return true;
    }
    if (!table)
        return false;
    if (!strcmp(action, "unfold")) {
        (void)map_set(tables->unfolded, text_of(table->name), tables);
    } else if (!strcmp(action, "fold")) {
        (void)map_remove(tables->unfolded, text_of(table->name));
    } else if (!strcmp(action, "count-table")) {
        ask_count(panel, table);
    } else {
        return false;
    }
    return true;
}

static bool find_name(struct panel *panel, const char *needle, bool forward)
{
    struct tables *tables = panel->state;
    size_t at = tables->list.cursor;

    for (size_t step = 0; step < tables->rows; step++) {
        at = forward ? (at + 1) % tables->rows : (at + tables->rows - 1) % tables->rows;
        if (tables->row[at].index < 0 &&
            filter_finds(text_of(table_at(panel, at)->name), text_of(needle))) {
            list_move(&tables->list, at);
            return true;
        }
    }
    return false;
}

static bool tables_act(struct panel *panel, const char *action, const char *argument)
{
    struct tables *tables = panel->state;
    int64_t row;
    bool moved = list_act(&tables->list, action, argument);

    if (!moved && !strcmp(action, "click") && text_to_integer(text_of(argument), 1, 1000, &row)) {
        list_move(&tables->list, tables->list.top + (size_t)row - 1);
        moved = true;
    } else if (!moved && !strcmp(action, "scroll") &&
               text_to_integer(text_of(argument), -100, 100, &row)) {
        list_scroll(&tables->list, (int)row);
        moved = true;
    } else if (!moved && !strncmp(action, "find-", 5)) {
        moved = find_name(panel, argument, !strcmp(action, "find-next"));
        if (!moved)
            return false;
    }
    if (moved) {
        const struct catalog_table *table = table_at(panel, tables->list.cursor);

        snprintf(tables->current, sizeof tables->current, "%s", table ? table->name : "");
        return true;
    }
    return act_on_table(panel, action);
}

static bool tables_expand(struct panel *panel, struct text name, struct buf *out)
{
    struct tables *tables = panel->state;
    const struct catalog_table *table = table_at(panel, tables->list.cursor);
    const struct catalog_index *index = index_at(panel, tables->list.cursor);

    if (text_is(name, "again")) { /* R: everything that is in sight */
        tables->refreshed = panel->host->now;
        map_free(tables->asked);
        tables->asked = map_new();
        memset(tables->waiting, 0, sizeof tables->waiting);
    }
    if (text_is(name, "statement") || text_is(name, "again")) {
        buf_add_string(out, "SHOW TABLES");
        return true;
    }
    if (text_is(name, "crumbs")) {
        buf_add_format(out, "tables%s%s", table ? " > " : "", table ? table->name : "");
        return true;
    }
    if (!table)
        return false;
    if (text_is(name, "link")) {
        buf_add_format(out, "tables/%s", table->name);
    } else if (text_is(name, "table") || text_is(name, "name")) {
        value_add_name(out, text_of(table->name));
        if (index && text_is(name, "table")) {
            buf_add_char(out, '.');
            value_add_name(out, text_of(index->name));
        }
    } else if (text_is(name, "partition")) {
        if (index ? index->key_count == 0 : table->key_count == 0)
            return false;
        value_add_name(out, text_of(index ? index->key[0].name : table->key[0].name));
    } else {
        return false;
    }
    return true;
}

static bool tables_filter(struct panel *panel, struct text source, struct error *err)
{
    struct tables *tables = panel->state;
    struct filter *filter = filter_new(source, err);

    if (!filter)
        return false;
    filter_free(tables->filter);
    tables->filter = filter;
    return true;
}

static bool tables_copy(struct panel *panel, char what, struct buf *out)
{
    struct tables *tables = panel->state;
    const struct catalog_table *table = table_at(panel, tables->list.cursor);

    if (!table)
        return false;
    if (what == 'd' && table->json)
        buf_add_string(out, table->json);
    else
        buf_add_string(out, table->name);
    return true;
}

static const char *const tables_contexts[] = {"list", NULL};

const struct panel_class tables_panel_class = {
    .name = "tables",
    .title = "Tables",
    .state_size = sizeof(struct tables),
    .contexts = tables_contexts,
    .open = tables_open,
    .compute = tables_compute,
    .paint = tables_paint,
    .act = tables_act,
    .expand = tables_expand,
    .filter = tables_filter,
    .copy = tables_copy,
    .close = tables_close,
};
