/* SPDX-License-Identifier: MIT */
#include "profile/match.h"

#include <string.h>

bool match_text(const char *pattern, const char *text)
{
    const char *at = pattern + (*pattern == '^');
    const char *end = at + strlen(at);
    bool to_the_end = end > at && end[-1] == '$';
    /* Where to try again, one byte further on in the text: behind the latest '*'. */
    const char *again = at == pattern ? at : NULL;
    const char *tried = text;

    end -= to_the_end;
    for (;;) {
        if (at == end && (!to_the_end || !*text))
            return true;
        if (at < end && *at == '*') {
            again = ++at;
            tried = text;
        } else if (at < end && *at == *text) {
            at++;
            text++;
        } else if (again && *tried) {
            at = again;
            text = ++tried;
        } else {
            return false;
        }
    }
}

bool match_node(const char *pattern, struct symbols *symbols, const struct process *process,
                const struct node *node)
{
    const struct module *module = &process->modules[node->module];

    if (!node->module)
        return match_text(pattern, "[generated code]");
    if (match_text(pattern, module->path))
        return true;
    const struct frames *frames = symbols_frames(symbols, process, node);
    for (uint32_t i = 0; frames && i < frames->count; i++) {
        const struct frame *frame = &frames->list[i];

        if ((frame->function && match_text(pattern, frame->function)) ||
            (frame->file && match_text(pattern, frame->file)))
            return true;
    }
    const char *name = symbols_name(symbols, process, node);
    return name && match_text(pattern, name);
}

bool match_is_runtime(const char *path)
{
    static const char *const begins[] = {
        "libc.so.",       "libc-2.",         "libstdc++.so.", "libc++.so.",
        "libc++abi.so.",  "libgcc_s.so.",    "ld-linux",      "libm.so.",
        "libpthread.so.", "libmimalloc.so.", "libtare"};
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (!strncmp(name, begins[i], strlen(begins[i])))
            return true;
    return false;
}

uint32_t match_owner(const struct process *process, uint32_t leaf)
{
    uint32_t at = leaf;

    while (at >= NODE_FIRST) {
        const struct node *node = &process->nodes[at];

        if (!node->module || !match_is_runtime(process->modules[node->module].path))
            return at;
        at = node->parent;
    }
    return leaf;
}
