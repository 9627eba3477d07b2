#ifndef ENDPOINT_HTTP_LISTEN_H
#define ENDPOINT_HTTP_LISTEN_H

#include "base/error.h"
#include "base/text.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* Where a server listens: addresses and unix sockets, with sentences for what can go wrong. */

/* "127.0.0.1:8000", "[::1]:0", "localhost:8000"; ERROR_USAGE for anything else. */
enum error_code http_parse_address(const char *listen, struct sockaddr_storage *out,
    struct error *err) MUST_CHECK;
bool http_address_is_loopback(const struct sockaddr_storage *address);

/*
 * A bound unix socket, mode 0600, not yet listening; its folder is made (0700). A socket nobody
 * answers on is replaced; a live one and any other file are errors. Returns the descriptor, or -1.
 */
int http_bind_unix(const char *path, struct error *err) MUST_CHECK;

#endif
