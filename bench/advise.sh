#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: advise.sh BUILD TEST
#
# The corpus of tests/advice/, by its test: what was predicted, what the twins saved, and by how much
# predictions were off. Writes BUILD/../bench/advise.tsv.
set -eu
table=$1/advice.tsv
results=build/bench/advise.tsv
mkdir -p build/bench
wrong=0
ADVICE_TABLE=$table CMOCKA_MESSAGE_OUTPUT=TAP "$2" >"$1/advice.log" 2>&1 || wrong=$?
awk -v results="$results" -v failed="$(grep -c '^not ok' "$1/advice.log" || true)" '
function off(error) { return error < 0 ? "too little" : sprintf("%.1f %%", error / 10) }

function row(name, metric, unit, predicted, real, error) {
    if (error < 0)
        return
    printf "%s\t%s\t%s\t%s\treal\t%s\t%.4f\n", name, metric, unit, predicted, real,
        error / 1000 >results
    errors[++count] = error
}

function target(text, is_reached) { printf "%-52s %s\n", text, is_reached ? "reached" : "missed" }

BEGIN {
    FS = "\t"
    printf "case\tmetric\tunit\tours\tpeer\tpeer_value\tratio\n" >results
    printf "%-20s %-10s %12s %12s %10s %10s %10s %10s\n", "program", "remedy", "peak: said",
        "saved", "off", "calls", "saved", "off"
}
$2 == "none" { clean++; next }
{
    known++
    printf "%-20s %-10s %12d %12d %10s %10d %10d %10s\n", $1, $2, $3, $4, off($5), $6, $7, off($8)
    row($1, "peak", "bytes", $3, $4, $5)
    row($1, "calls", "calls", $6, $7, $8)
}
END {
    for (i = 2; i <= count; i++) {
        one = errors[i]
        for (k = i - 1; k > 0 && errors[k] > one; k--)
            errors[k + 1] = errors[k]
        errors[k + 1] = one
    }
    median = errors[int((count + 1) / 2)] / 10
    worst = errors[count] / 10
    printf "\n%d predictions, median off by %.1f %%, worst by %.1f %%\n\n", count, median, worst
    target(known " known wastes named first, at least 24", known >= 24 && !failed)
    target(clean " clean programs without advice, at least 6", clean >= 6 && !failed)
    target("median prediction error at most 10 %", median <= 10)
    target("worst prediction error at most 20 %", worst <= 20)
    exit failed > 0
}' "$table"
exit "$wrong"
