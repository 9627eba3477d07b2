#ifndef CONSOLE_STATEMENTS_TABLE_LISTING_H
#define CONSOLE_STATEMENTS_TABLE_LISTING_H

#include "base/error.h"
#include "base/json.h"
#include "client/service.h"
#include "console/job.h"

/* All pages of a listing of the table services: ListTables, ListBackups, ListStreams .. */
struct table_listing {
    const struct service *service;
    const char *operation;
    const char *list;                  /* member of the answer that holds the entries */
    const char *filter, *filter_value; /* a string member of every request; NULL: none */
    /* Called for every entry, which lives in the arena of the job. */
    enum error_code (*each)(void *user, const struct json *entry, struct error *err);
    void *user;
};

enum error_code table_list(struct job *job, struct link *link, const struct table_listing *listing,
    struct error *err) MUST_CHECK;

#endif
