#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/*
 * The XDG base directories, each with "/gatehouse" behind it; environment first, then
 * $HOME/.config and so on; runtime falls back to a private folder under $TMPDIR or /tmp named
 * after the user id (created 0700 and checked to be ours).
 */
enum path_kind { PATH_CONFIG, PATH_STATE, PATH_DATA, PATH_CACHE, PATH_RUNTIME };

/* Writes "folder/name" (name may be NULL) into out; creates the folder when create is true. */
enum error_code path_make(enum path_kind kind, const char *name, bool create, struct buf *out,
    struct error *err) MUST_CHECK;

/* "~" and "~/x" become $HOME; anything else is copied. */
void path_add_expanded(struct buf *out, struct text path);

#endif
