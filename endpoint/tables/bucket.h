#ifndef ENDPOINT_TABLES_BUCKET_H
#define ENDPOINT_TABLES_BUCKET_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A bucket is a folder under {data}/buckets, an object a file in it whose path is the key
 * (tables.md 18). Names come from clients: every part of a path is opened by itself, relative to
 * its folder and without following links, so nothing outside the bucket is ever reached.
 */
enum { BUCKET_NAME_LIMIT = 255, BUCKET_KEY_LIMIT = 1024, BUCKET_OBJECT_LIMIT = 100000 };

/* [a-z0-9A-Z]+[.\-\w]*[a-z0-9A-Z]+, at most 255 characters */
bool bucket_is_name(struct text name);
/*
 * Parts between slashes, none of them empty, "." or ".." or longer than a file name; no NUL. One
 * slash at the end is allowed; the empty prefix too.
 */
bool bucket_is_prefix(struct text prefix);

/* The folder of the bucket, or -1 with err set; ERROR_NOT_FOUND when it is not there. */
int bucket_open(const char *buckets, struct text name, bool create, struct error *err) MUST_CHECK;

/* Writes a new object and syncs it; folders are made. ERROR_INVALID when the key is taken. */
enum error_code bucket_write(int bucket, struct text key, struct text content,
    struct error *err) MUST_CHECK;

struct bucket_object {
    struct text key; /* in the arena */
    size_t size;
};
struct bucket_list {
    size_t count, capacity;
    struct bucket_object *object; /* in byte order of the keys */
};
/* The files whose keys begin with prefix; other than files are left out. */
enum error_code bucket_find(int bucket, struct text prefix, struct arena *arena,
    struct bucket_list *out, struct error *err) MUST_CHECK;
/* A descriptor for reading the object, or -1 with err set. */
int bucket_read(int bucket, struct text key, struct error *err) MUST_CHECK;

#endif
