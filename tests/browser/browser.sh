#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: browser.sh BUILD SCRIPT [ARGUMENT...] - runs a script of tests/browser or bench with node, where there
# is Chromium for it to drive. Without one of them says so in TAP. playwright-core comes from npm, into BUILD.
set -eu
build=$1
script=$2
shift 2
skip() {
    echo "1..1"
    echo "ok 1 # SKIP the page's tests need $1"
    exit 0
}
command -v node >/dev/null || skip "node (Debian: nodejs)"
chromium=$(command -v chromium || command -v chromium-browser) || skip "chromium"
modules=$build/browser/node_modules
mkdir -p "$build/browser"
exec 9>"$build/browser/lock"
flock 9 # two tests install it once
if [ ! -d "$modules/playwright-core" ]; then
    [ "${TARE_NO_INSTALL:-0}" = 0 ] && command -v npm >/dev/null ||
        skip "playwright-core in $modules (npm install --prefix $build/browser playwright-core speedscope)"
    npm install --no-audit --no-fund --silent --prefix "$build/browser" playwright-core speedscope >&2 ||
        skip "playwright-core, which npm could not install"
fi
exec 9>&-
NODE_PATH=$(cd "$modules" && pwd)
export NODE_PATH
exec env CHROMIUM="$chromium" node "$script" "$build" "$@"
