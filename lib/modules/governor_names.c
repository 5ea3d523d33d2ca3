/* SPDX-License-Identifier: MIT
 *
 * Words for people and protocols.
 */
#include <tare/governor.h>

const char *tare_governor_verdict_name(enum tare_governor_verdict verdict)
{
    static const char *const names[] = {"allow", "deny", "error"};

    return (unsigned)verdict <= TARE_GOVERNOR_ERROR ? names[verdict] : "?";
}

const char *tare_governor_reason_name(enum tare_governor_reason reason)
{
    static const char *const names[TARE_GOVERNOR_REASONS] = {
        [TARE_GOVERNOR_OK] = "ok",
        [TARE_GOVERNOR_OVER_QUOTA] = "over quota",
        [TARE_GOVERNOR_NOT_GRANTED] = "not granted",
        [TARE_GOVERNOR_NOT_YET] = "not yet",
        [TARE_GOVERNOR_EXPIRED] = "expired",
        [TARE_GOVERNOR_OVER_CREDIT] = "over the credit limit",
        [TARE_GOVERNOR_ACCOUNT_SUSPENDED] = "account suspended",
        [TARE_GOVERNOR_NOT_SUBSCRIBED] = "not subscribed",
        [TARE_GOVERNOR_RULE] = "denied by a rule",
        [TARE_GOVERNOR_NO_RULE] = "no rule fits",
        [TARE_GOVERNOR_IN_REVIEW] = "in review",
        [TARE_GOVERNOR_BLOCKED] = "blocked",
        [TARE_GOVERNOR_UNKNOWN_OP] = "unknown operation",
        [TARE_GOVERNOR_UNKNOWN_TENANT] = "unknown tenant",
        [TARE_GOVERNOR_UNKNOWN_FEATURE] = "unknown feature",
        [TARE_GOVERNOR_TENANTS_FULL] = "no room for a tenant",
        [TARE_GOVERNOR_GRANTS_FULL] = "no room for a grant",
        [TARE_GOVERNOR_BAD_QUANTITY] = "bad quantity",
        [TARE_GOVERNOR_OVERFLOW] = "out of range",
        [TARE_GOVERNOR_WRONG_CURRENCY] = "wrong currency",
        [TARE_GOVERNOR_ID_MISSING] = "an id is needed",
        [TARE_GOVERNOR_ID_CONFLICT] = "the id was another request's",
        [TARE_GOVERNOR_STALE_VERSION] = "stale version",
        [TARE_GOVERNOR_WRONG_STATE] = "not in this state",
        [TARE_GOVERNOR_AUDIT_FULL] = "events must be released first",
        [TARE_GOVERNOR_SUSPENDED] = "suspended",
        [TARE_GOVERNOR_RESTARTING] = "restarting",
    };

    return (unsigned)reason < TARE_GOVERNOR_REASONS ? names[reason] : "?";
}

const char *tare_governor_op_name(enum tare_governor_op op)
{
    static const char *const names[TARE_GOVERNOR_OPS] = {
        [TARE_GOVERNOR_CHECK] = "check",
        [TARE_GOVERNOR_PEEK] = "peek",
        [TARE_GOVERNOR_REFUND] = "refund",
        [TARE_GOVERNOR_GRANT] = "grant",
        [TARE_GOVERNOR_REVOKE] = "revoke",
        [TARE_GOVERNOR_REPLACE] = "replace",
        [TARE_GOVERNOR_CHARGE] = "charge",
        [TARE_GOVERNOR_PAYMENT] = "payment",
        [TARE_GOVERNOR_CREDIT] = "credit",
        [TARE_GOVERNOR_INVOICE_DUE] = "invoice due",
        [TARE_GOVERNOR_ACTIVATE] = "activate",
        [TARE_GOVERNOR_RENEWED] = "renewed",
        [TARE_GOVERNOR_PAYMENT_FAILED] = "payment failed",
        [TARE_GOVERNOR_CANCEL] = "cancel",
        [TARE_GOVERNOR_CANCEL_AT_END] = "cancel at the end",
        [TARE_GOVERNOR_CHANGE_PLAN] = "change plan",
        [TARE_GOVERNOR_REPORT] = "report",
        [TARE_GOVERNOR_CLEAR] = "clear",
    };

    return (unsigned)op < TARE_GOVERNOR_OPS ? names[op] : "?";
}
