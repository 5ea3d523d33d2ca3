/* SPDX-License-Identifier: MIT */
#include "shim/eh_frame.h"

#include <stddef.h>
#include <string.h>

enum {
    PE_ULEB = 1,
    PE_UDATA2 = 2,
    PE_UDATA4 = 3,
    PE_SLEB = 9,
    PE_SDATA2 = 10,
    PE_SDATA4 = 11,
    PE_FORM = 0x0f,
    PE_PCREL = 0x10,
    PE_ALIGNED = 0x50,
    PE_BASE = 0x70,
    PE_DATAREL_SDATA4 = 0x3b,
    PE_INDIRECT = 0x80,
    PE_OMIT = 0xff,
};

/* Seven bits a byte, the lowest first; how many there were, and whether the highest is set. */
struct leb {
    uint64_t value;
    unsigned bits;
    bool is_negative;
};

static struct leb read_leb(const uint8_t **at)
{
    struct leb leb = {0};
    uint8_t byte;

    do {
        byte = *(*at)++;
        if (leb.bits < 64)
            leb.value |= (uint64_t)(byte & 0x7f) << leb.bits;
        leb.bits += 7;
    } while (byte & 0x80);
    leb.is_negative = byte & 0x40;
    return leb;
}

uint64_t read_uleb(const uint8_t **at)
{
    return read_leb(at).value;
}

int64_t read_sleb(const uint8_t **at)
{
    struct leb leb = read_leb(at);

    if (leb.bits < 64 && leb.is_negative)
        leb.value |= ~(uint64_t)0 << leb.bits;
    return (int64_t)leb.value;
}

uint64_t read_fixed(const uint8_t **at, unsigned bytes)
{
    uint64_t value = 0;

    memcpy(&value, *at, bytes); /* little-endian, as is every target of this file */
    *at += bytes;
    return value;
}

uint64_t read_encoded(const uint8_t **at, uint8_t encoding)
{
    const uint8_t *base = *at;
    uint64_t value;

    switch (encoding & PE_FORM) {
    case PE_ULEB:
        value = read_uleb(at);
        break;
    case PE_SLEB:
        value = (uint64_t)read_sleb(at);
        break;
    case PE_UDATA2:
        value = read_fixed(at, 2);
        break;
    case PE_SDATA2:
        value = (uint64_t)(int64_t)(int16_t)read_fixed(at, 2);
        break;
    case PE_UDATA4:
        value = read_fixed(at, 4);
        break;
    case PE_SDATA4:
        value = (uint64_t)(int64_t)(int32_t)read_fixed(at, 4);
        break;
    default: /* absolute, and the 8-byte forms */
        value = read_fixed(at, 8);
        break;
    }
    if (value && (encoding & PE_BASE) == PE_PCREL)
        value += (uint64_t)base;
    return value;
}

/* Augmentation letters that say how long fields are; false for one that is not known. */
static bool parse_augmentation(struct cie *cie, const char *letters, const uint8_t *at)
{
    for (; *letters; letters++) {
        uint8_t encoding;

        switch (*letters) {
        case 'R':
            cie->pointer_encoding = *at++;
            break;
        case 'L':
            at++;
            break;
        case 'P':
            encoding = *at++;
            if (encoding == PE_OMIT)
                break;
            if ((encoding & PE_BASE) == PE_ALIGNED)
                return false;
            read_encoded(&at, encoding & (uint8_t)~PE_INDIRECT);
            break;
        case 'S':
        case 'B':
            break;
        default:
            return false;
        }
    }
    return true;
}

static bool parse_cie(struct cie *cie, const uint8_t *at)
{
    uint32_t bytes = (uint32_t)read_fixed(&at, 4);
    const uint8_t *end = at + bytes;

    if (bytes == 0 || bytes == 0xffffffff)
        return false;
    at += 4; /* the id, 0 */
    uint8_t version = *at++;
    const char *letters = (const char *)at;
    at += strlen(letters) + 1;

    *cie = (struct cie){.code_end = end};
    cie->code_align = read_uleb(&at);
    cie->data_align = read_sleb(&at);
    if (version == 1)
        at++;
    else
        read_uleb(&at); /* the return address's register: 16 */
    cie->code = at;
    if (!*letters)
        return true;
    if (*letters != 'z')
        return false;
    cie->has_augmentation = true;
    uint64_t augmentation_bytes = read_uleb(&at);
    cie->code = at + augmentation_bytes;
    return parse_augmentation(cie, letters + 1, at);
}

/* The frame description for `pc` by the sorted table of .eh_frame_hdr; NULL if none. */
static const uint8_t *find_fde(const uint8_t *header, uint64_t pc)
{
    const uint8_t *at = header + 4;

    if (header[0] != 1 || header[3] != PE_DATAREL_SDATA4 ||
        (header[2] & PE_FORM) != PE_UDATA4)
        return NULL;
    read_encoded(&at, header[1]);
    uint32_t low = 0, high = (uint32_t)read_fixed(&at, 4);
    int64_t offset = (int64_t)(pc - (uint64_t)header);
    int32_t entry[2]; /* start of the code and its description, both from the header */

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        memcpy(entry, at + (size_t)middle * sizeof entry, sizeof entry);
        if (entry[0] <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    memcpy(entry, at + (size_t)(low - 1) * sizeof entry, sizeof entry);
    return header + entry[1];
}

enum eh_frame_result eh_frame_find(struct fde *fde, const uint8_t *eh_frame_hdr,
                                   uint64_t pc)
{
    const uint8_t *at = eh_frame_hdr ? find_fde(eh_frame_hdr, pc) : NULL;

    if (!at)
        return EH_FRAME_NONE;
    uint32_t bytes = (uint32_t)read_fixed(&at, 4);
    const uint8_t *id = at;
    uint32_t cie_distance = (uint32_t)read_fixed(&at, 4);
    if (bytes == 0xffffffff || !parse_cie(&fde->cie, id - cie_distance))
        return EH_FRAME_UNKNOWN;
    fde->start = read_encoded(&at, fde->cie.pointer_encoding);
    if (pc - fde->start >= read_encoded(&at, fde->cie.pointer_encoding & PE_FORM))
        return EH_FRAME_NONE;
    if (fde->cie.has_augmentation) {
        uint64_t augmentation_bytes = read_uleb(&at);
        at += augmentation_bytes;
    }
    fde->code = at;
    fde->code_end = id + bytes;
    return EH_FRAME_FOUND;
}
