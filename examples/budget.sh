#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: budget.sh BUILD - holds the examples against their budgets, examples/budgets/NAME.json.
# Run in the top folder.
set -eu
build=$1
folder=$build/budget
passed=0 failed=0

rm -rf "$folder"
mkdir -p "$folder"
for budget in examples/budgets/*.json; do
    name=$(basename "$budget" .json)
    "$build/tare" run -o "$folder/$name.tare" "$build/examples/$name" >/dev/null 2>"$folder/$name.txt"
    if "$build/tare" check --budget "$budget" --format text --format "junit=$folder/$name.xml" \
        "$folder/$name.tare"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
