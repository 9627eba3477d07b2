#ifndef CONSOLE_DEMO_DATA_H
#define CONSOLE_DEMO_DATA_H

#include "base/error.h"
#include "client/connection.h"

#include <stddef.h>

/*
 * The demo's items: the same at every run. Tables orders, customers, readings and shop must exist.
 * Together they hold all ten types, nested maps, a time series with a local index and several
 * kinds of item in one table.
 */

/* loaded is told after each batch: table, items so far, items in all. */
typedef void demo_loaded(void *user, const char *table, size_t count, size_t total);

enum error_code demo_load(struct connection *connection, demo_loaded *loaded, void *user,
    struct error *err) MUST_CHECK;

/* A customer id and an order time that exist, for traffic: n is any number. */
void demo_order_key(unsigned n, char *customer, size_t size, long *at);

#endif
