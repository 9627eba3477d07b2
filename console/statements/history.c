#include "console/job.h"
#include "console/language/parser.h"
#include "console/listing.h"
#include "console/prompt_history.h"
#include "console/statement.h"

#include "base/buf.h"
#include "base/clock.h"

/* \s: what was typed at the prompt. */

enum { COLUMN_N, COLUMN_TIME, COLUMN_PROFILE, COLUMN_MS, COLUMN_STATEMENT, COLUMNS };
static const char *const column_table[COLUMNS] = {"n", "time", "profile", "ms", "statement"};

struct search {
    struct text pattern; /* empty: everything */
    bool is_glob;        /* otherwise a part of the text */
    struct job *job;
    struct listing *listing;
    enum error_code code;
    struct error *err;
};

/* The rest of the line is the pattern: no quote in it is open. */
static bool parse_history(struct lexer *lexer, struct tree *tree, struct error *err)
{
    struct language_context *context = lexer->context;
    struct text *pattern = arena_alloc(lexer->arena, 1, sizeof *pattern);

    if (!pattern) {
        arena_failed(lexer->arena, err);
        return false;
    }
    *pattern = text_trim(lexer->input);
    tree->node = pattern;
    lexer_init(lexer, TEXT(""), lexer->arena);
    lexer->context = context;
    return true;
}

static bool matches(const struct search *search, struct text text)
{
    if (search->is_glob)
        return text_matches_glob(text, search->pattern);
    return text_find(text, search->pattern, 0) != SIZE_MAX;
}

static bool list_entry(void *user, const struct prompt_history_entry *entry)
{
    struct search *search = user;
    struct buf time;

    if (search->pattern.length > 0 && !matches(search, entry->text))
        return true;
    buf_init(&time, 64);
    if (entry->at > 0)
        clock_add_iso(&time, entry->at, false);
    listing_integer(search->listing, COLUMN_N, (int64_t)entry->number);
    listing_text(search->listing, COLUMN_TIME, arena_text(search->job->arena, buf_view(&time)));
    listing_text(search->listing, COLUMN_PROFILE, entry->profile);
    if (entry->ms >= 0)
        listing_integer(search->listing, COLUMN_MS, entry->ms);
    listing_text(search->listing, COLUMN_STATEMENT, entry->text);
    buf_done(&time);
    search->code = listing_row(search->listing, search->err);
    return !search->code;
}

static enum error_code run_history(struct job *job, const struct tree *tree, struct plan *plan,
    struct error *err)
{
    const struct text *pattern = tree->node;
    struct listing listing;
    struct search search = {.pattern = *pattern, .job = job, .listing = &listing, .err = err};
    enum error_code code = listing_begin(&listing, job, "history", column_table, COLUMNS, err);

    (void)plan;
    search.is_glob = text_find(*pattern, TEXT("*"), 0) != SIZE_MAX;
    if (!code)
        code = prompt_history_read(list_entry, &search, err);
    if (!code)
        code = search.code;
    return code ? code : listing_end(&listing, err);
}

const struct statement history_statement_table[] = {
    {
        .name = "\\s",
        .syntax = "[pattern]",
        .summary = "List what was typed at the prompt, with time, profile and duration",
        .family = "Session",
        .flags = STATEMENT_LOCAL,
        .example = (const char *const[]){"\\s", "\\s orders", "\\s UPDATE *", NULL},
        .parse = parse_history,
        .run = run_history,
    },
    {.name = NULL},
};
