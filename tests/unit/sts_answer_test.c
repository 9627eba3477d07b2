#include "client/sts_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "client/xml.h"

#define KEYS                                                                                       \
    "<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s/+=</SecretAccessKey>"                      \
    "<SessionToken>t&amp;&#x41;&#66;</SessionToken><Expiration>2026-11-21T12:00:00Z</Expiration>"
#define ANSWER(inside)                                                                             \
    "<AssumeRoleResponse><AssumeRoleResult>" inside "</AssumeRoleResult></AssumeRoleResponse>"

static enum error_code read_answer(struct sts_answer *answer, const char *xml, struct error *err)
{
    sts_answer_init(answer);
    *err = (struct error){0};
    return sts_answer_read(answer, text_of(xml), "AssumeRole", err);
}

static void the_four_elements_are_read(void **state)
{
    static const char *const whole_table[] = {
        ANSWER("<Credentials>" KEYS "</Credentials>"),
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding='UTF-8'?>\r\n" ANSWER(
            "\n <AssumedRoleUser a='>'><Arn>arn</Arn></AssumedRoleUser>\n "
            "<Credentials b = \"1\" >" KEYS "</Credentials >\n<Empty/><PackedPolicySize>6"
            "</PackedPolicySize>") "\n",
        /* Names alone are not enough: they stand where they belong. */
        ANSWER("<AccessKeyId>WRONG</AccessKeyId><Other>" KEYS "</Other>"
               "<Credentials>" KEYS "</Credentials>"),
    };

    for (size_t i = 0; i < sizeof whole_table / sizeof whole_table[0]; i++) {
        struct sts_answer answer;
        struct error err;

        assert_int_equal(read_answer(&answer, whole_table[i], &err), ERROR_NONE);
        assert_string_equal(buf_string(&answer.access_key), "ASIA1");
        assert_string_equal(buf_string(&answer.secret_key), "s/+=");
        assert_string_equal(buf_string(&answer.token), "t&AB");
        assert_string_equal(buf_string(&answer.expiration), "2026-11-21T12:00:00Z");
        sts_answer_done(&answer);
    }
    (void)state;
}

static void anything_else_is_refused_without_a_word_of_it(void **state)
{
    static const char *const broken_table[] = {
        "",
        " ",
        "{}",
        "<html><body>secret</body></html>",
        "<AssumeRoleResponse/>",
        ANSWER(""),
        ANSWER("<Credentials></Credentials>"),
        ANSWER("<Credentials><AccessKeyId>a</AccessKeyId></Credentials>"),
        ANSWER("<Credentials>" KEYS KEYS "</Credentials>"),
        ANSWER("<Credentials>" KEYS "</Credentials>") "x",
        ANSWER("<Credentials>" KEYS "</Credentials>") ANSWER(""),
        "x" ANSWER("<Credentials>" KEYS "</Credentials>"),
        ANSWER("<Credentials>" KEYS "</credentials>"),
        ANSWER("<Credentials>" KEYS "</Credentials><a b></a>"),
        ANSWER("<Credentials>" KEYS "</Credentials><a b=c></a>"),
        ANSWER("<Credentials>" KEYS "</Credentials><a b='<'></a>"),
        ANSWER("<Credentials>" KEYS "</Credentials><!-- x -->"),
        ANSWER("<Credentials>" KEYS "</Credentials><![CDATA[x]]>"),
        "<!DOCTYPE a [<!ENTITY b 'c'>]>" ANSWER("<Credentials>" KEYS "</Credentials>"),
        "<AssumeRoleWithSAMLResponse><AssumeRoleWithSAMLResult><Credentials>" KEYS
        "</Credentials></AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>",
        ANSWER("<Credentials><AccessKeyId>&b;</AccessKeyId></Credentials>"),
        ANSWER("<Credentials><AccessKeyId>&#0;</AccessKeyId></Credentials>"),
        ANSWER("<Credentials><AccessKeyId>&#xd800;</AccessKeyId></Credentials>"),
        ANSWER("<Credentials><AccessKeyId>&#x110000;</AccessKeyId></Credentials>"),
        ANSWER("<Credentials><AccessKeyId>&#;</AccessKeyId></Credentials>"),
        ANSWER("<Credentials><AccessKeyId>&amp</AccessKeyId></Credentials>"),
    };

    for (size_t i = 0; i < sizeof broken_table / sizeof broken_table[0]; i++) {
        struct sts_answer answer;
        struct error err;

        assert_int_equal(read_answer(&answer, broken_table[i], &err), ERROR_NETWORK);
        assert_string_equal(err.text, "the answer of AssumeRole holds no credentials");
        sts_answer_done(&answer);
    }
    (void)state;
}

static void every_cut_answer_is_refused(void **state)
{
    const char whole[] = ANSWER("<Credentials>" KEYS "</Credentials>");

    for (size_t length = 0; length < sizeof whole - 1; length++) {
        struct sts_answer answer;
        struct error err = {0};

        sts_answer_init(&answer);
        assert_int_equal(sts_answer_read(&answer, text_make(whole, length), "AssumeRole", &err),
            ERROR_NETWORK);
        sts_answer_done(&answer);
    }
    (void)state;
}

static void depth_is_limited(void **state)
{
    char xml[400] = "";
    struct xml_reader reader;
    enum xml_kind kind;
    int opened = 0;

    for (int i = 0; i < 40; i++)
        snprintf(xml + strlen(xml), sizeof xml - strlen(xml), "<a>");
    xml_start(&reader, text_of(xml));
    while ((kind = xml_next(&reader)) == XML_OPEN)
        opened++;
    assert_int_equal(kind, XML_BROKEN);
    assert_int_equal(opened, XML_DEPTH);
    (void)state;
}

static void reading_survives_every_failed_allocation(void **state)
{
    bool done = false;
    long before = mem_live();

    for (long nth = 1; !done; nth++) {
        struct sts_answer answer;
        struct error err;

        mem_fail_at(nth);
        done = !read_answer(&answer, ANSWER("<Credentials>" KEYS "</Credentials>"), &err);
        mem_fail_at(0);
        if (!done)
            assert_int_equal(err.code, ERROR_MEMORY);
        sts_answer_done(&answer);
        assert_int_equal(mem_live(), before);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_four_elements_are_read),
        cmocka_unit_test(anything_else_is_refused_without_a_word_of_it),
        cmocka_unit_test(every_cut_answer_is_refused),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(reading_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
