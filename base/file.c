#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LIMIT = 65536, READ_STEP = 16384 };

/* errno says why. */
static enum error_code failed(struct error *err, const char *verb, const char *path)
{
    int reason = errno;

    error_set(err, ERROR_IO, "cannot %s %s: %s", verb, path, strerror(reason));
    if (reason == ENOSPC || reason == EDQUOT)
        error_hint(err, "free some space on that disk and try again");
    return err->code;
}

/* False with errno set; what does not fit is remembered by out. */
static bool read_all(int descriptor, struct buf *out)
{
    for (;;) {
        size_t room = out->limit - out->length < READ_STEP ? out->limit - out->length : READ_STEP;
        char probe = 0, *to;
        ssize_t count;

        if (out->capacity - out->length > room + 1)
            room = out->capacity - out->length - 1;
        to = room > 0 ? buf_reserve(out, room) : &probe;
        if (!to)
            return true;
        count = read(descriptor, to, room > 0 ? room : 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count == 0;
        if (room > 0)
            buf_added(out, (size_t)count);
        else
            buf_add(out, &probe, 1); /* one byte too many: the buffer notes that */
    }
}

enum error_code file_read(const char *path, struct buf *out, struct error *err)
{
    struct stat about;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    enum error_code code;

    if (descriptor < 0)
        return failed(err, "read", path);
    /* One allocation when the size is known; pipes and /proc say 0. */
    if (fstat(descriptor, &about) == 0 && about.st_size > 0 &&
        (uint64_t)about.st_size < out->limit - out->length)
        buf_reserve(out, (size_t)about.st_size + 1);
    if (!read_all(descriptor, out))
        code = failed(err, "read", path);
    else
        code = buf_check(out, path, err);
    close(descriptor);
    return code;
}

enum error_code file_read_descriptor(int descriptor, struct buf *out, struct error *err)
{
    if (!read_all(descriptor, out))
        return error_set(err, ERROR_IO, "cannot read the input: %s", strerror(errno));
    return buf_check(out, "the input", err);
}

/* False with errno set. */
static bool write_all(int descriptor, struct text content)
{
    while (content.length > 0) {
        ssize_t count = write(descriptor, content.data, content.length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        content = text_slice(content, (size_t)count, content.length);
    }
    return true;
}

enum error_code file_write_all(int descriptor, struct text content, struct error *err)
{
    if (!write_all(descriptor, content))
        return error_set(err, ERROR_IO, "cannot write the output: %s", strerror(errno));
    return ERROR_NONE;
}

/* Length of the folder part, with its slash. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* A rename is on disk once its folder is. Some file systems cannot do that, and need not. */
static void sync_folder(const char *path)
{
    char folder[PATH_MAX] = ".";
    size_t length = folder_length(path);
    int descriptor;

    if (length >= sizeof folder)
        return;
    if (length > 0) {
        memcpy(folder, path, length);
        folder[length] = '\0';
    }
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    fsync(descriptor);
    close(descriptor);
}

/* A new file beside target; its name goes to temporary. mkstemp() would leak it into children. */
static int open_beside(const char *target, struct buf *temporary)
{
    static atomic_uint serial;
    int descriptor;

    do {
        buf_clear(temporary);
        buf_add_format(temporary, "%s.%ld-%u.tmp", target, (long)getpid(),
            atomic_fetch_add(&serial, 1));
        if (temporary->failure)
            return -1;
        descriptor = open(temporary->data, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    } while (descriptor < 0 && errno == EEXIST);
    return descriptor;
}

static bool write_beside(const char *target, const char *temporary, int descriptor,
    struct text content, mode_t mode, bool sync)
{
    bool good = fchmod(descriptor, mode) == 0 && write_all(descriptor, content) &&
                (!sync || fsync(descriptor) == 0);
    int reason = errno;

    if (close(descriptor) != 0 && good) {
        good = false;
        reason = errno;
    }
    if (good && rename(temporary, target) == 0)
        return true;
    if (good)
        reason = errno;
    unlink(temporary);
    errno = reason;
    return false;
}

static enum error_code write_whole(const char *path, struct text content, mode_t mode, bool sync,
    struct error *err)
{
    char resolved[PATH_MAX];
    const char *target = path;
    struct stat about;
    struct buf temporary;
    enum error_code code;
    int descriptor;

    buf_init(&temporary, PATH_LIMIT);
    /* What a link points to is replaced, not the link: settings often are links. */
    if (lstat(path, &about) == 0 && S_ISLNK(about.st_mode) && realpath(path, resolved))
        target = resolved;
    descriptor = open_beside(target, &temporary);
    code = buf_check(&temporary, path, err);
    if (code)
        goto out;
    if (descriptor < 0 || !write_beside(target, temporary.data, descriptor, content, mode, sync)) {
        code = failed(err, "write", path);
        goto out;
    }
    if (sync)
        sync_folder(target);
out:
    buf_done(&temporary);
    return code;
}

enum error_code file_write(const char *path, struct text content, mode_t mode, struct error *err)
{
    return write_whole(path, content, mode, true, err);
}

enum error_code file_replace(const char *path, struct text content, mode_t mode, struct error *err)
{
    return write_whole(path, content, mode, false, err);
}

enum error_code file_append(const char *path, struct text content, mode_t mode, struct error *err)
{
    int descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode);
    enum error_code code = ERROR_NONE;

    if (descriptor < 0)
        return failed(err, "write", path);
    /* The first write takes it all unless the disk is full, and the second one says so. */
    if (!write_all(descriptor, content))
        code = failed(err, "write", path);
    if (close(descriptor) != 0 && !code)
        code = failed(err, "write", path);
    return code;
}

static bool is_folder(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* False with errno set. */
static bool make_one(const char *path)
{
    int reason;

    if (mkdir(path, 0700) == 0)
        return true;
    reason = errno;
    if (is_folder(path))
        return true; /* also when it may not be written to: that shows later, and may not matter */
    errno = reason == EEXIST ? ENOTDIR : reason;
    return false;
}

enum error_code file_make_folder(const char *path, struct error *err)
{
    struct buf part;
    enum error_code code;

    buf_init(&part, PATH_LIMIT);
    buf_add_string(&part, path);
    code = buf_check(&part, path, err);
    if (code)
        goto out;
    for (size_t i = 1; i < part.length; i++) {
        bool good;

        if (part.data[i] != '/')
            continue;
        part.data[i] = '\0';
        good = make_one(part.data);
        part.data[i] = '/';
        if (!good) {
            code = failed(err, "create", path);
            goto out;
        }
    }
    if (!make_one(path))
        code = failed(err, "create", path);
out:
    buf_done(&part);
    return code;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static const char *temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder && *folder ? folder : "/tmp";
}

enum error_code file_make_temporary(const char *prefix, struct buf *out, struct error *err)
{
    const char *folder = temporary_folder();
    size_t start = out->length;
    enum error_code code;

    buf_add_format(out, "%s/%s-XXXXXX", folder, prefix);
    code = buf_check(out, "path", err);
    if (!code && !mkdtemp(out->data + start)) {
        code = failed(err, "create a folder in", folder);
        buf_cut(out, start);
    }
    return code;
}

int file_open_nameless(struct error *err)
{
    const char *folder = temporary_folder();
    struct buf target, path;
    int descriptor = -1;

    buf_init(&target, PATH_LIMIT);
    buf_init(&path, PATH_LIMIT);
    buf_add_format(&target, "%s/gatehouse", folder);
    if (!buf_check(&target, "path", err)) {
        descriptor = open_beside(target.data, &path);
        if (descriptor >= 0)
            unlink(path.data);
        else if (!buf_check(&path, "path", err))
            failed(err, "create a file in", folder);
    }
    buf_done(&path);
    buf_done(&target);
    return descriptor;
}

/* Deeper folders stay: each level holds a descriptor. */
enum { REMOVE_DEPTH = 200 };

static void remove_at(int parent, const char *name, int depth)
{
    int descriptor = depth < REMOVE_DEPTH
                         ? openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                         : -1;
    DIR *folder = descriptor < 0 ? NULL : fdopendir(descriptor);
    const struct dirent *entry;

    if (!folder) {
        if (descriptor >= 0)
            close(descriptor);
        unlinkat(parent, name, 0);
        return;
    }
    while ((entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_at(descriptor, entry->d_name, depth + 1);
    closedir(folder);
    unlinkat(parent, name, AT_REMOVEDIR);
}

void file_remove_tree(const char *path)
{
    remove_at(AT_FDCWD, path, 0);
}
