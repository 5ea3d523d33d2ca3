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

# Not under a sanitizer, which is the allocator then.
budget: $(examples) $(tare) $(shim_so)
	examples/budget.sh $(B)

.PHONY: budget
