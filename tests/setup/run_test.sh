#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: run_test.sh STAMP.ok PROGRAM [ARGUMENT...]
#
# Runs one test program that speaks TAP, keeps its output in STAMP.log and its counts, "passed
# failed skipped", in STAMP.ok, or in STAMP.failed after showing the log. Always exits 0: the
# count at the end is what fails, so that one failure does not hide the others.
set -u
stamp=$1
base=${stamp%.ok}
shift
rm -f "$stamp" "$base.failed"

# The tests decide what the shim is told.
for name in $(env | sed -n 's/^\(TARE_[A-Z_]*\)=.*/\1/p'); do
    unset "$name"
done
CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 5 "${TEST_SECONDS:-540}" "$@" \
    >"$base.log" 2>&1 </dev/null
status=$?
# A program that ends well but did not say all that it planned to has not passed.
counts=$(awk -v status="$status" '
    /^1\.\.[0-9]+$/ { planned += substr($0, 4) }
    /^(not )?ok [0-9]+ # SKIP/ { skipped++; next }
    /^ok / { passed++ }
    /^not ok / { failed++ }
    END {
        said = passed + failed + skipped
        if (!failed && (status != 0 || !said || said != planned))
            failed++
        print passed + 0, failed + 0, skipped + 0
    }' "$base.log")
case $counts in
*" 0 "*) echo "$counts" >"$stamp" ;;
*)
    echo "$counts" >"$base.failed"
    echo "--- $base (exit status $status)"
    cat "$base.log"
    echo "---"
    ;;
esac
