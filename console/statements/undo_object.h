#ifndef CONSOLE_STATEMENTS_UNDO_OBJECT_H
#define CONSOLE_STATEMENTS_UNDO_OBJECT_H

#include "base/json.h"
#include "console/job.h"
#include "console/staged.h"

#include <stdbool.h>

/* UNDO of what gateway statements did: the objects of one undo file, in the arena of the job. */
struct undo_objects {
    struct undo_entry *last; /* they are staged from the last to the first */
    size_t count;
};

/* A line of the file that speaks of an object and no item. */
bool undo_line_is_object(const struct json *line);
enum error_code undo_objects_take(struct job *job, struct undo_objects *objects,
    const struct json *line, struct error *err) MUST_CHECK;

/*
 * Puts the reverse of each that has changed on the list and calls added with its number.
 * ERROR_REFUSED for what cannot be undone.
 */
enum error_code undo_objects_stage(struct job *job, const struct undo_objects *objects,
    struct staged_list *list, const char *id, void (*added)(void *user, uint64_t number),
    void *user, struct error *err) MUST_CHECK;

#endif
