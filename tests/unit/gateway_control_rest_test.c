#include <stddef.h>

#include "tests/unit/gateway_bench.h"

static void an_api_has_the_defaults_of_the_service(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], root[16];

    bench_rest_api(bench, api, root);
    assert_int_equal(strlen(api), 10);
    assert_int_equal(strlen(root), 10);
    assert_string_equal(bench_text(bench, "name"), "shop");
    assert_string_equal(bench_text(bench, "apiKeySource"), "HEADER");
    assert_string_equal(bench_text(bench, "disableExecuteApiEndpoint"), "false");
    assert_string_equal(bench_text(bench, "endpointConfiguration.types.0"), "EDGE");
    assert_string_equal(bench_text(bench, "endpointConfiguration.ipAddressType"), "ipv4");
    assert_string_equal(bench_text(bench, "tags"), "(absent)");
    assert_string_equal(bench_text(bench, "version"), "(absent)");
    assert_true(json_integer_member(bench->json, "createdDate", 0) > 1700000000);
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis/%s/resources", api), NULL), 200);
    assert_string_equal(bench_text(bench, "item.0.path"), "/");
    assert_string_equal(bench_text(bench, "item.0.id"), root);
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis/%s/models", api), NULL), 200);
    assert_string_equal(bench_text(bench, "item.0.name"), "Empty");
    assert_string_equal(bench_text(bench, "item.1.name"), "Error");
    assert_int_equal(bench_call(bench, "DELETE", PATH("/restapis/%s", api), NULL), 202);
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis/%s", api), NULL), 404);
    snprintf(path, sizeof path, "Invalid API identifier specified 000000000000:%s", api);
    assert_string_equal(bench_text(bench, "message"), path);
    assert_string_equal(bench_header(bench, "x-amzn-ErrorType"), "NotFoundException");
}

/* body, status, error type, message */
static void bad_apis_are_refused_in_the_words_of_the_service(void **state)
{
    static const struct {
        const char *body, *type, *message;
    } table[] = {
        {"{}", "ValidationException",
            "1 validation error detected: Value null at 'createRestApiInput.name' failed to "
            "satisfy constraint: Member must not be null"},
        {"{\"name\":\" \"}", "BadRequestException", "Name cannot be empty"},
        {"{\"name\":true}", "SerializationException",
            "class java.lang.Boolean can not be converted to an String"},
        {"{\"name\":\"a\",\"description\":\"\"}", "BadRequestException",
            "Description cannot be an empty string"},
        {"{\"name\":\"a\",\"minimumCompressionSize\":-1}", "BadRequestException",
            "Invalid minimum compression size, must be between 0 and 10485760"},
        {"{\"name\":\"a\",\"endpointConfiguration\":{\"types\":[\"EDGE\",\"REGIONAL\"]}}",
            "BadRequestException", "Cannot create an api with multiple Endpoint Types."},
        {"{\"name\":\"a\",\"endpointConfiguration\":{\"ipAddressType\":\"wrong\"}}",
            "ValidationException",
            "1 validation error detected: Value 'wrong' at "
            "'createRestApiInput.endpointConfiguration.ipAddressType' failed to satisfy "
            "constraint: Member must satisfy enum value set: [ipv4, dualstack]"},
        {"{\"name\":\"a\",\"endpointConfiguration\":{\"types\":[\"PRIVATE\"],"
         "\"ipAddressType\":\"ipv4\"}}",
            "BadRequestException", "Only dualstack ipAddressType is supported for Private APIs."},
        {"{\"name\":\"a\",\"tags\":{\"gatehouse-id\":\"No Good\"}}", "BadRequestException",
            "Invalid API identifier in tag gatehouse-id"},
        {"[]", "SerializationException",
            "class java.util.ArrayList can not be converted to an Object"},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(bench_call(bench, "POST", "/restapis", table[i].body), 400);
        assert_string_equal(bench_text(bench, "message"), table[i].message);
        assert_string_equal(bench_header(bench, "x-amzn-ErrorType"), table[i].type);
    }
    assert_int_equal(bench_call(bench, "POST", "/restapis", "{\"name\":"), 400);
    assert_string_equal(bench_header(bench, "x-amzn-ErrorType"), "SerializationException");
    assert_int_equal(bench_call(bench, "GET", "/restapis", NULL), 200);
    assert_string_equal(bench_text(bench, "item"), "(empty)");
}

static void a_tag_pins_the_identifier_once(void **state)
{
    static const char body[] = "{\"name\":\"a\",\"tags\":{\"gatehouse-id\":\"shop1\"}}";
    struct bench *bench = *state;

    assert_int_equal(bench_call(bench, "POST", "/restapis", body), 201);
    assert_string_equal(bench_text(bench, "id"), "shop1");
    assert_int_equal(bench_call(bench, "POST", "/restapis", body), 409);
    assert_string_equal(bench_header(bench, "x-amzn-ErrorType"), "ConflictException");
}

static void lists_are_paged_by_limit_and_position(void **state)
{
    struct bench *bench = *state;
    char path[256], position[64];

    for (int i = 0; i < 30; i++) {
        snprintf(path, sizeof path, "{\"name\":\"api-%d\"}", i);
        assert_int_equal(bench_call(bench, "POST", "/restapis", path), 201);
    }
    assert_int_equal(bench_call(bench, "GET", "/restapis", NULL), 200);
    assert_int_equal(json_member(bench->json, "item")->count, 25);
    KEEP(position, bench, "position");
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis?position=%s", position), NULL), 200);
    assert_int_equal(json_member(bench->json, "item")->count, 5);
    assert_string_equal(bench_text(bench, "item.0.name"), "api-25");
    assert_string_equal(bench_text(bench, "position"), "(absent)");
    assert_int_equal(bench_call(bench, "GET", "/restapis?limit=30", NULL), 200);
    assert_int_equal(json_member(bench->json, "item")->count, 30);
    assert_string_equal(bench_text(bench, "position"), "(absent)");
    assert_int_equal(bench_call(bench, "GET", "/restapis?limit=0", NULL), 400);
    assert_int_equal(bench_call(bench, "GET", "/restapis?position=!", NULL), 400);
}

static void resources_keep_the_rules_of_the_tree(void **state)
{
    struct bench *bench = *state;
    char path[256], body[256], api[16], root[16], pets[16], one[16], proxy[16];

    bench_rest_api(bench, api, root);
    bench_resource(bench, api, root, "pets", pets);
    assert_string_equal(bench_text(bench, "path"), "/pets");
    bench_resource(bench, api, pets, "{id}", one);
    assert_string_equal(bench_text(bench, "path"), "/pets/{id}");
    PATH("/restapis/%s/resources/%s", api, root);
    assert_int_equal(bench_call(bench, "POST", path, "{\"pathPart\":\"pets\"}"), 409);
    assert_string_equal(bench_text(bench, "message"),
        "Another resource with the same parent already has this name: pets");
    assert_int_equal(bench_call(bench, "POST", path, "{\"pathPart\":\"a/b\"}"), 400);
    bench_resource(bench, api, one, "{proxy+}", proxy);
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/resources/%s", api, one),
                         "{\"pathPart\":\"{x}\"}"),
        400);
    assert_string_equal(bench_text(bench, "message"),
        "A sibling ({proxy+}) of this resource already has a variable path part -- only one is "
        "allowed");
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/resources/%s", api, proxy),
                         "{\"pathPart\":\"x\"}"),
        400);
    assert_string_equal(bench_text(bench, "message"),
        "Cannot create a child of a resource with a greedy path variable: {proxy+}");
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/resources/nothere", api),
                         "{\"pathPart\":\"x\"}"),
        404);
    assert_string_equal(bench_text(bench, "message"), "Invalid Resource identifier specified");
    snprintf(body, sizeof body,
        "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/parentId\",\"value\":\"%s\"}]}",
        proxy);
    assert_int_equal(bench_call(bench, "PATCH", PATH("/restapis/%s/resources/%s", api, pets), body),
        400);
    assert_string_equal(bench_text(bench, "message"), "Resources cannot be cyclical.");
    assert_int_equal(bench_call(bench, "PATCH", PATH("/restapis/%s/resources/%s", api, root), body),
        400);
    assert_string_equal(bench_text(bench, "message"), "Root resource cannot update its parentId.");
    assert_int_equal(bench_call(bench, "PATCH", PATH("/restapis/%s/resources/%s", api, pets),
                         "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/pathPart\","
                         "\"value\":\"animals\"}]}"),
        200);
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis/%s/resources/%s", api, proxy), NULL),
        200);
    assert_string_equal(bench_text(bench, "path"), "/animals/{id}/{proxy+}");
    assert_int_equal(bench_call(bench, "DELETE", PATH("/restapis/%s/resources/%s", api, pets),
                         NULL),
        202);
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis/%s/resources", api), NULL), 200);
    assert_int_equal(json_member(bench->json, "item")->count, 1);
    assert_int_equal(bench_call(bench, "DELETE", PATH("/restapis/%s/resources/%s", api, root),
                         NULL),
        400);
}

static void methods_and_their_responses_are_made_and_checked(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], root[16];

    bench_rest_api(bench, api, root);
    PATH("/restapis/%s/resources/%s/methods/GET", api, root);
    assert_int_equal(bench_call(bench, "PUT", path, "{}"), 400);
    assert_int_equal(bench_call(bench, "PUT", path, "{\"authorizationType\":\"CUSTOM\"}"), 400);
    assert_string_equal(bench_text(bench, "message"),
        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
        "COGNITO_USER_POOLS requires a valid authorizer.");
    assert_int_equal(bench_call(bench, "PUT", path,
                         "{\"authorizationType\":\"NONE\",\"requestModels\":{\"a/b\":\"Pet\"}}"),
        400);
    assert_string_equal(bench_text(bench, "message"), "Invalid model identifier specified: Pet");
    assert_int_equal(
        bench_call(bench, "PUT", path,
            "{\"authorizationType\":\"NONE\",\"requestParameters\":{\"method.request.header.a\":"
            "true,\"method.request.querystring.a\":false}}"),
        400);
    assert_string_equal(bench_text(bench, "message"),
        "Parameter names must be unique across querystring, header and path");
    assert_int_equal(bench_call(bench, "PUT", path, "{\"authorizationType\":\"NONE\"}"), 201);
    assert_string_equal(bench_text(bench, "httpMethod"), "GET");
    assert_string_equal(bench_text(bench, "apiKeyRequired"), "false");
    assert_int_equal(bench_call(bench, "PUT", path, "{\"authorizationType\":\"NONE\"}"), 409);
    PATH("/restapis/%s/resources/%s/methods/FETCH", api, root);
    assert_int_equal(bench_call(bench, "PUT", path, "{\"authorizationType\":\"NONE\"}"), 400);
    assert_string_equal(bench_text(bench, "message"),
        "Invalid HttpMethod specified. Valid options are "
        "GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY");
    PATH("/restapis/%s/resources/%s/methods/POST", api, root);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 404);
    assert_string_equal(bench_text(bench, "message"), "Invalid Method identifier specified");
    PATH("/restapis/%s/resources/%s/methods/GET/responses/200", api, root);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 404);
    assert_string_equal(bench_text(bench, "message"), "Invalid Response status code specified");
    assert_int_equal(bench_call(bench, "PUT", path,
                         "{\"responseParameters\":{\"method.response.header.x-a\":false}}"),
        201);
    assert_int_equal(
        bench_call(bench, "PATCH", path,
            "{\"patchOperations\":[{\"op\":\"add\",\"path\":\"/responseModels/application~1json\","
            "\"value\":\"Empty\"}]}"),
        201);
    assert_string_equal(bench_text(bench, "responseModels.application/json"), "Empty");
    assert_int_equal(bench_call(bench, "DELETE", path, NULL), 204);
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis/%s/resources", api), NULL), 200);
    assert_string_equal(bench_text(bench, "item.0.resourceMethods.GET"), "(empty)");
    assert_int_equal(bench_call(bench, "GET",
                         PATH("/restapis/%s/resources?embed=methods&limit=500", api), NULL),
        200);
    assert_string_equal(bench_text(bench, "item.0.resourceMethods.GET.authorizationType"), "NONE");
    PATH("/restapis/%s/resources/%s/methods/GET", api, root);
    assert_int_equal(bench_call(bench, "DELETE", path, NULL), 204);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 404);
}

static void integrations_have_defaults_and_are_checked(void **state)
{
    static const struct {
        const char *body, *message;
    } table[] = {
        {"{\"type\":\"HTTP\",\"uri\":\"http://x\"}",
            "Enumeration value for HttpMethod must be non-empty"},
        {"{\"type\":\"HTTP\",\"httpMethod\":\"GET\",\"uri\":\"ftp://x\"}",
            "Invalid HTTP endpoint specified for URI"},
        {"{\"type\":\"AWS\",\"httpMethod\":\"POST\",\"uri\":\"http://x\"}",
            "Invalid ARN specified in the request"},
        {"{\"type\":\"AWS\",\"httpMethod\":\"POST\","
         "\"uri\":\"arn:aws:apigateway:us-east-1:dynamodb:nothing\"}",
            "AWS ARN for integration must contain path or action"},
        {"{\"type\":\"AWS_PROXY\",\"httpMethod\":\"POST\","
         "\"uri\":\"arn:aws:apigateway:us-east-1:dynamodb:action/GetItem\"}",
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose "
            "stream invocations."},
        {"{\"type\":\"MOCK\",\"timeoutInMillis\":49}",
            "Timeout should be between 50 ms and 29000 ms"},
        {"{\"type\":\"MOCK\",\"requestParameters\":{\"integration.request.header.a\":\"b\"}}",
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
            "[Invalid mapping expression specified: b]"},
        {"{\"type\":\"MOCK\",\"requestTemplates\":{\"application/json\":\"#macro(x)#end\"}}",
            "Invalid template for application/json: #macro is not supported (line 1, column 7)"},
    };
    struct bench *bench = *state;
    char path[256], api[16], root[16];

    bench_rest_api(bench, api, root);
    PATH("/restapis/%s/resources/%s/methods/GET", api, root);
    assert_int_equal(bench_call(bench, "PUT", path, "{\"authorizationType\":\"NONE\"}"), 201);
    PATH("/restapis/%s/resources/%s/methods/GET/integration", api, root);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 404);
    assert_string_equal(bench_text(bench, "message"), "Invalid Integration identifier specified");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(bench_call(bench, "PUT", path, table[i].body), 400);
        assert_string_equal(bench_text(bench, "message"), table[i].message);
    }
    assert_int_equal(bench_call(bench, "PUT", path,
                         "{\"type\":\"HTTP_PROXY\",\"httpMethod\":\"GET\",\"uri\":\"http://x/\"}"),
        201);
    assert_string_equal(bench_text(bench, "passthroughBehavior"), "WHEN_NO_MATCH");
    assert_string_equal(bench_text(bench, "timeoutInMillis"), "29000");
    assert_string_equal(bench_text(bench, "connectionType"), "INTERNET");
    assert_string_equal(bench_text(bench, "cacheNamespace"), root);
    assert_string_equal(bench_text(bench, "cacheKeyParameters"), "(empty)");
    PATH("/restapis/%s/resources/%s/methods/GET/integration/responses/200", api, root);
    assert_int_equal(bench_call(bench, "PUT", path, "{}"), 404);
    assert_int_equal(bench_call(bench, "PUT",
                         PATH("/restapis/%s/resources/%s/methods/GET/responses/200", api, root),
                         "{}"),
        201);
    PATH("/restapis/%s/resources/%s/methods/GET/integration/responses/200", api, root);
    assert_int_equal(bench_call(bench, "PUT", path,
                         "{\"responseParameters\":{\"method.response.header.x\":\"'1'\"}}"),
        400);
    assert_string_equal(bench_text(bench, "message"),
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid "
        "mapping expression parameter specified: method.response.header.x]");
    assert_int_equal(bench_call(bench, "PUT", path, "{\"selectionPattern\":\"2..\"}"), 201);
    assert_int_equal(bench_call(bench, "PATCH", path,
                         "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/selectionPattern\","
                         "\"value\":\"\"},{\"op\":\"add\",\"path\":"
                         "\"/responseTemplates/application~1json\",\"value\":\"{}\"}]}"),
        200);
    assert_string_equal(bench_text(bench, "selectionPattern"), "(absent)");
    assert_string_equal(bench_text(bench, "responseTemplates.application/json"), "{}");
    assert_int_equal(bench_call(bench, "DELETE", path, NULL), 204);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 404);
}

/* Paths that a resource does not have are errors, never ignored. */
static void patches_work_or_answer_the_documented_error(void **state)
{
    static const struct {
        const char *operations;
        int status;
        const char *text; /* message, or the member path and value "a=b" */
    } table[] = {
        {"{\"op\":\"replace\",\"path\":\"/name\",\"value\":\"web\"}", 200, "name=web"},
        {"{\"op\":\"replace\",\"path\":\"/description\",\"value\":\"x\"}", 200, "description=x"},
        {"{\"op\":\"replace\",\"path\":\"/version\",\"value\":\"2\"}", 200, "version=2"},
        {"{\"op\":\"replace\",\"path\":\"/apiKeySource\",\"value\":\"AUTHORIZER\"}", 200,
            "apiKeySource=AUTHORIZER"},
        {"{\"op\":\"replace\",\"path\":\"/minimumCompressionSize\",\"value\":\"100\"}", 200,
            "minimumCompressionSize=100"},
        {"{\"op\":\"replace\",\"path\":\"/policy\",\"value\":\"{}\"}", 200, "policy={}"},
        {"{\"op\":\"replace\",\"path\":\"/disableExecuteApiEndpoint\",\"value\":\"true\"}", 200,
            "disableExecuteApiEndpoint=true"},
        {"{\"op\":\"replace\",\"path\":\"/endpointConfiguration/ipAddressType\",\"value\":"
         "\"dualstack\"}",
            200, "endpointConfiguration.ipAddressType=dualstack"},
        {"{\"op\":\"replace\",\"path\":\"/endpointConfiguration/types/EDGE\",\"value\":"
         "\"REGIONAL\"}",
            200, "endpointConfiguration.types.0=REGIONAL"},
        {"{\"op\":\"add\",\"path\":\"/binaryMediaTypes/image~1png\"}", 200,
            "binaryMediaTypes.0=image/png"},
        {"{\"op\":\"remove\",\"path\":\"/binaryMediaTypes/image~1png\"}", 200,
            "binaryMediaTypes=(absent)"},
        {"{\"op\":\"remove\",\"path\":\"/binaryMediaTypes/image~1png\"}", 400,
            "Invalid patch path /binaryMediaTypes/image~1png"},
        {"{\"op\":\"replace\",\"path\":\"/nothing\",\"value\":\"x\"}", 400,
            "Invalid patch path  '/nothing' specified for op 'replace'. Must be one of: [/name, "
            "/description, /version, /apiKeySource, /minimumCompressionSize, /policy, "
            "/disableExecuteApiEndpoint, /securityPolicy, /endpointAccessMode, "
            "/endpointConfiguration/ipAddressType, /endpointConfiguration/types/{}, "
            "/binaryMediaTypes/{}]"},
        {"{\"op\":\"add\",\"path\":\"/name\",\"value\":\"x\"}", 400,
            "Invalid patch path  '/name' specified for op 'add'. Please choose supported "
            "operations"},
        {"{\"op\":\"move\",\"path\":\"/name\",\"value\":\"x\"}", 400,
            "Invalid patch operation specified. Must be 'add'|'remove'|'replace'"},
        {"{\"op\":\"set\",\"path\":\"/name\",\"value\":\"x\"}", 400,
            "1 validation error detected: Value 'set' at "
            "'updateRestApiInput.patchOperations.1.member.op' failed to satisfy constraint: Member "
            "must satisfy enum value set: [add, remove, move, test, replace, copy]"},
        {"{\"op\":\"replace\",\"path\":\"name\",\"value\":\"x\"}", 400, "Invalid patch path name"},
        {"{\"op\":\"replace\",\"path\":\"/minimumCompressionSize\",\"value\":\"much\"}", 400,
            "Invalid patch value  'much' specified for path /minimumCompressionSize"},
        {"{\"op\":\"replace\",\"path\":\"/version\",\"value\":\"3\"},"
         "{\"op\":\"replace\",\"path\":\"/name\",\"value\":\"\"}",
            400, "Name cannot be empty"},
    };
    struct bench *bench = *state;
    char path[256], body[1024], api[16], root[16], member[64];

    bench_rest_api(bench, api, root);
    PATH("/restapis/%s", api);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        snprintf(body, sizeof body, "{\"patchOperations\":[%s]}", table[i].operations);
        assert_int_equal(bench_call(bench, "PATCH", path, body), table[i].status);
        if (table[i].status == 200) {
            snprintf(member, sizeof member, "%s", table[i].text);
            *strchr(member, '=') = '\0';
            assert_string_equal(bench_text(bench, member), strchr(table[i].text, '=') + 1);
        } else {
            assert_string_equal(bench_text(bench, "message"), table[i].text);
        }
    }
    /* The first error discards all operations of its request. */
    assert_int_equal(bench_call(bench, "GET", path, NULL), 200);
    assert_string_equal(bench_text(bench, "version"), "2");
    assert_string_equal(bench_text(bench, "name"), "web");
}

static void a_deployment_needs_methods_with_integrations(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], root[16];

    bench_rest_api(bench, api, root);
    PATH("/restapis/%s/deployments", api);
    assert_int_equal(bench_call(bench, "POST", path, "{}"), 400);
    assert_string_equal(bench_text(bench, "message"), "The REST API doesn't contain any methods");
    PATH("/restapis/%s/resources/%s/methods/GET", api, root);
    assert_int_equal(bench_call(bench, "PUT", path, "{\"authorizationType\":\"NONE\"}"), 201);
    PATH("/restapis/%s/deployments", api);
    assert_int_equal(bench_call(bench, "POST", path, "{}"), 400);
    assert_string_equal(bench_text(bench, "message"), "No integration defined for method");
}

static void stages_point_at_deployments_and_take_patches(void **state)
{
    static const struct {
        const char *operations;
        int status;
        const char *text;
    } table[] = {
        {"{\"op\":\"replace\",\"path\":\"/description\",\"value\":\"live\"}", 200,
            "description=live"},
        {"{\"op\":\"replace\",\"path\":\"/variables/a\",\"value\":\"1\"}", 200, "variables.a=1"},
        {"{\"op\":\"remove\",\"path\":\"/variables/a\"}", 200, "variables=(absent)"},
        {"{\"op\":\"replace\",\"path\":\"/variables/a-b\",\"value\":\"1\"}", 400,
            "Stage variable name a-b must be 1 to 64 characters of a-zA-Z0-9_"},
        {"{\"op\":\"replace\",\"path\":\"/tracingEnabled\",\"value\":\"true\"}", 200,
            "tracingEnabled=true"},
        {"{\"op\":\"replace\",\"path\":\"/cacheClusterEnabled\",\"value\":\"true\"}", 200,
            "cacheClusterStatus=AVAILABLE"},
        {"{\"op\":\"replace\",\"path\":\"/cacheClusterSize\",\"value\":\"0.5\"}", 200,
            "cacheClusterSize=0.5"},
        {"{\"op\":\"replace\",\"path\":\"/*/*/throttling/rateLimit\",\"value\":\"10.5\"}", 200,
            "methodSettings.*/*.throttlingRateLimit=10.5"},
        {"{\"op\":\"replace\",\"path\":\"/~1pets~1{id}/GET/caching/ttlInSeconds\",\"value\":"
         "\"60\"}",
            200, "methodSettings.~1pets~1{id}/GET.cacheTtlInSeconds=60"},
        {"{\"op\":\"replace\",\"path\":\"/*/*/logging/loglevel\",\"value\":\"INFO\"}", 200,
            "methodSettings.*/*.throttlingBurstLimit=5000"},
        {"{\"op\":\"remove\",\"path\":\"/~1pets~1{id}/GET\"}", 200,
            "methodSettings.~1pets~1{id}/GET=(absent)"},
        {"{\"op\":\"remove\",\"path\":\"/~1pets~1{id}/GET\"}", 400,
            "Cannot remove method setting /~1pets~1{id}/GET because there is no method setting for "
            "this method "},
        {"{\"op\":\"replace\",\"path\":\"/accessLogSettings/format\",\"value\":\"\"}", 400,
            "Access Log value must not be empty"},
        {"{\"op\":\"replace\",\"path\":\"/accessLogSettings/other\",\"value\":\"x\"}", 400,
            "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, "
            "/accessLogSettings/format]"},
        {"{\"op\":\"replace\",\"path\":\"/deploymentId\",\"value\":\"nope\"}", 400,
            "Deployment id does not exist"},
        {"{\"op\":\"copy\",\"path\":\"/deploymentId\",\"from\":\"/canarySettings/deploymentId\"}",
            400, "Promotion not available. Canary does not exist."},
        {"{\"op\":\"add\",\"path\":\"/canarySettings/deploymentId\",\"value\":\"x\"}", 400,
            "Invalid add operation with path: /canarySettings/deploymentId"},
        {"{\"op\":\"replace\",\"path\":\"/canarySettings/percentTraffic\",\"value\":\"25.0\"}", 200,
            "canarySettings.percentTraffic=25.0"},
        {"{\"op\":\"remove\",\"path\":\"/canarySettings\"}", 200, "canarySettings=(absent)"},
    };
    struct bench *bench = *state;
    char path[256], body[1024], api[16], root[16], deployment[16];

    bench_rest_api(bench, api, root);
    bench_method(bench, api, root, "GET", MOCK_200);
    bench_deploy(bench, api, "dev");
    KEEP(deployment, bench, "id");
    assert_int_equal(strlen(deployment), 6);
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/stages", api),
                         "{\"stageName\":\"x y\",\"deploymentId\":\"a\"}"),
        400);
    assert_string_equal(bench_text(bench, "message"), "Stage name only allows a-zA-Z0-9_-");
    snprintf(body, sizeof body, "{\"stageName\":\"prod\",\"deploymentId\":\"%s\"}", deployment);
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/stages", api), body), 201);
    assert_string_equal(bench_text(bench, "cacheClusterStatus"), "NOT_AVAILABLE");
    assert_string_equal(bench_text(bench, "methodSettings"), "(empty)");
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/stages", api), body), 409);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        snprintf(body, sizeof body, "{\"patchOperations\":[%s]}", table[i].operations);
        PATH("/restapis/%s/stages/prod", api);
        assert_int_equal(bench_call(bench, "PATCH", path, body), table[i].status);
        if (table[i].status == 200) {
            const struct json *node = bench->json;
            const char *equals = strchr(table[i].text, '=');
            char part[64];

            /* Keys of method settings hold full stops and slashes: walked by hand. */
            for (const char *at = table[i].text; at < equals && node;) {
                const char *end = strchr(at, '.');

                if (!end || end > equals)
                    end = equals;
                snprintf(part, sizeof part, "%.*s", (int)(end - at), at);
                node = json_member(node, part);
                at = end + 1;
            }
            if (node && node->text.data)
                assert_int_equal(text_compare(node->text, text_of(equals + 1)), 0);
            else
                assert_string_equal(node ? (node->kind == JSON_TRUE ? "true" : "?") : "(absent)",
                    equals + 1);
        } else {
            assert_string_equal(bench_text(bench, "message"), table[i].text);
        }
    }
    assert_int_equal(bench_call(bench, "DELETE",
                         PATH("/restapis/%s/deployments/%s", api, deployment), NULL),
        400);
    assert_string_equal(bench_text(bench, "message"),
        "Active stages pointing to this deployment must be moved or deleted");
    assert_int_equal(bench_call(bench, "DELETE", PATH("/restapis/%s/stages/prod", api), NULL), 202);
    assert_int_equal(bench_call(bench, "DELETE", PATH("/restapis/%s/stages/dev", api), NULL), 202);
    assert_int_equal(bench_call(bench, "DELETE",
                         PATH("/restapis/%s/deployments/%s", api, deployment), NULL),
        202);
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis/%s/stages/prod", api), NULL), 404);
    assert_string_equal(bench_text(bench, "message"), "Invalid stage identifier specified");
}

static void what_is_not_built_says_so_by_name(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], root[16];

    bench_rest_api(bench, api, root);
    assert_int_equal(bench_call(bench, "POST", PATH("/restapis/%s/authorizers", api), "{}"), 501);
    assert_string_equal(bench_text(bench, "message"),
        "CreateAuthorizer is not implemented by the local gateway");
    assert_string_equal(bench_header(bench, "x-amzn-ErrorType"), "NotImplementedException");
    assert_int_equal(bench_call(bench, "POST", "/restapis?mode=import", "{}"), 501);
    assert_string_equal(bench_text(bench, "message"),
        "ImportRestApi is not implemented by the local gateway");
    assert_int_equal(bench_call(bench, "GET", PATH("/restapis/%s/authorizers", api), NULL), 200);
    assert_string_equal(bench_text(bench, "item"), "(empty)");
    assert_int_equal(bench_call(bench, "GET", "/restapis/a/b/c/d", NULL), 404);
    PATH("/restapis/%s/gatewayresponses", api);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 200);
    assert_int_equal(json_member(bench->json, "item")->count, 21);
    PATH("/restapis/%s/gatewayresponses/THROTTLED", api);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 200);
    assert_string_equal(bench_text(bench, "statusCode"), "429");
    assert_int_equal(bench_call(bench, "PUT", path, "{}"), 501);
    PATH("/restapis/%s/gatewayresponses/OTHER", api);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 404);
    assert_string_equal(bench_text(bench, "message"), "Gateway response type not defined on api");
}

static void the_account_and_tags_are_kept(void **state)
{
    struct bench *bench = *state;
    char path[256], api[16], root[16];

    assert_int_equal(bench_call(bench, "GET", "/account", NULL), 200);
    assert_string_equal(bench_text(bench, "throttleSettings.burstLimit"), "5000");
    assert_int_equal(
        bench_call(bench, "PATCH", "/account",
            "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/cloudwatchRoleArn\","
            "\"value\":\"arn:aws:iam::1:role/logs\"}]}"),
        200);
    assert_int_equal(bench_call(bench, "GET", "/account", NULL), 200);
    assert_string_equal(bench_text(bench, "cloudwatchRoleArn"), "arn:aws:iam::1:role/logs");
    bench_rest_api(bench, api, root);
    PATH("/tags/arn%%3Aaws%%3Aapigateway%%3Aus-east-1%%3A%%3A%%2Frestapis%%2F%s", api);
    assert_int_equal(bench_call(bench, "PUT", path, "{\"tags\":{\"team\":\"a\",\"env\":\"b\"}}"),
        204);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 200);
    assert_string_equal(bench_text(bench, "tags.team"), "a");
    PATH("/tags/arn:aws:apigateway:us-east-1::/restapis/%s?tagKeys=team", api);
    assert_int_equal(bench_call(bench, "DELETE", path, NULL), 204);
    PATH("/tags/arn:aws:apigateway:us-east-1::/restapis/%s", api);
    assert_int_equal(bench_call(bench, "GET", path, NULL), 200);
    assert_string_equal(bench_text(bench, "tags.team"), "(absent)");
    assert_string_equal(bench_text(bench, "tags.env"), "b");
    assert_int_equal(bench_call(bench, "GET", "/tags/arn:aws:apigateway:us-east-1::/nothing", NULL),
        404);
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(an_api_has_the_defaults_of_the_service),
        BENCH_TEST(bad_apis_are_refused_in_the_words_of_the_service),
        BENCH_TEST(a_tag_pins_the_identifier_once),
        BENCH_TEST(lists_are_paged_by_limit_and_position),
        BENCH_TEST(resources_keep_the_rules_of_the_tree),
        BENCH_TEST(methods_and_their_responses_are_made_and_checked),
        BENCH_TEST(integrations_have_defaults_and_are_checked),
        BENCH_TEST(patches_work_or_answer_the_documented_error),
        BENCH_TEST(a_deployment_needs_methods_with_integrations),
        BENCH_TEST(stages_point_at_deployments_and_take_patches),
        BENCH_TEST(what_is_not_built_says_so_by_name),
        BENCH_TEST(the_account_and_tags_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
