#include "console/jobs.h"

#include <stdio.h>
#include <string.h>

#include "console/job.h"

void jobs_init(struct jobs *jobs)
{
    *jobs = (struct jobs){.running = NULL};
    pthread_mutex_init(&jobs->lock, NULL);
}

void jobs_done(struct jobs *jobs)
{
    pthread_mutex_destroy(&jobs->lock);
}

void jobs_enter(struct jobs *jobs, struct job *job, const struct tree *tree)
{
    pthread_mutex_lock(&jobs->lock);
    job->tree = tree;
    job->connection = job->link ? job->link->name : "";
    job->older = jobs->running;
    jobs->running = job;
    pthread_mutex_unlock(&jobs->lock);
}

void jobs_leave(struct jobs *jobs, struct job *job)
{
    struct job **place = &jobs->running;

    pthread_mutex_lock(&jobs->lock);
    while (*place && *place != job)
        place = &(*place)->older;
    if (*place)
        *place = job->older;
    pthread_mutex_unlock(&jobs->lock);
}

void jobs_note(struct jobs *jobs, struct job *job, const char *text)
{
    pthread_mutex_lock(&jobs->lock);
    snprintf(job->progress, sizeof job->progress, "%s", text);
    pthread_mutex_unlock(&jobs->lock);
}

/* Holds the lock. */
static uint64_t next_number(struct jobs *jobs, uint64_t at_least)
{
    jobs->last = jobs->last + 1 > at_least ? jobs->last + 1 : at_least;
    return jobs->last;
}

uint64_t jobs_claim(struct jobs *jobs, uint64_t at_least)
{
    uint64_t number;

    pthread_mutex_lock(&jobs->lock);
    number = next_number(jobs, at_least);
    pthread_mutex_unlock(&jobs->lock);
    return number;
}

void jobs_name(struct jobs *jobs, struct job *job, uint64_t number)
{
    pthread_mutex_lock(&jobs->lock);
    job->number_in_list = number;
    pthread_mutex_unlock(&jobs->lock);
}

/* What a panel reads for itself is nobody's job. */
static bool is_listed(const struct job *job, const struct job *except)
{
    return job != except && (!job->who || strcmp(job->who, "panel") != 0);
}

/* Holds the lock. */
static size_t take_views(struct jobs *jobs, const struct job *except, uint64_t at_least,
    struct arena *arena, struct jobs_view *view, size_t count)
{
    size_t at = count;

    for (struct job *job = jobs->running; job; job = job->older) {
        if (!is_listed(job, except))
            continue;
        if (job->number_in_list == 0)
            job->number_in_list = next_number(jobs, at_least);
        view[--at] = (struct jobs_view){.number = job->number_in_list,
            .started = job->started,
            .statement = arena_text(arena, job->tree->source),
            .connection = arena_text(arena, text_of(job->connection)),
            .progress = arena_text(arena, text_of(job->progress))};
        if (!view[at].statement.data || !view[at].connection.data || !view[at].progress.data)
            return 0;
    }
    return count;
}

enum error_code jobs_list(struct jobs *jobs, const struct job *except, uint64_t at_least,
    struct arena *arena, struct jobs_view **out, size_t *count, struct error *err)
{
    size_t wanted = 0;

    pthread_mutex_lock(&jobs->lock);
    for (const struct job *job = jobs->running; job; job = job->older)
        wanted += is_listed(job, except);
    *count = 0;
    *out = arena_alloc(arena, wanted + 1, sizeof **out);
    if (*out)
        *count = take_views(jobs, except, at_least, arena, *out, wanted);
    pthread_mutex_unlock(&jobs->lock);
    return *count == wanted && *out ? ERROR_NONE : arena_failed(arena, err);
}

/* Holds the lock. */
static struct job *find(struct jobs *jobs, uint64_t number)
{
    struct job *job = jobs->running;

    while (job && job->number_in_list != number)
        job = job->older;
    return number > 0 ? job : NULL;
}

bool jobs_cancel(struct jobs *jobs, uint64_t number)
{
    struct job *job;

    pthread_mutex_lock(&jobs->lock);
    job = find(jobs, number);
    if (job)
        atomic_store(&job->cancel, true);
    pthread_mutex_unlock(&jobs->lock);
    return job != NULL;
}

bool jobs_set_rates(struct jobs *jobs, uint64_t number, uint64_t read_milli, uint64_t write_milli)
{
    struct job *job;

    pthread_mutex_lock(&jobs->lock);
    job = find(jobs, number);
    if (job && read_milli > 0)
        atomic_store(&job->rate_milli[JOB_READS], read_milli);
    if (job && write_milli > 0)
        atomic_store(&job->rate_milli[JOB_WRITES], write_milli);
    pthread_mutex_unlock(&jobs->lock);
    return job != NULL;
}
