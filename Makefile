# arraysmith: see `make help`.
CC      ?= gcc
MODE    ?= release
BUILD   := build
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wstrict-prototypes \
           -Wmissing-prototypes -Werror
CFLAGS  ?= -O3 -march=native -g
CFLAGS_ALL := -std=c11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -I. -MMD -MP
LIBS    := -lfyaml -ljansson -lxxhash -ldl -lm

SRC := $(filter-out gen/main.c,$(wildcard gen/*.c models/*.c sim/*.c dataflows/*.c boards/*.c))
OBJ := $(SRC:%.c=$(BUILD)/obj/%.o)
LIB := $(BUILD)/libarraysmith.a

all: $(BUILD)/arraysmith

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -c $< -o $@

$(LIB): $(OBJ)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/arraysmith: $(BUILD)/obj/gen/main.o $(LIB)
	$(CC) $(CFLAGS_ALL) -rdynamic $^ -o $@ $(LIBS)

-include $(wildcard $(BUILD)/obj/*/*.d)
.PHONY: all
