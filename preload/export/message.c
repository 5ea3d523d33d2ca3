/* SPDX-License-Identifier: MIT */
#include "export/message.h"

void message_varint(struct message *part, uint64_t value)
{
    while (value >= 0x80) {
        part->bytes[part->used++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    part->bytes[part->used++] = (uint8_t)value;
}

void message_field(struct message *part, unsigned field, uint64_t value)
{
    if (!value)
        return;
    message_varint(part, field << 3);
    message_varint(part, value);
}

void message_length(struct message *part, unsigned field, size_t bytes)
{
    message_varint(part, field << 3 | 2);
    message_varint(part, bytes);
}

void message_inner(struct message *part, unsigned field, const struct message *inner)
{
    message_length(part, field, inner->used);
    memcpy(part->bytes + part->used, inner->bytes, inner->used);
    part->used += inner->used;
}

void message_send(struct sink *sink, unsigned field, const struct message *message)
{
    struct message head;

    head.used = 0;
    message_length(&head, field, message->used);
    sink_bytes(sink, head.bytes, head.used);
    sink_bytes(sink, message->bytes, message->used);
}

void message_send_number(struct sink *sink, unsigned field, uint64_t value)
{
    struct message number;

    number.used = 0;
    message_field(&number, field, value);
    sink_bytes(sink, number.bytes, number.used);
}
