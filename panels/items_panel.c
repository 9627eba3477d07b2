#include "panels/result.h"

#include <stdio.h>
#include <string.h>

#include "client/catalog.h"

struct items {
    struct result result;
};

static enum error_code items_open(struct panel *panel, struct error *err)
{
    struct items *items = panel->state;

    return result_open(&items->result, err);
}

static void items_close(struct panel *panel)
{
    struct items *items = panel->state;

    result_close(&items->result);
}

/* "orders  index by-status (status S, updated S)  proj ALL", as much as there is room for. */
static void fill_title(struct panel *panel)
{
    struct items *items = panel->state;
    const struct subject *subject = &items->result.subject;
    const struct catalog_snapshot *snapshot = panel->host->snapshot;
    const struct catalog_table *table =
        snapshot ? catalog_find_table(snapshot, text_of(subject->table)) : NULL;
    const struct catalog_index *index =
        table && subject->index[0] ? catalog_find_index(table, text_of(subject->index)) : NULL;
    struct buf title;

    if (!subject->table[0]) {
        snprintf(panel->title, sizeof panel->title, "Items");
        return;
    }
    buf_init(&title, sizeof panel->title);
    buf_add_string(&title, subject->table);
    if (subject->index[0])
        buf_add_format(&title, " %s", subject->index);
    if (index && panel->width >= 80) {
        buf_add_string(&title, " (");
        for (size_t i = 0; i < index->key_count; i++)
            buf_add_format(&title, "%s%s %c", i ? ", " : "", index->key[i].name,
                index->key[i].type);
        buf_add_format(&title, ")  proj %s", index->projection);
    }
    snprintf(panel->title, sizeof panel->title, "%s", buf_string(&title));
    buf_done(&title);
}

static void items_compute(struct panel *panel)
{
    struct items *items = panel->state;

    result_compute(panel, &items->result, &panel->host->items);
    fill_title(panel);
}

static void items_paint(const struct panel *panel, const struct canvas *canvas)
{
    const struct items *items = panel->state;

    result_paint(panel, &items->result, &panel->host->items,
        "not loaded.  ENTER on a table reads its first page, : runs a SELECT", canvas);
}

const struct value *items_panel_current(struct panel *panel, uint64_t *identity)
{
    struct items *items = panel->state;
    const struct value *item = grid_item(&items->result.grid);

    *identity = ((uint64_t)items->result.generation << 40) + items->result.grid.cursor_row + 1;
    return item;
}

/* The whole item from the table, also from an index view; without a key only what is loaded. */
static void open_item(struct panel *panel)
{
    struct items *items = panel->state;
    struct buf key, name;

    if (!grid_item(&items->result.grid)) {
        host_message(panel->host, MESSAGE_NOTE, "there is no item here");
        return;
    }
    buf_init(&key, 64 * 1024);
    buf_init(&name, 1024);
    value_add_name(&name, text_of(items->result.subject.table));
    if (subject_add_key(&key, panel->host->snapshot, &items->result.subject,
            grid_item(&items->result.grid))) {
        host_emit_format(panel->host, TARGET_ITEM, "GET %s %s CONSISTENT", buf_string(&name),
            buf_string(&key));
    } else {
        host_message(panel->host, MESSAGE_NOTE, "its key is not known: shown as loaded");
        host_show(panel->host, "item", true);
    }
    buf_done(&key);
    buf_done(&name);
}

static void delete_item(struct panel *panel)
{
    struct items *items = panel->state;
    const struct value *item = grid_item(&items->result.grid);
    const struct screen_status *status = &panel->host->status;
    struct buf statement, details;

    buf_init(&statement, 64 * 1024);
    buf_init(&details, 64 * 1024);
    buf_add_string(&statement, "DELETE FROM ");
    value_add_name(&statement, text_of(items->result.subject.table));
    buf_add_char(&statement, ' ');
    if (!item ||
        !subject_add_key(&statement, panel->host->snapshot, &items->result.subject, item)) {
        host_message(panel->host, MESSAGE_NOTE,
            item ? "the key of this item is not known: DESCRIBE the table first"
                 : "there is no item here");
    } else if (items->result.grid.marks > 1) {
        host_message(panel->host, MESSAGE_NOTE, "%zu rows are marked: DELETE MANY deletes several",
            items->result.grid.marks);
    } else {
        buf_add_format(&details, "profile %s%s%s\n%s", status->profile,
            status->region[0] ? "  region " : "", status->region, buf_string(&statement));
        host_confirm(panel->host, "Delete this item?", buf_string(&details), TARGET_MESSAGE,
            buf_string(&statement));
    }
    buf_done(&statement);
    buf_done(&details);
}

static void open_menu(struct panel *panel)
{
    static const struct host_choice choices[] = {
        {"GET", "Read the item again", "open-item", TARGET_ITEM},
        {"UPDATE ..", "Change attributes at the prompt", ":UPDATE {table} {key} SET |",
            TARGET_MESSAGE},
        {"PUT a copy ..", "The whole item at the prompt", ":PUT {table} {item}", TARGET_MESSAGE},
        {"QUERY its partition", "Items with this column's value",
            ":QUERY {table} WHERE {column} = {cell}", TARGET_ITEMS},
        {"SELECT ..", "The statement of the panel", "prompt-statement", TARGET_MESSAGE},
        {"NEXT", "The next page", "NEXT", TARGET_ITEMS},
        {"DELETE", "Asks first", "delete-item", TARGET_MESSAGE},
    };

    host_menu(panel->host, "item", choices, sizeof choices / sizeof *choices);
}

static bool items_act(struct panel *panel, const char *action, const char *argument)
{
    struct items *items = panel->state;

    if (!strcmp(action, "open-item"))
        open_item(panel);
    else if (!strcmp(action, "delete-item"))
        delete_item(panel);
    else if (!strcmp(action, "preview"))
        host_show(panel->host, "item", true);
    else if (!strcmp(action, "menu"))
        open_menu(panel);
    else
        return result_act(panel, &items->result, action, argument);
    return true;
}

static bool items_expand(struct panel *panel, struct text name, struct buf *out)
{
    struct items *items = panel->state;

    return result_expand(panel, &items->result, &panel->host->items, name, out);
}

static bool items_filter(struct panel *panel, struct text source, struct error *err)
{
    struct items *items = panel->state;

    return result_filter(&items->result, source, err);
}

static bool items_copy(struct panel *panel, char what, struct buf *out)
{
    struct items *items = panel->state;

    return result_copy(panel, &items->result, what, out);
}

static const char *const items_contexts[] = {"grid", "list", NULL};

const struct panel_class items_panel_class = {
    .name = "items",
    .title = "Items",
    .state_size = sizeof(struct items),
    .contexts = items_contexts,
    .open = items_open,
    .compute = items_compute,
    .paint = items_paint,
    .act = items_act,
    .expand = items_expand,
    .filter = items_filter,
    .copy = items_copy,
    .close = items_close,
};
