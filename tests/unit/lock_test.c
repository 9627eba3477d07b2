#include "endpoint/lock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"

static int open_folder(void **state)
{
    static struct buf folder;
    struct error err = {0};

    buf_init(&folder, 4096);
    assert_int_equal(file_make_temporary("lock", &folder, &err), 0);
    *state = &folder;
    return 0;
}

static int close_folder(void **state)
{
    struct buf *folder = *state;

    file_remove_tree(buf_string(folder));
    buf_done(folder);
    return 0;
}

static void a_second_lock_names_the_process_that_holds_it(void **state)
{
    const char *folder = buf_string(*state);
    struct lock first, second;
    struct error err = {0};
    char wanted[512];

    assert_int_equal(lock_take(&first, folder, &err), ERROR_NONE);
    assert_int_equal(lock_take(&second, folder, &err), ERROR_REFUSED);
    snprintf(wanted, sizeof wanted, "another server, process %d, uses the data in %s",
        (int)getpid(), folder);
    assert_string_equal(err.text, wanted);
    assert_string_equal(err.hint, "stop it, or choose another folder");
    assert_int_equal(second.descriptor, -1);
    lock_release(&second);
    lock_release(&first);
    assert_int_equal(lock_take(&second, folder, &err), ERROR_NONE);
    lock_release(&second);
    lock_release(&second);
}

static void a_lock_ends_with_its_process(void **state)
{
    const char *folder = buf_string(*state);
    struct error err = {0};
    struct lock lock;
    int ready[2], status;
    char byte = 0;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        byte = lock_take(&lock, folder, &err) == ERROR_NONE ? 'y' : 'n';
        if (write(ready[1], &byte, 1) == 1)
            pause();
        _exit(1); /* allowed: a child that must not run the exit handlers of the test */
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(lock_take(&lock, folder, &err), ERROR_REFUSED);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(lock_take(&lock, folder, &err), ERROR_NONE);
    lock_release(&lock);
    close(ready[0]);
    close(ready[1]);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    struct error err = {0};
    struct lock lock;

    assert_int_equal(lock_take(&lock, "/nonexistent", &err), ERROR_IO);
    assert_string_equal(err.text, "/nonexistent/lock: No such file or directory");
    assert_int_equal(lock.descriptor, -1);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_lock_names_the_process_that_holds_it, open_folder,
            close_folder),
        cmocka_unit_test_setup_teardown(a_lock_ends_with_its_process, open_folder, close_folder),
        cmocka_unit_test(a_folder_that_is_not_there_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
