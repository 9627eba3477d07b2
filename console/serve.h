#ifndef CONSOLE_SERVE_H
#define CONSOLE_SERVE_H

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

/* The embedded endpoint as a process: `gatehouse serve`, and starting one when it is needed. */

/* The command line behind "serve"; returns the exit status. */
int serve_main(int argc, char **argv);

/*
 * Starts this program again as `gatehouse serve argument...` (NULL at the end), in a session of its
 * own, its output on /dev/null but what it says before it is ready. The process is not waited for
 * by anyone else.
 */
enum error_code serve_start(const char *const *argument, pid_t *pid, struct error *err) MUST_CHECK;

/*
 * Holds a lease of the endpoint at the unix socket: as long as the descriptor is open a server
 * started with --lease goes on. Tries to connect for limit_ms. The caller closes it.
 */
enum error_code serve_hold(const char *socket, uint32_t limit_ms, int *lease,
    struct error *err) MUST_CHECK;

/* serve_hold, starting `serve --lease` on socket first when nobody listens there. */
enum error_code serve_ensure(const char *socket, int *lease, struct error *err) MUST_CHECK;

#endif
