#include "client/service_errors.h"

#include <stddef.h>

#define THROTTLED ERROR_THROTTLED, SERVICE_ERROR_THROTTLE, NULL
#define FAILED ERROR_NETWORK, SERVICE_ERROR_FAILURE, NULL
#define UNAVAILABLE ERROR_NETWORK, SERVICE_ERROR_THROTTLE, NULL
#define ABSENT ERROR_NOT_FOUND, 0, NULL
#define DENIED                                                                                     \
    ERROR_ACCESS, 0, "the identity of profile %s may not do this; SHOW IDENTITY tells who it is"
#define EXPIRED                                                                                    \
    ERROR_ACCESS, SERVICE_ERROR_EXPIRED, "the session of profile %s has ended: log in again"
#define UNKNOWN_KEY ERROR_ACCESS, 0, "the access key of profile %s is not known here"
#define BAD_SIGNATURE                                                                              \
    ERROR_ACCESS, SERVICE_ERROR_SKEW,                                                              \
        "the secret key of profile %s is wrong, or the clock of this machine"
#define UNSIGNED ERROR_ACCESS, 0, "the credentials of profile %s did not reach the service"

/* Sorted by code. */
static const struct service_error error_table[] = {
    {"AccessDenied", DENIED},
    {"AccessDeniedException", DENIED},
    {"AuthFailure", UNKNOWN_KEY},
    {"BackupInUseException", ABSENT},
    {"BackupNotFoundException", ABSENT},
    {"BandwidthLimitExceeded", THROTTLED},
    {"ConditionalCheckFailedException", ERROR_CONDITION, 0, NULL},
    {"DuplicateItemException", ERROR_CONDITION, 0, NULL},
    {"ExpiredToken", EXPIRED},
    {"ExpiredTokenException", EXPIRED},
    {"ExportNotFoundException", ABSENT},
    {"ForbiddenException", DENIED},
    {"GlobalTableNotFoundException", ABSENT},
    {"GoneException", ABSENT},
    {"ImportNotFoundException", ABSENT},
    {"IncompleteSignature", UNSIGNED},
    {"IncompleteSignatureException", UNSIGNED},
    {"IndexNotFoundException", ABSENT},
    {"InternalError", FAILED},
    {"InternalFailure", FAILED},
    {"InternalServerError", FAILED},
    {"InternalServerErrorException", FAILED},
    {"InternalServiceError", FAILED},
    {"InternalServiceFault", FAILED},
    {"InvalidAccessKeyId", UNKNOWN_KEY},
    {"InvalidClientTokenId", UNKNOWN_KEY},
    {"InvalidSignatureException", BAD_SIGNATURE},
    {"LimitExceededException", THROTTLED},
    {"MissingAuthenticationToken", UNSIGNED},
    {"MissingAuthenticationTokenException", UNSIGNED},
    {"NotFoundException", ABSENT},
    {"OptInRequired", DENIED},
    {"PolicyNotFoundException", ABSENT},
    {"PriorRequestNotComplete", THROTTLED},
    {"ProvisionedThroughputExceeded", THROTTLED},
    {"ProvisionedThroughputExceededException", THROTTLED},
    {"ReplicaNotFoundException", ABSENT},
    {"ReplicatedWriteConflictException", THROTTLED},
    {"RequestExpired", BAD_SIGNATURE},
    {"RequestLimitExceeded", THROTTLED},
    {"RequestThrottled", THROTTLED},
    {"RequestThrottledException", THROTTLED},
    {"RequestTimeTooSkewed", BAD_SIGNATURE},
    {"RequestTimeout", FAILED},
    {"RequestTimeoutException", FAILED},
    {"ResourceInUseException", ABSENT},
    {"ResourceNotFound", ABSENT},
    {"ResourceNotFoundException", ABSENT},
    {"ServiceUnavailable", UNAVAILABLE},
    {"ServiceUnavailableException", UNAVAILABLE},
    {"SignatureDoesNotMatch", BAD_SIGNATURE},
    {"SlowDown", THROTTLED},
    {"TableAlreadyExistsException", ABSENT},
    {"TableInUseException", ABSENT},
    {"TableNotFoundException", ABSENT},
    {"Throttling", THROTTLED},
    {"ThrottlingException", THROTTLED},
    {"TooManyRequestsException", THROTTLED},
    {"TransactionCanceledException", ERROR_CONDITION, 0, NULL},
    {"TransactionConflictException", ERROR_CONDITION, SERVICE_ERROR_THROTTLE, NULL},
    {"TransactionInProgressException", THROTTLED},
    {"UnauthorizedException", DENIED},
    {"UnauthorizedOperation", DENIED},
    {"UnrecognizedClientException", UNKNOWN_KEY},
};

static const struct service_error by_status_throttled = {"", THROTTLED};
static const struct service_error by_status_failed = {"", FAILED};
static const struct service_error by_status_unavailable = {"", UNAVAILABLE};
static const struct service_error by_status_denied = {"", DENIED};
static const struct service_error by_status_absent = {"", ABSENT};
static const struct service_error by_status_invalid = {"", ERROR_INVALID, 0, NULL};

static const struct service_error *find_by_status(int status)
{
    if (status == 401 || status == 403)
        return &by_status_denied;
    if (status == 404)
        return &by_status_absent;
    if (status == 429)
        return &by_status_throttled;
    if (status == 503)
        return &by_status_unavailable;
    if (status == 501) /* it will not be offered at the next attempt either */
        return &by_status_invalid;
    return status >= 500 || status == 408 ? &by_status_failed : &by_status_invalid;
}

const struct service_error *service_error_find(struct text code, int status)
{
    size_t low = 0, high = sizeof error_table / sizeof error_table[0];

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(code, text_of(error_table[middle].code));

        if (order == 0)
            return &error_table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return find_by_status(status);
}

const struct service_error *service_error_table(size_t *count)
{
    *count = sizeof error_table / sizeof error_table[0];
    return error_table;
}
