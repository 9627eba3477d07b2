#include "endpoint/tables/stores.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"

enum { PATH_LIMIT = 4096 };

static bool read_clean_mark(struct store *store)
{
    sqlite3_stmt *statement = store_prepare(store, "SELECT value FROM meta WHERE key = 'clean'");
    bool clean = true; /* a new file has no mark */

    if (statement && store_step(store, statement) == STORE_ROW)
        clean = sqlite3_column_int(statement, 0) == 1;
    sqlite3_finalize(statement);
    return clean;
}

static void write_clean_mark(struct store *store, bool clean)
{
    store_execute(store, clean ? "REPLACE INTO meta(key, value) VALUES('clean', '1')"
                               : "REPLACE INTO meta(key, value) VALUES('clean', '0')");
}

static size_t count_wanted(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (cores < 1)
        return 1;
    return cores < READERS_LIMIT ? (size_t)cores : READERS_LIMIT;
}

static enum error_code open_scanning(struct stores *stores, enum store_access access, bool durable,
    struct error *err)
{
    size_t wanted = count_wanted();

    while (stores->scanning_count < wanted) {
        struct store *store = store_open(buf_string(&stores->path), access, durable, err);

        if (!store)
            return err->code;
        stores->scanning[stores->scanning_count++] = store;
    }
    return ERROR_NONE;
}

static enum error_code open_read_only(struct stores *stores, struct error *err)
{
    const char *path = buf_string(&stores->path);
    struct buf wal;
    bool has_wal;

    buf_init(&wal, PATH_LIMIT);
    buf_add_format(&wal, "%s-wal", path);
    has_wal = file_exists(buf_string(&wal));
    buf_done(&wal);
    if (has_wal) {
        error_set(err, ERROR_IO,
            "%s: cannot be written, and the last changes are still in its -wal file", path);
        return error_hint(err, "make the folder writable once, or copy it elsewhere");
    }
    stores->reading = store_open(path, STORE_READ_ONLY, false, err);
    if (!stores->reading || open_scanning(stores, STORE_READ_ONLY, false, err))
        return err->code;
    stores->read_only = true;
    log_line(LOG_WARNING, "tables: %s cannot be written: read-only", path);
    return ERROR_NONE;
}

static enum error_code open_file(struct stores *stores, bool durable, struct error *err)
{
    const char *path = buf_string(&stores->path);

    stores->writing = store_open(path, STORE_WRITER, durable, err);
    if (!stores->writing) {
        if (err->code != ERROR_IO || !file_exists(path) || access(path, W_OK) == 0)
            return err->code;
        return open_read_only(stores, err);
    }
    if (!store_is_new(stores->writing)) {
        stores->unclean = !read_clean_mark(stores->writing);
        write_clean_mark(stores->writing, false);
    }
    stores->reading = store_open(path, STORE_READER, durable, err);
    if (!stores->reading)
        return err->code;
    stores->checkpointing = store_open(path, STORE_LONG_READER, durable, err);
    if (!stores->checkpointing)
        return err->code;
    stores->working = store_open(path, STORE_LONG_READER, durable, err);
    return stores->working ? open_scanning(stores, STORE_LONG_READER, durable, err) : err->code;
}

/* The names go at once, the files live as long as they are open. */
static enum error_code open_memory(struct stores *stores, struct error *err)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    enum error_code code;

    buf_add_format(&stores->path, "/dev/shm/gatehouse-%ld-", (long)getpid());
    crypto_add_id(&stores->path, 16, "abcdefghijklmnopqrstuvwxyz");
    code = open_file(stores, false, err);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        struct buf name;

        buf_init(&name, PATH_LIMIT);
        buf_add_format(&name, "%s%s", buf_string(&stores->path), suffixes[i]);
        unlink(buf_string(&name));
        buf_done(&name);
    }
    return code;
}

static enum error_code open_folder(struct stores *stores, const char *folder, struct error *err)
{
    if (!file_exists(folder) && file_make_folder(folder, err))
        return err->code;
    buf_add_format(&stores->path, "%s/tables.db", folder);
    if (buf_check(&stores->path, "path of the tables", err))
        return err->code;
    /* SQLite would only say that it cannot open what is not there. */
    if (!file_exists(buf_string(&stores->path)) && access(folder, W_OK) < 0) {
        error_set(err, ERROR_IO, "%s: cannot be created: %s", buf_string(&stores->path),
            strerror(errno));
        return error_hint(err, "the data folder must be writable");
    }
    return open_file(stores, true, err);
}

enum error_code stores_open(struct stores *stores, const char *folder, struct error *err)
{
    *stores = (struct stores){.writing = NULL};
    buf_init(&stores->path, PATH_LIMIT);
    return folder ? open_folder(stores, folder, err) : open_memory(stores, err);
}

void stores_close(struct stores *stores, bool clean)
{
    if (clean && stores->writing)
        write_clean_mark(stores->writing, true);
    for (size_t i = 0; i < stores->scanning_count; i++)
        store_close(stores->scanning[i]);
    store_close(stores->checkpointing);
    store_close(stores->working);
    store_close(stores->reading);
    store_close(stores->writing);
    buf_done(&stores->path);
}
