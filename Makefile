# gatehouse: make run, make test; everything else is listed by make help.
MAKEFLAGS += --no-builtin-rules
SHELL     := /bin/bash
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
HARDEN    :=
else
VARIANT   := $(BUILD)
OPTIMIZE  := -O2 -g
HARDEN    := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
endif

WARNINGS  := -std=c11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
             -Wundef -Wwrite-strings -Wpointer-arith -Wcast-qual -Wconversion -Wvla -Werror
PACKAGES  := ncursesw readline libcurl libpcre2-8 sqlite3 libuv openssl yaml-0.1 zlib
pkg        = $(shell pkg-config $(1) $(PACKAGES) 2>/dev/null)
CPPFLAGS  += -I. -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE \
             -DGATEHOUSE_VERSION='"$(VERSION)"' -DGATEHOUSE_SHARE='"$(prefix)/share/gatehouse"' \
             -DNCURSES_NOMACROS -DNCURSES_WIDECHAR=1
CFLAGS    += $(WARNINGS) $(OPTIMIZE) $(HARDEN) -fPIE -pthread
LDFLAGS   += $(OPTIMIZE) -pie -pthread -Wl,-z,relro,-z,now
LDLIBS    := $(call pkg,--libs)
SYSTEM    := $(patsubst -I%,-isystem %,$(call pkg,--cflags-only-I)) -isystem /usr/share/include/llhttp

FLOORS    := base client endpoint panels console
SOURCES   ?= $(sort $(foreach floor,$(FLOORS),$(shell find $(floor) -name '*.c' 2>/dev/null)))
OBJECTS   := $(SOURCES:%.c=$(VARIANT)/obj/%.o)
LIBRARY   := $(filter-out $(VARIANT)/obj/console/main.o,$(OBJECTS)) $(LLHTTP)
LLHTTP    := $(patsubst %,$(VARIANT)/obj/llhttp/%.o,api http llhttp)
PROGRAM   := $(VARIANT)/gatehouse
UNITS     := $(sort $(patsubst tests/unit/%.c,$(VARIANT)/tests/unit/%,$(wildcard tests/unit/*_test.c)))

.PHONY: all
all: $(PROGRAM)

$(PROGRAM): $(OBJECTS) $(LLHTTP)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(VARIANT)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(SYSTEM) $(CFLAGS) -MMD -MP -c -o $@ $<

$(VARIANT)/obj/llhttp/%.o: /usr/share/llhttp/%.c
	@mkdir -p $(@D)
	$(CC) -I/usr/share/include/llhttp -O2 -g -fPIE -c -o $@ $<

$(VARIANT)/libgatehouse.a: $(LIBRARY) $(LLHTTP)
	@rm -f $@
	ar rcs $@ $(filter-out $(VARIANT)/obj/console/main.o,$^)

$(VARIANT)/tests/%: $(VARIANT)/obj/tests/%.o $(VARIANT)/libgatehouse.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< $(VARIANT)/libgatehouse.a $(LDLIBS) -lcmocka

.PRECIOUS: $(VARIANT)/obj/%.o
-include $(shell find $(VARIANT)/obj -name '*.d' 2>/dev/null)

.PHONY: units
units: $(UNITS)

.PHONY: clean
clean:
	rm -rf $(BUILD)
