#include "endpoint/tables/store_internal.h"

/*
 * Each commit appends to the WAL and waits for fdatasync. When that makes the file longer, the file
 * system has to commit its own journal as well: measured on ext4, twice the time. So zeros are
 * written ahead of the end now and then, and commits overwrite them. SQLite takes no notice: a
 * frame of zeros does not carry the salt of the header, which ends the WAL there.
 */
enum { AHEAD_LEAST = 64 * 1024, AHEAD_MOST = 1024 * 1024, FRAME_SIZE = 4096 + 24, HEAD_SIZE = 32 };

void store_extend_wal(struct store *store, int frames)
{
    static const char zeros[AHEAD_LEAST];
    int64_t end = HEAD_SIZE + (int64_t)frames * FRAME_SIZE;
    int64_t ahead = end / 2 > AHEAD_MOST    ? AHEAD_MOST
                    : end / 2 < AHEAD_LEAST ? AHEAD_LEAST
                                            : end / 2;
    sqlite3_file *wal = NULL;

    if (!store->durable || end + AHEAD_LEAST / 2 <= store->wal_size)
        return;
    if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) != SQLITE_OK ||
        !wal || !wal->pMethods || wal->pMethods->xFileSize(wal, &store->wal_size) != SQLITE_OK ||
        end + AHEAD_LEAST / 2 <= store->wal_size || end > store->wal_size)
        return;
    /* What fails here, on a full disk, will fail where it is told. */
    for (ahead += store->wal_size; store->wal_size < ahead; store->wal_size += AHEAD_LEAST)
        if (wal->pMethods->xWrite(wal, zeros, AHEAD_LEAST, store->wal_size) != SQLITE_OK)
            return;
}
