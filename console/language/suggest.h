#ifndef CONSOLE_LANGUAGE_SUGGEST_H
#define CONSOLE_LANGUAGE_SUGGEST_H

#include "base/error.h"
#include "base/text.h"
#include "console/language/lexer.h"

#include <stdbool.h>
#include <stddef.h>

/* What was meant by what is not allowed: the hints behind "expected .., found ..". */

enum { SUGGEST_NEAR = 2 }; /* typing mistakes in one word */

/* Typing mistakes between what was written, in any case, and a word in capitals; SUGGEST_NEAR + 1:
   too many for its length. */
size_t suggest_distance(struct text written, struct text word);

/* "did you mean LIMIT?" from the words in capitals that stand in a text such as a syntax. False:
   none of them is near. */
bool suggest_word(struct text written, struct text words, struct error *err);

/* The hint to a word of SQL or of a shell that is none of this language; false: to none. */
bool suggest_instead(struct text word, struct error *err);

/* The hint to a character that begins no token, when there is one. */
void suggest_for_character(char c, struct error *err);

/* The hint to what parse_expected says of the lexer's token; what: the text behind "expected". */
void suggest_expected(const struct lexer *lexer, struct text what, struct error *err);

#endif
