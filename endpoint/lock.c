#include "endpoint/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

static enum error_code refuse(int descriptor, const char *folder, struct error *err)
{
    char digits[24] = "";
    ssize_t length = pread(descriptor, digits, sizeof digits - 1, 0);
    struct text text = text_trim(text_make(digits, length > 0 ? (size_t)length : 0));
    int64_t pid;

    if (text_ends_with(text, TEXT("\n")))
        text.length--;
    if (text_to_integer(text, 1, INT32_MAX, &pid))
        error_set(err, ERROR_REFUSED, "another server, process %d, uses the data in %s", (int)pid,
            folder);
    else
        error_set(err, ERROR_REFUSED, "another server uses the data in %s", folder);
    return error_hint(err, "stop it, or choose another folder");
}

static enum error_code write_pid(int descriptor, const char *path, struct error *err)
{
    struct buf pid;
    enum error_code code;

    buf_init(&pid, 32);
    buf_add_format(&pid, "%ld\n", (long)getpid());
    if (ftruncate(descriptor, 0) < 0)
        code = error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
    else
        code = file_write_all(descriptor, buf_view(&pid), err);
    buf_done(&pid);
    return code;
}

enum error_code lock_take(struct lock *lock, const char *folder, struct error *err)
{
    enum error_code code;
    struct buf path;

    lock->descriptor = -1;
    buf_init(&path, 4096);
    buf_add_format(&path, "%s/lock", folder);
    code = buf_check(&path, "folder", err);
    if (code)
        goto out;
    lock->descriptor = open(buf_string(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock->descriptor < 0) {
        code = error_set(err, ERROR_IO, "%s: %s", buf_string(&path), strerror(errno));
        goto out;
    }
    if (flock(lock->descriptor, LOCK_EX | LOCK_NB) < 0)
        code = errno == EWOULDBLOCK
                   ? refuse(lock->descriptor, folder, err)
                   : error_set(err, ERROR_IO, "%s: %s", buf_string(&path), strerror(errno));
    else
        code = write_pid(lock->descriptor, buf_string(&path), err);
    if (code)
        lock_release(lock);
out:
    buf_done(&path);
    return code;
}

void lock_release(struct lock *lock)
{
    if (lock->descriptor >= 0)
        close(lock->descriptor);
    lock->descriptor = -1;
}
