#ifndef ENDPOINT_TELEMETRY_TELEMETRY_H
#define ENDPOINT_TELEMETRY_TELEMETRY_H

#include "base/error.h"
#include "base/text.h"
#include "endpoint/http_server.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Counters and histograms of requests at 1 s for 15 min and at 1 min for 24 h, an access-log ring
 * per stage, and the CloudWatch and Logs operations that read them (gateway.md 17, 18). Loop
 * thread only. Everything lives in memory; the 1-minute slots are bounded like the rest.
 */
struct telemetry;

struct telemetry *telemetry_new(struct http_server *server, struct error *err) MUST_CHECK;
void telemetry_free(struct telemetry *telemetry);

/* One request through an API. Fed into the series of API, stage and route at once. */
struct telemetry_request {
    char kind; /* 'R' REST, 'H' HTTP */
    struct text api_id, api_name, stage;
    struct text method, resource; /* REST: "GET", "/pets/{id}"; HTTP: route key in resource */
    int status;
    uint64_t latency_us;
    uint64_t integration_us; /* 0 = no integration was called */
    uint64_t response_bytes;
    /* access log */
    struct text request_id, source_ip, path, error;
    struct text user_agent, protocol;
    int integration_status;
};
void telemetry_record(struct telemetry *telemetry, const struct telemetry_request *request);

/* One request to a table: feeds AWS/DynamoDB series. */
struct telemetry_table {
    struct text table, operation;
    uint64_t latency_us, read_milli, write_milli; /* thousandths of a unit */
    bool failed;
};
void telemetry_record_table(struct telemetry *telemetry, const struct telemetry_table *request);

/* CloudWatch: JSON (GraniteServiceVersion20100801.*) and query protocol (Action=..). */
void telemetry_handle_metrics(struct telemetry *telemetry, struct exchange *exchange);
/* Logs_20140328.* */
void telemetry_handle_logs(struct telemetry *telemetry, struct exchange *exchange);

#endif
