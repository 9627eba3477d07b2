#include "console/prompt_history.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "client/mask.h"

enum { LINE_LIMIT = 2 * 1024 * 1024, FILE_LIMIT = 64 * 1024 * 1024 };

bool prompt_history_is_kept(const char *line)
{
    return line[0] != '\0' && line[0] != ' ' && line[0] != '\t';
}

void prompt_history_add(const struct session *session, const char *line, int64_t ms)
{
    struct link *link = session->link;
    struct error ignored;
    struct buf path, entry;

    if (!prompt_history_is_kept(line))
        return;
    buf_init(&path, 4096);
    buf_init(&entry, LINE_LIMIT);
    buf_add_format(&entry, "#%llu ", (unsigned long long)(clock_wall() / CLOCK_SECOND));
    if (ms < 0)
        buf_add_char(&entry, '-');
    else
        buf_add_format(&entry, "%lld", (long long)ms);
    if (link)
        buf_add_format(&entry, " %s", link->name);
    buf_add_char(&entry, '\n');
    mask_add_statement(&entry, text_of(line));
    buf_add_char(&entry, '\n');
    if (!buf_check(&entry, "history", &ignored) &&
        !path_make(PATH_STATE, "history", true, &path, &ignored) &&
        file_append(buf_string(&path), buf_view(&entry), 0600, &ignored))
        buf_clear(&path); /* no file: the list in memory has to do */
    buf_done(&entry);
    buf_done(&path);
}

static bool is_head(struct text line)
{
    return line.length > 1 && line.data[0] == '#' && line.data[1] >= '0' && line.data[1] <= '9';
}

/* "#1700000000 12 prod-eu"; what is absent or no number is not known. */
static void read_head(struct text line, struct prompt_history_entry *entry)
{
    struct text rest = text_slice(line, 1, line.length), field;
    int64_t number;

    entry->at = 0;
    entry->ms = -1;
    if (text_take_field(&rest, ' ', &field) &&
        text_to_integer(field, 0, (int64_t)(INT64_MAX / CLOCK_SECOND), &number))
        entry->at = (uint64_t)number * CLOCK_SECOND;
    if (text_take_field(&rest, ' ', &field) && text_to_integer(field, 0, INT64_MAX, &number))
        entry->ms = number;
    entry->profile = rest;
}

static bool next_line(struct text *rest, struct text *line)
{
    if (rest->length == 0)
        return false;
    if (!text_take_until(rest, '\n', line)) {
        *line = *rest;
        *rest = text_slice(*rest, rest->length, rest->length);
    }
    return true;
}

static void read_entries(struct text rest,
    bool (*each)(void *user, const struct prompt_history_entry *entry), void *user)
{
    struct prompt_history_entry entry = {.ms = -1};
    struct text line;
    bool has_head = false;

    while (next_line(&rest, &line)) {
        if (is_head(line)) {
            read_head(line, &entry);
            has_head = true;
            continue;
        }
        entry.text = line;
        /* With a head before it, everything up to the next head is one text. */
        while (has_head && rest.length > 0) {
            struct text ahead = rest;

            if (!next_line(&ahead, &line) || is_head(line))
                break;
            entry.text.length = (size_t)(line.data + line.length - entry.text.data);
            rest = ahead;
        }
        entry.number++;
        if (!each(user, &entry))
            return;
        entry = (struct prompt_history_entry){.number = entry.number, .ms = -1};
        has_head = false;
    }
}

enum error_code prompt_history_read(bool (*each)(void *user,
                                        const struct prompt_history_entry *entry),
    void *user, struct error *err)
{
    struct buf path, content;
    enum error_code code;

    buf_init(&path, 4096);
    buf_init(&content, FILE_LIMIT);
    code = path_make(PATH_STATE, "history", false, &path, err);
    if (!code && file_exists(buf_string(&path)))
        code = file_read(buf_string(&path), &content, err);
    if (!code)
        read_entries(buf_view(&content), each, user);
    buf_done(&content);
    buf_done(&path);
    return code;
}
