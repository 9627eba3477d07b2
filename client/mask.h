#ifndef CLIENT_MASK_H
#define CLIENT_MASK_H

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>

enum { MASK_CUT = 16 * 1024 };

/* Whether what has this name is kept out of every file: a password, a token, a key of an API.
   Case, hyphens and underscores do not matter. */
bool mask_is_secret(struct text name);

/* Whether "value" is the secret in what this operation says and is answered. */
bool mask_value_is_secret(const char *operation);

/* Adds what a string holds without the secrets of a URL, a query, JSON or a header in it. */
void mask_add_text(struct buf *out, struct text text);

/*
 * Adds a body with the values of members that hold secrets as "********", and strings with a URL
 * as mask_add_text() does. value_is_secret: also members named "value", as in API keys. Works on the text, so a body that is cut or no JSON is
 * masked too. Where an expression names such an attribute, all its values are masked.
 */
void mask_add_json(struct buf *out, struct text body, bool value_is_secret);
/* What the journal may keep of a body: the same of its first 16 KB. */
void mask_add_body(struct buf *out, struct text body, bool value_is_secret);

/*
 * Adds a statement with the secrets in its text as ********: strings that stand for a secret name,
 * credentials, Bearer tokens, the password of a URL, the value of a secret in its query.
 * Returns whether there was one.
 */
bool mask_add_statement(struct buf *out, struct text statement);
/* The same with a '*' for each character: lines and columns stay, for a caret below them. */
bool mask_add_source(struct buf *out, struct text source);
/* Whether mask_add_statement would leave something out. */
bool mask_finds_secret(struct text statement);

#endif
