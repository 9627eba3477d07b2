#ifndef TESTS_UNIT_RAW_CLIENT_H
#define TESTS_UNIT_RAW_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"

/* A client that sends exactly the bytes it is told to and waits for at most 10 s. */

static inline int raw_limit(int client)
{
    const struct timeval limit = {.tv_sec = 10};

    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return client;
}

static inline int raw_connect(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int client = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(client, (const struct sockaddr *)&address, sizeof address) < 0) {
        close(client);
        return -1;
    }
    return raw_limit(client);
}

static inline int raw_connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(client, (const struct sockaddr *)&address, sizeof address) < 0) {
        close(client);
        return -1;
    }
    return raw_limit(client);
}

static inline bool raw_send_bytes(int client, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(client, data, length, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        data += sent;
        length -= (size_t)sent;
    }
    return true;
}

static inline bool raw_send(int client, const char *data)
{
    return raw_send_bytes(client, data, strlen(data));
}

/* One more read into out; false at the end, on a reset and when 10 s have passed. */
static inline bool raw_read_some(int client, struct buf *out)
{
    char part[65536];
    ssize_t count = recv(client, part, sizeof part, 0);

    if (count <= 0)
        return false;
    buf_add(out, part, (size_t)count);
    return true;
}

/* Reads until the server closes; false when it did not (time-out or reset). */
static inline bool raw_read_to_end(int client, struct buf *out)
{
    char part[65536];
    ssize_t count;

    while ((count = recv(client, part, sizeof part, 0)) > 0)
        buf_add(out, part, (size_t)count);
    return count == 0;
}

/* Value of the Content-Length of the head that starts at from; SIZE_MAX when there is none. */
static inline size_t raw_content_length(struct text answer, size_t from, size_t end)
{
    size_t at = text_find(answer, TEXT("Content-Length: "), from);
    size_t length = 0;

    if (at == SIZE_MAX || at > end)
        return SIZE_MAX;
    for (at += 16; answer.data[at] >= '0' && answer.data[at] <= '9'; at++)
        length = length * 10 + (size_t)(answer.data[at] - '0');
    return length;
}

/* Reads one answer that has a Content-Length; returns its length in out from byte from on, or 0. */
static inline size_t raw_read_answer(int client, struct buf *out, size_t from)
{
    for (;;) {
        struct text answer = buf_view(out);
        size_t end = text_find(answer, TEXT("\r\n\r\n"), from);

        if (end != SIZE_MAX) {
            size_t length = raw_content_length(answer, from, end);

            if (length == SIZE_MAX)
                length = 0;
            if (answer.length >= end + 4 + length)
                return end + 4 + length - from;
        }
        if (!raw_read_some(client, out))
            return 0;
    }
}

/* The body of the answer at byte from. */
static inline struct text raw_body(const struct buf *out, size_t from)
{
    struct text answer = buf_view(out);
    size_t end = text_find(answer, TEXT("\r\n\r\n"), from);
    size_t length;

    if (end == SIZE_MAX)
        return TEXT("");
    length = raw_content_length(answer, from, end);
    return text_slice(answer, end + 4, length == SIZE_MAX ? answer.length : end + 4 + length);
}

static inline int raw_status(const struct buf *out, size_t from)
{
    struct text line = text_slice(buf_view(out), from, out->length);
    int64_t status;

    if (!text_starts_with(line, TEXT("HTTP/1.1 ")) ||
        !text_to_integer(text_slice(line, 9, 12), 100, 999, &status))
        return -1;
    return (int)status;
}

/* The value of a header of the answer at byte from, data NULL when absent. */
static inline struct text raw_header(const struct buf *out, size_t from, const char *name)
{
    struct text answer = buf_view(out), line, rest;
    size_t end = text_find(answer, TEXT("\r\n\r\n"), from);

    rest = text_slice(answer, from, end == SIZE_MAX ? answer.length : end + 2);
    while (text_take_until(&rest, '\n', &line)) {
        struct text field;

        if (text_take_until(&line, ':', &field) && text_is_ignoring_case(field, name))
            return text_trim(line);
    }
    return (struct text){NULL, 0};
}

#endif
