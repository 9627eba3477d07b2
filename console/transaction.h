#ifndef CONSOLE_TRANSACTION_H
#define CONSOLE_TRANSACTION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "console/plan.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What stands between BEGIN and COMMIT: actions that nothing has been sent of yet. Each is the one
 * call that a statement was planned as, rewritten as an action of TransactWriteItems or
 * TransactGetItems. Any thread.
 */
struct transaction;

enum { TRANSACTION_LIMIT = 100 };

enum transaction_kind { TRANSACTION_UNDECIDED, TRANSACTION_READ, TRANSACTION_WRITE };

struct transaction *transaction_new(struct error *err) MUST_CHECK;
void transaction_free(struct transaction *transaction); /* NULL is harmless */

bool transaction_is_open(struct transaction *transaction);
size_t transaction_count(struct transaction *transaction);
/* token empty: one is made. ERROR_USAGE when one is open already. */
enum error_code transaction_begin(struct transaction *transaction, enum transaction_kind kind,
    struct text token, struct error *err) MUST_CHECK;
/*
 * Adds the only call of plan; label is the statement, for messages. Refuses what does not fit: a
 * read among writes, a second action on one item, another connection, the 101st.
 */
enum error_code transaction_add(struct transaction *transaction, const struct plan *plan,
    struct text label, struct error *err) MUST_CHECK;
/* {"Update":{..}}: the request of PutItem, UpdateItem, DeleteItem or GetItem as an action. */
void transaction_write_action(struct buf *out, const char *operation, const struct json *request);
/* The request of COMMIT; *link, *kind, *count say the rest. ERROR_USAGE when none is open. */
enum error_code transaction_request(struct transaction *transaction, struct arena *arena,
    struct text *request, enum transaction_kind *kind, struct link **link, size_t *count,
    struct error *err) MUST_CHECK;
/* The statement of an action, copied into the arena; empty beyond the last. */
struct text transaction_label(struct transaction *transaction, size_t index, struct arena *arena);
/* A statement of it failed in a script: nothing of it will be sent. */
void transaction_break(struct transaction *transaction);
/* Ends it; returns how many actions it held. */
size_t transaction_end(struct transaction *transaction);

#endif
