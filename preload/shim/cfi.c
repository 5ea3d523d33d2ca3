/* SPDX-License-Identifier: MIT */
#include "shim/cfi.h"

#include <stdbool.h>

#include "shim/eh_frame.h"

enum { REG_RBP = 6, REG_RSP = 7, REG_RA = 16, REMEMBERED_ROWS = 12 };

enum {
    OP_ADVANCE = 1, /* in the upper two bits */
    OP_OFFSET = 2,
    OP_RESTORE = 3,

    OP_NOP = 0x00, /* upper two bits clear */
    OP_SET_LOC = 0x01,
    OP_ADVANCE1 = 0x02,
    OP_ADVANCE2 = 0x03,
    OP_ADVANCE4 = 0x04,
    OP_OFFSET_EXTENDED = 0x05,
    OP_RESTORE_EXTENDED = 0x06,
    OP_UNDEFINED = 0x07,
    OP_SAME_VALUE = 0x08,
    OP_REGISTER = 0x09,
    OP_REMEMBER = 0x0a,
    OP_RECALL = 0x0b,
    OP_DEF_CFA = 0x0c,
    OP_DEF_CFA_REGISTER = 0x0d,
    OP_DEF_CFA_OFFSET = 0x0e,
    OP_DEF_CFA_EXPRESSION = 0x0f,
    OP_EXPRESSION = 0x10,
    OP_OFFSET_EXTENDED_SF = 0x11,
    OP_DEF_CFA_SF = 0x12,
    OP_DEF_CFA_OFFSET_SF = 0x13,
    OP_VAL_OFFSET = 0x14,
    OP_VAL_OFFSET_SF = 0x15,
    OP_VAL_EXPRESSION = 0x16,
    OP_GNU_ARGS_SIZE = 0x2e,

    EXPR_DEREF = 0x06,
    EXPR_RBP = 0x76, /* DW_OP_breg6 */
    EXPR_RSP = 0x77, /* DW_OP_breg7 */
};

struct place {
    enum { IN_REGISTER, AT_OFFSET, AT_EXPRESSION, UNDEFINED, ELSEWHERE } kind;
    int64_t offset; /* from the CFA */
    const uint8_t *expr;
    uint64_t expr_bytes;
};

/* What the instructions say about one address. */
struct row {
    bool cfa_is_expr;
    uint64_t cfa_register;
    int64_t cfa_offset;
    const uint8_t *cfa_expr;
    uint64_t cfa_expr_bytes;
    struct place rbp, ra, other; /* `other` takes what is said about the rest */
};

static struct place *place_of(struct row *row, uint64_t reg)
{
    return reg == REG_RBP ? &row->rbp : reg == REG_RA ? &row->ra : &row->other;
}

static void set_offset(struct row *row, uint64_t reg, int64_t offset)
{
    *place_of(row, reg) = (struct place){.kind = AT_OFFSET, .offset = offset};
}

static void set_kind(struct row *row, uint64_t reg, int kind)
{
    place_of(row, reg)->kind = kind;
}

static void restore(struct row *row, uint64_t reg, const struct row *initial)
{
    if (reg == REG_RBP)
        row->rbp = initial->rbp;
    else if (reg == REG_RA)
        row->ra = initial->ra;
}

/* The instructions that define the CFA; false when `op` is none of them. */
static bool run_cfa_op(struct row *row, const struct cie *cie, uint8_t op,
                       const uint8_t **at)
{
    switch (op) {
    case OP_DEF_CFA:
        row->cfa_is_expr = false;
        row->cfa_register = read_uleb(at);
        row->cfa_offset = (int64_t)read_uleb(at);
        return true;
    case OP_DEF_CFA_SF:
        row->cfa_is_expr = false;
        row->cfa_register = read_uleb(at);
        row->cfa_offset = read_sleb(at) * cie->data_align;
        return true;
    case OP_DEF_CFA_REGISTER:
        row->cfa_is_expr = false;
        row->cfa_register = read_uleb(at);
        return true;
    case OP_DEF_CFA_OFFSET:
        row->cfa_offset = (int64_t)read_uleb(at);
        return true;
    case OP_DEF_CFA_OFFSET_SF:
        row->cfa_offset = read_sleb(at) * cie->data_align;
        return true;
    case OP_DEF_CFA_EXPRESSION:
        row->cfa_is_expr = true;
        row->cfa_expr_bytes = read_uleb(at);
        row->cfa_expr = *at;
        *at += row->cfa_expr_bytes;
        return true;
    default:
        return false;
    }
}

/* The instructions that say where a register is; false when `op` is not known. */
static bool run_register_op(struct row *row, const struct cie *cie,
                            const struct row *initial, uint8_t op, const uint8_t **at)
{
    uint64_t reg = op == OP_GNU_ARGS_SIZE ? 0 : read_uleb(at);
    struct place *place = place_of(row, reg);

    switch (op) {
    case OP_OFFSET_EXTENDED:
        set_offset(row, reg, (int64_t)read_uleb(at) * cie->data_align);
        return true;
    case OP_OFFSET_EXTENDED_SF:
        set_offset(row, reg, read_sleb(at) * cie->data_align);
        return true;
    case OP_RESTORE_EXTENDED:
        restore(row, reg, initial);
        return true;
    case OP_UNDEFINED:
        set_kind(row, reg, UNDEFINED);
        return true;
    case OP_SAME_VALUE:
        set_kind(row, reg, IN_REGISTER);
        return true;
    case OP_REGISTER:
    case OP_VAL_OFFSET:
    case OP_VAL_OFFSET_SF:
        read_uleb(at); /* signed or not, the same bytes */
        set_kind(row, reg, ELSEWHERE);
        return true;
    case OP_EXPRESSION:
    case OP_VAL_EXPRESSION:
        place->kind = op == OP_EXPRESSION ? AT_EXPRESSION : ELSEWHERE;
        place->expr_bytes = read_uleb(at);
        place->expr = *at;
        *at += place->expr_bytes;
        return true;
    case OP_GNU_ARGS_SIZE:
        read_uleb(at);
        return true;
    default:
        return false;
    }
}

/* Bytes of code that `op` advances over; -1 when it is another instruction. */
static int64_t advance_of(const struct cie *cie, uint8_t op, uint64_t here,
                          const uint8_t **at)
{
    if (op >> 6 == OP_ADVANCE)
        return (int64_t)((op & 0x3f) * cie->code_align);
    switch (op) {
    case OP_SET_LOC:
        return (int64_t)(read_encoded(at, cie->pointer_encoding) - here);
    case OP_ADVANCE1:
        return (int64_t)(read_fixed(at, 1) * cie->code_align);
    case OP_ADVANCE2:
        return (int64_t)(read_fixed(at, 2) * cie->code_align);
    case OP_ADVANCE4:
        return (int64_t)(read_fixed(at, 4) * cie->code_align);
    default:
        return -1;
    }
}

/* Run instructions from address `here` until they pass `pc`. */
static bool run(struct row *row, const struct cie *cie, const struct row *initial,
                const uint8_t *at, const uint8_t *end, uint64_t here, uint64_t pc)
{
    struct row remembered[REMEMBERED_ROWS];
    unsigned depth = 0;

    while (at < end) {
        uint8_t op = *at++;
        int64_t advance = advance_of(cie, op, here, &at);

        if (advance >= 0) {
            here += (uint64_t)advance;
            if (pc < here)
                return true;
        } else if (op >> 6 == OP_OFFSET) {
            set_offset(row, op & 0x3f, (int64_t)read_uleb(&at) * cie->data_align);
        } else if (op >> 6 == OP_RESTORE) {
            restore(row, op & 0x3f, initial);
        } else if (op == OP_REMEMBER) {
            if (depth == REMEMBERED_ROWS)
                return false;
            remembered[depth++] = *row;
        } else if (op == OP_RECALL) {
            if (depth == 0)
                return false;
            *row = remembered[--depth];
        } else if (op != OP_NOP && !run_cfa_op(row, cie, op, &at) &&
                   !run_register_op(row, cie, initial, op, &at)) {
            return false;
        }
    }
    return true;
}

/* A signal frame: rsp, rip and rbp all lie at fixed places above rsp, in a ucontext. */
static unwind_rule signal_rule(const struct row *row, int64_t rsp_offset)
{
    const uint8_t *ra = row->ra.expr, *rbp = row->rbp.expr;

    if (row->ra.kind != AT_EXPRESSION || row->rbp.kind != AT_EXPRESSION)
        return rule_make(RULE_UNKNOWN, 0, 0, 0);
    if (*ra++ != EXPR_RSP || *rbp++ != EXPR_RSP)
        return rule_make(RULE_UNKNOWN, 0, 0, 0);
    if (read_sleb(&ra) != rsp_offset + 8) /* gregs: ... RSP, RIP ... */
        return rule_make(RULE_UNKNOWN, 0, 0, 0);
    return rule_make(RULE_SIGNAL, SAVED_NOT, rsp_offset, read_sleb(&rbp));
}

static unwind_rule rule_of_row(const struct row *row)
{
    enum rule_kind kind = RULE_RSP;
    int64_t cfa_offset = row->cfa_offset;

    if (row->ra.kind == UNDEFINED)
        return rule_make(RULE_END, 0, 0, 0);
    if (row->cfa_is_expr) {
        const uint8_t *at = row->cfa_expr, *end = at + row->cfa_expr_bytes;
        uint8_t base = *at++;

        cfa_offset = read_sleb(&at);
        if ((base != EXPR_RBP && base != EXPR_RSP) || at + 1 != end || *at != EXPR_DEREF)
            return rule_make(RULE_UNKNOWN, 0, 0, 0);
        if (base == EXPR_RSP)
            return signal_rule(row, cfa_offset);
        kind = RULE_DEREF_RBP;
    } else if (row->cfa_register == REG_RBP) {
        kind = RULE_RBP;
    } else if (row->cfa_register != REG_RSP) {
        return rule_make(RULE_UNKNOWN, 0, 0, 0);
    }
    if (row->ra.kind != AT_OFFSET || row->ra.offset != -8)
        return rule_make(RULE_UNKNOWN, 0, 0, 0);

    const uint8_t *at = row->rbp.expr;
    switch (row->rbp.kind) {
    case IN_REGISTER:
        return rule_make(kind, SAVED_NOT, cfa_offset, 0);
    case AT_OFFSET:
        return rule_make(kind, SAVED_AT_CFA, cfa_offset, row->rbp.offset);
    case AT_EXPRESSION:
        if (*at++ != EXPR_RBP)
            return rule_make(RULE_UNKNOWN, 0, 0, 0);
        return rule_make(kind, SAVED_AT_RBP, cfa_offset, read_sleb(&at));
    case UNDEFINED:
        return rule_make(kind, SAVED_LOST, cfa_offset, 0);
    default:
        return rule_make(RULE_UNKNOWN, 0, 0, 0);
    }
}

unwind_rule cfi_rule(const uint8_t *eh_frame_hdr, uint64_t pc)
{
    struct row row = {0};
    struct fde fde;

    switch (eh_frame_find(&fde, eh_frame_hdr, pc)) {
    case EH_FRAME_FOUND:
        break;
    case EH_FRAME_NONE:
        return rule_make(RULE_NO_CODE, 0, 0, 0);
    default:
        return rule_make(RULE_UNKNOWN, 0, 0, 0);
    }
    if (!run(&row, &fde.cie, &row, fde.cie.code, fde.cie.code_end, 0, UINT64_MAX))
        return rule_make(RULE_UNKNOWN, 0, 0, 0);
    struct row initial = row;
    if (!run(&row, &fde.cie, &initial, fde.code, fde.code_end, fde.start, pc))
        return rule_make(RULE_UNKNOWN, 0, 0, 0);
    return rule_of_row(&row);
}
