#include "base/crypto.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void check_hex(const uint8_t digest[CRYPTO_SHA256], const char *expected)
{
    struct buf out;

    buf_init(&out, 128);
    crypto_add_hex(&out, digest, CRYPTO_SHA256);
    assert_string_equal(buf_string(&out), expected);
    buf_done(&out);
}

static void md5_gives_the_published_digests(void **state)
{
    uint8_t digest[CRYPTO_MD5];
    struct buf hex;

    buf_init(&hex, 64);
    crypto_md5((struct text){0}, digest); /* RFC 1321, A.5 */
    crypto_add_hex(&hex, digest, sizeof digest);
    assert_string_equal(buf_string(&hex), "d41d8cd98f00b204e9800998ecf8427e");
    buf_clear(&hex);
    crypto_md5(TEXT("message digest"), digest);
    crypto_add_hex(&hex, digest, sizeof digest);
    assert_string_equal(buf_string(&hex), "f96b697d7cb7938d525a2f31aaf161d0");
    buf_done(&hex);
    (void)state;
}

static void sha1_gives_the_published_digests(void **state)
{
    uint8_t digest[CRYPTO_SHA1];
    struct buf hex;

    buf_init(&hex, 64);
    crypto_sha1((struct text){0}, digest);
    crypto_add_hex(&hex, digest, sizeof digest);
    assert_string_equal(buf_string(&hex), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    buf_clear(&hex);
    crypto_sha1(TEXT("abc"), digest); /* RFC 3174, 7.3 */
    crypto_add_hex(&hex, digest, sizeof digest);
    assert_string_equal(buf_string(&hex), "a9993e364706816aba3e25717850c26c9cd0d89d");
    buf_done(&hex);
    (void)state;
}

static void sha256_gives_the_published_digests(void **state)
{
    uint8_t digest[CRYPTO_SHA256];

    (void)state;
    crypto_sha256((struct text){0}, digest);
    check_hex(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    crypto_sha256(TEXT("abc"), digest); /* FIPS 180-4 */
    check_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void hmac_gives_the_digests_of_rfc_4231(void **state)
{
    uint8_t digest[CRYPTO_SHA256];
    char key[131];

    (void)state;
    memset(key, 0x0b, 20);
    crypto_hmac_sha256((struct text){key, 20}, TEXT("Hi There"), digest);
    check_hex(digest, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    crypto_hmac_sha256(TEXT("Jefe"), TEXT("what do ya want for nothing?"), digest);
    check_hex(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    crypto_hmac_sha256((struct text){key, sizeof key},
        TEXT("Test Using Larger Than Block-Size Key - Hash Key First"), digest);
    check_hex(digest, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    memset(key, 'k', sizeof key); /* a key of one block, and one that is hashed first */
    crypto_hmac_sha256((struct text){key, 64}, TEXT("x"), digest);
    check_hex(digest, "f91c4c403625fb06910ef93999265bbd2d62baeaec6ff36455498cc124fe3e66");
    crypto_hmac_sha256((struct text){key, 65}, TEXT("x"), digest);
    check_hex(digest, "75092ca3ee2b307470c227697b42b3e65376aa3bae98fb5a1f7b7536daa9588a");
    crypto_hmac_sha256((struct text){0}, (struct text){0}, digest);
    check_hex(digest, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void hex_goes_both_ways(void **state)
{
    static const uint8_t data[] = {0x00, 0x7f, 0x80, 0xff};
    uint8_t back[4] = {1, 1, 1, 1};
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    crypto_add_hex(&out, data, sizeof data);
    assert_string_equal(buf_string(&out), "007f80ff");
    assert_true(crypto_from_hex(TEXT("007F80fF"), back, sizeof back));
    assert_memory_equal(back, data, sizeof data);
    assert_true(crypto_from_hex((struct text){0}, back, 0));
    assert_false(crypto_from_hex(TEXT("007f80f"), back, sizeof back));
    assert_false(crypto_from_hex(TEXT("007f80ff00"), back, sizeof back));
    assert_false(crypto_from_hex(TEXT("007f80fg"), back, sizeof back));
    assert_false(crypto_from_hex(TEXT("+07f80ff"), back, sizeof back));
    buf_done(&out);
}

static void base64_goes_both_ways_as_in_rfc_4648(void **state)
{
    static const struct {
        struct text data;
        const char *base64, *base64url;
    } table[] = {
        {{"", 0}, "", ""},
        {{"f", 1}, "Zg==", "Zg"},
        {{"fo", 2}, "Zm8=", "Zm8"},
        {{"foo", 3}, "Zm9v", "Zm9v"},
        {{"foob", 4}, "Zm9vYg==", "Zm9vYg"},
        {{"fooba", 5}, "Zm9vYmE=", "Zm9vYmE"},
        {{"foobar", 6}, "Zm9vYmFy", "Zm9vYmFy"},
        {{"\0\xff\xfe", 3}, "AP/+", "AP_-"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        buf_clear(&out);
        crypto_add_base64(&out, table[i].data);
        assert_string_equal(buf_string(&out), table[i].base64);
        buf_clear(&out);
        crypto_add_base64url(&out, table[i].data);
        assert_string_equal(buf_string(&out), table[i].base64url);
        buf_clear(&out);
        assert_true(crypto_from_base64(&out, text_of(table[i].base64)));
        assert_true(text_equal(buf_view(&out), table[i].data));
        buf_clear(&out);
        assert_true(crypto_from_base64url(&out, text_of(table[i].base64url)));
        assert_true(text_equal(buf_view(&out), table[i].data));
    }
    buf_done(&out);
}

static void loose_base64_is_refused_and_adds_nothing(void **state)
{
    static const char *const plain[] = {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v=", "=",
        "====", "Z===", "Zg==Zg==", "Zm9v\n", "Zm 9", "AP_-", "Zm9vZ", "Zm=v",
        "\xc3\xa9==", "Zg=\n"};
    static const char *const url[] = {"Z", "Zh", "Zm9", "Zg==", "AP/+", "Zm9vY", "Zm9v "};
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    buf_add_string(&out, "x");
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        assert_false(crypto_from_base64(&out, text_of(plain[i])));
    for (size_t i = 0; i < sizeof url / sizeof *url; i++)
        assert_false(crypto_from_base64url(&out, text_of(url[i])));
    assert_false(crypto_from_base64(&out, TEXT("Zm9\0")));
    assert_string_equal(buf_string(&out), "x");
    buf_done(&out);
}

static void a_full_buffer_remembers_that_decoding_did_not_fit(void **state)
{
    struct buf out;
    struct error err;

    (void)state;
    buf_init(&out, 4);
    assert_true(crypto_from_base64(&out, TEXT("Zm9vYmFy")));
    assert_int_equal(buf_check(&out, "value", &err), ERROR_LIMIT);
    buf_done(&out);
}

static void random_data_survives_base64(void **state)
{
    struct buf text, back;

    (void)state;
    buf_init(&text, 4096);
    buf_init(&back, 4096);
    crypto_seed(11);
    for (size_t length = 0; length < 300; length++) {
        char data[300];

        crypto_random(data, length);
        buf_clear(&text);
        buf_clear(&back);
        crypto_add_base64(&text, (struct text){data, length});
        assert_int_equal(text.length, (length + 2) / 3 * 4);
        assert_true(crypto_from_base64(&back, buf_view(&text)));
        assert_true(text_equal(buf_view(&back), (struct text){data, length}));
    }
    crypto_seed(0);
    buf_done(&text);
    buf_done(&back);
}

static void crc32_gives_the_check_value(void **state)
{
    (void)state;
    assert_int_equal(crypto_crc32((struct text){0}), 0);
    assert_int_equal(crypto_crc32(TEXT("123456789")), 0xcbf43926);
    assert_int_equal(crypto_crc32(TEXT("{}")), 2745614147); /* the service's answer to no output */
}

static void a_seed_gives_the_same_bytes_again(void **state)
{
    uint8_t first[20], second[20];

    (void)state;
    crypto_seed(1234567);
    crypto_random(first, sizeof first);
    crypto_seed(1234567);
    crypto_random(second, sizeof second);
    assert_memory_equal(first, second, sizeof first);
    /* The first output of SplitMix64 for this seed, little-endian. */
    assert_memory_equal(first, "\x85\xfc\x08\xfb\x17\xd0\x9e\x59", 8);
    crypto_random(second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
    crypto_seed(0);
}

static void without_a_seed_bytes_come_from_the_kernel(void **state)
{
    static uint8_t first[1000], second[1000]; /* more than one request may give at once */
    unsigned seen[256] = {0}, different = 0;

    (void)state;
    crypto_seed(0);
    crypto_random(first, sizeof first);
    crypto_random(second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
    for (size_t i = 0; i < sizeof first; i++)
        different += !seen[first[i]]++;
    assert_true(different > 128);
    crypto_random(first, 0);
}

enum { DRAWS = 3000 }; /* more than one stock of bytes */

static void draw_many(uint64_t *out)
{
    for (size_t i = 0; i < DRAWS; i++)
        crypto_random(&out[i], sizeof out[i]);
}

static int compare_words(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static void *draw_in_thread(void *user)
{
    draw_many(user);
    return NULL;
}

/* Two threads, and a child that was made when the stock was half used. */
static void no_bytes_are_given_twice(void **state)
{
    static uint64_t drawn[3 * DRAWS];
    size_t got = 0;
    pthread_t thread;
    pid_t child;
    int pipes[2], status;

    (void)state;
    crypto_seed(0);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(pthread_create(&thread, NULL, draw_in_thread, drawn), 0);
    draw_many(drawn + DRAWS);
    assert_int_equal(pthread_join(thread, NULL), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        static uint64_t word[DRAWS];

        draw_many(word);
        for (size_t done = 0; done < sizeof word;) {
            ssize_t count = write(pipes[1], (const char *)word + done, sizeof word - done);

            if (count <= 0)
                _exit(1);
            done += (size_t)count;
        }
        _exit(0);
    }
    close(pipes[1]);
    draw_many(drawn + DRAWS);
    while (got < DRAWS * sizeof *drawn) {
        ssize_t count =
            read(pipes[0], (char *)(drawn + 2 * DRAWS) + got, DRAWS * sizeof *drawn - got);

        assert_true(count > 0);
        got += (size_t)count;
    }
    close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    qsort(drawn, 3 * DRAWS, sizeof *drawn, compare_words);
    for (size_t i = 1; i < 3 * DRAWS; i++)
        assert_true(drawn[i - 1] != drawn[i]);
}

static void uuids_are_version_4(void **state)
{
    struct buf out;
    char first[37] = "";

    (void)state;
    buf_init(&out, 64);
    for (int i = 0; i < 50; i++) {
        buf_clear(&out);
        crypto_add_uuid(&out);
        assert_int_equal(out.length, 36);
        for (size_t at = 0; at < 36; at++) {
            if (at == 8 || at == 13 || at == 18 || at == 23)
                assert_int_equal(out.data[at], '-');
            else
                assert_non_null(strchr("0123456789abcdef", out.data[at]));
        }
        assert_int_equal(out.data[14], '4');
        assert_non_null(strchr("89ab", out.data[19]));
        assert_string_not_equal(out.data, first);
        memcpy(first, out.data, 37);
    }
    buf_done(&out);
}

static void ids_use_every_letter_about_equally(void **state)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned seen[256] = {0};
    struct buf out;

    (void)state;
    buf_init(&out, 65536);
    crypto_seed(5);
    crypto_add_id(&out, 36000, alphabet);
    crypto_seed(0);
    assert_int_equal(out.length, 36000);
    for (size_t i = 0; i < out.length; i++)
        seen[(unsigned char)out.data[i]]++;
    for (size_t i = 0; alphabet[i]; i++)
        assert_in_range(seen[(unsigned char)alphabet[i]], 850, 1150);
    buf_clear(&out);
    crypto_add_id(&out, 3, "x");
    crypto_add_id(&out, 0, alphabet);
    crypto_add_id(&out, 3, "");
    assert_string_equal(buf_string(&out), "xxx");
    buf_done(&out);
}

static void secrets_are_compared_whole(void **state)
{
    (void)state;
    assert_true(crypto_equal((struct text){0}, TEXT("")));
    assert_true(crypto_equal(TEXT("secret"), TEXT("secret")));
    assert_false(crypto_equal(TEXT("secret"), TEXT("secreT")));
    assert_false(crypto_equal(TEXT("secret"), TEXT("Secret")));
    assert_false(crypto_equal(TEXT("secret"), TEXT("secre")));
    assert_false(crypto_equal(TEXT("a\0b"), TEXT("a\0c")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(md5_gives_the_published_digests),
        cmocka_unit_test(sha1_gives_the_published_digests),
        cmocka_unit_test(sha256_gives_the_published_digests),
        cmocka_unit_test(hmac_gives_the_digests_of_rfc_4231),
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(base64_goes_both_ways_as_in_rfc_4648),
        cmocka_unit_test(loose_base64_is_refused_and_adds_nothing),
        cmocka_unit_test(a_full_buffer_remembers_that_decoding_did_not_fit),
        cmocka_unit_test(random_data_survives_base64),
        cmocka_unit_test(crc32_gives_the_check_value),
        cmocka_unit_test(a_seed_gives_the_same_bytes_again),
        cmocka_unit_test(without_a_seed_bytes_come_from_the_kernel),
        cmocka_unit_test(no_bytes_are_given_twice),
        cmocka_unit_test(uuids_are_version_4),
        cmocka_unit_test(ids_use_every_letter_about_equally),
        cmocka_unit_test(secrets_are_compared_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
