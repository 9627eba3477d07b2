#include "console/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

#define AT(member) offsetof(struct settings, member), sizeof(((struct settings *)0)->member)

enum {
    OPTION = SETTING_OPTION,
    STORED = SETTING_CONFIG | SETTING_SET,
    EVERYWHERE = SETTING_OPTION | SETTING_CONFIG | SETTING_SET
};

const struct setting setting_table[] = {
    {"allow-shell", 0, SETTING_FLAG, AT(allow_shell), 0, 1, NULL, "off", OPTION,
        "shell commands behind \\g and \\o in scripts, too"},
    {"ambiguous", 0, SETTING_NUMBER, AT(ambiguous), 1, 2, NULL, "1", STORED,
        "columns of characters whose width is ambiguous"},
    {"border", 0, SETTING_NUMBER, AT(border), 0, 2, NULL, "0", STORED,
        "lines of table output: 0 none, 1 between its cells, 2 around it, too"},
    {"capacity", 0, SETTING_FLAG, AT(capacity), 0, 1, NULL, "on", STORED,
        "show the units a statement consumed"},
    {"clipboard", 0, SETTING_CHOICE, AT(clipboard), 0, 0, "auto|osc52|tmux|file|off", "auto",
        STORED, "where copied text goes"},
    {"color", 0, SETTING_CHOICE, AT(color), 0, 0, "auto|on|off", "auto", EVERYWHERE,
        "colour on the terminal"},
    {"columns", 0, SETTING_TEXT, AT(columns), 0, 0, NULL, "", OPTION | SETTING_SET,
        "columns to print, separated by commas"},
    {"confirm", 0, SETTING_CHOICE, AT(confirm), 0, 0, "off|risky|all", "risky", STORED,
        "what is asked before a change"},
    {"cursor", 0, SETTING_CHOICE, AT(cursor), 0, 0, "bar|marker|auto", "auto", STORED,
        "how the current row is marked"},
    {"dialect", 0, SETTING_CHOICE, AT(dialect), 0, 0, "auto|gatehouse|partiql|aws", "auto",
        EVERYWHERE, "what 'x' and \"x\" mean as operands; auto: as the profile says"},
    {"dry-run", 0, SETTING_FLAG, AT(dry_run), 0, 1, NULL, "off", OPTION,
        "explain every statement, run nothing"},
    {"enter", 0, SETTING_CHOICE, AT(enter), 0, 0, "auto|semicolon", "auto", STORED,
        "what ends a statement at the prompt"},
    {"error-format", 0, SETTING_CHOICE, AT(error_format), 0, 0, "text|json", "text", EVERYWHERE,
        "form of messages on stderr"},
    {"escape-time", 0, SETTING_NUMBER, AT(escape_time), 10, 1000, NULL, "25", SETTING_CONFIG,
        "milliseconds that tell a lone Esc from a key sequence"},
    {"exit-code", 0, SETTING_FLAG, AT(exit_code), 0, 1, NULL, "off", OPTION | SETTING_SET,
        "a comparison that finds differences ends with status 11"},
    {"expanded", 0, SETTING_CHOICE, AT(expanded), 0, 0, "off|on|auto", "off", STORED,
        "one attribute per line instead of a table"},
    {"fail-empty", 0, SETTING_FLAG, AT(fail_empty), 0, 1, NULL, "off", OPTION | SETTING_SET,
        "a read without rows ends with status 1"},
    {"fail-http", 0, SETTING_FLAG, AT(fail_http), 0, 1, NULL, "off", OPTION | SETTING_SET,
        "INVOKE answered with 400 or more ends with status 10"},
    {"format", 'o', SETTING_CHOICE, AT(format), 0, 0,
        "auto|table|vertical|json|jsonl|ddbjson|csv|tsv|none", "auto", EVERYWHERE,
        "output format; auto: table on a terminal, else jsonl"},
    {"glyphs", 0, SETTING_CHOICE, AT(glyphs), 0, 0, "auto|unicode|ascii", "auto", STORED,
        "characters for lines and signs"},
    {"graph", 0, SETTING_CHOICE, AT(graph), 0, 0, "auto|block|ascii|braille", "auto", STORED,
        "characters of charts"},
    {"headers", 0, SETTING_FLAG, AT(headers), 0, 1, NULL, "on", EVERYWHERE,
        "column names in table, csv and tsv"},
    {"journal-keep", 0, SETTING_DURATION, AT(journal_keep_ms), 0, 315360000000, "forever", "90d",
        STORED, "how long the days of the journal are kept"},
    {"journal-max", 0, SETTING_NUMBER, AT(journal_max), 1, 1000000, NULL, "1024", STORED,
        "megabytes that they may take"},
    {"keys", 0, SETTING_TEXT, AT(keys), 0, 0, NULL, "vim", STORED, "preset of keys"},
    {"limit", 0, SETTING_NUMBER, AT(limit), 0, 1000000000, "all", "100", STORED,
        "rows a read at the prompt delivers unless it says LIMIT"},
    {"linear", 0, SETTING_FLAG, AT(linear), 0, 1, NULL, "off", OPTION | SETTING_CONFIG,
        "line mode instead of the screen"},
    {"max-cell", 0, SETTING_NUMBER, AT(max_cell), -1, 100000, "auto", "auto", EVERYWHERE,
        "columns of a table cell, 0: whole; auto: 40 on a terminal, else 0"},
    {"max-errors", 0, SETTING_NUMBER, AT(max_errors), 0, 1000000000, NULL, "1000", EVERYWHERE,
        "rejected records that a statement goes on after; more stop it"},
    {"max-rcu", 0, SETTING_NUMBER, AT(max_rcu), 0, 1000000000, "none", "none", EVERYWHERE,
        "read units after which a statement is stopped"},
    {"max-wcu", 0, SETTING_NUMBER, AT(max_wcu), 0, 1000000000, "none", "none", EVERYWHERE,
        "write units after which a statement is stopped"},
    {"mouse", 0, SETTING_FLAG, AT(mouse), 0, 1, NULL, "off", STORED, "mouse on the screen"},
    {"null", 0, SETTING_TEXT, AT(null_text), 0, 0, NULL, "", EVERYWHERE,
        "text for absent attributes; empty: what the format has"},
    {"on-error", 0, SETTING_FLAG, AT(stop_on_error), 0, 1, "continue|stop", "stop",
        OPTION | SETTING_SET, "what a failed statement does to the script"},
    {"page", 0, SETTING_NUMBER, AT(page), 1, 10000, NULL, "50", STORED,
        "items that opening a table reads"},
    {"page-size", 0, SETTING_NUMBER, AT(page_size), 0, 10000, "auto", "auto", EVERYWHERE,
        "items per request"},
    {"progress", 0, SETTING_CHOICE, AT(progress), 0, 0, "auto|tty|lines|off", "auto", EVERYWHERE,
        "how progress is shown on stderr"},
    {"prompt-mode", 0, SETTING_CHOICE, AT(prompt_mode), 0, 0, "auto|emacs|vi", "auto", STORED,
        "editing mode of the prompt; auto: as inputrc says"},
    {"quiet", 'q', SETTING_FLAG, AT(quiet), 0, 1, NULL, "off", OPTION | SETTING_SET,
        "no footers and notes on stderr"},
    {"read-only", 0, SETTING_FLAG, AT(read_only), 0, 1, NULL, "off", OPTION | SETTING_SET,
        "refuse calls that change anything; as an option it cannot be lifted"},
    {"read-write", 0, SETTING_FLAG, AT(read_write), 0, 1, NULL, "off", OPTION,
        "allow changes in profiles that start read-only"},
    {"retries", 0, SETTING_NUMBER, AT(retries), 0, 20, "auto", "auto", OPTION | SETTING_CONFIG,
        "attempts per call; auto: AWS_MAX_ATTEMPTS, else 8"},
    {"scan-ask", 0, SETTING_NUMBER, AT(scan_ask), 0, 1000000000, NULL, "10000", STORED,
        "read units above which a Scan counts as risky"},
    {"segments", 0, SETTING_NUMBER, AT(segments), 0, 1000000, "auto", "auto", STORED,
        "segments of a Scan that does not say SEGMENTS"},
    {"sort-max", 0, SETTING_NUMBER, AT(sort_max), 1, 1000000, NULL, "10000", STORED,
        "rows that ORDER LOCAL BY may hold"},
    {"stage", 0, SETTING_FLAG, AT(stage), 0, 1, NULL, "off", SETTING_SET,
        "a write of one object is staged, not sent"},
    {"theme", 0, SETTING_TEXT, AT(theme), 0, 0, NULL, "auto", STORED,
        "theme of the screen: a name or a path"},
    {"time", 0, SETTING_CHOICE, AT(time), 0, 0, "utc|local|ago", "utc", STORED,
        "how times are shown on the screen"},
    {"timeout", 0, SETTING_DURATION, AT(timeout_ms), 0, 86400000, "none", "none", EVERYWHERE,
        "time after which a statement is stopped"},
    {"timing", 0, SETTING_FLAG, AT(timing), 0, 1, NULL, "on", STORED,
        "show how long a statement took"},
    {"typed", 0, SETTING_FLAG, AT(typed), 0, 1, NULL, "off", OPTION | SETTING_SET,
        "types in the header of csv and tsv, so that nothing is lost"},
    {"undo-keep", 0, SETTING_DURATION, AT(undo_keep_ms), 0, 315360000000, "off", "30d", STORED,
        "how long the old images of what was written are kept; off: they are not asked for"},
    {"undo-max", 0, SETTING_NUMBER, AT(undo_max), 1, 1000000, NULL, "1024", STORED,
        "megabytes that they may take"},
    {"verbose", 'v', SETTING_FLAG, AT(verbose), 0, 1, NULL, "off", OPTION | SETTING_SET,
        "each call and retry on stderr"},
    {"which-key", 0, SETTING_NUMBER, AT(which_key), 0, 5000, NULL, "400", STORED,
        "milliseconds before the box of a prefix key opens"},
    {"yes", 0, SETTING_FLAG, AT(yes), 0, 1, NULL, "off", OPTION,
        "answer yes where a person would be asked"},
    {NULL, 0, SETTING_FLAG, 0, 0, 0, 0, NULL, NULL, 0, NULL},
};

/* Spellings that other tools have for the same thing. */
static const struct {
    const char *other, *ours;
} spelling_table[] = {
    {"ndjson", "jsonl"},
    {"ddb-json", "ddbjson"},
};

static char *text_field(struct settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->offset;
}

static long *number_field(struct settings *settings, const struct setting *setting)
{
    void *field = (char *)settings + setting->offset;

    return field;
}

static bool *flag_field(struct settings *settings, const struct setting *setting)
{
    void *field = (char *)settings + setting->offset;

    return field;
}

/* Underscores are hyphens, so that read_only is found too. */
static int compare_name(struct text name, const char *with)
{
    struct text other = text_of(with);
    size_t shorter = name.length < other.length ? name.length : other.length;

    for (size_t i = 0; i < shorter; i++) {
        char c = name.data[i] == '_' ? '-' : name.data[i];

        if (c != other.data[i])
            return (unsigned char)c < (unsigned char)other.data[i] ? -1 : 1;
    }
    return name.length == other.length ? 0 : name.length < other.length ? -1 : 1;
}

/* As \pset writes it. */
static const char max_cell_spelling[] = "maxcell";

const struct setting *setting_find(struct text name)
{
    size_t low = 0, high = sizeof(setting_table) / sizeof(setting_table[0]) - 1;

    if (text_is(name, max_cell_spelling))
        name = TEXT("max-cell");
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_name(name, setting_table[middle].name);

        if (order == 0)
            return &setting_table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

enum error_code setting_unknown(struct text name, unsigned where, struct error *err)
{
    const char *nearest = NULL;
    size_t best = 3;

    for (const struct setting *setting = setting_table; setting->name; setting++) {
        size_t distance = text_distance(name, text_of(setting->name), best);

        if ((setting->where & where) && distance < best) {
            best = distance;
            nearest = setting->name;
        }
    }
    error_set(err, ERROR_USAGE, "there is no setting %.*s",
        (int)(name.length < 60 ? name.length : 60), name.data);
    if (nearest)
        error_hint(err, "did you mean %s?", nearest);
    else if (where & SETTING_SET)
        error_hint(err, "SHOW SETTINGS lists them");
    return err->code;
}

void settings_init(struct settings *settings)
{
    struct error ignored;

    memset(settings, 0, sizeof(*settings));
    for (const struct setting *setting = setting_table; setting->name; setting++) {
        /* Initial values fit: a unit test reads each of them. */
        if (setting_apply(settings, setting, text_of(setting->initial), &ignored))
            return;
    }
}

static enum error_code refuse_value(const struct setting *setting, struct text value,
    struct error *err)
{
    int length = (int)(value.length < 80 ? value.length : 80);

    switch (setting->kind) {
    case SETTING_FLAG:
    case SETTING_CHOICE:
        error_set(err, ERROR_USAGE, "%s cannot be '%.*s'", setting->name, length, value.data);
        return error_hint(err, "%s takes %s", setting->name,
            setting->choices ? setting->choices : "on or off");
    case SETTING_NUMBER:
        error_set(err, ERROR_USAGE, "%s cannot be '%.*s'", setting->name, length, value.data);
        return error_hint(err, "%s takes a number from %ld to %ld%s%s", setting->name,
            setting->minimum < 0 ? 0 : setting->minimum, setting->maximum,
            setting->choices ? ", or " : "", setting->choices ? setting->choices : "");
    case SETTING_DURATION:
        error_set(err, ERROR_USAGE, "%s cannot be '%.*s'", setting->name, length, value.data);
        return error_hint(err, "%s takes a duration such as 90s, or %s", setting->name,
            setting->choices ? setting->choices : "0s");
    case SETTING_TEXT:
        break;
    }
    return error_set(err, ERROR_USAGE, "%s is longer than %zu bytes or holds control characters",
        setting->name, setting->size - 1);
}

/* \x, \timing and \capacity alone turn the other way. */
static bool is_toggle(struct text value)
{
    return text_is_ignoring_case(value, "toggle");
}

static bool read_flag(const struct setting *setting, struct text value, bool *out)
{
    static const char *const on_table[] = {"on", "yes", "true", "1"};
    static const char *const off_table[] = {"off", "no", "false", "0"};
    struct text rest = text_of(setting->choices), off_word;

    if (is_toggle(value)) {
        *out = !*out;
        return true;
    }
    if (setting->choices && text_take_until(&rest, '|', &off_word)) {
        *out = text_equal_ignoring_case(value, rest);
        return *out || text_equal_ignoring_case(value, off_word);
    }
    for (size_t i = 0; i < sizeof(on_table) / sizeof(on_table[0]); i++) {
        *out = text_is_ignoring_case(value, on_table[i]);
        if (*out || text_is_ignoring_case(value, off_table[i]))
            return true;
    }
    return false;
}

static bool read_number(const struct setting *setting, struct text value, long *out)
{
    int64_t number;

    if (setting->choices && text_is_ignoring_case(value, setting->choices))
        number = setting->minimum;
    else if (!text_to_integer(value, setting->minimum < 0 ? 0 : setting->minimum, setting->maximum,
                 &number))
        return false;
    *out = (long)number;
    return true;
}

static bool read_duration(const struct setting *setting, struct text value, long *out)
{
    uint64_t duration;

    if (setting->choices && text_is_ignoring_case(value, setting->choices)) {
        *out = setting->minimum;
        return true;
    }
    if (!clock_parse_duration(value, &duration) || duration / CLOCK_MS > (uint64_t)setting->maximum)
        return false;
    *out = (long)(duration / CLOCK_MS);
    return true;
}

static bool read_choice(const struct setting *setting, struct text value, char *out)
{
    struct text rest = text_of(setting->choices), choice;

    for (size_t i = 0; i < sizeof(spelling_table) / sizeof(spelling_table[0]); i++)
        if (text_is_ignoring_case(value, spelling_table[i].other))
            value = text_of(spelling_table[i].ours);
    if (is_toggle(value) && text_starts_with(rest, TEXT("off|on")))
        value = strcmp(out, "off") == 0 ? TEXT("on") : TEXT("off");
    while (text_take_field(&rest, '|', &choice)) {
        if (text_equal_ignoring_case(value, choice) && choice.length < setting->size) {
            memcpy(out, choice.data, choice.length);
            out[choice.length] = '\0';
            return true;
        }
    }
    return false;
}

static bool read_text(const struct setting *setting, struct text value, char *out)
{
    if (value.length >= setting->size || !utf8_is_valid(value))
        return false;
    for (size_t i = 0; i < value.length; i++)
        if ((unsigned char)value.data[i] < 0x20 || value.data[i] == 0x7f)
            return false;
    if (value.length > 0)
        memcpy(out, value.data, value.length);
    out[value.length] = '\0';
    return true;
}

enum error_code setting_apply(struct settings *settings, const struct setting *setting,
    struct text value, struct error *err)
{
    bool good = false;

    switch (setting->kind) {
    case SETTING_FLAG:
        good = read_flag(setting, value, flag_field(settings, setting));
        break;
    case SETTING_NUMBER:
        good = read_number(setting, value, number_field(settings, setting));
        break;
    case SETTING_DURATION:
        good = read_duration(setting, value, number_field(settings, setting));
        break;
    case SETTING_CHOICE:
        good = read_choice(setting, value, text_field(settings, setting));
        break;
    case SETTING_TEXT:
        good = read_text(setting, value, text_field(settings, setting));
        break;
    }
    return good ? ERROR_NONE : refuse_value(setting, value, err);
}

static void flag_text(const struct setting *setting, bool on, char *out, size_t size)
{
    struct text rest = text_of(setting->choices), off_word;

    if (setting->choices && text_take_until(&rest, '|', &off_word)) {
        struct text word = on ? rest : off_word;

        snprintf(out, size, "%.*s", (int)word.length, word.data);
    } else {
        snprintf(out, size, "%s", on ? "on" : "off");
    }
}

static void duration_text(long milliseconds, char *out, size_t size)
{
    if (milliseconds % 1000 != 0)
        snprintf(out, size, "%ldms", milliseconds);
    else if (milliseconds % 60000 != 0)
        snprintf(out, size, "%lds", milliseconds / 1000);
    else if (milliseconds == 0 || milliseconds % 86400000 != 0)
        snprintf(out, size, "%ldm", milliseconds / 60000);
    else
        snprintf(out, size, "%ldd", milliseconds / 86400000);
}

void setting_text(const struct settings *settings, const struct setting *setting, char *out,
    size_t size)
{
    const char *field = (const char *)settings + setting->offset;
    long number = 0;
    bool flag = false;

    switch (setting->kind) {
    case SETTING_FLAG:
        memcpy(&flag, field, sizeof(flag));
        flag_text(setting, flag, out, size);
        break;
    case SETTING_NUMBER:
    case SETTING_DURATION:
        memcpy(&number, field, sizeof(number));
        if (setting->choices && number == setting->minimum)
            snprintf(out, size, "%s", setting->choices);
        else if (setting->kind == SETTING_DURATION)
            duration_text(number, out, size);
        else
            snprintf(out, size, "%ld", number);
        break;
    case SETTING_CHOICE:
    case SETTING_TEXT:
        snprintf(out, size, "%s", field);
        break;
    }
}
