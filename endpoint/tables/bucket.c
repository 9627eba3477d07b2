#include "endpoint/tables/bucket.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { PART_LIMIT = 255, FOLDER_DEPTH = 64, FIRST_CAPACITY = 16 };

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool bucket_is_name(struct text name)
{
    if (name.length < 2 || name.length > BUCKET_NAME_LIMIT || !is_alphanumeric(name.data[0]) ||
        !is_alphanumeric(name.data[name.length - 1]))
        return false;
    for (size_t i = 0; i < name.length; i++)
        if (!is_alphanumeric(name.data[i]) && name.data[i] != '.' && name.data[i] != '-' &&
            name.data[i] != '_')
            return false;
    return true;
}

static bool is_part(struct text part)
{
    return part.length > 0 && part.length <= PART_LIMIT && !text_is(part, ".") &&
           !text_is(part, "..") && !memchr(part.data, '\0', part.length);
}

bool bucket_is_prefix(struct text prefix)
{
    struct text rest = prefix, part;

    if (prefix.length > BUCKET_KEY_LIMIT)
        return false;
    while (rest.length > 0) {
        if (!text_take_until(&rest, '/', &part)) {
            part = rest;
            rest = text_make("", 0);
        }
        if (!is_part(part))
            return false;
    }
    return true;
}

static int fail(struct error *err, struct text name)
{
    error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, "%.*s: %s", (int)name.length,
        name.data, strerror(errno));
    return -1;
}

/* One part of a path, relative to its folder. */
static int open_part(int folder, struct text part, int flags, mode_t mode, struct error *err)
{
    char name[PART_LIMIT + 1];
    int descriptor;

    if (!is_part(part)) {
        errno = EINVAL;
        return fail(err, part);
    }
    memcpy(name, part.data, part.length);
    name[part.length] = '\0';
    do
        descriptor = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
    while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? fail(err, part) : descriptor;
}

static int open_folder(int parent, struct text part, bool create, struct error *err)
{
    char name[PART_LIMIT + 1];

    if (create && is_part(part)) {
        memcpy(name, part.data, part.length);
        name[part.length] = '\0';
        if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
            return fail(err, part);
    }
    return open_part(parent, part, O_RDONLY | O_DIRECTORY, 0, err);
}

int bucket_open(const char *buckets, struct text name, bool create, struct error *err)
{
    int root, bucket;

    if (!bucket_is_name(name)) {
        errno = EINVAL;
        return fail(err, name);
    }
    if (create && mkdir(buckets, 0700) < 0 && errno != EEXIST)
        return fail(err, text_of(buckets));
    root = open(buckets, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return fail(err, text_of(buckets));
    bucket = open_folder(root, name, create, err);
    close(root);
    return bucket;
}

/* The folder that holds the object: -1, or a descriptor of the caller's. *name: the last part. */
static int open_parent(int bucket, struct text key, bool create, struct text *name,
    struct error *err)
{
    int folder = dup(bucket), next;
    struct text part;

    if (folder < 0)
        return fail(err, key);
    while (text_take_until(&key, '/', &part)) {
        next = open_folder(folder, part, create, err);
        close(folder);
        if (next < 0)
            return -1;
        folder = next;
    }
    *name = key;
    return folder;
}

enum error_code bucket_write(int bucket, struct text key, struct text content, struct error *err)
{
    enum error_code code = ERROR_NONE;
    struct text name = key;
    int folder = open_parent(bucket, key, true, &name, err), descriptor;

    if (folder < 0)
        return err->code;
    descriptor = open_part(folder, name, O_WRONLY | O_CREAT | O_EXCL, 0600, err);
    if (descriptor < 0) {
        close(folder);
        return err->code;
    }
    code = file_write_all(descriptor, content, err);
    if (!code && (fsync(descriptor) < 0 || fsync(folder) < 0)) {
        fail(err, key);
        code = err->code;
    }
    close(descriptor);
    close(folder);
    return code;
}

int bucket_read(int bucket, struct text key, struct error *err)
{
    struct text name = key;
    struct stat status;
    int folder = open_parent(bucket, key, false, &name, err), descriptor;

    if (folder < 0)
        return -1;
    /* A FIFO must not hold the thread up. */
    descriptor = open_part(folder, name, O_RDONLY | O_NONBLOCK, 0, err);
    close(folder);
    if (descriptor >= 0 && (fstat(descriptor, &status) < 0 || !S_ISREG(status.st_mode))) {
        close(descriptor);
        errno = EINVAL;
        return fail(err, key);
    }
    return descriptor;
}

struct finder {
    struct arena *arena;
    struct text prefix;
    struct bucket_list *list;
    struct error *err;
};

static enum error_code add_object(struct finder *finder, struct text key, size_t size)
{
    struct bucket_list *list = finder->list;

    if (list->count == BUCKET_OBJECT_LIMIT)
        return error_set(finder->err, ERROR_LIMIT, "more than %d objects", BUCKET_OBJECT_LIMIT);
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : FIRST_CAPACITY;
        struct bucket_object *object = arena_alloc(finder->arena, capacity, sizeof *object);

        if (!object)
            return arena_failed(finder->arena, finder->err);
        if (list->count > 0)
            memcpy(object, list->object, list->count * sizeof *object);
        list->object = object;
        list->capacity = capacity;
    }
    list->object[list->count++] = (struct bucket_object){key, size};
    return ERROR_NONE;
}

/* Something under the folder may begin with the prefix. path ends with a slash, or is empty. */
static bool may_hold(struct text path, struct text prefix)
{
    return text_starts_with(path, prefix) || text_starts_with(prefix, path);
}

static enum error_code find_below(struct finder *finder, int folder, struct text path, int depth);

static enum error_code take_entry(struct finder *finder, int folder, struct text path,
    const char *name, int depth)
{
    struct text part = text_of(name);
    struct stat status;
    struct text key;
    char *full;
    int below;

    if (!is_part(part) || path.length + part.length >= BUCKET_KEY_LIMIT ||
        fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return ERROR_NONE;
    full = arena_format(finder->arena, "%.*s%s%s", (int)path.length, path.data, name,
        S_ISDIR(status.st_mode) ? "/" : "");
    if (!full)
        return arena_failed(finder->arena, finder->err);
    key = text_of(full);
    if (S_ISREG(status.st_mode) && text_starts_with(key, finder->prefix))
        return add_object(finder, key, (size_t)status.st_size);
    if (!S_ISDIR(status.st_mode) || !may_hold(key, finder->prefix) || depth == FOLDER_DEPTH)
        return ERROR_NONE;
    below = open_folder(folder, part, false, finder->err);
    return below < 0 ? finder->err->code : find_below(finder, below, key, depth + 1);
}

/* Takes the descriptor. */
static enum error_code find_below(struct finder *finder, int folder, struct text path, int depth)
{
    DIR *entries = fdopendir(folder);
    enum error_code code = ERROR_NONE;
    const struct dirent *entry;

    if (!entries) {
        fail(finder->err, path);
        close(folder);
        return finder->err->code;
    }
    while (!code && (entry = readdir(entries)))
        code = take_entry(finder, folder, path, entry->d_name, depth);
    closedir(entries);
    return code;
}

static int compare_objects(const void *a, const void *b)
{
    const struct bucket_object *first = a, *second = b;

    return text_compare(first->key, second->key);
}

enum error_code bucket_find(int bucket, struct text prefix, struct arena *arena,
    struct bucket_list *out, struct error *err)
{
    struct finder finder = {arena, prefix, out, err};
    enum error_code code;
    int folder;

    *out = (struct bucket_list){0};
    /* A folder of its own: dup would share the place in the list of entries. */
    folder = openat(bucket, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        fail(err, prefix);
        return err->code;
    }
    code = find_below(&finder, folder, text_make("", 0), 0);
    if (!code && out->count > 1)
        qsort(out->object, out->count, sizeof *out->object, compare_objects);
    return code;
}
