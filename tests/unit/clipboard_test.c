#include "panels/clipboard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/file.h"

static void the_way_depends_on_terminal_and_length(void **state)
{
    assert_int_equal(clipboard_choose("auto", "xterm-256color", NULL, 100), CLIPBOARD_OSC52);
    assert_int_equal(clipboard_choose("", "xterm", NULL, 100), CLIPBOARD_OSC52);
    assert_int_equal(clipboard_choose("auto", "tmux-256color", "/tmp/x,1,0", 100), CLIPBOARD_TMUX);
    assert_int_equal(clipboard_choose("auto", "linux", NULL, 100), CLIPBOARD_FILE);
    assert_int_equal(clipboard_choose("auto", "vt220", NULL, 100), CLIPBOARD_FILE);
    assert_int_equal(clipboard_choose("osc52", "vt220", NULL, 100), CLIPBOARD_OSC52);
    assert_int_equal(clipboard_choose("off", "xterm", "x", 100), CLIPBOARD_OFF);
    assert_int_equal(clipboard_choose("file", "xterm", "x", 100), CLIPBOARD_FILE);
    assert_int_equal(clipboard_choose("tmux", "xterm", NULL, 100), CLIPBOARD_TMUX);
    assert_int_equal(clipboard_choose("auto", "xterm", NULL, 56247), CLIPBOARD_FILE);
    assert_int_equal(clipboard_choose("auto", "xterm", NULL, 56244), CLIPBOARD_OSC52);
    assert_true(clipboard_setting_is_known("osc52"));
    assert_false(clipboard_setting_is_known("osc53"));
    (void)state;
}

static void the_sequence_holds_the_text_in_base64(void **state)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    clipboard_add_sequence(&out, TEXT("hello"), NULL);
    assert_string_equal(buf_string(&out), "\033]52;c;aGVsbG8=\033\\");
    buf_done(&out);
    (void)state;
}

static void gnu_screen_gets_it_in_pieces(void **state)
{
    struct buf text, out, joined, back;
    struct text rest;
    size_t start, end;

    buf_init(&text, 1 << 20);
    buf_init(&out, 1 << 20);
    buf_init(&joined, 1 << 20);
    buf_init(&back, 1 << 20);
    buf_add_repeat(&text, 'x', 1000);
    clipboard_add_sequence(&out, buf_view(&text), "1234.pts-0.host");
    rest = buf_view(&out);
    while ((start = text_find(rest, TEXT("\033P"), 0)) != SIZE_MAX) {
        end = text_find(rest, TEXT("\033\\\033P"), start + 2);
        if (end == SIZE_MAX)
            end = rest.length - 2;
        assert_true(end - start - 2 <= CLIPBOARD_SCREEN_PIECE);
        buf_add_text(&joined, text_slice(rest, start + 2, end));
        rest = text_slice(rest, end + 2, rest.length);
    }
    assert_true(text_starts_with(buf_view(&joined), TEXT("\033]52;c;")));
    assert_true(crypto_from_base64(&back,
        text_slice(buf_view(&joined), 7, text_find(buf_view(&joined), TEXT("\033"), 7))));
    assert_true(text_equal(buf_view(&back), buf_view(&text)));
    buf_done(&text);
    buf_done(&out);
    buf_done(&joined);
    buf_done(&back);
    (void)state;
}

static void the_file_is_private_and_whole(void **state)
{
    struct buf folder, path, content;
    struct error err;
    struct stat about;

    buf_init(&folder, 4096);
    buf_init(&path, 4096);
    buf_init(&content, 4096);
    assert_int_equal(file_make_temporary("clip", &folder, &err), ERROR_NONE);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", buf_string(&folder), 1), 0);
    assert_int_equal(clipboard_write_file(text_make("a\0b", 3), &path, &err), ERROR_NONE);
    assert_int_equal(stat(buf_string(&path), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(file_read(buf_string(&path), &content, &err), ERROR_NONE);
    assert_int_equal(content.length, 3);
    assert_memory_equal(content.data, "a\0b", 3);
    file_remove_tree(buf_string(&folder));
    buf_done(&folder);
    buf_done(&path);
    buf_done(&content);
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_depends_on_terminal_and_length),
        cmocka_unit_test(the_sequence_holds_the_text_in_base64),
        cmocka_unit_test(gnu_screen_gets_it_in_pieces),
        cmocka_unit_test(the_file_is_private_and_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
