#include "endpoint/tables/transfer_shapes.h"

#define MODEL "com.amazonaws.dynamodb.v20120810."
#define STRUCTURE(n, ...)                                                                          \
    {                                                                                              \
        .kind = SHAPE_STRUCTURE, .name = MODEL n, .member = (const struct shape_member[])          \
        {                                                                                          \
            __VA_ARGS__,                                                                           \
            {                                                                                      \
                NULL, NULL                                                                         \
            }                                                                                      \
        }                                                                                          \
    }

static const struct shape string = {.kind = SHAPE_STRING};
static const struct shape integer = {.kind = SHAPE_INTEGER};
static const struct shape number = {.kind = SHAPE_LONG}; /* times are any number */
static const struct shape strings = {.kind = SHAPE_LIST, .name = "java.lang.String", .of = &string};

static const struct shape incremental = STRUCTURE("IncrementalExportSpecification",
    {"ExportFromTime", &number}, {"ExportToTime", &number}, {"ExportViewType", &string});
const struct shape shape_export = STRUCTURE("ExportTableToPointInTimeInput", {"TableArn", &string},
    {"ExportTime", &number}, {"ClientToken", &string}, {"S3Bucket", &string},
    {"S3BucketOwner", &string}, {"S3Prefix", &string}, {"S3SseAlgorithm", &string},
    {"S3SseKmsKeyId", &string}, {"ExportFormat", &string}, {"ExportType", &string},
    {"IncrementalExportSpecification", &incremental});
const struct shape shape_describe_export = STRUCTURE("DescribeExportInput", {"ExportArn", &string});
const struct shape shape_list_exports = STRUCTURE("ListExportsInput", {"TableArn", &string},
    {"MaxResults", &integer}, {"NextToken", &string});

static const struct shape source = STRUCTURE("S3BucketSource", {"S3BucketOwner", &string},
    {"S3Bucket", &string}, {"S3KeyPrefix", &string});
static const struct shape csv =
    STRUCTURE("CsvOptions", {"Delimiter", &string}, {"HeaderList", &strings});
static const struct shape options = STRUCTURE("InputFormatOptions", {"Csv", &csv});
const struct shape shape_import = STRUCTURE("ImportTableInput", {"ClientToken", &string},
    {"S3BucketSource", &source}, {"InputFormat", &string}, {"InputFormatOptions", &options},
    {"InputCompressionType", &string}, {"TableCreationParameters", &shape_create_table});
const struct shape shape_describe_import = STRUCTURE("DescribeImportInput", {"ImportArn", &string});
const struct shape shape_list_imports = STRUCTURE("ListImportsInput", {"TableArn", &string},
    {"PageSize", &integer}, {"NextToken", &string});
