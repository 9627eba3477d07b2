#ifndef CONSOLE_SETTINGS_H
#define CONSOLE_SETTINGS_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One table describes every setting: --name on the command line, name = in the config file,
   SET name at the prompt. */
struct settings {
    char format[12]; /* "table", "jsonl" ...; "auto" until decided */
    char columns[256];
    char null_text[32];
    char expanded[8]; /* on off auto */
    char view[8];
    char color[8], theme[64], glyphs[8], graph[8], keys[64];
    char confirm[8]; /* off risky all */
    char time[8];    /* utc local ago */
    char clipboard[8], editor[256], prompt_mode[8], enter[12], progress[8], error_format[8];
    char cursor[8], dialect[12];
    bool headers, typed, timing, capacity, mouse, bell, linear, stop_on_error, fail_empty,
        exit_code, fail_http, quiet, verbose, dry_run, allow_shell, read_only, read_write, yes,
        fresh, stage;
    long page, limit, max_cell, page_size, segments, retries, timeout_ms, escape_time, which_key,
        scan_ask, sort_max, max_errors, max_rcu, max_wcu, ambiguous, undo_keep_ms, undo_max,
        journal_keep_ms, journal_max, border;
};

enum setting_kind {
    SETTING_FLAG,     /* on, off; choices: the words for off and on instead */
    SETTING_NUMBER,   /* choices: a word for the minimum, such as "auto" */
    SETTING_DURATION, /* milliseconds in the field, "90s" in text; choices as NUMBER */
    SETTING_CHOICE,
    SETTING_TEXT
};

struct setting {
    const char *name;
    char letter; /* short option, or 0 */
    enum setting_kind kind;
    size_t offset, size; /* in struct settings */
    long minimum, maximum;
    const char *choices; /* "auto|always|never" */
    const char *initial; /* default, parsed like any other value */
    unsigned where;      /* SETTING_OPTION | SETTING_CONFIG | SETTING_SET */
    const char *help;    /* one line, no full stop */
};
enum { SETTING_OPTION = 1, SETTING_CONFIG = 2, SETTING_SET = 4 };

extern const struct setting setting_table[]; /* sorted by name, ended by a NULL name */
/* Exact name, underscores taken for hyphens; NULL when there is none. */
const struct setting *setting_find(struct text name);
void settings_init(struct settings *settings);
enum error_code setting_apply(struct settings *settings, const struct setting *setting,
    struct text value, struct error *err) MUST_CHECK;
/* ERROR_USAGE that names the setting, with the nearest one as hint. */
enum error_code setting_unknown(struct text name, unsigned where, struct error *err);
/* The value as text, for SHOW SETTINGS. */
void setting_text(const struct settings *settings, const struct setting *setting, char *out,
    size_t size);

#endif
