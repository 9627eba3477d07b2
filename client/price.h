#ifndef CLIENT_PRICE_H
#define CLIENT_PRICE_H

#include "base/buf.h"

#include <stdint.h>

/*
 * What throughput costs on demand, for estimates before a statement runs: one table of list prices,
 * with the region and the month they are of. Tables of class STANDARD only.
 */

/*
 * Adds "about $0.00074 on demand by the list price of us-east-1, 2024-11". A region without a row of its
 * own is told the price of the first one, under that one's name.
 */
void price_add(struct buf *out, const char *region, uint64_t reads, uint64_t writes);

#endif
