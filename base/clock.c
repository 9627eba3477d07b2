#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

/* Fixed time, 0 while the real clocks are in use. */
static _Atomic uint64_t fixed;

static uint64_t read_clock(clockid_t id)
{
    uint64_t now = atomic_load_explicit(&fixed, memory_order_relaxed);
    struct timespec spec;

    if (now != 0)
        return now;
    clock_gettime(id, &spec);
    return (uint64_t)spec.tv_sec * CLOCK_SECOND + (uint64_t)spec.tv_nsec;
}

uint64_t clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_wall(void)
{
    return read_clock(CLOCK_REALTIME);
}

void clock_fix(uint64_t wall)
{
    atomic_store(&fixed, wall);
}

void clock_advance(uint64_t nanoseconds)
{
    if (clock_is_fixed())
        atomic_fetch_add(&fixed, nanoseconds);
}

bool clock_is_fixed(void)
{
    return atomic_load(&fixed) != 0;
}

struct civil {
    unsigned year, month, day, hour, minute, second, nanosecond;
    unsigned weekday; /* 0 is Sunday */
};

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to the first of January. */
static unsigned days_before_year(unsigned year)
{
    unsigned past = year - 1;

    return 365 * (year - 1970) + (past / 4 - past / 100 + past / 400) -
           (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static struct civil to_civil(uint64_t wall)
{
    uint64_t seconds = wall / CLOCK_SECOND;
    unsigned days = (unsigned)(seconds / 86400), second = (unsigned)(seconds % 86400);
    struct civil civil = {
        .year = 1970 + days / 366, /* this year or an earlier one */
        .month = 1,
        .hour = second / 3600,
        .minute = second / 60 % 60,
        .second = second % 60,
        .nanosecond = (unsigned)(wall % CLOCK_SECOND),
        .weekday = (days + 4) % 7,
    };

    while (days_before_year(civil.year + 1) <= days)
        civil.year++;
    days -= days_before_year(civil.year);
    while (days >= month_days(civil.year, civil.month))
        days -= month_days(civil.year, civil.month++);
    civil.day = days + 1;
    return civil;
}

/* zone: minutes east of Greenwich. False for what is no time, or before 1970 or after 2554. */
static bool from_civil(const struct civil *civil, int zone, uint64_t *wall)
{
    const int64_t limit = (int64_t)(UINT64_MAX / CLOCK_SECOND) - 1;
    unsigned days;
    int64_t seconds;

    if (civil->year < 1969 || civil->year > 2555 || civil->month < 1 || civil->month > 12 ||
        civil->day < 1 || civil->day > month_days(civil->year, civil->month) || civil->hour > 23 ||
        civil->minute > 59 || civil->second > 59)
        return false;
    days = civil->day - 1;
    for (unsigned month = 1; month < civil->month; month++)
        days += month_days(civil->year, month);
    seconds = (civil->year < 1970 ? -365 : (int64_t)days_before_year(civil->year)) + days;
    seconds = seconds * 86400 + civil->hour * 3600 + civil->minute * 60 + civil->second;
    seconds -= (int64_t)zone * 60;
    if (seconds < 0 || seconds > limit)
        return false;
    *wall = (uint64_t)seconds * CLOCK_SECOND + civil->nanosecond;
    return true;
}

void clock_add_iso(struct buf *out, uint64_t wall, bool milliseconds)
{
    struct civil at = to_civil(wall);

    buf_add_format(out, "%04u-%02u-%02uT%02u:%02u:%02u", at.year, at.month, at.day, at.hour,
        at.minute, at.second);
    if (milliseconds)
        buf_add_format(out, ".%03u", at.nanosecond / 1000000);
    buf_add_char(out, 'Z');
}

void clock_add_compact(struct buf *out, uint64_t wall)
{
    struct civil at = to_civil(wall);

    buf_add_format(out, "%04u%02u%02uT%02u%02u%02uZ", at.year, at.month, at.day, at.hour, at.minute,
        at.second);
}

static const char month_names[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
    "Oct", "Nov", "Dec"};

void clock_add_http(struct buf *out, uint64_t wall)
{
    static const char day_names[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct civil at = to_civil(wall);

    buf_add_format(out, "%s, %02u %s %04u %02u:%02u:%02u GMT", day_names[at.weekday], at.day,
        month_names[at.month - 1], at.year, at.hour, at.minute, at.second);
}

void clock_add_access_log(struct buf *out, uint64_t wall)
{
    struct civil at = to_civil(wall);

    buf_add_format(out, "%02u/%s/%04u:%02u:%02u:%02u +0000", at.day, month_names[at.month - 1],
        at.year, at.hour, at.minute, at.second);
}

void clock_add_time_of_day(struct buf *out, uint64_t wall)
{
    struct civil at = to_civil(wall);

    buf_add_format(out, "%02u:%02u:%02u", at.hour, at.minute, at.second);
}

/* Exactly count digits. */
static bool take_digits(struct text *text, size_t count, unsigned *out)
{
    int64_t value;

    if (text->length < count || text->data[0] == '-' ||
        !text_to_integer(text_slice(*text, 0, count), 0, 9999, &value))
        return false;
    *out = (unsigned)value;
    *text = text_slice(*text, count, text->length);
    return true;
}

/* One of the two characters. */
static bool take_char(struct text *text, char c, char other)
{
    if (text->length == 0 || (text->data[0] != c && text->data[0] != other))
        return false;
    *text = text_slice(*text, 1, text->length);
    return true;
}

/* Digits beyond the ninth are read and dropped. */
static bool take_fraction(struct text *text, unsigned *nanosecond)
{
    unsigned weight = 100000000, digit;
    size_t before = text->length;

    while (text->length > 0 && text->data[0] >= '0' && text->data[0] <= '9') {
        if (!take_digits(text, 1, &digit))
            return false;
        *nanosecond += digit * weight;
        weight /= 10;
    }
    return text->length < before;
}

static bool take_zone(struct text *text, int *minutes)
{
    bool west = text->length > 0 && text->data[0] == '-';
    unsigned hour, minute;

    if (take_char(text, 'Z', 'z')) {
        *minutes = 0;
        return true;
    }
    if (!take_char(text, '+', '-') || !take_digits(text, 2, &hour) || !take_char(text, ':', ':') ||
        !take_digits(text, 2, &minute) || hour > 23 || minute > 59)
        return false;
    *minutes = (int)(hour * 60 + minute) * (west ? -1 : 1);
    return true;
}

bool clock_parse_iso(struct text text, uint64_t *wall)
{
    struct civil at = {0};
    int zone = 0;

    if (!take_digits(&text, 4, &at.year) || !take_char(&text, '-', '-') ||
        !take_digits(&text, 2, &at.month) || !take_char(&text, '-', '-') ||
        !take_digits(&text, 2, &at.day))
        return false;
    if (text.length > 0) {
        if (!take_char(&text, 'T', 't') || !take_digits(&text, 2, &at.hour) ||
            !take_char(&text, ':', ':') || !take_digits(&text, 2, &at.minute))
            return false;
        if (take_char(&text, ':', ':')) {
            if (!take_digits(&text, 2, &at.second))
                return false;
            if (take_char(&text, '.', '.') && !take_fraction(&text, &at.nanosecond))
                return false;
        }
        if (!take_zone(&text, &zone))
            return false;
    }
    return text.length == 0 && from_civil(&at, zone, wall);
}

bool clock_parse_compact(struct text text, uint64_t *wall)
{
    struct civil at = {0};

    return take_digits(&text, 4, &at.year) && take_digits(&text, 2, &at.month) &&
           take_digits(&text, 2, &at.day) && take_char(&text, 'T', 'T') &&
           take_digits(&text, 2, &at.hour) && take_digits(&text, 2, &at.minute) &&
           take_digits(&text, 2, &at.second) && text_is(text, "Z") && from_civil(&at, 0, wall);
}

bool clock_parse_duration(struct text text, uint64_t *duration)
{
    static const struct {
        const char *name;
        uint64_t nanoseconds;
    } unit_table[] = {
        {"ms", CLOCK_MS},
        {"s", CLOCK_SECOND},
        {"m", 60 * CLOCK_SECOND},
        {"h", 3600 * CLOCK_SECOND},
        {"d", 86400 * CLOCK_SECOND},
        {"w", 7 * 86400 * CLOCK_SECOND},
    };
    size_t digits = 0;
    int64_t count;

    while (digits < text.length && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    if (!text_to_integer(text_slice(text, 0, digits), 0, INT64_MAX, &count))
        return false;
    for (size_t i = 0; i < sizeof unit_table / sizeof *unit_table; i++) {
        if (!text_is(text_slice(text, digits, text.length), unit_table[i].name))
            continue;
        if ((uint64_t)count > UINT64_MAX / unit_table[i].nanoseconds)
            return false;
        *duration = (uint64_t)count * unit_table[i].nanoseconds;
        return true;
    }
    return false;
}
