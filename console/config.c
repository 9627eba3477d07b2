#include "console/config.h"

#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "client/ini.h"

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

static enum error_code read_entry(struct settings *settings, const struct ini_reader *reader,
    struct error *err)
{
    const struct setting *setting = setting_find(reader->key);

    if (!setting || !(setting->where & SETTING_CONFIG))
        return setting_unknown(reader->key, SETTING_CONFIG, err);
    return setting_apply(settings, setting, reader->value, err);
}

/* What is no entry is a warning of client/profile, which reads the same file. */
static void read_file(struct settings *settings, const char *path, struct text source,
    struct config_warnings *warnings)
{
    struct ini_reader reader;
    enum ini_kind kind;
    struct error err;

    ini_start(&reader, source);
    while ((kind = ini_next(&reader)) != INI_END) {
        bool is_ours = reader.section.length == 0 || text_is(reader.section, "settings");

        if (kind == INI_ENTRY && is_ours && read_entry(settings, &reader, &err))
            warn(warnings, &err, path, reader.line);
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
