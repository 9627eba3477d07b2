#include "client/profile.h"

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
#include "base/mem.h"
#include "client/ini.h"

static char folder[256];
static long live_before;

static void write_file(const char *name, const char *content)
{
    struct error err = {0};
    char path[400];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(file_write(path, text_of(content), 0600, &err), ERROR_NONE);
}

/* A fresh home folder and none of the variables that matter. */
static int set_up(void **state)
{
    static const char *const unset[] = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION",
        "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_ENDPOINT_URL_API_GATEWAY", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE"};
    struct error err = {0};
    struct buf path;
    char sub[400];

    live_before = mem_live();
    buf_init(&path, 200);
    if (file_make_temporary("gatehouse-profile", &path, &err))
        return -1;
    snprintf(folder, sizeof folder, "%s", buf_string(&path));
    buf_done(&path);
    for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
        unsetenv(unset[i]);
    setenv("HOME", folder, 1);
    snprintf(sub, sizeof sub, "%s/config", folder);
    setenv("XDG_CONFIG_HOME", sub, 1);
    snprintf(sub, sizeof sub, "%s/run", folder);
    setenv("XDG_RUNTIME_DIR", sub, 1);
    snprintf(sub, sizeof sub, "%s/config/gatehouse", folder);
    if (file_make_folder(sub, &err))
        return -1;
    snprintf(sub, sizeof sub, "%s/.aws", folder);
    (void)state;
    return file_make_folder(sub, &err) ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    file_remove_tree(folder);
    return mem_live() == live_before ? 0 : -1;
}

static struct profile_set *load(void)
{
    struct error err = {0};
    struct profile_set *set = profile_load(&err);

    assert_non_null(set);
    return set;
}

static void without_any_file_there_is_local(void **state)
{
    struct profile_set *set = load();
    const struct profile *local = profile_find(set, TEXT("local"));
    char socket[400];

    snprintf(socket, sizeof socket, "%s/run/gatehouse/local.sock", folder);
    assert_int_equal(profile_count(set), 1);
    assert_ptr_equal(profile_at(set, 0), local);
    assert_null(profile_at(set, 1));
    assert_ptr_equal(profile_initial(set), local);
    assert_true(local->is_local);
    assert_false(local->read_only);
    assert_string_equal(local->environment, "local");
    assert_string_equal(local->region, "us-east-1");
    assert_string_equal(local->unix_socket, socket);
    assert_null(local->endpoint);
    assert_null(profile_endpoint(set, local, "dynamodb"));
    assert_null(profile_find(set, TEXT("default")));
    assert_null(profile_warning(set, 0));
    profile_set_free(set);
    profile_set_free(NULL);
    (void)state;
}

static void the_own_file_describes_a_profile(void **state)
{
    struct profile_set *set;
    const struct profile *profile;

    write_file("config/gatehouse/config",
        "# ways to reach things\n"
        "[settings]\npage-size = 10\n"
        "[profile prod-eu]\nregion = eu-west-1\nenv = prod\napi = shop\nstage = prod\n"
        "dialect = partiql\ninvoke-url = https://api.shop.example\npace = off\n"
        "[profile scylla]\nendpoint = http://db:8000\nendpoint-logs = http://db:9000\n"
        "read-only = yes\n");
    set = load();
    profile = profile_find(set, TEXT("prod-eu"));
    assert_string_equal(profile->region, "eu-west-1");
    assert_string_equal(profile->environment, "prod");
    assert_true(profile->read_only);
    assert_false(profile->is_local);
    assert_string_equal(profile->api, "shop");
    assert_string_equal(profile->stage, "prod");
    assert_string_equal(profile->dialect, "partiql");
    assert_string_equal(profile->invoke_url, "https://api.shop.example");
    assert_null(profile->endpoint);
    assert_string_equal(profile_value(set, profile, "pace"), "off");
    assert_null(profile_value(set, profile, "page-size"));
    profile = profile_find(set, TEXT("scylla"));
    assert_true(profile->read_only);
    assert_string_equal(profile->environment, "");
    assert_string_equal(profile->region, "us-east-1");
    assert_string_equal(profile->endpoint, "http://db:8000");
    assert_string_equal(profile_endpoint(set, profile, "dynamodb"), "http://db:8000");
    assert_string_equal(profile_endpoint(set, profile, "logs"), "http://db:9000");
    assert_null(profile_warning(set, 0));
    profile_set_free(set);
    (void)state;
}

static void the_aws_files_are_read_too(void **state)
{
    struct profile_set *set;
    const struct profile *profile;

    write_file(".aws/config",
        "[default]\r\nregion = eu-central-1\r\n"
        "[profile \"my team\"]\nregion=us-west-2\nservices = local-ones\n"
        "s3 =\n  max_concurrent_requests = 20\n"
        "[services local-ones]\ndynamodb =\n  endpoint_url = http://localhost:4567\n"
        "api_gateway =\n\tendpoint_url = http://localhost:4568\n"
        "[sso-session x]\nsso_region = us-east-1\n");
    write_file(".aws/credentials", "[default]\naws_access_key_id = AK\n"
                                   "aws_secret_access_key = a=b=\n[only-keys]\n");
    set = load();
    profile = profile_find(set, TEXT("default"));
    assert_ptr_equal(profile_initial(set), profile);
    assert_string_equal(profile->region, "eu-central-1");
    assert_string_equal(profile_value(set, profile, "aws_secret_access_key"), "a=b=");
    profile = profile_find(set, TEXT("my team"));
    assert_string_equal(profile->region, "us-west-2");
    assert_string_equal(profile_endpoint(set, profile, "dynamodb"), "http://localhost:4567");
    assert_string_equal(profile_endpoint(set, profile, "apigateway"), "http://localhost:4568");
    assert_null(profile_endpoint(set, profile, "logs"));
    assert_null(profile_value(set, profile, "max_concurrent_requests"));
    assert_string_equal(profile_find(set, TEXT("only-keys"))->region, "");
    assert_null(profile_find(set, TEXT("x")));
    assert_int_equal(profile_count(set), 4);
    profile_set_free(set);
    (void)state;
}

static void the_own_file_goes_before_the_environment_and_that_before_aws(void **state)
{
    struct profile_set *set;

    write_file("config/gatehouse/config", "[profile fixed]\nregion = eu-west-1\n"
                                          "endpoint = http://own:1\n[profile open]\n");
    write_file(".aws/config", "[profile fixed]\nregion = ap-south-1\n"
                              "[profile open]\nregion = ap-south-1\nendpoint_url = http://aws:1\n");
    setenv("AWS_DEFAULT_REGION", "us-west-1", 1);
    set = load();
    assert_string_equal(profile_find(set, TEXT("fixed"))->region, "eu-west-1");
    assert_string_equal(profile_find(set, TEXT("open"))->region, "us-west-1");
    assert_string_equal(profile_find(set, TEXT("open"))->endpoint, "http://aws:1");
    profile_set_free(set);
    setenv("AWS_REGION", "us-west-2", 1);
    setenv("AWS_ENDPOINT_URL", "http://env:1", 1);
    setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://env:2", 1);
    set = load();
    assert_string_equal(profile_find(set, TEXT("open"))->region, "us-west-2");
    assert_string_equal(profile_find(set, TEXT("local"))->region, "us-west-2");
    assert_string_equal(profile_find(set, TEXT("open"))->endpoint, "http://env:1");
    assert_string_equal(profile_endpoint(set, profile_find(set, TEXT("open")), "dynamodb"),
        "http://env:2");
    assert_string_equal(profile_endpoint(set, profile_find(set, TEXT("open")), "sts"),
        "http://env:1");
    assert_string_equal(profile_endpoint(set, profile_find(set, TEXT("fixed")), "dynamodb"),
        "http://own:1");
    assert_null(profile_endpoint(set, profile_find(set, TEXT("local")), "dynamodb"));
    profile_set_free(set);
    setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
    set = load();
    assert_null(profile_find(set, TEXT("open"))->endpoint);
    assert_null(profile_endpoint(set, profile_find(set, TEXT("open")), "dynamodb"));
    profile_set_free(set);
    (void)state;
}

static void aws_profile_chooses_the_first_one(void **state)
{
    struct profile_set *set;

    write_file(".aws/config", "[default]\nregion = eu-central-1\n[profile team]\n");
    set = load();
    assert_string_equal(profile_initial(set)->name, "local");
    profile_set_free(set);
    setenv("AWS_PROFILE", "team", 1);
    set = load();
    assert_string_equal(profile_initial(set)->name, "team");
    assert_null(profile_missing(set));
    profile_set_free(set);
    setenv("AWS_PROFILE", "tema\x1b[31m", 1);
    setenv("AWS_ACCESS_KEY_ID", "AK", 1);
    set = load();
    assert_string_equal(profile_initial(set)->name, "local");
    assert_non_null(strstr(profile_warning(set, 0), "AWS_PROFILE names tema"));
    assert_string_equal(profile_missing(set), "tema\x1b[31m");
    assert_null(strchr(profile_warning(set, 0), '\x1b'));
    assert_null(profile_warning(set, 1));
    profile_set_free(set);
    unsetenv("AWS_PROFILE");
    set = load();
    assert_string_equal(profile_initial(set)->name, "default");
    profile_set_free(set);
    (void)state;
}

static void keys_in_the_environment_alone_make_a_default_profile(void **state)
{
    struct profile_set *set;

    setenv("AWS_ACCESS_KEY_ID", "AK", 1);
    setenv("AWS_REGION", "eu-west-3", 1);
    set = load();
    assert_string_equal(profile_initial(set)->name, "default");
    assert_string_equal(profile_initial(set)->region, "eu-west-3");
    profile_set_free(set);
    (void)state;
}

static void a_region_alone_makes_a_default_profile_that_is_not_the_first(void **state)
{
    struct profile_set *set;

    setenv("AWS_REGION", "eu-west-1", 1);
    set = load();
    assert_non_null(profile_find(set, TEXT("default"))); /* an instance may have a role */
    assert_string_equal(profile_initial(set)->name, "local");
    profile_set_free(set);
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "", 1);
    set = load();
    assert_string_equal(profile_initial(set)->name, "local");
    profile_set_free(set);
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x", 1);
    set = load();
    assert_string_equal(profile_initial(set)->name, "default");
    profile_set_free(set);
    unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    (void)state;
}

static void an_sso_session_is_a_section_of_the_aws_config(void **state)
{
    struct profile_set *set;

    write_file(".aws/config", "[profile p]\nsso_session = corp\n"
                              "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url =\n"
                              "[sso-session \"two words\"]\nsso_region = eu-west-2\n");
    set = load();
    assert_string_equal(profile_sso_session_value(set, "corp", "sso_region"), "eu-west-1");
    assert_null(profile_sso_session_value(set, "corp", "sso_start_url"));
    assert_null(profile_sso_session_value(set, "nobody", "sso_region"));
    assert_string_equal(profile_sso_session_value(set, "two words", "sso_region"), "eu-west-2");
    assert_null(profile_find(set, TEXT("corp")));
    profile_set_free(set);
    (void)state;
}

static void an_unknown_key_of_the_own_file_is_a_warning(void **state)
{
    struct profile_set *set;
    char wanted[400];

    write_file("config/gatehouse/config",
        "[settings]\nendpoint_url = x\n[profile a]\nendpoint_url = http://a:1\nregoin = x\n"
        "endpoint-dynamodb = http://a:2\nendpoint-s3 = http://a:3\n\x1b[2J = 1\n"
        "[else]\nnothing = 1\n");
    write_file(".aws/config", "[profile b]\noutput = json\n");
    set = load();
    snprintf(wanted, sizeof wanted,
        "%s/config/gatehouse/config:4: a profile has no key endpoint_url, did you mean endpoint; "
        "ignored",
        folder);
    assert_string_equal(profile_warning(set, 0), wanted);
    assert_non_null(strstr(profile_warning(set, 1), ":5: a profile has no key regoin, did you "
                                                    "mean region; ignored"));
    assert_non_null(strstr(profile_warning(set, 2), ":7: a profile has no key endpoint-s3"));
    assert_non_null(strstr(profile_warning(set, 3), ":8: a profile has no key "));
    assert_null(strchr(profile_warning(set, 3), '\x1b'));
    assert_null(profile_warning(set, 4));
    assert_null(profile_find(set, TEXT("a"))->endpoint);
    assert_string_equal(profile_endpoint(set, profile_find(set, TEXT("a")), "dynamodb"),
        "http://a:2");
    profile_set_free(set);
    (void)state;
}

static void broken_lines_are_warnings(void **state)
{
    struct profile_set *set;
    char wanted[400];

    write_file("config/gatehouse/config", "[profile a]\nregion eu-west-1\n = x\n[profile\n"
                                          "env = prod\n[]\n[profile b]\nenv = production\n"
                                          "read-only = maybe\n[profile c]\nenv = PROD\n");
    set = load();
    snprintf(wanted, sizeof wanted,
        "%s/config/gatehouse/config:2: neither a section in brackets nor key = value; ignored",
        folder);
    assert_string_equal(profile_warning(set, 0), wanted);
    assert_non_null(strstr(profile_warning(set, 1), "config:3: "));
    assert_non_null(strstr(profile_warning(set, 2), "config:4: "));
    assert_non_null(strstr(profile_warning(set, 3), "config:6: "));
    assert_string_equal(profile_warning(set, 4),
        "profile b: env = production is none of prod, stage, test, dev, local: prod");
    assert_string_equal(profile_warning(set, 5),
        "profile b: read-only = maybe is neither yes nor no: yes");
    assert_null(profile_warning(set, 6));
    assert_false(profile_find(set, TEXT("a"))->read_only);
    assert_string_equal(profile_find(set, TEXT("a"))->environment, "");
    assert_true(profile_find(set, TEXT("b"))->read_only);
    assert_string_equal(profile_find(set, TEXT("b"))->environment, "prod");
    assert_string_equal(profile_find(set, TEXT("c"))->environment, "prod");
    assert_true(profile_find(set, TEXT("c"))->read_only);
    profile_set_free(set);
    (void)state;
}

static void other_places_of_the_aws_files_are_honoured(void **state)
{
    struct profile_set *set;
    char path[400];

    write_file("elsewhere", "[profile moved]\nregion = sa-east-1\n");
    snprintf(path, sizeof path, "%s/elsewhere", folder);
    setenv("AWS_CONFIG_FILE", path, 1);
    write_file(".aws/config", "[profile usual]\n");
    set = load();
    assert_string_equal(profile_find(set, TEXT("moved"))->region, "sa-east-1");
    assert_null(profile_find(set, TEXT("usual")));
    profile_set_free(set);
    (void)state;
}

static void local_may_be_pointed_somewhere_else(void **state)
{
    struct profile_set *set;

    write_file("config/gatehouse/config", "[profile local]\nendpoint = http://localhost:8000\n");
    set = load();
    assert_int_equal(profile_count(set), 1);
    assert_false(profile_at(set, 0)->is_local);
    assert_null(profile_at(set, 0)->unix_socket);
    assert_string_equal(profile_at(set, 0)->endpoint, "http://localhost:8000");
    profile_set_free(set);
    (void)state;
}

static void the_reader_of_lines_keeps_to_its_grammar(void **state)
{
    struct ini_reader reader;

    ini_start(&reader, TEXT("\xef\xbb\xbf; note\n\n[ a ]\nk = v = w \r\nparent =\n  child = 1\n"
                            "next=2"));
    assert_int_equal(ini_next(&reader), INI_SECTION);
    assert_true(text_is(reader.section, "a"));
    assert_int_equal(reader.line, 3);
    assert_int_equal(ini_next(&reader), INI_ENTRY);
    assert_true(text_is(reader.key, "k") && text_is(reader.value, "v = w"));
    assert_int_equal(ini_next(&reader), INI_ENTRY);
    assert_int_equal(ini_next(&reader), INI_ENTRY);
    assert_true(text_is(reader.group, "parent") && text_is(reader.key, "child"));
    assert_int_equal(ini_next(&reader), INI_ENTRY);
    assert_int_equal(reader.group.length, 0);
    assert_true(text_is(reader.value, "2"));
    assert_int_equal(ini_next(&reader), INI_END);
    assert_int_equal(ini_next(&reader), INI_END);
    ini_start(&reader, TEXT(""));
    assert_int_equal(ini_next(&reader), INI_END);
    (void)state;
}

static void loading_survives_every_failed_allocation(void **state)
{
    struct profile_set *set = NULL;

    write_file("config/gatehouse/config", "[profile a]\nregion = eu-west-1\nbroken\n");
    write_file(".aws/config", "[default]\nregion = eu-central-1\n");
    setenv("AWS_REGION", "eu-west-2", 1);
    for (long nth = 1; !set; nth++) {
        struct error err = {0};

        mem_fail_at(nth);
        set = profile_load(&err);
        mem_fail_at(0);
        if (!set) {
            assert_int_equal(err.code, ERROR_MEMORY);
            assert_int_equal(mem_live(), 0);
        }
    }
    assert_int_equal(profile_count(set), 3);
    assert_non_null(profile_warning(set, 0));
    assert_null(profile_warning(set, 1));
    assert_string_equal(profile_find(set, TEXT("default"))->region, "eu-west-2");
    profile_set_free(set);
    (void)state;
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest test_table[] = {
        FRESH(without_any_file_there_is_local),
        FRESH(the_own_file_describes_a_profile),
        FRESH(the_aws_files_are_read_too),
        FRESH(the_own_file_goes_before_the_environment_and_that_before_aws),
        FRESH(aws_profile_chooses_the_first_one),
        FRESH(keys_in_the_environment_alone_make_a_default_profile),
        FRESH(a_region_alone_makes_a_default_profile_that_is_not_the_first),
        FRESH(an_sso_session_is_a_section_of_the_aws_config),
        FRESH(an_unknown_key_of_the_own_file_is_a_warning),
        FRESH(broken_lines_are_warnings),
        FRESH(other_places_of_the_aws_files_are_honoured),
        FRESH(local_may_be_pointed_somewhere_else),
        FRESH(the_reader_of_lines_keeps_to_its_grammar),
        FRESH(loading_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
