#include "panels/route.h"

#include <string.h>

#include "panels/words.h"

/* Four letters where columns are few. */
static const char *short_method(const char *method)
{
    static const struct {
        const char *method, *sign;
    } signs[] = {{"DELETE", "DEL"}, {"PATCH", "PTCH"}, {"OPTIONS", "OPT"}};

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (!strcmp(method, signs[i].method))
            return signs[i].sign;
    return method;
}

/* Requests per second and p99, right of the path; returns the column before them. */
static int paint_figures(const struct host *host, const struct canvas *canvas, int row,
    const struct catalog_api *api, const struct catalog_route *route)
{
    struct route_figures figures = route_figures(host, api, route);
    int right = canvas->width;
    struct buf cell;

    if (!figures.known)
        return right;
    buf_init(&cell, 64);
    if (figures.rate < 9.95)
        words_add_rate(&cell, figures.rate);
    else
        words_add_short(&cell, (uint64_t)(figures.rate + 0.5));
    right -= 4;
    canvas_right(canvas, row, right, 4, ROLE_TYPE_N, buf_view(&cell));
    right--;
    if (figures.errors)
        canvas_string(canvas, row, 2, 1, ROLE_STATUS_5XX, "!");
    if (canvas->width >= 34) {
        buf_clear(&cell);
        words_add_ms(&cell, figures.p99_us);
        right -= 5;
        canvas_right(canvas, row, right, 5, ROLE_P99, buf_view(&cell));
        right--;
    }
    buf_done(&cell);
    return right;
}

void route_paint_line(const struct host *host, const struct canvas *canvas, int row,
    const struct catalog_api *api, const struct catalog_route *route)
{
    const char *method = route->method ? route->method : "";
    bool narrow = canvas->width < 40;
    int right = paint_figures(host, canvas, row, api, route), left = narrow ? 4 : 5;

    if (canvas->width >= 60 && route->target) {
        int width = right / 2;

        canvas_string(canvas, row, right - width, width, ROLE_DIM, route->target);
        right -= width + 1;
    }
    canvas_string(canvas, row, left, narrow ? 4 : 7, ROLE_REF,
        narrow ? short_method(method) : method);
    left += narrow ? 5 : 8;
    canvas_string(canvas, row, left, right - left, ROLE_TEXT, route->path);
}

void route_paint_stage(const struct canvas *canvas, int row, const struct catalog_stage *stage)
{
    int right = canvas->width;

    if (stage->undeployed > 0)
        canvas_string(canvas, row, 2, 1, ROLE_STAGED_CHANGE, "u");
    canvas_string(canvas, row, 5, 10, ROLE_TEXT, stage->name);
    if (right > 26) {
        canvas_string(canvas, row, 16, 6, ROLE_DIM, stage->auto_deploy ? "auto" : "manual");
        canvas_string(canvas, row, 23, right - 23, ROLE_DIM,
            stage->deployment && *stage->deployment ? stage->deployment : "not deployed");
    } else {
        canvas_string(canvas, row, 16, right - 16, ROLE_DIM,
            stage->deployment && *stage->deployment ? stage->deployment : "not deployed");
    }
}

int route_count_undeployed(const struct catalog_api *api)
{
    int count = 0;

    for (size_t i = 0; i < api->stage_count; i++)
        count += api->stage[i].undeployed > 0 ? api->stage[i].undeployed : 0;
    return count;
}
