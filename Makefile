# SPDX-License-Identifier: MIT
#
# Tare. Everything that is built goes under build/VARIANT/; the source tree stays clean.
#
#   make                    build/release/: the command tare, its libtare-preload.so, libtare, examples
#   make demo               profile a real program, show the report
#   make test               build and run all tests, count them
#   make budget             hold what the examples allocate against examples/budgets/
#   make aarch64            build the library for aarch64 and test it, under qemu
#   make lint               layers, symbols, headers, layout, sizes; make format mends the layout
#   make install            command, libraries, headers, tare.pc to DESTDIR and PREFIX (/usr/local);
#                           make uninstall removes the same files
#   make kill               kill programs under the shim at KILLS (1000) random moments
#   make compat             real programs of Debian's under the shim, beside their plain runs
#   make faults             what breaks trackers, in every mode; minutes
#   make fuzz TARGET=NAME   fuzz tests/fuzz/fuzz_NAME.c for SECONDS (60); needs clang
#   make bench-capture      the recorder beside heaptrack; REPS=N rounds, CASES="perl loop" alone
#   make bench-report       what it takes to read a profile, beside heaptrack_print; REPS
#   make bench-annotate     what an annotated object and an open section cost; REPS
#   make bench-pool         the object pool beside malloc, rte_mempool, boost::pool; REPS, CASES
#   make bench-arena        arenas beside APR, talloc, malloc; REPS
#   make bench-builder      strings put together, beside GLib's and asprintf; REPS
#   make bench-buffer       buffer pools beside malloc and mimalloc; REPS
#   make bench-vec          vectors beside malloc'd ones, std::vector, absl::InlinedVector; REPS
#   make bench-map          maps beside boost, absl, khash, uthash, GHashTable; REPS, CASES, MAP_PEERS
#   make bench-intern       interning beside GLib's, absl's sets, uthash; REPS, CASES
#   make bench-rc           references beside std::shared_ptr; REPS
#   make bench-cache        the cache beside maps of shared_ptr, its hits beside LRU and ARC; REPS
#   make bench-ring         rings and queues beside ck_ring, rte_ring; REPS, CASES
#   make bench-governor     governors beside plain buckets, and beside Erlang's; REPS, CASES
#   make bench-supervisor   governors supervised, in a process and in shards; REPS
#   make bench-codec        compressed states beside zlib, zstd and lz4 themselves; REPS
#   make bench-metrics      counters, histograms and snapshots; REPS
#   make bench-export       1,000,000 sites through tare export to each format; REPS
#   make bench-advise       predictions of advice beside savings, what evidence and traces cost; REPS, CASES
#   make bench-html         the page of tare html in Chromium; REPS, CASES (frames sites million cc1)
#   make bench-deps         install what benchmarks measure beside Tare; nothing else needs it
#   make clean              remove build/
#                           demo, test, aarch64, lint, fuzz, kill, compat and bench-deps install what they miss
#
#   VARIANT=asan            or tsan, cov, fuzz, release (default): which build is meant
#   V=1                     show the commands
#   CC CFLAGS LDFLAGS       yours; what Tare needs is kept apart from them
#   TARE_NO_INSTALL=1       never install a package: name it and stop

VARIANT ?= release
PREFIX ?= /usr/local
CFLAGS ?= -g
PKG_CONFIG ?= pkg-config
INSTALL ?= install
B := build/$(VARIANT)

variant.release := -O2 -DTARE_DEBUG=0
variant.asan := -O1 -DTARE_DEBUG=2 -fsanitize=address,undefined -fno-sanitize-recover=all
variant.tsan := -O1 -DTARE_DEBUG=1 -fsanitize=thread
variant.cov := -O0 -DTARE_DEBUG=1 --coverage
variant.fuzz := -O1 -DTARE_DEBUG=1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
ifndef variant.$(VARIANT)
$(error unknown VARIANT '$(VARIANT)')
endif
ifeq ($(VARIANT),fuzz)
CC := clang
endif

# The machine that CC builds for.
ARCH := $(or $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null))),$(shell uname -m))
empty :=
space := $(empty) $(empty)
VERSION := $(subst $(space),.,$(shell sed -n 's/^#define TARE_VERSION_[A-Z]* //p' include/tare/version.h))

warnings := -Wall -Wextra -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Werror=implicit
base_cflags := -std=c17 -D_GNU_SOURCE -Iinclude -Ipreload -fvisibility=hidden \
               -fno-omit-frame-pointer -pthread $(warnings)

compile = $(CC) $(base_cflags) $(extra) $(variant.$(VARIANT)) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
link = $(CC) $(variant.$(VARIANT)) $(CFLAGS) $(LDFLAGS) -pthread -o $@

# $(call libs,PC NAMES,FALLBACK): asked when a recipe runs, after the packages are there.
libs = $$($(PKG_CONFIG) --libs $(1) 2>/dev/null || echo $(2))

ifndef V
.SILENT:
say = @printf '  %-7s %s\n' '$(1)' '$(2)'
endif

all: # the default goal; each rules.mk adds to it

include $(wildcard lib/rules.mk preload/rules.mk tests/rules.mk tests/advice/rules.mk tests/lib/consumers/rules.mk \
                   bench/rules.mk examples/rules.mk)

# What each goal needs is looked for first. Some goals install it, the others only say what is missing.
goals := $(or $(MAKECMDGOALS),all)
setup_groups := build $(filter libunwind,$(WALK)) $(filter test aarch64 fuzz compat,$(goals)) $(if $(filter kill,$(goals)),test) $(if $(filter lint format,$(goals)),lint) $(if $(filter bench-deps,$(goals)),bench)
setup_mode := $(if $(filter demo test aarch64 lint format fuzz kill compat bench-deps,$(goals)),,--check)
setup:
	CC='$(CC)' tests/setup/deps.sh $(setup_mode) $(setup_groups)

# A change of compiler or flags rebuilds everything in this variant.
$(B)/flags: FORCE | setup
	@mkdir -p $(@D)
	@printf '%s\n' '$(WALK) $(CC) $(base_cflags) $(shim_cflags) $(variant.$(VARIANT)) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(B)/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(compile)

%.a:
	$(call say,AR,$@)
	@mkdir -p $(@D)
	rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

demo: $(tare) $(shim_so)
	examples/demo.sh $(tare)

# install_list has words FILE:WHERE:MODE. In a file NAME.in, @PREFIX@ and @VERSION@ are filled in as
# it is installed. FILE:WHERE:link is a symbolic link that says FILE; it stands behind what it names.
installed := $(foreach item,$(filter-out %:link,$(install_list)),$(firstword $(subst :, ,$(item))))

# $(call install_under,FOLDER,PREFIX): PREFIX is where the files will be found.
install_under = set -e; for item in $(install_list); do set -- $$(echo "$$item" | tr : ' '); \
    to='$(1)/'"$$2"; case $$3:$$1 in \
    link:*) ln -sf "$$1" "$$to" ;; \
    *.in) sed 's|@PREFIX@|$(2)|; s|@VERSION@|$(VERSION)|'";s|@MODULES_LIBS@|$$(echo $(modules_libs))|" "$$1" | $(INSTALL) -D -m "$$3" /dev/stdin "$$to" ;; \
    *) $(INSTALL) -D -m "$$3" "$$1" "$$to" ;; esac; done

install: $(installed)
	$(call install_under,$(DESTDIR)$(PREFIX),$(PREFIX))

# An installation of its own, for tests to run and to build against.
$(B)/stage/done: $(installed) Makefile lib/rules.mk preload/rules.mk
	rm -rf $(@D)
	$(call install_under,$(@D),$(abspath $(@D)))
	touch $@

uninstall:
	rm -f $(foreach item,$(install_list),'$(DESTDIR)$(PREFIX)/$(word 2,$(subst :, ,$(item)))')
	rmdir '$(DESTDIR)$(PREFIX)/include/tare' 2>/dev/null || true

help:
	@sed -n '3,/^$$/s/^# \{0,1\}//p' Makefile

clean:
	rm -rf build

-include $(patsubst %.o,%.d,$(all_objs))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all setup demo test lint install uninstall help clean FORCE
