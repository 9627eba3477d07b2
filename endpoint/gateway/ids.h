#ifndef ENDPOINT_GATEWAY_IDS_H
#define ENDPOINT_GATEWAY_IDS_H

#include <stdint.h>

/*
 * Names of requests: unique, not secret, so a generator seeded from the kernel will do and no
 * system call is made per request. Loop thread only.
 */
struct ids {
    uint64_t state[4];
};

void ids_init(struct ids *ids);
uint64_t ids_next(struct ids *ids);
void ids_make_uuid(struct ids *ids, char out[37]);                 /* version 4 */
void ids_make_short(struct ids *ids, char out[17]);                /* "JKJaXmPLvHcESHA=" */
void ids_make_trace(struct ids *ids, uint64_t wall, char out[48]); /* "Root=1-{8 hex}-{24 hex}" */

#endif
