/* SPDX-License-Identifier: MIT */
#include "export/places.h"

#include "export/clean_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const fact_names[PLACE_FIRST] = {
    [LEDGER_OUTERMOST] = "[outermost]",
    [LEDGER_CUT_DEPTH] = "[stack recorded to its depth only]",
    [LEDGER_CUT_CODE] = "[code without unwind data]",
    [LEDGER_NO_STACK] = "[no stack]",
    [LEDGER_ALL_SITES] = "[all sites]",
    [PLACE_GENERATED] = "[generated code]",
    [PLACE_OTHER] = "[other]",
    [PLACE_OUTER] = "[outer frames left out]",
};

/* Room for one more in an array; a failure is kept. */
static bool has_room(struct places *places, void *array, uint32_t count, uint32_t *room,
                     size_t bytes)
{
    void **list = array;

    if (count < *room)
        return true;
    uint32_t wanted = *room ? 2 * *room : 64;
    void *more = realloc(*list, wanted * bytes);
    if (!more) {
        places->error = -ENOMEM;
        return false;
    }
    *list = more;
    *room = wanted;
    return true;
}

/* The entry of these bytes, made if it is new; NULL without memory. */
static struct place_texts_entry *entry_of(struct places *places, struct place_texts *table,
                                          const char *bytes, size_t count, uint32_t index)
{
    bool is_new;
    struct place_texts_entry *entry =
        place_texts_find_or_insert(table, (struct tare_text){bytes, count}, &is_new);

    if (!entry)
        places->error = -ENOMEM;
    else if (is_new)
        entry->value = index;
    return entry;
}

static uint32_t meet_image(struct places *places, const struct module *module)
{
    uintptr_t image = (uintptr_t)module->image;
    uint32_t index = places->mapping_count;

    if (!has_room(places, &places->mappings, index, &places->mapping_room,
                  sizeof *places->mappings))
        return 0;
    int err = place_images_insert(&places->images, image, index);
    if (err == -EEXIST)
        return place_images_find(&places->images, image)->value;
    if (err) {
        places->error = err;
        return 0;
    }
    places->mappings[index] = (struct place_mapping){
        .image = module->image, .module = module, .path = clean_copy(module->path)};
    if (!places->mappings[index].path)
        places->error = -ENOMEM;
    places->mapping_count++;
    return index;
}

static uint32_t meet_file(struct places *places, const char *file)
{
    uint32_t index = places->file_count;
    char *text = clean_copy(file);
    const struct place_texts_entry *entry =
        text ? entry_of(places, &places->file_texts, text, strlen(text), index) : NULL;

    free(text);
    if (!entry || !has_room(places, &places->files, index, &places->file_room,
                            sizeof *places->files)) {
        places->error = -ENOMEM;
        return 0;
    }
    if (entry->value == index)
        places->files[places->file_count++] = entry->key.start;
    return entry->value;
}

static uint32_t meet_mapping(struct places *places, uint32_t process, uint32_t module)
{
    uint32_t *known = &places->of_modules[process][module];

    if (!*known)
        *known = meet_image(places, &places->profile->processes[process].modules[module]);
    return *known;
}

/* Name, file and mapping: what tells functions apart. */
static char *function_key(const char *name, uint32_t file, uint32_t mapping, size_t *bytes)
{
    const uint32_t numbers[] = {file, mapping};
    char *key = malloc(CLEAN_TEXT_BYTES(strlen(name)) + sizeof numbers);

    if (!key)
        return NULL;
    *bytes = clean_text(key, name) + 1;
    memcpy(key + *bytes, numbers, sizeof numbers);
    *bytes += sizeof numbers;
    return key;
}

static uint32_t meet_function(struct places *places, const char *name,
                              const struct frame *frame, uint32_t mapping)
{
    uint32_t file = frame && frame->file ? meet_file(places, frame->file) : 0;
    uint32_t index = places->function_count;
    size_t bytes;
    char *text = function_key(name, file, mapping, &bytes);
    const struct place_texts_entry *entry =
        text ? entry_of(places, &places->function_texts, text, bytes, index) : NULL;

    free(text);
    if (!entry || !has_room(places, &places->functions, index, &places->function_room,
                            sizeof *places->functions)) {
        places->error = -ENOMEM;
        return 0;
    }
    if (entry->value != index)
        return entry->value;
    places->functions[index] = (struct place_function){
        .name = entry->key.start,
        .file = file,
        .mapping = mapping,
    };
    places->function_count++;
    return index;
}

static void add_frame(struct places *places, struct place *place, const char *name,
                      const struct frame *frame)
{
    uint32_t function = meet_function(places, name, frame, place->mapping);

    if (!has_room(places, &places->frames, places->frame_count, &places->frame_room,
                  sizeof *places->frames))
        return;
    places->frames[places->frame_count++] =
        (struct place_frame){function, frame ? frame->line : 0};
    place->frame_count++;
}

/* What the symbol table calls the function that holds the place. */
static void add_symbol(struct places *places, const struct place *place, const char *symbol)
{
    if (!place->frame_count || !symbol)
        return;
    const struct place_frame *last =
        &places->frames[place->first_frame + place->frame_count - 1];
    struct place_function *function = &places->functions[last->function];
    if (!function->symbol && !(function->symbol = clean_copy(symbol)))
        places->error = -ENOMEM;
}

static void add_frames(struct places *places, struct place *place,
                       const struct process *process, const struct node *node)
{
    const struct module *module = &process->modules[node->module];
    const struct frames *frames = symbols_frames(&places->profile->symbols, process, node);
    char unknown[512];

    if (!frames) {
        places->error = -ENOMEM;
        return;
    }
    snprintf(unknown, sizeof unknown, "%.480s+0x%" PRIx64, image_name(module->image),
             symbols_shown_address(node, module));
    for (uint32_t i = 0; i < frames->count; i++) {
        const struct frame *frame = &frames->list[i];

        add_frame(places, place, frame->function ? frame->function : unknown, frame);
        places->mappings[place->mapping].has_functions |= frame->function != NULL;
    }
    add_symbol(places, place,
               image_symbol(module->image, symbols_lookup_address(node, module)));
}

static uint32_t add_place(struct places *places, struct place *place,
                          const struct process *process, const struct node *node)
{
    uint32_t index = places->count;

    if (!has_room(places, &places->list, index, &places->room, sizeof *places->list))
        return 0;
    place->first_frame = places->frame_count;
    add_frames(places, place, process, node);
    places->list[places->count++] = *place;
    return index;
}

static uint32_t meet(struct places *places, uint32_t number, const struct node *node)
{
    const struct process *process = &places->profile->processes[number];
    struct place place = {.exact = node->exact};
    bool is_new;

    if (!node->module)
        return PLACE_GENERATED;
    place.mapping = meet_mapping(places, number, node->module);
    if (places->error)
        return 0;
    place.address = symbols_shown_address(node, &process->modules[node->module]) +
                    places->mappings[place.mapping].module->bias;
    struct place_spots_entry *entry = place_spots_find_or_insert(
        &places->spots,
        (struct place_spot){place.address, (uint64_t)place.mapping << 1 | place.exact},
        &is_new);
    if (!entry) {
        places->error = -ENOMEM;
        return 0;
    }
    if (is_new)
        entry->value = add_place(places, &place, process, node);
    return entry->value;
}

uint32_t places_meet(struct places *places, uint32_t process, uint32_t node)
{
    const struct process *of = &places->profile->processes[process];
    uint32_t place = places->error ? 0 : meet(places, process, &of->nodes[node]);

    if (places->error)
        return 0;
    places->of_nodes[process][node] = place;
    return place;
}

static void add_facts(struct places *places)
{
    for (uint32_t i = 0; i < PLACE_FIRST; i++) {
        struct place fact = {.first_frame = places->frame_count};

        if (!has_room(places, &places->list, i, &places->room, sizeof *places->list))
            return;
        add_frame(places, &fact, fact_names[i] ? fact_names[i] : fact_names[0], NULL);
        places->list[places->count++] = fact;
    }
}

/* Some readers take the first mapping for the program. */
static void meet_program(struct places *places)
{
    const struct process *process = places->profile->processes;

    if (places->error || !places->profile->process_count)
        return;
    for (uint32_t i = 1; i < process->module_count; i++)
        if (!strcmp(process->modules[i].path, process->header->executable))
            meet_mapping(places, 0, i);
}

void places_init(struct places *places, struct profile *profile)
{
    struct tare_mem *mem = tare_mem_libc();

    *places = (struct places){
        .profile = profile,
        .mapping_count = 1,
        .spots.map.mem = mem,
        .function_texts.map.mem = mem,
        .file_texts.map.mem = mem,
        .images.map.mem = mem,
    };
    places->of_nodes = calloc(profile->process_count + 1, sizeof *places->of_nodes);
    places->of_modules = calloc(profile->process_count + 1, sizeof *places->of_modules);
    if (!places->of_nodes || !places->of_modules) {
        places->error = -ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < profile->process_count; i++) {
        places->of_nodes[i] =
            calloc(profile->processes[i].node_count, sizeof **places->of_nodes);
        places->of_modules[i] =
            calloc(profile->processes[i].module_count, sizeof **places->of_modules);
        if (!places->of_nodes[i] || !places->of_modules[i])
            places->error = -ENOMEM;
    }
    meet_file(places, "");
    add_facts(places);
    meet_program(places);
}

void places_fini(struct places *places)
{
    for (uint32_t i = 0; places->of_nodes && i < places->profile->process_count; i++)
        free(places->of_nodes[i]);
    for (uint32_t i = 0; places->of_modules && i < places->profile->process_count; i++)
        free(places->of_modules[i]);
    free(places->of_nodes);
    free(places->of_modules);
    for (uint32_t i = 0; i < places->function_count; i++)
        free(places->functions[i].symbol);
    for (uint32_t i = 1; i < places->mapping_count; i++)
        free(places->mappings[i].path);
    place_spots_fini(&places->spots);
    place_texts_fini(&places->function_texts);
    place_texts_fini(&places->file_texts);
    place_images_fini(&places->images);
    free(places->list);
    free(places->frames);
    free(places->functions);
    free(places->files);
    free(places->mappings);
    *places = (struct places){0};
}
