#include "console/saved.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "console/language/lexer.h"

#define ENDING ".gh"

enum { NAME_LIMIT = 64, NAMES_LIMIT = 10000, PATH_LIMIT = 4096 };

static bool is_name(struct text name)
{
    if (name.length == 0 || name.length > NAME_LIMIT || name.data[0] == '-')
        return false;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_' || c == '-'))
            return false;
    }
    return true;
}

enum error_code saved_check_name(struct text name, struct error *err)
{
    if (is_name(name))
        return ERROR_NONE;
    return error_set(err, ERROR_USAGE,
        "'%.*s' is no name for a saved statement: 1 to %d letters, digits, _ and -",
        (int)(name.length < 80 ? name.length : 80), name.data, NAME_LIMIT);
}

static enum error_code make_path(struct text name, bool create, struct buf *out, struct error *err)
{
    struct buf relative;
    enum error_code code;

    buf_init(&relative, PATH_LIMIT);
    buf_add_format(&relative, "saved/%.*s" ENDING, (int)name.length, name.data);
    code = buf_check(&relative, "path", err);
    if (!code)
        code = path_make(PATH_CONFIG, buf_string(&relative), create, out, err);
    buf_done(&relative);
    return code;
}

bool saved_exists(struct text name)
{
    struct error ignored;
    struct buf path;
    bool exists;

    buf_init(&path, PATH_LIMIT);
    exists =
        is_name(name) && !make_path(name, false, &path, &ignored) && file_exists(buf_string(&path));
    buf_done(&path);
    return exists;
}

enum error_code saved_write(struct text name, struct text statement, struct error *err)
{
    struct buf path, content;
    enum error_code code = saved_check_name(name, err);

    buf_init(&path, PATH_LIMIT);
    buf_init(&content, LEXER_STATEMENT_LIMIT + 1);
    buf_add_text(&content, statement);
    buf_add_char(&content, '\n');
    if (!code)
        code = buf_check(&content, "statement", err);
    if (!code)
        code = make_path(name, true, &path, err);
    if (!code)
        code = file_write(buf_string(&path), buf_view(&content), 0600, err);
    buf_done(&content);
    buf_done(&path);
    return code;
}

enum error_code saved_read(struct text name, struct buf *out, struct error *err)
{
    struct buf path, content;
    enum error_code code = saved_check_name(name, err);

    buf_init(&path, PATH_LIMIT);
    buf_init(&content, LEXER_STATEMENT_LIMIT + 1);
    if (!code)
        code = make_path(name, false, &path, err);
    if (!code && !file_exists(buf_string(&path))) {
        code = error_set(err, ERROR_NOT_FOUND, "there is no saved statement %.*s", (int)name.length,
            name.data);
        error_hint(err, "SHOW SAVED lists them, SAVE QUERY makes one");
    }
    if (!code)
        code = file_read(buf_string(&path), &content, err);
    if (!code) {
        buf_add_text(out, text_trim(buf_view(&content)));
        code = buf_check(out, "statement", err);
    }
    buf_done(&content);
    buf_done(&path);
    return code;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in the folder; what is called otherwise is none of ours. */
static enum error_code read_names(const char *folder, char **name, size_t *count, struct error *err)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;
    enum error_code code = ERROR_NONE;

    if (!directory && errno == ENOENT)
        return ERROR_NONE;
    if (!directory)
        return error_set(err, ERROR_IO, "%s: %s", folder, strerror(errno));
    while (!code && *count < NAMES_LIMIT && (entry = readdir(directory))) {
        struct text whole = text_of(entry->d_name);

        if (!text_ends_with(whole, TEXT(ENDING)))
            continue;
        whole.length -= sizeof ENDING - 1;
        if (!is_name(whole))
            continue;
        name[*count] = mem_copy(whole.data, whole.length);
        if (!name[*count])
            code = error_memory(err);
        else
            (*count)++;
    }
    closedir(directory);
    return code;
}

enum error_code saved_list(bool (*each)(void *user, struct text name), void *user,
    struct error *err)
{
    char **name = mem_new(NAMES_LIMIT, sizeof *name);
    struct buf folder;
    size_t count = 0;
    enum error_code code = name ? ERROR_NONE : error_memory(err);

    buf_init(&folder, PATH_LIMIT);
    if (!code)
        code = path_make(PATH_CONFIG, "saved", false, &folder, err);
    if (!code)
        code = read_names(buf_string(&folder), name, &count, err);
    if (!code && count > 0)
        qsort(name, count, sizeof *name, compare_names);
    for (size_t i = 0; !code && i < count && each(user, text_of(name[i])); i++) {
    }
    for (size_t i = 0; i < count; i++)
        mem_free(name[i]);
    mem_free(name);
    buf_done(&folder);
    return code;
}
