/* SPDX-License-Identifier: MIT
 *
 * support/ci_check.h - would a CI system take this? What the published schemas ask of what we write.
 *
 * Shape    none
 * Units    none
 * Owner    The caller owns the text. An answer lives until the next one.
 * Threads  single owner
 * Errors   NULL: nothing is wrong; else what is.
 * Cost     One pass.
 * Source   SARIF 2.1.0 (OASIS), section 3: properties that an object must and may have, their types.
 *          JUnit XML as Jenkins and GitLab read it: elements, their order, attributes.
 */
#ifndef TARE_SUPPORT_CI_CHECK_H
#define TARE_SUPPORT_CI_CHECK_H

const char *sarif_fault(const char *text);
const char *junit_fault(const char *text);

#endif
