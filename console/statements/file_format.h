#ifndef CONSOLE_STATEMENTS_FILE_FORMAT_H
#define CONSOLE_STATEMENTS_FILE_FORMAT_H

#include "base/error.h"
#include "base/text.h"
#include "console/language/lexer.h"

#include <stdbool.h>

/* What files of items are: csv, ddbjson, json, jsonl, tsv, each perhaps packed by gzip. */

/* By the end of the name, ".csv" or ".csv.gz"; "ddbjson" when it says nothing. */
const char *file_format_of(struct text path, bool *gzip);
/* The name behind FORMAT, and TYPED, which files always are. */
bool file_format_parse(struct lexer *lexer, const char **out, struct error *err);

#endif
