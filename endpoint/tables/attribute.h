#ifndef ENDPOINT_TABLES_ATTRIBUTE_H
#define ENDPOINT_TABLES_ATTRIBUTE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "client/value.h"
#include "endpoint/tables/messages.h"
#include "endpoint/tables/request.h"

#include <stdbool.h>

/*
 * Strict reading of AttributeValues (tables.md 4, 7.2): shape_check has passed, so only values can
 * be wrong. What comes out is canonical: numbers in canonical text, sets and maps sorted. The
 * values live in the arena; their texts may point into the source of the JSON.
 */
struct attribute_fault {
    bool exhausted;  /* out of memory instead of a sentence */
    struct buf text; /* the sentence */
    enum message_style style;
};

/* Owned by the caller, from init to done. */
void attribute_fault_init(struct attribute_fault *fault, enum message_style style);
void attribute_fault_done(struct attribute_fault *fault);

/*
 * An object of AttributeValues: an item, a key, ExpressionAttributeValues. NULL with fault filled.
 * The name of the member read last, which is the bad one after a failure, goes to *place (may be
 * NULL).
 */
struct value *attribute_read_map(const struct json *json, struct arena *arena,
    struct attribute_fault *fault, struct text *place);

/* A list of AttributeValues: the parameters of a statement. */
struct value *attribute_read_list(const struct json *json, struct arena *arena,
    struct attribute_fault *fault);

/* The same for a member of a request: refuses it with the sentence. */
bool attribute_read_member(struct request *request, const struct json *json,
    const struct value **out);
/* The same for one AttributeValue. */
bool attribute_read_value(struct request *request, const struct json *json, struct value *out);

#endif
