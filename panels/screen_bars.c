#include "panels/screen_private.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* The rows above and below the panels: where am I, may I write, what happened, what may I type. */

enum { SEGMENTS = 10, PROFILE_COLUMNS = 12 };

struct segment {
    char text[80];
    enum role role;
    int loss; /* 0: never; else the order in which segments go when the row is short */
    bool right;
};

static void add_segment(struct segment *segment, int *count, enum role role, int loss, bool right,
    const char *text)
{
    if (!*text || *count == SEGMENTS)
        return;
    segment[*count] = (struct segment){.role = role, .loss = loss, .right = right};
    snprintf(segment[(*count)++].text, sizeof segment->text, "%s", text);
}

static void describe_mode(const struct screen *screen, char *out, size_t size)
{
    const struct screen_status *status = &screen->host.status;

    if (status->read_only) {
        snprintf(out, size, "RO");
    } else if (status->read_write_until && screen->width >= 60) {
        struct buf time;

        buf_init(&time, 64);
        clock_add_time_of_day(&time, status->read_write_until);
        snprintf(out, size, "RW till %.5s", buf_string(&time));
        buf_done(&time);
    } else {
        snprintf(out, size, "RW");
    }
}

/* "ddb 11ms", "gw -", "gw E" */
static void describe_health(struct journal_health health, const char *name, char *out, size_t size)
{
    if (health.failed)
        snprintf(out, size, "%s E", name);
    else if (health.throttled)
        snprintf(out, size, "%s T", name);
    else if (health.latency_ms < 0)
        snprintf(out, size, "%s -", name);
    else
        snprintf(out, size, "%s %.0fms", name, health.latency_ms);
}

/* Middle digits dotted: enough to recognise the account, not enough to copy it from a photo. */
static void describe_account(const char *account, char *out, size_t size)
{
    size_t length = strlen(account);

    if (length > 6)
        snprintf(out, size, "%.4s..%s", account, account + length - 2);
    else
        snprintf(out, size, "%s", account);
}

static int gather_status(const struct screen *screen, struct segment *segment)
{
    const struct screen_status *status = &screen->host.status;
    bool is_prod = !strcmp(status->environment, "prod");
    char line[96], badge[24] = "[-]";
    struct buf time;
    int count = 0;

    add_segment(segment, &count, ROLE_STATUS, 1, false, "gatehouse");
    if (status->environment[0]) {
        snprintf(badge, sizeof badge, "[%s]", status->environment);
        for (char *c = badge; *c; c++)
            if (*c >= 'a' && *c <= 'z')
                *c = (char)(*c - 32);
    }
    add_segment(segment, &count,
        is_prod                                 ? ROLE_ENV_PROD
        : !strcmp(status->environment, "stage") ? ROLE_ENV_STAGE
                                                : ROLE_ENV_OTHER,
        0, false, badge);
    snprintf(line, sizeof line, "%.*s", PROFILE_COLUMNS, status->profile);
    add_segment(segment, &count, ROLE_STATUS, 0, false, line);
    add_segment(segment, &count, ROLE_STATUS, 5, false, status->region);
    describe_mode(screen, line, sizeof line);
    add_segment(segment, &count,
        status->read_only ? ROLE_STATUS
        : is_prod         ? ROLE_ENV_PROD
                          : ROLE_MODE_RW,
        0, false, line);
    if (status->keys_end) {
        snprintf(line, sizeof line, "creds %um", status->keys_end);
        add_segment(segment, &count, ROLE_MSG_WARN, 3, false, line);
    }
    describe_account(status->account, line, sizeof line);
    add_segment(segment, &count, ROLE_DIM, 2, false, line);
    describe_health(status->tables, "ddb", line, sizeof line);
    add_segment(segment, &count, status->tables.failed ? ROLE_MSG_ERROR : ROLE_STATUS, 3, false,
        line);
    describe_health(status->gateway, "gw", line, sizeof line);
    add_segment(segment, &count, status->gateway.failed ? ROLE_MSG_ERROR : ROLE_STATUS, 3, false,
        line);
    if (status->jobs) {
        snprintf(line, sizeof line, "%u job%s", status->jobs, status->jobs == 1 ? "" : "s");
        add_segment(segment, &count, ROLE_STATUS, 6, true, line);
    }
    if (status->changed) {
        buf_init(&time, 64);
        clock_add_time_of_day(&time, status->changed);
        snprintf(line, sizeof line, screen->width >= 60 ? "%sZ" : "%.5s", buf_string(&time));
        buf_done(&time);
        add_segment(segment, &count, ROLE_DIM, 4, true, line);
    }
    return count;
}

static int segment_width(const struct canvas *canvas, const struct segment *segment)
{
    return canvas_columns(canvas, text_of(segment->text)) + 2;
}

void screen_paint_status(struct screen *screen, const struct canvas *canvas)
{
    struct segment segment[SEGMENTS];
    int count = gather_status(screen, segment), total = 1, left = 1, right = canvas->width - 1;

    for (int i = 0; i < count; i++)
        total += segment_width(canvas, &segment[i]);
    for (int loss = 1; loss <= 6 && total > canvas->width + 1; loss++) {
        for (int i = 0; i < count && total > canvas->width + 1; i++) {
            if (segment[i].loss != loss)
                continue;
            total -= segment_width(canvas, &segment[i]);
            segment[i].text[0] = '\0';
        }
    }
    canvas_fill(canvas, 0, 0, canvas->width, ROLE_STATUS);
    for (int i = count - 1; i >= 0; i--) {
        int columns = segment_width(canvas, &segment[i]) - 2;

        if (!segment[i].text[0] || !segment[i].right)
            continue;
        canvas_string(canvas, 0, right - columns, columns, segment[i].role, segment[i].text);
        right -= columns + 2;
    }
    for (int i = 0; i < count; i++) {
        if (segment[i].text[0] && !segment[i].right)
            left +=
                canvas_string(canvas, 0, left, right - left, segment[i].role, segment[i].text) + 2;
    }
}

void screen_paint_crumbs(struct screen *screen, const struct canvas *canvas)
{
    struct panel *panel = screen_focused(screen);
    struct buf path;
    char right[96] = "", open[32] = "", staged[24] = "";
    int reserve;

    buf_init(&path, 4096);
    buf_add_string(&path,
        screen->host.status.profile[0] ? screen->host.status.profile : "not connected");
    buf_add_string(&path, " > ");
    if (!panel->class->expand || !panel->class->expand(panel, TEXT("crumbs"), &path))
        buf_add_string(&path, panel->class->title);
    if (panel->filter[0])
        buf_add_format(&path, " > /%s", panel->filter);
    if (screen->host.status.in_transaction)
        snprintf(open, sizeof open, "BEGIN, %u action%s  ", screen->host.status.actions,
            screen->host.status.actions == 1 ? "" : "s");
    if (screen->host.status.staged > 0)
        snprintf(staged, sizeof staged, "%u staged  ", screen->host.status.staged);
    snprintf(right, sizeof right, "%s%s%s%s", open, staged, screen->zoom ? "[ZOOM z]" : "",
        screen->layout_number != 1 ? "  gl1 main" : "");
    reserve = canvas_columns(canvas, text_of(right));
    canvas_text(canvas, 0, 1, canvas->width - reserve - 3, ROLE_CRUMBS, buf_view(&path));
    canvas_string(canvas, 0, canvas->width - reserve - 1, reserve, ROLE_TITLE, right);
    buf_done(&path);
}

void screen_paint_message(struct screen *screen, const struct canvas *canvas)
{
    static const struct {
        const char *word;
        enum role role;
    } kinds[] = {
        [MESSAGE_OK] = {"ok", ROLE_MSG_OK},
        [MESSAGE_NOTE] = {"note", ROLE_MSG_NOTE},
        [MESSAGE_WARNING] = {"warn", ROLE_MSG_WARN},
        [MESSAGE_ERROR] = {"error", ROLE_MSG_ERROR},
        [MESSAGE_REFUSED] = {"refused", ROLE_MSG_ERROR},
        [MESSAGE_ALERT] = {"alert", ROLE_MSG_ALERT},
    };
    const struct message *message;
    int used = 1;

    if (screen->message_count == 0)
        return;
    message = &screen->message[(screen->message_next + MESSAGE_COUNT - 1) % MESSAGE_COUNT];
    used += canvas_string(canvas, 0, used, canvas->width - 2, kinds[message->kind].role,
        kinds[message->kind].word);
    used += canvas->width >= 60 ? 2 : 1;
    canvas_string(canvas, 0, used, canvas->width - used - 1, ROLE_TEXT, message->text);
}

/* What the focused panel's keys are, in the rank of the table; each word once. */
static void gather_hints(struct screen *screen)
{
    const char *contexts[CONTEXT_LIMIT];
    const struct keymap_binding *binding;
    size_t at = 0;

    if (screen->hints_for == screen->focus)
        return;
    screen->hints_for = screen->focus;
    screen->hint_count = 0;
    screen_contexts(screen, contexts);
    while ((binding = keymap_next(screen->keymap, &at)) &&
           screen->hint_count < sizeof screen->hints / sizeof *screen->hints) {
        bool known = !binding->hint;

        for (size_t i = 0; i < screen->hint_count && !known; i++)
            known = !strcmp(screen->hints[i]->hint, binding->hint);
        if (!known && keymap_in_force(screen->keymap, contexts, binding))
            screen->hints[screen->hint_count++] = binding;
    }
}

static int paint_hint(const struct canvas *canvas, int column, const char *keys, const char *word)
{
    struct buf label;
    int used;

    buf_init(&label, 64);
    keys_add_label(&label, text_of(keys));
    used = canvas_text(canvas, 0, column, canvas->width - column, ROLE_HINT_KEY, buf_view(&label));
    used += canvas_format(canvas, 0, column + used, canvas->width - column - used, ROLE_TEXT, " %s",
        word);
    buf_done(&label);
    return used;
}

static int hint_width(const char *keys, const char *word)
{
    struct buf label;
    int width;

    buf_init(&label, 64);
    keys_add_label(&label, text_of(keys));
    width = (int)(label.length + 1 + strlen(word));
    buf_done(&label);
    return width;
}

static void paint_words(const struct canvas *canvas, const char *const *words)
{
    int column = 1;

    for (; words[0]; words += 2) {
        int width = hint_width(words[0], words[1]);

        if (column + width > canvas->width - 1)
            return;
        paint_hint(canvas, column, words[0], words[1]);
        column += width + 2;
    }
}

static bool paint_modal_hints(const struct screen *screen, const struct canvas *canvas)
{
    static const char *const dialog_words[] = {"y", "yes", "<Enter>", "no", "<Esc>", "no", "<Up>",
        "scroll", NULL};
    static const char *const name_words[] = {"<Enter>", "when the name stands", "<Esc>", "no",
        "<Up>", "scroll", NULL};
    static const char *const code_words[] = {"<Enter>", "give the code", "<Esc>", "no", NULL};
    static const char *const picker_words[] = {"<Enter>", "take", "<Esc>", "close", "<Down>",
        "down", NULL};
    static const char *const filter_words[] = {"<Enter>", "keep", "<Esc>", "drop", "<Up>",
        "history", NULL};
    static const char *const prompt_words[] = {"<Enter>", "run", "<Tab>", "complete", "<Esc>",
        "leave", "<Up>", "history", "<C-r>", "search", "<F1>", "help", NULL};
    static const char *const field_words[] = {"<Enter>", "done", "<Tab>", "next field", "<Esc>",
        "as it was", NULL};

    if (screen->dialog.open)
        paint_words(canvas, screen->dialog.is_code       ? code_words
                            : screen->dialog.name.length ? name_words
                                                         : dialog_words);
    else if (picker_is_open(screen->picker))
        paint_words(canvas, picker_words);
    else if (!prompt_is_open(screen->prompt))
        return false;
    else if (screen->field_open)
        paint_words(canvas, field_words);
    else
        paint_words(canvas,
            prompt_kind(screen->prompt) == PROMPT_STATEMENT ? prompt_words : filter_words);
    return true;
}

void screen_paint_hints(struct screen *screen, const struct canvas *canvas)
{
    int column = 1, last = hint_width("?", "help");

    if (paint_modal_hints(screen, canvas))
        return;
    gather_hints(screen);
    for (size_t i = 0; i < screen->hint_count; i++) {
        const struct keymap_binding *binding = screen->hints[i];
        int width = hint_width(binding->keys, binding->hint);

        if (!strcmp(binding->keys, "?"))
            continue;
        if (column + width + 2 + last > canvas->width - 1)
            continue;
        paint_hint(canvas, column, binding->keys, binding->hint);
        column += width + 2;
    }
    if (canvas->width > last + 1)
        paint_hint(canvas, canvas->width - last - 1, "?", "help");
}

void screen_paint_which_key(struct screen *screen, const struct canvas *canvas)
{
    const char *contexts[CONTEXT_LIMIT];
    const struct keymap_binding *binding, *shown[64];
    size_t at = 0, count = 0;
    int column_width = 36, columns = canvas->width / column_width, rows;
    struct canvas box, inside;
    struct canvas_frame frame = {.focused = true,
        .title = "keys",
        .others = "",
        .foot = "ESC leaves",
        .sides = true};

    screen_contexts(screen, contexts);
    while ((binding = keymap_next(screen->keymap, &at)) && count < 64) {
        struct text rest;

        if (keymap_continues(binding, screen->pending, screen->pending_count, &rest) &&
            keymap_in_force(screen->keymap, contexts, binding))
            shown[count++] = binding;
    }
    if (columns < 1)
        columns = 1;
    rows = (int)(count + (size_t)columns - 1) / columns;
    box = canvas_part(canvas, canvas->height - rows - 2, 0, rows + 2, canvas->width);
    canvas_clear(&box, ROLE_POPUP);
    inside = canvas_framed(&box, &frame);
    for (size_t i = 0; i < count; i++) {
        int row = (int)i % rows, column = (int)i / rows * column_width;
        struct text rest;
        struct buf label;

        buf_init(&label, 64);
        (void)keymap_continues(shown[i], screen->pending, screen->pending_count, &rest);
        keys_add_label(&label, rest);
        canvas_text(&inside, row, column + 1, 6, ROLE_HINT_KEY, buf_view(&label));
        canvas_string(&inside, row, column + 8, column_width - 10, ROLE_TEXT, shown[i]->help);
        buf_done(&label);
    }
}
