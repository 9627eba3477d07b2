#ifndef ENDPOINT_TABLES_BATCH_H
#define ENDPOINT_TABLES_BATCH_H

#include "base/json.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/write.h"

/* BatchGetItem and BatchWriteItem: what the two have in common. */

enum { BATCH_KEYS = 100, BATCH_WRITES = 25, BATCH_ANSWER = 16 * 1024 * 1024 };

/* One table of the request. Reads use key, projection; writes use write. */
struct batch_table {
    const struct json *json; /* its member of RequestItems */
    struct table *table;     /* held by the request */
    struct projection *projection;
    bool consistent;
    size_t sent, count, done; /* count: of those sent, the ones to process; done: keys read */
    struct item_write *write;
    struct text *key;
    const struct json **key_json; /* as sent, for UnprocessedKeys */
    struct usage usage;
};

struct batch_plan {
    size_t count;
    struct batch_table *table;

    /* Of a read between two slices. */
    struct json_writer writer;
    size_t at; /* table to go on with */
    bool begun, open, full;
};

/* The names of the tables; shape: what the members of RequestItems are, for the message. */
void batch_check_names(struct request *request, const struct json *items, const char *shape);
/* request->plan, with room for each table; NULL: the request is refused. */
struct batch_plan *batch_new_plan(struct request *request, const struct json *items);
/* Looks the tables up, then what the keys alone can tell. */
bool batch_open_tables(struct request *request, struct batch_plan *plan);
/* What the telemetry is told. */
bool batch_make_uses(struct request *request, const struct batch_plan *plan);
void batch_add_consumed(struct request *request, struct json_writer *writer,
    const struct batch_plan *plan);

bool batch_prepare_get(struct request *request);
enum progress batch_read_get(struct request *request, struct store *store);
bool batch_prepare_write(struct request *request);
enum progress batch_perform_write(struct request *request, struct write_context *context);

#endif
