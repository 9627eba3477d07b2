#include "console/statements/sample.h"

#include "console/statements/read.h"

enum { PLACE_LIMIT = 64 * 1024 };

bool sample_parse(struct lexer *lexer, uint64_t *part_milli, struct error *err)
{
    struct token at = lexer->token;
    struct rate_said said = {0};

    if (at.kind != TOKEN_PERCENT)
        return parse_expected(lexer, "a part such as 5%", err);
    if (!read_parse_rate(lexer, "RCU", &said, err))
        return false;
    *part_milli = said.percent_milli / 100;
    if (*part_milli < 1 || *part_milli > SAMPLE_SEGMENTS)
        return parse_fail(err, &at, "a sample is between 0.1%% and 100%%");
    if (*part_milli == SAMPLE_SEGMENTS)
        *part_milli = 0;
    return true;
}

bool sample_takes(uint64_t part_milli, uint64_t segment)
{
    return segment * part_milli / SAMPLE_SEGMENTS != (segment + 1) * part_milli / SAMPLE_SEGMENTS;
}

static enum error_code ignore_page(void *user, const struct rows_status *status, struct error *err)
{
    (void)user, (void)status, (void)err;
    return ERROR_NONE;
}

enum error_code sample_places(struct job *job, struct read_plan *plan, uint64_t part_milli,
    struct error *err)
{
    struct read_places *places = arena_alloc(job->arena, 1, sizeof *places);

    if (places)
        places->place = arena_alloc(job->arena, SAMPLE_SEGMENTS, sizeof *places->place);
    if (!places || !places->place)
        return arena_failed(job->arena, err);
    places->page = ignore_page;
    for (uint64_t i = 0; i < SAMPLE_SEGMENTS; i++) {
        buf_init(&places->place[i].key, PLACE_LIMIT);
        places->place[i].ended = !sample_takes(part_milli, i);
    }
    plan->places = places;
    return ERROR_NONE;
}

void sample_done(struct read_plan *plan)
{
    for (size_t i = 0; plan->places && i < SAMPLE_SEGMENTS; i++)
        buf_done(&plan->places->place[i].key);
}

void sample_explain(struct plan *plan, uint64_t part_milli)
{
    plan_add(plan, PLAN_STOP, "after %llu of %d segments", (unsigned long long)part_milli,
        SAMPLE_SEGMENTS);
    for (struct plan_call *call = plan->call; call; call = call->next) {
        const char *count =
            arena_format(plan->arena, "%llu or more", (unsigned long long)part_milli);

        if (count && call->operation && strcmp(call->operation->name, "Scan") == 0)
            call->count = count;
    }
}
