# arraysmith: `make help` lists what can be made.
CC       ?= gcc
BUILD    := build
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wstrict-prototypes \
            -Wmissing-prototypes -Werror
CFLAGS   ?= -O3 -march=native -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -I. -I$(BUILD) -MMD -MP
LIBS     := -lfyaml -ljansson -lxxhash -ldl -lm
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all

SRC   := $(filter-out gen/main.c,$(wildcard gen/*.c models/*.c sim/*.c dataflows/*.c boards/*.c))
OBJ   := $(SRC:%.c=$(BUILD)/obj/%.o)
LIB   := $(BUILD)/libarraysmith.a
TOOL  := $(BUILD)/arraysmith
UNIT  := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
UNIT_HELPERS := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out $(wildcard tests/unit/test_*.c),$(wildcard tests/unit/*.c)))
BLOCKS := $(patsubst tests/cosim/ports/%.def,%,$(wildcard tests/cosim/ports/*.def))
SHARED ?= $(or $(ARRAYSMITH_SHARED),../shared)

all: $(TOOL) ## build/arraysmith

# ---- building ----

# The presets are the files dataflows/preset_*.c.
$(BUILD)/presets.def: $(wildcard dataflows/preset_*.c)
	@mkdir -p $(@D)
	@printf 'AS_PRESET(%s)\n' $(patsubst dataflows/preset_%.c,%,$(sort $^)) >$@

$(BUILD)/obj/dataflows/dataflow.o: $(BUILD)/presets.def

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c $< -o $@

$(LIB): $(OBJ)
	@rm -f $@
	ar rcs $@ $^

$(TOOL): $(BUILD)/obj/gen/main.o $(LIB)
	$(CC) $(ALL_CFLAGS) $^ -o $@ $(LIBS)

$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(UNIT_HELPERS) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $^ -o $@ -lcriterion -lcrypto $(LIBS)

RANDOM_TEST := $(BUILD)/tests/random
$(RANDOM_TEST): $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/random/*.c)) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $^ -o $@ $(LIBS)

FAMILIES := $(BUILD)/tests/families
$(FAMILIES): $(BUILD)/obj/tests/families/families.o $(filter %/tflite_build.o %/tflite_ops.o %/tflite_random.o,$(UNIT_HELPERS))
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $^ -o $@ $(LIBS)

# Fuzzers are built on their own, every source under the sanitizers.
$(BUILD)/fuzz/%: tests/fuzz/%.c $(SRC) $(BUILD)/presets.def | deps
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(SANITIZE) -I. -I$(BUILD) $< $(SRC) -o $@ $(LIBS)

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d)

# ---- what a person asks for ----

deps:
	@mkdir -p $(BUILD)
	@.ci/install

deps-fpga:
	@mkdir -p $(BUILD)
	@.ci/install fpga

demo: deps-fpga ## install what is missing, build, and run the main job on the digits model
	@$(MAKE) --no-print-directory $(TOOL)
	@bench/demo.sh $(TOOL)

test: deps ## the quick suite: unit, block by block against the Verilog, whole networks in lockstep
	@$(MAKE) --no-print-directory -j2 $(TOOL) unit-tests $(RANDOM_TEST) $(FAMILIES)
	@tests/run.sh quick $(UNIT)

check: deps ## all that gates a change: format, lint in three tools, sanitizers, golden files, tests
	@$(MAKE) --no-print-directory -j2 $(TOOL) unit-tests $(RANDOM_TEST) $(FAMILIES)
	@tests/run.sh check $(UNIT)

check-long: deps ## the slow suites: 100,000 mutated inputs, every RTL mutant, long lockstep
	@$(MAKE) --no-print-directory -j2 $(TOOL) unit-tests $(RANDOM_TEST) $(FAMILIES) $(BUILD)/fuzz/fuzz_tflite $(BUILD)/fuzz/fuzz_config
	@tests/run.sh long $(UNIT)

bench: deps-fpga ## the numbers of the README, against targets
	@$(MAKE) --no-print-directory $(TOOL)
	@python3 bench/bench.py $(TOOL)
	@python3 bench/dataflows.py $(TOOL)

golden: $(TOOL) ## regenerate tests/golden
	@rm -rf tests/golden/icebreaker && mkdir -p tests/golden
	@$(TOOL) gen icebreaker -o tests/golden/icebreaker

pictures: $(TOOL) ## regenerate docs/array_*.svg, one a preset
	@for name in $(subst _,-,$(patsubst dataflows/preset_%.c,%,$(sort $(wildcard dataflows/preset_*.c)))); do \
	    mkdir -p $(BUILD)/pictures && printf 'name: array\ndataflow: %s\n' $$name >$(BUILD)/pictures/$$name.yaml && \
	    $(TOOL) gen $(BUILD)/pictures/$$name.yaml -o $(BUILD)/pictures/$$name >/dev/null && \
	    cp $(BUILD)/pictures/$$name/array.svg docs/array_$$name.svg || exit 1; done

format: ## lay out the C sources by .clang-format
	clang-format -i $(wildcard gen/*.[ch] models/*.[ch] sim/*.[ch] dataflows/*.[ch] boards/*.[ch] tests/*/*.[ch])

unit-tests: $(UNIT)

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.SECONDARY:
.PHONY: all deps deps-fpga demo test check check-long bench golden pictures format unit-tests clean help
