#ifndef CLIENT_REPLY_H
#define CLIENT_REPLY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "client/connection.h"
#include "client/http.h"

#include <stdbool.h>
#include <stdint.h>

/* Reading the answers of the services. */

/* Moves head and body; fills status, elapsed, request id. */
void reply_take(struct reply *reply, struct http_response *response);

/* Value of a header of reply->head; data NULL when absent. */
struct text reply_header(const struct reply *reply, const char *name);

/*
 * Fills service_code and writes the message of a failed call: from x-amzn-ErrorType, __type, code
 * and message of JSON, or Code and Message of XML. Both stay empty when there are none.
 */
void reply_explain(struct reply *reply, char *message, size_t size);

/* False when x-amz-crc32 says that the body is not what was sent. */
bool reply_is_intact(const struct reply *reply);

/* Nanoseconds of Retry-After, 0 when there is none. */
uint64_t reply_retry_after(const struct reply *reply);

/* Wall time of the Date header; false when it has none. */
bool reply_date(const struct reply *reply, uint64_t *wall);

/* Every reason of a TransactionCanceledException that names one passes by itself. */
bool reply_is_passing_cancellation(const struct reply *reply);

/* Each object of ConsumedCapacity in an answer as it came; it lives during the call. */
void reply_each_consumed(struct text body, void (*each)(void *user, const struct json *consumed),
    void *user);
/* Sum of CapacityUnits of ConsumedCapacity in thousandths of a unit. */
uint64_t reply_capacity_milli(struct text body);
/* The same of a parsed answer, or of what its ConsumedCapacity holds. */
uint64_t reply_units_milli(const struct json *answer);
uint64_t reply_consumed_milli(const struct json *consumed);
/* Count and ScannedCount of a Query or Scan; false when the answer has none. */
bool reply_counts(struct text body, uint64_t *scanned, uint64_t *returned);

/* The leaves of an XML answer as one flat JSON object, or NULL with err set. */
const struct json *reply_read_xml(struct text xml, struct arena *arena, struct error *err);

#endif
