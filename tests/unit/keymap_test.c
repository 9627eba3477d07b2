#include "panels/keymap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const items_contexts[] = {"items", "grid", "list", "global", NULL};
static const char *const tables_contexts[] = {"tables", "list", "global", NULL};

static enum keymap_result find(const struct keymap *keymap, const char *const *contexts,
    const char *spelling, const struct keymap_binding **binding)
{
    struct key keys[8];
    struct text rest = text_of(spelling);
    size_t count = 0;

    while (count < 8 && keys_parse(&rest, &keys[count]))
        count++;
    assert_int_equal(rest.length, 0);
    return keymap_find(keymap, contexts, keys, count, binding);
}

static const char *action_of(const struct keymap *keymap, const char *const *contexts,
    const char *spelling)
{
    const struct keymap_binding *binding = NULL;

    return find(keymap, contexts, spelling, &binding) == KEYMAP_FOUND ? binding->action : NULL;
}

static void keys_are_read_and_printed_alike(void **state)
{
    static const char *const spellings[] = {"j", "<Enter>", "<Esc>", "<C-d>", "<A-n>", "<F12>",
        "<S-Tab>", "<Space>", "é", "<lt>"};
    struct buf out;

    buf_init(&out, 256);
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        struct text rest = text_of(spellings[i]);
        struct key key;

        assert_true(keys_parse(&rest, &key));
        assert_int_equal(rest.length, 0);
        buf_clear(&out);
        keys_add(&out, key);
        assert_string_equal(buf_string(&out), spellings[i]);
    }
    buf_clear(&out);
    keys_add_label(&out, TEXT("g<C-f><F2><Enter>"));
    assert_string_equal(buf_string(&out), "g^FF2ENTER");
    buf_done(&out);
    (void)state;
}

static void unknown_keys_are_refused(void **state)
{
    static const char *const wrong[] = {"<Foo>", "<C-1>", "<A-Foo>", "\x01"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct text rest = text_of(wrong[i]);
        struct key key;

        assert_false(keys_parse(&rest, &key));
    }
    (void)state;
}

static void every_binding_can_be_typed_and_has_help(void **state)
{
    for (size_t i = 0; i < keymap_table_count; i++) {
        const struct keymap_binding *one = &keymap_table[i];
        struct text rest = text_of(one->keys);
        struct key key;

        assert_true(rest.length > 0);
        while (rest.length > 0) {
            assert_true(keys_parse(&rest, &key));
            assert_true(key.code != KEYS_CTRL_C && key.code != KEYS_ESCAPE);
        }
        assert_true(one->action && *one->action);
        assert_true(one->help && strlen(one->help) > 1);
        assert_true(one->help[strlen(one->help) - 1] != '.');
    }
    (void)state;
}

/* In any set of contexts no sequence is twice there, and none begins another one. */
static void no_sequence_is_bound_twice_or_shadowed(void **state)
{
    for (size_t i = 0; i < keymap_table_count; i++) {
        for (size_t j = 0; j < keymap_table_count; j++) {
            const struct keymap_binding *a = &keymap_table[i], *b = &keymap_table[j];
            bool same = !strcmp(a->context, b->context);

            if (i == j || !same)
                continue;
            assert_string_not_equal(a->keys, b->keys);
            if (a->keys[0] != '<')
                assert_true(strncmp(b->keys, a->keys, strlen(a->keys)) != 0);
        }
    }
    (void)state;
}

/* Lower case looks, or opens the prompt; a write is asked for by a dialog of the console. */
static void no_key_emits_a_write_that_nobody_confirms(void **state)
{
    static const char *const allowed[] = {"SCAN", "DESCRIBE", "NEXT", "DROP TABLE", "DROP ROUTE",
        "SHOW", "QUIT"};

    for (size_t i = 0; i < keymap_table_count; i++) {
        const char *action = keymap_table[i].action;
        bool good = *action < 'A' || *action > 'Z';

        for (size_t a = 0; a < sizeof allowed / sizeof *allowed; a++)
            good = good || !strncmp(action, allowed[a], strlen(allowed[a]));
        assert_true(good);
    }
    (void)state;
}

static void the_special_context_wins_and_prefixes_wait(void **state)
{
    struct error err;
    struct keymap *keymap = keymap_new(&err);
    const struct keymap_binding *binding = NULL;

    assert_string_equal(action_of(keymap, tables_contexts, "<Enter>"),
        "SCAN {table} EXAMINE {page}");
    assert_string_equal(action_of(keymap, items_contexts, "<Enter>"), "open-item");
    assert_string_equal(action_of(keymap, items_contexts, "l"), "column-next");
    assert_string_equal(action_of(keymap, tables_contexts, "l"), "unfold");
    assert_string_equal(action_of(keymap, tables_contexts, "gg"), "first");
    assert_string_equal(action_of(keymap, tables_contexts, "gl5"), "layout 5");
    assert_int_equal(find(keymap, tables_contexts, "g", &binding), KEYMAP_PREFIX);
    assert_int_equal(find(keymap, tables_contexts, "gl", &binding), KEYMAP_PREFIX);
    assert_int_equal(find(keymap, tables_contexts, "g&", &binding), KEYMAP_NONE);
    assert_int_equal(find(keymap, tables_contexts, "<F7>", &binding), KEYMAP_NONE);
    keymap_free(keymap);
    (void)state;
}

static void the_users_file_maps_and_unmaps(void **state)
{
    static const char source[] = "preset vim\n"
                                 "# comment\n"
                                 "map tables X \"DESCRIBE {name}\"\n"
                                 "map   global   <F5>   repaint\n"
                                 "unmap items d\n";
    struct error err;
    struct keymap *keymap = keymap_new(&err);
    struct buf warnings;

    buf_init(&warnings, 4096);
    assert_int_equal(keymap_read(keymap, text_of(source), "keys", &warnings, &err), ERROR_NONE);
    assert_string_equal(buf_string(&warnings), "");
    assert_string_equal(action_of(keymap, tables_contexts, "X"), "DESCRIBE {name}");
    assert_string_equal(action_of(keymap, items_contexts, "<F5>"), "repaint");
    assert_null(action_of(keymap, items_contexts, "d"));
    buf_done(&warnings);
    keymap_free(keymap);
    (void)state;
}

static void mistakes_in_the_file_name_the_line_and_the_rest_counts(void **state)
{
    static const char source[] = "map nowhere j down\n"
                                 "map list <Foo> down\n"
                                 "map global <C-c> down\n"
                                 "map list X\n"
                                 "preset emacs\n"
                                 "bind x y\n"
                                 "map list g down\n"
                                 "map list abcde down\n"
                                 "map list Y down\n";
    static const char expected[] = "keys:1: unknown context\n"
                                   "keys:2: unknown key\n"
                                   "keys:3: ^C and Esc cannot be bound\n"
                                   "keys:4: no action\n"
                                   "keys:5: unknown preset\n"
                                   "keys:6: map, unmap or preset expected\n"
                                   "keys:7: the start of another sequence\n"
                                   "keys:8: more than four keys\n";
    struct error err;
    struct keymap *keymap = keymap_new(&err);
    struct buf warnings;

    buf_init(&warnings, 4096);
    assert_int_equal(keymap_read(keymap, text_of(source), "keys", &warnings, &err), ERROR_NONE);
    assert_string_equal(buf_string(&warnings), expected);
    assert_string_equal(action_of(keymap, tables_contexts, "Y"), "down");
    buf_done(&warnings);
    keymap_free(keymap);
    (void)state;
}

static void what_a_special_context_hides_is_not_in_force(void **state)
{
    struct error err;
    struct keymap *keymap = keymap_new(&err);
    const struct keymap_binding *binding;
    size_t at = 0, enter = 0;

    while ((binding = keymap_next(keymap, &at)))
        if (!strcmp(binding->keys, "/") && keymap_in_force(keymap, items_contexts, binding))
            enter++;
    assert_int_equal(enter, 1);
    keymap_free(keymap);
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_read_and_printed_alike),
        cmocka_unit_test(unknown_keys_are_refused),
        cmocka_unit_test(every_binding_can_be_typed_and_has_help),
        cmocka_unit_test(no_sequence_is_bound_twice_or_shadowed),
        cmocka_unit_test(no_key_emits_a_write_that_nobody_confirms),
        cmocka_unit_test(the_special_context_wins_and_prefixes_wait),
        cmocka_unit_test(the_users_file_maps_and_unmaps),
        cmocka_unit_test(mistakes_in_the_file_name_the_line_and_the_rest_counts),
        cmocka_unit_test(what_a_special_context_hides_is_not_in_force),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
