#include "endpoint/endpoint.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "endpoint/dispatch.h"
#include "endpoint/http_listen.h"
#include "endpoint/lock.h"
#include "endpoint/tables/fault_rules.h"

struct endpoint {
    struct lock lock;
    struct http_server *server;
    struct dispatch dispatch;
    char *region, *account, *access_key, *secret_key; /* what dispatch.auth points to */
};

static char *copy_or(const char *given, const char *otherwise)
{
    return mem_copy_string(given ? given : otherwise);
}

static enum error_code keep_options(struct endpoint *endpoint,
    const struct endpoint_options *options, struct error *err)
{
    endpoint->region = copy_or(options->region, "us-east-1");
    endpoint->account = copy_or(options->account, "000000000000");
    endpoint->access_key = copy_or(options->access_key, "");
    endpoint->secret_key = copy_or(options->secret_key, "");
    if (!endpoint->region || !endpoint->account || !endpoint->access_key || !endpoint->secret_key)
        return error_memory(err);
    endpoint->dispatch.auth = (struct auth){
        .mode = options->auth,
        .region = endpoint->region,
        .account = endpoint->account,
        .access_key = endpoint->access_key,
        .secret_key = endpoint->secret_key,
    };
    return ERROR_NONE;
}

static bool is_account(const char *account)
{
    return strlen(account) == 12 && strspn(account, "0123456789") == 12;
}

static enum error_code check_options(const struct endpoint_options *options, struct error *err)
{
    bool has_user =
        options->access_key && *options->access_key && options->secret_key && *options->secret_key;
    struct sockaddr_storage address;

    if (!options->unix_socket && !options->listen)
        return error_set(err, ERROR_USAGE, "neither a socket nor an address to listen on is given");
    if (options->account && !is_account(options->account))
        return error_set(err, ERROR_USAGE, "'%s' is not an account: 12 digits are needed",
            options->account);
    if (options->auth == ENDPOINT_AUTH_VERIFY && !has_user)
        return error_set(err, ERROR_USAGE,
            "checking signatures needs an access key and a secret key");
    if (!options->listen)
        return ERROR_NONE;
    if (http_parse_address(options->listen, &address, err))
        return err->code;
    if (options->auth != ENDPOINT_AUTH_VERIFY && !http_address_is_loopback(&address)) {
        error_set(err, ERROR_REFUSED, "refusing to listen on %s without checking signatures",
            options->listen);
        return error_hint(err, "use auth verify with an access key, or listen on 127.0.0.1");
    }
    return ERROR_NONE;
}

static enum error_code open_server(struct endpoint *endpoint,
    const struct endpoint_options *options, struct error *err)
{
    const struct http_server_options server_options = {.unix_socket = options->unix_socket,
        .listen = options->listen,
        .handle = dispatch_handle,
        .user = &endpoint->dispatch};

    if (file_make_folder(options->folder, err))
        return err->code;
    if (lock_take(&endpoint->lock, options->folder, err))
        return err->code;
    endpoint->server = http_server_new(&server_options, err);
    return endpoint->server ? ERROR_NONE : err->code;
}

/* Nobody is answered before endpoint_run: services may open one after the other. */
static enum error_code open_services(struct endpoint *endpoint,
    const struct endpoint_options *options, struct error *err)
{
    struct dispatch *dispatch = &endpoint->dispatch;
    struct tables_options tables = {.folder = options->folder,
        .memory = options->memory,
        .settings = options->tables,
        .server = endpoint->server};
    struct gateway_options gateway = {.folder = options->folder, .server = endpoint->server};

    dispatch->telemetry = telemetry_new(endpoint->server, err);
    if (!dispatch->telemetry)
        return err->code;
    dispatch->faults = fault_rules_new(err);
    if (!dispatch->faults)
        return err->code;
    dispatch->admin_on_tcp = options->admin_on_tcp;
    tables.faults = dispatch->faults;
    tables.telemetry = gateway.telemetry = dispatch->telemetry;
    gateway.auth = &dispatch->auth;
    dispatch->tables = tables_new(&tables, err);
    if (!dispatch->tables)
        return err->code;
    gateway.tables = dispatch->tables;
    dispatch->gateway = gateway_new(&gateway, err);
    if (!dispatch->gateway)
        return err->code;
    dispatch->lease =
        lease_new(endpoint->server, options->lease, LEASE_FIRST_MS, LEASE_LAST_MS, err);
    return dispatch->lease ? ERROR_NONE : err->code;
}

struct endpoint *endpoint_new(const struct endpoint_options *options, struct error *err)
{
    struct endpoint *endpoint;

    if (check_options(options, err))
        return NULL;
    endpoint = mem_new(1, sizeof *endpoint);
    if (!endpoint) {
        error_memory(err);
        return NULL;
    }
    endpoint->lock.descriptor = -1;
    if (keep_options(endpoint, options, err) || open_server(endpoint, options, err) ||
        open_services(endpoint, options, err)) {
        endpoint_free(endpoint);
        return NULL;
    }
    return endpoint;
}

void endpoint_run(struct endpoint *endpoint)
{
    http_server_run(endpoint->server);
}

void endpoint_stop(struct endpoint *endpoint)
{
    http_server_stop(endpoint->server);
}

/*
 * Services first: each may still answer exchanges and use the loop. The lock goes last, when the
 * data files are closed.
 */
void endpoint_free(struct endpoint *endpoint)
{
    if (!endpoint)
        return;
    gateway_free(endpoint->dispatch.gateway);
    tables_free(endpoint->dispatch.tables);
    fault_rules_free(endpoint->dispatch.faults);
    telemetry_free(endpoint->dispatch.telemetry);
    lease_free(endpoint->dispatch.lease);
    http_server_free(endpoint->server);
    lock_release(&endpoint->lock);
    mem_free(endpoint->region);
    mem_free(endpoint->account);
    mem_free(endpoint->access_key);
    if (endpoint->secret_key)
        mem_free_secret(endpoint->secret_key, strlen(endpoint->secret_key));
    mem_free(endpoint);
}

uint16_t endpoint_port(const struct endpoint *endpoint)
{
    return http_server_port(endpoint->server);
}
