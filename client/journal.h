#ifndef CLIENT_JOURNAL_H
#define CLIENT_JOURNAL_H

#include "base/error.h"
#include "base/histogram.h"
#include "base/text.h"
#include "client/journal_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Every statement and every API call made: a ring of 10,000 calls, watched by the journal panel.
 * Thread-safe: connections and their credentials write, panels copy. Secrets are masked before they
 * come here. Bodies of the oldest entries go first when all of them together pass 32 MiB.
 */
struct journal;

struct journal_entry {
    uint64_t number;    /* 1, 2, ...; gives the order */
    uint64_t statement; /* number of the statement that made the call; 0 = none */
    uint64_t at;        /* wall */
    uint64_t elapsed;   /* nanoseconds */
    int status;         /* HTTP; 0 = no answer */
    unsigned retries;
    uint64_t sent_bytes, received_bytes;
    uint64_t capacity_milli; /* thousandths of a unit */
    bool has_counts;         /* the answer had a Count: of a Query or Scan */
    uint64_t scanned, returned;
    char service[24], operation[40], connection[32], request_id[64];
    char error[96];           /* service code or transport sentence, "" = none */
    char who[8];              /* "key", "prompt", "script", "panel" */
    char *request, *response; /* bodies, masked and cut at 16 KB; copies are the reader's */
    char *text;               /* statement rows: the statement itself; else NULL */
    bool is_statement;
    bool is_write;
};

struct journal *journal_new(size_t capacity, struct error *err) MUST_CHECK;
/*
 * From now on what writes also goes to the file of the day, which client/journal_file.h bounds: a
 * line for each call, without bodies, and one for its statement behind them. Lines wait for at most
 * a second, or until the statement has ended. Again: other limits.
 */
void journal_keep(struct journal *journal, const struct journal_limits *limits);
/* True once after a line could not be kept; err says why. */
bool journal_failed(struct journal *journal, struct error *err);
void journal_free(struct journal *journal);
/*
 * For a run that nobody watches, before its first entry: answers and statements are not kept, and
 * limit bytes of requests at most.
 */
void journal_keep_requests(struct journal *journal, size_t limit);
bool journal_keeps_answers(const struct journal *journal);
/* Copies the entry (number and at are filled in) and returns its number. */
uint64_t journal_add(struct journal *journal, const struct journal_entry *entry);
/* Changes whenever something was added. */
uint64_t journal_version(const struct journal *journal);
size_t journal_count(const struct journal *journal);
/* Copies entry index (0 = oldest kept) into out, without bodies unless asked; false when gone. */
bool journal_copy(const struct journal *journal, size_t index, bool bodies,
    struct journal_entry *out);
void journal_entry_done(struct journal_entry *entry);
/* Latency of own calls per service, for the status line: exponentially weighted mean in ms; -1 =
   not contacted, and whether the last call failed or was throttled within 10 s. */
struct journal_health {
    double latency_ms;
    bool failed, throttled;
};
struct journal_health journal_health(const struct journal *journal, const char *service);
/* An attempt of a call was throttled; the call itself may still end well. */
void journal_note_throttle(struct journal *journal, const char *service);

#endif
