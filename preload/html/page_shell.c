/* SPDX-License-Identifier: MIT */
#include "html/page_shell.h"

/* A byte of zero follows, so that it is a string. */
__asm__(".pushsection .rodata\n"
        ".global page_shell, page_shell_end\n"
        ".hidden page_shell, page_shell_end\n"
        "page_shell: .incbin \"" PAGE_SHELL "\"\n"
        "page_shell_end: .byte 0\n"
        ".popsection\n");
