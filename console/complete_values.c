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
