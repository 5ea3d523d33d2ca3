# SPDX-License-Identifier: MIT
# lib/ -> libtare.a and libtare.so
#
# One explicit list a layer, lowest first. This is the architecture, in order; inside toolkit a
# module may use those before it.
#   base <- mem <- toolkit
lib_base := debug.c observer.c
lib_mem := mem.c mem_count.c
lib_toolkit := pool.c pool_slab.c pool_depot.c pool_cache.c pool_thread.c pool_check.c

SOMAJOR := 0
lib_srcs := $(lib_base:%=lib/base/%) $(lib_mem:%=lib/mem/%) $(lib_toolkit:%=lib/toolkit/%)

# The archive has the variant's flags, for tests; the shared object is compiled apart.
libtare_a := $(B)/libtare.a
libtare_so := $(B)/libtare.so.$(SOMAJOR)
lib_objs := $(lib_srcs:%.c=$(B)/%.o)
lib_so_objs := $(lib_srcs:%.c=$(B)/pic/%.o)
all_objs += $(lib_objs) $(lib_so_objs)
$(lib_objs) $(lib_so_objs): extra := -Ilib

$(libtare_a): lib/rules.mk $(lib_objs)

$(lib_so_objs): $(B)/pic/%.o: %.c $(B)/flags
	$(call say,CC,$< (pic))
	@mkdir -p $(@D)
	$(CC) $(base_cflags) $(extra) -O2 -DTARE_DEBUG=0 -fPIC -ftls-model=initial-exec $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(libtare_so): $(lib_so_objs) lib/tare.map lib/rules.mk
	$(call say,LINK,$@)
	$(CC) -shared $(CFLAGS) $(LDFLAGS) -pthread -Wl,--version-script=lib/tare.map \
	    -Wl,-soname,$(@F) -Wl,-z,defs -Wl,-z,nodelete -o $@ $(lib_so_objs)

all: $(libtare_a) $(libtare_so)
