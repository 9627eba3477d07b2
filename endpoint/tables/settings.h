#ifndef ENDPOINT_TABLES_SETTINGS_H
#define ENDPOINT_TABLES_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

/* How the tables behave where the service leaves room; the same for the life of the server. */
struct tables_settings {
    bool legacy_messages;    /* the wordings of 2020 everywhere (tables.md 19) */
    bool enforce_throughput; /* throttle.h */
    uint32_t state_delay_ms; /* 0..600000: tables stay CREATING, UPDATING, DELETING that long */
    uint32_t ttl_delay_s;    /* 0..172800: expired items stay that long */
};

#endif
