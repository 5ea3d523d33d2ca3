# SPDX-License-Identifier: MIT
# bench/ - make bench-NAME runs bench/NAME.c; make bench-deps installs what is
# measured beside us, and nothing here needs it to be there.

bench-deps: setup

# One line a program: what it is linked from. Its results go to build/bench/NAME.tsv.
bench_capture := capture.c capture_workloads.c capture_ways.c capture_profile.c capture_rows.c \
                 capture_micro.c measure.c process_tree.c results.c
bench_capture_loop := capture_loop.c measure.c
bench_capture_memory := capture_memory.c

bench_programs := capture capture_loop capture_memory
bench_objs := $(sort $(foreach name,$(bench_programs),$(bench_$(name):%.c=$(B)/bench/%.o)))
all_objs += $(bench_objs)
$(bench_objs): extra := -I.

define bench_link
$(B)/bench/$(1): $(bench_$(1):%.c=$(B)/bench/%.o)
	$$(call say,LINK,$$@)
	$$(link) $$^ -lm
endef
$(foreach name,$(bench_programs),$(eval $(call bench_link,$(name))))

# A user's program, not one of ours; where there is no C++ compiler it is left out.
$(B)/bench/map: bench/workloads/map.cc $(B)/flags
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	command -v $(CXX) >/dev/null || exit 0; $(CXX) -std=c++17 -O2 -g -o $@ $<

bench-capture: $(bench_programs:%=$(B)/bench/%) $(B)/bench/map $(tare) $(shim_so) | setup
	REPS='$(REPS)' CASES='$(CASES)' SHIPPED_REPS='$(SHIPPED_REPS)' $(B)/bench/capture $(B)

.PHONY: bench-deps bench-capture
