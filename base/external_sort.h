#ifndef BASE_EXTERNAL_SORT_H
#define BASE_EXTERNAL_SORT_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Records in the byte order of their keys, however many they are: an external merge sort. What
 * does not fit into the memory given waits as sorted runs in files without a name. Records with
 * equal keys come in the order of their tags; equal tags in any order. One thread at a time.
 */
struct external_sort;

struct sorted_record {
    struct text key, data;
    unsigned char tag;
};

/* memory: bytes that records and their index may take before they go to disk. */
struct external_sort *external_sort_new(size_t memory, struct error *err) MUST_CHECK;
void external_sort_free(struct external_sort *sort); /* NULL is harmless */

/* Copies the record. ERROR_LIMIT when one alone is larger than the memory. */
enum error_code external_sort_add(struct external_sort *sort, const struct sorted_record *record,
    struct error *err) MUST_CHECK;
/* Whether anything waits on disk. */
bool external_sort_spilled(const struct external_sort *sort);

/* Ends the adding. */
enum error_code external_sort_finish(struct external_sort *sort, struct error *err) MUST_CHECK;
/* The next record, valid until the next call; false at the end or with *code set. */
bool external_sort_next(struct external_sort *sort, struct sorted_record *out,
    enum error_code *code, struct error *err);

#endif
