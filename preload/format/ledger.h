/* SPDX-License-Identifier: MIT
 *
 * format/ledger.h - the bytes of a ledger: the profile file of one process.
 *
 * Shape    header | extent directory | extents of 16 KiB, each of one kind
 *              record -> node (site) -> parent node ... -> LEDGER_OUTERMOST
 *                 |          `-> module -> path, build-id
 *                 `-> histogram, growth
 *          Nothing in it is a pointer. A node, module or string is named by its file offset in
 *          units of 16 bytes, a histogram by its file offset in lines of 64 bytes.
 * Units    Bytes, nanoseconds, events. Little-endian, fixed-size fields.
 * Owner    The recorder inside the target writes; readers map the file at any moment.
 * Threads  Every counter has one writing thread, except those that say "shared" (atomic add).
 *          What a record names (its node, that node's ancestors and modules) is complete before
 *          the record's `site` is stored with release order, and `site` before its first count.
 * Errors   none: a reader trusts no field (preload/profile/ledger_file.c).
 * Cost     256 MiB of address space, 16 KiB steps of memory, as many as are used.
 * Source   docs/format.md describes the same bytes for other readers.
 */
#ifndef TARE_FORMAT_LEDGER_H
#define TARE_FORMAT_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "format/ledger_advice.h"

#define LEDGER_MAGIC 0x313065726174007full /* bytes 7f 00 "tare01" */
#define LEDGER_MAX_BYTES ((uint64_t)256 << 20)

enum {
    LEDGER_VERSION = 1,
    LEDGER_EXTENT_BYTES = 16384,
    LEDGER_UNIT_BYTES = 16, /* node, module and string ids count these */
    LEDGER_LINE_BYTES = 64, /* histogram and growth ids count these */
    LEDGER_PAGE_BYTES = 4096,
    LEDGER_HEADER_BYTES = 4096,
    LEDGER_MAX_EXTENTS = (int)(LEDGER_MAX_BYTES / LEDGER_EXTENT_BYTES),
    /* header and directory fill the first extents */
    LEDGER_FIRST_EXTENT =
        (LEDGER_HEADER_BYTES + LEDGER_MAX_EXTENTS + LEDGER_EXTENT_BYTES - 1) /
        LEDGER_EXTENT_BYTES,
    LEDGER_COMMAND_BYTES = 1024,
    LEDGER_PATH_BYTES = 1024,
    LEDGER_NAME_BYTES = 16,
    LEDGER_BUILD_ID_BYTES = 20,
};

/* What the 16 KiB of an extent hold; the directory has one byte for each. */
enum ledger_kind {
    LEDGER_FREE = 0,
    LEDGER_RECORDS = 1, /* struct ledger_record */
    LEDGER_NODES = 2,   /* struct ledger_node */
    LEDGER_MODULES = 3, /* struct ledger_module */
    LEDGER_STRINGS = 4, /* bytes; a string does not cross an extent */
    LEDGER_THREADS = 5, /* struct ledger_thread */
    LEDGER_EVIDENCE =
        6,             /* struct ledger_histogram, struct ledger_growth; each whole lines */
    LEDGER_NAMES = 7,  /* struct ledger_name; put there when the file is collected */
    LEDGER_FRAMES = 8, /* struct ledger_frame; only where LEDGER_IMPORTED */
    LEDGER_TIMELINE = 9, /* added by who waited: one stream, from extent to extent */
    LEDGER_ADVICE = 10,  /* struct ledger_advice; only with LEDGER_ADVISED, as 14 and 15 */
    LEDGER_RESIDENT =
        11,             /* as the timeline: one struct ledger_resident, at its beginning */
    LEDGER_LEVELS = 12, /* struct ledger_level; one extent at most */
    LEDGER_TRACE = 13,  /* format/trace.h: one slot's events */
    LEDGER_ENDS = 14,   /* struct ledger_ends */
    LEDGER_HELD = 15,   /* struct ledger_held; put there when the file is collected */
};

/* Node ids below LEDGER_FIRST_EXTENT's first unit name no node but a fact. */
enum ledger_special_node {
    LEDGER_OUTERMOST = 0, /* parent: the stack ends here */
    LEDGER_CUT_DEPTH = 1, /* parent: frames beyond the depth asked for were left out */
    LEDGER_CUT_CODE = 2,  /* parent: the walk met code without (readable) unwind data */
    LEDGER_NO_STACK = 3,  /* site: counted, its stack could not be recorded */
    LEDGER_ALL_SITES = 4, /* site: sites were not tracked (TARE_TRACK_SITES=0) */
};

/* The frame was interrupted by a signal: its address is the next instruction itself, not a
 * return address. */
#define LEDGER_IP_EXACT ((uint64_t)1 << 63)

struct ledger_node {
    uint64_t ip;     /* address in the process; | LEDGER_IP_EXACT */
    uint32_t parent; /* the caller's node, or a special one */
    uint32_t module; /* 0: in no module (generated code) */
};

struct ledger_module {
    uint64_t start, end; /* mapped range */
    uint64_t bias;       /* address in the process minus address in the file's headers */
    uint32_t path;       /* string id */
    uint32_t path_bytes;
    uint8_t build_id[LEDGER_BUILD_ID_BYTES];
    uint32_t build_id_bytes; /* 0: none */
    uint64_t reserved;
};

/* The function that an address of a module was in, while the module's file was still the one that
 * ran. */
struct ledger_name {
    uint64_t address; /* in the file's headers: where look-ups go, within the call */
    uint32_t module;  /* module id; 0: generated code, and the address is the process's */
    uint32_t name;    /* string id, as the symbol table spells it */
    uint32_t name_bytes; /* 0: unused */
    uint32_t reserved[3];
};

/* The name of a place of a module, where that is not in the module's file but was read from another
 * profiler's. Frames of one address stand together, innermost first. */
struct ledger_frame {
    uint64_t address; /* a node's ip without LEDGER_IP_EXACT, minus the module's bias */
    uint32_t module;
    uint32_t line;           /* 0: not known */
    uint32_t function, file; /* string ids; 0: not known */
    uint16_t function_bytes, file_bytes;
    uint32_t reserved;
};

/* What a record counts. Mappings and objects are never added to the heap's numbers: objects lie in
 * blocks or mappings. */
enum ledger_class {
    LEDGER_HEAP = 0,
    LEDGER_MAPPING = 1, /* anonymous mmap */
    LEDGER_OBJECT = 2,  /* of the target's own allocators */
    LEDGER_CLASSES = 3,
};

/* One site as one thread slot saw it. Live = allocated - freed; one slot's can be negative,
 * the sum over slots is not.
 *
 * The first line is what every event touches. The latest size_run allocations were all of
 * run_bytes, and are not yet in histogram, least, greatest and slack; the latest life_run
 * lifetimes fell in life_bucket, and are not yet in the histogram. */
enum { LEDGER_RISING = 0x80 /* no block was freed since the latest allocation */ };

struct ledger_record {
    uint64_t allocations;
    uint64_t bytes;
    uint64_t frees;
    uint64_t freed_bytes;
    uint64_t epoch;     /* the process's, when peak_bytes was noted */
    int64_t peak_bytes; /* live at the peak, if epoch is the process's; else what is live */
    uint32_t site;      /* leaf node */
    uint16_t slot;      /* thread slot */
    uint16_t size_run;
    uint32_t run_bytes;
    uint16_t life_run;
    uint8_t life_bucket; /* | LEDGER_RISING */
    uint8_t class;       /* enum ledger_class */

    uint64_t temporary;
    int64_t most_bytes;  /* the most that were ever live of this slot's, but for a rise that
                             still goes on: then what is live, if that is more */
    int64_t most_blocks; /* likewise, at a moment of its own */
    uint64_t least_bytes; /* of a block; as greatest_bytes, 0 before the first run ends */
    uint64_t greatest_bytes; /* of a block */
    uint64_t slack_bytes;    /* sum over allocations, as if there were no trailer */
    uint64_t remote_frees;   /* of blocks that another slot allocated */
    uint32_t histogram;      /* struct ledger_histogram, in lines; 0: none */
    uint32_t growth;         /* struct ledger_growth, in lines; 0: none */
};

enum { LEDGER_SIZE_BUCKETS = 28, LEDGER_LIFE_BUCKETS = 32, LEDGER_GROWTH_BUCKETS = 24 };

/* Distribution of sizes and lifetimes. Bucket 0 counts values of 0, bucket b those from 2^(b-1)
 * to 2^b - 1, the last one all that are greater, too: of sizes, bytes; of lifetimes, units of
 * LEDGER_LIFE_UNIT_NS. A bucket that would overflow goes on in another histogram of the same
 * record, named by `next`. */
struct ledger_histogram {
    uint32_t sizes[LEDGER_SIZE_BUCKETS];
    uint32_t next;          /* in lines; 0: none */
    uint32_t common_weight; /* at least as many blocks were of common_bytes */
    uint64_t common_bytes;  /* the size of more than half of them, if there is one */
    uint32_t lives[LEDGER_LIFE_BUCKETS];
};

/* A lifetime is known to one unit, or to 1/1024 of the process's age at the allocation,
 * whichever is more. */
#define LEDGER_LIFE_UNIT_NS ((uint64_t)1 << 20)

/* What realloc did at a site that called it. A growth chain is a block that went through realloc
 * once or more, until it is freed; it is counted at the site of its last realloc. */
struct ledger_growth {
    uint64_t calls;        /* of realloc with a block */
    uint64_t moves;        /* calls that gave another address */
    uint64_t copied_bytes; /* of the old block, in calls that moved it */
    uint64_t chains;       /* growth chains that ended: freed */
    uint32_t final_sizes[LEDGER_GROWTH_BUCKETS]; /* of these; buckets as for sizes, bytes */
};

/* A slot serves one thread at a time; when that ends, the next one takes it over. */
struct ledger_thread {
    uint32_t slot;
    uint32_t tid;    /* of the latest thread */
    uint64_t served; /* threads so far; 0: the slot of events that no thread could take */
    char name[LEDGER_NAME_BYTES];
    uint64_t lost_trace; /* events that its trace has not */
    uint8_t reserved[24];
};

/* The stream of a timeline: this, then for each sample a struct ledger_sample with its changes
 * behind it, without gaps. What changed since the sample before is told as varints, for each
 * record that changed: its number in the file (in records, from offset 0) minus the one before
 * it, then what was added to allocations, bytes, frees and freed_bytes, each zigzag. */
struct ledger_timeline {
    uint64_t bytes; /* of the stream, this included */
    uint32_t samples;
    uint32_t reserved[13];
};

struct ledger_sample {
    uint64_t at_ns;     /* after start_monotonic_ns */
    uint64_t rss_bytes; /* 0: not known, as pss_bytes where nobody asked for it */
    uint64_t pss_bytes;
    uint64_t minor_faults, major_faults; /* so far */
    int64_t live_bytes;                  /* of all records of the heap, as they were read */
    uint32_t changes, change_bytes;
};

/* What the process noted of itself. An extent of them may hold one twice, and need not be in the order
 * of time. */
struct ledger_level {
    uint64_t at_ns;     /* after start_monotonic_ns; 0: unused */
    int64_t live_bytes; /* of the heap; of each other thread it may be late by 64 KiB */
    uint64_t minor_faults,
        major_faults; /* so far; both 0 where they could not be asked for */
};

/* What the kernel says of the process's mappings, by what is mapped. */
enum ledger_resident_part {
    RESIDENT_BRK,       /* [heap] */
    RESIDENT_ANONYMOUS, /* and writable: heap, mappings of the program */
    RESIDENT_GENERATED, /* anonymous and executable */
    RESIDENT_STACK,     /* [stack] */
    RESIDENT_STACKS, /* of threads, known by the page without access that guards each one */
    RESIDENT_CODE,   /* files of which a part is executable */
    RESIDENT_STATIC, /* anonymous, right behind such a file's last mapping: its .bss */
    RESIDENT_FILES,
    RESIDENT_SHARED, /* memory without a file of its own that others may map */
    RESIDENT_LEDGER, /* this file, and the recorder's library */
    RESIDENT_TABLES, /* of the recorder */
    RESIDENT_OTHER,
    RESIDENT_PARTS = 16, /* with room for more */
};

/* Where the process's memory was at one moment: of several, the one when most was resident. */
struct ledger_resident {
    uint64_t at_ns;     /* after start_monotonic_ns */
    uint64_t rss_bytes; /* the sum of the parts */
    uint64_t parts[RESIDENT_PARTS];
    uint64_t most_rss_bytes; /* that the kernel had seen by then; 0: not known */
    uint64_t peak_bytes;     /* most live bytes by then */
    /* Sums over records, as they were read right after. */
    int64_t live_bytes, live_blocks;
    int64_t slack_bytes; /* of live blocks, if these have their site's mean */
    int64_t mapped_bytes;
    uint64_t reserved[8];
};

enum ledger_flags {
    LEDGER_SITES = 1,      /* stacks were recorded */
    LEDGER_CHECKED = 2,    /* stacks were compared with libunwind's */
    LEDGER_FORK_CHILD = 4, /* began at a fork, not at an exec */
    LEDGER_BYPASSED = 8,   /* another allocator answers the program: nothing is recorded */
    LEDGER_IMPORTED = 16,  /* of another profiler: frames have names, records no evidence */
    LEDGER_ADVISED = 32,   /* evidence for advice was taken */
    LEDGER_FILLED = 64,    /* of that: blocks were filled when they were allocated */
    LEDGER_TRACED = 128,   /* events were written one by one, too */
};

enum ledger_allocator { LEDGER_ALLOCATOR_SYSTEM = 0, LEDGER_ALLOCATOR_MIMALLOC = 1 };

enum ledger_look { LEDGER_LOOK_WANTED = 1, LEDGER_LOOK_BEGUN = 2, LEDGER_LOOK_DONE = 3 };

/* How the process ended. The recorder knows only the first two; the parent that waited for
 * it writes the others, with the wait status, when it collects the file. */
enum ledger_end {
    LEDGER_END_OPEN = 0,   /* still running, or ended without its exit handlers */
    LEDGER_END_EXIT = 1,   /* the exit handlers ran */
    LEDGER_END_WAITED = 2, /* end_status is what wait reported */
    LEDGER_END_EXECED = 3, /* it became another program, which has a ledger of its own */
};

struct ledger_header {
    uint64_t magic; /* stored last when the file is begun: 0 = not begun */
    uint32_t version;
    uint32_t header_bytes;
    uint32_t pid, parent_pid;
    uint64_t process_start; /* field 22 of /proc/PID/stat: clock ticks after boot */
    uint8_t boot_id[16];
    uint64_t start_realtime_ns;  /* CLOCK_REALTIME when recording began */
    uint64_t start_monotonic_ns; /* CLOCK_MONOTONIC at the same moment */
    uint32_t flags;
    uint32_t stack_depth; /* frames asked for; 0: all */
    uint32_t allocator;
    uint32_t extents; /* used so far, from the front; published with release order */
    uint32_t max_extents;
    uint32_t command_bytes; /* arguments, each ended by NUL; cut at LEDGER_COMMAND_BYTES */

    uint32_t end; /* enum ledger_end */
    uint32_t end_status;
    uint64_t end_monotonic_ns;
    uint64_t cpu_ns; /* of it and those it waited for, noted by who waited; 0: not known */

    /* What different threads write lies 128 bytes apart: processors fetch lines in pairs.
     * Only the first thread writes this one: its live bytes, exact at each event. */
    _Alignas(128) int64_t live_first;

    /* Written when the peak rises: by the first thread, or by another under CAS. The process's
     * epoch is epoch_first + epoch_others. */
    _Alignas(128) uint64_t peak_bytes;
    uint64_t epoch_first;
    uint64_t peak_monotonic_ns; /* of the latest rise; at most 64 events early */

    /* Shared. The other threads fold in here at every 64 KiB. */
    _Alignas(128) int64_t live_others;
    uint64_t epoch_others;

    /* Shared, rare. */
    _Alignas(128) uint64_t lost_events; /* allocations or frees that no record counts */
    uint64_t lost_stacks;               /* allocations counted under LEDGER_NO_STACK */
    uint64_t untracked_frees; /* blocks of another allocator, or from before the start */
    uint64_t inherited_frees; /* blocks that a parent process had allocated */
    uint64_t lost_evidence;   /* sizes and lifetimes that no histogram counts */
    uint64_t checked_stacks;
    uint64_t wrong_stacks;
    uint32_t lost_mappings; /* mappings, or ends of them, that no record counts */
    uint32_t
        unrecorded_programs; /* started with an environment that keeps the recorder out */

    _Alignas(64) char executable[LEDGER_PATH_BYTES]; /* ended by NUL */
    char command[LEDGER_COMMAND_BYTES];

    uint64_t
        lost_objects; /* shared, rare: objects, or ends of them, that no record counts */

    /* Only with LEDGER_ADVISED. */
    _Alignas(64) uint64_t block_key; /* of the trailers that tell blocks of this process */
    uint64_t held_live_bytes; /* when most was live, of the looks; 0: there was none */
    uint64_t end_live_bytes;  /* at exit; 0: nobody looked, or nothing was live */
    uint64_t lost_advice;     /* shared, rare: records that there was no room for */
    uint32_t looker; /* who looks from outside (TARE_LOOKER): its number; 0: nobody */
    uint32_t look;   /* enum ledger_look: at the end the process waits for one */
};

_Static_assert(sizeof(struct ledger_node) == LEDGER_UNIT_BYTES, "a node is one unit");
_Static_assert(sizeof(struct ledger_record) == 2 * LEDGER_LINE_BYTES,
               "a record is two lines");
_Static_assert(offsetof(struct ledger_record, temporary) == LEDGER_LINE_BYTES,
               "its second line");
_Static_assert(sizeof(struct ledger_histogram) == 4 * LEDGER_LINE_BYTES, "four lines");
_Static_assert(sizeof(struct ledger_growth) == 2 * LEDGER_LINE_BYTES, "two lines");
_Static_assert(sizeof(struct ledger_advice) == 8 * LEDGER_LINE_BYTES, "eight lines");
_Static_assert(sizeof(struct ledger_ends) == 4 * LEDGER_LINE_BYTES, "four lines");
_Static_assert(sizeof(struct ledger_held) == 3 * LEDGER_LINE_BYTES, "three lines");
_Static_assert(sizeof(struct ledger_module) == 4 * LEDGER_UNIT_BYTES,
               "a module is four units");
_Static_assert(sizeof(struct ledger_name) == 2 * LEDGER_UNIT_BYTES, "a name is two units");
_Static_assert(sizeof(struct ledger_frame) == 2 * LEDGER_UNIT_BYTES,
               "a frame is two units");
_Static_assert(sizeof(struct ledger_thread) == LEDGER_LINE_BYTES, "a thread is one line");
_Static_assert(sizeof(struct ledger_timeline) == LEDGER_LINE_BYTES, "one line");
_Static_assert(sizeof(struct ledger_sample) == 56, "no padding");
_Static_assert(sizeof(struct ledger_level) == LEDGER_LINE_BYTES / 2, "half a line");
_Static_assert(sizeof(struct ledger_resident) == 4 * LEDGER_LINE_BYTES, "four lines");
_Static_assert(sizeof(struct ledger_header) <= LEDGER_HEADER_BYTES,
               "the header is one page");

#endif
