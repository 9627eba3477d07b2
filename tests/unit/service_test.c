#include "client/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool starts_with(const char *name, const char *prefix)
{
    return text_starts_with(text_of(name), text_of(prefix));
}

static void every_table_is_sorted_unique_and_whole(void **state)
{
    for (size_t i = 0; service_table[i]; i++) {
        const struct service *service = service_table[i];

        assert_true(service->operation_count > 0);
        assert_ptr_equal(service_find(text_of(service->name)), service);
        for (size_t k = 0; k < service->operation_count; k++) {
            const struct operation *operation = &service->operation[k];

            assert_non_null(operation->name);
            assert_non_null(operation->method);
            assert_int_equal(operation->path[0], '/');
            assert_true((operation->access & OPERATION_READ) ^ (operation->access & OPERATION_WRITE)
                            ? true
                            : false);
            assert_int_equal(!operation->page_in, !operation->page_out);
            if (k > 0)
                assert_true(strcmp(service->operation[k - 1].name, operation->name) < 0);
            assert_ptr_equal(service_operation_string(service, operation->name), operation);
        }
    }
    (void)state;
}

static void names_that_are_not_there_give_null(void **state)
{
    assert_null(service_find(TEXT("")));
    assert_null(service_find(TEXT("dynamo")));
    assert_null(service_operation_string(&service_dynamodb, ""));
    assert_null(service_operation_string(&service_dynamodb, "getItem"));
    assert_null(service_operation_string(&service_dynamodb, "GetItemX"));
    assert_null(service_operation_string(&service_dynamodb, "AAA"));
    assert_null(service_operation_string(&service_dynamodb, "Zzz"));
    (void)state;
}

static void nothing_that_changes_something_passes_as_a_read(void **state)
{
    static const char *const writer_table[] = {"Put", "Update", "Delete", "Create", "Execute",
        "Batch", "Transact", "Import", "Restore", "Export", "Tag", "Untag", "Flush", "Reset", "Set",
        "Test", "Enable", "Disable", "Generate", "Reject", "Reimport"};
    static const char *const exception_table[] = {"BatchGetItem", "TransactGetItems", "ExportApi"};

    for (size_t i = 0; service_table[i]; i++)
        for (size_t k = 0; k < service_table[i]->operation_count; k++) {
            const struct operation *operation = &service_table[i]->operation[k];
            bool changes = false;

            for (size_t n = 0; n < sizeof writer_table / sizeof writer_table[0]; n++)
                changes = changes || starts_with(operation->name, writer_table[n]);
            for (size_t n = 0; n < sizeof exception_table / sizeof exception_table[0]; n++)
                if (!strcmp(operation->name, exception_table[n]))
                    changes = false;
            if (changes && (operation->access & OPERATION_READ))
                fail_msg("%s carries OPERATION_READ", operation->name);
        }
    (void)state;
}

static void assert_reads(const struct service *service, const char *const *name, size_t count)
{
    size_t found = 0;

    for (size_t k = 0; k < service->operation_count; k++) {
        bool listed = false;

        for (size_t n = 0; n < count; n++)
            listed = listed || !strcmp(service->operation[k].name, name[n]);
        if (listed)
            found++;
        if (listed != ((service->operation[k].access & OPERATION_READ) != 0))
            fail_msg("%s: read flag differs from the list", service->operation[k].name);
    }
    assert_int_equal(found, count);
}

static void the_reads_are_exactly_those_of_the_read_only_table(void **state)
{
    static const char *const dynamodb[] = {"BatchGetItem", "DescribeBackup",
        "DescribeContinuousBackups", "DescribeContributorInsights", "DescribeEndpoints",
        "DescribeExport", "DescribeGlobalTable", "DescribeGlobalTableSettings", "DescribeImport",
        "DescribeKinesisStreamingDestination", "DescribeLimits", "DescribeTable",
        "DescribeTableReplicaAutoScaling", "DescribeTimeToLive", "GetItem", "GetResourcePolicy",
        "ListBackups", "ListContributorInsights", "ListExports", "ListGlobalTables", "ListImports",
        "ListTables", "ListTagsOfResource", "Query", "Scan", "SearchVectors", "TransactGetItems"};
    static const char *const cloudwatch[] = {"DescribeAlarms", "GetMetricData",
        "GetMetricStatistics", "ListMetrics"};
    static const char *const logs[] = {"DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents",
        "GetLogEvents"};
    static const char *const sts[] = {"GetCallerIdentity"};
    static const char *const streams[] = {"DescribeStream", "GetRecords", "GetShardIterator",
        "ListStreams"};
    static const char *const lambda[] = {"GetAlias", "GetFunction", "GetFunctionConfiguration",
        "GetPolicy", "ListAliases", "ListFunctions", "ListTags", "ListVersionsByFunction"};
    static const char *const sns[] = {"GetTopicAttributes", "ListSubscriptions",
        "ListSubscriptionsByTopic", "ListTopics"};
    static const struct service *const gateway[] = {&service_apigateway, &service_apigatewayv2};

    assert_reads(&service_dynamodb, dynamodb, sizeof dynamodb / sizeof dynamodb[0]);
    assert_reads(&service_cloudwatch, cloudwatch, sizeof cloudwatch / sizeof cloudwatch[0]);
    assert_reads(&service_logs, logs, sizeof logs / sizeof logs[0]);
    assert_reads(&service_sts, sts, sizeof sts / sizeof sts[0]);
    assert_reads(&service_streams, streams, sizeof streams / sizeof streams[0]);
    assert_reads(&service_lambda, lambda, sizeof lambda / sizeof lambda[0]);
    assert_reads(&service_sns, sns, sizeof sns / sizeof sns[0]);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < gateway[i]->operation_count; k++) {
            const struct operation *operation = &gateway[i]->operation[k];
            bool read =
                starts_with(operation->name, "Get") || !strcmp(operation->name, "ExportApi");

            assert_int_equal(read, (operation->access & OPERATION_READ) != 0);
            if (read)
                assert_string_equal(operation->method, "GET");
            else
                assert_true(
                    strcmp(operation->method, "GET") || starts_with(operation->name, "List"));
        }
    (void)state;
}

static void dynamodb_has_its_58_operations_and_paging(void **state)
{
    const struct operation *list = service_operation_string(&service_dynamodb, "ListTables");
    const struct operation *scan = service_operation_string(&service_dynamodb, "Scan");

    assert_int_equal(service_dynamodb.operation_count, 58);
    assert_string_equal(list->page_in, "ExclusiveStartTableName");
    assert_string_equal(list->page_out, "LastEvaluatedTableName");
    assert_string_equal(scan->page_in, "ExclusiveStartKey");
    assert_string_equal(scan->page_out, "LastEvaluatedKey");
    assert_null(service_operation_string(&service_dynamodb, "GetItem")->page_in);
    (void)state;
}

static void writes_that_are_new_each_time_are_not_repeatable(void **state)
{
    static const struct {
        const struct service *service;
        const char *name;
        bool repeatable;
    } case_table[] = {
        {&service_dynamodb, "PutItem", true},
        {&service_dynamodb, "TransactWriteItems", true},
        {&service_dynamodb, "ExecuteStatement", false},
        {&service_dynamodb, "CreateTable", false},
        {&service_apigateway, "CreateRestApi", false},
        {&service_apigateway, "CreateDeployment", false},
        {&service_apigateway, "PutMethod", true},
        {&service_apigateway, "TestInvokeMethod", false},
        {&service_apigatewayv2, "CreateRoute", false},
        {&service_apigatewayv2, "ImportApi", false},
        {&service_apigatewayv2, "UpdateStage", true},
        {&service_logs, "PutLogEvents", false},
    };

    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        const struct operation *operation =
            service_operation_string(case_table[i].service, case_table[i].name);

        assert_non_null(operation);
        assert_int_equal(case_table[i].repeatable, (operation->access & OPERATION_IDEMPOTENT) != 0);
    }
    (void)state;
}

static void rest_paths_have_closed_braces_and_known_shapes(void **state)
{
    static const struct {
        const struct service *service;
        const char *name, *method, *path;
    } case_table[] = {
        {&service_apigateway, "CreateRestApi", "POST", "/restapis"},
        {&service_apigateway, "GetResources", "GET", "/restapis/{restApiId}/resources"},
        {&service_apigateway, "PutIntegrationResponse", "PUT",
            "/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration/"
            "responses/{statusCode}"},
        {&service_apigateway, "UpdateStage", "PATCH", "/restapis/{restApiId}/stages/{stageName}"},
        {&service_apigateway, "ImportRestApi", "POST", "/restapis?mode=import"},
        {&service_apigatewayv2, "UpdateRoute", "PATCH", "/v2/apis/{apiId}/routes/{routeId}"},
        {&service_apigatewayv2, "DeleteStage", "DELETE", "/v2/apis/{apiId}/stages/{stageName}"},
    };

    for (size_t i = 0; i < sizeof case_table / sizeof case_table[0]; i++) {
        const struct operation *operation =
            service_operation_string(case_table[i].service, case_table[i].name);

        assert_string_equal(operation->method, case_table[i].method);
        assert_string_equal(operation->path, case_table[i].path);
    }
    for (size_t i = 0; service_table[i]; i++)
        for (size_t k = 0; k < service_table[i]->operation_count; k++) {
            int open = 0;

            for (const char *c = service_table[i]->operation[k].path; *c; c++) {
                open += *c == '{' ? 1 : *c == '}' ? -1 : 0;
                assert_in_range(open, 0, 1);
            }
            assert_int_equal(open, 0);
        }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest test_table[] = {
        cmocka_unit_test(every_table_is_sorted_unique_and_whole),
        cmocka_unit_test(names_that_are_not_there_give_null),
        cmocka_unit_test(nothing_that_changes_something_passes_as_a_read),
        cmocka_unit_test(the_reads_are_exactly_those_of_the_read_only_table),
        cmocka_unit_test(dynamodb_has_its_58_operations_and_paging),
        cmocka_unit_test(writes_that_are_new_each_time_are_not_repeatable),
        cmocka_unit_test(rest_paths_have_closed_braces_and_known_shapes),
    };

    return cmocka_run_group_tests(test_table, NULL, NULL);
}
