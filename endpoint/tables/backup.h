#ifndef ENDPOINT_TABLES_BACKUP_H
#define ENDPOINT_TABLES_BACKUP_H

#include "base/arena.h"
#include "base/buf.h"
#include "endpoint/tables/store.h"
#include "endpoint/tables/table.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What is known of the backups there are: rows of the table backups, which outlive the tables.
 * The label, "{ms, 14 digits}-{8 hex}", ends the ARN and names the file (backup_file.h); labels
 * sort by the time of the backup.
 */
struct backup {
    struct text label, arn, name;
    struct text table_name, table_arn;
    uint64_t created_ms;
    bool available;       /* else its file is being made */
    int64_t items, bytes; /* as the service counts them */
    struct text json;     /* the table's description as in the catalog */
};

/* Texts go into the arena. STORE_DONE: there is none of that ARN in the account and region. */
enum store_result backup_find(struct store *store, struct text account, struct text region,
    struct text arn, struct arena *arena, struct backup *out);

struct backup_filter {
    struct text account, region;
    struct text table_name, table_arn; /* data NULL: any */
    uint64_t from_ms, until_ms;        /* from_ms <= created < until_ms */
    struct text after;                 /* label; "" from the start */
    size_t limit;
};
/* Up to limit + 1 backups by label, oldest first; NULL when the store fails or memory is out. */
struct backup *backup_list(struct store *store, const struct backup_filter *filter,
    struct arena *arena, size_t *count);

/* Writer thread, inside a transaction. */
enum store_result backup_insert(struct store *store, struct text account, struct text region,
    const struct backup *backup);
/* Its file is made. */
enum store_result backup_complete(struct store *store, struct text label, int64_t items,
    int64_t bytes);
enum store_result backup_delete(struct store *store, struct text label);
/* At the start: what was being made when the server was killed is no backup. */
enum store_result backup_delete_unfinished(struct store *store);

#endif
