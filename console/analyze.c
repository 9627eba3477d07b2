#include "console/analyze.h"

#include "client/capacity.h"
#include "client/journal.h"
#include "console/listing.h"

enum {
    CALL_NUMBER,
    CALL_OPERATION,
    CALL_TARGET,
    CALL_HTTP,
    CALL_MS,
    CALL_SCANNED,
    CALL_RETURNED,
    CALL_READ_UNITS,
    CALL_WRITE_UNITS,
    CALL_RETRIES,
    CALL_COLUMNS
};
static const char *const call_column[] = {"call", "op", "target", "http", "ms", "scanned",
    "returned", "RCU", "WCU", "retries"};

/* What all calls did together. */
struct totals {
    uint64_t calls, elapsed, scanned, returned, retries;
    uint64_t read_milli, write_milli;
};

/* "orders" of the request; empty for calls about no table. */
static struct text target_of(struct job *job, const struct journal_entry *call)
{
    const struct text before[] = {TEXT("\"TableName\":\""), TEXT("\"RequestItems\":{\"")};
    struct text body = text_of(call->request ? call->request : "");
    size_t at = text_find(body, before[0], 0), end, which = 0;

    if (at == SIZE_MAX)
        at = text_find(body, before[which = 1], 0);
    if (at == SIZE_MAX)
        return TEXT("");
    at += before[which].length;
    end = text_find(body, TEXT("\""), at);
    return end == SIZE_MAX ? TEXT("") : arena_text(job->arena, text_slice(body, at, end));
}

static void add_units(struct listing *listing, size_t column, uint64_t milli)
{
    if (milli > 0)
        listing_double(listing, column, (double)milli / 1000, milli % 1000 ? 1 : 0);
}

static enum error_code add_call(struct listing *listing, const struct journal_entry *call,
    struct totals *totals, struct error *err)
{
    uint64_t reads = call->is_write ? 0 : call->capacity_milli;
    uint64_t writes = call->is_write ? call->capacity_milli : 0;

    totals->calls++;
    totals->elapsed += call->elapsed;
    totals->retries += call->retries;
    totals->read_milli += reads;
    totals->write_milli += writes;
    listing_integer(listing, CALL_NUMBER, (int64_t)totals->calls);
    listing_string(listing, CALL_OPERATION, call->operation);
    listing_text(listing, CALL_TARGET, target_of(listing->job, call));
    listing_integer(listing, CALL_HTTP, call->status);
    listing_double(listing, CALL_MS, (double)call->elapsed / 1e6, 1);
    if (call->has_counts) {
        totals->scanned += call->scanned;
        totals->returned += call->returned;
        listing_integer(listing, CALL_SCANNED, (int64_t)call->scanned);
        listing_integer(listing, CALL_RETURNED, (int64_t)call->returned);
    }
    add_units(listing, CALL_READ_UNITS, reads);
    add_units(listing, CALL_WRITE_UNITS, writes);
    listing_integer(listing, CALL_RETRIES, call->retries);
    return listing_row(listing, err);
}

/* The calls of the statement stand together at the end, perhaps with those of other jobs between. */
static enum error_code add_calls(struct job *job, struct listing *listing, struct totals *totals,
    uint64_t first, struct error *err)
{
    struct journal *journal = job->session->journal;
    size_t count = journal_count(journal);
    enum error_code code = ERROR_NONE;
    struct journal_entry call;

    for (size_t i = 0; !code && i < count; i++) {
        if (!journal_copy(journal, i, false, &call))
            continue;
        journal_entry_done(&call);
        if (call.number < first || call.statement != job->number || call.is_statement)
            continue;
        if (!journal_copy(journal, i, true, &call))
            continue;
        code = add_call(listing, &call, totals, err);
        journal_entry_done(&call);
    }
    return code;
}

static uint64_t last_number(struct journal *journal)
{
    size_t count = journal_count(journal);
    struct journal_entry last;

    if (count == 0 || !journal_copy(journal, count - 1, false, &last))
        return 0;
    journal_entry_done(&last);
    return last.number;
}

static void add_total(struct listing *listing, const struct totals *totals)
{
    listing_string(listing, CALL_OPERATION, "total");
    listing_double(listing, CALL_MS, (double)totals->elapsed / 1e6, 1);
    listing_integer(listing, CALL_SCANNED, (int64_t)totals->scanned);
    listing_integer(listing, CALL_RETURNED, (int64_t)totals->returned);
    add_units(listing, CALL_READ_UNITS, totals->read_milli);
    add_units(listing, CALL_WRITE_UNITS, totals->write_milli);
    listing_integer(listing, CALL_RETRIES, (int64_t)totals->retries);
}

/* "units: orders 1 WCU, byStatus 1 WCU" where an index takes some of them. */
static void say_parts(struct job *job, const struct capacity *capacity)
{
    struct buf line;

    if (!capacity->has_index)
        return;
    buf_init(&line, 16 * 1024);
    for (size_t i = 0; i < capacity->count; i++) {
        const struct capacity_part *part = &capacity->part[i];

        buf_add_format(&line, "%s%s", i > 0 ? ", " : "", part->name);
        if (part->read_milli > 0)
            buf_add_format(&line, " %g RCU", (double)part->read_milli / 1000);
        if (part->write_milli > 0)
            buf_add_format(&line, " %g WCU", (double)part->write_milli / 1000);
    }
    job_note(job, REPORT_NOTE, "units: %s", buf_string(&line));
    buf_done(&line);
}

/* What EXPLAIN says of the cost, or NULL. */
static const char *estimate_of(struct job *job, const struct tree *tree)
{
    struct error ignored;
    struct plan plan;

    plan_init(&plan, job->arena);
    if (!tree->statement->plan || tree->statement->plan(job, tree, &plan, &ignored))
        return NULL;
    for (const struct plan_line *line = plan.line; line; line = line->next)
        if (line->label == PLAN_COST)
            return line->text;
    return NULL;
}

enum error_code analyze_run(struct job *job, const struct tree *tree,
    enum error_code (*run)(struct job *job, const struct tree *tree, struct error *err),
    struct error *err)
{
    struct sink none = sink_quiet;
    const char *estimate = estimate_of(job, tree);
    uint64_t first = last_number(job->session->journal) + 1;
    struct sink *sink = job->sink;
    struct totals totals = {0};
    struct listing listing;
    struct capacity capacity;
    struct error said;
    enum error_code ran, code;

    capacity_init(&capacity);
    job->sink = &none;
    job->capacity = &capacity;
    ran = run(job, tree, err);
    job->capacity = NULL;
    job->sink = sink;
    code = listing_begin(&listing, job, "calls", call_column, CALL_COLUMNS, &said);
    if (!code)
        code = add_calls(job, &listing, &totals, first, &said);
    if (!code && totals.calls > 1) {
        add_total(&listing, &totals);
        code = listing_row(&listing, &said);
    }
    if (!code)
        code = listing_end(&listing, &said);
    if (totals.scanned > 0)
        job_note(job, REPORT_NOTE, "efficiency %.0f %%: %llu returned of %llu examined",
            100.0 * (double)totals.returned / (double)totals.scanned,
            (unsigned long long)totals.returned, (unsigned long long)totals.scanned);
    say_parts(job, &capacity);
    capacity_done(&capacity);
    if (estimate)
        job_note(job, REPORT_NOTE, "expected: %s", estimate);
    if (!ran && code) {
        *err = said;
        return code;
    }
    return ran;
}
