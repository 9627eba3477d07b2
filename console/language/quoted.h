#ifndef CONSOLE_LANGUAGE_QUOTED_H
#define CONSOLE_LANGUAGE_QUOTED_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>

enum quoted_result { QUOTED_OK, QUOTED_ESCAPE, QUOTED_MEMORY };

/*
 * Decodes what stands between two quotes: two quotes are one, CR LF is LF, and with escapes set
 * the JSON escapes count. out is in arena.
 */
enum quoted_result quoted_decode(struct text raw, char quote, bool escapes, struct arena *arena,
    struct text *out);

#endif
