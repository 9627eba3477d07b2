#ifndef CLIENT_CONNECTION_H
#define CLIENT_CONNECTION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "client/credentials.h"
#include "client/http.h"
#include "client/journal.h"
#include "client/profile.h"
#include "client/service.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A profile, its credentials and an endpoint per service. The one place that every API call
 * passes: read-only gate, signature, retries, journal entry, own latency. Thread-safe; several
 * jobs may call at once.
 */
struct connection;

struct connection_options {
    const struct profile_set *profiles; /* kept; must outlive the connection */
    const struct profile *profile;      /* kept */
    const char *region;                 /* overrides, or NULL */
    const char *endpoint;               /* overrides every service, or NULL; "unix:/path" too */
    const struct service_endpoint *service_endpoint; /* kept; goes before endpoint; or NULL */
    struct journal *journal;                         /* kept */
    bool read_only;                                  /* or the profile says so: starts read-only */
    const char
        *unlock;       /* kept; what allows writes, for messages; NULL: SET read-only off FOR 15m */
    unsigned attempts; /* per call; 0: AWS_MAX_ATTEMPTS or 8 */
    uint32_t timeout_ms; /* per attempt; 0: 60,000 */
};

struct connection *connection_new(const struct connection_options *options,
    struct error *err) MUST_CHECK;
void connection_free(struct connection *connection);

const struct profile *connection_profile(const struct connection *connection);
const char *connection_name(const struct connection *connection); /* profile name */
const char *connection_region(const struct connection *connection);
const char *connection_account(struct connection *connection); /* "" until known */
/* When the keys end; wall, 0: never, or none fetched yet. */
uint64_t connection_key_expires(struct connection *connection);
bool connection_is_local(const struct connection *connection); /* embedded endpoint */
/* Base URL of a service, or "unix:/path" of the socket. */
enum error_code connection_endpoint(struct connection *connection, const struct service *service,
    struct buf *out, struct error *err) MUST_CHECK;
/* A URL of that kind without user and password, for what is shown or kept in files. */
void connection_add_public_url(struct buf *out, struct text url);
/* The endpoint so. */
enum error_code connection_public_endpoint(struct connection *connection,
    const struct service *service, struct buf *out, struct error *err) MUST_CHECK;

/* Path of the unix socket that every service is reached through, or NULL. */
const char *connection_unix_socket(const struct connection *connection);

bool connection_is_read_only(const struct connection *connection);
/* Fills err with what the read-only gate says about an operation; returns ERROR_REFUSED. */
enum error_code connection_refuse(const struct connection *connection, const char *what,
    struct error *err);
/* until: wall time when read-write ends by itself, 0 = for good. */
void connection_set_read_only(struct connection *connection, bool read_only, uint64_t until);
uint64_t connection_read_write_until(const struct connection *connection);

/* What one statement lends to its calls. */
struct capacity; /* client/capacity.h */

struct call_context {
    const atomic_bool *cancel; /* NULL: none */
    uint64_t statement;        /* number for the journal */
    const char *who;           /* "prompt", "key", "script", "panel" */
    uint64_t deadline;         /* monotonic; nothing is waited for beyond it; 0: none */
    bool allow_write;          /* permission taken when the statement started */
    bool not_idempotent;       /* an ambiguous failure may not be repeated (language.md 6) */
    void (*on_retry)(void *user, unsigned attempt, const char *why); /* or NULL */
    /* As in struct credentials_asker; NULL: nobody can be asked for a code. */
    bool (*ask_code)(void *user, const char *question, char *out, size_t size, struct error *err);
    void *user;
    struct capacity *capacity; /* units are asked for by index and noted there; NULL: the total */
};

struct reply {
    int status;
    struct buf body;
    struct text request_id; /* into head */
    struct buf head;
    uint64_t elapsed;
    unsigned retries;
    char service_code[80]; /* "ConditionalCheckFailedException", "" on success */
    bool retryable;
    bool is_unknown; /* a write whose answer is lost: it may or may not have been applied */
};
void reply_init(struct reply *reply);
void reply_done(struct reply *reply);

/*
 * Sends operation with input (one JSON object; for SERVICE_QUERY a flat object whose members
 * become the form) and waits for the answer, retrying throttles, 5xx and connection failures.
 * On a service error: code by the table of language.md 8.3, text "Operation: Code: message",
 * reply keeps status and body. Refused by the gate: ERROR_REFUSED before anything is sent.
 * reply must be initialised and is filled in any case.
 */
enum error_code connection_call(struct connection *connection, const struct service *service,
    const struct operation *operation, struct text input, const struct call_context *context,
    struct reply *reply, struct error *err) MUST_CHECK;

/*
 * The same, with the answer parsed into arena (the body stays in reply, which must live as long).
 * An empty answer is an empty object, but an error where something was to be read from a service
 * that always answers with an object; one of SERVICE_QUERY the flat object of its leaves.
 */
const struct json *connection_call_json(struct connection *connection,
    const struct service *service, const char *operation, struct text input,
    const struct call_context *context, struct reply *reply, struct arena *arena,
    struct error *err) MUST_CHECK;

/*
 * A request to the data plane of an API (INVOKE). url absolute; sign: for execute-api. GET and
 * HEAD pass the read-only gate. Journalled as execute-api METHOD.
 */
enum error_code connection_invoke(struct connection *connection, const struct http_request *request,
    bool sign, const struct call_context *context, struct http_response *response,
    struct error *err) MUST_CHECK;

#endif
