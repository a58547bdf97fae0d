# arraysmith: `make help` lists what can be made.
CC       ?= gcc
BUILD    := build
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wstrict-prototypes \
            -Wmissing-prototypes -Werror
CFLAGS   ?= -O3 -march=native -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -I. -I$(BUILD) -MMD -MP
LIBS     := -lfyaml -ljansson -lxxhash -lprotobuf-c -lpng -ljpeg -ldl -lm
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all

ROOMS := base models gen sim dataflows boards cli
SRC   := $(filter-out cli/main.c,$(shell find $(ROOMS) -name '*.c' | sort))
OBJ   := $(SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/onnx.pb-c.o
LIB   := $(BUILD)/libarraysmith.a
TOOL  := $(BUILD)/arraysmith
UNIT  := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(shell find tests/unit -name 'test_*.c' | sort))
UNIT_HELPERS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/unit/helpers/*.c))
BLOCKS := $(patsubst tests/cosim/ports/%.def,%,$(wildcard tests/cosim/ports/*.def))
SHARED ?= $(or $(ARRAYSMITH_SHARED),../shared)

all: $(TOOL) ## build/arraysmith

# ---- building ----

# A line a file; `make V=1` shows the commands instead.
V     ?=
Q     := $(if $(V),,@)
say    = $(if $(V),,@printf '  %-6s %s\n' $(1) $(2))
LINK   = $(CC) $(ALL_CFLAGS) $(filter-out $(LIB),$^) $(WHOLE_LIB) -o $@

# The presets are the other files of the folder of presets.c.
PRESETS := $(filter-out presets,$(patsubst dataflows/presets/%.c,%,$(sort $(wildcard dataflows/presets/*.c))))
$(BUILD)/presets.def: $(wildcard dataflows/presets/*.c)
	@mkdir -p $(@D)
	@printf 'AS_PRESET(%s)\n' $(PRESETS) >$@

$(BUILD)/obj/dataflows/presets/presets.o: $(BUILD)/presets.def

# The families of FPGAs are the folders of boards/family.
FPGAS := $(patsubst boards/family/%/,%,$(sort $(wildcard boards/family/*/)))
$(BUILD)/families.def: $(wildcard boards/family/*/)
	@mkdir -p $(@D)
	@printf 'AS_FAMILY(%s)\n' $(FPGAS) >$@

$(BUILD)/obj/boards/flow/families.o: $(BUILD)/families.def

# The decoder of ONNX files is made from the part of their schema that is read.
$(BUILD)/onnx.pb-c.c: models/import/onnx/onnx.proto
	@mkdir -p $(@D)
	$(call say,PROTO,$<)
	$(Q)protoc-c --proto_path=$(<D) --c_out=$(BUILD) $(<F)

$(BUILD)/onnx.pb-c.h: $(BUILD)/onnx.pb-c.c ;

$(BUILD)/obj/models/import/onnx/onnx_model.o: $(BUILD)/onnx.pb-c.h

$(BUILD)/obj/onnx.pb-c.o: $(BUILD)/onnx.pb-c.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@

# Whole, so that what registers itself (dataflows/presets/presets.c) is there.
WHOLE_LIB = -Wl,--whole-archive $(LIB) -Wl,--no-whole-archive

$(LIB): $(OBJ)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) qcs $@ $^

$(TOOL): $(BUILD)/obj/cli/main.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) $(LIBS)

$(UNIT): $(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(UNIT_HELPERS) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) -lcriterion -lcrypto $(LIBS)

RANDOM_TEST := $(BUILD)/tests/random
$(RANDOM_TEST): $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/random/*.c)) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) $(LIBS)

FAMILIES := $(BUILD)/tests/families
$(FAMILIES): $(filter %/tflite_limits.o,$(UNIT_HELPERS))
PROGRAM_DIGESTS := $(BUILD)/tests/program_digests
$(PROGRAM_DIGESTS): $(BUILD)/obj/tests/digests/program_digests.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) $(LIBS)

TIMING_TEST := $(BUILD)/tests/timing
$(TIMING_TEST): $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/timing/*.c) tests/random/draw.c tests/random/options.c) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) $(LIBS)

RENDER := $(BUILD)/tests/render
$(RENDER): $(BUILD)/obj/tests/cosim/render.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) $(LIBS)

$(FAMILIES): $(BUILD)/obj/tests/families/families.o $(filter %/tflite_build.o %/tflite_ops.o %/tflite_random.o %/tflite_shapes.o %/tflite_rearrange.o %/tflite_state.o,$(UNIT_HELPERS)) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) $(LIBS)

# SystemC modules around the cycle model are C++: a platform, and the test of the TLM-2.0 sockets.
CXX       ?= g++
CXXFLAGS  ?= -O2 -g
CXX_LINK   = $(CXX) -std=c++17 -Wall -Wextra $(CXXFLAGS) -I. $(filter %.cpp,$^) $(WHOLE_LIB) -o $@
SYSTEMC   := $(BUILD)/systemc/platform $(BUILD)/systemc/test_tlm
HPP       := $(wildcard sim/systemc/*.h* gen/regmap/* bench/systemc/*.hpp tests/systemc/*.hpp)

$(BUILD)/systemc/platform: bench/systemc/platform.cpp $(LIB) $(HPP)
	@mkdir -p $(@D)
	$(call say,C++,$@)
	$(Q)$(CXX_LINK) -lsystemc $(LIBS)

$(BUILD)/systemc/test_tlm: tests/systemc/test_tlm.cpp $(LIB) $(HPP)
	@mkdir -p $(@D)
	$(call say,C++,$@)
	$(Q)$(CXX_LINK) -lcriterion -lsystemc $(LIBS)

# Fuzzers are built on their own, every source under the sanitizers.
$(BUILD)/fuzz/%: tests/fuzz/%.c $(SRC) $(BUILD)/presets.def $(BUILD)/families.def $(BUILD)/onnx.pb-c.c
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(SANITIZE) -I. -I$(BUILD) $(filter %.c,$^) -o $@ $(LIBS)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# ---- what a person asks for ----

setup: ## install what packages.txt lists and this machine lacks (Debian; root or sudo)
	@mkdir -p $(BUILD)
	@.ci/install all

# The first test on a machine installs what the tests need and says so; later ones never install.
$(BUILD)/ready-%: packages.txt
	@mkdir -p $(@D)
	@.ci/install $*
	@touch $@

demo: setup ## install what is missing, build, and run the main job on the digits model
	@$(MAKE) --no-print-directory $(TOOL)
	@bench/demo.sh $(TOOL)

test: $(BUILD)/ready-test ## the quick suite: unit, block by block against the Verilog, whole networks in lockstep
	@$(MAKE) --no-print-directory -j2 $(TOOL) unit-tests $(RANDOM_TEST) $(TIMING_TEST) $(FAMILIES) $(SYSTEMC)
	@tests/run.py quick $(UNIT)

check: $(BUILD)/ready-check ## all that gates a change: format, lint in four tools, sanitizers, golden files, tests
	@$(MAKE) --no-print-directory -j2 $(TOOL) unit-tests $(RANDOM_TEST) $(TIMING_TEST) $(FAMILIES) $(SYSTEMC) $(PROGRAM_DIGESTS)
	@tests/run.py check $(UNIT)

check-long: $(BUILD)/ready-check ## the slow suites: 100,000 mutated inputs, every RTL mutant, long lockstep
	@$(MAKE) --no-print-directory -j2 $(TOOL) unit-tests $(RANDOM_TEST) $(TIMING_TEST) $(FAMILIES) $(SYSTEMC) $(PROGRAM_DIGESTS) $(BUILD)/fuzz/fuzz_model $(BUILD)/fuzz/fuzz_config
	@tests/run.py long $(UNIT)

bench: setup ## the numbers of README.md and docs/results.md, against targets
	@$(MAKE) --no-print-directory $(TOOL)
	@python3 bench/bench.py $(TOOL)
	@python3 bench/dataflows.py $(TOOL)

golden: $(TOOL) ## regenerate tests/golden
	@rm -rf tests/golden/icebreaker && mkdir -p tests/golden
	@$(TOOL) gen icebreaker -o tests/golden/icebreaker

pictures: $(TOOL) ## regenerate docs/*.svg: the drawings in Graphviz's language, the array of each preset
	@for name in architecture rooms; do dot -Tsvg docs/$$name.dot | sed '/^<!-- Generated/,/-->/d' >docs/$$name.svg || exit 1; done
	@for name in $(subst _,-,$(PRESETS)); do \
	    mkdir -p $(BUILD)/pictures && printf 'name: array\ndataflow: %s\n' $$name >$(BUILD)/pictures/$$name.yaml && \
	    $(TOOL) gen $(BUILD)/pictures/$$name.yaml -o $(BUILD)/pictures/$$name >/dev/null && \
	    cp $(BUILD)/pictures/$$name/array.svg docs/array_$$name.svg || exit 1; done

tables: $(BUILD)/tests/docs/test_tables ## renew the tables of docs/ that come from the code
	@WRITE_TABLES=1 $(BUILD)/tests/docs/test_tables >/dev/null && $(BUILD)/tests/docs/test_tables

# What the program reads when it runs: data, and the sources that a simulation is compiled from.
DATA := $(shell find rtl_templates boards models -type f -not -name '*.[ch]' -not -name '*.def' \
    -not -name '*.py' -not -name '*.txt' -not -name '.*' | sort) \
    docs/blocks.md docs/host_link.md docs/program.md \
    sim/cosim/verilate.sh sim/cosim/rtl_shim.cpp sim/cosim/core_shim.cpp sim/cosim/rtl_abi.h sim/blocks/pins.h
PREFIX  ?= /usr/local
DESTDIR ?=
SHARE   := $(PREFIX)/share/arraysmith
MAN     := $(PREFIX)/share/man/man1

$(BUILD)/arraysmith.1: $(TOOL) docs/manpage.py
	$(call say,MAN,$@)
	$(Q)docs/manpage.py $(TOOL) >$@

# For a SystemC platform elsewhere: the headers, the library, how to compile with them, and the platform
# that the engines systemc and systemc-rtl run, when it has been built.
INCLUDE := $(PREFIX)/include/arraysmith
PUBLIC  := $(wildcard sim/systemc/*.hpp) sim/systemc/unit.h sim/blocks/pins.h gen/regmap/regmap.h gen/regmap/registers.def

install: $(TOOL) $(BUILD)/arraysmith.1 ## the program, its data, its manual page, the library for SystemC; PREFIX=/usr/local DESTDIR=
	@install -D -m 755 $(TOOL) $(DESTDIR)$(PREFIX)/bin/arraysmith
	@install -D -m 644 $(LIB) $(DESTDIR)$(PREFIX)/lib/libarraysmith.a
	@for file in $(PUBLIC); do install -D -m 644 $$file $(DESTDIR)$(INCLUDE)/$$file || exit 1; done
	@install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig
	@printf '%s\n' 'home=$(SHARE)' 'Name: arraysmith' 'Description: DNN accelerators as SystemC modules' \
	    "Version: $$(sed -n 's/.*AS_VERSION "\(.*\)"/\1/p' base/version.h)" 'Cflags: -I$(INCLUDE)' \
	    'Libs: -L$(PREFIX)/lib $(WHOLE_LIB:$(LIB)=-larraysmith) -lsystemc $(LIBS)' \
	    >$(DESTDIR)$(PREFIX)/lib/pkgconfig/arraysmith.pc
	@[ ! -x $(BUILD)/systemc/platform ] || install -D -m 755 $(BUILD)/systemc/platform $(DESTDIR)$(PREFIX)/lib/arraysmith/platform
	@install -D -m 644 $(BUILD)/arraysmith.1 $(DESTDIR)$(MAN)/arraysmith.1
	@for file in $(DATA); do install -D -m 644 $$file $(DESTDIR)$(SHARE)/$$file || exit 1; done
	@echo "arraysmith is in $(DESTDIR)$(PREFIX)/bin, its data in $(DESTDIR)$(SHARE)"

uninstall: ## remove what `make install` wrote
	@rm -f $(DESTDIR)$(PREFIX)/bin/arraysmith $(DESTDIR)$(MAN)/arraysmith.1
	@rm -f $(DESTDIR)$(PREFIX)/lib/libarraysmith.a $(DESTDIR)$(PREFIX)/lib/pkgconfig/arraysmith.pc
	@rm -rf $(DESTDIR)$(SHARE) $(DESTDIR)$(INCLUDE) $(DESTDIR)$(PREFIX)/lib/arraysmith

format: ## lay out the C sources by .clang-format
	clang-format -i $(shell find $(ROOMS) tests -name '*.[ch]')

unit-tests: $(UNIT) $(RENDER)

systemc: $(SYSTEMC) ## build/systemc/platform: the accelerator in a SystemC platform (docs/systemc.md)

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.SECONDARY:
.PHONY: all setup install uninstall demo test check check-long bench golden pictures tables format unit-tests systemc clean help
