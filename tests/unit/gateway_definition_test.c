#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "endpoint/gateway/definition.h"

static const char snapshot[] =
    "{\"kind\":\"REST\",\"resources\":[{\"id\":\"r1\",\"path\":\"/a/{b}\",\"resourceMethods\":{"
    "\"GET\":{\"authorizationType\":\"AWS_IAM\",\"methodIntegration\":{\"type\":\"HTTP\","
    "\"httpMethod\":\"POST\",\"uri\":\"http://${stageVariables.host}/x/{b}?c\","
    "\"passthroughBehavior\":\"NEVER\",\"timeoutInMillis\":70,\"requestParameters\":{"
    "\"integration.request.path.b\":\"method.request.path.b\"},\"requestTemplates\":{"
    "\"application/json\":\"#if($x)a#end\",\"text/plain\":\"\"},\"integrationResponses\":{"
    "\"500\":{},\"200\":{\"selectionPattern\":\"2..\",\"responseParameters\":{"
    "\"method.response.header.x\":\"'1'\"},\"responseTemplates\":{\"application/json\":\"b\"}}}}},"
    "\"ANY\":{\"apiKeyRequired\":true,\"methodIntegration\":{\"type\":\"AWS\",\"httpMethod\":"
    "\"POST\",\"uri\":\"arn:aws:apigateway:us-east-1:dynamodb:action/GetItem\"}}}}]}";

static void a_snapshot_is_compiled_whole(void **state)
{
    struct error err = {0};
    struct definition *definition = definition_new(text_of(snapshot), &err);
    const struct definition_integration *integration;
    const struct definition_method *method;
    struct router_match match;

    assert_non_null(definition);
    assert_int_equal(definition->method_count, 2);
    assert_true(router_find_rest(definition->router, TEXT("GET"), TEXT("/a/1"), &match));
    method = match.value;
    integration = &method->integration;
    assert_int_equal(method->authorization, AUTHORIZATION_IAM);
    assert_true(text_is(method->resource, "/a/{b}"));
    assert_int_equal(integration->kind, INTEGRATION_HTTP);
    assert_int_equal(integration->timeout_ms, 70);
    assert_int_equal(integration->passthrough, PASSTHROUGH_NEVER);
    assert_int_equal(integration->uri_count, 5);
    assert_int_equal(integration->uri[1].kind, URI_STAGE_VARIABLE);
    assert_true(text_is(integration->uri[1].text, "host"));
    assert_int_equal(integration->uri[3].kind, URI_PATH);
    assert_true(text_is(integration->uri[4].text, "?c"));
    assert_int_equal(integration->templates.count, 2);
    assert_null(integration->templates.item[1].template);
    assert_int_equal(integration->response_count, 2);
    assert_int_equal(integration->response[0].status, 200); /* in the order of statuses */
    assert_non_null(integration->response[0].pattern);
    assert_null(integration->response[1].pattern);
    assert_true(router_find_rest(definition->router, TEXT("PUT"), TEXT("/a/1"), &match));
    method = match.value;
    assert_true(method->needs_key);
    assert_true(text_is(method->integration.service, "dynamodb"));
    assert_true(text_is(method->integration.action, "GetItem"));
    assert_ptr_equal(definition_keep(definition), definition);
    definition_release(definition);
    definition_release(definition);
    definition_release(NULL);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

static void what_does_not_compile_is_named(void **state)
{
    static const struct {
        const char *snapshot, *text;
    } table[] = {
        {"{", ""}, /* the words of the JSON parser */
        {"{\"kind\":\"REST\",\"resources\":[{\"path\":\"/a\",\"resourceMethods\":{\"GET\":{"
         "\"methodIntegration\":{\"type\":\"MOCK\",\"requestTemplates\":{\"a/b\":\"#if(\"}}}}}]}",
            "GET /a: template for a/b: "},
        {"{\"kind\":\"REST\",\"resources\":[{\"path\":\"/a\",\"resourceMethods\":{\"GET\":{"
         "\"methodIntegration\":{\"type\":\"MOCK\",\"requestParameters\":{\"x\":\"y\"}}}}}]}",
            "GET /a: Invalid mapping expression specified: x"},
        {"{\"kind\":\"REST\",\"resources\":[{\"path\":\"/a\",\"resourceMethods\":{\"GET\":{"
         "\"methodIntegration\":{\"type\":\"MOCK\",\"integrationResponses\":{\"200\":{"
         "\"selectionPattern\":\"(\"}}}}}}]}",
            "GET /a: selection pattern: "},
        {"{\"kind\":\"REST\",\"resources\":[{\"path\":\"a\",\"resourceMethods\":{\"GET\":{}}}]}",
            "GET a: the path cannot be served"},
        {"{\"kind\":\"HTTP\",\"routes\":[{\"routeKey\":\"FETCH /\"}]}",
            "FETCH /: the route cannot be served"},
        {"{\"kind\":\"HTTP\",\"routes\":[{\"routeKey\":\"GET /\",\"integration\":{"
         "\"integrationType\":\"HTTP_PROXY\",\"integrationUri\":\"http://{x\"}}]}",
            "GET /: the URI cannot be read"},
    };
    struct error err = {0};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_null(definition_new(text_of(table[i].snapshot), &err));
        assert_non_null(strstr(err.text, table[i].text));
        assert_true(err.text[0] != '\0');
        assert_int_equal(mem_live(), 0);
    }
    (void)state;
}

static void compiling_survives_every_failed_allocation(void **state)
{
    struct definition *definition = NULL;
    struct error err = {0};

    for (long nth = 1; !definition; nth++) {
        mem_fail_at(nth);
        definition = definition_new(text_of(snapshot), &err);
        mem_fail_at(0);
        assert_true(definition || mem_live() == 0);
    }
    definition_release(definition);
    assert_int_equal(mem_live(), 0);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_is_compiled_whole),
        cmocka_unit_test(what_does_not_compile_is_named),
        cmocka_unit_test(compiling_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
