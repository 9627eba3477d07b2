#include "console/config.h"

#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"

enum { CONFIG_LIMIT = 1024 * 1024 };

static void warn(struct config_warnings *warnings, const struct error *err, const char *path,
    int line)
{
    struct error *warning;

    if (warnings->count == CONFIG_WARNINGS)
        return;
    warning = &warnings->warning[warnings->count++];
    *warning = *err;
    error_wrap(warning, "%s:%d", path, line);
}

/* A comment begins at the start of a line or after a blank. */
static struct text without_comment(struct text line)
{
    for (size_t i = 0; i < line.length; i++)
        if ((line.data[i] == '#' || line.data[i] == ';') &&
            (i == 0 || line.data[i - 1] == ' ' || line.data[i - 1] == '\t'))
            return text_trim(text_slice(line, 0, i));
    return text_trim(line);
}

static enum error_code read_line(struct settings *settings, struct text line, struct error *err)
{
    const struct setting *setting;
    struct text name;

    if (!text_take_until(&line, '=', &name))
        return error_set(err, ERROR_USAGE, "a line of settings is \"name = value\"");
    name = text_trim(name);
    line = text_trim(line);
    setting = setting_find(name);
    if (!setting || !(setting->where & SETTING_CONFIG))
        return setting_unknown(name, SETTING_CONFIG, err);
    return setting_apply(settings, setting, line, err);
}

static void read_file(struct settings *settings, const char *path, struct text source,
    struct config_warnings *warnings)
{
    bool is_ours = true;
    struct text line;
    struct error err;

    for (int number = 1; text_take_field(&source, '\n', &line); number++) {
        line = without_comment(line);
        if (line.length == 0)
            continue;
        if (line.data[0] == '[') {
            is_ours = text_is(line, "[settings]");
            continue;
        }
        if (is_ours && read_line(settings, line, &err))
            warn(warnings, &err, path, number);
    }
}

void config_load(struct settings *settings, struct config_warnings *warnings)
{
    struct buf path, source;
    struct error err;

    warnings->count = 0;
    buf_init(&path, 4096);
    buf_init(&source, CONFIG_LIMIT);
    if (path_make(PATH_CONFIG, "config", false, &path, &err) || !file_exists(buf_string(&path)))
        goto out;
    if (file_read(buf_string(&path), &source, &err))
        warn(warnings, &err, buf_string(&path), 0);
    else
        read_file(settings, buf_string(&path), buf_view(&source), warnings);
out:
    buf_done(&source);
    buf_done(&path);
}
