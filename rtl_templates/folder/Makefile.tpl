# make            runs tb.v in Icarus and in Verilator, as far as they are installed
# make icarus     in that one only
# make verilator
# make lint       Verilator's and Icarus' warnings about @{system}: none
# make clean      removes what the others made, all of it in build/
VERILOG  := $(shell grep -v '^//' filelist.f)
IVERILOG ?= iverilog
VVP      ?= vvp
VERILATOR ?= verilator
have      = $(shell command -v $(1) 2>/dev/null)
TESTS    := $(if $(call have,$(IVERILOG)),icarus) $(if $(call have,$(VERILATOR)),verilator)

test: $(if $(strip $(TESTS)),$(TESTS),none)

none:
	@echo "neither $(IVERILOG) nor $(VERILATOR) is installed" >&2; exit 1

icarus: build/tb.vvp
	$(VVP) -n $< | tee build/icarus-run.log
	@grep -q '^PASS' build/icarus-run.log

verilator: build/verilator/Vtb
	$< | tee build/verilator-run.log
	@grep -q '^PASS' build/verilator-run.log

build/tb.vvp: tb.v $(VERILOG)
	@mkdir -p build
	$(IVERILOG) -g2005 -Wall -s tb -o $@ tb.v -f filelist.f

build/verilator/Vtb: tb.v $(VERILOG)
	@mkdir -p build
	$(VERILATOR) --binary --top-module tb -Mdir build/verilator tb.v -f filelist.f >build/verilator.log

lint:
	$(VERILATOR) --lint-only -Wall --top-module @{system} -f filelist.f
	$(IVERILOG) -g2005 -Wall -s @{system} -o /dev/null -f filelist.f

clean:
	rm -rf build

.PHONY: test none icarus verilator lint clean
