#ifndef CLIENT_AWS_URL_H
#define CLIENT_AWS_URL_H

#include "base/buf.h"
#include "base/error.h"

/*
 * Adds "https://PREFIX.REGION.amazonaws.com", with ".cn" behind it in China. A region comes from
 * files and variables and ends up in a host name: anything but small letters, digits and hyphens
 * is ERROR_USAGE.
 */
enum error_code aws_url_add(struct buf *out, const char *host_prefix, const char *region,
    struct error *err) MUST_CHECK;

#endif
