#include "console/statements/file_format.h"

#include "console/language/parser.h"

static const struct {
    const char *suffix, *format;
} suffix_table[] = {{".csv", "csv"}, {".ddbjson", "ddbjson"}, {".json", "json"},
    {".jsonl", "jsonl"}, {".ndjson", "jsonl"}, {".rej", "ddbjson"}, {".tsv", "tsv"}};

enum { SUFFIX_COUNT = sizeof suffix_table / sizeof *suffix_table };

const char *file_format_of(struct text path, bool *gzip)
{
    *gzip = text_ends_with(path, TEXT(".gz"));
    if (*gzip)
        path.length -= 3;
    for (size_t i = 0; i < SUFFIX_COUNT; i++)
        if (text_ends_with(path, text_of(suffix_table[i].suffix)))
            return suffix_table[i].format;
    return "ddbjson";
}

bool file_format_parse(struct lexer *lexer, const char **out, struct error *err)
{
    struct token at = lexer->token;
    struct text name;

    if (!parse_name(lexer, "a format", &name, err))
        return false;
    for (size_t i = 0; i < SUFFIX_COUNT; i++)
        if (text_is_ignoring_case(name, suffix_table[i].format))
            *out = suffix_table[i].format;
    parse_word(lexer, "TYPED");
    if (*out)
        return true;
    parse_fail(err, &at, "a file cannot be of the format %.*s", (int)name.length, name.data);
    error_hint(err, "csv, ddbjson, json, jsonl or tsv");
    return false;
}
