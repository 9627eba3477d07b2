#include "endpoint/lease.h"

#include "base/mem.h"

struct lease {
    struct http_server *server;
    bool ends, is_freed, has_come;
    uint64_t last_ms;
    unsigned held;
    unsigned
        checks; /* waiting, all for last_ms: only the one that was set last may end the server */
};

static void free_when_unused(struct lease *lease)
{
    if (lease->is_freed && lease->held == 0)
        mem_free(lease);
}

static void check_first(void *user)
{
    struct lease *lease = user;

    if (!lease->has_come)
        http_server_stop(lease->server);
}

static void check_last(void *user)
{
    struct lease *lease = user;

    lease->checks--;
    if (lease->held == 0 && lease->checks == 0)
        http_server_stop(lease->server);
}

static void let_go(void *user)
{
    struct lease *lease = user;

    lease->held--;
    if (lease->is_freed) {
        free_when_unused(lease);
        return;
    }
    if (lease->held > 0 || !lease->ends)
        return;
    lease->checks++;
    if (!http_server_after(lease->server, lease->last_ms, check_last, lease))
        check_last(lease);
}

struct lease *lease_new(struct http_server *server, bool ends, uint64_t first_ms, uint64_t last_ms,
    struct error *err)
{
    struct lease *lease = mem_new(1, sizeof *lease);

    if (!lease) {
        error_memory(err);
        return NULL;
    }
    *lease = (struct lease){.server = server, .ends = ends, .last_ms = last_ms};
    if (ends && !http_server_after(server, first_ms, check_first, lease)) {
        mem_free(lease);
        error_memory(err);
        return NULL;
    }
    return lease;
}

/* Connections that are still held tell when the server closes them, after this. */
void lease_free(struct lease *lease)
{
    if (!lease)
        return;
    lease->is_freed = true;
    free_when_unused(lease);
}

void lease_hold(struct lease *lease, struct exchange *exchange)
{
    lease->held++;
    lease->has_come = true;
    exchange_hold(exchange, let_go, lease);
}
