# SPDX-License-Identifier: MIT
# lib/ -> libtare.a and libtare.so, libtare-modules.a and libtare-modules.so
#
# One explicit list a layer, lowest first. This is the architecture, in order; inside toolkit a
# module may use those before it.
#   base <- mem <- toolkit
lib_base := debug.c observer.c
lib_mem := mem_events.c mem_pages.c mem.c mem_count.c mem_growing.c arena.c arena_chunks.c arena_copies.c arena_scratch.c arena_valid.c
lib_toolkit := pool.c pool_slab.c pool_depot.c pool_cache.c pool_thread.c pool_pass.c pool_check.c \
               buffer_pool.c buffer_pool_node.c buffer_pool_data.c buffer_pool_keep.c \
               buffer_pool_ready.c section.c \
               string_builder.c string_builder_build.c string_builder_number.c string_builder_double.c \
               string_builder_pool.c \
               vec.c vec_change.c vec_integer.c vec_pool.c \
               rc.c rc_guard.c rc_cache.c rc_cache_life.c rc_cache_table.c rc_cache_ghost.c rc_cache_policy.c \
               rc_cache_reclaim.c rc_cache_change.c rc_cache_load.c rc_cache_check.c \
               intern.c intern_insert.c intern_grow.c intern_text.c intern_begin.c intern_check.c \
               intern_counted.c \
               map.c map_rebuild.c map_hash.c map_group.c map_valid.c map_ordered.c

SOMAJOR := 0
lib_srcs := $(lib_base:%=lib/base/%) $(lib_mem:%=lib/mem/%) $(lib_toolkit:%=lib/toolkit/%)

# lib/modules/ is a library of its own, made with nothing but libtare's public headers. Its headers
# are those of module_headers.
lib_modules := ring.c ring_write.c ring_read.c ring_merge.c queue.c \
               histogram.c metrics.c metrics_process.c metrics_text.c \
               codec_frame.c codec_parts.c codec_columns.c codec_zstd.c codec_lz4.c codec_zlib.c codec.c \
               codec_pack.c codec_unpack.c codec_train.c codec_file.c codec_save.c codec_writer.c codec_reader.c \
               codec_lazy.c codec_worker.c codec_measure.c \
               governor.c governor_life.c governor_policy.c governor_quota.c governor_entitlement.c \
               governor_billing.c governor_subscription.c governor_compliance.c governor_answers.c \
               governor_snapshot.c governor_log.c governor_names.c \
               fault_guard.c supervisor.c supervisor_life.c \
               shard.c shard_keeper.c shard_port.c shard_undo.c shard_wait.c shard_work.c
module_headers := $(addprefix include/tare/,ring.h ring_merge.h queue.h histogram.h metrics.h codec.h governor.h \
                    governor_policy.h governor_log.h quota.h supervisor.h shard.h)

# What the codecs stand on, as far as it is there, which is asked when a recipe runs. A codec that was
# compiled without its library says so when it is wanted.
modules_libs = $$(for lib in zstd.h:-lzstd lz4.h:-llz4 zlib.h:-lz; do \
    echo "\#include <$${lib%:*}>" | $(CC) $(CPPFLAGS) -E - >/dev/null 2>&1 && echo $${lib\#*:}; done)

modules_a := $(B)/libtare-modules.a
modules_so := $(B)/libtare-modules.so.$(SOMAJOR)
modules_objs := $(lib_modules:%.c=$(B)/lib/modules/%.o)
modules_so_objs := $(lib_modules:%.c=$(B)/pic/lib/modules/%.o)
all_objs += $(modules_objs) $(modules_so_objs)

# What comes or goes makes the codecs anew.
$(foreach codec,zstd lz4 zlib,$(B)/lib/modules/codec_$(codec).o $(B)/pic/lib/modules/codec_$(codec).o): $(B)/codecs
$(B)/codecs: FORCE | setup
	@mkdir -p $(@D)
	@echo $(modules_libs) > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# The archive has the variant's flags, for tests; the shared object is compiled apart.
libtare_a := $(B)/libtare.a
libtare_so := $(B)/libtare.so.$(SOMAJOR)
lib_objs := $(lib_srcs:%.c=$(B)/%.o)
lib_so_objs := $(lib_srcs:%.c=$(B)/pic/%.o)
all_objs += $(lib_objs) $(lib_so_objs)
$(lib_so_objs) $(modules_so_objs): extra := -Ilib
# For programs of any kind, and for the weak symbols of the tracker, which the linker takes to be
# nowhere in code for a fixed address.
$(lib_objs) $(modules_objs): extra := -Ilib -fPIE

$(libtare_a): lib/rules.mk $(lib_objs)

$(lib_so_objs) $(modules_so_objs): $(B)/pic/%.o: %.c $(B)/flags
	$(call say,CC,$< (pic))
	@mkdir -p $(@D)
	$(CC) $(base_cflags) $(extra) -O2 -DTARE_DEBUG=0 -fPIC -ftls-model=initial-exec $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(libtare_so): $(lib_so_objs) lib/tare.map lib/rules.mk
	$(call say,LINK,$@)
	$(CC) -shared $(CFLAGS) $(LDFLAGS) -pthread -Wl,--version-script=lib/tare.map \
	    -Wl,-soname,$(@F) -Wl,-z,defs -Wl,-z,nodelete -o $@ $(lib_so_objs) -ldl

all: $(libtare_a) $(libtare_so)

$(modules_a): lib/rules.mk $(modules_objs)

$(modules_so): $(modules_so_objs) $(libtare_so) lib/tare-modules.map lib/rules.mk
	$(call say,LINK,$@)
	$(CC) -shared $(CFLAGS) $(LDFLAGS) -pthread -Wl,--version-script=lib/tare-modules.map \
	    -Wl,-soname,$(@F) -Wl,-z,defs -o $@ $(modules_so_objs) $(libtare_so) -Wl,--as-needed $(modules_libs) -ldl

all: $(modules_a) $(modules_so)

# The installed file has the full version in its name; a program asks for SOMAJOR, the linker for
# none. $(call library,NAME): the archive and the shared object of one library.
library = $(B)/$(1).a:lib/$(1).a:644 $(B)/$(1).so.$(SOMAJOR):lib/$(1).so.$(VERSION):755 \
          $(1).so.$(VERSION):lib/$(1).so.$(SOMAJOR):link $(1).so.$(SOMAJOR):lib/$(1).so:link
public_headers := $(wildcard include/tare/*.h)
install_list += $(foreach header,$(public_headers),$(header):$(header):644) \
                $(call library,libtare) $(call library,libtare-modules) \
                lib/tare.pc.in:lib/pkgconfig/tare.pc:644 \
                lib/tare-modules.pc.in:lib/pkgconfig/tare-modules.pc:644
