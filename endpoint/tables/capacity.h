#ifndef ENDPOINT_TABLES_CAPACITY_H
#define ENDPOINT_TABLES_CAPACITY_H

#include "base/json.h"
#include "base/text.h"
#include "endpoint/tables/request.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Units as tables.md 11 counts them, in thousandths. */
struct usage {
    uint64_t milli[TABLE_SLOT_COUNT]; /* 0 is the table, the others by slot */
    bool used[TABLE_SLOT_COUNT];      /* the index appears in the answer */
};

enum capacity_mode { CAPACITY_NONE, CAPACITY_TOTAL, CAPACITY_INDEXES };

/* What the units are of: transactional answers say so, all others only count units. */
enum capacity_kind { CAPACITY_UNITS, CAPACITY_READS, CAPACITY_WRITES };

enum capacity_mode capacity_mode(const struct request *request);

/* ceil(size / 4096), at least 1; half of it when eventually consistent */
uint64_t capacity_read(uint64_t size, bool consistent);
/* ceil(size / 1024), at least 1 */
uint64_t capacity_write(uint64_t size);

void usage_add(struct usage *usage, int slot, uint64_t milli);
uint64_t usage_total(const struct usage *usage);

/* {"TableName":..,"CapacityUnits":..}; nothing for CAPACITY_NONE. */
void capacity_add_object(struct json_writer *writer, enum capacity_mode mode,
    const struct table *table, struct text name, const struct usage *usage);
void capacity_add_kind(struct json_writer *writer, enum capacity_mode mode, enum capacity_kind kind,
    const struct table *table, struct text name, const struct usage *usage);
/* The member ConsumedCapacity of a single-table answer, when it was asked for. */
void capacity_add(struct request *request, struct json_writer *writer, const struct table *table,
    const struct usage *usage);

/* ReturnConsumedCapacity of the request is one of the enum. */
void capacity_check(struct request *request);

#endif
