#include "panels/words.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

void words_add_count(struct buf *out, uint64_t count)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            buf_add_char(out, ',');
        buf_add_char(out, digits[i]);
    }
}

/* Three digits and a unit; small figures stand as they are. */
static void add_scaled(struct buf *out, uint64_t value, const char *units, double step)
{
    double scaled = (double)value;
    size_t unit = 0;

    while (scaled >= 999.5 && units[unit + 1]) {
        scaled /= step;
        unit++;
    }
    if (unit == 0)
        buf_add_format(out, "%llu", (unsigned long long)value);
    else if (scaled < 9.95)
        buf_add_format(out, "%.1f", scaled);
    else
        buf_add_format(out, "%.0f", scaled);
    if (units[unit] != ' ')
        buf_add_char(out, units[unit]);
}

void words_add_short(struct buf *out, uint64_t count)
{
    add_scaled(out, count, " kMGTP", 1000);
}

void words_add_bytes(struct buf *out, uint64_t bytes)
{
    add_scaled(out, bytes, "BkMGTP", 1024);
}

void words_add_capacity(struct buf *out, uint64_t milli)
{
    if (milli % 1000 == 0)
        words_add_count(out, milli / 1000);
    else
        buf_add_format(out, "%.1f", (double)milli / 1000);
}

void words_add_elapsed(struct buf *out, uint64_t nanoseconds)
{
    if (nanoseconds < CLOCK_SECOND)
        buf_add_format(out, "%u ms", (unsigned)(nanoseconds / CLOCK_MS));
    else
        buf_add_format(out, "%.1f s", (double)nanoseconds / (double)CLOCK_SECOND);
}

void words_add_ms(struct buf *out, uint32_t microseconds)
{
    if (microseconds < 1000)
        buf_add_format(out, "%.2f", microseconds / 1000.0);
    else if (microseconds < 9950)
        buf_add_format(out, "%.1f", microseconds / 1000.0);
    else
        buf_add_format(out, "%u", (microseconds + 500) / 1000);
}

void words_add_rate(struct buf *out, double rate)
{
    if (rate < 999.95)
        buf_add_format(out, "%.1f", rate);
    else
        words_add_short(out, (uint64_t)(rate + 0.5));
}
