/* SPDX-License-Identifier: MIT
 *
 * replay/play.h - scripts played by processes of their own, one each time, on a given allocator.
 *
 * Shape    allocator's name -> library to preload; script, play -> tare-replay -> struct played
 * Units    As replay/script.h.
 * Owner    none
 * Threads  Single owner.
 * Errors   -ENOENT: tare-replay is not where this command's parts are. -ELIBACC: the allocator is not
 *          here. -ECHILD: the process failed; -ENOMEM: it would have needed more memory than there is. Others as system calls set them.
 * Cost     a process
 * Source   ld.so(8)
 */
#ifndef TARE_REPLAY_PLAY_H
#define TARE_REPLAY_PLAY_H

#include "replay/script.h"

struct allocator_choice {
    const char *name;
    const char *preload; /* NULL: nothing, it is libc's */
    const char *package; /* that has it; NULL: not known */
};

/* By its name, or with a slash or .so in it by its file. */
struct allocator_choice allocator_find(const char *name);

int play_script(struct played *played, const char *player, int script_fd,
                const struct allocator_choice *allocator, const struct play *play);

#endif
