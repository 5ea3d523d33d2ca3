/* SPDX-License-Identifier: MIT
 *
 * Paths of many files in few folders, each in a string of its own: intern, in note_folder.
 */
#include <cstdio>
#include <string>

#include <tare/intern.h>

enum { FILES = 30000, FOLDERS = 200 };

#ifdef REMEDIED
static uint32_t folders[FILES];

static void note_folder(unsigned i, const char *text, size_t bytes)
{
    folders[i] = tare_intern_insert(tare_intern_global(), text, bytes);
}
#else
static std::string folders[FILES];

static void note_folder(unsigned i, const char *text, size_t bytes)
{
    folders[i] = std::string(text, bytes);
}
#endif

int main()
{
    char text[64];

    for (unsigned i = 0; i < FILES; i++) {
        int bytes = std::snprintf(text, sizeof text, "/usr/share/documentation/package-%u",
                                  i % FOLDERS * 31);

        note_folder(i, text, static_cast<size_t>(bytes));
    }
    return 0;
}
