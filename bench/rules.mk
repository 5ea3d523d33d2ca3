# SPDX-License-Identifier: MIT
# bench/ - make bench-NAME runs bench/NAME.c; make bench-deps installs what is
# measured beside us, and nothing here needs it to be there.

bench-deps: setup

# One line a program: what it is linked from. Its results go to build/bench/NAME.tsv.
bench_capture := capture.c capture_place.c capture_workloads.c capture_ways.c capture_profile.c capture_rows.c \
                 capture_micro.c measure.c process_tree.c results.c
bench_capture_loop := capture_loop.c measure.c
bench_capture_memory := capture_memory.c

bench_annotate := annotate.c measure.c
bench_libs_annotate = -ldl
bench_arena := arena.c arena_ways.c arena_apr.c arena_talloc.c measure.c results.c
bench_builder := builder.c builder_ways.c builder_inputs.c builder_glib.c measure.c results.c
bench_builder_count := builder_count.c builder_ways.c builder_inputs.c builder_glib.c

bench_buffer := buffer.c buffer_ways.c measure.c results.c

bench_intern := intern.c intern_list.c intern_inputs.c intern_tare.c intern_glib.c intern_uthash.c \
                measure.c results.c

bench_codec := codec.c codec_ways.c codec_state.c measure.c results.c
bench_libs_codec = -ldl

bench_html_ledger := html_ledger.c
bench_html_sampled := html_sampled.c

bench_pool := pool.c pool_rows.c measure.c process_tree.c results.c

bench_vec := vec.c vec_ways.c vec_glib.c measure.c results.c
bench_metrics := metrics.c measure.c results.c
bench_libs_metrics = -ldl
bench_ring := ring.c ring_tare.c ring_ck.c ring_rte.c measure.c results.c
bench_governor := governor.c governor_rows.c governor_start.c governor_ways.c governor_uthash.c governor_glib.c measure.c results.c
bench_supervisor := supervisor.c measure.c results.c
bench_governor_beam := governor_beam.c governor_mailbox.c measure.c results.c
bench_libs_governor = $(call peer_libs,glib-2.0) -ldl -lm
bench_libs_supervisor = -ldl
bench_rc := rc.c measure.c results.c
bench_libs_rc = -ldl
bench_cache := cache.c cache_ways.c cache_ratio.c cache_traces.c cache_models.c measure.c results.c
bench_libs_cache = -ldl

bench_advise_trace := advise_trace.c capture_place.c capture_workloads.c capture_ways.c \
                      capture_profile.c process_tree.c measure.c results.c

bench_export := export.c measure.c results.c

bench_report := report.c measure.c results.c
bench_report_sites := report_sites.c

bench_map_main := map.c map_rows.c measure.c process_tree.c results.c

bench_programs := advise_trace export report report_sites capture capture_loop capture_memory html_ledger html_sampled annotate arena buffer builder builder_count codec \
                  intern map_main pool vec ring metrics supervisor rc cache governor governor_beam
bench_objs := $(sort $(foreach name,$(bench_programs),$(bench_$(name):%.c=$(B)/bench/%.o)))
all_objs += $(bench_objs)
$(bench_objs): extra := -I.
$(B)/bench/report_sites.o: extra := -I. -fno-optimize-sibling-calls

# $(call peer,PC NAMES): the flags of what may be absent when this is built; a program says that it is.
peer = $$($(PKG_CONFIG) --cflags $(1) 2>/dev/null)
peer_libs = $$($(PKG_CONFIG) --libs $(1) 2>/dev/null)
$(B)/bench/arena_apr.o: extra = -I. $(call peer,apr-1)
$(B)/bench/builder_glib.o $(B)/bench/intern_glib.o: extra = -I. $(call peer,glib-2.0)
bench_libs_arena = $(call peer_libs,apr-1) $(call peer_libs,talloc) -ldl
bench_libs_buffer = -ldl
bench_libs_builder = $(call peer_libs,glib-2.0) -ldl
bench_libs_builder_count = $(bench_libs_builder)
$(B)/bench/vec_glib.o $(B)/bench/governor_glib.o: extra = -I. $(call peer,glib-2.0)
$(B)/bench/ring_rte.o: extra = -I. $(call peer,libdpdk)
# Its ring needs no more than the library of rings, and that one its logging.
bench_libs_ring = $$($(PKG_CONFIG) --exists libdpdk && echo -Wl,--as-needed -lrte_ring -lrte_eal)
bench_libs_vec = $(B)/bench/vec_cc.o -Wl,--as-needed $(call peer_libs,glib-2.0) \
                 $(call peer_libs,absl_inlined_vector) $(have_cxx:yes=-lstdc++) -ldl
bench_libs_intern = $$(ls $(B)/bench/intern_absl.oxx 2>/dev/null && echo -lstdc++) \
                    $(call peer_libs,glib-2.0) $(call peer_libs,absl_flat_hash_set) -ldl

define bench_link
$(B)/bench/$(1): $(bench_$(1):%.c=$(B)/bench/%.o) $(if $(filter capture%,$(1)),,$(modules_a) $(libtare_a))
	$$(call say,LINK,$$@)
	$$(link) $$^ $$(modules_libs) -lm $$(bench_libs_$(1))
endef
$(foreach name,$(bench_programs),$(eval $(call bench_link,$(name))))

# A peer in C++; where there is no compiler for it, it is left out.
$(B)/bench/intern: | $(B)/bench/intern_absl.oxx
$(B)/bench/intern_absl.oxx: bench/intern_absl.cc bench/intern_ways.h $(B)/flags
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	command -v $(CXX) >/dev/null || exit 0; \
	$(CXX) -std=c++17 -O2 -g -pthread -I. -Iinclude $(call peer,absl_flat_hash_set) -c -o $@ -x c++ $<

# A user's program, not one of ours; where there is no C++ compiler it is left out.
$(B)/bench/map: bench/workloads/map.cc $(B)/flags
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	command -v $(CXX) >/dev/null || exit 0; $(CXX) -std=c++17 -O2 -g -o $@ $<

bench-capture: $(patsubst %,$(B)/bench/%,$(filter capture%,$(bench_programs))) $(B)/bench/map $(tare) $(shim_so) | setup
	REPS='$(REPS)' CASES='$(CASES)' SHIPPED_REPS='$(SHIPPED_REPS)' $(B)/bench/capture $(B)

bench-advise: bench-advise-cost bench-advise-corpus bench-advise-trace

# What was predicted for tests/advice/, and what the twins saved.
bench-advise-corpus: $(B)/tests/preload/test_advice_corpus $(advice_corpus) $(tare) $(shim_so) | setup
	bench/advise.sh $(B) $<

# What --advise adds to recording; DHAT, where valgrind is here, runs once and takes minutes.
bench-advise-cost: $(B)/bench/capture $(B)/bench/map $(tare) $(shim_so) | setup
	REPS='$(REPS)' CASES='$(CASES)' $(B)/bench/capture $(B) advise
bench-advise-trace: $(B)/bench/advise_trace $(B)/bench/map $(shim_so) | setup
	REPS='$(REPS)' CASES='$(CASES)' $(B)/bench/advise_trace $(B)

bench-report: $(B)/bench/report $(B)/bench/report_sites $(tare) $(shim_so) | setup
	REPS='$(REPS)' $(B)/bench/report $(B)

# pool_WAY_BYTES: a way to get objects of one size. Peers that are not here are left out.
pool_sizes := 64 256
pool_ways := tare tare_id tare_own malloc none
pool_objs := $(foreach size,$(pool_sizes),$(pool_ways:%=$(B)/bench/pool_%_$(size).o))
pool_main := $(B)/bench/pool_worker.o $(B)/bench/measure.o
all_objs += $(pool_objs) $(B)/bench/pool_worker.o
$(B)/bench/pool_worker.o: extra := -I.
pool_peers := $(foreach size,$(pool_sizes),$(patsubst %,$(B)/bench/pool_%_$(size),rte talloc boost singleton))
pool_programs := $(pool_objs:%.o=%) $(pool_peers) \
                 $(foreach size,$(pool_sizes),$(patsubst %,$(B)/bench/pool_%_so_$(size),tare tare_id))
$(pool_peers): bench/pool_loops.h bench/pool_worker.h $(pool_main) $(B)/flags

define pool_size
$(pool_ways:%=$(B)/bench/pool_%_$(1).o): extra := -I. -DOBJECT_BYTES=$(1)
$(B)/bench/pool_%_$(1).o: bench/pool_worker_%.c $(B)/flags
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(compile)

$(B)/bench/pool_%_$(1): $(B)/bench/pool_%_$(1).o $(pool_main) $(libtare_a)
	$$(call say,LINK,$$@)
	$$(link) $$^ -lm -ldl

$(B)/bench/pool_%_so_$(1): $(B)/bench/pool_%_$(1).o $(pool_main) $(libtare_so)
	$$(call say,LINK,$$@)
	$$(link) $$^ -lm -ldl -Wl,-rpath,'$$$$ORIGIN/..'
endef
$(foreach size,$(pool_sizes),$(eval $(call pool_size,$(size))))

pool_bytes = -DOBJECT_BYTES=$(lastword $(subst _, ,$@))
$(B)/bench/pool_rte_%: bench/pool_worker_rte.c
	$(call say,CC,$<)
	$(PKG_CONFIG) --exists libdpdk || exit 0; \
	$(link) -std=c17 -D_GNU_SOURCE -O2 -I. $(pool_bytes) $(call peer,libdpdk) $< $(pool_main) \
	    -Wl,--no-as-needed -lrte_mempool_ring -lrte_mempool -lrte_eal -lm -ldl

$(B)/bench/pool_talloc_%: bench/pool_worker_talloc.c
	$(call say,CC,$<)
	$(PKG_CONFIG) --exists talloc || exit 0; \
	$(link) -std=c17 -D_GNU_SOURCE -O2 -I. $(pool_bytes) $(call peer,talloc) $< $(pool_main) \
	    $(call peer_libs,talloc) -lm -ldl

$(patsubst %,$(B)/bench/pool_boost_%,$(pool_sizes)): bench/pool_worker_boost.cc
$(patsubst %,$(B)/bench/pool_singleton_%,$(pool_sizes)): bench/pool_worker_singleton.cc
$(foreach way,boost singleton,$(patsubst %,$(B)/bench/pool_$(way)_%,$(pool_sizes))):
	$(call say,CXX,$(filter %.cc,$^))
	$(CXX) -E -x c++ -include boost/pool/pool.hpp /dev/null >/dev/null 2>&1 || exit 0; \
	$(CXX) -std=c++17 -O2 -g -pthread -I. $(pool_bytes) -o $@ $(filter %.cc %.o,$^) -lm -ldl

bench-pool: $(B)/bench/pool $(pool_programs) | setup
	REPS='$(REPS)' CASES='$(CASES)' $(B)/bench/pool $(B)

# map_WAY_KIND: a map of integers or of text. Peers that are not here are left out; MAP_PEERS: a
# folder with headers of such as no package has (khashl.h, verstable.h, a newer boost).
MAP_PEERS :=
map_kinds := u64 text
map_c_ways := tare fast ordered khash khashl verstable uthash glib
map_cc_ways := boost absl std
map_programs := $(foreach kind,$(map_kinds),$(patsubst %,$(B)/bench/map_%_$(kind),$(map_c_ways) $(map_cc_ways)))
map_flags = -O2 -g -DNDEBUG -D_GNU_SOURCE -Iinclude -I. $(MAP_PEERS:%=-isystem %) \
            $(if $(findstring _text,$@),-DMAP_OF_TEXT) $(if $(findstring _fast_,$@),-DMAP_FAST=true) \
            $(if $(findstring _ordered_,$@),-DMAP_ORDERED)
map_common := bench/map_worker.c bench/map_worker.h bench/map_loops.h bench/map_standard.h bench/measure.c \
              $(public_headers)
map_way = $(word 2,$(subst _, ,$(@F)))
map_source = bench/map_$(if $(filter fast ordered,$(map_way)),tare,$(map_way))
map_libs.glib = $(call peer,glib-2.0) $(call peer_libs,glib-2.0)
map_libs.absl = $(call peer_libs,absl_flat_hash_map absl_hash)

$(foreach way,$(map_c_ways),$(patsubst %,$(B)/bench/map_$(way)_%,$(map_kinds))): \
    $(map_common) $(wildcard bench/map_*.c) $(libtare_a) $(B)/flags
	$(call say,CC,$(map_source).c ($(notdir $@)))
	@mkdir -p $(@D)
	$(CC) -std=gnu17 $(map_flags) $(map_libs.$(map_way)) -E $(map_source).c >/dev/null 2>&1 || exit 0; \
	$(CC) -std=gnu17 $(map_flags) -o $@ $(map_source).c bench/map_worker.c bench/measure.c $(libtare_a) \
	    $(map_libs.$(map_way)) -pthread -lm -ldl

$(foreach way,$(map_cc_ways),$(patsubst %,$(B)/bench/map_$(way)_%,$(map_kinds))): \
    $(map_common) $(wildcard bench/map_*.cc) $(B)/flags
	$(call say,CXX,$(map_source).cc ($(notdir $@)))
	@mkdir -p $(@D)
	$(CXX) -std=c++17 $(map_flags) -E $(map_source).cc >/dev/null 2>&1 || exit 0; \
	$(CC) -std=gnu17 $(map_flags) -c -o $@.worker.o bench/map_worker.c && \
	$(CC) -std=gnu17 $(map_flags) -c -o $@.measure.o bench/measure.c && \
	$(CXX) -std=c++17 $(map_flags) -o $@ $(map_source).cc $@.worker.o $@.measure.o $(map_libs.$(map_way)) -lm

bench-map: $(B)/bench/map_main $(map_programs) | setup
	REPS='$(REPS)' CASES='$(CASES)' $(B)/bench/map_main $(B)

# Twice: without the recorder and under it.
bench-annotate: $(B)/bench/annotate $(shim_so) | setup
	$(B)/bench/annotate $(REPS)
	TARE_OUTPUT=$(B)/bench/annotate.%p.tare LD_PRELOAD=$(abspath $(shim_so)) $(B)/bench/annotate $(REPS)
	rm -f $(B)/bench/annotate.*.tare

bench-arena: $(B)/bench/arena | setup
	REPS='$(REPS)' $(B)/bench/arena

bench-buffer: $(B)/bench/buffer | setup
	REPS='$(REPS)' $(B)/bench/buffer

# The vectors of C++; where there is no compiler for it there are none.
have_cxx = $(shell command -v $(CXX) >/dev/null && echo yes)
$(B)/bench/vec: $(B)/bench/vec_cc.o
$(B)/bench/vec_cc.o: bench/vec_cc.cc bench/vec_ways.h $(B)/flags
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	if command -v $(CXX) >/dev/null; then \
	    $(CXX) -std=c++17 -O2 -g -fno-omit-frame-pointer -pthread -I. -c -o $@ $<; \
	else $(CC) -x c -c -o $@ /dev/null; fi

bench-codec: $(B)/bench/codec | setup
	REPS='$(REPS)' $(B)/bench/codec

bench-vec: $(B)/bench/vec | setup
	REPS='$(REPS)' $(B)/bench/vec

bench-ring: $(B)/bench/ring | setup
	REPS='$(REPS)' CASES='$(CASES)' $(B)/bench/ring

bench-metrics: $(B)/bench/metrics | setup
	REPS='$(REPS)' $(B)/bench/metrics

bench-supervisor: $(B)/bench/supervisor | setup
	REPS='$(REPS)' $(B)/bench/supervisor

# One after the other: each says what it finds.
bench_governor_programs := governor governor_beam
bench-governor: $(bench_governor_programs:%=$(B)/bench/%) | setup
	for program in $(bench_governor_programs); do \
	    REPS='$(REPS)' CASES='$(CASES)' $(B)/bench/$$program $(B) || exit; done

# The same in Erlang, where it is here.
beams := $(patsubst bench/%.erl,$(B)/bench/%.beam,$(wildcard bench/beam/*.erl))
$(beams): $(B)/bench/beam/%.beam: bench/beam/%.erl
	$(call say,ERLC,$<)
	@mkdir -p $(@D)
	command -v erlc >/dev/null || exit 0; erlc -o $(@D) $<

bench-governor: $(beams) $(B)/examples/governors/governors $(B)/examples/governors/governors_static

bench-intern: $(B)/bench/intern | setup
	REPS='$(REPS)' CASES='$(CASES)' $(B)/bench/intern

bench-builder: $(B)/bench/builder $(B)/bench/builder_count | setup
	REPS='$(REPS)' $(B)/bench/builder $(B)

# Peers in C++ are loaded, and left out where they could not be built.
$(B)/bench/%_peers.so: bench/%_peers.cc bench/%_ways.h $(B)/flags
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	command -v $(CXX) >/dev/null || exit 0; \
	absl=$$($(PKG_CONFIG) --cflags --libs absl_flat_hash_map 2>/dev/null) && absl="-DHAVE_ABSL $$absl"; \
	$(CXX) -std=c++17 -O2 -g -fPIC -shared -pthread -I. -o $@ $< $$absl

bench-rc: $(B)/bench/rc $(B)/bench/rc_peers.so | setup
	REPS='$(REPS)' $(B)/bench/rc $(B)

bench-cache: $(B)/bench/cache $(B)/bench/cache_peers.so | setup
	REPS='$(REPS)' $(B)/bench/cache $(B)

bench-export: $(B)/bench/export $(tare) | setup
	REPS='$(REPS)' $(B)/bench/export $(B)

bench-html: $(B)/bench/html_ledger $(B)/bench/html_sampled $(tare) $(shim_so) | setup
	REPS='$(REPS)' CASES='$(CASES)' tests/browser/browser.sh $(B) bench/html.js

.PHONY: bench-supervisor bench-metrics bench-governor bench-ring bench-codec bench-deps bench-advise bench-advise-corpus bench-advise-cost bench-annotate bench-capture bench-arena bench-buffer bench-builder bench-pool bench-vec bench-report bench-export bench-html bench-intern bench-map bench-rc bench-cache
