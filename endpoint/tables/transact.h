#ifndef ENDPOINT_TABLES_TRANSACT_H
#define ENDPOINT_TABLES_TRANSACT_H

#include "base/json.h"
#include "client/expression.h"
#include "endpoint/tables/capacity.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/write.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Actions on distinct items that happen all or not at all (tables.md 13), whichever grammar they
 * were written in. The loop thread reads and checks them, the writer performs them: every action
 * is checked before one is stored, and what was checked of large items is not kept in between.
 */
enum { TRANSACT_ACTIONS = 100, TRANSACT_BYTES = 4 * 1024 * 1024 };

/* One of the tables it is about, in the order they are first named. */
struct transact_table {
    struct table *table;
    struct text sent; /* its name, or ARN, as it was sent */
    struct usage usage;
};

struct transact_action {
    struct text sent;        /* TableName */
    struct table *table;     /* held by the request; NULL until it is looked up */
    size_t place;            /* in the tables of the transaction */
    struct item_write write; /* of a read: table, key and key_item alone */
    bool check_only;         /* a condition without a write */
    bool insert;             /* a condition that fails tells of a duplicate */
    bool large;              /* what was found is not kept between the two steps */
    struct projection *projection;
};

struct transaction {
    size_t count;
    struct transact_action *action;
    size_t table_count;
    struct transact_table *table;
};

/* In the arena, with count empty actions; NULL when out of memory. */
struct transaction *transact_new(struct request *request, size_t count);

/*
 * Loop thread. No two actions on one item: by table and write.key; actions whose key is not there
 * yet (data NULL) are left out.
 */
bool transact_check_distinct(struct request *request, const struct transaction *transaction);
/* Finds the tables of all actions and tells the telemetry of them. */
bool transact_collect_tables(struct request *request, struct transaction *transaction);
/* Turns the fault of the request, met at an action, into a cancellation. Always false. */
bool transact_cancel(struct request *request, const struct transaction *transaction, size_t at);
/* A cancellation for the faults, one per action, those not set being None. Always false. */
bool transact_cancel_all(struct request *request, const struct fault *fault, size_t count);

/*
 * Writer thread. Performs all actions or records why none was. The usage of the tables counts
 * what was written, doubled.
 */
enum progress transact_write(struct request *request, struct transaction *transaction,
    struct write_context *context);
/*
 * The same for a request that may have come before: with a token of its own, the units of reading
 * are all there is to tell. answer writes the answer.
 */
struct token;
typedef void transact_answer(struct request *request, const struct transaction *transaction,
    enum capacity_kind kind);
enum progress transact_perform(struct request *request, struct transaction *transaction,
    const struct token *token, struct write_context *context, transact_answer *answer);
/* Releases what transact_write keeps for the answer; call after the answer, and after failures. */
void transact_release(struct transaction *transaction);

/* The member ConsumedCapacity, when it was asked for. */
void transact_add_consumed(struct request *request, struct json_writer *writer,
    const struct transaction *transaction, enum capacity_kind kind);

#endif
