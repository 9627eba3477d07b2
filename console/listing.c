#include "console/listing.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

/* What is written by us in these columns is never quoted. */
static const struct text word_table[] = {{"mark", 4}, {"path", 4}, {"condition", 9}};

enum error_code listing_begin(struct listing *listing, struct job *job, const char *title,
    const char *const *column, size_t count, struct error *err)
{
    struct text *name = arena_alloc(job->arena, count, sizeof *name);
    struct sink_shape shape = {.column = name,
        .column_count = count,
        .word = word_table,
        .word_count = sizeof word_table / sizeof *word_table,
        .title = title};

    *listing = (struct listing){.job = job, .column = column, .count = count};
    listing->cell = arena_alloc(job->arena, count, sizeof *listing->cell);
    listing->is_set = arena_alloc(job->arena, count, sizeof *listing->is_set);
    if (!name || !listing->cell || !listing->is_set)
        return arena_failed(job->arena, err);
    for (size_t i = 0; i < count; i++)
        name[i] = text_of(column[i]);
    return job->sink->begin(job->sink, &shape, err);
}

static void set_cell(struct listing *listing, size_t column, enum value_type type, struct text text,
    bool boolean)
{
    listing->cell[column] = (struct value){.type = type, .text = text, .boolean = boolean};
    listing->is_set[column] = true;
}

void listing_text(struct listing *listing, size_t column, struct text text)
{
    if (text.length)
        set_cell(listing, column, VALUE_S, text, false);
}

void listing_string(struct listing *listing, size_t column, const char *string)
{
    listing_text(listing, column, text_of(string));
}

void listing_integer(struct listing *listing, size_t column, int64_t value)
{
    char *text = arena_format(listing->job->arena, "%lld", (long long)value);

    if (text)
        set_cell(listing, column, VALUE_N, text_of(text), false);
}

void listing_double(struct listing *listing, size_t column, double value, int digits)
{
    char *text = arena_format(listing->job->arena, "%.*f", digits, value);

    if (text)
        set_cell(listing, column, VALUE_N, text_of(text), false);
}

void listing_bool(struct listing *listing, size_t column, bool value)
{
    set_cell(listing, column, VALUE_BOOL, (struct text){0}, value);
}

void listing_value(struct listing *listing, size_t column, const struct value *value)
{
    if (!value)
        return;
    listing->cell[column] = *value;
    listing->is_set[column] = true;
}

enum error_code listing_row(struct listing *listing, struct error *err)
{
    struct value *row = value_new_container(listing->job->arena, VALUE_M, listing->count);
    enum error_code code;

    if (!row)
        return arena_failed(listing->job->arena, err);
    for (size_t i = 0; i < listing->count; i++) {
        if (!listing->is_set[i])
            continue;
        row->name[row->count] = text_of(listing->column[i]);
        row->element[row->count++] = listing->cell[i];
        listing->is_set[i] = false;
    }
    value_sort(row);
    code = listing->job->sink->row(listing->job->sink, row, err);
    listing->rows++;
    return code;
}

enum error_code listing_end(struct listing *listing, struct error *err)
{
    struct rows_status status = {.state = ROWS_COMPLETE,
        /* cppcheck-suppress ctuuninitvar ; callers end what they have begun: their code says so */
        .count = (size_t)listing->rows,
        .elapsed = clock_monotonic() - listing->job->started};

    return listing->job->sink->end(listing->job->sink, &status, err);
}
