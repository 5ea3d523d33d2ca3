# SPDX-License-Identifier: MIT
# examples/ - one program for each [0-9]*.c, found by name, made with nothing but the public headers
# and the archives; the variant's flags are there because the archives have them. A test runs each: it
# passes when the program exits 0.

example_srcs := $(wildcard examples/[0-9]*.c)
examples := $(example_srcs:%.c=$(B)/%)

$(examples): $(B)/%: %.c $(modules_a) $(libtare_a) $(B)/flags
	$(call say,EXAMPLE,$<)
	@mkdir -p $(@D)
	$(CC) -Iinclude $(warnings) $(variant.$(VARIANT)) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP \
	    -o $@ $< $(modules_a) $(libtare_a) $(modules_libs) -pthread -ldl

-include $(examples:=.d)

$(examples:=.ok): %.ok: %
	$(call say,TEST,$*)
	tests/setup/run_test.sh $@ tests/setup/run_plain.sh $<

all: $(examples)
test: $(examples:=.ok)

# A system of several files, examples/governors/.
governors_srcs := $(wildcard examples/governors/*.c)
governors_objs := $(governors_srcs:%.c=$(B)/%.o)
governors := $(B)/examples/governors/governors
all_objs += $(governors_objs)
$(governors_objs): extra := -Iexamples

$(governors): $(governors_objs) $(modules_a) $(libtare_a)
	$(call say,LINK,$@)
	$(link) $^ $(modules_libs) -ldl

# Without shared libraries, as a device would have it; the linker says that dlopen, which it does not come
# to, would need some.
$(governors)_static: $(governors_objs) $(modules_a) $(libtare_a)
	$(call say,LINK,$@)
	$(link) -static $^ $(modules_libs) -ldl

# Of each scenario a test of its own.
governors_oks := $(patsubst %,$(governors)_%.ok,device fleet failover scale)
$(governors_oks): $(governors)_%.ok: $(governors)
	$(call say,TEST,examples/governors/$*)
	tests/setup/run_test.sh $@ tests/setup/run_plain.sh $< $*

# The server has a test with questions of its own, and its parser a fuzz target.
$(B)/tests/lib/test_governor_server.ok: $(governors)
$(B)/tests/fuzz/fuzz_resp.o: extra += -Iexamples
$(B)/tests/fuzz/fuzz_resp: $(B)/examples/governors/resp.o

# What the recorder finds to advise: nothing. Not under a sanitizer, which is the allocator then.
ifeq ($(VARIANT),release)
governors_oks += $(governors)_advice.ok
$(governors)_advice.ok: $(governors) $(tare) $(shim_so) examples/governors/advice.sh
	$(call say,TEST,examples/governors/advice)
	tests/setup/run_test.sh $@ examples/governors/advice.sh $(B)
endif

all: $(governors)
test: $(governors_oks)

# Not under a sanitizer, which is the allocator then.
budget: $(examples) $(tare) $(shim_so)
	examples/budget.sh $(B)

.PHONY: budget
