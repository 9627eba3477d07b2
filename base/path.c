#include "base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static const struct {
    const char *variable;
    const char *below_home; /* NULL: there is no place in the home folder */
} place_table[] = {
    [PATH_CONFIG] = {"XDG_CONFIG_HOME", "/.config"},
    [PATH_STATE] = {"XDG_STATE_HOME", "/.local/state"},
    [PATH_DATA] = {"XDG_DATA_HOME", "/.local/share"},
    [PATH_CACHE] = {"XDG_CACHE_HOME", "/.cache"},
    [PATH_RUNTIME] = {"XDG_RUNTIME_DIR", NULL},
};

/* Relative paths are invalid and ignored (XDG Base Directory Specification). */
static const char *absolute(const char *variable)
{
    const char *value = getenv(variable);

    return value && value[0] == '/' ? value : NULL;
}

/* Anybody may create names in /tmp: the folder must be ours, private and no link. */
static enum error_code make_private(const char *path, struct error *err)
{
    struct stat about;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set(err, ERROR_IO, "cannot create %s: %s", path, strerror(errno));
    if (lstat(path, &about) != 0)
        return error_set(err, ERROR_IO, "cannot read %s: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode) && about.st_uid == getuid() && (about.st_mode & 077) == 0)
        return ERROR_NONE;
    error_set(err, ERROR_IO, "%s is not a private folder of this user", path);
    return error_hint(err, "set XDG_RUNTIME_DIR to a folder of your own");
}

static enum error_code add_folder(enum path_kind kind, struct buf *out, struct error *err)
{
    const char *base = absolute(place_table[kind].variable), *home = absolute("HOME");
    size_t start = out->length;
    enum error_code code;

    if (base) {
        buf_add_format(out, "%s/gatehouse", base);
        return buf_check(out, "path", err);
    }
    if (place_table[kind].below_home) {
        if (home) {
            buf_add_format(out, "%s%s/gatehouse", home, place_table[kind].below_home);
            return buf_check(out, "path", err);
        }
        error_set(err, ERROR_IO, "no home folder: HOME is not set");
        return error_hint(err, "set HOME or %s", place_table[kind].variable);
    }
    base = absolute("TMPDIR");
    buf_add_format(out, "%s/gatehouse-%lu", base ? base : "/tmp", (unsigned long)getuid());
    code = buf_check(out, "path", err);
    return code ? code : make_private(out->data + start, err);
}

enum error_code path_make(enum path_kind kind, const char *name, bool create, struct buf *out,
    struct error *err)
{
    size_t start = out->length;
    enum error_code code = add_folder(kind, out, err);

    if (code)
        return code;
    if (name)
        buf_add_format(out, "/%s", name);
    code = buf_check(out, "path", err);
    if (!code && create) {
        char *slash = name ? strrchr(out->data + start, '/') : NULL;

        if (slash)
            *slash = '\0';
        code = file_make_folder(out->data + start, err);
        if (slash)
            *slash = '/';
    }
    return code;
}

void path_add_expanded(struct buf *out, struct text path)
{
    const char *home = getenv("HOME");

    if (home && (text_is(path, "~") || text_starts_with(path, TEXT("~/")))) {
        buf_add_string(out, home);
        path = text_slice(path, 1, path.length);
    }
    buf_add_text(out, path);
}
