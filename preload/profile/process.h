/* SPDX-License-Identifier: MIT
 *
 * profile/process.h - what one ledger says, as plain arrays whose every index is valid.
 *
 * Shape    process -> sites -> leaf node -> parent node ... -> a special node
 *                       |                 `-> module (0: none)
 *                       `-> records, where the evidence of it is (profile/evidence.h)
 *          process -> mapped, objects: the same for mappings, and for objects within blocks
 *                  -> threads
 *          Nodes below NODE_FIRST are those of enum ledger_special_node. No parent chain has
 *          a cycle.
 * Units    Bytes, nanoseconds, events.
 * Owner    Caller owns the struct; it owns its arrays and strings.
 * Threads  Single owner.
 * Errors   As profile/ledger_file.h. Damage inside the file is counted in `damaged`, and what
 *          is damaged is left out or cut.
 * Cost     One pass over the used part of the file.
 * Source   none
 */
#ifndef TARE_PROFILE_PROCESS_H
#define TARE_PROFILE_PROCESS_H

#include "format/ledger.h"
#include "profile/ledger_file.h"

#include <stdbool.h>
#include <sys/types.h>

struct image;

enum { NODE_FIRST = 16 };

struct counts {
    uint64_t allocations, frees, bytes, temporary;
    uint64_t live_blocks, live_bytes, bytes_at_peak;
};

struct node {
    uint64_t ip;
    uint32_t parent;
    uint32_t module;  /* index; 0: none */
    bool exact;       /* ip is an instruction, not a return address */
    bool is_on_stack; /* it is one of the process's stack_nodes */
    uint8_t visit;    /* while cycles are looked for */
};

struct module {
    uint32_t id; /* in the ledger; they rise with the index */
    uint64_t start, end, bias;
    char *path;
    uint8_t build_id[LEDGER_BUILD_ID_BYTES];
    uint32_t build_id_bytes;
    struct image *image; /* set by profile/profile.h */
};

/* The first two are 0 until profile/site_id.h has set them: the id of those only that are to be
 * shown or compared. */
struct site {
    uint64_t id;
    uint64_t places; /* the same for the same stack in another process */
    uint32_t process;
    uint32_t leaf;
    uint32_t records; /* the first one's number; the others by next_record */
    uint32_t parts;   /* see profile/view.h */
    struct counts counts;
};

/* Named by the ledger itself; frames of one address stand together. */
struct named_frame {
    uint64_t address;
    uint32_t module, line;
    char *function, *file; /* NULL: not known */
};

struct thread {
    uint32_t slot, tid;
    uint64_t served;
    char name[LEDGER_NAME_BYTES + 1];
    struct counts counts;
};

/* What a record has of evidence for advice: ids in lines, 0: none. */
struct advice_ids {
    uint32_t advice, ends, held, held_at_end;
};

enum process_end {
    PROCESS_END_UNKNOWN, /* not through its exit handlers */
    PROCESS_END_EXIT,
    PROCESS_END_SIGNAL,
    PROCESS_END_EXEC,
    PROCESS_END_RUNNING,
};

struct process {
    char *file_path;
    struct ledger_file file;      /* what evidence needs of it */
    struct ledger_header *header; /* of the moment of reading */
    char *command;                /* arguments, one space between */
    char *program;                /* base name of the executable, never empty */

    enum process_end end;
    int status; /* exit status or signal number; -1: not known */
    struct counts counts;
    uint64_t peak_bytes, peak_at_ns, duration_ns; /* duration 0: not known */

    struct module *modules; /* 1 .. module_count - 1 */
    uint32_t module_count;
    struct named_frame *named_frames;
    uint32_t named_frame_count;
    struct node *nodes; /* NODE_FIRST .. node_count - 1, with unused ones (ip 0) */
    uint32_t node_count;
    uint32_t *stack_nodes; /* those of all sites' stacks, each behind its parent */
    uint32_t stack_node_count;
    struct site *sites; /* one a leaf */
    uint32_t site_count;
    struct site *mapped_sites; /* of class LEDGER_MAPPING */
    uint32_t mapped_site_count;
    struct counts mapped;
    struct site *object_sites; /* of class LEDGER_OBJECT */
    uint32_t object_site_count;
    struct counts objects;
    uint32_t *next_record; /* of the same site, by the record's number; 0: the last one */
    struct advice_ids *advice; /* by the record's number; NULL: ran without --advise */
    struct thread *threads;    /* by slot */
    uint32_t thread_count;
    const struct ledger_resident *resident; /* in the file; NULL: not looked at */
    uint64_t lost_trace;                    /* events that its trace has not */

    bool truncated;
    uint64_t damaged; /* objects of the file that made no sense */
};

/* The latter takes over what the file owns, in any case. */
int process_load(struct process *process, const char *path);
int process_from_ledger(struct process *process, struct ledger_file *file,
                        const char *path);
void process_fini(struct process *process);

void counts_add(struct counts *sum, const struct counts *more);

#endif
