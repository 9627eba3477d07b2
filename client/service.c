#include "client/service.h"

const struct service *const service_table[] = {
    &service_dynamodb,
    &service_streams,
    &service_apigateway,
    &service_apigatewayv2,
    &service_cloudwatch,
    &service_logs,
    &service_lambda,
    &service_sns,
    &service_sts,
    NULL,
};

const struct service *service_find(struct text name)
{
    for (size_t i = 0; service_table[i]; i++)
        if (text_is(name, service_table[i]->name))
            return service_table[i];
    return NULL;
}

const struct operation *service_operation(const struct service *service, struct text name)
{
    size_t low = 0, high = service->operation_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(name, text_of(service->operation[middle].name));

        if (order == 0)
            return &service->operation[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct operation *service_operation_string(const struct service *service, const char *name)
{
    return service_operation(service, text_of(name));
}
