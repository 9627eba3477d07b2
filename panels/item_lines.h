#ifndef PANELS_ITEM_LINES_H
#define PANELS_ITEM_LINES_H

#include "base/buf.h"
#include "client/value.h"

/* An item on several lines; nothing is rounded or left out. The first three are those of the panel. */
enum item_form {
    ITEM_PLAIN, /* JSON; sets <<..>>, binary b64'..' */
    ITEM_WIRE,  /* DynamoDB JSON */
    ITEM_TREE,  /* path  type  value */
    ITEM_JSON   /* as value_add_plain() has it */
};

void item_lines_add(struct buf *out, const struct value *item, enum item_form form);

#endif
