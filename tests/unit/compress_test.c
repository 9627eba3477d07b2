#include "endpoint/compress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum compress_result unpack(struct text packed, struct buf *out)
{
    buf_clear(out);
    return compress_read_gzip(packed, out);
}

static void gzip_comes_back_as_it_went(void **state)
{
    struct buf packed, plain;

    buf_init(&packed, SIZE_MAX);
    buf_init(&plain, COMPRESS_OUTPUT_LIMIT);
    assert_true(compress_write(TEXT(""), COMPRESS_GZIP, &packed));
    assert_int_equal(unpack(buf_view(&packed), &plain), COMPRESS_OK);
    assert_int_equal(plain.length, 0);
    buf_clear(&packed);
    assert_true(compress_write(TEXT("one "), COMPRESS_GZIP, &packed));
    assert_true(compress_write(TEXT("two"), COMPRESS_GZIP, &packed)); /* a second member */
    assert_int_equal(unpack(buf_view(&packed), &plain), COMPRESS_OK);
    assert_string_equal(buf_string(&plain), "one two");
    buf_done(&packed);
    buf_done(&plain);
    (void)state;
}

/* Everything a reader gives for packed, fed and emptied in pieces of these sizes. */
static enum compress_result stream(struct text packed, size_t in, size_t out, struct buf *plain,
    bool *whole)
{
    struct compress_reader *reader = compress_reader_new();
    enum compress_result result = COMPRESS_OK;

    assert_non_null(reader);
    buf_clear(plain);
    for (size_t at = 0; result == COMPRESS_OK && at < packed.length; at += in) {
        struct text piece = text_slice(packed, at, at + in);
        size_t before;

        do {
            before = plain->length;
            result = compress_reader_step(reader, &piece, out, plain);
            assert_true(plain->length - before <= out);
        } while (result == COMPRESS_OK && plain->length > before);
        assert_true(result != COMPRESS_OK || piece.length == 0);
    }
    *whole = compress_reader_is_whole(reader);
    compress_reader_free(reader);
    return result;
}

static void a_stream_is_unpacked_in_any_pieces(void **state)
{
    static const size_t sizes[] = {1, 7, 1000, 100000};
    struct buf packed, plain, large;
    bool whole;

    buf_init(&packed, SIZE_MAX);
    buf_init(&plain, SIZE_MAX);
    buf_init(&large, SIZE_MAX);
    for (unsigned i = 0; i < 20000; i++)
        buf_add_format(&large, "%08x", i * 2654435761u);
    assert_true(compress_write(buf_view(&large), COMPRESS_GZIP, &packed));
    assert_true(compress_write(TEXT(" and more"), COMPRESS_GZIP, &packed));
    buf_add_string(&large, " and more");
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 1; j < 4; j++) {
            assert_int_equal(stream(buf_view(&packed), sizes[i], sizes[j], &plain, &whole),
                COMPRESS_OK);
            assert_true(whole);
            assert_true(text_equal(buf_view(&plain), buf_view(&large)));
        }
    assert_int_equal(stream(text_slice(buf_view(&packed), 0, packed.length - 3), 100, 1000, &plain,
                         &whole),
        COMPRESS_OK);
    assert_false(whole);
    buf_add_string(&packed, "behind");
    assert_int_equal(stream(buf_view(&packed), 100, 1000, &plain, &whole), COMPRESS_BROKEN);
    assert_int_equal(stream(TEXT("plain text"), 100, 1000, &plain, &whole), COMPRESS_BROKEN);
    buf_done(&packed);
    buf_done(&plain);
    buf_done(&large);
    (void)state;
}

static void broken_gzip_is_told_from_too_large(void **state)
{
    struct buf packed, plain, large;

    buf_init(&packed, SIZE_MAX);
    buf_init(&large, SIZE_MAX);
    buf_init(&plain, COMPRESS_OUTPUT_LIMIT);
    assert_true(compress_write(TEXT("some text"), COMPRESS_GZIP, &packed));
    for (size_t cut = 0; cut < packed.length; cut++)
        assert_int_equal(unpack(text_slice(buf_view(&packed), 0, cut), &plain), COMPRESS_BROKEN);
    buf_add_string(&packed, "behind");
    assert_int_equal(unpack(buf_view(&packed), &plain), COMPRESS_BROKEN);
    assert_int_equal(unpack(TEXT("plain text"), &plain), COMPRESS_BROKEN);

    buf_add_repeat(&large, 'a', 8 << 20); /* packs to a thousandth */
    buf_clear(&packed);
    assert_true(compress_write(buf_view(&large), COMPRESS_GZIP, &packed));
    assert_int_equal(unpack(buf_view(&packed), &plain), COMPRESS_TOO_LARGE);
    assert_true(plain.length < 8 << 20);
    buf_clear(&large);
    for (unsigned i = 0; i < COMPRESS_OUTPUT_LIMIT / 8 + 1; i++)
        buf_add_format(&large, "%08x", i * 2654435761u);
    buf_clear(&packed);
    assert_true(compress_write(buf_view(&large), COMPRESS_GZIP, &packed));
    assert_int_equal(unpack(buf_view(&packed), &plain), COMPRESS_TOO_LARGE);
    buf_cut(&large, COMPRESS_OUTPUT_LIMIT);
    buf_clear(&packed);
    assert_true(compress_write(buf_view(&large), COMPRESS_GZIP, &packed));
    assert_int_equal(unpack(buf_view(&packed), &plain), COMPRESS_OK);
    assert_int_equal(plain.length, COMPRESS_OUTPUT_LIMIT);
    buf_done(&packed);
    buf_done(&plain);
    buf_done(&large);
    (void)state;
}

static void accept_encoding_is_read_as_the_service_does(void **state)
{
    static const struct {
        const char *header;
        enum compress_coding coding;
    } case_table[] = {
        {"", COMPRESS_NONE},
        {"gzip", COMPRESS_GZIP},
        {"deflate", COMPRESS_DEFLATE},
        {"deflate, gzip", COMPRESS_DEFLATE},
        {"deflate;q=0.5, gzip;q=0.8", COMPRESS_GZIP},
        {"gzip;q=0, deflate;q=0.001", COMPRESS_DEFLATE},
        {"*", COMPRESS_GZIP},
        {"br, zstd", COMPRESS_NONE},
        {"gzip;q=0.9, deflate;q=7", COMPRESS_DEFLATE},
        {"gzip;q=0.0", COMPRESS_NONE},
        {" GZIP ; q=0.5 ", COMPRESS_GZIP},
    };

    for (size_t i = 0; i < sizeof case_table / sizeof *case_table; i++)
        if (compress_choose(text_of(case_table[i].header)) != case_table[i].coding)
            fail_msg("%s", case_table[i].header);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_comes_back_as_it_went),
        cmocka_unit_test(a_stream_is_unpacked_in_any_pieces),
        cmocka_unit_test(broken_gzip_is_told_from_too_large),
        cmocka_unit_test(accept_encoding_is_read_as_the_service_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
