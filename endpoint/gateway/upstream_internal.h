#ifndef ENDPOINT_GATEWAY_UPSTREAM_INTERNAL_H
#define ENDPOINT_GATEWAY_UPSTREAM_INTERNAL_H

#include "base/buf.h"
#include "base/map.h"
#include "endpoint/gateway/upstream.h"

#include <llhttp.h>
#include <uv.h>

/*
 * 1. A link belongs to one host from birth to death; it is idle (in host->idle), waiting for the
 *    address (in host->waiting), or has a call.
 * 2. link_finish ends a call: the link is idle or closing before done is called, so done may send
 *    again.
 * 3. Memory of a link is freed when both its handles have closed.
 * 4. Handles do not keep the loop alive: the server decides when it ends.
 */
enum { UPSTREAM_ADDRESSES = 8, UPSTREAM_READ = 64 * 1024, UPSTREAM_RESOLVED_SECONDS = 30 };

struct upstream_host {
    struct upstream *upstream;
    char *name; /* owned */
    uint16_t port;
    struct sockaddr_storage address[UPSTREAM_ADDRESSES];
    size_t address_count;
    uint64_t resolved_at; /* monotonic; 0: not yet */
    bool is_resolving, is_fixed;
    uv_getaddrinfo_t resolve;
    struct upstream_link *idle, *waiting;
    size_t idle_count, link_count;
};

enum upstream_state { LINK_WAITING, LINK_CONNECTING, LINK_BUSY, LINK_IDLE, LINK_CLOSING };

struct upstream_link {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_connect_t connect;
    uv_write_t write;
    struct upstream_host *host;
    struct upstream_call *call;
    struct upstream_link *next, *previous; /* in host->idle or host->waiting */
    enum upstream_state state;
    unsigned handles; /* open ones */
    bool has_tcp, is_used, is_reading, is_writing;
    size_t address; /* the one being tried */
    uint64_t idle_since;
    /* the answer being read */
    llhttp_t parser;
    bool got_bytes, is_complete, keeps_alive, in_value;
    enum upstream_result broken; /* why the parser was stopped, or UPSTREAM_ANSWERED */
    struct buf head, body;
    struct text span; /* of the body, in the read space */
    struct {
        size_t name, name_length, value, value_length; /* in head */
    } place[UPSTREAM_HEADERS];
    size_t header_count;
};

struct upstream {
    uv_loop_t *loop;
    uv_timer_t sweep;
    struct map *hosts; /* "host:port" */
    size_t link_count, open_handles, resolving;
    bool is_ending;
    llhttp_settings_t settings;
    char space[UPSTREAM_READ]; /* what is read is used before the next read */
};

/* upstream_link.c */
struct upstream_link *link_new(struct upstream_host *host);
void link_begin(struct upstream_link *link, struct upstream_call *call); /* the deadline runs */
void link_connect(struct upstream_link *link);                           /* addresses are known */
void link_send(struct upstream_link *link);                              /* connected */
void link_close(struct upstream_link *link);
void link_finish(struct upstream_link *link, enum upstream_result result, const char *why);
void link_list_add(struct upstream_link **list, struct upstream_link *link);
void link_list_remove(struct upstream_link **list, struct upstream_link *link);

/* upstream_parse.c: the answer's bytes into head, body and place[]. */
void link_parse_settings(llhttp_settings_t *settings);
void link_parse_reset(struct upstream_link *link);
enum upstream_parsed { PARSED_MORE, PARSED_WHOLE, PARSED_BROKEN };
enum upstream_parsed link_parse(struct upstream_link *link, const char *data, size_t length);
enum upstream_parsed link_parse_end(struct upstream_link *link); /* the other side has closed */

#endif
