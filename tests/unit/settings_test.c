#include "console/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "console/config.h"

static enum error_code apply(struct settings *settings, const char *name, const char *value,
    struct error *err)
{
    const struct setting *setting = setting_find(text_of(name));

    assert_non_null(setting);
    return setting_apply(settings, setting, text_of(value), err);
}

static const char *value_of(const struct settings *settings, const char *name)
{
    static char text[300];

    setting_text(settings, setting_find(text_of(name)), text, sizeof(text));
    return text;
}

static void settings_are_sorted_complete_and_found(void **state)
{
    for (const struct setting *setting = setting_table; setting->name; setting++) {
        if (setting > setting_table)
            assert_true(strcmp(setting[-1].name, setting->name) < 0);
        assert_ptr_equal(setting_find(text_of(setting->name)), setting);
        assert_true(setting->size > 0 && setting->where > 0);
        assert_true(setting->help && setting->help[0]);
        assert_int_not_equal(setting->help[strlen(setting->help) - 1], '.');
        if (setting->kind == SETTING_CHOICE)
            assert_non_null(setting->choices);
    }
    assert_null(setting_find(TEXT("")));
    assert_null(setting_find(TEXT("forma")));
    assert_null(setting_find(TEXT("zzz")));
    assert_ptr_equal(setting_find(TEXT("max_cell")), setting_find(TEXT("max-cell")));
    (void)state;
}

static void initial_values_are_valid_and_read_back(void **state)
{
    struct settings settings;
    struct error err;

    settings_init(&settings);
    for (const struct setting *setting = setting_table; setting->name; setting++) {
        assert_int_equal(setting_apply(&settings, setting, text_of(setting->initial), &err),
            ERROR_NONE);
        assert_string_equal(value_of(&settings, setting->name), setting->initial);
    }
    assert_int_equal(settings.max_cell, -1);
    assert_true(settings.headers && settings.stop_on_error && !settings.yes);
    assert_int_equal(settings.page, 50);
    (void)state;
}

static void flags_take_the_usual_words(void **state)
{
    static const char *const on_table[] = {"on", "ON", "yes", "true", "1"};
    static const char *const off_table[] = {"off", "No", "false", "0"};
    struct settings settings;
    struct error err;

    settings_init(&settings);
    for (size_t i = 0; i < 5; i++) {
        settings.mouse = false;
        assert_int_equal(apply(&settings, "mouse", on_table[i], &err), ERROR_NONE);
        assert_true(settings.mouse);
    }
    for (size_t i = 0; i < 4; i++) {
        settings.mouse = true;
        assert_int_equal(apply(&settings, "mouse", off_table[i], &err), ERROR_NONE);
        assert_false(settings.mouse);
    }
    assert_int_equal(apply(&settings, "mouse", "perhaps", &err), ERROR_USAGE);
    assert_string_equal(err.text, "mouse cannot be 'perhaps'");
    assert_string_equal(err.hint, "mouse takes on or off");
    assert_int_equal(apply(&settings, "on-error", "continue", &err), ERROR_NONE);
    assert_false(settings.stop_on_error);
    assert_int_equal(apply(&settings, "on-error", "on", &err), ERROR_USAGE);
    assert_string_equal(err.hint, "on-error takes continue|stop");
    (void)state;
}

static void numbers_have_limits_and_words(void **state)
{
    struct settings settings;
    struct error err;

    settings_init(&settings);
    assert_int_equal(apply(&settings, "page", "1", &err), ERROR_NONE);
    assert_int_equal(apply(&settings, "page", "10000", &err), ERROR_NONE);
    assert_int_equal(apply(&settings, "page", "0", &err), ERROR_USAGE);
    assert_string_equal(err.hint, "page takes a number from 1 to 10000");
    assert_int_equal(apply(&settings, "page", "10001", &err), ERROR_USAGE);
    assert_int_equal(apply(&settings, "page", "-1", &err), ERROR_USAGE);
    assert_int_equal(apply(&settings, "page", "5x", &err), ERROR_USAGE);
    assert_int_equal(apply(&settings, "page", "", &err), ERROR_USAGE);
    assert_int_equal(settings.page, 10000);
    assert_int_equal(apply(&settings, "max-cell", "auto", &err), ERROR_NONE);
    assert_int_equal(settings.max_cell, -1);
    assert_int_equal(apply(&settings, "max-cell", "-1", &err), ERROR_USAGE);
    assert_int_equal(apply(&settings, "max-rcu", "none", &err), ERROR_NONE);
    assert_int_equal(settings.max_rcu, 0);
    (void)state;
}

static void durations_are_milliseconds(void **state)
{
    struct settings settings;
    struct error err;

    settings_init(&settings);
    assert_int_equal(apply(&settings, "timeout", "90s", &err), ERROR_NONE);
    assert_int_equal(settings.timeout_ms, 90000);
    assert_string_equal(value_of(&settings, "timeout"), "90s");
    assert_int_equal(apply(&settings, "timeout", "250ms", &err), ERROR_NONE);
    assert_string_equal(value_of(&settings, "timeout"), "250ms");
    assert_int_equal(apply(&settings, "timeout", "5m", &err), ERROR_NONE);
    assert_string_equal(value_of(&settings, "timeout"), "5m");
    assert_int_equal(apply(&settings, "timeout", "2d", &err), ERROR_USAGE);
    assert_int_equal(apply(&settings, "timeout", "5", &err), ERROR_USAGE);
    assert_string_equal(err.text, "timeout cannot be '5'");
    assert_string_equal(value_of(&settings, "timeout"), "5m");
    (void)state;
}

static void choices_know_other_spellings(void **state)
{
    struct settings settings;
    struct error err;

    settings_init(&settings);
    assert_int_equal(apply(&settings, "format", "NDJSON", &err), ERROR_NONE);
    assert_string_equal(settings.format, "jsonl");
    assert_int_equal(apply(&settings, "format", "ddb-json", &err), ERROR_NONE);
    assert_string_equal(settings.format, "ddbjson");
    assert_int_equal(apply(&settings, "format", "xml", &err), ERROR_USAGE);
    assert_string_equal(err.hint,
        "format takes auto|table|vertical|json|jsonl|ddbjson|csv|tsv|none");
    (void)state;
}

static void texts_are_whole_and_without_controls(void **state)
{
    struct settings settings;
    struct error err;
    char longest[65];

    settings_init(&settings);
    memset(longest, 'x', sizeof(longest));
    longest[63] = '\0';
    assert_int_equal(apply(&settings, "theme", longest, &err), ERROR_NONE);
    assert_string_equal(settings.theme, longest);
    longest[63] = 'x';
    longest[64] = '\0';
    assert_int_equal(apply(&settings, "theme", longest, &err), ERROR_USAGE);
    assert_string_equal(err.text, "theme is longer than 63 bytes or holds control characters");
    assert_int_equal(apply(&settings, "theme", "a\033b", &err), ERROR_USAGE);
    assert_int_equal(apply(&settings, "theme", "a\xff", &err), ERROR_USAGE);
    (void)state;
}

static void unknown_settings_name_the_nearest(void **state)
{
    struct error err;

    assert_int_equal(setting_unknown(TEXT("formt"), SETTING_SET, &err), ERROR_USAGE);
    assert_string_equal(err.text, "there is no setting formt");
    assert_string_equal(err.hint, "did you mean format?");
    assert_int_equal(setting_unknown(TEXT("dry-rum"), SETTING_SET, &err), ERROR_USAGE);
    assert_string_equal(err.hint, "SHOW SETTINGS lists them");
    (void)state;
}

/* A config file in a folder of its own. */
static void load(const char *content, struct settings *settings, struct config_warnings *warnings)
{
    struct buf folder, path;
    struct error err;

    buf_init(&folder, 4096);
    buf_init(&path, 4096);
    assert_int_equal(file_make_temporary("gatehouse-config", &folder, &err), ERROR_NONE);
    buf_add_format(&path, "%s/gatehouse", buf_string(&folder));
    assert_int_equal(file_make_folder(buf_string(&path), &err), ERROR_NONE);
    buf_add_string(&path, "/config");
    if (content)
        assert_int_equal(file_write(buf_string(&path), text_of(content), 0600, &err), ERROR_NONE);
    setenv("XDG_CONFIG_HOME", buf_string(&folder), 1);
    settings_init(settings);
    config_load(settings, warnings);
    file_remove_tree(buf_string(&folder));
    buf_done(&path);
    buf_done(&folder);
}

static void config_file_sets_what_it_may(void **state)
{
    struct settings settings;
    struct config_warnings warnings;

    load("# for the office\nformat = csv\n"
         "[profile prod]\nregion = eu-west-1\npage = 7\n"
         "[settings]\n\npage = 20\n",
        &settings, &warnings);
    assert_int_equal(warnings.count, 0);
    assert_string_equal(settings.format, "csv");
    assert_int_equal(settings.page, 20);
    load(NULL, &settings, &warnings);
    assert_int_equal(warnings.count, 0);
    assert_string_equal(settings.format, "auto");
    (void)state;
}

static void broken_config_lines_are_warnings_with_their_place(void **state)
{
    struct settings settings;
    struct config_warnings warnings;

    load("formt = csv\nyes = on\npage = lots\ntheme = mono\n", &settings, &warnings);
    assert_int_equal(warnings.count, 3);
    assert_non_null(
        strstr(warnings.warning[0].text, "/gatehouse/config:1: there is no setting formt"));
    assert_non_null(strstr(warnings.warning[1].text, "/gatehouse/config:2: "));
    assert_non_null(strstr(warnings.warning[2].text, "config:3: page cannot be 'lots'"));
    assert_false(settings.yes);
    assert_string_equal(settings.theme, "mono");
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_sorted_complete_and_found),
        cmocka_unit_test(initial_values_are_valid_and_read_back),
        cmocka_unit_test(flags_take_the_usual_words),
        cmocka_unit_test(numbers_have_limits_and_words),
        cmocka_unit_test(durations_are_milliseconds),
        cmocka_unit_test(choices_know_other_spellings),
        cmocka_unit_test(texts_are_whole_and_without_controls),
        cmocka_unit_test(unknown_settings_name_the_nearest),
        cmocka_unit_test(config_file_sets_what_it_may),
        cmocka_unit_test(broken_config_lines_are_warnings_with_their_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
