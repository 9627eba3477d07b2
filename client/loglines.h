#ifndef CLIENT_LOGLINES_H
#define CLIENT_LOGLINES_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A ring of log lines for the log panel: 100,000 lines or 32 MiB. A tail job fills it, panels
 * copy. Thread-safe.
 */
struct loglines;

struct logline {
    uint64_t number; /* 1, 2, ... */
    uint64_t at;     /* wall */
    int status;      /* HTTP status, 0 = none */
    uint32_t latency_us;
    char method[12];
    char path[160];
    char request_id[64];
    char *text; /* the whole event; copies are the reader's, mem_free */
};

struct loglines *loglines_new(struct error *err) MUST_CHECK;
void loglines_free(struct loglines *lines);
enum error_code loglines_add(struct loglines *lines, const struct logline *line,
    struct error *err) MUST_CHECK;
uint64_t loglines_version(const struct loglines *lines);
/* Numbers kept: [first, first + count). */
void loglines_range(const struct loglines *lines, uint64_t *first, size_t *count);
bool loglines_copy(const struct loglines *lines, uint64_t number, bool whole, struct logline *out);
void loglines_set_title(struct loglines *lines, const char *title);
void loglines_title(const struct loglines *lines, char *out, size_t size);

#endif
