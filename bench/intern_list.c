/* SPDX-License-Identifier: MIT */
#include "bench/intern_ways.h"

/* In C++: absent where there is no compiler for it. */
#pragma weak intern_way_absl
#pragma weak intern_way_absl_mutex
#pragma weak intern_way_absl_rwlock

const struct intern_way *const intern_ways[INTERN_WAYS] = {
    &intern_way_tare,        &intern_way_tare_batch, &intern_way_chunk,
    &intern_way_quark,       &intern_way_absl,       &intern_way_uthash,
    &intern_way_chunk_mutex, &intern_way_absl_mutex, &intern_way_absl_rwlock,
};
