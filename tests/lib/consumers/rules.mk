# SPDX-License-Identifier: MIT
# tests/lib/consumers/ - programs that use libtare as somebody does who installed it: what they are
# compiled and linked with is what pkg-config says of the stage, none of our flags, and the same in
# every variant. But the archive has the variant's flags, and needs its runtime where it is linked.

consumers := $(B)/consumers
consumer_programs := $(addprefix $(consumers)/,consumer_c consumer_c_static consumer_cc consumer_cc_static \
                       modules_c modules_c_static modules_cc modules_cc_static \
                       whose_malloc whose_new libwhose_new.so)
staged = PKG_CONFIG_PATH='$(B)/stage/lib/pkgconfig' $(PKG_CONFIG)
shared_libs = $$($(staged) --libs tare)
static_libs = $$($(staged) --static --libs tare | $(static_names))
modules_shared_libs = $$($(staged) --libs tare-modules)
modules_static_libs = $$($(staged) --static --libs tare-modules | $(static_names))
static_names := sed 's/-l\(tare[a-z-]*\)/-l:lib\1.a/g'
# consumer_flags.STEM adds to one of them. That of consumer.c and .cc: all headers stand together.
consumer_flags.modules := $(patsubst include/%,-include %,$(public_headers))
consumer_flags.consumer := -Itests/lib $(consumer_flags.modules)
consumer_flags.whose_malloc := -Itests/lib
consumer_flags.whose_new := -Itests/lib
consumer_flags = -O1 -g -Wall -Wextra -Werror -fPIC $$($(staged) --cflags tare) $(consumer_flags.$*)

$(consumers)/%.c.o: tests/lib/consumers/%.c $(B)/stage/done
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(CC) -std=c17 $(if $(filter whose_%,$*),,-Wpedantic) $(consumer_flags) $(CFLAGS) -MMD -MP -c -o $@ $<

$(consumers)/%.cc.o: tests/lib/consumers/%.cc $(B)/stage/done
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(CXX) -std=c++17 $(consumer_flags) $(CXXFLAGS) -MMD -MP -c -o $@ $<

all_objs += $(addprefix $(consumers)/,consumer.c.o consumer.cc.o modules.c.o modules.cc.o whose_malloc.c.o whose_new.cc.o)

consumer_link = $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^)
consumer_link_cc = $(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^)

$(consumers)/consumer_c: $(consumers)/consumer.c.o
	$(call say,LINK,$@)
	$(consumer_link) $(shared_libs)

$(consumers)/consumer_cc: $(consumers)/consumer.cc.o
	$(call say,LINK,$@)
	$(consumer_link_cc) $(shared_libs)

$(consumers)/consumer_c_static: $(consumers)/consumer.c.o
	$(call say,LINK,$@)
	$(consumer_link) $(variant.$(VARIANT)) $(static_libs)

$(consumers)/consumer_cc_static: $(consumers)/consumer.cc.o
	$(call say,LINK,$@)
	$(consumer_link) $(variant.$(VARIANT)) $(static_libs) -lstdc++

$(consumers)/modules_c: $(consumers)/modules.c.o
	$(call say,LINK,$@)
	$(consumer_link) $(modules_shared_libs)

$(consumers)/modules_cc: $(consumers)/modules.cc.o
	$(call say,LINK,$@)
	$(consumer_link_cc) $(modules_shared_libs)

$(consumers)/modules_c_static: $(consumers)/modules.c.o
	$(call say,LINK,$@)
	$(consumer_link) $(variant.$(VARIANT)) $(modules_static_libs)

$(consumers)/modules_cc_static: $(consumers)/modules.cc.o
	$(call say,LINK,$@)
	$(consumer_link_cc) $(variant.$(VARIANT)) $(modules_static_libs) -lstdc++

$(consumers)/whose_malloc: $(consumers)/whose_malloc.c.o
	$(call say,LINK,$@)
	$(consumer_link) $(shared_libs)

$(consumers)/whose_new: $(consumers)/whose_malloc.c.o $(consumers)/whose_new.cc.o
	$(call say,LINK,$@)
	$(consumer_link_cc) $(shared_libs)

$(consumers)/libwhose_new.so: $(consumers)/whose_new.cc.o
	$(call say,LINK,$@)
	$(consumer_link_cc) -shared

$(B)/tests/lib/test_consumers.ok: $(consumer_programs)

# For the recorder's tests: with the shared library, with the archive, and with that at a fixed
# address.
tracked_programs := $(addprefix $(consumers)/,tracked tracked_static tracked_fixed)
all_objs += $(consumers)/tracked.c.o

$(consumers)/tracked: $(consumers)/tracked.c.o
	$(call say,LINK,$@)
	$(consumer_link) $(shared_libs)

$(consumers)/tracked_static: $(consumers)/tracked.c.o
	$(call say,LINK,$@)
	$(consumer_link) $(variant.$(VARIANT)) $(static_libs)

$(consumers)/tracked_fixed: tests/lib/consumers/tracked.c $(B)/stage/done
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(CC) -std=c17 $(consumer_flags) -fno-pie -no-pie $(CFLAGS) $(LDFLAGS) $(variant.$(VARIANT)) \
	    -o $@ $< $(static_libs)

$(B)/tests/preload/test_objects.ok: $(tracked_programs)
