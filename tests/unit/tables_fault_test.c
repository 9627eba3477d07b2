#define _GNU_SOURCE /* unshare */
#include "tests/unit/tables_support.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A full and a read-only medium: a small tmpfs of a child in namespaces of its own. Where the
 * system does not allow that, the tests are skipped.
 */
enum { NOT_ALLOWED = 77 };

#define MAKE                                                                                       \
    "{'TableName':'books','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["                \
    "{'AttributeName':'id','AttributeType':'S'}],'KeySchema':["                                    \
    "{'AttributeName':'id','KeyType':'HASH'}]}"

static bool write_file(const char *path, const char *text)
{
    int descriptor = open(path, O_WRONLY);
    bool written =
        descriptor >= 0 && write(descriptor, text, strlen(text)) == (ssize_t)strlen(text);

    close(descriptor);
    return written;
}

/* A user of our own is root there, so that it owns what it mounts. */
static bool mount_small(const char *folder)
{
    char users[64], groups[64];

    snprintf(users, sizeof users, "0 %u 1", (unsigned)getuid());
    snprintf(groups, sizeof groups, "0 %u 1", (unsigned)getgid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
           write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/uid_map", users) &&
           write_file("/proc/self/gid_map", groups) &&
           mount("tmpfs", folder, "tmpfs", 0, "size=4m") == 0;
}

/* Runs the test in a child; its failures are printed by cmocka's text and told by the status. */
static void run_apart(void (*test)(const char *folder))
{
    struct error err = {0};
    struct buf folder;
    int status = 0;
    pid_t child;

    buf_init(&folder, 4096);
    assert_int_equal(file_make_temporary("tables-fault", &folder, &err), ERROR_NONE);
    child = fork();
    if (child == 0) {
        if (!mount_small(buf_string(&folder)))
            _exit(NOT_ALLOWED);
        test(buf_string(&folder));
        _exit(0);
    }
    waitpid(child, &status, 0);
    file_remove_tree(buf_string(&folder));
    buf_done(&folder);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* In the child: a failed assertion of cmocka would jump into the parent's frames. */
#define DEMAND(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error("%s:%d: %s\n%.300s\n", __FILE__, __LINE__, #condition,                     \
                buf_string(&shop.answer));                                                         \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static void open_in(struct shop *shop, const char *folder)
{
    struct error err = {0};

    *shop = (struct shop){0};
    memcpy(shop->identity.account, "000000000000", 13);
    memcpy(shop->identity.region, "eu-west-1", 10);
    buf_init(&shop->folder, 4096);
    buf_add_string(&shop->folder, folder);
    buf_init(&shop->request, 32 * 1024 * 1024);
    buf_init(&shop->answer, 64 * 1024 * 1024);
    buf_init(&shop->wanted, 1024 * 1024);
    shop->arena = arena_new(64 * 1024 * 1024, &err);
    shop_start(shop);
}

static const char put_large[] = "{'TableName':'books','Item':{'id':{'S':'%d'},'d':{'S':'%0*d'}}}";

static const char transact_large[] =
    "{'ClientRequestToken':'full','TransactItems':["
    "{'Put':{'TableName':'books','Item':{'id':{'S':'t1'},'d':{'S':'%0*d'}}}},"
    "{'Put':{'TableName':'books','Item':{'id':{'S':'t2'},'d':{'S':'%0*d'}}}},"
    "{'Put':{'TableName':'books','Item':{'id':{'S':'t3'},'d':{'S':'%0*d'}}}}]}";
static const char transact_get[] =
    "{'TransactItems':[{'Get':{'TableName':'books','Key':{'id':{'S':'t1'}}}},"
    "{'Get':{'TableName':'books','Key':{'id':{'S':'t3'}}}}]}";

static void fill_the_disk(const char *folder)
{
    struct shop shop;
    char ballast[4096];
    int descriptor, written = 0;

    snprintf(ballast, sizeof ballast, "%s/ballast", folder);
    descriptor = open(ballast, O_CREAT | O_WRONLY, 0600);
    open_in(&shop, folder);
    DEMAND(descriptor >= 0 && ftruncate(descriptor, 0) == 0);
    DEMAND(posix_fallocate(descriptor, 0, 1 << 20) == 0);
    call(&shop, "CreateTable", "%s", MAKE);
    DEMAND(shop.status == 200);
    do
        call(&shop, "PutItem", put_large, written, 60000, 0);
    while (shop.status == 200 && ++written < 1000);
    DEMAND(written > 5 && written < 1000);
    DEMAND(shop.status == 500);
    DEMAND(strcmp(buf_string(&shop.answer),
               wanted(&shop, "{'__type':'com.amazonaws.dynamodb.v20120810#InternalServerError',"
                             "'message':'No space left for the local tables'}")) == 0);
    call(&shop, "GetItem", "%s", "{'TableName':'books','Key':{'id':{'S':'0'}}}");
    DEMAND(shop.status == 200 && answer_at(&shop, "Item.d"));
    call(&shop, "Scan", "%s", "{'TableName':'books','Select':'COUNT','Limit':3}");
    DEMAND(answer_integer(&shop, "Count") == 3);
    /* Tried in its group and once more alone, to no effect. */
    call(&shop, "TransactWriteItems", transact_large, 60000, 0, 60000, 0, 60000, 0);
    DEMAND(shop.status == 500);
    call(&shop, "TransactGetItems", "%s", transact_get);
    DEMAND(strcmp(buf_string(&shop.answer), "{\"Responses\":[{},{}]}") == 0);
    /* Room again: writing goes on by itself. */
    unlink(ballast);
    close(descriptor);
    call(&shop, "PutItem", put_large, 5000, 60000, 0);
    DEMAND(shop.status == 200);
    call(&shop, "DescribeTable", "%s", "{'TableName':'books'}");
    DEMAND(json_integer_member(answer_at(&shop, "Table"), "ItemCount", -1) == written + 1);
    call(&shop, "TransactWriteItems", transact_large, 600, 0, 600, 0, 600, 0);
    DEMAND(shop.status == 200);
    call(&shop, "TransactGetItems", "%s", transact_get);
    DEMAND(answer_at(&shop, "Responses.0.Item") && answer_at(&shop, "Responses.1.Item"));
    shop_stop(&shop);
    shop_start(&shop);
    call(&shop, "GetItem", "%s", "{'TableName':'books','Key':{'id':{'S':'5000'}}}");
    DEMAND(shop.status == 200 && answer_at(&shop, "Item.d"));
}

/* A backup that finds no room is none; a restore waits for it. */
static void restore_on_a_full_disk(const char *folder)
{
    struct shop shop;
    char ballast[4096], arn[200] = "";
    const struct json *member;
    off_t size = 0;
    int descriptor;

    open_in(&shop, folder);
    call(&shop, "CreateTable", "%s", MAKE);
    for (int i = 0; i < 30; i++)
        call(&shop, "PutItem", put_large, i, 20000, 0);
    call(&shop, "CreateBackup", "%s", "{'TableName':'books','BackupName':'one'}");
    DEMAND(shop.status == 200);
    member = answer_at(&shop, "BackupDetails.BackupArn");
    snprintf(arn, sizeof arn, "%.*s", (int)member->text.length, member->text.data);
    shop_stop(&shop); /* a new log: the old one has room */
    shop_start(&shop);
    snprintf(ballast, sizeof ballast, "%s/ballast", folder);
    descriptor = open(ballast, O_CREAT | O_WRONLY, 0600);
    while (posix_fallocate(descriptor, size, 1 << 16) == 0)
        size += 1 << 16;
    DEMAND(ftruncate(descriptor, size - (3 << 16)) == 0);
    call(&shop, "CreateBackup", "%s", "{'TableName':'books','BackupName':'two'}");
    DEMAND(shop.status == 500);
    DEMAND(strstr(buf_string(&shop.answer), "No space left for the local tables"));
    call(&shop, "RestoreTableFromBackup", "{'TargetTableName':'copy','BackupArn':'%s'}", arn);
    DEMAND(shop.status == 200);
    for (int i = 0; i < 100; i++) {
        call(&shop, "DescribeTable", "%s", "{'TableName':'copy'}");
        DEMAND(
            shop.status == 200 && text_is(answer_at(&shop, "Table.TableStatus")->text, "CREATING"));
        usleep(1000);
    }
    unlink(ballast);
    close(descriptor);
    for (int i = 0; i < 10000; i++) {
        call(&shop, "DescribeTable", "%s", "{'TableName':'copy'}");
        DEMAND(shop.status == 200);
        if (text_is(answer_at(&shop, "Table.TableStatus")->text, "ACTIVE"))
            break;
        usleep(1000);
    }
    DEMAND(json_integer_member(answer_at(&shop, "Table"), "ItemCount", -1) == 30);
    call(&shop, "ListBackups", "%s", "{}");
    DEMAND(answer_at(&shop, "BackupSummaries")->count == 1);
    shop_stop(&shop);
}

static void make_read_only(const char *folder)
{
    struct shop shop;

    open_in(&shop, folder);
    call(&shop, "CreateTable", "%s", MAKE);
    call(&shop, "PutItem", put_large, 1, 100, 0);
    shop_stop(&shop);
    DEMAND(mount("tmpfs", folder, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=4m") == 0);
    shop_start(&shop);
    call(&shop, "GetItem", "%s", "{'TableName':'books','Key':{'id':{'S':'1'}}}");
    DEMAND(shop.status == 200 && answer_at(&shop, "Item.d"));
    call(&shop, "PutItem", put_large, 2, 100, 0);
    DEMAND(shop.status == 500);
    DEMAND(strstr(buf_string(&shop.answer), "The local tables are read-only"));
    shop_stop(&shop);
}

static void begin_read_only(const char *folder)
{
    struct http_server_options server = {.handle = shop_handle};
    struct error err = {0};
    struct shop shop = {0};
    struct tables_options options = {.folder = folder, .server = http_server_new(&server, &err)};
    char expected[8192];

    DEMAND(mount("tmpfs", folder, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=4m") == 0);
    snprintf(expected, sizeof expected, "%s/tables.db: cannot be created: Read-only file system",
        folder);
    DEMAND(!tables_new(&options, &err));
    DEMAND(strcmp(err.text, expected) == 0);
    http_server_free(options.server);
}

static void a_full_disk_refuses_writes_and_nothing_else(void **state)
{
    run_apart(fill_the_disk);
    (void)state;
}

static void backups_and_restores_survive_a_full_disk(void **state)
{
    run_apart(restore_on_a_full_disk);
    (void)state;
}

static void a_read_only_medium_can_be_read(void **state)
{
    run_apart(make_read_only);
    (void)state;
}

static void an_empty_read_only_medium_is_an_error(void **state)
{
    run_apart(begin_read_only);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_refuses_writes_and_nothing_else),
        cmocka_unit_test(backups_and_restores_survive_a_full_disk),
        cmocka_unit_test(a_read_only_medium_can_be_read),
        cmocka_unit_test(an_empty_read_only_medium_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
