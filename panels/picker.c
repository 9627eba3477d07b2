#include "panels/picker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "panels/filter.h"

enum { ENTRY_LIMIT = 20000, QUERY_LIMIT = 200, TEXT_LIMIT = 16 * 1024 * 1024 };

struct slot {
    size_t text[4]; /* offsets of label, kind, help, action */
    enum screen_target target;
};

struct match {
    size_t entry;
    int score;
};

struct picker {
    bool open, typing;
    char title[64];
    struct buf texts, query;
    struct slot *slot;
    struct match *match;
    size_t count, capacity, matches;
    struct list list;
    struct picker_entry chosen;
};

struct picker *picker_new(struct error *err)
{
    struct picker *picker = mem_new(1, sizeof *picker);

    if (!picker) {
        error_memory(err);
        return NULL;
    }
    buf_init(&picker->texts, TEXT_LIMIT);
    buf_init(&picker->query, QUERY_LIMIT);
    return picker;
}

void picker_free(struct picker *picker)
{
    if (!picker)
        return;
    buf_done(&picker->texts);
    buf_done(&picker->query);
    mem_free(picker->slot);
    mem_free(picker->match);
    mem_free(picker);
}

void picker_begin(struct picker *picker, const char *title, bool typing)
{
    buf_clear(&picker->texts);
    buf_clear(&picker->query);
    picker->count = picker->matches = 0;
    picker->typing = typing;
    picker->list = (struct list){0};
    snprintf(picker->title, sizeof picker->title, "%s", title);
}

static bool grow(struct picker *picker)
{
    size_t capacity = picker->capacity ? picker->capacity * 2 : 64;
    struct slot *slot;
    struct match *match;

    if (picker->count < picker->capacity)
        return true;
    if (picker->count >= ENTRY_LIMIT)
        return false;
    slot = mem_resize(picker->slot, capacity, sizeof *slot);
    if (slot)
        picker->slot = slot;
    match = mem_resize(picker->match, capacity, sizeof *match);
    if (match)
        picker->match = match;
    if (!slot || !match)
        return false;
    picker->capacity = capacity;
    return true;
}

void picker_add(struct picker *picker, const char *label, const char *kind, const char *help,
    const char *action, enum screen_target target)
{
    const char *part[4] = {label, kind, help, action};
    struct slot *slot;

    if (!grow(picker))
        return; /* the list ends here; everything in it still works */
    slot = &picker->slot[picker->count];
    for (int i = 0; i < 4; i++) {
        slot->text[i] = picker->texts.length;
        buf_add_string(&picker->texts, part[i]);
        buf_add_char(&picker->texts, '\0');
    }
    slot->target = target;
    if (!picker->texts.failure)
        picker->count++;
}

static const char *part_of(const struct picker *picker, size_t entry, int part)
{
    return picker->texts.data + picker->slot[entry].text[part];
}

/* The characters of word in this order; gaps and a late start cost. */
static bool matches_fuzzy(struct text word, struct text label, int *score)
{
    size_t at = 0, last = 0;
    int cost = 0;

    for (size_t i = 0; i < word.length; i++) {
        char wanted = word.data[i];

        if (wanted >= 'A' && wanted <= 'Z')
            wanted = (char)(wanted | 32);
        while (at < label.length) {
            char c = label.data[at];

            if (c >= 'A' && c <= 'Z')
                c = (char)(c | 32);
            if (c == wanted)
                break;
            at++;
        }
        if (at == label.length)
            return false;
        cost += i == 0 ? (int)(at > 20 ? 20 : at) : at == last + 1 ? 0 : 3;
        last = at++;
    }
    *score += cost;
    return true;
}

static bool matches_term(struct text word, struct text label, int *score)
{
    bool negated = word.data[0] == '!' && word.length > 1;
    bool found;

    if (negated)
        word = text_slice(word, 1, word.length);
    if (word.data[0] == '\'')
        found = filter_finds(label, text_slice(word, 1, word.length));
    else if (word.data[0] == '^' && word.length > 1)
        found = text_equal_ignoring_case(text_slice(label, 0, word.length - 1),
            text_slice(word, 1, word.length));
    else if (word.data[word.length - 1] == '$' && word.length > 1 &&
             label.length + 1 >= word.length)
        found = text_equal_ignoring_case(text_slice(label, label.length - (word.length - 1),
                                             label.length),
            text_slice(word, 0, word.length - 1));
    else if (negated)
        found = filter_finds(label, word);
    else
        found = matches_fuzzy(word, label, score);
    return found != negated;
}

bool picker_matches(struct text query, struct text label, int *score)
{
    struct text word = {0};

    *score = 0;
    while (text_take_field(&query, ' ', &word))
        if (word.length > 0 && !matches_term(word, label, score))
            return false;
    *score += (int)(label.length > 100 ? 10 : label.length / 10);
    return true;
}

static int compare_matches(const void *a, const void *b)
{
    const struct match *left = a, *right = b;

    if (left->score != right->score)
        return left->score < right->score ? -1 : 1;
    return left->entry < right->entry ? -1 : 1;
}

static void narrow(struct picker *picker)
{
    char line[400];

    picker->matches = 0;
    for (size_t i = 0; i < picker->count; i++) {
        int score = 0, length = snprintf(line, sizeof line, "%s  %s  %s  %s", part_of(picker, i, 0),
                           part_of(picker, i, 1), part_of(picker, i, 2), part_of(picker, i, 3));
        struct text text =
            text_make(line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);

        if (picker->query.length > 0 && !picker_matches(buf_view(&picker->query), text, &score))
            continue;
        picker->match[picker->matches++] = (struct match){i, score};
    }
    if (picker->query.length > 0 && picker->matches > 1)
        qsort(picker->match, picker->matches, sizeof *picker->match, compare_matches);
    list_fit(&picker->list, picker->matches, picker->list.height);
    list_move(&picker->list, 0);
}

void picker_show(struct picker *picker)
{
    narrow(picker);
    picker->open = true;
}

bool picker_is_open(const struct picker *picker)
{
    return picker->open;
}

void picker_close(struct picker *picker)
{
    picker->open = false;
}

static enum picker_event choose(struct picker *picker, size_t index)
{
    size_t entry;

    if (index >= picker->matches)
        return PICKER_NONE;
    entry = picker->match[index].entry;
    picker->chosen = (struct picker_entry){part_of(picker, entry, 0), part_of(picker, entry, 1),
        part_of(picker, entry, 2), part_of(picker, entry, 3), picker->slot[entry].target};
    picker->open = false;
    return PICKER_CHOSEN;
}

static const char *move_of(struct key key, bool typing)
{
    switch (key.code) {
    case KEYS_DOWN:
    case KEYS_TAB:
    case KEYS_WHEEL_DOWN:
    case 14: /* ^N */
        return "down";
    case KEYS_UP:
    case KEYS_BACK_TAB:
    case KEYS_WHEEL_UP:
    case 16: /* ^P */
        return "up";
    case KEYS_PAGE_DOWN:
        return "page-down";
    case KEYS_PAGE_UP:
        return "page-up";
    case KEYS_HOME:
        return "first";
    case KEYS_END:
        return "last";
    default:
        break;
    }
    if (typing)
        return NULL;
    return key.code == 'j' ? "down" : key.code == 'k' ? "up" : NULL;
}

enum picker_event picker_key(struct picker *picker, struct key key)
{
    const char *move = key.alt ? NULL : move_of(key, picker->typing);

    if (key.alt)
        return PICKER_NONE;
    if (move) {
        (void)list_act(&picker->list, move, NULL);
        return PICKER_CHANGED;
    }
    if (key.code == KEYS_ENTER)
        return choose(picker, picker->list.cursor);
    if (key.code == KEYS_ESCAPE || key.code == KEYS_CTRL_C ||
        (!picker->typing && key.code == 'q')) {
        picker->open = false;
        return PICKER_CLOSED;
    }
    if (!picker->typing) {
        if (key.code >= '1' && key.code <= '9')
            return choose(picker, key.code - '1');
        return PICKER_NONE;
    }
    if (key.code == KEYS_BACKSPACE) {
        size_t length = picker->query.length;

        while (length > 0 && (picker->query.data[--length] & 0xc0) == 0x80)
            continue;
        buf_cut(&picker->query, length);
    } else if (key.code == 21) { /* ^U */
        buf_clear(&picker->query);
    } else if (keys_is_text(key) && picker->query.length + 8 < QUERY_LIMIT) {
        buf_add_utf8(&picker->query, key.code);
    } else {
        return PICKER_NONE;
    }
    narrow(picker);
    return PICKER_CHANGED;
}

const struct picker_entry *picker_chosen(const struct picker *picker)
{
    return &picker->chosen;
}

static void draw_entry(const struct picker *picker, const struct canvas *inside, int row,
    size_t index, int label_width, int kind_width)
{
    size_t entry = picker->match[index].entry;
    bool selected = index == picker->list.cursor;
    enum role role = selected ? ROLE_POPUP_SELECTED : ROLE_POPUP;
    int column = 1;

    canvas_fill(inside, row, 0, inside->width, role);
    canvas_string(inside, row, 0, 1, role, selected ? ">" : " ");
    if (!picker->typing)
        column += canvas_format(inside, row, column, 4, role, "%zu ", index + 1);
    canvas_string(inside, row, column, label_width, role, part_of(picker, entry, 0));
    column += label_width + 2;
    if (kind_width > 0) {
        canvas_string(inside, row, column, kind_width, selected ? role : ROLE_DIM,
            part_of(picker, entry, 1));
        column += kind_width + 2;
    }
    canvas_string(inside, row, column, inside->width - column - 1, selected ? role : ROLE_DIM,
        part_of(picker, entry, 2));
}

static void measure(const struct picker *picker, const struct canvas *canvas, int *label, int *kind,
    int *help)
{
    *label = *kind = *help = 0;
    for (size_t i = 0; i < picker->count && i < 500; i++) {
        int *const width[3] = {label, kind, help};

        for (int part = 0; part < 3; part++) {
            int columns = canvas_columns(canvas, text_of(part_of(picker, i, part)));

            if (columns > *width[part])
                *width[part] = columns;
        }
    }
}

void picker_paint(struct picker *picker, const struct canvas *canvas, int avoid_row)
{
    int label, kind, help, width, height, top, extra = picker->typing ? 1 : 0;
    char foot[64];
    struct canvas box, inside;
    struct canvas_frame frame = {.focused = true,
        .title = picker->title,
        .others = "",
        .sides = canvas->width >= 24};

    measure(picker, canvas, &label, &kind, &help);
    if (label > canvas->width / 2)
        label = canvas->width / 2;
    width = 1 + (picker->typing ? 0 : 3) + label + 2 + (kind ? kind + 2 : 0) + help + 3;
    if (width < 30)
        width = 30;
    if (width > canvas->width - 2)
        width = canvas->width > 24 ? canvas->width - 2 : canvas->width;
    height = (int)(picker->count < 200 ? picker->count : 200) + 2 + extra;
    if (height > canvas->height)
        height = canvas->height;
    top = (canvas->height - height) / 2;
    if (avoid_row >= 0 && avoid_row + 1 + height <= canvas->height)
        top = avoid_row + 1;
    else if (avoid_row >= height)
        top = avoid_row - height;
    list_fit(&picker->list, picker->matches, height - 2 - extra > 0 ? height - 2 - extra : 1);
    snprintf(foot, sizeof foot, "%zu/%zu", picker->matches ? picker->list.cursor + 1 : 0,
        picker->matches);
    frame.foot = foot;
    box = canvas_part(canvas, top, (canvas->width - width) / 2, height, width);
    canvas_clear(&box, ROLE_POPUP);
    inside = canvas_framed(&box, &frame);
    if (picker->typing) {
        int used = canvas_string(&inside, 0, 1, inside.width - 2, ROLE_PROMPT, "> ");

        used += canvas_text(&inside, 0, 1 + used, inside.width - used - 2, ROLE_TEXT,
            buf_view(&picker->query));
        canvas_cursor(&inside, 0, 1 + used);
    }
    for (int row = 0; row < picker->list.height; row++) {
        size_t index = picker->list.top + (size_t)row;

        if (index < picker->matches)
            draw_entry(picker, &inside, row + extra, index, label, kind);
    }
    if (!picker->typing)
        canvas_cursor(&inside, (int)(picker->list.cursor - picker->list.top), 0);
    if (picker->matches == 0)
        canvas_string(&inside, extra, 1, inside.width - 2, ROLE_DIM, "nothing matches");
}
