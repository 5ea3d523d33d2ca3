/* SPDX-License-Identifier: MIT
 *
 * check/forms.h - a verdict for people, for programs, and for the machines that run tests.
 *
 * Shape    none
 * Units    none
 * Owner    The caller owns the stream and the verdict.
 * Threads  Single owner.
 * Errors   none: the caller asks the stream (ferror).
 * Cost     O(findings).
 * Source   docs/format.md (tare.check/1); JUnit's XML as Jenkins reads it; OASIS SARIF 2.1.0; the
 *          workflow commands of GitHub
 */
#ifndef TARE_CHECK_FORMS_H
#define TARE_CHECK_FORMS_H

#include "check/verdict.h"
#include "report/style.h"

/* By `names`: text json md junit sarif github. */
enum check_form {
    CHECK_TEXT,
    CHECK_JSON,
    CHECK_MARKDOWN,
    CHECK_JUNIT,
    CHECK_SARIF,
    CHECK_GITHUB,
    CHECK_FORMS,
};

void check_text(const struct styled *to, const struct verdict *verdict);
void check_json(FILE *out, const struct verdict *verdict);
void check_markdown(FILE *out, const struct verdict *verdict);

/* One test case for each finding. */
void check_junit(FILE *out, const struct verdict *verdict);

/* One result for each finding that exceeds; one without a place points to the budget. */
void check_sarif(FILE *out, const struct verdict *verdict);

/* At most as many annotations as one step may have. */
void check_github(FILE *out, const struct verdict *verdict);

#endif
