#include "endpoint/gateway/gateway.h"

#include "base/mem.h"
#include "endpoint/gateway/control.h"
#include "endpoint/gateway/control_http.h"
#include "endpoint/gateway/control_rest.h"
#include "endpoint/gateway/data_plane.h"
#include "endpoint/gateway/fingerprint.h"
#include "endpoint/gateway/secure.h"
#include "endpoint/gateway/state.h"

static bool start(struct gateway *gateway, struct error *err)
{
    struct uv_loop_s *loop = http_server_loop(gateway->server);

    gateway->stages = stages_new();
    gateway->fingerprints = map_new();
    gateway->upstream = upstream_new(loop);
    gateway->secure = secure_new(loop);
    if (gateway->stages && gateway->fingerprints && gateway->upstream && gateway->secure &&
        data_plane_start(gateway))
        return true;
    error_memory(err);
    return false;
}

struct gateway *gateway_new(const struct gateway_options *options, struct error *err)
{
    struct gateway *gateway = mem_new(1, sizeof *gateway);

    if (!gateway) {
        error_memory(err);
        return NULL;
    }
    gateway->server = options->server;
    gateway->tables = options->tables;
    gateway->telemetry = options->telemetry;
    gateway->auth = options->auth;
    gateway->store = gateway_store_new(options->folder, err);
    if (gateway->store && start(gateway, err))
        return gateway;
    gateway_free(gateway);
    return NULL;
}

void gateway_free(struct gateway *gateway)
{
    if (!gateway)
        return;
    data_plane_stop(gateway);
    secure_free(gateway->secure);
    upstream_free(gateway->upstream);
    stages_free(gateway->stages);
    fingerprint_done(gateway);
    gateway_store_free(gateway->store);
    mem_free(gateway);
}

void gateway_handle_control(struct gateway *gateway, struct exchange *exchange)
{
    struct text path = exchange_request(exchange)->path;

    control_serve(gateway, exchange,
        text_starts_with(path, TEXT("/v2/")) ? &control_http_table : &control_rest_table);
}

void gateway_handle_data(struct gateway *gateway, struct exchange *exchange, struct text api,
    struct text stage, struct text path)
{
    data_plane_serve(gateway, exchange, api, stage, path);
}

bool gateway_has_api(const struct gateway *gateway, struct text api)
{
    return gateway_store_find(gateway->store, GATEWAY_REST, TEXT(""), api) ||
           gateway_store_find(gateway->store, GATEWAY_HTTP, TEXT(""), api);
}
