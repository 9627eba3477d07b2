#ifndef CONSOLE_STATEMENTS_RATE_H
#define CONSOLE_STATEMENTS_RATE_H

#include "console/job.h"

#include <pthread.h>
#include <stdint.h>

/*
 * AT 200 RCU: a token bucket with one second of credit, shared by the threads of one statement.
 * Amounts are thousandths of a unit; what a call used is booked after it, so the balance may go
 * below zero and the next call waits. SET JOB n AT changes it while the job runs.
 */
struct rate {
    pthread_mutex_t lock;
    enum job_rate kind;
    uint64_t rate_milli; /* a second; 0: no limit */
    int64_t balance_milli;
    uint64_t used_milli; /* in all */
    uint64_t last;       /* monotonic */
};

void rate_init(struct rate *rate, enum job_rate kind, uint64_t rate_milli);
void rate_done(struct rate *rate);
/* Waits until the balance is positive. ERROR_REFUSED once more was written than --max-wcu allows. */
enum error_code rate_wait(struct rate *rate, struct job *job, struct error *err) MUST_CHECK;
void rate_book(struct rate *rate, uint64_t used_milli);

/*
 * Waits before what the service left unprocessed is sent again: full jitter, the longer the more
 * often in a row it has taken nothing (idle).
 */
enum error_code rate_back_off(struct job *job, unsigned idle, struct error *err) MUST_CHECK;

#endif
