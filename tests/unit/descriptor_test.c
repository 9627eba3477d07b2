#include "base/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"

enum { LONG_TEXT = 1 << 20 };

/* Sets the flag a little later, as a signal handler would. */
static void *cancel_soon(void *user)
{
    const struct timespec pause = {.tv_nsec = 20 * 1000000};

    nanosleep(&pause, NULL);
    atomic_store((atomic_bool *)user, true);
    return NULL;
}

static void a_cancelled_writer_leaves_a_full_pipe(void **state)
{
    static char text[LONG_TEXT];
    atomic_bool cancel = false;
    uint64_t began = clock_monotonic();
    int ends[2], free_end;
    pthread_t thread;

    assert_int_equal(pipe(ends), 0);
    free_end = descriptor_open_pipe(ends[1]);
    assert_true(free_end >= 0);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &cancel), 0);
    assert_int_equal(descriptor_write(free_end, text_make(text, sizeof text), &cancel), ECANCELED);
    assert_true(clock_monotonic() - began < 5 * CLOCK_SECOND);
    assert_int_equal(pthread_join(thread, NULL), 0);
    /* The descriptor that others may share blocks as before. */
    assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
    close(free_end);
    close(ends[0]);
    close(ends[1]);
    (void)state;
}

static void *read_all(void *user)
{
    const int *descriptor = user;
    char data[777];
    size_t count = 1, sum = 0;

    while (count > 0 && descriptor_read(*descriptor, data, sizeof data, NULL, &count) == 0)
        sum += count;
    return (void *)(uintptr_t)sum;
}

static void a_slow_reader_gets_all_of_it(void **state)
{
    static char text[LONG_TEXT];
    int ends[2], free_end;
    pthread_t thread;
    void *sum = NULL;

    assert_int_equal(pipe(ends), 0);
    free_end = descriptor_open_pipe(ends[1]);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &ends[0]), 0);
    assert_int_equal(descriptor_write(free_end, text_make(text, sizeof text), NULL), 0);
    close(free_end);
    close(ends[1]);
    assert_int_equal(pthread_join(thread, &sum), 0);
    assert_int_equal((uintptr_t)sum, LONG_TEXT);
    close(ends[0]);
    (void)state;
}

static void what_is_already_cancelled_still_writes_where_there_is_room(void **state)
{
    atomic_bool cancel = true;
    char data[8] = "";
    size_t count = 0;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(descriptor_write(ends[1], TEXT("row\n"), &cancel), 0);
    assert_int_equal(descriptor_read(ends[0], data, sizeof data, NULL, &count), 0);
    assert_string_equal(data, "row\n");
    close(ends[0]);
    close(ends[1]);
    (void)state;
}

static void a_cancelled_reader_leaves_a_quiet_pipe(void **state)
{
    atomic_bool cancel = false;
    char data[8];
    size_t count = 0;
    int ends[2];
    pthread_t thread;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &cancel), 0);
    assert_int_equal(descriptor_read(ends[0], data, sizeof data, &cancel, &count), ECANCELED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(descriptor_read(-1, data, sizeof data, NULL, &count), EBADF);
    close(ends[0]);
    close(ends[1]);
    (void)state;
}

static void a_file_is_no_pipe(void **state)
{
    struct error err;
    struct buf folder, path;
    int descriptor;

    buf_init(&folder, 4096);
    buf_init(&path, 4096);
    assert_int_equal(file_make_temporary("descriptor", &folder, &err), ERROR_NONE);
    buf_add_format(&path, "%s/file", buf_string(&folder));
    descriptor = descriptor_open(buf_string(&path), O_RDWR | O_CREAT, NULL);
    assert_true(descriptor >= 0);
    assert_int_equal(descriptor_open_pipe(descriptor), -1);
    assert_int_equal(descriptor_write(descriptor, TEXT("abc"), NULL), 0);
    close(descriptor);
    assert_int_equal(descriptor_open("/nonexistent/file", O_RDONLY, NULL), -1);
    assert_int_equal(errno, ENOENT);
    descriptor = descriptor_open("/dev/full", O_WRONLY, NULL);
    assert_int_equal(descriptor_write(descriptor, TEXT("abc"), NULL), ENOSPC);
    close(descriptor);
    file_remove_tree(buf_string(&folder));
    buf_done(&path);
    buf_done(&folder);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test(a_cancelled_writer_leaves_a_full_pipe),
        cmocka_unit_test(a_slow_reader_gets_all_of_it),
        cmocka_unit_test(what_is_already_cancelled_still_writes_where_there_is_room),
        cmocka_unit_test(a_cancelled_reader_leaves_a_quiet_pipe),
        cmocka_unit_test(a_file_is_no_pipe),
    };

    return cmocka_run_group_tests(test, NULL, NULL);
}
