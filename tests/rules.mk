# SPDX-License-Identifier: MIT
# tests/ - one program for each test_*.c, found by name; a stamp remembers what it counted.
# Tests run in the top folder and find what they run under TEST_BUILD.

test_srcs := $(wildcard tests/lib/test_*.c tests/preload/test_*.c)
fuzz_srcs := $(wildcard tests/fuzz/fuzz_*.c)
fault_srcs := $(wildcard tests/faults/*.c tests/faults/*.cc)
support_srcs := $(wildcard tests/support/*.c)

test_objs := $(patsubst %.c,$(B)/%.o,$(test_srcs) $(fuzz_srcs) $(support_srcs) tests/fuzz/replay.c)
all_objs += $(test_objs)
$(test_objs): extra := -Itests -Ilib -DTEST_BUILD='"$(B)"' -DTEST_WALK='"$(WALK)"'
# gcc notes that before 4.6 it passed aligned arguments otherwise.
$(B)/tests/support/vec_model_kinds.o: extra += -Wno-psabi

support_a := $(B)/support.a
$(support_a): tests/rules.mk $(support_srcs:%.c=$(B)/%.o)

# Victims: programs with known behaviour that tests run under the shim. Built as a user would
# build them, without our flags, and the same in every variant. lib*.c become shared objects.
# faults_flags.NAME adds to one of them.
CXX ?= c++
faults_flags.runpath := -Wl,-rpath,'$$ORIGIN'
faults_flags.objects := -Iinclude
faults_flags.objects_fixed := -Iinclude -fno-pie -no-pie
faults_flags.deepbind := -fno-pie -no-pie -Wl,-z,now -Wl,-z,max-page-size=0x200000
fault_flags = -D_GNU_SOURCE -Itests -O1 -g -MMD -MP -pthread $(faults_flags.$(basename $(@F))) $(LDFLAGS) -o $@ $< -ldl
faults := $(patsubst %.c,$(B)/%.so,$(filter tests/faults/lib%.c,$(fault_srcs))) \
          $(patsubst %.cc,$(B)/%,$(filter %.cc,$(fault_srcs))) \
          $(patsubst %.c,$(B)/%,$(filter-out tests/faults/lib%.c,$(filter %.c,$(fault_srcs)))) \
          $(B)/tests/faults/objects_fixed

$(B)/tests/faults/lib%.so: tests/faults/lib%.c $(B)/flags
	$(call say,VICTIM,$<)
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -shared -fPIC $(fault_flags)

$(B)/tests/faults/%: tests/faults/%.c $(B)/flags
	$(call say,VICTIM,$<)
	@mkdir -p $(@D)
	$(CC) -std=gnu17 $(fault_flags)

# At a fixed address, where the linker thinks otherwise of what nobody defines.
$(B)/tests/faults/objects_fixed: tests/faults/objects.c $(B)/flags
	$(call say,VICTIM,$< (fixed))
	@mkdir -p $(@D)
	$(CC) -std=gnu17 $(fault_flags)

$(B)/tests/faults/%: tests/faults/%.cc $(B)/flags
	$(call say,VICTIM,$<)
	@mkdir -p $(@D)
	$(CXX) -std=gnu++17 $(fault_flags)

-include $(faults:=.d)

# A test of the shim's parts includes them, and then links them.
shim_tests := $(shell grep -ls '^#include "shim/' $(test_srcs) /dev/null)
$(shim_tests:%.c=$(B)/%): $(shim_a)

$(test_srcs:%.c=$(B)/%): $(B)/%: $(B)/%.o $(support_a) $(tare_a) $(modules_a) $(libtare_a)
	$(call say,LINK,$@)
	$(link) $(filter %.o,$^) $(support_a) $(filter $(shim_a),$^) $(tare_a) $(modules_a) $(libtare_a) $(modules_libs) \
	    $(call libs,cmocka,-lcmocka) $(tare_libs) -Wl,--as-needed $(call libs,libunwind,-lunwind) -ldl

# A test that runs programs includes one of these headers, and then needs all that can be run.
end_to_end := $(shell grep -lsE '^#include "support/(run|command|recorded|exported)\.h"' $(test_srcs) /dev/null)
$(end_to_end:%.c=$(B)/%.ok): $(shim_so) $(tare) $(player) $(faults) $(B)/stage/done

# Ordinary variants replay the stored inputs; VARIANT=fuzz links the fuzzer itself.
fuzz_main := $(if $(filter fuzz,$(VARIANT)),,$(B)/tests/fuzz/replay.o)
$(fuzz_srcs:%.c=$(B)/%): $(B)/%: $(B)/%.o $(fuzz_main) $(support_a) $(tare_a) $(modules_a) $(libtare_a)
	$(call say,LINK,$@)
	$(link) $(if $(fuzz_main),,-fsanitize=fuzzer) $(filter %.o,$^) $(support_a) $(tare_a) $(modules_a) $(libtare_a) $(modules_libs) $(tare_libs)

# The page of tare html, and what others' pages make of exports, in a browser, where there is one; it says what is missing where there is not.
$(B)/tests/browser/victim: tests/browser/victim.c $(B)/flags
	$(call say,VICTIM,$<)
	@mkdir -p $(@D)
	$(CC) -std=gnu17 $(fault_flags)

browser_oks := $(B)/tests/browser/page.ok $(B)/tests/browser/viewers.ok
$(browser_oks): $(B)/tests/browser/%.ok: $(wildcard tests/browser/*) $(tare) $(shim_so) $(B)/tests/browser/victim $(B)/tests/faults/peak
	$(call say,TEST,tests/browser/$*)
	tests/setup/run_test.sh $@ tests/browser/browser.sh $(B) tests/browser/$*.js

corpus = $(wildcard tests/fuzz/corpus/$(1)/*)
fuzz_oks := $(fuzz_srcs:%.c=$(B)/%.ok)
test_oks := $(test_srcs:%.c=$(B)/%.ok) $(B)/tests/lint/selftest.ok $(browser_oks) \
            $(if $(filter fuzz,$(VARIANT)),,$(fuzz_oks))

$(test_srcs:%.c=$(B)/%.ok): $(B)/%.ok: $(B)/%
	$(call say,TEST,$*)
	tests/setup/run_test.sh $@ $<

$(fuzz_oks): $(B)/tests/fuzz/%.ok: $(B)/tests/fuzz/% $(call corpus,*)
	$(call say,REPLAY,$*)
	tests/setup/run_test.sh $@ $< $(call corpus,$*)

$(B)/tests/lint/selftest.ok: $(wildcard tests/lint/*) $(B)/flags
	$(call say,TEST,tests/lint/selftest)
	@mkdir -p $(@D)
	tests/setup/run_test.sh $@ tests/lint/selftest.sh

test: $(test_oks)
	tests/setup/count.sh $^

# All of tests/faults/ in all modes; minutes. make test has the first two modes.
faults: $(B)/faults.txt
$(B)/faults.txt: $(B)/tests/preload/test_faults $(shim_so) $(faults) FORCE
	env FAULTS_TABLE=$@ $< || { tail -n 50 $@; exit 1; }
	tail -n 1 $@

# The library for aarch64, in programs that an emulator runs. The tests that run them and read
# what was recorded are this machine's own.
emulated := build/aarch64
emulated_root := $(emulated)/sysroot
emulated_tests := tests/preload/test_capture tests/preload/test_stacks
emulated_oks := $(emulated_tests:%=$(emulated)/emulated/%.ok)

emulated_programs: $(shim_so) $(faults)
emulated_build: setup
	tests/setup/sysroot.sh $(emulated_root) arm64 libc6 libgcc-s1 libstdc++6 libunwind-dev libmimalloc2.0
	$(MAKE) --no-print-directory B=$(emulated) CC=aarch64-linux-gnu-gcc CXX=aarch64-linux-gnu-g++ \
	    CPPFLAGS='-isystem $(emulated_root)/usr/include/aarch64-linux-gnu' emulated_programs

$(emulated_oks): $(emulated)/emulated/%.ok: $(B)/% emulated_build
	$(call say,TEST,$* (aarch64))
	@mkdir -p $(@D)
	RUN_BUILD=$(emulated) RUN_WITH=qemu-aarch64 QEMU_LD_PREFIX=$(emulated_root) \
	    tests/setup/run_test.sh $@ $<

aarch64: $(emulated_oks)
	tests/setup/count.sh $^

SECONDS := 60
fuzz: setup
	$(if $(TARGET),,$(error say which one: make fuzz TARGET=$(firstword $(fuzz_srcs:tests/fuzz/fuzz_%.c=%))))
	$(MAKE) VARIANT=fuzz build/fuzz/tests/fuzz/fuzz_$(TARGET)
	@mkdir -p build/fuzz/corpus/$(TARGET)
	build/fuzz/tests/fuzz/fuzz_$(TARGET) -max_total_time=$(SECONDS) -artifact_prefix=build/fuzz/ \
	    build/fuzz/corpus/$(TARGET) $(wildcard tests/fuzz/corpus/fuzz_$(TARGET))

# The long form of a test of make test; SEED=N repeats one.
kill: $(B)/tests/preload/test_kill $(shim_so) $(faults)
	KILLS=$(or $(KILLS),1000) CMOCKA_MESSAGE_OUTPUT=TAP $<

# Debian's programs under the shim; PROGRAMS="perl git" alone.
compat: $(tare) $(shim_so)
	tests/compat/run.sh $(B) $(PROGRAMS)

# Each lint looks at the tree it is run in and prints what is wrong; silence is consent.
lints := layers headers licence sizes paths layout
lint: $(lints:%=lint-%) lint-shim lint-lib

$(lints:%=lint-%): lint-%: setup
	$(call say,LINT,$*)
	CC='$(CC)' CXX='$(CXX)' tests/lint/$*.sh

lint-shim: $(shim_objs) $(shim_so)
	$(call say,LINT,shim)
	tests/lint/shim_imports.sh preload/shim/shim.map $(shim_objs)
	tests/lint/shim_exports.sh $(shim_so) preload/shim/shim.map

lint-lib: $(libtare_so) $(modules_so)
	$(call say,LINT,lib)
	CC='$(CC)' tests/lint/lib_exports.sh $(libtare_so) $(filter-out $(module_headers),$(public_headers))
	CC='$(CC)' tests/lint/lib_exports.sh $(modules_so) $(module_headers)

format: setup
	clang-format -i $$(tests/lint/sources.sh '*.[ch]' '*.cc')

.PHONY: faults aarch64 emulated_build emulated_programs fuzz kill compat format $(lints:%=lint-%) lint-shim lint-lib
