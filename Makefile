# gatehouse: make run, make test; everything else is listed by make help.
MAKEFLAGS += --no-builtin-rules
SHELL     := /bin/bash
# V=1 prints the commands themselves.
Q         := $(if $(V),,@)
SAY       := @echo ' '
.SHELLFLAGS := -eu -o pipefail -c

prefix    ?= /usr/local
DESTDIR   ?=
BUILD     ?= build
CC        := $(if $(filter default,$(origin CC)),gcc,$(CC))
VERSION   := 0.1.0
SANITIZE  ?=

ifneq ($(SANITIZE),)
VARIANT   := $(BUILD)/sanitized
OPTIMIZE  := -O1 -g -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDEN    := -DGATEHOUSE_SANITIZED
else
VARIANT   := $(BUILD)
OPTIMIZE  := -O2 -g
HARDEN    := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
endif

WARNINGS  := -std=c11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
             -Wundef -Wwrite-strings -Wpointer-arith -Wcast-qual -Wconversion -Wvla -Werror
PACKAGES  := ncursesw readline libcurl libpcre2-8 libdeflate sqlite3 libuv nettle yaml-0.1 zlib
pkg        = $(shell pkg-config $(1) $(PACKAGES) 2>/dev/null)
CPPFLAGS  += -I. -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE \
             -DGATEHOUSE_VERSION='"$(VERSION)"' -DGATEHOUSE_SHARE='"$(prefix)/share/gatehouse"' \
             -DNCURSES_NOMACROS -DNCURSES_WIDECHAR=1
CFLAGS    += $(WARNINGS) $(OPTIMIZE) $(HARDEN) -fPIE -pthread
LDFLAGS   += $(OPTIMIZE) -pie -pthread -Wl,-z,relro,-z,now
LDFLAGS   += -Wl,--export-dynamic-symbol=_gnutls_global_init_skip # client/curl_library.c
# libcurl is loaded when it is needed: client/curl_library.h.
LDLIBS    := $(filter-out -lcurl,$(call pkg,--libs))
SYSTEM    := $(patsubst -I%,-isystem %,$(call pkg,--cflags-only-I)) -isystem /usr/share/include/llhttp

FLOORS    := base client endpoint panels console
SOURCES   ?= $(sort $(foreach floor,$(FLOORS),$(shell find $(floor) -name '*.c' 2>/dev/null)))
OBJECTS   := $(SOURCES:%.c=$(VARIANT)/obj/%.o)
LIBRARY   := $(filter-out $(VARIANT)/obj/console/main.o,$(OBJECTS))
LLHTTP    := $(patsubst %,$(VARIANT)/obj/llhttp/%.o,api http llhttp)
PROGRAM   := $(VARIANT)/gatehouse
UNITS     := $(patsubst %.c,$(VARIANT)/%,$(sort $(wildcard tests/unit/*_test.c)))
SCREENS   := $(patsubst %.c,$(VARIANT)/%,$(sort $(wildcard tests/screens/*_test.c)))
REPLAYS   := $(patsubst %_fuzz.c,$(VARIANT)/%_replay,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
FUZZERS   := $(patsubst %_fuzz.c,$(BUILD)/fuzz/%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
SCRIPTS   := Makefile

.PHONY: all
all: $(PROGRAM)

$(PROGRAM): $(OBJECTS) $(LLHTTP)
	@mkdir -p $(@D)
	$(SAY) link $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(VARIANT)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(SAY) cc $<
	$(Q)$(CC) $(CPPFLAGS) $(SYSTEM) $(CFLAGS) -MMD -MP -c -o $@ $<

$(VARIANT)/obj/llhttp/%.o: /usr/share/llhttp/%.c
	@mkdir -p $(@D)
	$(SAY) cc $<
	$(Q)$(CC) -I/usr/share/include/llhttp -O2 -g -fPIE -c -o $@ $<

$(VARIANT)/libgatehouse.a: $(LIBRARY) $(LLHTTP)
	$(SAY) ar $@
	@rm -f $@
	$(Q)ar rcs $@ $^

$(VARIANT)/tests/%: $(VARIANT)/obj/tests/%.o $(VARIANT)/libgatehouse.a
	@mkdir -p $(@D)
	$(SAY) link $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(VARIANT)/libgatehouse.a $(LDLIBS) -lcmocka

# Screens are driven on a pty: see tests/screens/harness.h.
$(VARIANT)/tests/screens/libharness.a: $(patsubst %,$(VARIANT)/obj/tests/screens/%.o,harness svg)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(VARIANT)/tests/screens/%: $(VARIANT)/obj/tests/screens/%.o $(VARIANT)/tests/screens/libharness.a $(VARIANT)/libgatehouse.a
	@mkdir -p $(@D)
	$(SAY) link $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka -lvterm -lutil

$(VARIANT)/tests/fuzz/%_replay: $(VARIANT)/obj/tests/fuzz/%_fuzz.o $(VARIANT)/obj/tests/fuzz/replay.o $(VARIANT)/libgatehouse.a
	@mkdir -p $(@D)
	$(SAY) link $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PRECIOUS: $(VARIANT)/obj/%.o
-include $(shell find $(VARIANT)/obj -name '*.d' 2>/dev/null)

# --- commands ------------------------------------------------------------------------------------

.PHONY: help
help:
	@sed -n 's/^## //p' Makefile

## make               builds build/gatehouse
## make run           installs what is missing, builds, opens the demo (a tour in batch mode without a terminal)
.PHONY: run
run:
	@scripts/install-packages build
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@if [ -t 0 ] && [ -t 1 ]; then exec $(PROGRAM) demo; else exec $(PROGRAM) demo --tour; fi

JOBS := $(shell nproc)

## make test          installs the test tools, builds plain and sanitised, runs every layer
.PHONY: test
test:
	@scripts/install-packages build test
	@scripts/install-peers
	@$(MAKE) --no-print-directory -j$(JOBS) all units screen-tests replays
	@$(MAKE) --no-print-directory -j$(JOBS) SANITIZE=address,undefined all units
	@scripts/test

.PHONY: units screen-tests replays
units: $(UNITS)
screen-tests: $(SCREENS) $(VARIANT)/tests/screens/keys
replays: $(REPLAYS)

## make bench         prints ratios measured side by side in one run (BENCH="tables million": these sections)
.PHONY: bench
bench:
	@scripts/install-packages build test bench
	@scripts/install-peers
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@tests/bench/run $(BENCH)

## make screens       renders every screen to tests/screens/*.txt and the README's pictures
.PHONY: screens
screens:
	@scripts/install-packages build test
	@$(MAKE) --no-print-directory -j$(JOBS) all $(VARIANT)/tests/screens/render
	@$(VARIANT)/tests/screens/render $(PROGRAM)

## make lint          formatter, gcc and clang with warnings as errors, analysers, floors, banned names, manuals
.PHONY: lint
lint:
	@scripts/install-packages build test lint
	@scripts/lint

## make fuzz          ten minutes per target (FUZZ_SECONDS=n, FUZZ_TARGETS="a b")
FUZZ_SECONDS ?= 600
FUZZ_TARGETS ?= $(notdir $(FUZZERS))
.PHONY: fuzz
fuzz:
	@scripts/install-packages build test
	@$(MAKE) --no-print-directory -j$(JOBS) CC=clang BUILD=$(BUILD)/fuzz-objects SANITIZE=fuzzer-no-link,address,undefined \
	    $(BUILD)/fuzz-objects/sanitized/libgatehouse.a
	@for target in $(FUZZ_TARGETS); do \
	    mkdir -p $(BUILD)/fuzz/corpus/$$target; \
	    clang $(CPPFLAGS) $(SYSTEM) -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -o $(BUILD)/fuzz/$$target \
	        tests/fuzz/$${target}_fuzz.c $(BUILD)/fuzz-objects/sanitized/libgatehouse.a $(LDLIBS) -pthread; \
	    echo "fuzzing $$target for $(FUZZ_SECONDS) s"; \
	    $(BUILD)/fuzz/$$target -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -rss_limit_mb=2048 \
	        $(BUILD)/fuzz/corpus/$$target $(wildcard tests/fuzz/corpus/$$target) 2>&1 | grep -E 'ERROR|SUMMARY|stat::number_of_executed|crash-' || true; \
	done

## make kill-test     kill -9 of a server that writes, 1,000 times (KILL_ROUNDS=n)
KILL_ROUNDS ?= 1000
.PHONY: kill-test
kill-test:
	@scripts/install-packages build test
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@scripts/kill-test $(KILL_ROUNDS)

## make check-floors  fails on an include that runs upward
.PHONY: check-floors
check-floors:
	@scripts/check-floors

## make install       honours DESTDIR and prefix; make uninstall takes it away
MANUALS = $(wildcard man/*.[1-8])
.PHONY: install uninstall
install: all
	$(Q)install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(prefix)/share/gatehouse/themes $(DESTDIR)$(prefix)/share/bash-completion/completions
	$(Q)install -m 755 $(PROGRAM) $(DESTDIR)$(prefix)/bin/gatehouse
	$(Q)install -m 644 themes/*.theme $(DESTDIR)$(prefix)/share/gatehouse/themes
	$(Q)$(PROGRAM) completion bash > $(DESTDIR)$(prefix)/share/bash-completion/completions/gatehouse
	$(Q)for page in $(MANUALS); do \
	    install -D -m 644 $$page $(DESTDIR)$(prefix)/share/man/man$${page##*.}/$$(basename $$page); \
	done

uninstall:
	$(Q)rm -f $(DESTDIR)$(prefix)/bin/gatehouse $(DESTDIR)$(prefix)/share/bash-completion/completions/gatehouse
	$(Q)rm -rf $(DESTDIR)$(prefix)/share/gatehouse
	$(Q)for page in $(MANUALS); do rm -f $(DESTDIR)$(prefix)/share/man/man$${page##*.}/$$(basename $$page); done

## make package       builds build/gatehouse_VERSION_ARCH.deb
.PHONY: package
package:
	@scripts/install-packages build
	@$(MAKE) --no-print-directory -j$(JOBS) prefix=/usr BUILD=$(BUILD)/package all
	@scripts/package $(VERSION) $(BUILD)

## make clean         removes build/
.PHONY: clean
clean:
	rm -rf $(BUILD)
