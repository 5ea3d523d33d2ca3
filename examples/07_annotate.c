/* SPDX-License-Identifier: MIT
 *
 * An allocator of one's own that tells the tracker of what it hands out: cells of one size, cut from
 * a piece of static memory, of which malloc knows nothing. This program needs no library. With the
 * tracker its report has each cell at the function that took it, and among them the three that
 * nobody gives back:
 *
 *     build/release/tare run build/release/examples/07_annotate
 */
#include <stdio.h>
#include <string.h>

#include <tare/annotate.h>

enum { CELL_BYTES = 64, CELLS = 256, NAMES = 100, FORGOTTEN = 3 };

static struct {
    _Alignas(16) char memory[CELLS * CELL_BYTES];
    char *free_list; /* a free cell begins with the address of the next */
    size_t carved, used;
} cells;

static void *cell_alloc(size_t bytes)
{
    char *cell = cells.free_list;

    if (bytes > CELL_BYTES || (!cell && cells.carved == CELLS))
        return NULL;
    if (cell)
        memcpy(&cells.free_list, cell, sizeof cells.free_list);
    else
        cell = cells.memory + cells.carved++ * CELL_BYTES;
    cells.used++;
    tare_annotate_alloc(cell, bytes); /* what was asked for, at the caller's stack */
    return cell;
}

static void cell_free(void *cell)
{
    tare_annotate_free(cell);
    memcpy(cell, &cells.free_list, sizeof cells.free_list);
    cells.free_list = cell;
    cells.used--;
}

/* All of them at once. */
static void cells_reset(void)
{
    tare_annotate_discard(cells.memory, sizeof cells.memory);
    cells.free_list = NULL;
    cells.carved = cells.used = 0;
}

static char *name_of(int number)
{
    char *name = cell_alloc(24);

    if (name)
        snprintf(name, 24, "name %d", number);
    return name;
}

static int names_are_made_and_given_back(void)
{
    char *names[NAMES];

    for (int i = 0; i < NAMES; i++)
        if (!(names[i] = name_of(i)))
            return 0;
    for (int i = 0; i < NAMES; i++)
        cell_free(names[i]);
    return cells.used == 0 && cells.carved == NAMES;
}

static int cells_run_out_and_are_reset(void)
{
    int count = 0;

    while (cell_alloc(CELL_BYTES))
        count++;
    cells_reset();
    return count == CELLS && cells.used == 0;
}

static int some_are_forgotten(void)
{
    for (int i = 0; i < FORGOTTEN; i++)
        if (!cell_alloc(40))
            return 0;
    return cells.used == FORGOTTEN;
}

int main(void)
{
    int good = names_are_made_and_given_back() && cells_run_out_and_are_reset() &&
               some_are_forgotten();

    printf("%zu cells of %d bytes are in use at the end\n", cells.used, CELL_BYTES);
    printf("%s\n", tare_annotate_is_on() ? "the tracker was told of each"
                                         : "nobody asked for them: there is no tracker");
    return !good;
}
