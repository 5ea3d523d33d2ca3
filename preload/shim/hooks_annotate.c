/* SPDX-License-Identifier: MIT
 *
 * What include/tare/annotate.h and include/tare/section.h call where the recorder is loaded.
 */
#include <tare/annotate.h>
#include <tare/section.h>

#include "shim/object_events.h"
#include "shim/sections.h"

HOOK void tare_tracker_alloc(const void *object, size_t bytes)
{
    object_came((uintptr_t)object, bytes, CALL_FRAME());
    COMPILER_BARRIER(); /* no tail call: the frame is looked at */
}

HOOK void tare_tracker_free(const void *object)
{
    object_went((uintptr_t)object);
}

HOOK void tare_tracker_discard(const void *start, size_t bytes)
{
    objects_went((uintptr_t)start, bytes);
}

HOOK bool tare_tracker_section_begin(struct tare_section *section)
{
    return section_begin(section);
}

HOOK void tare_tracker_section_end(struct tare_section *section)
{
    section_end(section);
}

HOOK size_t tare_tracker_threads(struct tare_section_thread *threads, size_t room)
{
    return section_threads(threads, room);
}
