#ifndef PANELS_ITEM_LINES_H
#define PANELS_ITEM_LINES_H

#include "base/buf.h"
#include "client/value.h"

/* An item on several lines, in one of three forms; nothing is rounded or left out. */
enum item_form {
    ITEM_PLAIN, /* JSON; sets <<..>>, binary b64'..' */
    ITEM_WIRE,  /* DynamoDB JSON */
    ITEM_TREE   /* path  type  value */
};

void item_lines_add(struct buf *out, const struct value *item, enum item_form form);

#endif
