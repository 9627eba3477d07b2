#include "console/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "console/serve_options.h"

enum { ARGUMENTS = 16 };

/* argv from a list of words, the program's name in front. */
struct line {
    int count;
    char *list[ARGUMENTS];
};

static struct line line_of(const char *const *word)
{
    static char program[] = "gatehouse";
    struct line line = {.count = 1, .list = {program}};

    for (; *word; word++)
        line.list[line.count++] = (char *)(uintptr_t)*word;
    return line;
}

#define LINE(...) line_of((const char *const[]){__VA_ARGS__, NULL})

static enum error_code parse(struct options *options, struct settings *settings, struct line line,
    struct error *err)
{
    settings_init(settings);
    return options_parse(options, settings, line.count, line.list, err);
}

static void refuses(struct line line, const char *text, const char *hint)
{
    struct settings settings;
    struct options options;
    struct error err;
    long live = mem_live();

    assert_int_equal(parse(&options, &settings, line, &err), ERROR_USAGE);
    assert_string_equal(err.text, text);
    assert_string_equal(err.hint, hint);
    assert_int_equal(mem_live(), live);
}

static void options_are_sorted_and_letters_unique(void **state)
{
    char seen[256] = {0};
    const struct setting *setting;

    for (const struct option *option = option_table; option->name; option++) {
        if (option > option_table)
            assert_true(strcmp(option[-1].name, option->name) < 0);
        setting = setting_find(text_of(option->name));
        assert_true(!setting || !(setting->where & SETTING_OPTION));
        assert_int_not_equal(option->help[strlen(option->help) - 1], '.');
        if (option->letter)
            assert_int_equal(seen[(unsigned char)option->letter]++, 0);
    }
    for (setting = setting_table; setting->name; setting++)
        if (setting->letter)
            assert_int_equal(seen[(unsigned char)setting->letter]++, 0);
    (void)state;
}

static void values_stand_behind_or_after(void **state)
{
    struct settings settings;
    struct options options;
    struct error err;

    assert_int_equal(parse(&options, &settings,
                         LINE("--format=csv", "--page-size", "7", "-otsv", "-p", "prod", "--yes"),
                         &err),
        ERROR_NONE);
    assert_string_equal(settings.format, "tsv");
    assert_int_equal(settings.page_size, 7);
    assert_string_equal(options.start.profile, "prod");
    assert_true(settings.yes);
    options_done(&options);
    assert_int_equal(parse(&options, &settings, LINE("--output", "json", "-qv"), &err), ERROR_NONE);
    assert_string_equal(settings.format, "json");
    assert_true(settings.quiet && settings.verbose);
    options_done(&options);
    (void)state;
}

static void sources_keep_their_order(void **state)
{
    struct settings settings;
    struct options options;
    struct error err;

    assert_int_equal(parse(&options, &settings,
                         LINE("-c", "SHOW TABLES", "-f", "-", "--file=x.gh", "-cHELP"), &err),
        ERROR_NONE);
    assert_int_equal(options.source_count, 4);
    assert_false(options.source[0].is_file);
    assert_string_equal(options.source[0].text, "SHOW TABLES");
    assert_true(options.source[1].is_file);
    assert_string_equal(options.source[1].text, "-");
    assert_string_equal(options.source[2].text, "x.gh");
    assert_string_equal(options.source[3].text, "HELP");
    options_done(&options);
    (void)state;
}

static void parameters_and_answers_are_collected(void **state)
{
    struct settings settings;
    struct options options;
    struct error err;

    assert_int_equal(parse(&options, &settings,
                         LINE("--param", "n=1", "--param-text", "t=a=b", "--arg", "'x'", "--i-mean",
                             "table=orders", "--i-mean=count=5"),
                         &err),
        ERROR_NONE);
    assert_int_equal(options.param_count, 2);
    assert_false(options.param[0].is_text);
    assert_string_equal(options.param[0].text, "n=1");
    assert_true(options.param[1].is_text);
    assert_string_equal(options.param[1].text, "t=a=b");
    assert_int_equal(options.arg_count, 1);
    assert_string_equal(options.i_mean[0], "table=orders");
    assert_string_equal(options.i_mean[1], "count=5");
    assert_null(options.i_mean[2]);
    options_done(&options);
    (void)state;
}

static void flags_can_be_denied(void **state)
{
    struct settings settings;
    struct options options;
    struct error err;

    assert_int_equal(parse(&options, &settings, LINE("--no-headers", "--on-error", "continue"),
                         &err),
        ERROR_NONE);
    assert_false(settings.headers);
    assert_false(settings.stop_on_error);
    options_done(&options);
    refuses(LINE("--no-format"), "there is no option --no-format",
        "gatehouse --help lists the options");
    (void)state;
}

static void endpoints_of_one_service_belong_to_the_first_connection(void **state)
{
    static const struct {
        const char *option, *service;
    } case_table[] = {
        {"--endpoint-url-apigateway", "apigateway"},
        {"--endpoint-url-apigateway", "apigatewayv2"},
        {"--endpoint-url-cloudwatch", "cloudwatch"},
        {"--endpoint-url-dynamodb", "dynamodb"},
        {"--endpoint-url-lambda", "lambda"},
        {"--endpoint-url-logs", "logs"},
        {"--endpoint-url-sns", "sns"},
        {"--endpoint-url-streams", "streams"},
        {"--endpoint-url-sts", "sts"},
    };
    struct settings settings;
    struct options options;
    struct error err;

    for (size_t i = 0; i < sizeof(case_table) / sizeof(case_table[0]); i++) {
        const char *url;

        assert_int_equal(parse(&options, &settings,
                             LINE(case_table[i].option, "http://localhost:8000",
                                 case_table[i].option, "http://localhost:8001"),
                             &err),
            ERROR_NONE);
        url = service_endpoint_find(options.start.service_endpoint, case_table[i].service);
        assert_non_null(url);
        assert_string_equal(url, "http://localhost:8001");
        assert_null(service_endpoint_find(options.start.service_endpoint, "nothing"));
        options_done(&options);
    }
    assert_null(service_endpoint_find(NULL, "dynamodb"));
    refuses(LINE("--endpoint-url-sqs", "x"), "there is no option --endpoint-url-sqs",
        "did you mean --endpoint-url-sns?");
    (void)state;
}

static void wrong_options_are_named(void **state)
{
    refuses(LINE("--formt", "csv"), "there is no option --formt", "did you mean --format?");
    refuses(LINE("--profil"), "there is no option --profil", "did you mean --profile?");
    refuses(LINE("-z"), "there is no option -z", "gatehouse --help lists the options");
    refuses(LINE("SHOW"), "SHOW is no option and no command", "gatehouse --help lists the options");
    refuses(LINE("--profile"), "--profile needs a value: NAME",
        "gatehouse --help lists the options");
    refuses(LINE("-c"), "--command needs a value: STATEMENT", "gatehouse --help lists the options");
    refuses(LINE("-c", "HELP", "--version=1"), "--version takes no value",
        "gatehouse --help lists the options");
    refuses(LINE("--param", "n"), "--param n: a name, = and a value are needed",
        "gatehouse --help lists the options");
    refuses(LINE("--format", "xml"), "--format: format cannot be 'xml'",
        "format takes auto|table|vertical|json|jsonl|ddbjson|csv|tsv|none");
    refuses(LINE("--page", "5"), "there is no option --page", "gatehouse --help lists the options");
    (void)state;
}

static void options_survive_every_failed_allocation(void **state)
{
    bool done = false;

    for (long nth = 1; !done && nth < 50; nth++) {
        struct settings settings;
        struct options options;
        struct error err;
        long live = mem_live();

        settings_init(&settings);
        {
            struct line line = LINE("-c", "a", "--param", "n=1", "--arg", "1", "--i-mean", "a=b");

            mem_fail_at(nth);
            done = !options_parse(&options, &settings, line.count, line.list, &err);
            mem_fail_at(0);
        }
        if (done)
            options_done(&options);
        else
            assert_int_equal(err.code, ERROR_MEMORY);
        assert_int_equal(mem_live(), live);
    }
    assert_true(done);
    (void)state;
}

static void expect_serve_refusal(struct line line, const char *text, const char *hint)
{
    struct serve_options options;
    struct error err = {0};

    assert_int_equal(serve_options_parse(&options, line.count, line.list, &err), ERROR_USAGE);
    assert_string_equal(err.text, text);
    assert_string_equal(err.hint, hint);
    serve_options_done(&options);
}

static void serve_reads_its_own_options(void **state)
{
    struct line line = LINE("--data", "/d", "--socket=/s", "--lease", "--auth", "verify",
        "--message-style", "legacy", "--state_delay_ms=600000", "--enforce-throughput=on");
    struct serve_options options;
    struct error err;

    assert_int_equal(serve_options_parse(&options, line.count, line.list, &err), ERROR_NONE);
    assert_string_equal(options.data, "/d");
    assert_string_equal(options.socket, "/s");
    assert_true(options.lease);
    assert_false(options.memory);
    assert_string_equal(options.auth, "verify");
    assert_string_equal(options.message_style, "legacy");
    assert_int_equal(options.state_delay_ms, 600000);
    assert_int_equal(options.ttl_delay_s, 0);
    assert_true(options.enforce_throughput);
    assert_false(options.admin_on_tcp);
    assert_null(options.listen);
    serve_options_done(&options);
    expect_serve_refusal(LINE("--auth", "maybe"), "--auth cannot be 'maybe'",
        "--auth takes parse|verify|off");
    expect_serve_refusal(LINE("--ttl-delay-s", "172801"), "--ttl-delay-s cannot be '172801'",
        "--ttl-delay-s takes a number from 0 to 172800");
    expect_serve_refusal(LINE("--state-delay-ms=-1"), "--state-delay-ms cannot be '-1'",
        "--state-delay-ms takes a number from 0 to 600000");
    expect_serve_refusal(LINE("--admin-on-tcp", "yes"), "--admin-on-tcp cannot be 'yes'",
        "--admin-on-tcp takes on or off");
    expect_serve_refusal(LINE("--listen"), "--listen needs a value: ADDRESS:PORT", "");
    expect_serve_refusal(LINE("-x"), "serve has no option -x",
        "gatehouse serve --help lists the options");
    expect_serve_refusal(LINE("--lease=1"), "--lease takes no value", "");
    expect_serve_refusal(LINE("--temporary"), "--temporary needs --data", "");
    (void)state;
}

static void write_config(const struct buf *folder, const char *text)
{
    struct buf path;
    struct error err = {0};

    buf_init(&path, 4096);
    buf_add_format(&path, "%s/gatehouse", folder->data);
    assert_int_equal(file_make_folder(buf_string(&path), &err), ERROR_NONE);
    buf_add_string(&path, "/config");
    assert_int_equal(file_write(buf_string(&path), text_of(text), 0600, &err), ERROR_NONE);
    buf_done(&path);
}

static void serve_reads_its_section_of_the_config_file_first(void **state)
{
    struct line line = LINE("--region", "eu-west-2");
    struct serve_options options;
    struct error err = {0};
    struct buf folder, wanted;

    buf_init(&folder, 4096);
    buf_init(&wanted, 4096);
    assert_int_equal(file_make_temporary("serve-config", &folder, &err), ERROR_NONE);
    setenv("XDG_CONFIG_HOME", buf_string(&folder), 1);
    write_config(&folder, "page = 10\n[serve]\nregion = eu-central-1\naccount = 123456789012\n"
                          "state_delay_ms = 250\nmemory = on\n[profile x]\nregion = r\n");
    assert_int_equal(serve_options_parse(&options, line.count, line.list, &err), ERROR_NONE);
    assert_string_equal(options.region, "eu-west-2");
    assert_string_equal(options.account, "123456789012");
    assert_int_equal(options.state_delay_ms, 250);
    assert_true(options.memory);
    serve_options_done(&options);
    write_config(&folder, "[serve]\nlease = on\n");
    buf_add_format(&wanted, "%s/gatehouse/config:2: [serve] has no setting lease", folder.data);
    expect_serve_refusal(LINE("--memory"), buf_string(&wanted), "");
    write_config(&folder, "[serve]\n\nauth = none\n");
    buf_clear(&wanted);
    buf_add_format(&wanted, "%s/gatehouse/config:3: auth cannot be 'none'", folder.data);
    expect_serve_refusal(LINE("--memory"), buf_string(&wanted), "auth takes parse|verify|off");
    unsetenv("XDG_CONFIG_HOME");
    file_remove_tree(buf_string(&folder));
    buf_done(&wanted);
    buf_done(&folder);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_sorted_and_letters_unique),
        cmocka_unit_test(values_stand_behind_or_after),
        cmocka_unit_test(sources_keep_their_order),
        cmocka_unit_test(parameters_and_answers_are_collected),
        cmocka_unit_test(flags_can_be_denied),
        cmocka_unit_test(endpoints_of_one_service_belong_to_the_first_connection),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(options_survive_every_failed_allocation),
        cmocka_unit_test(serve_reads_its_own_options),
        cmocka_unit_test(serve_reads_its_section_of_the_config_file_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
