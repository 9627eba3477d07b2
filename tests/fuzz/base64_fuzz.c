#include "base/buf.h"
#include "base/crypto.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Strict base64 against a reading of its own, both alphabets, and back again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
    if (!good)
        abort(); /* allowed: how a fuzz target reports */
}

static int digit_of(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;

    return at ? (int)(at - alphabet) : -1;
}

/* Groups of four; the bits that no byte takes are 0. */
static bool read_slowly(struct text source, struct buf *out)
{
    if (source.length % 4 != 0)
        return false;
    for (size_t i = 0; i < source.length; i += 4) {
        unsigned bits = 0, pads = 0;

        for (size_t j = i; j < i + 4; j++) {
            int digit = digit_of(source.data[j]);
            bool is_pad = source.data[j] == '=' && j >= i + 2 && i + 4 == source.length;

            if (is_pad ? false : digit < 0 || pads > 0)
                return false;
            pads += is_pad;
            bits = bits << 6 | (is_pad ? 0 : (unsigned)digit);
        }
        if ((pads == 1 && (bits & 0xff)) || (pads == 2 && (bits & 0xffff)))
            return false;
        for (unsigned byte = 0; byte < 3 - pads; byte++)
            buf_add_char(out, (char)(bits >> (16 - 8 * byte)));
    }
    return true;
}

static void check_decoding(struct text source)
{
    struct buf got, slowly, again;
    bool taken, expected;

    buf_init(&got, SIZE_MAX);
    buf_init(&slowly, SIZE_MAX);
    buf_init(&again, SIZE_MAX);
    taken = crypto_from_base64(&got, source);
    expected = read_slowly(source, &slowly);
    require(taken == expected);
    if (taken) {
        require(text_equal(buf_view(&got), buf_view(&slowly)));
        crypto_add_base64(&again, buf_view(&got));
        require(text_equal(buf_view(&again), source));
    }
    buf_done(&got);
    buf_done(&slowly);
    buf_done(&again);
}

static void check_encoding(struct text bytes)
{
    struct buf text, back;

    buf_init(&text, SIZE_MAX);
    buf_init(&back, SIZE_MAX);
    crypto_add_base64(&text, bytes);
    require(text.length == (bytes.length + 2) / 3 * 4);
    require(crypto_from_base64(&back, buf_view(&text)));
    require(text_equal(buf_view(&back), bytes));
    buf_clear(&text);
    buf_clear(&back);
    crypto_add_base64url(&text, bytes);
    require(crypto_from_base64url(&back, buf_view(&text)));
    require(text_equal(buf_view(&back), bytes));
    buf_done(&text);
    buf_done(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = text_make((const char *)data, size);

    check_decoding(input);
    check_encoding(input);
    return 0;
}
