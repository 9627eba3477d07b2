#include "console/statements/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static char path[4096];

static int open_folder(void **state)
{
    static struct buf folder;
    struct error err = {0};

    buf_init(&folder, 4096);
    assert_int_equal(file_make_temporary("spool", &folder, &err), 0);
    snprintf(path, sizeof path, "%s/1.keys", buf_string(&folder));
    *state = &folder;
    return 0;
}

static int close_folder(void **state)
{
    struct buf *folder = *state;

    file_remove_tree(buf_string(folder));
    buf_done(folder);
    return 0;
}

/* Three keys: {"id":{"S":"0"}} and so on. */
static void fill(struct spool *spool, const char *name)
{
    struct error err = {0};

    assert_int_equal(spool_open(spool, name, true, &err), 0);
    for (int i = 0; i < 3; i++) {
        char json[32];

        snprintf(json, sizeof json, "{\"id\":{\"S\":\"%d\"}}", i);
        assert_int_equal(spool_add(spool, text_of(json), &err), 0);
    }
    assert_int_equal(spool_rewind(spool, &err), 0);
}

/* "line place mark json;" of each key that is left. */
static const char *rest_of(struct spool *spool, struct buf *out)
{
    struct error err = {0};
    struct spool_key key;
    struct buf line;

    buf_clear(out);
    buf_init(&line, 64 * 1024);
    while (spool_next(spool, &line, &key, &err))
        buf_add_format(out, "%llu %llu %c %.*s;", (unsigned long long)key.line,
            (unsigned long long)key.place, (char)key.mark, (int)key.json.length, key.json.data);
    if (err.code)
        buf_add_format(out, "error: %s", err.text);
    buf_done(&line);
    return buf_string(out);
}

static void keys_come_back_in_their_order(void **state)
{
    struct spool spool;
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    fill(&spool, NULL);
    assert_int_equal(spool.count, 3);
    assert_string_equal(rest_of(&spool, &out),
        "1 0   {\"id\":{\"S\":\"0\"}};2 18   {\"id\":{\"S\":\"1\"}};3 36   "
        "{\"id\":{\"S\":\"2\"}};");
    spool_close(&spool);
    buf_done(&out);
}

static void marks_are_there_when_the_file_is_opened_again(void **state)
{
    struct error err = {0};
    struct spool spool;
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    fill(&spool, path);
    assert_int_equal(spool_mark(&spool, 18, SPOOL_SENT, &err), 0);
    assert_int_equal(spool_mark(&spool, 18, SPOOL_DONE, &err), 0);
    assert_int_equal(spool_mark(&spool, 36, SPOOL_REJECTED, &err), 0);
    spool_close(&spool);
    assert_int_equal(spool_open(&spool, path, false, &err), 0);
    assert_string_equal(rest_of(&spool, &out),
        "1 0   {\"id\":{\"S\":\"0\"}};2 18 = {\"id\":{\"S\":\"1\"}};3 36 ! "
        "{\"id\":{\"S\":\"2\"}};");
    spool_close(&spool);
    assert_int_equal(spool_open(&spool, path, true, &err), 0);
    assert_string_equal(rest_of(&spool, &out), "");
    spool_close(&spool);
    buf_done(&out);
}

static void a_mark_does_not_move_the_reading(void **state)
{
    struct error err = {0};
    struct spool_key key;
    struct spool spool;
    struct buf out, line;

    (void)state;
    buf_init(&out, 4096);
    buf_init(&line, 4096);
    fill(&spool, path);
    assert_true(spool_next(&spool, &line, &key, &err));
    assert_int_equal(spool_mark(&spool, key.place, SPOOL_DONE, &err), 0);
    assert_string_equal(rest_of(&spool, &out),
        "2 18   {\"id\":{\"S\":\"1\"}};3 36   {\"id\":{\"S\":\"2\"}};");
    assert_int_equal(spool_rewind(&spool, &err), 0);
    assert_true(spool_next(&spool, &line, &key, &err));
    assert_int_equal(key.mark, SPOOL_DONE);
    spool_close(&spool);
    buf_done(&line);
    buf_done(&out);
}

/* A key of 2 KB of control characters takes 12 KB as JSON. */
static void long_keys_are_read_whole(void **state)
{
    static char json[20 * 1024];
    struct error err = {0};
    struct spool_key key;
    struct spool spool;
    struct buf line;

    (void)state;
    memset(json, 'x', sizeof json - 1);
    buf_init(&line, 64 * 1024);
    assert_int_equal(spool_open(&spool, NULL, true, &err), 0);
    assert_int_equal(spool_add(&spool, text_of(json), &err), 0);
    assert_int_equal(spool_rewind(&spool, &err), 0);
    assert_true(spool_next(&spool, &line, &key, &err));
    assert_int_equal(key.json.length, sizeof json - 1);
    assert_false(spool_next(&spool, &line, &key, &err));
    assert_int_equal(err.code, ERROR_NONE);
    spool_close(&spool);
    buf_done(&line);
}

static void a_line_that_is_not_whole_is_damage(void **state)
{
    struct error err = {0};
    struct spool spool;
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    fill(&spool, path);
    spool_close(&spool);
    assert_int_equal(truncate(path, 30), 0);
    assert_int_equal(spool_open(&spool, path, false, &err), 0);
    assert_string_equal(rest_of(&spool, &out),
        "1 0   {\"id\":{\"S\":\"0\"}};error: the keys of the job are damaged");
    spool_close(&spool);
    buf_done(&out);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    struct error err = {0};
    struct spool spool;

    (void)state;
    assert_int_equal(spool_open(&spool, "/nowhere/at/all.keys", true, &err), ERROR_IO);
    assert_string_equal(err.text, "cannot keep the keys: No such file or directory");
    spool_close(&spool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_back_in_their_order),
        cmocka_unit_test(marks_are_there_when_the_file_is_opened_again),
        cmocka_unit_test(a_mark_does_not_move_the_reading),
        cmocka_unit_test(long_keys_are_read_whole),
        cmocka_unit_test(a_line_that_is_not_whole_is_damage),
        cmocka_unit_test(a_folder_that_is_not_there_is_told),
    };

    return cmocka_run_group_tests(tests, open_folder, close_folder);
}
