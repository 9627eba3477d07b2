#include "client/curl_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LIBRARY "libcurl.so.4"
#define FUNCTION(name)                                                                             \
    {                                                                                              \
        "curl_" #name, offsetof(struct curl_library, name)                                         \
    }

static const struct {
    const char *name;
    size_t offset;
} function_table[] = {
    FUNCTION(easy_cleanup),
    FUNCTION(easy_getinfo),
    FUNCTION(easy_init),
    FUNCTION(easy_reset),
    FUNCTION(easy_setopt),
    FUNCTION(easy_strerror),
    FUNCTION(free),
    FUNCTION(global_init),
    FUNCTION(multi_add_handle),
    FUNCTION(multi_cleanup),
    FUNCTION(multi_info_read),
    FUNCTION(multi_init),
    FUNCTION(multi_perform),
    FUNCTION(multi_poll),
    FUNCTION(multi_remove_handle),
    FUNCTION(multi_setopt),
    FUNCTION(slist_append),
    FUNCTION(slist_free_all),
    FUNCTION(url),
    FUNCTION(url_cleanup),
    FUNCTION(url_get),
    FUNCTION(url_set),
};

_Static_assert(sizeof function_table / sizeof function_table[0] * sizeof(void *) ==
                   sizeof(struct curl_library),
    "every function is looked up");

/*
 * libcurl of Debian brings libgnutls along, for protocols that are never spoken here; its start
 * costs 0.9 MiB. This is its documented way to leave that out (GNUTLS_SKIP_GLOBAL_INIT).
 */
int _gnutls_global_init_skip(void);
int _gnutls_global_init_skip(void)
{
    return 1;
}

/*
 * OpenSSL loads the texts of all its errors with the first look at its queue of errors, which is at
 * the start of libcurl: 0.5 MiB. OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS of OPENSSL_init_crypto(3).
 */
static void leave_out_error_texts(void *handle)
{
    enum { NO_LOAD_CRYPTO_STRINGS = 1 };
    int (*init)(uint64_t options, const void *settings);
    void *function = dlsym(handle, "OPENSSL_init_crypto");

    if (!function)
        return; /* a libcurl without OpenSSL */
    memcpy(&init, &function, sizeof init);
    (void)init(NO_LOAD_CRYPTO_STRINGS, NULL);
}

const struct curl_library *curl_library_load(bool has_tls, struct error *err)
{
    static struct curl_library library;
    void *handle = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);

    if (!handle) {
        error_set(err, ERROR_IO, "%s", dlerror());
        error_hint(err, "install libcurl");
        return NULL;
    }
    for (size_t i = 0; i < sizeof function_table / sizeof function_table[0]; i++) {
        void *function = dlsym(handle, function_table[i].name);

        if (!function) {
            error_set(err, ERROR_IO, "%s: too old: it has no %s", LIBRARY, function_table[i].name);
            return NULL;
        }
        memcpy((char *)&library + function_table[i].offset, &function, sizeof function);
    }
    if (!has_tls)
        leave_out_error_texts(handle);
    if (!library.global_init(CURL_GLOBAL_ALL))
        return &library;
    error_set(err, ERROR_IO, "%s cannot be initialised", LIBRARY);
    return NULL;
}
