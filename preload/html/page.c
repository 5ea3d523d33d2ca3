/* SPDX-License-Identifier: MIT */
#include "html/page.h"

#include "html/page_data.h"
#include "html/page_meta.h"
#include "html/page_shell.h"
#include "html/page_static.h"
#include "report/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { SAMPLES_MOST = 512, SAMPLES_LEAST = 48, ATTEMPTS = 8, NODES_LEAST = 64 };

/* The data, ready to be written: what the first picture needs, and the rest. */
struct packed {
    uint8_t *bytes[PAGE_PARTS];
    size_t counts[PAGE_PARTS];
    struct page_layout layout;
};

static uint64_t base64_bytes(const struct packed *packed)
{
    uint64_t bytes = 0;

    for (int part = 0; part < PAGE_PARTS; part++)
        bytes += (packed->counts[part] + 2) / 3 * 4;
    return bytes;
}

static void put_base64(FILE *out, const uint8_t *from, size_t count)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[4096];
    size_t used = 0;

    for (size_t i = 0; i < count; i += 3) {
        uint32_t word = (uint32_t)from[i] << 16;

        if (i + 1 < count)
            word |= (uint32_t)from[i + 1] << 8;
        if (i + 2 < count)
            word |= from[i + 2];
        text[used++] = digits[word >> 18];
        text[used++] = digits[word >> 12 & 63];
        text[used++] = i + 1 < count ? digits[word >> 6 & 63] : '=';
        text[used++] = i + 2 < count ? digits[word & 63] : '=';
        if (used == sizeof text) {
            fwrite(text, 1, used, out);
            used = 0;
        }
    }
    fwrite(text, 1, used, out);
}

static void deflate_bytes(z_stream *stream, const void *bytes, size_t count)
{
    stream->next_in = (Bytef *)(uintptr_t)bytes;
    stream->avail_in = (uInt)count;
    if (count)
        deflate(stream, Z_NO_FLUSH);
}

/* [bytes of the JSON, 32 bits][JSON][columns]; only the first part has a JSON. */
static int deflate_part(struct packed *to, enum page_part_kind part, const char *json,
                        size_t json_bytes, const struct page_columns *columns)
{
    z_stream stream = {0};
    size_t all = sizeof(uint32_t) + json_bytes;
    uint32_t head = (uint32_t)json_bytes;

    for (uint32_t i = 0; i < columns->count; i++)
        all += columns->list[i].part == part ? columns->list[i].used : 0;
    free(to->bytes[part]);
    to->bytes[part] = NULL;
    if (deflateInit(&stream, 6) != Z_OK)
        return -ENOMEM;
    size_t room = deflateBound(&stream, all);
    to->bytes[part] = malloc(room);
    if (!to->bytes[part] || room > UINT32_MAX || all > UINT32_MAX) {
        deflateEnd(&stream);
        return -ENOMEM;
    }
    stream.next_out = to->bytes[part];
    stream.avail_out = (uInt)room;
    deflate_bytes(&stream, &head, sizeof head);
    deflate_bytes(&stream, json, json_bytes);
    for (uint32_t i = 0; i < columns->count; i++)
        if (columns->list[i].part == part)
            deflate_bytes(&stream, columns->list[i].bytes, columns->list[i].used);
    bool is_done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    to->counts[part] = stream.total_out;
    deflateEnd(&stream);
    return is_done ? 0 : -ENOMEM;
}

static int pack_columns(struct packed *to, struct page_meta *meta,
                        const struct page_columns *columns)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    if (!out)
        return -ENOMEM;
    struct json_writer json = {.out = out};
    meta->columns = columns;
    int err = page_meta_put(&json, meta);
    if (fclose(out) && !err)
        err = -ENOMEM;
    if (!err)
        err = deflate_part(to, PAGE_FIRST, text, bytes, columns);
    if (!err)
        err = deflate_part(to, PAGE_LATER, NULL, 0, columns);
    free(text);
    return err;
}

static int pack(struct packed *to, struct page_meta *meta, uint32_t nodes, uint32_t samples)
{
    struct page_columns columns = {0};

    page_layout_fini(&to->layout);
    int err = page_layout_init(&to->layout, meta->tree, nodes);
    meta->layout = &to->layout;
    if (!err)
        err = page_put_tree(&columns, meta->tree, &to->layout, &meta->first);
    if (!err)
        err = page_put_timeline(&columns, meta->tree, &to->layout,
                                meta->options->selection && meta->options->selection->count,
                                samples, &meta->samples);
    meta->levels = 0;
    if (!err && !meta->samples)
        err = page_put_levels(&columns, meta->tree, &meta->levels);
    if (!err)
        err = pack_columns(to, meta, &columns);
    page_columns_fini(&columns);
    return err;
}

/* Fewer nodes and samples, until the page is small enough. Small nodes have less than their part
 * of the bytes, so that more of them go than bytes are too many. */
static int pack_within(struct packed *to, struct page_meta *meta, uint64_t other_bytes)
{
    uint64_t most = meta->options->most_bytes;
    uint32_t samples = SAMPLES_MOST;
    int err = pack(to, meta, UINT32_MAX, samples);

    for (int i = 0; !err && i < ATTEMPTS; i++) {
        uint64_t bytes = base64_bytes(to);

        if (other_bytes + bytes <= most || to->layout.node_count <= NODES_LEAST)
            break;
        double part = most > other_bytes ? (double)(most - other_bytes) / (double)bytes : 0;
        uint32_t nodes = (uint32_t)(to->layout.node_count * part * part * 0.95);

        if (meta->samples < samples)
            samples = meta->samples;
        samples = (uint32_t)(samples * (part < 0.25  ? 0.5
                                        : part < 0.9 ? 0.5 + part / 2
                                                     : 1));
        if (samples < SAMPLES_LEAST)
            samples = SAMPLES_LEAST;
        err = pack(to, meta, nodes > NODES_LEAST ? nodes : NODES_LEAST, samples);
    }
    return err;
}

/* The shell up to the mark, and where it goes on behind. */
static const char *put_shell(FILE *out, const char *from, const char *mark)
{
    const char *at = strstr(from, mark);

    if (!at)
        return from;
    fwrite(from, 1, (size_t)(at - from), out);
    return at + strlen(mark);
}

static int write_all(FILE *out, struct profile *profile, const char *table, size_t bytes,
                     const struct packed *packed)
{
    const char *at = put_shell(out, page_shell, "@TITLE@");

    page_title(out, profile);
    at = put_shell(out, at, "@TABLE@");
    fwrite(table, 1, bytes, out);
    at = put_shell(out, at, "@DATA@");
    put_base64(out, packed->bytes[PAGE_FIRST], packed->counts[PAGE_FIRST]);
    at = put_shell(out, at, "@MORE@");
    put_base64(out, packed->bytes[PAGE_LATER], packed->counts[PAGE_LATER]);
    fputs(at, out);
    return stream_end(out);
}

static int make_table(struct profile *profile, char **text, size_t *bytes)
{
    FILE *out = open_memstream(text, bytes);
    int err = out ? page_table(out, profile) : -ENOMEM;

    if (out && fclose(out) && !err)
        err = -ENOMEM;
    return err;
}

int page_write(FILE *out, struct profile *profile, struct profile *base,
               const struct page_options *options, struct page_result *result)
{
    struct page_tree tree;
    struct packed packed = {0};
    char *table = NULL;
    size_t table_bytes = 0;
    struct page_meta meta = {
        .options = options, .profiles = {profile, base}, .tree = &tree};
    int err = page_tree_init(&tree);

    if (err)
        return err;
    err = page_tree_add(&tree, profile, PAGE_SHOWN);
    if (!err && base)
        err = page_tree_add(&tree, base, PAGE_BASE);
    if (!err)
        err = make_table(profile, &table, &table_bytes);
    size_t shell = (size_t)(page_shell_end - page_shell) + table_bytes;
    if (!err)
        err = pack_within(&packed, &meta, shell);
    if (!err) {
        result->bytes = shell + base64_bytes(&packed);
        result->folded_nodes = packed.layout.folded_nodes;
        err = write_all(out, profile, table, table_bytes, &packed);
    }
    free(table);
    free(packed.bytes[PAGE_FIRST]);
    free(packed.bytes[PAGE_LATER]);
    page_layout_fini(&packed.layout);
    page_tree_fini(&tree);
    return err;
}
