/* SPDX-License-Identifier: MIT
 *
 * advice/remedy.h - what can be done about a waste, and what it is expected to save.
 *
 * Shape    remedy -> saving; the facts that it was concluded from
 * Units    As the names say. A saving may be negative: the remedy costs that.
 * Owner    none: texts are constant.
 * Threads  thread-safe
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_ADVICE_REMEDY_H
#define TARE_ADVICE_REMEDY_H

#include <stdint.h>

/* Of two that are worth the same, the former is less work. */
enum remedy {
    REMEDY_LEAK,
    REMEDY_RESERVE,
    REMEDY_SHRINK,
    REMEDY_VEC,
    REMEDY_ARENA,
    REMEDY_POOL,
    REMEDY_BATCH_FREE,
    REMEDY_INTERN,
    REMEDY_RC,
    REMEDY_CODEC,
    REMEDY_MAP,
    REMEDY_COUNT,
};

struct remedy_text {
    const char *name;   /* as --json has it */
    const char *header; /* of libtare; NULL: a plain change */
    const char *what;   /* is to be done, in a few words */
};

extern const struct remedy_text remedy_texts[REMEDY_COUNT];

/* Predicted numbers are estimates and products of such, which may be huge where a profile is
 * damaged: so they are not integers. */
struct saving {
    double peak_bytes;      /* with what the allocator takes for itself */
    double requested_bytes; /* of these, what was asked for */
    double calls;           /* of malloc and the like */
    double copied_bytes;
    double cpu_ns;
};

enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

enum fact_unit { FACT_COUNT, FACT_BYTES, FACT_NS, FACT_PERCENT };

struct fact {
    const char
        *name; /* a word for programs; people read it with blanks for its underlines */
    enum fact_unit unit;
    double value;
};

enum { FACTS_MAX = 8 };

/* What a detector says of a site. */
struct finding {
    enum remedy remedy;
    const char *waste; /* what was seen, in a few words */
    const char *when_not;
    struct saving saving;
    enum confidence confidence;
    uint64_t object_bytes; /* of one block, for the sketch; 0: they differ */
    uint64_t object_count; /* to reserve, or to keep inline; 0: not known */
    struct fact facts[FACTS_MAX];
    unsigned fact_count;
};

/* A fact more; those that have no room are left out. */
void finding_add(struct finding *finding, const char *name, enum fact_unit unit,
                 double value);

const char *confidence_name(enum confidence confidence);

/* The nearest integer that there is. */
int64_t saving_number(double value);

#endif
