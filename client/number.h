#ifndef CLIENT_NUMBER_H
#define CLIENT_NUMBER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/*
 * Number texts as values: canonical form and arithmetic over base/decimal. Errors are
 * ERROR_INVALID with the service's sentence (tables.md 7.2).
 */

/* The canonical text of a number ("1.50" -> "1.5", "1E3" -> "1000"), in arena. */
enum error_code number_canonical(struct text text, struct arena *arena, struct text *out,
    struct error *err) MUST_CHECK;
/* a + b, or a - b when subtract. */
enum error_code number_add(struct text a, struct text b, bool subtract, struct arena *arena,
    struct text *out, struct error *err) MUST_CHECK;
/* By value; texts that are not numbers compare as bytes. */
int number_compare(struct text a, struct text b);

#endif
