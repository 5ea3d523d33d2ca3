/* SPDX-License-Identifier: MIT
 *
 * export/message.h - messages of protocol buffers, as they are written.
 *
 * Shape    message -> fields: numbers, and bytes or messages with their length
 * Units    Bytes; fields by their number.
 * Owner    The caller owns the struct, whose `used` is 0 at first.
 * Threads  Single owner.
 * Errors   none: what is put into one message is at most MESSAGE_BYTES, which the caller knows.
 * Cost     One copy for each level.
 * Source   protobuf.dev, "Encoding"
 */
#ifndef TARE_EXPORT_MESSAGE_H
#define TARE_EXPORT_MESSAGE_H

#include "export/sink.h"

enum { MESSAGE_BYTES = 8192 };

struct message {
    size_t used;
    uint8_t bytes[MESSAGE_BYTES];
};

void message_varint(struct message *message, uint64_t value);

/* What is 0 is not written: that is what a reader takes it for. */
void message_field(struct message *message, unsigned field, uint64_t value);

/* What stands before that many bytes. */
void message_length(struct message *message, unsigned field, size_t bytes);
void message_inner(struct message *message, unsigned field, const struct message *inner);

/* As a field of the outermost message. */
void message_send(struct sink *sink, unsigned field, const struct message *message);
void message_send_number(struct sink *sink, unsigned field, uint64_t value);

#endif
