#include "panels/keymap.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { KEYMAP_LIMIT = 600, SEQUENCE_KEYS = 4 };

struct keymap {
    size_t count;
    struct keymap_binding binding[KEYMAP_LIMIT];
    char *owned[3 * KEYMAP_LIMIT]; /* texts of bindings that were read */
    size_t owned_count;
};

struct keymap *keymap_new(struct error *err)
{
    struct keymap *keymap = mem_new(1, sizeof *keymap);

    if (!keymap) {
        error_memory(err);
        return NULL;
    }
    keymap->count = keymap_table_count;
    memcpy(keymap->binding, keymap_table, keymap_table_count * sizeof *keymap_table);
    return keymap;
}

void keymap_free(struct keymap *keymap)
{
    if (!keymap)
        return;
    for (size_t i = 0; i < keymap->owned_count; i++)
        mem_free(keymap->owned[i]);
    mem_free(keymap);
}

/* How far the typed keys go along with the binding's: 0 not at all, 1 part of it, 2 exactly. */
static int agree(const char *spelling, const struct key *keys, size_t count)
{
    struct text rest = text_of(spelling);
    struct key key;

    for (size_t i = 0; i < count; i++)
        if (!keys_parse(&rest, &key) || !keys_equal(key, keys[i]))
            return 0;
    return rest.length ? 1 : 2;
}

enum keymap_result keymap_find(const struct keymap *keymap, const char *const *contexts,
    const struct key *keys, size_t count, const struct keymap_binding **binding)
{
    enum keymap_result result = KEYMAP_NONE;

    for (size_t c = 0; contexts[c]; c++) {
        for (size_t i = 0; i < keymap->count; i++) {
            const struct keymap_binding *one = &keymap->binding[i];
            int how;

            if (strcmp(one->context, contexts[c]) != 0)
                continue;
            how = agree(one->keys, keys, count);
            if (how == 2 && result == KEYMAP_NONE) {
                *binding = one;
                return KEYMAP_FOUND;
            }
            if (how == 1)
                result = KEYMAP_PREFIX;
        }
    }
    return result;
}

const struct keymap_binding *keymap_next(const struct keymap *keymap, size_t *at)
{
    return *at < keymap->count ? &keymap->binding[(*at)++] : NULL;
}

bool keymap_in_force(const struct keymap *keymap, const char *const *contexts,
    const struct keymap_binding *binding)
{
    struct text rest = text_of(binding->keys);
    struct key keys[SEQUENCE_KEYS];
    size_t count = 0;
    const struct keymap_binding *found = NULL;
    bool known = false;

    for (size_t c = 0; contexts[c]; c++)
        known = known || !strcmp(contexts[c], binding->context);
    while (count < SEQUENCE_KEYS && keys_parse(&rest, &keys[count]))
        count++;
    return known && keymap_find(keymap, contexts, keys, count, &found) == KEYMAP_FOUND &&
           found == binding;
}

bool keymap_continues(const struct keymap_binding *binding, const struct key *keys, size_t count,
    struct text *rest)
{
    struct key key;

    if (agree(binding->keys, keys, count) != 1)
        return false;
    *rest = text_of(binding->keys);
    for (size_t i = 0; i < count; i++)
        (void)keys_parse(rest, &key);
    return true;
}

/* --- the user's file --- */

static bool is_context(struct text word)
{
    static const char *const names[] = {"global", "list", "grid", "tree", "live", "text", "tables",
        "routes", "items", "item", "results", "route", "metrics", "rate", "latency", "status",
        "log", "journal"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_is(word, names[i]))
            return true;
    return false;
}

static struct text take_word(struct text *line)
{
    struct text word = {0};

    *line = text_trim(*line);
    if (!text_take_until(line, ' ', &word)) {
        word = *line;
        *line = text_slice(*line, line->length, line->length);
    }
    return word;
}

/* NULL: fine, else what is wrong with it. */
static const char *check_keys(struct text spelling)
{
    struct key key;
    int count = 0;

    if (spelling.length == 0)
        return "no key";
    while (spelling.length > 0) {
        if (!keys_parse(&spelling, &key))
            return "unknown key";
        if (key.code == KEYS_CTRL_C || (key.code == KEYS_ESCAPE && !key.alt))
            return "^C and Esc cannot be bound";
        if (++count > SEQUENCE_KEYS)
            return "more than four keys";
    }
    return NULL;
}

static const char *keep(struct keymap *keymap, struct text text)
{
    char *copy = mem_copy(text.data, text.length);

    if (copy)
        keymap->owned[keymap->owned_count++] = copy;
    return copy;
}

static void unmap(struct keymap *keymap, struct text context, struct text keys)
{
    for (size_t i = 0; i < keymap->count; i++) {
        if (!text_is(context, keymap->binding[i].context) ||
            !text_is(keys, keymap->binding[i].keys))
            continue;
        memmove(&keymap->binding[i], &keymap->binding[i + 1],
            (keymap->count - i - 1) * sizeof *keymap->binding);
        keymap->count--;
        i--;
    }
}

/* A sequence that another one begins with could never be typed, or would always wait. */
static bool shadows(const struct keymap *keymap, struct text context, struct text keys)
{
    for (size_t i = 0; i < keymap->count; i++) {
        struct text other = text_of(keymap->binding[i].keys);

        if (!text_is(context, keymap->binding[i].context) || text_equal(keys, other))
            continue;
        if (text_starts_with(other, keys) || text_starts_with(keys, other)) {
            struct text rest = text_starts_with(other, keys)
                                   ? text_slice(other, keys.length, other.length)
                                   : text_slice(keys, other.length, keys.length);
            struct key key;

            if (keys.data[0] != '<' && keys_parse(&rest, &key))
                return true;
        }
    }
    return false;
}

static const char *read_map(struct keymap *keymap, struct text line, enum error_code *code)
{
    struct text context = take_word(&line), keys = take_word(&line), action = text_trim(line);
    struct keymap_binding *binding;
    const char *problem = check_keys(keys);

    if (!is_context(context))
        return "unknown context";
    if (problem)
        return problem;
    if (action.length >= 2 && action.data[0] == '"' && action.data[action.length - 1] == '"')
        action = text_slice(action, 1, action.length - 1);
    if (action.length == 0)
        return "no action";
    if (shadows(keymap, context, keys))
        return "the start of another sequence";
    unmap(keymap, context, keys);
    if (keymap->count == KEYMAP_LIMIT || keymap->owned_count + 3 > 3 * KEYMAP_LIMIT)
        return "too many bindings";
    binding = &keymap->binding[keymap->count];
    *binding = (struct keymap_binding){.context = keep(keymap, context),
        .keys = keep(keymap, keys),
        .action = keep(keymap, action),
        .help = "from the key file"};
    if (!binding->context || !binding->keys || !binding->action)
        *code = ERROR_MEMORY;
    else
        keymap->count++;
    return NULL;
}

enum error_code keymap_read(struct keymap *keymap, struct text source, const char *file,
    struct buf *warnings, struct error *err)
{
    struct text line = {0};
    enum error_code code = ERROR_NONE;

    for (int number = 1; text_take_field(&source, '\n', &line); number++) {
        const char *problem = NULL;
        struct text word;

        line = text_trim(line);
        if (line.length == 0 || line.data[0] == '#')
            continue;
        word = take_word(&line);
        if (text_is(word, "map")) {
            problem = read_map(keymap, line, &code);
        } else if (text_is(word, "unmap")) {
            struct text context = take_word(&line), keys = take_word(&line);

            problem = is_context(context) ? check_keys(keys) : "unknown context";
            if (!problem)
                unmap(keymap, context, keys);
        } else if (text_is(word, "preset")) {
            problem = text_is(text_trim(line), "vim") ? NULL : "unknown preset";
        } else {
            problem = "map, unmap or preset expected";
        }
        if (problem)
            buf_add_format(warnings, "%s:%d: %s\n", file, number, problem);
        if (code)
            return error_memory(err);
    }
    return ERROR_NONE;
}
