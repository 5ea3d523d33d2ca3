#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: run.sh BUILD [NAME...]
#
# Runs the programs of programs.sh, or those named, plainly and under the shim of BUILD in four
# ways: everything recorded; counts only; on mimalloc; and each 100th stack compared with
# libunwind's. Output and exit status must be those of the plain run, and each ledger must be
# readable and conserved. Prints a line for each program; fails if one is not as it should be.
# Chromium brings an allocator of its own: nothing of it is recorded but what its helpers do.
#
# SECONDS_EACH=180   how long one run may take
# KEEP=1             leave the folder with all outputs and ledgers, and say where it is
set -u
here=$(cd "$(dirname "$0")" && pwd)
tare=$(realpath "$1/tare")
shift
top=$(mktemp -d "${TMPDIR:-/tmp}/tare-compat.XXXXXX")
shim=$top/libtare-preload.so
cp "$(dirname "$tare")/libtare-preload.so" "$shim"
chmod 755 "$top"
[ "${KEEP:-}" ] || trap 'rm -rf "$top"' EXIT
failed=0

# What a program is told in each way; all words are settings.
way_settings() {
    case $1 in
    full) ;;
    counts) echo TARE_TRACK_SITES=0 ;;
    mimalloc) echo TARE_ALLOCATOR=mimalloc ;;
    checked) echo TARE_CHECK_STACKS=100 ;;
    esac
}

run_one() { # NAME WAY
    local place=$top/$1.$2 status=0
    local -a settings=()

    mkdir -p "$place.ledgers" "$place"
    chmod 1777 "$place.ledgers"
    if [ "$2" != plain ]; then
        read -ra settings <<<"$(way_settings "$2")"
        settings+=("LD_PRELOAD=$shim" "TARE_OUTPUT=$place.ledgers/%e.%p.tare")
    fi
    (cd "$place" && exec timeout -k 5 "${SECONDS_EACH:-180}" env -u LD_PRELOAD \
        "${settings[@]}" bash "$here/programs.sh" "$1") >"$place.out" 2>"$place.err" </dev/null ||
        status=$?
    echo "status $status" >>"$place.out"
}

# One line a ledger: processes threads allocations lost lost_stacks checked wrong damaged, and
# what is not conserved. Sums by site and by thread must be the process's own.
conservation='
def sum(f): map(f) | add // 0;
.processes[] | [.allocations, (.threads | length), .lost, .lost_stacks, .checked_stacks,
    .wrong_stacks, .damaged + (if .incomplete then 1 else 0 end),
    (if .allocations == (.sites | sum(.allocations)) and .allocations == (.threads | sum(.allocations))
        and .frees == (.sites | sum(.frees)) and .frees == (.threads | sum(.frees))
        and .bytes == (.sites | sum(.bytes)) and .bytes == (.threads | sum(.bytes))
        and .temporary == (.sites | sum(.temporary))
        and .live_blocks == .allocations - .frees
        and .live_blocks == (.sites | sum(.live_blocks))
        and .live_bytes == (.sites | sum(.live_bytes))
        and .peak_bytes >= .live_bytes then 0 else 1 end)] | map(tostring) | join(" ")'

# Sums over the ledgers of one run: processes, allocations of the program itself and not its
# helpers, most threads, lost, lost stacks, checked, wrong, damaged, not conserved, unreadable.
check_ledgers() { # NAME WAY
    local place=$top/$1.$2 unreadable=0 own=0 file row pattern

    pattern=$(bash "$here/programs.sh" executable "$1")
    : >"$place.rows"
    for file in "$place.ledgers"/*.tare; do
        [ -e "$file" ] || continue
        row=$(set -o pipefail
            "$tare" report --json --depth 1 "$file" 2>>"$place.messages" | jq -r "$conservation") ||
            unreadable=$((unreadable + 1))
        echo "$row" >>"$place.rows"
        # shellcheck disable=SC2053 # a pattern
        [[ ${file##*/} != $pattern.*.tare ]] || own=$((own + $(echo "${row:-0}" | awk '{ n += $1 } END { print n }')))
    done
    awk -v unreadable=$unreadable -v own=$own '
        { if ($2 > most) most = $2; for (i = 3; i <= 8; i++) sum[i] += $i }
        END { print NR, own, most + 0, sum[3] + 0, sum[4] + 0, sum[5] + 0, sum[6] + 0,
            sum[7] + 0, sum[8] + 0, unreadable }' "$place.rows"
}

# What is wrong with a run, in words; nothing if it is as it should be.
judge() { # NAME WAY SUMS...
    local name=$1 way=$2

    shift 2
    [ "$1" != 0 ] || echo "$way: no ledger;"
    cmp -s "$top/$name.plain.out" "$top/$name.$way.out" || echo "$way: output or status differs;"
    [ "$4" = 0 ] || echo "$way: $4 events lost;"
    [ "$7" = 0 ] || echo "$way: $7 wrong stacks;"
    [ "$8" = 0 ] || echo "$way: $8 damaged;"
    [ "$9" = 0 ] || echo "$way: $9 ledgers not conserved;"
    [ "${10}" = 0 ] || echo "$way: ${10} ledgers unreadable;"
}

show() { printf '%-12s %-26s %5s %9s %4s %9s %6s  %s\n' "$@"; }

show program version procs allocs thr checked nostk result
# shellcheck disable=SC2046 # names
[ $# -gt 0 ] || set -- $(bash "$here/programs.sh" list)
for name; do
    run_one "$name" plain
    words=
    for way in full counts mimalloc checked; do
        run_one "$name" "$way"
        read -ra sums <<<"$(check_ledgers "$name" "$way")"
        [ "$way" != full ] || full=("${sums[@]}")
        [ "$way" != checked ] || checked=${sums[5]}
        words+=$(judge "$name" "$way" "${sums[@]}" | tr '\n' ' ')
    done
    good='as the plain run'
    case $name:${full[1]} in
    chromium:0) good+=', an allocator of its own' ;;
    *:0) words+='nothing recorded of the program itself' ;;
    esac
    [ -z "$words" ] || failed=1
    show "$name" "$(bash "$here/programs.sh" version "$name")" "${full[0]}" "${full[1]}" \
        "${full[2]}" "$checked" "${full[4]}" "${words:-$good}"
    [ "${KEEP:-}" ] || rm -rf "${top:?}/$name".*
done
[ -z "${KEEP:-}" ] || echo "kept: $top"
exit $failed
