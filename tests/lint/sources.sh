#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: sources.sh PATTERN... - the files of the tree in the current folder whose name matches.
set -eu
names=
set -f
for pattern; do
    names="$names -o -name $pattern"
done
# shellcheck disable=SC2086 # a list of words
find . \( -path ./build -o -path ./.git \) -prune -o -type f \( ${names# -o } \) -print |
    sed 's|^\./||' | LC_ALL=C sort
