/* SPDX-License-Identifier: MIT
 *
 * modules/codec_stream.h - what a writer's file ends with, for its reader to check.
 *
 * Shape    file: frames with CODEC_STREAMED, and one with CODEC_LAST whose content is this struct
 * Units    Bytes.
 * Owner    none
 * Threads  none
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_MODULES_CODEC_STREAM_H
#define TARE_MODULES_CODEC_STREAM_H

#include <stdint.h>

struct codec_stream_end {
    uint64_t content_bytes; /* of all frames before */
    uint64_t chain;         /* of their payloads' checksums, in their order */
};

#endif
