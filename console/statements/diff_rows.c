#include "console/statements/diff_rows.h"

enum { PATH_LIMIT = 4 << 20 };

static const struct text column_table[] = {{"mark", 4}, {"object", 6}, {"path", 4}, {"old", 3},
    {"new", 3}};

enum { COLUMNS = sizeof column_table / sizeof *column_table };

void diff_rows_init(struct diff_rows *rows, struct sink *sink)
{
    *rows = (struct diff_rows){.sink = sink};
    buf_init(&rows->path, PATH_LIMIT);
}

void diff_rows_done(struct diff_rows *rows)
{
    buf_done(&rows->path);
}

enum error_code diff_rows_begin(struct diff_rows *rows, const char *title, struct error *err)
{
    static const struct text word_table[] = {{"mark", 4}, {"path", 4}};
    struct sink_shape shape = {.column = column_table,
        .column_count = COLUMNS,
        .word = word_table,
        .word_count = sizeof word_table / sizeof *word_table,
        .title = title};

    return rows->sink->begin(rows->sink, &shape, err);
}

static void set_cell(struct value *row, const char *name, const struct value *cell)
{
    if (!cell)
        return;
    row->name[row->count] = text_of(name);
    row->element[row->count++] = *cell;
}

/* The row of the path that has been gone down. */
static enum error_code add_row(struct diff_rows *rows, const struct value *old,
    const struct value *new, struct error *err)
{
    struct value *row = value_new_container(rows->arena, VALUE_M, COLUMNS);
    struct value mark = {.type = VALUE_S, .text = !old ? TEXT("+") : !new ? TEXT("-") : TEXT("~")};
    struct value path = {.type = VALUE_S, .text = buf_view(&rows->path)};

    if (!row)
        return arena_failed(rows->arena, err);
    if (buf_check(&rows->path, "path", err))
        return err->code;
    set_cell(row, "mark", &mark);
    set_cell(row, "object", rows->key);
    set_cell(row, "path", rows->path.length > 0 ? &path : NULL);
    set_cell(row, "old", old);
    set_cell(row, "new", new);
    value_sort(row);
    rows->count++;
    return rows->sink->row(rows->sink, row, err);
}

static enum error_code compare(struct diff_rows *rows, const struct value *old,
    const struct value *new, struct error *err);

static enum error_code compare_member(struct diff_rows *rows, struct text name,
    const struct value *old, const struct value *new, struct error *err)
{
    size_t length = rows->path.length;
    enum error_code code;

    if (length > 0)
        buf_add_char(&rows->path, '.');
    value_add_name(&rows->path, name);
    code = compare(rows, old, new, err);
    buf_cut(&rows->path, length);
    return code;
}

/* Names come in their order, those of both sides merged. */
static enum error_code compare_maps(struct diff_rows *rows, const struct value *old,
    const struct value *new, struct error *err)
{
    enum error_code code = ERROR_NONE;
    size_t a = 0, b = 0;

    while (!code && (a < old->count || b < new->count)) {
        int order = a == old->count   ? 1
                    : b == new->count ? -1
                                      : text_compare(old->name[a], new->name[b]);
        struct text name = order <= 0 ? old->name[a] : new->name[b];

        code = compare_member(rows, name, order <= 0 ? &old->element[a] : NULL,
            order >= 0 ? &new->element[b] : NULL, err);
        a += order <= 0;
        b += order >= 0;
    }
    return code;
}

static bool is_start(const struct value *start, const struct value *whole)
{
    for (size_t i = 0; i < start->count; i++) {
        if (!value_equal(&start->element[i], &whole->element[i]))
            return false;
    }
    return true;
}

static enum error_code compare_lists(struct diff_rows *rows, const struct value *old,
    const struct value *new, struct error *err)
{
    const struct value *longer = old->count > new->count ? old : new;
    size_t length = rows->path.length;
    enum error_code code = ERROR_NONE;

    if (old->count != new->count && !is_start(longer == old ? new : old, longer))
        return add_row(rows, old, new, err);
    for (size_t i = 0; !code && i < longer->count; i++) {
        buf_add_format(&rows->path, "[%zu]", i);
        code = compare(rows, i < old->count ? &old->element[i] : NULL,
            i < new->count ? &new->element[i] : NULL, err);
        buf_cut(&rows->path, length);
    }
    return code;
}

static enum error_code compare(struct diff_rows *rows, const struct value *old,
    const struct value *new, struct error *err)
{
    if (old && new && old->type == VALUE_M &&new->type == VALUE_M)
        return compare_maps(rows, old, new, err);
    if (old && new &&value_equal(old, new))
        return ERROR_NONE;
    if (old && new && old->type == VALUE_L &&new->type == VALUE_L)
        return compare_lists(rows, old, new, err);
    return add_row(rows, old, new, err);
}

enum error_code diff_rows_item(struct diff_rows *rows, const struct value *old,
    const struct value *new, struct error *err)
{
    buf_clear(&rows->path);
    return compare(rows, old, new, err);
}
