#ifndef CLIENT_CONNECTION_PARTS_H
#define CLIENT_CONNECTION_PARTS_H

#include "client/adaptive.h"
#include "client/connection.h"
#include "client/pace.h"
#include "client/retry.h"

/* What connection.c keeps and connection_call.c uses; nobody else includes it. */
struct connection {
    const struct profile_set *profiles;
    const struct profile *profile;
    struct journal *journal;
    struct http_pool *pool;
    struct credentials *credentials;
    struct pace *pace; /* NULL: profile key pace = off */
    char *region;      /* "" when none is known */
    char *endpoint;    /* for every service, or NULL */
    const struct service_endpoint *service_endpoint;
    unsigned attempts;
    uint32_t timeout_ms;
    const char *unlock; /* what allows writes, as a refusal says it */
    struct retry_budget budget;
    bool is_adaptive;         /* AWS_RETRY_MODE, or retry_mode of the profile */
    struct adaptive adaptive; /* of all services together */
    _Atomic int64_t skew;     /* wall clock of the service minus ours, learned from an error */
    atomic_bool read_only;
    _Atomic uint64_t read_write_until;
    char account[16]; /* written once, before account_known */
    atomic_bool account_known;
    atomic_uint refused; /* optional members that the endpoint does not know, a bit for each */
};

/* Where a service is reached. */
struct connection_place {
    struct buf url;          /* "https://dynamodb.eu-west-1.amazonaws.com", no slash behind */
    const char *unix_socket; /* or NULL */
    bool is_aws;
    bool is_near; /* this machine: a socket or loopback */
};

enum error_code connection_find_place(struct connection *connection, const struct service *service,
    struct connection_place *place, struct error *err) MUST_CHECK;

/* ERROR_REFUSED when what is not a read meets read-only mode. */
enum error_code connection_gate(struct connection *connection, const char *what, bool is_read,
    const struct call_context *context, struct error *err) MUST_CHECK;

/* What became of the keys of one request. */
struct connection_attempt {
    uint64_t key_serial; /* of the keys that it was signed with; 0: none */
    bool lacks_key;      /* on failure: there were none, nothing was sent */
};

/*
 * Sends one request, with Host and User-Agent and, unless sign_for is NULL, signed for that
 * service. attempt is filled in any case. Errors as http_send and credentials_take.
 */
enum error_code connection_send(struct connection *connection, const struct http_request *request,
    const char *sign_for, const struct call_context *context, struct connection_attempt *attempt,
    struct http_response *response, struct error *err) MUST_CHECK;

/* Milliseconds an exchange may take: the connection's, or what the statement has left. */
uint32_t connection_time_left(const struct connection *connection,
    const struct call_context *context, uint32_t timeout_ms);

/*
 * ReturnConsumedCapacity and ReturnValuesOnConditionCheckFailure: whether message is about one that
 * input holds and that was not known to be refused. It is left out from then on.
 */
bool connection_learn_refused(struct connection *connection, struct text input,
    const char *message);
/* input without what is refused, and with the units asked for by index; it may be input itself, or
   stand in out. */
struct text connection_leave_out(const struct connection *connection, struct text input,
    bool by_index, struct buf *out);

void connection_learn_account(struct connection *connection, struct text account);

#endif
