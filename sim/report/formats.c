#include "sim/report/report.h"

#define AS_FORMAT(name) extern const struct as_report_format as_format_##name;
#include "sim/report/formats.def"
#undef AS_FORMAT

static const struct as_report_format *const formats[] = {
#define AS_FORMAT(name) &as_format_##name,
#include "sim/report/formats.def"
#undef AS_FORMAT
};

const struct as_report_format *const *as_report_formats(int *count)
{
    *count = (int)(sizeof formats / sizeof formats[0]);
    return formats;
}
