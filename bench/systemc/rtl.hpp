// rtl.hpp - the Verilated RTL where the cycle model can stand: at the pins of `core`.  Built for one
// accelerator by bench/systemc/build.sh:
//
//   verilator --sc --prefix Vcore --top-module core
#ifndef ARRAYSMITH_PLATFORM_RTL_HPP
#define ARRAYSMITH_PLATFORM_RTL_HPP

#include "Vcore.h"

namespace platform
{

using rtl_core = Vcore;

} // namespace platform

#endif
