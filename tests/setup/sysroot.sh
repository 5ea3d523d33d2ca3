#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: sysroot.sh FOLDER ARCHITECTURE PACKAGE...
#
# Unpacks Debian packages of another architecture, with all that they depend on, into FOLDER, for
# an emulator to run programs in. Nothing is installed: lists and packages are apt's, but kept
# beside FOLDER. Silent when it is there. TARE_NO_INSTALL=1: names what is missing and fails.
set -eu
folder=$1
architecture=$2
shift 2
[ ! -e "$folder/done" ] || exit 0

give_up() {
    why=$1
    shift
    echo "tare: $why: $folder needs, for $architecture: $*" >&2
    exit 1
}
[ "${TARE_NO_INSTALL:-0}" = 0 ] || give_up "nothing is to be downloaded now" "$@"
command -v apt-get >/dev/null || give_up "there is no apt-get here" "$@"

echo "tare: unpacking into $folder, to run programs of $architecture in: $*" >&2
rm -rf "$folder"
mkdir -p "$folder" "$folder.apt/lists/partial" "$folder.apt/archives/partial"
: >"$folder.apt/status"
apt=$(cd "$folder.apt" && pwd)
apt() {
    apt-get -q -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
        -o APT::Sandbox::User= -o Dir::State::status="$apt/status" \
        -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt" "$@" >"$apt/log" 2>&1
}
if ! apt update || ! apt install -y --no-install-recommends --download-only "$@"; then
    cat "$apt/log" >&2
    give_up "apt-get could not have them" "$@"
fi
for package in "$apt"/archives/*.deb; do
    dpkg-deb -x "$package" "$folder"
done
rm -rf "$folder.apt"
touch "$folder/done"
