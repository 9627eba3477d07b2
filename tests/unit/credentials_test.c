#include "client/credentials.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "client/credentials_parts.h"
#include "client/credentials_process.h"

#define NOON (UINT64_C(1795262400) * CLOCK_SECOND) /* 2026-11-21T12:00:00Z */

static char folder[256];
static long live_before;

static void write_file(const char *name, const char *content)
{
    struct error err = {0};
    char path[400];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(file_write(path, text_of(content), 0600, &err), ERROR_NONE);
}

static int set_up(void **state)
{
    static const char *const unset[] = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION",
        "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_ENDPOINT_URL_STS", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI"};
    struct error err = {0};
    struct buf path;
    char sub[400];

    live_before = mem_live();
    buf_init(&path, 200);
    if (file_make_temporary("gatehouse-credentials", &path, &err))
        return -1;
    snprintf(folder, sizeof folder, "%s", buf_string(&path));
    buf_done(&path);
    for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
        unsetenv(unset[i]);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    setenv("HOME", folder, 1);
    setenv("XDG_CONFIG_HOME", folder, 1);
    setenv("XDG_RUNTIME_DIR", folder, 1);
    snprintf(sub, sizeof sub, "%s/gatehouse", folder);
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

struct wallet {
    struct profile_set *set;
    struct http_pool *pool;
    _Atomic int64_t skew;
    struct credentials *credentials;
    struct credentials_key key;
    struct journal *journal;
    struct error err;
};

static void open_wallet(struct wallet *wallet, const char *profile)
{
    *wallet = (struct wallet){0};
    wallet->journal = journal_new(10, &wallet->err);
    wallet->set = profile_load(&wallet->err);
    assert_non_null(wallet->set);
    assert_non_null(profile_find(wallet->set, text_of(profile)));
    wallet->pool = http_pool_new(NULL, &wallet->err);
    wallet->credentials =
        credentials_new(&(struct credentials_options){.profiles = wallet->set,
                            .profile = profile_find(wallet->set, text_of(profile)),
                            .region = "",
                            .pool = wallet->pool,
                            .skew = &wallet->skew,
                            .journal = wallet->journal},
            &wallet->err);
    assert_non_null(wallet->credentials);
}

static enum error_code take(struct wallet *wallet)
{
    credentials_key_done(&wallet->key);
    wallet->err = (struct error){0};
    return credentials_take(wallet->credentials, NULL, &wallet->key, &wallet->err);
}

static void close_wallet(struct wallet *wallet)
{
    credentials_key_done(&wallet->key);
    credentials_free(wallet->credentials);
    journal_free(wallet->journal);
    http_pool_free(wallet->pool);
    profile_set_free(wallet->set);
}

static void a_local_profile_has_a_fixed_pair(void **state)
{
    struct wallet wallet;

    setenv("AWS_ACCESS_KEY_ID", "AKENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "SKENV", 1);
    open_wallet(&wallet, "local");
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "local");
    assert_string_equal(wallet.key.secret_key, "local");
    assert_null(wallet.key.token);
    assert_int_equal(wallet.key.expires, 0);
    close_wallet(&wallet);
    credentials_free(NULL);
    (void)state;
}

static void the_environment_speaks_for_the_profile_it_chooses(void **state)
{
    struct wallet wallet;

    write_file(".aws/credentials", "[default]\naws_access_key_id = AKFILE\n"
                                   "aws_secret_access_key = SKFILE\n"
                                   "[other]\naws_access_key_id = AKOTHER\n"
                                   "aws_secret_access_key = SKOTHER\naws_session_token = TOK\n");
    write_file(".aws/config", "[profile bare]\nregion = eu-west-1\n");
    open_wallet(&wallet, "default");
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "AKFILE");
    close_wallet(&wallet);
    setenv("AWS_ACCESS_KEY_ID", "AKENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "SKENV", 1);
    setenv("AWS_SESSION_TOKEN", "TOKENV", 1);
    open_wallet(&wallet, "default");
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "AKENV");
    assert_string_equal(wallet.key.secret_key, "SKENV");
    assert_string_equal(wallet.key.token, "TOKENV");
    close_wallet(&wallet);
    open_wallet(&wallet, "other");
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "AKOTHER");
    assert_string_equal(wallet.key.token, "TOK");
    close_wallet(&wallet);
    open_wallet(&wallet, "bare");
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "AKENV");
    close_wallet(&wallet);
    (void)state;
}

static void another_profile_may_lend_its_keys(void **state)
{
    struct wallet wallet;

    write_file("gatehouse/config", "[profile prod-eu]\nregion = eu-west-1\naws-profile = team\n");
    write_file(".aws/credentials",
        "[team]\naws_access_key_id = AKTEAM\naws_secret_access_key = SKTEAM\n");
    open_wallet(&wallet, "prod-eu");
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "AKTEAM");
    close_wallet(&wallet);
    write_file(".aws/credentials",
        "[prod-eu]\naws_access_key_id = AKPROD\naws_secret_access_key = SKPROD\n");
    open_wallet(&wallet, "prod-eu");
    assert_int_equal(take(&wallet), ERROR_USAGE); /* not with other keys than those meant */
    assert_string_equal(wallet.err.text, "profile prod-eu: there is no aws-profile team");
    close_wallet(&wallet);
    (void)state;
}

static void no_credentials_names_the_profile_and_the_remedy(void **state)
{
    struct wallet wallet;

    write_file(".aws/config", "[profile bare]\nregion = eu-west-1\n[profile role]\nrole_arn = a\n"
                              "[profile half]\naws_access_key_id = AK\n");
    open_wallet(&wallet, "bare");
    assert_int_equal(take(&wallet), ERROR_ACCESS);
    assert_string_equal(wallet.err.text, "no credentials for profile bare");
    assert_string_equal(wallet.err.hint, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: "
                                         "aws configure --profile bare");
    close_wallet(&wallet);
    open_wallet(&wallet, "half");
    assert_int_equal(take(&wallet), ERROR_ACCESS);
    close_wallet(&wallet);
    open_wallet(&wallet, "role");
    assert_int_equal(take(&wallet), ERROR_USAGE);
    assert_string_equal(wallet.err.text,
        "profile role has a role_arn but neither source_profile nor credential_source");
    close_wallet(&wallet);
    (void)state;
}

static void a_plain_endpoint_needs_no_keys(void **state)
{
    struct wallet wallet;

    write_file("gatehouse/config", "[profile plain]\nendpoint = http://db:8000\n"
                                   "[profile tls]\nendpoint = https://db:8000\n");
    open_wallet(&wallet, "plain");
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "local");
    close_wallet(&wallet);
    open_wallet(&wallet, "tls");
    assert_int_equal(take(&wallet), ERROR_ACCESS);
    close_wallet(&wallet);
    (void)state;
}

static void expired_keys_are_read_from_the_file_again(void **state)
{
    struct wallet wallet;

    write_file(".aws/credentials",
        "[team]\naws_access_key_id = AK1\naws_secret_access_key = SK1\n");
    open_wallet(&wallet, "team");
    assert_int_equal(take(&wallet), ERROR_NONE);
    write_file(".aws/credentials",
        "[team]\naws_access_key_id = AK2\naws_secret_access_key = SK2\n");
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "AK1");
    credentials_expire(wallet.credentials, wallet.key.serial);
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "AK2");
    write_file(".aws/credentials", "");
    credentials_expire(wallet.credentials, wallet.key.serial);
    assert_int_equal(take(&wallet), ERROR_ACCESS);
    assert_string_equal(wallet.err.text, "profile team is gone");
    close_wallet(&wallet);
    (void)state;
}

static void a_process_gives_keys_and_is_asked_again_before_they_end(void **state)
{
    struct wallet wallet;
    char config[1200];

    clock_fix(NOON);
    snprintf(config, sizeof config,
        "[profile p]\ncredential_process = echo x >> %s/calls; cat %s/answer\n", folder, folder);
    write_file(".aws/config", config);
    write_file("answer", "{\"Version\": 1, \"AccessKeyId\": \"AK1\", \"SecretAccessKey\": \"SK\","
                         "\"SessionToken\": \"T\", \"Expiration\": \"2026-11-21T12:10:00Z\"}");
    open_wallet(&wallet, "p");
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "AK1");
    assert_string_equal(wallet.key.token, "T");
    assert_true(wallet.key.expires == NOON + 600 * CLOCK_SECOND);
    write_file("answer", "{\"Version\": 1, \"AccessKeyId\": \"AK2\", \"SecretAccessKey\": \"SK\"}");
    clock_advance(4 * 60 * CLOCK_SECOND);
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "AK1");
    clock_advance(2 * 60 * CLOCK_SECOND);
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "AK2");
    assert_int_equal(wallet.key.expires, 0);
    close_wallet(&wallet);
    (void)state;
}

static void keys_that_still_last_outlive_a_failing_process(void **state)
{
    struct wallet wallet;
    char config[600];

    clock_fix(NOON);
    snprintf(config, sizeof config, "[profile p]\ncredential_process = cat %s/answer\n", folder);
    write_file(".aws/config", config);
    write_file("answer", "{\"Version\": 1, \"AccessKeyId\": \"AK1\", \"SecretAccessKey\": \"SK\","
                         "\"Expiration\": \"2026-11-21T12:10:00Z\"}");
    open_wallet(&wallet, "p");
    assert_int_equal(take(&wallet), ERROR_NONE);
    write_file("answer", "oops");
    clock_advance(6 * 60 * CLOCK_SECOND);
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_string_equal(wallet.key.access_key, "AK1");
    clock_advance(5 * 60 * CLOCK_SECOND);
    assert_int_equal(take(&wallet), ERROR_ACCESS);
    assert_string_equal(wallet.err.text,
        "credential_process does not answer with JSON of Version 1");
    close_wallet(&wallet);
    (void)state;
}

static void every_bad_answer_of_a_process_is_said(void **state)
{
    static const struct {
        const char *command, *text;
    } case_table[] = {
        {"exit 3", "credential_process ended with status 3"},
        {"kill -9 $$", "credential_process was ended by signal 9"},
        {"echo '{}'", "credential_process does not answer with JSON of Version 1"},
        {"echo '{\"Version\":2}'", "credential_process does not answer with JSON of Version 1"},
        {"echo '{\"Version\":1}'", "the keys of credential_process are empty or too long"},
        {"echo "
         "'{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}"
         "'",
            "Expiration of credential_process is not a time of ISO 8601"},
        {"head -c 70000 /dev/zero", "credential_process writes too much"},
        {"/no/such/program", "credential_process ended with status 127"},
    };

    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        struct wallet wallet;
        char config[300];

        snprintf(config, sizeof config, "[profile p]\ncredential_process = %s\n",
            case_table[i].command);
        write_file(".aws/config", config);
        open_wallet(&wallet, "p");
        assert_int_equal(take(&wallet), ERROR_ACCESS);
        assert_string_equal(wallet.err.text, case_table[i].text);
        close_wallet(&wallet);
    }
    (void)state;
}

static atomic_bool cancel;

static void *cancel_when_started(void *user)
{
    const struct timespec pause = {.tv_nsec = 5000000};

    for (int i = 0; i < 1000 && !file_exists(user); i++)
        nanosleep(&pause, NULL);
    atomic_store(&cancel, true);
    return NULL;
}

static void a_hanging_process_is_ended_by_cancel_and_by_time(void **state)
{
    struct error err = {0};
    char command[1400], started[400];
    struct buf out, pid;
    pthread_t thread;
    int64_t number;

    snprintf(started, sizeof started, "%s/pid", folder);
    snprintf(command, sizeof command, "echo $$ > %s.part; mv %s.part %s; sleep 100; true", started,
        started, started);
    buf_init(&out, 1000);
    buf_init(&pid, 100);
    atomic_store(&cancel, false);
    assert_int_equal(pthread_create(&thread, NULL, cancel_when_started, started), 0);
    assert_int_equal(credentials_process_run(command, 60000, &cancel, &out, &err), ERROR_CANCELLED);
    pthread_join(thread, NULL);
    assert_int_equal(file_read(started, &pid, &err), ERROR_NONE);
    assert_true(text_to_integer(text_trim(buf_view(&pid)), 2, 1 << 30, &number));
    assert_int_equal(kill((pid_t)number, 0), -1);
    assert_int_equal(errno, ESRCH);
    assert_int_equal(credentials_process_run("sleep 100; true", 100, NULL, &out, &err),
        ERROR_ACCESS);
    assert_string_equal(err.text, "credential_process took too long");
    buf_done(&out);
    buf_done(&pid);
    (void)state;
}

static void taking_survives_every_failed_allocation(void **state)
{
    bool done = false;

    write_file(".aws/config", "[profile p]\ncredential_process = echo "
                              "'{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\","
                              "\"SessionToken\":\"t\"}'\n");
    for (long nth = 1; !done; nth++) {
        struct error err = {0};
        struct profile_set *set = profile_load(&err);
        _Atomic int64_t skew = 0;
        const struct credentials_options options = {.profiles = set,
            .profile = profile_find(set, TEXT("p")),
            .region = "",
            .skew = &skew};
        struct credentials *credentials;
        struct credentials_key key = {0};

        mem_fail_at(nth);
        credentials = credentials_new(&options, &err);
        done = credentials && !credentials_take(credentials, NULL, &key, &err);
        mem_fail_at(0);
        if (!done)
            assert_int_equal(err.code, ERROR_MEMORY);
        credentials_key_done(&key);
        credentials_free(credentials);
        profile_set_free(set);
        assert_int_equal(mem_live(), 0);
    }
    (void)state;
}

static void origin_of(const char *profile, const char *expected)
{
    struct error err = {0};
    struct profile_set *set = profile_load(&err);
    struct buf out;

    buf_init(&out, 1000);
    assert_non_null(set);
    credentials_add_origin(set, profile_find(set, text_of(profile)), &out);
    assert_string_equal(buf_string(&out), expected);
    buf_done(&out);
    profile_set_free(set);
}

static void the_origin_of_keys_is_told_without_asking(void **state)
{
    write_file("gatehouse/config", "[profile prod]\nregion = eu-west-1\naws-profile = team\n"
                                   "[profile plain]\nendpoint = http://127.0.0.1:1\n");
    write_file(".aws/credentials", "[team]\naws_access_key_id = A\naws_secret_access_key = S\n");
    write_file(".aws/config",
        "[profile up]\nrole_arn = arn:aws:iam::1:role/a/up\nsource_profile = team\n"
        "[profile top]\nrole_arn = arn:aws:iam::1:role/top\nsource_profile = up\n"
        "[profile pod]\nrole_arn = arn:aws:iam::1:role/pod\nweb_identity_token_file = /x\n"
        "[profile tool]\ncredential_process = true\n"
        "[profile bare]\nregion = eu-west-1\n"
        "[profile sso]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n"
        "[profile half]\nsso_session = corp\n"
        "[profile kept]\nrole_arn = r\naws_access_key_id = A\naws_secret_access_key = S\n"
        "[profile loop]\nrole_arn = arn:aws:iam::1:role/loop\nsource_profile = loop\n");
    origin_of("local", "none needed");
    origin_of("plain", "none needed");
    origin_of("prod", "keys of team");
    origin_of("team", "keys");
    origin_of("up", "role a/up by keys of team");
    origin_of("top", "role top by role a/up by keys of team");
    origin_of("pod", "web identity");
    origin_of("tool", "credential_process");
    origin_of("sso", "sso corp");
    origin_of("half", "none");
    origin_of("kept", "keys"); /* a role that nobody may assume is no source */
    origin_of("loop", "broken");
    origin_of("bare", "none");
    setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
    origin_of("bare", "instance");
    setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x", 1);
    origin_of("bare", "container");
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/x", 1);
    origin_of("bare", "container");
    setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/pod", 1);
    origin_of("bare", "web identity");
    setenv("AWS_ACCESS_KEY_ID", "A", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "S", 1);
    origin_of("bare", "environment");
    origin_of("tool", "credential_process");
    (void)state;
}

static void a_refresh_names_the_keys_that_failed(void **state)
{
    struct wallet wallet;
    uint64_t first;

    write_file(".aws/credentials",
        "[team]\naws_access_key_id = AK1\naws_secret_access_key = SK1\n");
    open_wallet(&wallet, "team");
    assert_int_equal(take(&wallet), ERROR_NONE);
    first = wallet.key.serial;
    assert_true(first > 0);
    credentials_expire(wallet.credentials, first);
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_true(wallet.key.serial > first);
    first = wallet.key.serial;
    /* Another thread was slower and means the keys before: they have been replaced already. */
    credentials_expire(wallet.credentials, first - 1);
    assert_int_equal(take(&wallet), ERROR_NONE);
    assert_true(wallet.key.serial == first);
    close_wallet(&wallet);
    (void)state;
}

enum { CROWD = 8 };

static void *take_in_crowd(void *user)
{
    struct wallet *wallet = user;
    struct credentials_key key;
    struct error err = {0};
    enum error_code code = credentials_take(wallet->credentials, NULL, &key, &err);

    credentials_key_done(&key);
    return code == ERROR_NONE || code == ERROR_ACCESS ? wallet : NULL;
}

static void crowd(const char *command, const char *calls)
{
    pthread_t thread[CROWD];
    struct wallet wallet;
    char config[1500], path[400];
    struct buf counted;

    snprintf(path, sizeof path, "%s/calls", folder);
    unlink(path);
    snprintf(config, sizeof config, "[profile p]\ncredential_process = echo x >> %s; %s\n", path,
        command);
    write_file(".aws/config", config);
    open_wallet(&wallet, "p");
    for (size_t i = 0; i < CROWD; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, take_in_crowd, &wallet), 0);
    for (size_t i = 0; i < CROWD; i++) {
        void *result;

        pthread_join(thread[i], &result);
        assert_non_null(result);
    }
    close_wallet(&wallet);
    buf_init(&counted, 1000);
    assert_int_equal(file_read(path, &counted, &wallet.err), ERROR_NONE);
    assert_string_equal(buf_string(&counted), calls);
    buf_done(&counted);
}

static void many_threads_make_one_fetch(void **state)
{
    crowd("sleep 0.5; echo '{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\"}'",
        "x\n");
    (void)state;
}

static void many_threads_share_one_failure(void **state)
{
    crowd("sleep 0.5; exit 3", "x\n");
    (void)state;
}

static void a_waiting_thread_can_be_cancelled(void **state)
{
    const struct credentials_asker asker = {.cancel = &cancel};
    struct credentials_key key;
    struct wallet wallet;
    pthread_t thread, stopper;
    char config[1000], path[400];
    struct error err = {0};
    const struct timespec pause = {.tv_nsec = 5000000};

    snprintf(path, sizeof path, "%s/begun", folder);
    snprintf(config, sizeof config,
        "[profile p]\ncredential_process = echo x > %s; sleep 1; exit 3\n", path);
    write_file(".aws/config", config);
    open_wallet(&wallet, "p");
    atomic_store(&cancel, false);
    assert_int_equal(pthread_create(&thread, NULL, take_in_crowd, &wallet), 0);
    for (int i = 0; i < 1000 && !file_exists(path); i++)
        nanosleep(&pause, NULL);
    assert_int_equal(pthread_create(&stopper, NULL, cancel_when_started, path), 0);
    assert_int_equal(credentials_take(wallet.credentials, &asker, &key, &err), ERROR_CANCELLED);
    pthread_join(stopper, NULL);
    pthread_join(thread, NULL);
    close_wallet(&wallet);
    (void)state;
}

static void sts_is(const char *profile, const char *region, const char *url, const char *signs)
{
    struct wallet wallet;
    struct credentials_options options = {.region = region};
    struct credentials_asker nobody = {.cancel = NULL};
    struct credentials_request request = {.options = &options, .asker = &nobody};
    struct credentials_place place;
    const char *found;

    open_wallet(&wallet, profile);
    options.skew = &wallet.skew;
    request.set = wallet.set;
    request.profile = profile_find(wallet.set, text_of(profile));
    assert_int_equal(credentials_find_sts(&request, request.profile, &found, &place, &wallet.err),
        ERROR_NONE);
    assert_string_equal(buf_string(&place.url), url);
    assert_string_equal(found, signs);
    buf_done(&place.url);
    close_wallet(&wallet);
}

static void roles_are_assumed_in_the_region_of_the_profile(void **state)
{
    write_file(".aws/config", "[profile here]\nregion = eu-west-1\n"
                              "[profile nowhere]\noutput = json\n"
                              "[profile old]\nregion = eu-west-1\nsts_regional_endpoints = legacy\n"
                              "[profile mine]\nregion = eu-west-1\nendpoint_url = http://h:1/x/\n");
    sts_is("here", "", "https://sts.eu-west-1.amazonaws.com", "eu-west-1");
    sts_is("here", "us-west-2", "https://sts.us-west-2.amazonaws.com", "us-west-2");
    sts_is("here", "cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn", "cn-north-1");
    sts_is("nowhere", "", "https://sts.amazonaws.com", "us-east-1");
    sts_is("old", "", "https://sts.amazonaws.com", "us-east-1");
    /* A region that came after the global endpoint has its own. */
    sts_is("old", "me-central-1", "https://sts.me-central-1.amazonaws.com", "me-central-1");
    sts_is("mine", "", "http://h:1/x", "eu-west-1");
    setenv("AWS_STS_REGIONAL_ENDPOINTS", "regional", 1);
    sts_is("old", "", "https://sts.eu-west-1.amazonaws.com", "eu-west-1");
    setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy", 1);
    sts_is("here", "", "https://sts.amazonaws.com", "us-east-1");
    setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9", 1);
    sts_is("here", "", "http://127.0.0.1:9", "us-east-1");
    sts_is("here", "me-central-1", "http://127.0.0.1:9", "me-central-1");
    (void)state;
}

static void what_asks_by_itself_does_not_ask_at_once_again(void **state)
{
    const struct credentials_asker panel = {.is_background = true};
    struct wallet wallet;
    char config[900];
    struct buf calls;

    clock_fix(NOON);
    snprintf(config, sizeof config,
        "[profile p]\ncredential_process = echo x >> %s/tries; exit 3\n", folder);
    write_file(".aws/config", config);
    open_wallet(&wallet, "p");
    for (int i = 0; i < 3; i++)
        assert_int_equal(credentials_take(wallet.credentials, &panel, &wallet.key, &wallet.err),
            ERROR_ACCESS);
    assert_string_equal(wallet.err.text, "credential_process ended with status 3");
    assert_int_equal(take(&wallet), ERROR_ACCESS); /* a person may */
    clock_advance(11 * CLOCK_SECOND);
    assert_int_equal(credentials_take(wallet.credentials, &panel, &wallet.key, &wallet.err),
        ERROR_ACCESS);
    snprintf(config, sizeof config, "%s/tries", folder);
    buf_init(&calls, 100);
    assert_int_equal(file_read(config, &calls, &wallet.err), ERROR_NONE);
    assert_string_equal(buf_string(&calls), "x\nx\nx\n");
    buf_done(&calls);
    close_wallet(&wallet);
    (void)state;
}

static void a_call_for_keys_is_journalled_without_what_it_says(void **state)
{
    const struct credentials_asker asker = {.statement = 7, .who = "prompt"};
    struct journal_entry entry;
    struct wallet wallet;

    write_file(".aws/config",
        "[profile base]\naws_access_key_id = AKID\naws_secret_access_key = SECRET\n"
        "[profile admin]\nrole_arn = arn:aws:iam::1:role/admin\nsource_profile = base\n"
        "external_id = between-us\nregion = eu-west-1\n");
    setenv("AWS_ENDPOINT_URL_STS", "unix:/nobody/listens/here", 1);
    open_wallet(&wallet, "admin");
    assert_int_equal(credentials_take(wallet.credentials, &asker, &wallet.key, &wallet.err),
        ERROR_NETWORK);
    assert_int_equal(journal_count(wallet.journal), 1);
    assert_true(journal_copy(wallet.journal, 0, true, &entry));
    assert_int_equal(entry.statement, 7);
    assert_string_equal(entry.who, "prompt");
    assert_string_equal(entry.connection, "admin");
    assert_string_equal(entry.service, "sts");
    assert_string_equal(entry.operation, "AssumeRole");
    assert_int_equal(entry.status, 0);
    assert_int_equal(entry.retries, 2);
    assert_true(entry.sent_bytes > 0);
    assert_string_equal(entry.request, "********");
    assert_string_equal(entry.response, "********");
    assert_true(text_starts_with(text_of(entry.error), TEXT("AssumeRole: ")));
    assert_false(entry.is_write);
    journal_entry_done(&entry);
    close_wallet(&wallet);
    (void)state;
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest test_table[] = {
        FRESH(a_local_profile_has_a_fixed_pair),
        FRESH(a_call_for_keys_is_journalled_without_what_it_says),
        FRESH(the_environment_speaks_for_the_profile_it_chooses),
        FRESH(another_profile_may_lend_its_keys),
        FRESH(no_credentials_names_the_profile_and_the_remedy),
        FRESH(a_plain_endpoint_needs_no_keys),
        FRESH(every_bad_answer_of_a_process_is_said),
        FRESH(a_hanging_process_is_ended_by_cancel_and_by_time),
        FRESH(taking_survives_every_failed_allocation),
        FRESH(the_origin_of_keys_is_told_without_asking),
        FRESH(a_refresh_names_the_keys_that_failed),
        FRESH(many_threads_make_one_fetch),
        FRESH(many_threads_share_one_failure),
        FRESH(a_waiting_thread_can_be_cancelled),
        FRESH(expired_keys_are_read_from_the_file_again),
        FRESH(roles_are_assumed_in_the_region_of_the_profile),
        /* From here on the clock stands still. */
        FRESH(what_asks_by_itself_does_not_ask_at_once_again),
        FRESH(a_process_gives_keys_and_is_asked_again_before_they_end),
        FRESH(keys_that_still_last_outlive_a_failing_process),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
