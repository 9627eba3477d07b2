#include "client/aws_url.h"

#include "base/text.h"

enum error_code aws_url_add(struct buf *out, const char *host_prefix, const char *region,
    struct error *err)
{
    for (const char *c = region; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-'))
            return error_set(err, ERROR_USAGE, "'%.60s' is no name of a region", region);
    buf_add_format(out, "https://%s.%s.amazonaws.com%s", host_prefix, region,
        text_starts_with(text_of(region), TEXT("cn-")) ? ".cn" : "");
    return buf_check(out, "the endpoint", err);
}
