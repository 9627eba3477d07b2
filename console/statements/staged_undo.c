#include "console/statements/staged_apply.h"
#include "console/undo.h"

/* What UNDO needs to take an applied change back. */

static void keep(struct applying *applying, const struct staged_change *change,
    struct undo_write *write, const struct value *image)
{
    struct arena *arena = applying->job->arena;

    write->table = change->table->name;
    write->key = catalog_key_of(arena, change->table, image);
    if (write->key)
        undo_add(applying->job, applying->link, write, arena);
}

static void keep_update(struct applying *applying, const struct staged_change *change,
    const struct json *old)
{
    struct undo_write write = {.call = "UpdateItem",
        .before = change->base,
        .after = change->wanted};
    struct error ignored;
    struct item_diff *diff = old ? staged_diff(change, applying->job->arena, &ignored) : NULL;

    if (diff)
        write = (struct undo_write){.call = "UpdateItem", .old = old, .update = diff->update};
    keep(applying, change, &write, change->base);
}

void staged_keep_old(struct applying *applying, const struct staged_change *change,
    const struct json *old)
{
    bool moves = staged_mark(change) == '>';
    struct undo_write put = {.call = "PutItem", .item = change->wanted};
    struct undo_write gone = {.call = "DeleteItem",
        .old = old,
        .before = old ? NULL : change->base};

    if (change->base && change->wanted && !moves)
        keep_update(applying, change, old);
    if (!change->base || moves)
        keep(applying, change, &put, change->wanted);
    if (!change->wanted || moves)
        keep(applying, change, &gone, change->base);
}
