#ifndef CLIENT_SIGNED_SEND_H
#define CLIENT_SIGNED_SEND_H

#include "base/error.h"
#include "client/credentials.h"
#include "client/http.h"

#include <stdint.h>

/* One request with Host, User-Agent and, where it is asked for, a signature. */

struct signature {
    const struct credentials_key *key;
    const char *region, *service; /* of the scope */
    uint64_t wall;                /* the time of the service, as far as it is known */
};

/* signature NULL: the request goes unsigned. Errors as http_send and sign_request. */
enum error_code signed_send(struct http_pool *pool, const struct http_request *request,
    const struct signature *signature, struct http_response *response,
    struct error *err) MUST_CHECK;

/* Path of a URL without its query, "" or "/base", and what Host says of it; views into url. */
struct text signed_url_path(struct text url);
struct text signed_url_host(struct text url);

#endif
