#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: count.sh STAMP.ok... - adds up what run_test.sh wrote. The last line is the result.
set -u
passed=0 failed=0 skipped=0
for stamp; do
    file=$stamp
    [ -e "$file" ] || file=${stamp%.ok}.failed
    read -r p f s <"$file" || { p=0 f=1 s=0; }
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    [ "$f" = 0 ] || echo "failed: ${file%.failed}"
done
[ "$skipped" = 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
