/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/dump_advice.h"
#include "cli/output.h"
#include "profile/ledger_file.h"
#include "profile/timeline.h"
#include "report/json_writer.h"
#include "report/style.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

static const struct option_line lines[] = {{0}};

const struct option_table options_of_dump = {
    .verb = "dump",
    .usage =
        "tare dump FILE\n"
        "\n"
        "Shows the raw contents of a profile as text: header, extents, threads, modules, "
        "nodes,\n"
        "records, the account of resident memory and the timeline's samples, as "
        "docs/format.md\n"
        "describes them. Nothing is checked or resolved.\n",
    .lines = lines,
};

static struct styled output;

enum { UNITS_PER_EXTENT = LEDGER_EXTENT_BYTES / LEDGER_UNIT_BYTES };

static const char *const kind_names[] = {
    [LEDGER_FREE] = "free",         [LEDGER_RECORDS] = "records",
    [LEDGER_NODES] = "nodes",       [LEDGER_MODULES] = "modules",
    [LEDGER_STRINGS] = "strings",   [LEDGER_THREADS] = "threads",
    [LEDGER_EVIDENCE] = "evidence", [LEDGER_NAMES] = "names",
    [LEDGER_FRAMES] = "frames",     [LEDGER_TIMELINE] = "timeline",
    [LEDGER_ADVICE] = "advice",     [LEDGER_ENDS] = "ends",
    [LEDGER_HELD] = "held",         [LEDGER_LEVELS] = "levels",
    [LEDGER_RESIDENT] = "resident",
};

static void put_text(const char *name, const char *bytes, size_t count)
{
    char text[LEDGER_COMMAND_BYTES + 1];

    if (count > LEDGER_COMMAND_BYTES)
        count = LEDGER_COMMAND_BYTES;
    memcpy(text, bytes, count);
    text[count] = '\0';
    printf("%s ", name);
    style_text(&output, STYLE_PLAIN, text, 0);
    putchar('\n');
}

static void put_hex(const char *name, const uint8_t *bytes, size_t count)
{
    printf("%s ", name);
    for (size_t i = 0; i < count; i++)
        printf("%02x", bytes[i]);
    putchar('\n');
}

static void put_identity(const struct ledger_header *header)
{
    printf("version %" PRIu32 "\nheader_bytes %" PRIu32 "\n", header->version,
           header->header_bytes);
    printf("pid %" PRIu32 "\nparent_pid %" PRIu32 "\n", header->pid, header->parent_pid);
    printf("process_start %" PRIu64 "\n", header->process_start);
    put_hex("boot_id", header->boot_id, sizeof header->boot_id);
    printf("start_realtime_ns %" PRIu64 "\n", header->start_realtime_ns);
    printf("start_monotonic_ns %" PRIu64 "\n", header->start_monotonic_ns);
    printf("flags 0x%" PRIx32 "\nstack_depth %" PRIu32 "\n", header->flags,
           header->stack_depth);
    printf("allocator %" PRIu32 "\n", header->allocator);
    printf("extents %" PRIu32 "\nmax_extents %" PRIu32 "\n", header->extents,
           header->max_extents);
    printf("end %" PRIu32 "\nend_status 0x%" PRIx32 "\n", header->end, header->end_status);
    printf("end_monotonic_ns %" PRIu64 "\n", header->end_monotonic_ns);
    printf("cpu_ns %" PRIu64 "\n", header->cpu_ns);
    put_text("executable", header->executable,
             strnlen(header->executable, sizeof header->executable));
    printf("command_bytes %" PRIu32 "\n", header->command_bytes);
    for (uint32_t at = 0; at < header->command_bytes && at < LEDGER_COMMAND_BYTES; at++) {
        size_t count = strnlen(header->command + at, LEDGER_COMMAND_BYTES - at);

        put_text("argument", header->command + at, count);
        at += (uint32_t)count;
    }
}

static void put_counters(const struct ledger_header *header)
{
    printf("live_first %" PRId64 "\nlive_others %" PRId64 "\n", header->live_first,
           header->live_others);
    printf("peak_bytes %" PRIu64 "\npeak_monotonic_ns %" PRIu64 "\n", header->peak_bytes,
           header->peak_monotonic_ns);
    printf("epoch_first %" PRIu64 "\nepoch_others %" PRIu64 "\n", header->epoch_first,
           header->epoch_others);
    printf("lost_events %" PRIu64 "\nlost_stacks %" PRIu64 "\n", header->lost_events,
           header->lost_stacks);
    printf("untracked_frees %" PRIu64 "\ninherited_frees %" PRIu64 "\n",
           header->untracked_frees, header->inherited_frees);
    printf("lost_evidence %" PRIu64 "\n", header->lost_evidence);
    printf("checked_stacks %" PRIu64 "\nwrong_stacks %" PRIu64 "\n", header->checked_stacks,
           header->wrong_stacks);
    printf("lost_mappings %" PRIu32 "\nunrecorded_programs %" PRIu32 "\n",
           header->lost_mappings, header->unrecorded_programs);
    printf("lost_objects %" PRIu64 "\n", header->lost_objects);
    if (header->flags & LEDGER_ADVISED)
        dump_advice_header(header);
}

/* "NUMBER:COUNT" for each bucket that is not empty. */
static void put_buckets(const char *name, const uint32_t *counts, uint32_t buckets)
{
    printf(" %s", name);
    for (uint32_t i = 0; i < buckets; i++)
        if (counts[i])
            printf(" %" PRIu32 ":%" PRIu32, i, counts[i]);
}

/* What follows `next` is shown to a depth that no recorder reaches, but damage may. */
static void put_histograms(const struct ledger_file *file, uint32_t id)
{
    enum { MOST = 64 };
    int shown = 0;

    while (id && shown++ < MOST) {
        const struct ledger_histogram *at = ledger_file_histogram(file, id);

        printf("  histogram %" PRIu32, id);
        if (!at) {
            puts(" (damaged)");
            return;
        }
        printf(" next %" PRIu32 " common_bytes %" PRIu64 " common_weight %" PRIu32,
               at->next, at->common_bytes, at->common_weight);
        put_buckets("sizes", at->sizes, LEDGER_SIZE_BUCKETS);
        put_buckets("lives", at->lives, LEDGER_LIFE_BUCKETS);
        putchar('\n');
        id = at->next;
    }
}

static void put_growth(const struct ledger_file *file, uint32_t id)
{
    const struct ledger_growth *at = ledger_file_growth(file, id);

    if (!id)
        return;
    printf("  growth %" PRIu32, id);
    if (!at) {
        puts(" (damaged)");
        return;
    }
    printf(" calls %" PRIu64 " moves %" PRIu64 " copied_bytes %" PRIu64 " chains %" PRIu64,
           at->calls, at->moves, at->copied_bytes, at->chains);
    put_buckets("final_sizes", at->final_sizes, LEDGER_GROWTH_BUCKETS);
    putchar('\n');
}

static void put_record(const struct ledger_record *at, size_t number)
{
    printf("record %zu site %" PRIu32 " slot %u class %u allocations %" PRIu64
           " bytes %" PRIu64 " frees %" PRIu64 " freed_bytes %" PRIu64,
           number, at->site, at->slot, at->class, at->allocations, at->bytes, at->frees,
           at->freed_bytes);
    printf(" epoch %" PRIu64 " peak_bytes %" PRId64 " temporary %" PRIu64, at->epoch,
           at->peak_bytes, at->temporary);
    printf(" size_run %u run_bytes %" PRIu32 " life_run %u life_bucket %u rising %d",
           at->size_run, at->run_bytes, at->life_run, at->life_bucket & ~LEDGER_RISING,
           (at->life_bucket & LEDGER_RISING) != 0);
    printf(" most_bytes %" PRId64 " most_blocks %" PRId64 " least_bytes %" PRIu64
           " greatest_bytes %" PRIu64 " slack_bytes %" PRIu64 " remote_frees %" PRIu64 "\n",
           at->most_bytes, at->most_blocks, at->least_bytes, at->greatest_bytes,
           at->slack_bytes, at->remote_frees);
}

static void put_records(const struct ledger_file *file, uint32_t extent)
{
    const struct ledger_record *records = ledger_file_extent(file, extent);

    for (size_t i = 0; i < LEDGER_EXTENT_BYTES / sizeof *records; i++) {
        const struct ledger_record *at = &records[i];

        if (!at->site && !at->allocations && !at->frees)
            continue;
        put_record(at, extent * (LEDGER_EXTENT_BYTES / sizeof *records) + i);
        put_histograms(file, at->histogram);
        put_growth(file, at->growth);
    }
}

static void put_nodes(const struct ledger_node *nodes, uint32_t extent)
{
    for (uint32_t i = 0; i < UNITS_PER_EXTENT; i++)
        if (nodes[i].ip)
            printf("node %" PRIu32 " parent %" PRIu32 " module %" PRIu32 " ip 0x%" PRIx64
                   "%s\n",
                   extent * UNITS_PER_EXTENT + i, nodes[i].parent, nodes[i].module,
                   nodes[i].ip & ~LEDGER_IP_EXACT,
                   nodes[i].ip & LEDGER_IP_EXACT ? " exact" : "");
}

static void put_modules(const struct ledger_file *file, uint32_t extent)
{
    const struct ledger_module *modules = ledger_file_extent(file, extent);

    for (uint32_t i = 0; i < LEDGER_EXTENT_BYTES / sizeof *modules; i++) {
        const struct ledger_module *at = &modules[i];
        const char *path = ledger_file_string(file, at->path, at->path_bytes);
        size_t id_bytes = at->build_id_bytes;

        if (!at->end)
            continue;
        printf("module %zu start 0x%" PRIx64 " end 0x%" PRIx64 " bias 0x%" PRIx64 "\n",
               extent * UNITS_PER_EXTENT + i * (sizeof *at / LEDGER_UNIT_BYTES), at->start,
               at->end, at->bias);
        put_text("  path", path ? path : "(damaged)", path ? at->path_bytes : 9);
        put_hex("  build_id", at->build_id,
                id_bytes < sizeof at->build_id ? id_bytes : sizeof at->build_id);
    }
}

static void put_threads(const struct ledger_thread *threads)
{
    for (size_t i = 0; i < LEDGER_EXTENT_BYTES / sizeof *threads; i++) {
        if (!threads[i].served && !threads[i].tid && !threads[i].slot)
            continue;
        printf("thread slot %" PRIu32 " tid %" PRIu32 " served %" PRIu64, threads[i].slot,
               threads[i].tid, threads[i].served);
        put_text(" name", threads[i].name, strnlen(threads[i].name, LEDGER_NAME_BYTES));
    }
}

static void put_levels(const struct ledger_level *levels)
{
    for (size_t i = 0; i < LEDGER_EXTENT_BYTES / sizeof *levels; i++)
        if (levels[i].at_ns)
            printf("level at_ns %" PRIu64 " live_bytes %" PRId64 " minor_faults %" PRIu64
                   " major_faults %" PRIu64 "\n",
                   levels[i].at_ns, levels[i].live_bytes, levels[i].minor_faults,
                   levels[i].major_faults);
}

static void put_resident(const struct ledger_resident *at)
{
    printf("resident at_ns %" PRIu64 " rss_bytes %" PRIu64 " parts", at->at_ns,
           at->rss_bytes);
    for (int i = 0; i < RESIDENT_PARTS; i++)
        if (at->parts[i])
            printf(" %d:%" PRIu64, i, at->parts[i]);
    printf(" most_rss_bytes %" PRIu64 " peak_bytes %" PRIu64 " live_bytes %" PRId64
           " live_blocks %" PRId64 " slack_bytes %" PRId64 " mapped_bytes %" PRId64 "\n",
           at->most_rss_bytes, at->peak_bytes, at->live_bytes, at->live_blocks,
           at->slack_bytes, at->mapped_bytes);
}

static int put_timeline(const struct ledger_file *file)
{
    struct timeline timeline;
    int err = timeline_init(&timeline, file);

    for (uint32_t i = 0; !err && i < timeline.count; i++) {
        const struct ledger_sample *at = &timeline.samples[i];

        printf("sample at_ns %" PRIu64 " rss_bytes %" PRIu64 " pss_bytes %" PRIu64
               " minor_faults %" PRIu64 " major_faults %" PRIu64 " live_bytes %" PRId64
               " changes %" PRIu32 "\n",
               at->at_ns, at->rss_bytes, at->pss_bytes, at->minor_faults, at->major_faults,
               at->live_bytes, at->changes);
    }
    timeline_fini(&timeline);
    return err;
}

static void put_extent(const struct ledger_file *file, uint32_t extent)
{
    unsigned kind = ledger_file_kind(file, extent);
    const void *bytes = ledger_file_extent(file, extent);

    printf("extent %" PRIu32 " %s\n", extent,
           kind < sizeof kind_names / sizeof *kind_names && kind_names[kind]
               ? kind_names[kind]
               : "?");
    if (kind == LEDGER_RECORDS)
        put_records(file, extent);
    else if (kind == LEDGER_NODES)
        put_nodes(bytes, extent);
    else if (kind == LEDGER_MODULES)
        put_modules(file, extent);
    else if (kind == LEDGER_THREADS)
        put_threads(bytes);
    else if (kind == LEDGER_ADVICE || kind == LEDGER_ENDS || kind == LEDGER_HELD)
        dump_advice(file, extent);
    else if (kind == LEDGER_LEVELS)
        put_levels(bytes);
    else if (kind == LEDGER_RESIDENT)
        put_resident(bytes);
}

static int dump_file(const char *path)
{
    struct ledger_file file;
    int err = ledger_file_read(&file, path);

    if (err) {
        message(path, "cannot read: %s", ledger_file_error(err));
        return STATUS_UNREADABLE;
    }
    struct output stream;
    output_open(&stream, NULL);
    output.out = stream.file;
    put_identity(ledger_file_header(&file));
    put_counters(ledger_file_header(&file));
    for (uint32_t extent = LEDGER_FIRST_EXTENT; extent < file.extents; extent++)
        put_extent(&file, extent);
    if (put_timeline(&file))
        message(path, "not enough memory for the timeline");
    if (file.truncated)
        message(path, "incomplete: the header speaks of more extents than the file has");
    ledger_file_fini(&file);
    return output_close(&stream, 0);
}

int cmd_dump(int argc, char **argv)
{
    int letter = option_next(&options_of_dump, argc, argv);

    if (letter == OPTION_HELP)
        return STATUS_DONE;
    if (letter == OPTION_WRONG)
        return STATUS_USAGE;
    if (argc - optind != 1)
        return usage_error("dump", "needs one file");
    return dump_file(argv[optind]);
}
