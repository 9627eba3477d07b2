#ifndef CONSOLE_STAGED_FILE_H
#define CONSOLE_STAGED_FILE_H

#include "console/staged.h"

/* The list of staged changes and its file; for staged.c and staged_file.c. */

struct staged_list {
    struct link *link;
    struct arena *arena;
    struct staged_change *change; /* in order of their numbers */
    size_t count, capacity;
    const char *path;
    struct text account; /* of the file, or of the connection when there is no file yet */
    int lock;            /* descriptor; -1: not for change */
};

/* Path of the file, in the arena; NULL with err set. */
const char *staged_file_path(struct link *link, struct arena *arena, struct error *err);
/* Waits for the lock of all lists. -1 with err set. */
int staged_file_lock(struct error *err);
enum error_code staged_file_load(struct staged_list *list, struct error *err) MUST_CHECK;
enum error_code staged_file_save(struct staged_list *list, struct error *err) MUST_CHECK;

/* Takes attributes with secrets out of the images; ERROR_REFUSED when the change is about one. */
enum error_code staged_leave_out(struct arena *arena, struct staged_change *change,
    struct error *err) MUST_CHECK;
/* ERROR_REFUSED when a text that would be kept holds a secret. */
enum error_code staged_check_text(struct text text, struct error *err) MUST_CHECK;

/* Room for one more at the end; NULL when the arena is full. */
struct staged_change *staged_grow(struct staged_list *list);

#endif
