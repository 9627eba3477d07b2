#include "panels/theme_private.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/width.h"

static const char *const color_names[16] = {"black", "red", "green", "yellow", "blue", "magenta",
    "cyan", "white", "bright-black", "bright-red", "bright-green", "bright-yellow", "bright-blue",
    "bright-magenta", "bright-cyan", "bright-white"};

static const struct {
    const char *name;
    uint8_t attribute;
} attribute_table[] = {
    {"plain", 0},
    {"bold", THEME_BOLD},
    {"dim", THEME_DIM},
    {"italic", THEME_ITALIC},
    {"underline", THEME_UNDERLINE},
    {"reverse", THEME_REVERSE},
};

/* The roles of [ui] that matter in every theme; a theme file says what differs. */
static const char base_rules[] =
    "[ui]\ntext = fg\ndim = dim\ntitle = accent bold\nframe = dim\nframe.focus = accent bold\n"
    "status = fg\ncrumbs = dim\nhint.key = accent bold\nhint.off = dim\npopup = fg\n"
    "popup.sel = fg reverse\nprompt = fg bold\ngutter = dim\ncursor.row = fg reverse\n"
    "cursor.cell = accent bold reverse\nmark = mark bold\nmatch = mark bold underline\n"
    "env.prod = err bold reverse\nenv.stage = warn bold\nenv.other = ok bold\n"
    "mode.rw = warn bold\nmsg.ok = ok\nmsg.note = info\nmsg.warn = warn\nmsg.error = err\n"
    "msg.alert = err reverse\n"
    "[data]\nkey.pk = accent bold\nkey.sk = accent\ntype.s = fg\ntype.n = num\ntype.b = info\n"
    "type.bool = info\nnull = dim\nref = accent underline\nsecret = dim\nstaged.add = ok\n"
    "staged.change = warn\nstaged.delete = err\nviolation.e = err\nviolation.w = warn\n"
    "diff.add = ok\ndiff.del = err\n"
    "[status]\n1xx = dim\n2xx = ok\n3xx = dim\n4xx = warn\n5xx = err\n"
    "[graph]\nramp = ok warn err\np50 = info\np95 = warn\np99 = err\naxis = dim\n";

/* The terminal's own colours: what its owner chose stays. */
static const char terminal_source[] =
    "name = terminal\nvariant = any\n"
    "[palette]\nbg = default\nfg = default\ndim = default default default+dim dim\n"
    "accent = cyan 6 cyan bold\ninfo = cyan 6 cyan plain\nok = green 2 green plain\n"
    "warn = yellow 3 yellow underline\nerr = red 1 red+bold reverse+bold\n"
    "mark = magenta 5 magenta bold\nnum = default default default plain\n";

static const char mono_source[] =
    "name = mono\nvariant = any\n"
    "[palette]\nbg = default\nfg = default\ndim = default default default+dim dim\n"
    "accent = default default default+bold bold\ninfo = default default default plain\n"
    "ok = default default default plain\nwarn = default default default+underline underline\n"
    "err = default default default+reverse+bold reverse+bold\n"
    "mark = default default default+bold bold\nnum = default default default plain\n";

struct reader {
    struct theme *theme;
    const char *file, *user_folder, *folder;
    struct buf *warnings;
    int depth;
    char section[NAME_SIZE];
    int line;
};

static enum error_code read_source(struct reader *reader, struct text source, struct error *err);

static void warn(struct reader *reader, const char *what, struct text word)
{
    if (!reader->warnings)
        return;
    buf_add_format(reader->warnings, "%s:%d: %s: ", reader->file, reader->line, what);
    text_add_safe(reader->warnings, word);
    buf_add_char(reader->warnings, '\n');
}

static bool take_word(struct text *line, struct text *word)
{
    size_t end = 0;

    *line = text_trim(*line);
    while (end < line->length && line->data[end] != ' ' && line->data[end] != '\t')
        end++;
    *word = text_slice(*line, 0, end);
    *line = text_slice(*line, end, line->length);
    return end > 0;
}

static bool read_hex(struct text word, int32_t *out)
{
    int32_t value = 0;

    if (word.length != 7 || word.data[0] != '#')
        return false;
    for (size_t i = 1; i < 7; i++) {
        char c = word.data[i];
        int digit;

        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (c | 32) - 'a' + 10;
        else
            return false;
        value = value * 16 + digit;
    }
    *out = value;
    return true;
}

static bool read_attribute(struct text word, uint8_t *attributes)
{
    for (size_t i = 0; i < sizeof attribute_table / sizeof *attribute_table; i++) {
        if (text_is(word, attribute_table[i].name)) {
            *attributes |= attribute_table[i].attribute;
            return true;
        }
    }
    return false;
}

/* "red+bold": the colour of 16, THEME_DEFAULT for "default", and attributes. */
static bool read_color_16(struct text word, int *index, uint8_t *attributes)
{
    struct text part = {0};
    bool first = true;

    while (text_take_field(&word, '+', &part)) {
        int found = NO_COLOR;

        for (int i = 0; i < 16; i++)
            if (text_is(part, color_names[i]))
                found = i;
        if (text_is(part, "default"))
            found = THEME_DEFAULT;
        if (first && found != NO_COLOR)
            *index = found;
        else if (!read_attribute(part, attributes))
            return false;
        first = false;
    }
    return !first;
}

static int add_color(struct theme *theme, struct text name)
{
    int index = theme_find_color(theme, name);
    struct color *color;

    if (index == NO_COLOR) {
        if (theme->palette_count == PALETTE_LIMIT || name.length >= NAME_SIZE)
            return NO_COLOR;
        index = theme->palette_count++;
    }
    color = &theme->palette[index];
    *color = (struct color){.rgb = NO_COLOR, .index_256 = NO_COLOR, .index_16 = NO_COLOR};
    memcpy(color->name, name.data, name.length);
    return index;
}

/* What was not given is computed from what was. */
static void complete_color(struct color *color)
{
    if (color->is_default && color->index_16 == NO_COLOR)
        color->index_16 = THEME_DEFAULT;
    if (color->is_default && color->index_256 == NO_COLOR)
        color->index_256 = THEME_DEFAULT;
    if (color->rgb == NO_COLOR && color->index_256 >= 0)
        color->rgb = (int32_t)theme_cube_value(color->index_256);
    if (color->rgb == NO_COLOR && color->index_16 >= 0)
        color->rgb = (int32_t)theme_cube_value(color->index_16);
    if (color->rgb == NO_COLOR)
        color->rgb = THEME_DEFAULT;
    if (color->index_256 == NO_COLOR)
        color->index_256 = color->rgb < 0 ? THEME_DEFAULT : theme_nearest_256((uint32_t)color->rgb);
    if (color->index_16 == NO_COLOR)
        color->index_16 = color->rgb < 0 ? THEME_DEFAULT : theme_nearest_16((uint32_t)color->rgb);
}

/* name = #rrggbb 157 green+bold reverse+bold: by form, then by place. */
static void read_palette(struct reader *reader, struct text name, struct text value)
{
    int index = add_color(reader->theme, name);
    struct color *color;
    struct text word;
    int64_t number;

    if (index == NO_COLOR) {
        warn(reader, "one colour too many, or its name is too long", name);
        return;
    }
    color = &reader->theme->palette[index];
    for (int place = 0; take_word(&value, &word); place++) {
        int index_16 = NO_COLOR;
        uint8_t attributes = 0;

        if (read_hex(word, &color->rgb))
            continue;
        if (text_to_integer(word, 0, 255, &number)) {
            color->index_256 = (int)number;
        } else if (read_color_16(word, &index_16, &attributes)) {
            if (place == 0 && index_16 == THEME_DEFAULT)
                color->is_default = true;
            else if (place == 1 && index_16 == THEME_DEFAULT)
                color->index_256 = THEME_DEFAULT;
            else if (index_16 == NO_COLOR)
                color->attributes_mono = attributes;
            else if (place < 3) {
                color->index_16 = index_16;
                color->attributes_16 = attributes;
            }
        } else {
            warn(reader, "not a colour", word);
        }
    }
    complete_color(color);
}

/* A palette name, #rrggbb, a name of the 16, 0..255 or "default"; NO_COLOR when none of these. */
static int read_color(struct reader *reader, struct text word)
{
    struct theme *theme = reader->theme;
    int index = theme_find_color(theme, word), index_16 = NO_COLOR;
    uint8_t attributes = 0;
    int32_t rgb;
    int64_t number;

    if (index != NO_COLOR)
        return index;
    if (text_is(word, "default"))
        return THEME_DEFAULT;
    if (read_hex(word, &rgb) || text_to_integer(word, 0, 255, &number) ||
        (read_color_16(word, &index_16, &attributes) && index_16 != NO_COLOR)) {
        struct text value = word;

        index = add_color(theme, word);
        if (index != NO_COLOR)
            read_palette(reader, word, value);
        return index;
    }
    return NO_COLOR;
}

static void read_rule(struct reader *reader, enum role role, struct text value)
{
    struct role_rule rule = {.foreground = THEME_DEFAULT, .background = THEME_DEFAULT};
    struct text word;
    bool on = false, first = true;

    if (role == ROLE_CURSOR_ROW && text_is(text_trim(value), "marker")) {
        reader->theme->marker_cursor = true;
        return;
    }
    while (take_word(&value, &word)) {
        int color;

        if (!on && text_is(word, "on")) {
            on = true;
            continue;
        }
        /* In front "dim" is the colour of that name, behind it the attribute. */
        if (!on && !first && read_attribute(word, &rule.attributes))
            continue;
        color = read_color(reader, word);
        if (color == NO_COLOR && !read_attribute(word, &rule.attributes))
            warn(reader, "unknown colour or attribute", word);
        else if (color != NO_COLOR && on)
            rule.background = color;
        else if (color != NO_COLOR && first)
            rule.foreground = color;
        first = false;
    }
    if (role == ROLE_CURSOR_ROW)
        reader->theme->marker_cursor = false;
    reader->theme->rule[role] = rule;
}

static void read_ramp(struct reader *reader, struct text value)
{
    struct text word;

    for (int i = 0; i < 3 && take_word(&value, &word); i++)
        read_rule(reader, (enum role)(ROLE_RAMP_LOW + i), word);
}

static void read_role(struct reader *reader, struct text name, struct text value)
{
    int best = -1;
    size_t best_distance = 4;

    if (!strcmp(reader->section, "graph") && text_is(name, "ramp")) {
        read_ramp(reader, value);
        return;
    }
    for (int i = 0; i < ROLE_COUNT; i++) {
        size_t apart;

        if (strcmp(theme_role_section((enum role)i), reader->section) != 0)
            continue;
        if (text_is(name, theme_role_name((enum role)i))) {
            read_rule(reader, (enum role)i, value);
            return;
        }
        apart = text_distance(name, text_of(theme_role_name((enum role)i)), 3);
        if (apart < best_distance) {
            best_distance = apart;
            best = i;
        }
    }
    if (best >= 0) {
        char what[80];

        snprintf(what, sizeof what, "unknown role (did you mean %s?)",
            theme_role_name((enum role)best));
        warn(reader, what, name);
    } else {
        warn(reader, "unknown role", name);
    }
}

/* '#' starts a comment at the start of a line, or after a blank when no hex digits follow. */
static struct text without_comment(struct text line)
{
    for (size_t i = 0; i < line.length; i++) {
        int32_t rgb;

        if (line.data[i] != '#' || (i > 0 && line.data[i - 1] != ' ' && line.data[i - 1] != '\t'))
            continue;
        if (i == 0 || !read_hex(text_slice(line, i, i + 7), &rgb))
            return text_slice(line, 0, i);
    }
    return line;
}

static enum error_code inherit(struct reader *reader, const char *name, struct error *err)
{
    struct reader parent = *reader;
    struct buf source, path;
    enum error_code code = ERROR_NONE;
    const char *folders[2] = {reader->user_folder, reader->folder};
    bool found = false;

    if (reader->depth >= INHERIT_LIMIT)
        return error_set(err, ERROR_USAGE, "%s: inherits from itself", reader->file);
    buf_init(&source, THEME_FILE_LIMIT);
    buf_init(&path, 4096);
    parent.depth++;
    parent.line = 0;
    parent.section[0] = '\0';
    if (strchr(name, '/')) {
        buf_add_string(&path, name);
        found = true;
    } else {
        for (int i = 0; i < 2 && !found; i++) {
            if (!folders[i])
                continue;
            buf_clear(&path);
            buf_add_format(&path, "%s/%s.theme", folders[i], name);
            found = file_exists(buf_string(&path));
        }
    }
    if (found) {
        parent.file = buf_string(&path);
        code = file_read(parent.file, &source, err);
        if (!code)
            code = read_source(&parent, buf_view(&source), err);
    } else if (!strcmp(name, "terminal") || !strcmp(name, "mono")) {
        parent.file = name;
        code = read_source(&parent, text_of(*name == 't' ? terminal_source : mono_source), err);
    } else {
        code = error_set(err, ERROR_NOT_FOUND, "no theme named %s", name);
    }
    buf_done(&path);
    buf_done(&source);
    return code;
}

/* Parents come first, so that the file itself has the last word wherever it says "inherits". */
static enum error_code read_parents(struct reader *reader, struct text source, struct error *err)
{
    struct text line = {0}, name;

    while (text_take_field(&source, '\n', &line)) {
        char parent[256];

        line = text_trim(without_comment(line));
        if (line.length > 0 && line.data[0] == '[')
            break;
        if (!text_take_until(&line, '=', &name) || !text_is(text_trim(name), "inherits"))
            continue;
        line = text_trim(line);
        snprintf(parent, sizeof parent, "%.*s", (int)line.length, line.data);
        return inherit(reader, parent, err);
    }
    return ERROR_NONE;
}

static void read_head(struct reader *reader, struct text name, struct text value)
{
    if (text_is(name, "name"))
        snprintf(reader->theme->name, sizeof reader->theme->name, "%.*s", (int)value.length,
            value.data);
    else if (!text_is(name, "inherits") && !text_is(name, "variant"))
        warn(reader, "unknown key", name);
}

static enum error_code read_source(struct reader *reader, struct text source, struct error *err)
{
    static const char *const sections[] = {"palette", "ui", "data", "status", "graph"};
    struct text line = {0}, name;

    if (read_parents(reader, source, err))
        return err->code;
    while (text_take_field(&source, '\n', &line)) {
        reader->line++;
        line = text_trim(without_comment(line));
        if (line.length == 0)
            continue;
        if (line.data[0] == '[') {
            struct text section = text_slice(line, 1, line.length - 1);
            bool known = false;

            for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
                known = known || text_is(section, sections[i]);
            if (!known)
                warn(reader, "unknown section", line);
            snprintf(reader->section, sizeof reader->section, "%.*s",
                known ? (int)section.length : 1, known ? section.data : "?");
        } else if (!text_take_until(&line, '=', &name)) {
            warn(reader, "no '='", line);
        } else if (!strcmp(reader->section, "palette")) {
            read_palette(reader, text_trim(name), line);
        } else if (reader->section[0] == '\0') {
            read_head(reader, text_trim(name), text_trim(line));
        } else if (reader->section[0] != '?') {
            read_role(reader, text_trim(name), line);
        }
    }
    return ERROR_NONE;
}

/* The palette of "terminal" and the rules of every theme, so that no name is ever missing. */
static struct theme *start_theme(struct error *err)
{
    struct theme *theme = mem_new(1, sizeof *theme);
    struct reader reader = {.theme = theme, .file = "terminal"};

    if (!theme) {
        error_memory(err);
        return NULL;
    }
    for (int i = 0; i < ROLE_COUNT; i++)
        theme->rule[i] = (struct role_rule){THEME_DEFAULT, THEME_DEFAULT, 0};
    if (read_source(&reader, text_of(terminal_source), err)) {
        mem_free(theme);
        return NULL;
    }
    reader.section[0] = '\0';
    if (read_source(&reader, text_of(base_rules), err)) {
        mem_free(theme);
        return NULL;
    }
    return theme;
}

struct theme *theme_parse(struct text source, const char *file, const char *user_folder,
    const char *folder, struct buf *warnings, struct error *err)
{
    struct theme *theme = start_theme(err);
    struct reader reader = {.theme = theme,
        .file = file,
        .user_folder = user_folder,
        .folder = folder,
        .warnings = warnings};

    if (!theme)
        return NULL;
    if (read_source(&reader, source, err)) {
        theme_free(theme);
        return NULL;
    }
    return theme;
}

struct theme *theme_load(const char *name, const char *user_folder, const char *folder,
    struct buf *warnings, struct error *err)
{
    struct theme *theme = start_theme(err);
    struct reader reader = {.theme = theme,
        .file = name,
        .user_folder = user_folder,
        .folder = folder,
        .warnings = warnings};

    if (!theme)
        return NULL;
    snprintf(theme->name, sizeof theme->name, "%s", name);
    if (inherit(&reader, name, err)) {
        theme_free(theme);
        return NULL;
    }
    return theme;
}
