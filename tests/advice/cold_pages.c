/* SPDX-License-Identifier: MIT
 *
 * Pages that are loaded and then lie about while the program does something else: codec, in
 * load_page.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PAGES = 400, PAGE_BYTES = 16384, WORK = 30000000 };

static void *pages[PAGES];
static unsigned page_bytes[PAGES];

static void write_page(char *page, unsigned number)
{
    unsigned used = 0;

    while (used + 64 < PAGE_BYTES)
        used += (unsigned)snprintf(page + used, PAGE_BYTES - used,
                                   "page %u, line %u: nothing new here.\n", number, used);
    memset(page + used, '\n', PAGE_BYTES - used);
}

static __attribute__((noinline)) void load_page(unsigned number)
{
    char *page = malloc(PAGE_BYTES);

    if (!page)
        exit(1);
    write_page(page, number);
    pages[number] = page;
    page_bytes[number] = PAGE_BYTES;
}

#ifdef REMEDIED
static z_stream packer;

static void pack(unsigned number)
{
    static unsigned char packed[2 * PAGE_BYTES];

    packer.next_in = pages[number];
    packer.avail_in = PAGE_BYTES;
    packer.next_out = packed;
    packer.avail_out = sizeof packed;
    if (deflate(&packer, Z_FINISH) != Z_STREAM_END)
        exit(1);
    page_bytes[number] = (unsigned)packer.total_out;
    free(pages[number]);
    pages[number] = malloc(page_bytes[number]);
    if (!pages[number])
        exit(1);
    memcpy(pages[number], packed, page_bytes[number]);
    deflateReset(&packer);
}

static void begin(void)
{
    if (deflateInit(&packer, 1) != Z_OK)
        exit(1);
}

static void end(void)
{
    deflateEnd(&packer);
}
#else
static void pack(unsigned number)
{
    (void)number;
}

static void begin(void)
{
}

static void end(void)
{
}
#endif

int main(void)
{
    volatile unsigned sum = 0;

    begin();
    for (unsigned i = 0; i < PAGES; i++) {
        load_page(i);
        pack(i);
    }
    end();
    for (unsigned i = 0; i < WORK; i++)
        sum += i;
    return sum == 0 || page_bytes[PAGES - 1] == 0;
}
