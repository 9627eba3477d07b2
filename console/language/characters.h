#ifndef CONSOLE_LANGUAGE_CHARACTERS_H
#define CONSOLE_LANGUAGE_CHARACTERS_H

#include <stdbool.h>
#include <stdint.h>

/* Characters that may not stand outside quotes: they look like a space, like nothing, or like quotes. */

/* What it is, "no-break space"; NULL: nothing odd. */
const char *character_oddity(uint32_t code_point);
/* Quotes of word processors: part of no name that is meant. */
bool character_is_typographic_quote(uint32_t code_point);

#endif
