#include "client/price.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

struct price {
    const char *region;
    const char *since;
    uint64_t read_nano, write_nano; /* billionths of a US dollar per request unit */
};

/* Source: Amazon DynamoDB pricing, on-demand throughput, Standard table class: $0.125 per million
   read and $0.625 per million write request units since 1 November 2024. */
static const struct price price_table[] = {
    {"us-east-1", "2024-11", 125, 625},
};

static const struct price *find(const char *region)
{
    for (size_t i = 0; i < sizeof price_table / sizeof *price_table; i++) {
        if (strcmp(price_table[i].region, region) == 0)
            return &price_table[i];
    }
    return &price_table[0];
}

/* Two digits that count, from a dollar on two places. */
static void add_dollars(struct buf *out, uint64_t nano)
{
    uint64_t unit = UINT64_C(10000000); /* a cent */
    int places = 2;

    while (nano > 0 && nano < 10 * unit && unit > 1) {
        unit /= 10;
        places++;
    }
    nano = (nano + unit / 2) / unit;
    unit = 1;
    for (int i = 0; i < places; i++)
        unit *= 10;
    buf_add_format(out, "$%" PRIu64 ".%0*" PRIu64, nano / unit, places, nano % unit);
}

void price_add(struct buf *out, const char *region, uint64_t reads, uint64_t writes)
{
    const struct price *price = find(region);

    buf_add_string(out, "about ");
    add_dollars(out, reads * price->read_nano + writes * price->write_nano);
    buf_add_format(out, " on demand by the list price of %s, %s", price->region, price->since);
}
