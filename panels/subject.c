#include "panels/subject.h"

#include <stdio.h>
#include <string.h>

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || (unsigned char)c >= 0x80;
}

static struct text skip_blanks(struct text rest)
{
    while (rest.length > 0 && strchr(" \t\r\n", rest.data[0]))
        rest = text_slice(rest, 1, rest.length);
    return rest;
}

/* A bare or quoted name; quotes inside are doubled. */
static bool take_name(struct text *rest, char *out, size_t size)
{
    size_t length = 0, at = 0;
    char quote = '\0';

    *rest = skip_blanks(*rest);
    if (rest->length > 0 && (rest->data[0] == '`' || rest->data[0] == '"'))
        quote = rest->data[at++];
    for (; at < rest->length && length + 1 < size; at++) {
        char c = rest->data[at];

        if (quote && c == quote) {
            if (at + 1 == rest->length || rest->data[at + 1] != quote)
                break;
            at++;
        } else if (!quote && !is_name_character(c)) {
            break;
        }
        out[length++] = c;
    }
    if (quote && at < rest->length)
        at++;
    out[length] = '\0';
    *rest = text_slice(*rest, at, rest->length);
    return length > 0;
}

/* [connection:]table[.index] */
static bool read_reference(struct text rest, struct subject *out)
{
    *out = (struct subject){0};
    if (!take_name(&rest, out->table, sizeof out->table))
        return false;
    if (rest.length > 1 && rest.data[0] == ':') {
        rest = text_slice(rest, 1, rest.length);
        if (!take_name(&rest, out->table, sizeof out->table))
            return false;
    }
    if (rest.length > 1 && rest.data[0] == '.') {
        rest = text_slice(rest, 1, rest.length);
        (void)take_name(&rest, out->index, sizeof out->index);
    }
    return true;
}

/* The rest behind a word that stands outside quotes, ignoring case. */
static bool find_word(struct text rest, const char *word, struct text *after)
{
    char quote = '\0';

    while (rest.length > 0) {
        char c = rest.data[0];
        size_t end = 0;

        if (quote || c == '\'' || c == '"' || c == '`') {
            quote = quote ? (c == quote ? '\0' : quote) : c;
            rest = text_slice(rest, 1, rest.length);
            continue;
        }
        while (end < rest.length && is_name_character(rest.data[end]))
            end++;
        if (end > 0 && text_is_ignoring_case(text_slice(rest, 0, end), word)) {
            *after = text_slice(rest, end, rest.length);
            return true;
        }
        rest = text_slice(rest, end ? end : 1, rest.length);
    }
    return false;
}

bool subject_read(struct text statement, struct subject *out)
{
    static const char *const direct[] = {"QUERY", "SCAN", "GET", "COUNT", "PUT", "UPDATE", "UPSERT",
        "DESCRIBE"};
    static const char *const through[][2] = {{"SELECT", "FROM"}, {"DELETE", "FROM"},
        {"INSERT", "INTO"}};
    struct text rest = skip_blanks(statement), after;
    char word[32];

    *out = (struct subject){0};
    if (!take_name(&rest, word, sizeof word))
        return false;
    for (size_t i = 0; i < sizeof direct / sizeof *direct; i++)
        if (text_is_ignoring_case(text_of(word), direct[i]))
            return read_reference(rest, out);
    for (size_t i = 0; i < sizeof through / sizeof *through; i++)
        if (text_is_ignoring_case(text_of(word), through[i][0]) &&
            find_word(rest, through[i][1], &after))
            return read_reference(after, out);
    return false;
}

bool subject_add_key(struct buf *out, const struct catalog_snapshot *snapshot,
    const struct subject *subject, const struct value *item)
{
    const struct catalog_table *table =
        snapshot ? catalog_find_table(snapshot, text_of(subject->table)) : NULL;

    if (!table || table->key_count == 0 || !item)
        return false;
    for (size_t i = 0; i < table->key_count; i++) {
        const struct value *part = value_get_string(item, table->key[i].name);

        if (!part)
            return false;
        if (i > 0)
            buf_add_string(out, ", ");
        value_add_literal(out, part);
    }
    return true;
}
