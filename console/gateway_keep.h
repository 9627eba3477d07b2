#ifndef CONSOLE_GATEWAY_KEEP_H
#define CONSOLE_GATEWAY_KEEP_H

#include "console/gateway_object.h"
#include "console/job.h"

/*
 * What UNDO needs of a gateway statement: the states of the objects that it changes, before its
 * first call and once they were read again. Nothing is kept where undo-keep is off. What cannot be
 * kept is a warning: the statement goes on.
 */
enum { GATEWAY_KEPT = 4 /* objects of one statement */ };

struct gateway_keep {
    struct job *job;
    struct link *link;
    const char *call; /* "ALTER ROUTE" */
    const char *why;  /* it cannot be undone, because ..; or NULL */
    bool is_all;      /* and that is all the statement does */
    size_t count;
    struct {
        struct gateway_object object;
        struct text old, plain; /* plain: with its secrets, for comparing; in no file */
    } kept[GATEWAY_KEPT];
};

void gateway_keep_init(struct gateway_keep *keep, struct job *job, struct link *link,
    const char *call);
/* The state as it was read into api; the texts of object must outlive keep. */
void gateway_keep_before(struct gateway_keep *keep, const struct gateway_api *api,
    const struct gateway_object *object);
/* All of them, from what was read again; api NULL: they are gone with their API. */
void gateway_keep_after(struct gateway_keep *keep, const struct gateway_api *api);
/* Something of it could not be read: that is said, and the statement goes on. */
void gateway_keep_fail(const struct gateway_keep *keep, const struct error *why);
/* The object has just been made: there was none before. */
void gateway_keep_made(struct gateway_keep *keep, const struct gateway_api *api,
    const struct gateway_object *object);

#endif
