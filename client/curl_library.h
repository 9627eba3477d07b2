#ifndef CLIENT_CURL_LIBRARY_H
#define CLIENT_CURL_LIBRARY_H

#include <curl/curl.h>

#include "base/error.h"

#include <stdbool.h>

/*
 * libcurl, loaded for the first request rather than at the start: it brings two dozen libraries
 * along, which cost 6 ms and 4 MB even a server that never asks anybody.
 */
struct curl_library {
    __typeof__(curl_easy_cleanup) *easy_cleanup;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_reset) *easy_reset;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_free) *free;
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_multi_add_handle) *multi_add_handle;
    __typeof__(curl_multi_cleanup) *multi_cleanup;
    __typeof__(curl_multi_info_read) *multi_info_read;
    __typeof__(curl_multi_init) *multi_init;
    __typeof__(curl_multi_perform) *multi_perform;
    __typeof__(curl_multi_poll) *multi_poll;
    __typeof__(curl_multi_remove_handle) *multi_remove_handle;
    __typeof__(curl_multi_setopt) *multi_setopt;
    __typeof__(curl_slist_append) *slist_append;
    __typeof__(curl_slist_free_all) *slist_free_all;
    __typeof__(curl_url) *url;
    __typeof__(curl_url_cleanup) *url_cleanup;
    __typeof__(curl_url_get) *url_get;
    __typeof__(curl_url_set) *url_set;
};

/*
 * Loads and initialises it: once for the process, which keeps it. has_tls: the first request goes by
 * TLS; else what only TLS needs may be left out, and errors of later ones are less in words. NULL with
 * err set (ERROR_IO) when it is not there.
 */
const struct curl_library *curl_library_load(bool has_tls, struct error *err) MUST_CHECK;

#endif
