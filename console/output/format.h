#ifndef CONSOLE_OUTPUT_FORMAT_H
#define CONSOLE_OUTPUT_FORMAT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "client/item_text.h"
#include "client/value.h"
#include "console/output/output.h"

/*
 * What the formats share; for the files of this folder only. A format that prints columns sees its
 * first row when they are known: the rows of the first page, at most 1,000, are held until then.
 */
struct output_column {
    struct text name;
    uint16_t types;       /* bit per enum value_type in the rows held */
    size_t met[10];       /* rows held, per type */
    enum value_type type; /* the one met most often; for typed headers */
    size_t width;         /* columns on the terminal, of the widest cell held */
};

struct output {
    struct sink sink;                            /* first: a sink is cast back */
    const struct output_format *format, *chosen; /* differ when a table does not fit */
    struct writer *writer;
    struct output_options options;
    struct arena *options_arena; /* texts of options */
    struct arena *arena;         /* of one result: names, rows held */
    struct buf cell;             /* scratch */
    struct output_column *column;
    size_t column_count, column_capacity;
    size_t column_keys; /* inferred: keys come first, the others are sorted */
    bool is_given;      /* columns come from the statement or from --columns */
    bool is_chosen;     /* from --columns */
    bool is_decided;    /* columns stand, the head is printed */
    bool may_grow;      /* later rows may bring more attributes */
    bool is_items;
    struct text *key, *word;
    size_t key_count, word_count;
    struct text *name; /* scratch of output_names */
    size_t name_capacity;
    const struct value **held;
    size_t held_count;
    struct item_text item;      /* the row that came as text */
    uint64_t row_count;         /* of this result */
    const struct json *resumed; /* what output_save wrote, for the next result; or NULL */
    uint64_t total;
};

/* How a format prints items that need not become values for it. */
enum output_text { OUTPUT_TEXT_NONE, OUTPUT_TEXT_PLAIN, OUTPUT_TEXT_WIRE };

struct output_format {
    const char *name;
    enum output_text text;
    bool has_columns;
    void (*head)(struct output *output); /* NULL: none */
    /* item is NULL when it came as text: output->item; never so for OUTPUT_TEXT_NONE. */
    void (*row)(struct output *output, const struct value *item);
    void (*tail)(struct output *output); /* NULL: none */
};

extern const struct output_format table_format, vertical_format, json_format, jsonl_format,
    ddbjson_format, csv_format, tsv_format, none_format;

/* The value a column shows: an attribute of that name, else what its path leads to, else NULL. */
const struct value *output_get(const struct value *item, struct text column);
/* Whether the attribute is covered by a column. */
bool output_has_column(const struct output *output, struct text name);
/*
 * The names to print of one item, in order: the columns as they are given, or the attributes it
 * has, keys first, then by byte order. whole: attributes as they stand, in the order in which the
 * columns name them. Valid until the next call; NULL without memory.
 */
const struct text *output_names(struct output *output, const struct value *item, bool whole,
    size_t *count);

/* A cell of table or vertical in scratch: bare where it cannot be read as something else
   (language.md 8.2), and in columns of our own words. Valid until the next call. */
struct text output_cell(struct output *output, struct text column, const struct value *value,
    const char *null_text);
/* Columns of the terminal that the rows held need as a table. */
size_t output_table_width(struct output *output);
/* One JSON object, as json and jsonl print it; wire: DynamoDB JSON. No line end. */
void output_add_object(struct output *output, const struct value *item, bool wire);

#endif
