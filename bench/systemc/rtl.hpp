// rtl.hpp - the Verilated RTL where the cycle model can stand: at the pins of system.v and of core.v.
// Built for one accelerator by bench/systemc/build.sh:
//
//   verilator --sc --prefix Vcore --top-module core
//   verilator --sc --prefix Vsystem --top-module system
#ifndef ARRAYSMITH_PLATFORM_RTL_HPP
#define ARRAYSMITH_PLATFORM_RTL_HPP

#include "Vcore.h"
#include "Vsystem.h"

namespace platform
{

using rtl_core = Vcore;
using rtl_system = Vsystem;

} // namespace platform

#endif
