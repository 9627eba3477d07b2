#ifndef ENDPOINT_HTTP_HEAD_H
#define ENDPOINT_HTTP_HEAD_H

#include "base/text.h"
#include "client/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The head of a request: found in the bytes received, parsed where it stands, and refused when
 * two readers could understand it differently (gateway.md 22). No sockets, no allocation.
 */
enum {
    HTTP_HEAD_LIMIT = 16 * 1024, /* bytes with the empty line; more is 431 */
    HTTP_HEADER_LIMIT = 100,     /* header lines; more is 431 */
    HTTP_TARGET_LIMIT = 8 * 1024
};

enum http_scan { HTTP_SCAN_MORE, HTTP_SCAN_FOUND, HTTP_SCAN_BAD, HTTP_SCAN_TOO_LARGE };

/*
 * Looks for the empty line that ends a head. *scanned starts at 0 and is where the next call goes
 * on; when found it is the length of the head. BAD: a line that does not end in CR LF, or one
 * that continues another.
 */
enum http_scan http_head_scan(struct text received, size_t *scanned);

struct http_head {
    struct text method, target, path, query;
    struct http_header *header; /* the caller's, HTTP_HEADER_LIMIT of them */
    size_t header_count;
    struct text host;        /* of the Host header; data NULL when absent (HTTP/1.0) */
    uint64_t content_length; /* 0 when absent */
    bool is_http_1_0, keep_alive, is_chunked, expects_continue;
};

/*
 * Parses a complete head in place; the texts point into it. Returns 0, or the status to refuse
 * with (400, 417, 431, 505), *why saying what is wrong.
 */
int http_head_parse(struct text received, struct http_head *head, const char **why);

/* May the text stand in a field value: no control characters but tab. */
bool http_value_is_safe(struct text value);
/* A token of RFC 9110: names of headers and methods. */
bool http_is_token(struct text name);

#endif
