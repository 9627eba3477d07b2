#ifndef CONSOLE_STATEMENTS_TABLE_ALTER_H
#define CONSOLE_STATEMENTS_TABLE_ALTER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "console/job.h"
#include "console/language/planner.h"
#include "console/plan.h"
#include "console/statements/tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What ALTER TABLE says, and the requests it becomes. */

enum alteration_kind {
    ALTER_ADD_INDEX,
    ALTER_DROP_INDEX,
    ALTER_INDEX,
    ALTER_ADD_REPLICA,
    ALTER_DROP_REPLICA,
    ALTER_SET
};

struct alteration {
    enum alteration_kind kind;
    struct token token;
    struct text name;               /* of the index, or region of the replica */
    struct table_index index;       /* ALTER_ADD_INDEX */
    int64_t read, write;            /* ALTER_INDEX */
    const char *setting;            /* ALTER_SET: "STREAM" .. */
    struct table_definition values; /* what the setting says */
    /* Planned. */
    const char *operation;
    struct text request;
    const char *line;
    enum plan_risk risk;
};

struct alter {
    struct table_ref table;
    bool nowait;
    size_t count;
    struct alteration **change;
};

/* What the planning of one change works on. */
struct altering {
    struct job *job;
    struct link *link;
    const struct catalog_table *table; /* before the first change */
    const struct alter *alter;
    size_t at; /* of the change among those of the statement */
    struct alteration *change;
    struct json_writer writer;
    struct buf line; /* what EXPLAIN and the question say */
};

/* Writes the members of the request and its line, sets operation and risk. False with err set. */
bool table_write_change(struct altering *altering, struct error *err);

#endif
