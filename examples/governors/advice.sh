#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: advice.sh BUILD - each scenario under the recorder: there must be nothing to advise. Speaks TAP.
set -u
build=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
count=0

echo 1..4
for scenario in device fleet failover scale; do
    count=$((count + 1))
    profile=$folder/$scenario.tare
    if "$build/tare" run --advise -o "$profile" "$build/examples/governors/governors" $scenario \
        >"$folder/said" 2>&1 &&
        "$build/tare" advise "$profile" >"$folder/advice" 2>&1 &&
        grep -q 'nothing is worth doing' "$folder/advice"; then
        echo "ok $count - $scenario"
    else
        echo "not ok $count - $scenario"
        sed 's/^/# /' "$folder/said" "$folder/advice"
    fi
done
