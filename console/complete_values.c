#include "console/complete_search.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/map.h"
#include "client/value.h"
#include "console/saved.h"

/* Parameters, values and files: what stands where neither a word nor a name of the catalogue does. */

enum { ENTRIES = 2000, PATH_SIZE = 4096 };

static const char *const literal_table[] = {"bool(", "ddb{", "epoch(", "epoch_ms(", "false",
    "file(", "iso(", "null", "now()", "now_ms()", "number(", "text(", "true", "ulid()", "uuid()"};

static const char *literal_of(const struct search *search, const struct value *value)
{
    struct buf literal;
    const char *text;

    buf_init(&literal, PATH_SIZE);
    value_add_literal(&literal, value);
    text = literal.failure ? "" : arena_string(search->arena, buf_view(&literal));
    buf_done(&literal);
    return text ? text : "";
}

void complete_parameters(struct search *search, const char *sign)
{
    struct text name;
    void *value;
    size_t at = 0;

    while (map_next(search->session->parameters, &at, &name, &value))
        complete_offer_word(search,
            text_of(arena_format(search->arena, "%s%.*s", sign, (int)name.length, name.data)),
            "parameter", literal_of(search, value));
}

void complete_literals(struct search *search)
{
    for (size_t i = 0; i < sizeof(literal_table) / sizeof(literal_table[0]); i++)
        complete_offer_word(search, text_of(literal_table[i]), "value", "");
    if (search->prefix.length == 0)
        complete_parameters(search, ":");
}

static bool word_is(const struct search *search, size_t at, const char *word)
{
    return at < search->word_count && text_is_ignoring_case(search->word[at], word);
}

static bool is_sign(const struct search *search, size_t at)
{
    return word_is(search, at, "=") || word_is(search, at, "<") || word_is(search, at, ">") ||
           word_is(search, at, "!");
}

/* The bracket that is open at the end; 0: none. */
static size_t find_open(const struct search *search)
{
    size_t depth = 0;

    for (size_t at = search->word_count; at-- > 1;) {
        if (word_is(search, at, ")"))
            depth++;
        else if (word_is(search, at, "(") && depth-- == 0)
            return at;
    }
    return 0;
}

/* Behind the last word of what is compared with the value at the end; 0: nothing is. */
static size_t find_left(const struct search *search)
{
    size_t last = search->word_count - 1, open = find_open(search), left = 0;

    if (is_sign(search, last)) {
        for (left = last; left > 0 && is_sign(search, left - 1);)
            left--;
        return left;
    }
    if (word_is(search, last, "LIKE") || word_is(search, last, "CONTAINS") ||
        word_is(search, last, "BETWEEN"))
        left = last;
    else if (word_is(search, last, "AND")) /* BETWEEN -1.5 AND */
        for (size_t at = last; at-- > 0 && last - at < 6 && !word_is(search, at, "AND") && !left;)
            left = word_is(search, at, "BETWEEN") ? at : 0;
    else if (open > 0 && (word_is(search, last, "(") || word_is(search, last, ",")))
        left = word_is(search, open - 1, "IN") ? open - 1 : 0;
    return left > 0 && word_is(search, left - 1, "NOT") ? left - 1 : left;
}

/* begins_with(status, */
static size_t find_first_argument(const struct search *search)
{
    size_t last = search->word_count - 1, open = find_open(search);

    return open > 0 && word_is(search, last, ",") &&
                   (word_is(search, open - 1, "begins_with") ||
                       word_is(search, open - 1, "contains"))
               ? last
               : 0;
}

static bool is_name(struct text word)
{
    char c = word.data[0];

    return c == '`' || c == '"' || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

void complete_compared(struct search *search)
{
    size_t end, start;
    struct buf path;

    if (search->word_count < 2 || search->word_count == COMPLETE_WORDS)
        return; /* the words in front may be lost */
    end = find_left(search);
    if (end == 0)
        end = find_first_argument(search);
    if (end == 0 || !is_name(search->word[end - 1]))
        return;
    for (start = end - 1; start >= 2 && word_is(search, start - 1, ".");)
        start -= 2;
    buf_init(&path, PATH_SIZE);
    for (size_t at = start; at < end; at += 2) {
        if (at > start)
            buf_add_char(&path, '.');
        value_add_name(&path, complete_unquoted(search->word[at]));
    }
    if (!path.failure)
        complete_seen_values(search, buf_view(&path));
    buf_done(&path);
}

static bool offer_saved(void *user, struct text name)
{
    complete_offer_word(user, name, "saved", "");
    return true;
}

void complete_saved(struct search *search)
{
    struct error ignored;

    if (saved_list(offer_saved, search, &ignored)) {
        /* Nothing has been saved. */
    }
}

/* A path as a candidate; a folder stays open for what is in it. */
static void offer_path(struct search *search, struct text folder, const char *name, bool is_folder)
{
    struct buf out;
    char quote = search->quote;

    if (quote && strchr(name, quote))
        return; /* it would have to be written in another way */
    buf_init(&out, 2 * PATH_SIZE);
    if (quote)
        buf_add_char(&out, quote);
    buf_add_text(&out, folder);
    buf_add_string(&out, name);
    if (is_folder)
        buf_add_char(&out, '/');
    else if (quote)
        buf_add_char(&out, quote);
    if (!out.failure)
        complete_offer(search, arena_string(search->arena, buf_view(&out)),
            is_folder ? "folder" : "file", "");
    buf_done(&out);
}

static bool is_folder(const struct search *search, const char *folder, const char *name)
{
    const char *path = arena_format(search->arena, "%s/%s", folder, name);
    struct stat about;

    return path && stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

void complete_files(struct search *search)
{
    struct text path = search->prefix, folder, begin;
    size_t slash = path.length;
    const char *open;
    struct dirent *entry;
    DIR *list;

    while (slash > 0 && path.data[slash - 1] != '/')
        slash--;
    folder = text_slice(path, 0, slash);
    begin = text_slice(path, slash, path.length);
    open = folder.length > 0 ? arena_string(search->arena, folder) : ".";
    list = open ? opendir(open) : NULL;
    for (int i = 0; list && i < ENTRIES && (entry = readdir(list)) != NULL; i++) {
        struct text name = text_of(entry->d_name);

        /* Hidden ones only when they are asked for. */
        if (!text_starts_with(name, begin) || (name.data[0] == '.' && begin.length == 0) ||
            text_is(name, ".") || text_is(name, ".."))
            continue;
        offer_path(search, folder, entry->d_name, is_folder(search, open, entry->d_name));
    }
    if (list)
        closedir(list);
}
