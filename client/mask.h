#ifndef CLIENT_MASK_H
#define CLIENT_MASK_H

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>

enum { MASK_CUT = 16 * 1024 };

/*
 * Adds what the journal may keep of a body: at most 16 KB, string values of members that hold
 * secrets (keys, tokens, Authorization) as "********". value_is_secret: also members named
 * "value", as in API keys. Works on the text, so a body that is cut or no JSON is masked too.
 */
void mask_add_body(struct buf *out, struct text body, bool value_is_secret);

#endif
