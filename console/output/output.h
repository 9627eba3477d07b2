#ifndef CONSOLE_OUTPUT_OUTPUT_H
#define CONSOLE_OUTPUT_OUTPUT_H

#include "base/error.h"
#include "base/json.h"
#include "console/output/writer.h"
#include "console/settings.h"
#include "console/sink.h"

#include <stdbool.h>
#include <stdint.h>

/* Rows in one of the formats of language.md 8.2. Equal data gives equal bytes. */
struct output_options {
    const char *format;  /* "table", "vertical", "json", "jsonl", "ddbjson", "csv", "tsv", "none" */
    const char *columns; /* "a,b.c", or "": what the statement delivers */
    const char *null_text; /* for absent attributes; "": what the format has */
    long max_cell;         /* columns of a table cell; 0: whole */
    long border;           /* of a table: 0 none, 1 between its cells, 2 around it, too */
    bool headers, typed;
    size_t fit;     /* columns of the terminal: a table that is wider becomes vertical; 0: never */
    bool ascii;     /* nothing above 0x7e in table and vertical */
    bool safe;      /* text results go to a terminal: nothing raw */
    bool json_text; /* text results as one JSON object where there is one */
};

/* What the settings say for a descriptor that is a terminal or not. Texts are borrowed. */
void output_options_from(struct output_options *out, const struct settings *settings,
    bool is_terminal, bool is_interactive, bool ascii);

/* A sink that writes through writer, which must outlive it; options are copied. The caller frees
   it with output_free(). ERROR_USAGE for an unknown format. */
struct sink *output_new(struct writer *writer, const struct output_options *options,
    struct error *err) MUST_CHECK;
void output_free(struct sink *sink);
/*
 * A result that is written in several runs. output_save adds what the next run must know as one
 * object: rows and columns; output_resume, before the rows begin, goes on behind them: no head is
 * printed again. ERROR_INVALID when json is no such object.
 */
void output_save(const struct sink *sink, struct json_writer *writer);
enum error_code output_resume(struct sink *sink, const struct json *json,
    struct error *err) MUST_CHECK;
/* Rows written so far, by all statements. */
uint64_t output_rows(const struct sink *sink);

#endif
