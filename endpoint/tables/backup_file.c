#include "endpoint/tables/backup_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"

enum { PATH_LIMIT = 4096, LABEL_LIMIT = 64 };

/* A backup of memory mode, in a list. */
struct kept {
    char label[LABEL_LIMIT];
    sqlite3 *db;
    struct kept *next;
};

struct backup_shelf {
    char *folder; /* NULL: memory mode */
    pthread_mutex_t lock;
    struct kept *first; /* under the lock */
};

struct backup_file {
    struct backup_shelf *shelf;
    sqlite3 *db;
    sqlite3_stmt *rows; /* INSERT or SELECT */
    struct kept *kept;  /* memory mode, while it is filled */
    char label[LABEL_LIMIT];
    bool borrowed; /* db belongs to the shelf */
};

_Static_assert(BACKUP_APPLICATION == 1195917899, "the number in the schema");

static const char schema[] =
    "PRAGMA application_id = 1195917899; PRAGMA user_version = 1;"
    "CREATE TABLE backup(json TEXT NOT NULL);"
    "CREATE TABLE items(id INTEGER PRIMARY KEY, k BLOB NOT NULL, size INT NOT NULL, v NOT NULL)";

struct backup_shelf *backup_shelf_new(const char *folder, struct error *err)
{
    struct backup_shelf *shelf = mem_new(1, sizeof *shelf);

    if (shelf && folder)
        shelf->folder = mem_copy_string(folder);
    if (!shelf || (folder && !shelf->folder)) {
        mem_free(shelf);
        error_memory(err);
        return NULL;
    }
    pthread_mutex_init(&shelf->lock, NULL);
    return shelf;
}

void backup_shelf_free(struct backup_shelf *shelf)
{
    struct kept *next;

    if (!shelf)
        return;
    for (struct kept *at = shelf->first; at; at = next) {
        next = at->next;
        sqlite3_close(at->db);
        mem_free(at);
    }
    pthread_mutex_destroy(&shelf->lock);
    mem_free(shelf->folder);
    mem_free(shelf);
}

static void add_path(struct buf *path, const struct backup_shelf *shelf, struct text label,
    const char *ending)
{
    buf_init(path, PATH_LIMIT);
    buf_add_format(path, "%s/backups/%.*s%s", shelf->folder, (int)label.length, label.data, ending);
}

void backup_shelf_clean(struct backup_shelf *shelf)
{
    const struct dirent *entry;
    struct buf path;
    DIR *folder;

    if (!shelf->folder)
        return;
    buf_init(&path, PATH_LIMIT);
    buf_add_format(&path, "%s/backups", shelf->folder);
    folder = opendir(buf_string(&path));
    while (folder && (entry = readdir(folder))) {
        struct text name = text_of(entry->d_name);

        if (text_ends_with(name, TEXT(".tmp")) || text_ends_with(name, TEXT(".tmp-journal")))
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    if (folder)
        closedir(folder);
    buf_done(&path);
}

/* Holds the lock. */
static struct kept **find_kept(struct backup_shelf *shelf, struct text label)
{
    struct kept **at = &shelf->first;

    while (*at && !text_is(label, (*at)->label))
        at = &(*at)->next;
    return at;
}

bool backup_shelf_has(struct backup_shelf *shelf, struct text label)
{
    struct buf path;
    bool found;

    if (shelf->folder) {
        add_path(&path, shelf, label, ".db");
        found = file_exists(buf_string(&path));
        buf_done(&path);
        return found;
    }
    pthread_mutex_lock(&shelf->lock);
    found = *find_kept(shelf, label);
    pthread_mutex_unlock(&shelf->lock);
    return found;
}

void backup_shelf_remove(struct backup_shelf *shelf, struct text label)
{
    struct kept **at, *kept;
    struct buf path;

    if (shelf->folder) {
        add_path(&path, shelf, label, ".db");
        unlink(buf_string(&path));
        buf_done(&path);
        return;
    }
    pthread_mutex_lock(&shelf->lock);
    at = find_kept(shelf, label);
    kept = *at;
    if (kept)
        *at = kept->next;
    pthread_mutex_unlock(&shelf->lock);
    if (kept)
        sqlite3_close(kept->db);
    mem_free(kept);
}

static enum error_code set_failure(const struct backup_file *file, struct error *err)
{
    int code = file->db ? sqlite3_errcode(file->db) : SQLITE_NOMEM;

    if (code == SQLITE_NOMEM)
        return error_memory(err);
    if (code == SQLITE_FULL)
        return error_set(err, ERROR_LIMIT, "backup %s: the disk is full", file->label);
    return error_set(err,
        code == SQLITE_NOTADB || code == SQLITE_CORRUPT || code == SQLITE_ERROR ? ERROR_INVALID
                                                                                : ERROR_IO,
        "backup %s: %s", file->label, sqlite3_errmsg(file->db));
}

static struct backup_file *new_file(struct backup_shelf *shelf, struct text label,
    struct error *err)
{
    struct backup_file *file = mem_new(1, sizeof *file);

    if (!file) {
        error_memory(err);
        return NULL;
    }
    file->shelf = shelf;
    snprintf(file->label, sizeof file->label, "%.*s", (int)label.length, label.data);
    return file;
}

/* The path while it is filled; the folder is made when the first backup is. */
static enum error_code add_draft_path(struct backup_file *file, struct buf *path, struct error *err)
{
    if (file->shelf->folder) {
        buf_init(path, PATH_LIMIT);
        buf_add_format(path, "%s/backups", file->shelf->folder);
        if (!file_exists(buf_string(path)) && file_make_folder(buf_string(path), err))
            return err->code;
        buf_add_format(path, "/%s.tmp", file->label);
        return buf_check(path, "path of a backup", err);
    }
    file->kept = mem_new(1, sizeof *file->kept);
    if (!file->kept)
        return error_memory(err);
    memcpy(file->kept->label, file->label, sizeof file->label);
    buf_init(path, PATH_LIMIT);
    buf_add_format(path, "/dev/shm/gatehouse-%ld-", (long)getpid());
    crypto_add_id(path, 16, "abcdefghijklmnopqrstuvwxyz");
    return buf_check(path, "path of a backup", err);
}

struct backup_file *backup_file_create(struct backup_shelf *shelf, struct text label,
    struct error *err)
{
    struct backup_file *file = new_file(shelf, label, err);
    struct buf path = {0};
    bool good;

    if (!file)
        return NULL;
    if (add_draft_path(file, &path, err)) {
        backup_file_abandon(file);
        buf_done(&path);
        return NULL;
    }
    /* No journal: a file that is not finished is thrown away. */
    good =
        sqlite3_open_v2(buf_string(&path), &file->db,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
        sqlite3_exec(file->db,
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -4096; BEGIN",
            NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(file->db, schema, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(file->db, "INSERT INTO items(k, size, v) VALUES(?1, ?2, ?3)", -1,
            &file->rows, NULL) == SQLITE_OK;
    if (file->kept)
        unlink(buf_string(&path)); /* lives as long as it is open */
    buf_done(&path);
    if (good)
        return file;
    set_failure(file, err);
    backup_file_abandon(file);
    return NULL;
}

static enum error_code insert(struct backup_file *file, struct error *err)
{
    bool done = sqlite3_step(file->rows) == SQLITE_DONE;

    sqlite3_reset(file->rows);
    return done ? ERROR_NONE : set_failure(file, err);
}

enum error_code backup_file_add(struct backup_file *file, struct text key, int64_t size,
    struct text json, struct error *err)
{
    sqlite3_bind_blob64(file->rows, 1, key.data, key.length, SQLITE_STATIC);
    sqlite3_bind_int64(file->rows, 2, size);
    sqlite3_bind_text64(file->rows, 3, json.data, json.length, SQLITE_STATIC, SQLITE_UTF8);
    return insert(file, err);
}

static enum error_code sync_path(const char *path, int flags, struct error *err)
{
    int descriptor = open(path, flags | O_CLOEXEC);
    enum error_code code = ERROR_NONE;

    if (descriptor < 0 || fsync(descriptor) < 0)
        code = error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return code;
}

/* What is renamed is whole: the file is on disk before its name, and both before it counts. */
static enum error_code publish(struct backup_file *file, struct error *err)
{
    struct text label = text_of(file->label);
    enum error_code code;
    struct buf draft, path;

    add_path(&draft, file->shelf, label, ".tmp");
    add_path(&path, file->shelf, label, ".db");
    code = sync_path(buf_string(&draft), O_RDONLY, err);
    if (!code && rename(buf_string(&draft), buf_string(&path)) < 0)
        code = error_set(err, ERROR_IO, "%s: %s", buf_string(&path), strerror(errno));
    if (!code) {
        buf_cut(&path, path.length - label.length - 4); /* the folder */
        code = sync_path(buf_string(&path), O_RDONLY | O_DIRECTORY, err);
    }
    buf_done(&draft);
    buf_done(&path);
    return code;
}

/* The connection is kept in memory mode: the file has no name to open it by. */
static void keep(struct backup_file *file)
{
    struct backup_shelf *shelf = file->shelf;

    file->kept->db = file->db;
    file->db = NULL;
    pthread_mutex_lock(&shelf->lock);
    file->kept->next = shelf->first;
    shelf->first = file->kept;
    pthread_mutex_unlock(&shelf->lock);
    file->kept = NULL;
}

enum error_code backup_file_finish(struct backup_file *file, struct text description,
    struct error *err)
{
    enum error_code code = ERROR_NONE;

    sqlite3_finalize(file->rows);
    file->rows = NULL;
    if (sqlite3_prepare_v2(file->db, "INSERT INTO backup(json) VALUES(?1)", -1, &file->rows,
            NULL) != SQLITE_OK)
        code = set_failure(file, err);
    if (!code) {
        sqlite3_bind_text64(file->rows, 1, description.data, description.length, SQLITE_STATIC,
            SQLITE_UTF8);
        code = insert(file, err);
    }
    sqlite3_finalize(file->rows);
    file->rows = NULL;
    if (!code && sqlite3_exec(file->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        code = set_failure(file, err);
    if (!code && file->kept) {
        keep(file);
    } else if (!code) {
        if (sqlite3_close(file->db) != SQLITE_OK)
            code = set_failure(file, err);
        else
            file->db = NULL;
        if (!code)
            code = publish(file, err);
    }
    if (code)
        backup_file_abandon(file);
    else
        backup_file_close(file);
    return code;
}

void backup_file_abandon(struct backup_file *file)
{
    struct buf path;

    if (!file)
        return;
    if (file->shelf->folder) {
        add_path(&path, file->shelf, text_of(file->label), ".tmp");
        unlink(buf_string(&path));
        buf_done(&path);
    }
    backup_file_close(file);
}

static int read_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int number = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

static enum error_code open_kept(struct backup_file *file, struct error *err)
{
    struct kept *kept;

    pthread_mutex_lock(&file->shelf->lock);
    kept = *find_kept(file->shelf, text_of(file->label));
    pthread_mutex_unlock(&file->shelf->lock);
    if (!kept)
        return error_set(err, ERROR_NOT_FOUND, "backup %s: not there", file->label);
    file->db = kept->db;
    file->borrowed = true;
    return ERROR_NONE;
}

static enum error_code open_named(struct backup_file *file, struct error *err)
{
    enum error_code code = ERROR_NONE;
    struct buf path;

    add_path(&path, file->shelf, text_of(file->label), ".db");
    if (!file_exists(buf_string(&path)))
        code = error_set(err, ERROR_NOT_FOUND, "%s: not there", buf_string(&path));
    else if (sqlite3_open_v2(buf_string(&path), &file->db,
                 SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        code = set_failure(file, err);
    else if (read_number(file->db, "PRAGMA application_id") != BACKUP_APPLICATION ||
             read_number(file->db, "PRAGMA user_version") != BACKUP_VERSION)
        code =
            error_set(err, ERROR_INVALID, "%s: not a backup of this gatehouse", buf_string(&path));
    buf_done(&path);
    return code;
}

struct backup_file *backup_file_open(struct backup_shelf *shelf, struct text label,
    struct error *err)
{
    struct backup_file *file = new_file(shelf, label, err);
    enum error_code code;

    if (!file)
        return NULL;
    code = shelf->folder ? open_named(file, err) : open_kept(file, err);
    if (!code && sqlite3_prepare_v2(file->db, "SELECT k, size, v FROM items ORDER BY id", -1,
                     &file->rows, NULL) != SQLITE_OK)
        code = set_failure(file, err);
    if (!code)
        return file;
    backup_file_close(file);
    return NULL;
}

static struct text column(sqlite3_stmt *rows, int at)
{
    const char *data = sqlite3_column_blob(rows, at);

    return text_make(data ? data : "", (size_t)sqlite3_column_bytes(rows, at));
}

enum error_code backup_file_next(struct backup_file *file, struct backup_item *item, bool *out,
    struct error *err)
{
    int code = sqlite3_step(file->rows);

    *out = code == SQLITE_ROW;
    if (code != SQLITE_ROW)
        return code == SQLITE_DONE ? ERROR_NONE : set_failure(file, err);
    item->key = column(file->rows, 0);
    item->size = sqlite3_column_int64(file->rows, 1);
    item->json = column(file->rows, 2);
    return ERROR_NONE;
}

void backup_file_close(struct backup_file *file)
{
    if (!file)
        return;
    sqlite3_finalize(file->rows);
    if (!file->borrowed)
        sqlite3_close(file->db);
    mem_free(file->kept);
    mem_free(file);
}
