# SPDX-License-Identifier: MIT
# preload/ -> libtare-preload.so and the command tare
#
# One explicit list a layer, lowest first. This is the architecture, in order:
#   format <- shim        format <- profile <- advice <- report <- check, html, export <- cli
#   format <- import <- cli        profile <- replay <- cli; replay <- player

format := pattern.c content.c
shim := message.c options.c memory_group.c ledger.c ledger_deleted.c modules.c unwinder.c chain.c \
        stacks.c record_table.c thread.c account.c evidence.c death_order.c advice_look.c \
        advice.c levels.c trace.c slack.c fork.c locks.c boot.c in_front.c next.c next_mimalloc.c \
        imports.c shallow.c environment.c check_stacks.c exit_report.c recorder.c events.c \
        mappings.c objects.c object_events.c sections.c entries.c entries_jemalloc.c \
        entries_tcmalloc.c entries_mimalloc.c entries_mimalloc_aligned.c hooks.c hooks_new.c \
        hooks_exec.c hooks_map.c hooks_name.c hooks_fork.c hooks_annotate.c
profile := ledger_file.c evidence_check.c process_nodes.c process_counters.c process_advice.c \
           process.c process_end.c demangle.c image_file.c image_symbols.c unit_names.c \
           image_units.c image.c symbols.c site_id.c site_evidence.c advice_evidence.c view.c \
           site_threads.c perf_map.c kept_names.c profile.c quality.c timeline.c levels.c \
           trace_stream.c moment.c resident.c trace.c match.c selection.c tree_functions.c tree.c \
           place.c site_table.c site_columns.c culprit.c
advice := remedy.c costs.c costs_file.c costs_measure.c packaging.c waste.c waste_duplicates.c \
          waste_churn.c waste_burst.c waste_temporary.c waste_growth.c waste_unwritten.c \
          waste_tiny.c waste_slack.c waste_cold.c waste_remote.c waste_leak.c names.c growth.c \
          spots.c share.c judge.c verify.c
report := units.c stream.c json_writer.c json_evidence.c json_advice.c json_stack.c report_json.c \
          style.c short_name.c report_stack.c report_evidence.c report_quality.c \
          report_resident.c report_summary.c report_tree.c report_text.c markdown.c \
          report_markdown.c change.c diff.c diff_text.c diff_markdown.c diff_json.c \
          side_by_side.c advice_sketch.c advice_text.c advice_json.c advice_markdown.c \
          verify_text.c verify_json.c
check := budget.c budget_update.c suppress.c finding.c verdict.c check_text.c check_json.c \
         check_ci.c
export := sink.c clean_text.c places.c samples.c texts.c message.c to_folded.c to_pprof.c \
          to_speedscope.c to_dhat.c columns.c to_csv.c traced.c to_massif.c heaptrack_plan.c \
          heaptrack_lines.c heaptrack_events.c to_heaptrack.c to_jsonl.c to_openmetrics.c \
          export.c
import := maker.c json_cursor.c valgrind_frame.c from_dhat.c from_massif.c from_pprof.c \
          from_heaptrack.c import.c
replay := compile.c play.c
html := page_index.c page_tree.c page_rows.c page_layout.c page_columns.c page_first.c \
        page_data.c page_timeline.c page_levels.c page_source.c page_meta.c page_static.c \
        page_shell.c page.c
cli := arguments.c find_shim.c find_ledger.c output.c show.c pager.c progress.c profiles.c \
       run_dir.c launch.c copy_ledger.c survivors.c sample_records.c append_extents.c \
       timeline_writer.c target_memory.c live_blocks.c compress_guess.c live_look.c looks.c \
       resident_account.c sampler.c collect.c keep_names.c why_nothing.c cmd_run.c cmd_report.c \
       diff_columns.c cmd_diff.c cmd_advise.c cmd_verify.c cmd_check.c doctor_machine.c replays.c \
       cmd_replay.c predict.c whatif_report.c cmd_whatif.c doctor_environment.c doctor_program.c \
       cmd_doctor.c cmd_html.c dump_advice.c cmd_dump.c cmd_export.c unpack.c cmd_import.c \
       cmd_completion.c cmd_manual.c verbs.c main.c

# How the shim walks a stack, behind chain.h: unwind rules of our own, or libunwind.
# WALK=libunwind builds and tests on x86-64 what other architectures have.
walk.x86_64 := verified
WALK ?= $(or $(walk.$(ARCH)),libunwind)
shim.verified := eh_frame.c cfi.c rules.c chain_verified.c
shim.libunwind := unwinder_steps.c chain_libunwind.c

format_srcs := $(format:%=preload/format/%)
shim_srcs := $(addprefix preload/shim/,$(shim) $(shim.$(WALK)))
tare_srcs := $(format_srcs) $(profile:%=preload/profile/%) $(advice:%=preload/advice/%) \
             $(report:%=preload/report/%) $(check:%=preload/check/%) $(html:%=preload/html/%) \
             $(export:%=preload/export/%) $(import:%=preload/import/%) $(replay:%=preload/replay/%) \
             $(cli:%=preload/cli/%)

# The shim runs inside programs that know nothing of our sanitizers, so what goes into the .so is
# compiled apart and the same in every variant.
shim_so := $(B)/libtare-preload.so
shim_objs := $(patsubst %.c,$(B)/shim/%.o,$(format_srcs) $(shim_srcs))
all_objs += $(shim_objs)

# gcc would move the hooks' slow paths apart, and clang has no such option.
unsplit := -fno-reorder-blocks-and-partition
unsplit := $(shell $(CC) $(unsplit) -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(unsplit))
shim_cflags := -O2 $(unsplit) -DTARE_DEBUG=0 -fPIC -ftls-model=initial-exec -fexceptions \
               -fasynchronous-unwind-tables $(shim_cflags.$(ARCH))
# The hooks' own frames are read where they lie, so their return addresses are not signed.
shim_cflags.aarch64 := -mbranch-protection=none

$(shim_objs): $(B)/shim/%.o: %.c $(B)/flags
	$(call say,CC,$< (shim))
	@mkdir -p $(@D)
	$(CC) $(base_cflags) $(shim_cflags) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(shim_so): $(shim_objs) preload/shim/shim.map preload/rules.mk
	$(call say,LINK,$@)
	$(CC) -shared $(CFLAGS) $(LDFLAGS) -Wl,--version-script=preload/shim/shim.map \
	    -Wl,-soname,$(@F) -Wl,-z,defs -Wl,-z,now -o $@ $(shim_objs)

# The same sources with the variant's flags, for unit tests: all but what defines libc's names.
shim_hooks := $(wildcard preload/shim/hooks*.c)
shim_a := $(B)/shim.a
shim_core := $(patsubst %.c,$(B)/%.o,$(filter-out $(shim_hooks),$(shim_srcs)))
all_objs += $(shim_core)
$(shim_a): preload/rules.mk $(shim_core)

# The command: an archive of everything but main, which tests link too.
tare := $(B)/tare
tare_a := $(B)/tare.a
tare_main := $(B)/preload/cli/main.o
tare_objs := $(tare_srcs:%.c=$(B)/%.o)
all_objs += $(tare_objs)
$(tare_a): preload/rules.mk $(filter-out $(tare_main),$(tare_objs))

# With zstd, or without it when its header is not there.
zstd_lib = $$(echo '\#include <zstd.h>' | $(CC) $(CPPFLAGS) -E - >/dev/null 2>&1 && echo -lzstd)
$(B)/preload/cli/unpack.o: $(B)/codecs
tare_libs = $(call libs,libdw libelf,-ldw -lelf) $(call libs,zlib,-lz) -liberty $(call libs,jansson,-ljansson) $(zstd_lib) -ldl -lm

# What plays scripts for tare replay, on whatever malloc it is started with: like the shim, without a
# sanitizer's, and libtare with it.
player := $(B)/tare-replay
player_objs := $(patsubst %.c,$(B)/player/%.o,player.c substitutes.c)
all_objs += $(player_objs)
$(player_objs): $(B)/player/%.o: preload/player/%.c $(B)/flags
	$(call say,CC,$< (player))
	@mkdir -p $(@D)
	$(CC) $(base_cflags) -O2 -DTARE_DEBUG=0 -fno-builtin-malloc $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(player): $(player_objs) $(lib_so_objs)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ -ldl
all: $(player)

# The page of tare html: its sources as one file, which goes into the command.
page := $(addprefix preload/html/page/,page.html page.css \
          format.js data.js model.js range.js trees.js state.js chart.js flame.js outline.js \
          table.js views.js resident.js quality.js explore.js main.js)
page_shell := $(B)/page_shell.html
$(page_shell): $(page) preload/html/shell.sh preload/rules.mk
	$(call say,PAGE,$@)
	@mkdir -p $(@D)
	preload/html/shell.sh $(page) >$@
$(B)/preload/html/page_shell.o: extra = -DPAGE_SHELL='"$(page_shell)"'
$(B)/preload/html/page_shell.o: $(page_shell)

$(tare): $(tare_main) $(tare_a) $(libtare_a)
	$(call say,LINK,$@)
	$(link) $^ $(tare_libs)

# Until a room has its first file there is nothing to build in it.
all: $(tare_a) $(if $(wildcard preload/shim/shim.map),$(shim_so),$(shim_objs)) $(if $(cli),$(tare))

# What the command tells of itself.
shared := $(B)/share
shell_files := $(shared)/tare.bash $(shared)/tare.zsh $(shared)/tare.fish
$(shell_files): $(shared)/tare.%: $(tare)
	@mkdir -p $(@D)
	$(tare) completion $* > $@
$(shared)/tare.1: $(tare)
	@mkdir -p $(@D)
	$(tare) manual > $@

install_list += $(shared)/tare.bash:share/bash-completion/completions/tare:644 \
                $(shared)/tare.zsh:share/zsh/site-functions/_tare:644 \
                $(shared)/tare.fish:share/fish/vendor_completions.d/tare.fish:644 \
                $(shared)/tare.1:share/man/man1/tare.1:644
install_list += $(player):libexec/tare-replay:755
install_list += $(tare):bin/tare:755 $(shim_so):lib/libtare-preload.so:755
