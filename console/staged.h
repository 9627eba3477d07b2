#ifndef CONSOLE_STAGED_H
#define CONSOLE_STAGED_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "client/catalog.h"
#include "client/expression.h"
#include "client/item_diff.h"
#include "client/value.h"
#include "console/plan.h"
#include "console/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Changes that wait, unsent, until APPLY STAGED (language.md 7.3). There is one list for each
 * profile, region, endpoint and account. It is a file, and the file is the truth: whoever opens the
 * list reads it, whoever changes it writes it anew by rename. So it survives the process, and
 * several processes share it. A list opened for change is locked against all others until it is
 * closed: no call is made meanwhile. One thread uses an open list.
 */
struct staged_list;

enum staged_kind {
    STAGED_ITEM,  /* an item of a table: images */
    STAGED_OBJECT /* a table, a route ...: the statement that changes it */
};

struct staged_change {
    uint64_t number; /* as SHOW STAGED prints it; stays when another change is merged into it */
    enum staged_kind kind;
    enum plan_risk risk; /* of the write, had it been said directly */
    /* STAGED_ITEM */
    const struct catalog_table *table; /* its name and keys, nothing else */
    const struct value *base;          /* as it has to stand for the change; NULL: absent */
    const struct value *wanted;        /* NULL: deleted. Another key than that of base: moved */
    struct expression *condition;      /* asked for besides, about base; or NULL */
    struct text left_out;              /* attributes that hold secrets, "a, b"; empty: none */
    /* STAGED_OBJECT */
    struct text object;    /* "table orders"; equal for one object */
    struct text risk_kind; /* "table", "stage" */
    struct text risk_name; /* what would have to be typed */
    char mark;             /* '+', '~' or '-' */
    struct text state;     /* what the object was; empty: absent */
    struct text statement; /* in the language; several stand in lines, each ended by ';' */
    struct text reference; /* of UNDO, JSON: the object as console/gateway_object.h writes it, which
                              goal says what it is put back to; empty: statement is run */
    struct text goal;      /* its state; empty: absent */
};

enum {
    STAGED_CHANGES = 10000, /* in one list */
    STAGED_BYTES = 64 << 20 /* of its file */
};

/*
 * Opens the list of a connection: for change, under its lock, or as it stands. A file that cannot be
 * understood is ERROR_INVALID, one of another account ERROR_REFUSED; both say so and change nothing.
 */
struct staged_list *staged_open(struct link *link, bool for_change, struct error *err) MUST_CHECK;
/* What was changed and not saved is forgotten. NULL is harmless. */
void staged_close(struct staged_list *list);
/* Writes the file, or removes it when the list is empty; the count of the link follows. */
enum error_code staged_save(struct staged_list *list, struct error *err) MUST_CHECK;
/* Removes the file of the list, whatever is in it. */
enum error_code staged_drop(struct link *link, struct error *err) MUST_CHECK;

/* The list as it stands, in the arena: it needs no close. */
struct staged_list *staged_read(struct link *link, struct arena *arena,
    struct error *err) MUST_CHECK;

/* Holds what the changes are made of; what is added is copied into it. */
struct arena *staged_arena(struct staged_list *list);
const char *staged_account(const struct staged_list *list); /* "" when it was not known */
size_t staged_count(const struct staged_list *list);
const struct staged_change *staged_at(const struct staged_list *list, size_t index); /* in order */
const struct staged_change *staged_numbered(const struct staged_list *list, uint64_t number);
const struct staged_change *staged_object(const struct staged_list *list, struct text object);
/* False when there is none of that number. */
bool staged_remove(struct staged_list *list, uint64_t number);

/* How many changes wait on this connection, without a look at the file: for prompts. */
size_t staged_waiting(const struct link *link);
/* Looks at the file, once, when a connection is opened for a person. A file that is not understood
   counts as none. */
void staged_recount(struct link *link);

/* A change of an item. Images are copied; table and condition are borrowed until the list is closed. */
struct staged_item {
    const struct catalog_table *table;
    const struct value *key;      /* its key attributes, as the table holds them */
    const struct value *base;     /* the image that must still stand; NULL: no such item */
    const struct value *wanted;   /* NULL: the item is to be deleted */
    struct expression *condition; /* asked for besides, or NULL */
    enum plan_risk risk;
};

enum staged_outcome {
    STAGED_ADDED,
    STAGED_MERGED,    /* into the change that the item had already */
    STAGED_CANCELLED, /* that change and this one are opposite: neither is left */
    STAGED_UNCHANGED  /* base and wanted are equal: nothing to stage */
};

/*
 * What the item of this key would be once the list is applied: image (NULL: absent) is what the
 * table holds now. ERROR_CONDITION when the staged change of the item does not fit it any more.
 * *view lives as long as the list.
 */
enum error_code staged_view(struct staged_list *list, const struct catalog_table *table,
    const struct value *key, const struct value *image, const struct value **view,
    struct error *err) MUST_CHECK;

/* The change of this item is from base, what the table holds now, to wanted, whatever was staged of
   it before. *number is 0 when nothing is left of it. */
enum error_code staged_put_item(struct staged_list *list, const struct staged_item *item,
    enum staged_outcome *outcome, uint64_t *number, struct error *err) MUST_CHECK;

/*
 * The same for a change that knows nothing of the list (UNDO): what lies between base and wanted is
 * put behind a change that is staged of the item already. ERROR_CONDITION when that does not fit.
 */
enum error_code staged_add_item(struct staged_list *list, const struct staged_item *item,
    enum staged_outcome *outcome, uint64_t *number, struct error *err) MUST_CHECK;

/* A change of another object; the texts are copied, a number is given. One of the same object must
   not be there. *number is set. */
enum error_code staged_add_object(struct staged_list *list, const struct staged_change *change,
    uint64_t *number, struct error *err) MUST_CHECK;
/* What takes its place. */
enum error_code staged_replace_object(struct staged_list *list, uint64_t number,
    const struct staged_change *change, struct error *err) MUST_CHECK;

/* What an update has to say, and bytes of its condition that are needed beside it. */
struct item_diff *staged_diff(const struct staged_change *change, struct arena *arena,
    struct error *err) MUST_CHECK;
size_t staged_reserve(const struct staged_change *change);
/* An image without the attributes that hold secrets, which no file may; NULL stays NULL, or the
   arena is full. */
const struct value *staged_without_secrets(struct arena *arena, const struct catalog_table *table,
    const struct value *image);
/* '+', '~', '-', or '>' for an item that gets another key. */
char staged_mark(const struct staged_change *change);

#endif
