/* SPDX-License-Identifier: MIT
 *
 * usage: libraries LIBRARY
 *
 * What the C library loads by itself, and a library in a namespace of its own, with a C library and
 * an allocator of its own.
 */
#include <dlfcn.h>
#include <iconv.h>
#include <locale.h>
#include <pwd.h>

#include "faults/fault.h"

static void convert(void)
{
    char in[] = "caf\xe9", out[20] = "", *from = in, *to = out;
    size_t in_bytes = 4, out_bytes = sizeof out;
    iconv_t conversion = iconv_open("UTF-8", "ISO-8859-15");

    CHECK(conversion != (iconv_t)-1);
    iconv(conversion, &from, &in_bytes, &to, &out_bytes);
    iconv_close(conversion);
    fault_say("%d %s\n", (int)(to - out), out);
}

static void other_namespace(const char *path)
{
    for (int i = 0; i < 5; i++) {
        void *library = dlmopen(LM_ID_NEWLM, path, RTLD_NOW);

        if (!library) {
            fault_say("no namespace\n");
            return;
        }
        void *(*alloc)(void) = (void *(*)(void))dlsym(library, "first_alloc");
        memset(alloc(), 1, 24);
        dlclose(library);
    }
}

int main(int argc, char **argv)
{
    fault_say("%d\n", setlocale(LC_ALL, "C.UTF-8") != NULL);
    convert();
    struct passwd *root = getpwuid(0);
    fault_say("%s\n", root ? root->pw_name : "?");
    if (argc > 1)
        other_namespace(argv[1]);
    convert();
    return 0;
}
