/* SPDX-License-Identifier: MIT */
#include "toolkit/buffer_pool_core.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/debug.h"
#include "base/observer.h"

enum {
    ALIGNMENT_MAX = 64 << 10,
    MAGAZINE_BYTES = 128 << 10, /* of a class's data in one of a thread's two magazines */
    MAGAZINE_BUFFERS_MAX = 64,
};

static size_t or_else(size_t value, size_t otherwise)
{
    return value ? value : otherwise;
}

static bool has_own_pages(const struct tare_buffer_pool_options *options)
{
    return options->is_left_out_of_dumps || options->is_blank_in_children;
}

/* Data that has pages of its own is not to be had for less than one. */
static int fill_options(struct tare_buffer_pool_options *options)
{
    bool own_pages = has_own_pages(options);
    size_t page_bytes = own_pages ? (size_t)sysconf(_SC_PAGESIZE) : 0;

    options->name = options->name ? options->name : "buffers";
    options->mem = options->mem ? options->mem : tare_mem_default();
    options->alignment = or_else(options->alignment, 16);
    options->least_bytes = or_else(options->least_bytes, TARE_BUFFER_ASIDE_BYTES);
    if (options->least_bytes < page_bytes)
        options->least_bytes = page_bytes;
    if (!options->most_bytes)
        options->most_bytes = options->least_bytes < TARE_BUFFER_MOST_BYTES
                                  ? TARE_BUFFER_MOST_BYTES
                                  : options->least_bytes;
    options->usual_bytes = or_else(options->usual_bytes, options->least_bytes);
    options->aside_bytes =
        or_else(options->aside_bytes, own_pages ? 1 : TARE_BUFFER_ASIDE_BYTES);
    options->keep_bytes = or_else(options->keep_bytes, TARE_BUFFER_KEEP_BYTES);
    bool is_possible = !(options->alignment & (options->alignment - 1)) &&
                       options->alignment <= (own_pages ? page_bytes : ALIGNMENT_MAX) &&
                       options->least_bytes >= TARE_BUFFER_CLASS_BYTES_MIN &&
                       options->most_bytes >= options->least_bytes &&
                       options->most_bytes <= TARE_BUFFER_CLASS_BYTES_MAX;
    return is_possible ? 0 : -EINVAL;
}

static void class_init(struct tare__buffer_class *class, struct tare__buffer_core *core,
                       size_t bytes)
{
    size_t magazine = bytes ? MAGAZINE_BYTES / bytes : 1;

    if (magazine > MAGAZINE_BUFFERS_MAX)
        magazine = MAGAZINE_BUFFERS_MAX;
    class->core = core;
    class->bytes = bytes;
    class->is_observed = tare__is_checked_by_tool() || tare__is_tracked();
    class->is_careful = core->options.is_secure || class->is_observed;
    class->options = (struct tare_pool_options){
        .object_bytes = sizeof(struct tare__buffer_node),
        .alignment = _Alignof(struct tare__buffer_node),
        .name = core->name,
        .mem = core->mem,
        .construct = tare__buffer_node_construct,
        .destruct = tare__buffer_node_destruct,
        .context = class,
        .magazine_objects = or_else(magazine, 1),
        .is_hidden = true, /* data is what there is to be seen */
    };
    class->pool.options = &class->options;
}

static size_t core_bytes(unsigned class_count)
{
    return sizeof(struct tare__buffer_core) +
           class_count * sizeof(struct tare__buffer_class);
}

static void core_free(struct tare__buffer_core *core)
{
    tare_mem_free(core->mem, core, core_bytes(core->class_count),
                  _Alignof(struct tare__buffer_core));
}

static void classes_init(struct tare__buffer_core *core)
{
    class_init(&core->aside, core, 0);
    class_init(&core->classes[0], core, core->options.least_bytes);
    for (unsigned i = 1; i < core->class_count; i++)
        class_init(&core->classes[i], core,
                   i + 1 == core->class_count
                       ? core->options.most_bytes
                       : tare__buffer_step_bytes(core->least_step + i));
}

/* Class 0 is least_bytes, whatever that is; the series goes on behind it, up to most_bytes. */
static struct tare__buffer_core *core_new(const struct tare_buffer_pool_options *options,
                                          int *err)
{
    struct tare__buffer_core shape = {.options = *options}, *core;
    struct tare_buffer_pool_options *filled = &shape.options;
    bool has_mem = options->mem;

    *err = fill_options(filled);
    if (*err)
        return NULL;
    shape.least_step = tare__buffer_step(filled->least_bytes);
    if (tare__buffer_step_bytes(shape.least_step) > filled->least_bytes)
        shape.least_step--;
    shape.class_count = 1;
    if (filled->most_bytes > filled->least_bytes)
        shape.class_count += tare__buffer_step(filled->most_bytes) - shape.least_step;
    shape.mem = filled->mem;
    shape.data_mem = tare__buffer_data_mem(filled, shape.mem);
    shape.asks_malloc =
        !has_mem && !has_own_pages(filled) && filled->alignment <= _Alignof(max_align_t);
    core = tare_mem_alloc(shape.mem, core_bytes(shape.class_count),
                          _Alignof(struct tare__buffer_core));
    if (!core) {
        *err = -ENOMEM;
        return NULL;
    }
    memset(core, 0, core_bytes(shape.class_count));
    *core = shape;
    strncpy(core->name, filled->name, sizeof core->name - 1);
    classes_init(core);
    tare__buffer_lists_prepare();
    return core;
}

int tare_buffer_pool_init(struct tare_buffer_pool *pool,
                          const struct tare_buffer_pool_options *options)
{
    int err;
    struct tare__buffer_core *core = core_new(options, &err);

    if (!core)
        return err;
    *pool = (struct tare_buffer_pool){.core = core};
    return 0;
}

/* Maybe in several threads at a time. */
struct tare__buffer_core *tare__buffer_begin(struct tare_buffer_pool *pool)
{
    int err = 0;
    struct tare__buffer_core *core = pool->options ? core_new(pool->options, &err) : NULL,
                             *first = NULL;

    if (!core || __atomic_compare_exchange_n(&pool->core, &first, core, false,
                                             __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return core;
    core_free(core);
    return first;
}

size_t tare_buffer_pool_fini(struct tare_buffer_pool *pool)
{
    struct tare__buffer_core *core = pool->core;

    if (!core)
        return 0;
    TARE_AUDIT(tare__buffer_pool_valid(pool));
    size_t lost = 0;
    for (unsigned i = 0; i < core->class_count; i++) {
        lost += tare__buffer_drop_all(&core->classes[i]);
        tare_pool_fini(&core->classes[i].pool);
    }
    core_free(core);
    *pool = (struct tare_buffer_pool){.options = pool->options};
    return lost;
}
