#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strict UTF-8: no overlong forms, surrogates or code points above U+10FFFF. */

/* Decodes the first character of a non-empty text; returns its bytes, 0 when invalid. */
size_t utf8_decode(struct text text, uint32_t *code_point);
size_t utf8_encode(uint32_t code_point, char out[4]);
bool utf8_is_valid(struct text text);
/* Offset of the first invalid byte, or SIZE_MAX. */
size_t utf8_find_invalid(struct text text);
/* Code points; an invalid byte counts as one. */
size_t utf8_count(struct text text);
/* Simple case folding to lower (Latin, Greek, Cyrillic); others unchanged. */
uint32_t utf8_lower(uint32_t code_point);

#endif
