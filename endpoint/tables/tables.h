#ifndef ENDPOINT_TABLES_TABLES_H
#define ENDPOINT_TABLES_TABLES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "endpoint/http_server.h"
#include "endpoint/tables/settings.h"

#include <stdbool.h>

/*
 * The DynamoDB service of the embedded endpoint (tables.md). Called on the loop thread; writes go
 * to its writer thread and answer after COMMIT, back on the loop thread.
 */
struct tables;
struct telemetry;
struct fault_rules;

struct tables_options {
    const char *folder; /* holds tables.db */
    bool memory;
    struct tables_settings settings;
    struct fault_rules *faults; /* borrowed; may be NULL */
    struct http_server *server;
    struct telemetry *telemetry; /* may be NULL */
};

struct tables *tables_new(const struct tables_options *options, struct error *err) MUST_CHECK;
void tables_free(struct tables *tables); /* waits for the writer; acknowledged writes are on disk */

/* Answers one authenticated request; operation as in X-Amz-Target behind the dot. */
void tables_handle(struct tables *tables, struct exchange *exchange, struct text operation);

/*
 * The same in process, for TABLE integrations: answer is called once on the loop thread, perhaps
 * before this returns. body: the JSON request, kept by the caller until then. status 200, 400 or 500.
 */
typedef void tables_answer(void *user, int status, struct text body);
void tables_call(struct tables *tables, const struct identity *identity, struct text operation,
    struct text body, struct arena *arena, tables_answer *answer, void *user);

#endif
