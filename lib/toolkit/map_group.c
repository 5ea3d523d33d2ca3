/* SPDX-License-Identifier: MIT
 *
 * The table of tare/map_group_sse2.h. It is there on all targets: the library is the same.
 */
#include <stdint.h>

#include <tare/api.h>

struct tare__map_wanted {
    uint32_t tags, passed;
};

extern TARE_API const struct tare__map_wanted tare__map_wanted[256];

#define BYTE(byte)                                              \
    {                                                           \
        ((byte) + !(byte)) * 0x01010101u, 15u << (byte) % 4 * 4 \
    }
#define BYTES4(byte) BYTE(byte), BYTE(byte + 1), BYTE(byte + 2), BYTE(byte + 3)
#define BYTES16(byte) BYTES4(byte), BYTES4(byte + 4), BYTES4(byte + 8), BYTES4(byte + 12)
#define BYTES64(byte) \
    BYTES16(byte), BYTES16(byte + 16), BYTES16(byte + 32), BYTES16(byte + 48)

const struct tare__map_wanted tare__map_wanted[256] = {
    BYTES64(0),
    BYTES64(64),
    BYTES64(128),
    BYTES64(192),
};
