/* Inside the report: the numbers of one line. */
#ifndef AS_SIM_REPORT_REPORT_PARTS_H
#define AS_SIM_REPORT_REPORT_PARTS_H

#include "sim/report/report.h"

/* Cycles of a layer or of all, by what the compute engine did; beats to drain add up to cycles. */
struct as_report_row {
    uint64_t macs;
    uint64_t cycles;
    uint64_t ideal_cycles; /* all PEs busy */
    double utilization;    /* useful MACs / (PEs x cycles) */
    uint64_t beats;        /* a word enters the array */
    uint64_t lookup;       /* an element goes through a table */
    uint64_t wait_ifmap, wait_weight, wait_acc;
    uint64_t bubble; /* in a job without a beat: filling, weight tiles that load slower */
    uint64_t fetch;  /* of descriptors */
    uint64_t drain;  /* compute is done, store is not */
    uint64_t bytes_read, bytes_written;
};

struct as_report_row as_report_row(const struct as_report *report, const struct as_layer_run *run,
                                   uint64_t macs);
uint64_t as_report_macs_total(const struct as_program *program);

#endif
