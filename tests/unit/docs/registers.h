/* In test_tables.c: print_BLOCK_registers, the table of the registers of a block whose list is
 * SIGNALS. */
#define JOIN_(a, b, c) a##b##c
#define JOIN(a, b, c)  JOIN_(a, b, c)

#define REG(name, width, field)                                {#name, NULL, NULL, #width, 0},
#define REG_IF(exists, name, width, field)                     {#name, NULL, NULL, #width, 0},
#define SUB_IF(exists, name, instance, register, width, field) {#name, #instance, NULL, #width, 0},
#define SUB(name, instance, register, width, field)            {#name, #instance, NULL, #width, 0},
#define ELEMENT(name, scope, n, width, field)                  {#name, "each " #scope, NULL, #width, n},
#define ELEMENT_IF(exists, name, scope, n, width, field)       {#name, "each " #scope, NULL, #width, n},
#define VEC(name, count, width, field)                         {#name, NULL, #count, #width, 0},
#define VALUES(name, count, width, value)                      {#name, NULL, #count, #width, 0},
#define DEEP(name, count, width, value)                        {#name, NULL, #count, #width, 0},
#define VALUES_IN(scope, name, count, width, value)            {#name, #scope, #count, #width, 0},
#include "sim/blocks/signals.h"
static const struct row JOIN(rows_, BLOCK, )[] = {
#include SIGNALS
    {NULL, NULL, NULL, NULL, 0}};
#define AS_SIGNALS_DONE
#include "sim/blocks/signals.h"

#define ZERO(name)  #name,
#define ZEROS(name) #name,
#include "sim/blocks/signals.h"
static const char *const JOIN(zeros_, BLOCK, )[] = {
#include SIGNALS
    NULL};
#define AS_SIGNALS_DONE
#include "sim/blocks/signals.h"

static void JOIN(print_, BLOCK, _registers)(FILE *out)
{
    print_registers(out, JOIN(rows_, BLOCK, ), COUNT(JOIN(rows_, BLOCK, )), JOIN(zeros_, BLOCK, ),
                    COUNT(JOIN(zeros_, BLOCK, )));
}
#undef JOIN_
#undef JOIN
#undef BLOCK
#undef SIGNALS
