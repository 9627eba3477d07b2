#ifndef ENDPOINT_TABLES_EXPORT_JOB_H
#define ENDPOINT_TABLES_EXPORT_JOB_H

#include "endpoint/tables/transfer.h"

/*
 * Writes a table, or what changed in it, to a bucket as the service lays it out:
 *
 *   {prefix}/AWSDynamoDB/{id}/_started, manifest-summary.json, manifest-files.json, .md5 of both
 *   {prefix}/AWSDynamoDB/{id}/data/{name}.json.gz      full: {"Item":{..}} per line
 *   {prefix}/AWSDynamoDB/data/{name}.json.gz           incremental: Metadata, Keys, images
 *
 * Source: "DynamoDB table export output format", Amazon DynamoDB Developer Guide.
 */
void export_run(struct job *job, struct worker *worker);

#endif
