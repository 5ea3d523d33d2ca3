/* SPDX-License-Identifier: MIT */
#include "bench/builder_ways.h"

struct builder_image builder_image(size_t i)
{
    static const char *const registries[] = {"registry.example.com", "docker.io", "ghcr.io",
                                             "localhost:5000"};
    static const char *const teams[] = {"platform", "library", "data-science", "ops"};
    static const char *const names[] = {"scheduler", "nginx", "feature-store",
                                        "log-shipper"};
    static const char *const tags[] = {"latest", "1.25.3", "v2.0.0-rc.1", "sha-0f3c9d7b"};

    return (struct builder_image){registries[i % 4], teams[i / 4 % 4], names[i / 16 % 4],
                                  tags[(i + i / 16) % 4]};
}

const char *builder_key(size_t i)
{
    static const char *const keys[] = {"pid",  "user",       "bytes", "status",
                                       "path", "latency_us", "host",  "retries"};

    return keys[i % 8];
}

const char *builder_word(size_t i)
{
    static const char *const words[] = {"of", "interning", "the",       "allocation",
                                        "a",  "string",    "packaging", "weight"};

    return words[i % 8];
}

size_t builder_value(size_t i)
{
    return (i * 2654435761u) >> (i % 30);
}
