#ifndef ENDPOINT_TABLES_IMPORT_JOB_H
#define ENDPOINT_TABLES_IMPORT_JOB_H

#include "endpoint/tables/transfer.h"

/*
 * Reads the objects under a prefix of a bucket into a new table: DYNAMODB_JSON, {"Item":{..}} on
 * each line, or CSV, where key attributes have the type of the table and all others are strings.
 * A row that is none is counted, told in the log and passed over. Source: "Amazon S3 import
 * formats for DynamoDB", Amazon DynamoDB Developer Guide.
 */
void import_run(struct job *job, struct worker *worker);

#endif
