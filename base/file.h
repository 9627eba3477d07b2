#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <sys/types.h>

/* Local files; errors name the path. */

enum error_code file_read(const char *path, struct buf *out, struct error *err) MUST_CHECK;
/* To the end of an open descriptor. */
enum error_code file_read_descriptor(int descriptor, struct buf *out, struct error *err) MUST_CHECK;
/* Writes beside the file, fsyncs and renames. */
enum error_code file_write(const char *path, struct text content, mode_t mode,
    struct error *err) MUST_CHECK;
/* The same without waiting for the disk: whole at any end of the process, not of the machine. */
enum error_code file_replace(const char *path, struct text content, mode_t mode,
    struct error *err) MUST_CHECK;
/* One write with O_APPEND; created with mode. */
enum error_code file_append(const char *path, struct text content, mode_t mode,
    struct error *err) MUST_CHECK;
/* All of it, through short writes and EINTR. */
enum error_code file_write_all(int descriptor, struct text content, struct error *err) MUST_CHECK;
/* Creates missing folders of path; parents 0700. */
enum error_code file_make_folder(const char *path, struct error *err) MUST_CHECK;
bool file_exists(const char *path);
/* A new private folder under $TMPDIR (or /tmp); path is written into out. */
enum error_code file_make_temporary(const char *prefix, struct buf *out,
    struct error *err) MUST_CHECK;
/* An empty file without a name, gone with its descriptor; -1 with err set. */
int file_open_nameless(struct error *err) MUST_CHECK;
/* Removes a folder and all in it; does not follow links. */
void file_remove_tree(const char *path);

#endif
