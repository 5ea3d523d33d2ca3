/* SPDX-License-Identifier: MIT
 *
 * shim/modules.h - which loaded object an address lies in, and when that stops being true.
 *
 * Shape    A table of the modules whose code was met, each also a record in the ledger.
 *          code.tag: unwind rules and cached stacks hold for one tag only.
 *          code.loads: "no code here" holds until something is loaded.
 *          code.salt: starts the hash of every path. It tells which of several modules that
 *          were seen at one place is there now, so that paths through one of them are not taken
 *          for paths through another.
 * Units    addresses
 * Owner    The recorder.
 * Threads  code_* are thread-safe; module_* are externally synchronised (recorder's lock).
 * Errors   module_at: NULL when the address is in no module or there is no room.
 * Cost     module_at: one lookup of the loader's own lock-free table, about 20 ns.
 * Source   glibc manual, "Dynamic Linker Introspection": _dl_find_object.
 *
 * How unloading is noticed: dlclose unmaps an object and afterwards frees its link_map, from
 * code of ld.so. So a free whose caller lies in ld.so makes us look at every known module again
 * (code_maybe_unloaded). dlopen and dlclose are not interposed: a wrapper would be their caller,
 * and with that decide RUNPATH and namespace.
 */
#ifndef TARE_SHIM_MODULES_H
#define TARE_SHIM_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "format/ledger.h"
#include "shim/compiler.h"

struct code_state {
    uint64_t loader_start, loader_bytes; /* ld.so's code */
    uint64_t thread_start, thread_bytes; /* pthread_create's code */
    uint32_t tag;
    uint32_t loads;
    uint64_t salt;
};

extern struct code_state code;

struct module {
    uint64_t start, end;
    const void *link_map, *eh_frame_hdr;
    uint32_t id; /* in the ledger, in units */
    bool gone;
    bool contested; /* another module was seen in its range */
    uint32_t build_id_bytes;
    uint8_t build_id[LEDGER_BUILD_ID_BYTES];
};

/* What the loader says about an address. */
struct code_object {
    uint64_t start, end;
    const void *link_map;
    const uint8_t *eh_frame_hdr;
};

INLINE bool code_is_loader(uint64_t ip)
{
    return ip - code.loader_start < code.loader_bytes;
}

INLINE uint32_t code_tag(void)
{
    return __atomic_load_n(&code.tag, __ATOMIC_ACQUIRE);
}

/* Once a program: learn where ld.so and pthread_create are. */
void code_init(void);

/* The object at `ip`; false if there is none. Takes no lock. */
bool code_find(uint64_t ip, struct code_object *object);

/* ld.so allocated: an object may be about to be loaded. */
void code_maybe_loaded(void);

/* ld.so freed: an object may be gone. Takes the recorder's lock. */
void code_maybe_unloaded(void);

/* All cached rules are void, though no module has changed. */
void code_forget_rules(void);

/* The module that `ip` lies in, entered in the ledger if it is new. */
struct module *module_at(uint64_t ip);

/* The same, from outside: takes the recorder's lock. What is remembered of an address, and paths
 * through it, hold until code.tag changes only if this is true. */
bool module_is_known(uint64_t ip);

#endif
