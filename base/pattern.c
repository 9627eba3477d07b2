#include "base/pattern.h"

#include "base/mem.h"
#include "base/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
    MATCH_LIMIT = 100000,
    DEPTH_LIMIT = 20000,
    HEAP_LIMIT_KIB = 16384,
    NESTING_LIMIT = 100 /* parentheses */
};

struct pattern {
    pcre2_general_context *memory;
    pcre2_code *code;
    pcre2_match_context *limits;
    pcre2_match_data *match;
};

static void *allocate(size_t size, void *user)
{
    (void)user;
    return mem_new(1, size);
}

static void release(void *block, void *user)
{
    (void)user;
    mem_free(block);
}

static PCRE2_SPTR bytes_of(struct text text)
{
    return (PCRE2_SPTR)(text.data ? text.data : "");
}

static enum error_code fail_compile(struct text expression, int code, size_t offset,
    struct error *err)
{
    PCRE2_UCHAR message[128];
    size_t characters = utf8_count(text_slice(expression, 0, offset));

    if (code == PCRE2_ERROR_NOMEMORY || code == 121) /* 121: no memory while compiling */
        return error_memory(err);
    if (pcre2_get_error_message(code, message, sizeof message) < 0)
        return error_set(err, ERROR_USAGE, "regular expression: error %d", code);
    return error_set_at(err, ERROR_USAGE, 0, (int)characters + 1, "regular expression: %s",
        (const char *)message);
}

static enum error_code compile(struct pattern *pattern, struct text expression, bool ignore_case,
    struct error *err)
{
    uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C |
                       (ignore_case ? PCRE2_CASELESS : 0);
    pcre2_compile_context *context;
    size_t offset;
    int code;

    pattern->memory = pcre2_general_context_create(allocate, release, NULL);
    if (!pattern->memory)
        return error_memory(err);
    context = pcre2_compile_context_create(pattern->memory);
    if (!context)
        return error_memory(err);
    pcre2_set_parens_nest_limit(context, NESTING_LIMIT);
    pattern->code =
        pcre2_compile(bytes_of(expression), expression.length, options, &code, &offset, context);
    pcre2_compile_context_free(context);
    if (!pattern->code)
        return fail_compile(expression, code, offset, err);
    pattern->limits = pcre2_match_context_create(pattern->memory);
    pattern->match = pcre2_match_data_create_from_pattern(pattern->code, pattern->memory);
    if (!pattern->limits || !pattern->match)
        return error_memory(err);
    pcre2_set_match_limit(pattern->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(pattern->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(pattern->limits, HEAP_LIMIT_KIB);
    return ERROR_NONE;
}

struct pattern *pattern_new(struct text expression, bool ignore_case, struct error *err)
{
    struct pattern *pattern = mem_new(1, sizeof *pattern);

    if (!pattern) {
        error_memory(err);
        return NULL;
    }
    if (compile(pattern, expression, ignore_case, err)) {
        pattern_free(pattern);
        return NULL;
    }
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_data_free(pattern->match);
    pcre2_match_context_free(pattern->limits);
    pcre2_code_free(pattern->code);
    pcre2_general_context_free(pattern->memory);
    mem_free(pattern);
}

static bool match(struct pattern *pattern, struct text text, size_t from, uint32_t options)
{
    return from <= text.length && pcre2_match(pattern->code, bytes_of(text), text.length, from,
                                      options, pattern->match, pattern->limits) >= 0;
}

bool pattern_matches(struct pattern *pattern, struct text text)
{
    return match(pattern, text, 0, 0);
}

bool pattern_matches_whole(struct pattern *pattern, struct text text)
{
    return match(pattern, text, 0, PCRE2_ANCHORED | PCRE2_ENDANCHORED);
}

bool pattern_find(struct pattern *pattern, struct text text, size_t from, size_t *start,
    size_t *end)
{
    const size_t *span;

    if (!match(pattern, text, from, 0))
        return false;
    span = pcre2_get_ovector_pointer(pattern->match);
    *start = span[0];
    *end = span[1];
    return true;
}
