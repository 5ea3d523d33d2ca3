# SPDX-License-Identifier: MIT
# tests/advice/ - the corpus: programs with one known waste each, and twins of the same source without
# it. clean_* have none, and no twin. They are recorded, and so are built without sanitizers; where the
# library has one, there is no corpus.

advice_programs := $(basename $(wildcard tests/advice/*.c tests/advice/*.cc))
advice_wasteful := $(filter-out tests/advice/clean_%,$(advice_programs))
advice_flags = -Wl,--no-as-needed -D_GNU_SOURCE -Iinclude -O1 -g -MMD -MP -pthread $(LDFLAGS) -o $@ $< $(libtare_a) -ldl -lz

advice_c := $(patsubst tests/advice/%.c,%,$(wildcard tests/advice/*.c))
advice_cc := $(patsubst tests/advice/%.cc,%,$(wildcard tests/advice/*.cc))
advice_dir := $(B)/tests/advice

$(advice_c:%=$(advice_dir)/%): $(advice_dir)/%: tests/advice/%.c $(libtare_a) tests/advice/rules.mk $(B)/flags
	$(call say,CORPUS,$<)
	@mkdir -p $(@D)
	$(CC) -std=gnu17 $(advice_flags)

$(advice_c:%=$(advice_dir)/%.twin): $(advice_dir)/%.twin: tests/advice/%.c $(libtare_a) tests/advice/rules.mk $(B)/flags
	$(call say,TWIN,$<)
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -DREMEDIED $(advice_flags)

$(advice_cc:%=$(advice_dir)/%): $(advice_dir)/%: tests/advice/%.cc $(libtare_a) tests/advice/rules.mk $(B)/flags
	$(call say,CORPUS,$<)
	@mkdir -p $(@D)
	$(CXX) -std=gnu++17 $(advice_flags)

$(advice_cc:%=$(advice_dir)/%.twin): $(advice_dir)/%.twin: tests/advice/%.cc $(libtare_a) tests/advice/rules.mk $(B)/flags
	$(call say,TWIN,$<)
	@mkdir -p $(@D)
	$(CXX) -std=gnu++17 -DREMEDIED $(advice_flags)

advice_corpus := $(advice_programs:%=$(B)/%) $(advice_wasteful:%=$(B)/%.twin)
-include $(advice_corpus:=.d)
ifeq ($(filter asan tsan,$(VARIANT)),)
$(B)/tests/preload/test_advice_corpus.ok: $(advice_corpus)
endif
