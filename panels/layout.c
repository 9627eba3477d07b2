#include "panels/layout_private.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *front, *text; /* front: the panel that it is about, NULL: any */
} preset_table[] = {
    {"main", NULL,
        "cols(26: rows(tables, routes), rows(tabs(items, item, results, route, journal), "
        "12: cols(metrics, log)))"
        "; w>=160 and h>=40: cols(26: rows(tables, routes), rows(tabs(items, results, route, "
        "journal), 14: cols(metrics, log)), 44: item)"
        "; w<100 or h<24: cols(22: tabs(tables, routes), rows(tabs(items, item, results, "
        "route, journal), 8: tabs(metrics, log)))"
        "; w<80 or h<20: tabs"},
    {"browse", "items",
        "cols(26: tables, tabs(items, results, journal), 38: item)"
        "; w<100: cols(22: tables, tabs(items, item, results, journal))"
        "; w<80 or h<14: tabs"},
    {"query", "results", "rows(tabs(items, item, journal), 12: results); w<60 or h<20: tabs"},
    {"routes", "routes",
        "cols(30: routes, rows(tabs(route, items), 9: tabs(results, journal)))"
        "; w<80 or h<20: tabs"},
    {"metrics", "metrics",
        "rows(8: cols(rate, latency), metrics, 8: status); w<80 or h<24: rows(metrics, "
        "7: rate); w<60 or h<16: tabs"},
    {"logs", "log", "rows(log, 10: metrics); w<60 or h<20: tabs"},
    {"results", "results", "rows(results, 9: items); w<60 or h<20: tabs"},
    {"audit", "journal", "rows(journal, 9: results); w<60 or h<20: tabs"},
    {"single", NULL, "tabs"},
};

enum { PRESETS = sizeof preset_table / sizeof *preset_table };

const char *layout_preset(int number)
{
    return number >= 1 && number <= PRESETS ? preset_table[number - 1].text : NULL;
}

const char *layout_preset_front(int number)
{
    return number >= 1 && number <= PRESETS ? preset_table[number - 1].front : NULL;
}

const char *layout_preset_name(int number)
{
    return number >= 1 && number <= PRESETS ? preset_table[number - 1].name : "";
}

int layout_preset_number(const char *name)
{
    for (int i = 0; i < PRESETS; i++)
        if (!strcmp(preset_table[i].name, name))
            return i + 1;
    return 0;
}

int layout_add_node(struct layout *layout, int parent, enum layout_kind kind)
{
    struct layout_node *node;
    int index = layout->count, last;

    if (index == LAYOUT_NODES)
        return -1;
    node = &layout->node[layout->count++];
    *node = (struct layout_node){.kind = kind, .parent = parent, .first = -1, .next = -1};
    if (parent < 0)
        return index;
    last = layout->node[parent].first;
    if (last < 0) {
        layout->node[parent].first = index;
        return index;
    }
    while (layout->node[last].next >= 0)
        last = layout->node[last].next;
    layout->node[last].next = index;
    return index;
}

static void add_node_text(struct buf *out, const struct layout *layout, int index)
{
    static const char *const names[] = {"", "cols", "rows", "tabs"};
    const struct layout_node *node = &layout->node[index];

    if (node->size && node->is_share)
        buf_add_format(out, "%d%%: ", (node->size + 5) / 10);
    else if (node->size)
        buf_add_format(out, "%d: ", node->size);
    if (node->kind == LAYOUT_LEAF) {
        buf_add_string(out, node->name);
        return;
    }
    buf_add_format(out, "%s(", names[node->kind]);
    for (int child = node->first; child >= 0; child = layout->node[child].next) {
        if (child != node->first)
            buf_add_string(out, ", ");
        add_node_text(out, layout, child);
    }
    buf_add_char(out, ')');
}

void layout_add_text(struct buf *out, const struct layout *layout)
{
    add_node_text(out, layout, 0);
}

/* --- areas --- */

/* What a node needs; collapsed: when the splits below it have become tabs. */
static int minimum(const struct layout *layout, int index, bool of_columns, bool collapsed)
{
    const struct layout_node *node = &layout->node[index];
    bool along = node->kind == (of_columns ? LAYOUT_COLS : LAYOUT_ROWS);
    int result = 0;

    if (node->kind == LAYOUT_LEAF || collapsed)
        return of_columns ? LAYOUT_MIN_WIDTH : LAYOUT_MIN_HEIGHT;
    for (int child = node->first; child >= 0; child = layout->node[child].next) {
        int least = minimum(layout, child, of_columns, false);

        if (along)
            result += least;
        else if (least > result)
            result = least;
    }
    return result;
}

/* All children side by side; collapsed: each with its splits as tabs. */
static int minimum_of_children(const struct layout *layout, int index, bool collapsed)
{
    const struct layout_node *node = &layout->node[index];
    int sum = 0;

    for (int child = node->first; child >= 0; child = layout->node[child].next)
        sum += minimum(layout, child, node->kind == LAYOUT_COLS, collapsed);
    return sum;
}

static void place(struct layout *layout, int index, struct layout_area area);

/* Everything below shares one area. */
static void stack(struct layout *layout, int index, struct layout_area area)
{
    layout->node[index].area = area;
    for (int child = layout->node[index].first; child >= 0; child = layout->node[child].next)
        stack(layout, child, area);
}

/*
 * Sizes along the split: fixed ones and shares first, the rest in equal parts; then whoever is
 * below its minimum takes from the largest.
 */
static void divide(struct layout *layout, int index, int total, int *size)
{
    const struct layout_node *node = &layout->node[index];
    bool of_columns = node->kind == LAYOUT_COLS;
    bool collapsed = minimum_of_children(layout, index, false) > total;
    int left = total, open = 0, count = 0;

    for (int child = node->first; child >= 0; child = layout->node[child].next, count++) {
        const struct layout_node *part = &layout->node[child];

        size[count] = part->is_share ? part->size * total / 1000 : part->size;
        if (!part->size)
            open++;
        left -= size[count];
    }
    for (int i = 0, child = node->first; child >= 0; child = layout->node[child].next, i++) {
        if (layout->node[child].size)
            continue;
        size[i] = left > 0 ? left / open : 0;
        left -= size[i];
        open--;
    }
    if (left > 0)
        size[count - 1] += left;
    for (int i = 0, child = node->first; child >= 0; child = layout->node[child].next, i++) {
        int least = minimum(layout, child, of_columns, collapsed), sum = 0, largest = 0;

        if (size[i] < least)
            size[i] = least;
        for (int j = 0; j < count; j++)
            sum += size[j];
        while (sum > total) {
            for (int j = 0; j < count; j++)
                if (size[j] > size[largest])
                    largest = j;
            size[largest]--;
            sum--;
        }
    }
}

static void place(struct layout *layout, int index, struct layout_area area)
{
    struct layout_node *node = &layout->node[index];
    int size[LAYOUT_NODES], i = 0;
    bool of_columns = node->kind == LAYOUT_COLS;

    node->area = area;
    node->as_tabs = node->kind == LAYOUT_TABS;
    if (node->kind == LAYOUT_LEAF)
        return;
    if (!node->as_tabs &&
        minimum_of_children(layout, index, true) > (of_columns ? area.width : area.height))
        node->as_tabs = true;
    if (node->as_tabs) {
        stack(layout, index, area);
        return;
    }
    divide(layout, index, of_columns ? area.width : area.height, size);
    for (int child = node->first; child >= 0; child = layout->node[child].next, i++) {
        struct layout_area part = area;

        if (of_columns) {
            part.width = size[i];
            area.left += size[i];
        } else {
            part.height = size[i];
            area.top += size[i];
        }
        place(layout, child, part);
    }
}

void layout_compute(struct layout *layout, struct layout_area area)
{
    for (int i = 0; i < layout->count; i++)
        layout->node[i].as_tabs = false;
    if (layout->count > 0)
        place(layout, 0, area);
}

/* --- asking --- */

int layout_find(const struct layout *layout, const char *name)
{
    for (int i = 0; i < layout->count; i++)
        if (layout->node[i].kind == LAYOUT_LEAF && !strcmp(layout->node[i].name, name))
            return i;
    return -1;
}

int layout_group(const struct layout *layout, int leaf)
{
    int group = leaf;

    for (int i = leaf; i >= 0; i = layout->node[i].parent)
        if (layout->node[i].as_tabs || layout->node[i].kind == LAYOUT_TABS)
            group = i;
    return group;
}

static int walk_leaves(const struct layout *layout, int index, int *out, int count, int capacity)
{
    if (layout->node[index].kind == LAYOUT_LEAF) {
        if (count < capacity)
            out[count++] = index;
        return count;
    }
    for (int child = layout->node[index].first; child >= 0; child = layout->node[child].next)
        count = walk_leaves(layout, child, out, count, capacity);
    return count;
}

int layout_leaves(const struct layout *layout, int *out, int capacity)
{
    return layout->count ? walk_leaves(layout, 0, out, 0, capacity) : 0;
}

int layout_numbered(const struct layout *layout, int *out, int capacity)
{
    int leaf[LAYOUT_NODES], leaves = layout_leaves(layout, leaf, LAYOUT_NODES), count = 0;
    bool taken[LAYOUT_NODES] = {false};

    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < leaves && count < capacity; i++) {
            bool first = true;

            for (int j = 0; j < i; j++)
                first = first && layout_group(layout, leaf[j]) != layout_group(layout, leaf[i]);
            if (taken[i] || (pass == 0 && !first))
                continue;
            taken[i] = true;
            out[count++] = leaf[i];
        }
    }
    return count;
}

static int overlap(int from, int length, int other, int other_length)
{
    int start = from > other ? from : other;
    int end = from + length < other + other_length ? from + length : other + other_length;

    return end - start;
}

int layout_neighbour(const struct layout *layout, int leaf, int rows, int columns)
{
    struct layout_area from = layout->node[leaf].area;
    int leaves[LAYOUT_NODES], count = layout_leaves(layout, leaves, LAYOUT_NODES);
    int best = -1, best_distance = 0, best_overlap = 0;

    for (int i = 0; i < count; i++) {
        struct layout_area to = layout->node[leaves[i]].area;
        int distance, shared;

        if (layout_group(layout, leaves[i]) == layout_group(layout, leaf))
            continue;
        if (columns) {
            distance =
                columns > 0 ? to.left - (from.left + from.width) : from.left - (to.left + to.width);
            shared = overlap(from.top, from.height, to.top, to.height);
        } else {
            distance =
                rows > 0 ? to.top - (from.top + from.height) : from.top - (to.top + to.height);
            shared = overlap(from.left, from.width, to.left, to.width);
        }
        if (distance < 0 || shared <= 0)
            continue;
        if (best < 0 || distance < best_distance ||
            (distance == best_distance && shared > best_overlap)) {
            best = leaves[i];
            best_distance = distance;
            best_overlap = shared;
        }
    }
    return best;
}

/* --- changing --- */

/* Fixes the present sizes of all children of a split, as shares. */
static void freeze(struct layout *layout, int index)
{
    struct layout_node *node = &layout->node[index];
    int total = node->kind == LAYOUT_COLS ? node->area.width : node->area.height;

    for (int child = node->first; child >= 0; child = layout->node[child].next) {
        struct layout_node *part = &layout->node[child];
        int cells = node->kind == LAYOUT_COLS ? part->area.width : part->area.height;

        part->is_share = true;
        part->size = total > 0 ? (cells * 1000 + total - 1) / total : 0;
    }
}

bool layout_resize(struct layout *layout, int leaf, int rows, int columns)
{
    enum layout_kind kind = columns ? LAYOUT_COLS : LAYOUT_ROWS;
    int child = leaf, other, split = layout->node[leaf].parent, cells = columns ? columns : rows;
    int total, step, least_child, least_other;

    while (split >= 0 && (layout->node[split].kind != kind || layout->node[split].as_tabs)) {
        child = split;
        split = layout->node[split].parent;
    }
    if (split < 0)
        return false;
    other = layout->node[child].next;
    for (int i = layout->node[split].first; other < 0 && i >= 0; i = layout->node[i].next)
        if (layout->node[i].next == child)
            other = i;
    total = kind == LAYOUT_COLS ? layout->node[split].area.width : layout->node[split].area.height;
    if (other < 0 || total <= 0)
        return false;
    least_child = minimum(layout, child, kind == LAYOUT_COLS, false);
    least_other = minimum(layout, other, kind == LAYOUT_COLS, false);
    if ((kind == LAYOUT_COLS ? layout->node[child].area.width : layout->node[child].area.height) +
                cells <
            least_child ||
        (kind == LAYOUT_COLS ? layout->node[other].area.width : layout->node[other].area.height) -
                cells <
            least_other)
        return false;
    freeze(layout, split);
    step = cells * 1000 / total;
    layout->node[child].size += step;
    layout->node[other].size -= step;
    return layout->node[child].size > 0 && layout->node[other].size > 0;
}

bool layout_split(struct layout *layout, int leaf, bool below, const char *name)
{
    enum layout_kind kind = below ? LAYOUT_ROWS : LAYOUT_COLS;
    struct layout_node old = layout->node[leaf];
    int first, second;

    if (layout->count + 2 > LAYOUT_NODES)
        return false;
    /* Its node becomes the split, so that whoever points to it keeps pointing to the place. */
    layout->node[leaf].kind = kind;
    layout->node[leaf].first = -1;
    layout->node[leaf].name[0] = '\0';
    first = layout_add_node(layout, leaf, old.kind);
    second = layout_add_node(layout, leaf, LAYOUT_LEAF);
    memcpy(layout->node[first].name, old.name, LAYOUT_NAME);
    layout->node[first].first = old.first;
    for (int child = old.first; child >= 0; child = layout->node[child].next)
        layout->node[child].parent = first;
    snprintf(layout->node[second].name, LAYOUT_NAME, "%s", name);
    return true;
}

/* The nodes that can still be reached, in a new array. */
static int copy_tree(struct layout *to, const struct layout *from, int index, int parent)
{
    const struct layout_node *node = &from->node[index];
    int copy = layout_add_node(to, parent, node->kind);

    memcpy(to->node[copy].name, node->name, LAYOUT_NAME);
    to->node[copy].size = node->size;
    to->node[copy].is_share = node->is_share;
    for (int child = node->first; child >= 0; child = from->node[child].next)
        (void)copy_tree(to, from, child, copy);
    return copy;
}

static void unlink_node(struct layout *layout, int index)
{
    int parent = layout->node[index].parent, *link = &layout->node[parent].first;

    while (*link != index)
        link = &layout->node[*link].next;
    *link = layout->node[index].next;
}

bool layout_close(struct layout *layout, int leaf)
{
    int parent = layout->node[leaf].parent, only;
    struct layout old;

    if (parent < 0)
        return false;
    unlink_node(layout, leaf);
    only = layout->node[parent].first;
    if (only >= 0 && layout->node[only].next < 0) { /* a split of one is that one */
        struct layout_node kept = layout->node[only];
        struct layout_node *node = &layout->node[parent];

        kept.parent = node->parent;
        kept.next = node->next;
        kept.size = node->size;
        kept.is_share = node->is_share;
        *node = kept;
        for (int child = node->first; child >= 0; child = layout->node[child].next)
            layout->node[child].parent = parent;
    }
    old = *layout;
    *layout = (struct layout){0};
    (void)copy_tree(layout, &old, 0, -1);
    return true;
}

void layout_equalize(struct layout *layout)
{
    for (int i = 0; i < layout->count; i++) {
        layout->node[i].size = 0;
        layout->node[i].is_share = false;
    }
}
