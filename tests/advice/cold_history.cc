/* SPDX-License-Identifier: MIT
 *
 * Two threads keep a history of readings that is hardly ever looked at: codec, in record_hour.
 */
#include <pthread.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

enum { HOURS = 400, READINGS = 3600, THREADS = 2, WORK = 20000000 };

struct history {
    uint32_t *hours[HOURS];
    unsigned long hour_bytes;
};

static history histories[THREADS];

static __attribute__((noinline)) uint32_t *record_hour(unsigned hour)
{
    uint32_t *readings = new uint32_t[READINGS];

    for (unsigned i = 0; i < READINGS; i++)
        readings[i] = 20000 + hour + i / 120;
    return readings;
}

#ifdef REMEDIED
struct packer {
    z_stream stream;

    packer() : stream{}
    {
        if (deflateInit(&stream, 1) != Z_OK)
            std::abort();
    }
    ~packer()
    {
        deflateEnd(&stream);
    }
};

static uint32_t *pack(packer *with, uint32_t *readings, unsigned long *bytes)
{
    unsigned char packed[2 * READINGS * sizeof(uint32_t)];

    with->stream.next_in = reinterpret_cast<unsigned char *>(readings);
    with->stream.avail_in = READINGS * sizeof *readings;
    with->stream.next_out = packed;
    with->stream.avail_out = sizeof packed;
    if (deflate(&with->stream, Z_FINISH) != Z_STREAM_END)
        std::abort();
    *bytes = with->stream.total_out;
    deflateReset(&with->stream);
    delete[] readings;
    char *kept = new char[*bytes];
    std::memcpy(kept, packed, *bytes);
    return reinterpret_cast<uint32_t *>(kept);
}
#else
struct packer {
};

static uint32_t *pack(packer *, uint32_t *readings, unsigned long *bytes)
{
    *bytes = READINGS * sizeof *readings;
    return readings;
}
#endif

static void *work(void *mine)
{
    history *own = static_cast<history *>(mine);
    volatile unsigned sum = 0;
    packer with;

    for (unsigned i = 0; i < HOURS; i++)
        own->hours[i] = pack(&with, record_hour(i), &own->hour_bytes);
    for (unsigned i = 0; i < WORK; i++)
        sum = sum + i;
    return nullptr;
}

int main()
{
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], nullptr, work, &histories[i]);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], nullptr);
    return histories[0].hour_bytes == 0;
}
