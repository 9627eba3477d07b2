/*
 * The bare wire: the least that a client must do to move a table, as the measure for SCAN, EXPORT
 * and IMPORT. One libcurl handle, one page after the other, bodies written as they come.
 *
 *   wire URL scan TABLE FILE      writes every Scan answer to FILE
 *   wire URL import TABLE FILE    sends lines {"Item":{..}} as BatchWriteItem of 25
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct answer {
    char *data;
    size_t length, capacity;
};

static size_t collect(char *data, size_t size, size_t count, void *user)
{
    struct answer *answer = user;
    size_t length = size * count;

    if (answer->length + length + 1 > answer->capacity) {
        answer->capacity = (answer->length + length + 1) * 2;
        answer->data = realloc(answer->data, answer->capacity);
        if (!answer->data)
            exit(1);
    }
    memcpy(answer->data + answer->length, data, length);
    answer->length += length;
    answer->data[answer->length] = 0;
    return length;
}

static void call(CURL *curl, const char *operation, const char *body, size_t length,
    struct answer *answer)
{
    struct curl_slist *headers = NULL;
    char target[128];
    CURLcode code;

    snprintf(target, sizeof target, "X-Amz-Target: DynamoDB_20120810.%s", operation);
    headers = curl_slist_append(headers, target);
    headers = curl_slist_append(headers, "Content-Type: application/x-amz-json-1.0");
    headers = curl_slist_append(headers, "X-Amz-Date: 20260101T000000Z");
    headers = curl_slist_append(headers, "Expect:");
    headers = curl_slist_append(headers,
        "Authorization: AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/"
        "aws4_request, SignedHeaders=host;x-amz-date, Signature="
        "0000000000000000000000000000000000000000000000000000000000000000");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)length);
    answer->length = 0;
    code = curl_easy_perform(curl);
    if (code != CURLE_OK || strstr(answer->data, "\"__type\"")) {
        fprintf(stderr, "wire: %s %s\n", curl_easy_strerror(code), answer->data);
        exit(1);
    }
    curl_slist_free_all(headers);
}

static void scan(CURL *curl, const char *table, const char *path)
{
    struct answer answer = {0};
    FILE *out = fopen(path, "w");
    static char body[65536];
    char *key = NULL;

    do {
        snprintf(body, sizeof body, "{\"TableName\":\"%s\"%s%s}", table,
            key ? ",\"ExclusiveStartKey\":" : "", key ? key : "");
        free(key);
        key = NULL;
        call(curl, "Scan", body, strlen(body), &answer);
        fwrite(answer.data, 1, answer.length, out);
        key = strstr(answer.data, "\"LastEvaluatedKey\":");
        if (key) {
            const char *from = key + 19, *at = from;
            int depth = 0;

            do
                depth += *at == '{' ? 1 : *at == '}' ? -1 : 0;
            while (*at++ && depth);
            key = strndup(from, (size_t)(at - from));
        }
    } while (key);
    fclose(out);
    free(answer.data);
}

static void import(CURL *curl, const char *table, const char *path)
{
    struct answer answer = {0};
    FILE *in = fopen(path, "r");
    static char line[1 << 19], body[1 << 24];
    size_t length = 0;
    int count = 0;
    bool more = in != NULL;

    while (more) {
        more = fgets(line, sizeof line, in) != NULL;
        if (more) {
            size_t end = strcspn(line, "\n");

            line[end] = 0;
            if (!count)
                length = (size_t)snprintf(body, sizeof body, "{\"RequestItems\":{\"%s\":[", table);
            length += (size_t)snprintf(body + length, sizeof body - length, "%s{\"PutRequest\":%s}",
                count ? "," : "", line);
            count++;
        }
        if (count == 25 || (count && !more)) {
            length += (size_t)snprintf(body + length, sizeof body - length, "]}}");
            call(curl, "BatchWriteItem", body, length, &answer);
            count = 0;
            length = 0;
        }
    }
    if (in)
        fclose(in);
    free(answer.data);
}

int main(int argc, char **argv)
{
    CURL *curl;
    if (argc != 5) {
        fprintf(stderr, "usage: wire URL scan|import TABLE FILE\n");
        return 2;
    }
    curl_global_init(CURL_GLOBAL_NOTHING);
    curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    if (strcmp(argv[2], "scan") == 0)
        scan(curl, argv[3], argv[4]);
    else
        import(curl, argv[3], argv[4]);
    curl_easy_cleanup(curl);
    return 0;
}
