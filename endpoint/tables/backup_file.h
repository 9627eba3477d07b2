#ifndef ENDPOINT_TABLES_BACKUP_FILE_H
#define ENDPOINT_TABLES_BACKUP_FILE_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The files of backups, one SQLite file each (tables.md 18): {folder}/backups/{label}.db with
 *   backup(json)               what was backed up; one row
 *   items(id, k, size, v)      its items in key order
 * A file carries its name once it is whole and on disk; until then it is {label}.tmp. In memory
 * mode there is no folder: each file is a private one in /dev/shm without a name, held open here.
 * The shelf is used by the worker; only _has, _remove and _clean are for other threads too.
 */
struct backup_shelf;
struct backup_file;

enum { BACKUP_APPLICATION = 0x4748424B /* "GHBK" */, BACKUP_VERSION = 1 };

/* folder NULL: memory mode; else copied. */
struct backup_shelf *backup_shelf_new(const char *folder, struct error *err) MUST_CHECK;
void backup_shelf_free(struct backup_shelf *shelf); /* NULL is harmless */
/* Removes what a killed server left unfinished. */
void backup_shelf_clean(struct backup_shelf *shelf);
bool backup_shelf_has(struct backup_shelf *shelf, struct text label);
void backup_shelf_remove(struct backup_shelf *shelf, struct text label);

/* A file to be filled: backup_file_add for each item, then _finish or _abandon, which free it. */
struct backup_file *backup_file_create(struct backup_shelf *shelf, struct text label,
    struct error *err) MUST_CHECK;
/* ERROR_LIMIT: the disk is full. */
enum error_code backup_file_add(struct backup_file *file, struct text key, int64_t size,
    struct text json, struct error *err) MUST_CHECK;
/* Writes it to the disk and gives it its name. */
enum error_code backup_file_finish(struct backup_file *file, struct text description,
    struct error *err) MUST_CHECK;
void backup_file_abandon(struct backup_file *file);

struct backup_item {
    struct text key;
    int64_t size;
    struct text json; /* valid until the next call */
};
/* A whole file. ERROR_NOT_FOUND: there is none; ERROR_INVALID: not a backup, or damaged. */
struct backup_file *backup_file_open(struct backup_shelf *shelf, struct text label,
    struct error *err) MUST_CHECK;
/* *out false: no more. */
enum error_code backup_file_next(struct backup_file *file, struct backup_item *item, bool *out,
    struct error *err) MUST_CHECK;
void backup_file_close(struct backup_file *file); /* NULL is harmless */

#endif
