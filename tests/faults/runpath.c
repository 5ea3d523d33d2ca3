/* SPDX-License-Identifier: MIT
 *
 * A library that only this program's own RUNPATH leads to, and flags that must reach dlopen.
 */
#include <dlfcn.h>

#include "faults/fault.h"

int main(void)
{
    void *library = dlopen("libfirst.so", RTLD_NOW | RTLD_LOCAL), *again;
    void *(*alloc)(void);

    CHECK(library != NULL);
    CHECK(dlsym(RTLD_DEFAULT, "first_alloc") == NULL); /* local it is */
    again = dlopen("libfirst.so", RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
    CHECK(again == library && dlsym(RTLD_DEFAULT, "first_alloc") != NULL);
    alloc = (void *(*)(void))dlsym(library, "first_alloc");
    for (int i = 0; i < 100; i++)
        free(alloc());
    CHECK(!dlopen("libnowhere.so", RTLD_NOW) && strstr(dlerror(), "libnowhere.so"));
    CHECK(dlerror() == NULL);
    fault_say("ok\n");
    fault_counted("first_alloc", 100, 100);
    return 0;
}
