#include "tests/unit/tables_support.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "endpoint/tables/checkpoint.h"
#include "endpoint/tables/store.h"

/* The WAL: it stays bounded, has zeros ahead of its end, and is read whole after a crash. */

enum { FRAMES = 50, FRAMES_MOST = 400, RESTARTS = 5, TIME_LIMIT = 60, FRAME_SIZE = 4096 + 24 };

struct yard {
    struct buf folder, path;
    struct store *writing, *checkpointing;
    struct checkpoint *checkpoint;
    int frames, frames_seen; /* now; the most there ever were */
    int restarts;            /* commits that found the WAL begun anew */
};

static int count_frames(void *user, sqlite3 *db, const char *name, int frames)
{
    struct yard *yard = user;

    yard->restarts += frames < yard->frames;
    yard->frames = frames;
    if (frames > yard->frames_seen)
        yard->frames_seen = frames;
    if (yard->checkpoint)
        checkpoint_note(yard->checkpoint, frames);
    (void)db;
    (void)name;
    return SQLITE_OK;
}

static struct store *open_yard_store(struct yard *yard, enum store_access access, bool durable)
{
    struct error err;
    struct store *store = store_open(buf_string(&yard->path), access, durable, &err);

    if (!store)
        fail_msg("%s", err.text);
    return store;
}

static void open_yard(struct yard *yard, bool durable)
{
    struct error err;

    *yard = (struct yard){.frames = 0};
    buf_init(&yard->folder, 4096);
    buf_init(&yard->path, 4096);
    assert_int_equal(file_make_temporary("tables-wal", &yard->folder, &err), ERROR_NONE);
    buf_add_format(&yard->path, "%s/tables.db", buf_string(&yard->folder));
    yard->writing = open_yard_store(yard, STORE_WRITER, durable);
    sqlite3_wal_hook(store_handle(yard->writing), count_frames, yard);
    assert_int_equal(store_create_table(yard->writing, 1, false), STORE_DONE);
}

static void close_yard(struct yard *yard)
{
    store_close(yard->writing);
    file_remove_tree(buf_string(&yard->folder));
    buf_done(&yard->folder);
    buf_done(&yard->path);
}

static void put_row(struct yard *yard, int number)
{
    char key[16];
    struct store_row old = {0};

    snprintf(key, sizeof key, "%06d", number % 100);
    assert_int_equal(store_begin(yard->writing), STORE_DONE);
    assert_int_equal(store_put(yard->writing, 1, text_of(key), &old, 10, TEXT("{\"a\":1}")),
        STORE_DONE);
    assert_int_equal(store_commit(yard->writing), STORE_DONE);
}

/* Two readers, each of which begins its next snapshot before the other one ends. */
struct relay {
    struct store *store[2];
    atomic_bool stop;
    atomic_int rounds;
};

static void *read_on(void *user)
{
    struct relay *relay = user;
    int turn = 0;

    store_execute(relay->store[1], "BEGIN; SELECT count(*) FROM d_1");
    while (!atomic_load(&relay->stop)) {
        store_execute(relay->store[turn], "BEGIN; SELECT count(*) FROM d_1");
        turn = 1 - turn;
        store_execute(relay->store[turn], "END");
        atomic_fetch_add(&relay->rounds, 1);
    }
    store_execute(relay->store[0], "END");
    store_execute(relay->store[1], "END");
    return NULL;
}

static void the_wal_stays_bounded_under_constant_load_and_reads(void **state)
{
    struct relay relay = {.rounds = 0};
    struct error err;
    struct yard yard;
    pthread_t thread;
    struct stat wal;
    uint64_t end = clock_monotonic() + TIME_LIMIT * CLOCK_SECOND;
    int commits = 0;

    open_yard(&yard, false);
    yard.checkpointing = open_yard_store(&yard, STORE_LONG_READER, false);
    yard.checkpoint = checkpoint_new(
        &(struct checkpoint_options){
            .store = yard.checkpointing,
            .frames = FRAMES,
            .frames_most = FRAMES_MOST,
        },
        &err);
    assert_non_null(yard.checkpoint);
    relay.store[0] = open_yard_store(&yard, STORE_READER, false);
    relay.store[1] = open_yard_store(&yard, STORE_READER, false);
    assert_int_equal(pthread_create(&thread, NULL, read_on, &relay), 0);
    /* Without checkpoints that wait for readers it would never begin anew. */
    while (
        (yard.restarts < RESTARTS || atomic_load(&relay.rounds) < 100) && clock_monotonic() < end)
        put_row(&yard, commits++);
    atomic_store(&relay.stop, true);
    pthread_join(thread, NULL);
    buf_add_string(&yard.path, "-wal");
    assert_int_equal(stat(buf_string(&yard.path), &wal), 0);
    assert_true(yard.restarts >= RESTARTS);
    /* One frame a commit at least: the file has the length of the longest time between two. */
    assert_true(yard.frames_seen < commits);
    assert_true(wal.st_size <= (off_t)(yard.frames_seen + FRAMES_MOST) * FRAME_SIZE * 2);
    checkpoint_free(yard.checkpoint);
    store_close(yard.checkpointing);
    store_close(relay.store[0]);
    store_close(relay.store[1]);
    close_yard(&yard);
    (void)state;
}

static off_t wal_size(struct yard *yard)
{
    struct stat wal;
    struct buf path;

    buf_init(&path, 4096);
    buf_add_format(&path, "%s-wal", buf_string(&yard->path));
    assert_int_equal(stat(buf_string(&path), &wal), 0);
    buf_done(&path);
    return wal.st_size;
}

static void commits_do_not_make_the_wal_longer_each_time(void **state)
{
    struct yard yard;
    int grown = 0;
    off_t size;

    open_yard(&yard, true);
    size = wal_size(&yard);
    for (int i = 0; i < 400; i++) {
        put_row(&yard, i);
        grown += wal_size(&yard) > size;
        store_extend_wal(yard.writing, yard.frames);
        size = wal_size(&yard);
        assert_true(size > (off_t)yard.frames * FRAME_SIZE + 32);
        assert_true(size < (off_t)yard.frames * FRAME_SIZE * 2 + 1024 * 1024);
    }
    /* A commit of one frame finds room for itself but for the first one. */
    assert_true(grown <= 1);
    close_yard(&yard);
    (void)state;
}

static void copy_file(const char *from, const char *to)
{
    struct error err;
    struct buf bytes;

    buf_init(&bytes, 64 * 1024 * 1024);
    assert_int_equal(file_read(from, &bytes, &err), ERROR_NONE);
    assert_int_equal(file_write(to, buf_view(&bytes), 0600, &err), ERROR_NONE);
    buf_done(&bytes);
}

/* What a crash leaves: the file and the WAL as they are while the service runs. */
static void copy_files(struct shop *from, struct shop *to)
{
    static const char *const names[] = {"tables.db", "tables.db-wal"};

    for (size_t i = 0; i < 2; i++) {
        struct buf old, new;

        buf_init(&old, 4096);
        buf_init(&new, 4096);
        buf_add_format(&old, "%s/%s", buf_string(&from->folder), names[i]);
        buf_add_format(&new, "%s/%s", buf_string(&to->folder), names[i]);
        copy_file(buf_string(&old), buf_string(&new));
        buf_done(&old);
        buf_done(&new);
    }
}

static void after_a_crash_nothing_before_the_zeros_is_lost(void **state)
{
    struct shop shop, copy;

    shop_open(&shop, false);
    shop_open(&copy, false);
    shop_stop(&copy);
    call(&shop, "CreateTable",
        "{'TableName':'kept','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
        "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST'}");
    for (int i = 0; i < 300; i++) {
        call(&shop, "PutItem", "{'TableName':'kept','Item':{'pk':{'S':'%d'},'n':{'N':'%d'}}}", i,
            i);
        assert_int_equal(shop.status, 200);
    }
    copy_files(&shop, &copy);
    shop_start(&copy);
    call(&copy, "Scan", "{'TableName':'kept','Select':'COUNT'}");
    expect(&copy, "{'Count':300,'ScannedCount':300}");
    call(&copy, "GetItem", "{'TableName':'kept','Key':{'pk':{'S':'299'}}}");
    expect(&copy, "{'Item':{'n':{'N':'299'},'pk':{'S':'299'}}}");
    shop_close(&copy);
    shop_close(&shop);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wal_stays_bounded_under_constant_load_and_reads),
        cmocka_unit_test(commits_do_not_make_the_wal_longer_each_time),
        cmocka_unit_test(after_a_crash_nothing_before_the_zeros_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
