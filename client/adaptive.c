#include "client/adaptive.h"

#include "base/clock.h"

static const double fill_rate_min = 0.5, capacity_min = 1, smooth = 0.8, beta = 0.7, scale = 0.4;

void adaptive_init(struct adaptive *adaptive)
{
    *adaptive = (struct adaptive){0};
    pthread_mutex_init(&adaptive->lock, NULL);
}

void adaptive_done(struct adaptive *adaptive)
{
    pthread_mutex_destroy(&adaptive->lock);
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* By Newton's method; rates are positive and modest. */
static double cube_root(double value)
{
    double root = larger(value, 1);

    for (int i = 0; value > 0 && i < 60; i++)
        root -= (root * root * root - value) / (3 * root * root);
    return value > 0 ? root : 0;
}

static void refill(struct adaptive *adaptive, double now)
{
    double seconds = now - adaptive->filled_at;

    if (adaptive->filled_at > 0 && seconds > 0)
        adaptive->capacity =
            smaller(adaptive->capacity_max, adaptive->capacity + seconds * adaptive->fill_rate);
    adaptive->filled_at = now;
}

static void set_rate(struct adaptive *adaptive, double rate, double now)
{
    refill(adaptive, now);
    adaptive->fill_rate = larger(rate, fill_rate_min);
    adaptive->capacity_max = larger(rate, capacity_min);
    adaptive->capacity = smaller(adaptive->capacity, adaptive->capacity_max);
}

/* Calls a second, measured over halves of seconds. */
static void measure(struct adaptive *adaptive, double now)
{
    double bucket = (double)(uint64_t)(now * 2) / 2;

    adaptive->bucket_count++;
    if (bucket <= adaptive->bucket_at)
        return;
    adaptive->measured_rate = adaptive->bucket_count / (bucket - adaptive->bucket_at) * smooth +
                              adaptive->measured_rate * (1 - smooth);
    adaptive->bucket_count = 0;
    adaptive->bucket_at = bucket;
}

uint64_t adaptive_book(struct adaptive *adaptive, uint64_t now)
{
    uint64_t wait = 0;

    pthread_mutex_lock(&adaptive->lock);
    if (adaptive->enabled) {
        refill(adaptive, (double)now / (double)CLOCK_SECOND);
        adaptive->capacity -= 1; /* below zero: owed by those that wait */
        if (adaptive->capacity < 0)
            wait = (uint64_t)(-adaptive->capacity / adaptive->fill_rate * (double)CLOCK_SECOND);
    }
    pthread_mutex_unlock(&adaptive->lock);
    return wait;
}

void adaptive_note(struct adaptive *adaptive, bool throttled, uint64_t now)
{
    double seconds = (double)now / (double)CLOCK_SECOND, rate, window;

    pthread_mutex_lock(&adaptive->lock);
    measure(adaptive, seconds);
    if (throttled) {
        rate = adaptive->measured_rate;
        if (adaptive->enabled)
            rate = smaller(rate, adaptive->fill_rate);
        adaptive->rate_max = rate;
        adaptive->throttled_at = seconds;
        adaptive->enabled = true;
        rate *= beta;
    } else {
        window = cube_root(adaptive->rate_max * (1 - beta) / scale);
        rate = seconds - adaptive->throttled_at - window;
        rate = scale * rate * rate * rate + adaptive->rate_max;
    }
    if (adaptive->enabled)
        set_rate(adaptive, smaller(rate, 2 * adaptive->measured_rate), seconds);
    pthread_mutex_unlock(&adaptive->lock);
}
