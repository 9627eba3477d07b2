#include "console/statements/table_listing.h"

#include "client/connection.h"

enum { REQUEST_LIMIT = 64 * 1024 };

static void add_request(struct buf *out, const struct table_listing *listing,
    const struct operation *operation, struct text after)
{
    struct json_writer writer;

    buf_clear(out);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    if (listing->filter)
        json_pair_string(&writer, listing->filter, listing->filter_value);
    if (after.length > 0)
        json_pair(&writer, operation->page_in, after);
    json_end_object(&writer);
}

static const struct json *send(struct job *job, struct link *link,
    const struct table_listing *listing, const struct operation *operation, struct text request,
    struct error *err)
{
    struct call_context context = job_context(job);
    const struct json *answer = NULL;
    struct reply reply;
    struct text body;

    reply_init(&reply);
    if (!connection_call(link->connection, listing->service, operation, request, &context, &reply,
            err)) {
        body = arena_text(job->arena, buf_view(&reply.body));
        answer = body.data ? json_parse(body, job->arena, err) : NULL;
        if (!body.data)
            arena_failed(job->arena, err);
    }
    reply_done(&reply);
    return answer;
}

enum error_code table_list(struct job *job, struct link *link, const struct table_listing *listing,
    struct error *err)
{
    const struct operation *operation =
        service_operation_string(listing->service, listing->operation);
    struct text after = TEXT("");
    enum error_code code = ERROR_NONE;
    struct buf request;

    buf_init(&request, REQUEST_LIMIT);
    do {
        const struct json *answer, *list;

        add_request(&request, listing, operation, after);
        code = buf_check(&request, "request", err);
        if (code)
            break;
        answer = send(job, link, listing, operation, buf_view(&request), err);
        if (!answer) {
            code = err->code;
            break;
        }
        list = json_member(answer, listing->list);
        for (const struct json *one = list ? list->first : NULL; one && !code; one = one->next)
            code = listing->each(listing->user, one, err);
        after = json_string_member(answer, operation->page_out);
        if (!code)
            code = job_check(job, err);
    } while (!code && after.length > 0);
    buf_done(&request);
    return code;
}
