#include "endpoint/tables/bucket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static void names_of_buckets_follow_the_pattern(void **state)
{
    static const char *const good[] = {"ab", "a-b", "my.bucket_1", "A..b", "00"};
    static const char *const bad[] = {"", "a", ".", "..", "a/", "/a", "a/b", "-ab", "ab-", ".ab",
        "ab.", "a b", "a\\b", "a\nb", "a:b"};
    char name[300];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(bucket_is_name(text_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(bucket_is_name(text_of(bad[i])));
    assert_false(bucket_is_name(text_make("a\0b", 3)));
    memset(name, 'a', sizeof name);
    assert_true(bucket_is_name(text_make(name, 255)));
    assert_false(bucket_is_name(text_make(name, 256)));
    (void)state;
}

static void prefixes_have_parts_that_are_names(void **state)
{
    static const char *const good[] = {"", "a", "a/", "a/b", "a/b/", "...", "a..b/.c", " ",
        "\xc3\xa9"};
    static const char *const bad[] = {"/", "/a", "//", "a//b", "a//", ".", "..", "../a", "a/..",
        "a/../b", "a/./b", "./a"};
    char name[1100];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(bucket_is_prefix(text_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(bucket_is_prefix(text_of(bad[i])));
    assert_false(bucket_is_prefix(text_make("a\0b", 3)));
    memset(name, 'a', sizeof name);
    assert_true(bucket_is_prefix(text_make(name, 255)));
    assert_false(bucket_is_prefix(text_make(name, 256)));
    for (size_t i = 100; i < sizeof name; i += 100)
        name[i] = '/';
    assert_true(bucket_is_prefix(text_make(name, 1024)));
    assert_false(bucket_is_prefix(text_make(name, 1025)));
    (void)state;
}

/* A folder for buckets, and one bucket in it. */
struct place {
    struct buf folder;
    int bucket;
    struct arena *arena;
};

static int open_place(void **state)
{
    static struct place place;
    struct error err = {0};

    buf_init(&place.folder, 4096);
    assert_int_equal(file_make_temporary("bucket-test", &place.folder, &err), ERROR_NONE);
    place.bucket = bucket_open(buf_string(&place.folder), TEXT("my-bucket"), true, &err);
    assert_true(place.bucket >= 0);
    place.arena = arena_new(1 << 20, &err);
    assert_non_null(place.arena);
    *state = &place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;

    close(place->bucket);
    file_remove_tree(buf_string(&place->folder));
    buf_done(&place->folder);
    arena_free(place->arena);
    return 0;
}

static void objects_are_written_once_and_found_in_order(void **state)
{
    struct place *place = *state;
    static const char *const keys[] = {"b", "a/2", "a/10", "ab/x", "a/deep/er/z", "a0"};
    struct bucket_list list;
    struct error err = {0};
    char text[8];
    int descriptor;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_int_equal(bucket_write(place->bucket, text_of(keys[i]), text_of(keys[i]), &err),
            ERROR_NONE);
    assert_int_equal(bucket_write(place->bucket, TEXT("b"), TEXT("again"), &err), ERROR_IO);
    assert_int_equal(bucket_find(place->bucket, TEXT(""), place->arena, &list, &err), ERROR_NONE);
    assert_int_equal(list.count, 6);
    assert_true(text_is(list.object[0].key, "a/10"));
    assert_true(text_is(list.object[1].key, "a/2"));
    assert_true(text_is(list.object[2].key, "a/deep/er/z"));
    assert_true(text_is(list.object[3].key, "a0"));
    assert_true(text_is(list.object[4].key, "ab/x"));
    assert_int_equal(list.object[4].size, 4);
    /* A prefix ends anywhere, as in S3. */
    assert_int_equal(bucket_find(place->bucket, TEXT("a/d"), place->arena, &list, &err),
        ERROR_NONE);
    assert_int_equal(list.count, 1);
    assert_int_equal(bucket_find(place->bucket, TEXT("a"), place->arena, &list, &err), ERROR_NONE);
    assert_int_equal(list.count, 5);
    assert_int_equal(bucket_find(place->bucket, TEXT("c"), place->arena, &list, &err), ERROR_NONE);
    assert_int_equal(list.count, 0);
    descriptor = bucket_read(place->bucket, TEXT("a/2"), &err);
    assert_int_equal(read(descriptor, text, sizeof text), 3);
    close(descriptor);
    assert_int_equal(bucket_read(place->bucket, TEXT("nothing"), &err), -1);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_int_equal(bucket_read(place->bucket, TEXT("a"), &err), -1); /* a folder */
}

static void no_path_leads_out_of_a_bucket(void **state)
{
    struct place *place = *state;
    static const char *const keys[] = {"../x", "a/../../x", "/tmp/x", "..", ".", "", "a//x",
        "link/x", "a/"};
    struct error err = {0};
    struct bucket_list list;
    struct buf link;

    buf_init(&link, 4096);
    buf_add_format(&link, "%s/my-bucket/link", buf_string(&place->folder));
    assert_int_equal(symlink(buf_string(&place->folder), buf_string(&link)), 0);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_not_equal(bucket_write(place->bucket, text_of(keys[i]), TEXT("x"), &err),
            ERROR_NONE);
        assert_int_equal(bucket_read(place->bucket, text_of(keys[i]), &err), -1);
    }
    assert_int_equal(bucket_write(place->bucket, text_make("a\0b", 3), TEXT("x"), &err), ERROR_IO);
    assert_int_equal(bucket_write(place->bucket, TEXT("link"), TEXT("x"), &err), ERROR_IO);
    assert_int_equal(bucket_find(place->bucket, TEXT(""), place->arena, &list, &err), ERROR_NONE);
    assert_int_equal(list.count, 0);
    assert_int_equal(bucket_open(buf_string(&place->folder), TEXT(".."), true, &err), -1);
    assert_int_equal(bucket_open(buf_string(&place->folder), TEXT("none"), false, &err), -1);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    buf_done(&link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_buckets_follow_the_pattern),
        cmocka_unit_test(prefixes_have_parts_that_are_names),
        cmocka_unit_test_setup_teardown(objects_are_written_once_and_found_in_order, open_place,
            close_place),
        cmocka_unit_test_setup_teardown(no_path_leads_out_of_a_bucket, open_place, close_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
