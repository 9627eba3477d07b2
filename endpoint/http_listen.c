#include "endpoint/http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

static bool take_port(struct text text, in_port_t *out)
{
    int64_t port;

    if (!text_to_integer(text, 0, 65535, &port))
        return false;
    *out = htons((uint16_t)port);
    return true;
}

static bool take_ipv4(const char *host, struct text port, struct sockaddr_storage *out)
{
    struct sockaddr_in *address = (struct sockaddr_in *)(void *)out;

    address->sin_family = AF_INET;
    return inet_pton(AF_INET, host, &address->sin_addr) == 1 && take_port(port, &address->sin_port);
}

static bool take_ipv6(const char *host, struct text port, struct sockaddr_storage *out)
{
    struct sockaddr_in6 *address = (struct sockaddr_in6 *)(void *)out;

    address->sin6_family = AF_INET6;
    return inet_pton(AF_INET6, host, &address->sin6_addr) == 1 &&
           take_port(port, &address->sin6_port);
}

enum error_code http_parse_address(const char *listen, struct sockaddr_storage *out,
    struct error *err)
{
    const char *colon = strrchr(listen, ':');
    size_t length = colon ? (size_t)(colon - listen) : 0;
    char host[64];
    bool is_good = false;

    memset(out, 0, sizeof *out);
    if (colon && length > 0 && length < sizeof host) {
        struct text port = text_of(colon + 1);

        memcpy(host, listen, length);
        host[length] = '\0';
        if (host[0] == '[' && host[length - 1] == ']') {
            host[length - 1] = '\0';
            is_good = take_ipv6(host + 1, port, out);
        } else {
            is_good = take_ipv4(strcmp(host, "localhost") ? host : "127.0.0.1", port, out);
        }
    }
    if (!is_good) {
        error_set(err, ERROR_USAGE, "cannot listen on '%s': not an address and a port", listen);
        return error_hint(err, "like 127.0.0.1:8000 or [::1]:8000; port 0 takes a free one");
    }
    return ERROR_NONE;
}

bool http_address_is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;

        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    }
    if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;

        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }
    return false;
}

static enum error_code make_parent(const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    enum error_code code = ERROR_NONE;
    struct buf folder;

    if (!slash || slash == path)
        return ERROR_NONE;
    buf_init(&folder, 4096);
    buf_add(&folder, path, (size_t)(slash - path));
    code = buf_check(&folder, "socket path", err);
    if (!code)
        code = file_make_folder(buf_string(&folder), err);
    buf_done(&folder);
    return code;
}

static bool somebody_answers(const struct sockaddr_un *address)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answered;

    if (probe < 0)
        return true;
    answered = connect(probe, (const struct sockaddr *)address, sizeof *address) == 0 ||
               errno != ECONNREFUSED;
    close(probe);
    return answered;
}

/* Makes room for a new socket at the path, when what is there is a dead one. */
static enum error_code remove_stale(const struct sockaddr_un *address, struct error *err)
{
    const char *path = address->sun_path;
    struct stat status;

    if (lstat(path, &status) < 0)
        return errno == ENOENT ? ERROR_NONE
                               : error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISSOCK(status.st_mode))
        return error_set(err, ERROR_IO, "%s: exists and is not a socket", path);
    if (somebody_answers(address))
        return error_set(err, ERROR_IO, "%s: another server is listening on this socket", path);
    if (unlink(path) < 0 && errno != ENOENT)
        return error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
    return ERROR_NONE;
}

int http_bind_unix(const char *path, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    int descriptor = -1;

    if (length == 0 || length >= sizeof address.sun_path) {
        error_set(err, ERROR_USAGE, "%s: a socket path has at most %zu bytes, this one has %zu",
            path, sizeof address.sun_path - 1, length);
        return -1;
    }
    memcpy(address.sun_path, path, length + 1);
    if (make_parent(path, err) || remove_stale(&address, err))
        return -1;
    descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* Nobody can connect before listen(): the mode is in place in time. */
    if (descriptor < 0 || bind(descriptor, (const struct sockaddr *)&address, sizeof address) < 0 ||
        chmod(path, S_IRUSR | S_IWUSR) < 0) {
        error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
        return -1;
    }
    return descriptor;
}
