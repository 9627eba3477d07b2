#ifndef ENDPOINT_TABLES_RECORDED_SHAPES_H
#define ENDPOINT_TABLES_RECORDED_SHAPES_H

#include "endpoint/tables/shapes.h"

extern const struct shape shape_policy, shape_insights, shape_list_insights, shape_kinesis;

#endif
