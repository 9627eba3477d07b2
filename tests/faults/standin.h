#ifndef TESTS_FAULTS_STANDIN_H
#define TESTS_FAULTS_STANDIN_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A small HTTP/1.1 server in a thread, for tests of what goes wrong on the way: it answers from
 * a queue and can lie, drip, reset and vanish. Include standin.c in the test file.
 */
struct standin;

enum standin_fault {
    STANDIN_WHOLE,        /* an ordinary answer */
    STANDIN_NO_ANSWER,    /* reads the request, then closes the connection */
    STANDIN_RESET,        /* reads the request, then resets the connection */
    STANDIN_SILENT,       /* reads the request, then waits for the client to go away */
    STANDIN_CUT,          /* announces the body, sends half of it and closes */
    STANDIN_RESET_INSIDE, /* the same with a reset */
    STANDIN_LONG_LENGTH,  /* announces ten bytes more than it sends, then closes */
    STANDIN_DRIP,         /* one byte of the body every 5 ms */
    STANDIN_GARBAGE       /* bytes that are no HTTP */
};

struct standin_answer {
    int status;         /* 0: 200 */
    const char *header; /* further lines, each ended by CR LF, or NULL */
    const char *body;   /* NULL: empty */
    size_t body_length; /* 0: body is a C string */
    enum standin_fault fault;
    bool close_after; /* keep-alive ends without notice */
};

/* unix_socket NULL: a free port of 127.0.0.1. Asserts that it works. */
struct standin *standin_start(const char *unix_socket);
void standin_stop(struct standin *standin); /* ends its threads */

const char *standin_url(const struct standin *standin); /* "http://127.0.0.1:4711" */
int standin_port(const struct standin *standin);

/* Answers are used up in order; the last one stays. The strings must outlive the server. */
void standin_add(struct standin *standin, struct standin_answer answer);
/* Forgets answers and requests. */
void standin_clear(struct standin *standin);

size_t standin_requests(struct standin *standin);
size_t standin_connections(struct standin *standin); /* accepted since the start */
/* Head and body of a request as received; "" when there is none. */
void standin_request(struct standin *standin, size_t index, struct buf *out);
/* Waits until that many requests came; false after 5 s. */
bool standin_wait(struct standin *standin, size_t requests);

/* A port of 127.0.0.1 where nobody listens. */
int standin_free_port(void);

#endif
