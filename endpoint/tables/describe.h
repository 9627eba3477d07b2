#ifndef ENDPOINT_TABLES_DESCRIBE_H
#define ENDPOINT_TABLES_DESCRIBE_H

#include "base/json.h"
#include "endpoint/tables/table.h"

/*
 * A TableDescription as the service writes it. status: of the table in this answer ("ACTIVE",
 * "CREATING", "UPDATING", "DELETING").
 */
void describe_table(struct json_writer *writer, const struct table *table, const char *status);
/* The array of key elements. */
void describe_key_schema(struct json_writer *writer, const struct key_schema *key);
/* SourceTableDetails and SourceTableFeatureDetails of a backup, as members. */
void describe_source(struct json_writer *writer, const struct table *table, int64_t items,
    int64_t bytes);

#endif
