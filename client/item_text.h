#ifndef CLIENT_ITEM_TEXT_H
#define CLIENT_ITEM_TEXT_H

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Items on their way from an answer to a file without becoming values. One pass tells whether the
 * text of an item is spelled as value_add_wire_item() would spell it: no blanks, no needless
 * escapes, inner maps in the order of their names, sets sorted, everything valid. If so, its
 * members can be copied. Whatever is doubtful is refused and goes the way of values.
 */
enum { ITEM_TEXT_MEMBERS = 64 }; /* items with more attributes are refused */

struct item_text_member {
    struct text name; /* between the quotes; nothing in it is escaped */
    size_t from, to;  /* in base */
};

struct item_text {
    bool is_plain;    /* members are wanted as value_add_plain() writes them */
    const char *base; /* the items, or plain */
    struct buf plain, bytes;
    struct item_text_member member[ITEM_TEXT_MEMBERS]; /* sorted by name */
    size_t count;
};

void item_text_init(struct item_text *item, bool is_plain);
void item_text_done(struct item_text *item);

/*
 * Reads the first of *items, the text between the brackets of "Items", and moves behind it as
 * skim_next() would. False with *items as it was when the item must be read as a value. A comma in
 * front is skipped.
 */
bool item_text_take(struct item_text *item, struct text *items);

/* "name":value; valid until the next take and as long as the items are. */
static inline struct text item_text_member(const struct item_text *item, size_t index)
{
    const struct item_text_member *member = &item->member[index];

    return text_make(item->base + member->from, member->to - member->from);
}

#endif
