#include "endpoint/tables/checkpoint.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"

enum { IDLE_SECONDS = 2, RESTART_WAIT_MS = 100 };

struct checkpoint {
    struct checkpoint_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int frames; /* in the WAL */
    int wanted; /* frames at which the next checkpoint is due */
    bool noted; /* a commit since the last look */
    bool dirty; /* frames that no checkpoint has seen */
    bool stop;
};

/* After an end that was not clean. Interrupted by the end of this run. */
static void verify_file(struct checkpoint *checkpoint)
{
    sqlite3_stmt *statement = store_prepare(checkpoint->options.store, "PRAGMA quick_check(1)");

    if (!statement)
        return;
    if (store_step(checkpoint->options.store, statement) == STORE_ROW) {
        const char *verdict = (const char *)sqlite3_column_text(statement, 0);

        if (verdict && strcmp(verdict, "ok") != 0)
            log_line(LOG_ERROR, "tables: the file is damaged: %s", verdict);
        else
            log_line(LOG_NOTE, "tables: checked after an unclean end: no damage");
    }
    sqlite3_finalize(statement);
}

/* Waits until a checkpoint is due; returns the frames there are, 0 = the end. Holds the lock. */
static int wait_until_due(struct checkpoint *checkpoint)
{
    struct timespec idle;

    while (!checkpoint->stop && !checkpoint->dirty)
        pthread_cond_wait(&checkpoint->wake, &checkpoint->lock);
    while (!checkpoint->stop && checkpoint->frames < checkpoint->wanted) {
        checkpoint->noted = false;
        clock_gettime(CLOCK_MONOTONIC, &idle);
        idle.tv_sec += IDLE_SECONDS;
        if (pthread_cond_timedwait(&checkpoint->wake, &checkpoint->lock, &idle) == ETIMEDOUT &&
            !checkpoint->noted)
            break;
    }
    checkpoint->dirty = false;
    return checkpoint->stop ? 0 : checkpoint->frames;
}

static void *run(void *user)
{
    struct checkpoint *checkpoint = user;
    int frames, moved = 0;

    if (checkpoint->options.verify)
        verify_file(checkpoint);
    pthread_mutex_lock(&checkpoint->lock);
    while ((frames = wait_until_due(checkpoint)) > 0) {
        pthread_mutex_unlock(&checkpoint->lock);
        sqlite3_wal_checkpoint_v2(store_handle(checkpoint->options.store), NULL,
            frames > checkpoint->options.frames_most ? SQLITE_CHECKPOINT_RESTART
                                                     : SQLITE_CHECKPOINT_PASSIVE,
            NULL, &moved);
        pthread_mutex_lock(&checkpoint->lock);
        /* A reader may hold frames back: the next one is due when as many again have come. */
        checkpoint->wanted = checkpoint->options.frames + (moved < frames ? frames : 0);
    }
    pthread_mutex_unlock(&checkpoint->lock);
    return NULL;
}

struct checkpoint *checkpoint_new(const struct checkpoint_options *options, struct error *err)
{
    struct checkpoint *checkpoint = mem_new(1, sizeof *checkpoint);
    pthread_condattr_t attributes;

    if (!checkpoint) {
        error_memory(err);
        return NULL;
    }
    checkpoint->options = *options;
    /* RESTART waits for readers with the writer's lock in its hands. */
    sqlite3_busy_timeout(store_handle(options->store), RESTART_WAIT_MS);
    checkpoint->wanted = checkpoint->options.frames;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&checkpoint->lock, NULL);
    pthread_cond_init(&checkpoint->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (!thread_start(&checkpoint->thread, run, checkpoint, "the checkpointer", err))
        return checkpoint;
    pthread_cond_destroy(&checkpoint->wake);
    pthread_mutex_destroy(&checkpoint->lock);
    mem_free(checkpoint);
    return NULL;
}

void checkpoint_note(struct checkpoint *checkpoint, int frames)
{
    bool wake;

    pthread_mutex_lock(&checkpoint->lock);
    /* The WAL has begun anew: everything before is in the file. */
    if (frames < checkpoint->frames)
        checkpoint->wanted = checkpoint->options.frames;
    wake = !checkpoint->dirty || frames >= checkpoint->wanted;
    checkpoint->frames = frames;
    checkpoint->noted = true;
    checkpoint->dirty = true;
    if (wake)
        pthread_cond_signal(&checkpoint->wake);
    pthread_mutex_unlock(&checkpoint->lock);
}

void checkpoint_free(struct checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    pthread_mutex_lock(&checkpoint->lock);
    checkpoint->stop = true;
    pthread_cond_signal(&checkpoint->wake);
    pthread_mutex_unlock(&checkpoint->lock);
    sqlite3_interrupt(store_handle(checkpoint->options.store));
    pthread_join(checkpoint->thread, NULL);
    pthread_cond_destroy(&checkpoint->wake);
    pthread_mutex_destroy(&checkpoint->lock);
    mem_free(checkpoint);
}
