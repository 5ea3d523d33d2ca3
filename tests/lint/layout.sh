#!/bin/sh
# SPDX-License-Identifier: MIT
#
# clang-format has nothing to change.
set -eu
# shellcheck disable=SC2046 # no blanks in names
clang-format --dry-run --Werror $("$(dirname "$0")"/sources.sh '*.[ch]' '*.cc') 2>&1
