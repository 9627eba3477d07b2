#ifndef ENDPOINT_TABLES_TRANSFER_SHAPES_H
#define ENDPOINT_TABLES_TRANSFER_SHAPES_H

#include "endpoint/tables/shapes.h"

/* Requests of exports and imports. */
extern const struct shape shape_export, shape_describe_export, shape_list_exports;
extern const struct shape shape_import, shape_describe_import, shape_list_imports;

#endif
